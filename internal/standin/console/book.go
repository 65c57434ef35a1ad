package console

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"
)

// Bounds of the book.
const (
	bookMax  = 2000 // calls; older ones go
	shownMax = 16 << 10
)

// Call is one call that the console made, fit to be shown: without secrets and
// personal numbers.
type Call struct {
	N         int
	At        time.Time
	Side      Side
	Method    string
	URL       string
	Status    int
	RequestID string
	Sent      string
	File      string
	Got       string
	Failed    string
	Took      time.Duration
	Curl      string
}

// Refused reports whether the call did not succeed.
func (c *Call) Refused() bool { return c.Failed != "" || c.Status >= http.StatusBadRequest }

// Path is the URL without its origin.
func (c *Call) Path() string {
	if u, err := url.Parse(c.URL); err == nil {
		return u.RequestURI()
	}
	return c.URL
}

// book is every call, newest last.
type book struct {
	mu    sync.Mutex
	next  int
	calls []*Call
}

func (b *book) add(a ask, shown string, got answer, failed error, took time.Duration) *Call {
	call := &Call{At: time.Now(), Side: a.side, Method: a.method, URL: plainURL(a.url), Status: got.status, Took: took.Round(time.Millisecond / 10),
		Sent: masked(shown, a.form != nil), Got: cut(masked(string(got.body), false))}
	if got.header != nil {
		call.RequestID = got.header.Get("X-Request-ID")
		if !strings.Contains(got.header.Get("Content-Type"), "json") {
			call.Got = ""
			if kind := got.header.Get("Content-Type"); kind != "" {
				call.Got = fmt.Sprintf("(%s, %d bytes)", kind, len(got.body))
			}
		}
	}
	if failed != nil {
		call.Failed = failed.Error()
	}
	if a.file != nil {
		call.File = a.file.name
	}
	call.Curl = curl(a, shown)
	call.Sent = cut(call.Sent)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.next++
	call.N = b.next
	b.calls = append(b.calls, call)
	if len(b.calls) > bookMax {
		b.calls = append([]*Call{}, b.calls[len(b.calls)-bookMax:]...)
	}
	return call
}

// last gives the newest calls that fit, newest first.
func (b *book) last(n int, fits func(*Call) bool) []*Call {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []*Call
	for i := len(b.calls) - 1; i >= 0 && len(out) < n; i-- {
		if fits == nil || fits(b.calls[i]) {
			out = append(out, b.calls[i])
		}
	}
	return out
}

func (b *book) find(n int) *Call {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.calls) == 0 || n < b.calls[0].N || n > b.next {
		return nil
	}
	return b.calls[n-b.calls[0].N]
}

// secretFields are never shown; the value is the variable that stands for them in a
// curl line, "" where an answer alone has them.
var secretFields = map[string]string{
	"id_number": "ID_NUMBER", "mobile": "MOBILE", "phone": "MOBILE", "password": "PASSWORD", "password2": "PASSWORD", "captcha": "CAPTCHA",
	"client_secret": "SECRET", "client_assertion": "ASSERTION", "secret": "SECRET", "signing_secret": "SIGNING_SECRET",
	"access_token": "", "refresh_token": "", "id_token": "", "end_session_url": "",
}

// A resident number or a mobile number in any text.
var personal = regexp.MustCompile(`\b[1-9][0-9]{5}(?:19|20)[0-9]{9}[0-9Xx]\b|\b1[3-9][0-9]{9}\b`)

const stars = "••••••"

// masked is a body without secrets and personal numbers.
func masked(body string, form bool) string {
	return mask(body, form, func(string) string { return stars })
}

// mask puts something in place of what nobody is to see.
func mask(body string, form bool, instead func(name string) string) string {
	if body == "" {
		return ""
	}
	if form {
		values, err := url.ParseQuery(body)
		if err != nil {
			return stars
		}
		var parts []string
		for _, pair := range strings.Split(body, "&") {
			name, value, _ := strings.Cut(pair, "=")
			if _, secret := secretFields[name]; secret && values.Get(name) != "" {
				value = instead(name)
			}
			parts = append(parts, name+"="+value)
		}
		return personal.ReplaceAllString(strings.Join(parts, "&"), stars)
	}
	var doc any
	in := json.NewDecoder(strings.NewReader(body))
	in.UseNumber()
	if in.Decode(&doc) != nil {
		return personal.ReplaceAllString(body, stars)
	}
	out, err := json.MarshalIndent(maskValue("", doc, instead), "", "  ")
	if err != nil {
		return stars
	}
	return plainJSON(string(out))
}

func maskValue(name string, v any, instead func(string) string) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = maskValue(k, v[k], instead)
		}
		return v
	case []any:
		for i := range v {
			v[i] = maskValue(name, v[i], instead)
		}
		return v
	case string:
		if _, secret := secretFields[name]; secret && v != "" {
			return instead(name)
		}
		return personal.ReplaceAllString(v, stars)
	}
	return v
}

// plainJSON undoes what encoding/json writes for the sake of HTML.
func plainJSON(s string) string {
	return strings.NewReplacer(`\u0026`, "&", `\u003c`, "<", `\u003e`, ">").Replace(s)
}

// plainURL takes one-time codes out of an address.
func plainURL(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.RawQuery == "" {
		return address
	}
	var parts []string
	for _, pair := range strings.Split(u.RawQuery, "&") {
		name, _, _ := strings.Cut(pair, "=")
		switch name {
		case "code", "state", "nonce", "code_challenge", "id_token_hint", "auth_request_id", "id":
			pair = name + "=…"
		}
		parts = append(parts, pair)
	}
	u.RawQuery = strings.Join(parts, "&")
	return u.String()
}

func cut(s string) string {
	if len(s) <= shownMax {
		return s
	}
	return strings.ToValidUTF8(s[:shownMax], "") + "\n…"
}

// curl writes the call for a shell. What is secret or personal stands as a variable,
// so that the line can be copied, and sent once they are set.
func curl(a ask, shown string) string {
	var b strings.Builder
	b.WriteString("curl -sS")
	if a.method != http.MethodGet && (a.method != http.MethodPost || a.in == nil && a.form == nil && a.file == nil) {
		b.WriteString(" -X " + a.method)
	}
	b.WriteString(" " + quoted(plainURL(a.url)))
	if a.basic != nil {
		b.WriteString(" \\\n  -u \"" + a.basic.ID + `:$SECRET"`)
	}
	if a.bearer != "" {
		b.WriteString(" \\\n  -H \"Authorization: Bearer $TOKEN\"")
	}
	if a.jar != nil {
		b.WriteString(" \\\n  -b \"$JAR\" -c \"$JAR\"")
	}
	for name, value := range a.header {
		b.WriteString(" \\\n  -H " + quoted(name+": "+value))
	}
	switch {
	case a.file != nil:
		b.WriteString(" \\\n  -F " + quoted("file=@"+a.file.name+";type="+a.file.mediaType))
	case a.form != nil:
		for _, pair := range strings.Split(mask(shown, true, variable), "&") {
			name, value, _ := strings.Cut(pair, "=")
			if plain, err := url.QueryUnescape(value); err == nil {
				value = plain
			}
			b.WriteString(" \\\n  --data-urlencode \"" + escaped(name+"="+value) + `"`)
		}
	case a.in != nil:
		b.WriteString(" \\\n  -H 'Content-Type: application/json' -d @- <<JSON\n")
		b.WriteString(escaped(mask(shown, false, variable)) + "\nJSON")
	}
	return b.String()
}

// mark stands before the name of a variable until the text around it is escaped.
const mark = "\x00"

func variable(name string) string {
	if v := secretFields[name]; v != "" {
		return mark + "{" + v + "}"
	}
	return stars
}

// escaped keeps a shell's hands off a text between double quotes or in a here-document.
func escaped(s string) string {
	s = strings.NewReplacer(`\u0000`, mark).Replace(s)
	s = strings.NewReplacer(`\`, `\\`, "`", "\\`", "$", `\$`).Replace(s)
	return strings.ReplaceAll(s, mark, "$")
}

func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// group gathers the calls of one act or step.
type group struct {
	mu    sync.Mutex
	calls []*Call
}

func (g *group) add(c *Call) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.calls) < 200 {
		g.calls = append(g.calls, c)
	}
}

// list is the calls so far.
func (g *group) list() []*Call {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]*Call{}, g.calls...)
}

type groupKey struct{}

func withGroup(ctx context.Context, g *group) context.Context {
	return context.WithValue(ctx, groupKey{}, g)
}

func groupOf(ctx context.Context) *group {
	g, _ := ctx.Value(groupKey{}).(*group)
	return g
}
