package client

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/token"
)

// Refusals of machine clients.
var (
	// ErrCredentials is invalid_client of RFC 6749 §5.2. It does not tell an unknown
	// client from a wrong secret or a disabled client.
	ErrCredentials = errs.Define(errs.Unauthenticated, "exchange.invalid_client", "客户端编号或密钥不正确，或客户端已停用", "The client id or secret is wrong, or the client is disabled")
	// ErrScope is invalid_scope of RFC 6749 §5.2.
	ErrScope = errs.Define(errs.Malformed, "exchange.invalid_scope", "该客户端没有所请求的权限；可请求：{granted}", "The client may not ask for this scope; granted are: {granted}")
	// ErrDisabled refuses a token whose client was disabled after it was issued.
	ErrDisabled = errs.Define(errs.Unauthenticated, "auth.client_disabled", "客户端已停用", "The client is disabled")
)

// Token is an access token of a machine client.
type Token struct {
	AccessToken string
	ExpiresAt   time.Time
	ExpiresIn   int // seconds
	Scope       string
}

// Token checks the credentials and issues a token for the scopes asked for
// (separated by blanks; "" means all that are granted). id is the client's id or
// its name. Refusals: [ErrCredentials], [ErrScope].
func (s *Service) Token(ctx context.Context, id, secret, scope string) (Token, error) {
	if !utf8.ValidString(id) || strings.ContainsRune(id, 0) {
		id = "" // nobody's; the rest runs as for any other unknown client
	}
	r, err := s.find(ctx, id)
	if err != nil {
		return Token{}, err
	}
	// The same work for a client that is not there: against a hash that nothing has.
	kept := r.SecretHash
	if len(kept) != sha256.Size {
		kept = make([]byte, sha256.Size)
	}
	given := sha256.Sum256([]byte(secret))
	right := subtle.ConstantTimeCompare(given[:], kept) == 1
	if !right || r.ID == uuid.Nil || r.DisabledAt != nil {
		return Token{}, ErrCredentials.New()
	}
	granted := strings.Fields(r.Scopes)
	asked := folded(strings.Fields(scope))
	if len(asked) == 0 {
		asked = granted
	}
	if slices.ContainsFunc(asked, func(s string) bool { return !slices.Contains(granted, s) }) {
		return Token{}, ErrScope.New("granted", r.Scopes)
	}
	t := Token{Scope: strings.Join(asked, " ")}
	t.AccessToken, t.ExpiresAt, err = s.tokens.Issue(token.Claims{RegisteredClaims: jwt.RegisteredClaims{Subject: r.ID.String()},
		Role: token.RoleMachine, ClientID: r.ID.String(), Scope: t.Scope})
	t.ExpiresIn = int(t.ExpiresAt.Sub(s.db.Now()) / time.Second)
	return t, err
}

// Actor gives the client behind a verified token as it stands now: a scope that
// was taken away since is gone. [ErrDisabled]; token.ErrInvalid for a client
// that is no more.
func (s *Service) Actor(ctx context.Context, c token.Claims) (auth.Actor, error) {
	id, err := uuid.Parse(c.ClientID)
	if err != nil {
		return auth.Actor{}, token.ErrInvalid.New()
	}
	rows, err := s.read(ctx, `id = ?`, id)
	switch {
	case err != nil:
		return auth.Actor{}, err
	case len(rows) == 0:
		return auth.Actor{}, token.ErrInvalid.New()
	case rows[0].DisabledAt != nil:
		return auth.Actor{}, ErrDisabled.New()
	}
	k := rows[0].client()
	scopes := slices.DeleteFunc(strings.Fields(c.Scope), func(s string) bool { return !slices.Contains(k.Scopes, s) })
	return auth.Actor{Party: k.Party, Name: k.Name, ClientID: k.ID, Scopes: scopes, Provinces: k.Provinces}, nil
}
