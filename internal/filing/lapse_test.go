package filing_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/filing"
	"zhuce/internal/filing/filingtest"
	"zhuce/internal/pg"
	"zhuce/internal/registers"
)

func lapse(t *testing.T, w *filingtest.World) {
	t.Helper()
	if err := w.Filings.LapseOverdue(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func flag(t *testing.T, w *filingtest.World, id uuid.UUID) filing.PreRegistration {
	t.Helper()
	return filing.PreRegistration(one[string](t, w.DB, `SELECT COALESCE(pre_registration, '') FROM filings WHERE id = ?`, id))
}

// TestLapse: on its last day it can still be supplemented, the day after it has
// lapsed – once, with timeline, event and message –, and what is supplemented, not
// submitted or no pre-registration is left alone.
func TestLapse(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	ids := w.Awaiting(t, w.Clerk, 4)
	w.Register.Say(w.CreditCode(t, w.Clerk), registers.Qualifications{Certificates: []registers.Certificate{filingtest.Certificate(number)}, AsOf: w.Clock.Now()})
	if _, err := w.Filings.Supplement(t.Context(), w.Clerk, filing.SupplementRequest{FilingIDs: ids[3:], CertificateNumber: number}); err != nil {
		t.Fatal(err)
	}
	unsent, plain := w.PreRegistered(t, w.Clerk, 1), w.Submitted(t, w.Clerk, 1)

	w.Clock.Advance(filingtest.Days*filingtest.Day + 14*time.Hour) // 23:02 in China on the last day
	lapse(t, w)
	if f := flag(t, w, ids[0]); f != filing.AwaitingQualification {
		t.Fatalf("on the last day: %s", f)
	}
	w.Clock.Advance(time.Hour)
	// Nobody has marked it yet, and still it is too late.
	_, err := w.Filings.Supplement(t.Context(), w.Clerk, filing.SupplementRequest{FilingIDs: ids[:1], CertificateNumber: number})
	wantCode(t, err, "filing.batch_refused")
	if c := details(t, err)[ids[0].String()].Code; c != "filing.supplement_too_late" {
		t.Errorf("a minute late: %s", c)
	}
	lapse(t, w)
	lapse(t, w)
	for i, want := range []filing.PreRegistration{filing.Lapsed, filing.Lapsed, filing.Lapsed, filing.Supplemented} {
		if f := flag(t, w, ids[i]); f != want {
			t.Errorf("%d: %s, want %s", i, f, want)
		}
	}
	if f := flag(t, w, unsent[0]); f != filing.AwaitingQualification {
		t.Errorf("not submitted: %s", f)
	}
	if f := flag(t, w, plain[0]); f != "" {
		t.Errorf("no pre-registration: %s", f)
	}
	if n := one[int](t, w.DB, `SELECT count(*) FROM filing_history WHERE action = 'lapse' AND party = 'system' AND to_status = 'province_pending'`); n != 3 {
		t.Errorf("%d timeline entries", n)
	}
	if n := one[int](t, w.DB, `SELECT count(*) FROM outbox WHERE kind = 'filing.lapse'`); n != 3 {
		t.Errorf("%d events", n)
	}
	if p := one[string](t, w.DB, `SELECT params->'people'->>'en' FROM messages WHERE code = 'filing.qualification_lapsed'`); p == "" {
		t.Error("the enterprise is not told by name")
	}
	if n := one[int](t, w.DB, `SELECT count(*) FROM messages WHERE code = 'filing.qualification_lapsed'`); n != 1 {
		t.Errorf("%d messages for one enterprise and day", n)
	}
	_, err = w.Filings.Supplement(t.Context(), w.Clerk, filing.SupplementRequest{FilingIDs: ids[:1], CertificateNumber: number})
	if c := details(t, err)[ids[0].String()].Code; c != "filing.pre_registration_lapsed" {
		t.Errorf("after the lapse: %s", c)
	}
}

// TestSweepsSideBySide: several instances at once tell of each lapse once.
func TestSweepsSideBySide(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	w.Awaiting(t, w.Clerk, 20)
	w.Clock.Advance(31 * filingtest.Day)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() { lapse(t, w) })
	}
	all.Wait()
	if n := one[int](t, w.DB, `SELECT count(*) FROM filing_history WHERE action = 'lapse'`); n != 20 {
		t.Errorf("%d lapses of 20", n)
	}
}

// TestASweepLeavesWhatIsHeld: what another instance or a clerk holds is left for
// the next time; the rest lapses without waiting for it.
func TestASweepLeavesWhatIsHeld(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	ids := w.Awaiting(t, w.Clerk, 3)
	w.Clock.Advance(31 * filingtest.Day)
	err := w.DB.InTx(t.Context(), func(tx pg.Tx) error {
		if err := tx.Exec(`SELECT FROM filings WHERE id = ? FOR UPDATE`, ids[0]).Error; err != nil {
			return err
		}
		lapse(t, w)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if flag(t, w, ids[0]) != filing.AwaitingQualification || flag(t, w, ids[1]) != filing.Lapsed || flag(t, w, ids[2]) != filing.Lapsed {
		t.Error("the held one lapsed, or another did not")
	}
	lapse(t, w)
	if flag(t, w, ids[0]) != filing.Lapsed {
		t.Error("the next time it did not lapse")
	}
}

// TestReminders: each threshold once, the nearest alone when several have passed,
// and for each day that ends its own.
func TestReminders(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	remind := func() {
		t.Helper()
		for range 2 {
			if err := w.Filings.RemindOfQualifications(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	told := func() string {
		t.Helper()
		return one[string](t, w.DB, `SELECT COALESCE(string_agg(params->>'days' || ' ' || (params->'people'->>'zh'), ', ' ORDER BY posted_at, params->>'due_on'), '') FROM messages
			WHERE code = 'filing.qualification_reminder'`)
	}
	ids := w.Awaiting(t, w.Clerk, 4)
	names := one[string](t, w.DB, `SELECT string_agg(person_name, '、' ORDER BY person_name) FROM (SELECT person_name FROM filings ORDER BY person_name LIMIT 3) x`) + "等 4 人"
	w.Submitted(t, w.Clerk, 1)
	at := func(day int) { // days before the last one
		w.Clock.Advance(filingtest.Start.AddDate(0, 0, filingtest.Days-day).Add(time.Hour).Sub(w.Clock.Now()))
		remind()
	}
	at(16)
	if told() != "" {
		t.Fatalf("16 days before: %s", told())
	}
	want := ""
	for _, step := range []struct{ day, says int }{{15, 15}, {14, 0}, {2, 2}, {1, 1}, {0, 0}} {
		at(step.day)
		if step.says > 0 {
			if want != "" {
				want += ", "
			}
			want += fmt.Sprintf("%d %s", step.says, names)
		}
		if got := told(); got != want {
			t.Fatalf("%d days before: %s, want %s", step.day, got, want)
		}
	}
	w.Register.Say(w.CreditCode(t, w.Clerk), registers.Qualifications{Certificates: []registers.Certificate{filingtest.Certificate(number)}, AsOf: w.Clock.Now()})
	later := w.Awaiting(t, w.Clerk, 1)
	if _, err := w.Filings.Supplement(t.Context(), w.Clerk, filing.SupplementRequest{FilingIDs: append(ids, later...), CertificateNumber: number}); err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(25 * filingtest.Day)
	remind()
	if got := told(); got != want {
		t.Errorf("reminded of what is done: %s", got)
	}
}

// TestLapsedStartsAnew: the authority asks for a correction, the person delivers
// again as a pre-registration, and the deadline runs from the next submission.
func TestLapsedStartsAnew(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	d := w.Delivery(t, w.Clerk)
	d.PreRegistration = true
	done, _, err := w.Filings.Deliver(t.Context(), w.Person, d)
	if err != nil {
		t.Fatal(err)
	}
	ids := []uuid.UUID{done.ID}
	if _, err := w.Filings.Submit(t.Context(), w.Clerk, w.Read(t, w.Clerk, ids), ids); err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(40 * filingtest.Day)
	lapse(t, w)
	w.Decide(t, w.Province, filing.AskCorrection, "请补充材料", ids...)
	d.DeliveryRef += "-again"
	d.Form.Employment.ContractTo = "2031-12-31"
	if _, _, err := w.Filings.Deliver(t.Context(), w.Person, d); err != nil {
		t.Fatal(err)
	}
	if n := one[int](t, w.DB, `SELECT count(*) FROM filings WHERE id = ? AND pre_registration = 'awaiting_qualification' AND qualification_due_on IS NULL`, ids[0]); n != 1 {
		t.Error("delivered anew, it does not await its qualification without a clock")
	}
	if _, err := w.Filings.Submit(t.Context(), w.Clerk, w.Read(t, w.Clerk, ids), ids); err != nil {
		t.Fatal(err)
	}
	lapse(t, w)
	if f := flag(t, w, ids[0]); f != filing.AwaitingQualification {
		t.Errorf("submitted anew: %s", f)
	}
}

// The days left are those of a deadline that runs.
func TestQualificationDaysLeft(t *testing.T) {
	t.Parallel()
	f := filing.Filing{Status: filing.ProvincePending, PreRegistration: filing.AwaitingQualification, QualificationDueOn: "2026-12-23"}
	after := time.Date(2026, 12, 24, 1, 0, 0, 0, time.UTC)
	for ago, want := range map[int]int{31: 30, 1: 0, 0: 0} {
		if left, runs := f.QualificationDaysLeft(after.AddDate(0, 0, -ago)); left != want || !runs {
			t.Errorf("%d days before the day after: %d days, %v", ago, left, runs)
		}
	}
	for _, s := range []filing.Status{filing.ProvinceRefused, filing.Denied, filing.Withdrawn, filing.PendingSubmission} {
		f.Status = s
		if left, runs := f.QualificationDaysLeft(after); runs {
			t.Errorf("%s: %d days", s, left)
		}
	}
}
