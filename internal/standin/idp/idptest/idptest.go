// Package idptest runs the stand-in login for tests and walks through its pages the way a browser does,
// over real HTTP.
package idptest

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/net/html"

	"zhuce/internal/idno"
	"zhuce/internal/standin/idp"
)

// Password is what all accounts of Accounts sign in with.
const Password = "Zhuce2026"

// Accounts are there from the start. The names say what each is for.
func Accounts() []idp.Account {
	account := func(userName, name, code, legal string) idp.Account {
		return idp.Account{UserName: userName, Password: Password, Name: name, CreditCode: code, LegalRepresentative: legal, Phone: "13800138000"}
	}
	list := []idp.Account{
		account("huadong", "华东示例建筑设计院有限公司", idno.MakeCreditCode("310000", 1), "陈示例"),
		account("beifang", "北方示例勘察设计有限公司", idno.MakeCreditCode("110000", 2), "李示例"),
		account("low-trust", "低等级示例设计有限公司", idno.MakeCreditCode("320000", 3), "王示例"),
		account("no-legal", "缺项示例设计有限公司", idno.MakeCreditCode("330000", 4), ""),
		account("bad-code", "代码示例设计有限公司", "91310000000000000X", "赵示例"),
	}
	list[0].Operator = "周经办"
	list[2].TrustLevel = 2
	return list
}

// Server is a running stand-in.
type Server struct {
	URL      string // the issuer
	Provider *idp.Provider

	ahead atomic.Int64 // how far the stand-in's clock is ahead of the wall clock
}

// Start runs the stand-in with Accounts until the test ends. clients is told the issuer.
func Start(t testing.TB, clients func(issuer string) []idp.Client) *Server {
	t.Helper()
	return StartWith(t, func(o *idp.Options) { o.Clients = clients(o.Issuer) })
}

// StartWith is Start with the options open to change; the issuer is set, and clients have to be.
func StartWith(t testing.TB, change func(*idp.Options)) *Server {
	t.Helper()
	s := &Server{}
	srv := httptest.NewUnstartedServer(nil)
	o := idp.Options{
		Issuer: "http://" + srv.Listener.Addr().String(), Accounts: Accounts(), BcryptCost: bcrypt.MinCost,
		Now: s.now, Log: slog.New(slog.DiscardHandler),
	}
	change(&o)
	provider, err := idp.New(o)
	if err != nil {
		srv.Close()
		t.Fatalf("start the stand-in login: %v", err)
	}
	srv.Config.Handler = provider.Handler()
	srv.Start()
	t.Cleanup(srv.Close)
	s.URL, s.Provider = o.Issuer, provider
	return s
}

func (s *Server) now() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) }

// Advance moves the stand-in's clock on.
func (s *Server) Advance(d time.Duration) { s.ahead.Add(int64(d)) }

// NewBrowser is a client with its own cookies that follows no redirect by itself.
func NewBrowser(t testing.TB) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// SignIn goes from startURL (the authorize URL, or a page of the relying party that redirects to it)
// through the login page and answers with the address that the stand-in sends the browser back to, which
// is not visited. A client with a jar keeps its cookies there, so the same client can go on to that
// address; one without gets a jar for this call. A refused login fails the test with the page's complaint.
func (s *Server) SignIn(t testing.TB, client *http.Client, startURL, userName, password string) *url.URL {
	t.Helper()
	browser := NewBrowser(t)
	if client != nil {
		browser.Transport = client.Transport
		if client.Jar != nil {
			browser.Jar = client.Jar
		}
	}
	page, away := s.Open(t, browser, startURL)
	if away != nil {
		return away // signed in already
	}
	page, away = s.Submit(t, browser, page, map[string]string{
		"username": userName, "password": password, "captcha": s.Answer(t, page),
	})
	if away == nil {
		t.Fatalf("sign in %s: %d %s", userName, page.Status, strings.Join(page.Errors, " / "))
	}
	return away
}

// Page is an HTML page of the stand-in, as far as tests need it.
type Page struct {
	URL    *url.URL
	Status int
	Lang   string
	Title  string            // the h1
	Action string            // where its form goes
	Fields map[string]string // its form's values by name
	Links  map[string]string // its links by id
	Errors []string          // the complaints in the summary
	Body   string
}

// Answer is the right answer to the captcha on a page.
func (s *Server) Answer(t testing.TB, p *Page) string {
	t.Helper()
	answer, ok := s.Provider.CaptchaAnswer(p.Fields["captcha_id"])
	if !ok {
		t.Fatalf("no open captcha on %s (%d %s)", p.URL, p.Status, p.Title)
	}
	return answer
}

// Open gets an address and follows redirects until a page of the stand-in answers (page) or the stand-in
// sends the browser elsewhere (away).
func (s *Server) Open(t testing.TB, browser *http.Client, address string) (page *Page, away *url.URL) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s.follow(t, browser, req)
}

// Submit fills a page's form in with the values given, sends it, and follows like Open.
func (s *Server) Submit(t testing.TB, browser *http.Client, p *Page, values map[string]string) (page *Page, away *url.URL) {
	t.Helper()
	form := url.Values{}
	for name, value := range p.Fields {
		form.Set(name, value)
	}
	for name, value := range values {
		form.Set(name, value)
	}
	action, err := p.URL.Parse(p.Action)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodPost, action.String(), strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return s.follow(t, browser, req)
}

func (s *Server) follow(t testing.TB, browser *http.Client, req *http.Request) (*Page, *url.URL) {
	t.Helper()
	ours := strings.TrimPrefix(s.URL, "http://")
	for range 10 {
		resp, err := browser.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		next, err := resp.Location()
		if err != nil { // no redirect
			return read(t, resp, string(raw)), nil
		}
		if req.URL.Host == ours && next.Host != ours {
			return nil, next
		}
		if req, err = http.NewRequest(http.MethodGet, next.String(), nil); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatalf("redirected without end at %s", req.URL)
	return nil, nil
}

func read(t testing.TB, resp *http.Response, body string) *Page {
	t.Helper()
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	p := &Page{URL: resp.Request.URL, Status: resp.StatusCode, Body: body, Fields: map[string]string{}, Links: map[string]string{}}
	for n := range root.Descendants() {
		switch n.Data {
		case "html":
			p.Lang = attr(n, "lang")
		case "h1":
			p.Title = text(n)
		case "form":
			p.Action = attr(n, "action")
		case "input":
			p.Fields[attr(n, "name")] = attr(n, "value")
		case "a":
			if strings.HasPrefix(attr(n, "href"), "#") && n.Parent.Data == "li" {
				p.Errors = append(p.Errors, text(n))
			}
			p.Links[attr(n, "id")] = attr(n, "href")
		}
	}
	return p
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func text(n *html.Node) string {
	var out strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			out.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(out.String())
}
