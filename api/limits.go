package api

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxCallers bounds the memory of the limiter; past it, all callers start anew.
const maxCallers = 100_000

// limits allows each caller a sustained rate and a burst of ten seconds of it.
type limits struct {
	mu      sync.Mutex
	rate    rate.Limit
	now     func() time.Time
	callers map[string]*rate.Limiter
}

func newLimits(perSecond float64, now func() time.Time) *limits {
	return &limits{rate: rate.Limit(perSecond), now: now, callers: map[string]*rate.Limiter{}}
}

func (l *limits) allow(caller string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	lim := l.callers[caller]
	if lim == nil {
		if len(l.callers) >= maxCallers {
			clear(l.callers)
		}
		lim = rate.NewLimiter(l.rate, max(1, int(10*l.rate)))
		l.callers[caller] = lim
	}
	return lim.AllowN(l.now(), 1)
}
