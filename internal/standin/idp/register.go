package idp

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"zhuce/internal/idno"
)

// registerBody is what the registration page shows; passwords are never sent back.
type registerBody struct {
	Request string // the login to go on with afterwards, "" when there is none
	Form    registration
	Captcha captchaView
}

// registration is the form as typed, trimmed.
type registration struct {
	Name, CreditCode, LegalRepresentative, Phone, UserName string
	password, repeated                                     string
}

func readRegistration(r *http.Request) registration {
	field := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	return registration{
		Name: field("name"), CreditCode: idno.NormalizeID(field("credit_code")),
		LegalRepresentative: field("legal_representative"), Phone: idno.NormalizeID(field("phone")),
		UserName: field("username"), password: r.PostFormValue("password"), repeated: r.PostFormValue("password2"),
	}
}

var userNamePattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._@-]{3,31}$`)

// faults lists the fields that cannot stay as they are, in the order of the form, each with its text's key.
func (f registration) faults() []fault {
	var out []fault
	check := func(ok bool, field, key string) {
		if !ok {
			out = append(out, fault{field: field, key: key})
		}
	}
	check(plain(f.Name, 2, 100), "name", "error.name")
	check(idno.ValidCreditCode(f.CreditCode), "credit_code", "error.code")
	check(plain(f.LegalRepresentative, 2, 50), "legal_representative", "error.legal")
	check(idno.ValidMobile(f.Phone), "phone", "error.phone")
	check(userNamePattern.MatchString(f.UserName), "username", "error.username")
	check(goodPassword(f.password), "password", "error.password")
	check(f.password == f.repeated, "password2", "error.password2")
	return out
}

// plain reports whether s is text of least to most characters without control characters.
func plain(s string, least, most int) bool {
	n := utf8.RuneCountInString(s)
	return utf8.ValidString(s) && n >= least && n <= most && strings.IndexFunc(s, unicode.IsControl) < 0
}

// goodPassword wants letters and digits; bcrypt reads no more than 72 bytes.
func goodPassword(s string) bool {
	return utf8.RuneCountInString(s) >= 8 && len(s) <= 72 &&
		strings.IndexFunc(s, unicode.IsLetter) >= 0 && strings.IndexFunc(s, unicode.IsDigit) >= 0
}

func (p *Provider) showRegistration(w http.ResponseWriter, r *http.Request) {
	p.registrationPage(w, r, http.StatusOK, registration{}, nil)
}

// tryRegistration judges the registration form. Its captcha belongs to the browser, so another site cannot
// send the form in the person's name.
func (p *Provider) tryRegistration(w http.ResponseWriter, r *http.Request) {
	f := readRegistration(r)
	faults := f.faults()
	if !p.solveCaptcha(p.browser(r), r.PostFormValue("captcha_id"), r.PostFormValue("captcha")) {
		faults = append(faults, fault{field: "captcha", key: "error.captcha_wrong"})
	}
	if len(faults) == 0 {
		switch err := p.register(Account{
			UserName: f.UserName, Password: f.password, Name: f.Name, CreditCode: f.CreditCode,
			LegalRepresentative: f.LegalRepresentative, Phone: f.Phone,
		}); {
		case errors.Is(err, errUserNameTaken):
			faults = append(faults, fault{field: "username", key: "error.username_taken"})
		case errors.Is(err, errCreditCodeTaken):
			faults = append(faults, fault{field: "credit_code", key: "error.code_taken"})
		case errors.Is(err, errFull):
			faults = append(faults, fault{field: "name", key: "error.full"})
		case err != nil:
			p.log.ErrorContext(r.Context(), "register", "error", err)
			http.Error(w, "registration could not be saved", http.StatusInternalServerError)
			return
		}
	}
	if len(faults) > 0 {
		p.note(r.Context(), "registration refused", faults[0].key)
		p.registrationPage(w, r, http.StatusUnprocessableEntity, f, faults)
		return
	}
	p.note(r.Context(), "registered", "")
	next := at(pathRegistered, "auth_request_id", r.PostFormValue("auth_request_id"), "lang", r.PostFormValue("lang"))
	http.Redirect(w, r, next.String(), http.StatusSeeOther)
}

func (p *Provider) registrationPage(w http.ResponseWriter, r *http.Request, status int, f registration, faults []fault) {
	browser, request := p.browserOrNew(w, r), r.FormValue("auth_request_id")
	lang := p.languageOf(w, r, request)
	body := registerBody{Request: request, Form: f, Captcha: p.captchaFor(r, browser, lang)}
	v := page{Lang: lang, Title: "register.title", Body: body}
	v.Here = at(pathRegister, "auth_request_id", request, "captcha", body.Captcha.Kind)
	v.complain(faults)
	p.pages.write(w, r, status, "register", v)
}

// showRegistered tells that it worked, with the way on if a login was waiting and still is.
func (p *Provider) showRegistered(w http.ResponseWriter, r *http.Request) {
	id, login := r.FormValue("auth_request_id"), ""
	lang := p.languageOf(w, r, id)
	if _, ok := p.requestOf(id, p.browser(r)); ok {
		here := at(pathLogin, "auth_request_id", id, "lang", lang)
		login = here.String()
	}
	p.pages.write(w, r, http.StatusOK, "registered", page{
		Lang: lang, Title: "registered.title", Here: at(pathRegistered, "auth_request_id", id), Body: login,
	})
}

// languageOf is the language of a page beside a login: that of the login, if there is one.
func (p *Provider) languageOf(w http.ResponseWriter, r *http.Request, request string) string {
	if a, ok := p.requestOf(request, p.browser(r)); ok {
		return p.pages.language(w, r, localesOf(a))
	}
	return p.pages.language(w, r, nil)
}
