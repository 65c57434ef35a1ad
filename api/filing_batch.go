package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"zhuce/internal/filing"
	"zhuce/internal/idno"
)

// FilingIDs names filings to look into before acting.
type FilingIDs struct {
	Action    string   `json:"action" validate:"required,oneof=submit return supplement agree_withdrawal decline_withdrawal" example:"submit"`
	FilingIDs []string `json:"filing_ids" validate:"required,min=1,max=500,dive,uuid" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
}

// FilingRefusal says why one filing cannot be acted upon.
type FilingRefusal struct {
	FilingID   string `json:"filing_id" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	PersonName string `json:"person_name" example:"李明"`
	Status     string `json:"status" example:"province_pending"`
	Code       string `json:"code" example:"filing.only_pending_can_be_submitted"`
	Reason     string `json:"reason" example:"只有未上报的申报可以上报（当前：省级未受理）"`
}

// FilingCheck is the outcome of a dry run.
type FilingCheck struct {
	OK       bool            `json:"ok" example:"false"`
	Count    int             `json:"count" example:"2"`
	Refusals []FilingRefusal `json:"refusals"`
}

// SubmitRequest submits exactly the filings that the commitment was opened for.
type SubmitRequest struct {
	CommitmentID string   `json:"commitment_id" validate:"required,uuid" format:"uuid" example:"019363d1-1b2c-7d3e-8f40-51627384a5b6"`
	FilingIDs    []string `json:"filing_ids" validate:"required,min=1,max=500,dive,uuid" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	Agreed       bool     `json:"agreed" example:"true"`
}

// FilingMoved is a filing after an act.
type FilingMoved struct {
	ID     string `json:"id" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	Status string `json:"status" example:"province_pending"`
}

// SubmitResult is what was submitted, under which number.
type SubmitResult struct {
	Count        int           `json:"count" example:"1"`
	Reference    string        `json:"reference" example:"SB2026112300000007"`
	CommitmentID string        `json:"commitment_id" example:"019363d1-1b2c-7d3e-8f40-51627384a5b6"`
	SubmittedAt  time.Time     `json:"submitted_at" example:"2026-11-23T03:01:00Z"`
	Filings      []FilingMoved `json:"filings"`
}

// ReturnRequest hands filings back to the persons.
type ReturnRequest struct {
	FilingIDs []string `json:"filing_ids" validate:"required,min=1,max=500,dive,uuid" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	Reason    string   `json:"reason" validate:"required,max=500" example:"劳动合同签字页缺失"`
}

// ReturnResult is what was returned.
type ReturnResult struct {
	Count      int           `json:"count" example:"1"`
	ReturnedAt time.Time     `json:"returned_at" example:"2026-11-23T03:01:00Z"`
	Filings    []FilingMoved `json:"filings"`
}

// checkFilings is the dry run of every act on several filings.
//
// @ID          checkFilings
// @Summary     Ask what would be refused (预检)
// @Description The same rules as the act itself (POST /filings/submit, /filings/return …); nothing is written.
// @Tags        filings
// @Accept      json
// @Produce     json
// @Param       body body FilingIDs true "action and filings"
// @Success     200 {object} FilingCheck
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     409 {object} Problem
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Security    Session
// @Router      /filings/check [post]
func (a *API) checkFilings(c echo.Context) error {
	var req FilingIDs
	if err := a.bind(c, &req); err != nil {
		return err
	}
	count, refused, err := a.app.Filings.Check(c.Request().Context(), actor(c), filing.Action(req.Action), uuids(req.FilingIDs))
	if err != nil {
		return err
	}
	lang := language(c.Request())
	out := FilingCheck{OK: len(refused) == 0, Count: count, Refusals: make([]FilingRefusal, len(refused))}
	for i, r := range refused {
		out.Refusals[i] = FilingRefusal{r.ID.String(), r.PersonName, string(r.Status), r.Why.Def.Code, r.Why.Def.Text.In(lang, r.Why.Params)}
	}
	return c.JSON(http.StatusOK, out)
}

// submitFilings reports filings under a commitment.
//
// @ID          submitFilings
// @Summary     Submit filings under a commitment (上报)
// @Description All or nothing: when one filing is refused nothing moves, and `errors` names every refused filing with its present status. The commitment must have been open for its reading time and covers exactly these ids, once.
// @Tags        filings
// @Accept      json
// @Produce     json
// @Param       body body SubmitRequest true "commitment and filings"
// @Success     200 {object} SubmitResult
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Failure     409 {object} Problem
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Security    Session
// @Router      /filings/submit [post]
func (a *API) submitFilings(c echo.Context) error {
	var req SubmitRequest
	if err := a.bind(c, &req); err != nil {
		return err
	}
	if !req.Agreed {
		return errNotAgreed.New().With(errNotAgreed.At("/agreed"))
	}
	r, err := a.app.Filings.Submit(c.Request().Context(), actor(c), uuids([]string{req.CommitmentID})[0], uuids(req.FilingIDs))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, SubmitResult{len(r.Filings), r.Reference, r.CommitmentID.String(), r.SubmittedAt, filingsMoved(r.Filings)})
}

// returnFilings hands filings back.
//
// @ID          returnFilings
// @Summary     Return filings to the persons (退回)
// @Description All or nothing. A returned filing leaves the management list; the person can deliver it again.
// @Tags        filings
// @Accept      json
// @Produce     json
// @Param       body body ReturnRequest true "filings and reason"
// @Success     200 {object} ReturnResult
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     409 {object} Problem
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Security    Session
// @Router      /filings/return [post]
func (a *API) returnFilings(c echo.Context) error {
	var req ReturnRequest
	if err := a.bind(c, &req); err != nil {
		return err
	}
	if idno.HasPersonalNumber(req.Reason) {
		return errInvalid.New().With(errPersonalNumber.At("/reason"))
	}
	r, err := a.app.Filings.Return(c.Request().Context(), actor(c), uuids(req.FilingIDs), req.Reason)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, ReturnResult{len(r.Filings), r.ReturnedAt, filingsMoved(r.Filings)})
}

func filingsMoved(ms []filing.Moved) []FilingMoved {
	out := make([]FilingMoved, len(ms))
	for i, m := range ms {
		out[i] = FilingMoved{m.ID.String(), string(m.Status)}
	}
	return out
}
