package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"zhuce/api"
	"zhuce/api/apitest"
	"zhuce/internal/auth"
	"zhuce/internal/config"
	"zhuce/internal/identity"
	"zhuce/internal/idno"
)

const saidSo = "该同志已于 2025 年 3 月正式退休，现由我单位返聘，社保由原单位缴至退休当月。"

// longSessions lets a test move the clock over months without signing in anew.
func longSessions(c *config.Config) {
	c.AccessTokenLife, c.SessionLife, c.SessionIdle = 400*24*time.Hour, 400*24*time.Hour, 400*24*time.Hour
}

var emptyDraft = api.AppealDraft{Evidence: []api.AppealEvidence{}}

// drafted saves a complete draft and gives its version.
func drafted(t *testing.T, env *apitest.Env, firm *apitest.Caller, id string) string {
	t.Helper()
	seen := firm.Get(t, "/appeals/"+id).Want(t, 200).Text("version")
	return firm.Do(t, "PUT", "/appeals/"+id+"/draft", api.AppealDraft{Reason: "retired", Statement: saidSo,
		Evidence: env.Evidence(t, firm, pdfPage(0), "retirement_certificate", "employment_contract")}, "If-Match", `"`+seen+`"`).Want(t, 200).Text("version")
}

func submitted(t *testing.T, env *apitest.Env, firm *apitest.Caller, id string) *apitest.Answer {
	t.Helper()
	v := drafted(t, env, firm, id)
	return firm.Post(t, "/appeals/"+id+"/submit", object{"confirmed": true}, "If-Match", v).Want(t, 200)
}

// The way of a finding: pushed, told of, drafted, submitted, taken under review, upheld.
func TestAppealFromFindingToOutcome(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, ministry := env.Enterprise(t), env.Ministry(t)
	paper := ministry.Post(t, "/exchange/findings/attachments", apitest.File{Name: "比对结果.pdf", Content: pdfPage(0)}).Want(t, 201).Text("id")
	push := env.Finding(firm, func(f *api.FindingRequest) { f.Attachments = []string{paper} })
	first := ministry.Post(t, "/exchange/findings", push).Want(t, 201)
	if first.Text("state") != "awaiting_statement" || !strings.HasPrefix(first.Text("reference"), "YC20261123") || first.JSON("matched") != false ||
		first.Text("due_on") != "2026-12-23" {
		t.Errorf("pushed: %s", first.Body)
	}
	again := ministry.Post(t, "/exchange/findings", push).Want(t, 200)
	if string(again.Body) != string(first.Body) {
		t.Errorf("the second answer is another: %s", again.Body)
	}
	id := first.Text("id")

	list := firm.Get(t, "/appeals?state=awaiting_statement&state=overdue&kind=insurance_mismatch&due_from=2026-12-23&due_to=2026-12-23").Want(t, 200)
	if list.Text("total") != "1" || list.Text("items", 0, "clock", "days_left") != "30" || list.Text("items", 0, "clock", "workdays_left") != "22" ||
		list.JSON("items", 0, "clock", "official") != true || list.JSON("items", 0, "actions", 1, "allowed") != true {
		t.Errorf("list: %s", list.Body)
	}
	one := firm.Get(t, "/appeals/"+id).Want(t, 200)
	if one.Text("papers", 0, "file_name") != "比对结果.pdf" || !strings.Contains(one.Text("legal_basis"), "《行政许可法》") ||
		one.Len("missing") != 2 || one.Len("choices") != 9 || one.Text("timeline", 0, "action") != "push" {
		t.Errorf("detail: %s", one.Body)
	}
	firm.Get(t, "/attachments/"+paper+"/content").Want(t, 200)
	firm.Get(t, "/appeals/"+id, "If-None-Match", one.Header.Get("ETag")).Want(t, 304)

	version := drafted(t, env, firm, id)
	ready := firm.Get(t, "/appeals/"+id).Want(t, 200)
	if ready.Len("missing") != 0 || ready.Text("statement") != saidSo || ready.Text("draft_by") == "" {
		t.Errorf("complete draft: %s", ready.Body)
	}
	hidden := ministry.Get(t, "/exchange/findings/"+id).Want(t, 200)
	if hidden.Text("statement") != "" || hidden.Len("evidence") != 0 || hidden.JSON("reason") != nil {
		t.Errorf("the authority reads a draft: %s", hidden.Body)
	}
	evidence := ready.Text("evidence", 0, "id")
	ministry.Get(t, "/exchange/attachments/"+evidence+"/content").Want(t, 404, "attachment.not_found")

	firm.Post(t, "/appeals/"+id+"/submit", object{"confirmed": false}, "If-Match", version).Want(t, 422, "appeal.not_confirmed")
	done := firm.Post(t, "/appeals/"+id+"/submit", object{"confirmed": true}, "If-Match", version, "Idempotency-Key", "s1").Want(t, 200)
	if done.Text("state") != "submitted" || done.JSON("late") != false || done.Text("reference") != first.Text("reference") {
		t.Errorf("submitted: %s", done.Body)
	}
	twice := firm.Post(t, "/appeals/"+id+"/submit", object{"confirmed": true}, "If-Match", version, "Idempotency-Key", "s1").Want(t, 200)
	if string(twice.Body) != string(done.Body) {
		t.Errorf("the same key answers %s", twice.Body)
	}
	after := firm.Post(t, "/appeals/"+id+"/submit", object{"confirmed": true}, "If-Match", version).Want(t, 409, "appeal.cannot_be_submitted")
	if after.Text("errors", 0, "record", "status") != "submitted" {
		t.Errorf("names %s", after.Body)
	}
	firm.Do(t, "PUT", "/appeals/"+id+"/draft", emptyDraft, "If-Match", done.Text("version")).Want(t, 409, "appeal.cannot_be_drafted")

	seen := ministry.Get(t, "/exchange/findings/"+id).Want(t, 200)
	if seen.Text("statement") != saidSo || seen.Len("evidence") != 2 || seen.Text("step") != "2" {
		t.Errorf("the authority sees %s", seen.Body)
	}
	ministry.Get(t, "/exchange/attachments/"+evidence+"/content").Want(t, 200)
	ministry.Get(t, "/exchange/attachments/"+paper+"/content").Want(t, 200)
	ministry.Post(t, "/exchange/findings/"+id+"/outcome", object{"outcome_ref": "o1", "outcome": "under_review"}).Want(t, 201)
	up := object{"outcome_ref": "o2", "outcome": "upheld", "reason": "证明材料齐全。"}
	yes := ministry.Post(t, "/exchange/findings/"+id+"/outcome", up).Want(t, 201)
	if same := ministry.Post(t, "/exchange/findings/"+id+"/outcome", up).Want(t, 200); string(same.Body) != string(yes.Body) {
		t.Errorf("the second answer is another: %s", same.Body)
	}
	up["reason"] = "另一理由"
	ministry.Post(t, "/exchange/findings/"+id+"/outcome", up).Want(t, 409, "exchange.outcome_ref_reused")

	end := firm.Get(t, "/appeals/"+id).Want(t, 200)
	if end.Text("state") != "upheld" || end.Text("outcome") != "证明材料齐全。" || end.JSON("clock") != nil || end.Len("timeline") != 4 || end.JSON("actions", 1, "allowed") != false {
		t.Errorf("end: %s", end.Body)
	}
	counts := firm.Get(t, "/appeals/counts").Want(t, 200)
	if counts.Text("total") != "1" || counts.Len("counts") != 6 {
		t.Errorf("counts: %s", counts.Body)
	}
	if n := rows(t, env, `SELECT count(*) FROM messages WHERE subject_id = ? AND code IN ('appeal.arrived', 'appeal.under_review', 'appeal.upheld')`, id); n != 3 {
		t.Errorf("%d messages", n)
	}
	if n := rows(t, env, `SELECT count(*) FROM outbox WHERE subject_id = ? AND kind IN ('appeal.push', 'appeal.submit', 'appeal.review', 'appeal.uphold')`, id); n != 4 {
		t.Errorf("%d events", n)
	}
	if n := rows(t, env, `SELECT count(*) FROM outbox WHERE subject_id = ? AND data::text LIKE '%周桥%'`, id); n != 0 {
		t.Error("an event holds a name")
	}
	for action, want := range map[string]int{"appeal.push": 1, "appeal.read": 2, "appeal.save_draft": 1, "appeal.submit": 1, "appeal.open_file": 2, "appeal.review": 1, "appeal.uphold": 1} {
		if n := rows(t, env, `SELECT count(*) FROM audit_log WHERE action = ? AND subject_id = ?`, action, id); n != want {
			t.Errorf("%d lines of %s, want %d", n, action, want)
		}
	}
}

// Who is refused, by state, by owner, by side.
func TestAppealRefusals(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, other, ministry, rival := env.Enterprise(t), env.Enterprise(t), env.Ministry(t), env.Ministry(t)
	id := env.Push(t, ministry, firm)
	at := "/appeals/" + id
	ours := env.Evidence(t, firm, pdfPage(0), "data_error_proof")
	theirs := env.Evidence(t, other, pdfPage(2000), "data_error_proof")

	for _, c := range []struct {
		name         string
		who          *apitest.Caller
		method, path string
		body         any
		headers      []string
		status       int
		code         string
		refused      []string
	}{
		{"another enterprise reads", other, "GET", at, nil, nil, 404, "appeal.not_found", nil},
		{"another enterprise drafts", other, "PUT", at + "/draft", emptyDraft, []string{"If-Match", "1"}, 404, "appeal.not_found", nil},
		{"another enterprise submits", other, "POST", at + "/submit", object{"confirmed": true}, []string{"If-Match", "1"}, 404, "appeal.not_found", nil},
		{"another authority reads", rival, "GET", "/exchange/findings/" + id, nil, nil, 404, "appeal.not_found", nil},
		{"another authority decides", rival, "POST", "/exchange/findings/" + id + "/outcome", object{"outcome_ref": "x", "outcome": "upheld"}, nil, 404, "appeal.not_found", nil},
		{"no id", firm, "GET", "/appeals/17", nil, nil, 404, "appeal.not_found", nil},
		{"no version", firm, "PUT", at + "/draft", emptyDraft, nil, 428, "request.if_match_required", nil},
		{"a version that is not the present one", firm, "PUT", at + "/draft", emptyDraft, []string{"If-Match", "7"}, 412, "appeal.stale", nil},
		{"submitted over another version", firm, "POST", at + "/submit", object{"confirmed": true}, []string{"If-Match", "7"}, 412, "appeal.stale", nil},
		{"nothing written", firm, "POST", at + "/submit", object{"confirmed": true}, []string{"If-Match", "1"}, 422, "appeal.statement_incomplete",
			[]string{"/reason appeal.reason_required", "/statement appeal.statement_length"}},
		{"a reason that is none", firm, "PUT", at + "/draft", object{"reason": "because", "statement": "", "evidence": []any{}}, []string{"If-Match", "1"}, 422, "request.invalid", []string{"/reason request.unknown_value"}},
		{"another's file", firm, "PUT", at + "/draft", api.AppealDraft{Evidence: theirs}, []string{"If-Match", "1"}, 422, "appeal.statement_incomplete", []string{"/evidence/0/attachment_id appeal.evidence_unknown"}},
		{"a file twice", firm, "PUT", at + "/draft", api.AppealDraft{Evidence: append(slices.Clone(ours), ours...)}, []string{"If-Match", "1"}, 422, "appeal.statement_incomplete", []string{"/evidence/1/attachment_id appeal.evidence_twice"}},
		{"5,001 characters", firm, "PUT", at + "/draft", api.AppealDraft{Evidence: []api.AppealEvidence{}, Statement: strings.Repeat("说", 5001)}, []string{"If-Match", "1"}, 422, "request.invalid", []string{"/statement request.too_long"}},
		{"a NUL byte", firm, "PUT", at + "/draft", object{"statement": "a\x00b"}, []string{"If-Match", "1"}, 422, "request.invalid", []string{"/statement request.nul_byte"}},
		{"rejected while awaited", ministry, "POST", "/exchange/findings/" + id + "/outcome", object{"outcome_ref": "r", "outcome": "rejected", "reason": "不成立", "step": 1}, nil, 409, "appeal.cannot_be_rejected", nil},
		{"reviewed while awaited", ministry, "POST", "/exchange/findings/" + id + "/outcome", object{"outcome_ref": "r", "outcome": "under_review"}, nil, 409, "appeal.only_submitted_can_be_reviewed", nil},
		{"an outcome that is none", ministry, "POST", "/exchange/findings/" + id + "/outcome", object{"outcome_ref": "r", "outcome": "overdue"}, nil, 422, "request.invalid", []string{"/outcome request.not_an_option"}},
		{"a measure without rejection", ministry, "POST", "/exchange/findings/" + id + "/outcome", object{"outcome_ref": "r", "outcome": "upheld", "measure": "revoke"}, nil, 422, "appeal.outcome_invalid", []string{"/measure appeal.measure_without_rejection"}},
		{"a number in the reason", ministry, "POST", "/exchange/findings/" + id + "/outcome", object{"outcome_ref": "r", "outcome": "upheld", "reason": "电话 13812345678"}, nil, 422, "request.invalid", []string{"/reason request.personal_number"}},
		{"a state that is none", firm, "GET", "/appeals?state=lost", nil, nil, 422, "request.invalid", []string{"query:state request.unknown_value"}},
		{"a sort that is none", firm, "GET", "/appeals?sort=size", nil, nil, 422, "request.invalid", []string{"query:sort request.unknown_value"}},
		{"a cursor that is none", firm, "GET", "/appeals?cursor=x", nil, nil, 422, "request.cursor", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := c.who.Try(t, c.method, c.path, c.body, c.headers...).Want(t, c.status, c.code)
			for _, want := range c.refused {
				if !slices.Contains(a.Refused(), want) {
					t.Errorf("refused %v, wanted %q", a.Refused(), want)
				}
			}
		})
	}
	if n := rows(t, env, `SELECT count(*) FROM appeals WHERE version > 1`) + rows(t, env, `SELECT count(*) FROM appeal_attachments`); n != 0 {
		t.Errorf("%d things changed", n)
	}
	incomplete := firm.Do(t, "PUT", at+"/draft", api.AppealDraft{Reason: "retired", Statement: saidSo, Evidence: ours}, "If-Match", "1").Want(t, 200)
	if incomplete.Len("missing") != 2 || incomplete.Text("missing", 0, "message") != "缺少证明材料：退休证明" {
		t.Errorf("missing: %s", incomplete.Body)
	}
	refused := firm.Post(t, at+"/submit", object{"confirmed": true}, "If-Match", "2").Want(t, 422, "appeal.statement_incomplete").Refused()
	if !slices.Equal(refused, []string{"/evidence appeal.proof_missing", "/evidence appeal.proof_missing"}) {
		t.Errorf("refused %v", refused)
	}
	// Taken away again, the file is bound to nothing here and no authority's to read.
	firm.Do(t, "PUT", at+"/draft", api.AppealDraft{Reason: "other", Statement: saidSo, Evidence: []api.AppealEvidence{}}, "If-Match", "2").Want(t, 200)
	firm.Post(t, at+"/submit", object{"confirmed": true}, "If-Match", "3").Want(t, 200)
	ministry.Get(t, "/exchange/attachments/"+ours[0].AttachmentID+"/content").Want(t, 404, "attachment.not_found")
	other.Get(t, "/attachments/"+ours[0].AttachmentID+"/content").Want(t, 404, "attachment.not_found")
	no := object{"outcome_ref": "n1", "outcome": "rejected", "measure": "rectify"}
	a := ministry.Post(t, "/exchange/findings/"+id+"/outcome", no).Want(t, 422, "appeal.outcome_invalid")
	if !slices.Equal(a.Refused(), []string{"/reason appeal.outcome_reason_required", "/step appeal.step_required"}) {
		t.Errorf("refused %v", a.Refused())
	}
	no["reason"], no["step"] = "材料不足以证明", 1
	ministry.Post(t, "/exchange/findings/"+id+"/outcome", no).Want(t, 409, "appeal.changed_since_read")
	no["step"] = 2
	ministry.Post(t, "/exchange/findings/"+id+"/outcome", no).Want(t, 201)
	if end := firm.Get(t, at).Want(t, 200); end.Text("state") != "rejected" || end.Text("measure") != "rectify" || end.Text("outcome") != "材料不足以证明" {
		t.Errorf("rejected: %s", end.Body)
	}
}

// Two clerks write at the same draft: the second is told, nothing is lost, and what
// the second then saves is what stands.
func TestTwoClerksOneDraft(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	id := env.Push(t, env.Ministry(t), firm)
	at := "/appeals/" + id + "/draft"
	firm.Do(t, "PUT", at, api.AppealDraft{Evidence: []api.AppealEvidence{}, Statement: "  甲的说明\n第二行  "}, "If-Match", "1").Want(t, 200)
	firm.Do(t, "PUT", at, api.AppealDraft{Evidence: []api.AppealEvidence{}, Statement: "乙的说明"}, "If-Match", "1").Want(t, 412, "appeal.stale")
	got := firm.Get(t, "/appeals/"+id).Want(t, 200)
	if got.Text("statement") != "  甲的说明\n第二行  " {
		t.Errorf("kept as %q", got.Text("statement"))
	}
	firm.Do(t, "PUT", at, api.AppealDraft{Evidence: []api.AppealEvidence{}, Statement: "甲乙的说明"}, "If-Match", got.Text("version")).Want(t, 200)

	var wg sync.WaitGroup
	statuses := make([]int, 8)
	for i := range statuses {
		wg.Go(func() {
			statuses[i] = firm.Try(t, "PUT", at, api.AppealDraft{Evidence: []api.AppealEvidence{}, Statement: fmt.Sprintf("同时 %d", i)}, "If-Match", "3").Status
		})
	}
	wg.Wait()
	slices.Sort(statuses)
	if want := []int{200, 412, 412, 412, 412, 412, 412, 412}; !slices.Equal(statuses, want) {
		t.Errorf("eight at once: %v", statuses)
	}
}

// As time passes: reminders once each, then overdue, then a late statement is heard.
func TestAppealTime(t *testing.T) {
	t.Parallel()
	env := apitest.New(t, longSessions)
	firm, ministry := env.Enterprise(t), env.Ministry(t)
	id := env.Push(t, ministry, firm)
	short := env.Push(t, ministry, firm, func(f *api.FindingRequest) { f.DueOn = "2026-11-26" })
	messages := func(id, code string) int {
		return rows(t, env, `SELECT count(*) FROM messages WHERE subject_id = ? AND code = ?`, id, code)
	}
	for _, step := range []struct {
		on        string
		reminders int
		overdue   int
		state     string
	}{
		{"2026-12-07", 0, 0, "awaiting_statement"}, {"2026-12-08", 1, 0, "awaiting_statement"}, {"2026-12-09", 1, 0, "awaiting_statement"},
		{"2026-12-16", 2, 0, "awaiting_statement"}, {"2026-12-21", 3, 0, "awaiting_statement"}, {"2026-12-22", 4, 0, "awaiting_statement"},
		{"2026-12-23", 4, 0, "awaiting_statement"}, {"2026-12-24", 4, 1, "overdue"}, {"2027-01-04", 4, 1, "overdue"},
	} {
		day, err := time.Parse(time.RFC3339, step.on+"T09:00:00+08:00")
		if err != nil {
			t.Fatal(err)
		}
		env.Clock.Advance(day.Sub(env.Clock.Now()))
		for range 2 {
			env.Sweep(t)
		}
		if n := messages(id, "appeal.reminder"); n != step.reminders {
			t.Errorf("%s: %d reminders, want %d", step.on, n, step.reminders)
		}
		if n := messages(id, "appeal.overdue"); n != step.overdue {
			t.Errorf("%s: told %d times that it is overdue", step.on, n)
		}
		if n := rows(t, env, `SELECT count(*) FROM appeals WHERE id = ? AND state = ?`, id, step.state); n != 1 {
			t.Errorf("%s: not %s", step.on, step.state)
		}
	}
	if n := messages(short, "appeal.reminder"); n != 0 {
		t.Errorf("%d reminders of a finding that had three days when it arrived and was left until it was over", n)
	}
	if n := rows(t, env, `SELECT count(*) FROM outbox WHERE subject_id = ? AND kind = 'appeal.lapse'`, id); n != 1 {
		t.Errorf("%d events", n)
	}
	late, err := env.App.Appeals.Get(t.Context(), firm.Actor, uuid.MustParse(id))
	if err != nil || late.Version != 2 {
		t.Fatalf("%v, version %d: reminders must not change what a clerk has read", err, late.Version)
	}
	if clock := env.App.Appeals.Clock(late.Appeal, env.Clock.Now()); clock == nil || clock.DaysLeft != -12 || clock.WorkdaysLeft != -8 || clock.Official {
		t.Errorf("clock %+v", clock)
	}
}

// A late statement is taken and marked, and an authority that had meant to reject
// the overdue finding has to read it first.
func TestALateStatementIsHeard(t *testing.T) {
	t.Parallel()
	env := apitest.New(t, longSessions)
	firm, ministry := env.Enterprise(t), env.Ministry(t)
	id := env.Push(t, ministry, firm)
	unheard := env.Push(t, ministry, firm)
	env.Clock.Advance(31 * 24 * time.Hour)
	env.Sweep(t)
	step := rows(t, env, `SELECT step FROM appeals WHERE id = ?`, id)
	if done := submitted(t, env, firm, id); done.JSON("late") != true {
		t.Errorf("not marked as late: %s", done.Body)
	}
	no := object{"outcome_ref": "n", "outcome": "rejected", "reason": "逾期未申辩", "step": step}
	ministry.Post(t, "/exchange/findings/"+id+"/outcome", no).Want(t, 409, "appeal.changed_since_read")
	ministry.Post(t, "/exchange/findings/"+unheard+"/outcome", no).Want(t, 201)
	firm.Post(t, "/appeals/"+unheard+"/submit", object{"confirmed": true}, "If-Match", "3").Want(t, 409, "appeal.cannot_be_submitted")
	// Before the sweep has come round, the clock alone makes a statement late.
	third := env.Push(t, ministry, firm)
	env.Clock.Advance(34 * 24 * time.Hour)
	if done := submitted(t, env, firm, third); done.JSON("late") != true {
		t.Errorf("not marked as late before the sweep: %s", done.Body)
	}
	env.Sweep(t)
	if got := firm.Get(t, "/appeals/"+third).Want(t, 200).Text("state"); got != "submitted" {
		t.Errorf("the sweep made it %s", got)
	}
}

// A province reaches its own enterprises alone; nobody but an authority pushes.
func TestFindings(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, fresh := env.Enterprise(t), env.FreshEnterprise(t)
	province, ministry := env.Machine(t, auth.Province), env.Ministry(t)

	province.Post(t, "/exchange/findings", env.Finding(firm)).Want(t, 201)
	province.Post(t, "/exchange/findings", env.Finding(fresh)).Want(t, 201) // heard although nothing is saved yet
	far := env.SignIn(t, identity.Person{Subject: "far", Account: "far", Operator: "钱远", Name: "广东示例设计公司", CreditCode: idno.MakeCreditCode("440000", 1),
		LegalRepresentative: "钱一", LegalPersonType: "enterprise", TrustLevel: 3})
	a := province.Post(t, "/exchange/findings", env.Finding(far)).Want(t, 403, "exchange.province_not_allowed")
	if strings.Contains(string(a.Body), "周桥") {
		t.Error("the refusal names the person")
	}
	ministry.Post(t, "/exchange/findings", env.Finding(far)).Want(t, 201)
	env.Machine(t, auth.Person).Post(t, "/exchange/findings", env.Finding(firm)).Want(t, 403, "appeal.wrong_party")

	f := env.Finding(firm)
	ministry.Post(t, "/exchange/findings", f).Want(t, 201)
	f.Facts = "另一事实，与前次不同。"
	ministry.Post(t, "/exchange/findings", f).Want(t, 409, "exchange.finding_ref_reused")
	for name, c := range map[string]struct {
		change  func(*api.FindingRequest)
		code    string
		refused string
	}{
		"unknown enterprise":        {func(f *api.FindingRequest) { f.UnifiedSocialCreditCode = "91110000000099999X" }, "exchange.enterprise_unknown", "/unified_social_credit_code exchange.enterprise_unknown"},
		"no number":                 {func(f *api.FindingRequest) { f.Person.CertificateNumber = "" }, "appeal.finding_invalid", "/person appeal.person_unidentified"},
		"found tomorrow":            {func(f *api.FindingRequest) { f.FoundOn = "2026-11-24" }, "appeal.finding_invalid", "/found_on appeal.found_in_the_future"},
		"due today":                 {func(f *api.FindingRequest) { f.DueOn = "2026-11-23" }, "appeal.finding_invalid", "/due_on appeal.due_day"},
		"due in two years":          {func(f *api.FindingRequest) { f.DueOn = "2028-11-23" }, "appeal.finding_invalid", "/due_on appeal.due_day"},
		"a kind that is none":       {func(f *api.FindingRequest) { f.Kind = "ghost" }, "request.invalid", "/kind request.unknown_value"},
		"a number in the facts":     {func(f *api.FindingRequest) { f.Facts = "身份证 110101199003071233 的社保" }, "request.invalid", "/facts request.personal_number"},
		"a paper that is not there": {func(f *api.FindingRequest) { f.Attachments = []string{uuid.NewString()} }, "appeal.finding_invalid", "/attachments/0 appeal.attachment_unknown"},
	} {
		a := ministry.Try(t, http.MethodPost, "/exchange/findings", env.Finding(firm, c.change)).Want(t, 422, c.code)
		if !slices.Contains(a.Refused(), c.refused) {
			t.Errorf("%s: refused %v", name, a.Refused())
		}
	}
	// A day off at the end moves the last day on; a day that the authority set stays.
	env.Clock.Advance(4 * 24 * time.Hour) // Friday; 30 days later is Sunday 27 December
	ministry = env.Ministry(t)
	if got := ministry.Post(t, "/exchange/findings", env.Finding(firm)).Want(t, 201).Text("due_on"); got != "2026-12-28" {
		t.Errorf("due on %s", got)
	}
	if got := ministry.Post(t, "/exchange/findings", env.Finding(firm, func(f *api.FindingRequest) { f.DueOn = "2026-12-27" })).Want(t, 201).Text("due_on"); got != "2026-12-27" {
		t.Errorf("due on %s", got)
	}
}

// A finding is tied to the registrant by certificate or ID number, if the name is
// the same; the whole ID number is kept nowhere.
func TestFindingsRecogniseRegistrants(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, ministry := env.Enterprise(t), env.Ministry(t)
	d := env.Delivery(firm)
	filingID := env.Person(t).Post(t, "/exchange/filings", d).Want(t, 201).Text("id")
	registrant := uuid.NewString()
	if err := env.App.DB.Read(t.Context()).Exec(`INSERT INTO registrants (id, enterprise_id, track, profession, person_name, gender, id_type,
			id_number_hash, id_number_masked, mobile_masked, personal_sealed, certificate_number, valid_from, valid_until, status, source_filing_id,
			registered_at, version, updated_at)
		SELECT ?, enterprise_id, track, profession, person_name, gender, id_type, id_number_hash, id_number_masked, mobile_masked, personal_sealed,
			'S202400001', '2024-01-01', '2026-12-31', 'valid', id, now(), 1, now() FROM filings WHERE id = ?`, registrant, filingID).Error; err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		person  api.FindingPerson
		matched bool
	}{
		"by certificate":             {api.FindingPerson{Name: d.Person.Name, CertificateNumber: "S202400001"}, true},
		"by ID number":               {api.FindingPerson{Name: d.Person.Name, IDNumber: d.Person.IDNumber}, true},
		"by ID number, small letter": {api.FindingPerson{Name: d.Person.Name, IDNumber: " " + strings.ToLower(d.Person.IDNumber)}, true},
		"another name":               {api.FindingPerson{Name: "某某", CertificateNumber: "S202400001"}, false},
		"another number":             {api.FindingPerson{Name: d.Person.Name, CertificateNumber: "S202499999"}, false},
	} {
		a := ministry.Post(t, "/exchange/findings", env.Finding(firm, func(f *api.FindingRequest) { f.Person = c.person })).Want(t, 201)
		if a.JSON("matched") != c.matched {
			t.Errorf("%s: matched is %v", name, a.JSON("matched"))
		}
		row := firm.Get(t, "/appeals/"+a.Text("id")).Want(t, 200)
		if got := row.Text("registrant_id") == registrant; got != c.matched {
			t.Errorf("%s: registrant %q", name, row.Text("registrant_id"))
		}
	}
	if n := firm.Get(t, "/appeals?registrant_id="+registrant).Want(t, 200); n.Text("total") != "3" {
		t.Errorf("of the registrant: %s", n.Text("total"))
	}
	unknown := env.Push(t, ministry, firm, func(f *api.FindingRequest) {
		f.Person = api.FindingPerson{Name: "外人", IDNumber: "110101199003071233"}
	})
	if got := firm.Get(t, "/appeals/"+unknown).Want(t, 200).Text("id_number_masked"); got != "110101********1233" {
		t.Errorf("masked as %q", got)
	}
	for _, table := range []string{"appeals", "messages", "outbox", "audit_log", "appeal_history", "idempotency_keys"} {
		if n := rows(t, env, `SELECT count(*) FROM `+table+` x WHERE x::text LIKE '%199003071233%' OR x::text LIKE '%' || ? || '%'`, d.Person.IDNumber); n != 0 {
			t.Errorf("%s holds a whole ID number", table)
		}
	}
	if env.Log.Contains("199003071233") {
		t.Error("the log holds a whole ID number")
	}
	// An open finding flags; the filing goes its way all the same (domain §7.4).
	env.Submit(t, firm, filingID)
}

// Every row once, in every order, and as many statements for one row as for 200.
func TestAppealPages(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, ministry := env.Enterprise(t), env.Ministry(t)
	kinds := []string{"insurance_mismatch", "several_units", "other"}
	env.Push(t, ministry, firm)
	count := func() (list, counts, one int) {
		var id string
		list = env.Statements(func() { id = firm.Get(t, "/appeals?limit=200").Want(t, 200).Text("items", 0, "id") })
		counts = env.Statements(func() { firm.Get(t, "/appeals/counts").Want(t, 200) })
		one = env.Statements(func() { firm.Get(t, "/appeals/"+id).Want(t, 200) })
		return
	}
	l1, c1, o1 := count()
	for i := range 199 {
		id := env.Push(t, ministry, firm, func(f *api.FindingRequest) {
			f.Kind, f.DueOn = kinds[i%3], time.Date(2026, 12, 1+i%28, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		})
		if i%10 == 0 {
			ministry.Post(t, "/exchange/findings/"+id+"/outcome", object{"outcome_ref": id, "outcome": "upheld"}).Want(t, 201)
		}
	}
	if l2, c2, o2 := count(); l1 != l2 || c1 != c2 || o1 != o2 {
		t.Errorf("statements: list %d and %d, counts %d and %d, detail %d and %d", l1, l2, c1, c2, o1, o2)
	}
	for _, sort := range []string{"due_on", "-due_on", "received_at", "-received_at", "person_name", "-person_name"} {
		seen, cursor := map[string]bool{}, ""
		for range 10 {
			p := firm.Get(t, "/appeals?limit=37&sort="+sort+"&cursor="+cursor).Want(t, 200)
			for i := range p.Len("items") {
				seen[p.Text("items", i, "id")] = true
			}
			if cursor = p.Text("next_cursor"); cursor == "" {
				break
			}
		}
		if len(seen) != 200 {
			t.Errorf("%s: %d of 200 rows", sort, len(seen))
		}
	}
	top := firm.Get(t, "/appeals?limit=1").Want(t, 200)
	if top.Text("items", 0, "due_on") != "2026-12-01" || top.Text("items", 0, "state") != "awaiting_statement" {
		t.Errorf("what ends first is not first: %s", top.Body)
	}
}
