// Package pii keeps personal numbers (identity documents, phones): sealed at
// rest, found by a keyed hash, shown masked (spec §4; PIPL arts 28, 51).
package pii

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
)

// ErrKey is returned for a key that is not 32 bytes.
var ErrKey = errors.New("pii: the key must be 32 bytes")

// Vault seals and hashes with keys derived from one secret.
type Vault struct {
	seal cipher.AEAD
	mac  []byte
}

// New derives the vault's keys from a 32-byte secret.
func New(secret []byte) (*Vault, error) {
	if len(secret) != 32 {
		return nil, ErrKey
	}
	enc, err := hkdf.Key(sha256.New, secret, nil, "zhuce personal data seal", 32)
	if err != nil {
		return nil, fmt.Errorf("pii: %w", err)
	}
	mac, err := hkdf.Key(sha256.New, secret, nil, "zhuce personal data index", 32)
	if err != nil {
		return nil, fmt.Errorf("pii: %w", err)
	}
	block, err := aes.NewCipher(enc)
	if err != nil {
		return nil, fmt.Errorf("pii: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("pii: %w", err)
	}
	return &Vault{seal: aead, mac: mac}, nil
}

// Seal encrypts v as JSON. context names what it belongs to ("filing:<id>") and
// must be the same to open it: a sealed value moved to another record does not open.
func (v *Vault) Seal(context string, value any) ([]byte, error) {
	plain, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("pii: encode: %w", err)
	}
	return v.seal.Seal(nil, nil, plain, []byte(context)), nil
}

// Open decrypts into value.
func (v *Vault) Open(context string, sealed []byte, value any) error {
	plain, err := v.seal.Open(nil, nil, sealed, []byte(context))
	if err != nil {
		return errors.New("pii: the sealed value does not open")
	}
	return json.Unmarshal(plain, value)
}

// Hash is the blind index of a normalized number: equal numbers have equal
// hashes, and without the key nobody can try numbers out.
func (v *Vault) Hash(number string) []byte {
	m := hmac.New(sha256.New, v.mac)
	m.Write([]byte(number))
	return m.Sum(nil)
}

// NewSecret makes a random 32-byte secret.
func NewSecret() []byte {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return b
}
