package apitest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/client"
	"zhuce/internal/filing/filingtest"
	"zhuce/internal/grant"
	"zhuce/internal/identity"
	"zhuce/internal/idno"
	"zhuce/internal/session"
)

// Caller is somebody who sends requests.
type Caller struct {
	Env   *Env
	Name  string
	Token string // the bearer token; "" sends none

	// Of an enterprise.
	Actor        auth.Actor
	CreditCode   string
	RefreshToken string

	// Of a machine client.
	ClientID uuid.UUID
	Secret   string
}

// Anonymous sends no token.
func (e *Env) Anonymous() *Caller { return &Caller{Env: e, Name: "anonymous"} }

// Enterprise is a signed-in user of an enterprise that saved its basic
// information, in province 11. The name may be chosen.
func (e *Env) Enterprise(t testing.TB, name ...string) *Caller {
	t.Helper()
	c := e.FreshEnterprise(t, name...)
	_, err := e.App.Enterprises.Save(t.Context(), c.Actor, 0, filingtest.Basics())
	must(t, err)
	return c
}

// FreshEnterprise is signed in for the first time: nothing is saved yet.
func (e *Env) FreshEnterprise(t testing.TB, name ...string) *Caller {
	t.Helper()
	n := int(e.serial.Add(1))
	p := identity.Person{Subject: fmt.Sprintf("subject-%d", n), Account: fmt.Sprintf("account%d", n), Operator: fmt.Sprintf("经办人%d", n),
		Name: fmt.Sprintf("测试设计公司%d", n), CreditCode: idno.MakeCreditCode("110000", n), LegalRepresentative: "赵一",
		LegalPersonType: "enterprise", TrustLevel: 3}
	if len(name) > 0 {
		p.Name = name[0]
	}
	return e.SignIn(t, p)
}

// SignIn opens a session for the person as the national login would tell of
// them. A second one for the same credit code is a colleague, or another tab.
func (e *Env) SignIn(t testing.TB, p identity.Person) *Caller {
	t.Helper()
	ctx := t.Context()
	out, err := e.opener.StartLogin(ctx, auth.Engineers, "/", "zh-CN")
	must(t, err)
	code := e.logins.expect(p)
	in, err := e.opener.FinishLogin(ctx, out.Sealed, session.Callback{State: out.State, Code: code, UserAgent: "apitest", IP: "127.0.0.1"})
	must(t, err)
	c := &Caller{Env: e, Name: p.Name, CreditCode: p.CreditCode, RefreshToken: in.RefreshToken}
	c.Refresh(t)
	c.Actor, err = e.App.Authenticate(ctx, c.Token)
	must(t, err)
	return c
}

// Refresh gets a new access token, as the browser does before the old one ends.
func (c *Caller) Refresh(t testing.TB) {
	t.Helper()
	r, err := c.Env.opener.Refresh(t.Context(), c.RefreshToken)
	must(t, err)
	c.Token, c.RefreshToken = r.AccessToken, r.RefreshToken
}

// Machine is another system with a token for the scopes; none means all that the
// party can have. An integrator is one that enterprises can choose.
func (e *Env) Machine(t testing.TB, party auth.Party, scopes ...string) *Caller {
	t.Helper()
	var provinces []string
	if party == auth.Province {
		provinces = []string{"11"}
	}
	return e.machine(t, party, provinces, scopes)
}

// Elsewhere is the system of a province in which no enterprise of the tests is.
func (e *Env) Elsewhere(t testing.TB) *Caller {
	t.Helper()
	return e.machine(t, auth.Province, []string{"44"}, nil)
}

func (e *Env) machine(t testing.TB, party auth.Party, provinces, scopes []string) *Caller {
	t.Helper()
	if len(scopes) == 0 {
		scopes = client.ScopesOf(party)
	}
	c := &Caller{Env: e, Name: fmt.Sprintf("system-%d", e.serial.Add(1))}
	made, err := e.App.Clients.Register(t.Context(), client.Command, client.Registration{Name: c.Name, Party: party, Scopes: scopes,
		Provinces: provinces, Listed: party == auth.Integrator})
	must(t, err)
	c.ClientID, c.Secret = made.ID, made.Secret
	c.authorize(t, "")
	return c
}

// authorize gets a token by the secret: the client's own, or for one enterprise.
func (c *Caller) authorize(t testing.TB, creditCode string) {
	t.Helper()
	issued, err := c.Env.App.Clients.Token(t.Context(), client.Request{ClientID: c.ClientID.String(), Secret: c.Secret, CreditCode: creditCode})
	must(t, err)
	c.Token = issued.AccessToken
	c.Actor, err = c.Env.App.Authenticate(t.Context(), c.Token)
	must(t, err)
}

// Given is an integrator that acts for the enterprise, which gave it the scopes;
// none means all that can be given.
func (e *Env) Given(t testing.TB, firm *Caller, scopes ...string) *Caller {
	t.Helper()
	if len(scopes) == 0 {
		scopes = client.EnterpriseScopes
	}
	c := e.Machine(t, auth.Integrator)
	_, err := e.App.Grants.Give(t.Context(), firm.Actor, grant.Give{ClientID: c.ClientID, Scopes: scopes})
	must(t, err)
	c.CreditCode = firm.CreditCode
	c.authorize(t, firm.CreditCode)
	return c
}

// For is the integrator with a token for an enterprise that gave it rights.
func (e *Env) For(t testing.TB, integrator, firm *Caller) *Caller {
	t.Helper()
	c := *integrator
	c.CreditCode = firm.CreditCode
	c.authorize(t, firm.CreditCode)
	return &c
}

// Authorize gets a token for a machine client that was made by other means.
func (c *Caller) Authorize(t testing.TB) {
	t.Helper()
	c.authorize(t, "")
}

// Key registers a key of the client's and gives what signs assertions for an audience with it.
func (e *Env) Key(t testing.TB, c *Caller) (sign func(audience string) string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	point, err := key.PublicKey.Bytes()
	must(t, err)
	b64 := base64.RawURLEncoding.EncodeToString
	_, err = e.App.Clients.AddKeys(t.Context(), client.Command, c.ClientID.String(), []client.JWK{{Kty: "EC", Crv: "P-256", X: b64(point[1:33]), Y: b64(point[33:])}})
	must(t, err)
	return func(audience string) string {
		id := c.ClientID.String()
		signed, err := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.RegisteredClaims{Issuer: id, Subject: id, Audience: jwt.ClaimStrings{audience},
			ID: uuid.NewString(), ExpiresAt: jwt.NewNumericDate(e.Clock.Now().Add(time.Minute))}).SignedString(key)
		must(t, err)
		return signed
	}
}

// Person is the person's system; one an environment.
func (e *Env) Person(t testing.TB) *Caller {
	t.Helper()
	if c := e.person.Load(); c != nil {
		return c
	}
	e.person.CompareAndSwap(nil, e.Machine(t, auth.Person))
	return e.person.Load()
}

// logins stands in for the national login without a browser: whoever is expected
// next has signed in.
type logins struct {
	mu      sync.Mutex
	serial  int
	waiting map[string]identity.Person
}

func (l *logins) expect(p identity.Person) (code string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting == nil {
		l.waiting = map[string]identity.Person{}
	}
	l.serial++
	code = fmt.Sprintf("code-%d", l.serial)
	l.waiting[code] = p
	return code
}

func (l *logins) AuthorizeURL(_ context.Context, state, _, _, _ string) (string, error) {
	return "https://login.invalid/authorize?state=" + state, nil
}

func (l *logins) Exchange(_ context.Context, code, _, _ string) (identity.Person, string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p, ok := l.waiting[code]
	if !ok {
		return identity.Person{}, "", identity.ErrTokenRejected.New()
	}
	delete(l.waiting, code)
	return p, "id-token-of-" + p.Subject, nil
}

func (l *logins) EndSessionURL(_ context.Context, hint, returnTo string) string {
	return "https://login.invalid/end?id_token_hint=" + hint + "&post_logout_redirect_uri=" + returnTo
}

var _ session.Provider = (*logins)(nil)
