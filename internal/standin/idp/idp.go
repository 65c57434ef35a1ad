// Package idp is a stand-in for the legal-person login of the national government service platform
// (国家政务服务平台 法人登录), for development and tests alone. It speaks OpenID Connect the way the real
// platform is expected to, so the product cannot tell the two apart: authorization code with PKCE,
// signed identity tokens that carry the legal person, user info, sign-out. Around that it has what people
// meet at such a login: user name, password, captcha with alternatives, lockout, and registration
// (manual §2.1, §2.2).
//
// What the real platform would never do can be switched on: Misbehave makes it issue identity tokens that
// a careful relying party has to refuse.
//
// Everything but registrations is held in memory, bounded, and forgotten with the process. The package
// starts no goroutine, so there is nothing to close.
package idp

import (
	"context"
	"crypto"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/zitadel/oidc/v3/pkg/op"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/text/language"
)

// How long things live. A code is refused after codeLife but remembered for tokenLife, so that using it
// twice is still seen and answered by taking back what it bought.
const (
	requestLife = 10 * time.Minute
	codeLife    = time.Minute
	tokenLife   = time.Hour
	sessionLife = 2 * time.Hour
	captchaLife = 5 * time.Minute
	lockLife    = 15 * time.Minute

	maxTries = 5
	capacity = 10_000 // of each kind of thing; the oldest gives way
)

// Client is a relying party. Without a Secret it is a public client.
type Client struct {
	ID, Secret                           string
	RedirectURIs, PostLogoutRedirectURIs []string
}

// Account is a legal person that can sign in. Accounts given in Options are taken as they are, so that
// tests can have codes that fail the checksum or a legal representative that is missing; only what people
// type into the registration form is checked.
type Account struct {
	UserName, Password  string
	Name                string // 企业名称
	CreditCode          string // 统一社会信用代码
	LegalRepresentative string // 法定代表人
	Phone               string // never leaves this package unmasked
	LegalPersonType     string // "" is "enterprise"
	Operator            string // 经办人, may be empty
	TrustLevel          int    // 实名等级; 0 is 4
}

// Options of New. Issuer and at least one client are needed; all else has a default.
type Options struct {
	Issuer     string // scheme, host and port; no path
	Clients    []Client
	Accounts   []Account
	DataFile   string           // JSON; keeps registrations across restarts. "" keeps them in memory
	Now        func() time.Time // nil is time.Now
	Log        *slog.Logger     // nil is slog.Default
	Key        crypto.Signer    // *ecdsa.PrivateKey on P-256 or *rsa.PrivateKey; nil makes a new one
	BcryptCost int              // 0 is bcrypt.DefaultCost; tests take bcrypt.MinCost
}

// Provider is the stand-in. It is safe for concurrent use.
type Provider struct {
	issuer  string
	secure  bool // the issuer is https: cookies are Secure and carry the __Host- prefix
	clients map[string]Client
	now     func() time.Time
	log     *slog.Logger
	cost    int
	decoy   []byte // hash to compare with when the user is unknown, so that it takes as long
	keys    keyring
	op      *op.Provider
	pages   *pages
	file    string

	// mu guards all that follows. Hashing, drawing and network stay outside of it.
	mu       sync.Mutex
	accounts map[string]*account // by folded user name
	tries    *shelf[*failures]   // by folded user name, known or not
	requests *shelf[*authRequest]
	codes    *shelf[*code]
	tokens   *shelf[*accessToken]
	sessions *shelf[*session]
	captchas *shelf[captcha]
	mischief Misbehaviour
}

// New builds the stand-in. It fails when the issuer, a client, an account, the key or the data file is not usable.
func New(o Options) (*Provider, error) {
	u, err := url.Parse(o.Issuer)
	if err != nil || u.Host == "" || (u.Path != "" && u.Path != "/") {
		return nil, fmt.Errorf("idp: issuer %q must be scheme://host[:port]", o.Issuer)
	}
	p := &Provider{
		issuer:   strings.TrimSuffix(o.Issuer, "/"),
		secure:   u.Scheme == "https",
		clients:  map[string]Client{},
		now:      o.Now,
		log:      o.Log,
		cost:     o.BcryptCost,
		file:     o.DataFile,
		accounts: map[string]*account{},
		tries:    newShelf[*failures](lockLife),
		requests: newShelf[*authRequest](requestLife),
		codes:    newShelf[*code](tokenLife),
		tokens:   newShelf[*accessToken](tokenLife),
		sessions: newShelf[*session](sessionLife),
		captchas: newShelf[captcha](captchaLife),
	}
	if p.now == nil {
		p.now = time.Now
	}
	if p.log == nil {
		p.log = slog.Default()
	}
	if p.cost == 0 {
		p.cost = bcrypt.DefaultCost
	}
	if p.decoy, err = bcrypt.GenerateFromPassword([]byte(rand.Text()), p.cost); err != nil {
		return nil, fmt.Errorf("idp: %w", err)
	}
	for _, c := range o.Clients {
		if c.ID == "" || len(c.RedirectURIs) == 0 {
			return nil, errors.New("idp: a client needs an id and a redirect URI")
		}
		p.clients[c.ID] = c
	}
	if len(p.clients) == 0 {
		return nil, errors.New("idp: no client")
	}
	if err := p.seed(o.Accounts); err != nil {
		return nil, err
	}
	if err := p.load(); err != nil {
		return nil, err
	}
	if p.keys, err = newKeyring(o.Key); err != nil {
		return nil, err
	}
	if p.pages, err = newPages(p); err != nil {
		return nil, err
	}
	return p, p.startProvider()
}

func (p *Provider) startProvider() error {
	config := &op.Config{
		CryptoKeyId:        "standin",
		CodeMethodS256:     true,
		AuthMethodPost:     true,
		SupportedUILocales: []language.Tag{language.MustParse(zhCN), language.English},
		SupportedScopes:    []string{"openid", "profile", scopeLegalPerson},
		SupportedClaims:    supportedClaims,
		// Not used: end_session is answered by signOut. The library wants one.
		DefaultLogoutRedirectURI: pathSignedOut,
	}
	_, _ = rand.Read(config.CryptoKey[:])
	var err error
	p.op, err = op.NewProvider(config, storage{p}, op.StaticIssuer(p.issuer), op.WithAllowInsecure())
	if err != nil {
		return fmt.Errorf("idp: %w", err)
	}
	return nil
}

// Handler answers everything below the issuer: the protocol, the pages, and /control for the development
// stack. Control is open to whoever reaches the listener; this is no program to put on a network.
func (p *Provider) Handler() http.Handler {
	mux := http.NewServeMux()
	p.protocol(mux)
	p.human(mux)
	p.control(mux)
	issuer := op.NewIssuerInterceptor(func(*http.Request) string { return p.issuer })
	return issuer.Handler(limitBody(http.NewCrossOriginProtection().Handler(mux)))
}

// limitBody bounds what is read of a request; the largest honest one is the registration form.
func limitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
		next.ServeHTTP(w, r)
	})
}

// note logs one event of the login. Events carry reasons and never names, numbers or passwords.
func (p *Provider) note(ctx context.Context, event, reason string) {
	p.log.InfoContext(ctx, "standin login", "event", event, "reason", reason)
}
