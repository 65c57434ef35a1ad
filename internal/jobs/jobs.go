// Package jobs runs what happens in the background, on the database that holds
// everything else: work that a transaction orders ([Runner.PutTx]) and sweeps
// that come round by themselves ([Runner.Every]).
//
// It is the only package that knows riverqueue/river. A domain declares a small
// struct of arguments with a Kind and a function; which instance runs it, and
// when, is not its concern. A job may run twice (an instance dies after the work
// and before it could say so), so its function asks the database what is left to do.
package jobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/rivertype"

	"zhuce/internal/pg"
)

// Args are what a job is told: ids, kept as JSON in the database. No personal data.
type Args interface{ Kind() string }

const (
	// poll is how often an instance looks for new work. There is no LISTEN: the
	// pool is database/sql's, which a job shares with the transaction that orders it.
	poll = 500 * time.Millisecond
	// longest is the longest time any job may take; a job that says nothing for
	// longer was left behind by an instance that died, and is given to another.
	longest = 15 * time.Minute
	// attempts are few: what fails is told to somebody, not tried for weeks.
	attempts = 5

	work, sweeps = "work", "sweeps" // the queues: a long job holds no sweep up
)

// Runner takes jobs and, once started, works on them.
type Runner struct {
	workers *river.Workers
	client  *river.Client[*sql.Tx]
	log     *slog.Logger
}

// New builds a runner on the pool. Register every kind before the first use.
func New(db *pg.DB, log *slog.Logger) (*Runner, error) {
	pool, err := db.Pool()
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	r := &Runner{workers: river.NewWorkers(), log: log}
	r.client, err = river.NewClient(riverdatabasesql.New(pool), &river.Config{
		Workers: r.workers,
		// One at a time and instance: what a large export takes of memory and connections is then what the server takes.
		Queues:               map[string]river.QueueConfig{work: {MaxWorkers: 1}, sweeps: {MaxWorkers: 1}},
		FetchPollInterval:    poll,
		JobTimeout:           longest,
		RescueStuckJobsAfter: longest + time.Minute,
		MaxAttempts:          attempts,
		// What is done need not be seen for long: the records tell of it.
		CompletedJobRetentionPeriod: time.Hour,
		CancelledJobRetentionPeriod: time.Hour,
		Logger:                      slog.New(quiet{log.Handler()}),
		ErrorHandler:                failures{log},
	})
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	return r, nil
}

// Register says what to do for jobs of the kind of A. The context ends after the
// timeout, and when the instance stops; then the job is given back, and another
// instance takes it up.
func Register[A Args](r *Runner, timeout time.Duration, run func(context.Context, A) error) {
	river.AddWorker(r.workers, &worker[A]{timeout: min(timeout, longest), run: run})
}

type worker[A Args] struct {
	river.WorkerDefaults[A]
	timeout time.Duration
	run     func(context.Context, A) error
}

func (w *worker[A]) Timeout(*river.Job[A]) time.Duration { return w.timeout }

func (w *worker[A]) Work(ctx context.Context, job *river.Job[A]) error {
	err := w.run(ctx, job.Args)
	if err != nil && errors.Is(ctx.Err(), context.Canceled) {
		return river.JobSnooze(0) // we stop: not the job's fault, and no attempt of it
	}
	return err
}

// PutTx orders a job: it exists when the transaction has committed, and not before.
func (r *Runner) PutTx(tx pg.Tx, a Args) error {
	conn, ok := tx.Statement.ConnPool.(*sql.Tx)
	if !ok {
		return errors.New("jobs: not in a transaction")
	}
	if _, err := r.client.InsertTx(tx.Statement.Context, conn, a, &river.InsertOpts{Queue: work}); err != nil {
		return fmt.Errorf("jobs: order %s: %w", a.Kind(), err)
	}
	return nil
}

// Start begins to work. It returns at once; call [Runner.Stop].
func (r *Runner) Start(ctx context.Context) error {
	if err := r.client.Start(ctx); err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	return nil
}

// Stop ends the jobs under way and gives them back. It returns when all have
// ended, or with an error when ctx is done before.
func (r *Runner) Stop(ctx context.Context) error {
	if err := r.client.StopAndCancel(ctx); err != nil {
		return fmt.Errorf("jobs: stop: %w", err)
	}
	return nil
}

// failures puts what went wrong into the log. Errors hold no personal data: see
// the habits of package errs.
type failures struct{ log *slog.Logger }

func (f failures) HandleError(ctx context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	f.log.LogAttrs(ctx, slog.LevelError, "job failed", slog.String("kind", job.Kind), slog.Int64("job", job.ID),
		slog.Int("attempt", job.Attempt), slog.Any("cause", err))
	return nil
}

func (f failures) HandlePanic(ctx context.Context, job *rivertype.JobRow, value any, trace string) *river.ErrorHandlerResult {
	f.log.LogAttrs(ctx, slog.LevelError, "job panicked", slog.String("kind", job.Kind), slog.Int64("job", job.ID),
		slog.Any("cause", value), slog.String("trace", trace))
	return nil
}

// quiet lets warnings through and nothing below.
type quiet struct{ slog.Handler }

func (q quiet) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && q.Handler.Enabled(ctx, l)
}

func (q quiet) WithAttrs(a []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(a)} }
func (q quiet) WithGroup(name string) slog.Handler   { return quiet{q.Handler.WithGroup(name)} }
