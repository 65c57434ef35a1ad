package api

import (
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/labstack/echo/v4"
)

// A build that needs no build: files whose names hold a hash are kept for ever,
// the rest is asked for again; what is large travels compressed.
func TestSite(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("export const x = 1;\n", 200)
	e := echo.New()
	e.Use(readSite(fstest.MapFS{
		"index.html":         {Data: []byte("<!doctype html>")},
		"assets/app-1a2b.js": {Data: []byte(long)},
		"logo.svg":           {Data: []byte("<svg/>")},
		".gitkeep":           {},
	}).serve)
	e.POST("/posted", func(c echo.Context) error { return c.NoContent(204) })

	ask := func(method, path string, headers ...string) *httptest.ResponseRecorder {
		req := httptest.NewRequest(method, path, nil)
		for i := 0; i+1 < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		rec := httptest.NewRecorder()
		e.ServeHTTP(rec, req)
		return rec
	}
	cases := []struct {
		method, path         string
		status               int
		mediaType, mayBeKept string
	}{
		{"GET", "/", 200, "text/html; charset=utf-8", "no-cache"},
		{"GET", "/filings", 200, "text/html; charset=utf-8", "no-cache"},
		{"HEAD", "/filings", 200, "text/html; charset=utf-8", "no-cache"},
		{"GET", "/logo.svg", 200, "image/svg+xml", "no-cache"},
		{"GET", "/assets/app-1a2b.js", 200, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		{"GET", "/assets/app-gone.js", 404, "application/json", ""},
		{"GET", "/.gitkeep", 404, "application/json", ""},
		{"POST", "/filings", 404, "application/json", ""},
		{"GET", "/posted", 405, "application/json", ""},
	}
	for _, c := range cases {
		rec := ask(c.method, c.path)
		if rec.Code != c.status || rec.Header().Get("Content-Type") != c.mediaType || rec.Header().Get("Cache-Control") != c.mayBeKept {
			t.Errorf("%s %s: %d %q %q", c.method, c.path, rec.Code, rec.Header().Get("Content-Type"), rec.Header().Get("Cache-Control"))
		}
	}
	plain, packed := ask("GET", "/assets/app-1a2b.js"), ask("GET", "/assets/app-1a2b.js", "Accept-Encoding", "gzip, br")
	if packed.Header().Get("Content-Encoding") != "gzip" || packed.Body.Len() >= plain.Body.Len()/2 || plain.Body.String() != long {
		t.Errorf("%d bytes plain, %d packed as %q", plain.Body.Len(), packed.Body.Len(), packed.Header().Get("Content-Encoding"))
	}
	if again := ask("GET", "/assets/app-1a2b.js", "If-None-Match", plain.Header().Get("ETag")); again.Code != 304 {
		t.Errorf("asked again with the tag: %d", again.Code)
	}
}

// A binary without the application says how to build it, in both languages.
func TestSiteThatIsNotBuilt(t *testing.T) {
	t.Parallel()
	page := string(readSite(fstest.MapFS{".gitkeep": {}}).find("/").body)
	if !strings.Contains(page, "make build") || !strings.Contains(page, "尚未构建") {
		t.Error(page)
	}
}
