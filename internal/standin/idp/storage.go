package idp

import (
	"context"
	"crypto/subtle"
	"errors"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// storage is the Provider as the library wants to see it. Grants that the stand-in does not offer
// (refresh, JWT profile, introspection) are refused here should the library ever ask.
type storage struct{ p *Provider }

var errNotOffered = errors.New("idp: not offered")

func (s storage) CreateAuthRequest(ctx context.Context, r *oidc.AuthRequest, hinted string) (op.AuthRequest, error) {
	return s.p.openRequest(ctx, r, hinted)
}

func (s storage) AuthRequestByID(context.Context, string) (op.AuthRequest, error) {
	return nil, errNotOffered // finishing a login goes through finish, which has the request in hand
}

func (s storage) AuthRequestByCode(_ context.Context, code string) (op.AuthRequest, error) {
	a, err := s.p.redeem(code)
	if err != nil {
		return nil, err
	}
	return a, nil
}

func (s storage) SaveAuthCode(context.Context, string, string) error { return errNotOffered }

func (s storage) DeleteAuthRequest(_ context.Context, id string) error {
	s.p.closeRequest(id)
	return nil
}

func (s storage) CreateAccessToken(_ context.Context, r op.TokenRequest) (string, time.Time, error) {
	a, ok := r.(*authRequest)
	if !ok {
		return "", time.Time{}, errNotOffered
	}
	return s.p.grant(a)
}

func (s storage) CreateAccessAndRefreshTokens(context.Context, op.TokenRequest, string) (string, string, time.Time, error) {
	return "", "", time.Time{}, errNotOffered
}

func (s storage) TokenRequestByRefreshToken(context.Context, string) (op.RefreshTokenRequest, error) {
	return nil, errNotOffered
}

func (s storage) TerminateSession(context.Context, string, string) error { return errNotOffered }

func (s storage) RevokeToken(_ context.Context, id, _, client string) *oidc.Error {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	if t, ok := s.p.tokens.get(s.p.now(), id); ok && t.client == client {
		s.p.tokens.remove(id)
	}
	return nil
}

func (s storage) GetRefreshTokenInfo(context.Context, string, string) (string, string, error) {
	return "", "", op.ErrInvalidRefreshToken
}

func (s storage) SigningKey(context.Context) (op.SigningKey, error) { return s.p.keys.good, nil }

func (s storage) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{s.p.keys.good.algorithm}, nil
}

func (s storage) KeySet(context.Context) ([]op.Key, error) {
	return []op.Key{publicKey{s.p.keys.good}}, nil
}

func (s storage) GetClientByClientID(_ context.Context, id string) (op.Client, error) {
	c, ok := s.p.clients[id]
	if !ok {
		return nil, oidc.ErrInvalidClient().WithDescription("unknown client")
	}
	return client{c}, nil
}

func (s storage) AuthorizeClientIDSecret(_ context.Context, id, secret string) error {
	c, ok := s.p.clients[id]
	if !ok || subtle.ConstantTimeCompare([]byte(c.Secret), []byte(secret)) != 1 {
		return errors.New("unknown client or wrong secret")
	}
	return nil
}

func (s storage) SetUserinfoFromScopes(context.Context, *oidc.UserInfo, string, string, []string) error {
	return errNotOffered
}

func (s storage) SetUserinfoFromToken(context.Context, *oidc.UserInfo, string, string, string) error {
	return errNotOffered
}

func (s storage) SetIntrospectionFromToken(context.Context, *oidc.IntrospectionResponse, string, string, string) error {
	return errNotOffered
}

func (s storage) GetPrivateClaimsFromScopes(context.Context, string, string, []string) (map[string]any, error) {
	return nil, errNotOffered
}

func (s storage) GetKeyByIDAndClientID(context.Context, string, string) (*jose.JSONWebKey, error) {
	return nil, errNotOffered
}

func (s storage) ValidateJWTProfileScopes(context.Context, string, []string) ([]string, error) {
	return nil, errNotOffered
}

func (s storage) Health(context.Context) error { return nil }

// client is a Client as the library wants to see it.
type client struct{ c Client }

func (c client) GetID() string                       { return c.c.ID }
func (c client) RedirectURIs() []string              { return c.c.RedirectURIs }
func (c client) PostLogoutRedirectURIs() []string    { return c.c.PostLogoutRedirectURIs }
func (c client) ApplicationType() op.ApplicationType { return op.ApplicationTypeWeb }
func (c client) ResponseTypes() []oidc.ResponseType {
	return []oidc.ResponseType{oidc.ResponseTypeCode}
}
func (c client) GrantTypes() []oidc.GrantType        { return []oidc.GrantType{oidc.GrantTypeCode} }
func (c client) LoginURL(id string) string           { return loginURL(id) }
func (c client) AccessTokenType() op.AccessTokenType { return op.AccessTokenTypeBearer }
func (c client) IDTokenLifetime() time.Duration      { return tokenLife }
func (c client) DevMode() bool                       { return true } // http redirect URIs are the rule here
func (c client) IsScopeAllowed(scope string) bool    { return scope == scopeLegalPerson }
func (c client) ClockSkew() time.Duration            { return 0 }

func (c client) AuthMethod() oidc.AuthMethod {
	if c.c.Secret == "" {
		return oidc.AuthMethodNone
	}
	return oidc.AuthMethodBasic
}
func (c client) IDTokenUserinfoClaimsAssertion() bool { return true }

func (c client) RestrictAdditionalIdTokenScopes() func([]string) []string     { return same }
func (c client) RestrictAdditionalAccessTokenScopes() func([]string) []string { return same }

func same(scopes []string) []string { return scopes }
