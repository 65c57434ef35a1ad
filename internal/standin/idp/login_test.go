package idp_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"zhuce/internal/standin/idp/idptest"
)

// visitor is a browser in front of the login page.
type visitor struct {
	*party
	browser *http.Client
	page    *idptest.Page
}

func (p *party) visit(t *testing.T, more ...oauth2.AuthCodeOption) *visitor {
	t.Helper()
	v := &visitor{p, idptest.NewBrowser(t), nil}
	page, away := p.Open(t, v.browser, p.login(more...).url)
	if away != nil {
		t.Fatalf("no login page: sent to %s", away)
	}
	v.page = page
	return v
}

// try sends the form with the right captcha and stays on the page that follows, if there is one.
func (v *visitor) try(t *testing.T, userName, password string) (away *url.URL) {
	t.Helper()
	return v.send(t, map[string]string{"username": userName, "password": password, "captcha": v.Answer(t, v.page)})
}

func (v *visitor) send(t *testing.T, values map[string]string) (away *url.URL) {
	t.Helper()
	page, away := v.Submit(t, v.browser, v.page, values)
	if page != nil {
		v.page = page
	}
	return away
}

func (v *visitor) complains(t *testing.T, want ...string) {
	t.Helper()
	if v.page.Status != http.StatusUnprocessableEntity || len(v.page.Errors) != len(want) {
		t.Fatalf("%d %s: %q, want %q", v.page.Status, v.page.Title, v.page.Errors, want)
	}
	for i, w := range want {
		if !strings.Contains(v.page.Errors[i], w) {
			t.Errorf("complaint %q, want %q", v.page.Errors[i], w)
		}
	}
}

func TestLoginComplaints(t *testing.T) {
	t.Parallel()
	p := start(t)
	for name, c := range map[string]struct {
		values map[string]string
		want   []string
	}{
		"nothing filled in": {map[string]string{"captcha": ""}, []string{"请输入用户名", "请输入密码", "请输入验证码"}},
		"wrong captcha":     {map[string]string{"username": "huadong", "password": idptest.Password, "captcha": "x"}, []string{"验证码不正确"}},
		"foreign captcha":   {map[string]string{"username": "huadong", "password": idptest.Password, "captcha_id": "none"}, []string{"验证码不正确"}},
		"wrong password":    {map[string]string{"username": "huadong", "password": "wrong"}, []string{"用户名或密码不正确。再错 4 次"}},
		"unknown user":      {map[string]string{"username": "nobody", "password": idptest.Password}, []string{"用户名或密码不正确。再错 4 次"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := p.visit(t)
			first := v.page.Fields["captcha_id"]
			values := map[string]string{"captcha": v.Answer(t, v.page)}
			for k, x := range c.values {
				values[k] = x
			}
			if away := v.send(t, values); away != nil {
				t.Fatalf("let in: %s", away)
			}
			v.complains(t, c.want...)
			if got := v.page.Fields["username"]; got != c.values["username"] {
				t.Errorf("user name kept as %q", got)
			}
			if v.page.Fields["password"] != "" {
				t.Error("the password was sent back")
			}
			if v.page.Fields["captcha_id"] == first {
				t.Error("the captcha is the old one")
			}
			// The same page still lets the right person in; not after "unknown user" under that name.
			if away := v.try(t, " HuaDong ", idptest.Password); away == nil {
				t.Errorf("then refused: %v", v.page.Errors)
			}
		})
	}
}

func TestTypedUserNameSurvivesANewCaptcha(t *testing.T) {
	t.Parallel()
	p := start(t)
	v := p.visit(t, oauth2.SetAuthURLParam("login_hint", "hinted"))
	if got := v.page.Fields["username"]; got != "hinted" {
		t.Errorf("login hint shown as %q", got)
	}
	v.try(t, "huadong", "wrong")
	link := v.page.Links["captcha-new"]
	if strings.Contains(link, "huadong") {
		t.Errorf("the user name is in the link %s", link)
	}
	page, _ := p.Open(t, v.browser, p.URL+link)
	if got := page.Fields["username"]; got != "huadong" {
		t.Errorf("user name kept as %q", got)
	}
}

func TestLockout(t *testing.T) {
	t.Parallel()
	for _, userName := range []string{"huadong", "nobody"} { // an unknown name behaves the same
		t.Run(userName, func(t *testing.T) {
			t.Parallel()
			p := start(t)
			v := p.visit(t)
			for left := 4; left > 0; left-- {
				v.try(t, userName, "wrong")
				v.complains(t, fmt.Sprintf("再错 %d 次", left))
			}
			v.try(t, strings.ToUpper(userName), "wrong")
			v.complains(t, "已锁定至 "+time.Now().UTC().Add(8*time.Hour + 15*time.Minute).Format("2006-01-02 15:0")[:13])
			v.try(t, userName, idptest.Password)
			v.complains(t, "已锁定至")
			if other := p.visit(t); other.try(t, "beifang", idptest.Password) == nil {
				t.Error("somebody else is locked as well")
			}

			p.Advance(15*time.Minute - 5*time.Second)
			v = p.visit(t)
			v.try(t, userName, idptest.Password)
			v.complains(t, "已锁定至")
			p.Advance(6 * time.Second)
			v = p.visit(t)
			v.try(t, userName, "wrong")
			v.complains(t, "再错 4 次")
			if away := v.try(t, userName, idptest.Password); (away != nil) != (userName == "huadong") {
				t.Errorf("after the lock: %v %v", away, v.page.Errors)
			}
		})
	}
}

func TestSuccessForgivesEarlierMistakes(t *testing.T) {
	t.Parallel()
	p := start(t)
	for range 2 {
		v := p.visit(t)
		for range 4 {
			v.try(t, "huadong", "wrong")
		}
		v.complains(t, "再错 1 次")
		if v.try(t, "huadong", idptest.Password) == nil {
			t.Fatal(v.page.Errors)
		}
	}
	v := p.visit(t)
	for range 5 {
		v.try(t, "huadong", "wrong")
	}
	if status, _ := fetch(t, http.MethodDelete, p.URL+"/control/lockouts", ""); status != http.StatusNoContent {
		t.Errorf("unlock: %d", status)
	}
	if v.try(t, "huadong", idptest.Password) == nil {
		t.Errorf("after unlocking: %v", v.page.Errors)
	}
}

func TestTriesAtOnceDoNotAddToTheAllowance(t *testing.T) {
	t.Parallel()
	p := start(t)
	visitors := make([]*visitor, 12)
	for i := range visitors {
		visitors[i] = p.visit(t)
	}
	var wg sync.WaitGroup
	for _, v := range visitors {
		wg.Go(func() { v.try(t, "huadong", "wrong") })
	}
	wg.Wait()
	counted := 0
	for _, v := range visitors {
		if strings.Contains(v.page.Errors[0], "再错") {
			counted++
		}
	}
	if counted != 4 {
		t.Errorf("%d tries were counted before the lock, want 4", counted)
	}
}

func TestCaptcha(t *testing.T) {
	t.Parallel()
	p := start(t)
	t.Run("used once", func(t *testing.T) {
		t.Parallel()
		v := p.visit(t)
		answer, id := v.Answer(t, v.page), v.page.Fields["captcha_id"]
		v.try(t, "low-trust", "wrong")
		v.send(t, map[string]string{"username": "low-trust", "password": idptest.Password, "captcha": answer, "captcha_id": id})
		v.complains(t, "验证码不正确")
	})
	t.Run("of another browser", func(t *testing.T) {
		t.Parallel()
		v, other := p.visit(t), p.visit(t)
		v.send(t, map[string]string{"username": "huadong", "password": idptest.Password,
			"captcha": p.Answer(t, other.page), "captcha_id": other.page.Fields["captcha_id"]})
		v.complains(t, "验证码不正确")
	})
	t.Run("as text", func(t *testing.T) {
		t.Parallel()
		v := p.visit(t)
		v.page, _ = p.Open(t, v.browser, p.URL+v.page.Links["captcha-text"])
		if !strings.Contains(v.page.Body, "等于几") || strings.Contains(v.page.Body, "<img") {
			t.Error("no text question, or a picture beside it")
		}
		v.try(t, "no-legal", "wrong")
		if v.page.Fields["captcha_kind"] != "text" {
			t.Error("the next captcha is of another kind")
		}
		if v.try(t, "no-legal", idptest.Password) == nil {
			t.Error(v.page.Errors)
		}
	})
	t.Run("full-width digits", func(t *testing.T) {
		t.Parallel()
		v := p.visit(t)
		wide := strings.Map(func(r rune) rune { return r - '0' + '０' }, v.Answer(t, v.page))
		if v.send(t, map[string]string{"username": "huadong", "password": idptest.Password, "captcha": " " + wide}) == nil {
			t.Error(v.page.Errors)
		}
	})
	t.Run("drawn and spoken", func(t *testing.T) {
		t.Parallel()
		v := p.visit(t)
		picture := "/captcha/" + v.page.Fields["captcha_id"]
		if status, body := fetch(t, http.MethodGet, p.URL+picture+".png", ""); status != 200 || !strings.HasPrefix(body, "\x89PNG") {
			t.Errorf("picture: %d", status)
		}
		if status, _ := fetch(t, http.MethodGet, p.URL+picture+".wav", ""); status != http.StatusNotFound {
			t.Errorf("sound of a picture: %d", status)
		}
		v.page, _ = p.Open(t, v.browser, p.URL+v.page.Links["captcha-audio"])
		sound := "/captcha/" + v.page.Fields["captcha_id"] + ".wav"
		if !strings.Contains(v.page.Body, sound) {
			t.Error("the page does not play its sound")
		}
		if status, body := fetch(t, http.MethodGet, p.URL+sound, ""); status != 200 || !strings.HasPrefix(body, "RIFF") {
			t.Errorf("sound: %d", status)
		}
	})
}

func TestCaptchaAndPageExpire(t *testing.T) {
	t.Parallel()
	p := start(t)
	v := p.visit(t)
	answer := v.Answer(t, v.page)
	p.Advance(5 * time.Minute)
	v.send(t, map[string]string{"username": "huadong", "password": idptest.Password, "captcha": answer})
	v.complains(t, "验证码不正确或已过期")
	p.Advance(6 * time.Minute)
	v.send(t, map[string]string{"username": "huadong", "password": idptest.Password, "captcha": "1"})
	if v.page.Status != http.StatusGone || v.page.Title != "登录页面已失效" || !strings.Contains(v.page.Body, "返回办事系统") {
		t.Errorf("%d %s", v.page.Status, v.page.Title)
	}
}

func TestLoginBelongsToOneBrowserAndOneUse(t *testing.T) {
	t.Parallel()
	p := start(t)
	v := p.visit(t)
	for _, address := range []string{v.page.URL.String(), p.URL + v.page.Links["cancel"], p.URL + "/login", p.URL + "/login?auth_request_id=x"} {
		if page, away := p.Open(t, idptest.NewBrowser(t), address); away != nil || page.Status != http.StatusGone {
			t.Errorf("another browser at %s: %v %v", address, away, page)
		}
	}
	used := *v
	if v.try(t, "huadong", idptest.Password) == nil {
		t.Fatal(v.page.Errors)
	}
	used.send(t, map[string]string{"username": "huadong", "password": idptest.Password, "captcha": "1"})
	if used.page.Status != http.StatusGone {
		t.Errorf("sent again: %d %s", used.page.Status, used.page.Title)
	}
}

func TestCrossSitePostIsRefused(t *testing.T) {
	t.Parallel()
	p := start(t)
	v := p.visit(t)
	form := url.Values{"auth_request_id": {v.page.Fields["auth_request_id"]}, "username": {"huadong"}, "password": {idptest.Password},
		"captcha_id": {v.page.Fields["captcha_id"]}, "captcha": {v.Answer(t, v.page)}}
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+"/login", strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	resp, err := v.browser.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("answered %d", resp.StatusCode)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	p := start(t)
	v := p.visit(t)
	_, away := p.Open(t, v.browser, p.URL+v.page.Links["cancel"])
	if away == nil || away.Query().Get("error") != "access_denied" || away.Query().Get("state") != "st" {
		t.Errorf("cancelled to %v", away)
	}
}

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
