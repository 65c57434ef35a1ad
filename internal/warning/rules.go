package warning

import (
	"slices"
	"time"

	"zhuce/internal/filing"
	"zhuce/internal/workday"
)

// legalDeadlineDays: who files later than so many days before the end of the term
// has not filed in time (行政许可法 art. 50 para. 1).
const legalDeadlineDays = 30

// Horizon says how many days before its end a registration becomes which level,
// and how long an expired one stays in the list. The days are strictly falling.
type Horizon struct {
	Early, Near, Urgent int
	KeepExpired         int
}

// Level is the level of a registration with so many days left: 0 on its last
// day, negative after it. False when it is not in the list (any more).
func (h Horizon) Level(daysLeft int) (Level, bool) {
	switch {
	case daysLeft < -h.KeepExpired || daysLeft > h.Early:
		return "", false
	case daysLeft < 0:
		return Expired, true
	case daysLeft <= h.Urgent:
		return Urgent, true
	case daysLeft <= h.Near:
		return Near, true
	default:
		return Early, true
	}
}

// Threshold is the days left at which the level begins; 0 for [Expired].
func (h Horizon) Threshold(l Level) int {
	return map[Level]int{Early: h.Early, Near: h.Near, Urgent: h.Urgent}[l]
}

// span is the days left that a level covers, both ends included.
func (h Horizon) span(l Level) (from, to int) {
	switch l {
	case Expired:
		return -h.KeepExpired, -1
	case Urgent:
		return 0, h.Urgent
	case Near:
		return h.Urgent + 1, h.Near
	default:
		return h.Near + 1, h.Early
	}
}

// Facts are what a judgement is made from.
type Facts struct {
	Track      filing.Track
	ValidUntil time.Time // the last day of the term
	Today      time.Time
	Filing     *Filing // under way; nil for none
}

// Judgement is what the rules make of the facts.
type Judgement struct {
	Level     Level
	DaysLeft  int
	Deadline  time.Time // the last day on which a renewal is filed in time
	Situation Situation
	Step      Step
	Basis     []Article
}

// Judge is the whole of the rules; it is pure. False when the registration is
// not in the horizon.
func (h Horizon) Judge(f Facts) (Judgement, bool) {
	j := Judgement{DaysLeft: workday.Days(f.Today, f.ValidUntil), Deadline: deadline(f.ValidUntil)}
	level, listed := h.Level(j.DaysLeft)
	j.Level = level
	j.Situation = situation(f, j.DaysLeft < 0)
	j.Step = step(f.Filing, j.DaysLeft < 0)
	j.Basis = basis(f.Track, j.Situation, j.DaysLeft)
	return j, listed
}

func deadline(validUntil time.Time) time.Time {
	return workday.Day(validUntil).AddDate(0, 0, -legalDeadlineDays)
}

// situation must say the same as [situationSQL]; a test compares the two.
func situation(f Facts, over bool) Situation {
	switch {
	case f.Filing == nil || f.Filing.RegistrationType != filing.Renewal:
		return NothingFiled
	case f.Filing.FirstSubmittedAt == nil:
		return BeingPrepared
	case workday.Day(*f.Filing.FirstSubmittedAt).After(deadline(f.ValidUntil)):
		return FiledLate
	case over:
		return DeemedGranted
	default:
		return FiledInTime
	}
}

func step(f *Filing, over bool) Step {
	switch {
	case f == nil && over:
		return RegisterAnew
	case f == nil:
		return FileRenewal
	case f.RegistrationType == filing.Deregistration:
		return Deregistering
	case f.RegistrationType != filing.Renewal:
		return SettleOther
	case f.Status == filing.PendingSubmission:
		return SubmitFiling
	case f.Status == filing.ProvinceCorrection || f.Status == filing.MinistryCorrection:
		return AnswerCorrection
	default:
		return AwaitDecision
	}
}

// basis names the articles. For architects the 条例 opens the window inside the
// last 30 days while the 细则 and the 行政许可法 want the filing before them: nothing
// is ever blocked, and inside the last 30 days both are named.
func basis(track filing.Track, s Situation, daysLeft int) []Article {
	switch {
	case s == FiledInTime || s == DeemedGranted:
		return []Article{Licence50Deemed}
	case daysLeft < 0:
		return []Article{Licence70}
	case track == filing.Engineer:
		return []Article{Licence50Deadline, EngineerRules}
	case daysLeft <= legalDeadlineDays:
		return []Article{Licence50Deadline, DetailedRules, Regulation17}
	default:
		return []Article{Licence50Deadline, DetailedRules}
	}
}

// reminded are the situations that a level reminds of. Who filed in time has done
// what can be done; who filed late is told once more when the term is over,
// since the registration has then lapsed.
var reminded = map[Level][]Situation{
	Early:   {NothingFiled, BeingPrepared},
	Near:    {NothingFiled, BeingPrepared},
	Urgent:  {NothingFiled, BeingPrepared},
	Expired: {NothingFiled, BeingPrepared, FiledLate},
}

// Reminds reports whether the enterprise is reminded of such a registration. Who
// is leaving renews nothing.
func (j Judgement) Reminds() bool {
	return slices.Contains(reminded[j.Level], j.Situation) && j.Step != Deregistering
}
