package identity_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"

	"zhuce/internal/errs"
	"zhuce/internal/identity"
	"zhuce/internal/idno"
	"zhuce/internal/standin/clock"
	"zhuce/internal/standin/idp"
	"zhuce/internal/standin/idp/idptest"
)

const callback = "http://localhost:8080/api/v1/session/callback"

// login is the stand-in login and our side of it.
type login struct {
	*idptest.Server
	*identity.Provider
	clock *clock.Clock
}

func start(t *testing.T) login {
	t.Helper()
	s := idptest.Start(t, func(string) []idp.Client {
		return []idp.Client{{ID: "zhuce", Secret: "secret", RedirectURIs: []string{callback}, PostLogoutRedirectURIs: []string{"http://localhost:8080/signed-out"}}}
	})
	c := clock.Running()
	return login{s, newProvider(s.URL, c), c}
}

func newProvider(issuer string, c *clock.Clock) *identity.Provider {
	return identity.New(identity.Options{Issuer: issuer, ClientID: "zhuce", ClientSecret: "secret", RedirectURL: callback, MinTrustLevel: 3, Now: c.Now})
}

// exchange signs an account in and takes what comes back.
func (l login) exchange(t *testing.T, account string) (identity.Person, string, error) {
	t.Helper()
	verifier := oauth2.GenerateVerifier()
	address, err := l.AuthorizeURL(t.Context(), "state", "nonce", verifier, "zh-CN")
	if err != nil {
		t.Fatal(err)
	}
	back := l.SignIn(t, nil, address, account, idptest.Password)
	if back.Query().Get("state") != "state" || !strings.HasPrefix(back.String(), callback) {
		t.Fatalf("sent back to %s", back)
	}
	return l.Exchange(t.Context(), back.Query().Get("code"), verifier, "nonce")
}

func TestALegalPersonSignsIn(t *testing.T) {
	t.Parallel()
	l := start(t)
	p, token, err := l.exchange(t, "huadong")
	if err != nil {
		t.Fatal(err)
	}
	want := identity.Person{Account: "huadong", Operator: "周经办", Name: "华东示例建筑设计院有限公司", CreditCode: idno.MakeCreditCode("310000", 1),
		LegalRepresentative: "陈示例", LegalPersonType: "enterprise", TrustLevel: 4, Subject: p.Subject}
	if diff := cmp.Diff(want, p); diff != "" || p.Subject == "" || token == "" {
		t.Errorf("subject %q, token %q, %s", p.Subject, token, diff)
	}
	// A code whose check character fails is the login's business, not the person's (domain §10).
	if p, _, err := l.exchange(t, "bad-code"); err != nil || idno.ValidCreditCode(p.CreditCode) {
		t.Errorf("code %s: %v", p.CreditCode, err)
	}
}

// Everything that a login may send and that must not open a session.
func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	set := func(name string, value any) idp.Misbehaviour {
		return idp.Misbehaviour{SetClaims: map[string]any{name: value}}
	}
	omit := func(names ...string) idp.Misbehaviour { return idp.Misbehaviour{OmitClaims: names} }
	const rejected, missing = "identity.token_rejected", "identity.missing_claim"
	for name, tc := range map[string]struct {
		wrong  idp.Misbehaviour
		code   string
		claims string // named by the refusal
	}{
		"another issuer":          {idp.Misbehaviour{WrongIssuer: true}, rejected, ""},
		"another audience":        {idp.Misbehaviour{WrongAudience: true}, rejected, ""},
		"another key":             {idp.Misbehaviour{WrongKey: true}, rejected, ""},
		"another nonce":           {idp.Misbehaviour{WrongNonce: true}, rejected, ""},
		"expired":                 {idp.Misbehaviour{Expired: true}, rejected, ""},
		"algorithm none":          {idp.Misbehaviour{AlgNone: true}, rejected, ""},
		"no nonce":                {omit("nonce"), rejected, ""},
		"no audience":             {omit("aud"), rejected, ""},
		"no expiry":               {omit("exp"), rejected, ""},
		"another access token":    {set("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"), rejected, ""},
		"authorized another":      {set("azp", "other"), rejected, ""},
		"two audiences":           {idp.Misbehaviour{SetClaims: map[string]any{"aud": []string{"zhuce", "other"}}, OmitClaims: []string{"azp"}}, rejected, ""},
		"name of another type":    {set("name", 7), rejected, ""},
		"level that is none":      {set("trust_level", "high"), rejected, ""},
		"NUL byte":                {set("name", "a\x00b"), rejected, ""},
		"endless name":            {set("name", strings.Repeat("长", 201)), rejected, ""},
		"no subject":              {omit("sub"), missing, "sub"},
		"no account":              {omit("preferred_username"), missing, "preferred_username"},
		"no name":                 {omit("name"), missing, "name"},
		"no code":                 {omit("unified_social_credit_code"), missing, "unified_social_credit_code"},
		"code of 15 digits":       {set("unified_social_credit_code", "110000000000001"), missing, "unified_social_credit_code"},
		"no representative":       {omit("legal_representative"), missing, "legal_representative"},
		"blank representative":    {set("legal_representative", "  "), missing, "legal_representative"},
		"no kind":                 {omit("legal_person_type"), missing, "legal_person_type"},
		"no user type":            {omit("user_type"), missing, "user_type"},
		"no level":                {omit("trust_level"), missing, "trust_level"},
		"null level":              {set("trust_level", nil), missing, "trust_level"},
		"several missing":         {omit("name", "legal_representative"), missing, "name, legal_representative"},
		"natural person":          {set("user_type", "natural_person"), "identity.not_legal_person", ""},
		"natural, without code":   {idp.Misbehaviour{SetClaims: map[string]any{"user_type": "natural_person"}, OmitClaims: []string{"name"}}, "identity.not_legal_person", ""},
		"level 2":                 {idp.Misbehaviour{TrustLevel: 2}, "identity.trust_level_too_low", ""},
		"level 3":                 {idp.Misbehaviour{TrustLevel: 3}, "", ""},
		"level 4 as a text":       {set("trust_level", "4"), "", ""},
		"code in small, spaced":   {set("unified_social_credit_code", " 91310000ma1k00000x "), "", ""},
		"behaving without switch": {idp.Misbehaviour{}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := start(t)
			l.Server.Provider.Misbehave(tc.wrong)
			_, _, err := l.exchange(t, "huadong")
			if errs.Code(err) != tc.code {
				t.Fatalf("got %v, want %s", err, tc.code)
			}
			var refusal *errs.Error
			if tc.claims != "" && errors.As(err, &refusal) && refusal.Params["claims"] != tc.claims {
				t.Errorf("names %v", refusal.Params["claims"])
			}
		})
	}
}

func TestTheClockDecidesOnExpiry(t *testing.T) {
	t.Parallel()
	l := start(t)
	l.clock.Advance(24 * time.Hour) // ours alone
	_, _, err := l.exchange(t, "huadong")
	if errs.Code(err) != "identity.token_rejected" {
		t.Errorf("got %v", err)
	}
}

func TestACodeIsGoodOnceAndForItsVerifier(t *testing.T) {
	t.Parallel()
	l := start(t)
	verifier := oauth2.GenerateVerifier()
	code := func() string {
		address, err := l.AuthorizeURL(t.Context(), "state", "nonce", verifier, "en")
		if err != nil {
			t.Fatal(err)
		}
		return l.SignIn(t, nil, address, "huadong", idptest.Password).Query().Get("code")
	}
	_, _, err := l.Exchange(t.Context(), code(), oauth2.GenerateVerifier(), "nonce")
	if errs.Code(err) != "identity.token_rejected" {
		t.Errorf("another verifier: %v", err)
	}
	once := code()
	if _, _, err := l.Exchange(t.Context(), once, verifier, "nonce"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := l.Exchange(t.Context(), once, verifier, "nonce"); errs.Code(err) != "identity.token_rejected" {
		t.Errorf("second use: %v", err)
	}
	if _, _, err := l.Exchange(t.Context(), "made-up", verifier, "nonce"); errs.Code(err) != "identity.token_rejected" {
		t.Errorf("made up: %v", err)
	}
}

func TestWhereTheBrowserIsSent(t *testing.T) {
	t.Parallel()
	l := start(t)
	address, err := l.AuthorizeURL(t.Context(), "st", "no", oauth2.GenerateVerifier(), "en")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"client_id": "zhuce", "redirect_uri": callback, "response_type": "code", "state": "st",
		"nonce": "no", "code_challenge_method": "S256", "scope": "openid profile legal_person", "ui_locales": "en"} {
		if got := u.Query().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	end, err := url.Parse(l.EndSessionURL(t.Context(), "hint", "http://localhost:8080/signed-out"))
	if err != nil || !strings.HasPrefix(end.String(), l.URL) {
		t.Fatalf("end session at %s: %v", end, err)
	}
	for name, want := range map[string]string{"id_token_hint": "hint", "client_id": "zhuce", "post_logout_redirect_uri": "http://localhost:8080/signed-out"} {
		if got := end.Query().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

// partly passes everything on to the stand-in but the path that is down.
type partly struct{ down atomic.Pointer[string] }

func (p *partly) set(path string) { p.down.Store(&path) }

// TestALoginThatComesBack: nothing of a failure is remembered, at any of the three
// addresses that we ask.
func TestALoginThatComesBack(t *testing.T) {
	t.Parallel()
	var (
		faults partly
		front  = httptest.NewUnstartedServer(nil)
		issuer = "http://" + front.Listener.Addr().String()
	)
	faults.set("")
	c := clock.Running()
	s := idptest.StartWith(t, func(o *idp.Options) {
		o.Issuer = issuer
		o.Clients = []idp.Client{{ID: "zhuce", Secret: "secret", RedirectURIs: []string{callback}}}
	})
	handler := s.Provider.Handler()
	front.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down := *faults.down.Load(); down != "" && strings.Contains(r.URL.Path, down) {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		handler.ServeHTTP(w, r)
	})
	front.Start()
	t.Cleanup(front.Close)
	l := login{s, newProvider(issuer, c), c}

	for _, path := range []string{"/.well-known/openid-configuration", "/token", "/keys"} {
		faults.set(path)
		if strings.Contains(path, "well-known") {
			if _, err := l.AuthorizeURL(t.Context(), "s", "n", "v", "en"); errs.Code(err) != "identity.provider_unavailable" {
				t.Errorf("%s down: %v", path, err)
			}
		} else if _, _, err := l.exchange(t, "huadong"); errs.Code(err) != "identity.provider_unavailable" {
			t.Errorf("%s down: %v", path, err)
		}
		faults.set("")
	}
	if _, _, err := l.exchange(t, "huadong"); err != nil {
		t.Errorf("all well: %v", err)
	}
}

func TestAnUnreachableLogin(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	p := newProvider(gone.URL, clock.Running())
	if _, err := p.AuthorizeURL(t.Context(), "s", "n", "v", "en"); errs.Code(err) != "identity.provider_unavailable" {
		t.Errorf("authorize: %v", err)
	}
	if _, _, err := p.Exchange(t.Context(), "c", "v", "n"); errs.Code(err) != "identity.provider_unavailable" {
		t.Errorf("exchange: %v", err)
	}
	if got := p.EndSessionURL(t.Context(), "hint", "http://localhost/signed-out"); got != "http://localhost/signed-out" {
		t.Errorf("end session at %s", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.AuthorizeURL(ctx, "s", "n", "v", "en"); errs.Code(err) != "identity.provider_unavailable" {
		t.Errorf("cancelled: %v", err)
	}
}
