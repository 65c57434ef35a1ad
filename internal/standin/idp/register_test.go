package idp_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/oauth2"

	"zhuce/internal/idno"
	"zhuce/internal/standin/idp"
	"zhuce/internal/standin/idp/idptest"
)

var newcomer = map[string]string{
	"name": "新注册示例设计有限公司", "credit_code": idno.MakeCreditCode("510000", 77), "legal_representative": "钱示例",
	"phone": "13900139000", "username": "newcomer", "password": "Abcd1234", "password2": "Abcd1234",
}

// fill is newcomer with some fields otherwise, given as name, value, name, value.
func fill(pairs ...string) map[string]string {
	out := map[string]string{}
	for k, v := range newcomer {
		out[k] = v
	}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = pairs[i+1]
	}
	return out
}

// register goes to the registration page, from a login or on its own, and sends the form.
func (v *visitor) register(t *testing.T, values map[string]string) {
	t.Helper()
	if v.page == nil || v.page.Fields["name"] == "" && v.page.Action != "/register" {
		link := "/register"
		if v.page != nil {
			link = v.page.Links["register"]
		}
		v.page, _ = v.Open(t, v.browser, v.URL+link)
	}
	if _, given := values["captcha"]; !given {
		values["captcha"] = v.Answer(t, v.page)
	}
	v.send(t, values)
}

func TestRegisterThenSignIn(t *testing.T) {
	t.Parallel()
	p := start(t)
	v := p.visit(t, oauth2.SetAuthURLParam("ui_locales", "zh-CN"))
	v.register(t, fill("credit_code", " "+strings.ToLower(newcomer["credit_code"]), "phone", "１３９ ００１３ ９０００"))
	if v.page.Status != http.StatusOK || v.page.Title != "注册成功" {
		t.Fatalf("%d %s %q", v.page.Status, v.page.Title, v.page.Errors)
	}
	v.page, _ = p.Open(t, v.browser, p.URL+v.page.Links["to-login"])
	if v.page.Title != "法人登录" {
		t.Fatalf("the login does not go on: %s", v.page.Title)
	}
	if v.try(t, "newcomer", "Abcd1234") == nil {
		t.Fatal(v.page.Errors)
	}
	l := p.login()
	token, err := p.exchange(t, l, p.SignIn(t, v.browser, l.url, "", ""))
	if err != nil {
		t.Fatal(err)
	}
	info, err := p.userinfo(t, token)
	if err != nil {
		t.Fatal(err)
	}
	if info["name"] != newcomer["name"] || info["unified_social_credit_code"] != newcomer["credit_code"] ||
		info["legal_representative"] != "钱示例" || info["trust_level"] != float64(4) || info["legal_person_type"] != "enterprise" {
		t.Errorf("user info %v", info)
	}
}

func TestRegisterWithoutALogin(t *testing.T) {
	t.Parallel()
	p := start(t)
	v := &visitor{party: p, browser: idptest.NewBrowser(t)}
	v.register(t, fill())
	if v.page.Title != "注册成功" || v.page.Links["to-login"] != "" || !strings.Contains(v.page.Body, "请返回办事系统") {
		t.Errorf("%d %s %q", v.page.Status, v.page.Title, v.page.Errors)
	}
}

func TestRegistrationComplaints(t *testing.T) {
	t.Parallel()
	p := start(t)
	taken := idptest.Accounts()[0]
	for name, c := range map[string]struct {
		values map[string]string
		field  string
		want   string
	}{
		"no name":             {fill("name", " "), "name", "请输入企业名称"},
		"control character":   {fill("name", "示例\x00公司"), "name", "请输入企业名称"},
		"broken characters":   {fill("name", "示例\xff\xfe公司"), "name", "请输入企业名称"},
		"long name":           {fill("name", strings.Repeat("长", 101)), "name", "请输入企业名称"},
		"code check":          {fill("credit_code", "914403001922038217"), "credit_code", "统一社会信用代码不正确"},
		"code short":          {fill("credit_code", "91440300"), "credit_code", "统一社会信用代码不正确"},
		"code taken":          {fill("credit_code", taken.CreditCode), "credit_code", "已经注册过"},
		"no representative":   {fill("legal_representative", ""), "legal_representative", "请输入法定代表人"},
		"phone":               {fill("phone", "12345678901"), "phone", "手机号不正确"},
		"user name short":     {fill("username", "ab"), "username", "用户名不合要求"},
		"user name form":      {fill("username", "企业用户"), "username", "用户名不合要求"},
		"user name taken":     {fill("username", "HuaDong"), "username", "已被使用"},
		"password short":      {fill("password", "Abc1234", "password2", "Abc1234"), "password", "密码不合要求"},
		"password no digit":   {fill("password", "Abcdefgh", "password2", "Abcdefgh"), "password", "密码不合要求"},
		"password no letter":  {fill("password", "12345678", "password2", "12345678"), "password", "密码不合要求"},
		"password too long":   {fill("password", strings.Repeat("a1", 37), "password2", strings.Repeat("a1", 37)), "password", "密码不合要求"},
		"passwords differ":    {fill("password2", "Abcd1235"), "password2", "两次输入的密码不一致"},
		"wrong captcha":       {fill("captcha", "x"), "captcha", "验证码不正确"},
		"captcha of no known": {fill("captcha_id", "x"), "captcha", "验证码不正确"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := &visitor{party: p, browser: idptest.NewBrowser(t)}
			v.register(t, c.values)
			v.complains(t, c.want)
			if !strings.Contains(v.page.Body, `id="`+c.field+`-error"`) {
				t.Errorf("no complaint at the field %s", c.field)
			}
			if v.page.Fields["legal_representative"] != strings.TrimSpace(c.values["legal_representative"]) {
				t.Error("what was typed is gone")
			}
			if v.page.Fields["password"] != "" || v.page.Fields["password2"] != "" {
				t.Error("a password was sent back")
			}
		})
	}
}

func TestTwoRegistrationsAtOnceCannotBothWin(t *testing.T) {
	t.Parallel()
	p := start(t)
	visitors := make([]*visitor, 6)
	var wg sync.WaitGroup
	for i := range visitors {
		v := &visitor{party: p, browser: idptest.NewBrowser(t)}
		visitors[i] = v
		wg.Go(func() { v.register(t, fill("username", "newcomer"+string(rune('a'+i)))) }) // the code is the same
	}
	wg.Wait()
	won := 0
	for _, v := range visitors {
		if v.page.Title == "注册成功" {
			won++
		}
	}
	if won != 1 {
		t.Errorf("%d registrations of one code", won)
	}
}

func TestRegistrationsSurviveARestart(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "deep", "accounts.json")
	again := func() *party {
		return newParty(t, idptest.StartWith(t, func(o *idp.Options) { o.Clients, o.DataFile = clients(o.Issuer), file }))
	}
	v := &visitor{party: again(), browser: idptest.NewBrowser(t)}
	v.register(t, fill())
	if v.page.Title != "注册成功" {
		t.Fatal(v.page.Errors)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(raw), "Abcd1234") || strings.Contains(string(raw), "huadong") {
		t.Errorf("the file holds a password or a built-in account: %s", raw)
	}
	if info, _ := os.Stat(file); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	p := again()
	l := p.login()
	if _, err := p.exchange(t, l, p.SignIn(t, nil, l.url, "NewComer", "Abcd1234")); err != nil {
		t.Error(err)
	}
	v = &visitor{party: p, browser: idptest.NewBrowser(t)}
	v.register(t, fill("username", "second"))
	v.complains(t, "已经注册过")

	if err := os.WriteFile(file, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := idp.New(idp.Options{Issuer: "http://localhost:1", Clients: clients(""), DataFile: file, BcryptCost: 4}); err == nil {
		t.Error("a broken file was taken for an empty one")
	}
}

func TestUnwritableFileRegistersNobody(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "accounts.json")
	p := newParty(t, idptest.StartWith(t, func(o *idp.Options) { o.Clients, o.DataFile = clients(o.Issuer), file }))
	if err := os.Mkdir(file+".new", 0o700); err != nil { // where the new file would be written
		t.Fatal(err)
	}
	v := &visitor{party: p, browser: idptest.NewBrowser(t)}
	v.register(t, fill())
	if v.page.Status != http.StatusInternalServerError {
		t.Fatalf("%d %s", v.page.Status, v.page.Title)
	}
	if err := os.Remove(file + ".new"); err != nil {
		t.Fatal(err)
	}
	v = &visitor{party: p, browser: idptest.NewBrowser(t)}
	v.register(t, fill())
	if v.page.Title != "注册成功" {
		t.Errorf("the failed try left something behind: %q", v.page.Errors)
	}
}
