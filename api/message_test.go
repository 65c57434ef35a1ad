package api_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"zhuce/api/apitest"
	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/identity"
	"zhuce/internal/message"
	"zhuce/internal/pg"
)

var (
	told   = message.Define(message.KindFiling, "test.told", "申报已{how}", "Filing {how}", "{name}的申报", "The filing of {name}")
	warned = message.Define(message.KindWarning, "test.warned", "即将到期", "Expiring", "", "")
)

// tell posts n messages about filings to the enterprise.
func tell(t *testing.T, env *apitest.Env, firm *apitest.Caller, n int) {
	t.Helper()
	posts := make([]message.Post, n)
	for i := range posts {
		posts[i] = message.Post{EnterpriseID: firm.Actor.EnterpriseID, Def: told, SubjectType: "filing", SubjectID: uuid.Must(uuid.NewV7()),
			Params: map[string]any{"name": fmt.Sprint("李明", i), "how": errs.Text{ZH: "受理", EN: "accepted"}}}
	}
	post(t, env, posts...)
}

func post(t *testing.T, env *apitest.Env, posts ...message.Post) {
	t.Helper()
	if err := env.App.DB.InTx(t.Context(), func(tx pg.Tx) error { return message.PostTx(tx, posts) }); err != nil {
		t.Fatal(err)
	}
}

// colleague signs in at the same enterprise.
func colleague(t *testing.T, env *apitest.Env, firm *apitest.Caller) *apitest.Caller {
	t.Helper()
	return env.SignIn(t, identity.Person{Subject: "colleague-of-" + firm.CreditCode, Account: "colleague", Operator: "王二", Name: firm.Name,
		CreditCode: firm.CreditCode, LegalRepresentative: "赵一", LegalPersonType: "enterprise", TrustLevel: 3})
}

func unread(t *testing.T, who *apitest.Caller) string {
	t.Helper()
	return who.Get(t, "/messages/unread").Want(t, 200).Text("total")
}

func TestMessages(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, stranger := env.Enterprise(t), env.Enterprise(t)
	other := colleague(t, env, firm)
	tell(t, env, firm, 3)
	post(t, env, message.Post{EnterpriseID: firm.Actor.EnterpriseID, Def: warned})

	list := firm.Get(t, "/messages?limit=3").Want(t, 200)
	if list.Text("total") != "4" || list.Len("items") != 3 {
		t.Errorf("%s", list.Body)
	}
	rest := firm.Get(t, "/messages?limit=3&cursor="+list.Text("next_cursor")).Want(t, 200)
	if rest.Len("items") != 1 || rest.JSON("next_cursor") != nil {
		t.Errorf("%s", rest.Body)
	}
	filings := firm.Get(t, "/messages?kind=filing&unread=true", "Accept-Language", "en").Want(t, 200)
	if filings.Text("total") != "3" || filings.Text("items", 0, "title") != "Filing accepted" || filings.Text("items", 0, "subject_type") != "filing" {
		t.Errorf("%s", filings.Body)
	}
	if zh := firm.Get(t, "/messages?kind=filing").Want(t, 200).Text("items", 0, "body"); !strings.HasPrefix(zh, "李明") || !strings.HasSuffix(zh, "的申报") {
		t.Error(zh)
	}

	id := filings.Text("items", 0, "id")
	left := firm.Post(t, "/messages/read", map[string]any{"ids": []string{id}}).Want(t, 200)
	if left.Text("total") != "3" || unread(t, other) != "4" || unread(t, stranger) != "0" {
		t.Errorf("%s; a colleague has %s, a stranger %s", left.Body, unread(t, other), unread(t, stranger))
	}
	left = firm.Post(t, "/messages/read", map[string]any{"all": true, "kind": "filing"}).Want(t, 200)
	if left.Text("total") != "1" {
		t.Errorf("%s", left.Body)
	}
	tell(t, env, firm, 1)
	left = firm.Post(t, "/messages/read", map[string]any{"all": true, "position": left.Text("position")}).Want(t, 200)
	if left.Text("total") != "1" {
		t.Errorf("what came after the position: %s", left.Body)
	}
	firm.Post(t, "/messages/read", map[string]any{"all": true}).Want(t, 200)
	if unread(t, firm) != "0" || unread(t, other) != "5" {
		t.Errorf("%s and %s are unread", unread(t, firm), unread(t, other))
	}
}

func TestMessagesRefuse(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, stranger := env.Enterprise(t), env.Enterprise(t)
	tell(t, env, stranger, 1)
	tell(t, env, firm, 1)
	theirs := stranger.Get(t, "/messages").Text("items", 0, "id")
	mine := firm.Get(t, "/messages").Text("items", 0, "id")
	a := firm.Post(t, "/messages/read", map[string]any{"ids": []string{mine, theirs}}).Want(t, 404, "message.not_found")
	if got := a.Refused(); !slices.Equal(got, []string{theirs + " message.not_found"}) {
		t.Error(got)
	}
	if unread(t, stranger) != "1" || unread(t, firm) != "1" {
		t.Error("something was marked all the same")
	}
	for body, want := range map[string]string{
		`{}`:                                      "/ids message.read_what",
		`{"ids":[]}`:                              "/ids message.read_what",
		`{"all":false,"kind":"filing"}`:           "/ids message.read_what",
		`{"ids":["` + mine + `"],"all":true}`:     "/ids message.read_what",
		`{"all":true,"kind":"gossip"}`:            "/kind request.unknown_value",
		`{"all":true,"position":"1.2.3.4"}`:       "/position message.position",
		`{"ids":["x"]}`:                           "/ids/0 request.id",
		`{"ids":["` + mine + `","` + mine + `"]}`: "/ids request.repeated",
	} {
		if got := firm.Try(t, "POST", "/messages/read", body).Want(t, 422).Refused(); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %v", body, got)
		}
	}
	for query, want := range map[string]string{"kind=gossip": "query:kind request.unknown_value", "unread=perhaps": "query:unread request.not_an_option",
		"limit=0": "query:limit request.too_small", "cursor=x": ""} {
		a := firm.Try(t, "GET", "/messages?"+query, nil).Want(t, 422)
		if got := a.Refused(); want != "" && !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %v", query, got)
		}
	}
}

// The number of statements does not grow with the messages.
func TestMessagesStatements(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	measure := func() (n [2]int) {
		n[0] = env.Statements(func() { firm.Get(t, "/messages?limit=200&unread=true").Want(t, 200) })
		n[1] = env.Statements(func() { firm.Get(t, "/messages/unread").Want(t, 200) })
		return n
	}
	tell(t, env, firm, 1)
	one := measure()
	tell(t, env, firm, 199)
	if many := measure(); many != one || one[0] != 2 || one[1] != 2 { // the session, and the answer
		t.Errorf("one: %v, 200: %v", one, many)
	}
}

func TestOldMessagesAreSwept(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	tell(t, env, firm, 2)
	env.Clock.Advance(env.App.Config.MessagesKeep + time.Second)
	env.Sweep(t)
	var left int
	if err := env.App.DB.Read(t.Context()).Raw(`SELECT count(*) FROM messages`).Scan(&left).Error; err != nil || left != 0 {
		t.Errorf("%d are left, %v", left, err)
	}
}

func TestNotices(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	ministry, beijing := env.Machine(t, auth.Ministry, auth.ScopeNotices), env.Machine(t, auth.Province, auth.ScopeNotices)
	notice := func(ref string, to map[string]any) map[string]any {
		return map[string]any{"notice_ref": ref, "title": "关于继续教育的通知", "body": "第一行\n第二行", "link": "https://www.mohurd.gov.cn/x", "to": to}
	}
	first := ministry.Post(t, "/exchange/notices", notice("n1", map[string]any{"all": true})).Want(t, 201)
	again := ministry.Post(t, "/exchange/notices", notice("n1", map[string]any{"all": true})).Want(t, 200)
	if string(first.Body) != string(again.Body) || first.Text("recipients") != "1" {
		t.Errorf("%s\n%s", first.Body, again.Body)
	}
	keyed := notice("n2", map[string]any{"provinces": []string{"11"}})
	one := beijing.Post(t, "/exchange/notices", keyed, "Idempotency-Key", "k1").Want(t, 201)
	two := beijing.Post(t, "/exchange/notices", keyed, "Idempotency-Key", "k1")
	if string(one.Body) != string(two.Body) {
		t.Errorf("%s\n%s", one.Body, two.Body)
	}
	beijing.Post(t, "/exchange/notices", notice("n3", map[string]any{"unified_social_credit_codes": []string{firm.CreditCode}})).Want(t, 201)
	list := firm.Get(t, "/messages?kind=notice").Want(t, 200)
	if list.Text("total") != "3" || list.Text("items", 0, "body") != "第一行\n第二行" || list.Text("items", 0, "link") != "https://www.mohurd.gov.cn/x" ||
		list.Text("items", 0, "sender") != beijing.Name {
		t.Errorf("%s", list.Body)
	}

	ministry.Post(t, "/exchange/notices", notice("n1", map[string]any{"provinces": []string{"11"}})).Want(t, 409, "notice.ref_reused")
	for name, c := range map[string]struct {
		change map[string]any
		status int
		want   []string
	}{
		"all":              {map[string]any{"to": map[string]any{"all": true}}, 403, []string{"/to/all notice.beyond_province"}},
		"another province": {map[string]any{"to": map[string]any{"provinces": []string{"31"}}}, 403, []string{"/to/provinces/0 notice.beyond_province"}},
		"no province":      {map[string]any{"to": map[string]any{"provinces": []string{"99"}}}, 422, []string{"/to/provinces/0 request.unknown_value"}},
		"two audiences":    {map[string]any{"to": map[string]any{"provinces": []string{"11"}, "unified_social_credit_codes": []string{firm.CreditCode}}}, 422, []string{"/to notice.one_audience"}},
		"a broken code":    {map[string]any{"to": map[string]any{"unified_social_credit_codes": []string{"91110000000000107X"}}}, 422, []string{"/to/unified_social_credit_codes/0 request.credit_code"}},
		"a phone number":   {map[string]any{"body": "请致电 13812345678"}, 422, []string{"/body notice.personal_number"}},
		"an ID number":     {map[string]any{"title": "11010519491231002X"}, 422, []string{"/title notice.personal_number"}},
		"a long title":     {map[string]any{"title": strings.Repeat("长", 101)}, 422, []string{"/title request.too_long"}},
		"a script":         {map[string]any{"link": "javascript:alert(1)"}, 422, []string{"/link request.https_link"}},
		"another kind":     {map[string]any{"kind": "filing"}, 422, []string{"/kind request.not_an_option"}},
	} {
		body := notice("refused "+name, map[string]any{"provinces": []string{"11"}})
		for k, v := range c.change {
			body[k] = v
		}
		if got := beijing.Try(t, "POST", "/exchange/notices", body).Want(t, c.status).Refused(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
	env.Machine(t, auth.Person, auth.ScopeNotices).Post(t, "/exchange/notices", notice("p", map[string]any{"all": true})).Want(t, 403, "notice.wrong_party")
	many := make([]string, 1001)
	for i := range many {
		many[i] = firm.CreditCode
	}
	beijing.Try(t, "POST", "/exchange/notices", notice("many", map[string]any{"unified_social_credit_codes": many})).Want(t, 422)
	if unread(t, firm) != "3" {
		t.Errorf("%s came", unread(t, firm))
	}
}

// A notice is as many statements however many it reaches.
func TestNoticesStatements(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	ministry := env.Machine(t, auth.Ministry, auth.ScopeNotices)
	codes := []string{firm.CreditCode}
	send := func(ref string, to map[string]any) int {
		return env.Statements(func() {
			ministry.Post(t, "/exchange/notices", map[string]any{"notice_ref": ref, "title": "x", "body": "x", "to": to}).Want(t, 201)
		})
	}
	one := send("one", map[string]any{"unified_social_credit_codes": codes})
	for range 20 {
		codes = append(codes, env.FreshEnterprise(t).CreditCode)
	}
	if many, all := send("many", map[string]any{"unified_social_credit_codes": codes}), send("all", map[string]any{"all": true}); many != one || all != one {
		t.Errorf("one %d, twenty %d, all %d", one, many, all)
	}
}
