package idp_test

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"zhuce/internal/standin/idp"
	"zhuce/internal/standin/idp/idptest"
)

func TestLanguage(t *testing.T) {
	t.Parallel()
	p := start(t)
	locales := func(v string) oauth2.AuthCodeOption { return oauth2.SetAuthURLParam("ui_locales", v) }
	for wanted, title := range map[string]string{
		"": "法人登录", "zh-CN": "法人登录", "en": "Legal-person sign-in", "en-GB zh": "Legal-person sign-in", "fr": "法人登录",
	} {
		if v := p.visit(t, locales(wanted)); v.page.Title != title || v.page.Lang != map[bool]string{true: "zh-CN", false: "en"}[title == "法人登录"] {
			t.Errorf("%q: %s in %s", wanted, v.page.Title, v.page.Lang)
		}
	}

	v := p.visit(t, locales("zh-CN"))
	v.page, _ = p.Open(t, v.browser, v.page.URL.String()+"&lang=en")
	v.try(t, "nobody", "wrong")
	v.complains(t, "The user name or password is wrong. After 4 more") // the switch outlives the form
	v.page, _ = p.Open(t, v.browser, p.URL+v.page.Links["register"])
	if v.page.Lang != "en" {
		t.Errorf("registration in %s", v.page.Lang)
	}
	if page, _ := p.Open(t, v.browser, p.URL+"/signed-out"); page.Title != "Signed out" {
		t.Errorf("the switch is forgotten: %s", page.Title)
	}
	if page, _ := p.Open(t, v.browser, p.login(locales("zh-CN")).url); page.Title != "法人登录" {
		t.Errorf("the relying party's wish is overruled: %s", page.Title)
	}
}

func TestPagesAreSafeAndNamed(t *testing.T) {
	t.Parallel()
	p := start(t)
	v := p.visit(t)
	for _, name := range []string{"username", "password", "captcha", "captcha_id", "auth_request_id"} {
		if _, ok := v.page.Fields[name]; !ok {
			t.Errorf("the login form lacks %s", name)
		}
	}
	if !strings.Contains(v.page.Body, `<button id="login" type="submit">`) {
		t.Error("the login button is not called login")
	}
	pages := []string{v.page.URL.RequestURI(), "/", "/register", "/registered", "/signed-out", "/login"}
	for _, path := range pages {
		for _, lang := range []string{"zh-CN", "en"} {
			address := p.URL + path + map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")] + "lang=" + lang
			resp, err := v.browser.Get(address)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			page, _ := p.Open(t, v.browser, address)
			if page.Lang != lang || strings.Count(page.Body, "<h1") != 1 || strings.Contains(page.Body, "<script") {
				t.Errorf("%s: lang %s, %d h1", address, page.Lang, strings.Count(page.Body, "<h1"))
			}
			band := map[string]string{"zh-CN": "测试替身", "en": "Test stand-in"}[lang]
			if !strings.Contains(page.Body, band) {
				t.Errorf("%s does not say that it is a stand-in", address)
			}
			policy := resp.Header.Get("Content-Security-Policy")
			for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "form-action 'self' http://rp.example"} {
				if !strings.Contains(policy, want) {
					t.Errorf("%s: policy %q lacks %s", address, policy, want)
				}
			}
			if strings.Contains(policy, "unsafe") || resp.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: %v", address, resp.Header)
			}
		}
	}
}

func TestPagesEscapeWhatWasTyped(t *testing.T) {
	t.Parallel()
	p := start(t)
	v := p.visit(t)
	v.try(t, `"><b>x`, "wrong")
	if strings.Contains(v.page.Body, "<b>x") || v.page.Fields["username"] != `"><b>x` {
		t.Error("the user name reached the page raw")
	}
}

func TestCookies(t *testing.T) {
	t.Parallel()
	for issuer, want := range map[string]string{
		"http://localhost:1":   "standin_browser=X; Path=/; HttpOnly; SameSite=Lax",
		"https://idp.example/": "__Host-standin_browser=X; Path=/; HttpOnly; Secure; SameSite=Lax",
	} {
		p, err := idp.New(idp.Options{Issuer: issuer, Clients: clients(""), BcryptCost: 4})
		if err != nil {
			t.Fatal(err)
		}
		w := newRecorder(p.Handler(), http.MethodGet, "/register")
		got := regexp.MustCompile(`=[A-Z0-9]{20,}`).ReplaceAllString(w.Header().Get("Set-Cookie"), "=X")
		if got != want {
			t.Errorf("%s: %s, want %s", issuer, got, want)
		}
	}
}

func TestBigBodiesAreRefused(t *testing.T) {
	t.Parallel()
	p := start(t)
	v := p.visit(t)
	page, away := p.Submit(t, v.browser, v.page, map[string]string{"username": strings.Repeat("x", 70<<10)})
	if away != nil || page.Status == http.StatusUnprocessableEntity {
		t.Errorf("read all of it: %d", page.Status)
	}
}

// Every text is there in both languages and on some page or in some code; the templates themselves fail
// on a key that is missing.
func TestTexts(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("text.go")
	if err != nil {
		t.Fatal(err)
	}
	var used strings.Builder
	for _, pattern := range []string{"page", "."} {
		entries, err := os.ReadDir(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if name := e.Name(); name != "text.go" && !strings.HasSuffix(name, "_test.go") && !e.IsDir() {
				raw, err := os.ReadFile(pattern + "/" + name)
				if err != nil {
					t.Fatal(err)
				}
				used.Write(raw)
			}
		}
	}
	rows := regexp.MustCompile(`(?m)^\t"([\w.]+)":\s+\{"(.*?)", "(.*?)"\},$`).FindAllStringSubmatch(string(source), -1)
	if len(rows) < 60 {
		t.Fatalf("read %d texts only", len(rows))
	}
	han := regexp.MustCompile(`\p{Han}`)
	for _, row := range rows {
		if !strings.Contains(used.String(), `"`+row[1]+`"`) {
			t.Errorf("%s is used nowhere", row[1])
		}
		if !han.MatchString(row[2]) || row[3] == "" || han.MatchString(row[3]) {
			t.Errorf("%s lacks a language", row[1])
		}
		if strings.Count(row[2], "%") != strings.Count(row[3], "%") {
			t.Errorf("%s: the languages put different things in", row[1])
		}
	}
}

func TestSignInDriverFollowsTheRelyingPartyFirst(t *testing.T) {
	t.Parallel()
	p := start(t)
	l := p.login()
	rp := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, l.url, http.StatusFound) })
	back := p.SignIn(t, nil, rp+"/session/login", "huadong", idptest.Password)
	if _, err := p.exchange(t, l, back); err != nil {
		t.Error(err)
	}
}
