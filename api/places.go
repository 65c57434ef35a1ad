package api

import (
	"sync"

	"github.com/google/uuid"
)

// places bounds how much one caller holds open at this instance.
type places struct {
	each int

	mu    sync.Mutex
	taken map[uuid.UUID]int
}

func newPlaces(each int) *places { return &places{each: each, taken: map[uuid.UUID]int{}} }

// enter takes a place; false when the caller has all of theirs.
func (p *places) enter(caller uuid.UUID) (leave func(), ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken[caller] >= p.each {
		return nil, false
	}
	p.taken[caller]++
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.taken[caller]--; p.taken[caller] == 0 {
			delete(p.taken, caller)
		}
	}, true
}
