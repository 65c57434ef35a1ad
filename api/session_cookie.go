package api

import (
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"zhuce/internal/session"
)

// The cookies. The __Host- prefix makes the browser refuse one that another host
// of the domain has set, or that came without TLS (localhost counts as safe).
const (
	refreshName = "__Host-zhuce_refresh"
	// attemptPrefix is followed by the start of the sign-in's state: each tab has
	// an attempt of its own.
	attemptPrefix = "__Host-zhuce_login_"
	attemptChars  = 16
	// maxAttempts a browser may have open; an older one gives way.
	maxAttempts = 5
)

func setCookie(c echo.Context, name, value string, seconds int) {
	c.SetCookie(&http.Cookie{Name: name, Value: value, Path: "/", MaxAge: seconds,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

func (a *API) setRefresh(c echo.Context, value string, expires time.Time) {
	setCookie(c, refreshName, value, max(1, int(expires.Sub(a.app.Now()).Seconds())))
}

func clearRefresh(c echo.Context) { setCookie(c, refreshName, "", -1) }

func refreshCookie(c echo.Context) string {
	k, err := c.Cookie(refreshName)
	if err != nil {
		return ""
	}
	return k.Value
}

func attemptName(state string) string { return attemptPrefix + state[:min(len(state), attemptChars)] }

func setAttempt(c echo.Context, a session.Attempt) {
	setCookie(c, attemptName(a.State), a.Sealed, int(session.AttemptKept.Seconds()))
}

// takeAttempt gives the sealed attempt of a state and clears its cookie: an
// attempt is good for one way back. "" when this browser has none.
func takeAttempt(c echo.Context, state string) string {
	if state == "" {
		return ""
	}
	for _, k := range c.Cookies() {
		if k.Name == attemptName(state) {
			setCookie(c, k.Name, "", -1)
			return k.Value
		}
	}
	return ""
}

// dropAttempts makes room for one more attempt: the oldest, and what is none, go.
func (a *API) dropAttempts(c echo.Context) {
	type open struct {
		name    string
		started time.Time
	}
	var list []open
	for _, k := range c.Cookies() {
		if strings.HasPrefix(k.Name, attemptPrefix) {
			started, _ := a.app.Sessions.AttemptStarted(k.Value)
			list = append(list, open{k.Name, started})
		}
	}
	slices.SortFunc(list, func(x, y open) int { return y.started.Compare(x.started) })
	for i, o := range list {
		if i >= maxAttempts-1 || o.started.IsZero() {
			setCookie(c, o.name, "", -1)
		}
	}
}

// signInFailed sends the browser to the page that explains why, since there is
// nobody who would read a problem document. What is missing goes along by the
// names of the claims; no other text does.
func (a *API) signInFailed(c echo.Context, err error) error {
	e := asRefusal(err, c)
	a.log.LogAttrs(c.Request().Context(), slog.LevelWarn, "sign-in failed",
		slog.String("request_id", requestID(c)), slog.String("code", e.Def.Code), slog.Any("cause", e.Cause))
	q := url.Values{"code": {e.Def.Code}, "request_id": {requestID(c)}}
	if claims, ok := e.Params["claims"].(string); ok {
		q.Set("claims", claims)
	}
	return c.Redirect(http.StatusFound, "/sign-in-failed?"+q.Encode())
}
