package idp

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// protocol mounts the machine side of the provider. The paths are those that discovery names.
func (p *Provider) protocol(mux *http.ServeMux) {
	mux.HandleFunc("GET "+oidc.DiscoveryEndpoint, p.discovery)
	mux.HandleFunc("GET "+p.op.KeysEndpoint().Relative(), func(w http.ResponseWriter, r *http.Request) {
		op.Keys(w, r, p.op.Storage())
	})
	mux.HandleFunc("GET "+p.op.AuthorizationEndpoint().Relative(), p.authorize)
	mux.HandleFunc("POST "+p.op.TokenEndpoint().Relative(), p.token)
	mux.HandleFunc("GET "+p.op.UserinfoEndpoint().Relative(), p.userinfo)
	mux.HandleFunc("POST "+p.op.RevocationEndpoint().Relative(), func(w http.ResponseWriter, r *http.Request) {
		op.Revoke(w, r, p.op)
	})
	mux.HandleFunc("GET "+p.op.EndSessionEndpoint().Relative(), p.endSession)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	})
}

// discovery tells what is offered here, which is less than the library can do.
func (p *Provider) discovery(w http.ResponseWriter, r *http.Request) {
	d := op.CreateDiscoveryConfig(r.Context(), p.op, p.op.Storage())
	d.ResponseTypesSupported = []string{string(oidc.ResponseTypeCode)}
	d.ResponseModesSupported = []string{string(oidc.ResponseModeQuery)}
	d.GrantTypesSupported = []oidc.GrantType{oidc.GrantTypeCode}
	d.IntrospectionEndpoint, d.DeviceAuthorizationEndpoint = "", ""
	d.IntrospectionEndpointAuthMethodsSupported = nil
	d.IntrospectionEndpointAuthSigningAlgValuesSupported = nil
	writeJSON(w, http.StatusOK, d)
}

// authorize checks an authorization request and sends the browser to the login page. The request is tied
// to the browser by a cookie, so nobody can finish a login that another browser began.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	ctx := context.WithValue(r.Context(), browserKey{}, p.browserOrNew(w, r))
	op.Authorize(w, r.WithContext(ctx), authorizer{p.op})
}

// authorizer adds our rules to the library's check of an authorization request.
type authorizer struct{ *op.Provider }

// ValidateAuthRequest refuses what the stand-in does not do. Errors reach the relying party at its
// redirect URI, once that is known to be one of its own.
func (a authorizer) ValidateAuthRequest(ctx context.Context, r *oidc.AuthRequest, s op.Storage, v *op.IDTokenHintVerifier) (string, error) {
	c, err := s.GetClientByClientID(ctx, r.ClientID)
	if err != nil {
		return "", oidc.ErrInvalidRequestRedirectURI().WithDescription("unknown client").WithParent(err)
	}
	hinted, err := op.ValidateAuthRequestClient(ctx, r, c, v)
	switch {
	case err != nil:
		return "", err
	case r.ResponseMode != "" && r.ResponseMode != oidc.ResponseModeQuery:
		mode := r.ResponseMode
		r.ResponseMode = "" // or the refusal itself would be sent that way
		return "", oidc.ErrInvalidRequest().WithDescription("response_mode %s not supported", mode)
	case !slices.Contains(r.Scopes, oidc.ScopeOpenID):
		return "", oidc.ErrInvalidScope().WithDescription("scope openid required")
	case r.CodeChallenge == "":
		return "", oidc.ErrInvalidRequest().WithDescription("code_challenge required (PKCE)")
	case r.CodeChallengeMethod != oidc.CodeChallengeMethodS256:
		return "", oidc.ErrInvalidRequest().WithDescription("code_challenge_method must be S256")
	}
	return hinted, nil
}

// finish ends a login: the browser goes back to the relying party with a code.
func (p *Provider) finish(w http.ResponseWriter, r *http.Request, a *authRequest, s *session) {
	done := *a
	done.session, done.subject, done.at = s.id, s.subject, s.at
	value, now := rand.Text(), p.now()
	to, err := op.AuthResponseURL(a.RedirectURI, a.ResponseType, a.ResponseMode,
		&op.CodeResponseType{Code: value, State: a.State}, p.op.Encoder())
	if err != nil {
		op.AuthRequestError(w, r, a, err, p.op)
		return
	}
	p.mu.Lock()
	p.requests.remove(a.id)
	p.codes.put(now, value, &code{request: &done, made: now})
	p.mu.Unlock()
	http.Redirect(w, r, to, http.StatusFound)
}

// token exchanges a code. The library checks the client, the redirect URI and the PKCE verifier; looking
// the code up has used it up by then, whatever they say.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if grant := r.FormValue("grant_type"); grant != string(oidc.GrantTypeCode) {
		op.RequestError(w, r, oidc.ErrUnsupportedGrantType().WithDescription("only authorization_code"), nil)
		return
	}
	in, err := op.ParseAccessTokenRequest(r, p.op.Decoder())
	if err != nil {
		op.RequestError(w, r, err, nil)
		return
	}
	checked, c, err := op.ValidateAccessTokenRequest(r.Context(), in, p.op)
	if err != nil {
		op.RequestError(w, r, err, nil)
		return
	}
	a, ok := checked.(*authRequest)
	if !ok {
		op.RequestError(w, r, oidc.ErrServerError(), nil)
		return
	}
	access, _, _, err := op.CreateAccessToken(r.Context(), a, op.AccessTokenTypeBearer, p.op, c, "")
	if err != nil {
		op.RequestError(w, r, err, nil)
		return
	}
	identity, err := p.identityToken(a, access)
	if err != nil {
		op.RequestError(w, r, oidc.DefaultToServerError(err, "identity token"), nil)
		return
	}
	writeJSON(w, http.StatusOK, oidc.AccessTokenResponse{
		AccessToken: access, TokenType: oidc.BearerToken, ExpiresIn: uint64(tokenLife.Seconds()),
		IDToken: identity, Scope: a.Scopes,
	})
}

// userinfo answers with the claims that the access token's scopes allow; 401 without a good token.
func (p *Provider) userinfo(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	var holder *account
	var scopes []string
	value, found := strings.CutPrefix(r.Header.Get("Authorization"), oidc.PrefixBearer)
	if plain, err := p.op.Crypto().Decrypt(value); found && err == nil {
		id, _, _ := strings.Cut(plain, ":") // the library puts the subject behind it
		holder, scopes, _ = p.tokenHolder(id)
	}
	if holder == nil {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		writeJSON(w, http.StatusUnauthorized, map[string]string{"error": "invalid_token"})
		return
	}
	claims := claimsOf(holder, scopes)
	p.misbehaviour().spoilClaims(claims)
	writeJSON(w, http.StatusOK, claims)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the connection is gone: nobody is left to tell
}
