package api

import (
	"crypto/sha256"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"zhuce/internal/errs"
	"zhuce/internal/export"
	"zhuce/internal/idno"
)

const workbookType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// errOneList refuses a request whose query is not that of the list it names.
var errOneList = errs.Define(errs.Invalid, "export.one_list", "请只填写所导出列表的查询条件", "Send the query of the list that is exported, and of no other")

// ExportFilings is the query of the filing list, with its order.
type ExportFilings struct {
	FilingFilter
	IDNumber string `json:"id_number" validate:"max=30" example:""`
	Sort     string `json:"sort" validate:"omitempty,filingsort" example:"-updated_at"`
}

// ExportRegistrants is the query of the list of registrants, with its order.
type ExportRegistrants struct {
	RegistrantFilter
	IDNumber string `json:"id_number" validate:"max=30" example:""`
	Sort     string `json:"sort" validate:"omitempty,registrantsort" example:"valid_until"`
}

// ExportRequest asks for an export: which list, under which query, with masked numbers or full ones.
type ExportRequest struct {
	Of          string             `json:"of" validate:"required,oneof=registrants filings" example:"registrants"`
	Filings     *ExportFilings     `json:"filings,omitempty" validate:"omitempty"`
	Registrants *ExportRegistrants `json:"registrants,omitempty" validate:"omitempty"`
	Masked      bool               `json:"masked" example:"true"`
	Reason      string             `json:"reason" validate:"max=500" example:""`
}

// ExportTerm is one condition of the query, in words.
type ExportTerm struct {
	Label string `json:"label" example:"注册专业"`
	Value string `json:"value" example:"一级注册结构工程师"`
}

// ExportPreview tells what an export would be.
type ExportPreview struct {
	Rows    int          `json:"rows" example:"153"`
	AtOnce  bool         `json:"at_once" example:"true"`
	Filter  []ExportTerm `json:"filter"`
	Allowed bool         `json:"allowed" example:"true"`
	Code    *string      `json:"code" extensions:"x-nullable" example:"export.too_many_at_once"`
	Reason  *string      `json:"reason" extensions:"x-nullable" example:"本企业已有 3 个导出正在进行，请等待完成或取消后再试"`
}

// ExportAction says whether an action is open to the caller on an export, and if not, why.
type ExportAction struct {
	Action  string  `json:"action" example:"download"`
	Allowed bool    `json:"allowed" example:"true"`
	Code    *string `json:"code" extensions:"x-nullable" example:"export.not_ready"`
	Reason  *string `json:"reason" extensions:"x-nullable" example:"导出尚未完成（当前：生成中），暂不能下载"`
}

// Export is one export (导出记录).
type Export struct {
	ID         string         `json:"id" format:"uuid" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	Of         string         `json:"of" example:"filings"`
	State      string         `json:"state" example:"running"`
	FileName   string         `json:"file_name" example:"注册申报-20261123-0930.xlsx"`
	FileSize   *int64         `json:"file_size" extensions:"x-nullable" example:"182044"`
	Masked     bool           `json:"masked" example:"true"`
	Reason     string         `json:"reason" example:""`
	Filter     []ExportTerm   `json:"filter"`
	RowsDone   int            `json:"rows_done" example:"40000"`
	RowsTotal  int            `json:"rows_total" example:"100000"`
	Failure    *string        `json:"failure" extensions:"x-nullable" example:"多次尝试均未成功，请稍后重新导出"`
	AskedBy    string         `json:"asked_by" example:"王芳"`
	CreatedAt  time.Time      `json:"created_at" example:"2026-11-23T01:30:00Z"`
	FinishedAt *time.Time     `json:"finished_at" extensions:"x-nullable" example:"2026-11-23T01:30:12Z"`
	ExpiresAt  *time.Time     `json:"expires_at" extensions:"x-nullable" example:"2026-11-30T01:30:12Z"`
	Actions    []ExportAction `json:"actions"`
}

// ExportPage is one page of exports.
type ExportPage struct {
	Items      []Export `json:"items"`
	NextCursor *string  `json:"next_cursor" extensions:"x-nullable" example:"eyJzIjoiLWNyZWF0ZWRfYXQifQ"`
	Total      int64    `json:"total" example:"7"`
}

// checkExport tells what an export would hold.
//
// @ID          checkExport
// @Summary     What an export would hold (导出前查看)
// @Description The query in words, the number of rows, and whether an export can be started now. Nothing is written.
// @Tags        exports
// @Accept      json
// @Produce     json
// @Param       body body ExportRequest true "what would be exported"
// @Success     200 {object} ExportPreview
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Security    Session
// @Router      /exports/check [post]
func (a *API) checkExport(c echo.Context) error {
	r, err := a.exportRequest(c)
	if err != nil {
		return err
	}
	p, err := a.app.Exports.Check(c.Request().Context(), actor(c), r)
	if err != nil {
		return err
	}
	out := ExportPreview{Rows: p.Rows, AtOnce: p.AtOnce, Filter: exportTerms(p.Filter, r.Lang), Allowed: p.Denied == nil}
	out.Code, out.Reason = refusal(p.Denied, r.Lang)
	return c.JSON(http.StatusOK, out)
}

// startExport begins an export.
//
// @ID          startExport
// @Summary     Export a list to Excel (导出)
// @Description Exactly what the list shows under the same query, in its order. Few rows are ready in the answer (state `ready`); many become a job: ask GET /exports/{id} for its progress. Personal numbers are masked unless a reason is given; that is audited, and the file can be downloaded only by whoever asked.
// @Tags        exports
// @Accept      json
// @Produce     json
// @Param       body            body   ExportRequest true  "what is exported"
// @Param       Idempotency-Key header string        false "sent again with the same key, nothing is done twice"
// @Success     201 {object} Export
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     409 {object} Problem
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Security    Session
// @Router      /exports [post]
func (a *API) startExport(c echo.Context) error {
	r, err := a.exportRequest(c)
	if err != nil {
		return err
	}
	e, err := a.app.Exports.Start(c.Request().Context(), actor(c), r)
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderLocation, Base+"/exports/"+e.ID.String())
	return c.JSON(http.StatusCreated, a.exportOut(c, e))
}

// listExports lists the enterprise's exports.
//
// @ID          listExports
// @Summary     List exports (导出记录)
// @Description Newest first: those of the whole enterprise.
// @Tags        exports
// @Produce     json
// @Param       limit  query int    false "每页行数" minimum(1) maximum(200) default(20)
// @Param       cursor query string false "翻页标记" maxlength(500)
// @Success     200 {object} ExportPage
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     422 {object} Problem
// @Security    Session
// @Router      /exports [get]
func (a *API) listExports(c echo.Context) error {
	limit, err := queryInt(c, "limit", pageDefault, 1, pageMax)
	if err != nil {
		return err
	}
	q := struct {
		Cursor string `json:"cursor" validate:"max=500"`
	}{c.QueryParam("cursor")}
	if err := a.checkQuery(q); err != nil {
		return err
	}
	p, err := a.app.Exports.List(c.Request().Context(), actor(c), q.Cursor, limit)
	if err != nil {
		return err
	}
	out := ExportPage{Items: make([]Export, len(p.Items)), NextCursor: orNull(p.NextCursor), Total: p.Total}
	for i, e := range p.Items {
		out.Items[i] = a.exportOut(c, e)
	}
	return c.JSON(http.StatusOK, out)
}

// getExport shows how far an export is.
//
// @ID          getExport
// @Summary     One export, with its progress (导出进度)
// @Description How far the workbook is. Ask again until the state is one that ends; the file is then under /exports/{id}/content until it expires.
// @Tags        exports
// @Produce     json
// @Param       id path string true "export" format(uuid)
// @Success     200 {object} Export
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Security    Session
// @Router      /exports/{id} [get]
func (a *API) getExport(c echo.Context) error {
	id, err := pathID(c, "id", export.ErrNotFound)
	if err != nil {
		return err
	}
	e, err := a.app.Exports.Get(c.Request().Context(), actor(c), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, a.exportOut(c, e))
}

// removeExport cancels or removes.
//
// @ID          removeExport
// @Summary     Cancel an export, or remove it (取消或删除导出)
// @Description One that waits or is being made is cancelled and stays in the list as such; any other is removed with its file.
// @Tags        exports
// @Param       id path string true "export" format(uuid)
// @Success     204 "cancelled or removed"
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Security    Session
// @Router      /exports/{id} [delete]
func (a *API) removeExport(c echo.Context) error {
	id, err := pathID(c, "id", export.ErrNotFound)
	if err != nil {
		return err
	}
	if err := a.rememberKey(c, sha256.Sum256(nil)); err != nil {
		return err
	}
	if err := a.app.Exports.Remove(c.Request().Context(), actor(c), id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// getExportContent sends the workbook.
//
// @ID          getExportContent
// @Summary     Download an export (下载)
// @Description The workbook of an export that is ready. With full numbers, only for whoever asked. Each download is audited.
// @Tags        exports
// @Produce     application/vnd.openxmlformats-officedocument.spreadsheetml.sheet
// @Param       id path string true "export" format(uuid)
// @Success     200 {file} file
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Failure     409 {object} Problem
// @Security    Session
// @Router      /exports/{id}/content [get]
func (a *API) getExportContent(c echo.Context) error {
	id, err := pathID(c, "id", export.ErrNotFound)
	if err != nil {
		return err
	}
	e, content, err := a.app.Exports.Open(c.Request().Context(), actor(c), id)
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }()
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, workbookType)
	h.Set("Content-Disposition", `attachment; filename="export.xlsx"; filename*=UTF-8''`+url.PathEscape(e.FileName()))
	h.Set("Cache-Control", "private, no-store")
	// Always whole: a download is audited once.
	unconditional(c.Request(), "Range", "If-Match", "If-None-Match", "If-Unmodified-Since", "If-Modified-Since", "If-Range")
	http.ServeContent(c.Response(), c.Request(), "", e.CreatedAt, content)
	return nil
}

// exportRequest reads and checks what is asked for.
func (a *API) exportRequest(c echo.Context) (export.Request, error) {
	var q ExportRequest
	if err := a.bind(c, &q); err != nil {
		return export.Request{}, err
	}
	r := export.Request{Source: export.Source(q.Of), Masked: q.Masked, Reason: strings.TrimSpace(q.Reason), Lang: language(c.Request())}
	if idno.HasPersonalNumber(r.Reason) {
		return r, errInvalid.New().With(errPersonalNumber.At("/reason"))
	}
	switch {
	case q.Filings != nil && r.Source != export.Filings:
		return r, errInvalid.New().With(errOneList.At("/filings"))
	case q.Registrants != nil && r.Source != export.Registrants:
		return r, errInvalid.New().With(errOneList.At("/registrants"))
	}
	if f := q.Registrants; f != nil {
		r.Registrants, r.Sort = f.filter(), f.Sort
		r.Registrants.IDNumber = strings.TrimSpace(f.IDNumber)
	}
	if f := q.Filings; f != nil {
		r.Filings, r.Sort = f.filter(), f.Sort
		r.Filings.IDNumber = strings.TrimSpace(f.IDNumber)
	}
	return r, nil
}

func (a *API) exportOut(c echo.Context, e export.Export) Export {
	lang := language(c.Request())
	out := Export{ID: e.ID.String(), Of: string(e.Source), State: string(e.State), FileName: e.FileName(), Masked: e.Masked, Reason: e.Reason,
		Filter: exportTerms(e.Filter, lang), RowsDone: e.RowsDone, RowsTotal: e.RowsTotal, AskedBy: e.UserName,
		CreatedAt: e.CreatedAt.UTC(), FinishedAt: utc(e.FinishedAt)}
	if e.State == export.Ready {
		out.FileSize, out.ExpiresAt = &e.FileSize, utc(e.ExpiresAt)
	}
	if e.Failure != "" {
		out.Failure = orNull(e.Failure.Text().In(lang, nil))
	}
	for _, o := range export.Allowed(e, actor(c)) {
		x := ExportAction{Action: string(o.Action), Allowed: o.Denied == nil}
		x.Code, x.Reason = refusal(o.Denied, lang)
		out.Actions = append(out.Actions, x)
	}
	return out
}

func exportTerms(terms []export.Term, lang string) []ExportTerm {
	out := make([]ExportTerm, len(terms))
	for i, t := range terms {
		out[i] = ExportTerm{t.Label.In(lang, nil), t.Value.In(lang, nil)}
	}
	return out
}

// refusal gives the code and the words of a refusal; nulls for none.
func refusal(e *errs.Error, lang string) (code, reason *string) {
	if e == nil {
		return nil, nil
	}
	return &e.Def.Code, orNull(e.Def.Text.In(lang, e.Params))
}
