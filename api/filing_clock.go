package api

import (
	"time"

	"zhuce/internal/filing"
)

// FilingClock is how long the authority that holds the filing may take for its present step.
type FilingClock struct {
	Step      string `json:"step" example:"province_acceptance"`
	StartedOn string `json:"started_on" format:"date" example:"2026-11-23"` // the day is not counted
	Days      int    `json:"days" example:"5"`                              // working days, an extension included
	DueOn     string `json:"due_on" format:"date" example:"2026-11-30"`     // the last day
	// DaysLeft counts working days, today not counted, the last day counted; below 0 once the last day is over.
	DaysLeft int  `json:"days_left" minimum:"-100000" example:"3"`
	Overdue  bool `json:"overdue" example:"false"`
	// OverdueAt is when the step was marked as overdue and the enterprise was told.
	OverdueAt *time.Time `json:"overdue_at" extensions:"x-nullable" example:"2026-12-01T00:05:00Z"`
	// Ending is what happens when the term runs out.
	Ending string `json:"ending" example:"deemed_accepted"`
	// Article is the rule that the term rests on; its words are in /meta.
	Article string `json:"article" example:"licence_32_4"`
	// PausedUntil is the last day that is left out while the clock stands still, in publicity or by the authority's word; null while it runs.
	PausedUntil  *string `json:"paused_until" format:"date" extensions:"x-nullable" example:"2026-12-14"`
	PauseReason  *string `json:"pause_reason" extensions:"x-nullable" example:"专家评审"`
	ExtendedDays int     `json:"extended_days" example:"0"` // working days that an extension has added
	// Official is false where a year that the term runs through has no published calendar: Monday to Friday are assumed.
	Official bool `json:"official" example:"true"`
}

// filingClock reads the clock; nil when no authority has to act.
func (a *API) filingClock(f filing.Filing) *FilingClock {
	c := a.app.Filings.StepClock(f, a.app.Now())
	if c == nil {
		return nil
	}
	return &FilingClock{Step: string(c.Step), StartedOn: c.StartedOn, Days: c.Days, DueOn: c.DueOn, DaysLeft: c.DaysLeft, Overdue: c.Overdue, OverdueAt: utc(c.OverdueAt),
		Ending: string(c.Ends), Article: string(c.Basis), PausedUntil: orNull(c.PausedUntil), PauseReason: orNull(c.PauseReason),
		ExtendedDays: c.Extended, Official: c.Official}
}
