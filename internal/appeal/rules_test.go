package appeal

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"zhuce/internal/auth"
	"zhuce/internal/label"
)

var update = flag.Bool("update", false, "write the golden files anew")

var (
	everyAction = []Action{Push, SaveDraft, Submit, Review, Uphold, Reject, Lapse}
	everyParty  = []auth.Party{auth.Person, auth.Enterprise, auth.Province, auth.Ministry, auth.System}
	due         = time.Date(2026, 12, 23, 0, 0, 0, 0, time.UTC) // as PostgreSQL gives a date
	inTime      = time.Date(2026, 12, 23, 15, 59, 59, 0, time.UTC)
	tooLate     = time.Date(2026, 12, 23, 16, 0, 0, 0, time.UTC) // midnight in China
)

// at gives a finding in the state with what the state implies.
func at(s State) Appeal {
	a := Appeal{State: s, DueOn: due, Version: 3, Step: 2}
	then := inTime.Add(-time.Hour)
	switch s {
	case Submitted, UnderReview:
		a.SubmittedAt = &then
	case Overdue:
		a.OverdueAt = &then
	case Upheld, Rejected:
		a.SubmittedAt, a.DecidedAt = &then, &then
	}
	return a
}

// TestMatrix prints what every party may do from every state, before and after the
// last day. Read the diff of the golden file whenever a rule changes: it is the change.
func TestMatrix(t *testing.T) {
	var b strings.Builder
	for _, when := range []struct {
		name string
		now  time.Time
	}{{"on the last day", inTime}, {"after the last day", tooLate}} {
		fmt.Fprintf(&b, "# %s\n", when.name)
		for _, s := range States {
			for _, by := range everyParty {
				for _, do := range everyAction {
					after, why := Apply(at(State(s.Value)), do, by, when.now)
					switch {
					case why == nil:
						late := ""
						if after.Late {
							late = " | late"
						}
						fmt.Fprintf(&b, "%s | %s | %s | %s%s\n", s.ZH, by, do, after.State.Text().ZH, late)
					case why.Def != ErrWrongParty:
						fmt.Fprintf(&b, "%s | %s | %s | ✗ %s\n", s.ZH, by, do, why.Def.Code)
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
	if b.String() != string(want) {
		t.Errorf("the rules do not match %s; if the change is meant: go test ./internal/appeal -run TestMatrix -update, and read the diff", golden)
	}
}

// TestApplyKeepsItsPromises walks every transition and checks what must hold after
// any of them, whatever the table says.
func TestApplyKeepsItsPromises(t *testing.T) {
	for _, now := range []time.Time{inTime, tooLate} {
		for _, s := range States {
			for _, by := range everyParty {
				for _, do := range everyAction {
					before := at(State(s.Value))
					after, why := Apply(before, do, by, now)
					name := fmt.Sprintf("%s/%s/%s", s.Value, by, do)
					if why != nil {
						if fmt.Sprint(after) != fmt.Sprint(before) {
							t.Errorf("%s: refused, yet changed", name)
						}
						continue
					}
					if after.Version != 4 || (after.Step == 3) != (after.State != before.State) {
						t.Errorf("%s: version %d, step %d", name, after.Version, after.Step)
					}
					if after.State.Open() == (after.DecidedAt != nil) {
						t.Errorf("%s: decided_at does not fit %s", name, after.State)
					}
					if after.State == Rejected && after.SubmittedAt == nil && after.OverdueAt == nil {
						t.Errorf("%s: rejected unheard and in time", name)
					}
					if do == Submit && after.Late != now.Equal(tooLate) {
						t.Errorf("%s: late is %v", name, after.Late)
					}
					if !before.State.Open() {
						t.Errorf("%s: acted upon after the decision", name)
					}
				}
			}
		}
	}
}

// TestReasons holds the table of proofs against what it must always be.
func TestReasons(t *testing.T) {
	for _, n := range proofTable {
		if !label.Known(Reasons, string(n.reason)) {
			t.Errorf("%s has no label", n.reason)
		}
		if _, err := time.Parse(time.DateOnly, n.from); err != nil {
			t.Errorf("%s is in force from %q", n.reason, n.from)
		}
		for _, p := range n.proofs {
			if !label.Known(Proofs, string(p)) {
				t.Errorf("%s needs %s, which has no label", n.reason, p)
			}
		}
	}
	for _, k := range Kinds {
		got := choices(Kind(k.Value), "2026-11-23")
		exempt := slices.ContainsFunc(got, func(c Choice) bool { return c.Reason == Retired })
		if wants := slices.Contains(paid, Kind(k.Value)); exempt != wants {
			t.Errorf("%s: the exempt cases of 建办市函〔2019〕92号 are offered: %v", k.Value, exempt)
		}
		if !slices.ContainsFunc(got, func(c Choice) bool { return c.Reason == DataError }) || !slices.ContainsFunc(got, func(c Choice) bool { return c.Reason == OtherReason }) {
			t.Errorf("%s: nobody can say that the data are wrong, or something else", k.Value)
		}
	}
	if len(choices(InsuranceMismatch, "2018-12-31")) != 0 {
		t.Error("a row holds before its day")
	}
}

// TestALaterRowHoldsFromItsDay: new proofs are asked only of findings that arrive then.
func TestALaterRowHoldsFromItsDay(t *testing.T) {
	old := proofTable
	defer func() { proofTable = old }()
	proofTable = append(slices.Clone(old), needs{"2027-01-01", DataError, nil, []Proof{DataErrorProof, OtherProof}})
	for on, n := range map[string]int{"2026-12-31": 1, "2027-01-01": 2} {
		for _, c := range choices(OtherKind, on) {
			if c.Reason == DataError && len(c.Proofs) != n {
				t.Errorf("%s: %v", on, c.Proofs)
			}
		}
	}
}

func TestThresholds(t *testing.T) {
	for days, want := range map[int]int{40: 0, 16: 0, 15: 15, 8: 15, 7: 7, 4: 7, 3: 3, 2: 3, 1: 1, 0: 1} {
		if got := threshold(days); got != want {
			t.Errorf("%d days left: reminder of %d, want %d", days, got, want)
		}
	}
}
