package warning_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/filing"
	"zhuce/internal/filing/filingtest"
	"zhuce/internal/keyset"
	"zhuce/internal/label"
	"zhuce/internal/pii"
	"zhuce/internal/warning"
	"zhuce/internal/warning/warningtest"
)

var horizon = warning.Horizon{Early: 180, Near: 90, Urgent: 30, KeepExpired: 365}

func service(w *filingtest.World) *warning.Service {
	vault, err := pii.New(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		panic(err)
	}
	return warning.New(warning.Options{DB: w.DB, Vault: vault, Horizon: horizon, PublicURL: "https://zhuce.example.gov.cn"})
}

func list(t *testing.T, s *warning.Service, who auth.Actor, f warning.Filter) []warning.Warning {
	t.Helper()
	p, err := s.List(t.Context(), who, f, "", "", 200)
	if err != nil {
		t.Fatal(err)
	}
	if int(p.Total) != len(p.Items) {
		t.Fatalf("total %d of %d rows", p.Total, len(p.Items))
	}
	return p.Items
}

// world has a registration in every situation around every threshold.
func everySituation(t *testing.T) (*filingtest.World, map[uuid.UUID]warning.Situation) {
	t.Helper()
	w := filingtest.New(t)
	want := map[uuid.UUID]warning.Situation{}
	// Filed 200 days ago by the clock that the test ends on.
	for _, left := range []int{-1, 0, 29, 30, 31, 90, 91, 180} {
		for name, act := range map[string]func(p warningtest.Person, days int){
			"nothing":  func(warningtest.Person, int) {},
			"prepared": func(p warningtest.Person, _ int) { warningtest.File(t, w, p, filing.Renewal) },
			"change":   func(p warningtest.Person, _ int) { warningtest.File(t, w, p, filing.Change) },
			"sent": func(p warningtest.Person, _ int) {
				warningtest.Submit(t, w, w.Clerk, warningtest.File(t, w, p, filing.Renewal))
			},
		} {
			p := warningtest.Register(t, w, w.Clerk, left)
			act(p, left)
			want[p.ID] = map[string]warning.Situation{"nothing": warning.NothingFiled, "change": warning.NothingFiled, "prepared": warning.BeingPrepared,
				"sent": warning.FiledInTime}[name]
			if name == "sent" && left < 30 {
				want[p.ID] = warning.FiledLate
			}
		}
	}
	return w, want
}

// The rules and the SQL that filters and counts say the same of every row, today
// and 40 days on, when those filed in time have gone past their end.
func TestRulesAndSQLAgree(t *testing.T) {
	t.Parallel()
	w, want := everySituation(t)
	s := service(w)
	for _, days := range []int{0, 40} {
		w.Clock.Advance(time.Duration(days) * 24 * time.Hour)
		all := list(t, s, w.Clerk, warning.Filter{})
		if len(all) != len(want) {
			t.Fatalf("day %d: %d of %d registrations are listed", days, len(all), len(want))
		}
		counted := map[string]int64{}
		for _, r := range all {
			expected := want[r.RegistrantID]
			if expected == warning.FiledInTime && r.DaysLeft < 0 {
				expected = warning.DeemedGranted
			}
			if r.Situation != expected {
				t.Errorf("day %d: %d days left: %s, want %s", days, r.DaysLeft, r.Situation, expected)
			}
			counted[fmt.Sprint(r.Level, r.Profession, r.Situation)]++
		}
		for _, sit := range warning.Situations {
			got := ids(list(t, s, w.Clerk, warning.Filter{Situations: []warning.Situation{warning.Situation(sit.Value)}}))
			expected := ids(slices.DeleteFunc(slices.Clone(all), func(r warning.Warning) bool { return string(r.Situation) != sit.Value }))
			if !slices.Equal(got, expected) {
				t.Errorf("day %d: filtered by %s: %d rows, the rules say %d", days, sit.Value, len(got), len(expected))
			}
		}
		for _, l := range warning.Levels {
			got := ids(list(t, s, w.Clerk, warning.Filter{Levels: []warning.Level{warning.Level(l.Value)}}))
			expected := ids(slices.DeleteFunc(slices.Clone(all), func(r warning.Warning) bool { return string(r.Level) != l.Value }))
			if !slices.Equal(got, expected) {
				t.Errorf("day %d: filtered by %s: %d rows, the rules say %d", days, l.Value, len(got), len(expected))
			}
		}
		counts, _, err := s.Summary(t.Context(), w.Clerk, warning.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range counts {
			key := fmt.Sprint(c.Level, c.Profession, c.Situation)
			if counted[key] != c.N {
				t.Errorf("day %d: %s: counted %d, listed %d", days, key, c.N, counted[key])
			}
			delete(counted, key)
		}
		if len(counted) > 0 {
			t.Errorf("day %d: listed but not counted: %v", days, counted)
		}
	}
}

func ids(rows []warning.Warning) []uuid.UUID {
	out := make([]uuid.UUID, len(rows))
	for i, r := range rows {
		out[i] = r.RegistrantID
	}
	return out
}

// Correcting takes the filing back to the enterprise and gives it a new time of
// submission; it was filed when it was first submitted.
func TestACorrectedRenewalKeepsItsDay(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	p := warningtest.Register(t, w, w.Clerk, 31)
	id := warningtest.File(t, w, p, filing.Renewal)
	warningtest.Submit(t, w, w.Clerk, id)
	decide(t, w, w.Province, filing.AskCorrection, id)
	w.Clock.Advance(20 * 24 * time.Hour)
	s := service(w)
	if r := list(t, s, w.Clerk, warning.Filter{})[0]; r.Situation != warning.FiledInTime || r.Step != warning.AnswerCorrection || r.DaysLeft != 11 {
		t.Errorf("to be corrected: %s, %s, %d days left", r.Situation, r.Step, r.DaysLeft)
	}
	again := p.Delivery
	again.DeliveryRef, again.FilingRef, again.RegistrationType = "again", again.FilingRef+"-renewal", filing.Renewal
	again.Form.Registration = &filing.Registration{CertificateNumber: "S201100123", ValidUntil: "2027-06-30"}
	again.Form.ContinuingEducation = filing.ContinuingEducation{RequiredHours: 60, ElectiveHours: 60}
	again.Papers = nil
	for _, kind := range again.Missing(w.Clock.Now()) {
		again.Papers = append(again.Papers, filing.DeliveredPaper{Kind: kind, Shared: true, SharedSource: "电子证照库"})
	}
	if _, _, err := w.Filings.Deliver(t.Context(), w.Person, again); err != nil {
		t.Fatal(err)
	}
	if r := list(t, s, w.Clerk, warning.Filter{})[0]; r.Situation != warning.FiledInTime || r.Step != warning.SubmitFiling {
		t.Errorf("corrected: %s, %s", r.Situation, r.Step)
	}
	warningtest.Submit(t, w, w.Clerk, id)
	if r := list(t, s, w.Clerk, warning.Filter{})[0]; r.Situation != warning.FiledInTime || r.Step != warning.AwaitDecision {
		t.Errorf("submitted again: %s, %s", r.Situation, r.Step)
	}
	w.Clock.Advance(12 * 24 * time.Hour)
	if r := list(t, s, w.Clerk, warning.Filter{})[0]; r.Situation != warning.DeemedGranted {
		t.Errorf("undecided at the end: %s", r.Situation)
	}
	// Another filing that was refused stands in no way.
	decide(t, w, w.Province, filing.Refuse, id)
	if r := list(t, s, w.Clerk, warning.Filter{})[0]; r.Situation != warning.NothingFiled || r.Step != warning.RegisterAnew || r.Filing != nil {
		t.Errorf("refused after the end: %s, %s", r.Situation, r.Step)
	}
}

func decide(t *testing.T, w *filingtest.World, who auth.Actor, do filing.Action, id uuid.UUID) {
	t.Helper()
	w.Decide(t, who, do, "请补充", id)
}

// What another enterprise has, or has in hand for the same person, is not seen.
func TestOnlyOnesOwn(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	s := service(w)
	other := w.NewClerk(t, true)
	p := warningtest.Register(t, w, w.Clerk, 20)
	if n := len(list(t, s, other, warning.Filter{})); n != 0 {
		t.Errorf("another enterprise sees %d", n)
	}
	// The person moves: the new employer has the filing in hand.
	e, err := w.Enterprises.Current(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	p.Delivery.CreditCode = e.CreditCode
	warningtest.File(t, w, p, filing.Change)
	if r := list(t, s, w.Clerk, warning.Filter{})[0]; r.Filing != nil {
		t.Errorf("the old employer sees %s of the new one", r.Filing.Reference)
	}
	counts, _, err := s.Summary(t.Context(), other, warning.Filter{})
	if err != nil || len(counts) != 0 {
		t.Errorf("another enterprise counts %v, %v", counts, err)
	}
}

// A registration that has ended otherwise is warned of no more: nor in the list, the
// counts, the calendar or the reminders.
func TestOnlyTheLiving(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	s := service(w)
	p := warningtest.Register(t, w, w.Clerk, 20)
	if err := w.DB.Read(t.Context()).Exec(`UPDATE registrants SET status = 'deregistered', ended_at = ? WHERE id = ?`, w.DB.Now(), p.ID).Error; err != nil {
		t.Fatal(err)
	}
	counts, _, err := s.Summary(t.Context(), w.Clerk, warning.Filter{})
	if n := len(list(t, s, w.Clerk, warning.Filter{})); n != 0 || len(counts) != 0 || err != nil {
		t.Errorf("%d listed, %v counted, %v", n, counts, err)
	}
	_, secret, err := s.MakeFeed(t.Context(), w.Clerk, "zh-CN")
	if err != nil {
		t.Fatal(err)
	}
	if body, err := s.Calendar(t.Context(), secret); err != nil || bytes.Contains(body, []byte("VEVENT")) {
		t.Errorf("it stands in the calendar, %v", err)
	}
	remind(t, s)
	if got := told(t, w); len(got) != 0 {
		t.Errorf("reminded: %v", got)
	}
}

// The list is paged without loss or repetition in each order, at a cost that does
// not grow with what is listed.
func TestPages(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	s := service(w)
	warningtest.Register(t, w, w.Clerk, 3)
	one := w.Statements(func() { list(t, s, w.Clerk, warning.Filter{}) })
	for i := range 24 {
		warningtest.Register(t, w, w.Clerk, i/2)
	}
	if many := w.Statements(func() { list(t, s, w.Clerk, warning.Filter{}) }); many != one || one != 1 {
		t.Errorf("%d statements for 1 row, %d for 25", one, many)
	}
	if n := w.Statements(func() { _, _, _ = s.Summary(t.Context(), w.Clerk, warning.Filter{}) }); n != 1 {
		t.Errorf("the summary takes %d statements", n)
	}
	for _, sort := range warning.Sorts() {
		seen := map[uuid.UUID]bool{}
		cursor := ""
		for range 10 {
			p, err := s.List(t.Context(), w.Clerk, warning.Filter{}, sort, cursor, 4)
			if err != nil {
				t.Fatal(err)
			}
			if p.Total != 25 {
				t.Fatalf("%s: total %d", sort, p.Total)
			}
			for _, r := range p.Items {
				if seen[r.RegistrantID] {
					t.Fatalf("%s: a row came twice", sort)
				}
				seen[r.RegistrantID] = true
			}
			if cursor = p.NextCursor; cursor == "" {
				break
			}
		}
		if len(seen) != 25 {
			t.Errorf("%s: %d of 25 rows", sort, len(seen))
		}
	}
	if _, err := s.List(t.Context(), w.Clerk, warning.Filter{}, "nonsense", "", 4); !keyset.ErrCursor.Is(err) {
		t.Errorf("an order that is none: %v", err)
	}
}

// The labels name every value once.
func TestLabels(t *testing.T) {
	t.Parallel()
	for _, table := range [][]label.Label{warning.Levels, warning.Situations, warning.Steps, warning.Articles} {
		values := label.Values(table)
		slices.Sort(values)
		if len(slices.Compact(values)) != len(table) {
			t.Errorf("a value stands twice in %v", label.Values(table))
		}
	}
}
