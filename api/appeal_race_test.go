package api_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"zhuce/api/apitest"
	"zhuce/internal/appeal"
	"zhuce/internal/errs"
	"zhuce/internal/pg"
)

// A rejection and a late statement at the same moment: both wait for the finding's
// row, one of them is first, and no statement is rejected unread.
func TestOutcomeAgainstSubmission(t *testing.T) {
	t.Parallel()
	env := apitest.New(t, longSessions)
	firm, ministry := env.Enterprise(t), env.Ministry(t)
	won := map[string]int{}
	for range 6 {
		id := uuid.MustParse(env.Push(t, ministry, firm))
		env.Clock.Advance(36 * 24 * time.Hour)
		env.Sweep(t)
		drafted(t, env, firm, id.String())
		d, err := env.App.Appeals.Get(t.Context(), firm.Actor, id)
		if err != nil {
			t.Fatal(err)
		}
		var submitted, rejected error
		var wg sync.WaitGroup
		err = env.App.DB.InTx(t.Context(), func(holder pg.Tx) error {
			if err := holder.Exec(`SELECT 1 FROM appeals WHERE id = ? FOR UPDATE`, id).Error; err != nil {
				return err
			}
			wg.Go(func() {
				_, submitted = env.App.Appeals.Submit(context.WithoutCancel(t.Context()), firm.Actor, id, d.Version, true)
			})
			wg.Go(func() {
				_, _, rejected = env.App.Appeals.Decide(context.WithoutCancel(t.Context()), ministry.Actor, id,
					appeal.Decision{OutcomeRef: id.String(), Outcome: appeal.Rejected, Reason: "逾期未申辩", Step: &d.Step})
			})
			return await(t, holder, 2)
		})
		if err != nil {
			t.Fatal(err)
		}
		wg.Wait()
		switch {
		case submitted == nil && errs.Code(rejected) == "appeal.changed_since_read":
			won["submitted"]++
		case rejected == nil && errs.Code(submitted) == "appeal.cannot_be_submitted":
			won["rejected"]++
		default:
			t.Errorf("submitted: %v, rejected: %v", submitted, rejected)
		}
	}
	t.Log(won)
}

// Two sweeps at once, one of which finds a row held by a clerk: everything is told
// once, and what was held is taken by the next sweep.
func TestSweepsAtOnce(t *testing.T) {
	t.Parallel()
	env := apitest.New(t, longSessions)
	firm, ministry := env.Enterprise(t), env.Ministry(t)
	var held uuid.UUID
	for range 12 {
		held = uuid.MustParse(env.Push(t, ministry, firm))
	}
	overdue := func() int { return rows(t, env, `SELECT count(*) FROM appeals WHERE state = 'overdue'`) }
	env.Clock.Advance(40 * 24 * time.Hour)
	err := env.App.DB.InTx(t.Context(), func(holder pg.Tx) error {
		if err := holder.Exec(`SELECT 1 FROM appeals WHERE id = ? FOR UPDATE`, held).Error; err != nil {
			return err
		}
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if err := env.App.Appeals.Sweep(context.WithoutCancel(t.Context())); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := overdue(); n != 11 {
		t.Errorf("%d of the 11 that nobody held", n)
	}
	if err := env.App.Appeals.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := overdue(); n != 12 {
		t.Errorf("%d of 12", n)
	}
	if n := rows(t, env, `SELECT count(*) FROM messages WHERE code = 'appeal.overdue'`); n != 12 {
		t.Errorf("told %d times", n)
	}
	if n := rows(t, env, `SELECT count(*) FROM appeal_history WHERE action = 'lapse'`); n != 12 {
		t.Errorf("%d timeline entries", n)
	}
}

// The same finding sent twice at the same moment is one finding.
func TestAFindingTwiceAtOnce(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, ministry := env.Enterprise(t), env.Ministry(t)
	f := env.Finding(firm)
	var wg sync.WaitGroup
	ids := make([]string, 6)
	for i := range ids {
		wg.Go(func() { ids[i] = ministry.Post(t, "/exchange/findings", f).Text("id") })
	}
	wg.Wait()
	for _, id := range ids {
		if id == "" || id != ids[0] {
			t.Fatalf("answers %v", ids)
		}
	}
	if n := rows(t, env, `SELECT count(*) FROM messages WHERE code = 'appeal.arrived'`); n != 1 {
		t.Errorf("told %d times", n)
	}
}

// await returns once so many others wait for a lock.
func await(t *testing.T, holder pg.Tx, waiters int) error {
	t.Helper()
	for begun := time.Now(); time.Since(begun) < 10*time.Second; {
		var waiting int
		err := holder.Raw(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&waiting).Error
		if err != nil || waiting >= waiters {
			return err
		}
		if err := holder.Exec(`SELECT pg_stat_clear_snapshot()`).Error; err != nil {
			return err
		}
	}
	t.Error("nobody waits for the lock")
	return nil
}
