package filing_test

import (
	"bytes"
	"errors"
	"image"
	imagepng "image/png"
	"io"
	"slices"
	"testing"
	"time"

	"zhuce/internal/errs"
	"zhuce/internal/filing"
	"zhuce/internal/filing/filingtest"
	"zhuce/internal/idno"
)

func png() io.Reader {
	var b bytes.Buffer
	_ = imagepng.Encode(&b, image.NewGray(image.Rect(0, 0, 4, 4)))
	return &b
}

func shared(kinds ...filing.PaperKind) []filing.DeliveredPaper {
	var out []filing.DeliveredPaper
	for _, k := range kinds {
		out = append(out, filing.DeliveredPaper{Kind: k, Shared: true, SharedSource: "电子证照库"})
	}
	return out
}

// becomes makes a valid delivery of another type out of an initial one.
func becomes(t filing.RegistrationType) func(*filing.Delivery) {
	return func(d *filing.Delivery) {
		d.RegistrationType = t
		d.Form.Registration = &filing.Registration{CertificateNumber: "S211100123", SealNumber: "1100001-S001", ValidUntil: "2028-11-22"}
		d.Form.ContinuingEducation = filing.ContinuingEducation{RequiredHours: 60, ElectiveHours: 60}
		d.Form.Statement = "说明原因"
		kinds := make([]filing.PaperKind, 0, len(filing.PaperKinds))
		for _, l := range filing.PaperKinds {
			kinds = append(kinds, filing.PaperKind(l.Value))
		}
		d.Papers = shared(kinds...)
	}
}

func both(fs ...func(*filing.Delivery)) func(*filing.Delivery) {
	return func(d *filing.Delivery) {
		for _, f := range fs {
			f(d)
		}
	}
}

func resident(region, born string, serial int) string {
	b, _ := time.Parse(time.DateOnly, born)
	return idno.MakeResidentID(region, b, serial)
}

// TestForm: one rule a row. The world's day is 2026-11-23.
func TestForm(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	type D = filing.Delivery
	renewal, change, correction, gone := becomes(filing.Renewal), becomes(filing.Change), becomes(filing.Correction), becomes(filing.Deregistration)
	cases := []struct {
		name    string
		change  func(*D)
		pointer string // "" when the delivery is taken
		code    string
	}{
		{"initial", func(*D) {}, "", ""},
		{"renewal", renewal, "", ""},
		{"change", change, "", ""},
		{"correction", correction, "", ""},
		{"deregistration", gone, "", ""},
		{"profession", func(d *D) { d.Profession = "astronaut" }, "/profession", "filing.not_an_option"},
		{"type", func(d *D) { d.RegistrationType = "birth" }, "/registration_type", "filing.not_an_option"},
		{"gender", func(d *D) { d.Form.Person.Gender = "x" }, "/person/gender", "filing.not_an_option"},
		{"education", func(d *D) { d.Form.Person.Education = "x" }, "/person/education", "filing.not_an_option"},
		{"no name", func(d *D) { d.Form.Person.Name = " " }, "/person/name", "filing.field_required"},

		{"ID small x is taken", func(d *D) {
			for serial := 1; ; serial += 2 {
				if n := resident("310101", "1985-03-07", serial); n[17] == 'X' {
					d.Form.Person.BirthDate, d.Personal.IDNumber = "1985-03-07", n[:17]+"x"
					return
				}
			}
		}, "", ""},
		{"ID of 15 digits is taken", func(d *D) {
			d.Form.Person.BirthDate, d.Personal.IDNumber = "1965-03-07", "320101650307123"
		}, "", ""},
		{"ID check character", func(d *D) {
			last := d.Personal.IDNumber[17]
			d.Personal.IDNumber = d.Personal.IDNumber[:17] + string('0'+(last-'0'+1)%10)
		}, "/person/id_number", "filing.id_number"},
		{"ID birth date differs", func(d *D) { d.Form.Person.BirthDate = "1985-03-08" }, "/person/birth_date", "filing.birth_date_differs"},
		{"ID gender differs", func(d *D) { d.Form.Person.Gender = "female" }, "/person/gender", "filing.gender_differs"},
		{"Hong Kong permit", func(d *D) { d.Form.Person.IDType, d.Personal.IDNumber = "hk_macau_permit", "h12345678" }, "", ""},
		{"Hong Kong permit, wrong", func(d *D) { d.Form.Person.IDType, d.Personal.IDNumber = "hk_macau_permit", "A12345678" }, "/person/id_number", "filing.id_number"},
		{"Taiwan permit", func(d *D) { d.Form.Person.IDType, d.Personal.IDNumber = "taiwan_permit", "12345678" }, "", ""},
		{"Taiwan permit, wrong", func(d *D) { d.Form.Person.IDType, d.Personal.IDNumber = "taiwan_permit", "1234567" }, "/person/id_number", "filing.id_number"},
		{"permanent resident card", func(d *D) { d.Form.Person.IDType, d.Personal.IDNumber = "foreign_permanent_id", "USA110085030701" }, "", ""},
		{"permanent resident card, wrong", func(d *D) { d.Form.Person.IDType, d.Personal.IDNumber = "foreign_permanent_id", "US110085030701" }, "/person/id_number", "filing.id_number"},
		{"passport", func(d *D) { d.Form.Person.IDType, d.Personal.IDNumber = "passport", "E12345678" }, "", ""},
		{"passport, wrong", func(d *D) { d.Form.Person.IDType, d.Personal.IDNumber = "passport", "E1-" }, "/person/id_number", "filing.id_number"},
		{"too young", func(d *D) {
			d.Form.Person.BirthDate, d.Personal.IDNumber = "2008-11-24", resident("110101", "2008-11-24", 1)
			d.Form.Person.GraduatedOn = ""
		}, "/person/birth_date", "filing.age"},
		{"eighteen today", func(d *D) {
			d.Form.Person.BirthDate, d.Personal.IDNumber = "2008-11-23", resident("110101", "2008-11-23", 1)
			d.Form.Person.GraduatedOn = ""
		}, "", ""},
		{"a hundred today", func(d *D) {
			d.Form.Person.BirthDate, d.Personal.IDNumber = "1926-11-23", resident("110101", "1926-11-23", 1)
		}, "/person/birth_date", "filing.age"},
		{"graduates tomorrow", func(d *D) { d.Form.Person.GraduatedOn = "2026-11-24" }, "/person/graduated_on", "filing.date_in_future"},
		{"graduated before birth", func(d *D) { d.Form.Person.GraduatedOn = "1970-01-01" }, "/person/graduated_on", "filing.date_before_birth"},

		{"qualification tomorrow", func(d *D) { d.Form.Qualification.IssuedOn = "2026-11-24" }, "/qualification/issued_on", "filing.date_in_future"},
		{"qualification is no date", func(d *D) { d.Form.Qualification.IssuedOn = "2026-02-30" }, "/qualification/issued_on", "filing.not_a_date"},
		{"qualification missing", func(d *D) { d.Form.Qualification.CertificateNumber = "" }, "/qualification/certificate_number", "filing.field_required"},

		{"no registration to renew", both(renewal, func(d *D) { d.Form.Registration = nil }), "/registration", "filing.field_required"},
		{"certificate of another profession", both(renewal, func(d *D) { d.Form.Registration.CertificateNumber = "AY211100123" }), "/registration/certificate_number", "filing.certificate_number"},
		{"certificate too short", both(renewal, func(d *D) { d.Form.Registration.CertificateNumber = "S21110012" }), "/registration/certificate_number", "filing.certificate_number"},
		{"certificate in small letters is taken", both(renewal, func(d *D) { d.Form.Registration.CertificateNumber = "s211100123" }), "", ""},
		{"architect's certificate has no letter", both(renewal, func(d *D) {
			d.Profession = "architect_1"
			d.Form.Registration.CertificateNumber, d.Form.Registration.SealNumber = "211100123", "1100001-001"
		}), "", ""},
		{"architect's certificate with a letter", both(renewal, func(d *D) {
			d.Profession = "architect_1"
			d.Form.Registration.SealNumber = ""
		}), "/registration/certificate_number", "filing.certificate_number"},
		{"seal of another profession", both(renewal, func(d *D) { d.Form.Registration.SealNumber = "1100001-AY001" }), "/registration/seal_number", "filing.seal_number"},
		{"seal without a hyphen", both(renewal, func(d *D) { d.Form.Registration.SealNumber = "1100001S001" }), "/registration/seal_number", "filing.seal_number"},
		{"seal left out is taken", both(renewal, func(d *D) { d.Form.Registration.SealNumber = "" }), "", ""},
		{"valid for four years", both(renewal, func(d *D) { d.Form.Registration.ValidUntil = "2030-11-23" }), "/registration/valid_until", "filing.valid_until_too_far"},

		{"contract out of order", func(d *D) { d.Form.Employment.ContractFrom = "2030-01-01" }, "/employment/contract_from", "filing.dates_out_of_order"},
		{"contract over", func(d *D) { d.Form.Employment.ContractTo = "2026-11-22" }, "/employment/contract_to", "filing.contract_over"},
		{"contract ends today", func(d *D) { d.Form.Employment.ContractTo = "2026-11-23" }, "", ""},
		{"contract without end", func(d *D) { d.Form.Employment.ContractType, d.Form.Employment.ContractTo = "open_ended", "" }, "", ""},
		{"contract without end that ends", func(d *D) { d.Form.Employment.ContractType = "open_ended" }, "/employment/contract_to", "filing.contract_without_end"},
		{"contract's end missing", func(d *D) { d.Form.Employment.ContractTo = "" }, "/employment/contract_to", "filing.field_required"},
		{"no contract", func(d *D) { d.Form.Employment.ContractType = "" }, "/employment/contract_type", "filing.field_required"},
		{"who leaves needs none", both(gone, func(d *D) { d.Form.Employment = filing.Employment{} }), "", ""},
		{"who leaves may have an ended one", both(gone, func(d *D) { d.Form.Employment.ContractTo = "2026-10-01" }), "", ""},

		{"required hours short", both(renewal, func(d *D) { d.Form.ContinuingEducation.RequiredHours = 59 }), "/continuing_education/required_hours", "filing.continuing_education_short"},
		{"elective hours short", both(renewal, func(d *D) { d.Form.ContinuingEducation.ElectiveHours = 0 }), "/continuing_education/elective_hours", "filing.continuing_education_short"},
		{"architects need 40 and 40", both(renewal, func(d *D) {
			d.Profession, d.Form.ContinuingEducation = "architect_1", filing.ContinuingEducation{RequiredHours: 40, ElectiveHours: 40}
			d.Form.Registration.CertificateNumber, d.Form.Registration.SealNumber = "211100123", ""
		}), "", ""},
		{"negative hours", func(d *D) { d.Form.ContinuingEducation.RequiredHours = -1 }, "/continuing_education/required_hours", "filing.hours_out_of_range"},

		{"pre-registered initial", func(d *D) { d.PreRegistration = true }, "", ""},
		{"pre-registered change", both(change, func(d *D) { d.PreRegistration = true }), "", ""},
		{"pre-registered renewal", both(renewal, func(d *D) { d.PreRegistration = true }), "/pre_registration", "filing.pre_registration_not_for_type"},
		{"correction without a reason", both(correction, func(d *D) { d.Form.Statement = " " }), "/statement", "filing.statement_required"},
		{"deregistration without a reason", both(gone, func(d *D) { d.Form.Statement = "" }), "/statement", "filing.statement_required"},
		{"ID number in the statement", func(d *D) { d.Form.Statement = "本人" + d.Personal.IDNumber + "更正" }, "/statement", "filing.number_in_statement"},

		{"paper of no kind", func(d *D) { d.Papers = append(d.Papers, shared("photo")...) }, "/attachments/5/kind", "filing.paper_kind"},
		{"paper neither file nor shared", func(d *D) { d.Papers[1].Shared, d.Papers[1].SharedSource = false, "" }, "/attachments/1", "filing.paper_file_or_shared"},
		{"paper shared from nowhere", func(d *D) { d.Papers[1].SharedSource = "" }, "/attachments/1", "filing.paper_file_or_shared"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := w.Delivery(t, w.Clerk)
			c.change(&d)
			_, _, err := w.Filings.Deliver(t.Context(), w.Person, d)
			if c.code == "" {
				if err != nil {
					t.Fatalf("refused: %v %+v", err, listed(err))
				}
				return
			}
			e := refusedAs(t, err, "filing.form_invalid")
			if !slices.ContainsFunc(e.Details, func(x errs.Detail) bool { return x.Pointer == c.pointer && x.Code == c.code }) {
				t.Errorf("details are %+v, wanted %s at %s", e.Details, c.code, c.pointer)
			}
			if len(e.Details) != 1 {
				t.Errorf("%d details for one fault: %+v", len(e.Details), e.Details)
			}
		})
	}
}

func listed(err error) []errs.Detail {
	var e *errs.Error
	if errors.As(err, &e) {
		return e.Details
	}
	return nil
}

// TestMissing goes through the table of papers (domain §5) by type and profession.
func TestMissing(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	const (
		form, id, qual, firm, work = filing.ApplicationForm, filing.Identity, filing.QualificationPaper, filing.EnterpriseQualification, filing.EmploymentContract
		edu, ins, left             = filing.EducationProof, filing.SocialInsurance, filing.DepartureProof
	)
	type K = []filing.PaperKind
	cases := []struct {
		name       string
		typ        filing.RegistrationType
		profession filing.Profession
		pre        bool
		issued     string // qualification certificate
		until      string // present registration
		want       K
	}{
		{"initial", filing.Initial, "structural_1", false, "2024-01-01", "", K{form, id, qual, firm, work}},
		{"initial, three years to the day", filing.Initial, "structural_1", false, "2023-11-23", "", K{form, id, qual, firm, work}},
		{"initial, three years and a day", filing.Initial, "structural_1", false, "2023-11-22", "", K{form, id, qual, firm, work, edu}},
		{"initial, pre-registered", filing.Initial, "structural_1", true, "2024-01-01", "", K{form, id, qual, work}},
		{"initial, utility", filing.Initial, "utility_hvac", false, "2024-01-01", "", K{form, id, qual, firm, work, ins}},
		{"initial, electrical", filing.Initial, "electrical_supply", false, "2024-01-01", "", K{form, id, qual, firm, work, ins}},
		{"initial, chemical", filing.Initial, "chemical", false, "2024-01-01", "", K{form, id, qual, firm, work, ins}},
		{"renewal", filing.Renewal, "architect_1", false, "", "2027-01-01", K{form, work, edu}},
		{"renewal, water", filing.Renewal, "utility_water", false, "", "2027-01-01", K{form, work, edu, ins}},
		{"change, a day over half a year left", filing.Change, "geotechnical", false, "", "2027-05-24", K{form, firm, work, left}},
		{"change, half a year left", filing.Change, "geotechnical", false, "", "2027-05-23", K{form, firm, work, edu, left}},
		{"change, pre-registered", filing.Change, "geotechnical", true, "", "2028-05-24", K{form, work, left}},
		{"correction", filing.Correction, "chemical", false, "", "2028-01-01", K{form, id}},
		{"deregistration", filing.Deregistration, "utility_power", false, "", "2028-01-01", K{form, left}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := filing.Delivery{RegistrationType: c.typ, Profession: c.profession, PreRegistration: c.pre}
			d.Form.Qualification.IssuedOn = c.issued
			if c.until != "" {
				d.Form.Registration = &filing.Registration{ValidUntil: c.until}
			}
			if got := d.Missing(now); !slices.Equal(got, c.want) {
				t.Errorf("missing %v, wanted %v", got, c.want)
			}
			d.Papers = shared(c.want...)
			if got := d.Missing(now); len(got) != 0 {
				t.Errorf("all are shared, yet %v are missing", got)
			}
			if got := d.Missing(time.Date(2017, 12, 31, 15, 0, 0, 0, time.UTC)); len(got) != 0 {
				t.Errorf("before the table applied %v were asked for", got)
			}
		})
	}
}
