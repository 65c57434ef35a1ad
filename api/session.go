package api

import (
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/session"
	"zhuce/internal/token"
)

// Grant is an access token for the browser. It belongs in memory, never in storage.
type Grant struct {
	AccessToken string    `json:"access_token" example:"eyJhbGciOiJFUzI1NiIsImtpZCI6IjAxOTM2M2QwIn0.eyJzdWIiOiIwMTkzNjNkMCJ9.c2ln"`
	TokenType   string    `json:"token_type" enums:"Bearer" example:"Bearer"`
	ExpiresIn   int       `json:"expires_in" example:"600"` // seconds
	ExpiresAt   time.Time `json:"expires_at" example:"2026-11-23T03:10:00Z"`
}

// SessionUser is who is signed in.
type SessionUser struct {
	ID      string `json:"id" format:"uuid" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	Name    string `json:"name" example:"王芳"`
	Account string `json:"account" example:"huadong"`
}

// SessionEnterprise is for whom.
type SessionEnterprise struct {
	ID                      string `json:"id" format:"uuid" example:"019363d0-7a10-7d3e-8f40-51627384a5b6"`
	Name                    string `json:"name" example:"华东示例建筑设计院有限公司"`
	UnifiedSocialCreditCode string `json:"unified_social_credit_code" example:"91310000000000010J"`
	Saved                   bool   `json:"saved" example:"true"` // the basic information was saved once, so that filing is open
}

// Session is the signed-in session (会话).
type Session struct {
	User        SessionUser       `json:"user"`
	Enterprise  SessionEnterprise `json:"enterprise"`
	Matter      string            `json:"matter" enums:"architects,engineers" example:"engineers"`
	SessionID   string            `json:"session_id" format:"uuid" example:"019363d1-1b2c-7d3e-8f40-51627384a5b6"`
	SignedInAt  time.Time         `json:"signed_in_at" example:"2026-11-23T03:00:00Z"`
	ExpiresAt   time.Time         `json:"expires_at" example:"2026-11-23T15:00:00Z"`
	Permissions []string          `json:"permissions" example:"enterprise:edit,filings:submit"`
}

// MatterRequest chooses a matter (事项).
type MatterRequest struct {
	Matter string `json:"matter" validate:"required,oneof=architects engineers" enums:"architects,engineers" example:"engineers"`
}

// SignedOut says where the browser goes next.
type SignedOut struct {
	EndSessionURL string `json:"end_session_url" format:"uri" example:"https://login.example/end_session?id_token_hint=eyJ"`
}

// startLogin sends the browser to the national login.
//
// @ID          startLogin
// @Summary     Start signing in (登录)
// @Description For a browser to navigate to. Sends it to the national login with state, nonce and PKCE, which are kept sealed in a short-lived cookie. When the login cannot be reached, it is sent to /sign-in-failed.
// @Tags        session
// @Produce     json
// @Param       matter     query string true  "matter chosen on the portal page" Enums(architects, engineers)
// @Param       return_to  query string false "path to come back to; begins with one slash" maxlength(300)
// @Param       ui_locales query string false "language of the login" Enums(zh-CN, en)
// @Success     302 "to the national login, or to /sign-in-failed"
// @Header      302 {string} Location "where to go"
// @Failure     422 {object} Problem
// @Router      /session/login [get]
func (a *API) startLogin(c echo.Context) error {
	locale := c.QueryParam("ui_locales")
	if locale != "en" && locale != "zh-CN" {
		locale = language(c.Request())
	}
	attempt, err := a.app.Sessions.StartLogin(c.Request().Context(), auth.Matter(c.QueryParam("matter")), c.QueryParam("return_to"), locale)
	if err != nil {
		if asRefusal(err, c).Def.Kind == errs.Invalid {
			return err
		}
		return a.signInFailed(c, err)
	}
	a.dropAttempts(c)
	setAttempt(c, attempt)
	return c.Redirect(http.StatusFound, attempt.URL)
}

// finishLogin takes the browser back from the national login.
//
// @ID          finishLogin
// @Summary     Come back from the national login (登录返回)
// @Description The redirect address of the national login. Opens the session, sets the refresh cookie and goes on to /signed-in; a refused sign-in goes to /sign-in-failed with the error's code and the request id.
// @Tags        session
// @Produce     json
// @Param       state query string false "as it was sent out"
// @Param       code  query string false "authorization code"
// @Param       error query string false "why there is no code"
// @Success     302 "to /signed-in or /sign-in-failed"
// @Header      302 {string} Location "where to go"
// @Router      /session/callback [get]
func (a *API) finishLogin(c echo.Context) error {
	cb := session.Callback{State: c.QueryParam("state"), Code: c.QueryParam("code"), Error: c.QueryParam("error"),
		UserAgent: c.Request().UserAgent(), IP: c.RealIP()}
	in, err := a.app.Sessions.FinishLogin(c.Request().Context(), takeAttempt(c, cb.State), cb)
	if err != nil {
		return a.signInFailed(c, err)
	}
	a.setRefresh(c, in.RefreshToken, in.RefreshExpires)
	return c.Redirect(http.StatusFound, "/signed-in?return_to="+url.QueryEscape(in.ReturnTo))
}

// refreshSession trades the refresh cookie for an access token.
//
// @ID          refreshSession
// @Summary     Get an access token (刷新令牌)
// @Description Takes the refresh cookie, no body. The cookie works once and is replaced; using an old one again ends the session, except within ten seconds, so that two tabs waking up together stay signed in. Requests from other sites are refused.
// @Tags        session
// @Produce     json
// @Success     200 {object} Grant
// @Header      200 {string} Set-Cookie "the next refresh token"
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Router      /session/refresh [post]
func (a *API) refreshSession(c echo.Context) error {
	r, err := a.app.Sessions.Refresh(c.Request().Context(), refreshCookie(c))
	if err != nil {
		return err
	}
	a.setRefresh(c, r.RefreshToken, r.RefreshExpires)
	return c.JSON(http.StatusOK, Grant{AccessToken: r.AccessToken, TokenType: "Bearer",
		ExpiresIn: int(r.AccessExpires.Sub(a.app.Now()).Seconds()), ExpiresAt: r.AccessExpires})
}

// getSession shows who is signed in.
//
// @ID          getSession
// @Summary     Who is signed in (当前会话)
// @Description User, enterprise, matter and how long the session may last.
// @Tags        session
// @Produce     json
// @Success     200 {object} Session
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Security    Session
// @Router      /session [get]
func (a *API) getSession(c echo.Context) error {
	v, err := a.app.Sessions.View(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, sessionFrom(v))
}

// putMatter changes the matter of the session.
//
// @ID          putMatter
// @Summary     Change the matter (切换事项)
// @Description Changes what the lists show first. It takes no rights and gives none.
// @Tags        session
// @Accept      json
// @Produce     json
// @Param       body body MatterRequest true "matter"
// @Success     200 {object} Session
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Security    Session
// @Router      /session/matter [put]
func (a *API) putMatter(c echo.Context) error {
	var req MatterRequest
	if err := a.bind(c, &req); err != nil {
		return err
	}
	v, err := a.app.Sessions.ChangeMatter(c.Request().Context(), actor(c), auth.Matter(req.Matter))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, sessionFrom(v))
}

// endSession signs out.
//
// @ID          endSession
// @Summary     Sign out (退出)
// @Description Ends the session at once: its tokens are refused from the next request on. The browser then goes to end_session_url, which signs out at the national login too and comes back to /signed-out.
// @Tags        session
// @Produce     json
// @Success     200 {object} SignedOut
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Security    Session
// @Router      /session [delete]
func (a *API) endSession(c echo.Context) error {
	next, err := a.app.Sessions.SignOut(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	clearRefresh(c)
	return c.JSON(http.StatusOK, SignedOut{next})
}

// JWK is one public key (RFC 7517, RFC 7518 §6.2).
type JWK struct {
	KeyType   string `json:"kty" enums:"EC" example:"EC"`
	Use       string `json:"use" enums:"sig" example:"sig"`
	Algorithm string `json:"alg" enums:"ES256" example:"ES256"`
	KeyID     string `json:"kid" example:"019363d0"`
	Curve     string `json:"crv" enums:"P-256" example:"P-256"`
	X         string `json:"x" example:"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"`
	Y         string `json:"y" example:"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"`
}

// JWKS is the public keys of the access tokens.
type JWKS struct {
	Keys []JWK `json:"keys"`
}

// getJWKS publishes the keys that access tokens are signed with.
//
// @ID          getJWKS
// @Summary     Public keys of the access tokens (JWKS) (公钥)
// @Description Also at /.well-known/jwks.json of the origin.
// @Tags        session
// @Produce     json
// @Success     200 {object} JWKS
// @Router      /.well-known/jwks.json [get]
func (a *API) getJWKS(c echo.Context) error {
	c.Response().Header().Set("Cache-Control", "public, max-age=60")
	out := JWKS{Keys: []JWK{}}
	if set, ok := a.app.Tokens.JWKS().(token.KeySet); ok {
		for _, k := range set.Keys {
			out.Keys = append(out.Keys, JWK(k))
		}
	}
	return c.JSON(http.StatusOK, out)
}

func sessionFrom(v session.View) Session {
	return Session{
		User:       SessionUser{v.UserID.String(), v.UserName, v.Account},
		Enterprise: SessionEnterprise{v.Enterprise.ID.String(), v.Enterprise.Name, v.Enterprise.CreditCode, v.Enterprise.Saved()},
		Matter:     string(v.Matter), SessionID: v.ID.String(), SignedInAt: v.SignedInAt.UTC(), ExpiresAt: v.ExpiresAt.UTC(),
		Permissions: v.Permissions,
	}
}
