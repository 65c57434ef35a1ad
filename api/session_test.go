package api_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"zhuce/api/apitest"
	"zhuce/internal/config"
	"zhuce/internal/standin/idp"
	"zhuce/internal/standin/idp/idptest"
)

// signIns is the product with the stand-in for the national login, on one clock.
type signIns struct {
	*apitest.Env
	login *idptest.Server
}

func newSignIns(t *testing.T) *signIns {
	t.Helper()
	s := &signIns{}
	s.Env = apitest.New(t, func(c *config.Config) {
		c.OIDCClientSecret = "secret"
		s.login = idptest.StartWith(t, func(o *idp.Options) {
			c.OIDCIssuer = o.Issuer
			o.Now = func() time.Time {
				if s.Env == nil {
					return apitest.Start
				}
				return s.Env.Clock.Now()
			}
			o.Clients = []idp.Client{{ID: c.OIDCClientID, Secret: c.OIDCClientSecret,
				RedirectURIs: []string{c.PublicURL + "/api/v1/session/callback"}, PostLogoutRedirectURIs: []string{c.PublicURL + "/signed-out"}}}
		})
	})
	return s
}

// browser keeps cookies as a browser does for localhost, where Secure ones are
// sent although there is no TLS.
type browser struct {
	env     *apitest.Env
	cookies map[string]string
	token   string
}

func (s *signIns) browser() *browser { return &browser{env: s.Env, cookies: map[string]string{}} }

func (b *browser) do(t *testing.T, method, path string, headers ...string) *apitest.Answer {
	t.Helper()
	var sent []string
	for _, name := range slices.Sorted(maps.Keys(b.cookies)) {
		sent = append(sent, name+"="+b.cookies[name])
	}
	if len(sent) > 0 {
		headers = append(headers, "Cookie", strings.Join(sent, "; "))
	}
	a := (&apitest.Caller{Env: b.env, Token: b.token}).Do(t, method, path, nil, headers...)
	for _, c := range (&http.Response{Header: a.Header}).Cookies() {
		if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
			t.Errorf("cookie %s", c.Raw)
		}
		if b.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return a
}

// start begins a sign-in and gives the address at the national login.
func (b *browser) start(t *testing.T, query string) string {
	t.Helper()
	return b.do(t, "GET", "/session/login?"+query).Want(t, 302).Header.Get("Location")
}

// back visits the address that the national login sends the browser to, and gives
// the page that the product sends it on to.
func (b *browser) back(t *testing.T, address *url.URL) *url.URL {
	t.Helper()
	a := b.do(t, "GET", "/session/callback?"+address.RawQuery).Want(t, 302)
	next, err := url.Parse(a.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	return next
}

func (s *signIns) at(t *testing.T, address, account string) *url.URL {
	t.Helper()
	return s.login.SignIn(t, nil, address, account, idptest.Password)
}

const refreshName = "__Host-zhuce_refresh"

func TestTheWholeSignIn(t *testing.T) {
	t.Parallel()
	s := newSignIns(t)
	b := s.browser()
	person := idptest.NewBrowser(t) // the same browser, at the national login
	address := b.start(t, "matter=engineers&return_to=/filings?status=returned&ui_locales=en")
	if u, _ := url.Parse(address); u.Query().Get("ui_locales") != "en" || !strings.HasPrefix(address, s.login.URL) {
		t.Errorf("sent to %s", address)
	}
	next := b.back(t, s.login.SignIn(t, person, address, "huadong", idptest.Password))
	if next.Path != "/signed-in" || next.Query().Get("return_to") != "/filings?status=returned" {
		t.Fatalf("goes on to %s", next)
	}
	if len(b.cookies) != 1 || b.cookies[refreshName] == "" {
		t.Errorf("cookies %v", b.cookies)
	}

	grant := b.do(t, "POST", "/session/refresh").Want(t, 200)
	if grant.Text("token_type") != "Bearer" || grant.Text("expires_in") != "600" {
		t.Errorf("grant %s", grant.Body)
	}
	b.token = grant.Text("access_token")
	v := b.do(t, "GET", "/session").Want(t, 200)
	if v.Text("user", "name") != "周经办" || v.Text("user", "account") != "huadong" || v.Text("enterprise", "name") != "华东示例建筑设计院有限公司" ||
		v.JSON("enterprise", "saved") != false || v.Text("matter") != "engineers" || v.Text("expires_at") != "2026-11-23T13:00:00Z" {
		t.Errorf("session %s", v.Body)
	}

	end := b.do(t, "DELETE", "/session").Want(t, 200).Text("end_session_url")
	if b.cookies[refreshName] != "" {
		t.Error("the refresh cookie is kept")
	}
	b.do(t, "GET", "/session").Want(t, 401, "auth.session_revoked")
	_, away := s.login.Open(t, person, end)
	if away == nil || away.String() != s.URL+"/signed-out" {
		t.Errorf("after signing out at the login: %v", away)
	}
	// Signed out there as well: the next sign-in asks for the password.
	if page, away := s.login.Open(t, person, b.start(t, "matter=engineers")); away != nil || page.Fields["captcha_id"] == "" {
		t.Errorf("signed in again without a password: %v", away)
	}
	if s.Log.Contains(b.token) || s.Log.Contains("code=") {
		t.Error("a token or code is in the log")
	}
}

// Every way in which the national login may be wrong ends on the page that says so.
func TestSignInFailures(t *testing.T) {
	t.Parallel()
	s := newSignIns(t)
	for name, tc := range map[string]struct {
		wrong   idp.Misbehaviour
		account string
		code    string
		claims  string
	}{
		"wrong issuer":        {idp.Misbehaviour{WrongIssuer: true}, "huadong", "identity.token_rejected", ""},
		"wrong audience":      {idp.Misbehaviour{WrongAudience: true}, "huadong", "identity.token_rejected", ""},
		"wrong key":           {idp.Misbehaviour{WrongKey: true}, "huadong", "identity.token_rejected", ""},
		"wrong nonce":         {idp.Misbehaviour{WrongNonce: true}, "huadong", "identity.token_rejected", ""},
		"expired":             {idp.Misbehaviour{Expired: true}, "huadong", "identity.token_rejected", ""},
		"algorithm none":      {idp.Misbehaviour{AlgNone: true}, "huadong", "identity.token_rejected", ""},
		"claims left out":     {idp.Misbehaviour{OmitClaims: []string{"name", "unified_social_credit_code"}}, "huadong", "identity.missing_claim", "name, unified_social_credit_code"},
		"account without one": {idp.Misbehaviour{}, "no-legal", "identity.missing_claim", "legal_representative"},
		"natural person":      {idp.Misbehaviour{SetClaims: map[string]any{"user_type": "natural_person"}}, "huadong", "identity.not_legal_person", ""},
		"trust level":         {idp.Misbehaviour{TrustLevel: 1}, "huadong", "identity.trust_level_too_low", ""},
		"account of level 2":  {idp.Misbehaviour{}, "low-trust", "identity.trust_level_too_low", ""},
	} {
		s.login.Provider.Misbehave(tc.wrong)
		b := s.browser()
		next := b.back(t, s.at(t, b.start(t, "matter=architects"), tc.account))
		q := next.Query()
		if next.Path != "/sign-in-failed" || q.Get("code") != tc.code || q.Get("claims") != tc.claims || len(q.Get("request_id")) < 8 {
			t.Errorf("%s: goes on to %s", name, next)
		}
		if len(b.cookies) != 0 {
			t.Errorf("%s: cookies %v", name, b.cookies)
		}
		b.do(t, "POST", "/session/refresh").Want(t, 401, "session.none")
	}
	s.login.Provider.Misbehave(idp.Misbehaviour{})
	// A code whose check character is wrong is warned about and let in (domain §10).
	b := s.browser()
	if next := b.back(t, s.at(t, b.start(t, "matter=architects"), "bad-code")); next.Path != "/signed-in" {
		t.Errorf("goes on to %s", next)
	}
	b.token = b.do(t, "POST", "/session/refresh").Want(t, 200).Text("access_token")
	if e := b.do(t, "GET", "/enterprises/current").Want(t, 200); e.JSON("credit_code_valid") != false {
		t.Errorf("enterprise %s", e.Body)
	}
}

func TestTheWayBackIsBoundToTheBrowser(t *testing.T) {
	t.Parallel()
	s := newSignIns(t)
	fails := func(name string, next *url.URL, code string) {
		t.Helper()
		if next.Path != "/sign-in-failed" || next.Query().Get("code") != code {
			t.Errorf("%s: goes on to %s, want %s", name, next, code)
		}
	}
	mine, theirs := s.browser(), s.browser()
	back := s.at(t, theirs.start(t, "matter=architects"), "huadong")
	fails("somebody else's code", mine.back(t, back), "identity.state_mismatch")
	mine.start(t, "matter=architects")
	fails("the same, with a sign-in of my own under way", mine.back(t, back), "identity.state_mismatch")
	fails("no state", mine.back(t, &url.URL{RawQuery: "code=x"}), "identity.state_mismatch")
	fails("nothing", mine.back(t, &url.URL{}), "identity.state_mismatch")
	state := back.Query().Get("state")
	fails("cancelled", theirs.back(t, &url.URL{RawQuery: "error=access_denied&state=" + state}), "identity.login_cancelled")
	fails("used up", theirs.back(t, back), "identity.state_mismatch")

	late := s.browser()
	back = s.at(t, late.start(t, "matter=architects"), "huadong")
	s.Clock.Advance(10*time.Minute + time.Second)
	fails("too late", late.back(t, back), "session.expired")
}

func TestSeveralTabs(t *testing.T) {
	t.Parallel()
	s := newSignIns(t)
	b := s.browser()
	one, two := b.start(t, "matter=architects&return_to=/one"), b.start(t, "matter=engineers&return_to=/two")
	if next := b.back(t, s.at(t, one, "huadong")); next.Query().Get("return_to") != "/one" {
		t.Errorf("first tab goes on to %s", next)
	}
	if next := b.back(t, s.at(t, two, "huadong")); next.Query().Get("return_to") != "/two" {
		t.Errorf("second tab goes on to %s", next)
	}
	b = s.browser()
	first := b.start(t, "matter=architects")
	b.cookies["__Host-zhuce_login_junk"] = "junk"
	for range 6 {
		s.Clock.Advance(time.Second)
		b.start(t, "matter=architects")
	}
	if len(b.cookies) != 5 {
		t.Errorf("%d attempts are kept", len(b.cookies))
	}
	if next := b.back(t, s.at(t, first, "huadong")); next.Query().Get("code") != "identity.state_mismatch" {
		t.Errorf("the oldest attempt goes on to %s", next)
	}
}

func TestStartLogin(t *testing.T) {
	t.Parallel()
	env := apitest.New(t) // whose national login does not answer
	nobody := env.Anonymous()
	a := nobody.Get(t, "/session/login?matter=architects").Want(t, 302)
	if next, _ := url.Parse(a.Header.Get("Location")); next.Path != "/sign-in-failed" || next.Query().Get("code") != "identity.provider_unavailable" {
		t.Errorf("goes on to %s", next)
	}
	nobody.Get(t, "/session/login?matter=doctors").Want(t, 422, "session.matter_unknown")
	nobody.Get(t, "/session/login").Want(t, 422, "session.matter_unknown")
	for _, to := range []string{"//evil.example", `/\evil.example`, "https://evil.example", "/%09/evil.example", "/" + strings.Repeat("a", 300)} {
		nobody.Get(t, "/session/login?matter=architects&return_to="+to).Want(t, 422, "session.return_to")
	}
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	with := func(refreshToken string, headers ...string) *apitest.Answer {
		t.Helper()
		return env.Anonymous().Do(t, "POST", "/session/refresh", nil, append(headers, "Cookie", refreshName+"="+refreshToken)...)
	}
	env.Anonymous().Do(t, "POST", "/session/refresh", nil).Want(t, 401, "session.none")
	with("made-up").Want(t, 401, "session.none")
	with(firm.RefreshToken, "Sec-Fetch-Site", "cross-site").Want(t, 403, "auth.cross_site")
	with(firm.RefreshToken, "Origin", "https://evil.example").Want(t, 403, "auth.cross_site")
	fresh := with(firm.RefreshToken, "Sec-Fetch-Site", "same-origin").Want(t, 200)
	if c := fresh.Header.Get("Set-Cookie"); !strings.HasPrefix(c, refreshName+"=") || !strings.Contains(c, "Max-Age=7200") {
		t.Errorf("cookie %s", c)
	}
	env.Clock.Advance(11 * time.Second)
	with(firm.RefreshToken).Want(t, 401, "session.reused")
	firm.Get(t, "/session").Want(t, 401, "auth.session_revoked")
	with(firm.RefreshToken).Want(t, 401, "session.revoked")

	idle := env.Enterprise(t)
	env.Clock.Advance(2 * time.Hour)
	with(idle.RefreshToken).Want(t, 401, "session.expired")
}

func TestSession(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, other := env.Enterprise(t), env.Enterprise(t)
	v := firm.Get(t, "/session").Want(t, 200)
	if v.Text("enterprise", "unified_social_credit_code") != firm.CreditCode || v.JSON("enterprise", "saved") != true || v.Len("permissions") == 0 {
		t.Errorf("session %s", v.Body)
	}
	firm.Do(t, "PUT", "/session/matter", map[string]string{"matter": "architects"}).Want(t, 200)
	if got := firm.Get(t, "/session").Text("matter"); got != "architects" {
		t.Errorf("matter %s", got)
	}
	if got := other.Get(t, "/session").Text("matter"); got != "engineers" {
		t.Errorf("the other's matter %s", got)
	}
	for body, code := range map[string]string{`{"matter":"doctors"}`: "request.invalid", `{}`: "request.invalid", `{"matter":"architects","x":1}`: "request.unknown_field",
		`{"matter":7}`: "request.wrong_type", `{`: "request.broken_json", ``: "request.body_missing", `{"matter":"architects\u0000"}`: "request.invalid"} {
		if a := firm.Do(t, "PUT", "/session/matter", body); a.Code() != code {
			t.Errorf("%s: %d %s, want %s", body, a.Status, a.Code(), code)
		}
	}
}

func TestJWKS(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	keys := env.Anonymous().Get(t, "/.well-known/jwks.json").Want(t, 200)
	if keys.Len("keys") != 1 || keys.Text("keys", 0, "kty") != "EC" || keys.Text("keys", 0, "alg") != "ES256" || keys.JSON("keys", 0, "d") != nil {
		t.Errorf("keys %s", keys.Body)
	}
	if root := env.Get(t, "/.well-known/jwks.json").Want(t, 200); string(root.Body) != string(keys.Body) {
		t.Error("the keys at the root differ")
	}
}

func TestProbes(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	env.Get(t, "/healthz").Want(t, 200)
	env.Get(t, "/readyz").Want(t, 200)
	if err := env.App.DB.Close(); err != nil {
		t.Fatal(err)
	}
	env.Get(t, "/healthz").Want(t, 200)
	env.Get(t, "/readyz").Want(t, 503, "service.unavailable")
}
