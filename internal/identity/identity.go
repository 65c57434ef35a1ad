// Package identity speaks to the national login (国家政务服务平台 法人登录) as an
// OpenID Connect relying party: authorization code with PKCE, a checked identity
// token, the claims of a legal person.
//
// Package session declares what it needs of a login as an interface; a province
// with another protocol (domain §11.1) gets a type of its own beside [Provider].
package identity

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"

	"zhuce/internal/errs"
)

// Refusals of a sign-in.
var (
	ErrUnavailable = errs.Define(errs.Unavailable, "identity.provider_unavailable",
		"国家政务服务平台暂时无法访问，请稍后再登录", "The national login does not answer; sign in again later")
	ErrTokenRejected = errs.Define(errs.Unauthenticated, "identity.token_rejected",
		"国家政务服务平台返回的登录信息未通过校验，请重新登录", "What the national login sent did not pass our checks; sign in again")
	ErrMissingClaim = errs.Define(errs.Forbidden, "identity.missing_claim",
		"国家政务服务平台的账号资料不完整，缺少：{claims}；请在平台补全后重新登录", "The account at the national login is incomplete; missing: {claims}. Complete it there and sign in again")
	ErrNotLegalPerson = errs.Define(errs.Forbidden, "identity.not_legal_person",
		"请使用法人用户登录，个人账号不能使用本系统", "Sign in as a legal person; personal accounts cannot use this system")
	ErrTrustLevel = errs.Define(errs.Forbidden, "identity.trust_level_too_low",
		"账号的实名等级为 {level}，本系统要求不低于 {wanted}；请在国家政务服务平台完成法人实名核验后重新登录",
		"The account's real-name level is {level}, at least {wanted} is required; complete the verification at the national login and sign in again")
)

// httpTimeout bounds each request to the login, body included.
const httpTimeout = 8 * time.Second

// algorithms that an identity token may be signed with. Never "none", never a
// shared-secret one: those would let the client secret sign people in.
var algorithms = []string{oidc.ES256, oidc.ES384, oidc.RS256, oidc.RS384, oidc.PS256, oidc.PS384}

// Person is a legal person as the login vouches for it, and who acted for it.
type Person struct {
	Subject             string // "sub": the account, unchanging
	Account             string // "preferred_username"
	Operator            string // 经办人; empty when the legal person's own account signed in
	Name                string // 企业名称
	CreditCode          string // 统一社会信用代码, normalized
	LegalRepresentative string // 法定代表人
	LegalPersonType     string // 法人类型
	TrustLevel          int    // 实名等级 (domain §11.1)
}

// Options of New.
type Options struct {
	Issuer, ClientID, ClientSecret string
	RedirectURL                    string // where the login sends the browser back to
	MinTrustLevel                  int
	Now                            func() time.Time
}

// Provider is the login at one issuer. It is safe for concurrent use.
type Provider struct {
	o         Options
	client    *http.Client
	known     atomic.Pointer[endpoints]
	discovery singleflight.Group
}

// endpoints is what discovery found.
type endpoints struct {
	oauth oauth2.Config
	keys  oidc.KeySet
	end   string // end_session_endpoint; empty when the login has none
}

// New makes the provider. It asks nothing yet: the product starts while the login is down.
func New(o Options) *Provider {
	return &Provider{o: o, client: &http.Client{Timeout: httpTimeout}}
}

// discover reads the login's own description, once. A failure is not remembered,
// the next sign-in tries again; those that come at the same time share one try.
func (p *Provider) discover(ctx context.Context) (*endpoints, error) {
	if e := p.known.Load(); e != nil {
		return e, nil
	}
	found := p.discovery.DoChan("", func() (any, error) {
		// Not the request's context: the key set keeps it, and others wait for the result.
		found, err := oidc.NewProvider(oidc.ClientContext(context.Background(), p.client), p.o.Issuer)
		if err != nil {
			return nil, fmt.Errorf("discover the national login: %w", err)
		}
		var more struct {
			JWKS string `json:"jwks_uri"`
			End  string `json:"end_session_endpoint"`
		}
		if err := found.Claims(&more); err != nil {
			return nil, fmt.Errorf("discover the national login: %w", err)
		}
		e := &endpoints{
			oauth: oauth2.Config{ClientID: p.o.ClientID, ClientSecret: p.o.ClientSecret, RedirectURL: p.o.RedirectURL,
				Endpoint: found.Endpoint(), Scopes: []string{oidc.ScopeOpenID, "profile", "legal_person"}},
			keys: oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), p.client), more.JWKS),
			end:  more.End,
		}
		p.known.Store(e)
		return e, nil
	})
	select {
	case <-ctx.Done():
		return nil, ErrUnavailable.Wrap(ctx.Err())
	case r := <-found:
		if r.Err != nil {
			return nil, ErrUnavailable.Wrap(r.Err)
		}
		return r.Val.(*endpoints), nil
	}
}

// AuthorizeURL is where to send the browser. locale is "zh-CN" or "en".
// Refusal: [ErrUnavailable].
func (p *Provider) AuthorizeURL(ctx context.Context, state, nonce, verifier, locale string) (string, error) {
	e, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	return e.oauth.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier),
		oauth2.SetAuthURLParam("ui_locales", locale)), nil
}

// EndSessionURL is where to send the browser so that the login forgets the person
// too; from there it returns to returnTo. When the login cannot be reached or has
// no such address, it is returnTo itself.
func (p *Provider) EndSessionURL(ctx context.Context, idToken, returnTo string) string {
	e, err := p.discover(ctx)
	if err != nil || e.end == "" {
		return returnTo
	}
	u, err := url.Parse(e.end)
	if err != nil {
		return returnTo
	}
	q := u.Query()
	q.Set("id_token_hint", idToken)
	q.Set("client_id", p.o.ClientID)
	q.Set("post_logout_redirect_uri", returnTo)
	u.RawQuery = q.Encode()
	return u.String()
}
