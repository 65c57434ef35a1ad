package idp_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"go.uber.org/goleak"
	"golang.org/x/oauth2"

	"zhuce/internal/standin/idp"
	"zhuce/internal/standin/idp/idptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	callback  = "http://rp.example/callback"
	signedOut = "http://rp.example/signed-out"
)

func clients(string) []idp.Client {
	return []idp.Client{
		{ID: "zhuce", Secret: "s3cret", RedirectURIs: []string{callback}, PostLogoutRedirectURIs: []string{signedOut}},
		{ID: "public", RedirectURIs: []string{callback}},
	}
}

// party is a relying party as the product is one: go-oidc and x/oauth2.
type party struct {
	*idptest.Server
	provider *oidc.Provider
	config   oauth2.Config
	verifier *oidc.IDTokenVerifier
}

func newParty(t *testing.T, s *idptest.Server) *party {
	t.Helper()
	provider, err := oidc.NewProvider(t.Context(), s.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	return &party{s, provider, oauth2.Config{
		ClientID: "zhuce", ClientSecret: "s3cret", Endpoint: provider.Endpoint(), RedirectURL: callback,
		Scopes: []string{oidc.ScopeOpenID, "profile", "legal_person"},
	}, provider.Verifier(&oidc.Config{ClientID: "zhuce"})}
}

func start(t *testing.T) *party {
	t.Helper()
	return newParty(t, idptest.Start(t, clients))
}

// login is one authorization request of the relying party.
type login struct{ verifier, url string }

func (p *party) login(more ...oauth2.AuthCodeOption) login {
	v := oauth2.GenerateVerifier()
	return login{v, p.config.AuthCodeURL("st", append([]oauth2.AuthCodeOption{oauth2.S256ChallengeOption(v), oidc.Nonce("n-1")}, more...)...)}
}

// exchange trades the code in the address for tokens.
func (p *party) exchange(t *testing.T, l login, back *url.URL) (*oauth2.Token, error) {
	t.Helper()
	if !strings.HasPrefix(back.String(), callback) || back.Query().Get("state") != "st" {
		t.Fatalf("came back to %s", back)
	}
	if e := back.Query().Get("error"); e != "" {
		t.Fatalf("came back with %s: %s", e, back.Query().Get("error_description"))
	}
	return p.config.Exchange(t.Context(), back.Query().Get("code"), oauth2.VerifierOption(l.verifier))
}

// identity signs in and returns the raw identity token.
func (p *party) identity(t *testing.T, userName string) (raw string, token *oauth2.Token) {
	t.Helper()
	l := p.login()
	token, err := p.exchange(t, l, p.SignIn(t, nil, l.url, userName, idptest.Password))
	if err != nil {
		t.Fatal(err)
	}
	raw, _ = token.Extra("id_token").(string)
	return raw, token
}

func (p *party) userinfo(t *testing.T, token *oauth2.Token) (map[string]any, error) {
	t.Helper()
	info, err := p.provider.UserInfo(t.Context(), oauth2.StaticTokenSource(token))
	if err != nil {
		return nil, err
	}
	var claims map[string]any
	return claims, info.Claims(&claims)
}

func TestCodeFlow(t *testing.T) {
	t.Parallel()
	p := start(t)
	raw, token := p.identity(t, "huadong")
	checked, err := p.verifier.Verify(t.Context(), raw)
	if err != nil {
		t.Fatal(err)
	}
	if checked.Nonce != "n-1" {
		t.Errorf("nonce %q", checked.Nonce)
	}
	if err := checked.VerifyAccessToken(token.AccessToken); err != nil {
		t.Errorf("at_hash: %v", err)
	}
	account := idptest.Accounts()[0]
	want := map[string]any{
		"name": account.Name, "unified_social_credit_code": account.CreditCode,
		"legal_representative": account.LegalRepresentative, "legal_person_type": "enterprise",
		"user_type": "legal_person", "trust_level": float64(4), "operator_name": "周经办", "preferred_username": "huadong",
	}
	var claims map[string]any
	if err := checked.Claims(&claims); err != nil {
		t.Fatal(err)
	}
	info, err := p.userinfo(t, token)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range want {
		if claims[name] != value || info[name] != value {
			t.Errorf("%s: token %v, user info %v, want %v", name, claims[name], info[name], value)
		}
	}
	if claims["sub"] == "" || claims["sub"] != info["sub"] {
		t.Errorf("sub: token %v, user info %v", claims["sub"], info["sub"])
	}
	for _, told := range []map[string]any{claims, info} {
		text, _ := json.Marshal(told)
		if strings.Contains(string(text), account.Phone) {
			t.Errorf("the phone number is in %s", text)
		}
	}
	if token.RefreshToken != "" {
		t.Error("a refresh token was issued")
	}
}

func TestClaimsFollowScopesAndAccount(t *testing.T) {
	t.Parallel()
	p := start(t)
	claimsOf := func(userName string) map[string]any {
		raw, _ := p.identity(t, userName)
		checked, err := p.verifier.Verify(t.Context(), raw)
		if err != nil {
			t.Fatal(err)
		}
		var claims map[string]any
		if err := checked.Claims(&claims); err != nil {
			t.Fatal(err)
		}
		return claims
	}
	if got := claimsOf("low-trust")["trust_level"]; got != float64(2) {
		t.Errorf("trust level %v", got)
	}
	if got, ok := claimsOf("no-legal")["legal_representative"]; ok {
		t.Errorf("empty legal representative told as %q", got)
	}
	p.config.Scopes = []string{oidc.ScopeOpenID}
	for _, name := range []string{"name", "unified_social_credit_code", "trust_level"} {
		if got, ok := claimsOf("huadong")[name]; ok {
			t.Errorf("%s told without its scope: %v", name, got)
		}
	}
}

func TestSubjectSurvivesRestart(t *testing.T) {
	t.Parallel()
	subject := func() string {
		p := start(t)
		raw, _ := p.identity(t, "huadong")
		checked, err := p.verifier.Verify(t.Context(), raw)
		if err != nil {
			t.Fatal(err)
		}
		return checked.Subject
	}
	if a, b := subject(), subject(); a != b {
		t.Errorf("%s then %s", a, b)
	}
}

func TestAccessTokenExpires(t *testing.T) {
	t.Parallel()
	p := start(t)
	_, token := p.identity(t, "huadong")
	p.Advance(time.Hour)
	if _, err := p.userinfo(t, token); err == nil {
		t.Error("an expired token was taken")
	}
	for _, header := range []string{"", "Bearer", "Bearer nonsense", "Basic eDp5"} {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL+"/userinfo", nil)
		req.Header.Set("Authorization", header)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusUnauthorized || resp.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%q: %d", header, resp.StatusCode)
		}
	}
}

func TestDiscoverySaysWhatIsThere(t *testing.T) {
	t.Parallel()
	p := start(t)
	var d map[string]any
	if err := p.provider.Claims(&d); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"issuer": p.URL, "response_types_supported": "[code]", "grant_types_supported": "[authorization_code]",
		"code_challenge_methods_supported": "[S256]", "scopes_supported": "[openid profile legal_person]",
		"id_token_signing_alg_values_supported": "[ES256]",
	} {
		if got := strings.TrimSpace(sprint(d[key])); got != want {
			t.Errorf("%s = %s, want %s", key, got, want)
		}
	}
	for _, key := range []string{"introspection_endpoint", "device_authorization_endpoint"} {
		if d[key] != nil {
			t.Errorf("%s is named: %v", key, d[key])
		}
	}
}

func fetch(t *testing.T, method, address, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(raw)
}

func newRecorder(h http.Handler, method, target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, target, nil))
	return w
}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}
