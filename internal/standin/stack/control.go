package stack

import (
	"encoding/json"
	"net/http"
	"time"
)

// maxAdvance bounds one move of the clock.
const maxAdvance = 366 * 24 * time.Hour

// moveClock moves the clock of the product and its stand-ins forward:
// {"advance_seconds": 60}. It answers with the new time.
func (s *Stack) moveClock(w http.ResponseWriter, r *http.Request) {
	var move struct {
		AdvanceSeconds int64 `json:"advance_seconds"`
	}
	r.Body = http.MaxBytesReader(w, r.Body, 1<<10)
	by := func() time.Duration { return time.Duration(move.AdvanceSeconds) * time.Second }
	if err := json.NewDecoder(r.Body).Decode(&move); err != nil || move.AdvanceSeconds < 0 || by() > maxAdvance {
		http.Error(w, `{"error":"advance_seconds must be a number from 0 to a year of seconds"}`, http.StatusBadRequest)
		return
	}
	s.Clock.Advance(by())
	// What the time makes due has happened when the answer is there.
	if err := s.App.SweepAll(r.Context()); err != nil {
		http.Error(w, `{"error":"a sweep failed"}`, http.StatusInternalServerError)
		s.log.Error("sweep failed", "cause", err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"now": s.Clock.Now().UTC()})
}
