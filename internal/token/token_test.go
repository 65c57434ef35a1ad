package token_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"zhuce/internal/errs"
	"zhuce/internal/pg"
	"zhuce/internal/pg/pgtest"
	"zhuce/internal/pii"
	"zhuce/internal/standin/clock"
	"zhuce/internal/token"
)

const issuer = "https://zhuce.example"

var start = time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)

type world struct {
	db    *pg.DB
	clock *clock.Clock
	vault *pii.Vault
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{clock: clock.Frozen(start)}
	w.db = pgtest.New(t, func(c *pg.Config) { c.Now = w.clock.Now })
	var err error
	if w.vault, err = pii.New(bytes.Repeat([]byte{7}, 32)); err != nil {
		t.Fatal(err)
	}
	return w
}

// instance is one running product of several on the same database.
func (w *world) instance(t *testing.T) *token.Issuer {
	t.Helper()
	i, err := token.New(t.Context(), token.Options{DB: w.db, Vault: w.vault, Issuer: issuer, Life: 10 * time.Minute, Now: w.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func claims() token.Claims {
	return token.Claims{RegisteredClaims: jwt.RegisteredClaims{Subject: "u1"}, SessionID: "s1", EnterpriseID: "e1", Role: token.RoleEnterprise}
}

func issue(t *testing.T, i *token.Issuer) string {
	t.Helper()
	signed, _, err := i.Issue(claims())
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	if errs.Code(err) != code {
		t.Errorf("got %v, want %s", err, code)
	}
}

func TestATokenSaysWhatWasIssued(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	i := w.instance(t)
	signed, expires, err := i.Issue(claims())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // verified, then remembered
		got, err := i.Verify(signed)
		if err != nil {
			t.Fatal(err)
		}
		if got.Subject != "u1" || got.SessionID != "s1" || got.EnterpriseID != "e1" || got.Role != "enterprise" ||
			got.Issuer != issuer || got.Audience[0] != token.Audience || got.ID == "" || !got.ExpiresAt.Time.Equal(expires) {
			t.Errorf("claims are %+v", got)
		}
	}
	if !expires.Equal(start.Add(10 * time.Minute)) {
		t.Errorf("expires at %s", expires)
	}
	w.clock.Advance(10*time.Minute - time.Second)
	if _, err := i.Verify(signed); err != nil {
		t.Errorf("a second before the end: %v", err)
	}
	w.clock.Advance(time.Second)
	_, err = i.Verify(signed)
	wantCode(t, err, "auth.token_expired")
	_, err = w.instance(t).Verify(signed) // which has not remembered it
	wantCode(t, err, "auth.token_expired")
}

// published reads the first key as an attacker would: from the JWKS.
func published(t *testing.T, i *token.Issuer) (kid string, public []byte) {
	t.Helper()
	k := i.JWKS().(token.KeySet).Keys[0]
	b, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	return k.KeyID, b
}

func TestForgedTokensAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	i := w.instance(t)
	kid, public := published(t, i)
	theirs, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := func() token.Claims {
		c := claims()
		c.Issuer, c.Audience, c.ID = issuer, jwt.ClaimStrings{token.Audience}, "j1"
		c.IssuedAt, c.NotBefore, c.ExpiresAt = jwt.NewNumericDate(start), jwt.NewNumericDate(start), jwt.NewNumericDate(start.Add(time.Minute))
		return c
	}
	sign := func(m jwt.SigningMethod, key any, c token.Claims, kid any) string {
		tok := jwt.NewWithClaims(m, c)
		if kid != nil {
			tok.Header["kid"] = kid
		}
		signed, err := tok.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	real := issue(t, i)
	parts := strings.Split(real, ".")
	body, _ := base64.RawURLEncoding.DecodeString(parts[1])
	changed := base64.RawURLEncoding.EncodeToString(bytes.Replace(body, []byte("e1"), []byte("e2"), 1))

	for name, forged := range map[string]string{
		"nothing":                 "",
		"no token":                "abc",
		"too long":                strings.Repeat("a", 5000),
		"algorithm none":          sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, good(), kid),
		"HS256 by the public key": sign(jwt.SigningMethodHS256, public, good(), kid),
		"their key under our kid": sign(jwt.SigningMethodES256, theirs, good(), kid),
		"unknown kid":             sign(jwt.SigningMethodES256, theirs, good(), "other"),
		"no kid":                  sign(jwt.SigningMethodES256, theirs, good(), nil),
		"kid of another type":     sign(jwt.SigningMethodES256, theirs, good(), 7),
		"changed claims":          parts[0] + "." + changed + "." + parts[2],
		"signature left off":      parts[0] + "." + parts[1] + ".",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := i.Verify(forged)
			wantCode(t, err, "auth.token_invalid")
		})
	}
}

// TestClaimsMustFit signs with the real key: what another service of the same
// house, or an older program, might have signed.
func TestClaimsMustFit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	i := w.instance(t)
	key := i.PrivateKey()
	kid, _ := published(t, i)
	at := func(d time.Duration) *jwt.NumericDate { return jwt.NewNumericDate(start.Add(d)) }
	for name, tc := range map[string]struct {
		change func(*token.Claims)
		code   string
	}{
		"as issued":          {func(*token.Claims) {}, ""},
		"wrong issuer":       {func(c *token.Claims) { c.Issuer = "https://other.example" }, "auth.token_invalid"},
		"wrong audience":     {func(c *token.Claims) { c.Audience = jwt.ClaimStrings{"other"} }, "auth.token_invalid"},
		"no audience":        {func(c *token.Claims) { c.Audience = nil }, "auth.token_invalid"},
		"no expiry":          {func(c *token.Claims) { c.ExpiresAt = nil }, "auth.token_invalid"},
		"expired":            {func(c *token.Claims) { c.ExpiresAt = at(0) }, "auth.token_expired"},
		"expired, not to us": {func(c *token.Claims) { c.ExpiresAt, c.Issuer = at(0), "https://other.example" }, "auth.token_invalid"},
		"not yet":            {func(c *token.Claims) { c.NotBefore = at(time.Minute) }, "auth.token_invalid"},
		"no beginning":       {func(c *token.Claims) { c.NotBefore = nil }, "auth.token_invalid"},
		"no subject":         {func(c *token.Claims) { c.Subject = "" }, "auth.token_invalid"},
		"no id":              {func(c *token.Claims) { c.ID = "" }, "auth.token_invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			c := claims()
			c.Issuer, c.Audience, c.ID = issuer, jwt.ClaimStrings{token.Audience}, "j1"
			c.IssuedAt, c.NotBefore, c.ExpiresAt = at(0), at(0), at(time.Minute)
			tc.change(&c)
			tok := jwt.NewWithClaims(jwt.SigningMethodES256, c)
			tok.Header["kid"] = kid
			signed, err := tok.SignedString(key)
			if err != nil {
				t.Fatal(err)
			}
			_, err = i.Verify(signed)
			wantCode(t, err, tc.code)
		})
	}
}
