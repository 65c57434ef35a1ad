package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"zhuce/api"
	"zhuce/api/apitest"
	"zhuce/internal/auth"
	"zhuce/internal/filing"
)

// write is one write of the exchange in a world in which it can be taken.
type write struct {
	route  string // as in the route table
	path   string // "" means the route itself
	who    *apitest.Caller
	body   map[string]any
	change func(map[string]any) // another thing to say under the same ref
	fresh  int                  // the answer to the first
	dry    int                  // the answer to a dry run
	reused string               // the refusal of the ref with another body
	late   string               // the refusal of a new ref afterwards, "" where the same may be said again
	about  string               // the status that the late refusal names, "" where it names none
}

// writes makes every write that carries a ref; another row here is all that a new one needs.
func writes(t *testing.T, env *apitest.Env) []write {
	t.Helper()
	firm, person, province := env.Enterprise(t), env.Person(t), env.Machine(t, auth.Province)
	pending, accepted, asked := env.Deliver(t, firm), env.Deliver(t, firm), env.Deliver(t, firm)
	env.Submit(t, firm, pending, accepted, asked)
	env.Decide(t, auth.Province, filing.Accept, "", accepted)
	id := reported(t, renaming(t, env))
	env.Registered(t, firm, 1)
	ministry := env.Machine(t, auth.Ministry)
	registration := ministry.Get(t, "/exchange/registrations").Want(t, 200).Text("items", 0, "id")
	finding := env.Push(t, ministry, firm)
	set := func(name string, value any) func(map[string]any) { return func(b map[string]any) { b[name] = value } }
	return []write{
		{"POST /exchange/filings", "", person, doc(t, env.Delivery(firm)), set("pre_registration", true), 201, 204,
			"exchange.delivery_ref_reused", "filing.cannot_be_delivered", "pending_submission"},
		{"POST /exchange/filings/{id}/withdrawal", "/exchange/filings/" + asked + "/withdrawal", person,
			map[string]any{"withdrawal_ref": "w-1", "reason": "个人工作变动"}, set("reason", "另有原因"), 201, 204,
			"exchange.withdrawal_ref_reused", "filing.withdrawal_already_asked", "province_pending"},
		{"POST /exchange/decisions", "", province, env.Decision(t, filing.Accept, "", pending), set("reason", "材料齐全"), 200, 200,
			"exchange.decision_ref_reused", "filing.batch_refused", "province_accepted"},
		{"POST /exchange/findings", "", ministry, doc(t, env.Finding(firm)), set("facts", "另一事实，社保缴纳单位不符。"), 201, 204,
			"exchange.finding_ref_reused", "", ""},
		{"POST /exchange/findings/{id}/outcome", "/exchange/findings/" + finding + "/outcome", ministry,
			map[string]any{"outcome_ref": "o-1", "outcome": "upheld", "reason": "证明材料齐全。"}, set("reason", "另一理由。"), 201, 204,
			"exchange.outcome_ref_reused", "appeal.decided_already", "upheld"},
		{"POST /exchange/renames/{id}/outcome", "/exchange/renames/" + id + "/outcome", province,
			map[string]any{"outcome_ref": "r-1", "outcome": "refused", "reason": "资质证书尚未更名"}, set("reason", "另一理由"), 200, 204,
			"rename.outcome_ref_reused", "rename.already_decided", "refused"},
		{"POST /exchange/registrations/corrections", "", ministry, map[string]any{"correction_ref": "c-1", "registration_id": registration, "version": 1,
			"action": "revocation", "reason": "以虚假材料取得注册", "legal_basis": "licensing_69_2"}, set("reason", "另一理由"), 201, 204,
			"exchange.correction_ref_reused", "registrant.already_ended", "revoked"},
		{"POST /exchange/notices", "", ministry, map[string]any{"notice_ref": "n-1", "title": "关于继续教育的通知", "body": "请核对学时。",
			"to": map[string]any{"all": true}}, set("title", "另一通知"), 201, 204, "notice.ref_reused", "", ""},
	}
}

// Every write of the exchange: a dry run keeps nothing; the first is applied; the
// same again gets the same answer; another body under its ref is refused; and what
// comes too late is refused with the status in the way.
func TestExchangeWrites(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	covered := map[string]bool{"POST /exchange/deliveries": true} // many refs in one: TestBulkDelivery
	for _, w := range writes(t, env) {
		covered[w.route] = true
		t.Run(w.route, func(t *testing.T) {
			path := w.path
			if path == "" {
				path = strings.TrimPrefix(w.route, "POST ")
			}
			with := func(change func(map[string]any)) map[string]any {
				b := maps.Clone(w.body)
				if change != nil {
					change(b)
				}
				return b
			}
			dry := func(b map[string]any) { b["dry_run"] = true }
			before := contents(t, env)
			w.who.Post(t, path, with(dry)).Want(t, w.dry)
			w.who.Post(t, path, with(dry), "Idempotency-Key", "dry-"+uuid.NewString()).Want(t, w.dry)
			if after := contents(t, env); !maps.Equal(before, after) {
				t.Errorf("the dry run wrote: %s", differing(before, after))
			}
			first := w.who.Post(t, path, w.body).Want(t, w.fresh)
			before = contents(t, env)
			again := w.who.Post(t, path, w.body).Want(t, 200)
			if string(first.Body) != string(again.Body) {
				t.Errorf("the second answer is another:\n%s\n%s", first.Body, again.Body)
			}
			w.who.Post(t, path, with(w.change)).Want(t, 409, w.reused)
			w.who.Post(t, path, with(dry)).Want(t, w.dry)
			w.who.Post(t, path, with(func(b map[string]any) { w.change(b); dry(b) })).Want(t, 409, w.reused)
			if after := contents(t, env); !maps.Equal(before, after) {
				t.Errorf("sending it again wrote: %s", differing(before, after))
			}
			if w.late == "" {
				return
			}
			anew := with(func(b map[string]any) {
				for name := range b {
					if strings.HasSuffix(name, "_ref") && name != "filing_ref" {
						b[name] = "late"
					}
				}
			})
			a := w.who.Post(t, path, anew).Want(t, 409, w.late)
			if a.Text("errors", 0, "record", "status") != w.about {
				t.Errorf("too late, and the record in the way is %s", a.Body)
			}
			if after := contents(t, env); !maps.Equal(before, after) {
				t.Errorf("the refusal wrote: %s", differing(before, after))
			}
		})
	}
	for _, r := range api.Routes() { // a new write cannot be left out
		if route := r.Method + " " + r.Path; r.Access == "machine" && r.Method == http.MethodPost && !covered[route] && !strings.HasSuffix(r.Path, "/attachments") &&
			strings.HasPrefix(r.Path, "/exchange/") && !strings.HasPrefix(r.Path, "/exchange/webhooks") { // a receiver's settings carry no ref
			t.Errorf("%s is not among the writes", route)
		}
	}
}

// doc is a body as an object.
func doc(t *testing.T, body any) (out map[string]any) {
	t.Helper()
	b, err := json.Marshal(body)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// contents is a digest of every table.
func contents(t *testing.T, env *apitest.Env) map[string]string {
	t.Helper()
	var tables []string
	db := env.App.DB.Read(t.Context())
	if err := db.Raw(`SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`).Scan(&tables).Error; err != nil {
		t.Fatal(err)
	}
	out := make(map[string]string, len(tables))
	for _, name := range tables {
		var digest string
		if err := db.Raw(fmt.Sprintf(`SELECT count(*) || ' ' || COALESCE(md5(string_agg(r::text, chr(10) ORDER BY r::text)), '') FROM %q r`, name)).Scan(&digest).Error; err != nil {
			t.Fatal(err)
		}
		out[name] = digest
	}
	return out
}

func differing(a, b map[string]string) string {
	var names []string
	for name := range a {
		if a[name] != b[name] {
			names = append(names, name+" ("+a[name]+" → "+b[name]+")")
		}
	}
	return strings.Join(names, ", ")
}

// Every write of the exchange, sent by whom it is not for: the province of other
// enterprises, another person's system, an integrator with whatever scope it can have. Nothing is written.
func TestNobodyElseWrites(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	list := writes(t, env)
	strangers := map[string]*apitest.Caller{"another province": env.Elsewhere(t), "another person's system": env.Machine(t, auth.Person), "integrator": env.Machine(t, auth.Integrator)}
	before := contents(t, env)
	for _, w := range list {
		path := w.path
		if path == "" {
			_, path, _ = strings.Cut(w.route, " ")
		}
		for name, c := range strangers {
			if name == "another person's system" && w.route == "POST /exchange/filings" {
				continue // a person nobody has filed for is everybody's to deliver
			}
			if a := c.Post(t, path, w.body); a.Status < 400 || a.Status >= 500 {
				t.Errorf("%s sends %s: %d %s", name, w.route, a.Status, a.Body)
			}
		}
	}
	if d := differing(before, contents(t, env)); d != "" {
		t.Errorf("something was written: %s", d)
	}
}
