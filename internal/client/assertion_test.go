package client_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"math/big"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/client"
	"zhuce/internal/errs"
)

var b64 = base64.RawURLEncoding.EncodeToString

func newECKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func newRSAKey(t *testing.T, bits int) *rsa.PrivateKey {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func p256JWK(k *ecdsa.PrivateKey, kid string) client.JWK {
	point, _ := k.PublicKey.Bytes()
	return client.JWK{Kty: "EC", Crv: "P-256", Kid: kid, X: b64(point[1:33]), Y: b64(point[33:])}
}

func rsaJWK(k *rsa.PrivateKey, kid string) client.JWK {
	return client.JWK{Kty: "RSA", Kid: kid, N: b64(k.N.Bytes()), E: b64(big.NewInt(int64(k.E)).Bytes())}
}

// assertion signs what a client would; changes may spoil it.
func (w world) assertion(t *testing.T, id string, method jwt.SigningMethod, key crypto.PrivateKey, kid string, change func(jwt.MapClaims)) string {
	t.Helper()
	claims := jwt.MapClaims{"iss": id, "sub": id, "aud": tokenURL, "jti": uuid.NewString(), "exp": w.clock.Now().Add(time.Minute).Unix()}
	if change != nil {
		change(claims)
	}
	tok := jwt.NewWithClaims(method, claims)
	if kid != "" {
		tok.Header["kid"] = kid
	}
	signed, err := tok.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func (w world) assert(t *testing.T, assertion string) error {
	t.Helper()
	_, err := w.clients.Token(t.Context(), client.Request{Assertion: assertion})
	return err
}

func TestAssertions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.register(t, auth.Person, auth.ScopeRead)
	id := made.ID.String()
	ec, weak, strong, pss := newECKey(t), newECKey(t), newRSAKey(t, 2048), newRSAKey(t, 2048)
	only := rsaJWK(pss, "pss")
	only.Alg = "PS256"
	if _, err := w.clients.AddKeys(t.Context(), client.Command, id, []client.JWK{p256JWK(ec, "ec"), rsaJWK(strong, "rsa"), only}); err != nil {
		t.Fatal(err)
	}
	es, rs, ps := jwt.SigningMethodES256, jwt.SigningMethodRS256, jwt.SigningMethodPS256
	set := func(name string, value any) func(jwt.MapClaims) { return func(c jwt.MapClaims) { c[name] = value } }
	in := func(d time.Duration) int64 { return w.clock.Now().Add(d).Unix() }
	for _, c := range []struct {
		name string
		jwt  string
		code string
	}{
		{"ES256", w.assertion(t, id, es, ec, "ec", nil), ""},
		{"without kid", w.assertion(t, id, es, ec, "", nil), ""},
		{"RS256", w.assertion(t, id, rs, strong, "rsa", nil), ""},
		{"PS256", w.assertion(t, id, ps, strong, "rsa", nil), ""},
		{"by name", w.assertion(t, "the-person", es, ec, "ec", nil), ""},
		{"for the issuer", w.assertion(t, id, es, ec, "ec", set("aud", "https://zhuce.test")), ""},
		{"for both names of ours", w.assertion(t, id, es, ec, "ec", set("aud", []string{"https://zhuce.test", tokenURL})), ""},
		{"the longest life", w.assertion(t, id, es, ec, "ec", set("exp", in(5*time.Minute))), ""},
		{"a clock a little ahead", w.assertion(t, id, es, ec, "ec", set("iat", in(20*time.Second))), ""},

		{"another's key", w.assertion(t, id, es, weak, "ec", nil), "exchange.invalid_client"},
		{"a kid that is none", w.assertion(t, id, es, ec, "gone", nil), "exchange.invalid_client"},
		{"an alg that the key is not for", w.assertion(t, id, rs, pss, "pss", nil), "exchange.invalid_client"},
		{"RS384", w.assertion(t, id, jwt.SigningMethodRS384, strong, "rsa", nil), "exchange.invalid_client"},
		{"none", w.assertion(t, id, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, "ec", nil), "exchange.invalid_client"},
		{"HS256 with the public key as secret", w.assertion(t, id, jwt.SigningMethodHS256, []byte(p256JWK(ec, "").X), "ec", nil), "exchange.invalid_client"},
		{"an unknown client", w.assertion(t, uuid.NewString(), es, ec, "ec", nil), "exchange.invalid_client"},
		{"garbage", "garbage", "exchange.invalid_client"},
		{"too long", w.assertion(t, id, es, ec, "ec", set("x", string(bytes.Repeat([]byte{'x'}, 9000)))), "exchange.invalid_client"},

		{"another subject", w.assertion(t, id, es, ec, "ec", set("sub", "the-person")), "exchange.invalid_assertion"},
		{"for somebody else", w.assertion(t, id, es, ec, "ec", set("aud", "https://other.test")), "exchange.invalid_assertion"},
		{"for somebody else too", w.assertion(t, id, es, ec, "ec", set("aud", []string{tokenURL, "https://other.test"})), "exchange.invalid_assertion"},
		{"for nobody", w.assertion(t, id, es, ec, "ec", set("aud", []string{})), "exchange.invalid_assertion"},
		{"expired", w.assertion(t, id, es, ec, "ec", set("exp", in(-31*time.Second))), "exchange.invalid_assertion"},
		{"without an end", w.assertion(t, id, es, ec, "ec", func(c jwt.MapClaims) { delete(c, "exp") }), "exchange.invalid_assertion"},
		{"too long a life", w.assertion(t, id, es, ec, "ec", set("exp", in(6*time.Minute))), "exchange.invalid_assertion"},
		{"not yet good", w.assertion(t, id, es, ec, "ec", set("nbf", in(time.Minute))), "exchange.invalid_assertion"},
		{"without jti", w.assertion(t, id, es, ec, "ec", func(c jwt.MapClaims) { delete(c, "jti") }), "exchange.invalid_assertion"},
	} {
		if err := w.assert(t, c.jwt); errs.Code(err) != c.code || c.code == "" && err != nil {
			t.Errorf("%s: %v, wanted %q", c.name, err, c.code)
		}
	}
	if _, err := w.clients.Token(t.Context(), client.Request{ClientID: "the-person", Assertion: w.assertion(t, id, es, ec, "ec", nil)}); !client.ErrAssertion.Is(err) {
		t.Errorf("client_id beside another iss: %v", err)
	}
	if err := w.clients.RemoveKey(t.Context(), client.Command, id, "ec"); err != nil {
		t.Fatal(err)
	}
	if err := w.assert(t, w.assertion(t, id, es, ec, "ec", nil)); !client.ErrCredentials.Is(err) {
		t.Errorf("a key that was removed: %v", err)
	}
	if _, err := w.clients.Disable(t.Context(), client.Command, id); err != nil {
		t.Fatal(err)
	}
	if err := w.assert(t, w.assertion(t, id, rs, strong, "rsa", nil)); !client.ErrCredentials.Is(err) {
		t.Errorf("disabled: %v", err)
	}
}

// An assertion is taken once, also by two at the same time, and remembered for as long as it could be sent.
func TestAssertionIsUsedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.register(t, auth.Person, auth.ScopeRead)
	key := newECKey(t)
	if _, err := w.clients.AddKeys(t.Context(), client.Command, made.ID.String(), []client.JWK{p256JWK(key, "k")}); err != nil {
		t.Fatal(err)
	}
	one := w.assertion(t, made.ID.String(), jwt.SigningMethodES256, key, "k", nil)
	taken := make(chan error, 6)
	for range cap(taken) {
		go func() {
			_, err := w.clients.Token(context.WithoutCancel(t.Context()), client.Request{Assertion: one})
			taken <- err
		}()
	}
	good := 0
	for range cap(taken) {
		if err := <-taken; err == nil {
			good++
		} else if !client.ErrAssertion.Is(err) {
			t.Error(err)
		}
	}
	if good != 1 {
		t.Errorf("taken %d times", good)
	}
	w.clock.Advance(time.Minute + 29*time.Second) // over, but within the allowance for clocks
	if err := w.clients.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := w.assert(t, one); !client.ErrAssertion.Is(err) {
		t.Errorf("taken again after the purge: %v", err)
	}
	w.clock.Advance(2 * time.Second)
	if err := w.clients.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	var left int
	if err := w.db.Read(t.Context()).Raw(`SELECT count(*) FROM client_assertions`).Scan(&left).Error; err != nil || left != 0 {
		t.Errorf("%d are kept for nothing (%v)", left, err)
	}
}

func TestKeysThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.register(t, auth.Person, auth.ScopeRead)
	ec, short := p256JWK(newECKey(t), "ec"), rsaJWK(newRSAKey(t, 1024), "short")
	with := func(k client.JWK, change func(*client.JWK)) []client.JWK { change(&k); return []client.JWK{k} }
	for _, c := range []struct {
		name string
		keys []client.JWK
		code string
	}{
		{"none", nil, "client.too_many_keys"},
		{"1024 bits", []client.JWK{short}, "client.key"},
		{"not on the curve", with(ec, func(k *client.JWK) { k.Y = k.X }), "client.key"},
		{"another curve", with(ec, func(k *client.JWK) { k.Crv = "P-521" }), "client.key"},
		{"an octet key", with(ec, func(k *client.JWK) { k.Kty = "oct" }), "client.key"},
		{"for encryption", with(ec, func(k *client.JWK) { k.Use = "enc" }), "client.key"},
		{"to sign, not to verify", with(ec, func(k *client.JWK) { k.KeyOps = []string{"sign"} }), "client.key"},
		{"an alg of another type", with(ec, func(k *client.JWK) { k.Alg = "RS256" }), "client.key"},
		{"padded numbers", with(ec, func(k *client.JWK) { k.X += "=" }), "client.key"},
		{"a kid with a blank", with(ec, func(k *client.JWK) { k.Kid = "a b" }), "client.key"},
		{"twice", []client.JWK{ec, ec}, "client.key_taken"},
		{"good", []client.JWK{ec}, ""},
		{"again", []client.JWK{ec}, "client.key_taken"},
		{"by its thumbprint", with(ec, func(k *client.JWK) { k.Kid = "" }), ""},
	} {
		if _, err := w.clients.AddKeys(t.Context(), client.Command, made.ID.String(), c.keys); errs.Code(err) != c.code || c.code == "" && err != nil {
			t.Errorf("%s: %v, wanted %q", c.name, err, c.code)
		}
	}
	var many []client.JWK
	for range client.KeysMax - 1 {
		many = append(many, p256JWK(newECKey(t), ""))
	}
	if _, err := w.clients.AddKeys(t.Context(), client.Command, made.ID.String(), many); !client.ErrTooManyKeys.Is(err) {
		t.Errorf("a sixth key: %v", err)
	}
	// The example of RFC 7638 §3.1.
	example := []client.JWK{{Kty: "RSA", E: "AQAB", N: "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"}}
	added, err := w.clients.AddKeys(t.Context(), client.Command, made.ID.String(), example)
	if err != nil || added[0].Kid != "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs" {
		t.Errorf("%+v, %v", added, err)
	}
}

func TestReadKeys(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		`{"kty":"EC","crv":"P-256","x":"a","y":"b","x5c":["ignored"]}`: 1,
		`{"keys":[{"kty":"EC"},{"kty":"RSA"}]}`:                        2,
		`{"keys":[]}`:                                                  0, `{"kty":"EC","d":"secret"}`: -1, `{"keys":[{"kty":"RSA","p":"secret"}]}`: -1,
		`{}`: -1, `[]`: -1, `x`: -1, `{"keys":[1]}`: -1, `{"kty":1}`: -1,
	} {
		keys, err := client.ReadKeys([]byte(text))
		if want < 0 && !client.ErrKey.Is(err) || want >= 0 && (err != nil || len(keys) != want) {
			t.Errorf("%s: %d keys, %v", text, len(keys), err)
		}
	}
}
