package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// secretPrefix begins a secret as the specification writes it.
const secretPrefix = "whsec_"

// newSecret makes a secret of 256 bits.
func newSecret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return secretPrefix + base64.StdEncoding.EncodeToString(b)
}

// signature signs a message by Standard Webhooks 1.0, once for each secret.
func signature(secrets []string, id string, at time.Time, payload []byte) (string, error) {
	all := make([]string, len(secrets))
	for i, s := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, secretPrefix))
		if err != nil {
			return "", err
		}
		m := hmac.New(sha256.New, key)
		m.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
		m.Write(payload)
		all[i] = "v1," + base64.StdEncoding.EncodeToString(m.Sum(nil))
	}
	return strings.Join(all, " "), nil
}

func (s *Service) seal(id uuid.UUID, secret string) ([]byte, error) {
	return s.vault.Seal(sealedAs(id), secret)
}

func (s *Service) open(id uuid.UUID, sealed []byte) (secret string, err error) {
	err = s.vault.Open(sealedAs(id), sealed, &secret)
	return secret, err
}

func sealedAs(id uuid.UUID) string { return "webhook:" + id.String() }
