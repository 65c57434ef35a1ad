package idp_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"zhuce/internal/standin/idp/idptest"
)

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
