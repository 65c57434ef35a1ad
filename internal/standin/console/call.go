package console

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	base = "/api/v1"
	// answerMax bounds what is read of an answer.
	answerMax = 8 << 20
	// The product may ask to wait; so often and so long at once it is waited for.
	maxWaits = 30
	maxWait  = 10 * time.Second
)

// object is a JSON object of a request.
type object = map[string]any

// problem is a refusal as the product words it (RFC 9457).
type problem struct {
	Status    int    `json:"status"`
	Code      string `json:"code"`
	Title     string `json:"title"`
	Detail    string `json:"detail"`
	RequestID string `json:"request_id"`
	Errors    []struct {
		Pointer string `json:"pointer"`
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"errors"`
}

// Error says what the product said.
func (p *problem) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s", p.Status, p.Code)
	if p.Detail != "" {
		b.WriteString(" · " + p.Detail)
	}
	for i, e := range p.Errors {
		if i == 10 {
			fmt.Fprintf(&b, " · … %d", len(p.Errors))
			break
		}
		fmt.Fprintf(&b, " · %s %s %s", e.Pointer, e.Code, e.Message)
	}
	return b.String()
}

// file is one file of a form.
type file struct {
	name, mediaType string
	content         []byte
}

// ask is one call before it is made.
type ask struct {
	side        Side
	method, url string
	in          any        // JSON, or
	form        url.Values // a form, or
	file        *file      // a file
	bearer      string     // sent, never kept
	basic       *Credentials
	header      map[string]string
	jar         *jar
	out         any // what the JSON of a success is read into
	quiet       bool
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a ask) request(ctx context.Context) (*http.Request, string, error) {
	body, kind, shown := []byte(nil), "", ""
	switch {
	case a.in != nil:
		raw, err := json.Marshal(a.in)
		if err != nil {
			return nil, "", err
		}
		body, kind, shown = raw, "application/json", string(raw)
	case a.form != nil:
		body, kind = []byte(a.form.Encode()), "application/x-www-form-urlencoded"
		shown = string(body)
	case a.file != nil:
		var buf bytes.Buffer
		w := multipart.NewWriter(&buf)
		part, err := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf(`form-data; name="file"; filename="%s"`, a.file.name)},
			"Content-Type": {a.file.mediaType}})
		if err == nil {
			_, err = part.Write(a.file.content)
		}
		if err = errors.Join(err, w.Close()); err != nil {
			return nil, "", err
		}
		body, kind = buf.Bytes(), w.FormDataContentType()
	}
	r, err := http.NewRequestWithContext(ctx, a.method, a.url, bytes.NewReader(body))
	if err != nil {
		return nil, "", err
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if a.bearer != "" {
		r.Header.Set("Authorization", "Bearer "+a.bearer)
	}
	if a.basic != nil {
		r.SetBasicAuth(url.QueryEscape(a.basic.ID), url.QueryEscape(a.basic.Secret))
	}
	for name, value := range a.header {
		r.Header.Set(name, value)
	}
	if a.jar != nil {
		a.jar.into(r)
	}
	return r, shown, nil
}

// send makes the call and writes it into the book. An answer of 400 or more is an
// error, a [problem] where the product worded one. It is sent again when the
// product asks to wait (429).
func (c *Console) send(ctx context.Context, a ask) (answer, error) {
	for try := 0; ; try++ {
		out, err := c.sendOnce(ctx, a)
		if err != nil || out.status != http.StatusTooManyRequests || try == maxWaits {
			return a.read(out, err)
		}
		seconds, _ := strconv.Atoi(out.header.Get("Retry-After"))
		wait := time.NewTimer(min(max(time.Duration(seconds)*time.Second, 100*time.Millisecond), maxWait))
		select {
		case <-ctx.Done():
			wait.Stop()
			return out, ctx.Err()
		case <-wait.C:
		}
	}
}

func (c *Console) sendOnce(ctx context.Context, a ask) (answer, error) {
	r, shown, err := a.request(ctx)
	if err != nil {
		return answer{}, err
	}
	began := time.Now()
	resp, err := c.http.Do(r)
	out := answer{}
	if err == nil {
		out = answer{status: resp.StatusCode, header: resp.Header}
		out.body, err = io.ReadAll(io.LimitReader(resp.Body, answerMax))
		err = errors.Join(err, resp.Body.Close())
		if a.jar != nil {
			a.jar.from(r, resp)
		}
	}
	if a.quiet && err == nil && out.status < http.StatusBadRequest {
		return out, nil
	}
	note := c.book.add(a, shown, out, err, time.Since(began))
	if g := groupOf(ctx); g != nil {
		g.add(note)
	}
	if err != nil {
		return out, fmt.Errorf("%s %s: %w", a.method, plainURL(a.url), err)
	}
	return out, nil
}

func (a ask) read(out answer, err error) (answer, error) {
	switch {
	case err != nil:
		return out, err
	case out.status >= http.StatusBadRequest:
		p := &problem{}
		if json.Unmarshal(out.body, p) != nil || p.Code == "" {
			p.Code, p.Detail = http.StatusText(out.status), firstLine(out.body)
		}
		p.Status = out.status
		return out, p
	case a.out != nil && len(out.body) > 0:
		if err := json.Unmarshal(out.body, a.out); err != nil {
			return out, fmt.Errorf("%s %s: the answer is no such JSON: %w", a.method, plainURL(a.url), err)
		}
	}
	return out, nil
}

func firstLine(b []byte) string {
	s, _, _ := strings.Cut(strings.TrimSpace(string(b)), "\n")
	if r := []rune(s); len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return s
}

// exchange calls the exchange API as a machine client. A token that is over – the
// clock may have been moved – is asked for anew, once.
func (c *Console) exchange(ctx context.Context, by Side, method, path string, in, out any) error {
	return c.exchangeAsk(ctx, ask{side: by, method: method, url: c.o.ProductURL + base + path, in: in, out: out})
}

// look is exchange for a page that only shows: successes stay out of the book.
func (c *Console) look(ctx context.Context, by Side, path string, out any) error {
	return c.exchangeAsk(ctx, ask{side: by, method: http.MethodGet, url: c.o.ProductURL + base + path, out: out, quiet: true})
}

func (c *Console) exchangeAsk(ctx context.Context, a ask) error {
	for again := false; ; again = true {
		token, err := c.token(ctx, a.side, again)
		if err != nil {
			return err
		}
		a.bearer = token
		got, err := c.send(ctx, a)
		if got.status != http.StatusUnauthorized || again {
			return err
		}
	}
}

// token gives a machine client's access token.
func (c *Console) token(ctx context.Context, by Side, fresh bool) (string, error) {
	c.mu.Lock()
	kept := c.tokens[by]
	c.mu.Unlock()
	if kept != "" && !fresh {
		return kept, nil
	}
	who, ok := c.o.Clients[by]
	if !ok {
		return "", fmt.Errorf("the sandbox has no machine client for %s", by)
	}
	var grant struct {
		AccessToken string `json:"access_token"`
	}
	if _, err := c.send(ctx, ask{side: by, method: http.MethodPost, url: c.o.ProductURL + base + "/exchange/token", basic: &who,
		form: url.Values{"grant_type": {"client_credentials"}}, out: &grant}); err != nil {
		return "", err
	}
	c.mu.Lock()
	c.tokens[by] = grant.AccessToken
	c.mu.Unlock()
	return grant.AccessToken, nil
}

// control calls a stand-in's control endpoint.
func (c *Console) control(ctx context.Context, method, path string, in, out any) error {
	_, err := c.send(ctx, ask{side: Controls, method: method, url: c.o.LoginURL + path, in: in, out: out, quiet: method == http.MethodGet})
	return err
}

// upload brings a file to the product and gives its id.
func (c *Console) upload(ctx context.Context, by Side, path string, f file) (string, error) {
	var up struct {
		ID string `json:"id"`
	}
	err := c.exchangeAsk(ctx, ask{side: by, method: http.MethodPost, url: c.o.ProductURL + base + path, file: &f, out: &up})
	return up.ID, err
}
