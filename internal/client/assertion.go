package client

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"zhuce/internal/errs"
	"zhuce/internal/pg"
)

// AssertionType is client_assertion_type of a signed token request (RFC 7523 §2.2).
const AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

const (
	// assertionLife is the longest that an assertion may still be good for.
	assertionLife = 5 * time.Minute
	// assertionSkew allows for a clock beside ours.
	assertionSkew = 30 * time.Second
	// assertionMax and jtiMax bound what is read and kept, in bytes.
	assertionMax = 8 << 10
	jtiMax       = 200
)

// ErrAssertion refuses a signed token request to whoever holds the key; without
// it the answer is [ErrCredentials].
var ErrAssertion = errs.Define(errs.Unauthenticated, "exchange.invalid_assertion", "客户端断言不可用：{why}", "The client assertion cannot be used: {why}")

// Why an assertion cannot be used.
var (
	whyExpired  = errs.Text{ZH: "已过期，或没有 exp", EN: "it has expired, or has no exp"}
	whyTooLong  = errs.Text{ZH: "exp 距今超过 5 分钟", EN: "its exp is more than 5 minutes away"}
	whyNotYet   = errs.Text{ZH: "尚未生效（nbf、iat）", EN: "it is not good yet (nbf, iat)"}
	whyAudience = errs.Text{ZH: "aud 应为本系统的令牌地址或签发者，且不含其他", EN: "its aud must be our token endpoint or issuer, and nobody else"}
	whySubject  = errs.Text{ZH: "iss 与 sub 应同为 client_id", EN: "its iss and sub must both be the client_id"}
	whyJTI      = errs.Text{ZH: "jti 应为 1 至 200 个字符", EN: "its jti must have 1 to 200 characters"}
	whyReplayed = errs.Text{ZH: "该断言已使用过（jti）", EN: "it was used before (jti)"}
)

// assertionAlgorithms is fixed: what the assertion says of itself only chooses among them.
var assertionAlgorithms = []string{"ES256", "PS256", "RS256"}

// issuerOf reads who signed, unchecked: to find the keys that check it. "" for what cannot be read.
func issuerOf(assertion string) string {
	var c jwt.RegisteredClaims
	if len(assertion) > assertionMax {
		return ""
	}
	if _, _, err := jwt.NewParser().ParseUnverified(assertion, &c); err != nil {
		return ""
	}
	return c.Issuer
}

// signed checks a signed token request of the client: one of its keys, an algorithm
// that fits the key, the claims of RFC 7523 §3, and that it was not used before.
// [ErrCredentials], [ErrAssertion].
func (s *Service) signed(ctx context.Context, c row, clientID, assertion string) error {
	keys, err := readKeys(s.db.Read(ctx), c.ID)
	if err != nil {
		return err
	}
	var claims jwt.RegisteredClaims
	var used *keyRow
	now := s.db.Now()
	parser := jwt.NewParser(jwt.WithValidMethods(assertionAlgorithms), jwt.WithoutClaimsValidation())
	if len(assertion) > assertionMax {
		return ErrCredentials.New()
	}
	verified := false
	for i := range keys { // five at most
		k := &keys[i]
		_, err := parser.ParseWithClaims(assertion, &claims, func(t *jwt.Token) (any, error) {
			kid, named := t.Header["kid"]
			if named && kid != k.Kid || !slices.Contains(k.Algorithms(), t.Method.Alg()) {
				return nil, errOtherKey
			}
			return x509.ParsePKIXPublicKey(k.Public)
		})
		if err == nil {
			used, verified = k, true
			break
		}
		claims = jwt.RegisteredClaims{}
	}
	if !verified || c.DisabledAt != nil {
		return ErrCredentials.New()
	}
	if why := s.wrongClaims(claims, clientID, now); why != nil {
		return ErrAssertion.New("why", *why)
	}
	if err := s.once(ctx, c.ID, claims); err != nil {
		return err
	}
	if stale(used.LastUsedAt, now) {
		return touch(s.db.Read(ctx), "machine_client_keys", used.ID, now)
	}
	return nil
}

var errOtherKey = errors.New("not this key")

// wrongClaims says what is wrong with the claims of a verified assertion; nil for nothing.
// An assertion that is also meant for somebody else could be sent here by them.
func (s *Service) wrongClaims(c jwt.RegisteredClaims, clientID string, now time.Time) *errs.Text {
	switch {
	case c.Subject != c.Issuer || clientID != "" && clientID != c.Issuer:
		return &whySubject
	case len(c.Audience) == 0 || slices.ContainsFunc(c.Audience, func(a string) bool { return a != s.TokenURL && a != s.Issuer }):
		return &whyAudience
	case c.ExpiresAt == nil || !c.ExpiresAt.After(now.Add(-assertionSkew)):
		return &whyExpired
	case c.ExpiresAt.After(now.Add(assertionLife + assertionSkew)):
		return &whyTooLong
	case c.NotBefore != nil && c.NotBefore.After(now.Add(assertionSkew)), c.IssuedAt != nil && c.IssuedAt.After(now.Add(assertionSkew)):
		return &whyNotYet
	case c.ID == "" || len(c.ID) > jtiMax:
		return &whyJTI
	}
	return nil
}

// once takes the assertion's jti, which is then taken until it could not be used
// any more. Two at the same time wait for each other on the constraint.
func (s *Service) once(ctx context.Context, client uuid.UUID, c jwt.RegisteredClaims) error {
	jti := sha256.Sum256([]byte(c.ID))
	taken := s.db.Read(ctx).Exec(`INSERT INTO client_assertions (client_id, jti_sha256, expires_at) VALUES (?, ?, ?)
		ON CONFLICT ON CONSTRAINT client_assertions_are_used_once DO NOTHING`, client, jti[:], c.ExpiresAt.Add(assertionSkew))
	if taken.Error != nil {
		return fmt.Errorf("client: take an assertion: %w", taken.Error)
	}
	if taken.RowsAffected == 0 {
		return ErrAssertion.New("why", whyReplayed)
	}
	return nil
}

// Purge forgets assertions that are too old to be used again, at most 10,000 at a time.
func (s *Service) Purge(ctx context.Context) error {
	return s.db.InTx(ctx, func(tx pg.Tx) error {
		return tx.Exec(`DELETE FROM client_assertions WHERE (client_id, jti_sha256) IN
			(SELECT client_id, jti_sha256 FROM client_assertions WHERE expires_at < ? LIMIT 10000)`, tx.Now).Error
	})
}
