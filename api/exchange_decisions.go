package api

import (
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"zhuce/internal/filing"
	"zhuce/internal/idno"
	"zhuce/internal/registrant"
)

// DecisionRequest is what an authority decides on filings, all or none.
type DecisionRequest struct {
	DecisionRef string `json:"decision_ref" validate:"required,max=100,printascii" example:"p11-20261123-0042"`
	Action      string `json:"action" validate:"required,decision" example:"approve"`
	Reason      string `json:"reason" validate:"max=500" example:""`
	// LegalBasis names grounds by their codes (/meta, legal_bases); required for refuse, ask_correction and deny.
	LegalBasis []string `json:"legal_basis" validate:"omitempty,max=10,unique,dive,legalbasis" example:"licensing_32_5"`
	// Corrections say item by item what is to be corrected; for all filings, beside each one's own.
	Corrections []DecisionCorrection `json:"corrections" validate:"omitempty,max=50,dive"`
	// Papers were uploaded before to /exchange/decisions/attachments; for all filings, beside each one's own.
	Papers    []DecisionPaper    `json:"papers" validate:"omitempty,max=10,dive"`
	Publicity *DecisionPublicity `json:"publicity" validate:"omitempty" extensions:"x-nullable"`
	// Days goes with a pause alone: the working days that are told to be left out.
	Days  int            `json:"days" validate:"gte=0,lte=60" example:"0"`
	Items []DecisionItem `json:"items" validate:"required,min=1,max=500,dive"`
	// DryRun asks what would be refused; nothing is written and the decision_ref stays free.
	DryRun bool `json:"dry_run" validate:"omitempty" example:"false"`
}

// DecisionItem is one filing of a decision. Numbers and term go with an approval
// alone; a term left out follows from the rules.
type DecisionItem struct {
	FilingID          string               `json:"filing_id" validate:"required,uuid" format:"uuid" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	CertificateNumber string               `json:"certificate_number" validate:"max=20" example:"S261100123"`
	SealNumber        string               `json:"seal_number" validate:"max=20" example:"1100321-S007"`
	ValidFrom         string               `json:"valid_from" validate:"omitempty,date" format:"date" example:"2026-11-23"`
	ValidUntil        string               `json:"valid_until" validate:"omitempty,date" format:"date" example:"2029-11-22"`
	Corrections       []DecisionCorrection `json:"corrections" validate:"omitempty,max=50,dive"`
	Papers            []DecisionPaper      `json:"papers" validate:"omitempty,max=10,dive"`
}

// DecisionCorrection is one thing to correct: a field of the delivery or a kind of paper, one of the two.
type DecisionCorrection struct {
	Field     string `json:"field" validate:"max=60" example:"/employment/contract_to"`
	PaperKind string `json:"paper_kind" validate:"max=40" example:""`
	Text      string `json:"text" validate:"required,max=500" example:"劳动合同截止日期与合同扫描件不一致"`
}

// DecisionPaper is a paper that goes with a decision.
type DecisionPaper struct {
	Kind         string `json:"kind" validate:"required,decisionpaper" example:"acceptance_notice"`
	AttachmentID string `json:"attachment_id" validate:"required,uuid" format:"uuid" example:"019363d0-9a10-7e21-8c43-b1a2c3d4e5f6"`
}

// DecisionPublicity is how long a publicity lasts and where it can be read. Given, approval waits for its end.
type DecisionPublicity struct {
	From  string `json:"from" validate:"required,date" format:"date" example:"2026-11-24"`
	Until string `json:"until" validate:"required,date" format:"date" example:"2026-12-03"`
	Link  string `json:"link" validate:"omitempty,max=500,httpslink" example:"https://www.mohurd.gov.cn/"`
}

// DecisionResult is the answer to a decision, the same however often it is sent.
type DecisionResult struct {
	Count     int             `json:"count" example:"1"`
	DecidedAt time.Time       `json:"decided_at" example:"2026-11-23T03:00:00Z"`
	DryRun    bool            `json:"dry_run" example:"false"`
	Filings   []DecidedFiling `json:"filings"`
}

// DecidedFiling is one filing after the decision.
type DecidedFiling struct {
	ID     string `json:"id" format:"uuid" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	Status string `json:"status" example:"approved"`
	// Registration is how the register stands after an approval; null after any other decision.
	Registration *DecidedRegistration `json:"registration" extensions:"x-nullable"`
}

// DecidedRegistration is a registration as an approval left it.
type DecidedRegistration struct {
	ID                string `json:"id" format:"uuid" example:"019363d2-77aa-7c01-8a55-0e3f0d6c2b11"`
	CertificateNumber string `json:"certificate_number" example:"S261100123"`
	SealNumber        string `json:"seal_number" example:"1100321-S007"`
	ValidFrom         string `json:"valid_from" format:"date" example:"2026-11-23"`
	ValidUntil        string `json:"valid_until" format:"date" example:"2029-11-22"`
	Status            string `json:"status" example:"valid"`
}

// decideFilings takes an authority's decision.
//
// @ID          decideFilings
// @Summary     Decide on filings (受理、不予受理、补正通知、转报、公示、准予注册、不予注册、暂停和恢复计时、延长期限)
// @Description All or none: when one filing is refused nothing moves, and `errors` names each with its place and the record in the way. The province and the ministry are told apart by the client; a province decides on its own filings alone.
// @Description pause, resume and extend move the legal clock alone: a pause leaves out the working days that it tells (`days`, 行政许可法 art. 45), an extension adds ten once (art. 42).
// @Description `reason` is required for refuse, ask_correction, deny, pause and extend, `legal_basis` for the first three; a correction notice says item by item, and once, what is to be corrected (一次告知). `papers` (受理通知书 …) become the enterprise's and the person's to read. `publicity` names its days: approval is refused before they are over.
// @Description An approval acts upon the register: an initial registration needs certificate and seal number, a change of employer the seal number; all else may be left out and is kept, or follows from the rules.
// @Description The same decision_ref with the same body is applied once and answered with the first answer; with another body it is refused.
// @Tags        exchange
// @Accept      json
// @Produce     json
// @Param       body body DecisionRequest true "decision"
// @Success     200 {object} DecisionResult
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     409 {object} Problem
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Security    OAuth2[filings:decide]
// @Router      /exchange/decisions [post]
func (a *API) decideFilings(c echo.Context) error {
	var req DecisionRequest
	if err := a.bind(c, &req); err != nil {
		return err
	}
	if idno.HasPersonalNumber(req.Reason) {
		return errInvalid.New().With(errPersonalNumber.At("/reason"))
	}
	d := filing.Decision{Ref: req.DecisionRef, Action: filing.Action(req.Action), Reason: req.Reason, Basis: req.LegalBasis, Days: req.Days,
		Corrections: corrections(req.Corrections), Papers: givenPapers(req.Papers), DryRun: req.DryRun}
	if p := req.Publicity; p != nil {
		d.Publicity = &filing.PublicityDays{From: p.From, Until: p.Until, Link: p.Link}
	}
	for _, item := range req.Items {
		d.Items = append(d.Items, filing.Item{FilingID: uuid.MustParse(item.FilingID), Corrections: corrections(item.Corrections), Papers: givenPapers(item.Papers), Given: registrant.Given{
			CertificateNumber: number(item.CertificateNumber), SealNumber: number(item.SealNumber), ValidFrom: item.ValidFrom, ValidUntil: item.ValidUntil}})
	}
	done, _, err := a.app.Filings.Decide(c.Request().Context(), actor(c), d)
	if err != nil {
		return err
	}
	out := DecisionResult{Count: len(done.Filings), DecidedAt: done.DecidedAt.UTC(), DryRun: req.DryRun, Filings: make([]DecidedFiling, len(done.Filings))}
	for i, m := range done.Filings {
		out.Filings[i] = DecidedFiling{ID: m.ID.String(), Status: string(m.Status)}
		if i < len(done.Registers) {
			r := done.Registers[i]
			out.Filings[i].Registration = &DecidedRegistration{r.ID.String(), r.CertificateNumber, r.SealNumber, date(r.ValidFrom), date(r.ValidUntil), string(r.Status)}
		}
	}
	return c.JSON(http.StatusOK, out)
}

func corrections(list []DecisionCorrection) []filing.CorrectionAsked {
	var out []filing.CorrectionAsked
	for _, c := range list {
		out = append(out, filing.CorrectionAsked{Field: c.Field, PaperKind: filing.PaperKind(c.PaperKind), Text: c.Text})
	}
	return out
}

func givenPapers(list []DecisionPaper) []filing.GivenPaper {
	var out []filing.GivenPaper
	for _, p := range list {
		out = append(out, filing.GivenPaper{Kind: filing.DecisionPaperKind(p.Kind), AttachmentID: uuid.MustParse(p.AttachmentID)})
	}
	return out
}

// uploadDecisionPaper takes a file that a decision will name.
//
// @ID          uploadDecisionPaper
// @Summary     Upload a paper for a decision (上传决定文书)
// @Description PDF, JPG or PNG, told by the contents. Name its id in POST /exchange/decisions within seven days; until then it can be given to any number of filings. After that the upload is deleted, what was given stays.
// @Tags        exchange
// @Accept      multipart/form-data
// @Produce     json
// @Param       file formData file true "PDF, JPG, PNG"
// @Success     201 {object} Attachment
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Security    OAuth2[filings:decide]
// @Router      /exchange/decisions/attachments [post]
func (a *API) uploadDecisionPaper(c echo.Context) error { return a.upload(c) }

// number takes off what typing leaves around a certificate or seal number.
func number(s string) string { return strings.ToUpper(strings.TrimSpace(s)) }

// date writes a date as all dates of the API are written.
func date(t time.Time) string { return t.Format(time.DateOnly) }
