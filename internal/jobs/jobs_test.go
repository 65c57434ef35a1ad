package jobs

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"testing"
	"time"

	"zhuce/internal/pg"
	"zhuce/internal/pg/pgtest"
)

type hello struct {
	Name string `json:"name"`
}

func (hello) Kind() string { return "test.hello" }

func runner(t *testing.T, db *pg.DB) *Runner {
	t.Helper()
	r, err := New(db, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func start(t *testing.T, r *Runner) (stop func()) {
	t.Helper()
	if err := r.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := r.Stop(ctx); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return stop
}

func order(t *testing.T, db *pg.DB, r *Runner, name string, then error) {
	t.Helper()
	err := db.InTx(t.Context(), func(tx pg.Tx) error {
		if err := r.PutTx(tx, hello{name}); err != nil {
			return err
		}
		return then
	})
	if !errors.Is(err, then) {
		t.Fatal(err)
	}
}

func receive[T any](t *testing.T, from <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(20 * time.Second):
		t.Fatal("nothing came")
	}
	return v
}

// pool is larger than a test's usual: two runners live on it.
func pool(c *pg.Config) { c.MaxConns = 10 }

func TestAJobIsDoneOnceItsTransactionCommits(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, pool)
	r := runner(t, db)
	done := make(chan string, 10)
	Register(r, time.Minute, func(_ context.Context, a hello) error { done <- a.Name; return nil })
	start(t, r)
	order(t, db, r, "never", errors.New("rolled back"))
	order(t, db, r, "committed", nil)
	if got := receive(t, done); got != "committed" {
		t.Errorf("%q was done", got)
	}
}

func TestAJobThatFailsIsTriedAgain(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, pool)
	r := runner(t, db)
	tries := make(chan int, 10)
	n := 0
	Register(r, time.Minute, func(context.Context, hello) error {
		n++
		tries <- n
		if n == 1 {
			panic("the first time")
		}
		return nil
	})
	start(t, r)
	order(t, db, r, "x", nil)
	receive(t, tries)
	if receive(t, tries) != 2 {
		t.Error("not tried again")
	}
}

// An instance that stops gives its job back, and another one takes it up.
func TestAJobUnderWayIsPickedUpByAnotherInstance(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, pool)
	began, done := make(chan string, 10), make(chan string, 10)
	leaving := runner(t, db)
	Register(leaving, time.Minute, func(ctx context.Context, a hello) error {
		began <- a.Name
		<-ctx.Done()
		return ctx.Err()
	})
	stop := start(t, leaving)
	order(t, db, leaving, "half", nil)
	receive(t, began)
	staying := runner(t, db)
	Register(staying, time.Minute, func(_ context.Context, a hello) error { done <- a.Name; return nil })
	start(t, staying)
	stop()
	if receive(t, done) != "half" {
		t.Error("another job was done")
	}
	var attempts int
	if err := db.Read(t.Context()).Raw(`SELECT attempt FROM river_job WHERE kind = 'test.hello'`).Scan(&attempts).Error; err != nil || attempts > 1 {
		t.Errorf("%d attempts %v: stopping was counted as a failure", attempts, err)
	}
}

func TestSweepsComeRoundOnOneInstance(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, pool)
	type run struct{ instance, n int }
	runs := make(chan run, 100)
	for i := range 2 {
		r := runner(t, db)
		n := 0
		if err := r.Every(
			Sweep{Name: "fails", Every: time.Hour, Run: func(context.Context) error { return errors.New("on purpose") }},
			Sweep{Name: "often", Every: time.Second, Run: func(context.Context) error {
				n++
				runs <- run{i, n}
				return nil
			}}); err != nil {
			t.Fatal(err)
		}
		start(t, r)
	}
	began := time.Now()
	for range 3 {
		receive(t, runs)
	}
	// Two instances that each kept their own time would have been done in half of it.
	if took := time.Since(began); took < 1500*time.Millisecond {
		t.Errorf("three runs in %s", took)
	}
}

func TestTwoSweepsOfOneNameAreAFault(t *testing.T) {
	t.Parallel()
	r := runner(t, pgtest.New(t))
	run := func(context.Context) error { return nil }
	if err := r.Every(Sweep{"a", time.Hour, run}, Sweep{"a", time.Hour, run}); err == nil {
		t.Error("taken")
	}
}
