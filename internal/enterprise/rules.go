package enterprise

import (
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"zhuce/internal/errs"
	"zhuce/internal/idno"
	"zhuce/internal/label"
)

// ErrInvalid refuses basic information; every field in the way is a detail.
var ErrInvalid = errs.Define(errs.Invalid, "enterprise.invalid", "企业基本信息有误，请按提示修改", "The basic information has errors; see each of them")

// Refusals of single fields.
var (
	errRequired  = errs.Define(errs.Invalid, "enterprise.required", "必填", "Required")
	errTooLong   = errs.Define(errs.Invalid, "enterprise.too_long", "最多 {limit} 个字", "At most {limit} characters")
	errTooMany   = errs.Define(errs.Invalid, "enterprise.too_many", "最多 {limit} 项", "At most {limit} entries")
	errOption    = errs.Define(errs.Invalid, "enterprise.not_an_option", "不是可选的值", "Not one of the options")
	errProvince  = errs.Define(errs.Invalid, "enterprise.province_unknown", "不是省级行政区划代码", "Not the code of a province")
	errDate      = errs.Define(errs.Invalid, "enterprise.date", "日期应写作 2026-01-31", "A date is written 2026-01-31")
	errFuture    = errs.Define(errs.Invalid, "enterprise.date_in_future", "不能晚于今天", "Cannot be after today")
	errOrder     = errs.Define(errs.Invalid, "enterprise.ends_before_it_begins", "不能早于 {begin}", "Cannot be before {begin}")
	errCapital   = errs.Define(errs.Invalid, "enterprise.capital", "注册资本应为 0 至 {limit} 万元，最多两位小数", "From 0 to {limit} (10,000 yuan), with two decimals at most")
	errMobile    = errs.Define(errs.Invalid, "enterprise.mobile", "手机号应为 11 位，以 1 开头", "A mobile number has 11 digits and begins with 1")
	errTelephone = errs.Define(errs.Invalid, "enterprise.telephone", "座机应写作 010-88019251，可加分机 -123", "A telephone number is written 010-88019251, with an extension -123 if any")
	errEmail     = errs.Define(errs.Invalid, "enterprise.email", "邮箱格式不对", "Not an e-mail address")
	errPostcode  = errs.Define(errs.Invalid, "enterprise.postcode", "邮政编码应为 6 位数字", "A postcode has 6 digits")
	errRepeated  = errs.Define(errs.Invalid, "enterprise.repeated", "与前面的重复", "The same as an earlier one")
	errNumber    = errs.Define(errs.Invalid, "enterprise.qualification_number", "资质证书编号应为 1 个大写字母加 9 位数字", "A certificate number is a capital letter and nine digits")
	errUnique    = errs.Define(errs.Invalid, "enterprise.unique_code_differs",
		"证书编号第 3 至 9 位是企业唯一码，应与第一张证书的 {code} 相同", "Characters 3 to 9 are the enterprise's own code and must be {code}, as on the first certificate")
	errCopy = errs.Define(errs.Invalid, "enterprise.copy_unknown", "没有这个附件，请重新上传", "There is no such attachment; upload it again")
)

// Bounds.
const (
	maxText       = 200  // characters
	maxShort      = 50   // characters
	maxList       = 50   // entries
	maxCapitalWan = 1e10 // 100 trillion yuan
)

var (
	certificateNumber = regexp.MustCompile(`^[A-Z][0-9]{9}$`)
	telephone         = regexp.MustCompile(`^(0[0-9]{2,3}-?)?[2-9][0-9]{6,7}(-[0-9]{1,6})?$|^[48]00-?[0-9]{3}-?[0-9]{4}$`)
	postcode          = regexp.MustCompile(`^[0-9]{6}$`)
)

// uniqueCode is the enterprise's own code (企业唯一码) in a certificate's number:
// characters 3 to 9. Empty for what is no number.
func uniqueCode(number string) string {
	if !certificateNumber.MatchString(number) {
		return ""
	}
	return number[2:9]
}

// normalize takes off what typing and pasting leave behind. It judges nothing.
func normalize(b BasicInformation) BasicInformation {
	b.Industries, b.Qualifications = slices.Clone(b.Industries), slices.Clone(b.Qualifications)
	for _, s := range []*string{&b.RegisteredAddress, &b.Province, &b.City, &b.District, &b.EstablishedOn, &b.RegistrationAuth,
		&b.LicenceValidUntil, &b.EconomicType, &b.Contact.Name, &b.Contact.Telephone, &b.Contact.Email, &b.Contact.PostalAddress, &b.Contact.Postcode} {
		*s = strings.TrimSpace(*s)
	}
	b.Contact.Mobile = idno.NormalizeID(b.Contact.Mobile)
	for i := range b.Qualifications {
		q := &b.Qualifications[i]
		q.CertificateNumber = idno.NormalizeID(q.CertificateNumber)
		for _, s := range []*string{&q.Title, &q.IssuingAuthority, &q.IssuedOn, &q.ValidUntil} {
			*s = strings.TrimSpace(*s)
		}
	}
	return b
}

// check is every rule on basic information that needs nothing but it and the
// day ("2026-11-23", in China). All refusals are gathered.
func check(b BasicInformation, today string) []errs.Detail {
	c := &checker{today: today}
	c.text("/registered_address", b.RegisteredAddress, maxText, true)
	if _, ok := idno.Provinces[b.Province]; !ok {
		c.add("/province", errProvince)
	}
	c.text("/city", b.City, maxShort, false)
	c.text("/district", b.District, maxShort, false)
	c.past("/established_on", b.EstablishedOn)
	c.capital("/registered_capital_wan", b.RegisteredCapitalWan)
	c.text("/registration_authority", b.RegistrationAuth, maxText, true)
	if b.LicenceValidUntil != "" {
		c.after("/licence_valid_until", b.LicenceValidUntil, b.EstablishedOn)
	}
	c.option("/economic_type", EconomicTypes, b.EconomicType)
	c.industries(b.Industries)
	c.qualifications(b.Qualifications)
	c.contact(b.Contact)
	return c.wrong
}

// checker gathers refusals.
type checker struct {
	today string
	wrong []errs.Detail
}

func (c *checker) add(pointer string, d *errs.Def, params ...any) {
	c.wrong = append(c.wrong, d.At(pointer, params...))
}

func (c *checker) text(pointer, s string, limit int, required bool) {
	switch {
	case s == "" && required:
		c.add(pointer, errRequired)
	case utf8.RuneCountInString(s) > limit:
		c.add(pointer, errTooLong, "limit", limit)
	}
}

// date reports whether s is a date. Dates written so compare as texts.
func (c *checker) date(pointer, s string) bool {
	if s == "" {
		c.add(pointer, errRequired)
		return false
	}
	if _, err := time.Parse(time.DateOnly, s); err != nil || s < "1900" {
		c.add(pointer, errDate)
		return false
	}
	return true
}

func (c *checker) past(pointer, s string) {
	if c.date(pointer, s) && s > c.today {
		c.add(pointer, errFuture)
	}
}

func (c *checker) after(pointer, s, begin string) {
	if _, err := time.Parse(time.DateOnly, begin); c.date(pointer, s) && err == nil && s < begin {
		c.add(pointer, errOrder, "begin", begin)
	}
}

func (c *checker) capital(pointer string, wan *float64) {
	switch {
	case wan == nil:
		c.add(pointer, errRequired)
	case !(*wan >= 0 && *wan <= maxCapitalWan), decimals(*wan) > 2:
		c.add(pointer, errCapital, "limit", strconv.FormatFloat(maxCapitalWan, 'f', 0, 64))
	}
}

// decimals counts the digits behind the point of the shortest way to write x.
func decimals(x float64) int {
	_, fraction, _ := strings.Cut(strconv.FormatFloat(x, 'f', -1, 64), ".")
	return len(fraction)
}

func (c *checker) option(pointer string, table []Label, value string) {
	if value == "" {
		c.add(pointer, errRequired)
	} else if !label.Known(table, value) {
		c.add(pointer, errOption)
	}
}

func (c *checker) industries(list []string) {
	if len(list) == 0 {
		c.add("/industries", errRequired)
	}
	if len(list) > maxList {
		c.add("/industries", errTooMany, "limit", maxList)
		return
	}
	for i, v := range list {
		switch at := place("industries", i, ""); {
		case !knownIndustry(v):
			c.add(at, errOption)
		case slices.Contains(list[:i], v):
			c.add(at, errRepeated)
		}
	}
}

// qualifications: a different unique code would be another enterprise's
// certificate (domain §4).
func (c *checker) qualifications(list []Qualification) {
	if len(list) > maxList {
		c.add("/qualifications", errTooMany, "limit", maxList)
		return
	}
	type certificate struct{ number, title string }
	seen := map[certificate]bool{}
	ours := ""
	for i, q := range list {
		at := func(field string) string { return place("qualifications", i, field) }
		code := uniqueCode(q.CertificateNumber)
		if ours == "" {
			ours = code
		}
		switch {
		case q.CertificateNumber == "":
			c.add(at("certificate_number"), errRequired)
		case code == "":
			c.add(at("certificate_number"), errNumber)
		case code != ours:
			c.add(at("certificate_number"), errUnique, "code", ours)
		case seen[certificate{q.CertificateNumber, q.Title}]:
			c.add(at("certificate_number"), errRepeated)
		}
		seen[certificate{q.CertificateNumber, q.Title}] = true
		c.option(at("category"), QualificationCategories, q.Category)
		c.text(at("title"), q.Title, maxText, true)
		c.option(at("grade"), QualificationGrades, q.Grade)
		c.text(at("issuing_authority"), q.IssuingAuthority, maxText, true)
		c.past(at("issued_on"), q.IssuedOn)
		c.after(at("valid_until"), q.ValidUntil, q.IssuedOn)
		c.option(at("state"), QualificationStates, q.State)
	}
}

func (c *checker) contact(k Contact) {
	c.text("/contact/name", k.Name, maxShort, true)
	if k.Mobile == "" {
		c.add("/contact/mobile", errRequired)
	} else if !idno.ValidMobile(k.Mobile) {
		c.add("/contact/mobile", errMobile)
	}
	if k.Telephone != "" && !telephone.MatchString(k.Telephone) {
		c.add("/contact/telephone", errTelephone)
	}
	if k.Email != "" && !email(k.Email) {
		c.add("/contact/email", errEmail)
	}
	c.text("/contact/postal_address", k.PostalAddress, maxText, false)
	if k.Postcode != "" && !postcode.MatchString(k.Postcode) {
		c.add("/contact/postcode", errPostcode)
	}
}

// email accepts a bare address with a dotted domain.
func email(s string) bool {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > 254 {
		return false
	}
	_, domain, _ := strings.Cut(s, "@")
	return strings.Contains(strings.Trim(domain, "."), ".")
}

// place is the pointer to a field of a list's entry, or to the entry itself.
func place(list string, i int, field string) string {
	if field == "" {
		return fmt.Sprintf("/%s/%d", list, i)
	}
	return fmt.Sprintf("/%s/%d/%s", list, i, field)
}
