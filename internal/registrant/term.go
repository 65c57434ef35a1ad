package registrant

import (
	"regexp"
	"strings"
	"time"

	"zhuce/internal/errs"
)

// combinedMonths: with no more than this left, a change of employer renews too and
// the term begins anew (domain §1.2).
const combinedMonths = 6

// terms are how long a registration lasts, by the rule in force on a day. A new
// rule is a new row.
var terms = []struct {
	track  string
	months int
	from   string // in force since
	why    string
}{
	{"architect", 24, "1995-09-23", "注册建筑师条例 art. 17"},
	{"engineer", 36, "2005-04-01", "勘察设计注册工程师管理规定 (建设部令第137号)"},
}

// months is the term of a track by the newest rule that is in force.
func months(track string, on time.Time) int {
	day, since, n := on.Format(time.DateOnly), "", 0
	for _, t := range terms {
		if t.track == track && t.from <= day && t.from > since {
			since, n = t.from, t.months
		}
	}
	return n
}

// Objections to what was given with an approval.
var (
	ErrMissing     = invalid("registrant.number_missing", "准予此项注册时必须给出", "Has to be given with this approval")
	ErrCertificate = invalid("registrant.certificate_number", "注册证书编号应为“{prefix}”加 9 位数字", "A certificate number is “{prefix}” and nine digits")
	ErrSeal        = invalid("registrant.seal_number", "执业印章注册号应为 7 位数字、“-{prefix}”和 3 位数字", "A seal number is seven digits, “-{prefix}” and three digits")
	ErrSealCode    = invalid("registrant.seal_of_another_enterprise", "执业印章注册号应以该企业的唯一码 {code} 开头", "The seal number has to begin with the enterprise's own code {code}")
	ErrDate        = invalid("registrant.date", "日期应写作 2026-01-31", "A date is written 2026-01-31")
	ErrOrder       = invalid("registrant.term_ends_before_it_begins", "有效期止不能早于有效期起（{from}）", "The term cannot end before it begins ({from})")
	ErrOver        = invalid("registrant.term_is_over", "有效期止（{until}）已过，请给出有效期", "The term would be over already ({until}); give its dates")
	ErrCertTaken   = conflict("registrant.certificate_number_taken", "注册证书编号 {number} 已属于 {name}", "The certificate number {number} is {name}'s")
	ErrSealTaken   = conflict("registrant.seal_number_taken", "执业印章注册号 {number} 已属于 {name}", "The seal number {number} is {name}'s")
)

var (
	nineDigits  = regexp.MustCompile(`^[0-9]{9}$`)
	sevenDigits = regexp.MustCompile(`^[0-9]{7}$`)
	threeDigits = regexp.MustCompile(`^[0-9]{3}$`)
)

// checker works out what an approval gives, and gathers objections.
type checker struct {
	a           Approval
	today       time.Time
	from, until time.Time // as given; zero where nothing is
	objections  []Objection
}

func newChecker(a Approval, today time.Time) *checker {
	c := &checker{a: a, today: today}
	c.from, c.until = c.day("valid_from", a.Given.ValidFrom), c.day("valid_until", a.Given.ValidUntil)
	return c
}

func (c *checker) object(field string, why *errs.Error) {
	c.objections = append(c.objections, Objection{field, why, nil})
}

func (c *checker) day(field, given string) time.Time {
	if given == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.DateOnly, given)
	if err != nil {
		c.object(field, ErrDate.New())
	}
	return t
}

func (c *checker) certificate(known string) string {
	given := c.a.Given.CertificateNumber
	if given == "" {
		if known == "" {
			c.object("certificate_number", ErrMissing.New())
		}
		return known
	}
	if number, ok := strings.CutPrefix(given, c.a.Prefix); !ok || !nineDigits.MatchString(number) {
		c.object("certificate_number", ErrCertificate.New("prefix", c.a.Prefix))
	}
	return given
}

// seal: one that is kept may be of an older form or missing (domain §2.3); a new
// one has the form, and begins with the enterprise's own code where that is known.
func (c *checker) seal(known string) string {
	given := c.a.Given.SealNumber
	if given == "" {
		if known == "" && (c.a.Act == Register || c.a.Act == Change) {
			c.object("seal_number", ErrMissing.New())
		}
		return known
	}
	code, serial, _ := strings.Cut(given, "-")
	number, ok := strings.CutPrefix(serial, c.a.Prefix)
	switch {
	case !ok || !sevenDigits.MatchString(code) || !threeDigits.MatchString(number):
		c.object("seal_number", ErrSeal.New("prefix", c.a.Prefix))
	case c.a.EnterpriseCode != "" && code != c.a.EnterpriseCode:
		c.object("seal_number", ErrSealCode.New("code", c.a.EnterpriseCode))
	}
	return given
}

// begin is a new term: as given, else from the day on, for as long as the rules
// say. One that is over already is refused, since nobody can have meant it.
func (c *checker) begin(day time.Time) (from, until time.Time) {
	if from = c.from; from.IsZero() {
		from = day
	}
	from, until = c.keep(from, from.AddDate(0, months(c.a.Track, c.today), -1))
	if until.Before(c.today) && len(c.objections) == 0 {
		c.object("valid_until", ErrOver.New("until", until.Format(time.DateOnly)))
	}
	return from, until
}

// keep is the term as given, else the one that there is.
func (c *checker) keep(from, until time.Time) (time.Time, time.Time) {
	if !c.from.IsZero() {
		from = c.from
	}
	if !c.until.IsZero() {
		until = c.until
	}
	if until.Before(from) && len(c.objections) == 0 {
		c.object("valid_until", ErrOrder.New("from", from.Format(time.DateOnly)))
	}
	return from, until
}
