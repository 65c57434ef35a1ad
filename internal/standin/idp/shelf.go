package idp

import (
	"container/list"
	"time"
)

// shelf keeps things by key for a while, and never more than capacity of them: the oldest gives way. All
// live equally long, so the order of arrival is the order of expiry and tidying up costs next to nothing.
// It has no lock; Provider.mu guards it.
type shelf[V any] struct {
	life  time.Duration
	byKey map[string]*list.Element
	order *list.List // of slot[V], oldest first
}

type slot[V any] struct {
	key     string
	value   V
	expires time.Time
}

func newShelf[V any](life time.Duration) *shelf[V] {
	return &shelf[V]{life: life, byKey: map[string]*list.Element{}, order: list.New()}
}

// put stores v under key from now on, in place of what was there.
func (s *shelf[V]) put(now time.Time, key string, v V) {
	s.remove(key)
	s.byKey[key] = s.order.PushBack(slot[V]{key, v, now.Add(s.life)})
	for front := s.order.Front(); front != nil; front = s.order.Front() {
		oldest := front.Value.(slot[V])
		if s.order.Len() <= capacity && now.Before(oldest.expires) {
			return
		}
		s.remove(oldest.key)
	}
}

// get is what lies under key; false once it has expired.
func (s *shelf[V]) get(now time.Time, key string) (V, bool) {
	if e, ok := s.byKey[key]; ok {
		if it := e.Value.(slot[V]); now.Before(it.expires) {
			return it.value, true
		}
	}
	var none V
	return none, false
}

func (s *shelf[V]) remove(key string) {
	if e, ok := s.byKey[key]; ok {
		s.order.Remove(e)
		delete(s.byKey, key)
	}
}

// removeIf removes every thing that is asked about with yes.
func (s *shelf[V]) removeIf(gone func(V) bool) {
	for e := s.order.Front(); e != nil; {
		it, next := e.Value.(slot[V]), e.Next()
		if gone(it.value) {
			s.remove(it.key)
		}
		e = next
	}
}
