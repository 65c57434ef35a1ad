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
	// Days goes with a pause alone: the working days that are told to be left out.
	Days  int            `json:"days" validate:"gte=0,lte=60" example:"0"`
	Items []DecisionItem `json:"items" validate:"required,min=1,max=500,dive"`
	// DryRun asks what would be refused; nothing is written and the decision_ref stays free.
	DryRun bool `json:"dry_run" validate:"omitempty" example:"false"`
}

// DecisionItem is one filing of a decision. Numbers and term go with an approval
// alone; a term left out follows from the rules.
type DecisionItem struct {
	FilingID          string `json:"filing_id" validate:"required,uuid" format:"uuid" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	CertificateNumber string `json:"certificate_number" validate:"max=20" example:"S261100123"`
	SealNumber        string `json:"seal_number" validate:"max=20" example:"1100321-S007"`
	ValidFrom         string `json:"valid_from" validate:"omitempty,date" format:"date" example:"2026-11-23"`
	ValidUntil        string `json:"valid_until" validate:"omitempty,date" format:"date" example:"2029-11-22"`
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
// @Description `reason` is required for refuse, ask_correction, deny, pause and extend. An approval acts upon the register: an initial registration needs certificate and seal number, a change of employer the seal number; all else may be left out and is kept, or follows from the rules.
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
	d := filing.Decision{Ref: req.DecisionRef, Action: filing.Action(req.Action), Reason: req.Reason, Days: req.Days, DryRun: req.DryRun}
	for _, item := range req.Items {
		d.Items = append(d.Items, filing.Item{FilingID: uuid.MustParse(item.FilingID), Given: registrant.Given{
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

// number takes off what typing leaves around a certificate or seal number.
func number(s string) string { return strings.ToUpper(strings.TrimSpace(s)) }

// date writes a date as all dates of the API are written.
func date(t time.Time) string { return t.Format(time.DateOnly) }
