// Package token issues and checks the product's own access tokens: short-lived
// JWTs signed with ES256. The keys live sealed in the database, so that every
// instance signs with the same one and verifies what another has signed.
//
// A token only says who somebody is. Whether the session or client behind it
// still stands is asked at every request (packages session and client).
package token

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"zhuce/internal/errs"
	"zhuce/internal/pg"
	"zhuce/internal/pii"
)

// Refusals of a bearer token.
var (
	ErrInvalid = errs.Define(errs.Unauthenticated, "auth.token_invalid", "登录凭证无效，请重新登录", "The access token is not valid; sign in again")
	ErrExpired = errs.Define(errs.Unauthenticated, "auth.token_expired", "登录凭证已过期，请刷新后重试", "The access token has expired; refresh it")
)

// Audience is "aud" of every token: this API and no other.
const Audience = "zhuce-api"

// Roles of a token's holder.
const (
	RoleEnterprise = "enterprise" // a person signed in for an enterprise
	RoleMachine    = "machine"    // another system
)

const (
	// skew lets a token be used at once on an instance whose clock is behind.
	skew = 30 * time.Second
	// maxToken bounds what is parsed at all; an honest token has about 600 bytes.
	maxToken = 4096
)

// Claims are what a token says. Issue fills the registered ones but the subject.
type Claims struct {
	jwt.RegisteredClaims
	SessionID    string `json:"sid,omitempty"`
	EnterpriseID string `json:"ent,omitempty"`
	Role         string `json:"role"`
	ClientID     string `json:"client_id,omitempty"`
	Scope        string `json:"scope,omitempty"` // separated by blanks
}

// Options of New. All are needed.
type Options struct {
	DB     *pg.DB
	Vault  *pii.Vault
	Issuer string        // "iss": the product's public URL
	Life   time.Duration // of a token
	Now    func() time.Time
}

// Issuer issues and verifies. It is safe for concurrent use.
type Issuer struct {
	db     *pg.DB
	vault  *pii.Vault
	issuer string
	life   time.Duration
	now    func() time.Time
	parser *jwt.Parser
	seen   *memory

	mu   sync.Mutex
	keys keyring
}

// New loads the signing keys and makes the first one on a fresh database.
func New(ctx context.Context, o Options) (*Issuer, error) {
	i := &Issuer{db: o.DB, vault: o.Vault, issuer: o.Issuer, life: o.Life, now: o.Now, seen: newMemory()}
	i.parser = jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodES256.Alg()}),
		jwt.WithIssuer(o.Issuer), jwt.WithAudience(Audience),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(o.Now),
	)
	keys, err := i.load(ctx)
	if err != nil {
		return nil, err
	}
	i.keys = keys
	return i, nil
}

// Issue signs the claims. The token begins now and ends after Options.Life.
func (i *Issuer) Issue(c Claims) (signed string, expires time.Time, err error) {
	k, err := i.signingKey()
	if err != nil {
		return "", time.Time{}, err
	}
	now := i.now().UTC().Truncate(time.Second) // a JWT counts seconds
	c.Issuer, c.Audience, c.ID = i.issuer, jwt.ClaimStrings{Audience}, uuid.Must(uuid.NewV7()).String()
	c.IssuedAt, c.NotBefore = jwt.NewNumericDate(now), jwt.NewNumericDate(now.Add(-skew))
	c.ExpiresAt = jwt.NewNumericDate(now.Add(i.life))
	t := jwt.NewWithClaims(jwt.SigningMethodES256, c)
	t.Header["kid"] = k.id
	signed, err = t.SignedString(k.private)
	return signed, now.Add(i.life), err
}

// Verify checks algorithm, key, signature, issuer, audience and times, and gives
// the claims. Refusals: [ErrInvalid], [ErrExpired]. Any other error means that the
// keys could not be read.
func (i *Issuer) Verify(bearer string) (Claims, error) {
	if len(bearer) > maxToken {
		return Claims{}, ErrInvalid.New()
	}
	if c, known := i.seen.get(bearer); known {
		if !i.now().Before(c.ExpiresAt.Time) {
			return Claims{}, ErrExpired.New()
		}
		return c, nil
	}
	var c Claims
	_, err := i.parser.ParseWithClaims(bearer, &c, i.publicKey)
	switch {
	case err == nil && (c.Subject == "" || c.ID == "" || c.NotBefore == nil || c.IssuedAt == nil):
		return Claims{}, ErrInvalid.New()
	case err == nil:
		i.seen.put(bearer, c, i.now())
		return c, nil
	case errors.Is(err, errKeys):
		return Claims{}, err
	case errors.Is(err, jwt.ErrTokenExpired) && !errors.Is(err, jwt.ErrTokenInvalidIssuer) && !errors.Is(err, jwt.ErrTokenInvalidAudience):
		return Claims{}, ErrExpired.New()
	default:
		return Claims{}, ErrInvalid.Wrap(err)
	}
}
