package api

import (
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"zhuce/internal/grant"
	"zhuce/internal/label"
)

// Integrator is another system that an enterprise can give rights to.
type Integrator struct {
	ClientID    string   `json:"client_id" format:"uuid" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	Name        string   `json:"name" example:"demo-integrator"`
	Description string   `json:"description" example:"企业人力资源系统"`
	Scopes      []string `json:"scopes" example:"enterprise:filings"`
}

// IntegratorList is whom an enterprise can choose, and for how long it can give.
type IntegratorList struct {
	Items       []Integrator `json:"items"`
	DaysDefault int          `json:"days_default" example:"90"`
	DaysMax     int          `json:"days_max" example:"365"`
}

// GrantRequest gives an integrator rights.
type GrantRequest struct {
	ClientID string   `json:"client_id" validate:"required,uuid" format:"uuid" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	Scopes   []string `json:"scopes" validate:"required,min=1,max=5,unique,dive,max=40" example:"enterprise:filings"`
	// Until is the last day, in China; "" stands for days_default from today.
	Until string `json:"until" validate:"omitempty,date" format:"date" example:"2027-02-21"`
}

// GrantAction says whether an action is open to the caller on a grant, and if not, why.
type GrantAction struct {
	Action  string  `json:"action" enums:"revoke" example:"revoke"`
	Allowed bool    `json:"allowed" example:"true"`
	Code    *string `json:"code" extensions:"x-nullable" example:"grant.over"`
	Reason  *string `json:"reason" extensions:"x-nullable" example:"授权已结束（已到期），无需撤销"`
}

// EnterpriseGrant is what an enterprise lets an integrator read, and until when.
type EnterpriseGrant struct {
	ID                 string        `json:"id" format:"uuid" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	State              string        `json:"state" example:"active"`
	Integrator         Integrator    `json:"integrator"`
	IntegratorDisabled bool          `json:"integrator_disabled" example:"false"`
	Scopes             []string      `json:"scopes" example:"enterprise:filings"`
	GrantedBy          string        `json:"granted_by" example:"王芳"`
	GrantedAt          time.Time     `json:"granted_at" example:"2026-11-23T02:00:00Z"`
	Until              string        `json:"until" format:"date" example:"2027-02-21"`
	RevokedAt          *time.Time    `json:"revoked_at" extensions:"x-nullable" example:"2026-12-01T02:00:00Z"`
	RevokedBy          *string       `json:"revoked_by" extensions:"x-nullable" example:"王芳"`
	LastUsedAt         *time.Time    `json:"last_used_at" extensions:"x-nullable" example:"2026-11-24T02:00:00Z"`
	Actions            []GrantAction `json:"actions"`
}

// GrantPage is one page of grants.
type GrantPage struct {
	Items      []EnterpriseGrant `json:"items"`
	NextCursor *string           `json:"next_cursor" extensions:"x-nullable" example:"eyJzIjoiLWdyYW50ZWRfYXQifQ"`
	Total      int64             `json:"total" example:"3"`
}

// GrantAccess is one request that the integrator made under a grant.
type GrantAccess struct {
	At       time.Time `json:"at" example:"2026-11-24T02:00:00Z"`
	Resource string    `json:"resource" example:"filings"`
	RecordID *string   `json:"record_id" format:"uuid" extensions:"x-nullable" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
}

// GrantDetail is a grant with the last requests under it.
type GrantDetail struct {
	EnterpriseGrant
	Accesses []GrantAccess `json:"accesses"`
}

// listGrants lists the enterprise's grants.
//
// @ID          listGrants
// @Summary     List grants to integrators (第三方授权)
// @Description Newest first: what each integrator may read, until when, who gave it, and when it was last used.
// @Tags        grants
// @Produce     json
// @Param       state  query string false "状态" Enums(active, expired, revoked)
// @Param       limit  query int    false "每页行数" minimum(1) maximum(200) default(20)
// @Param       cursor query string false "翻页标记" maxlength(500)
// @Success     200 {object} GrantPage
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     422 {object} Problem
// @Security    Session
// @Router      /grants [get]
func (a *API) listGrants(c echo.Context) error {
	limit, err := queryInt(c, "limit", pageDefault, 1, pageMax)
	if err != nil {
		return err
	}
	q := struct {
		State  string `json:"state" validate:"omitempty,oneof=active expired revoked"`
		Cursor string `json:"cursor" validate:"max=500"`
	}{c.QueryParam("state"), c.QueryParam("cursor")}
	if err := a.checkQuery(q); err != nil {
		return err
	}
	p, err := a.app.Grants.List(c.Request().Context(), actor(c), grant.State(q.State), q.Cursor, limit)
	if err != nil {
		return err
	}
	out := GrantPage{Items: make([]EnterpriseGrant, len(p.Items)), NextCursor: orNull(p.NextCursor), Total: p.Total}
	for i, g := range p.Items {
		out.Items[i] = a.grantOf(g, language(c.Request()))
	}
	return c.JSON(http.StatusOK, out)
}

// listIntegrators lists whom rights can be given to.
//
// @ID          listIntegrators
// @Summary     Integrators to choose from (可授权的第三方)
// @Description Those that the administrator has listed, by name, at most 100, each with what it can be given.
// @Tags        grants
// @Produce     json
// @Success     200 {object} IntegratorList
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Security    Session
// @Router      /grants/integrators [get]
func (a *API) listIntegrators(c echo.Context) error {
	list, err := a.app.Grants.Integrators(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	out := IntegratorList{Items: make([]Integrator, len(list)), DaysDefault: grant.DaysDefault, DaysMax: grant.DaysMax}
	for i, one := range list {
		out.Items[i] = integratorOf(one)
	}
	return c.JSON(http.StatusOK, out)
}

// giveGrant lets an integrator read the enterprise's data.
//
// @ID          giveGrant
// @Summary     Give an integrator rights (授权第三方)
// @Description Only to read, and until the end of a day in China, 365 days away at most. An integrator holds one grant at a time: to change it, revoke it and give another. Acts at once.
// @Tags        grants
// @Accept      json
// @Produce     json
// @Param       body body GrantRequest true "to whom, what, until when"
// @Success     201 {object} EnterpriseGrant
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     409 {object} Problem
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Security    Session
// @Router      /grants [post]
func (a *API) giveGrant(c echo.Context) error {
	var req GrantRequest
	if err := a.bind(c, &req); err != nil {
		return err
	}
	g, err := a.app.Grants.Give(c.Request().Context(), actor(c), grant.Give{ClientID: uuid.MustParse(req.ClientID), Scopes: req.Scopes, Until: day(req.Until, 0)})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, a.grantOf(g, language(c.Request())))
}

// getGrant shows a grant and what was read under it.
//
// @ID          getGrant
// @Summary     A grant, and the last accesses under it (授权详情)
// @Description The last 50 requests of the integrator, newest first, from the audit log.
// @Tags        grants
// @Produce     json
// @Param       id path string true "grant" format(uuid)
// @Success     200 {object} GrantDetail
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Security    Session
// @Router      /grants/{id} [get]
func (a *API) getGrant(c echo.Context) error {
	id, err := pathID(c, "id", grant.ErrNotFound)
	if err != nil {
		return err
	}
	d, err := a.app.Grants.Get(c.Request().Context(), actor(c), id)
	if err != nil {
		return err
	}
	out := GrantDetail{EnterpriseGrant: a.grantOf(d.Grant, language(c.Request())), Accesses: make([]GrantAccess, len(d.Accesses))}
	for i, r := range d.Accesses {
		out.Accesses[i] = GrantAccess{r.At.UTC(), r.Resource, orNull(r.RecordID)}
	}
	return c.JSON(http.StatusOK, out)
}

// revokeGrant takes a grant back.
//
// @ID          revokeGrant
// @Summary     Revoke a grant (撤销授权)
// @Description The integrator's next request is refused, whatever token it holds.
// @Tags        grants
// @Produce     json
// @Param       id path string true "grant" format(uuid)
// @Success     200 {object} EnterpriseGrant
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Failure     409 {object} Problem
// @Failure     422 {object} Problem
// @Security    Session
// @Router      /grants/{id} [delete]
func (a *API) revokeGrant(c echo.Context) error {
	id, err := pathID(c, "id", grant.ErrNotFound)
	if err != nil {
		return err
	}
	if err := a.rememberKey(c, [32]byte{}); err != nil {
		return err
	}
	g, err := a.app.Grants.Revoke(c.Request().Context(), actor(c), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, a.grantOf(g, language(c.Request())))
}

func integratorOf(i grant.Integrator) Integrator {
	return Integrator{i.ID.String(), i.Name, i.Description, orNone(i.Scopes)}
}

// orNone keeps an empty list a list in JSON.
func orNone(list []string) []string { return append([]string{}, list...) }

func (a *API) grantOf(g grant.Grant, lang string) EnterpriseGrant {
	state := g.State(a.app.Now())
	revoke := GrantAction{Action: "revoke", Allowed: state == grant.Active}
	if !revoke.Allowed {
		revoke.Code, revoke.Reason = refusal(grant.ErrOver.New("state", label.TextOf(grant.States, string(state))), lang)
	}
	return EnterpriseGrant{ID: g.ID.String(), State: string(state), Integrator: integratorOf(g.Integrator), IntegratorDisabled: g.Integrator.Disabled,
		Scopes: slices.Clone(g.Scopes), GrantedBy: g.GrantedByName, GrantedAt: g.GrantedAt.UTC(), Until: g.Until(),
		RevokedAt: utc(g.RevokedAt), RevokedBy: orNull(g.RevokedByName), LastUsedAt: utc(g.LastUsedAt), Actions: []GrantAction{revoke}}
}

// HeldGrant is a grant as its integrator sees it.
type HeldGrant struct {
	ID                      string    `json:"id" format:"uuid" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	EnterpriseName          string    `json:"enterprise_name" example:"北京华宇建筑设计有限公司"`
	UnifiedSocialCreditCode string    `json:"unified_social_credit_code" example:"91110000000000107R"`
	Scopes                  []string  `json:"scopes" example:"enterprise:filings"`
	GrantedAt               time.Time `json:"granted_at" example:"2026-11-23T02:00:00Z"`
	Until                   string    `json:"until" format:"date" example:"2027-02-21"`
}

// HeldGrantPage is one page of what an integrator holds.
type HeldGrantPage struct {
	Items      []HeldGrant `json:"items"`
	NextCursor *string     `json:"next_cursor" extensions:"x-nullable" example:"eyJzIjoiZ3JhbnRlZF9hdCJ9"`
	Total      int64       `json:"total" example:"12"`
}

// listHeldGrants lists what enterprises have given the integrator.
//
// @ID          listHeldGrants
// @Summary     Grants that the integrator holds (本系统获得的授权)
// @Description With the integrator's own token: the enterprises that let it read now, what, and until when. A token for one of them: POST /exchange/token with its unified_social_credit_code.
// @Tags        exchange
// @Produce     json
// @Param       limit  query int    false "每页行数" minimum(1) maximum(200) default(20)
// @Param       cursor query string false "翻页标记" maxlength(500)
// @Success     200 {object} HeldGrantPage
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     422 {object} Problem
// @Security    OAuth2[events:read]
// @Router      /exchange/grants [get]
func (a *API) listHeldGrants(c echo.Context) error {
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
	p, err := a.app.Grants.Held(c.Request().Context(), actor(c), q.Cursor, limit)
	if err != nil {
		return err
	}
	out := HeldGrantPage{Items: make([]HeldGrant, len(p.Items)), NextCursor: orNull(p.NextCursor), Total: p.Total}
	for i, h := range p.Items {
		out.Items[i] = HeldGrant{h.ID.String(), h.EnterpriseName, h.CreditCode, orNone(h.Scopes), h.GrantedAt.UTC(), h.Until()}
	}
	return c.JSON(http.StatusOK, out)
}
