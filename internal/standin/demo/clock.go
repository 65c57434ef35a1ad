package demo

import (
	"sync"
	"time"
)

// ticker is a clock that moves a little with every look, so that what happens in
// one go does not all happen at one moment.
type ticker struct {
	mu   sync.Mutex
	now  time.Time
	step time.Duration
}

// Now gives the time and moves on by one step.
func (c *ticker) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(c.step)
	return c.now
}

// look gives the time and leaves it.
func (c *ticker) look() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// set goes to a time, never back.
func (c *ticker) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.After(c.now) {
		c.now = t
	}
}

func (c *ticker) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// pace sets how far one look moves the clock.
func (c *ticker) pace(step time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.step = step
}
