package idp_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"zhuce/internal/standin/idp/idptest"
)

func TestAuthorizeRefusals(t *testing.T) {
	t.Parallel()
	p := start(t)
	v := oauth2.GenerateVerifier()
	set := oauth2.SetAuthURLParam
	for name, c := range map[string]struct {
		url, want string
	}{
		"no PKCE":        {p.config.AuthCodeURL("st"), "invalid_request"},
		"method alone":   {p.config.AuthCodeURL("st", set("code_challenge_method", "S256")), "invalid_request"},
		"plain":          {p.config.AuthCodeURL("st", set("code_challenge", v), set("code_challenge_method", "plain")), "invalid_request"},
		"method left":    {p.config.AuthCodeURL("st", set("code_challenge", v)), "invalid_request"},
		"unknown method": {p.config.AuthCodeURL("st", set("code_challenge", v), set("code_challenge_method", "S512")), "invalid_request"},
		"implicit":       {p.login(set("response_type", "id_token token")).url, "unauthorized_client"},
		"form_post":      {p.login(set("response_mode", "form_post")).url, "invalid_request"},
		"no openid":      {p.login(set("scope", "profile")).url, "invalid_scope"},
		"prompt none":    {p.login(set("prompt", "none")).url, "login_required"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page, away := p.Open(t, idptest.NewBrowser(t), c.url)
			if away == nil {
				t.Fatalf("got a page: %d %s", page.Status, page.Title)
			}
			q := away.Query()
			if c.want == "unauthorized_client" && away.Fragment != "" { // implicit errors come in the fragment
				q, _ = url.ParseQuery(away.Fragment)
			}
			if q.Get("error") != c.want || q.Get("state") != "st" || q.Get("code") != "" {
				t.Errorf("came back to %s", away)
			}
		})
	}
	for name, address := range map[string]string{
		"unknown client":        strings.Replace(p.login().url, "client_id=zhuce", "client_id=nobody", 1),
		"foreign redirect URI":  strings.Replace(p.login().url, url.QueryEscape(callback), url.QueryEscape("http://evil.example/callback"), 1),
		"redirect URI extended": strings.Replace(p.login().url, url.QueryEscape(callback), url.QueryEscape(callback+"/x"), 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page, away := p.Open(t, idptest.NewBrowser(t), address)
			if away != nil || page.Status != http.StatusBadRequest {
				t.Errorf("sent to %v, page %+v", away, page)
			}
		})
	}
}

func TestCodeExchangeRefusals(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(p *party, l *login){
		"wrong verifier":     func(_ *party, l *login) { l.verifier = oauth2.GenerateVerifier() },
		"no verifier":        func(_ *party, l *login) { l.verifier = "" },
		"wrong secret":       func(p *party, _ *login) { p.config.ClientSecret = "guess" },
		"another client":     func(p *party, _ *login) { p.config.ClientID, p.config.ClientSecret = "public", "" },
		"wrong redirect URI": func(p *party, _ *login) { p.config.RedirectURL = callback + "x" },
		"code expired":       func(p *party, _ *login) { p.Advance(time.Minute) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t)
			l := p.login()
			back := p.SignIn(t, nil, l.url, "huadong", idptest.Password)
			good := *p
			kept := l
			spoil(p, &l)
			if _, err := p.exchange(t, l, back); err == nil {
				t.Fatal("tokens were issued")
			}
			if _, err := good.exchange(t, kept, back); err == nil {
				t.Error("the code was still good after a refused try")
			}
		})
	}
}

func TestCodeIsGoodUntilItExpires(t *testing.T) {
	t.Parallel()
	p := start(t)
	l := p.login()
	back := p.SignIn(t, nil, l.url, "huadong", idptest.Password)
	p.Advance(58 * time.Second)
	if _, err := p.exchange(t, l, back); err != nil {
		t.Error(err)
	}
}

func TestCodeReuseRevokesItsTokens(t *testing.T) {
	t.Parallel()
	p := start(t)
	l := p.login()
	back := p.SignIn(t, nil, l.url, "huadong", idptest.Password)
	token, err := p.exchange(t, l, back)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.userinfo(t, token); err != nil {
		t.Fatalf("before: %v", err)
	}
	p.Advance(30 * time.Minute) // the code has expired, its token has not
	if _, err := p.exchange(t, l, back); err == nil {
		t.Fatal("the code was taken twice")
	}
	if _, err := p.userinfo(t, token); err == nil {
		t.Error("the token is still good")
	}
}

func TestPublicClient(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.config.ClientID, p.config.ClientSecret = "public", ""
	p.verifier = p.provider.Verifier(&oidc.Config{ClientID: "public"})
	raw, _ := p.identity(t, "huadong")
	if _, err := p.verifier.Verify(t.Context(), raw); err != nil {
		t.Error(err)
	}
}
