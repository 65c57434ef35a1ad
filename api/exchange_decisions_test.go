package api_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"zhuce/api/apitest"
	"zhuce/internal/auth"
	"zhuce/internal/filing"
)

// A filing goes through the authorities' hands by the exchange alone, onto the register.
func TestDecisions(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, province, ministry := env.Enterprise(t), env.Machine(t, auth.Province), env.Machine(t, auth.Ministry)
	id := env.Deliver(t, firm)
	province.Get(t, "/exchange/filings/"+id).Want(t, 404, "filing.not_found") // not submitted: none of the province's business
	env.Submit(t, firm, id)

	decide := func(who *apitest.Caller, do filing.Action) *apitest.Answer {
		t.Helper()
		return who.Post(t, "/exchange/decisions", env.Decision(t, do, "", id)).Want(t, 200)
	}
	a := province.Get(t, "/exchange/filings").Want(t, 200)
	if a.Text("total") != "1" || a.Text("items", 0, "id") != id || a.Text("items", 0, "enterprise_name") != firm.Name ||
		!strings.Contains(a.Text("items", 0, "id_number_masked"), "****") {
		t.Errorf("the province's desk: %s", a.Body)
	}
	if acts := actions(a, "items", 0); acts != "accept refuse ask_correction forward" {
		t.Errorf("open to the province: %q", acts)
	}
	if a := ministry.Get(t, "/exchange/filings").Want(t, 200); a.Len("items") != 0 {
		t.Errorf("the ministry's desk: %s", a.Body)
	}
	decide(province, filing.Accept)
	decide(province, filing.Forward)
	if a := province.Get(t, "/exchange/filings").Want(t, 200); a.Len("items") != 0 {
		t.Errorf("still on the province's desk: %s", a.Body)
	}
	decide(ministry, filing.Accept)
	decide(ministry, filing.Publish)
	a = ministry.Get(t, "/exchange/filings/"+id).Want(t, 200)
	if a.Text("status") != "publicity" || actions(a) != "approve deny extend" {
		t.Errorf("at the ministry: %s", a.Body)
	}
	approved := decide(ministry, filing.Approve)
	r := approved.Text("filings", 0, "registration", "id")
	if approved.Text("filings", 0, "status") != "approved" || r == "" || approved.Text("filings", 0, "registration", "valid_until") != "2029-11-22" {
		t.Errorf("approved: %s", approved.Body)
	}
	a = firm.Get(t, "/registrants/"+r).Want(t, 200)
	if a.Text("status") != "valid" || a.Text("history", 0, "filing_id") != id || a.Text("certificate_number") != approved.Text("filings", 0, "registration", "certificate_number") {
		t.Errorf("the register: %s", a.Body)
	}
	if n := rows(t, env, `SELECT count(*) FROM audit_log WHERE action IN ('filing.read', 'filing.list') AND caller IN (?, ?)`, province.Actor.Caller(), ministry.Actor.Caller()); n != 4 {
		t.Errorf("%d reads were audited, wanted 4", n)
	}
	if n := rows(t, env, `SELECT count(*) FROM messages WHERE code = 'filing.decision_approved' AND subject_id = ?`, id); n != 1 {
		t.Errorf("%d messages of the approval", n)
	}
}

// actions are the open ones of a row, in order.
func actions(a *apitest.Answer, path ...any) string {
	var open []string
	at := func(more ...any) []any { return append(slices.Clone(path), more...) }
	for i := range a.Len(at("actions")...) {
		if a.JSON(at("actions", i, "allowed")...) == true {
			open = append(open, a.Text(at("actions", i, "action")...))
		}
	}
	return strings.Join(open, " ")
}

// The same decision is applied once, however often it comes.
func TestDecisionsAreAppliedOnce(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, province := env.Enterprise(t), env.Machine(t, auth.Province)
	ids := env.DeliverMany(t, firm, 2)
	env.Submit(t, firm, ids...)
	d := env.Decision(t, filing.AskCorrection, "缺少社会保险证明", ids...)

	dry := maps.Clone(d)
	dry["dry_run"] = true
	if a := province.Post(t, "/exchange/decisions", dry).Want(t, 200); a.Text("count") != "2" || a.JSON("dry_run") != true {
		t.Errorf("dry run: %s", a.Body)
	}
	if n := rows(t, env, `SELECT count(*) FROM filing_history WHERE action = 'ask_correction'`) + rows(t, env, `SELECT count(*) FROM decisions`); n != 0 {
		t.Errorf("the dry run wrote %d rows", n)
	}
	first := province.Post(t, "/exchange/decisions", d).Want(t, 200)
	env.Clock.Advance(1)
	again := province.Post(t, "/exchange/decisions", d).Want(t, 200)
	if string(first.Body) != string(again.Body) {
		t.Errorf("the second answer is another:\n%s\n%s", first.Body, again.Body)
	}
	if n := rows(t, env, `SELECT count(*) FROM filing_history WHERE action = 'ask_correction'`); n != 2 {
		t.Errorf("%d timeline entries", n)
	}
	if n := rows(t, env, `SELECT count(*) FROM messages WHERE code = 'filing.decision_correction' AND subject_id IS NULL AND params->>'count' = '2'`); n != 1 {
		t.Errorf("%d messages, wanted one for both filings", n)
	}
	d["reason"] = "另有原因"
	province.Post(t, "/exchange/decisions", d).Want(t, 409, "exchange.decision_ref_reused")
	// Another client's refs are its own.
	if a := env.Machine(t, auth.Province).Post(t, "/exchange/decisions", d).Want(t, 409, "filing.batch_refused"); a.Len("errors") != 2 {
		t.Errorf("another client: %s", a.Body)
	}
}

func TestDecisionRefusals(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, province, ministry := env.Enterprise(t), env.Machine(t, auth.Province), env.Machine(t, auth.Ministry)
	ids := env.DeliverMany(t, firm, 3)
	env.Submit(t, firm, ids[:2]...)
	unknown := uuid.NewString()

	refuses := func(name string, who *apitest.Caller, d map[string]any, status int, code string, refused ...string) {
		t.Helper()
		a := who.Post(t, "/exchange/decisions", d).Want(t, status, code)
		var got []string
		for i := range a.Len("errors") {
			got = append(got, a.Text("errors", i, "pointer")+" "+a.Text("errors", i, "code"))
		}
		if !slices.Equal(got, refused) {
			t.Errorf("%s: refused %q, wanted %q", name, got, refused)
		}
	}
	with := func(d map[string]any, name string, value any) map[string]any { d[name] = value; return d }
	item := func(d map[string]any, i int, name, value string) map[string]any {
		d["items"].([]map[string]any)[i][name] = value
		return d
	}
	refuses("no reason", province, env.Decision(t, filing.Refuse, " ", ids[0]), 422, "exchange.reason_required", "/reason exchange.reason_required")
	refuses("an enterprise's act", province, env.Decision(t, filing.Submit, "", ids[0]), 422, "request.invalid", "/action request.unknown_value")
	refuses("a number in the reason", province, env.Decision(t, filing.Refuse, "证件 110101198503070019 有误", ids[0]), 422, "request.invalid", "/reason request.personal_number")
	refuses("twice", province, env.Decision(t, filing.Accept, "", ids[0], ids[0]), 422, "exchange.filing_repeated", "/items/1/filing_id exchange.filing_repeated")
	refuses("numbers without approval", province, item(env.Decision(t, filing.Accept, "", ids[0]), 0, "seal_number", "1100001-S001"), 422,
		"exchange.numbers_without_approval", "/items/0 exchange.numbers_without_approval")
	refuses("nothing", province, with(env.Decision(t, filing.Accept, ""), "items", []any{}), 422, "request.invalid", "/items request.too_short")
	refuses("all or none", province, env.Decision(t, filing.Accept, "", ids[0], ids[2], unknown), 409, "filing.batch_refused",
		"/items/1 filing.only_pending_can_be_accepted", "/items/2 filing.not_found")
	refuses("the ministry's turn has not come", ministry, env.Decision(t, filing.Accept, "", ids[0]), 409, "filing.batch_refused", "/items/0 filing.only_pending_can_be_accepted")
	refuses("not the province's to do", province, env.Decision(t, filing.Deny, "不符合条件", ids[0]), 409, "filing.batch_refused", "/items/0 filing.wrong_party")

	elsewhere := env.Machine(t, auth.Province)
	if err := env.App.DB.Read(t.Context()).Exec(`UPDATE machine_clients SET provinces = '{44}' WHERE id = ?`, elsewhere.ClientID).Error; err != nil {
		t.Fatal(err)
	}
	refuses("another province", elsewhere, env.Decision(t, filing.Accept, "", ids[0]), 409, "filing.batch_refused", "/items/0 filing.not_found")
	elsewhere.Get(t, "/exchange/filings/"+ids[0]).Want(t, 404, "filing.not_found")
	env.Person(t).Get(t, "/exchange/filings").Want(t, 403, "filing.wrong_party")

	env.Decide(t, auth.Province, filing.Forward, "", ids[0])
	env.Decide(t, auth.Ministry, filing.Accept, "", ids[0])
	refuses("no numbers", ministry, with(env.Decision(t, filing.Approve, "", ids[0]), "items", []map[string]any{{"filing_id": ids[0]}}), 409, "filing.batch_refused",
		"/items/0/certificate_number registrant.number_missing", "/items/0/seal_number registrant.number_missing")
	refuses("a seal of another profession", ministry, item(env.Decision(t, filing.Approve, "", ids[0]), 0, "seal_number", "1100001-AY001"), 409, "filing.batch_refused",
		"/items/0/seal_number registrant.seal_number")
	refuses("a term the wrong way round", ministry, item(env.Decision(t, filing.Approve, "", ids[0]), 0, "valid_until", "2026-11-22"), 409, "filing.batch_refused",
		"/items/0/valid_until registrant.term_ends_before_it_begins")
	if n := rows(t, env, `SELECT count(*) FROM registrants`) + rows(t, env, `SELECT count(*) FROM decisions`); n != 0 {
		t.Errorf("refused decisions left %d rows", n)
	}
}

// The numbers of statements do not grow with the filings, approvals included; nor
// those of the desk with its rows.
func TestDecisionStatements(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, ministry := env.Enterprise(t), env.Machine(t, auth.Ministry)
	counts := map[string][]int{}
	for _, n := range []int{1, 40} {
		ids := env.DeliverMany(t, firm, n)
		env.Submit(t, firm, ids...)
		province := env.Machine(t, auth.Province)
		paper := province.Post(t, "/exchange/decisions/attachments", apitest.File{Name: "受理通知书.pdf", Content: pdfPage(0)}).Want(t, 201).Text("id")
		accept := env.Decision(t, filing.Accept, "", ids...)
		accept["papers"] = []map[string]any{{"kind": "acceptance_notice", "attachment_id": paper}}
		counts["accept with papers"] = append(counts["accept with papers"], env.Statements(func() { province.Post(t, "/exchange/decisions", accept).Want(t, 200) }))
		counts["detail"] = append(counts["detail"], env.Statements(func() { province.Get(t, "/exchange/filings/"+ids[0]).Want(t, 200) }))
		env.Decide(t, auth.Province, filing.Forward, "", ids...)
		env.Decide(t, auth.Ministry, filing.Accept, "", ids...)
		ministry = env.Machine(t, auth.Ministry) // tokens end while the letters are read
		counts["desk"] = append(counts["desk"], env.Statements(func() { ministry.Get(t, "/exchange/filings?limit=200").Want(t, 200) }))
		d := env.Decision(t, filing.Approve, "", ids...)
		counts["approve"] = append(counts["approve"], env.Statements(func() { ministry.Post(t, "/exchange/decisions", d).Want(t, 200) }))
	}
	for what, n := range counts {
		if n[0] != n[1] {
			t.Errorf("%s: %d statements for one, %d for forty", what, n[0], n[1])
		}
	}
	t.Logf("statements: %v", counts)
}
