package api

import (
	"bytes"
	"embed"
	"encoding/json"
	"html/template"
	"io/fs"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"zhuce/docs/openapi"
)

// The page of reference: its frame and its looks. It has no script at all.
//
//go:embed reference
var referenceFiles embed.FS

const referenceCSP = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// madeReference is the page and its looks, made once.
var madeReference = sync.OnceValues(func() (page, style *asset) {
	files, err := fs.Sub(referenceFiles, "reference")
	if err != nil {
		panic(err) // embedded above
	}
	html, err := referencePage(files, openapi.Document)
	if err != nil {
		panic("api: reference: " + err.Error()) // a test makes the same page
	}
	return newAsset("index.html", html), mustRead(files, "style.css")
})

// reference serves the contract as one page to read, made from the document when
// the product starts, so that the two are always the same.
func (a *API) reference(e *echo.Echo) {
	page, style := madeReference()
	e.GET("/reference", func(c echo.Context) error { return c.Redirect(http.StatusMovedPermanently, "/reference/") })
	addFile(e, "/reference/", page, referenceCSP)
	addFile(e, "/reference/style.css", style, referenceCSP)
}

// What the page reads of the document.
type (
	refDocument struct {
		Info struct{ Title, Version, Description string }
		Tags []struct{ Name, Description string }

		Paths      map[string]map[string]*refOperation
		Components struct {
			Schemas    map[string]*refSchema
			Parameters map[string]*refParameter
			Responses  map[string]*refResponse
			Schemes    map[string]struct {
				Flows struct {
					ClientCredentials struct {
						Scopes map[string]string
					} `json:"clientCredentials"`
				}
			} `json:"securitySchemes"`
		}
		Webhooks map[string]map[string]*refOperation `json:"x-webhooks"`
	}
	refOperation struct {
		ID          string `json:"operationId"`
		Summary     string
		Description string
		Tags        []string
		Security    []map[string][]string
		Parameters  []*refParameter
		RequestBody *refResponse
		Responses   map[string]*refResponse
		Codes       map[string][]string `json:"x-error-codes"`
		Details     []string            `json:"x-detail-codes"`

		Method, Path string `json:"-"`
	}
	refParameter struct {
		Ref                   string `json:"$ref"`
		Name, In, Description string
		Required              bool
		Schema                *refSchema
	}
	refResponse struct {
		Ref         string `json:"$ref"`
		Description string
		Content     map[string]struct {
			Schema  *refSchema
			Example json.RawMessage
		}
	}
	refSchema struct {
		Ref         string `json:"$ref"`
		Type        string
		Format      string
		Description string
		Nullable    bool
		Enum        []any
		Items       *refSchema
		AllOf       []*refSchema
		Properties  map[string]*refSchema
		Required    []string
		MaxLength   *float64
		Minimum     *float64
		Maximum     *float64
	}
	refTag struct {
		Name, Description string
		Operations        []*refOperation
	}
)

func referencePage(files fs.FS, document []byte) ([]byte, error) {
	var doc refDocument
	if err := json.Unmarshal(document, &doc); err != nil {
		return nil, err
	}
	page, err := template.New("page.html").Funcs(template.FuncMap{
		"parameter": func(p *refParameter) *refParameter {
			if p.Ref != "" {
				return doc.Components.Parameters[lastOf(p.Ref)]
			}
			return p
		},
		"response": func(r *refResponse) *refResponse {
			if r.Ref != "" {
				return doc.Components.Responses[lastOf(r.Ref)]
			}
			return r
		},
		"named": schemaName, "type": schemaType, "json": indented, "join": strings.Join, "callers": callersOf,
		"paragraphs": func(s string) []string { return strings.Split(s, "\n") },
		"prose":      prose,
		"required":   func(s *refSchema, name string) bool { return slices.Contains(s.Required, name) },
	}).ParseFS(files, "page.html")
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = page.Execute(&b, map[string]any{"Doc": doc, "Tags": tagsOf(doc), "Scopes": doc.Components.Schemes["OAuth2"].Flows.ClientCredentials.Scopes})
	return b.Bytes(), err
}

func tagsOf(doc refDocument) []refTag {
	byTag := map[string][]*refOperation{}
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		for _, method := range []string{"get", "post", "put", "patch", "delete"} {
			if op := doc.Paths[path][method]; op != nil {
				op.Method, op.Path = strings.ToUpper(method), path
				byTag[op.Tags[0]] = append(byTag[op.Tags[0]], op)
			}
		}
	}
	var out []refTag
	for _, t := range doc.Tags {
		if len(byTag[t.Name]) > 0 {
			out = append(out, refTag{t.Name, t.Description, byTag[t.Name]})
		}
	}
	return out
}

// callersOf says who may call an operation.
func callersOf(op *refOperation) []string {
	if len(op.Security) == 0 {
		return []string{"公开 · public"}
	}
	var out []string
	for _, requirement := range op.Security {
		for scheme, scopes := range requirement {
			switch scheme {
			case "Session":
				out = append(out, "登录企业 · signed-in enterprise")
			case "OAuth2":
				out = append(out, "对接系统 · machine client: "+strings.Join(scopes, " "))
			case "ClientSecret":
				out = append(out, "client_id, client_secret")
			case "RefreshCookie":
				out = append(out, "登录 Cookie · the session's cookie")
			}
		}
	}
	slices.Sort(out)
	return out
}

// prose sets what stands between backquotes as code.
func prose(s string) template.HTML {
	var b strings.Builder
	for i, part := range strings.Split(s, "`") {
		text := template.HTMLEscapeString(part)
		if i%2 == 1 {
			text = "<code>" + text + "</code>"
		}
		b.WriteString(text)
	}
	return template.HTML(b.String()) //nolint:gosec // escaped part by part, above
}

func lastOf(ref string) string { return ref[strings.LastIndex(ref, "/")+1:] }

// schemaName is the name of the schema that s leads to, by itself, as an item or as the one part of allOf.
func schemaName(s *refSchema) string {
	switch {
	case s == nil:
		return ""
	case s.Ref != "":
		return lastOf(s.Ref)
	case s.Items != nil:
		return schemaName(s.Items)
	case len(s.AllOf) == 1:
		return schemaName(s.AllOf[0])
	}
	return ""
}

func schemaType(s *refSchema) string {
	if s == nil {
		return ""
	}
	out := s.Type
	switch {
	case s.Type == "array":
		out = strings.TrimSpace("[] " + schemaType(s.Items))
	case schemaName(s) != "":
		out = ""
	case s.Format != "":
		out = s.Format
	}
	if s.Nullable {
		out = strings.TrimSpace(out + " | null")
	}
	return out
}

func indented(raw json.RawMessage) string {
	var b bytes.Buffer
	if json.Indent(&b, raw, "", "  ") != nil {
		return string(raw)
	}
	return b.String()
}
