package filing_test

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/filing"
	"zhuce/internal/filing/filingtest"
	"zhuce/internal/pg"
)

// TestAStaleVersionWritesNothing shows the version guard alone, without the lock.
func TestAStaleVersionWritesNothing(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	d, err := w.Filings.Get(t.Context(), w.Clerk, w.Deliver(t, w.Clerk, 1)[0])
	if err != nil {
		t.Fatal(err)
	}
	seen := d.Filing
	seen.Version--
	err = w.DB.InTx(t.Context(), func(tx pg.Tx) error { return filing.WriteReturn(tx, w.Filings, w.Clerk, seen) })
	wantCode(t, err, "filing.stale")
	if s := one[string](t, w.DB, `SELECT status FROM filings WHERE id = ?`, seen.ID); s != "pending_submission" {
		t.Errorf("it moved to %s", s)
	}
}

// TestRowsAreLockedInIDOrder: with the table read in another order than the ids',
// the lower id is still locked first.
func TestRowsAreLockedInIDOrder(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	ids := w.Deliver(t, w.Clerk, 2)
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	low, high := ids[0], ids[1]
	// Written anew, the lower id stands last in the table.
	if err := w.DB.Read(t.Context()).Exec(`UPDATE filings SET updated_at = updated_at WHERE id = ?`, low).Error; err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	err := w.DB.InTx(t.Context(), func(holder pg.Tx) error {
		if err := holder.Exec(`SELECT 1 FROM filings WHERE id = ? FOR UPDATE`, low).Error; err != nil {
			return err
		}
		go func() {
			done <- w.DB.InTx(context.Background(), func(tx pg.Tx) error {
				if err := tx.Exec(`SET LOCAL enable_indexscan = off`).Error; err != nil {
					return err
				}
				if err := tx.Exec(`SET LOCAL enable_bitmapscan = off`).Error; err != nil {
					return err
				}
				_, err := filing.Lock(tx, w.Clerk, []uuid.UUID{high, low})
				return err
			})
		}()
		awaitLock(t, holder)
		return holder.Exec(`SELECT 1 FROM filings WHERE id = ? FOR UPDATE NOWAIT`, high).Error
	})
	if err != nil {
		t.Errorf("the higher id was locked first: %v", err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// awaitLock returns as soon as PostgreSQL says that somebody in this database
// waits for a lock, and fails the test when nobody does for ten seconds.
func awaitLock(t *testing.T, tx pg.Tx) {
	t.Helper()
	for begun := time.Now(); time.Since(begun) < 10*time.Second; {
		var waiting int
		if err := tx.Raw(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&waiting).Error; err != nil {
			t.Error(err)
			return
		}
		if waiting > 0 {
			return
		}
		if err := tx.Exec(`SELECT pg_stat_clear_snapshot()`).Error; err != nil {
			t.Error(err)
			return
		}
	}
	t.Error("nobody waits for the lock")
}
