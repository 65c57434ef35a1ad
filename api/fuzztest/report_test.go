package fuzztest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// report counts what was sent and what came of it.
type report struct {
	mu       sync.Mutex
	sent     int
	unsent   int
	classes  map[string]int
	callers  map[string]int
	statuses map[int]int
	reached  map[string]int // by operation
	taken    map[string]int // by operation: answered 2xx or 3xx
	gaps     map[string]int // what is told of and fails only a strict run
	slowest  time.Duration
	slow     string
}

func newReport() *report {
	return &report{classes: map[string]int{}, callers: map[string]int{}, statuses: map[int]int{}, reached: map[string]int{}, taken: map[string]int{}, gaps: map[string]int{}}
}

func (r *report) count(s *shot, a *answer) {
	r.sent++
	r.classes[s.class]++
	r.callers[s.by.name]++
	r.statuses[a.Status]++
	r.reached[s.op.OperationID]++
	if a.Status < 400 {
		r.taken[s.op.OperationID]++
	}
	if a.took > r.slowest {
		r.slowest, r.slow = a.took, s.op.OperationID+" "+s.note
	}
}

func (r *report) gap(what string) { r.gaps[what]++ }

// add joins the counts of a lane.
func (r *report) add(l *report) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent += l.sent
	r.unsent += l.unsent
	join(r.classes, l.classes)
	join(r.callers, l.callers)
	join(r.statuses, l.statuses)
	join(r.reached, l.reached)
	join(r.taken, l.taken)
	join(r.gaps, l.gaps)
	if l.slowest > r.slowest {
		r.slowest, r.slow = l.slowest, l.slow
	}
}

func join[K comparable](into, from map[K]int) {
	for k, n := range from {
		into[k] += n
	}
}

func table[K int | string](counts map[K]int) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, fmt.Sprintf("%v %d", k, counts[k]))
	}
	return strings.Join(out, ", ")
}

// print tells of the run, and fails when it did not reach what it is for.
func (r *report) print(t *testing.T, ops []operation, took time.Duration) {
	t.Helper()
	t.Logf("%d requests in %s, %.0f a second; %d more were no requests that anything would carry", r.sent, took.Round(time.Millisecond),
		float64(r.sent)/took.Seconds(), r.unsent)
	t.Logf("by class: %s", table(r.classes))
	t.Logf("by caller: %s", table(r.callers))
	t.Logf("by status: %s", table(r.statuses))
	t.Logf("gaps, which fail a strict run: %s", table(r.gaps))
	t.Logf("slowest: %s, %s", r.slowest.Round(time.Millisecond), r.slow)
	var never, unreached []string
	for _, op := range ops {
		if r.taken[op.OperationID] == 0 {
			never = append(never, op.OperationID)
		}
		if r.reached[op.OperationID] == 0 {
			unreached = append(unreached, op.OperationID)
		}
	}
	t.Logf("taken at least once: %d of %d operations; never: %s", len(ops)-len(never), len(ops), strings.Join(never, " "))
	if r.sent < 3000 || *only >= 0 {
		return
	}
	if len(unreached) > 0 {
		t.Errorf("never asked for: %s", strings.Join(unreached, " "))
	}
	if len(never)*10 > len(ops)*2 {
		t.Errorf("%d of %d operations took nothing at all: the requests are not sound enough", len(never), len(ops))
	}
}
