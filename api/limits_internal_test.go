package api

import (
	"fmt"
	"testing"
	"time"
)

// A flood of newcomers neither empties the memory nor grows it: who has used up its
// quota stays without, and there is room again once some need not be remembered.
func TestLimiterMemoryIsBounded(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	l := newLimits(1, func() time.Time { return now })
	l.room = 100
	for range 10 {
		l.take("greedy")
	}
	allowed := 0
	for i := range 1000 {
		if _, _, ok := l.take(fmt.Sprint("newcomer ", i)); ok {
			allowed++
		}
	}
	if len(l.full) > l.room+1 {
		t.Errorf("%d callers are remembered, %d have room", len(l.full), l.room)
	}
	if allowed != 99+10 { // those with a place of their own, and one quota for the crowd
		t.Errorf("%d newcomers got through", allowed)
	}
	if _, _, ok := l.take("greedy"); ok {
		t.Error("the flood has let in who was over its quota")
	}
	now = now.Add(time.Second) // the newcomers are whole again; the greedy one has one request
	if _, key, ok := l.take("later"); !ok || key != "later" {
		t.Errorf("no place for %q", key)
	}
	if len(l.full) > 3 {
		t.Errorf("%d are still remembered", len(l.full))
	}
	if _, _, ok := l.take("greedy"); !ok {
		t.Error("a second later it has a request")
	}
	if _, _, ok := l.take("greedy"); ok {
		t.Error("and no other")
	}
}

// What the quota says is so: after so many seconds the next one passes, and not a moment before.
func TestQuotaIsTrue(t *testing.T) {
	t.Parallel()
	for _, perSecond := range []float64{0.05, 0.3, 1, 3, 7.7, 50, 1000} {
		now := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
		l := newLimits(perSecond, func() time.Time { return now })
		q, _, ok := l.take("x")
		for left := q.remaining; ok && left > 0; left-- {
			if q, _, ok = l.take("x"); q.remaining != left-1 {
				t.Fatalf("%v: %d left after %d", perSecond, q.remaining, left)
			}
		}
		q, _, ok = l.take("x")
		if ok || q.wait <= 0 || q.remaining != 0 {
			t.Fatalf("%v: the burst has no end: %+v", perSecond, q)
		}
		now = now.Add(q.wait - 1)
		if _, _, ok := l.take("x"); ok {
			t.Errorf("%v: let through before its time", perSecond)
		}
		now = now.Add(1)
		if q, _, ok = l.take("x"); !ok {
			t.Errorf("%v: not let through at its time", perSecond)
		}
		now = now.Add(q.reset)
		if q, _ := l.over("x"); q.remaining != q.limit-1 {
			t.Errorf("%v: after the reset %d of %d are left for the next", perSecond, q.remaining, q.limit)
		}
	}
}
