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

func TestSingleSignOn(t *testing.T) {
	t.Parallel()
	p := start(t)
	v := p.visit(t)
	if v.try(t, "huadong", idptest.Password) == nil {
		t.Fatal(v.page.Errors)
	}
	set := oauth2.SetAuthURLParam
	again := func(want bool, more ...oauth2.AuthCodeOption) {
		t.Helper()
		l := p.login(more...)
		_, away := p.Open(t, v.browser, l.url)
		if (away != nil) != want {
			t.Errorf("went on without a login page: %v, want %v", away != nil, want)
		}
		if away != nil {
			if _, err := p.exchange(t, l, away); err != nil {
				t.Error(err)
			}
		}
	}
	again(true)
	again(true, set("prompt", "none"))
	again(false, set("prompt", "login"))
	again(false, set("prompt", "select_account"))
	again(true, set("max_age", "600"))
	p.Advance(11 * time.Minute)
	again(false, set("max_age", "600"))
	again(true)
	other, _ := p.identity(t, "beifang")
	again(false, set("id_token_hint", other))
	p.Advance(2 * time.Hour)
	again(false)
}

func TestEndSession(t *testing.T) {
	t.Parallel()
	p := start(t)
	signIn := func() (v *visitor, raw string, token *oauth2.Token) {
		t.Helper()
		v = &visitor{party: p, browser: idptest.NewBrowser(t)}
		l := p.login()
		back := p.SignIn(t, v.browser, l.url, "huadong", idptest.Password)
		token, err := p.exchange(t, l, back)
		if err != nil {
			t.Fatal(err)
		}
		raw, _ = token.Extra("id_token").(string)
		return v, raw, token
	}
	foreign := strings.Replace(signedOut, "rp.example", "evil.example", 1)
	for name, c := range map[string]struct {
		query  func(raw string) url.Values
		away   string
		status int
	}{
		"hint and address": {func(raw string) url.Values {
			return url.Values{"id_token_hint": {raw}, "post_logout_redirect_uri": {signedOut}, "state": {"bye"}}
		}, signedOut + "?state=bye", 0},
		"client and address": {func(string) url.Values {
			return url.Values{"client_id": {"zhuce"}, "post_logout_redirect_uri": {signedOut}}
		}, signedOut, 0},
		"stale hint, client and address": {func(string) url.Values {
			return url.Values{"id_token_hint": {"a.b.c"}, "client_id": {"zhuce"}, "post_logout_redirect_uri": {signedOut}}
		}, signedOut, 0},
		"nothing":       {func(string) url.Values { return url.Values{} }, "", 200},
		"hint alone":    {func(raw string) url.Values { return url.Values{"id_token_hint": {raw}} }, "", 200},
		"address alone": {func(string) url.Values { return url.Values{"post_logout_redirect_uri": {signedOut}} }, "", 200},
		"foreign address": {func(raw string) url.Values {
			return url.Values{"id_token_hint": {raw}, "post_logout_redirect_uri": {foreign}}
		}, "", 400},
	} {
		v, raw, token := signIn()
		if _, away := p.Open(t, v.browser, p.login().url); away == nil {
			t.Fatalf("%s: not signed in beforehand", name)
		}
		page, away := p.Open(t, v.browser, p.URL+"/end_session?"+c.query(raw).Encode())
		switch {
		case c.away != "" && (away == nil || away.String() != c.away):
			t.Errorf("%s: sent to %v, want %s", name, away, c.away)
		case c.away == "" && (away != nil || page.Status != c.status || page.Title != "已退出登录"):
			t.Errorf("%s: sent to %v, page %+v", name, away, page)
		}
		if _, away := p.Open(t, v.browser, p.login().url); away != nil {
			t.Errorf("%s: still signed in", name)
		}
		if _, err := p.userinfo(t, token); err == nil {
			t.Errorf("%s: the access token is still good", name)
		}
	}
}

func TestOldSessionCookiesAreWorthNothing(t *testing.T) {
	t.Parallel()
	p := start(t)
	home, _ := url.Parse(p.URL)
	reuse := func(old []*http.Cookie) bool {
		t.Helper()
		browser := idptest.NewBrowser(t)
		browser.Jar.SetCookies(home, old)
		_, away := p.Open(t, browser, p.login().url)
		return away != nil
	}
	v := p.visit(t)
	v.try(t, "huadong", idptest.Password)
	first := v.browser.Jar.Cookies(home)
	if !reuse(first) {
		t.Fatal("the cookie was no good to begin with")
	}
	v.page, _ = p.Open(t, v.browser, p.login(oauth2.SetAuthURLParam("prompt", "login")).url)
	v.try(t, "beifang", idptest.Password)
	if reuse(first) {
		t.Error("good after somebody else signed in")
	}
	second := v.browser.Jar.Cookies(home)
	p.Open(t, v.browser, p.URL+"/end_session")
	if reuse(second) {
		t.Error("good after signing out")
	}
}

func TestRevocation(t *testing.T) {
	t.Parallel()
	p := start(t)
	_, token := p.identity(t, "huadong")
	revoke := func(clientID, secret string) {
		t.Helper()
		resp, err := http.PostForm(p.URL+"/revoke", url.Values{"token": {token.AccessToken}, "client_id": {clientID}, "client_secret": {secret}})
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	revoke("public", "")
	revoke("zhuce", "guess")
	if _, err := p.userinfo(t, token); err != nil {
		t.Fatalf("somebody else's revocation worked: %v", err)
	}
	revoke("zhuce", "s3cret")
	if _, err := p.userinfo(t, token); err == nil {
		t.Error("still good after revocation")
	}
}

func TestVerifierRefusesAnotherNonce(t *testing.T) {
	t.Parallel()
	p := start(t)
	l := p.login(oidc.Nonce("mine"))
	token, err := p.exchange(t, l, p.SignIn(t, nil, l.url, "huadong", idptest.Password))
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := token.Extra("id_token").(string)
	checked, err := p.verifier.Verify(t.Context(), raw)
	if err != nil || checked.Nonce != "mine" {
		t.Errorf("nonce %v, %v", checked, err)
	}
}
