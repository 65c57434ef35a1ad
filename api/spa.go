package api

import (
	"errors"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"zhuce/frontend"
)

// spaCSP is what the browser application needs. Previews of attachments are
// blob URLs: the access token lives in memory, so a plain link could not carry it.
const spaCSP = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; " +
	"frame-src blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// notBuilt is shown in place of the application when the binary carries none.
const notBuilt = `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>Zhuce</title>
<h1>界面尚未构建</h1><p>请运行 <code>make build</code>，再重新启动。接口照常可用：<a href="/swagger/">/swagger/</a></p>
<h1 lang="en">The application is not built</h1><p lang="en">Run <code>make build</code> and start again. The API works all the same: <a href="/swagger/">/swagger/</a></p></html>`

// site is the browser application: its files by path ("/assets/x.js").
type site map[string]*asset

// builtSite is what the binary carries, read once a process.
var builtSite = sync.OnceValue(func() site { return readSite(frontend.Dist()) })

func readSite(dist fs.FS) site {
	s := site{}
	err := fs.WalkDir(dist, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(path.Base(name), ".") {
			return err
		}
		s["/"+name] = mustRead(dist, name)
		return nil
	})
	if err != nil {
		panic("api: embedded application: " + err.Error())
	}
	if s["/index.html"] == nil {
		s["/index.html"] = newAsset("index.html", []byte(notBuilt))
	}
	return s
}

// spa serves the browser application wherever no route stands.
func (a *API) spa(e *echo.Echo) { e.Use(builtSite().serve) }

// serve asks the router first, so that a wrong method on a route stays 405 and
// an unknown address of the API stays a problem document.
func (s site) serve(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		err := next(c)
		if !errors.Is(err, echo.ErrNotFound) {
			return err
		}
		p, m := c.Request().URL.Path, c.Request().Method
		file := s.find(p)
		if file == nil || m != http.MethodGet && m != http.MethodHead {
			return err
		}
		h := c.Response().Header()
		h.Set("Cache-Control", "no-cache")
		if strings.HasPrefix(p, "/assets/") {
			h.Set("Cache-Control", "public, max-age=31536000, immutable") // the name holds a hash of the content
		}
		h.Set("Content-Security-Policy", spaCSP)
		return file.serve(c)
	}
}

// find gives the file for a path: its own, or index.html for the addresses that
// the application's own router knows. nil for what is neither: the prefixes of
// others, and names with a dot, which are files that do not exist.
func (s site) find(p string) *asset {
	if f := s[p]; f != nil {
		return f
	}
	for _, reserved := range []string{"/api", "/swagger", "/openapi", "/.well-known", "/healthz", "/readyz", "/metrics", "/assets"} {
		if p == reserved || strings.HasPrefix(p, reserved+"/") || strings.HasPrefix(p, reserved+".") {
			return nil
		}
	}
	if strings.Contains(path.Base(p), ".") {
		return nil
	}
	return s["/index.html"]
}
