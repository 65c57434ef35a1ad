package console

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

//go:embed page
var pageFiles embed.FS

// Nothing from elsewhere, nothing inline.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

var pageNames = []string{"home", "person", "desk", "numbers", "findings", "renames", "notices", "registers", "clock", "scenarios", "run", "generator", "reset", "log", "call"}

// pages renders the HTML.
type pages struct{ templates map[string]*template.Template }

func newPages() (*pages, error) {
	g := &pages{templates: map[string]*template.Template{}}
	for _, name := range pageNames {
		t, err := template.New(name).Funcs(funcs).ParseFS(pageFiles, "page/layout.html", "page/parts.html", "page/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("console: page %s: %w", name, err)
		}
		g.templates[name] = t
	}
	return g, nil
}

// funcs are what templates say beside the methods of [view].
var funcs = template.FuncMap{
	"made": func(v *view, calls []*Call) any {
		return struct {
			View  *view
			Calls []*Call
		}{v, calls}
	},
	"side": func(s Side) string { return "side." + string(s) },
	"text": func(key string) word { return word{ZH: texts[key].zh, EN: texts[key].en} },
	"ways": func() []string { return []string{"pdf", "png", "shared", ""} },
}

// view is what every template gets.
type view struct {
	Title   string // the key of a text
	Nav     string // the entry of the menu that is open
	Side    Side
	Words   *words
	Product string
	Login   string
	Act     *act
	Broken  string // why the page cannot show what it should
	Body    any
	Query   url.Values
	Now     time.Time
	Reset   bool
	Calm    bool // shown although the product does not answer
}

// T is a text: Chinese, with English beside it.
func (v *view) T(key string, args ...any) (template.HTML, error) {
	t, ok := texts[key]
	if !ok {
		return "", fmt.Errorf("no text %q", key)
	}
	if len(args) == 0 {
		return both(t.zh, t.en), nil
	}
	return both(fmt.Sprintf(t.zh, args...), fmt.Sprintf(t.en, args...)), nil
}

// S is a text where no markup can stand: an option, an attribute.
func (v *view) S(key string) (string, error) {
	t, ok := texts[key]
	if !ok {
		return "", fmt.Errorf("no text %q", key)
	}
	return t.zh + " " + t.en, nil
}

func both(zh, en string) template.HTML {
	if zh == en || en == "" {
		return template.HTML(template.HTMLEscapeString(zh))
	}
	return template.HTML(template.HTMLEscapeString(zh) + ` <span class="en" lang="en">` + template.HTMLEscapeString(en) + `</span>`)
}

// W is a word of the product.
func (v *view) W(list, value string) template.HTML {
	w := v.Words.word(list, value)
	return both(w.ZH, w.EN)
}

// Options are all words of a list.
func (v *view) Options(list string) []word { return v.Words.list(list) }

// Time is a moment as a clock in China shows it.
func (v *view) Time(t time.Time) string { return t.In(china).Format("2006-01-02 15:04:05") }

// Weekday tells the day of the product's time.
func (v *view) Weekday() template.HTML {
	zh := []string{"周日", "周一", "周二", "周三", "周四", "周五", "周六"}
	d := v.Words.ServerTime.In(china).Weekday()
	return both(zh[d], d.String())
}

// Went is a text for something that happened on this machine's clock.
func (v *view) Went(t time.Time) string { return t.In(time.Local).Format("15:04:05") }

// act is one thing that the user made the console do, with what came of it.
type act struct {
	ID    string
	Title string // the key of a text
	Notes []string
	Links []link
	Err   string
	Calls []*Call
}

// link leads into the product or to another page of the console.
type link struct{ Key, To string }

const actsKept = 200

// do performs what a form asked for and leads back to where it came from, with the
// outcome on top of the page.
func (c *Console) do(w http.ResponseWriter, r *http.Request, back, title string, perform func(ctx context.Context, a *act) error) {
	a, g := &act{ID: newRef("act"), Title: title}, &group{}
	ctx, cancel := context.WithTimeout(withGroup(r.Context(), g), 2*time.Minute)
	defer cancel()
	if err := perform(ctx, a); err != nil {
		a.Err = err.Error()
	}
	a.Calls = g.list()
	c.mu.Lock()
	c.acts[a.ID] = a
	c.order = append(c.order, a.ID)
	if len(c.order) > actsKept {
		delete(c.acts, c.order[0])
		c.order = slices.Clone(c.order[1:])
	}
	c.mu.Unlock()
	to, err := url.Parse(back)
	if err != nil || !strings.HasPrefix(to.Path, "/") || to.Host != "" {
		to = &url.URL{Path: "/"}
	}
	q := to.Query()
	q.Set("act", a.ID)
	to.RawQuery = q.Encode()
	http.Redirect(w, r, to.String(), http.StatusSeeOther)
}

// show renders a page. fill gives its body; where it fails the page says why.
func (c *Console) show(w http.ResponseWriter, r *http.Request, name string, v view, fill func(ctx context.Context, v *view) error) {
	ctx, cancel := context.WithTimeout(r.Context(), 30*time.Second)
	defer cancel()
	v.Product, v.Login, v.Query, v.Reset = c.o.ProductURL, c.o.LoginURL, r.URL.Query(), c.o.Reset != nil
	c.mu.Lock()
	v.Act = c.acts[r.URL.Query().Get("act")]
	c.mu.Unlock()
	status := http.StatusOK
	var err error
	if v.Words, err = c.meta(ctx); (err == nil || v.Calm) && fill != nil {
		err = fill(ctx, &v)
	}
	v.Now = v.Words.ServerTime
	if err != nil && !v.Calm {
		v.Broken, status = err.Error(), http.StatusBadGateway
	}
	c.write(w, r, status, name, &v)
}

// write renders whole first, so that a failing template is a 500 and no half page.
func (c *Console) write(w http.ResponseWriter, r *http.Request, status int, name string, v *view) {
	var out bytes.Buffer
	if err := c.pages.templates[name].ExecuteTemplate(&out, "layout", v); err != nil {
		c.o.Log.ErrorContext(r.Context(), "render page", "page", name, "cause", err)
		http.Error(w, "page "+name, http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", "zh-CN")
	headers(h)
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes())
}

func headers(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
}

// assets serves the style sheet and the script.
func (c *Console) assets(mux *http.ServeMux) {
	for name, kind := range map[string]string{"style.css": "text/css; charset=utf-8", "script.js": "text/javascript; charset=utf-8"} {
		mux.HandleFunc("GET /assets/"+name, func(w http.ResponseWriter, _ *http.Request) {
			body, err := pageFiles.ReadFile("page/" + name)
			if err != nil {
				http.Error(w, name, http.StatusNotFound)
				return
			}
			headers(w.Header())
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Cache-Control", "no-cache")
			_, _ = w.Write(body)
		})
	}
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
}

// home is the overview.
func (c *Console) home(w http.ResponseWriter, r *http.Request) {
	c.show(w, r, "home", view{Title: "home.title", Nav: "home"}, func(ctx context.Context, v *view) error {
		all, err := c.firms(ctx)
		v.Body = struct {
			Firms []firm
			Calls []*Call
		}{all, c.book.last(8, nil)}
		return err
	})
}
