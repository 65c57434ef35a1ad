package api

import (
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
)

// china is the zone in which a user's days begin.
var china = time.FixedZone("Asia/Shanghai", 8*60*60)

// day is the beginning, in China, of a checked date plus days; zero for "".
func day(date string, plus int) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, date, china)
	if err != nil {
		return time.Time{}
	}
	return t.AddDate(0, 0, plus)
}

// uuids converts ids that validation has checked.
func uuids(ids []string) []uuid.UUID {
	out := make([]uuid.UUID, len(ids))
	for i, id := range ids {
		out[i] = uuid.MustParse(id)
	}
	return out
}

func idStrings(ids []uuid.UUID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = id.String()
	}
	return out
}

func idOrNull(id *uuid.UUID) *string {
	if id == nil {
		return nil
	}
	s := id.String()
	return &s
}

// forPeople are a row's actions, none for an integrator: it reads and does nothing.
func forPeople[T any](c echo.Context, actions []T) []T {
	if actor(c).Delegated() {
		return []T{}
	}
	return actions
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}
