package stack

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"zhuce/internal/workday"
)

// maxAdvance bounds one move of the clock.
const maxAdvance = 366 * 24 * time.Hour

var errMove = errors.New("one of advance_seconds (0 to a year of seconds), advance_workdays (1 to 250) and to (a later day, within a year) is wanted")

// move says how far the clock goes.
type move struct {
	AdvanceSeconds  *int64 `json:"advance_seconds"`
	AdvanceWorkdays int    `json:"advance_workdays"`
	To              string `json:"to"`
}

// opens is when a working day begins.
const opens = 9 * time.Hour

// by is how far forward that is from now; days are China's and begin at 9 o'clock.
func (m move) by(now time.Time, days *workday.Calendar) (time.Duration, error) {
	at := func(day time.Time) time.Time {
		y, month, d := day.Date()
		return time.Date(y, month, d, 0, 0, 0, 0, workday.China).Add(opens)
	}
	var d time.Duration
	switch {
	case m.AdvanceSeconds != nil && m.AdvanceWorkdays == 0 && m.To == "":
		if *m.AdvanceSeconds > int64(maxAdvance/time.Second) {
			return 0, errMove
		}
		d = time.Duration(*m.AdvanceSeconds) * time.Second
	case m.AdvanceSeconds == nil && m.AdvanceWorkdays >= 1 && m.AdvanceWorkdays <= 250 && m.To == "":
		d = at(days.Add(now, m.AdvanceWorkdays)).Sub(now)
	case m.AdvanceSeconds == nil && m.AdvanceWorkdays == 0 && m.To != "":
		day, err := time.Parse(time.DateOnly, m.To)
		if err != nil {
			return 0, errMove
		}
		d = at(day).Sub(now)
	default:
		return 0, errMove
	}
	if d < 0 || d > maxAdvance {
		return 0, errMove
	}
	return d, nil
}

// moveClock moves the clock of the product and its stand-ins forward: by
// {"advance_seconds": 60}, {"advance_workdays": 1}, or {"to": "2026-12-01"}. It
// answers with the new time.
func (s *Stack) moveClock(w http.ResponseWriter, r *http.Request) {
	var m move
	in := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<10))
	in.DisallowUnknownFields()
	err := in.Decode(&m)
	by, moveErr := m.by(s.Clock.Now(), s.App.Workdays)
	if err != nil || moveErr != nil {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": errMove.Error()})
		return
	}
	s.Clock.Advance(by)
	// What the time makes due has happened when the answer is there.
	if err := s.App.SweepAll(r.Context()); err != nil {
		http.Error(w, `{"error":"a sweep failed"}`, http.StatusInternalServerError)
		s.log.Error("sweep failed", "cause", err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"now": s.Clock.Now().UTC()})
}
