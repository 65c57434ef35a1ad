package appeal

import (
	"slices"
	"time"

	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/workday"
)

// Action is something a party does to a finding.
type Action string

// The actions.
const (
	Push      Action = "push"       // 推送: the authority's finding arrives
	SaveDraft Action = "save_draft" // 保存草稿
	Submit    Action = "submit"     // 提交申辩
	Review    Action = "review"     // 审核
	Uphold    Action = "uphold"     // 认定成立
	Reject    Action = "reject"     // 认定不成立
	Lapse     Action = "lapse"      // 逾期
)

// rule is one row of the state machine: who may do what from where.
type rule struct {
	do    Action
	by    []auth.Party
	from  []State
	to    State // "" keeps the state
	deny  *errs.Def
	guard *guard
}

// guard is a condition beside the state.
type guard struct {
	ok   func(Appeal, time.Time) bool
	deny *errs.Def
}

func conflict(code, zh, en string) *errs.Def { return errs.Define(errs.Conflict, code, zh, en) }

// The refusals, in the words that users say. {state} is the present state.
var (
	ErrDraft  = conflict("appeal.cannot_be_drafted", "只有待申辩或逾期未申辩的异常信息可以填写申辩（当前：{state}）", "A statement can be written only while it is awaited or overdue (now: {state})")
	ErrSubmit = conflict("appeal.cannot_be_submitted", "只有待申辩或逾期未申辩的异常信息可以提交申辩（当前：{state}）", "A statement can be submitted only while it is awaited or overdue (now: {state})")
	ErrReview = conflict("appeal.only_submitted_can_be_reviewed", "只有已申辩的异常信息可以进入审核（当前：{state}）", "Only a submitted statement can be taken under review (now: {state})")
	ErrUphold = conflict("appeal.decided_already", "该异常信息已有结论（当前：{state}）", "The finding is decided already (now: {state})")
	// ErrReject: nobody is decided against before having been heard (行政许可法 arts 7, 36).
	ErrReject     = conflict("appeal.cannot_be_rejected", "申辩期限内不能认定不成立；只有已申辩、审核中或逾期未申辩的可以（当前：{state}）", "Nothing can be rejected while the statement is awaited; only one submitted, under review or overdue (now: {state})")
	ErrLapse      = conflict("appeal.not_overdue", "未逾期（当前：{state}）", "Not overdue (now: {state})")
	ErrWrongParty = errs.Define(errs.Forbidden, "appeal.wrong_party", "当前身份不能进行此操作", "Your side cannot do this")
	// ErrNotFound: the finding does not exist for this caller.
	ErrNotFound = errs.Define(errs.NotFound, "appeal.not_found", "异常信息不存在", "There is no such finding")
)

var (
	employer  = []auth.Party{auth.Enterprise}
	authority = []auth.Party{auth.Province, auth.Ministry}
	clockwork = []auth.Party{auth.System}

	duePassed = &guard{func(a Appeal, now time.Time) bool { return !now.Before(a.dueEnd()) }, ErrLapse}
)

// rules is the state machine. A late statement is heard until the authority has
// decided, and is marked as late; lifting a finding harms nobody, so it needs no
// statement; see docs/adr/0014.
var rules = []rule{
	{SaveDraft, employer, []State{AwaitingStatement, Overdue}, "", ErrDraft, nil},
	{Submit, employer, []State{AwaitingStatement, Overdue}, Submitted, ErrSubmit, nil},
	{Review, authority, []State{Submitted}, UnderReview, ErrReview, nil},
	{Uphold, authority, []State{AwaitingStatement, Submitted, UnderReview, Overdue}, Upheld, ErrUphold, nil},
	{Reject, authority, []State{Submitted, UnderReview, Overdue}, Rejected, ErrReject, nil},
	{Lapse, clockwork, []State{AwaitingStatement}, Overdue, ErrLapse, duePassed},
}

// Apply gives the finding as it stands after the action. It is pure: the clock
// comes in as now. Refusals: [ErrWrongParty] when no row lets this party act so,
// else the row's own, a Conflict with the present state as parameter.
func Apply(a Appeal, do Action, by auth.Party, now time.Time) (Appeal, *errs.Error) {
	r, refusal := find(a, do, by, now)
	if refusal != nil {
		return a, refusal
	}
	if r.to != "" {
		a.State = r.to
		a.Step++
	}
	switch do {
	case Submit:
		a.SubmittedAt, a.Late = &now, duePassed.ok(a, now)
	case Lapse:
		a.OverdueAt = &now
	case Uphold, Reject:
		a.DecidedAt = &now
	}
	a.UpdatedAt = now
	a.Version++
	return a, nil
}

func find(a Appeal, do Action, by auth.Party, now time.Time) (rule, *errs.Error) {
	for _, r := range rules {
		switch {
		case r.do != do || !slices.Contains(r.by, by):
			continue
		case !slices.Contains(r.from, a.State):
			return r, r.deny.New("state", a.State.Text())
		case r.guard != nil && !r.guard.ok(a, now):
			return r, r.guard.deny.New("state", a.State.Text())
		}
		return r, nil
	}
	return rule{}, ErrWrongParty.New()
}

// Allowance says whether an action is open to a party on a finding, and if not, why.
type Allowance struct {
	Action Action
	Denied *errs.Error // nil: open
}

// Allowed says of every action that the enterprise may see whether it is open.
func Allowed(a Appeal, now time.Time) []Allowance {
	offered := []Action{SaveDraft, Submit}
	out := make([]Allowance, len(offered))
	for i, do := range offered {
		_, refusal := find(a, do, auth.Enterprise, now)
		out[i] = Allowance{do, refusal}
	}
	return out
}

// Open reports whether the finding still waits for somebody.
func (s State) Open() bool { return s != Upheld && s != Rejected }

// dueEnd is the moment at which the last day is over, in China.
func (a Appeal) dueEnd() time.Time { return workday.Day(a.DueOn).AddDate(0, 0, 1) }
