package filing

import (
	"slices"
	"time"

	"zhuce/internal/auth"
	"zhuce/internal/errs"
)

// Action is something a party does to a filing.
type Action string

// The actions.
const (
	Deliver           Action = "deliver"            // 报送: the person hands it to the employer
	Submit            Action = "submit"             // 上报
	Return            Action = "return"             // 退回
	Accept            Action = "accept"             // 受理
	Refuse            Action = "refuse"             // 不予受理
	AskCorrection     Action = "ask_correction"     // 补正通知
	Forward           Action = "forward"            // 转报
	Publish           Action = "publish"            // 公示
	Approve           Action = "approve"            // 准予注册
	Deny              Action = "deny"               // 不予注册
	AskWithdrawal     Action = "ask_withdrawal"     // 申请撤回
	CancelWithdrawal  Action = "cancel_withdrawal"  // 取消撤回申请
	AgreeWithdrawal   Action = "agree_withdrawal"   // 同意撤回
	DeclineWithdrawal Action = "decline_withdrawal" // 不同意撤回
	Supplement        Action = "supplement"         // 补正资质
	Lapse             Action = "lapse"              // 预注册失效
	DeemAccept        Action = "deem_accept"        // 视为受理: the authority said nothing in time
	StepOverdue       Action = "step_overdue"       // 办理超期
	Pause             Action = "pause"              // 暂停计时
	Resume            Action = "resume"             // 恢复计时
	Extend            Action = "extend"             // 延长期限
)

// rule is one row of the state machine (spec §3): who may do what from where.
type rule struct {
	do    Action
	by    auth.Party
	on    Track // "" for both
	from  []Status
	to    Status // "" keeps the status: only a flag changes
	deny  *errs.Def
	guard []guard
}

// guard is a condition beside the status.
type guard struct {
	name string
	ok   func(Filing) bool
	deny *errs.Def
}

func conflict(code, zh, en string) *errs.Def { return errs.Define(errs.Conflict, code, zh, en) }

// The refusals, in the words that users say. {status} is the present status.
var (
	ErrDeliver     = conflict("filing.cannot_be_delivered", "申报当前为“{status}”，不能重新报送；只有已退回或待补正的申报可以重新报送", "The filing is “{status}”; only a returned one or one awaiting correction can be delivered again")
	ErrSubmit      = conflict("filing.only_pending_can_be_submitted", "只有未上报的申报可以上报（当前：{status}）", "Only a filing not yet submitted can be submitted (now: {status})")
	ErrReturn      = conflict("filing.only_pending_can_be_returned", "只有未上报的申报可以退回（当前：{status}）", "Only a filing not yet submitted can be returned (now: {status})")
	ErrAccept      = conflict("filing.only_pending_can_be_accepted", "只有未受理的申报可以受理（当前：{status}）", "Only a filing not yet accepted can be accepted (now: {status})")
	ErrRefuse      = conflict("filing.only_pending_can_be_refused", "只有未受理的申报可以不予受理（当前：{status}）", "Only a filing not yet accepted can be refused (now: {status})")
	ErrCorrection  = conflict("filing.only_pending_can_be_corrected", "只有未受理的申报可以通知补正（当前：{status}）", "Correction can be asked only of a filing not yet accepted (now: {status})")
	ErrForward     = conflict("filing.cannot_be_forwarded", "省级审查完成后才能转报（当前：{status}）", "The province forwards a filing only after its own step (now: {status})")
	ErrPublish     = conflict("filing.only_accepted_can_be_published", "只有部级已受理的申报可以公示（当前：{status}）", "Only a filing accepted by the ministry can be published (now: {status})")
	ErrDecide      = conflict("filing.cannot_be_decided", "只有部级已受理或公示中的申报可以作出决定（当前：{status}）", "Only a filing accepted by the ministry or in publicity can be decided (now: {status})")
	ErrWithdrawal  = conflict("filing.cannot_be_withdrawn", "只有省级未受理或部级未受理的申报可以撤回（当前：{status}）", "Only a filing not yet accepted by the province or the ministry can be withdrawn (now: {status})")
	ErrSupplement  = conflict("filing.cannot_be_supplemented", "只有已上报、尚未办结的预注册申报可以补正资质（当前：{status}）", "Only a submitted, undecided pre-registration can be supplemented (now: {status})")
	ErrLapse       = conflict("filing.cannot_lapse", "只有已上报、尚未办结的预注册申报会失效（当前：{status}）", "Only a submitted, undecided pre-registration lapses (now: {status})")
	ErrLapsed      = conflict("filing.pre_registration_lapsed", "逾期未补正资质，预注册已失效，不能再补正；经主管部门通知补正并重新上报后可以再次补正", "The deadline passed and the pre-registration has lapsed; it can be supplemented again only after a correction asked by the authority and a new submission")
	ErrDeem        = conflict("filing.cannot_be_deemed_accepted", "只有未受理的申报会视为受理（当前：{status}）", "Only a filing not yet accepted is deemed accepted (now: {status})")
	ErrOverdue     = conflict("filing.cannot_be_overdue", "只有主管部门办理中的申报会超期（当前：{status}）", "Only what an authority has to act upon becomes overdue (now: {status})")
	ErrIsOverdue   = conflict("filing.step_is_overdue", "本环节已超期", "The step is overdue already")
	ErrPause       = conflict("filing.cannot_be_paused", "只有审查或决定环节可以暂停计时（当前：{status}）", "The clock can be stopped only during examination or decision (now: {status})")
	ErrResume      = conflict("filing.cannot_be_resumed", "只有审查或决定环节可以恢复计时（当前：{status}）", "The clock can be restarted only during examination or decision (now: {status})")
	ErrExtend      = conflict("filing.cannot_be_extended", "只有部级决定环节可以延长期限（当前：{status}）", "Only the ministry's decision can be given more time (now: {status})")
	ErrIsPaused    = conflict("filing.clock_is_paused", "计时已暂停", "The clock has been stopped already")
	ErrNotPaused   = conflict("filing.clock_is_not_paused", "计时没有暂停", "The clock has not been stopped")
	ErrIsExtended  = conflict("filing.term_is_extended", "期限已延长过一次，不能再延长（行政许可法第四十二条）", "The term was extended once and cannot be again (Administrative Licensing Law art. 42)")
	ErrAsked       = conflict("filing.withdrawal_already_asked", "已申请撤回，等待企业同意", "Withdrawal was asked for already; the enterprise has to answer")
	ErrNotAsked    = conflict("filing.withdrawal_not_asked", "个人没有申请撤回", "The person has not asked to withdraw")
	ErrQualify     = conflict("filing.qualification_awaited", "预注册申报尚未补正资质，不能准予注册", "A pre-registration cannot be approved before the qualification is supplemented")
	ErrNotAwaiting = conflict("filing.no_qualification_awaited", "该申报不是待补正资质的预注册申报", "This filing awaits no qualification")
	ErrPublicity   = conflict("filing.publicity_runs", "公示期尚未结束，公示期满后才能准予注册", "The publicity has not ended; approval is open once it has")
	ErrWrongParty  = errs.Define(errs.Forbidden, "filing.wrong_party", "当前身份不能进行此操作", "Your side cannot do this")
	// ErrNotFound: the filing does not exist for this caller.
	ErrNotFound = errs.Define(errs.NotFound, "filing.not_found", "申报不存在", "There is no such filing")
)

var (
	pending    = []Status{ProvincePending, MinistryPending}
	afterwards = []Status{ProvincePending, ProvinceCorrection, ProvinceAccepted, MinistryPending, MinistryCorrection, MinistryAccepted, Publicity}

	answersMinistry = guard{"answers a ministry correction", func(f Filing) bool { return f.CorrectionFrom == "ministry" }, nil}
	asked           = guard{"withdrawal is asked for", func(f Filing) bool { return f.Withdrawal == WithdrawalRequested }, ErrNotAsked}
	notAsked        = guard{"no withdrawal is asked for", func(f Filing) bool { return f.Withdrawal != WithdrawalRequested }, ErrAsked}
	qualified       = guard{"no qualification is awaited", func(f Filing) bool { return f.PreRegistration == "" || f.PreRegistration == Supplemented }, ErrQualify}
	publicized      = guard{"no publicity runs", func(f Filing) bool { return !f.PublicityRuns }, ErrPublicity}
	notLapsed       = guard{"the pre-registration has not lapsed", func(f Filing) bool { return f.PreRegistration != Lapsed }, ErrLapsed}
	inTime          = guard{"the step is not overdue", func(f Filing) bool { return f.Clock.OverdueAt == nil }, ErrIsOverdue}
	paused          = guard{"the clock stands still", func(f Filing) bool { return f.Clock.PausedUntil != "" }, ErrNotPaused}
	running         = guard{"the clock runs", func(f Filing) bool { return f.Clock.PausedUntil == "" }, ErrIsPaused}
	notExtended     = guard{"the term was not extended", func(f Filing) bool { return f.Clock.Extended == 0 }, ErrIsExtended}
	awaiting        = guard{"a qualification is awaited", func(f Filing) bool { return f.PreRegistration == AwaitingQualification }, ErrNotAwaiting}
)

// rules is the state machine. The first row that fits decides; a guard without a
// refusal only chooses between rows.
var rules = []rule{
	{Deliver, auth.Person, "", []Status{Returned, ProvinceCorrection, MinistryCorrection}, PendingSubmission, ErrDeliver, nil},
	{Submit, auth.Enterprise, "", []Status{PendingSubmission}, MinistryPending, ErrSubmit, []guard{answersMinistry}},
	{Submit, auth.Enterprise, "", []Status{PendingSubmission}, ProvincePending, ErrSubmit, nil},
	{Return, auth.Enterprise, "", []Status{PendingSubmission}, Returned, ErrReturn, nil},

	{Accept, auth.Province, "", []Status{ProvincePending}, ProvinceAccepted, ErrAccept, nil},
	{Refuse, auth.Province, "", []Status{ProvincePending}, ProvinceRefused, ErrRefuse, nil},
	{AskCorrection, auth.Province, "", []Status{ProvincePending}, ProvinceCorrection, ErrCorrection, nil},
	{Forward, auth.Province, Architect, []Status{ProvinceAccepted}, MinistryPending, ErrForward, nil},
	{Forward, auth.Province, Engineer, []Status{ProvinceAccepted, ProvincePending}, MinistryPending, ErrForward, nil},

	{Accept, auth.Ministry, "", []Status{MinistryPending}, MinistryAccepted, ErrAccept, nil},
	{Refuse, auth.Ministry, "", []Status{MinistryPending}, MinistryRefused, ErrRefuse, nil},
	{AskCorrection, auth.Ministry, "", []Status{MinistryPending}, MinistryCorrection, ErrCorrection, nil},
	{Publish, auth.Ministry, "", []Status{MinistryAccepted}, Publicity, ErrPublish, nil},
	{Approve, auth.Ministry, "", []Status{MinistryAccepted, Publicity}, Approved, ErrDecide, []guard{qualified, publicized}},
	{Deny, auth.Ministry, "", []Status{MinistryAccepted, Publicity}, Denied, ErrDecide, nil},

	{AskWithdrawal, auth.Person, "", pending, "", ErrWithdrawal, []guard{notAsked}},
	{CancelWithdrawal, auth.Person, "", pending, "", ErrWithdrawal, []guard{asked}},
	{AgreeWithdrawal, auth.Enterprise, "", pending, Withdrawn, ErrWithdrawal, []guard{asked}},
	{DeclineWithdrawal, auth.Enterprise, "", pending, "", ErrWithdrawal, []guard{asked}},
	{Supplement, auth.Enterprise, "", afterwards, "", ErrSupplement, []guard{notLapsed, awaiting}},
	{Lapse, auth.System, "", afterwards, "", ErrLapse, []guard{awaiting}},

	{DeemAccept, auth.System, Architect, []Status{ProvincePending}, ProvinceAccepted, ErrDeem, nil},
	{DeemAccept, auth.System, "", []Status{MinistryPending}, MinistryAccepted, ErrDeem, nil},
	{StepOverdue, auth.System, Architect, []Status{ProvinceAccepted}, "", ErrOverdue, []guard{inTime}},
	{StepOverdue, auth.System, Engineer, []Status{ProvincePending, ProvinceAccepted}, "", ErrOverdue, []guard{inTime}},
	{StepOverdue, auth.System, "", []Status{MinistryAccepted, Publicity}, "", ErrOverdue, []guard{inTime}},
	{Pause, auth.Province, Architect, []Status{ProvinceAccepted}, "", ErrPause, []guard{running, inTime}},
	{Pause, auth.Ministry, "", []Status{MinistryAccepted}, "", ErrPause, []guard{running, inTime}},
	{Resume, auth.Province, Architect, []Status{ProvinceAccepted}, "", ErrResume, []guard{paused}},
	{Resume, auth.Ministry, "", []Status{MinistryAccepted}, "", ErrResume, []guard{paused}},
	{Resume, auth.System, "", []Status{ProvinceAccepted, MinistryAccepted, Publicity}, "", ErrResume, []guard{paused}},
	{Extend, auth.Ministry, "", []Status{MinistryAccepted, Publicity}, "", ErrExtend, []guard{notExtended, inTime}},
}

// Apply gives the filing as it stands after the action. It is pure: the clock
// comes in as now. Refusals: [ErrWrongParty] when no row lets this party act so,
// else the row's own, a Conflict with the present status as parameter.
func Apply(f Filing, do Action, by auth.Party, now time.Time) (Filing, *errs.Error) {
	r, refusal := find(f, do, by)
	if refusal != nil {
		return f, refusal
	}
	before := f.Status
	if r.to != "" {
		f.Status = r.to
	}
	switch do {
	case Submit:
		f.SubmittedAt, f.CorrectionFrom = &now, ""
	case Deliver:
		f.Revision++
		f.DeliveredAt = now
		f.QualificationDueOn = "" // the next submission sets it anew
		switch before {           // a returned correction stays one: the next submission still answers it
		case ProvinceCorrection:
			f.CorrectionFrom = "province"
		case MinistryCorrection:
			f.CorrectionFrom = "ministry"
		}
	case AskWithdrawal:
		f.Withdrawal = WithdrawalRequested
	case CancelWithdrawal:
		f.Withdrawal = ""
	case AgreeWithdrawal:
		f.Withdrawal = WithdrawalAgreed
	case DeclineWithdrawal:
		f.Withdrawal = WithdrawalDeclined
	case Supplement:
		f.PreRegistration = Supplemented
	case Lapse:
		f.PreRegistration = Lapsed
	}
	if f.Status != before && f.Withdrawal == WithdrawalRequested {
		f.Withdrawal = WithdrawalVoid // the authority was first
	}
	switch {
	case f.Status.Open():
		f.ClosedAt = nil
	case before.Open():
		f.ClosedAt = &now
	}
	f.UpdatedAt = now
	f.Version++
	return f, nil
}

// find gives the row that lets the party act, or why none does.
func find(f Filing, do Action, by auth.Party) (rule, *errs.Error) {
	var refusal *errs.Error
	for _, r := range rules {
		if r.do != do || r.by != by || r.on != "" && r.on != f.Track {
			continue
		}
		if !slices.Contains(r.from, f.Status) {
			refusal = r.deny.New("status", f.Status.Text())
			continue
		}
		if failed := slices.IndexFunc(r.guard, func(g guard) bool { return !g.ok(f) }); failed >= 0 {
			if deny := r.guard[failed].deny; deny != nil {
				return r, deny.New("status", f.Status.Text())
			}
			continue
		}
		return r, nil
	}
	if refusal == nil {
		refusal = ErrWrongParty.New()
	}
	return rule{}, refusal
}

// Allowance says whether an action is open to a party on a filing, and if not, why.
type Allowance struct {
	Action Action
	Denied *errs.Error // nil: open
}

// offered are the actions that a row shows to the enterprise.
var offered = []Action{Submit, Return, Supplement, AgreeWithdrawal, DeclineWithdrawal}

// Allowed says of every action that the enterprise may see whether it is open.
func Allowed(f Filing) []Allowance {
	out := make([]Allowance, len(offered))
	for i, do := range offered {
		_, refusal := find(f, do, auth.Enterprise)
		out[i] = Allowance{do, refusal}
	}
	return out
}

// AllowedWhile is [Allowed] while something bars the enterprise from submitting (see
// [Options.Barred]); nil bars nothing. What is closed anyway keeps its own reason.
func AllowedWhile(f Filing, barred *errs.Error) []Allowance {
	out := Allowed(f)
	for i, a := range out {
		if a.Action == Submit && a.Denied == nil {
			out[i].Denied = barred
		}
	}
	return out
}

// Open reports whether the filing is still under way. An open one stands in the
// way of a second filing of the same person and profession, and of a rename.
func (s Status) Open() bool { return s.Phase() != PhaseClosed }

// Phase says which side holds a filing of this status.
func (s Status) Phase() Phase {
	switch s {
	case PendingSubmission:
		return PhaseEnterprise
	case ProvincePending, ProvinceCorrection, ProvinceAccepted:
		return PhaseProvince
	case MinistryPending, MinistryCorrection, MinistryAccepted, Publicity:
		return PhaseMinistry
	default:
		return PhaseClosed
	}
}
