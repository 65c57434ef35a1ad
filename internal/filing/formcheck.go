package filing

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"zhuce/internal/errs"
	"zhuce/internal/idno"
	"zhuce/internal/label"
)

func invalid(code, zh, en string) *errs.Def { return errs.Define(errs.Invalid, code, zh, en) }

// ErrForm refuses a delivery whose contents break a rule; its details say where and why.
var ErrForm = invalid("filing.form_invalid", "申报内容有误，请按提示修改", "The filing breaks a rule; see errors")

// What may be wrong with a form. Each is a detail of [ErrForm] with its place.
var (
	errOption         = invalid("filing.not_an_option", "不是可选的值", "Not one of the values to choose from")
	errMissing        = invalid("filing.field_required", "此类注册必须填写", "Required for this registration type")
	errDay            = invalid("filing.not_a_date", "日期应写作 2026-01-31", "A date is written 2026-01-31")
	errIDNumber       = invalid("filing.id_number", "证件号码与证件类型不符，或校验码不对", "The number does not fit the document type, or its check character is wrong")
	errBirthDiffers   = invalid("filing.birth_date_differs", "出生日期与身份证号码不一致", "The birth date is not the one in the identity number")
	errGenderDiffers  = invalid("filing.gender_differs", "性别与身份证号码不一致", "The gender is not the one in the identity number")
	errAge            = invalid("filing.age", "年龄应在 18 至 100 周岁之间", "The age must be between 18 and 100 years")
	errFuture         = invalid("filing.date_in_future", "日期不能晚于今天", "The date cannot be after today")
	errPast           = invalid("filing.contract_over", "合同已到期", "The contract has ended")
	errOrder          = invalid("filing.dates_out_of_order", "起始日期不能晚于截止日期", "The first day cannot be after the last")
	errBeforeBirth    = invalid("filing.date_before_birth", "日期不能早于出生日期", "The date cannot be before the birth date")
	errFar            = invalid("filing.valid_until_too_far", "有效期止不可能在四年以后", "A registration cannot last for four years from now")
	errNoEnd          = invalid("filing.contract_without_end", "无固定期限合同没有截止日期", "An open-ended contract has no last day")
	errCertificate    = invalid("filing.certificate_number", "注册证书编号应为 {prefix} 加 9 位数字", "A registration certificate number is {prefix} and 9 digits")
	errSeal           = invalid("filing.seal_number", "执业印章注册号应为 7 位企业唯一码、“-{prefix}”和 3 位序号", "A seal number is 7 digits, “-{prefix}” and 3 digits")
	errHours          = invalid("filing.continuing_education_short", "延续注册需要 {hours} 学时", "A renewal needs {hours} hours")
	errNegativeHours  = invalid("filing.hours_out_of_range", "学时应在 0 至 1000 之间", "Hours are between 0 and 1000")
	errPre            = invalid("filing.pre_registration_not_for_type", "只有初始注册和变更注册可以预注册", "Only an initial registration and a change can be pre-registered")
	errStatement      = invalid("filing.statement_required", "更改补办和注销注册应说明原因", "A correction and a deregistration need a statement of the reason")
	errPaperKind      = invalid("filing.paper_kind", "不是可选的材料种类", "Not a kind of paper")
	errPaperNeither   = invalid("filing.paper_file_or_shared", "材料应是上传的文件，或注明已共享及其来源，二者必居其一", "A paper is either an uploaded file or shared with its source")
	errPaperUnknown   = invalid("filing.attachment_unknown", "附件不存在，或不是该客户端上传的", "There is no such attachment, or another client uploaded it")
	errPaperMissing   = invalid("filing.paper_missing", "缺少材料：{kind}", "A paper is missing: {kind}")
	errPersonalInText = invalid("filing.number_in_statement", "说明中请勿填写身份证件号码或手机号", "Do not write identity or phone numbers into the statement")
)

// idForms are the shapes of identity documents other than the resident card.
var idForms = map[string]*regexp.Regexp{
	"hk_macau_permit":      regexp.MustCompile(`^[HM][0-9]{8}([0-9]{2})?$`),
	"taiwan_permit":        regexp.MustCompile(`^[0-9]{8}([0-9]{2}[A-Z]?)?$`),
	"foreign_permanent_id": regexp.MustCompile(`^([A-Z]{3}[0-9]{12}|9[0-9]{16}[0-9X])$`),
	"passport":             regexp.MustCompile(`^[A-Z]{0,3}[0-9]{5,12}[A-Z]?$`),
}

// hours is how much continuing education a renewal needs, by track and day.
type hours struct {
	track              Track
	required, elective int
	from               string
	why                string
}

var renewalHours = []hours{
	{Architect, 40, 40, "2005-01-01", "two-year term, 80 hours (domain §1.3)"},
	{Engineer, 60, 60, "2005-04-01", "three-year term, 120 hours (domain §1.3)"},
}

// checker gathers what is wrong, each with its place in the body of the delivery.
type checker struct {
	today   time.Time
	details []errs.Detail
}

func (c *checker) refuse(ok bool, def *errs.Def, pointer string, params ...any) {
	if !ok {
		c.details = append(c.details, def.At(pointer, params...))
	}
}

func (c *checker) option(table []Label, value, pointer string) {
	if value == "" {
		c.refuse(false, errMissing, pointer)
		return
	}
	c.refuse(slices.ContainsFunc(table, func(l Label) bool { return l.Value == value }), errOption, pointer)
}

// day reads a date; what is empty is refused only where it must be given.
func (c *checker) day(value, pointer string, must bool) (time.Time, bool) {
	if value == "" {
		c.refuse(!must, errMissing, pointer)
		return time.Time{}, false
	}
	t, ok := date(value)
	c.refuse(ok, errDay, pointer)
	return t, ok
}

// normalize brings what was typed to its normal form: the numbers as idno does,
// certificate and seal numbers in capitals, texts without blanks around them.
func (d *Delivery) normalize() {
	d.Personal.IDNumber = idno.NormalizeID(d.Personal.IDNumber)
	d.Personal.Mobile = strings.TrimSpace(d.Personal.Mobile)
	d.Form.Person.Name = strings.TrimSpace(d.Form.Person.Name)
	d.Form.Statement = strings.TrimSpace(d.Form.Statement)
	if r := d.Form.Registration; r != nil {
		kept := *r
		kept.CertificateNumber = strings.ToUpper(strings.TrimSpace(r.CertificateNumber))
		kept.SealNumber = strings.ToUpper(strings.TrimSpace(r.SealNumber))
		d.Form.Registration = &kept
	}
}

// check judges a normalized delivery on a day, without looking at anything else.
func (d Delivery) check(now time.Time) []errs.Detail {
	c := &checker{today: today(now)}
	info, known := d.Profession.Info()
	c.refuse(known, errOption, "/profession")
	c.option(RegistrationTypes, string(d.RegistrationType), "/registration_type")
	c.refuse(!d.PreRegistration || d.RegistrationType == Initial || d.RegistrationType == Change, errPre, "/pre_registration")
	born := d.checkPerson(c)
	d.checkQualification(c, born)
	if known {
		d.checkRegistration(c, info)
		d.checkEducation(c, info.Track)
	}
	d.checkEmployment(c)
	c.refuse(d.Form.Statement != "" || d.RegistrationType != Correction && d.RegistrationType != Deregistration, errStatement, "/statement")
	c.refuse(!idno.HasPersonalNumber(d.Form.Statement), errPersonalInText, "/statement")
	d.checkPapers(c, now)
	return c.details
}

// checkPerson returns the birth date, zero where there is none to go by.
func (d Delivery) checkPerson(c *checker) time.Time {
	p, number := d.Form.Person, d.Personal.IDNumber
	c.refuse(p.Name != "", errMissing, "/person/name")
	c.option(Genders, p.Gender, "/person/gender")
	c.option(IDTypes, p.IDType, "/person/id_type")
	if p.Education != "" {
		c.option(Educations, p.Education, "/person/education")
	}
	born, ok := c.day(p.BirthDate, "/person/birth_date", true)
	if ok {
		c.refuse(!born.AddDate(18, 0, 0).After(c.today) && born.AddDate(100, 0, 0).After(c.today), errAge, "/person/birth_date")
	}
	if form := idForms[p.IDType]; form != nil {
		c.refuse(form.MatchString(number), errIDNumber, "/person/id_number")
	} else if p.IDType == "resident_id" {
		says, valid := idno.ResidentBirthDate(number)
		c.refuse(valid, errIDNumber, "/person/id_number")
		if valid {
			gender, _ := idno.ResidentGender(number)
			c.refuse(!ok || says.Equal(born), errBirthDiffers, "/person/birth_date")
			said := p.Gender == "male" || p.Gender == "female"
			c.refuse(!said || p.Gender == gender, errGenderDiffers, "/person/gender")
		}
	}
	if graduated, given := c.day(p.GraduatedOn, "/person/graduated_on", false); given {
		c.refuse(!graduated.After(c.today), errFuture, "/person/graduated_on")
		c.refuse(graduated.After(born), errBeforeBirth, "/person/graduated_on")
	}
	return born
}

func (d Delivery) checkQualification(c *checker, born time.Time) {
	initial := d.RegistrationType == Initial
	q := d.Form.Qualification
	c.refuse(q.CertificateNumber != "" || !initial, errMissing, "/qualification/certificate_number")
	if issued, given := c.day(q.IssuedOn, "/qualification/issued_on", initial); given {
		c.refuse(!issued.After(c.today), errFuture, "/qualification/issued_on")
		c.refuse(issued.After(born), errBeforeBirth, "/qualification/issued_on")
	}
}

// checkRegistration: every type but the initial one acts upon a registration. The
// seal number may be left out: enterprises outside of construction keep numbers
// of an older form (domain §2.3).
func (d Delivery) checkRegistration(c *checker, info ProfessionInfo) {
	r := d.Form.Registration
	if r == nil {
		known := slices.ContainsFunc(RegistrationTypes, func(l Label) bool { return l.Value == string(d.RegistrationType) })
		c.refuse(!known || d.RegistrationType == Initial, errMissing, "/registration")
		return
	}
	prefix := info.CertificatePrefix
	number, ok := strings.CutPrefix(r.CertificateNumber, prefix)
	c.refuse(ok && ninths.MatchString(number), errCertificate, "/registration/certificate_number", "prefix", prefix)
	if r.SealNumber != "" {
		head, serial, _ := strings.Cut(r.SealNumber, "-")
		tail, ok := strings.CutPrefix(serial, prefix)
		c.refuse(ok && sevenths.MatchString(head) && thirds.MatchString(tail), errSeal, "/registration/seal_number", "prefix", prefix)
	}
	if until, given := c.day(r.ValidUntil, "/registration/valid_until", true); given {
		// A renewal well before the end leaves more than one term of three years.
		c.refuse(!until.After(c.today.AddDate(4, 0, -1)), errFar, "/registration/valid_until")
	}
}

var (
	ninths   = regexp.MustCompile(`^[0-9]{9}$`)
	sevenths = regexp.MustCompile(`^[0-9]{7}$`)
	thirds   = regexp.MustCompile(`^[0-9]{3}$`)
)

// checkEmployment: who leaves (deregistration) needs no running contract.
func (d Delivery) checkEmployment(c *checker) {
	e, leaving := d.Form.Employment, d.RegistrationType == Deregistration
	if e.ContractType != "" || !leaving {
		c.option(ContractTypes, e.ContractType, "/employment/contract_type")
	}
	from, hasFrom := c.day(e.ContractFrom, "/employment/contract_from", !leaving)
	endless := e.ContractType == "open_ended"
	to, hasTo := c.day(e.ContractTo, "/employment/contract_to", !leaving && !endless)
	if !hasTo {
		return
	}
	c.refuse(!endless, errNoEnd, "/employment/contract_to")
	c.refuse(!hasFrom || !from.After(to), errOrder, "/employment/contract_from")
	c.refuse(leaving || !to.Before(c.today), errPast, "/employment/contract_to")
}

func (d Delivery) checkEducation(c *checker, track Track) {
	e := d.Form.ContinuingEducation
	c.refuse(e.RequiredHours >= 0 && e.RequiredHours <= 1000, errNegativeHours, "/continuing_education/required_hours")
	c.refuse(e.ElectiveHours >= 0 && e.ElectiveHours <= 1000, errNegativeHours, "/continuing_education/elective_hours")
	if d.RegistrationType != Renewal {
		return
	}
	day := c.today.Format(time.DateOnly)
	var need hours // the newest row that applies
	for _, h := range renewalHours {
		if h.track == track && h.from <= day && h.from > need.from {
			need = h
		}
	}
	c.refuse(e.RequiredHours < 0 || e.RequiredHours >= need.required, errHours, "/continuing_education/required_hours", "hours", need.required)
	c.refuse(e.ElectiveHours < 0 || e.ElectiveHours >= need.elective, errHours, "/continuing_education/elective_hours", "hours", need.elective)
}

// checkPapers: each paper is a file or shared, and none that is required is missing.
func (d Delivery) checkPapers(c *checker, now time.Time) {
	for i, p := range d.Papers {
		at := "/attachments/" + strconv.Itoa(i)
		c.refuse(slices.ContainsFunc(PaperKinds, func(l Label) bool { return l.Value == string(p.Kind) }), errPaperKind, at+"/kind")
		c.refuse((p.AttachmentID != nil) != p.Shared && p.Shared == (p.SharedSource != ""), errPaperNeither, at)
	}
	for _, kind := range d.Missing(now) {
		c.details = append(c.details, errPaperMissing.At("/attachments", "kind", label.TextOf(PaperKinds, string(kind))))
	}
}
