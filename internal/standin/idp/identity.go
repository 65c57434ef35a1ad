package idp

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/zitadel/oidc/v3/pkg/crypto"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

const scopeLegalPerson = "legal_person"

var supportedClaims = []string{
	"sub", "iss", "aud", "azp", "exp", "iat", "auth_time", "nonce", "at_hash", "amr",
	"name", "preferred_username",
	"unified_social_credit_code", "legal_representative", "legal_person_type", "user_type", "trust_level", "operator_name",
}

// Misbehaviour makes the provider issue identity tokens that must be refused, or that lack something. The
// zero value behaves. The claim switches act on user info too, or that would make up for the token.
type Misbehaviour struct {
	WrongIssuer   bool           `json:"wrong_issuer"`
	WrongAudience bool           `json:"wrong_audience"`
	WrongKey      bool           `json:"wrong_key"` // signed by another key under the published key's id
	WrongNonce    bool           `json:"wrong_nonce"`
	Expired       bool           `json:"expired"` // an hour ago
	AlgNone       bool           `json:"alg_none"`
	OmitClaims    []string       `json:"omit_claims"`
	SetClaims     map[string]any `json:"set_claims"`  // say something else, such as user_type "natural_person"
	TrustLevel    int            `json:"trust_level"` // 0 leaves the account's own
}

// Misbehave sets how all identity tokens from now on are wrong; the zero value ends it.
func (p *Provider) Misbehave(m Misbehaviour) {
	m.OmitClaims, m.SetClaims = slices.Clone(m.OmitClaims), maps.Clone(m.SetClaims)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mischief = m
}

func (p *Provider) misbehaviour() Misbehaviour {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mischief
}

// claimsOf is what an account's scopes tell about it. The phone number is in no scope.
func claimsOf(a *account, scopes []string) map[string]any {
	claims := map[string]any{"sub": a.Subject}
	if slices.Contains(scopes, oidc.ScopeProfile) {
		claims["name"] = a.Name
		claims["preferred_username"] = a.UserName
	}
	if slices.Contains(scopes, scopeLegalPerson) {
		claims["user_type"] = "legal_person"
		claims["legal_person_type"] = a.LegalPersonType
		claims["trust_level"] = a.TrustLevel
		claims["unified_social_credit_code"] = a.CreditCode
		claims["legal_representative"] = a.LegalRepresentative
		claims["operator_name"] = a.Operator
	}
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == "" })
	return claims
}

// identityToken makes the signed identity token of a login, as wrong as asked for. Times are of the
// provider's clock, which tests and the sandbox may move; the library's own are of the wall clock.
func (p *Provider) identityToken(a *authRequest, accessToken string) (string, error) {
	p.mu.Lock()
	holder, wrong, now := p.bySubject(a.subject), p.mischief, p.now()
	p.mu.Unlock()
	if holder == nil {
		return "", fmt.Errorf("no account with subject %s", a.subject)
	}
	hash, err := oidc.ClaimHash(accessToken, p.keys.good.algorithm)
	if err != nil {
		return "", err
	}
	claims := claimsOf(holder, a.Scopes)
	maps.Copy(claims, map[string]any{
		"iss": p.issuer, "aud": a.ClientID, "azp": a.ClientID,
		"iat": now.Unix(), "exp": now.Add(tokenLife).Unix(), "auth_time": a.at.Unix(),
		"at_hash": hash, "amr": a.GetAMR(),
	})
	if a.Nonce != "" {
		claims["nonce"] = a.Nonce
	}
	wrong.spoilToken(claims, now)
	return p.sign(claims, wrong)
}

// spoilClaims does to the claims of the person what the switches say.
func (m Misbehaviour) spoilClaims(claims map[string]any) {
	if m.TrustLevel != 0 {
		claims["trust_level"] = m.TrustLevel
	}
	maps.Copy(claims, m.SetClaims)
	for _, name := range m.OmitClaims {
		delete(claims, name)
	}
}

// spoilToken does the same to a whole token.
func (m Misbehaviour) spoilToken(claims map[string]any, now time.Time) {
	if m.WrongIssuer {
		claims["iss"] = "https://another-issuer.example"
	}
	if m.WrongAudience {
		claims["aud"], claims["azp"] = "another-client", "another-client"
	}
	if m.WrongNonce {
		claims["nonce"] = "another-nonce"
	}
	if m.Expired {
		claims["iat"], claims["exp"] = now.Add(-2*time.Hour).Unix(), now.Add(-time.Hour).Unix()
	}
	m.spoilClaims(claims)
}

func (p *Provider) sign(claims map[string]any, wrong Misbehaviour) (string, error) {
	if wrong.AlgNone {
		payload, err := json.Marshal(claims)
		header := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`))
		return header + "." + base64.RawURLEncoding.EncodeToString(payload) + ".", err
	}
	key := p.keys.good
	if wrong.WrongKey {
		key = p.keys.forged
	}
	signer, err := op.SignerFromKey(key)
	if err != nil {
		return "", err
	}
	return crypto.Sign(claims, signer)
}
