package filing

import (
	"slices"
	"time"

	"zhuce/internal/label"
)

// PaperKind is what a paper proves.
type PaperKind string

// The kinds of papers (domain §5).
const (
	ApplicationForm         PaperKind = "application_form"          // 申请表
	Identity                PaperKind = "identity"                  // 身份证件
	QualificationPaper      PaperKind = "qualification_certificate" // 资格证书
	EnterpriseQualification PaperKind = "enterprise_qualification"  // 单位资质证书副本
	EmploymentContract      PaperKind = "employment_contract"       // 劳动合同
	EducationProof          PaperKind = "continuing_education"      // 继续教育证明
	SocialInsurance         PaperKind = "social_insurance"          // 社会保险证明
	DepartureProof          PaperKind = "departure_proof"           // 解除劳动关系或调动证明
	NameChangeProof         PaperKind = "name_change_proof"         // 更名证明
	LossStatement           PaperKind = "loss_statement"            // 遗失声明
	OtherPaper              PaperKind = "other"                     // 其他
)

// PaperKinds are the kinds with their names, in the order in which they are shown.
var PaperKinds = []Label{
	label.New(string(ApplicationForm), "申请表", "Application form"),
	label.New(string(Identity), "身份证件", "Identity document"),
	label.New(string(QualificationPaper), "资格证书", "Qualification certificate"),
	label.New(string(EnterpriseQualification), "单位资质证书副本", "Copy of the enterprise's qualification"),
	label.New(string(EmploymentContract), "劳动合同", "Employment contract"),
	label.New(string(EducationProof), "继续教育证明", "Proof of continuing education"),
	label.New(string(SocialInsurance), "社会保险证明", "Proof of social insurance"),
	label.New(string(DepartureProof), "解除劳动关系或调动证明", "Proof of departure or transfer"),
	label.New(string(NameChangeProof), "更名证明", "Proof of a changed name"),
	label.New(string(LossStatement), "遗失声明", "Statement of loss"),
	label.New(string(OtherPaper), "其他", "Other"),
}

// demand is one row of the table of required papers: of whom, since when, and
// under which condition a kind of paper is asked for.
type demand struct {
	kind  PaperKind
	types []RegistrationType
	of    []Profession // nil: every profession
	when  *condition   // nil: always
	from  string       // the day from which the row applies
	until string       // the day from which it no longer does; "" while it stands
	why   string       // the source
}

// condition is a named question to the facts of a filing.
type condition struct {
	name string
	met  func(facts) bool
}

// facts are what the conditions look at.
type facts struct {
	form            Form
	preRegistration bool
	today           time.Time
}

// Limits behind the conditions (domain §16).
const (
	educationAfterYears = 3 // initial: years from the qualification certificate after which education is asked for
	renewalWithinMonths = 6 // change: with no more than this left, it is a renewal too
)

var (
	qualificationIsOld = &condition{"more than 3 years since the qualification certificate", func(f facts) bool {
		issued, ok := date(f.form.Qualification.IssuedOn)
		return ok && issued.AddDate(educationAfterYears, 0, 0).Before(f.today)
	}}
	termEndsSoon = &condition{"half a year or less of the term is left", func(f facts) bool {
		if f.form.Registration == nil {
			return false
		}
		until, ok := date(f.form.Registration.ValidUntil)
		return ok && !until.After(f.today.AddDate(0, renewalWithinMonths, 0))
	}}
	hasQualification = &condition{"the enterprise has a qualification: no pre-registration", func(f facts) bool {
		return !f.preRegistration
	}}

	// insured are the professions of which social insurance is asked (公用设备, 电气, 化工).
	insured = []Profession{"utility_hvac", "utility_water", "utility_power",
		"electrical_transmission", "electrical_supply", "chemical"}

	everyType = []RegistrationType{Initial, Renewal, Change, Correction, Deregistration}
)

const list2018 = "2018 list of scans for electronic filing (domain §5)"

// demands is the table of required papers.
var demands = []demand{
	{ApplicationForm, everyType, nil, nil, "2018-01-01", "", list2018},
	{Identity, []RegistrationType{Initial, Correction}, nil, nil, "2018-01-01", "", list2018},
	{QualificationPaper, []RegistrationType{Initial}, nil, nil, "2018-01-01", "", list2018},
	{EnterpriseQualification, []RegistrationType{Initial, Change}, nil, hasQualification, "2018-01-01", "", list2018 + "; manual §3.2.6"},
	{EmploymentContract, []RegistrationType{Initial, Renewal, Change}, nil, nil, "2018-01-01", "", list2018},
	{EducationProof, []RegistrationType{Renewal}, nil, nil, "2018-01-01", "", list2018},
	{EducationProof, []RegistrationType{Initial}, nil, qualificationIsOld, "2018-01-01", "", list2018},
	{EducationProof, []RegistrationType{Change}, nil, termEndsSoon, "2018-01-01", "", list2018},
	{SocialInsurance, []RegistrationType{Initial, Renewal, Change}, insured, nil, "2018-01-01", "", list2018},
	{DepartureProof, []RegistrationType{Change, Deregistration}, nil, nil, "2018-01-01", "", list2018},
}

// required gives the kinds of papers that are asked for, in the order of the
// table, each once.
func required(t RegistrationType, p Profession, f facts) []PaperKind {
	day := f.today.Format(time.DateOnly)
	var out []PaperKind
	for _, r := range demands {
		applies := slices.Contains(r.types, t) &&
			(r.of == nil || slices.Contains(r.of, p)) &&
			r.from <= day && (r.until == "" || day < r.until) &&
			(r.when == nil || r.when.met(f))
		if applies && !slices.Contains(out, r.kind) {
			out = append(out, r.kind)
		}
	}
	return out
}

// Missing gives the required kinds that the delivery has no paper of. A paper
// that the authority gets by data sharing counts as given (国务院令第716号 art. 7).
func (d Delivery) Missing(now time.Time) []PaperKind {
	need := required(d.RegistrationType, d.Profession, facts{d.Form, d.PreRegistration, today(now)})
	return slices.DeleteFunc(need, func(kind PaperKind) bool {
		return slices.ContainsFunc(d.Papers, func(p DeliveredPaper) bool { return p.Kind == kind })
	})
}

// Missing is the same question to a filing that is kept.
func (d Detail) Missing(now time.Time) []PaperKind {
	// A supplemented one too: its certificate stands in the supplement.
	need := required(d.RegistrationType, d.Profession, facts{d.Form, d.PreRegistration != "", today(now)})
	return slices.DeleteFunc(need, func(kind PaperKind) bool {
		return slices.ContainsFunc(d.Attachments, func(p Paper) bool { return p.Kind == string(kind) })
	})
}
