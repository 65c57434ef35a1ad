package filing_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/enterprise"
	"zhuce/internal/errs"
	"zhuce/internal/filing"
	"zhuce/internal/filing/filingtest"
	"zhuce/internal/idempotency"
	"zhuce/internal/pg"
)

// one reads a single value, for checks of what really stands in the database.
func one[T any](t *testing.T, db *pg.DB, sql string, args ...any) T {
	t.Helper()
	var v T
	if err := db.Read(t.Context()).Raw(sql, args...).Scan(&v).Error; err != nil {
		t.Fatal(err)
	}
	return v
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	if got := errs.Code(err); got != code {
		t.Fatalf("got %v, want code %s", err, code)
	}
}

func details(t *testing.T, err error) map[string]errs.Detail {
	t.Helper()
	var e *errs.Error
	if !errors.As(err, &e) {
		t.Fatalf("no refusal: %v", err)
	}
	out := map[string]errs.Detail{}
	for _, d := range e.Details {
		if d.Record != nil {
			out[d.Record.ID] = d
		}
	}
	return out
}

func TestSubmitMovesAllWithTimelineAndEvents(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	ids := w.Deliver(t, w.Clerk, 3)
	commitment := w.Read(t, w.Clerk, ids)
	r, err := w.Filings.Submit(t.Context(), w.Clerk, commitment, ids)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Filings) != 3 || r.Filings[0].Status != filing.ProvincePending || r.Reference == "" {
		t.Fatalf("got %+v", r)
	}
	if n := one[int](t, w.DB, `SELECT count(*) FROM filings WHERE status = 'province_pending' AND submitted_at = ? AND commitment_id = ?`, w.Clock.Now(), commitment); n != 3 {
		t.Errorf("%d filings moved", n)
	}
	if n := one[int](t, w.DB, `SELECT count(*) FROM filing_history WHERE action = 'submit' AND commitment_id = ?`, commitment); n != 3 {
		t.Errorf("%d timeline entries", n)
	}
	if n := one[int](t, w.DB, `SELECT count(*) FROM outbox WHERE kind = 'filing.submit'`); n != 3 {
		t.Errorf("%d events", n)
	}
	d, err := w.Filings.Get(t.Context(), w.Clerk, ids[0])
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Timeline) != 2 || d.Timeline[1].Action != filing.Submit || d.Timeline[1].From != filing.PendingSubmission || d.Commitment == nil || d.Commitment.Reference != r.Reference {
		t.Errorf("detail: %+v", d)
	}
	receipt, err := w.Filings.Receipt(t.Context(), w.Clerk, commitment)
	if err != nil {
		t.Fatal(err)
	}
	if receipt.Body == "" || len(receipt.Filings) != 3 || receipt.EnterpriseName == "" || receipt.Reference != r.Reference {
		t.Errorf("receipt: %+v", receipt)
	}
}

func TestCommitmentReadingTime(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	ids := w.Deliver(t, w.Clerk, 2)
	c, err := w.Filings.OpenCommitment(t.Context(), w.Clerk, ids)
	if err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(59 * time.Second)
	_, err = w.Filings.Submit(t.Context(), w.Clerk, c.ID, ids)
	wantCode(t, err, "commitment.not_ready")
	w.Clock.Advance(time.Second)
	_, err = w.Filings.Submit(t.Context(), w.Clerk, c.ID, ids[:1])
	wantCode(t, err, "commitment.other_ids")
	_, err = w.Filings.Submit(t.Context(), w.Clerk, c.ID, append(w.Deliver(t, w.Clerk, 1), ids[0]))
	wantCode(t, err, "commitment.other_ids")
	if _, err = w.Filings.Submit(t.Context(), w.Clerk, c.ID, ids); err != nil {
		t.Fatalf("at 60 s: %v", err)
	}
	_, err = w.Filings.Submit(t.Context(), w.Clerk, c.ID, ids)
	wantCode(t, err, "commitment.used")
}

func TestCommitmentExpires(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	ids := w.Deliver(t, w.Clerk, 1)
	c, err := w.Filings.OpenCommitment(t.Context(), w.Clerk, ids)
	if err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(filingtest.Life)
	_, err = w.Filings.Submit(t.Context(), w.Clerk, c.ID, ids)
	wantCode(t, err, "commitment.expired")
}

func TestUnsignedCommitmentsAreForgottenSignedOnesNever(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	signed := w.Submitted(t, w.Clerk, 1)
	if _, err := w.Filings.OpenCommitment(t.Context(), w.Clerk, w.Deliver(t, w.Clerk, 1)); err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(filingtest.Life + 7*24*time.Hour)
	if err := w.Filings.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := one[int](t, w.DB, `SELECT count(*) FROM commitments`); n != 2 {
		t.Errorf("%d commitments at the very end of the week", n)
	}
	w.Clock.Advance(time.Second)
	if err := w.Filings.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := one[int](t, w.DB, `SELECT count(*) FROM commitments c JOIN commitment_filings f ON f.commitment_id = c.id WHERE f.filing_id = ?`, signed[0]); n != 1 {
		t.Error("a signed commitment is gone")
	}
	if n := one[int](t, w.DB, `SELECT count(*) FROM commitments WHERE used_at IS NULL`); n != 0 {
		t.Error("an unsigned commitment is kept")
	}
}

func TestCommitmentBindsUserAndEnterprise(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	ids := w.Deliver(t, w.Clerk, 1)
	commitment := w.Read(t, w.Clerk, ids)
	colleague := w.Clerk
	colleague.UserID = uuid.Must(uuid.NewV7())
	_, err := w.Filings.Submit(t.Context(), colleague, commitment, ids)
	wantCode(t, err, "commitment.not_found")
	_, err = w.Filings.Submit(t.Context(), w.NewClerk(t, true), commitment, ids)
	wantCode(t, err, "commitment.not_found")
}

func TestCommitmentDoesNotCoverAFilingThatChanged(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	d := w.Delivery(t, w.Clerk)
	first, _, err := w.Filings.Deliver(t.Context(), w.Person, d)
	if err != nil {
		t.Fatal(err)
	}
	ids := []uuid.UUID{first.ID}
	commitment := w.Read(t, w.Clerk, ids)
	if _, err := w.Filings.Return(t.Context(), w.Clerk, ids, "材料不全"); err != nil {
		t.Fatal(err)
	}
	d.DeliveryRef += "-again"
	if _, _, err := w.Filings.Deliver(t.Context(), w.Person, d); err != nil {
		t.Fatal(err)
	}
	_, err = w.Filings.Submit(t.Context(), w.Clerk, commitment, ids)
	wantCode(t, err, "filing.batch_refused")
	if got := details(t, err)[ids[0].String()].Code; got != "filing.changed_since_reading" {
		t.Errorf("got %s", got)
	}
}

func TestBatchIsAllOrNothing(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	ids := w.Deliver(t, w.Clerk, 2)
	commitment := w.Read(t, w.Clerk, ids)
	if _, err := w.Filings.Return(t.Context(), w.Clerk, ids[:1], "请补充"); err != nil {
		t.Fatal(err)
	}
	_, err := w.Filings.Submit(t.Context(), w.Clerk, commitment, ids)
	wantCode(t, err, "filing.batch_refused")
	d := details(t, err)
	if len(d) != 1 || d[ids[0].String()].Record.Status != "returned" || d[ids[0].String()].Record.Label == "" {
		t.Errorf("details: %+v", d)
	}
	if s := one[string](t, w.DB, `SELECT status FROM filings WHERE id = ?`, ids[1]); s != "pending_submission" {
		t.Errorf("the other one moved to %s", s)
	}
	if used := one[int](t, w.DB, `SELECT count(*) FROM commitments WHERE used_at IS NOT NULL`); used != 0 {
		t.Error("the commitment was used up")
	}
}

func TestAnotherEnterprisesFilingDoesNotExist(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	theirs := w.Deliver(t, w.NewClerk(t, true), 1)
	_, err := w.Filings.Get(t.Context(), w.Clerk, theirs[0])
	wantCode(t, err, "filing.not_found")
	_, err = w.Filings.OpenCommitment(t.Context(), w.Clerk, theirs)
	if got := details(t, err)[theirs[0].String()]; got.Code != "filing.not_found" || got.Record.Label != "" {
		t.Errorf("open: %+v", got)
	}
	_, err = w.Filings.Return(t.Context(), w.Clerk, theirs, "x")
	if got := details(t, err)[theirs[0].String()].Code; got != "filing.not_found" {
		t.Errorf("return: %s", got)
	}
	_, err = w.Filings.Reveal(t.Context(), w.Clerk, theirs[0], "x")
	wantCode(t, err, "filing.not_found")
	p, err := w.Filings.List(t.Context(), w.Clerk, filing.Filter{}, "", "", 20)
	if err != nil || p.Total != 0 || len(p.Items) != 0 {
		t.Errorf("list: %+v %v", p, err)
	}
}

func TestNothingIsSubmittedBeforeTheBasicInformationIsSaved(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	fresh := w.NewClerk(t, false)
	_, err := w.Filings.OpenCommitment(t.Context(), fresh, []uuid.UUID{uuid.Must(uuid.NewV7())})
	wantCode(t, err, enterprise.ErrNotSaved.Code)
	_, _, err = w.Filings.Deliver(t.Context(), w.Person, w.Delivery(t, fresh))
	wantCode(t, err, enterprise.ErrNotSaved.Code)
}

func TestBatchSizes(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	ids := make([]uuid.UUID, 501)
	for i := range ids {
		ids[i] = uuid.Must(uuid.NewV7())
	}
	for name, ids := range map[string][]uuid.UUID{"none": nil, "501": ids} {
		_, err := w.Filings.Return(t.Context(), w.Clerk, ids, "x")
		if errs.Code(err) != "filing.batch_size" {
			t.Errorf("%s: %v", name, err)
		}
	}
	id := w.Deliver(t, w.Clerk, 1)[0]
	r, err := w.Filings.Return(t.Context(), w.Clerk, []uuid.UUID{id, id}, "重复")
	if err != nil || len(r.Filings) != 1 {
		t.Errorf("repeated ids: %+v %v", r, err)
	}
}

func TestStatementsDoNotGrowWithTheBatch(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	submit := func(n int) (statements int) {
		ids := w.Deliver(t, w.Clerk, n)
		commitment := w.Read(t, w.Clerk, ids)
		return w.Statements(func() {
			if _, err := w.Filings.Submit(t.Context(), w.Clerk, commitment, ids); err != nil {
				t.Error(err)
			}
		})
	}
	submit(1) // the first use of a connection prepares
	one, many := submit(1), submit(500)
	if one != many {
		t.Errorf("a batch of 1 took %d statements, a batch of 500 took %d", one, many)
	}
	list := func(limit int) int {
		return w.Statements(func() {
			if _, err := w.Filings.List(t.Context(), w.Clerk, filing.Filter{}, "", "", limit); err != nil {
				t.Error(err)
			}
		})
	}
	if a, b := list(1), list(200); a != b {
		t.Errorf("a page of 1 took %d statements, a page of 200 took %d", a, b)
	}
}

// TestFiftyAtOnce: of fifty clients that submit one filing at the same moment,
// each with a commitment of its own, one wins.
func TestFiftyAtOnce(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	ids := w.Deliver(t, w.Clerk, 1)
	commitments := make([]uuid.UUID, 50)
	for i := range commitments {
		c, err := w.Filings.OpenCommitment(t.Context(), w.Clerk, ids)
		if err != nil {
			t.Fatal(err)
		}
		commitments[i] = c.ID
	}
	w.Clock.Advance(filingtest.ReadingTime)
	var won, lost atomic.Int64
	var wg sync.WaitGroup
	for _, c := range commitments {
		wg.Go(func() {
			switch _, err := w.Filings.Submit(context.Background(), w.Clerk, c, ids); {
			case err == nil:
				won.Add(1)
			case errs.Code(err) == "filing.batch_refused":
				lost.Add(1)
			default:
				t.Errorf("neither won nor lost: %v", err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 || lost.Load() != 49 {
		t.Errorf("%d won, %d lost", won.Load(), lost.Load())
	}
	if n := one[int](t, w.DB, `SELECT count(*) FROM filing_history WHERE filing_id = ? AND action = 'submit'`, ids[0]); n != 1 {
		t.Errorf("%d timeline entries", n)
	}
}

// TestOverlappingBatchesDoNotDeadlock: two batches over the same rows in
// opposite orders; one wins, the other is refused by name.
func TestOverlappingBatchesDoNotDeadlock(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	for round := range 5 {
		ids := w.Deliver(t, w.Clerk, 20)
		back := make([]uuid.UUID, len(ids))
		for i, id := range ids {
			back[len(ids)-1-i] = id
		}
		var wg sync.WaitGroup
		var won atomic.Int64
		for _, batch := range [][]uuid.UUID{ids, back} {
			wg.Go(func() {
				_, err := w.Filings.Return(context.Background(), w.Clerk, batch, "并发")
				if err == nil {
					won.Add(1)
				} else if errs.Code(err) != "filing.batch_refused" {
					t.Errorf("round %d: %v", round, err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Errorf("round %d: %d won", round, won.Load())
		}
	}
}

// TestAWriterWaitsForTheRowLock shows the lock itself: while one transaction
// holds the row, a submission does not get past it.
func TestAWriterWaitsForTheRowLock(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	ids := w.Deliver(t, w.Clerk, 1)
	done := make(chan error, 1)
	err := w.DB.InTx(t.Context(), func(tx pg.Tx) error {
		if err := tx.Exec(`UPDATE filings SET status = 'returned', closed_at = ?, version = version + 1 WHERE id = ?`, tx.Now, ids[0]).Error; err != nil {
			return err
		}
		go func() {
			_, err := w.Filings.Return(context.Background(), w.Clerk, ids, "第二个")
			done <- err
		}()
		awaitLock(t, tx)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, <-done, "filing.batch_refused")
}

func TestIdempotencyKeyReplaysTheAnswer(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	ids := w.Deliver(t, w.Clerk, 1)
	commitment := w.Read(t, w.Clerk, ids)
	ctx := idempotency.With(t.Context(), idempotency.Request{Caller: w.Clerk.Caller(), Key: "k1", Route: "POST /filings/submit", BodySHA256: [32]byte{1}})
	var wg sync.WaitGroup
	answers := make([]filing.Submitted, 8)
	for i := range answers {
		wg.Go(func() {
			var err error
			if answers[i], err = w.Filings.Submit(ctx, w.Clerk, commitment, ids); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, a := range answers {
		if a.Reference != answers[0].Reference || len(a.Filings) != 1 {
			t.Errorf("answers differ: %+v and %+v", a, answers[0])
		}
	}
	other := idempotency.With(t.Context(), idempotency.Request{Caller: w.Clerk.Caller(), Key: "k1", Route: "POST /filings/return", BodySHA256: [32]byte{1}})
	_, err := w.Filings.Return(other, w.Clerk, ids, "换了路由")
	wantCode(t, err, "request.idempotency_key_reused")
}

func TestDecisionsStayInTheirProvince(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	ids := w.Submitted(t, w.Clerk, 1)
	elsewhere := w.Province
	elsewhere.Provinces = []string{"44"}
	_, _, err := w.Filings.Decide(t.Context(), elsewhere, filing.DecisionOn(filing.Accept, "", ids...))
	if got := details(t, err)[ids[0].String()].Code; got != "filing.not_found" {
		t.Errorf("another province: %s", got)
	}
	w.Decide(t, w.Province, filing.Accept, "", ids...)
}

func TestRevealIsAudited(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	id := w.Deliver(t, w.Clerk, 1)[0]
	p, err := w.Filings.Reveal(t.Context(), w.Clerk, id, "核对证件")
	if err != nil || len(p.IDNumber) != 18 || p.Mobile != "13812345678" || p.BirthDate == "" {
		t.Fatalf("%+v %v", p, err)
	}
	if n := one[int](t, w.DB, `SELECT count(*) FROM audit_log WHERE action = 'filing.reveal' AND subject_id = ? AND reason = '核对证件' AND enterprise_id = ?`, id.String(), w.Clerk.EnterpriseID); n != 1 {
		t.Errorf("%d audit entries", n)
	}
}
