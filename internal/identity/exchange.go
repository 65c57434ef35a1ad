package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"zhuce/internal/idno"
)

// maxClaim bounds each text of a token, in characters.
const maxClaim = 200

// Exchange turns the code into a checked person and the identity token as it came
// (the hint for signing out). Refusals: [ErrUnavailable], [ErrTokenRejected],
// [ErrNotLegalPerson], [ErrMissingClaim], [ErrTrustLevel].
func (p *Provider) Exchange(ctx context.Context, code, verifier, nonce string) (Person, string, error) {
	e, err := p.discover(ctx)
	if err != nil {
		return Person{}, "", err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	tokens, err := e.oauth.Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		var answered *oauth2.RetrieveError
		if errors.As(err, &answered) && answered.Response.StatusCode < http.StatusInternalServerError {
			return Person{}, "", ErrTokenRejected.Wrap(fmt.Errorf("code refused: %s", answered.ErrorCode))
		}
		return Person{}, "", ErrUnavailable.Wrap(fmt.Errorf("exchange the code: %w", err))
	}
	raw, _ := tokens.Extra("id_token").(string)
	if raw == "" {
		return Person{}, "", ErrTokenRejected.Wrap(errors.New("no id_token in the answer"))
	}
	claims, err := p.check(ctx, e, raw, tokens.AccessToken, nonce)
	if err != nil {
		return Person{}, "", err
	}
	person, err := p.person(claims)
	return person, raw, err
}

// check verifies the token itself: issuer, audience, algorithm, signature,
// expiry by our clock, nonce, and that it belongs to the access token.
func (p *Provider) check(ctx context.Context, e *endpoints, raw, accessToken, nonce string) (claims, error) {
	keys := &watchedKeys{KeySet: e.keys}
	verifier := oidc.NewVerifier(p.o.Issuer, keys, &oidc.Config{
		ClientID: p.o.ClientID, SupportedSigningAlgs: algorithms, Now: p.o.Now})
	t, err := verifier.Verify(ctx, raw)
	if keys.unreachable != nil {
		return claims{}, ErrUnavailable.Wrap(keys.unreachable)
	}
	if err != nil {
		return claims{}, ErrTokenRejected.Wrap(err)
	}
	if nonce == "" || t.Nonce != nonce {
		return claims{}, ErrTokenRejected.Wrap(errors.New("nonce differs"))
	}
	if t.AccessTokenHash != "" {
		if err := t.VerifyAccessToken(accessToken); err != nil {
			return claims{}, ErrTokenRejected.Wrap(err)
		}
	}
	var c claims
	if err := t.Claims(&c); err != nil {
		return claims{}, ErrTokenRejected.Wrap(fmt.Errorf("read claims: %w", err))
	}
	if c.AuthorizedParty != "" && c.AuthorizedParty != p.o.ClientID || c.AuthorizedParty == "" && len(t.Audience) > 1 {
		return claims{}, ErrTokenRejected.Wrap(errors.New("issued to another client"))
	}
	return c, nil
}

// watchedKeys tells a key set that cannot be fetched from a signature that is
// wrong; the library's verifier reports both alike.
type watchedKeys struct {
	oidc.KeySet
	unreachable error
}

// VerifySignature is called by the library.
func (k *watchedKeys) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	payload, err := k.KeySet.VerifySignature(ctx, jwt)
	if err != nil && (strings.HasPrefix(err.Error(), "fetching keys") || ctx.Err() != nil) {
		k.unreachable = err
	}
	return payload, err
}

// claims are the names by which the login tells who somebody is.
type claims struct {
	Subject             string     `json:"sub"`
	AuthorizedParty     string     `json:"azp"`
	Account             string     `json:"preferred_username"`
	Operator            string     `json:"operator_name"`
	Name                string     `json:"name"`
	CreditCode          string     `json:"unified_social_credit_code"`
	LegalRepresentative string     `json:"legal_representative"`
	LegalPersonType     string     `json:"legal_person_type"`
	UserType            string     `json:"user_type"`
	TrustLevel          trustLevel `json:"trust_level"`
}

// trustLevel is a number, or one written as a text; 0 is none.
type trustLevel int

// UnmarshalJSON accepts both spellings.
func (l *trustLevel) UnmarshalJSON(b []byte) error {
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	if v == nil {
		return nil
	}
	n, err := strconv.Atoi(fmt.Sprint(v))
	if err != nil {
		return errors.New("trust_level is no whole number")
	}
	*l = trustLevel(n)
	return nil
}

// person judges the claims: somebody who is no legal person is told so first,
// then everything that is missing at once, then the trust level.
func (p *Provider) person(c claims) (Person, error) {
	out := Person{
		Subject: c.Subject, Account: strings.TrimSpace(c.Account), Operator: strings.TrimSpace(c.Operator),
		Name: strings.TrimSpace(c.Name), CreditCode: idno.NormalizeID(c.CreditCode),
		LegalRepresentative: strings.TrimSpace(c.LegalRepresentative), LegalPersonType: strings.TrimSpace(c.LegalPersonType),
		TrustLevel: int(c.TrustLevel),
	}
	if c.UserType != "" && c.UserType != "legal_person" {
		return Person{}, ErrNotLegalPerson.New()
	}
	code := out.CreditCode
	if utf8.RuneCountInString(code) != 18 || len(code) != 18 {
		code = "" // names nobody; a wrong check character alone is only warned about (domain §10)
	}
	level := ""
	if c.TrustLevel > 0 {
		level = "known"
	}
	var missing []string
	for _, claim := range []struct{ name, value string }{
		{"sub", out.Subject}, {"preferred_username", out.Account}, {"user_type", c.UserType},
		{"name", out.Name}, {"unified_social_credit_code", code}, {"legal_representative", out.LegalRepresentative},
		{"legal_person_type", out.LegalPersonType}, {"trust_level", level},
	} {
		if claim.value == "" {
			missing = append(missing, claim.name)
		}
	}
	if len(missing) > 0 {
		return Person{}, ErrMissingClaim.New("claims", strings.Join(missing, ", "))
	}
	for _, text := range []string{out.Subject, out.Account, out.Operator, out.Name, out.CreditCode, out.LegalRepresentative, out.LegalPersonType} {
		if utf8.RuneCountInString(text) > maxClaim || strings.ContainsRune(text, 0) {
			return Person{}, ErrTokenRejected.Wrap(errors.New("a claim is too long or has a NUL byte"))
		}
	}
	if out.TrustLevel < p.o.MinTrustLevel {
		return Person{}, ErrTrustLevel.New("level", out.TrustLevel, "wanted", p.o.MinTrustLevel)
	}
	return out, nil
}
