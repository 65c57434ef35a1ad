package api

import (
	"time"

	"github.com/labstack/echo/v4"

	"zhuce/internal/message"
)

// NoticeRequest is what an authority tells enterprises: plain text, without personal numbers.
type NoticeRequest struct {
	NoticeRef string         `json:"notice_ref" validate:"required,max=100,printascii" example:"n-20261123-000007"`
	Kind      string         `json:"kind" validate:"omitempty,oneof=notice system" example:"notice"`
	Title     string         `json:"title" validate:"required,max=100" example:"关于年度继续教育学时的通知"`
	Body      string         `json:"body" validate:"required,max=3000" example:"请各单位于年底前核对注册人员的继续教育学时。"`
	Link      string         `json:"link" validate:"omitempty,max=500,httpslink" example:"https://www.mohurd.gov.cn/"`
	To        NoticeAudience `json:"to" validate:"required"`
	// DryRun judges the same and keeps nothing: 204 says that it would be taken, and the ref stays free.
	DryRun bool `json:"dry_run" validate:"omitempty" example:"false"`
}

// NoticeAudience is whom a notice is for; exactly one of the three.
type NoticeAudience struct {
	All                      bool     `json:"all" validate:"omitempty" example:"false"`
	Provinces                []string `json:"provinces" validate:"omitempty,max=34,unique,dive,provincecode" example:"11"`
	UnifiedSocialCreditCodes []string `json:"unified_social_credit_codes" validate:"omitempty,max=1000,unique,dive,creditcode" example:"91110000000000107R"`
}

// NoticeResult is the answer to a notice, the same however often it is sent.
type NoticeResult struct {
	ID string `json:"id" format:"uuid" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	// Recipients is how many enterprises belonged to the audience when the notice was posted. One that comes later reads it too.
	Recipients int `json:"recipients" example:"128"`
	// UnknownCodes have never signed in, so there is nobody to tell; the notice was posted to the others.
	UnknownCodes []string  `json:"unknown_codes" example:"91310000000000204K"`
	PostedAt     time.Time `json:"posted_at" example:"2026-11-23T02:00:00Z"`
}

// sendNotice posts a notice.
//
// @ID          sendNotice
// @Summary     Send a notice to enterprises (通知公告)
// @Description To all (the ministry alone), to provinces, or to enterprises by their credit codes; a province reaches its own alone. It stands in their messages at once.
// @Description The same notice_ref with the same body is applied once and answered 200 with the first answer. With `dry_run` nothing is kept: 204 says that it would be taken.
// @Tags        exchange
// @Accept      json
// @Produce     json
// @Param       body body NoticeRequest true "notice"
// @Success     200 {object} NoticeResult "this notice_ref was applied before"
// @Success     201 {object} NoticeResult
// @Success     204 "dry run: it would be taken"
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     409 {object} Problem
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Security    OAuth2[notices:write]
// @Router      /exchange/notices [post]
func (a *API) sendNotice(c echo.Context) error {
	var req NoticeRequest
	if err := a.bind(c, &req); err != nil {
		return err
	}
	if req.Kind == "" {
		req.Kind = string(message.KindNotice)
	}
	sent, fresh, err := a.app.Messages.Send(c.Request().Context(), actor(c), message.Notice{Ref: req.NoticeRef, Kind: message.Kind(req.Kind),
		Title: req.Title, Body: req.Body, Link: req.Link,
		DryRun: req.DryRun, To: message.Addressed{All: req.To.All, Provinces: req.To.Provinces, CreditCodes: req.To.UnifiedSocialCreditCodes}})
	if err != nil {
		return err
	}
	return taken(c, req.DryRun, createdIf(fresh), NoticeResult{sent.ID.String(), sent.Recipients, sent.Unknown, sent.PostedAt.UTC()})
}
