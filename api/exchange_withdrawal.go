package api

import (
	"crypto/sha256"
	"net/http"

	"github.com/labstack/echo/v4"

	"zhuce/internal/filing"
	"zhuce/internal/idno"
)

// WithdrawalRequest is a person's wish to withdraw a filing.
type WithdrawalRequest struct {
	WithdrawalRef string `json:"withdrawal_ref" validate:"required,max=100,printascii" example:"w-20261124-000007"`
	Reason        string `json:"reason" validate:"required,max=500" example:"个人工作变动，申请撤回"`
	// DryRun judges the same and keeps nothing: 204 says that it would be taken, and the ref stays free.
	DryRun bool `json:"dry_run" validate:"omitempty" example:"false"`
}

// DeliveredWithdrawal is the request as its sender sees it.
type DeliveredWithdrawal struct {
	FilingWithdrawal
	WithdrawalRef string `json:"withdrawal_ref" example:"w-20261124-000007"`
}

// askWithdrawal takes a person's request to withdraw.
//
// @ID          askWithdrawal
// @Summary     Ask to withdraw a filing (申请撤回)
// @Description Only while the filing is 省级未受理 or 部级未受理, and by the client that delivered it. The enterprise answers; when the authority acts first, the request is void.
// @Description The same withdrawal_ref with the same reason is applied once, and answered 200 with the request as it stands now. After a declined, cancelled or void one, another may be made under a new ref. With `dry_run` nothing is written: 204 says that it would be taken.
// @Tags        exchange
// @Accept      json
// @Produce     json
// @Param       id   path string            true "filing" format(uuid)
// @Param       body body WithdrawalRequest true "request"
// @Success     200 {object} DeliveredWithdrawal "this withdrawal_ref was applied before"
// @Success     201 {object} DeliveredWithdrawal
// @Success     204 "dry run: it would be taken"
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Failure     409 {object} Problem
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Security    OAuth2[filings:withdraw]
// @Router      /exchange/filings/{id}/withdrawal [post]
func (a *API) askWithdrawal(c echo.Context) error {
	id, err := pathID(c, "id", filing.ErrNotFound)
	if err != nil {
		return err
	}
	var req WithdrawalRequest
	if err := a.bind(c, &req); err != nil {
		return err
	}
	if idno.HasPersonalNumber(req.Reason) {
		return errInvalid.New().With(errPersonalNumber.At("/reason"))
	}
	w, fresh, err := a.app.Filings.AskWithdrawal(c.Request().Context(), actor(c), id,
		filing.WithdrawalAsk{Ref: req.WithdrawalRef, Reason: req.Reason, DryRun: req.DryRun})
	if err != nil {
		return err
	}
	return taken(c, req.DryRun, createdIf(fresh), deliveredWithdrawal(w))
}

// cancelWithdrawal takes an unanswered request back.
//
// @ID          cancelWithdrawal
// @Summary     Cancel a request to withdraw (取消撤回申请)
// @Description While the enterprise has not answered. The filing goes on; the enterprise is told. Without an unanswered request: 409 filing.withdrawal_not_asked.
// @Tags        exchange
// @Produce     json
// @Param       id      path  string  true  "filing" format(uuid)
// @Param       dry_run query boolean false "judge only, cancel nothing" default(false)
// @Success     204 "cancelled; of a dry run: it would be"
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Failure     409 {object} Problem
// @Failure     422 {object} Problem
// @Security    OAuth2[filings:withdraw]
// @Router      /exchange/filings/{id}/withdrawal [delete]
func (a *API) cancelWithdrawal(c echo.Context) error {
	id, err := pathID(c, "id", filing.ErrNotFound)
	if err != nil {
		return err
	}
	dryRun, err := queryBool(c, "dry_run")
	if err != nil {
		return err
	}
	if err := a.rememberKey(c, sha256.Sum256(nil)); err != nil {
		return err
	}
	if err := a.app.Filings.CancelWithdrawal(c.Request().Context(), actor(c), id, dryRun); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func deliveredWithdrawal(w filing.WithdrawalRequest) DeliveredWithdrawal {
	return DeliveredWithdrawal{filingWithdrawal(w), w.WithdrawalRef}
}
