package filing

import "testing"

// Whatever a rule lets happen is told; a missing kind would only fail when it happens.
func TestEveryActionHasItsEvent(t *testing.T) {
	for _, r := range rules {
		if events[r.do] == nil {
			t.Errorf("%s has no event", r.do)
		}
	}
}
