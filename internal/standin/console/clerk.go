package console

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
)

// clerk is a firm's user at the product, signed in as a browser is.
type clerk struct {
	c    *Console
	user string

	mu    sync.Mutex // one sign-in at a time
	jar   *jar
	token string
}

// clerk gives the clerk of a user name; it signs in when it first asks for something.
func (c *Console) clerk(user string) *clerk {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.clerks[user] == nil {
		c.clerks[user] = &clerk{c: c, user: user, jar: newJar()}
	}
	return c.clerks[user]
}

// forget ends all that was signed in: the product knows none of it after a reset.
func (c *Console) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clerks, c.tokens = map[string]*clerk{}, map[Side]string{}
}

// ask calls the enterprise API. It returns the ETag of the answer.
func (k *clerk) ask(ctx context.Context, method, path string, in, out any, header ...string) (string, error) {
	return k.send(ctx, ask{method: method, url: k.c.o.ProductURL + base + path, in: in, out: out}, header...)
}

// look is a read that stays out of the book.
func (k *clerk) look(ctx context.Context, path string, out any) error {
	_, err := k.send(ctx, ask{method: http.MethodGet, url: k.c.o.ProductURL + base + path, out: out, quiet: true})
	return err
}

func (k *clerk) send(ctx context.Context, a ask, header ...string) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	a.side, a.header = Clerk, map[string]string{}
	for i := 0; i+1 < len(header); i += 2 {
		a.header[header[i]] = header[i+1]
	}
	for again := false; ; again = true {
		if k.token == "" {
			if err := k.enter(ctx); err != nil {
				return "", err
			}
		}
		a.bearer = k.token
		got, err := k.c.send(ctx, a)
		if got.status != http.StatusUnauthorized || again {
			return got.header.Get("ETag"), err
		}
		k.token = "" // over, by the clock or by a sign-out elsewhere
	}
}

// enter gets an access token: by the refresh cookie, else by signing in anew.
func (k *clerk) enter(ctx context.Context) error {
	if len(k.jar.cookies) > 0 {
		if err := k.refresh(ctx); err == nil {
			return nil
		}
		k.jar = newJar()
	}
	if err := k.signIn(ctx); err != nil {
		return fmt.Errorf("%s: %w", k.user, err)
	}
	return k.refresh(ctx)
}

func (k *clerk) refresh(ctx context.Context) error {
	var grant struct {
		AccessToken string `json:"access_token"`
	}
	_, err := k.c.send(ctx, ask{side: Clerk, method: http.MethodPost, url: k.c.o.ProductURL + base + "/session/refresh", jar: k.jar, out: &grant})
	k.token = grant.AccessToken
	return err
}

// signIn walks the way of a browser (OpenID Connect, authorization code with PKCE):
// the product sends it to the login, which asks for name, password and captcha and
// sends it back.
func (k *clerk) signIn(ctx context.Context) error {
	page, at, err := k.follow(ctx, ask{method: http.MethodGet, url: k.c.o.ProductURL + base + "/session/login?matter=engineers"})
	if err != nil {
		return err
	}
	form, err := k.captcha(ctx, page, url.Values{"username": {k.user}, "password": {k.c.o.Password}})
	if err != nil {
		return err
	}
	_, at, err = k.follow(ctx, ask{method: http.MethodPost, url: origin(at) + "/login", form: form})
	if err == nil && origin(at) != k.c.o.ProductURL {
		err = errors.New("the login did not let the clerk in")
	}
	return err
}

// captcha fills in a form of the login with the answer that its control endpoint tells.
func (k *clerk) captcha(ctx context.Context, page string, form url.Values) (url.Values, error) {
	id := input(page, "captcha_id")
	if id == "" {
		return nil, errors.New("the login showed no captcha")
	}
	var solved struct {
		Answer string `json:"answer"`
	}
	if err := k.c.control(ctx, http.MethodGet, "/control/captcha/"+url.PathEscape(id), nil, &solved); err != nil {
		return nil, err
	}
	form.Set("captcha_id", id)
	form.Set("captcha", solved.Answer)
	form.Set("auth_request_id", input(page, "auth_request_id"))
	return form, nil
}

// maxRedirects is more than a sign-in has.
const maxRedirects = 10

// follow goes where it is sent and gives the page at the end with its address.
func (k *clerk) follow(ctx context.Context, a ask) (page, at string, err error) {
	for range maxRedirects {
		a.side, a.jar = Clerk, k.jar
		got, err := k.c.send(ctx, a)
		if err != nil {
			return "", a.url, err
		}
		next := got.header.Get("Location")
		if next == "" {
			return string(got.body), a.url, nil
		}
		here, err := url.Parse(a.url)
		if err != nil {
			return "", a.url, err
		}
		to, err := here.Parse(next)
		if err != nil {
			return "", a.url, err
		}
		a = ask{method: http.MethodGet, url: to.String()}
		if strings.HasPrefix(a.url, k.c.o.ProductURL+"/") && !strings.HasPrefix(a.url, k.c.o.ProductURL+base+"/") {
			return "", a.url, nil // a page of the application: there is nothing to do there
		}
	}
	return "", a.url, errors.New("redirected without end")
}

var inputs = regexp.MustCompile(`<input[^>]*\bname="([^"]*)"[^>]*\bvalue="([^"]*)"`)

// input is the value of a form's hidden field.
func input(page, name string) string {
	for _, m := range inputs.FindAllStringSubmatch(page, -1) {
		if m[1] == name {
			return html.UnescapeString(m[2])
		}
	}
	return ""
}

func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// upload brings a file of the firm to the product.
func (k *clerk) upload(ctx context.Context, f file) (string, error) {
	var up struct {
		ID string `json:"id"`
	}
	_, err := k.send(ctx, ask{method: http.MethodPost, url: k.c.o.ProductURL + base + "/attachments", file: &f, out: &up})
	return up.ID, err
}

// submit signs the commitment for filings: opens it, lets its reading time pass by
// the clock, and submits.
func (k *clerk) submit(ctx context.Context, ids []string) error {
	var letter struct {
		ID string `json:"id"`
	}
	if _, err := k.ask(ctx, http.MethodPost, "/commitments", object{"filing_ids": ids}, &letter); err != nil {
		return err
	}
	if err := k.c.advance(ctx, object{"advance_seconds": 60}); err != nil {
		return err
	}
	_, err := k.ask(ctx, http.MethodPost, "/filings/submit", object{"commitment_id": letter.ID, "filing_ids": ids, "agreed": true}, nil,
		"Idempotency-Key", newRef("submit"))
	return err
}

// advance moves the clock of the product and the stand-ins.
func (c *Console) advance(ctx context.Context, by object) error {
	return c.control(ctx, http.MethodPost, "/control/clock", by, nil)
}
