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
	"zhuce/internal/identity"
)

func architect(d *api.DeliveryRequest) { d.Profession = "architect_1" }

// again signs in anew: a session does not last for days.
func again(t *testing.T, env *apitest.Env, firm *apitest.Caller) *apitest.Caller {
	t.Helper()
	return env.SignIn(t, identity.Person{Subject: uuid.NewString(), Account: "again", Operator: "经办人", Name: firm.Name, CreditCode: firm.CreditCode,
		LegalRepresentative: "赵一", LegalPersonType: "enterprise", TrustLevel: 3})
}

// TestFilingClock: the clock on the row, in the detail and on the authorities' desks,
// from the submission to what silence makes of it.
func TestFilingClock(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	engineer, mine := env.Deliver(t, firm), env.Deliver(t, firm, architect)
	if a := firm.Get(t, "/filings/"+mine).Want(t, 200); a.JSON("clock") != nil {
		t.Errorf("not submitted, and yet: %v", a.JSON("clock"))
	}
	env.Submit(t, firm, engineer, mine)
	a := firm.Get(t, "/filings/"+mine).Want(t, 200)
	for field, want := range map[string]string{"step": "province_acceptance", "started_on": "2026-11-23", "days": "5", "due_on": "2026-11-30", "days_left": "5",
		"overdue": "false", "ending": "deemed_accepted", "article": "licence_32_4", "official": "true"} {
		if got := a.Text("clock", field); got != want {
			t.Errorf("%s is %s, want %s", field, got, want)
		}
	}
	if n := firm.Get(t, "/filings?overdue=true").Want(t, 200).Len("items"); n != 0 {
		t.Errorf("%d are overdue", n)
	}
	firm.Get(t, "/filings?overdue=yes").Want(t, 422)

	env.Clock.Advance(8 * 24 * time.Hour)
	firm = again(t, env, firm)
	// Before anything has noticed, whoever reads is told already.
	if a = firm.Get(t, "/filings/"+engineer).Want(t, 200); a.Text("clock", "overdue") != "true" || a.Text("clock", "days_left") != "-1" || a.JSON("clock", "overdue_at") != nil {
		t.Errorf("not swept yet: %v", a.JSON("clock"))
	}
	env.Sweep(t)
	page := firm.Get(t, "/filings?overdue=true").Want(t, 200)
	if page.Len("items") != 1 || page.Text("items", 0, "id") != engineer || page.JSON("items", 0, "clock", "overdue_at") == nil {
		t.Errorf("overdue: %s", page.Body)
	}
	if c := firm.Get(t, "/filings/counts").Want(t, 200); c.Text("overdue") != "1" {
		t.Errorf("counts: %s", c.Body)
	}
	if n := firm.Post(t, "/filings/search", map[string]any{"overdue": true}).Want(t, 200).Len("items"); n != 1 {
		t.Errorf("%d found", n)
	}
	if o := firm.Get(t, "/overview").Want(t, 200); !strings.Contains(string(o.Body), `{"item":"steps_overdue","count":1,"due_on":null,"severity":"info"}`) {
		t.Errorf("overview: %s", o.Body)
	}
	a = firm.Get(t, "/filings/"+mine).Want(t, 200)
	last := a.Len("timeline") - 1
	if a.Text("status") != "province_accepted" || a.Text("timeline", last, "action") != "deem_accept" || a.Text("timeline", last, "party") != "system" ||
		a.Text("timeline", last, "article") != "licence_32_4" || a.Text("clock", "started_on") != "2026-11-23" {
		t.Errorf("in silence: %s", a.Body)
	}
}

// TestDeskByDueDay: an authority sees first what is due first; what waits for the
// person comes last. The statements stay the same whatever is on the desk.
func TestDeskByDueDay(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	late, waiting, soon := env.Deliver(t, firm), env.Deliver(t, firm), env.Deliver(t, firm, architect)
	env.Submit(t, firm, late, waiting)
	env.Decide(t, auth.Province, filing.AskCorrection, "缺社保", waiting)
	env.Clock.Advance(3 * 24 * time.Hour)
	firm = again(t, env, firm)
	province := env.Machine(t, auth.Province)
	env.Submit(t, firm, soon)
	order := func(query string) (ids []string) {
		t.Helper()
		cursor := ""
		for {
			p := province.Get(t, "/exchange/filings?limit=1&sort="+query+cursor).Want(t, 200)
			for i := range p.Len("items") {
				ids = append(ids, p.Text("items", i, "id"))
			}
			if p.JSON("next_cursor") == nil {
				return ids
			}
			cursor = "&cursor=" + p.Text("next_cursor")
		}
	}
	if got := order("due_on"); !slices.Equal(got, []string{late, soon, waiting}) {
		t.Errorf("by due day: %v", got)
	}
	if got := order("-due_on"); !slices.Equal(got, []string{waiting, soon, late}) {
		t.Errorf("the other way round: %v", got)
	}
	if got := order("due_on&overdue=true"); len(got) != 0 {
		t.Errorf("overdue: %v", got)
	}
	if c := province.Get(t, "/exchange/filings/"+soon).Want(t, 200); c.Text("clock", "due_on") != "2026-12-03" {
		t.Errorf("one filing: %s", c.Body)
	}
}

// TestPauseByRoute: who may stop the clock, what it has to say, and that it is applied once.
func TestPauseByRoute(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	ids := env.DeliverMany(t, firm, 2)
	env.Accepted(t, firm, ids...)
	ministry, province := env.Machine(t, auth.Ministry), env.Machine(t, auth.Province)
	pause := env.Decision(t, filing.Pause, "专家评审", ids[0])
	pause["days"] = 10
	with := func(change map[string]any) map[string]any {
		out := map[string]any{}
		for k, v := range pause {
			out[k] = v
		}
		for k, v := range change {
			out[k] = v
		}
		out["decision_ref"] = uuid.NewString()
		return out
	}
	ministry.Post(t, "/exchange/decisions", with(map[string]any{"days": 0})).Want(t, 422, "exchange.pause_days")
	ministry.Post(t, "/exchange/decisions", with(map[string]any{"days": 61})).Want(t, 422)
	ministry.Post(t, "/exchange/decisions", with(map[string]any{"reason": ""})).Want(t, 422, "exchange.reason_required")
	province.Post(t, "/exchange/decisions", pause).Want(t, 409, "filing.batch_refused")
	first := ministry.Post(t, "/exchange/decisions", pause).Want(t, 200)
	if again := ministry.Post(t, "/exchange/decisions", pause).Want(t, 200); string(again.Body) != string(first.Body) {
		t.Errorf("sent twice: %s", again.Body)
	}
	ministry.Post(t, "/exchange/decisions", with(nil)).Want(t, 409, "filing.batch_refused")
	c := firm.Get(t, "/filings/"+ids[0]).Want(t, 200)
	if c.Text("clock", "paused_until") != "2026-12-07" || c.Text("clock", "pause_reason") != "专家评审" || c.Text("clock", "days_left") != "20" {
		t.Errorf("paused: %v", c.JSON("clock"))
	}
	ministry.Post(t, "/exchange/decisions", env.Decision(t, filing.Resume, "", ids[0])).Want(t, 200)
	ministry.Post(t, "/exchange/decisions", env.Decision(t, filing.Extend, "案情复杂", ids...)).Want(t, 200)
	if c = firm.Get(t, "/filings/"+ids[1]).Want(t, 200); c.Text("clock", "extended_days") != "10" || c.Text("clock", "days") != "30" {
		t.Errorf("extended: %v", c.JSON("clock"))
	}
	refused := func(who *apitest.Caller, do filing.Action, code string, id string) {
		t.Helper()
		d := env.Decision(t, do, "案情复杂", id)
		if do == filing.Pause {
			d["days"] = 5
		}
		if got := who.Post(t, "/exchange/decisions", d).Want(t, 409, "filing.batch_refused").Refused(); len(got) != 1 || !strings.HasSuffix(got[0], code) {
			t.Errorf("%s: %v, want %s", do, got, code)
		}
	}
	refused(ministry, filing.Resume, "filing.clock_is_not_paused", ids[0])
	refused(ministry, filing.Extend, "filing.term_is_extended", ids[0])
	province.Post(t, "/exchange/decisions", env.Decision(t, filing.Extend, "案情复杂", ids[0])).Want(t, 409, "filing.batch_refused")
	early := env.Deliver(t, firm)
	env.Submit(t, firm, early)
	refused(ministry, filing.Pause, "filing.cannot_be_paused", early)
	refused(ministry, filing.Resume, "filing.cannot_be_resumed", early)
	refused(ministry, filing.Extend, "filing.cannot_be_extended", early)
	env.Clock.Advance(60 * 24 * time.Hour)
	ministry = env.Machine(t, auth.Ministry)
	refused(ministry, filing.Pause, "filing.step_has_run_out", ids[0])
	env.Sweep(t)
	refused(ministry, filing.Pause, "filing.step_is_overdue", ids[0])
}
