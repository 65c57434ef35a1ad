package filing

import (
	"time"

	"zhuce/internal/workday"
)

// Clock is the legal clock of a filing that an authority holds: what the present step
// was measured by when it began, and what has happened to it since. The zero Clock
// means that none runs. Days are days in China, written 2006-01-02; "" is none.
type Clock struct {
	Step        Step
	StartedOn   string // not counted
	Days        int    // working days that the step may take, an extension included
	Used        int    // … of which so many had passed when the clock last stood still
	RunsFrom    string // the day after which days count (again)
	DueOn       string // the last day
	PausedUntil string // the last day that is left out, while the clock stands still
	PauseReason string // "" in publicity, which needs none
	Extended    int    // working days that art. 42 has added
	OverdueAt   *time.Time
}

// MaxPause bounds the told length of a pause, in working days.
const MaxPause = 60

// nextClock is the clock after a move, on a day. The rules in one place:
//   - a step begins when the filing enters it; its day is not counted;
//   - deemed acceptance works back: what follows runs from the day of receipt;
//   - a correction, and whatever leaves the authorities, ends the clock;
//   - publicity and a told pause leave days out; what was used before stays used;
//   - a step that has run out stays so, whatever is left out afterwards.
func nextClock(cal *workday.Calendar, m move, st step, now time.Time) Clock {
	step := stepOf(m.after)
	if step == "" {
		return Clock{}
	}
	day, c := workday.Day(now), m.before.Clock
	if c.Step != step || m.before.Status.Phase() == PhaseEnterprise {
		from := day
		if st.action == DeemAccept && c.StartedOn != "" {
			from = dayOf(c.StartedOn)
		}
		return startClock(cal, step, m.after, from)
	}
	switch st.action {
	case Publish:
		if c.PausedUntil != "" {
			c = c.resume(cal, day)
		}
		return c.pause(cal, day, publicityEnds(cal, m.after, day), "")
	case Pause:
		return c.pause(cal, day, cal.Add(day, st.days), st.reason)
	case Resume:
		return c.resume(cal, day)
	case Extend:
		t, _ := termIn(Terms, extension, m.after, c.StartedOn)
		c.Days += t.Days
		c.Extended = t.Days
		c.DueOn = c.due(cal)
	case StepOverdue:
		c.OverdueAt = &now
	}
	return c
}

// startClock starts the clock of a step on a day.
func startClock(cal *workday.Calendar, step Step, f Filing, day time.Time) Clock {
	on := workday.Date(day)
	t, known := termIn(Terms, step, f, on)
	if !known { // before any rule: the first that came
		t, _ = termIn(Terms, step, f, engineerRules)
	}
	c := Clock{Step: step, StartedOn: on, Days: t.Days, RunsFrom: on}
	c.DueOn = c.due(cal)
	return c
}

func (c Clock) due(cal *workday.Calendar) string {
	return workday.Date(cal.Add(dayOf(c.RunsFrom), c.Days-c.Used))
}

// publicityEnds is the last day of the publicity: the one that the ministry named, else
// so many working days after this one.
func publicityEnds(cal *workday.Calendar, f Filing, day time.Time) time.Time {
	if f.PublicityUntil != "" {
		return dayOf(f.PublicityUntil)
	}
	t, _ := termIn(Terms, publicityLeftOut, f, workday.Date(day))
	return cal.Add(day, t.Days)
}

// pause leaves out what comes after the day, which itself still counts, up to another.
func (c Clock) pause(cal *workday.Calendar, day, until time.Time, why string) Clock {
	if workday.Date(day) > c.DueOn || !until.After(day) {
		return c
	}
	c.Used += cal.Between(dayOf(c.RunsFrom), day)
	c.RunsFrom = workday.Date(until)
	c.PausedUntil, c.PauseReason, c.DueOn = c.RunsFrom, why, c.due(cal)
	return c
}

// resume lets the clock run again: from the day on if it comes early, else from the
// told end.
func (c Clock) resume(cal *workday.Calendar, day time.Time) Clock {
	if on := workday.Date(day); on < c.RunsFrom {
		c.RunsFrom = on
	}
	c.PausedUntil, c.PauseReason, c.DueOn = "", "", c.due(cal)
	return c
}

// runOut refuses to stop or to stretch a term whose last day is over, also before the
// sweep has marked it.
func runOut(do Action, moves []move, now time.Time) (refused []Refusal) {
	if do != Pause && do != Extend {
		return nil
	}
	for _, m := range moves {
		if due := m.before.Clock.DueOn; due < workday.Date(now) {
			refused = append(refused, Refusal{m.before.ID, m.before.PersonName, m.before.Status, ErrStepOver.New("due_on", due)})
		}
	}
	return refused
}

func dayOf(date string) time.Time {
	t, _ := time.ParseInLocation(time.DateOnly, date, workday.China) // written by workday.Date
	return t
}

// StepClock is a clock as it is read on a day.
type StepClock struct {
	Clock
	DaysLeft int  // working days, today not counted, the last day counted; below 0 once it has run out
	Overdue  bool // the last day is over, whether or not anything has noticed yet
	Official bool // the calendar of every year it runs through was published
	Basis    Article
	Ends     Ending
}

// StepClock reads the filing's clock; nil when none runs.
func (s *Service) StepClock(f Filing, now time.Time) *StepClock {
	if f.Clock.Step == "" {
		return nil
	}
	t, _ := termIn(Terms, f.Clock.Step, f, f.Clock.StartedOn)
	day, due := workday.Day(now), dayOf(f.Clock.DueOn)
	r := &StepClock{Clock: f.Clock, Overdue: day.After(due), Official: s.workdays.OfficialBetween(dayOf(f.Clock.StartedOn), due), Basis: t.Basis, Ends: t.Ends}
	if from := dayOf(f.Clock.RunsFrom); from.After(day) {
		day = from
	}
	r.DaysLeft = s.workdays.Between(day, due)
	return r
}
