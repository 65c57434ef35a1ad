package api

import (
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"zhuce/internal/config"
)

const rawBodyKey = "raw_body"

// upTo allows a body of so many bytes, more or fewer than ZHUCE_MAX_BODY_BYTES.
func (w access) upTo(bytes int64) access {
	w.body = bytes
	return w
}

// bodyBound is the largest body that the route takes.
func (a *API) bodyBound(need access) int64 {
	if need.body > 0 {
		return need.body
	}
	return a.cfg.MaxBodyBytes
}

// boundBody lets the handlers read no more than the route takes: beyond it they get
// an [http.MaxBytesError].
func (a *API) boundBody(c echo.Context, need access) {
	r := c.Request()
	c.Set(rawBodyKey, r.Body)
	r.Body = http.MaxBytesReader(nil, r.Body, a.bodyBound(need))
}

// drain reads the rest of a refused body, up to a bound.
func drain(c echo.Context) {
	if body, ok := c.Get(rawBodyKey).(io.Reader); ok {
		_, _ = io.CopyN(io.Discard, body, drainMax)
	}
}

// BodyBounds are the largest bodies of the routes that take one, by method and
// path as the contract writes it, with the settings as they come.
func BodyBounds() map[string]int64 {
	cfg, err := config.Defaults()
	if err != nil {
		panic(err) // a default that cannot be read
	}
	a := &API{cfg: cfg}
	out := map[string]int64{}
	for _, r := range a.routes() {
		if r.method != http.MethodGet {
			out[r.method+" "+documented(r.path)] = a.bodyBound(r.who)
		}
	}
	return out
}

// documented turns /filings/:id into /filings/{id}.
func documented(path string) string {
	out, parameter := "", false
	for _, c := range path + "/" {
		switch {
		case c == ':':
			parameter, out = true, out+"{"
			continue
		case c == '/' && parameter:
			parameter, out = false, out+"}"
		}
		out += string(c)
	}
	return out[:len(out)-1]
}
