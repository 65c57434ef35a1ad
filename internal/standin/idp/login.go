package idp

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// beijing is written out, so that no time zone data is needed.
var beijing = time.FixedZone("UTC+8", 8*60*60)

// human mounts the pages.
func (p *Provider) human(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", p.pages.home)
	mux.HandleFunc("GET "+pathLogin, p.showLogin)
	mux.HandleFunc("POST "+pathLogin, p.tryLogin)
	mux.HandleFunc("GET "+pathCancel, p.cancelLogin)
	mux.HandleFunc("GET "+pathRegister, p.showRegistration)
	mux.HandleFunc("POST "+pathRegister, p.tryRegistration)
	mux.HandleFunc("GET "+pathRegistered, p.showRegistered)
	mux.HandleFunc("GET "+pathSignedOut, func(w http.ResponseWriter, r *http.Request) {
		p.pages.signedOut(w, r, http.StatusOK)
	})
	mux.HandleFunc("GET /captcha/{file}", p.serveCaptcha)
}

// captchaView is a captcha on a page.
type captchaView struct{ Kind, ID, Question string }

func (p *Provider) captchaFor(r *http.Request, browser, lang string) captchaView {
	kind := r.FormValue("captcha_kind") // the form's; a page is asked for with captcha=
	if r.Method == http.MethodGet {
		kind = r.FormValue("captcha")
	}
	if kind != askAudio && kind != askText {
		kind = askPicture
	}
	id, c := p.newCaptcha(browser, kind)
	return captchaView{kind, id, c.question.in(lang)}
}

// loginBody is what the login page shows.
type loginBody struct {
	Request  string
	UserName string
	ReturnTo string // host of the relying party
	Captcha  captchaView
}

// showLogin shows the login page, or goes straight on for a browser that is signed in.
func (p *Provider) showLogin(w http.ResponseWriter, r *http.Request) {
	a, ok := p.requestOf(r.FormValue("auth_request_id"), p.browser(r))
	if !ok {
		p.loginExpired(w, r)
		return
	}
	if s, ok := p.signedIn(r, a); ok {
		p.finish(w, r, a, s)
		return
	}
	if a.asks("none") {
		p.closeRequest(a.id)
		op.AuthRequestError(w, r, a, oidc.ErrLoginRequired(), p.op)
		return
	}
	p.loginPage(w, r, http.StatusOK, a, nil)
}

// tryLogin judges the login form. The captcha comes first: without it no password is looked at, so
// nobody can be locked out by a machine that cannot read.
func (p *Provider) tryLogin(w http.ResponseWriter, r *http.Request) {
	browser := p.browser(r)
	a, ok := p.requestOf(r.PostFormValue("auth_request_id"), browser)
	if !ok {
		p.loginExpired(w, r)
		return
	}
	userName, password, answer := r.PostFormValue("username"), r.PostFormValue("password"), r.PostFormValue("captcha")
	p.remember(a, userName)
	solved := p.solveCaptcha(browser, r.PostFormValue("captcha_id"), answer)
	var faults []fault
	if strings.TrimSpace(userName) == "" {
		faults = append(faults, fault{field: "username", key: "error.username_missing"})
	}
	if password == "" {
		faults = append(faults, fault{field: "password", key: "error.password_missing"})
	}
	switch {
	case strings.TrimSpace(answer) == "":
		faults = append(faults, fault{field: "captcha", key: "error.captcha_missing"})
	case !solved:
		faults = append(faults, fault{field: "captcha", key: "error.captcha_wrong"})
	}
	if len(faults) > 0 {
		p.note(r.Context(), "login refused", "form")
		p.loginPage(w, r, http.StatusUnprocessableEntity, a, faults)
		return
	}
	v := p.checkPassword(userName, password)
	switch {
	case v.account != nil:
		p.note(r.Context(), "signed in", "password")
		p.finish(w, r, a, p.signIn(w, r, v.account))
	case !v.lockedUntil.IsZero():
		p.note(r.Context(), "login refused", "locked")
		until := v.lockedUntil.In(beijing).Format("2006-01-02 15:04:05")
		p.loginPage(w, r, http.StatusUnprocessableEntity, a, []fault{{"username", "error.locked", []any{until}}})
	default:
		p.note(r.Context(), "login refused", "password")
		p.loginPage(w, r, http.StatusUnprocessableEntity, a, []fault{{"password", "error.login_wrong", []any{v.triesLeft}}})
	}
}

// cancelLogin goes back to the relying party empty-handed (access_denied).
func (p *Provider) cancelLogin(w http.ResponseWriter, r *http.Request) {
	a, ok := p.requestOf(r.FormValue("auth_request_id"), p.browser(r))
	if !ok {
		p.loginExpired(w, r)
		return
	}
	p.closeRequest(a.id)
	p.note(r.Context(), "login cancelled", "")
	op.AuthRequestError(w, r, a, oidc.ErrAccessDenied().WithDescription("the person cancelled the login"), p.op)
}

func (p *Provider) loginPage(w http.ResponseWriter, r *http.Request, status int, a *authRequest, faults []fault) {
	lang := p.pages.language(w, r, localesOf(a))
	body := loginBody{
		Request: a.id, UserName: a.typed, ReturnTo: hostOf(a.RedirectURI), Captcha: p.captchaFor(r, a.browser, lang),
	}
	if body.UserName == "" {
		body.UserName = a.LoginHint
	}
	v := page{Lang: lang, Title: "login.title", Body: body}
	v.Here = at(pathLogin, "auth_request_id", a.id, "captcha", body.Captcha.Kind)
	v.complain(faults)
	p.pages.write(w, r, status, "login", v)
}

func (p *Provider) loginExpired(w http.ResponseWriter, r *http.Request) {
	p.note(r.Context(), "login refused", "request unknown")
	p.pages.write(w, r, http.StatusGone, "expired", page{
		Lang: p.pages.language(w, r, nil), Title: "expired.title", Here: at(pathLogin),
	})
}

// localesOf are the languages that the relying party asked for.
func localesOf(a *authRequest) []string {
	var out []string
	for _, tag := range a.UILocales {
		out = append(out, tag.String())
	}
	return out
}

func hostOf(uri string) string {
	if u, err := url.Parse(uri); err == nil {
		return u.Host
	}
	return ""
}
