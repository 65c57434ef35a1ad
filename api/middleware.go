package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"zhuce/internal/auth"
	"zhuce/internal/errs"
)

// requestTimeout ends a request's work; the database's own limit (30 s a statement) stands behind it.
const requestTimeout = 30 * time.Second

// Refusals on who asks.
var (
	errNoToken   = errs.Define(errs.Unauthenticated, "auth.token_missing", "请先登录", "Sign in first")
	errWrongRole = errs.Define(errs.Forbidden, "auth.wrong_role", "当前身份不能使用此功能", "Your kind of account cannot use this")
	errCrossSite = errs.Define(errs.Forbidden, "auth.cross_site", "拒绝来自其他网站的请求", "Requests from other sites are refused")
)

// access says who may call a route. It stands in the route table beside the path.
type access struct {
	name   string // shown by the refusing tests
	scope  string // the scope a machine client needs
	given  string // the scope with which an integrator may read for an enterprise that gave it; "" for none
	stream bool   // it ends when somebody leaves, not after a time
	body   int64  // the largest body, in bytes; 0 stands for ZHUCE_MAX_BODY_BYTES
}

var (
	public     = access{name: "public"}
	cookie     = access{name: "cookie"} // the refresh cookie; cross-site requests are refused
	enterprise = access{name: "enterprise"}
)

func machine(scope string) access { return access{name: "machine", scope: scope} }

// or lets an integrator in too that the enterprise has given this scope: to read, as the
// methods of such routes say.
func (w access) or(scope string) access {
	w.given = scope
	return w
}

func streaming(a access) access {
	a.stream = true
	return a
}

// authorize lets a request through to the handler only as its route says, within the
// limits of whoever sends it and with no more of a body than the route takes.
func (a *API) authorize(need access, next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		a.boundBody(c, need)
		if need.name == "public" || need.name == "cookie" {
			if err := spend(c, a.address(c)); err != nil {
				return err
			}
			if need.name == "cookie" {
				if err := a.crossOrigin.Check(c.Request()); err != nil {
					return errCrossSite.Wrap(err)
				}
			}
			return next(c)
		}
		who, err := a.caller(c)
		if err != nil {
			if over := spend(c, a.address(c)); over != nil {
				return over // who has no good token is limited by where it comes from
			}
			return err
		}
		if err := spend(c, a.claimsOf(who, need)...); err != nil {
			return err
		}
		if err := need.admit(who); err != nil {
			return err
		}
		c.Set(actorKey, who)
		if who.Delegated() {
			resource, _, _ := strings.Cut(strings.TrimPrefix(c.Path(), Base+"/"), "/")
			record := "" // what is no id names nothing, and has no place in the log
			if id, err := uuid.Parse(c.Param("id")); err == nil {
				record = id.String()
			}
			if err := a.app.Grants.Read(c.Request().Context(), who, resource, record); err != nil {
				return err
			}
		}
		return next(c)
	}
}

// caller is whom the bearer token names, as it stands now.
func (a *API) caller(c echo.Context) (auth.Actor, error) {
	bearer, ok := strings.CutPrefix(c.Request().Header.Get(echo.HeaderAuthorization), "Bearer ")
	if !ok || bearer == "" {
		return auth.Actor{}, errNoToken.New()
	}
	who, err := a.app.Authenticate(c.Request().Context(), bearer)
	who.IP = c.RealIP()
	return who, err
}

// admit reports why the caller may not use the route.
func (w access) admit(who auth.Actor) error {
	switch {
	case w.name == "enterprise" && who.Party != auth.Enterprise,
		w.name == "enterprise" && who.Delegated() && w.given == "",
		w.name == "machine" && (who.ClientID == uuid.Nil || who.Delegated()):
		return errWrongRole.New()
	case w.name == "machine":
		return who.Need(w.scope)
	case who.Delegated():
		return who.Need(w.given)
	}
	return nil
}

// identify gives the request an id: the caller's when it is sane, else a new one.
func identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id := c.Request().Header.Get(echo.HeaderXRequestID)
		if len(id) < 8 || len(id) > 64 || strings.ContainsFunc(id, func(r rune) bool {
			return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-' || r == '_')
		}) {
			id = uuid.Must(uuid.NewV7()).String()
		}
		c.Set(requestIDKey, id)
		c.Response().Header().Set(echo.HeaderXRequestID, id)
		return next(c)
	}
}

// logged writes one line a request: the route's pattern, never the URL, which may hold what was searched for.
func (a *API) logged(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		err := next(c)
		if err != nil {
			c.Error(err)
		}
		code := c.Response().Status
		if !a.streams.paths[c.Path()] || code >= http.StatusBadRequest { // how long a page stayed open says nothing of us
			waited, _ := c.Get(waitedKey).(time.Duration)
			a.metrics.observe(c.Request().Method, c.Path(), code, time.Since(start)-waited)
		}
		a.log.LogAttrs(c.Request().Context(), slog.LevelInfo, "request",
			slog.String("request_id", requestID(c)), slog.String("method", c.Request().Method),
			slog.String("route", c.Path()), slog.Int("status", code),
			slog.Duration("took", time.Since(start)), slog.Int64("bytes", c.Response().Size))
		return nil
	}
}

// recovered turns a panic into a fault of ours.
func recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler { //nolint:errorlint // net/http compares it so too
					panic(p)
				}
				err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			}
		}()
		return next(c)
	}
}

// bounded puts an end to every request's work, except that of streams.
func (a *API) bounded(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if a.streams.paths[c.Path()] {
			return next(c)
		}
		ctx, cancel := context.WithTimeout(c.Request().Context(), requestTimeout)
		defer cancel()
		c.SetRequest(c.Request().WithContext(ctx))
		return next(c)
	}
}

// secured sets the headers that every answer carries.
func (a *API) secured(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		if strings.HasPrefix(a.cfg.PublicURL, "https://") {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		if strings.HasPrefix(c.Request().URL.Path, "/api/") {
			h.Set("Cache-Control", "no-store")
			h.Add("Vary", "Accept-Language")
		}
		return next(c)
	}
}
