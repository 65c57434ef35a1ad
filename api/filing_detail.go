package api

import (
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"zhuce/internal/filing"
	"zhuce/internal/idno"
)

// FilingPaper is one paper: a file, or one that the authority gets by data sharing.
type FilingPaper struct {
	ID           *string `json:"id" extensions:"x-nullable" format:"uuid" example:"019363d0-9a10-7e21-8c43-b1a2c3d4e5f6"`
	Kind         string  `json:"kind" example:"employment_contract"`
	FileName     string  `json:"file_name" example:"劳动合同.pdf"`
	MediaType    string  `json:"media_type" example:"application/pdf"`
	Size         int64   `json:"size" example:"182044"`
	SHA256       string  `json:"sha256" example:"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"`
	Shared       bool    `json:"shared" example:"false"`
	SharedSource string  `json:"shared_source" example:""`
}

// FilingCommitment is the commitment that a filing was last submitted under.
type FilingCommitment struct {
	ID          string    `json:"id" format:"uuid" example:"019363d1-1b2c-7d3e-8f40-51627384a5b6"`
	Reference   string    `json:"reference" example:"SB2026112300000007"`
	SubmittedAt time.Time `json:"submitted_at" example:"2026-11-23T03:01:00Z"`
	SubmittedBy string    `json:"submitted_by" example:"王芳"`
}

// Filing is a filing with everything that stands below it.
type Filing struct {
	FilingRow
	Form          FilingForm        `json:"form"`
	Attachments   []FilingPaper     `json:"attachments"`
	MissingPapers []string          `json:"missing_papers" example:"social_insurance"`
	Timeline      []TimelineEntry   `json:"timeline"`
	Commitment    *FilingCommitment `json:"commitment" extensions:"x-nullable"`
	Supplement    *FilingSupplement `json:"supplement" extensions:"x-nullable"` // the qualification of a supplemented pre-registration
	// Withdrawals are the person's requests to withdraw, the oldest first.
	Withdrawals []FilingWithdrawal `json:"withdrawals"`
}

// FilingForm is what the person filled in; personal numbers are masked.
type FilingForm struct {
	Person              FilingPerson              `json:"person"`
	Qualification       FilingQualification       `json:"qualification"`
	Registration        *FilingRegistration       `json:"registration" extensions:"x-nullable"`
	Employment          FilingEmployment          `json:"employment"`
	ContinuingEducation FilingContinuingEducation `json:"continuing_education"`
	Statement           string                    `json:"statement" example:""`
}

// FilingPerson is the person (个人信息).
type FilingPerson struct {
	Name            string `json:"name" example:"李明"`
	Gender          string `json:"gender" example:"male"`
	IDType          string `json:"id_type" example:"resident_id"`
	IDNumberMasked  string `json:"id_number_masked" example:"110101********1237"`
	BirthDateMasked string `json:"birth_date_masked" example:"****-**-**"` // the masked ID number and the birth date would give the whole number
	Ethnicity       string `json:"ethnicity" example:"汉族"`
	Education       string `json:"education" example:"bachelor"`
	School          string `json:"school" example:"同济大学"`
	Major           string `json:"major" example:"土木工程"`
	GraduatedOn     string `json:"graduated_on" example:"2012-07-01"`
	Title           string `json:"title" example:"高级工程师"`
	MobileMasked    string `json:"mobile_masked" example:"138****5678"`
	Email           string `json:"email" example:"li@example.com"`
}

// FilingQualification is the qualification certificate (资格证书).
type FilingQualification struct {
	CertificateNumber string `json:"certificate_number" example:"2019034110340000001234"`
	IssuedOn          string `json:"issued_on" example:"2024-03-01"`
}

// FilingRegistration is the present registration (现注册证书).
type FilingRegistration struct {
	CertificateNumber string `json:"certificate_number" example:"S201101234"`
	SealNumber        string `json:"seal_number" example:"1100001-S001"`
	ValidUntil        string `json:"valid_until" example:"2027-03-01"`
}

// FilingEmployment is the employment (聘用).
type FilingEmployment struct {
	ContractType     string `json:"contract_type" example:"fixed_term"`
	ContractFrom     string `json:"contract_from" example:"2024-01-01"`
	ContractTo       string `json:"contract_to" example:"2027-12-31"`
	PreviousEmployer string `json:"previous_employer" example:""`
}

// FilingContinuingEducation is the continuing education of the present term, in hours.
type FilingContinuingEducation struct {
	RequiredHours int `json:"required_hours" example:"60"`
	ElectiveHours int `json:"elective_hours" example:"60"`
}

// RevealRequest gives the reason for seeing personal numbers in full.
type RevealRequest struct {
	Reason string `json:"reason" validate:"required,max=200" example:"核对身份证件"`
}

// Revealed are the personal numbers in full.
type Revealed struct {
	IDNumber  string `json:"id_number" example:"110101199003071233"`
	Mobile    string `json:"mobile" example:"13812345678"`
	BirthDate string `json:"birth_date" format:"date" example:"1990-03-07"`
}

// getFiling shows one filing.
//
// @ID          getFiling
// @Summary     One filing with its form, papers and timeline (查看)
// @Description The filing as its person wrote it, its papers, the qualification that it awaits or was given, and every step with its time and reason. Personal numbers are masked. `actions` says what is open to the caller, and why not.
// @Tags        filings
// @Produce     json
// @Param       id            path   string true  "filing" format(uuid)
// @Param       If-None-Match header string false "version already held"
// @Success     200 {object} Filing
// @Success     304 "not changed"
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Security    Session
// @Security    OAuth2[enterprise:filings]
// @Router      /filings/{id} [get]
func (a *API) getFiling(c echo.Context) error {
	id, err := pathID(c, "id", filing.ErrNotFound)
	if err != nil {
		return err
	}
	d, err := a.app.Filings.Get(c.Request().Context(), actor(c), id)
	if err != nil {
		return err
	}
	barred, err := a.barred(c, []filing.Filing{d.Filing})
	if err != nil {
		return err
	}
	out := Filing{FilingRow: a.filingRow(d.Filing, language(c.Request()), barred),
		Attachments: filingPapers(d.Attachments), Timeline: timeline(d.Timeline), MissingPapers: []string{},
		Withdrawals: make([]FilingWithdrawal, len(d.Withdrawals))}
	marks, err := a.app.Appeals.OpenOfFilings(c.Request().Context(), actor(c), []uuid.UUID{id})
	if err != nil {
		return err
	}
	out.Finding = openFinding(marks, id)
	out.Form, out.Supplement = filingForm(d), filingSupplement(d.Supplement)
	out.Actions = forPeople(c, out.Actions)
	for _, kind := range d.Missing(a.app.Now()) {
		out.MissingPapers = append(out.MissingPapers, string(kind))
	}
	for i, w := range d.Withdrawals {
		out.Withdrawals[i] = filingWithdrawal(w)
	}
	if s := d.Commitment; s != nil {
		out.Commitment = &FilingCommitment{s.ID.String(), s.Reference, s.SubmittedAt.UTC(), s.SubmittedBy}
	}
	return sendVersioned(c, http.StatusOK, d.Version, out)
}

// revealFiling shows personal numbers in full.
//
// @ID          revealFiling
// @Summary     Show the ID and phone number in full (查看完整号码)
// @Description An action of its own: the reason, the caller and the time go to the audit log.
// @Tags        filings
// @Accept      json
// @Produce     json
// @Param       id   path string        true "filing" format(uuid)
// @Param       body body RevealRequest true "reason"
// @Success     200 {object} Revealed
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Security    Session
// @Router      /filings/{id}/reveal [post]
func (a *API) revealFiling(c echo.Context) error {
	id, err := pathID(c, "id", filing.ErrNotFound)
	if err != nil {
		return err
	}
	var req RevealRequest
	if err := a.bind(c, &req); err != nil {
		return err
	}
	switch {
	case strings.TrimSpace(req.Reason) == "":
		return errInvalid.New().With(fieldRules["required"].At("/reason"))
	case idno.HasPersonalNumber(req.Reason):
		return errInvalid.New().With(errPersonalNumber.At("/reason"))
	}
	p, err := a.app.Filings.Reveal(c.Request().Context(), actor(c), id, req.Reason)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, Revealed(p))
}

func filingForm(d filing.Detail) FilingForm {
	p := d.Form.Person
	out := FilingForm{
		Person: FilingPerson{d.PersonName, d.Gender, d.IDType, d.IDNumberMasked, "****-**-**", p.Ethnicity, p.Education, p.School,
			p.Major, p.GraduatedOn, p.Title, d.MobileMasked, p.Email},
		Qualification:       FilingQualification(d.Form.Qualification),
		Employment:          FilingEmployment(d.Form.Employment),
		ContinuingEducation: FilingContinuingEducation(d.Form.ContinuingEducation),
		Statement:           d.Form.Statement,
	}
	if d.Form.Registration != nil {
		r := FilingRegistration(*d.Form.Registration)
		out.Registration = &r
	}
	return out
}
