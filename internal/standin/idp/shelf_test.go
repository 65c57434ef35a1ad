package idp

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The shelf behaves like a plain map with expiry dates, as long as it is not full.
func TestShelfIsAMapThatForgets(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		type entry struct {
			value int
			until time.Time
		}
		now, model := time.Unix(0, 0), map[string]entry{}
		s := newShelf[int](time.Minute)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			key := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "key")
			switch rapid.IntRange(0, 3).Draw(t, "do") {
			case 0:
				v := rapid.Int().Draw(t, "value")
				s.put(now, key, v)
				model[key] = entry{v, now.Add(time.Minute)}
			case 1:
				s.remove(key)
				delete(model, key)
			case 2:
				now = now.Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "seconds")) * time.Second)
			case 3:
				even := func(v int) bool { return v%2 == 0 }
				s.removeIf(even)
				for k, e := range model {
					if even(e.value) {
						delete(model, k)
					}
				}
			}
			want, ok := model[key]
			ok = ok && now.Before(want.until)
			if got, found := s.get(now, key); found != ok || found && got != want.value {
				t.Fatalf("%s: got %d %v, want %+v %v", key, got, found, want, ok)
			}
		}
	})
}

func TestShelfIsBounded(t *testing.T) {
	t.Parallel()
	now, s := time.Unix(0, 0), newShelf[int](time.Minute)
	for i := range capacity + 5 {
		s.put(now, fmt.Sprint(i), i)
	}
	if s.order.Len() != capacity || len(s.byKey) != capacity {
		t.Errorf("holds %d", s.order.Len())
	}
	if _, ok := s.get(now, "4"); ok {
		t.Error("the oldest is still there")
	}
	if _, ok := s.get(now, "5"); !ok {
		t.Error("more than the oldest went")
	}
	s.put(now.Add(time.Minute), "late", 1)
	if s.order.Len() != 1 || len(s.byKey) != 1 {
		t.Errorf("expired things stay: %d", s.order.Len())
	}
}

func TestReplayDuringExchangeGrantsNothing(t *testing.T) {
	t.Parallel()
	p, err := New(Options{Issuer: "http://localhost:1", BcryptCost: 4,
		Clients: []Client{{ID: "c", RedirectURIs: []string{"http://localhost:2/"}}}})
	if err != nil {
		t.Fatal(err)
	}
	p.codes.put(p.now(), "code", &code{request: &authRequest{}, made: p.now()})
	first, err := p.redeem("code")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.redeem("code"); err == nil {
		t.Fatal("redeemed twice")
	}
	if _, _, err := p.grant(first); err == nil {
		t.Error("the first exchange still got its token")
	}
}
