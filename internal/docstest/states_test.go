package docstest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"zhuce/internal/auth"
	"zhuce/internal/filing"
)

const states = "docs/filing-states.md"

// conditions are the words that the page may use beside a row, and what they mean.
var conditions = map[string]func(filing.Filing) bool{
	"":                                     func(filing.Filing) bool { return true },
	"answers a correction of the ministry": func(f filing.Filing) bool { return f.CorrectionFrom == "ministry" },
	"a withdrawal is asked for":            func(f filing.Filing) bool { return f.Withdrawal == filing.WithdrawalRequested },
	"no withdrawal is asked for":           func(f filing.Filing) bool { return f.Withdrawal != filing.WithdrawalRequested },
	"a qualification is awaited":           func(f filing.Filing) bool { return f.PreRegistration == filing.AwaitingQualification },
	"the step is not overdue":              func(f filing.Filing) bool { return f.Clock.OverdueAt == nil },
	"the clock stands still":               func(f filing.Filing) bool { return f.Clock.PausedUntil != "" },
	"the clock runs and the step is not overdue": func(f filing.Filing) bool {
		return f.Clock.PausedUntil == "" && f.Clock.OverdueAt == nil
	},
	"the term was not extended and the step is not overdue": func(f filing.Filing) bool {
		return f.Clock.Extended == 0 && f.Clock.OverdueAt == nil
	},
	"no qualification is awaited; no publicity runs": func(f filing.Filing) bool {
		return (f.PreRegistration == "" || f.PreRegistration == filing.Supplemented) && !f.PublicityRuns
	},
}

// situations are the flags beside the status that a condition may look at.
func situations() []filing.Filing {
	overdue := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	return []filing.Filing{
		{Clock: filing.Clock{OverdueAt: &overdue}}, {Clock: filing.Clock{PausedUntil: "2026-12-01"}}, {Clock: filing.Clock{Extended: 10}},
		{}, {Withdrawal: filing.WithdrawalRequested}, {Withdrawal: filing.WithdrawalDeclined}, {CorrectionFrom: "ministry"},
		{CorrectionFrom: "province"}, {PreRegistration: filing.AwaitingQualification}, {PreRegistration: filing.Supplemented},
		{PreRegistration: filing.Lapsed}, {PublicityRuns: true},
	}
}

// row is one line of the page's table.
type row struct {
	action, by, track string
	from              []string
	to                string // "" keeps the status
	holds             func(filing.Filing) bool
}

func pageRows(t *testing.T) []row {
	t.Helper()
	var out []row
	for _, c := range table(t, page(t, states), "transitions") {
		if len(c) != 7 {
			t.Fatalf("a row of the transitions has %d cells: %v", len(c), c)
		}
		holds, known := conditions[c[6]]
		if !known {
			t.Fatalf("the condition %q has no meaning", c[6])
		}
		r := row{action: codes(c[0])[0], by: c[2], track: c[3], from: codes(c[4]), holds: holds}
		if to := codes(c[5]); len(to) > 0 {
			r.to = to[0]
		}
		i := slices.IndexFunc(filing.Actions, func(l filing.Label) bool { return l.Value == r.action })
		if i < 0 || filing.Actions[i].ZH != c[1] {
			t.Errorf("%s is not called %s", r.action, c[1])
		}
		out = append(out, r)
	}
	return out
}

// says is where the page lets the action lead; false when it does not.
func says(rows []row, f filing.Filing, do filing.Action, by auth.Party) (filing.Status, bool) {
	for _, r := range rows {
		if r.action == string(do) && r.by == string(by) && (r.track == "both" || r.track == string(f.Track)) &&
			slices.Contains(r.from, string(f.Status)) && r.holds(f) {
			if r.to == "" {
				return f.Status, true
			}
			return filing.Status(r.to), true
		}
	}
	return "", false
}

// walk calls visit for every status, track, situation, party and action.
func walk(visit func(f filing.Filing, do filing.Action, by auth.Party)) {
	for _, f := range situations() {
		for _, track := range filing.Tracks {
			for _, status := range filing.Statuses {
				for _, by := range filing.Parties {
					for _, do := range filing.Actions {
						f.Track, f.Status = filing.Track(track.Value), filing.Status(status.Value)
						visit(f, filing.Action(do.Value), auth.Party(by.Value))
					}
				}
			}
		}
	}
}

// TestStatesTable compares the page's table with what the rules do, everywhere.
func TestStatesTable(t *testing.T) {
	rows, now := pageRows(t), time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	walk(func(f filing.Filing, do filing.Action, by auth.Party) {
		want, allowed := says(rows, f, do, by)
		after, why := filing.Apply(f, do, by, now)
		where := fmt.Sprintf("%s by %s from %s (%s, withdrawal %q, pre-registration %q, correction from %q)",
			do, by, f.Status, f.Track, f.Withdrawal, f.PreRegistration, f.CorrectionFrom)
		switch {
		case allowed && why != nil:
			t.Errorf("%s: the page allows it, the rules refuse: %s", where, why.Def.Code)
		case !allowed && why == nil:
			t.Errorf("%s: the rules allow it, the page does not", where)
		case allowed && after.Status != want:
			t.Errorf("%s: the page says %s, the rules %s", where, want, after.Status)
		}
	})
}

var edge = regexp.MustCompile(`(?m)^    (\w+) --> (\w+): (\w+)$`)

// TestStatesDiagram compares the diagram's arrows with the moves that the rules make.
func TestStatesDiagram(t *testing.T) {
	var drawn, made []string
	for _, m := range edge.FindAllStringSubmatch(page(t, states), -1) {
		drawn = append(drawn, strings.Join(m[1:], " "))
	}
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	walk(func(f filing.Filing, do filing.Action, by auth.Party) {
		if after, why := filing.Apply(f, do, by, now); why == nil && after.Status != f.Status {
			made = append(made, fmt.Sprintf("%s %s %s", f.Status, after.Status, do))
		}
	})
	slices.Sort(made)
	sameSets(t, "diagram", drawn, slices.Compact(made))
}

var final = regexp.MustCompile(`(?m)^    (\w+) --> \[\*\]$`)

// TestStatesEnds: the diagram ends where nothing more can be done.
func TestStatesEnds(t *testing.T) {
	var drawn, ends []string
	for _, m := range final.FindAllStringSubmatch(page(t, states), -1) {
		drawn = append(drawn, m[1])
	}
	for _, s := range filing.Statuses {
		moves := slices.ContainsFunc(edge.FindAllStringSubmatch(page(t, states), -1), func(m []string) bool { return m[1] == s.Value })
		if !moves {
			ends = append(ends, s.Value)
		}
	}
	sameSets(t, "ends of the diagram", drawn, ends)
}
