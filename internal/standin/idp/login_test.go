package idp_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

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
