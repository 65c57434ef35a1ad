package api

import (
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/rename"
)

// RenameAction says whether an action is open to the caller on a rename, and if not, why.
type RenameAction struct {
	Action  string  `json:"action" example:"submit"`
	Allowed bool    `json:"allowed" example:"false"`
	Code    *string `json:"code" extensions:"x-nullable" example:"rename.filings_open"`
	Reason  *string `json:"reason" extensions:"x-nullable" example:"有 3 件正在办理的申报，全部办结后才能变更企业名称"`
}

// RenameRow is a change of name as lists show it. The enterprise is offered no action
// on one that is made; what a new one may do stands in GET /renames/new.
type RenameRow struct {
	ID          string         `json:"id" format:"uuid" example:"019363d0-9f6b-7c3a-9a55-0e3f0d6c2b33"`
	Reference   string         `json:"reference" example:"GM2026112300000001"`
	OldName     string         `json:"old_name" example:"华东示例建筑设计院有限公司"`
	NewName     string         `json:"new_name" example:"华东示例设计集团有限公司"`
	Status      string         `json:"status" example:"submitted"`
	SubmittedAt time.Time      `json:"submitted_at" example:"2026-11-23T03:00:00Z"`
	SubmittedBy string         `json:"submitted_by" example:"王芳"`
	DecidedAt   *time.Time     `json:"decided_at" extensions:"x-nullable" example:"2026-11-26T03:00:00Z"`
	DecidedBy   *string        `json:"decided_by" extensions:"x-nullable" example:"省级系统"`
	Reason      *string        `json:"reason" extensions:"x-nullable" example:"资质证书尚未更名"` // of the outcome
	Version     int            `json:"version" example:"1"`
	Actions     []RenameAction `json:"actions"`
}

// RenamePage is one page of renames.
type RenamePage struct {
	Items      []RenameRow `json:"items"`
	NextCursor *string     `json:"next_cursor" extensions:"x-nullable" example:"eyJzIjoiLXN1Ym1pdHRlZF9hdCJ9"`
	Total      int64       `json:"total" example:"2"`
}

// RenameCopy is the copy of the renamed qualification certificate (更名后的资质副本).
type RenameCopy struct {
	AttachmentID string `json:"attachment_id" format:"uuid" example:"019363d0-9a10-7e21-8c43-b1a2c3d4e5f6"`
	FileName     string `json:"file_name" example:"资质证书副本.pdf"`
	MediaType    string `json:"media_type" example:"application/pdf"`
	Size         int64  `json:"size" example:"204800"`
}

// RenameEntry is one line of the timeline.
type RenameEntry struct {
	At        time.Time `json:"at" example:"2026-11-23T03:00:00Z"`
	Action    string    `json:"action" example:"submit"`
	Party     string    `json:"party" example:"enterprise"`
	ActorName string    `json:"actor_name" example:"王芳"`
	From      *string   `json:"from" extensions:"x-nullable" example:"submitted"`
	To        string    `json:"to" example:"approved"`
	Reason    string    `json:"reason" example:""`
}

// Rename is one change of name with what it rests on.
type Rename struct {
	RenameRow
	LoginName         string        `json:"login_name" example:"华东示例设计集团有限公司"` // what the last sign-in had said
	RegisterChangedOn *string       `json:"register_changed_on" format:"date" extensions:"x-nullable" example:"2026-10-12"`
	RegisterAsOf      time.Time     `json:"register_as_of" example:"2026-11-23T02:59:58Z"` // when the register said so
	CopyRequired      bool          `json:"copy_required" example:"true"`
	Copy              *RenameCopy   `json:"copy" extensions:"x-nullable"`
	Timeline          []RenameEntry `json:"timeline"`
}

// RenameRequest reports a change of name.
type RenameRequest struct {
	NewName      string  `json:"new_name" validate:"required,max=200" example:"华东示例设计集团有限公司"` // as GET /renames/new showed it
	AttachmentID *string `json:"attachment_id" validate:"omitempty,uuid" format:"uuid" extensions:"x-nullable" example:"019363d0-9a10-7e21-8c43-b1a2c3d4e5f6"`
}

// listRenames lists the enterprise's changes of name.
//
// @ID          listRenames
// @Summary     List changes of name (企业名称变更)
// @Description Every change of name that the enterprise reported, the newest first.
// @Tags        renames
// @Produce     json
// @Param       status query []string false "状态，可重复" Enums(submitted, approved, refused) collectionFormat(multi)
// @Param       sort   query string   false "排序" Enums(-submitted_at, submitted_at)
// @Param       limit  query int      false "每页行数" minimum(1) maximum(200) default(20)
// @Param       cursor query string   false "翻页标记" maxlength(500)
// @Success     200 {object} RenamePage
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     422 {object} Problem
// @Security    Session
// @Router      /renames [get]
func (a *API) listRenames(c echo.Context) error {
	p, err := a.renames(c, nil)
	if err != nil {
		return err
	}
	out := RenamePage{Items: make([]RenameRow, len(p.Items)), NextCursor: orNull(p.NextCursor), Total: p.Total}
	for i, r := range p.Items {
		out.Items[i] = renameRow(r, actor(c).Party, language(c.Request()))
	}
	return c.JSON(http.StatusOK, out)
}

// renames reads the query of a list; without a status it is the default's.
func (a *API) renames(c echo.Context, statuses []rename.Status) (rename.Page, error) {
	q := struct {
		Status []string `json:"status" validate:"omitempty,max=3,dive,oneof=submitted approved refused"`
		Sort   string   `json:"sort" validate:"omitempty,oneof=-submitted_at submitted_at"`
		Cursor string   `json:"cursor" validate:"max=500"`
	}{c.QueryParams()["status"], c.QueryParam("sort"), c.QueryParam("cursor")}
	if err := a.checkQuery(q); err != nil {
		return rename.Page{}, err
	}
	limit, err := queryInt(c, "limit", pageDefault, 1, pageMax)
	if err != nil {
		return rename.Page{}, err
	}
	if len(q.Status) > 0 {
		statuses = nil
	}
	for _, s := range q.Status {
		statuses = append(statuses, rename.Status(s))
	}
	return a.app.Renames.List(c.Request().Context(), actor(c), statuses, q.Sort, q.Cursor, limit)
}

// getRename shows one change of name.
//
// @ID          getRename
// @Summary     One change of name with its timeline (查看)
// @Description One report with the old and the new name, the renamed certificates, the outcome and its timeline.
// @Tags        renames
// @Produce     json
// @Param       id            path   string true  "rename" format(uuid)
// @Param       If-None-Match header string false "version already held"
// @Success     200 {object} Rename
// @Success     304 "not changed"
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Security    Session
// @Router      /renames/{id} [get]
func (a *API) getRename(c echo.Context) error {
	id, err := pathID(c, "id", rename.ErrNotFound)
	if err != nil {
		return err
	}
	d, err := a.app.Renames.Get(c.Request().Context(), actor(c), id)
	if err != nil {
		return err
	}
	out := Rename{RenameRow: renameRow(d.Rename, actor(c).Party, language(c.Request())), LoginName: d.LoginName,
		RegisterChangedOn: orNull(d.RegisterChangedOn), RegisterAsOf: d.RegisterAsOf.UTC(), CopyRequired: d.CopyRequired,
		Timeline: make([]RenameEntry, len(d.Timeline))}
	if d.CopyID != nil {
		out.Copy = &RenameCopy{d.CopyID.String(), d.CopyName, d.CopyMediaType, d.CopySize}
	}
	for i, e := range d.Timeline {
		out.Timeline[i] = RenameEntry{e.At.UTC(), string(e.Action), e.Party, e.ActorName, orNull(string(e.From)), string(e.To), e.Reason}
	}
	return sendVersioned(c, http.StatusOK, d.Version, out)
}

// submitRename reports a change of name to the authority.
//
// @ID          submitRename
// @Summary     Report a change of name (上报企业名称变更)
// @Description `new_name` is the one that GET /renames/new showed; it is looked up again and must be the same. While it is open no filing can be submitted; while a filing is open it is refused, and `errors` names the first 20.
// @Tags        renames
// @Accept      json
// @Produce     json
// @Param       Idempotency-Key header string        false "makes a repeated request act once"
// @Param       body            body   RenameRequest true  "the new name and, where it is a must, the copy"
// @Success     201 {object} RenameRow
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Failure     409 {object} Problem
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Failure     503 {object} Problem
// @Security    Session
// @Router      /renames [post]
func (a *API) submitRename(c echo.Context) error {
	var req RenameRequest
	if err := a.bind(c, &req); err != nil {
		return err
	}
	var copyID *uuid.UUID
	if req.AttachmentID != nil {
		copyID = &uuids([]string{*req.AttachmentID})[0]
	}
	r, err := a.app.Renames.Submit(c.Request().Context(), actor(c), req.NewName, copyID)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, renameRow(r, actor(c).Party, language(c.Request())))
}

func renameRow(r rename.Rename, by auth.Party, lang string) RenameRow {
	out := RenameRow{ID: r.ID.String(), Reference: r.Reference, OldName: r.OldName, NewName: r.NewName, Status: string(r.Status),
		SubmittedAt: r.SubmittedAt.UTC(), SubmittedBy: r.SubmittedBy, DecidedAt: utc(r.DecidedAt), DecidedBy: orNull(r.DecidedBy),
		Reason: orNull(r.Reason), Version: r.Version, Actions: []RenameAction{}}
	for _, al := range rename.Allowed(r, by) {
		out.Actions = append(out.Actions, renameAction(al.Action, al.Denied, lang))
	}
	return out
}

func renameAction(do rename.Action, denied *errs.Error, lang string) RenameAction {
	out := RenameAction{Action: string(do), Allowed: denied == nil}
	if denied != nil {
		code, reason := denied.Def.Code, denied.Def.Text.In(lang, denied.Params)
		out.Code, out.Reason = &code, &reason
	}
	return out
}
