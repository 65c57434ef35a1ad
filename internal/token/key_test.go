package token_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"zhuce/internal/pg"
	"zhuce/internal/pii"
	"zhuce/internal/token"
)

// TestOneInstanceMakesTheKey: while one makes a key, the others wait for it.
func TestOneInstanceMakesTheKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const instances = 3
	issuers, done := make([]*token.Issuer, instances), make(chan int, instances)
	err := w.db.InTx(t.Context(), func(tx pg.Tx) error {
		if err := tx.Exec(`SELECT pg_advisory_xact_lock(?)`, 0x7a6b6579).Error; err != nil {
			return err
		}
		for n := range issuers {
			go func() { issuers[n] = w.instance(t); done <- n }()
		}
		for waiting := 0; waiting < instances; {
			select {
			case <-done:
				t.Fatal("an instance did not wait for the lock")
			default:
			}
			if err := w.db.Read(t.Context()).Raw(`SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
				WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted`).Scan(&waiting).Error; err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for range issuers {
		<-done
	}
	signed := issue(t, issuers[0])
	for _, i := range issuers {
		if _, err := i.Verify(signed); err != nil {
			t.Error(err)
		}
	}
	if n := w.count(t); n != 1 {
		t.Errorf("%d keys were made", n)
	}
}

func kidOf(t *testing.T, signed string) string {
	t.Helper()
	tok, _, err := jwt.NewParser().ParseUnverified(signed, &token.Claims{})
	if err != nil {
		t.Fatal(err)
	}
	kid, _ := tok.Header["kid"].(string)
	return kid
}

func TestKeysRotate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.instance(t), w.instance(t)
	first, _ := published(t, a)

	w.clock.Advance(30*24*time.Hour - time.Minute)
	old := issue(t, a)
	w.clock.Advance(2 * time.Minute)
	fresh := issue(t, a) // makes the second key
	if kidOf(t, old) != first || kidOf(t, fresh) == first {
		t.Fatal("a key signs for 30 days and no longer")
	}
	for name, signed := range map[string]string{"old": old, "fresh": fresh} {
		for _, i := range []*token.Issuer{a, b} { // b meets a kid that it does not know
			if _, err := i.Verify(signed); err != nil {
				t.Errorf("%s token: %v", name, err)
			}
		}
	}
	if n := len(b.JWKS().(token.KeySet).Keys); n != 2 {
		t.Errorf("%d keys are published, want both", n)
	}
	w.clock.Advance(2 * 24 * time.Hour)
	if n := len(w.instance(t).JWKS().(token.KeySet).Keys); n != 1 {
		t.Errorf("%d keys are published, want the second alone", n)
	}
}

// TestUnknownKeyIdsDoNotReachTheDatabaseEachTime: made-up key ids are free to send.
func TestUnknownKeyIdsDoNotReachTheDatabaseEachTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.instance(t), w.instance(t)
	signed := issue(t, a)
	if err := w.db.InTx(t.Context(), func(tx pg.Tx) error { return tx.Exec(`DELETE FROM signing_keys`).Error }); err != nil {
		t.Fatal(err)
	}
	w.instance(t) // makes another key, which b has not seen
	fresh := issue(t, w.instance(t))
	_, err := b.Verify(fresh)
	wantCode(t, err, "auth.token_invalid") // b has loaded its keys this very moment
	if _, err := b.Verify(signed); err != nil {
		t.Errorf("b forgot its keys: %v", err)
	}
	w.clock.Advance(5 * time.Second)
	if _, err := b.Verify(fresh); err != nil {
		t.Errorf("five seconds later: %v", err)
	}
}

func TestTheWrongMasterKeyIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.instance(t)
	other, err := pii.New(bytes.Repeat([]byte{8}, 32))
	if err != nil {
		t.Fatal(err)
	}
	_, err = token.New(t.Context(), token.Options{DB: w.db, Vault: other, Issuer: issuer, Life: time.Minute, Now: w.clock.Now})
	if err == nil || !strings.Contains(err.Error(), "master key") {
		t.Errorf("got %v", err)
	}
}

func TestThePublishedKeyVerifies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	i := w.instance(t)
	k := i.JWKS().(token.KeySet).Keys[0]
	point := []byte{4} // uncompressed
	for _, coordinate := range []string{k.X, k.Y} {
		b, err := base64.RawURLEncoding.DecodeString(coordinate)
		if err != nil {
			t.Fatal(err)
		}
		point = append(point, b...)
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		t.Fatal(err)
	}
	_, err = jwt.Parse(issue(t, i), func(*jwt.Token) (any, error) { return public, nil },
		jwt.WithValidMethods([]string{k.Algorithm}), jwt.WithTimeFunc(w.clock.Now))
	if err != nil {
		t.Error(err)
	}
}

func (w *world) count(t *testing.T) (n int) {
	t.Helper()
	if err := w.db.Read(t.Context()).Raw(`SELECT count(*) FROM signing_keys`).Scan(&n).Error; err != nil {
		t.Fatal(err)
	}
	return n
}
