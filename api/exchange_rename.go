package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"zhuce/internal/idno"
	"zhuce/internal/rename"
)

// ReportedRename is a change of name as the authorities see it.
type ReportedRename struct {
	ID                      string         `json:"id" format:"uuid" example:"019363d0-9f6b-7c3a-9a55-0e3f0d6c2b33"`
	Reference               string         `json:"reference" example:"GM2026112300000001"`
	UnifiedSocialCreditCode string         `json:"unified_social_credit_code" example:"91110000000000107R"`
	Province                string         `json:"province" example:"11"`
	OldName                 string         `json:"old_name" example:"华东示例建筑设计院有限公司"`
	NewName                 string         `json:"new_name" example:"华东示例设计集团有限公司"`
	LoginName               string         `json:"login_name" example:"华东示例设计集团有限公司"`
	RegisterChangedOn       *string        `json:"register_changed_on" format:"date" extensions:"x-nullable" example:"2026-10-12"`
	RegisterAsOf            time.Time      `json:"register_as_of" example:"2026-11-23T02:59:58Z"`
	HasCopy                 bool           `json:"has_copy" example:"true"`
	Status                  string         `json:"status" example:"submitted"`
	SubmittedAt             time.Time      `json:"submitted_at" example:"2026-11-23T03:00:00Z"`
	DecidedAt               *time.Time     `json:"decided_at" extensions:"x-nullable" example:"2026-11-26T03:00:00Z"`
	Reason                  *string        `json:"reason" extensions:"x-nullable" example:"资质证书尚未更名"`
	Actions                 []RenameAction `json:"actions"`
}

// ReportedRenamePage is one page of reported changes of name.
type ReportedRenamePage struct {
	Items      []ReportedRename `json:"items"`
	NextCursor *string          `json:"next_cursor" extensions:"x-nullable" example:"eyJzIjoiLXN1Ym1pdHRlZF9hdCJ9"`
	Total      int64            `json:"total" example:"2"`
}

// RenameOutcome is what the authority decided on a change of name.
type RenameOutcome struct {
	OutcomeRef string `json:"outcome_ref" validate:"required,max=100,printascii" example:"o-20261126-000007"`
	Outcome    string `json:"outcome" validate:"required,oneof=approved refused" enums:"approved,refused" example:"approved"`
	Reason     string `json:"reason" validate:"max=500" example:""` // a must for refused
	// DryRun judges the same and keeps nothing: 204 says that it would be taken, and the ref stays free.
	DryRun bool `json:"dry_run" validate:"omitempty" example:"false"`
}

// listReportedRenames lists changes of name for an authority.
//
// @ID          listReportedRenames
// @Summary     Changes of name to decide (待办企业名称变更)
// @Description A province sees its own enterprises', the ministry all. Without `status`, those that wait for an outcome. Every read goes to the audit log.
// @Tags        exchange
// @Produce     json
// @Param       status query []string false "状态，可重复" Enums(submitted, approved, refused) collectionFormat(multi)
// @Param       sort   query string   false "排序" Enums(-submitted_at, submitted_at)
// @Param       limit  query int      false "每页行数" minimum(1) maximum(200) default(20)
// @Param       cursor query string   false "翻页标记" maxlength(500)
// @Success     200 {object} ReportedRenamePage
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     422 {object} Problem
// @Security    OAuth2[renames:decide]
// @Router      /exchange/renames [get]
func (a *API) listReportedRenames(c echo.Context) error {
	p, err := a.renames(c, []rename.Status{rename.Submitted})
	if err != nil {
		return err
	}
	out := ReportedRenamePage{Items: make([]ReportedRename, len(p.Items)), NextCursor: orNull(p.NextCursor), Total: p.Total}
	for i, r := range p.Items {
		out.Items[i] = reportedRename(c, r)
	}
	return c.JSON(http.StatusOK, out)
}

// getRenameCopy sends the copy of the renamed qualification certificate to an authority.
//
// @ID          getRenameCopy
// @Summary     The renamed qualification certificate's copy (更名后的资质副本)
// @Description Every read goes to the audit log.
// @Tags        exchange
// @Produce     application/pdf,image/jpeg,image/png
// @Param       id            path   string true  "rename" format(uuid)
// @Param       Range         header string false "bytes=0-1023"
// @Param       If-None-Match header string false "version already held"
// @Success     200 {file} file
// @Success     206 {file} file
// @Success     304 "not changed"
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Security    OAuth2[renames:decide]
// @Router      /exchange/renames/{id}/copy [get]
func (a *API) getRenameCopy(c echo.Context) error {
	id, err := pathID(c, "id", rename.ErrNotFound)
	if err != nil {
		return err
	}
	at, content, err := a.app.Renames.Copy(c.Request().Context(), actor(c), id)
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }()
	sendAttachment(c, at, content)
	return nil
}

// decideRename takes the outcome of a change of name.
//
// @ID          decideRename
// @Summary     The outcome of a change of name (企业名称变更结果)
// @Description Approval changes the enterprise's name alone and keeps the old one as a former name. The same outcome_ref with the same content is applied once; once decided, another outcome is refused with what became of it. With `dry_run` nothing is kept: 204 says that it would be taken.
// @Tags        exchange
// @Accept      json
// @Produce     json
// @Param       id   path string        true "rename" format(uuid)
// @Param       body body RenameOutcome true "outcome"
// @Success     200 {object} ReportedRename
// @Success     204 "dry run: it would be taken"
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Failure     409 {object} Problem
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Security    OAuth2[renames:decide]
// @Router      /exchange/renames/{id}/outcome [post]
func (a *API) decideRename(c echo.Context) error {
	id, err := pathID(c, "id", rename.ErrNotFound)
	if err != nil {
		return err
	}
	var req RenameOutcome
	if err := a.bind(c, &req); err != nil {
		return err
	}
	if idno.HasPersonalNumber(req.Reason) {
		return errInvalid.New().With(errPersonalNumber.At("/reason"))
	}
	do := map[string]rename.Action{"approved": rename.Approve, "refused": rename.Refuse}[req.Outcome]
	r, _, err := a.app.Renames.Decide(c.Request().Context(), actor(c), id, rename.Outcome{Ref: req.OutcomeRef, Do: do, Reason: req.Reason, DryRun: req.DryRun})
	if err != nil {
		return err
	}
	return taken(c, req.DryRun, http.StatusOK, reportedRename(c, r))
}

func reportedRename(c echo.Context, r rename.Rename) ReportedRename {
	row := renameRow(r, actor(c).Party, language(c.Request()))
	return ReportedRename{ID: row.ID, Reference: r.Reference, UnifiedSocialCreditCode: r.CreditCode, Province: r.Province,
		OldName: r.OldName, NewName: r.NewName, LoginName: r.LoginName, RegisterChangedOn: orNull(r.RegisterChangedOn),
		RegisterAsOf: r.RegisterAsOf.UTC(), HasCopy: r.CopyID != nil, Status: row.Status, SubmittedAt: row.SubmittedAt,
		DecidedAt: row.DecidedAt, Reason: row.Reason, Actions: row.Actions}
}
