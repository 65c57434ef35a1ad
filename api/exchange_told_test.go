package api_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"zhuce/api"
	"zhuce/api/apitest"
	"zhuce/internal/auth"
	"zhuce/internal/filing"
)

// What a decision rests on and gives reaches the enterprise and the person's system,
// and nobody else.
func TestDecisionsTell(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, other, person, rival := env.Enterprise(t), env.Enterprise(t), env.Person(t), env.Machine(t, auth.Person)
	province, elsewhere, ministry := env.Machine(t, auth.Province), env.Elsewhere(t), env.Machine(t, auth.Ministry)
	delivery := env.Delivery(firm)
	ours, theirs := person.Post(t, "/exchange/filings", delivery).Want(t, 201).Text("id"), env.Deliver(t, other)
	env.Submit(t, firm, ours)
	env.Submit(t, other, theirs)
	upload := func(name string) string {
		return province.Post(t, "/exchange/decisions/attachments", apitest.File{Name: name, Content: pdfPage(0)}).Want(t, 201).Text("id")
	}
	notice, annex := upload("补正通知书.pdf"), upload("附件.pdf")
	d := env.Decision(t, filing.AskCorrection, "材料需要补正", ours, theirs)
	d["legal_basis"] = []string{"licensing_32_4"}
	d["corrections"] = []object{{"paper_kind": "social_insurance", "text": "缺少社会保险证明"}}
	d["papers"] = []object{{"kind": "correction_notice", "attachment_id": notice}}
	item := d["items"].([]map[string]any)[0]
	item["corrections"] = []object{{"field": "/employment/contract_to", "text": "截止日期与合同不一致"}}
	item["papers"] = []object{{"kind": "other", "attachment_id": annex}}
	province.Post(t, "/exchange/decisions", d).Want(t, 200)

	seen := firm.Get(t, "/filings/"+ours).Want(t, 200)
	last := seen.Len("timeline") - 1
	if seen.Text("timeline", last, "legal_basis", 0) != "licensing_32_4" || seen.Len("timeline", last, "corrections") != 2 ||
		seen.Text("timeline", last, "corrections", 1, "field") != "/employment/contract_to" || seen.Len("timeline", last, "papers") != 2 ||
		seen.Text("timeline", last, "papers", 0, "file_name") != "补正通知书.pdf" || seen.Text("timeline", last, "papers", 1, "kind") != "other" {
		t.Errorf("the enterprise sees %s", seen.Body)
	}
	if n := seen.Len("timeline", 0, "legal_basis") + seen.Len("timeline", 0, "papers"); n != 0 {
		t.Errorf("the delivery tells what a decision does")
	}
	paper, addition := seen.Text("timeline", last, "papers", 0, "id"), seen.Text("timeline", last, "papers", 1, "id")
	firm.Get(t, "/attachments/"+paper+"/content").Want(t, 200)
	other.Get(t, "/attachments/"+paper+"/content").Want(t, 404, "attachment.not_found")

	told := other.Get(t, "/filings/"+theirs).Want(t, 200)
	if told.Len("timeline", last, "papers") != 1 || told.Len("timeline", last, "corrections") != 1 || told.Text("timeline", last, "papers", 0, "id") == paper {
		t.Errorf("the other enterprise sees %s", told.Body)
	}
	a := person.Get(t, "/exchange/filings/"+ours).Want(t, 200)
	if a.Text("decision_reason") != "材料需要补正" || a.Text("timeline", last, "papers", 1, "id") != addition || a.Len("attachments") != 5 ||
		a.Text("form", "employment", "contract_to") != "2029-12-31" || strings.Contains(string(a.Body), "19850307") {
		t.Errorf("the person's system sees %s", a.Body)
	}
	content := func(id, paper string) string { return "/exchange/filings/" + id + "/attachments/" + paper + "/content" }
	for _, reader := range []*apitest.Caller{person, province, ministry} {
		reader.Get(t, content(ours, paper)).Want(t, 200)
		reader.Get(t, content(ours, told.Text("timeline", last, "papers", 0, "id"))).Want(t, 404, "attachment.not_found")
	}
	for _, stranger := range []*apitest.Caller{rival, elsewhere} {
		stranger.Get(t, content(ours, paper)).Want(t, 404, "filing.not_found")
	}
	if n := rows(t, env, `SELECT count(*) FROM audit_log WHERE action = 'filing.paper_read' AND subject_id = ?`, paper); n != 3 {
		t.Errorf("%d reads of the paper were audited, wanted 3", n)
	}
	if n := rows(t, env, `SELECT count(*) FROM outbox WHERE kind = 'filing.ask_correction' AND data->'legal_basis' = '["licensing_32_4"]'`); n != 2 {
		t.Errorf("%d events name the basis", n)
	}
	// Told once; what is delivered anew was not looked at before, and is told of once itself.
	province.Post(t, "/exchange/decisions", env.Decision(t, filing.AskCorrection, "还有", ours)).Want(t, 409, "filing.batch_refused")
	delivery.DeliveryRef = "anew"
	person.Post(t, "/exchange/filings", delivery).Want(t, 201)
	env.Submit(t, firm, ours)
	env.Machine(t, auth.Province).Post(t, "/exchange/decisions", env.Decision(t, filing.AskCorrection, "补正后仍有一处", ours)).Want(t, 200)
}

func TestDecisionsTellNoNonsense(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	pending, accepted := env.Deliver(t, firm), env.Deliver(t, firm)
	architect := env.Deliver(t, firm, func(d *api.DeliveryRequest) { d.Profession = "architect_1" })
	env.Submit(t, firm, pending)
	env.Accepted(t, firm, accepted, architect)
	province, ministry := env.Machine(t, auth.Province), env.Machine(t, auth.Ministry)
	province.Post(t, "/exchange/decisions/attachments", apitest.File{Name: "x.gif", Content: []byte("GIF89a")}).Want(t, 415, "attachment.unsupported_type")
	theirs := ministry.Post(t, "/exchange/decisions/attachments", apitest.File{Name: "x.pdf", Content: pdfPage(0)}).Want(t, 201).Text("id")

	day := func(n int) string { return env.Clock.Now().AddDate(0, 0, n).Format("2006-01-02") }
	with := func(do filing.Action, id string, pairs ...any) map[string]any {
		d := env.Decision(t, do, "理由", id)
		for i := 0; i+1 < len(pairs); i += 2 {
			if d[pairs[i].(string)] = pairs[i+1]; pairs[i+1] == nil {
				delete(d, pairs[i].(string))
			}
		}
		return d
	}
	asked := func(o ...object) []object { return o }
	cases := []struct {
		name string
		who  *apitest.Caller
		body map[string]any
		code string
		want string
	}{
		{"no basis", province, with(filing.Refuse, pending, "legal_basis", nil), "exchange.decision_invalid", "/legal_basis exchange.basis_required"},
		{"a basis that is none", province, with(filing.Refuse, pending, "legal_basis", []string{"x"}), "request.invalid", "/legal_basis/0 request.unknown_value"},
		{"a basis of another decision", province, with(filing.Refuse, pending, "legal_basis", []string{"licensing_38"}), "exchange.decision_invalid", "/legal_basis/0 exchange.basis_unfit"},
		{"a basis where none is due", province, with(filing.Accept, pending, "legal_basis", []string{"licensing_38"}), "exchange.decision_invalid", "/legal_basis/0 exchange.basis_unfit"},
		{"a basis of the other track", ministry, with(filing.Deny, accepted, "legal_basis", []string{"architect_13_1"}), "filing.batch_refused", "/items/0 exchange.basis_of_another_track"},
		{"nothing to correct", province, with(filing.AskCorrection, pending, "corrections", nil), "exchange.decision_invalid", "/items/0/corrections exchange.corrections_required"},
		{"corrections without a notice", province, with(filing.Accept, pending, "corrections", asked(object{"paper_kind": "other", "text": "x"})), "exchange.decision_invalid", "/corrections exchange.corrections_without_notice"},
		{"a field and a paper", province, with(filing.AskCorrection, pending, "corrections", asked(object{"field": "/statement", "paper_kind": "other", "text": "x"})), "exchange.decision_invalid", "/corrections/0 exchange.correction_of_one_thing"},
		{"an unknown field", province, with(filing.AskCorrection, pending, "corrections", asked(object{"field": "/nickname", "text": "x"})), "exchange.decision_invalid", "/corrections/0/field exchange.correction_field"},
		{"an unknown paper", province, with(filing.AskCorrection, pending, "corrections", asked(object{"paper_kind": "photo", "text": "x"})), "exchange.decision_invalid", "/corrections/0/paper_kind filing.paper_kind"},
		{"a number in the text", province, with(filing.AskCorrection, pending, "corrections", asked(object{"field": "/person/id_number", "text": "应为 110101198503070019"})), "exchange.decision_invalid", "/corrections/0/text exchange.personal_number_in_text"},
		{"a paper that is not there", province, with(filing.Accept, pending, "papers", asked(object{"kind": "acceptance_notice", "attachment_id": uuid.NewString()})), "exchange.decision_invalid", "/papers/0/attachment_id exchange.paper_unknown"},
		{"another's paper", province, with(filing.Accept, pending, "papers", asked(object{"kind": "acceptance_notice", "attachment_id": theirs})), "exchange.decision_invalid", "/papers/0/attachment_id exchange.paper_unknown"},
		{"the same paper twice", province, with(filing.Accept, pending, "papers", asked(object{"kind": "acceptance_notice", "attachment_id": theirs}, object{"kind": "acceptance_notice", "attachment_id": theirs})), "exchange.decision_invalid", "/papers/1/attachment_id exchange.paper_repeated"},
		{"a paper of another decision", province, with(filing.Accept, pending, "papers", asked(object{"kind": "denial_decision", "attachment_id": theirs})), "exchange.decision_invalid", "/papers/0/kind exchange.paper_of_another_decision"},
		{"publicity of another decision", province, with(filing.Accept, pending, "publicity", object{"from": day(0), "until": day(9)}), "exchange.decision_invalid", "/publicity exchange.publicity_without_publishing"},
		{"publicity the wrong way round", ministry, with(filing.Publish, accepted, "publicity", object{"from": day(9), "until": day(0)}), "exchange.decision_invalid", "/publicity exchange.publicity_days"},
		{"publicity that is over", ministry, with(filing.Publish, accepted, "publicity", object{"from": day(-20), "until": day(-1)}), "exchange.decision_invalid", "/publicity exchange.publicity_days"},
		{"a publicity of nine days for an architect", ministry, with(filing.Publish, architect, "publicity", object{"from": day(0), "until": day(8)}), "filing.batch_refused", "/items/0 exchange.publicity_too_short"},
	}
	before := contents(t, env)
	for _, c := range cases {
		status := 422
		if c.code == "filing.batch_refused" {
			status = 409
		}
		a := c.who.Post(t, "/exchange/decisions", c.body).Want(t, status, c.code)
		if !slices.Equal(pointed(a), []string{c.want}) {
			t.Errorf("%s: refused %v, wanted %q", c.name, pointed(a), c.want)
		}
	}
	if after := contents(t, env); differing(before, after) != "" {
		t.Errorf("refusals wrote: %s", differing(before, after))
	}
}

// A publicity whose days are named is waited for; denial needs no waiting, and one without days neither.
func TestPublicityIsWaitedFor(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	id, denied := env.Deliver(t, firm), env.Deliver(t, firm)
	env.Accepted(t, firm, id, denied)
	d := env.Decision(t, filing.Publish, "", id, denied)
	d["publicity"] = object{"from": "2026-11-23", "until": "2026-12-02", "link": "https://www.mohurd.gov.cn/gongshi"}
	ministry := env.Machine(t, auth.Ministry)
	ministry.Post(t, "/exchange/decisions", d).Want(t, 200)
	if acts := actions(ministry.Get(t, "/exchange/filings/"+id).Want(t, 200)); acts != "deny extend" {
		t.Errorf("open while it runs: %q", acts)
	}
	ministry.Post(t, "/exchange/decisions", env.Decision(t, filing.Deny, "异议成立", denied)).Want(t, 200)
	seen := firm.Get(t, "/filings/"+id).Want(t, 200)
	if p := seen.Len("timeline") - 1; seen.Text("timeline", p, "publicity", "until") != "2026-12-02" || seen.Text("timeline", p, "publicity", "link") == "" {
		t.Errorf("the enterprise sees %s", seen.Body)
	}
	moveTo(t, env, "2026-12-02T23:59:00+08:00")
	a := env.Machine(t, auth.Ministry).Post(t, "/exchange/decisions", env.Decision(t, filing.Approve, "", id)).Want(t, 409, "filing.batch_refused")
	if !slices.Equal(pointed(a), []string{"/items/0 filing.publicity_runs"}) {
		t.Errorf("on the last day: %v", pointed(a))
	}
	moveTo(t, env, "2026-12-03T00:00:00+08:00")
	env.Machine(t, auth.Ministry).Post(t, "/exchange/decisions", env.Decision(t, filing.Approve, "", id)).Want(t, 200)
}

// moveTo moves the clock forward to a moment.
func moveTo(t *testing.T, env *apitest.Env, moment string) {
	t.Helper()
	at, err := time.Parse(time.RFC3339, moment)
	if err != nil {
		t.Fatal(err)
	}
	env.Clock.Advance(at.Sub(env.Clock.Now()))
}

// pointed are the places of a refusal with their codes.
func pointed(a *apitest.Answer) (out []string) {
	for i := range a.Len("errors") {
		out = append(out, a.Text("errors", i, "pointer")+" "+a.Text("errors", i, "code"))
	}
	return out
}
