package rename

import (
	"slices"
	"strings"
	"time"

	"zhuce/internal/auth"
	"zhuce/internal/enterprise"
	"zhuce/internal/errs"
	"zhuce/internal/label"
	"zhuce/internal/registers"
)

// Action is something a party does to a rename.
type Action string

// The actions.
const (
	Submit  Action = "submit"  // 上报
	Approve Action = "approve" // 准予变更
	Refuse  Action = "refuse"  // 不予变更
)

// rule is one row of the state machine: who may do what from where.
type rule struct {
	do   Action
	by   auth.Party
	from Status // "" for one that is not made yet
	to   Status
	deny *errs.Def
}

func conflict(code, zh, en string) *errs.Def { return errs.Define(errs.Conflict, code, zh, en) }

// The refusals, in the words that users say.
var (
	ErrMade       = conflict("rename.already_submitted", "该企业名称变更已上报（{status}），不能再次上报", "This rename was submitted already ({status})")
	ErrDecided    = conflict("rename.already_decided", "该企业名称变更已有结果（{status}），不能再次办理", "This rename was decided already ({status})")
	ErrWrongParty = errs.Define(errs.Forbidden, "rename.wrong_party", "当前身份不能进行此操作", "Your side cannot do this")
	ErrNotFound   = errs.Define(errs.NotFound, "rename.not_found", "企业名称变更不存在", "There is no such rename")

	// ErrOpen stands in the way of everything that is submitted while a rename is open.
	ErrOpen        = conflict("rename.open", "企业名称变更 {reference}（变更为“{name}”）办理中，办结前不能上报", "The rename {reference} (to “{name}”) is under way; nothing can be submitted before it is decided")
	ErrAlreadyOpen = conflict("rename.already_open", "已有办理中的企业名称变更 {reference}，办结前不能再次变更", "A rename {reference} is under way already")
	// ErrFilingsOpen: 该单位名下有正在办理的注册申报业务时无法申报企业名称变更 (manual §3.7, note 1).
	ErrFilingsOpen = conflict("rename.filings_open", "有 {count} 件正在办理的申报，全部办结后才能变更企业名称", "{count} filings are open; the name can change once all are closed")
	errFilingOpen  = conflict("rename.filing_open", "申报 {reference}（{person}）当前为“{status}”", "Filing {reference} ({person}) is “{status}”")
	ErrNothing     = conflict("rename.nothing_to_rename", "市场监管登记的名称与本系统一致，无需变更", "The business register has the same name as this system; there is nothing to rename")
	ErrLogin       = conflict("rename.login_differs_alone", "登录账号中的名称为“{login}”，但市场监管登记的名称仍是“{name}”；以登记为准，无需变更",
		"The login says “{login}”, but the business register still says “{name}”; the register counts, so there is nothing to rename")
	// ErrOldAnswer: the register does not answer, and when it last did it knew of no new name.
	ErrOldAnswer = errs.Define(errs.Unavailable, "rename.register_answer_too_old", "市场监管登记暂时没有应答，上次查询时名称没有变化，请稍后再试",
		"The business register does not answer, and knew of no new name when it last did; try again later")
	ErrNameChanged = conflict("rename.name_changed", "页面上的名称与现在查到的名称“{name}”不一致，请刷新后核对", "The name you saw is no longer the one that is looked up (“{name}”); reload and check")
	ErrCopy        = errs.Define(errs.Invalid, "rename.copy_required", "所属行业为{industries}，请上传更名后的企业资质副本", "An enterprise of the industry {industries} must upload the copy of the renamed qualification certificate")
	ErrCopyUnknown = errs.Define(errs.Invalid, "rename.copy_unknown", "该文件不存在或不属于本企业，请重新上传", "There is no such file of this enterprise; upload it again")
)

// rules is the state machine. A rename has three states and cannot be taken back:
// its names are looked up, so there is nothing to have mistyped, and a wrong one is
// refused by the authority with a reason (docs/adr/0015-renames.md).
var rules = []rule{
	{Submit, auth.Enterprise, "", Submitted, ErrMade},
	{Approve, auth.Province, Submitted, Approved, ErrDecided},
	{Refuse, auth.Province, Submitted, Refused, ErrDecided},
	{Approve, auth.Ministry, Submitted, Approved, ErrDecided},
	{Refuse, auth.Ministry, Submitted, Refused, ErrDecided},
}

// Apply gives the rename as it stands after the action. It is pure: the clock comes
// in as now. Refusals: [ErrWrongParty] when no row lets this party act so, else the row's own.
func Apply(r Rename, do Action, by auth.Party, now time.Time) (Rename, *errs.Error) {
	i := slices.IndexFunc(rules, func(row rule) bool { return row.do == do && row.by == by })
	switch {
	case i < 0:
		return r, ErrWrongParty.New()
	case r.Status == "" && rules[i].from != "":
		return r, ErrNotFound.New()
	case r.Status != rules[i].from:
		return r, rules[i].deny.New("status", label.TextOf(Statuses, string(r.Status)))
	}
	r.Status = rules[i].to
	if r.Status == Submitted {
		r.SubmittedAt = now
	} else {
		r.DecidedAt = &now
	}
	r.Version++
	return r, nil
}

// Allowance says whether an action is open to a party on a rename, and if not, why.
type Allowance struct {
	Action Action
	Denied *errs.Error // nil: open
}

// Allowed says of every action that the party may see whether it is open. To the
// enterprise a made rename offers none.
func Allowed(r Rename, by auth.Party) []Allowance {
	var out []Allowance
	for _, row := range rules {
		if row.by == by && row.from != "" {
			_, denied := Apply(r, row.do, by, time.Time{})
			out = append(out, Allowance{row.do, denied})
		}
	}
	return out
}

// Facts are what a new rename rests on.
type Facts struct {
	Enterprise  enterprise.Enterprise
	Register    registers.LegalName
	Unanswered  *errs.Error // the register's refusal; nil when it answered or its last answer is kept
	Open        *Rename     // one that is under way
	OpenFilings int64
}

// NewName is the name that a rename would give, "" where there is none. The register
// is the source: a login that says otherwise is shown and does not count.
func (f Facts) NewName() string {
	if f.Unanswered != nil || sameName(f.Register.Name, f.Enterprise.Name) {
		return ""
	}
	return f.Register.Name
}

// Judge says why no rename can be made, nil when one can. What the clerk can act on
// comes before what has to be waited for.
func Judge(f Facts) *errs.Error {
	e := f.Enterprise
	switch {
	case !e.Saved():
		return enterprise.ErrNotSaved.New()
	case f.Open != nil:
		return ErrAlreadyOpen.New("reference", f.Open.Reference).With(ErrAlreadyOpen.About(f.Open.record(), "reference", f.Open.Reference))
	case f.OpenFilings > 0:
		return ErrFilingsOpen.New("count", f.OpenFilings)
	case f.Unanswered != nil:
		return f.Unanswered
	case f.NewName() != "":
		return nil
	case f.Register.Stale:
		return ErrOldAnswer.New()
	case !sameName(e.LoginName, e.Name):
		return ErrLogin.New("login", e.LoginName, "name", e.Name)
	default:
		return ErrNothing.New()
	}
}

// sameName compares names as registers spell them: brackets come full-width and
// half-width, and a blank means nothing in a Chinese name.
func sameName(a, b string) bool { return spelling.Replace(a) == spelling.Replace(b) }

var spelling = strings.NewReplacer("（", "(", "）", ")", " ", "", "\u3000", "")

func (r Rename) record() errs.Record {
	return errs.Record{Type: "rename", ID: r.ID.String(), Label: r.Reference, Status: string(r.Status)}
}

// openRefusal names the open rename in the way of a submission.
func (r Rename) openRefusal() *errs.Error {
	params := []any{"reference", r.Reference, "name", r.NewName}
	return ErrOpen.New(params...).With(ErrOpen.About(r.record(), params...))
}
