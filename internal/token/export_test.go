package token

import "crypto/ecdsa"

// PrivateKey lets tests sign what Issue would not.
func (i *Issuer) PrivateKey() *ecdsa.PrivateKey { return i.keys.keys[0].private }
