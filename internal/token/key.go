package token

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"zhuce/internal/pg"
)

const (
	// signFor is how long a key signs before the next one is made.
	signFor = 30 * 24 * time.Hour
	// verifyFor is how long it verifies: until the last token it signed is over,
	// with room for settings that let a token live for long.
	verifyFor = signFor + 24*time.Hour
	// reloadEvery bounds how often tokens with a made-up key id reach the database.
	reloadEvery = 5 * time.Second
	// republishEvery is how old the published key set may be on an instance that has
	// not met a token of the newest key yet.
	republishEvery = time.Minute
	// keyLock is the advisory lock under which keys are made ("zkey").
	keyLock = 0x7a6b6579
	// databaseTime bounds reads that no request's context stands behind.
	databaseTime = 5 * time.Second
)

var errKeys = errors.New("token: the signing keys cannot be read")

type key struct {
	id      string
	private *ecdsa.PrivateKey
	created time.Time
	expires time.Time
}

// keyring is the keys that have not expired, the newest first, as of loaded.
type keyring struct {
	keys   []key
	loaded time.Time
}

func (r keyring) find(id string, now time.Time) (key, bool) {
	for _, k := range r.keys {
		if k.id == id && now.Before(k.expires) {
			return k, true
		}
	}
	return key{}, false
}

// load reads the keys and makes a new one when there is none young enough to
// sign. The lock makes instances that start together agree on one key.
func (i *Issuer) load(ctx context.Context) (keyring, error) {
	ring := keyring{loaded: i.now()}
	err := i.db.InTx(ctx, func(tx pg.Tx) error {
		if err := tx.Exec(`SELECT pg_advisory_xact_lock(?)`, keyLock).Error; err != nil {
			return fmt.Errorf("lock signing keys: %w", err)
		}
		var rows []struct {
			ID                   string
			Private              []byte
			CreatedAt, ExpiresAt time.Time
		}
		if err := tx.Raw(`SELECT id, private, created_at, expires_at FROM signing_keys
			WHERE expires_at > ? ORDER BY created_at DESC, id DESC`, ring.loaded).Scan(&rows).Error; err != nil {
			return fmt.Errorf("read signing keys: %w", err)
		}
		ring.keys = ring.keys[:0]
		for _, r := range rows {
			private, err := i.unseal(r.ID, r.Private)
			if err != nil {
				return err
			}
			ring.keys = append(ring.keys, key{r.ID, private, r.CreatedAt, r.ExpiresAt})
		}
		if len(ring.keys) > 0 && ring.loaded.Sub(ring.keys[0].created) < signFor {
			return nil
		}
		fresh, err := i.makeTx(tx, ring.loaded)
		if err == nil {
			ring.keys = append([]key{fresh}, ring.keys...)
		}
		return err
	})
	if err != nil {
		return keyring{}, fmt.Errorf("token: %w", err)
	}
	return ring, nil
}

func (i *Issuer) makeTx(tx pg.Tx, now time.Time) (key, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return key{}, fmt.Errorf("make signing key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return key{}, fmt.Errorf("encode signing key: %w", err)
	}
	k := key{uuid.Must(uuid.NewV7()).String(), private, now, now.Add(verifyFor)}
	sealed, err := i.vault.Seal(sealContext(k.id), der)
	if err != nil {
		return key{}, err
	}
	if err := tx.Exec(`INSERT INTO signing_keys (id, private, created_at, expires_at) VALUES (?, ?, ?, ?)`,
		k.id, sealed, k.created, k.expires).Error; err != nil {
		return key{}, fmt.Errorf("write signing key: %w", err)
	}
	if err := tx.Exec(`DELETE FROM signing_keys WHERE expires_at <= ?`, now).Error; err != nil {
		return key{}, fmt.Errorf("drop expired signing keys: %w", err)
	}
	return k, nil
}

func (i *Issuer) unseal(id string, sealed []byte) (*ecdsa.PrivateKey, error) {
	var der []byte
	if err := i.vault.Open(sealContext(id), sealed, &der); err != nil {
		return nil, fmt.Errorf("signing key %s does not open; is the master key the one it was made under? %w", id, err)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("signing key %s: %w", id, err)
	}
	private, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || private.Curve != elliptic.P256() {
		return nil, fmt.Errorf("signing key %s is not on P-256", id)
	}
	return private, nil
}

func sealContext(id string) string { return "signing key:" + id }

// signingKey is the newest key; a too old one is replaced first. When the
// database does not answer at that moment, the old key signs on while it verifies.
func (i *Issuer) signingKey() (key, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	now := i.now()
	if now.Sub(i.keys.keys[0].created) >= signFor {
		if err := i.reload(); err != nil && now.Add(i.life).After(i.keys.keys[0].expires) {
			return key{}, err
		}
	}
	return i.keys.keys[0], nil
}

// publicKey finds the key of a token. An unknown id may be that of a key which
// another instance has just made: then the keys are read again, but not for every
// made-up id.
func (i *Issuer) publicKey(t *jwt.Token) (any, error) {
	id, _ := t.Header["kid"].(string)
	i.mu.Lock()
	defer i.mu.Unlock()
	now := i.now()
	k, ok := i.keys.find(id, now)
	if !ok && id != "" && now.Sub(i.keys.loaded) >= reloadEvery {
		if err := i.reload(); err != nil {
			return nil, fmt.Errorf("%w: %w", errKeys, err)
		}
		k, ok = i.keys.find(id, now)
	}
	if !ok {
		return nil, errors.New("token: unknown key id")
	}
	return &k.private.PublicKey, nil
}

// reload reads the keys again. The caller holds mu: the others need its result.
func (i *Issuer) reload() error {
	ctx, cancel := context.WithTimeout(context.Background(), databaseTime)
	defer cancel()
	fresh, err := i.load(ctx)
	if err != nil {
		i.keys.loaded = i.now() // ask again later, not at once
		return err
	}
	i.keys = fresh
	return nil
}

// JWK is one public key (RFC 7517).
type JWK struct {
	KeyType   string `json:"kty"`
	Use       string `json:"use"`
	Algorithm string `json:"alg"`
	KeyID     string `json:"kid"`
	Curve     string `json:"crv"`
	X         string `json:"x"`
	Y         string `json:"y"`
}

// KeySet is the published keys (JWKS).
type KeySet struct {
	Keys []JWK `json:"keys"`
}

// JWKS is the public keys, a [KeySet]. What is published may lag a rotation on
// another instance by a minute.
func (i *Issuer) JWKS() any {
	i.mu.Lock()
	defer i.mu.Unlock()
	now := i.now()
	if now.Sub(i.keys.loaded) >= republishEvery {
		_ = i.reload() // the known keys are better than none
	}
	set := KeySet{Keys: []JWK{}}
	for _, k := range i.keys.keys {
		if !now.Before(k.expires) {
			continue
		}
		point, err := k.private.PublicKey.Bytes() // 0x04, X, Y
		if err != nil {
			continue
		}
		set.Keys = append(set.Keys, JWK{"EC", "sig", "ES256", k.id, "P-256",
			base64.RawURLEncoding.EncodeToString(point[1:33]), base64.RawURLEncoding.EncodeToString(point[33:])})
	}
	return set
}
