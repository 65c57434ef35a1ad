package filing_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/filing"
	"zhuce/internal/filing/filingtest"
	"zhuce/internal/pg"
)

func sweepSteps(t *testing.T, w *filingtest.World) {
	t.Helper()
	if err := w.Filings.SweepSteps(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// architects brings n submitted filings of architects.
func architects(t *testing.T, w *filingtest.World, n int) []uuid.UUID {
	t.Helper()
	ids := make([]uuid.UUID, n)
	for i := range ids {
		d := w.Delivery(t, w.Clerk)
		d.Profession = "architect_1"
		done, _, err := w.Filings.Deliver(t.Context(), w.Person, d)
		if err != nil {
			t.Fatal(err)
		}
		ids[i] = done.ID
	}
	if _, err := w.Filings.Submit(t.Context(), w.Clerk, w.Read(t, w.Clerk, ids), ids); err != nil {
		t.Fatal(err)
	}
	return ids
}

func stepOf(t *testing.T, w *filingtest.World, id uuid.UUID) string {
	t.Helper()
	return one[string](t, w.DB, `SELECT status || ' ' || COALESCE(step || ' ' || step_started_on || ' ' || due_on || CASE WHEN overdue_at IS NULL THEN '' ELSE ' overdue' END, '-') FROM filings WHERE id = ?`, id)
}

// TestDeemedAccepted: on the last day nothing happens; on the day after, silence has
// accepted what the authority was to accept – from the day of receipt –, and has not
// forwarded what it was to forward: that is overdue. Each is told once.
func TestDeemedAccepted(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	mine := architects(t, w, 3)
	engineers := w.Submitted(t, w.Clerk, 2)
	if _, _, err := w.Filings.AskWithdrawal(t.Context(), w.Person, mine[2], filing.WithdrawalAsk{Ref: "w-1", Reason: "工作变动"}); err != nil {
		t.Fatal(err)
	}
	if s := stepOf(t, w, mine[0]); s != "province_pending province_acceptance 2026-11-23 2026-11-30" {
		t.Fatal(s)
	}
	w.Clock.Advance(7*filingtest.Day + 14*time.Hour - 5*time.Minute) // Monday 30 November, before midnight in China
	sweepSteps(t, w)
	if s := stepOf(t, w, mine[0]); s != "province_pending province_acceptance 2026-11-23 2026-11-30" {
		t.Fatalf("on the last day: %s", s)
	}
	w.Clock.Advance(2 * time.Hour)
	sweepSteps(t, w)
	sweepSteps(t, w)
	for _, id := range mine {
		if s := stepOf(t, w, id); s != "province_accepted province_examination 2026-11-23 2026-12-21" {
			t.Errorf("on day 6: %s", s)
		}
	}
	for _, id := range engineers {
		if s := stepOf(t, w, id); s != "province_pending province_forwarding 2026-11-23 2026-11-30 overdue" {
			t.Errorf("an engineer's: %s", s)
		}
	}
	for what, want := range map[string]int{
		`SELECT count(*) FROM filing_history WHERE action = 'deem_accept' AND party = 'system' AND article = 'licence_32_4'`:                                        3,
		`SELECT count(*) FROM filing_history WHERE action = 'step_overdue' AND party = 'system' AND article = 'engineers_7'`:                                        2,
		`SELECT count(*) FROM outbox WHERE kind = 'filing.deem_accept' AND data->>'article' = 'licence_32_4' AND data->>'due_on' = '2026-11-30'`:                    3,
		`SELECT count(*) FROM outbox WHERE kind = 'filing.step_overdue' AND data->>'step' = 'province_forwarding' AND audience @> '{enterprise,province,ministry}'`: 2,
		`SELECT count(*) FROM messages WHERE code = 'filing.deemed_accepted'`:                                                                                       1,
		`SELECT count(*) FROM messages WHERE code = 'filing.step_overdue' AND params->'article'->>'zh' LIKE '%第七条%'`:                                                1,
		`SELECT count(*) FROM messages WHERE code = 'filing.withdrawal_void'`:                                                                                       1,
		`SELECT count(*) FROM withdrawals WHERE state = 'void' AND ended_party = 'system'`:                                                                          1,
	} {
		if n := one[int](t, w.DB, what); n != want {
			t.Errorf("%d, want %d: %s", n, want, what)
		}
	}
	// The authority is too late to ask for a correction, and can still go on.
	_, _, err := w.Filings.Decide(t.Context(), w.Province, filing.DecisionOn(filing.AskCorrection, "请补社保", mine[0]))
	wantCode(t, err, "filing.batch_refused")
	w.Decide(t, w.Province, filing.Forward, "", append(mine, engineers...)...)
	if s := stepOf(t, w, engineers[0]); s != "ministry_pending ministry_acceptance 2026-12-01 2026-12-08" {
		t.Errorf("forwarded late: %s", s)
	}
	// And in silence again: everything runs on from the days of receipt, to the end of every term.
	w.Clock.Advance(60 * filingtest.Day)
	sweepSteps(t, w)
	for _, id := range append(mine, engineers...) {
		if s := stepOf(t, w, id); s != "ministry_accepted ministry_decision 2026-12-01 2026-12-29 overdue" {
			t.Errorf("after two months: %s", s)
		}
	}
}

// TestPauseAndExtend: what an authority says of its own clock (行政许可法 art. 42, 45).
func TestPauseAndExtend(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	ids := w.Deliver(t, w.Clerk, 2)
	w.Accepted(t, w.Clerk, ids...)
	if s := stepOf(t, w, ids[0]); s != "ministry_accepted ministry_decision 2026-11-23 2026-12-21" {
		t.Fatal(s)
	}
	pause := filing.DecisionOn(filing.Pause, "专家评审", ids[0])
	for days, code := range map[int]string{0: "exchange.pause_days", 61: "exchange.pause_days"} {
		pause.Days = days
		_, _, err := w.Filings.Decide(t.Context(), w.Ministry, pause)
		wantCode(t, err, code)
	}
	odd := filing.DecisionOn(filing.Extend, "案情复杂", ids[0])
	odd.Days = 3
	_, _, err := w.Filings.Decide(t.Context(), w.Ministry, odd)
	wantCode(t, err, "exchange.pause_days")
	_, _, err = w.Filings.Decide(t.Context(), w.Ministry, filing.DecisionOn(filing.Extend, " ", ids[0]))
	wantCode(t, err, "exchange.reason_required")

	w.Clock.Advance(7 * filingtest.Day) // 5 working days
	pause.Days = 10
	if _, _, err := w.Filings.Decide(t.Context(), w.Ministry, pause); err != nil {
		t.Fatal(err)
	}
	_, _, err = w.Filings.Decide(t.Context(), w.Ministry, pause)
	if c := details(t, err)[ids[0].String()].Code; c != "filing.clock_is_paused" {
		t.Errorf("paused twice: %s", c)
	}
	if p := one[string](t, w.DB, `SELECT step_used || ' ' || step_paused_until || ' ' || due_on || ' ' || step_pause_reason FROM filings WHERE id = ?`, ids[0]); p != "5 2026-12-14 2027-01-04 专家评审" {
		t.Fatal(p)
	}
	w.Clock.Advance(14 * filingtest.Day)
	sweepSteps(t, w)
	if n := one[int](t, w.DB, `SELECT count(*) FROM filing_history WHERE action = 'resume'`); n != 0 {
		t.Fatal("runs again on the last day that is left out")
	}
	w.Clock.Advance(filingtest.Day)
	sweepSteps(t, w)
	sweepSteps(t, w)
	if p := one[string](t, w.DB, `SELECT due_on || ' ' || (step_paused_until IS NULL) FROM filings WHERE id = ?`, ids[0]); p != "2027-01-04 true" {
		t.Fatal(p)
	}
	w.Decide(t, w.Ministry, filing.Extend, "案情复杂", ids[0])
	if due := one[string](t, w.DB, `SELECT due_on::text FROM filings WHERE id = ?`, ids[0]); due != "2027-01-18" {
		t.Errorf("extended to %s", due)
	}
	_, _, err = w.Filings.Decide(t.Context(), w.Ministry, filing.DecisionOn(filing.Extend, "案情复杂", ids[0]))
	if c := details(t, err)[ids[0].String()].Code; c != "filing.term_is_extended" {
		t.Errorf("extended twice: %s", c)
	}
	// The other one ran out meanwhile: a minute after its last day nothing helps, swept or not.
	w.Clock.Advance(7 * filingtest.Day)
	_, _, err = w.Filings.Decide(t.Context(), w.Ministry, filing.DecisionOn(filing.Extend, "案情复杂", ids[1]))
	if c := details(t, err)[ids[1].String()].Code; c != "filing.step_has_run_out" {
		t.Errorf("not swept yet: %s", c)
	}
	sweepSteps(t, w)
	_, _, err = w.Filings.Decide(t.Context(), w.Ministry, filing.DecisionOn(filing.Extend, "案情复杂", ids[1]))
	if c := details(t, err)[ids[1].String()].Code; c != "filing.step_is_overdue" {
		t.Errorf("swept: %s", c)
	}
	if n := one[int](t, w.DB, `SELECT count(*) FROM messages WHERE code IN ('filing.clock_paused', 'filing.term_extended')`); n != 2 {
		t.Errorf("%d messages of the pause and the extension", n)
	}
	// Publicity, too, lets it run again by itself.
	w.Decide(t, w.Ministry, filing.Publish, "", ids[0])
	w.Clock.Advance(42 * filingtest.Day)
	sweepSteps(t, w)
	if s := stepOf(t, w, ids[0]); s != "publicity ministry_decision 2026-11-23 2027-02-01 overdue" {
		t.Errorf("in publicity for six weeks: %s", s)
	}
	if n := one[int](t, w.DB, `SELECT count(*) FROM filing_history WHERE action = 'resume' AND from_status = 'publicity' AND party = 'system'`); n != 1 {
		t.Errorf("%d entries that publicity is over", n)
	}
}

// TestStepSweepsSideBySide: several instances at once, and an authority that acts at
// the same moment: each filing is accepted once, by whoever was first.
func TestStepSweepsSideBySide(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	ids := architects(t, w, 24)
	w.Clock.Advance(8 * filingtest.Day)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() { sweepSteps(t, w) })
	}
	won := make([]error, len(ids))
	for i, id := range ids {
		all.Go(func() {
			_, _, won[i] = w.Filings.Decide(t.Context(), w.Province, filing.DecisionOn(filing.Accept, "", id))
		})
	}
	all.Wait()
	byHand := 0
	for i := range won {
		if won[i] == nil {
			byHand++
		} else {
			wantCode(t, won[i], "filing.batch_refused")
		}
	}
	sweepSteps(t, w)
	deemed := one[int](t, w.DB, `SELECT count(*) FROM filing_history WHERE action = 'deem_accept'`)
	accepted := one[int](t, w.DB, `SELECT count(*) FROM filing_history WHERE action = 'accept'`)
	if accepted != byHand || deemed+accepted != len(ids) || one[int](t, w.DB, `SELECT count(*) FROM filings WHERE status = 'province_accepted'`) != len(ids) {
		t.Errorf("%d deemed and %d accepted (%d answered so) of %d", deemed, accepted, byHand, len(ids))
	}
}

// TestTheSweepAndTheAuthority: deterministic – the authority holds the row when the
// sweep comes, and the sweep holds it when the authority comes.
func TestTheSweepAndTheAuthority(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	ids := architects(t, w, 2)
	w.Clock.Advance(8 * filingtest.Day)
	err := w.DB.InTx(t.Context(), func(tx pg.Tx) error {
		if err := filing.ActTx(tx, w.Filings, w.Province, filing.Accept, "", ids[:1]); err != nil {
			return err
		}
		sweepSteps(t, w) // leaves the held one
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	sweepSteps(t, w)
	_, _, err = w.Filings.Decide(t.Context(), w.Province, filing.DecisionOn(filing.Accept, "", ids[1]))
	wantCode(t, err, "filing.batch_refused")
	for i, want := range []string{"accept", "deem_accept"} {
		if got := one[string](t, w.DB, `SELECT string_agg(action, ' ') FROM filing_history WHERE filing_id = ? AND to_status = 'province_accepted'`, ids[i]); got != want {
			t.Errorf("%d: %s, want %s", i, got, want)
		}
	}
	// Accepted by hand, it is accepted on that day; in silence, on the day of receipt.
	if s := stepOf(t, w, ids[0]); s != "province_accepted province_examination 2026-12-01 2026-12-29" {
		t.Error(s)
	}
	if s := stepOf(t, w, ids[1]); s != "province_accepted province_examination 2026-11-23 2026-12-21" {
		t.Error(s)
	}
}

// TestTheSweepIsSetBased: as many statements for forty as for two.
func TestTheSweepIsSetBased(t *testing.T) {
	t.Parallel()
	count := func(n int) int {
		w := filingtest.New(t)
		architects(t, w, n)
		w.Submitted(t, w.Clerk, n)
		w.Clock.Advance(8 * filingtest.Day)
		return w.Statements(func() { sweepSteps(t, w) })
	}
	if few, many := count(1), count(20); few != many {
		t.Errorf("%d statements for 2 steps, %d for 40", few, many)
	}
}

// TestWhatWasThereBeforeTheClock is measured from its timeline when the program starts.
func TestWhatWasThereBeforeTheClock(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	ids := architects(t, w, 2)
	engineers := w.Deliver(t, w.Clerk, 1)
	w.Accepted(t, w.Clerk, engineers...)
	w.Clock.Advance(2 * filingtest.Day)
	w.Decide(t, w.Province, filing.Accept, "", ids[1])
	w.Decide(t, w.Ministry, filing.Publish, "", engineers...)
	all := append(ids, engineers...)
	var before []string
	for _, id := range all {
		before = append(before, stepOf(t, w, id))
	}
	if err := w.DB.InTx(t.Context(), func(tx pg.Tx) error {
		return tx.Exec(`UPDATE filings SET step = NULL, step_started_on = NULL, step_days = NULL, step_used = NULL, step_runs_from = NULL, due_on = NULL,
			step_paused_until = NULL, step_unmeasured = true`).Error
	}); err != nil {
		t.Fatal(err)
	}
	w.Again(t)
	for i, id := range all {
		if got := stepOf(t, w, id); got != before[i] {
			t.Errorf("measured: %s, want %s", got, before[i])
		}
	}
	if n := one[int](t, w.DB, `SELECT count(*) FROM filings WHERE step_unmeasured`); n != 0 {
		t.Errorf("%d are not measured", n)
	}
}

// TestNobodyElseDoesWhatTimeDoes: no route and no party can.
func TestNobodyElseDoesWhatTimeDoes(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	ids := architects(t, w, 1)
	for _, who := range []auth.Actor{w.Province, w.Ministry} {
		for _, do := range []filing.Action{filing.DeemAccept, filing.StepOverdue} {
			_, _, err := w.Filings.Decide(t.Context(), who, filing.DecisionOn(do, "", ids...))
			wantCode(t, err, "exchange.not_a_decision")
		}
	}
}
