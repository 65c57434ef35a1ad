package bell_test

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"zhuce/internal/bell"
	"zhuce/internal/pg"
	"zhuce/internal/pg/pgtest"
)

// patience bounds how long a ring may take; a ring that comes is not waited for.
const patience = 10 * time.Second

func rings(t *testing.T, what string, e *bell.Ear) {
	t.Helper()
	select {
	case <-e.C:
	case <-time.After(patience):
		t.Fatalf("%s: it never rang", what)
	}
}

func silent(t *testing.T, what string, e *bell.Ear) {
	t.Helper()
	select {
	case <-e.C:
		t.Errorf("%s: it rang", what)
	default:
	}
}

func ring(t *testing.T, db *pg.DB, keys ...string) {
	t.Helper()
	if err := db.InTx(t.Context(), func(tx pg.Tx) error { return bell.RingTx(tx, keys...) }); err != nil {
		t.Fatal(err)
	}
}

// ready waits until the line stands and has rung for it: an ear is woken by that
// first, and after it only by its keys.
func ready(t *testing.T, db *pg.DB, b *bell.Bell) {
	t.Helper()
	e := b.Wait("ready")
	defer e.Close()
	rings(t, "at once", e)
	ring(t, db, "ready") // in case that the line stood before
	rings(t, "the line stands", e)
	b.Wait("").Close() // behind all whom the line woke
}

func drain(e *bell.Ear) {
	select {
	case <-e.C:
	default:
	}
}

func TestRings(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	here, there := bell.New(db, slog.New(slog.DiscardHandler)), bell.New(db, slog.New(slog.DiscardHandler))
	defer here.Close()
	defer there.Close()
	one, other, far := here.Wait("one"), here.Wait("other"), there.Wait("one")
	defer other.Close()
	defer far.Close()
	ready(t, db, here)
	ready(t, db, there)
	for _, e := range []*bell.Ear{one, other, far} {
		drain(e)
	}

	ring(t, db, "one")
	rings(t, "on this instance", one)
	rings(t, "on another instance", far)
	silent(t, "another key", other)

	refused := errors.New("refused")
	err := db.InTx(t.Context(), func(tx pg.Tx) error {
		if err := bell.RingTx(tx, "other"); err != nil {
			return err
		}
		return refused
	})
	if !errors.Is(err, refused) {
		t.Fatal(err)
	}
	ring(t, db, "one") // comes behind: notifications keep the order of the commits
	rings(t, "after a rollback", one)
	silent(t, "what was rolled back", other)

	one.Close()
	one.Close()
	ring(t, db, "one", "other")
	rings(t, "who still waits", other)
	silent(t, "who has gone", one)
}

// A line that breaks is taken up again, and then rings for everybody: something
// may have been missed.
func TestABrokenLineRings(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	b := bell.New(db, slog.New(slog.DiscardHandler))
	defer b.Close()
	e := b.Wait("key")
	defer e.Close()
	ready(t, db, b)
	drain(e)
	if err := db.Read(t.Context()).Exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`).Error; err != nil {
		t.Fatal(err)
	}
	rings(t, "the line stands again", e)
	drain(e)
	ring(t, db, "key")
	rings(t, "on the new line", e)
}

func TestLeaving(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	b := bell.New(db, slog.New(slog.DiscardHandler))
	e := b.Wait("key")
	ready(t, db, b)
	b.Close()
	select {
	case <-b.Closed():
	default:
		t.Error("those who wait are not told")
	}
	e.Close()
	b.Wait("late").Close() // does no harm
	b.Close()
	listening(t, db, 0)
}

// Nobody waits: no connection is held.
func TestHangsUp(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	b := bell.New(db, slog.New(slog.DiscardHandler))
	e := b.Wait("key")
	ready(t, db, b)
	listening(t, db, 1)
	e.Close()
	listening(t, db, 0)
	b.Close()
}

func listening(t *testing.T, db *pg.DB, want int) {
	t.Helper()
	var have int
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if err := db.Read(t.Context()).Raw(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`).Scan(&have).Error; err != nil {
			t.Fatal(err)
		}
		if have == want {
			return
		}
	}
	t.Errorf("%d connections listen, wanted %d", have, want)
}
