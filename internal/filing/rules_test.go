package filing

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"zhuce/internal/auth"
)

var update = flag.Bool("update", false, "write the golden files anew")

var (
	everyAction = []Action{Deliver, Submit, Return, Accept, Refuse, AskCorrection, Forward, Publish, Approve, Deny,
		AskWithdrawal, CancelWithdrawal, AgreeWithdrawal, DeclineWithdrawal, Supplement, Lapse, DeemAccept, StepOverdue, Pause, Resume, Extend}
	someday    = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	everyParty = []auth.Party{auth.Person, auth.Enterprise, auth.Province, auth.Ministry, auth.System}
	// flags are the states beside the status that a rule looks at.
	flags = []struct {
		name string
		set  func(*Filing)
	}{
		{"", func(*Filing) {}},
		{"withdrawal asked", func(f *Filing) { f.Withdrawal = WithdrawalRequested }},
		{"qualification awaited", func(f *Filing) { f.PreRegistration = AwaitingQualification }},
		{"qualification lapsed", func(f *Filing) { f.PreRegistration = Lapsed }},
		{"qualification supplemented", func(f *Filing) { f.PreRegistration = Supplemented }},
		{"clock stands still", func(f *Filing) { f.Clock.PausedUntil = "2026-12-01" }},
		{"step overdue", func(f *Filing) { f.Clock.OverdueAt = &someday }},
		{"term extended", func(f *Filing) { f.Clock.Extended = 10 }},
		{"answers ministry", func(f *Filing) { f.CorrectionFrom = "ministry" }},
	}
)

// TestMatrix prints what every party may do from every status on both tracks.
// Read the diff of the golden file whenever a rule changes: it is the change.
func TestMatrix(t *testing.T) {
	var b strings.Builder
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	for _, track := range []Track{Architect, Engineer} {
		for _, flag := range flags {
			fmt.Fprintf(&b, "# %s %s\n", track, flag.name)
			for _, s := range Statuses {
				for _, by := range everyParty {
					for _, do := range everyAction {
						f := Filing{Track: track, Status: Status(s.Value)}
						flag.set(&f)
						after, why := Apply(f, do, by, now)
						switch {
						case why == nil:
							extra := ""
							if after.Withdrawal != f.Withdrawal {
								extra += " | withdrawal " + string(after.Withdrawal)
							}
							if after.PreRegistration != f.PreRegistration {
								extra += " | pre_registration " + string(after.PreRegistration)
							}
							fmt.Fprintf(&b, "%s | %s | %s | %s%s\n", s.ZH, by, do, after.Status.Text().ZH, extra)
						case why.Def != ErrWrongParty && flag.name == "":
							fmt.Fprintf(&b, "%s | %s | %s | ✗ %s\n", s.ZH, by, do, why.Def.Code)
						}
					}
				}
			}
		}
	}
	const golden = "testdata/transitions.golden"
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != string(want) {
		t.Errorf("the rules do not match %s; if the change is meant: go test ./internal/filing -run TestMatrix -update, and read the diff", golden)
	}
}

// TestApplyKeepsItsPromises walks every transition and checks what must hold
// after any of them, whatever the table says.
func TestApplyKeepsItsPromises(t *testing.T) {
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	for _, track := range []Track{Architect, Engineer} {
		for _, flag := range flags {
			for _, s := range Statuses {
				for _, by := range everyParty {
					for _, do := range everyAction {
						before := Filing{Track: track, Status: Status(s.Value), Version: 3, Revision: 2}
						if !before.Status.Open() {
							closed := now.Add(-time.Hour)
							before.ClosedAt = &closed
						}
						flag.set(&before)
						after, why := Apply(before, do, by, now)
						name := fmt.Sprintf("%s/%s/%s/%s/%s", track, flag.name, s.Value, by, do)
						if why != nil {
							if after != before {
								t.Errorf("%s: refused, yet changed", name)
							}
							continue
						}
						if after.Version != 4 {
							t.Errorf("%s: the version did not grow by one", name)
						}
						if (after.ClosedAt != nil) == after.Status.Open() {
							t.Errorf("%s: closed_at does not fit %s", name, after.Status)
						}
						consistent := before.Withdrawal != WithdrawalRequested || before.Status == ProvincePending || before.Status == MinistryPending
						if consistent && after.Withdrawal == WithdrawalRequested && after.Status != ProvincePending && after.Status != MinistryPending {
							t.Errorf("%s: a withdrawal is still asked for in %s", name, after.Status)
						}
						if (after.Status == Withdrawn) != (after.Withdrawal == WithdrawalAgreed) {
							t.Errorf("%s: withdrawn without agreement, or agreed without withdrawal", name)
						}
						if after.Status == Approved && after.PreRegistration != "" && after.PreRegistration != Supplemented {
							t.Errorf("%s: approved without a qualification", name)
						}
						if (do == Supplement || do == Lapse) && (before.PreRegistration != AwaitingQualification || after.Status != before.Status) {
							t.Errorf("%s: a qualification that nobody awaited, or a status that moved with it", name)
						}
						if do == Submit && after.SubmittedAt == nil {
							t.Errorf("%s: submitted without a time", name)
						}
					}
				}
			}
		}
	}
}

// TestTheManual states the rules that the manual states, one line each.
func TestTheManual(t *testing.T) {
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		section string
		f       Filing
		do      Action
		by      auth.Party
		to      Status
		code    string
	}{
		{"3.2.2 a row not yet submitted is submitted", Filing{Status: PendingSubmission}, Submit, auth.Enterprise, ProvincePending, ""},
		{"3.2.2 a submitted row is refused", Filing{Status: ProvincePending}, Submit, auth.Enterprise, "", "filing.only_pending_can_be_submitted"},
		{"3.2.3 a row not yet submitted is returned", Filing{Status: PendingSubmission}, Return, auth.Enterprise, Returned, ""},
		{"3.2.3 a submitted row is not returned", Filing{Status: MinistryPending}, Return, auth.Enterprise, "", "filing.only_pending_can_be_returned"},
		{"3.2.3 a returned row is delivered again", Filing{Status: Returned}, Deliver, auth.Person, PendingSubmission, ""},
		{"3.2.5 withdrawal before the province accepts", Filing{Status: ProvincePending}, AskWithdrawal, auth.Person, ProvincePending, ""},
		{"3.2.5 withdrawal before the ministry accepts", Filing{Status: MinistryPending}, AskWithdrawal, auth.Person, MinistryPending, ""},
		{"3.2.5 no withdrawal after acceptance", Filing{Status: MinistryAccepted}, AskWithdrawal, auth.Person, "", "filing.cannot_be_withdrawn"},
		{"3.2.5 agreed, it is withdrawn", Filing{Status: ProvincePending, Withdrawal: WithdrawalRequested}, AgreeWithdrawal, auth.Enterprise, Withdrawn, ""},
		{"3.2.5 nothing to agree to", Filing{Status: ProvincePending}, AgreeWithdrawal, auth.Enterprise, "", "filing.withdrawal_not_asked"},
		{"3.2.6 not approved while a qualification is awaited", Filing{Status: Publicity, PreRegistration: AwaitingQualification}, Approve, auth.Ministry, "", "filing.qualification_awaited"},
		{"spec 3 architects are not forwarded unaccepted", Filing{Status: ProvincePending, Track: Architect}, Forward, auth.Province, "", "filing.cannot_be_forwarded"},
		{"spec 3 engineers are", Filing{Status: ProvincePending, Track: Engineer}, Forward, auth.Province, MinistryPending, ""},
		{"spec 3 a ministry correction goes back to the ministry", Filing{Status: PendingSubmission, CorrectionFrom: "ministry"}, Submit, auth.Enterprise, MinistryPending, ""},
		{"the enterprise does not accept", Filing{Status: ProvincePending}, Accept, auth.Enterprise, "", "filing.wrong_party"},
	} {
		after, why := Apply(tc.f, tc.do, tc.by, now)
		switch {
		case tc.code != "" && (why == nil || why.Def.Code != tc.code):
			t.Errorf("%s: got %v, want %s", tc.section, why, tc.code)
		case tc.code == "" && why != nil:
			t.Errorf("%s: refused: %v", tc.section, why)
		case tc.code == "" && after.Status != tc.to:
			t.Errorf("%s: got %s, want %s", tc.section, after.Status, tc.to)
		}
	}
}

// TestAcceptanceBeatsWithdrawal: whoever is first wins, and the other is told by the flag.
func TestAcceptanceBeatsWithdrawal(t *testing.T) {
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	f := Filing{Status: ProvincePending, Withdrawal: WithdrawalRequested}
	accepted, why := Apply(f, Accept, auth.Province, now)
	if why != nil || accepted.Withdrawal != WithdrawalVoid {
		t.Fatalf("acceptance over a withdrawal: %v, withdrawal %s", why, accepted.Withdrawal)
	}
	if _, why := Apply(accepted, AgreeWithdrawal, auth.Enterprise, now); why == nil {
		t.Fatal("agreed to a withdrawal after acceptance")
	}
}
