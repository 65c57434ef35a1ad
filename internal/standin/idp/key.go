package idp

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// signingKey is one private key with the algorithm and id that go with it. It is the library's key and,
// through publicKey, an entry of the published set.
type signingKey struct {
	signer    crypto.Signer
	algorithm jose.SignatureAlgorithm
	id        string
}

func (k signingKey) SignatureAlgorithm() jose.SignatureAlgorithm { return k.algorithm }
func (k signingKey) Key() any                                    { return k.signer }
func (k signingKey) ID() string                                  { return k.id }

type publicKey struct{ signingKey }

func (k publicKey) Algorithm() jose.SignatureAlgorithm { return k.algorithm }
func (k publicKey) Use() string                        { return "sig" }
func (k publicKey) Key() any                           { return k.signer.Public() }

// keyring holds the key that signs and one that nobody publishes, which claims to be the first: its
// tokens must be refused for their signature alone.
type keyring struct {
	good, forged signingKey
}

func newKeyring(given crypto.Signer) (keyring, error) {
	if given == nil {
		fresh, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return keyring{}, fmt.Errorf("idp: signing key: %w", err)
		}
		given = fresh
	}
	good := signingKey{signer: given}
	var other crypto.Signer
	var err error
	switch k := given.(type) {
	case *ecdsa.PrivateKey:
		if k.Curve != elliptic.P256() {
			return keyring{}, errors.New("idp: an ECDSA signing key must be on P-256")
		}
		good.algorithm = jose.ES256
		other, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case *rsa.PrivateKey:
		good.algorithm = jose.RS256
		other, err = rsa.GenerateKey(rand.Reader, k.N.BitLen())
	default:
		err = fmt.Errorf("idp: signing key of type %T", given)
	}
	if err != nil {
		return keyring{}, err
	}
	print, err := (&jose.JSONWebKey{Key: given.Public()}).Thumbprint(crypto.SHA256)
	if err != nil {
		return keyring{}, fmt.Errorf("idp: signing key: %w", err)
	}
	good.id = base64.RawURLEncoding.EncodeToString(print)
	return keyring{good: good, forged: signingKey{other, good.algorithm, good.id}}, nil
}
