package api_test

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"zhuce/api"
	"zhuce/api/apitest"
	"zhuce/internal/auth"
	"zhuce/internal/client"
	"zhuce/internal/filing"
	"zhuce/internal/idno"
)

func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(secret)))
}

func TestToken(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	m, nobody := env.Machine(t, auth.Person), env.Anonymous()
	id := m.ClientID.String()
	grant := url.Values{"grant_type": {"client_credentials"}}
	in := func(pairs ...string) url.Values {
		v := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {m.Secret}}
		for i := 0; i+1 < len(pairs); i += 2 {
			v.Set(pairs[i], pairs[i+1])
		}
		return v
	}
	for name, a := range map[string]*apitest.Answer{
		"in the form":      nobody.Post(t, "/exchange/token", in()),
		"by name":          nobody.Post(t, "/exchange/token", in("client_id", m.Name)),
		"by Basic":         nobody.Post(t, "/exchange/token", grant, "Authorization", basic(id, m.Secret)),
		"by Basic, a name": nobody.Post(t, "/exchange/token", grant, "Authorization", basic(m.Name, m.Secret)),
	} {
		a.Want(t, 200)
		if a.Text("token_type") != "Bearer" || a.Text("expires_in") != "600" || a.Text("scope") != strings.Join(slices.Sorted(slices.Values(client.Scopes)), " ") || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %s", name, a.Body)
		}
		c := &apitest.Caller{Env: env, Token: a.Text("access_token")}
		c.Get(t, "/exchange/filings/"+uuid.NewString()).Want(t, 404, "filing.not_found")
	}
	narrow := nobody.Post(t, "/exchange/token", in("scope", "filings:read")).Want(t, 200)
	c := &apitest.Caller{Env: env, Token: narrow.Text("access_token")}
	c.Post(t, "/exchange/filings", "{}").Want(t, 403, "auth.missing_scope")
}

func TestTokenRefusals(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	m, off, nobody := env.Machine(t, auth.Person, auth.ScopeRead), env.Machine(t, auth.Person), env.Anonymous()
	if _, err := env.App.Clients.Disable(t.Context(), client.Command, off.Name); err != nil {
		t.Fatal(err)
	}
	id := m.ClientID.String()
	form := func(grant, id, secret, scope string) url.Values {
		return url.Values{"grant_type": {grant}, "client_id": {id}, "client_secret": {secret}, "scope": {scope}}
	}
	const ok = "client_credentials"
	cases := []struct {
		name    string
		body    any
		headers []string
		status  int
		oauth   string
	}{
		{"wrong secret", form(ok, id, "x", ""), nil, 401, "invalid_client"},
		{"no secret", form(ok, id, "", ""), nil, 401, "invalid_client"},
		{"unknown client", form(ok, uuid.NewString(), m.Secret, ""), nil, 401, "invalid_client"},
		{"another's secret", form(ok, off.ClientID.String(), m.Secret, ""), nil, 401, "invalid_client"},
		{"disabled", form(ok, off.ClientID.String(), off.Secret, ""), nil, 401, "invalid_client"},
		{"NUL byte in the id", form(ok, "a\x00b", m.Secret, ""), nil, 401, "invalid_client"},
		{"id that is no UTF-8", "grant_type=client_credentials&client_id=%ff&client_secret=x", []string{"Content-Type", "application/x-www-form-urlencoded"}, 401, "invalid_client"},
		{"wrong secret by Basic", url.Values{"grant_type": {ok}}, []string{"Authorization", basic(id, "x")}, 401, "invalid_client"},
		{"broken Basic", url.Values{"grant_type": {ok}}, []string{"Authorization", "Basic %%%"}, 401, "invalid_client"},
		{"Bearer", url.Values{"grant_type": {ok}}, []string{"Authorization", "Bearer x"}, 401, "invalid_client"},
		{"both ways", form(ok, id, m.Secret, ""), []string{"Authorization", basic(id, m.Secret)}, 400, "invalid_request"},
		{"scope not granted", form(ok, id, m.Secret, "filings:deliver"), nil, 400, "invalid_scope"},
		{"scope that is none", form(ok, id, m.Secret, "filings:read everything"), nil, 400, "invalid_scope"},
		{"another grant", form("password", id, m.Secret, ""), nil, 400, "unsupported_grant_type"},
		{"no grant", form("", id, m.Secret, ""), nil, 400, "invalid_request"},
		{"a parameter twice", "grant_type=client_credentials&client_id=a&client_id=b", []string{"Content-Type", "application/x-www-form-urlencoded"}, 400, "invalid_request"},
		{"broken escapes", "grant_type=%zz", []string{"Content-Type", "application/x-www-form-urlencoded"}, 400, "invalid_request"},
		{"JSON", map[string]string{"grant_type": ok}, nil, 400, "invalid_request"},
		{"no body", nil, nil, 400, "invalid_request"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			a := nobody.Post(t, "/exchange/token", c.body, c.headers...).Want(t, c.status, "exchange."+c.oauth)
			if a.Text("error") != c.oauth {
				t.Errorf("error is %q", a.Text("error"))
			}
			if d := a.Text("error_description"); d == "" || strings.ContainsFunc(d, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }) {
				t.Errorf("error_description is %q (RFC 6749 §5.2 allows ASCII without quotes)", d)
			}
			challenge := a.Header.Get("WWW-Authenticate")
			if usedHeader := len(c.headers) > 0 && c.headers[0] == "Authorization"; c.status == 401 && usedHeader != strings.HasPrefix(challenge, "Basic") {
				t.Errorf("challenge is %q", challenge)
			}
		})
	}
	nobody.Post(t, "/exchange/token", url.Values{"grant_type": {strings.Repeat("x", 20_000)}}).Want(t, 413, "request.too_large")
}

func TestClientLife(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	m := env.Machine(t, auth.Person)
	ask := func(secret string) *apitest.Answer {
		return env.Anonymous().Post(t, "/exchange/token", url.Values{"grant_type": {"client_credentials"}}, "Authorization", basic(m.Name, secret))
	}
	fresh, err := env.App.Clients.Rotate(t.Context(), client.Command, m.Name, 0)
	if err != nil {
		t.Fatal(err)
	}
	ask(m.Secret).Want(t, 401, "exchange.invalid_client")
	ask(fresh.Secret).Want(t, 200)
	m.Get(t, "/exchange/filings/"+uuid.NewString()).Want(t, 404)
	if _, err := env.App.Clients.Disable(t.Context(), client.Command, m.Name); err != nil {
		t.Fatal(err)
	}
	m.Get(t, "/exchange/filings/"+uuid.NewString()).Want(t, 401, "auth.client_disabled")
	ask(fresh.Secret).Want(t, 401, "exchange.invalid_client")
}

func TestDeliver(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, person := env.Enterprise(t), env.Person(t)
	file := person.Post(t, "/exchange/attachments", apitest.File{Name: "申请表.pdf", Content: pdfPage(0)}).Want(t, 201).Text("id")
	d := env.Delivery(firm, func(d *api.DeliveryRequest) {
		d.Attachments[0] = api.DeliveryPaper{Kind: "application_form", AttachmentID: &file}
		d.Person.IDNumber = strings.ToLower(d.Person.IDNumber)
	})
	first := person.Post(t, "/exchange/filings", d).Want(t, 201)
	if first.Text("status") != "pending_submission" || first.Text("revision") != "1" || !strings.HasPrefix(first.Text("reference"), "ZC20261123") {
		t.Errorf("answer %s", first.Body)
	}
	again := person.Post(t, "/exchange/filings", d).Want(t, 200)
	if string(again.Body) != string(first.Body) {
		t.Errorf("the second answer is another: %s", again.Body)
	}
	id := first.Text("id")
	seen := firm.Get(t, "/filings/"+id).Want(t, 200)
	if seen.Text("attachments", 0, "file_name") != "申请表.pdf" || seen.JSON("attachments", 1, "shared") != true ||
		seen.Text("timeline", 0, "action") != "deliver" || seen.Text("timeline", 0, "actor_name") != d.Person.Name {
		t.Errorf("the enterprise sees %s", seen.Body)
	}
	firm.Get(t, "/attachments/"+file+"/content").Want(t, 200)

	endless := env.Delivery(firm, func(d *api.DeliveryRequest) {
		d.Employment.ContractType, d.Employment.ContractTo, d.Person.GraduatedOn, d.Person.Email = "open_ended", "", "", ""
	})
	person.Post(t, "/exchange/filings", endless).Want(t, 201)

	// The same key does the same once, and nothing else.
	other := env.Delivery(firm)
	a := person.Post(t, "/exchange/filings", other, "Idempotency-Key", "key-1").Want(t, 201)
	b := person.Post(t, "/exchange/filings", other, "Idempotency-Key", "key-1").Want(t, 201)
	if a.Text("id") != b.Text("id") {
		t.Error("one key made two filings")
	}
	person.Post(t, "/exchange/filings", d, "Idempotency-Key", "key-1").Want(t, 422, "request.idempotency_key_reused")
	person.Post(t, "/exchange/attachments", apitest.File{Name: "x.png", Content: pngImage(4, 4)}, "Idempotency-Key", "key-1").
		Want(t, 422, "request.idempotency_key_reused")
}

func TestDeliverConflicts(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, other, fresh, person := env.Enterprise(t), env.Enterprise(t), env.FreshEnterprise(t), env.Person(t)
	d := env.Delivery(firm)
	first := person.Post(t, "/exchange/filings", d).Want(t, 201)

	changed := d
	changed.Person.School = "清华大学"
	person.Post(t, "/exchange/filings", changed).Want(t, 409, "exchange.delivery_ref_reused")

	changed.DeliveryRef = "anew"
	a := person.Post(t, "/exchange/filings", changed).Want(t, 409, "filing.cannot_be_delivered")
	if a.Text("errors", 0, "record", "status") != "pending_submission" {
		t.Errorf("names %s", a.Body)
	}
	same := env.Delivery(other, func(x *api.DeliveryRequest) { x.Person = d.Person })
	a = person.Post(t, "/exchange/filings", same).Want(t, 409, "filing.already_open")
	if a.Text("errors", 0, "record", "label") != first.Text("reference") || strings.Contains(string(a.Body), d.Person.Name) {
		t.Errorf("names %s", a.Body)
	}
	a = person.Post(t, "/exchange/filings", env.Delivery(fresh)).Want(t, 409, "enterprise.basic_information_missing")
	if a.Text("errors", 0, "record", "type") != "enterprise" {
		t.Errorf("names %s", a.Body)
	}
	unknown := env.Delivery(firm)
	unknown.UnifiedSocialCreditCode = idno.MakeCreditCode("320000", 7)
	a = person.Post(t, "/exchange/filings", unknown).Want(t, 422, "exchange.enterprise_unknown")
	if !slices.Equal(a.Refused(), []string{"/unified_social_credit_code exchange.enterprise_unknown"}) {
		t.Errorf("refused %v", a.Refused())
	}
	papers := env.Delivery(firm)
	papers.Attachments = papers.Attachments[2:]
	a = person.Post(t, "/exchange/filings", papers).Want(t, 422, "filing.papers_missing")
	if len(a.Refused()) != 2 {
		t.Errorf("refused %v", a.Refused())
	}
	env.Machine(t, auth.Province).Post(t, "/exchange/filings", env.Delivery(firm)).Want(t, 403, "filing.wrong_party")
}

// What a fuzzer sends first: a problem document each time, never a fault of ours.
func TestDeliverBadInput(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, person := env.Enterprise(t), env.Person(t)
	good, err := json.Marshal(env.Delivery(firm))
	if err != nil {
		t.Fatal(err)
	}
	with := func(path string, value any) string {
		var doc map[string]any
		if err := json.Unmarshal(good, &doc); err != nil {
			t.Fatal(err)
		}
		at := doc
		steps := strings.Split(path, "/")
		for _, s := range steps[:len(steps)-1] {
			at = at[s].(map[string]any)
		}
		at[steps[len(steps)-1]] = value
		b, _ := json.Marshal(doc)
		return string(b)
	}
	cases := []struct {
		name    string
		body    any
		status  int
		code    string
		refused string
	}{
		{"broken JSON", string(good[:len(good)-1]), 400, "request.broken_json", ""},
		{"two documents", string(good) + "{}", 400, "request.broken_json", ""},
		{"nothing", "", 400, "request.body_missing", ""},
		{"null", "null", 422, "request.invalid", "/delivery_ref request.required"},
		{"a list", "[]", 400, "request.wrong_type", ""},
		{"unknown field", with("nickname", "x"), 400, "request.unknown_field", "/nickname request.unknown_field"},
		{"unknown field inside", with("person/nickname", "x"), 400, "request.unknown_field", ""},
		{"wrong type", with("person/name", 7), 400, "request.wrong_type", "/person/name request.wrong_type"},
		{"text for a number", with("continuing_education/required_hours", "60"), 400, "request.wrong_type", "/continuing_education/required_hours request.wrong_type"},
		{"a number too large", strings.Replace(string(good), `"required_hours":0`, `"required_hours":99999999999999999999999999`, 1), 400, "request.wrong_type", "/continuing_education/required_hours request.wrong_type"},
		{"a number too large for the rule", with("continuing_education/required_hours", 2147483648), 422, "request.invalid", "/continuing_education/required_hours request.too_big"},
		{"NUL byte", with("person/name", "李\x00明"), 422, "request.invalid", "/person/name request.nul_byte"},
		{"NUL byte in a paper", with("attachments", []any{map[string]any{"kind": "a\x00"}}), 422, "request.invalid", "/attachments/0/kind request.nul_byte"},
		{"not UTF-8", strings.Replace(string(good), "同济", "\xff\xfe", 1), 400, "request.not_utf8", ""},
		{"name too long", with("person/name", strings.Repeat("长", 61)), 422, "request.invalid", "/person/name request.too_long"},
		{"no person", with("person", nil), 422, "request.invalid", "/person request.required"},
		{"a day that is none", with("person/birth_date", "1985-02-30"), 422, "request.invalid", "/person/birth_date request.date"},
		{"mobile", with("person/mobile", "12345"), 422, "request.invalid", "/person/mobile request.mobile"},
		{"attachment id", with("attachments", []any{map[string]any{"kind": "other", "attachment_id": "17"}}), 422, "request.invalid", "/attachments/0/attachment_id request.id"},
		{"profession", with("profession", "astronaut"), 422, "request.invalid", "/profession request.unknown_value"},
		{"id type", with("person/id_type", "library_card"), 422, "filing.form_invalid", "/person/id_type filing.not_an_option"},
		{"ID number", with("person/id_number", "110101198503070000"), 422, "filing.form_invalid", "/person/id_number filing.id_number"},
		{"30 MB", with("statement", strings.Repeat("x", 30<<20)), 413, "request.too_large", ""},
		{"half a million papers", with("attachments", make([]struct{}, 200_000)), 422, "request.invalid", "/attachments request.too_long"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			a := person.Post(t, "/exchange/filings", c.body).Want(t, c.status, c.code)
			if c.refused != "" && !slices.Contains(a.Refused(), c.refused) {
				t.Errorf("refused %v, wanted %q", a.Refused(), c.refused)
			}
			if strings.Contains(string(a.Body), "19850307") {
				t.Errorf("the refusal repeats the ID number")
			}
		})
	}
	if n := rows(t, env, `SELECT count(*) FROM filings`); n != 0 {
		t.Errorf("%d filings were kept", n)
	}
	person.Post(t, "/exchange/filings", string(good), "Content-Type", "text/plain").Want(t, 415, "request.unsupported_media_type")
	person.Post(t, "/exchange/filings", string(good), "Idempotency-Key", strings.Repeat("k", 256)).Want(t, 422, "request.invalid")
	person.Post(t, "/exchange/filings", string(good)).Want(t, 201)
}

func TestDeliveredFiling(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, person, rival := env.Enterprise(t), env.Person(t), env.Machine(t, auth.Person)
	id := env.Deliver(t, firm)
	person.Get(t, "/exchange/filings/"+id).Want(t, 200)
	rival.Get(t, "/exchange/filings/"+id).Want(t, 404, "filing.not_found")
	person.Get(t, "/exchange/filings/17").Want(t, 404, "filing.not_found")

	env.Submit(t, firm, id)
	a := person.Get(t, "/exchange/filings/"+id).Want(t, 200)
	if a.Text("status") != "province_pending" || a.Text("submitted_at") == "" || a.JSON("decision_reason") != nil {
		t.Errorf("%s", a.Body)
	}
	env.Decide(t, auth.Province, filing.AskCorrection, "缺少社会保险证明", id)
	a = person.Get(t, "/exchange/filings/"+id).Want(t, 200)
	if a.Text("status") != "province_correction" || a.Text("decision_reason") != "缺少社会保险证明" || a.JSON("returned_reason") != nil {
		t.Errorf("%s", a.Body)
	}
	returned := env.Deliver(t, firm)
	firm.Post(t, "/filings/return", map[string]any{"filing_ids": []string{returned}, "reason": "合同缺页"}).Want(t, 200)
	a = person.Get(t, "/exchange/filings/"+returned).Want(t, 200)
	if a.Text("returned_reason") != "合同缺页" || a.JSON("decision_reason") != nil {
		t.Errorf("%s", a.Body)
	}
}
