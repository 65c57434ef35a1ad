// Package client speaks the Zhuce API for another system: a machine client with an
// id and a secret. Requests, answers and their types are generated from the contract
// (zhuce.gen.go, `make clients`); this file adds the token, patience and refusals.
//
//	c, err := client.New("https://zhuce.example", client.Credentials{ID: "…", Secret: "…"})
//	r, err := c.DeliverFilingWithResponse(ctx, nil, delivery)
//	if err := client.Check(r, r.ApplicationproblemJSONDefault); err != nil { … }
//
// It imports nothing of the product, so that the folder can be copied.
package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// Base is the path below which the API stands.
const Base = "/api/v1"

// Credentials are what the administrator of the installation gave.
type Credentials struct {
	ID, Secret string
	Scopes     []string // none asks for all that are granted
	// UnifiedSocialCreditCode asks for a token in the name of one enterprise that
	// granted this client rights over its records.
	UnifiedSocialCreditCode string
}

// Patience says how often and how long a request is tried again when the product
// is busy (429) or a system behind it does not answer (503).
type Patience struct {
	Tries   int           // beside the first
	Longest time.Duration // of one wait; a longer Retry-After ends the tries
}

// New makes a client of the installation at address. Tokens are fetched when they
// are needed and renewed before they end. Sending again is safe for every write that
// carries a ref of the sender's, or an Idempotency-Key.
func New(address string, who Credentials, patience ...Patience) (*ClientWithResponses, error) {
	base := strings.TrimSuffix(address, "/") + Base
	p := Patience{Tries: 3, Longest: 30 * time.Second}
	if len(patience) > 0 {
		p = patience[0]
	}
	plain := &http.Client{Transport: &patient{next: http.DefaultTransport, Patience: p}, Timeout: time.Minute}
	tokens := clientcredentials.Config{ClientID: who.ID, ClientSecret: who.Secret, TokenURL: base + "/exchange/token", Scopes: who.Scopes, AuthStyle: oauth2.AuthStyleInHeader}
	if who.UnifiedSocialCreditCode != "" {
		tokens.EndpointParams = map[string][]string{"unified_social_credit_code": {who.UnifiedSocialCreditCode}}
	}
	signed := tokens.Client(context.WithValue(context.Background(), oauth2.HTTPClient, plain))
	signed.Timeout = time.Minute
	return NewClientWithResponses(base, WithHTTPClient(signed))
}

// Error is a refusal of the product. Code is for programs and never changes its
// meaning; Detail is for people.
type Error struct{ Problem }

func (e *Error) Error() string {
	return fmt.Sprintf("%d %s: %s (request %s)", e.Status, e.Code, e.Detail, e.RequestId)
}

// Code is the code of a refusal, or "" for any other error.
func Code(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ""
}

// Check turns an answer that is a refusal into an [*Error].
func Check(answer interface{ StatusCode() int }, problem *Problem) error {
	switch status := answer.StatusCode(); {
	case problem != nil:
		return &Error{*problem}
	case status >= http.StatusBadRequest || status == 0:
		return fmt.Errorf("the answer is %d, and no problem document", status)
	default:
		return nil
	}
}

// patient tries again what was answered with 429 or 503, when told to.
type patient struct {
	next http.RoundTripper
	Patience
}

func (p *patient) RoundTrip(r *http.Request) (*http.Response, error) {
	for n := 0; ; n++ {
		resp, err := p.next.RoundTrip(r)
		if err != nil || resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode != http.StatusServiceUnavailable {
			return resp, err
		}
		seconds, err := strconv.Atoi(resp.Header.Get("Retry-After"))
		wait := time.Duration(seconds) * time.Second
		if err != nil || n >= p.Tries || wait > p.Longest || r.Body != nil && r.GetBody == nil {
			return resp, nil
		}
		_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<16))
		_ = resp.Body.Close()
		select {
		case <-r.Context().Done():
			return nil, r.Context().Err()
		case <-time.After(wait):
		}
		if r.GetBody != nil {
			body, err := r.GetBody()
			if err != nil {
				return nil, err
			}
			r = r.Clone(r.Context())
			r.Body = body
		}
	}
}
