package lifetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"zhuce/api/apitest"
)

// together sends messages at the same moment.
func (w *world) together(t *testing.T, all ...act) []*apitest.Answer {
	out := make([]*apitest.Answer, len(all))
	var sent sync.WaitGroup
	for i, a := range all {
		sent.Add(1)
		w.requests.Add(1)
		go func() { defer sent.Done(); out[i] = a.send(t) }()
	}
	sent.Wait()
	return out
}

// race sends two messages of any parties at the same moment: one of the two orders
// has to explain both answers and the timeline.
func (w *world) race(t *testing.T, f *filing, one, two [2]string) {
	both := make([]act, 0, 2)
	for _, x := range [][2]string{one, two} {
		a := w.message(f, x[0], x[1])
		if x[0] == "submit" {
			signed, refused := w.letter(t, f.firm, []string{f.id})
			if refused != nil {
				if _, why := f.after("submit", "enterprise", f.track, false); code(refused) != why {
					w.differs(t, f, "a letter: %d %s, the model says %q", refused.Status, code(refused), why)
				}
				return
			}
			a = signed
		}
		both = append(both, a)
	}
	got := w.together(t, both...)
	w.raced.Add(1)
	seen := timeline(w.detail(t, f))
	for _, order := range [][2]int{{0, 1}, {1, 0}} {
		s, line, fits := f.state, f.line, true
		for _, i := range order {
			next, why := s.after(both[i].do, both[i].by, f.track, f.delivery.PreRegistration)
			if fits = fits && code(got[i]) == why; why == "" {
				line = append(line[:len(line):len(line)], step{both[i].do, s.status, next.status})
				s = next
			}
		}
		if !fits || fmt.Sprint(line) != fmt.Sprint(seen) {
			continue
		}
		for _, i := range order {
			if next, why := f.after(both[i].do, both[i].by, f.track, f.delivery.PreRegistration); why == "" {
				w.note(f, both[i], next, string(got[i].Body))
			}
		}
		return
	}
	w.differs(t, f, "%v and %v at once: %d %s and %d %s, timeline %v; no order explains it", one, two, got[0].Status, code(got[0]), got[1].Status, code(got[1]), seen)
}

// submit takes the filing, and others of its enterprise that are ready, through one letter.
func (w *world) submit(t *testing.T, r *rand.Rand, f *filing) {
	batch, ids := []*filing{f}, []string{f.id}
	for _, o := range w.filings {
		if len(batch) < 1+r.IntN(5) && o != f && o.firm == f.firm && o.mu.TryLock() {
			if o.status != "pending_submission" || o.over {
				o.mu.Unlock()
				continue
			}
			defer o.mu.Unlock()
			batch, ids = append(batch, o), append(ids, o.id)
		}
	}
	_, why := f.after("submit", "enterprise", f.track, false)
	signed, refused := w.letter(t, f.firm, ids)
	w.requests.Add(1)
	if refused != nil || why != "" {
		if refused == nil || code(refused) != why {
			w.differs(t, f, "a letter: %v, the model says %q", refused, why)
		}
		w.refused.Add(1)
		return
	}
	all := []act{signed}
	if r.IntN(3) == 0 {
		w.doubled.Add(1)
		all = append(all, signed)
	}
	answers := w.together(t, all...)
	for _, got := range answers {
		if got.Status != 200 || string(got.Body) != string(answers[0].Body) {
			w.differs(t, f, "submit %v: %d %s", ids, got.Status, got.Body)
			return
		}
	}
	for _, o := range batch {
		next, _ := o.after("submit", "enterprise", o.track, o.delivery.PreRegistration)
		w.note(o, signed, next, string(answers[0].Body))
	}
}

// passDays moves the clock by days when enough lives are over, and lets happen what
// is due by then. Nobody acts meanwhile.
func (w *world) passDays(t *testing.T) {
	n := int(w.jumps.Load())
	due := []struct{ share, days int }{{5, 10}, {30, 31}, {60, 10}}
	if n >= len(due) || int(w.closed.Load())*100 < due[n].share*len(w.filings) || !w.jumps.CompareAndSwap(int64(n), int64(n+1)) {
		return
	}
	w.day.Lock()
	defer w.day.Unlock()
	w.env.Clock.Advance(time.Duration(due[n].days) * 24 * time.Hour)
	w.env.Sweep(t)
	today := w.env.Clock.Now().In(china)
	for _, f := range w.filings {
		f.sent = slices.DeleteFunc(f.sent, func(m replay) bool { return m.other == nil }) // a key is remembered for seven days, a ref for ever
		if submitted, err := time.ParseInLocation(time.DateOnly, f.submitOn, china); err == nil && submitted.AddDate(0, 0, 31).Before(today) {
			w.system(f, "lapse")
		}
		w.system(f, "deem_accept") // ten days are more than five working days, wherever they begin
	}
}

func (w *world) system(f *filing, do string) {
	if next, why := f.after(do, "system", f.track, false); why == "" {
		w.note(f, act{do: do, by: "system"}, next, "")
	}
}
