package filing

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/errs"
	"zhuce/internal/idno"
	"zhuce/internal/label"
)

// DecisionPaperKind is what a paper that is given with a decision is.
type DecisionPaperKind string

// PaperGiven is a kind of paper with the decisions that it goes with; none: all.
type PaperGiven struct {
	Label
	With []Action
}

// PapersGiven are the kinds, in the order in which they are shown (行政许可法 arts. 32, 38, 44).
var PapersGiven = []PaperGiven{
	{label.New("acceptance_notice", "受理通知书", "Notice of acceptance"), []Action{Accept}},
	{label.New("refusal_notice", "不予受理决定书", "Decision not to accept"), []Action{Refuse}},
	{label.New("correction_notice", "补正通知书", "Notice of correction"), []Action{AskCorrection}},
	{label.New("examination_opinion", "初审意见", "Opinion of the first examination"), []Action{Forward}},
	{label.New("publicity_notice", "公示", "Notice of publicity"), []Action{Publish}},
	{label.New("approval_decision", "准予注册决定书", "Decision to register"), []Action{Approve}},
	{label.New("denial_decision", "不予注册决定书", "Decision not to register"), []Action{Deny}},
	{label.New("other", "其他文书", "Other paper"), nil},
}

// DecisionPaperKinds are their names.
func DecisionPaperKinds() []Label {
	out := make([]Label, len(PapersGiven))
	for i, p := range PapersGiven {
		out[i] = p.Label
	}
	return out
}

// GivenPaper is a paper of a decision: a file that the authority uploaded before.
type GivenPaper struct {
	Kind         DecisionPaperKind `json:"kind"`
	AttachmentID uuid.UUID         `json:"attachment_id"`
}

// CorrectionAsked is one thing to correct: a field of the delivery, or a kind of paper.
type CorrectionAsked struct {
	Field     string    `json:"field"` // one of [CorrectionFields]; "" for a paper
	PaperKind PaperKind `json:"paper_kind"`
	Text      string    `json:"text"`
}

// PublicityDays are the days of a publicity (公示), both counted, and where it can be read.
type PublicityDays struct {
	From  string `json:"from"`
	Until string `json:"until"`
	Link  string `json:"link"`
}

// CorrectionFields are the places of a delivery that can be asked to be corrected,
// as JSON pointers into it.
var CorrectionFields = []Label{
	label.New("/registration_type", "注册类型", "Registration type"), label.New("/profession", "注册专业", "Profession"),
	label.New("/person/name", "姓名", "Name"), label.New("/person/gender", "性别", "Gender"), label.New("/person/id_type", "证件类型", "ID document"),
	label.New("/person/id_number", "证件号码", "ID number"), label.New("/person/birth_date", "出生日期", "Birth date"),
	label.New("/person/ethnicity", "民族", "Ethnicity"), label.New("/person/education", "学历", "Education"), label.New("/person/school", "毕业院校", "School"),
	label.New("/person/major", "所学专业", "Major"), label.New("/person/graduated_on", "毕业时间", "Graduated on"), label.New("/person/title", "职称", "Title"),
	label.New("/person/mobile", "手机号", "Mobile"), label.New("/person/email", "邮箱", "E-mail"),
	label.New("/qualification/certificate_number", "资格证书编号", "Qualification certificate number"), label.New("/qualification/issued_on", "资格证书签发日期", "Qualification issued on"),
	label.New("/registration/certificate_number", "注册证书编号", "Registration certificate number"), label.New("/registration/seal_number", "执业印章注册号", "Seal number"),
	label.New("/registration/valid_until", "注册有效期止", "Registration valid until"),
	label.New("/employment/contract_type", "劳动合同类型", "Contract type"), label.New("/employment/contract_from", "合同起始日期", "Contract from"),
	label.New("/employment/contract_to", "合同截止日期", "Contract until"), label.New("/employment/previous_employer", "原聘用单位", "Previous employer"),
	label.New("/continuing_education/required_hours", "必修学时", "Required hours"), label.New("/continuing_education/elective_hours", "选修学时", "Elective hours"),
	label.New("/statement", "说明", "Statement"),
}

// publicityDays is how long a publicity lasts at least, by track and day.
var publicityDays = []struct {
	track Track
	days  int
	from  string
	why   string
}{
	{Architect, 10, "2008-03-15", "实施细则 art. 15: ten days, not counted (domain §1.4)"},
}

// What may be wrong with what a decision tells. Each is a detail of [ErrDecisionForm].
var (
	ErrDecisionForm = invalid("exchange.decision_invalid", "决定的内容有误，请按提示修改", "What the decision says breaks a rule; see errors")
	errBasis        = invalid("exchange.basis_required", "不予受理、通知补正和不予注册应当注明法律依据", "A refusal, a correction notice and a denial name their legal basis")
	errBasisUnfit   = invalid("exchange.basis_unfit", "该法律依据不适用于此项决定", "This legal basis is none of this decision")
	errBasisTrack   = conflict("exchange.basis_of_another_track", "法律依据“{basis}”不适用于{track}", "The legal basis “{basis}” is not one for {track}")
	errCorrections  = invalid("exchange.corrections_required", "补正通知应当一次告知需要补正的全部内容，逐项写明（行政许可法第三十二条）", "A correction notice says item by item, and once, all that is to be corrected")
	errNotAsked     = invalid("exchange.corrections_without_notice", "只有通知补正才列出补正内容", "Only a correction notice lists what to correct")
	errOneThing     = invalid("exchange.correction_of_one_thing", "每一项补正应指明一个字段或一种材料，二者必居其一，并写明内容", "Each item names either a field or a kind of paper, and says what to correct")
	errFieldUnknown = invalid("exchange.correction_field", "报送中没有这个字段", "A delivery has no such field")
	errPaperOf      = invalid("exchange.paper_of_another_decision", "此类文书不属于此项决定", "A paper of this kind does not go with this decision")
	errPaperTwice   = invalid("exchange.paper_repeated", "同一文书出现两次", "The same paper stands twice")
	errPaperGone    = invalid("exchange.paper_unknown", "文书不存在，或不是该客户端上传的，请先上传", "There is no such paper, or another client uploaded it; upload it first")
	errNotPublished = invalid("exchange.publicity_without_publishing", "只有公示才有公示期", "Only a publication has days of publicity")
	errPublicity    = invalid("exchange.publicity_days", "公示期应有起止日期，起不晚于止，且尚未结束、不超过一年", "A publicity has a first and a last day, in this order, not over yet and within a year")
	errTooShort     = conflict("exchange.publicity_too_short", "{track}的公示不少于 {days} 日", "For {track} a publicity lasts at least {days} days")
	errNumberInText = invalid("exchange.personal_number_in_text", "补正内容中请勿填写身份证件号码或手机号", "Do not write identity or phone numbers into what is to be corrected")
)

// checkTold judges what a decision says beside its reason, each with its place.
func (d *Decision) checkTold(now time.Time) []errs.Detail {
	c := &checker{today: today(now)}
	day := c.today.Format(time.DateOnly)
	c.refuse(len(d.Basis) > 0 || general[d.Action] == "", errBasis, "/legal_basis")
	for i, code := range d.Basis {
		g, ok := groundOf(code, day)
		c.refuse(ok && slices.Contains(g.Actions, d.Action), errBasisUnfit, "/legal_basis/"+strconv.Itoa(i))
	}
	d.checkCorrections(c, d.Corrections, "/corrections")
	d.checkPapers(c, d.Papers, "/papers")
	for i := range d.Items {
		item := &d.Items[i]
		c.refuse(d.Action != AskCorrection || len(d.Corrections)+len(item.Corrections) > 0, errCorrections, place(i, "corrections"))
		d.checkCorrections(c, item.Corrections, place(i, "corrections"))
		d.checkPapers(c, item.Papers, place(i, "papers"))
	}
	if p := d.Publicity; p != nil {
		c.refuse(d.Action == Publish, errNotPublished, "/publicity")
		from, ok := date(p.From)
		until, ok2 := date(p.Until)
		c.refuse(ok && ok2 && !from.After(until) && !until.Before(c.today) && until.Before(c.today.AddDate(1, 0, 1)), errPublicity, "/publicity")
	}
	return c.details
}

func (d *Decision) checkCorrections(c *checker, list []CorrectionAsked, at string) {
	c.refuse(len(list) == 0 || d.Action == AskCorrection, errNotAsked, at)
	for i := range list {
		asked, here := &list[i], at+"/"+strconv.Itoa(i)
		asked.Text = strings.TrimSpace(asked.Text)
		c.refuse((asked.Field == "") != (asked.PaperKind == "") && asked.Text != "", errOneThing, here)
		c.refuse(asked.Field == "" || label.Known(CorrectionFields, asked.Field), errFieldUnknown, here+"/field")
		c.refuse(asked.PaperKind == "" || label.Known(PaperKinds, string(asked.PaperKind)), errPaperKind, here+"/paper_kind")
		c.refuse(!idno.HasPersonalNumber(asked.Text), errNumberInText, here+"/text")
	}
}

func (d *Decision) checkPapers(c *checker, list []GivenPaper, at string) {
	for i, p := range list {
		kind := slices.IndexFunc(PapersGiven, func(g PaperGiven) bool { return g.Value == string(p.Kind) })
		c.refuse(kind >= 0 && (PapersGiven[kind].With == nil || slices.Contains(PapersGiven[kind].With, d.Action)), errPaperOf, at+"/"+strconv.Itoa(i)+"/kind")
		again := slices.ContainsFunc(list[:i], func(q GivenPaper) bool { return q.AttachmentID == p.AttachmentID })
		c.refuse(!again, errPaperTwice, at+"/"+strconv.Itoa(i)+"/attachment_id")
	}
}

// unfit says what of the decision cannot be said of this filing.
func (d *Decision) unfit(f Filing, now time.Time) *errs.Error {
	day := today(now).Format(time.DateOnly)
	track := label.TextOf(Tracks, string(f.Track))
	for _, code := range d.Basis {
		if g, _ := groundOf(code, day); g.Track != "" && g.Track != f.Track {
			return errBasisTrack.New("basis", errs.Text{ZH: g.ZH, EN: g.EN}, "track", track)
		}
	}
	if d.Publicity == nil {
		return nil
	}
	from, _ := date(d.Publicity.From)
	until, _ := date(d.Publicity.Until)
	for _, p := range publicityDays {
		if p.track == f.Track && p.from <= day && until.Before(from.AddDate(0, 0, p.days-1)) {
			return errTooShort.New("track", track, "days", p.days)
		}
	}
	return nil
}
