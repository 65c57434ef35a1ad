package rename_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"zhuce/internal/errs"
	"zhuce/internal/filing"
	"zhuce/internal/filing/filingtest"
	"zhuce/internal/pg"
)

// TestWhileARenameIsOpenNothingIsSubmitted: the dry run, the letter and the
// submission say so alike; what a person delivers is taken and waits.
func TestWhileARenameIsOpenNothingIsSubmitted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	early := w.Deliver(t, w.Clerk, 1)
	commitment := w.Read(t, w.Clerk, early)
	_, err := w.Filings.Return(t.Context(), w.Clerk, early, "先更名")
	must(t, err)
	r := w.submitted(t)
	ids := w.Deliver(t, w.Clerk, 1)

	_, _, err = w.Filings.Check(t.Context(), w.Clerk, filing.Submit, ids)
	e := wantRefusal(t, err, "rename.open")
	if e.Params["reference"] != r.Reference || e.Details[0].Record.ID != r.ID.String() {
		t.Errorf("the rename is not named: %+v", e)
	}
	_, err = w.Filings.OpenCommitment(t.Context(), w.Clerk, ids)
	wantCode(t, err, "rename.open")
	_, err = w.Filings.Submit(t.Context(), w.Clerk, commitment, early)
	wantCode(t, err, "rename.open")
	if _, _, err = w.Filings.Check(t.Context(), w.Clerk, filing.Return, ids); err != nil {
		t.Errorf("returning is barred too: %v", err)
	}
	other := w.NewClerk(t, true)
	w.Submitted(t, other, 1) // another enterprise is not concerned

	_, _, err = w.Decide(t.Context(), w.Province, r.ID, approval)
	must(t, err)
	_, err = w.Filings.Submit(t.Context(), w.Clerk, w.Read(t, w.Clerk, ids), ids)
	must(t, err)
}

// waiting counts the sessions of this database that wait for a lock.
func (w *world) waiting(t *testing.T) int {
	t.Helper()
	return w.count(t, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)
}

// overtaken runs first until it stands at its insert into a table that is locked, so
// that all it does before is done and not committed; then second, which has to wait
// for it; then lets first go. It fails when second does not wait.
func (w *world) overtaken(t *testing.T, table string, first, second func() error) (firstErr, secondErr error) {
	t.Helper()
	locked, release := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		err := w.DB.InTx(context.Background(), func(tx pg.Tx) error {
			err := tx.Exec(`LOCK TABLE ` + table + ` IN EXCLUSIVE MODE`).Error
			close(locked)
			<-release
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-locked
	var ended atomic.Bool
	all.Go(func() { firstErr = first(); ended.Store(true) })
	for w.waiting(t) < 1 && !ended.Load() {
		runtime.Gosched()
	}
	if ended.Load() {
		t.Errorf("the first ended before it came to %s", table)
	}
	all.Go(func() { secondErr = second(); ended.Store(true) })
	for w.waiting(t) < 2 && !ended.Load() {
		runtime.Gosched()
	}
	if ended.Load() {
		t.Error("the second did not wait for the first")
	}
	close(release)
	all.Wait()
	return firstErr, secondErr
}

// TestARenameWaitsForWhatIsFiled: a delivery and a submission that have begun are
// seen by the rename that comes before they are committed.
func TestARenameWaitsForWhatIsFiled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.Delivery(t, w.Clerk)
	var filed filing.Delivered
	rename := func() error { _, err := w.Submit(context.Background(), w.Clerk, newName, nil); return err }
	delivered, renamed := w.overtaken(t, "deliveries", func() (err error) {
		filed, _, err = w.Filings.Deliver(context.Background(), w.Person, d)
		return err
	}, rename)
	must(t, delivered)
	wantCode(t, renamed, "rename.filings_open")

	ids := []uuid.UUID{filed.ID}
	commitment := w.Read(t, w.Clerk, ids)
	submitted, renamed := w.overtaken(t, "audit_log", func() error {
		_, err := w.Filings.Submit(context.Background(), w.Clerk, commitment, ids)
		return err
	}, rename)
	must(t, submitted)
	if e := wantRefusal(t, renamed, "rename.filings_open"); e.Details[0].Record.Status != string(filing.ProvincePending) {
		t.Errorf("the rename did not see the submission: %+v", e.Details[0].Record)
	}
	if n := w.count(t, `SELECT count(*) FROM renames`); n != 0 {
		t.Error("a rename was made beside an open filing")
	}
}

// TestASubmissionWaitsForARename: a rename that has begun is seen by whoever submits
// before it is committed; a delivery waits too, and is taken.
func TestASubmissionWaitsForARename(t *testing.T) {
	t.Parallel()
	for name, act := range map[string]func(w *world, commitment uuid.UUID, ids []uuid.UUID) error{
		"submit": func(w *world, commitment uuid.UUID, ids []uuid.UUID) error {
			_, err := w.Filings.Submit(context.Background(), w.Clerk, commitment, ids)
			return err
		},
		"letter": func(w *world, _ uuid.UUID, ids []uuid.UUID) error {
			_, err := w.Filings.OpenCommitment(context.Background(), w.Clerk, ids)
			return err
		},
		"check": func(w *world, _ uuid.UUID, ids []uuid.UUID) error {
			_, _, err := w.Filings.Check(context.Background(), w.Clerk, filing.Submit, ids)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			ids := w.Deliver(t, w.Clerk, 1)
			commitment := w.Read(t, w.Clerk, ids)
			_, err := w.Filings.Return(t.Context(), w.Clerk, ids, "先更名")
			must(t, err)
			renamed, acted := w.overtaken(t, "audit_log", func() error {
				_, err := w.Submit(context.Background(), w.Clerk, newName, nil)
				return err
			}, func() error { return act(w, commitment, ids) })
			must(t, renamed)
			wantCode(t, acted, "rename.open")
		})
	}
	t.Run("delivery", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		d := w.Delivery(t, w.Clerk)
		renamed, delivered := w.overtaken(t, "audit_log", func() error {
			_, err := w.Submit(context.Background(), w.Clerk, newName, nil)
			return err
		}, func() error { _, _, err := w.Filings.Deliver(context.Background(), w.Person, d); return err })
		must(t, errors.Join(renamed, delivered))
	})
}

// TestRenamesAndFilingsAtOnce: whatever the order, no submitted filing stands beside
// an open rename that it preceded or followed.
func TestRenamesAndFilingsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *filing.Options) { o.ReadingTime, o.CommitmentLife = 0, filingtest.Life })
	renamed, filed := 0, 0
	for range 40 {
		clerk := w.NewClerk(t, true)
		w.renameAtRegister(t, clerk, newName)
		d := w.Delivery(t, clerk)
		var all sync.WaitGroup
		var made, sent error
		all.Go(func() { _, made = w.Submit(context.Background(), clerk, newName, nil) })
		all.Go(func() {
			var f filing.Delivered
			if f, _, sent = w.Filings.Deliver(context.Background(), w.Person, d); sent != nil {
				return
			}
			var c filing.Commitment
			if c, sent = w.Filings.OpenCommitment(context.Background(), clerk, []uuid.UUID{f.ID}); sent != nil {
				return
			}
			_, sent = w.Filings.Submit(context.Background(), clerk, c.ID, []uuid.UUID{f.ID})
		})
		all.Wait()
		switch {
		case made == nil && errs.Code(sent) == "rename.open":
			renamed++
		case sent == nil && errs.Code(made) == "rename.filings_open":
			filed++
		default:
			t.Fatalf("rename: %v, filing: %v", made, sent)
		}
	}
	t.Logf("%d times the rename was first, %d times the filing", renamed, filed)
}
