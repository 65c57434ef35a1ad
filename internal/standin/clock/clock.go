// Package clock is a clock that tests and the development stack can move. The
// product takes its clock as a func() time.Time and never sees this package.
package clock

import (
	"sync"
	"time"
)

// Clock tells a time that can be moved forward.
type Clock struct {
	mu     sync.Mutex
	base   func() time.Time
	offset time.Duration
}

// Frozen stands still at t until it is moved.
func Frozen(t time.Time) *Clock { return &Clock{base: func() time.Time { return t }} }

// Running goes with the machine's clock, plus what it was moved by.
func Running() *Clock { return &Clock{base: time.Now} }

// Now is the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.base().Add(c.offset)
}

// Advance moves the clock forward.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += d
}

// Restart takes back every move. Only a stack that begins anew may do so: nothing
// else that tells the time has ever seen it go back.
func (c *Clock) Restart() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset = 0
}
