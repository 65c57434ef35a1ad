package api_test

import (
	"net/http"
	"testing"
	"time"

	"zhuce/api/apitest"
	"zhuce/internal/config"
)

// A caller over its rate waits; others do not wait for it.
func TestRateLimit(t *testing.T) {
	t.Parallel()
	env := apitest.New(t, func(c *config.Config) { c.RequestsPerSecond = 1 })
	busy, other := env.Enterprise(t), env.Enterprise(t)
	for range 10 { // the burst
		busy.Get(t, "/session").Want(t, 200)
	}
	if after := busy.Get(t, "/session").Want(t, 429, "request.rate_limited").Header.Get("Retry-After"); after != "1" {
		t.Errorf("Retry-After %q", after)
	}
	other.Get(t, "/session").Want(t, 200)
	env.Clock.Advance(time.Second)
	busy.Get(t, "/session").Want(t, 200)
}

// CORS is closed: no other site is told anything, nor let ask.
func TestCORSIsClosed(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	for _, a := range []*apitest.Answer{
		firm.Get(t, "/session", "Origin", "https://elsewhere.example"),
		env.Ask(t, http.MethodOptions, "/api/v1/session", "Origin", "https://elsewhere.example", "Access-Control-Request-Method", "GET"),
	} {
		for name := range a.Header {
			if len(name) > 14 && name[:14] == "Access-Control" {
				t.Errorf("%s: %s", name, a.Header.Get(name))
			}
		}
	}
}

// Answers of the API are nobody's to keep or to frame.
func TestHeadersOfEveryAnswer(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	for _, a := range []*apitest.Answer{firm.Get(t, "/session"), firm.Get(t, "/meta"), firm.Get(t, "/nothing"), env.Anonymous().Get(t, "/session")} {
		for name, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
			"Referrer-Policy": "no-referrer", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"} {
			if have := a.Header.Get(name); have != want {
				t.Errorf("%s: %q, wanted %q", name, have, want)
			}
		}
	}
	if id := firm.Get(t, "/session", "X-Request-Id", "my-own-id-0001").Header.Get("X-Request-Id"); id != "my-own-id-0001" {
		t.Errorf("a sane request id became %q", id)
	}
	if id := firm.Get(t, "/session", "X-Request-Id", "short").Header.Get("X-Request-Id"); id == "short" {
		t.Error("an id that is too short was kept")
	}
}
