package enterprise

import (
	"math"
	"slices"
	"strings"
	"testing"
)

const today = "2026-11-23"

func valid() BasicInformation {
	capital := 1200.55
	return BasicInformation{
		RegisteredAddress: "北京市海淀区三里河路9号", Province: "11", City: "北京市", District: "海淀区", EstablishedOn: "2003-05-12",
		RegisteredCapitalWan: &capital, RegistrationAuth: "北京市海淀区市场监督管理局",
		EconomicType: "limited_liability", Industries: []string{"design", "testing"},
		Qualifications: []Qualification{certificate("A111000012"), certificate("B211000018")},
		Contact:        Contact{Name: "王芳", Mobile: "13900001111", Telephone: "010-88019251", Email: "office@example.com", Postcode: "100835"},
	}
}

func certificate(number string) Qualification {
	return Qualification{CertificateNumber: number, Category: "design_industry", Title: "建筑行业（建筑工程）" + number[:1], Grade: "a",
		IssuingAuthority: "住房和城乡建设部", IssuedOn: "2023-05-04", ValidUntil: "2028-05-04", State: "normal"}
}

// Each row breaks one rule of valid information and says at which place with which code.
func TestRules(t *testing.T) {
	t.Parallel()
	capital := func(x float64) func(*BasicInformation) {
		return func(b *BasicInformation) { b.RegisteredCapitalWan = &x }
	}
	number := func(n string) func(*BasicInformation) {
		return func(b *BasicInformation) { b.Qualifications[1].CertificateNumber = n }
	}
	long := strings.Repeat("长", 201)
	for name, tc := range map[string]struct {
		change func(*BasicInformation)
		want   []string // "pointer code"
	}{
		"valid": {func(*BasicInformation) {}, nil},
		"the least": {func(b *BasicInformation) {
			b.City, b.District, b.Qualifications, b.Contact.Telephone, b.Contact.Email, b.Contact.Postcode = "", "", nil, "", "", ""
		}, nil},
		"no address":                {func(b *BasicInformation) { b.RegisteredAddress = "" }, []string{"/registered_address enterprise.required"}},
		"long address":              {func(b *BasicInformation) { b.RegisteredAddress = long }, []string{"/registered_address enterprise.too_long"}},
		"address of 200":            {func(b *BasicInformation) { b.RegisteredAddress = strings.Repeat("长", 200) }, nil},
		"no province":               {func(b *BasicInformation) { b.Province = "" }, []string{"/province enterprise.province_unknown"}},
		"province of six digits":    {func(b *BasicInformation) { b.Province = "110000" }, []string{"/province enterprise.province_unknown"}},
		"province that is none":     {func(b *BasicInformation) { b.Province = "99" }, []string{"/province enterprise.province_unknown"}},
		"long city":                 {func(b *BasicInformation) { b.City = long }, []string{"/city enterprise.too_long"}},
		"long district":             {func(b *BasicInformation) { b.District = long }, []string{"/district enterprise.too_long"}},
		"no founding day":           {func(b *BasicInformation) { b.EstablishedOn = "" }, []string{"/established_on enterprise.required"}},
		"no date":                   {func(b *BasicInformation) { b.EstablishedOn = "2003-02-30" }, []string{"/established_on enterprise.date"}},
		"date of another form":      {func(b *BasicInformation) { b.EstablishedOn = "2003/02/03" }, []string{"/established_on enterprise.date"}},
		"before 1900":               {func(b *BasicInformation) { b.EstablishedOn = "1899-12-31" }, []string{"/established_on enterprise.date"}},
		"founded today":             {func(b *BasicInformation) { b.EstablishedOn = today }, nil},
		"founded tomorrow":          {func(b *BasicInformation) { b.EstablishedOn = "2026-11-24" }, []string{"/established_on enterprise.date_in_future"}},
		"no capital":                {func(b *BasicInformation) { b.RegisteredCapitalWan = nil }, []string{"/registered_capital_wan enterprise.required"}},
		"capital 0":                 {capital(0), nil},
		"capital below 0":           {capital(-0.01), []string{"/registered_capital_wan enterprise.capital"}},
		"capital of 1 cent":         {capital(0.01), nil},
		"capital of 3 decimals":     {capital(0.001), []string{"/registered_capital_wan enterprise.capital"}},
		"large capital, decimals":   {capital(9_999_999_999.99), nil},
		"capital too large":         {capital(1e10 + 1), []string{"/registered_capital_wan enterprise.capital"}},
		"capital no number":         {capital(math.NaN()), []string{"/registered_capital_wan enterprise.capital"}},
		"no authority":              {func(b *BasicInformation) { b.RegistrationAuth = "" }, []string{"/registration_authority enterprise.required"}},
		"licence without end":       {func(b *BasicInformation) { b.LicenceValidUntil = "" }, nil},
		"licence over":              {func(b *BasicInformation) { b.LicenceValidUntil = "2025-01-01" }, nil},
		"licence before founding":   {func(b *BasicInformation) { b.LicenceValidUntil = "2003-05-11" }, []string{"/licence_valid_until enterprise.ends_before_it_begins"}},
		"licence no date":           {func(b *BasicInformation) { b.LicenceValidUntil = "长期" }, []string{"/licence_valid_until enterprise.date"}},
		"founding wrong, end right": {func(b *BasicInformation) { b.EstablishedOn, b.LicenceValidUntil = "x", "2030-01-01" }, []string{"/established_on enterprise.date"}},
		"no economic type":          {func(b *BasicInformation) { b.EconomicType = "" }, []string{"/economic_type enterprise.required"}},
		"other economic type":       {func(b *BasicInformation) { b.EconomicType = "x" }, []string{"/economic_type enterprise.not_an_option"}},
		"no industry":               {func(b *BasicInformation) { b.Industries = nil }, []string{"/industries enterprise.required"}},
		"unknown industry":          {func(b *BasicInformation) { b.Industries = []string{"design", "x"} }, []string{"/industries/1 enterprise.not_an_option"}},
		"industry twice":            {func(b *BasicInformation) { b.Industries = []string{"design", "design"} }, []string{"/industries/1 enterprise.repeated"}},
		"too many industries":       {func(b *BasicInformation) { b.Industries = slices.Repeat([]string{"design"}, 51) }, []string{"/industries enterprise.too_many"}},
		"no number":                 {number(""), []string{"/qualifications/1/certificate_number enterprise.required"}},
		"short number":              {number("A11100001"), []string{"/qualifications/1/certificate_number enterprise.qualification_number"}},
		"long number":               {number("A1110000123"), []string{"/qualifications/1/certificate_number enterprise.qualification_number"}},
		"two letters":               {number("AB11000012"), []string{"/qualifications/1/certificate_number enterprise.qualification_number"}},
		"third character differs":   {number("A121000012"), []string{"/qualifications/1/certificate_number enterprise.unique_code_differs"}},
		"ninth character differs":   {number("A111000022"), []string{"/qualifications/1/certificate_number enterprise.unique_code_differs"}},
		"second and tenth differ":   {number("A911000019"), nil},
		"certificate twice": {func(b *BasicInformation) { b.Qualifications[1] = b.Qualifications[0] },
			[]string{"/qualifications/1/certificate_number enterprise.repeated"}},
		"one number, two titles": {func(b *BasicInformation) {
			b.Qualifications[1].CertificateNumber = b.Qualifications[0].CertificateNumber
		}, nil},
		"category":             {func(b *BasicInformation) { b.Qualifications[0].Category = "x" }, []string{"/qualifications/0/category enterprise.not_an_option"}},
		"no title":             {func(b *BasicInformation) { b.Qualifications[0].Title = "" }, []string{"/qualifications/0/title enterprise.required"}},
		"grade":                {func(b *BasicInformation) { b.Qualifications[0].Grade = "" }, []string{"/qualifications/0/grade enterprise.required"}},
		"no issuer":            {func(b *BasicInformation) { b.Qualifications[0].IssuingAuthority = "" }, []string{"/qualifications/0/issuing_authority enterprise.required"}},
		"issued tomorrow":      {func(b *BasicInformation) { b.Qualifications[0].IssuedOn = "2026-11-24" }, []string{"/qualifications/0/issued_on enterprise.date_in_future"}},
		"over before issued":   {func(b *BasicInformation) { b.Qualifications[0].ValidUntil = "2023-05-03" }, []string{"/qualifications/0/valid_until enterprise.ends_before_it_begins"}},
		"over on the day":      {func(b *BasicInformation) { b.Qualifications[0].ValidUntil = "2023-05-04" }, nil},
		"no end":               {func(b *BasicInformation) { b.Qualifications[0].ValidUntil = "" }, []string{"/qualifications/0/valid_until enterprise.required"}},
		"state":                {func(b *BasicInformation) { b.Qualifications[0].State = "x" }, []string{"/qualifications/0/state enterprise.not_an_option"}},
		"50 certificates":      {func(b *BasicInformation) { b.Qualifications = many(50) }, nil},
		"51 certificates":      {func(b *BasicInformation) { b.Qualifications = many(51) }, []string{"/qualifications enterprise.too_many"}},
		"no contact":           {func(b *BasicInformation) { b.Contact.Name = "" }, []string{"/contact/name enterprise.required"}},
		"no mobile":            {func(b *BasicInformation) { b.Contact.Mobile = "" }, []string{"/contact/mobile enterprise.required"}},
		"mobile":               {func(b *BasicInformation) { b.Contact.Mobile = "12900001111" }, []string{"/contact/mobile enterprise.mobile"}},
		"telephone":            {func(b *BasicInformation) { b.Contact.Telephone = "call us" }, []string{"/contact/telephone enterprise.telephone"}},
		"telephone, extension": {func(b *BasicInformation) { b.Contact.Telephone = "0371-65980000-123" }, nil},
		"telephone, service":   {func(b *BasicInformation) { b.Contact.Telephone = "400-810-1234" }, nil},
		"e-mail":               {func(b *BasicInformation) { b.Contact.Email = "office@" }, []string{"/contact/email enterprise.email"}},
		"e-mail with a name":   {func(b *BasicInformation) { b.Contact.Email = "Office <office@example.com>" }, []string{"/contact/email enterprise.email"}},
		"e-mail, bare host":    {func(b *BasicInformation) { b.Contact.Email = "office@localhost" }, []string{"/contact/email enterprise.email"}},
		"long postal address":  {func(b *BasicInformation) { b.Contact.PostalAddress = long }, []string{"/contact/postal_address enterprise.too_long"}},
		"postcode":             {func(b *BasicInformation) { b.Contact.Postcode = "10083" }, []string{"/contact/postcode enterprise.postcode"}},
		"several at once": {func(b *BasicInformation) { b.Province, b.Contact.Mobile = "", "" },
			[]string{"/province enterprise.province_unknown", "/contact/mobile enterprise.required"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := valid()
			tc.change(&b)
			var got []string
			for _, d := range check(b, today) {
				got = append(got, d.Pointer+" "+d.Code)
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func many(n int) []Qualification {
	out := make([]Qualification, n)
	for i := range out {
		out[i] = certificate("A111000012")
		out[i].Title += string(rune('一' + i))
	}
	return out
}

func TestNormalizeTakesOffWhatPastingLeaves(t *testing.T) {
	t.Parallel()
	b := valid()
	b.RegisteredAddress, b.Contact.Mobile, b.Qualifications[0].CertificateNumber = "  路9号　", "139-0000 1111", " a111000012"
	typed := b.Qualifications[0].CertificateNumber
	got := normalize(b)
	if got.RegisteredAddress != "路9号" || got.Contact.Mobile != "13900001111" || got.Qualifications[0].CertificateNumber != "A111000012" {
		t.Errorf("got %+v", got)
	}
	if b.Qualifications[0].CertificateNumber != typed {
		t.Error("the caller's list was changed")
	}
}

func TestLabelsAreWholeAndDistinct(t *testing.T) {
	t.Parallel()
	for name, table := range map[string][]Label{"industries": Industries, "economic types": EconomicTypes,
		"categories": QualificationCategories, "grades": QualificationGrades, "states": QualificationStates} {
		seen := map[string]bool{}
		for _, l := range table {
			if l.Value == "" || l.ZH == "" || l.EN == "" || seen[l.Value] || seen[l.ZH] || seen[l.EN] {
				t.Errorf("%s: %+v", name, l)
			}
			seen[l.Value], seen[l.ZH], seen[l.EN] = true, true, true
		}
	}
}
