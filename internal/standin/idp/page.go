package idp

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

//go:embed page
var pageFiles embed.FS

const (
	pathLogin      = "/login"
	pathCancel     = "/login/cancel"
	pathRegister   = "/register"
	pathRegistered = "/registered"
	pathSignedOut  = "/signed-out"
)

func loginURL(id string) string { return pathLogin + "?auth_request_id=" + url.QueryEscape(id) }

// pages renders the HTML. The style sheet is part of each page and named in the Content-Security-Policy
// by its hash; there is no script at all.
type pages struct {
	p         *Provider
	templates map[string]*template.Template
	style     template.CSS
	policy    string
}

func newPages(p *Provider) (*pages, error) {
	style, err := pageFiles.ReadFile("page/style.css")
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(style)
	g := &pages{p: p, templates: map[string]*template.Template{}, style: template.CSS(style)}
	// form-action has to name where a form's answer may lead: browsers hold redirects to it as well.
	g.policy = fmt.Sprintf("default-src 'none'; img-src 'self'; media-src 'self'; style-src 'sha256-%s'; "+
		"base-uri 'none'; frame-ancestors 'none'; form-action 'self'%s",
		base64.StdEncoding.EncodeToString(sum[:]), origins(p.clients))
	for _, name := range []string{"home", "login", "expired", "register", "registered", "signedout"} {
		g.templates[name], err = template.ParseFS(pageFiles, "page/layout.html", "page/captcha.html", "page/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("idp: page %s: %w", name, err)
		}
	}
	return g, nil
}

// origins lists where the relying parties live, each with a blank before it.
func origins(clients map[string]Client) string {
	var out []string
	for _, c := range clients {
		for _, uri := range c.RedirectURIs {
			if u, err := url.Parse(uri); err == nil && u.Host != "" {
				out = append(out, " "+u.Scheme+"://"+u.Host)
			}
		}
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), "")
}

// page is what every template gets.
type page struct {
	Lang  string
	Title string
	Style template.CSS
	Here  url.URL // this page as a link, without the language
	Body  any

	Errors []fieldError
}

// fieldError is one complaint, shown at its field and in the summary on top.
type fieldError struct{ Field, Text string }

// fault is a complaint before it has a language: the key of its text and what goes into it.
type fault struct {
	field, key string
	args       []any
}

// complain puts the faults on the page in its language.
func (v *page) complain(faults []fault) {
	for _, f := range faults {
		text, err := v.T(f.key, f.args...)
		if err != nil {
			text = f.key
		}
		v.Errors = append(v.Errors, fieldError{f.field, text})
	}
}

// T is a text in the page's language.
func (v page) T(key string, args ...any) (string, error) {
	t, ok := texts[key]
	if !ok {
		return "", fmt.Errorf("no text %q", key)
	}
	if len(args) == 0 {
		return t.in(v.Lang), nil
	}
	return fmt.Sprintf(t.in(v.Lang), args...), nil
}

// Error is the complaint at a field, "" when there is none.
func (v page) Error(field string) string {
	for _, e := range v.Errors {
		if e.Field == field {
			return e.Text
		}
	}
	return ""
}

// Focus reports whether a field is where typing should begin: the first one with a complaint, or the
// page's own first field when there is none.
func (v page) Focus(field, first string) bool {
	if len(v.Errors) > 0 {
		first = v.Errors[0].Field
	}
	return field == first
}

// In is the link to this page in a language.
func (v page) In(lang string) string {
	q := v.Here.Query()
	q.Set("lang", lang)
	return v.Here.Path + "?" + q.Encode()
}

// With is the link to this page with one parameter changed, in the language that is shown.
func (v page) With(name, value string) string {
	q := v.Here.Query()
	q.Set(name, value)
	q.Set("lang", v.Lang)
	return v.Here.Path + "?" + q.Encode()
}

// at is a link with parameters; the empty ones are left out.
func at(path string, pairs ...string) url.URL {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return url.URL{Path: path, RawQuery: q.Encode()}
}

// write renders a page. It is made whole first, so that a failing template is a 500 and no half page.
func (g *pages) write(w http.ResponseWriter, r *http.Request, status int, name string, v page) {
	v.Style = g.style
	var out bytes.Buffer
	if err := g.templates[name].ExecuteTemplate(&out, "layout", v); err != nil {
		g.p.log.ErrorContext(r.Context(), "render page", "page", name, "error", err)
		http.Error(w, "page "+name, http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", v.Lang)
	h.Set("Content-Security-Policy", g.policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes())
}

// language is the page's: what the switch says, else what the relying party asked for, else what the
// switch said last, else Chinese. A turned switch is remembered.
func (g *pages) language(w http.ResponseWriter, r *http.Request, wanted []string) string {
	if lang := r.FormValue("lang"); lang == zhCN || lang == en {
		g.p.setCookie(w, cookieLanguage, lang)
		return lang
	}
	for _, tag := range append(wanted, strings.Fields(r.FormValue("ui_locales"))...) {
		switch base, _, _ := strings.Cut(strings.ToLower(tag), "-"); base {
		case "zh":
			return zhCN
		case "en":
			return en
		}
	}
	if g.p.cookie(r, cookieLanguage) == en {
		return en
	}
	return zhCN
}

func (g *pages) home(w http.ResponseWriter, r *http.Request) {
	g.write(w, r, http.StatusOK, "home", page{Lang: g.language(w, r, nil), Title: "home.title", Here: at("/")})
}

// signedOut tells that the session here is over; any status but 200 also tells why nothing follows.
func (g *pages) signedOut(w http.ResponseWriter, r *http.Request, status int) {
	g.write(w, r, status, "signedout", page{
		Lang: g.language(w, r, nil), Title: "signedout.title", Here: at(pathSignedOut), Body: status != http.StatusOK,
	})
}

// input is one labelled text field.
type input struct {
	ID, Label, Hint, Value, Error string
	Type, Autocomplete, InputMode string
	Focus                         bool
}

// DescribedBy names what a screen reader should read with the field: the complaint first, then the hint.
func (i input) DescribedBy() string {
	var ids []string
	if i.Error != "" {
		ids = append(ids, i.ID+"-error")
	}
	if i.Hint != "" {
		ids = append(ids, i.ID+"-hint")
	}
	return strings.Join(ids, " ")
}

// Input makes a field of the registration form; an empty hint key is no hint.
func (v page) Input(id, label, hint, value string) (input, error) {
	out := input{ID: id, Value: value, Error: v.Error(id), Type: "text", Autocomplete: "off", Focus: v.Focus(id, "name")}
	switch id {
	case "name":
		out.Autocomplete = "organization"
	case "phone":
		out.Type, out.Autocomplete, out.InputMode = "tel", "tel", "tel"
	case "username":
		out.Autocomplete = "username"
	case "password", "password2":
		out.Type, out.Autocomplete = "password", "new-password"
	}
	var err error
	if out.Label, err = v.T(label); err == nil && hint != "" {
		out.Hint, err = v.T(hint)
	}
	return out, err
}
