package api

import (
	"embed"
	"io/fs"
	"net/http"

	"github.com/labstack/echo/v4"
	swaggerfiles "github.com/swaggo/files/v2"

	"zhuce/docs/openapi"
)

// Our page around Swagger UI: its frame, and the script that signs it in.
//
//go:embed swaggerui
var swaggerPage embed.FS

// swaggerParts are the files of the Swagger UI distribution that the page uses.
var swaggerParts = []string{"swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"}

// swaggerCSP: Swagger UI takes its icons from data URLs and writes style attributes.
const swaggerCSP = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// document serves the contract at /openapi.json and Swagger UI at /swagger/,
// both out of the binary.
func (a *API) document(e *echo.Echo) {
	contract := newAsset("openapi.json", openapi.Document)
	addFile(e, "/openapi.json", contract, "")
	addFile(e, "/postman.json", newAsset("postman.json", openapi.Collection), "")

	e.GET("/swagger", func(c echo.Context) error { return c.Redirect(http.StatusMovedPermanently, "/swagger/") })
	page, err := fs.Sub(swaggerPage, "swaggerui")
	if err != nil {
		panic(err) // embedded above
	}
	for _, name := range []string{"index.html", "zhuce.css", "zhuce.js"} {
		addFile(e, "/swagger/"+name, mustRead(page, name), swaggerCSP)
	}
	addFile(e, "/swagger/", mustRead(page, "index.html"), swaggerCSP)
	for _, name := range swaggerParts {
		addFile(e, "/swagger/"+name, mustRead(swaggerfiles.FS, name), swaggerCSP)
	}
}

func addFile(e *echo.Echo, path string, file *asset, csp string) {
	handle := func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Cache-Control", "no-cache")
		if csp != "" {
			h.Set("Content-Security-Policy", csp)
		}
		return file.serve(c)
	}
	e.GET(path, handle)
	e.HEAD(path, handle)
}

// mustRead loads an embedded file; a missing one is a fault of the build.
func mustRead(from fs.FS, name string) *asset {
	body, err := fs.ReadFile(from, name)
	if err != nil {
		panic("api: embedded file: " + err.Error())
	}
	return newAsset(name, body)
}
