package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"zhuce/internal/filing"
	"zhuce/internal/idno"
)

// FilingWithdrawal is a person's request to withdraw, and how it ended.
type FilingWithdrawal struct {
	ID      string    `json:"id" format:"uuid" example:"019363d2-2b6c-7a01-b0c5-7d8e9f001122"`
	State   string    `json:"state" enums:"requested,agreed,declined,void,cancelled" example:"declined"`
	Reason  string    `json:"reason" example:"个人工作变动，申请撤回"`
	AskedBy string    `json:"asked_by" example:"李明"`
	AskedAt time.Time `json:"asked_at" example:"2026-11-24T02:00:00Z"`
	// EndedAt is when it was answered, cancelled, or made void by the authority; null while it waits.
	EndedAt    *time.Time `json:"ended_at" extensions:"x-nullable" example:"2026-11-24T03:00:00Z"`
	EndedParty *string    `json:"ended_party" extensions:"x-nullable" example:"enterprise"`
	EndedBy    *string    `json:"ended_by" extensions:"x-nullable" example:"王芳"`
	// Answer is why it was declined.
	Answer *string `json:"answer" extensions:"x-nullable" example:"项目需要，经与本人沟通继续办理"`
}

// WithdrawalAgreement names the filings whose persons may withdraw.
type WithdrawalAgreement struct {
	FilingIDs []string `json:"filing_ids" validate:"required,min=1,max=500,dive,uuid" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
}

// WithdrawalRefusal names the filings that go on, and why.
type WithdrawalRefusal struct {
	FilingIDs []string `json:"filing_ids" validate:"required,min=1,max=500,dive,uuid" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	Reason    string   `json:"reason" validate:"required,max=500" example:"项目需要，经与本人沟通继续办理"`
}

// WithdrawalAnswer is what was answered.
type WithdrawalAnswer struct {
	Count      int           `json:"count" example:"1"`
	AnsweredAt time.Time     `json:"answered_at" example:"2026-11-24T03:00:00Z"`
	Filings    []FilingMoved `json:"filings"`
}

// agreeWithdrawal lets persons withdraw.
//
// @ID          agreeWithdrawal
// @Summary     Agree to withdrawals (同意撤回)
// @Description All or nothing. The filings become 已撤回 and are closed; the persons can file anew. Refused where nothing is asked, or the authority was first.
// @Tags        filings
// @Accept      json
// @Produce     json
// @Param       body body WithdrawalAgreement true "filings"
// @Success     200 {object} WithdrawalAnswer
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     409 {object} Problem
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Security    Session
// @Router      /filings/agree-withdrawal [post]
func (a *API) agreeWithdrawal(c echo.Context) error {
	var req WithdrawalAgreement
	if err := a.bind(c, &req); err != nil {
		return err
	}
	r, err := a.app.Filings.AgreeWithdrawals(c.Request().Context(), actor(c), uuids(req.FilingIDs))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, withdrawalAnswer(r))
}

// declineWithdrawal keeps filings going.
//
// @ID          declineWithdrawal
// @Summary     Decline withdrawals (不同意撤回)
// @Description All or nothing. The filings go on as they were; the persons are told the reason and may ask again.
// @Tags        filings
// @Accept      json
// @Produce     json
// @Param       body body WithdrawalRefusal true "filings and reason"
// @Success     200 {object} WithdrawalAnswer
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     409 {object} Problem
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Security    Session
// @Router      /filings/decline-withdrawal [post]
func (a *API) declineWithdrawal(c echo.Context) error {
	var req WithdrawalRefusal
	if err := a.bind(c, &req); err != nil {
		return err
	}
	if idno.HasPersonalNumber(req.Reason) {
		return errInvalid.New().With(errPersonalNumber.At("/reason"))
	}
	r, err := a.app.Filings.DeclineWithdrawals(c.Request().Context(), actor(c), uuids(req.FilingIDs), req.Reason)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, withdrawalAnswer(r))
}

func withdrawalAnswer(r filing.Answered) WithdrawalAnswer {
	return WithdrawalAnswer{len(r.Filings), r.AnsweredAt.UTC(), filingsMoved(r.Filings)}
}

func filingWithdrawal(w filing.WithdrawalRequest) FilingWithdrawal {
	return FilingWithdrawal{w.ID.String(), string(w.State), w.Reason, w.AskedBy, w.AskedAt.UTC(), utc(w.EndedAt), orNull(w.EndedParty), orNull(w.EndedBy), orNull(w.Answer)}
}
