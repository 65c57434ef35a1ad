package filing

import (
	"context"
	"slices"
	"time"

	"zhuce/internal/auth"
	"zhuce/internal/enterprise"
	"zhuce/internal/errs"
	"zhuce/internal/label"
	"zhuce/internal/registers"
)

// QualificationRegister is asked for the certificates of an enterprise; what it
// promises is said in package registers.
type QualificationRegister interface {
	Qualifications(ctx context.Context, creditCode string) (registers.Qualifications, error)
}

// Outcome is how a look-up of the enterprise's qualification ended.
type Outcome string

// The outcomes.
const (
	CertificatesFound   Outcome = "found"       // 已查到
	NoCertificateFound  Outcome = "none_found"  // 未查到
	RegisterUnavailable Outcome = "unavailable" // 暂无应答
)

// Asked is what a supplement needs therefore.
type Asked string

// What may be asked for.
const (
	AskCertificate   Asked = "certificate"     // 选择证书
	AskNumberAndScan Asked = "number_and_scan" // 填写证书号并上传副本
	AskLater         Asked = "retry"           // 稍后再试
)

// SupplementSource is where the number of a supplement comes from.
type SupplementSource string

// The sources.
const (
	FromRegister SupplementSource = "register" // 资质库
	Typed        SupplementSource = "typed"    // 手工填写
)

// The names.
var (
	Outcomes = []label.Label{
		label.New(string(CertificatesFound), "已查到", "Found"), label.New(string(NoCertificateFound), "未查到", "None found"),
		label.New(string(RegisterUnavailable), "暂无应答", "No answer"),
	}
	AskedFor = []label.Label{
		label.New(string(AskCertificate), "选择证书", "Choose a certificate"),
		label.New(string(AskNumberAndScan), "填写证书号并上传副本", "Number and scan"),
		label.New(string(AskLater), "稍后再试", "Try again later"),
	}
	SupplementSources = []label.Label{
		label.New(string(FromRegister), "资质库", "Register"), label.New(string(Typed), "手工填写", "Typed by the enterprise"),
	}
)

// QualificationLookup is what the register says of the enterprise, and what a
// supplement needs therefore.
type QualificationLookup struct {
	Outcome      Outcome
	AskedFor     Asked
	Certificates []registers.Certificate // in force today
	Expired      []registers.Certificate
	AsOf         time.Time // of what the register said; zero when it never did
	Stale        bool      // it does not answer now: this is its last answer
	UniqueCode   string    // characters 3 to 9 that every certificate of this enterprise has; "" while unknown
}

// LookUpQualification asks the register about the actor's enterprise (manual
// §3.2.6). A register that does not answer is an outcome, not an error.
func (s *Service) LookUpQualification(ctx context.Context, who auth.Actor) (QualificationLookup, error) {
	e, err := s.enterprises.Current(ctx, who)
	if err != nil {
		return QualificationLookup{}, err
	}
	l, err := s.lookUp(ctx, e.CreditCode, s.db.Now())
	if err != nil {
		return l, err
	}
	known, err := supplementedNumbers(s.db.Read(ctx), e.ID)
	if err != nil {
		return l, err
	}
	if codes := l.codes(e, known, Typed); len(codes) > 0 {
		l.UniqueCode = codes[0]
	}
	return l, nil
}

func (s *Service) lookUp(ctx context.Context, creditCode string, now time.Time) (QualificationLookup, error) {
	q, err := s.register.Qualifications(ctx, creditCode)
	if registers.ErrDown.Is(err) {
		return QualificationLookup{Outcome: RegisterUnavailable, AskedFor: AskLater}, nil
	}
	if err != nil {
		return QualificationLookup{}, err
	}
	return judgeAnswer(q, today(now).Format(time.DateOnly)), nil
}

// judgeAnswer sorts an answer by the day it is used on. A kept "nothing" is no
// answer: the register may have a certificate by now, so nothing may be typed.
func judgeAnswer(q registers.Qualifications, day string) QualificationLookup {
	l := QualificationLookup{Outcome: NoCertificateFound, AskedFor: AskNumberAndScan, AsOf: q.AsOf, Stale: q.Stale}
	for _, c := range q.Certificates {
		if c.ValidUntil >= day {
			l.Certificates = append(l.Certificates, c)
		} else {
			l.Expired = append(l.Expired, c)
		}
	}
	switch {
	case len(l.Certificates) > 0:
		l.Outcome, l.AskedFor = CertificatesFound, AskCertificate
	case q.Stale:
		l.Outcome, l.AskedFor = RegisterUnavailable, AskLater
	}
	return l
}

// known is a number that the enterprise supplemented with before.
type known struct {
	CertificateNumber string
	Source            SupplementSource
}

// codes are the enterprise's own codes (企业唯一码) that a number must fit: of its
// basic information, of earlier supplements and of the register. What the register has weighs more
// than what was typed once, so a typed mistake cannot stand in the way of a found certificate.
func (l QualificationLookup) codes(e enterprise.Enterprise, earlier []known, source SupplementSource) []string {
	var out []string
	add := func(code string) {
		if code != "" && !slices.Contains(out, code) {
			out = append(out, code)
		}
	}
	add(e.UniqueCode())
	for _, k := range earlier {
		if source == Typed || k.Source == FromRegister {
			add(enterprise.UniqueCodeOf(k.CertificateNumber))
		}
	}
	if source == Typed {
		for _, c := range slices.Concat(l.Certificates, l.Expired) {
			add(enterprise.UniqueCodeOf(c.Number))
		}
	}
	return out
}

// Refusals of supplements.
var (
	ErrSupplementInvalid = invalid("filing.supplement_invalid", "补正内容有误，请按提示修改", "The supplement has errors; see each of them")
	// ErrCertificateFound: what can be chosen is not typed.
	ErrCertificateFound = conflict("filing.certificate_found", "资质库中已查到有效的资质证书，请从中选择，不需手工填写",
		"The register has a valid certificate of this enterprise: choose it, nothing is typed")
	// ErrTooLate: the deadline is over, though nobody has marked it yet.
	ErrTooLate = conflict("filing.supplement_too_late", "补正期限 {due_on} 已过", "The deadline for supplementing, {due_on}, is over")

	errCertificateNumber = invalid("filing.qualification_number", "资质证书编号应为 1 个大写字母加 9 位数字", "A certificate number is a capital letter and nine digits")
	errNotFound          = invalid("filing.certificate_not_in_register", "资质库中没有该有效证书，请重新查询后选择", "The register has no such valid certificate; look up again and choose")
	errExpired           = invalid("filing.certificate_expired", "该证书在资质库中已于 {valid_until} 到期", "In the register this certificate expired on {valid_until}")
	errOtherCode         = invalid("filing.unique_code_differs", "证书编号第 3 至 9 位是企业唯一码，应为 {code}，与本企业其他证书相同",
		"Characters 3 to 9 are the enterprise's own code and must be {code}, as on its other certificates")
	errScanMissing = invalid("filing.scan_required", "请上传资质副本", "Upload a scan of the certificate")
	errScanUnknown = invalid("filing.scan_unknown", "没有这个附件，请重新上传", "There is no such attachment; upload it again")
)

// judge decides whether the enterprise may supplement with the number, typed or
// chosen, and gives the register's certificate of a chosen one.
func (l QualificationLookup) judge(e enterprise.Enterprise, earlier []known, number string, typed bool) (*registers.Certificate, error) {
	if l.Outcome == RegisterUnavailable {
		return nil, registers.ErrDown.New("register", registers.QualificationRegister)
	}
	at := func(d *errs.Def, params ...any) error {
		return ErrSupplementInvalid.New().With(d.At("/certificate_number", params...))
	}
	source, chosen := Typed, (*registers.Certificate)(nil)
	is := func(c registers.Certificate) bool { return c.Number == number }
	switch i := slices.IndexFunc(l.Expired, is); {
	case typed && l.Outcome == CertificatesFound:
		return nil, ErrCertificateFound.New()
	case i >= 0:
		return nil, at(errExpired, "valid_until", l.Expired[i].ValidUntil)
	case !typed && l.AskedFor == AskNumberAndScan:
		return nil, ErrSupplementInvalid.New().With(errScanMissing.At("/attachment_id"))
	case !typed:
		i := slices.IndexFunc(l.Certificates, is)
		if i < 0 {
			return nil, at(errNotFound)
		}
		source, chosen = FromRegister, &l.Certificates[i]
	}
	code := enterprise.UniqueCodeOf(number)
	if codes := l.codes(e, earlier, source); len(codes) > 0 && !slices.Contains(codes, code) {
		return nil, at(errOtherCode, "code", codes[0])
	}
	return chosen, nil
}
