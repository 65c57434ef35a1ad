package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// sweepArgs name a sweep.
type sweepArgs struct {
	Name string `json:"name"`
}

func (sweepArgs) Kind() string { return "sweep" }

// Sweep is what must happen by itself as time passes.
type Sweep struct {
	Name  string
	Every time.Duration
	Run   func(context.Context) error
}

// sweepTime bounds one run; a sweep works in small transactions, so that an end
// halfway is no loss.
const sweepTime = 5 * time.Minute

// Every has the sweeps run in turn, on one instance at a time: the leader that
// river elects orders them, and a sweep that still waits or runs is not ordered
// again. Each runs soon after a start, and after a leader was lost. Call it once.
func (r *Runner) Every(sweeps ...Sweep) error {
	byName := make(map[string]Sweep, len(sweeps))
	for _, s := range sweeps {
		if _, twice := byName[s.Name]; twice {
			return fmt.Errorf("jobs: two sweeps are named %s", s.Name)
		}
		byName[s.Name] = s
	}
	Register(r, sweepTime, func(ctx context.Context, a sweepArgs) error {
		s, ok := byName[a.Name]
		if !ok {
			return nil // ordered by another release
		}
		if err := s.Run(ctx); err != nil {
			return fmt.Errorf("sweep %s: %w", a.Name, err)
		}
		return nil
	})
	for _, s := range sweeps {
		if _, err := r.client.PeriodicJobs().AddSafely(river.NewPeriodicJob(river.PeriodicInterval(s.Every),
			func() (river.JobArgs, *river.InsertOpts) { return sweepArgs{s.Name}, once },
			&river.PeriodicJobOpts{ID: s.Name, RunOnStart: true})); err != nil {
			return fmt.Errorf("jobs: sweep %s: %w", s.Name, err)
		}
	}
	return nil
}

// once: one that waits or runs stands for the next as well, and a sweep that
// failed comes round by itself.
var once = &river.InsertOpts{Queue: sweeps, MaxAttempts: 1, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning, rivertype.JobStateScheduled}}}
