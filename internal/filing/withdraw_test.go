package filing_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/filing"
	"zhuce/internal/filing/filingtest"
	"zhuce/internal/pg"
)

// asked brings n filings to the province, each with an unanswered request to withdraw.
func asked(t *testing.T, w *filingtest.World, n int) []uuid.UUID {
	t.Helper()
	ids := w.Submitted(t, w.Clerk, n)
	for _, id := range ids {
		ask(t, w, id, "w-"+id.String())
	}
	return ids
}

func ask(t *testing.T, w *filingtest.World, id uuid.UUID, ref string) filing.WithdrawalRequest {
	t.Helper()
	r, _, err := w.Filings.AskWithdrawal(t.Context(), w.Person, id, filing.WithdrawalAsk{Ref: ref, Reason: "个人工作变动"})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// consistent checks that flag, request and timeline of a filing tell one story.
func consistent(t *testing.T, w *filingtest.World, id uuid.UUID) (status filing.Status, state filing.Withdrawal) {
	t.Helper()
	d, err := w.Filings.Get(t.Context(), w.Clerk, id)
	if err != nil {
		t.Fatal(err)
	}
	last := d.Withdrawals[len(d.Withdrawals)-1]
	flag := last.State
	if flag == filing.WithdrawalCancelled {
		flag = ""
	}
	if d.Withdrawal != flag {
		t.Errorf("the flag says %q, the request %q", d.Withdrawal, last.State)
	}
	if (last.EndedAt == nil) != (last.State == filing.WithdrawalRequested) {
		t.Errorf("%s, ended %v", last.State, last.EndedAt)
	}
	for i, e := range d.Timeline[1:] {
		if e.From != d.Timeline[i].To {
			t.Errorf("the timeline jumps from %s to %s", d.Timeline[i].To, e.From)
		}
	}
	if end := d.Timeline[len(d.Timeline)-1]; end.To != d.Status || len(d.Timeline) != d.Version {
		t.Errorf("the timeline ends at %s after %d steps, the filing is %s, version %d", end.To, len(d.Timeline), d.Status, d.Version)
	}
	if n := one[int](t, w.DB, `SELECT count(*) FROM filings f LEFT JOIN withdrawals w ON w.id = f.withdrawal_id
		WHERE f.id = ? AND f.withdrawal IS DISTINCT FROM w.state`, id); n != 0 {
		t.Error("the filing points at another request")
	}
	return d.Status, last.State
}

func messages(t *testing.T, w *filingtest.World, code string, id uuid.UUID) int {
	t.Helper()
	return one[int](t, w.DB, `SELECT count(*) FROM messages WHERE code = ? AND subject_id = ? AND enterprise_id = ?`, code, id, w.Clerk.EnterpriseID)
}

func TestWithdrawalIsAskedOnceARef(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	ids := w.Submitted(t, w.Clerk, 2)
	dryAsk := func(w *filingtest.World, id uuid.UUID, ref, reason string) error {
		_, _, err := w.Filings.AskWithdrawal(t.Context(), w.Person, id, filing.WithdrawalAsk{Ref: ref, Reason: reason, DryRun: true})
		return err
	}
	if err := dryAsk(w, ids[0], "w-1", "个人工作变动"); err != nil {
		t.Fatal(err)
	}
	if n := one[int](t, w.DB, `SELECT count(*) FROM withdrawals`); n != 0 {
		t.Fatal("the dry run asked")
	}
	first := ask(t, w, ids[0], "w-1")
	again, fresh, err := w.Filings.AskWithdrawal(t.Context(), w.Person, ids[0], filing.WithdrawalAsk{Ref: "w-1", Reason: "个人工作变动"})
	if err != nil || fresh || again.ID != first.ID {
		t.Errorf("again: %+v, fresh %v, %v", again, fresh, err)
	}
	_, _, err = w.Filings.AskWithdrawal(t.Context(), w.Person, ids[0], filing.WithdrawalAsk{Ref: "w-1", Reason: "另一个原因"})
	wantCode(t, err, "exchange.withdrawal_ref_reused")
	_, _, err = w.Filings.AskWithdrawal(t.Context(), w.Person, ids[1], filing.WithdrawalAsk{Ref: "w-1", Reason: "个人工作变动"})
	wantCode(t, err, "exchange.withdrawal_ref_reused")
	_, _, err = w.Filings.AskWithdrawal(t.Context(), w.Person, ids[0], filing.WithdrawalAsk{Ref: "w-2", Reason: "个人工作变动"})
	wantCode(t, err, "filing.withdrawal_already_asked")
	wantCode(t, dryAsk(w, ids[0], "w-2", "x"), "filing.withdrawal_already_asked")
	consistent(t, w, ids[0])
	if n := messages(t, w, "filing.withdrawal_asked", ids[0]); n != 1 {
		t.Errorf("the enterprise was told %d times", n)
	}
	if n := one[int](t, w.DB, `SELECT count(*) FROM outbox WHERE kind = 'filing.ask_withdrawal'`); n != 1 {
		t.Errorf("%d events", n)
	}
}

func TestWithdrawalIsAskedByItsSenderAlone(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	id := w.Submitted(t, w.Clerk, 1)[0]
	rival := w.Person
	rival.ClientID = w.Ministry.ClientID
	for name, who := range map[string]auth.Actor{"another client": rival, "the province": w.Province, "the enterprise": w.Clerk} {
		_, _, err := w.Filings.AskWithdrawal(t.Context(), who, id, filing.WithdrawalAsk{Ref: "w", Reason: "x"})
		if code := errs.Code(err); code != "filing.not_found" && code != "filing.wrong_party" {
			t.Errorf("%s asks: %v", name, err)
		}
		if code := errs.Code(w.Filings.CancelWithdrawal(t.Context(), who, id, false)); code != "filing.not_found" && code != "filing.wrong_party" {
			t.Errorf("%s cancels: %s", name, code)
		}
	}
	_, _, err := w.Filings.AskWithdrawal(t.Context(), w.Person, w.Deliver(t, w.Clerk, 1)[0], filing.WithdrawalAsk{Ref: "w", Reason: "x"})
	wantCode(t, err, "filing.cannot_be_withdrawn")
	wantCode(t, w.Filings.CancelWithdrawal(t.Context(), w.Person, id, false), "filing.withdrawal_not_asked")
}

// A request is declined, cancelled, made anew, and agreed to at last; each has its record.
func TestWithdrawalsOfAFilingOneAfterTheOther(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	ids := asked(t, w, 1)
	id := ids[0]
	_, err := w.Filings.DeclineWithdrawals(t.Context(), w.Clerk, ids, "  ")
	wantCode(t, err, "filing.decline_reason_required")
	if _, err := w.Filings.DeclineWithdrawals(t.Context(), w.Clerk, ids, "项目需要"); err != nil {
		t.Fatal(err)
	}
	if status, state := consistent(t, w, id); status != filing.ProvincePending || state != filing.WithdrawalDeclined {
		t.Errorf("%s, %s", status, state)
	}
	_, err = w.Filings.AgreeWithdrawals(t.Context(), w.Clerk, ids)
	if code := details(t, err)[id.String()].Code; code != "filing.withdrawal_not_asked" {
		t.Errorf("agreed after declining: %s", code)
	}
	ask(t, w, id, "second")
	if err := w.Filings.CancelWithdrawal(t.Context(), w.Person, id, false); err != nil {
		t.Fatal(err)
	}
	if _, state := consistent(t, w, id); state != filing.WithdrawalCancelled || messages(t, w, "filing.withdrawal_cancelled", id) != 1 {
		t.Errorf("cancelled: %s", state)
	}
	ask(t, w, id, "third")
	if _, err := w.Filings.AgreeWithdrawals(t.Context(), w.Clerk, ids); err != nil {
		t.Fatal(err)
	}
	if status, _ := consistent(t, w, id); status != filing.Withdrawn {
		t.Errorf("agreed: %s", status)
	}
	d, err := w.Filings.Get(t.Context(), w.Clerk, id)
	if err != nil || len(d.Withdrawals) != 3 {
		t.Fatalf("%d requests, %v", len(d.Withdrawals), err)
	}
	first := d.Withdrawals[0]
	if first.Answer != "项目需要" || first.EndedParty != "enterprise" || first.EndedBy != w.Clerk.Name || first.AskedBy != d.PersonName {
		t.Errorf("the first: %+v", first)
	}
	p, err := w.Filings.Progress(t.Context(), w.Person, id)
	if err != nil || p.LastWithdrawal == nil || p.LastWithdrawal.WithdrawalRef != "third" || p.LastWithdrawal.State != filing.WithdrawalAgreed {
		t.Errorf("the person sees %+v, %v", p.LastWithdrawal, err)
	}
	_, _, err = w.Filings.Deliver(t.Context(), w.Person, w.Delivery(t, w.Clerk)) // the next filing is open to the person
	if err != nil {
		t.Error(err)
	}
}

func TestWithdrawalsAreAnsweredAllOrNone(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	ids := asked(t, w, 2)
	ids = append(ids, w.Submitted(t, w.Clerk, 1)...)
	theirs := w.NewClerk(t, true)
	ids = append(ids, w.Submitted(t, theirs, 1)...)
	_, err := w.Filings.AgreeWithdrawals(t.Context(), w.Clerk, ids)
	wantCode(t, err, "filing.batch_refused")
	d := details(t, err)
	if len(d) != 2 || d[ids[2].String()].Code != "filing.withdrawal_not_asked" || d[ids[3].String()].Code != "filing.not_found" {
		t.Errorf("details: %+v", d)
	}
	count, refused, err := w.Filings.Check(t.Context(), w.Clerk, filing.DeclineWithdrawal, ids[:3])
	if err != nil || count != 3 || len(refused) != 1 || refused[0].ID != ids[2] {
		t.Errorf("dry run: %d, %+v, %v", count, refused, err)
	}
	if n := one[int](t, w.DB, `SELECT count(*) FROM withdrawals WHERE ended_at IS NULL`); n != 2 {
		t.Errorf("%d unanswered", n)
	}
	counts, err := w.Filings.Counts(t.Context(), w.Clerk, filing.Filter{Withdrawal: filing.WithdrawalDeclined})
	if err != nil || counts.WithdrawalsAsked != 2 || counts.ByStatus[filing.ProvincePending] != 3 {
		t.Errorf("counts: %+v, %v", counts, err)
	}
	p, err := w.Filings.List(t.Context(), w.Clerk, filing.Filter{Withdrawal: filing.WithdrawalRequested}, "", "", 20)
	if err != nil || p.Total != 2 {
		t.Errorf("the list of what waits: %d, %v", p.Total, err)
	}
	if _, err := w.Filings.AgreeWithdrawals(t.Context(), w.Clerk, ids[:2]); err != nil {
		t.Fatal(err)
	}
}

// TestAcceptanceComesFirst and TestAgreementComesFirst hold the two against each
// other, one after the other: while the first holds the row, the second waits for
// it, and then finds that there is nothing left for it.
func TestAcceptanceComesFirst(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	ids := asked(t, w, 1)
	second := inTurn(t, w,
		func(tx pg.Tx) error { return filing.ActTx(tx, w.Filings, w.Province, filing.Accept, "", ids) },
		func() error { _, err := w.Filings.AgreeWithdrawals(context.Background(), w.Clerk, ids); return err })
	if code := details(t, second)[ids[0].String()].Code; code != "filing.cannot_be_withdrawn" {
		t.Errorf("the agreement after the acceptance: %s", code)
	}
	if status, state := consistent(t, w, ids[0]); status != filing.ProvinceAccepted || state != filing.WithdrawalVoid {
		t.Errorf("%s, %s", status, state)
	}
	if n := messages(t, w, "filing.withdrawal_void", ids[0]); n != 1 {
		t.Errorf("the enterprise was told %d times", n)
	}
	if n := one[int](t, w.DB, `SELECT count(*) FROM outbox WHERE kind = 'filing.withdrawal_void' AND subject_id = ?`, ids[0]); n != 1 {
		t.Errorf("the person's system was told %d times", n)
	}
	d, err := w.Filings.Get(t.Context(), w.Clerk, ids[0])
	if err != nil || d.Withdrawals[0].EndedParty != "province" {
		t.Errorf("ended by %+v, %v", d.Withdrawals, err)
	}
}

func TestAgreementComesFirst(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	ids := asked(t, w, 1)
	second := inTurn(t, w,
		func(tx pg.Tx) error { return filing.ActTx(tx, w.Filings, w.Clerk, filing.AgreeWithdrawal, "", ids) },
		func() error {
			_, _, err := w.Filings.Decide(context.Background(), w.Province, filing.DecisionOn(filing.Accept, "", ids...))
			return err
		})
	if code := details(t, second)[ids[0].String()].Code; code != "filing.only_pending_can_be_accepted" {
		t.Errorf("the acceptance after the agreement: %s", code)
	}
	if status, state := consistent(t, w, ids[0]); status != filing.Withdrawn || state != filing.WithdrawalAgreed {
		t.Errorf("%s, %s", status, state)
	}
	if n := messages(t, w, "filing.withdrawal_void", ids[0]); n != 0 {
		t.Error("the enterprise was told that it is void")
	}
}

// inTurn lets first act and hold the row until second waits for it, and gives what became of second.
func inTurn(t *testing.T, w *filingtest.World, first func(pg.Tx) error, second func() error) error {
	t.Helper()
	done := make(chan error, 1)
	err := w.DB.InTx(t.Context(), func(tx pg.Tx) error {
		if err := first(tx); err != nil {
			return err
		}
		go func() { done <- second() }()
		awaitLock(t, tx)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return <-done
}

// TestAnswersAndAcceptanceAtOnce lets everybody who may end a request do so at the
// same moment, again and again: one wins, and the records tell one story.
func TestAnswersAndAcceptanceAtOnce(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	for round := range 10 {
		ids := asked(t, w, 1)
		ends := []func() error{
			func() error { _, err := w.Filings.AgreeWithdrawals(context.Background(), w.Clerk, ids); return err },
			func() error {
				_, err := w.Filings.DeclineWithdrawals(context.Background(), w.Clerk, ids, "项目需要")
				return err
			},
			func() error { return w.Filings.CancelWithdrawal(context.Background(), w.Person, ids[0], false) },
			func() error {
				_, _, err := w.Filings.Decide(context.Background(), w.Province, filing.DecisionOn(filing.Accept, "", ids...))
				return err
			},
		}
		results := make([]error, len(ends))
		var wg sync.WaitGroup
		for i, end := range ends {
			wg.Go(func() { results[i] = end() })
		}
		wg.Wait()
		status, state := consistent(t, w, ids[0])
		name := fmt.Sprintf("round %d: %s, %s, %v", round, status, state, results)
		// What ended it won; the acceptance may still come after a refusal or a cancellation, never after an agreement.
		wins := map[filing.Withdrawal]int{filing.WithdrawalAgreed: 0, filing.WithdrawalDeclined: 1, filing.WithdrawalCancelled: 2, filing.WithdrawalVoid: 3}
		for i, err := range results {
			won := i == wins[state]
			after := i == 3 && (state == filing.WithdrawalDeclined || state == filing.WithdrawalCancelled)
			if (err == nil) != (won || after) {
				t.Errorf("%s: %d should have won: %v", name, i, won)
			}
		}
		if (status == filing.Withdrawn) != (state == filing.WithdrawalAgreed) {
			t.Error(name)
		}
	}
}

// The database itself refuses a flag without its request, and a request without its flag.
func TestFlagAndRequestAreTied(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	plain, flagged := w.Submitted(t, w.Clerk, 1)[0], asked(t, w, 1)[0]
	for constraint, sql := range map[string]string{
		"filings_withdrawal_is_that_of_its_request": `UPDATE filings SET withdrawal = 'requested' WHERE id = '` + plain.String() + `'`,
		"withdrawals_open_one_is_flagged": `INSERT INTO withdrawals (id, filing_id, client_id, withdrawal_ref, reason, asked_by, asked_at, state)
			SELECT gen_random_uuid(), id, client_id, 'x', 'x', 'x', now(), 'requested' FROM filings WHERE id = '` + plain.String() + `'`,
		"withdrawals_one_open_per_filing": `INSERT INTO withdrawals (id, filing_id, client_id, withdrawal_ref, reason, asked_by, asked_at, state)
			SELECT gen_random_uuid(), id, client_id, 'y', 'x', 'x', now(), 'requested' FROM filings WHERE id = '` + flagged.String() + `'`,
		"withdrawals_ended_has_its_time": `UPDATE withdrawals SET state = 'declined', answer = 'x' WHERE filing_id = '` + flagged.String() + `'`,
	} {
		err := w.DB.InTx(t.Context(), func(tx pg.Tx) error { return tx.Exec(sql).Error })
		if !pg.Violates(err, constraint) {
			t.Errorf("%s: %v", constraint, err)
		}
	}
}

func TestStatementsOfAnswersDoNotGrow(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	answer := func(n int, decline bool) (statements int) {
		ids := asked(t, w, n)
		return w.Statements(func() {
			var err error
			if decline {
				_, err = w.Filings.DeclineWithdrawals(t.Context(), w.Clerk, ids, "项目需要")
			} else {
				_, err = w.Filings.AgreeWithdrawals(t.Context(), w.Clerk, ids)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	void := func(n int) (statements int) {
		ids := asked(t, w, n)
		return w.Statements(func() {
			if _, _, err := w.Filings.Decide(t.Context(), w.Province, filing.DecisionOn(filing.Accept, "", ids...)); err != nil {
				t.Error(err)
			}
		})
	}
	answer(1, true) // the first use of a connection prepares
	for name, cost := range map[string]func(int) int{
		"agree":   func(n int) int { return answer(n, false) },
		"decline": func(n int) int { return answer(n, true) },
		"void":    void,
	} {
		if one, many := cost(1), cost(200); one != many {
			t.Errorf("%s: 1 took %d statements, 200 took %d", name, one, many)
		}
	}
	list := func(limit int) int {
		return w.Statements(func() {
			if _, err := w.Filings.List(t.Context(), w.Clerk, filing.Filter{Withdrawal: filing.WithdrawalDeclined}, "", "", limit); err != nil {
				t.Error(err)
			}
		})
	}
	if a, b := list(1), list(200); a != b {
		t.Errorf("a page of 1 took %d statements, of 200 %d", a, b)
	}
}
