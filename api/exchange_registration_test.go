package api_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/uuid"

	"zhuce/api"
	"zhuce/api/apitest"
	"zhuce/internal/auth"
	"zhuce/internal/filing"
)

// The ministry corrects what was written down wrongly and revokes, each once, over the
// version that it read; the enterprise is told, and a revoked person cannot come back at once.
func TestRegisterCorrections(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, person := env.Enterprise(t), env.Person(t)
	d := env.Delivery(firm)
	filed := person.Post(t, "/exchange/filings", d).Want(t, 201).Text("id")
	other := env.Deliver(t, firm)
	env.Accepted(t, firm, filed, other)
	env.Decide(t, auth.Ministry, filing.Approve, "", filed, other)
	ministry, province, elsewhere := env.Machine(t, auth.Ministry), env.Machine(t, auth.Province), env.Elsewhere(t)

	ministry.Get(t, "/exchange/registrations?cursor=x").Want(t, 422, "request.cursor")
	list := ministry.Get(t, "/exchange/registrations?limit=1").Want(t, 200)
	if rest := ministry.Get(t, "/exchange/registrations?cursor="+list.Text("next_cursor")).Want(t, 200); list.Len("items") != 1 || rest.Len("items") != 1 {
		t.Errorf("the register: %s, %s", list.Body, rest.Body)
	}
	if n := province.Get(t, "/exchange/registrations?status=valid&unified_social_credit_code="+firm.CreditCode).Want(t, 200).Len("items"); n != 2 {
		t.Errorf("the province sees %d", n)
	}
	if n := elsewhere.Get(t, "/exchange/registrations").Want(t, 200).Len("items"); n != 0 {
		t.Errorf("another province sees %d", n)
	}
	person.Get(t, "/exchange/registrations").Want(t, 403, "registrant.authorities_alone")
	ministry.Get(t, "/exchange/registrations?updated_since=yesterday").Want(t, 422, "request.invalid")

	of := ministry.Get(t, "/exchange/registrations").Want(t, 200)
	at := slices.IndexFunc([]int{0, 1}, func(i int) bool { return of.Text("items", i, "person_name") == d.Person.Name })
	id, seal := of.Text("items", at, "id"), of.Text("items", 1-at, "seal_number")
	send := func(who *apitest.Caller, pairs ...any) *apitest.Answer {
		body := object{"correction_ref": uuid.NewString(), "registration_id": id, "version": 1, "action": "amendment", "reason": "录入有误"}
		for i := 0; i+1 < len(pairs); i += 2 {
			body[pairs[i].(string)] = pairs[i+1]
		}
		return who.Post(t, "/exchange/registrations/corrections", body)
	}
	send(ministry, "version", 7, "valid_until", "2029-12-31").Want(t, 409, "registrant.changed_since_read")
	send(ministry, "registration_id", uuid.NewString(), "valid_until", "2029-12-31").Want(t, 404, "registrant.not_found")
	send(ministry).Want(t, 422, "registrant.correction_invalid")
	send(ministry, "seal_number", seal).Want(t, 409, "registrant.seal_number_taken")
	send(ministry, "action", "revocation").Want(t, 422, "registrant.correction_invalid")
	for place, value := range map[string]string{"certificate_number": "AY261100001", "seal_number": "1100001-AY001", "valid_until": "2020-01-01"} {
		if a := send(ministry, place, value).Want(t, 422, "registrant.correction_invalid"); !slices.ContainsFunc(pointed(a), func(p string) bool { return p[:len(place)+1] == "/"+place }) {
			t.Errorf("%s: refused %v", place, pointed(a))
		}
	}
	if n := rows(t, env, `SELECT count(*) FROM register_corrections`) + rows(t, env, `SELECT count(*) FROM registrant_history WHERE version > 1`); n != 0 {
		t.Fatalf("refusals left %d rows", n)
	}
	a := send(ministry, "valid_until", "2029-12-31").Want(t, 201)
	if a.Text("version") != "2" || a.Text("valid_until") != "2029-12-31" || a.Text("status") != "valid" {
		t.Errorf("corrected: %s", a.Body)
	}
	revoked := send(ministry, "version", 2, "action", "revocation", "reason", "以虚假材料取得注册", "legal_basis", "licensing_69_2").Want(t, 201)
	if revoked.Text("status") != "revoked" || revoked.Text("barred_until") != "2029-11-23" {
		t.Errorf("revoked: %s", revoked.Body)
	}
	send(ministry, "version", 3, "valid_until", "2030-01-01").Want(t, 409, "registrant.already_ended")
	seen := firm.Get(t, "/registrants/"+id).Want(t, 200)
	if seen.Text("status") != "revoked" || seen.Text("history", 0, "registration_type") != "revocation" || seen.Text("history", 0, "reason") != "以虚假材料取得注册" ||
		seen.Text("history", 1, "registration_type") != "amendment" {
		t.Errorf("the enterprise sees %s", seen.Body)
	}
	for sql, want := range map[string]int{
		`SELECT count(*) FROM messages WHERE code IN ('registrant.amended', 'registrant.revoked')`:         2,
		`SELECT count(*) FROM outbox WHERE kind IN ('registrant.amendment', 'registrant.revocation')`:      2,
		`SELECT count(*) FROM audit_log WHERE action IN ('registrant.amendment', 'registrant.revocation')`: 2,
	} {
		if n := rows(t, env, sql); n != want {
			t.Errorf("%s: %d, wanted %d", sql, n, want)
		}
	}
	// Nobody but the ministry; and whoever was revoked for fraud waits for three years.
	body := object{"correction_ref": "x", "registration_id": id, "version": 3, "action": "amendment", "reason": "x", "valid_until": "2030-01-01"}
	for _, who := range []*apitest.Caller{env.Machine(t, auth.Province), env.Machine(t, auth.Person)} {
		who.Post(t, "/exchange/registrations/corrections", body).Want(t, 403)
	}
	again := maps.Clone(doc(t, d))
	again["delivery_ref"], again["filing_ref"] = "later", "later"
	later := person.Post(t, "/exchange/filings", again).Want(t, 201).Text("id")
	env.Accepted(t, firm, later)
	ministry = env.Machine(t, auth.Ministry)
	refused := ministry.Post(t, "/exchange/decisions", env.Decision(t, filing.Approve, "", later)).Want(t, 409, "filing.batch_refused")
	if !slices.Equal(pointed(refused), []string{"/items/0 registrant.barred"}) {
		t.Errorf("refused %v", pointed(refused))
	}
}

// Every read of the exchange by every party: a province is held to its own provinces'
// filings by the filing's province, a person's system to what it delivered.
func TestProvincesKeepToTheirOwn(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	person := env.Person(t)
	file := person.Post(t, "/exchange/attachments", apitest.File{Name: "申请表.pdf", Content: pdfPage(0)}).Want(t, 201).Text("id")
	id := env.Deliver(t, firm, func(d *api.DeliveryRequest) {
		d.Attachments[0] = api.DeliveryPaper{Kind: "application_form", AttachmentID: &file}
	})
	env.Submit(t, firm, id)
	own, other, ministry, rival, vendor := env.Machine(t, auth.Province), env.Elsewhere(t), env.Machine(t, auth.Ministry), env.Machine(t, auth.Person), env.Machine(t, auth.Integrator)
	callers := []*apitest.Caller{own, other, ministry, person, rival, vendor}
	for path, want := range map[string][]int{
		"/exchange/filings/" + id: {200, 404, 200, 200, 404, 403},
		"/exchange/filings/" + id + "/attachments/" + file + "/content":             {200, 404, 200, 200, 404, 403},
		"/exchange/filings/" + id + "/attachments/" + uuid.NewString() + "/content": {404, 404, 404, 404, 404, 403},
		"/exchange/filings":       {200, 200, 200, 403, 403, 403},
		"/exchange/registrations": {200, 200, 200, 403, 403, 403},
	} {
		for i, c := range callers {
			if a := c.Get(t, path); a.Status != want[i] {
				t.Errorf("%d asks %s: %d, wanted %d", i, path, a.Status, want[i])
			}
		}
	}
	if n := other.Get(t, "/exchange/filings?status=province_pending").Want(t, 200).Len("items"); n != 0 {
		t.Errorf("another province lists %d filings", n)
	}
	accept := env.Decision(t, filing.Accept, "", id)
	other.Post(t, "/exchange/decisions", accept).Want(t, 409, "filing.batch_refused")
	rival.Post(t, "/exchange/filings/"+id+"/withdrawal", askBody("w")).Want(t, 404, "filing.not_found")
	own.Post(t, "/exchange/decisions", accept).Want(t, 200)
}
