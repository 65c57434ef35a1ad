package client

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// tolerance is how far the sender's clock may be from ours.
const tolerance = 5 * time.Minute

// ErrSignature: the request is none of the product's, or too old.
var ErrSignature = errors.New("the webhook's signature does not fit")

// VerifyWebhook checks a delivery by Standard Webhooks 1.0 before anything in it is
// believed. The body is the one that came, byte for byte; secrets are those that the
// product gave ("whsec_…"), two of them while one is being replaced.
func VerifyWebhook(h http.Header, body []byte, now time.Time, secrets ...string) error {
	id, stamp := h.Get("webhook-id"), h.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || id == "" || now.Sub(time.Unix(seconds, 0)).Abs() > tolerance {
		return ErrSignature
	}
	for _, secret := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
		if err != nil {
			return err
		}
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + stamp + "."))
		mac.Write(body)
		want := mac.Sum(nil)
		for one := range strings.FieldsSeq(h.Get("webhook-signature")) {
			version, text, _ := strings.Cut(one, ",")
			have, err := base64.StdEncoding.DecodeString(text)
			if version == "v1" && err == nil && hmac.Equal(have, want) {
				return nil
			}
		}
	}
	return ErrSignature
}
