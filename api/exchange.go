package api

import (
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"zhuce/internal/attachment"
	"zhuce/internal/filing"
)

// DeliveryRequest is a filing that the person's system hands over.
type DeliveryRequest struct {
	DeliveryRef             string                `json:"delivery_ref" validate:"required,max=100,printascii" example:"d-20261123-000123"`
	FilingRef               string                `json:"filing_ref" validate:"required,max=100,printascii" example:"f-000123"`
	UnifiedSocialCreditCode string                `json:"unified_social_credit_code" validate:"required,max=18" example:"91110000000000107R"`
	Profession              string                `json:"profession" validate:"required,profession" example:"structural_1"`
	RegistrationType        string                `json:"registration_type" validate:"required,registrationtype" example:"initial"`
	PreRegistration         bool                  `json:"pre_registration" validate:"omitempty" example:"false"`
	Person                  DeliveryPerson        `json:"person" validate:"required"`
	Qualification           DeliveryQualification `json:"qualification" validate:"omitempty"`
	Registration            *DeliveryRegistration `json:"registration" validate:"omitempty" extensions:"x-nullable"`
	Employment              DeliveryEmployment    `json:"employment" validate:"omitempty"`
	ContinuingEducation     DeliveryEducation     `json:"continuing_education" validate:"omitempty"`
	Statement               string                `json:"statement" validate:"max=1000" example:""`
	Attachments             []DeliveryPaper       `json:"attachments" validate:"omitempty,max=50,dive"`
	// DryRun judges the same and keeps nothing: 204 says that it would be taken, and the ref stays free.
	DryRun bool `json:"dry_run" validate:"omitempty" example:"false"`
}

// DeliveryPerson is the person to be registered.
type DeliveryPerson struct {
	Name        string `json:"name" validate:"required,max=60" example:"李明"`
	Gender      string `json:"gender" validate:"required,oneof=male female" example:"male"`
	IDType      string `json:"id_type" validate:"required,max=40" example:"resident_id"`
	IDNumber    string `json:"id_number" validate:"required,max=40" example:"110101199003071233"`
	BirthDate   string `json:"birth_date" validate:"required,date" format:"date" example:"1990-03-07"`
	Ethnicity   string `json:"ethnicity" validate:"max=30" example:"汉族"`
	Education   string `json:"education" validate:"max=30" example:"bachelor"`
	School      string `json:"school" validate:"max=100" example:"同济大学"`
	Major       string `json:"major" validate:"max=100" example:"土木工程"`
	GraduatedOn string `json:"graduated_on" validate:"omitempty,date" format:"date" example:"2012-07-01"`
	Title       string `json:"title" validate:"max=60" example:"高级工程师"`
	Mobile      string `json:"mobile" validate:"required,mobile" example:"13812345678"`
	Email       string `json:"email" validate:"omitempty,max=100,email" example:"li@example.com"`
}

// DeliveryQualification is the certificate of the examination that was passed.
type DeliveryQualification struct {
	CertificateNumber string `json:"certificate_number" validate:"max=60" example:"2019034110340000001234"`
	IssuedOn          string `json:"issued_on" validate:"omitempty,date" format:"date" example:"2024-03-01"`
}

// DeliveryRegistration is the present registration; null for an initial one.
type DeliveryRegistration struct {
	CertificateNumber string `json:"certificate_number" validate:"required,max=20" example:"S201101234"`
	SealNumber        string `json:"seal_number" validate:"max=20" example:"1100001-S001"`
	ValidUntil        string `json:"valid_until" validate:"required,date" format:"date" example:"2027-03-01"`
}

// DeliveryEmployment is the contract with the enterprise that files.
type DeliveryEmployment struct {
	ContractType     string `json:"contract_type" validate:"max=30" example:"fixed_term"`
	ContractFrom     string `json:"contract_from" validate:"omitempty,date" format:"date" example:"2024-01-01"`
	ContractTo       string `json:"contract_to" validate:"omitempty,date" format:"date" example:"2027-12-31"`
	PreviousEmployer string `json:"previous_employer" validate:"max=100" example:""`
}

// DeliveryEducation counts the hours of continuing education in the present term.
type DeliveryEducation struct {
	RequiredHours int `json:"required_hours" validate:"gte=0,lte=1000" example:"60"`
	ElectiveHours int `json:"elective_hours" validate:"gte=0,lte=1000" example:"60"`
}

// DeliveryPaper is one paper: an uploaded file, or one that the authority gets by
// data sharing (国务院令第716号 art. 7).
type DeliveryPaper struct {
	Kind         string  `json:"kind" validate:"required,max=40" example:"employment_contract"`
	AttachmentID *string `json:"attachment_id" validate:"omitempty,uuid" format:"uuid" extensions:"x-nullable" example:"019363d0-9a10-7e21-8c43-b1a2c3d4e5f6"`
	Shared       bool    `json:"shared" validate:"omitempty" example:"false"`
	SharedSource string  `json:"shared_source" validate:"max=100" example:""`
}

// DeliveryResult is the answer to a delivery, the same however often it is sent.
type DeliveryResult struct {
	ID          string    `json:"id" format:"uuid" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	Reference   string    `json:"reference" example:"ZC2026112300000123"`
	Status      string    `json:"status" example:"pending_submission"`
	Revision    int       `json:"revision" example:"1"`
	DeliveredAt time.Time `json:"delivered_at" example:"2026-11-23T02:00:00Z"`
}

// ExchangeFiling is a filing as other systems see it; personal numbers are masked.
type ExchangeFiling struct {
	ID                      string  `json:"id" format:"uuid" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	FilingRef               string  `json:"filing_ref" example:"f-000123"`
	Reference               string  `json:"reference" example:"ZC2026112300000123"`
	EnterpriseName          string  `json:"enterprise_name" example:"北京华宇建筑设计有限公司"`
	UnifiedSocialCreditCode string  `json:"unified_social_credit_code" example:"91110000000000107R"`
	PersonName              string  `json:"person_name" example:"李明"`
	IDNumberMasked          string  `json:"id_number_masked" example:"110101********1237"`
	Profession              string  `json:"profession" example:"structural_1"`
	RegistrationType        string  `json:"registration_type" example:"initial"`
	Track                   string  `json:"track" example:"engineer"`
	Province                string  `json:"province" example:"11"`
	Status                  string  `json:"status" example:"returned"`
	Phase                   string  `json:"phase" example:"closed"`
	Open                    bool    `json:"open" example:"false"`
	PreRegistration         *string `json:"pre_registration" extensions:"x-nullable" example:"awaiting_qualification"`
	Withdrawal              *string `json:"withdrawal" extensions:"x-nullable" example:"declined"`
	// Clock is how long the authority may take for its present step; null while none has to act.
	Clock       *FilingClock   `json:"clock" extensions:"x-nullable"`
	Revision    int            `json:"revision" example:"1"`
	DeliveredAt time.Time      `json:"delivered_at" example:"2026-11-23T02:00:00Z"`
	SubmittedAt *time.Time     `json:"submitted_at" extensions:"x-nullable" example:"2026-11-23T03:00:00Z"`
	UpdatedAt   time.Time      `json:"updated_at" example:"2026-11-23T03:00:00Z"`
	Actions     []FilingAction `json:"actions"`
}

// DeliveredFiling is how far a filing is.
type DeliveredFiling struct {
	ExchangeFiling
	// ReturnedReason is why the enterprise returned it; null in any other status.
	ReturnedReason *string `json:"returned_reason" extensions:"x-nullable" example:"劳动合同签字页缺失"`
	// LastWithdrawal is the last request to withdraw, and how it ended; null when none was made.
	LastWithdrawal *DeliveredWithdrawal `json:"last_withdrawal" extensions:"x-nullable"`
	// DecisionReason is why an authority refused it or asked for a correction.
	DecisionReason *string `json:"decision_reason" extensions:"x-nullable" example:"缺少社会保险证明"`
	// Form is what the person filled in; personal numbers are masked.
	Form        FilingForm      `json:"form"`
	Attachments []FilingPaper   `json:"attachments"` // of the present revision
	Timeline    []TimelineEntry `json:"timeline"`    // the oldest first, with basis, papers and corrections of the decisions
}

// deliverFiling takes a filing from the person's system.
//
// @ID          deliverFiling
// @Summary     Deliver a filing to its enterprise (报送)
// @Description A new filing_ref makes a filing; a known one delivers it anew while it is returned or awaits correction.
// @Description The same delivery_ref with the same body is applied once and answered 200 with the first answer. With `dry_run` nothing is kept: 204 says that it would be taken.
// @Tags        exchange
// @Accept      json
// @Produce     json
// @Param       body body DeliveryRequest true "filing"
// @Success     200 {object} DeliveryResult "this delivery_ref was applied before"
// @Success     201 {object} DeliveryResult
// @Success     204 "dry run: it would be taken"
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     409 {object} Problem
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Security    OAuth2[filings:deliver]
// @Router      /exchange/filings [post]
func (a *API) deliverFiling(c echo.Context) error {
	var req DeliveryRequest
	if err := a.bind(c, &req); err != nil {
		return err
	}
	d, fresh, err := a.app.Filings.Deliver(c.Request().Context(), actor(c), req.delivery())
	if err != nil {
		return err
	}
	return taken(c, req.DryRun, createdIf(fresh), DeliveryResult{d.ID.String(), d.Reference, string(d.Status), d.Revision, d.DeliveredAt.UTC()})
}

// getDeliveredFiling shows how far a filing is.
//
// @ID          getDeliveredFiling
// @Summary     A filing with its form, papers and timeline (办理进度)
// @Description Every step stands in the timeline, decisions with their legal basis, papers, what is to be corrected and the days of the publicity. The person's system sees what it delivered, an authority what was submitted to it; any other filing does not exist. Every read goes to the audit log.
// @Tags        exchange
// @Produce     json
// @Param       id path string true "filing" format(uuid)
// @Success     200 {object} DeliveredFiling
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Security    OAuth2[filings:read]
// @Router      /exchange/filings/{id} [get]
func (a *API) getDeliveredFiling(c echo.Context) error {
	id, err := pathID(c, "id", filing.ErrNotFound)
	if err != nil {
		return err
	}
	p, err := a.app.Filings.Progress(c.Request().Context(), actor(c), id)
	if err != nil {
		return err
	}
	row := filing.DeskRow{Filing: p.Filing, EnterpriseName: p.EnterpriseName, CreditCode: p.CreditCode}
	out := DeliveredFiling{ExchangeFiling: a.exchangeFiling(row, actor(c).Party, language(c.Request())),
		Form: filingForm(p.Detail), Attachments: filingPapers(p.Attachments), Timeline: timeline(p.Timeline)}
	if p.LastWithdrawal != nil {
		last := deliveredWithdrawal(*p.LastWithdrawal)
		out.LastWithdrawal = &last
	}
	if p.Status == filing.Returned {
		out.ReturnedReason = orNull(p.Reason)
	} else {
		out.DecisionReason = orNull(p.Reason)
	}
	return c.JSON(http.StatusOK, out)
}

// getFilingPaper sends a paper of a filing to another system.
//
// @ID          getExchangeFilingPaper
// @Summary     The bytes of a paper of a filing (查看材料、文书)
// @Description What was delivered with it, at whichever time, and what was given with decisions. Readable by the client that delivered the filing, and by the authorities that it was submitted to. Every read goes to the audit log.
// @Tags        exchange
// @Produce     application/pdf,image/jpeg,image/png
// @Param       id            path   string true  "filing" format(uuid)
// @Param       attachment_id path   string true  "attachment" format(uuid)
// @Param       Range         header string false "bytes=0-1023"
// @Param       If-None-Match header string false "version already held"
// @Success     200 {file} file
// @Success     206 {file} file
// @Success     304 "not changed"
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Security    OAuth2[filings:read]
// @Router      /exchange/filings/{id}/attachments/{attachment_id}/content [get]
func (a *API) getFilingPaper(c echo.Context) error {
	id, err := pathID(c, "id", filing.ErrNotFound)
	if err != nil {
		return err
	}
	paper, err := pathID(c, "attachment_id", attachment.ErrNotFound)
	if err != nil {
		return err
	}
	at, content, err := a.app.Filings.OpenPaper(c.Request().Context(), actor(c), id, paper)
	if err != nil {
		return err
	}
	return sendFile(c, at, content)
}

// delivery maps a request that validation has passed.
func (r DeliveryRequest) delivery() filing.Delivery {
	p := r.Person
	d := filing.Delivery{DeliveryRef: r.DeliveryRef, FilingRef: r.FilingRef, CreditCode: r.UnifiedSocialCreditCode,
		Profession: filing.Profession(r.Profession), RegistrationType: filing.RegistrationType(r.RegistrationType), PreRegistration: r.PreRegistration, DryRun: r.DryRun,
		Form: filing.Form{
			Person: filing.Person{Name: p.Name, Gender: p.Gender, IDType: p.IDType, BirthDate: p.BirthDate, Ethnicity: p.Ethnicity,
				Education: p.Education, School: p.School, Major: p.Major, GraduatedOn: p.GraduatedOn, Title: p.Title, Email: p.Email},
			Qualification:       filing.Qualification(r.Qualification),
			Registration:        (*filing.Registration)(r.Registration),
			Employment:          filing.Employment(r.Employment),
			ContinuingEducation: filing.ContinuingEducation(r.ContinuingEducation),
			Statement:           r.Statement,
		},
		Personal: filing.Personal{IDNumber: p.IDNumber, Mobile: p.Mobile}}
	for _, paper := range r.Attachments {
		dp := filing.DeliveredPaper{Kind: filing.PaperKind(paper.Kind), Shared: paper.Shared, SharedSource: paper.SharedSource}
		if paper.AttachmentID != nil {
			id := uuid.MustParse(*paper.AttachmentID)
			dp.AttachmentID = &id
		}
		d.Papers = append(d.Papers, dp)
	}
	return d
}
