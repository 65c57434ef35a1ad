package client

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/pg"
	"zhuce/internal/token"
)

// Refusals of machine clients.
var (
	// ErrCredentials is invalid_client of RFC 6749 §5.2. It does not tell an unknown
	// client from a wrong secret or a disabled client.
	ErrCredentials = errs.Define(errs.Unauthenticated, "exchange.invalid_client", "客户端编号或密钥不正确，或客户端已停用", "The client id or secret is wrong, or the client is disabled")
	// ErrScope is invalid_scope of RFC 6749 §5.2.
	ErrScope = errs.Define(errs.Malformed, "exchange.invalid_scope", "该客户端没有所请求的权限；可请求：{granted}", "The client may not ask for this scope; granted are: {granted}")
	// ErrNoGrant is invalid_target of RFC 8707 §2. It does not tell an unknown enterprise from one that gave nothing.
	ErrNoGrant = errs.Define(errs.Malformed, "exchange.no_grant", "该企业没有授权给本客户端，或授权已结束", "This enterprise has given the client no rights, or they have ended")
	// ErrDisabled refuses a token whose client was disabled after it was issued.
	ErrDisabled = errs.Define(errs.Unauthenticated, "auth.client_disabled", "客户端已停用", "The client is disabled")
)

// refusalsKept is how often refusals of one client are audited: an attacker cannot
// fill the log.
const refusalsKept = time.Minute

var creditForm = regexp.MustCompile(`^[0-9A-Z]{18}$`)

// Request asks for a token: with a secret, or with a signed assertion in its place.
type Request struct {
	ClientID   string // the client's id or name; may be left out beside an assertion
	Secret     string
	Assertion  string
	Scope      string // separated by blanks; "" means all that are granted
	CreditCode string // of an enterprise to act for; "" means for nobody but itself
	IP         string // for the audit log
}

// Issuer is who the assertion says has signed it, unchecked; "" without one.
func (r Request) Issuer() string { return issuerOf(r.Assertion) }

// Token is an access token of a machine client.
type Token struct {
	AccessToken string
	ExpiresAt   time.Time
	ExpiresIn   int // seconds
	Scope       string
}

// Token checks who asks and issues a token. An integrator's token is its own, or
// for one enterprise that gave it rights, of which it then has no more than those.
// Refusals: [ErrCredentials], [ErrAssertion], [ErrScope], [ErrNoGrant].
func (s *Service) Token(ctx context.Context, r Request) (Token, error) {
	c, err := s.authenticate(ctx, r)
	if err != nil {
		return Token{}, err
	}
	claims := token.Claims{RegisteredClaims: jwt.RegisteredClaims{Subject: c.ID.String()}, Role: token.RoleMachine, ClientID: c.ID.String()}
	granted := slices.DeleteFunc(strings.Fields(c.Scopes), func(s string) bool { return slices.Contains(EnterpriseScopes, s) })
	if r.CreditCode != "" {
		if c.Party != auth.Integrator || s.Granted == nil || !creditForm.MatchString(r.CreditCode) {
			return Token{}, ErrNoGrant.New()
		}
		enterprise, given, err := s.Granted(ctx, c.ID, r.CreditCode)
		if err != nil {
			return Token{}, err
		}
		claims.EnterpriseID, granted = enterprise.String(), common(given, strings.Fields(c.Scopes))
	}
	asked := folded(strings.Fields(r.Scope))
	if len(asked) == 0 {
		asked = granted
	}
	if len(asked) == 0 || slices.ContainsFunc(asked, func(s string) bool { return !slices.Contains(granted, s) }) {
		return Token{}, ErrScope.New("granted", strings.Join(granted, " "))
	}
	t := Token{Scope: strings.Join(asked, " ")}
	claims.Scope = t.Scope
	t.AccessToken, t.ExpiresAt, err = s.Tokens.Issue(claims)
	t.ExpiresIn = int(t.ExpiresAt.Sub(s.db.Now()) / time.Second)
	return t, err
}

// authenticate finds the client that proves to be it, and notes in the audit log
// that one was refused.
func (s *Service) authenticate(ctx context.Context, r Request) (row, error) {
	id := r.ClientID
	if r.Assertion != "" {
		id = issuerOf(r.Assertion)
	}
	c, err := find(s.db.Read(ctx), id, "")
	if err != nil {
		return c, err
	}
	if r.Assertion != "" {
		err = s.signed(ctx, c, r.ClientID, r.Assertion)
	} else {
		var right bool
		if right, err = s.rightSecret(ctx, c, r.Secret); err == nil && (!right || c.ID == uuid.Nil || c.DisabledAt != nil) {
			err = ErrCredentials.New()
		}
	}
	var refusal *errs.Error
	if errors.As(err, &refusal) {
		if noting := s.refused(ctx, c, r, refusal); noting != nil {
			return c, noting
		}
	}
	return c, err
}

// refused writes down that a client was refused, once in [refusalsKept]. It asks
// the database as much for a client that is not there.
func (s *Service) refused(ctx context.Context, c row, r Request, why *errs.Error) error {
	return s.db.InTx(ctx, func(tx pg.Tx) error {
		noted := tx.Exec(`UPDATE machine_clients SET refused_at = ? WHERE id = ? AND (refused_at IS NULL OR refused_at <= ?)`,
			tx.Now, c.ID, tx.Now.Add(-refusalsKept))
		if noted.Error != nil || noted.RowsAffected == 0 {
			return noted.Error
		}
		return record(tx, auth.Actor{Party: c.Party, ClientID: c.ID, Name: c.Name, IP: r.IP}, "client.refused", c.ID, reasonOf(c, r, why))
	})
}

// reasonOf says in the log what the answer does not tell.
func reasonOf(c row, r Request, why *errs.Error) string {
	switch text, _ := why.Params["why"].(errs.Text); {
	case c.DisabledAt != nil:
		return "disabled"
	case text.EN != "":
		return "assertion: " + text.EN
	case r.Assertion != "":
		return "assertion: no key of the client has signed it"
	}
	return "wrong secret"
}

// Actor gives the client behind a verified token as it stands now: a scope that
// was taken away since is gone. [ErrDisabled]; token.ErrInvalid for a client
// that is no more.
func (s *Service) Actor(ctx context.Context, c token.Claims) (auth.Actor, error) {
	if _, err := uuid.Parse(c.ClientID); err != nil {
		return auth.Actor{}, token.ErrInvalid.New()
	}
	r, err := find(s.db.Read(ctx), c.ClientID, "")
	switch {
	case err != nil:
		return auth.Actor{}, err
	case r.ID == uuid.Nil:
		return auth.Actor{}, token.ErrInvalid.New()
	case r.DisabledAt != nil:
		return auth.Actor{}, ErrDisabled.New()
	}
	if now := s.db.Now(); stale(r.LastUsedAt, now) {
		if err := touch(s.db.Read(ctx), "machine_clients", r.ID, now); err != nil {
			return auth.Actor{}, err
		}
	}
	k := r.client()
	return auth.Actor{Party: k.Party, Name: k.Name, ClientID: k.ID, Scopes: common(strings.Fields(c.Scope), k.Scopes), Provinces: k.Provinces}, nil
}

// common are the scopes of a that are also in b.
func common(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return !slices.Contains(b, s) })
}
