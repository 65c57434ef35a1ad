package idp

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// authRequest is one authorization request on its way: from /authorize, through the login page, to the
// code and the tokens. It implements op.AuthRequest. Whoever works with one holds a copy of his own.
type authRequest struct {
	oidc.AuthRequest
	id      string
	browser string // the browser that began it is the only one that may go on with it
	hinted  string // subject of the id_token_hint, "" when there was none
	typed   string // user name of the last try, kept here so that no link has to carry it

	session string
	subject string
	at      time.Time // when that person signed in
	code    *code     // set once it is being exchanged
}

func (a *authRequest) GetID() string           { return a.id }
func (a *authRequest) GetACR() string          { return "" }
func (a *authRequest) GetAudience() []string   { return []string{a.ClientID} }
func (a *authRequest) GetAuthTime() time.Time  { return a.at }
func (a *authRequest) GetClientID() string     { return a.ClientID }
func (a *authRequest) GetNonce() string        { return a.Nonce }
func (a *authRequest) GetRedirectURI() string  { return a.RedirectURI }
func (a *authRequest) GetScopes() []string     { return a.Scopes }
func (a *authRequest) GetState() string        { return a.State }
func (a *authRequest) GetSubject() string      { return a.subject }
func (a *authRequest) Done() bool              { return a.subject != "" }
func (a *authRequest) GetAMR() []string        { return []string{"pwd"} }
func (a *authRequest) asks(prompt string) bool { return slices.Contains(a.Prompt, prompt) }

func (a *authRequest) GetResponseType() oidc.ResponseType { return a.ResponseType }
func (a *authRequest) GetResponseMode() oidc.ResponseMode { return a.ResponseMode }

func (a *authRequest) GetCodeChallenge() *oidc.CodeChallenge {
	return &oidc.CodeChallenge{Challenge: a.CodeChallenge, Method: a.CodeChallengeMethod}
}

// code remembers what became of an authorization code.
type code struct {
	request  *authRequest
	made     time.Time
	used     bool
	replayed bool
	token    string // id of the access token it bought
}

type accessToken struct {
	client, subject, session string
	scopes                   []string
}

var (
	errCodeUnknown = errors.New("code unknown or expired")
	errCodeUsed    = errors.New("code used before; its tokens are revoked")
)

// redeem hands out the request behind a code, once. A second use takes back the token that the first one
// bought (RFC 6749 §4.1.2), also when the first is still on its way to it.
func (p *Provider) redeem(value string) (*authRequest, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	c, ok := p.codes.get(now, value)
	if !ok {
		return nil, errCodeUnknown
	}
	if c.used {
		c.replayed = true
		p.tokens.remove(c.token)
		return nil, errCodeUsed
	}
	c.used = true
	if now.Sub(c.made) >= codeLife {
		return nil, errCodeUnknown
	}
	request := *c.request
	request.code = c
	return &request, nil
}

// grant makes the access token for a redeemed code.
func (p *Provider) grant(a *authRequest) (id string, expires time.Time, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if a.code == nil || a.code.replayed {
		return "", time.Time{}, oidc.ErrInvalidGrant().WithParent(errCodeUsed)
	}
	id, now := rand.Text(), p.now()
	a.code.token = id
	p.tokens.put(now, id, &accessToken{client: a.ClientID, subject: a.subject, session: a.session, scopes: a.Scopes})
	return id, now.Add(tokenLife), nil
}

// tokenHolder is the account and scopes behind an access token; false when it is unknown, expired or revoked.
func (p *Provider) tokenHolder(id string) (*account, []string, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t, ok := p.tokens.get(p.now(), id)
	if !ok {
		return nil, nil, false
	}
	a := p.bySubject(t.subject)
	return a, t.scopes, a != nil
}

// bySubject is the account of a subject, nil when there is none. The caller holds mu.
func (p *Provider) bySubject(subject string) *account {
	for _, a := range p.accounts {
		if a.Subject == subject {
			return a
		}
	}
	return nil
}

// browserKey carries the browser's mark from the authorize handler to the storage below the library.
type browserKey struct{}

// openRequest stores a checked authorization request.
func (p *Provider) openRequest(ctx context.Context, in *oidc.AuthRequest, hinted string) (op.AuthRequest, error) {
	browser, _ := ctx.Value(browserKey{}).(string)
	a := &authRequest{AuthRequest: *in, id: rand.Text(), browser: browser, hinted: hinted}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests.put(p.now(), a.id, a)
	return a, nil
}

// requestOf is the open request with this id, if this browser began it.
func (p *Provider) requestOf(id, browser string) (*authRequest, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a, ok := p.requests.get(p.now(), id)
	if !ok || browser == "" || a.browser != browser {
		return nil, false
	}
	mine := *a
	return &mine, true
}

// remember keeps the user name that was tried last, for the next showing of the page.
func (p *Provider) remember(a *authRequest, userName string) {
	a.typed = userName
	p.mu.Lock()
	defer p.mu.Unlock()
	if kept, ok := p.requests.get(p.now(), a.id); ok {
		kept.typed = userName
	}
}

// closeRequest takes the request away, so that its page cannot be sent again.
func (p *Provider) closeRequest(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests.remove(id)
}
