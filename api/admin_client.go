package api

import (
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"zhuce/internal/auth"
	"zhuce/internal/client"
)

// ClientChanges are what of a machine client can be changed; all of it is set.
type ClientChanges struct {
	Description string   `json:"description" validate:"max=200" example:"江苏省住建厅审批系统"`
	Scopes      []string `json:"scopes" validate:"required,min=1,max=20,unique,dive,max=40" example:"filings:read"`
	Provinces   []string `json:"provinces" validate:"omitempty,max=40,unique,dive,max=6" example:"32"`
	Listed      bool     `json:"listed" validate:"omitempty" example:"false"`
}

// ClientRegistration is a machine client to be made.
type ClientRegistration struct {
	Name  string `json:"name" validate:"required,max=64" example:"jiangsu-approval"`
	Party string `json:"party" validate:"required,oneof=person province ministry integrator administrator" example:"province"`
	ClientChanges
}

// MachineClient is another system as the administrator sees it; no secret, no private key.
type MachineClient struct {
	ID            string     `json:"id" format:"uuid" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	Name          string     `json:"name" example:"jiangsu-approval"`
	Party         string     `json:"party" example:"province"`
	Description   string     `json:"description" example:"江苏省住建厅审批系统"`
	Scopes        []string   `json:"scopes" example:"filings:read"`
	Provinces     []string   `json:"provinces" example:"32"` // of a province alone
	Listed        bool       `json:"listed" example:"false"` // an integrator that enterprises can choose
	CreatedAt     time.Time  `json:"created_at" example:"2026-11-23T02:00:00Z"`
	DisabledAt    *time.Time `json:"disabled_at" extensions:"x-nullable" example:"2026-12-23T02:00:00Z"`
	LastUsedAt    *time.Time `json:"last_used_at" extensions:"x-nullable" example:"2026-11-24T02:00:00Z"`    // to within five minutes
	LastRefusedAt *time.Time `json:"last_refused_at" extensions:"x-nullable" example:"2026-11-24T02:00:00Z"` // a token was refused
	Version       int        `json:"version" example:"1"`
}

// MachineClientPage is one page of machine clients.
type MachineClientPage struct {
	Items      []MachineClient `json:"items"`
	NextCursor *string         `json:"next_cursor" extensions:"x-nullable" example:"eyJzIjoibmFtZSJ9"`
	Total      int64           `json:"total" example:"7"`
}

// ClientSecret is what is known of a secret.
type ClientSecret struct {
	ID         string     `json:"id" format:"uuid" example:"019363d0-9a10-7e21-8c43-b1a2c3d4e5f6"`
	CreatedAt  time.Time  `json:"created_at" example:"2026-11-23T02:00:00Z"`
	ExpiresAt  *time.Time `json:"expires_at" extensions:"x-nullable" example:"2026-11-24T02:00:00Z"` // null: the current one
	LastUsedAt *time.Time `json:"last_used_at" extensions:"x-nullable" example:"2026-11-23T03:00:00Z"`
}

// MachineClientDetail is a machine client with the secrets and keys that are good now.
type MachineClientDetail struct {
	MachineClient
	Secrets []ClientSecret `json:"secrets"`
	Keys    []ClientKey    `json:"keys"`
}

// RegisteredClient is a client that was made. The secret is shown this once: null when the request is sent again.
type RegisteredClient struct {
	ID           string  `json:"id" format:"uuid" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	SecretID     string  `json:"secret_id" format:"uuid" example:"019363d0-9a10-7e21-8c43-b1a2c3d4e5f6"`
	ClientSecret *string `json:"client_secret" extensions:"x-nullable" example:"4f1vJ0b0sX2m5k8n1q4t7w0z3c6f9i2l5o8r1u4x7a0"`
}

// listClients lists the machine clients.
//
// @ID          listClients
// @Summary     List machine clients (对接客户端)
// @Description By name. Noted in the audit log.
// @Tags        admin
// @Produce     json
// @Param       party  query string false "代表哪一方" Enums(person, province, ministry, integrator, administrator)
// @Param       limit  query int    false "每页行数" minimum(1) maximum(200) default(20)
// @Param       cursor query string false "翻页标记" maxlength(500)
// @Success     200 {object} MachineClientPage
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     422 {object} Problem
// @Security    OAuth2[clients:manage]
// @Router      /admin/clients [get]
func (a *API) listClients(c echo.Context) error {
	limit, err := queryInt(c, "limit", pageDefault, 1, pageMax)
	if err != nil {
		return err
	}
	q := struct {
		Party  string `json:"party" validate:"omitempty,oneof=person province ministry integrator administrator"`
		Cursor string `json:"cursor" validate:"max=500"`
	}{c.QueryParam("party"), c.QueryParam("cursor")}
	if err := a.checkQuery(q); err != nil {
		return err
	}
	p, err := a.app.Clients.List(c.Request().Context(), actor(c), auth.Party(q.Party), q.Cursor, limit)
	if err != nil {
		return err
	}
	out := MachineClientPage{Items: make([]MachineClient, len(p.Items)), NextCursor: orNull(p.NextCursor), Total: p.Total}
	for i, one := range p.Items {
		out.Items[i] = machineClient(one)
	}
	return c.JSON(http.StatusOK, out)
}

// registerClient makes a machine client.
//
// @ID          registerClient
// @Summary     Register a machine client (登记客户端)
// @Description The secret is in this answer and nowhere else; it is kept as a hash. Sent again with the same Idempotency-Key, the answer is the same without it. A client of party administrator is made by the command `zhuce client add` alone.
// @Tags        admin
// @Accept      json
// @Produce     json
// @Param       body body ClientRegistration true "client"
// @Success     201 {object} RegisteredClient
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     409 {object} Problem
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Security    OAuth2[clients:manage]
// @Router      /admin/clients [post]
func (a *API) registerClient(c echo.Context) error {
	var req ClientRegistration
	if err := a.bind(c, &req); err != nil {
		return err
	}
	made, err := a.app.Clients.Register(c.Request().Context(), actor(c), client.Registration{Name: req.Name, Party: auth.Party(req.Party),
		Description: req.Description, Scopes: req.Scopes, Provinces: req.Provinces, Listed: req.Listed})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, RegisteredClient{made.ID.String(), made.SecretID.String(), orNull(made.Secret)})
}

// getClient shows a machine client.
//
// @ID          getClient
// @Summary     A machine client, its secrets and keys (客户端详情)
// @Description What is known of the secrets and keys that are good now: since when, until when, when last used. Noted in the audit log.
// @Tags        admin
// @Produce     json
// @Param       id            path   string true  "client" format(uuid)
// @Success     200 {object} MachineClientDetail
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Security    OAuth2[clients:manage]
// @Router      /admin/clients/{id} [get]
func (a *API) getClient(c echo.Context) error {
	id, err := pathID(c, "id", client.ErrNotFound)
	if err != nil {
		return err
	}
	d, err := a.app.Clients.Find(c.Request().Context(), actor(c), id.String())
	if err != nil {
		return err
	}
	out := MachineClientDetail{MachineClient: machineClient(d.Client), Secrets: make([]ClientSecret, len(d.Secrets)), Keys: clientKeys(d.Keys)}
	for i, s := range d.Secrets {
		out.Secrets[i] = ClientSecret{s.ID.String(), s.CreatedAt.UTC(), utc(s.ExpiresAt), utc(s.LastUsedAt)}
	}
	c.Response().Header().Set("ETag", etagOf(d.Version))
	return c.JSON(http.StatusOK, out)
}

// putClient changes what a machine client may do.
//
// @ID          putClient
// @Summary     Change scopes, provinces, description (变更客户端)
// @Description All of it is set. It holds from the client's next request on, whatever its token says.
// @Tags        admin
// @Accept      json
// @Produce     json
// @Param       id       path   string        true "client" format(uuid)
// @Param       If-Match header string        true "version that was read"
// @Param       body     body   ClientChanges true "changes"
// @Success     200 {object} MachineClient
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Failure     412 {object} Problem
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Failure     428 {object} Problem
// @Security    OAuth2[clients:manage]
// @Router      /admin/clients/{id} [put]
func (a *API) putClient(c echo.Context) error {
	id, err := pathID(c, "id", client.ErrNotFound)
	if err != nil {
		return err
	}
	seen, err := ifMatch(c)
	if err != nil {
		return err
	}
	var req ClientChanges
	if err := a.bind(c, &req); err != nil {
		return err
	}
	if seen == 0 {
		seen = -1 // no client is of version 0, which the use case takes for any
	}
	after, err := a.app.Clients.Change(c.Request().Context(), actor(c), id.String(), seen,
		client.Changes{Description: req.Description, Scopes: req.Scopes, Provinces: req.Provinces, Listed: req.Listed})
	if err != nil {
		return err
	}
	return sendVersioned(c, http.StatusOK, after.Version, machineClient(after))
}

// disableClient ends a machine client.
//
// @ID          disableClient
// @Summary     Disable a client at once (停用客户端)
// @Description Its next request is refused, whatever token it holds. Twice is the same as once.
// @Tags        admin
// @Produce     json
// @Param       id path string true "client" format(uuid)
// @Success     200 {object} MachineClient
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Security    OAuth2[clients:manage]
// @Router      /admin/clients/{id}/disable [post]
func (a *API) disableClient(c echo.Context) error { return a.switchClient(c, a.app.Clients.Disable) }

// enableClient lets a disabled client in again.
//
// @ID          enableClient
// @Summary     Enable a client again (启用客户端)
// @Description With its secrets, keys and scopes as they were.
// @Tags        admin
// @Produce     json
// @Param       id path string true "client" format(uuid)
// @Success     200 {object} MachineClient
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Security    OAuth2[clients:manage]
// @Router      /admin/clients/{id}/enable [post]
func (a *API) enableClient(c echo.Context) error { return a.switchClient(c, a.app.Clients.Enable) }

func machineClient(m client.Client) MachineClient {
	return MachineClient{ID: m.ID.String(), Name: m.Name, Party: string(m.Party), Description: m.Description, Scopes: orNone(m.Scopes), Provinces: orNone(m.Provinces),
		Listed: m.Listed, CreatedAt: m.CreatedAt.UTC(), DisabledAt: utc(m.DisabledAt), LastUsedAt: utc(m.LastUsedAt), LastRefusedAt: utc(m.RefusedAt), Version: m.Version}
}

// secretID reads the id of a secret; what is no id names nothing.
func secretID(c echo.Context) (uuid.UUID, error) {
	return pathID(c, "entry", client.ErrSecretNotFound)
}
