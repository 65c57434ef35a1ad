package filing

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"zhuce/internal/label"
	"zhuce/internal/workday"
)

func workdays(t testing.TB) *workday.Calendar {
	t.Helper()
	c, err := workday.Load("")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestTermsMatrix prints how long each status may take, by track and registration
// type. The diff of the golden file is the change; its numbers are those of domain §1.4.
func TestTermsMatrix(t *testing.T) {
	var b strings.Builder
	for _, track := range []Track{Architect, Engineer} {
		for _, s := range Statuses {
			for _, typ := range RegistrationTypes {
				f := Filing{Track: track, Status: Status(s.Value), RegistrationType: RegistrationType(typ.Value)}
				if step := stepOf(f); step != "" {
					term, known := termIn(Terms, step, f, "2026-11-23")
					if !known {
						t.Errorf("%s %s %s has no term", track, s.ZH, typ.ZH)
					}
					fmt.Fprintf(&b, "%s | %s | %s | %s | %d | %s | %s | %s\n", track, s.ZH, typ.ZH, step.Text().ZH, term.Days, term.Ends, term.Basis, term.Trust)
				}
			}
		}
	}
	const golden = "testdata/terms.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("the terms do not match %s; if the change is meant: go test ./internal/filing -run TestTermsMatrix -update, and read the diff", golden)
	}
}

// TestTheDossier states the numbers of domain §1.4, one line each.
func TestTheDossier(t *testing.T) {
	for _, tc := range []struct {
		track  Track
		status Status
		typ    RegistrationType
		days   int
		deemed bool
	}{
		{Architect, ProvincePending, Initial, 5, true},
		{Architect, ProvinceAccepted, Initial, 20, false},
		{Architect, ProvinceAccepted, Renewal, 10, false},
		{Architect, ProvinceAccepted, Change, 10, false},
		{Architect, MinistryPending, Initial, 5, true},
		{Architect, MinistryAccepted, Initial, 20, false},
		{Architect, MinistryAccepted, Renewal, 15, false},
		{Engineer, ProvincePending, Initial, 5, false}, // only forwards
		{Engineer, MinistryPending, Initial, 5, true},
		{Engineer, MinistryAccepted, Initial, 20, false},
		{Engineer, MinistryAccepted, Change, 10, false},
		{Engineer, MinistryAccepted, Correction, 20, false}, // nothing special is known: 行政许可法 art. 42
	} {
		f := Filing{Track: tc.track, Status: tc.status, RegistrationType: tc.typ}
		if term, _ := termIn(Terms, stepOf(f), f, "2026-11-23"); term.Days != tc.days || term.Deemed() != tc.deemed {
			t.Errorf("%s %s %s: %d days, deemed %v", tc.track, tc.status, tc.typ, term.Days, term.Deemed())
		}
	}
}

// TestTermsHaveADate: a new rule holds for what begins from its day on, and every
// word that a term needs is there.
func TestTermsHaveADate(t *testing.T) {
	f := Filing{Track: Engineer, Status: MinistryAccepted, RegistrationType: Renewal}
	later := append([]Term{{MinistryDecision, Engineer, laterOn, "2027-01-01", 8, Engineers8, EndsOverdue, Read}}, Terms...)
	for day, want := range map[string]int{"2026-12-31": 10, "2027-01-01": 8, "2030-01-01": 8} {
		if term, _ := termIn(later, MinistryDecision, f, day); term.Days != want {
			t.Errorf("begun on %s: %d days, want %d", day, term.Days, want)
		}
	}
	if term, _ := termIn(Terms, MinistryDecision, f, "2010-01-01"); term.Basis != Licence42 {
		t.Errorf("before the rules of 2016: %s", term.Basis)
	}
	if _, known := termIn(Terms, MinistryDecision, f, "2000-01-01"); known {
		t.Error("a term before there was any")
	}
	for _, term := range Terms {
		if !label.Known(Articles, string(term.Basis)) || term.Days < 1 {
			t.Errorf("%+v", term)
		}
		if term.Ends == EndsDeemed || term.Ends == EndsOverdue {
			if !label.Known(Steps, string(term.Step)) || !label.Known(Endings, string(term.Ends)) {
				t.Errorf("%+v has no words", term)
			}
		}
	}
}

func at(date string) time.Time { return dayOf(date).Add(10 * time.Hour) }

func started(cal *workday.Calendar, step Step, typ RegistrationType, track Track, on string) Clock {
	return startClock(cal, step, Filing{Track: track, RegistrationType: typ}, dayOf(on))
}

// TestLastDays: terms over the Spring Festival, the National Day and their make-up days.
func TestLastDays(t *testing.T) {
	cal := workdays(t)
	for _, tc := range []struct {
		step Step
		from string
		due  string
	}{
		{ProvinceAcceptance, "2026-11-23", "2026-11-30"},
		{ProvinceAcceptance, "2026-02-13", "2026-02-27"},  // Friday before the festival; Saturday 14 is worked
		{ProvinceAcceptance, "2026-02-14", "2026-02-28"},  // received on that make-up Saturday; the last day is another one
		{ProvinceAcceptance, "2026-09-30", "2026-10-13"},  // eight days off, Saturday 10 October worked
		{ProvinceAcceptance, "2025-09-26", "2025-10-10"},  // Sunday 28 worked, 1 to 8 October off
		{ProvinceExamination, "2025-09-26", "2025-10-30"}, // 20 days
		{ProvinceAcceptance, "2026-12-28", "2027-01-04"},  // into a year not published: Monday to Friday
	} {
		if c := started(cal, tc.step, Initial, Architect, tc.from); c.DueOn != tc.due {
			t.Errorf("%s from %s: %s, want %s", tc.step, tc.from, c.DueOn, tc.due)
		}
	}
}

// TestClockFollowsTheFiling walks one filing of each track through its steps.
func TestClockFollowsTheFiling(t *testing.T) {
	cal := workdays(t)
	f := Filing{Track: Architect, RegistrationType: Initial, Status: PendingSubmission}
	to := func(status Status, st step, on string) Clock {
		t.Helper()
		after := f
		after.Status = status
		after.Clock = nextClock(cal, move{f, after}, st, at(on))
		f = after
		return f.Clock
	}
	want := func(c Clock, step Step, from, due string) {
		t.Helper()
		if c.Step != step || c.StartedOn != from || c.DueOn != due {
			t.Fatalf("%s from %s to %s; want %s from %s to %s", c.Step, c.StartedOn, c.DueOn, step, from, due)
		}
	}
	want(to(ProvincePending, step{action: Submit}, "2026-11-02"), ProvinceAcceptance, "2026-11-02", "2026-11-09")
	want(to(ProvincePending, step{action: AskWithdrawal}, "2026-11-04"), ProvinceAcceptance, "2026-11-02", "2026-11-09")
	if c := to(ProvinceCorrection, step{action: AskCorrection}, "2026-11-05"); c != (Clock{}) {
		t.Fatalf("in a correction: %+v", c)
	}
	to(PendingSubmission, step{action: Deliver}, "2026-11-06")
	want(to(ProvincePending, step{action: Submit}, "2026-11-09"), ProvinceAcceptance, "2026-11-09", "2026-11-16")
	// Deemed on day 6, accepted from the day of receipt: the 20 days run from there.
	want(to(ProvinceAccepted, step{action: DeemAccept}, "2026-11-17"), ProvinceExamination, "2026-11-09", "2026-12-07")
	want(to(MinistryPending, step{action: Forward}, "2026-11-20"), MinistryAcceptance, "2026-11-20", "2026-11-27")
	want(to(MinistryAccepted, step{action: Accept}, "2026-11-23"), MinistryDecision, "2026-11-23", "2026-12-21")
	// Publicity after 5 of 20 days: 10 days are left out, and 15 are left.
	c := to(Publicity, step{action: Publish}, "2026-11-30")
	want(c, MinistryDecision, "2026-11-23", cal.Add(dayOf("2026-11-30"), 25).Format(time.DateOnly))
	if c.Used != 5 || c.PausedUntil != "2026-12-14" {
		t.Fatalf("in publicity: %+v", c)
	}
	if named := f; true { // the ministry may name the last day itself
		named.Status, named.Clock = MinistryAccepted, started(cal, MinistryDecision, Initial, Architect, "2026-11-23")
		after := named
		after.Status, after.PublicityUntil = Publicity, "2026-12-12" // a Saturday
		if got := nextClock(cal, move{before: named, after: after}, step{action: Publish}, at("2026-11-30")); got.PausedUntil != "2026-12-12" || got.DueOn != "2027-01-01" {
			t.Fatalf("publicity until a day that was named: %+v", got)
		}
	}
	due := c.DueOn
	if c = to(Publicity, step{action: Resume}, "2026-12-15"); c.DueOn != due || c.PausedUntil != "" {
		t.Fatalf("after publicity: %+v", c)
	}
	if c = to(Publicity, step{action: Extend}, "2026-12-15"); c.Days != 30 || c.DueOn != workday.Date(cal.Add(dayOf(due), 10)) {
		t.Fatalf("extended: %+v", c)
	}
	if c = to(Approved, step{action: Approve}, "2026-12-16"); c != (Clock{}) {
		t.Fatalf("decided: %+v", c)
	}

	f = Filing{Track: Engineer, RegistrationType: Renewal, Status: PendingSubmission}
	want(to(ProvincePending, step{action: Submit}, "2026-11-02"), ProvinceForwarding, "2026-11-02", "2026-11-09")
	// All that the province of an engineer does has one term.
	want(to(ProvinceAccepted, step{action: Accept}, "2026-11-05"), ProvinceForwarding, "2026-11-02", "2026-11-09")
	if c := to(ProvinceAccepted, step{action: StepOverdue}, "2026-11-10"); c.OverdueAt == nil {
		t.Fatal("not overdue")
	}
	if c := to(MinistryPending, step{action: Forward}, "2026-11-12"); c.OverdueAt != nil {
		t.Fatal("the ministry is not late with what the province was")
	}
	want(to(MinistryAccepted, step{action: Accept}, "2026-11-13"), MinistryDecision, "2026-11-13", "2026-11-27")
}

// TestPauses holds what must be true wherever a pause falls and however it ends:
// the days before it and the days after it are the term; no day of it counts.
func TestPauses(t *testing.T) {
	cal := workdays(t)
	rapid.Check(t, func(t *rapid.T) {
		from := dayOf("2024-01-01").AddDate(0, 0, rapid.IntRange(0, 900).Draw(t, "from"))
		c := startClock(cal, MinistryDecision, Filing{Track: Architect, RegistrationType: Initial}, from)
		days, counted, day := c.Days, 0, from
		// Day by day: what is counted by hand, and what the clock says.
		for n := rapid.IntRange(1, 3).Draw(t, "pauses"); n > 0; n-- {
			wait := rapid.IntRange(0, 12).Draw(t, "wait")
			for ; wait > 0 && workday.Date(day) < c.DueOn; wait-- {
				if day = day.AddDate(0, 0, 1); cal.IsWorkday(day) {
					counted++
				}
			}
			length := rapid.IntRange(1, MaxPause).Draw(t, "length")
			c = c.pause(cal, day, cal.Add(day, length), "专家评审")
			if c.Used != counted {
				t.Fatalf("%d days passed, %d used", counted, c.Used)
			}
			end := cal.Add(day, length)
			if workday.Date(end) != c.PausedUntil {
				t.Fatalf("paused until %s, want %s", c.PausedUntil, workday.Date(end))
			}
			resumed := day.AddDate(0, 0, rapid.IntRange(0, 90).Draw(t, "resumed after"))
			if resumed.After(end) {
				resumed = end.AddDate(0, 0, 1) // by the sweep, whenever it comes
				c = c.resume(cal, resumed)
				day = end
			} else {
				c = c.resume(cal, resumed)
				day = resumed
			}
			if c.Used+cal.Between(dayOf(c.RunsFrom), dayOf(c.DueOn)) != days {
				t.Fatalf("%d used and %d left are not %d", c.Used, cal.Between(dayOf(c.RunsFrom), dayOf(c.DueOn)), days)
			}
		}
		for workday.Date(day) < c.DueOn {
			if day = day.AddDate(0, 0, 1); cal.IsWorkday(day) {
				counted++
			}
		}
		if counted != days {
			t.Fatalf("%d days counted of %d", counted, days)
		}
		if over := c.pause(cal, day.AddDate(0, 0, 1), day.AddDate(0, 0, 9), ""); over != c {
			t.Fatal("a step that has run out was stopped")
		}
	})
}
