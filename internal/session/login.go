package session

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/audit"
	"zhuce/internal/auth"
	"zhuce/internal/enterprise"
	"zhuce/internal/errs"
	"zhuce/internal/identity"
	"zhuce/internal/pg"
)

// Refusals of the way back from the national login.
var (
	ErrState = errs.Define(errs.Unauthenticated, "identity.state_mismatch",
		"登录请求与返回结果不匹配，请重新登录", "The answer does not belong to a sign-in of this browser; sign in again")
	ErrCancelled = errs.Define(errs.Unauthenticated, "identity.login_cancelled",
		"登录已取消", "The sign-in was cancelled")
	ErrReturnTo = errs.Define(errs.Invalid, "session.return_to",
		"返回地址应为本系统内的路径", "The address to return to must be a path of this system")
)

const (
	// AttemptLife is how long a person may take at the national login.
	AttemptLife = 10 * time.Minute
	// AttemptKept is how long the attempt's cookie lasts: longer, so that somebody
	// who took too long is told so.
	AttemptKept = time.Hour
	// maxReturnTo bounds return_to, in bytes: it travels in a cookie.
	maxReturnTo = 300
	// sealedFor is the context that attempts are sealed under.
	sealedFor = "login attempt"
)

// attempt is what the browser carries, sealed, to the login and back. Nothing is
// stored here for those who never come back.
type attempt struct {
	State    string      `json:"s"`
	Nonce    string      `json:"n"`
	Verifier string      `json:"v"`
	Matter   auth.Matter `json:"m"`
	ReturnTo string      `json:"r"`
	Started  time.Time   `json:"t"`
}

// Attempt is a sign-in on its way out.
type Attempt struct {
	URL    string // where to send the browser
	State  string // comes back with the browser and names the cookie
	Sealed string // the cookie's value
}

// StartLogin begins a sign-in. returnTo is a path of the product, "" for its
// start page; locale is "zh-CN" or "en". Refusals: [ErrMatter], [ErrReturnTo],
// identity.ErrUnavailable.
func (s *Service) StartLogin(ctx context.Context, m auth.Matter, returnTo, locale string) (Attempt, error) {
	if !knownMatter(m) {
		return Attempt{}, ErrMatter.New().With(ErrMatter.At("query:matter"))
	}
	if returnTo == "" {
		returnTo = "/"
	}
	if !ownPath(returnTo) {
		return Attempt{}, ErrReturnTo.New().With(ErrReturnTo.At("query:return_to"))
	}
	a := attempt{State: random(), Nonce: random(), Verifier: random(), Matter: m, ReturnTo: returnTo, Started: s.db.Now()}
	url, err := s.provider.AuthorizeURL(ctx, a.State, a.Nonce, a.Verifier, locale)
	if err != nil {
		return Attempt{}, err
	}
	sealed, err := s.vault.Seal(sealedFor, a)
	if err != nil {
		return Attempt{}, err
	}
	return Attempt{URL: url, State: a.State, Sealed: base64.RawURLEncoding.EncodeToString(sealed)}, nil
}

// AttemptStarted tells when a sealed attempt began, so that the oldest of many
// can be dropped; false for what is none of ours.
func (s *Service) AttemptStarted(sealed string) (time.Time, bool) {
	a, err := s.open(sealed)
	return a.Started, err == nil
}

func (s *Service) open(sealed string) (attempt, error) {
	var a attempt
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return attempt{}, err
	}
	return a, s.vault.Open(sealedFor, raw, &a)
}

// Callback is what the browser brought back.
type Callback struct {
	State, Code, Error string
	UserAgent, IP      string
}

// SignedIn is a new session.
type SignedIn struct {
	ReturnTo       string
	RefreshToken   string
	RefreshExpires time.Time
}

// FinishLogin takes the browser back and opens a session. Refusals: [ErrState],
// [ErrExpired] when it took longer than [AttemptLife], [ErrCancelled], and those
// of package identity.
func (s *Service) FinishLogin(ctx context.Context, sealed string, cb Callback) (SignedIn, error) {
	a, err := s.open(sealed)
	if err != nil || cb.State == "" || a.State != cb.State {
		return SignedIn{}, ErrState.New()
	}
	if s.db.Now().Sub(a.Started) > AttemptLife {
		return SignedIn{}, ErrExpired.New()
	}
	switch cb.Error {
	case "":
	case "access_denied", "login_required", "interaction_required", "consent_required":
		return SignedIn{}, ErrCancelled.New()
	case "server_error", "temporarily_unavailable":
		return SignedIn{}, identity.ErrUnavailable.New()
	default:
		return SignedIn{}, identity.ErrTokenRejected.Wrap(errors.New("the national login answered with an error"))
	}
	if cb.Code == "" {
		return SignedIn{}, identity.ErrTokenRejected.Wrap(errors.New("the national login sent no code"))
	}
	person, hint, err := s.provider.Exchange(ctx, cb.Code, a.Verifier, a.Nonce)
	if err != nil {
		return SignedIn{}, err
	}
	in := SignedIn{ReturnTo: a.ReturnTo}
	err = s.db.InTx(ctx, func(tx pg.Tx) error {
		in.RefreshToken, in.RefreshExpires, err = s.openTx(tx, person, hint, a.Matter, cb)
		return err
	})
	return in, err
}

// openTx records enterprise, user and session, and gives the first refresh token.
func (s *Service) openTx(tx pg.Tx, p identity.Person, hint string, m auth.Matter, cb Callback) (string, time.Time, error) {
	e, err := s.enterprises.SignedInTx(tx, enterprise.Claims{CreditCode: p.CreditCode, Name: p.Name,
		LegalRepresentative: p.LegalRepresentative, LegalPersonType: p.LegalPersonType})
	if err != nil {
		return "", time.Time{}, err
	}
	name := p.Operator
	if name == "" {
		name = p.LegalRepresentative // the legal person's own account is the representative's
	}
	var users []string
	if err := tx.Raw(`INSERT INTO users (id, enterprise_id, subject, account, name, created_at, last_seen_at) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT ON CONSTRAINT users_subject_is_unique DO UPDATE SET
			account = EXCLUDED.account, name = EXCLUDED.name, last_seen_at = EXCLUDED.last_seen_at
		RETURNING id::text`, uuid.Must(uuid.NewV7()), e.ID, p.Subject, p.Account, name, tx.Now, tx.Now).Scan(&users).Error; err != nil {
		return "", time.Time{}, fmt.Errorf("record user: %w", err)
	}
	user, err := uuid.Parse(users[0])
	if err != nil {
		return "", time.Time{}, fmt.Errorf("record user: %w", err)
	}
	id, expires := uuid.Must(uuid.NewV7()), tx.Now.Add(s.life)
	if err := tx.Exec(`INSERT INTO sessions (id, enterprise_id, user_id, account, user_name, matter, id_token, user_agent, created_at, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, id, e.ID, user, p.Account, name, m, hint, clean(cb.UserAgent), tx.Now, expires).Error; err != nil {
		return "", time.Time{}, fmt.Errorf("open session: %w", err)
	}
	who := auth.Actor{Party: auth.Enterprise, EnterpriseID: e.ID, UserID: user, Name: name, SessionID: id, IP: cb.IP}
	if err := audit.RecordTx(tx, audit.Entry{Actor: who, Action: "session.start", SubjectType: "session", SubjectID: id.String()}); err != nil {
		return "", time.Time{}, err
	}
	return s.grantTx(tx, id, expires)
}

// ownPath reports whether p leads to a page of ours and nowhere else. A browser
// reads "//host" and "/\host" as another site, and drops control characters first.
func ownPath(p string) bool {
	return strings.HasPrefix(p, "/") && !strings.HasPrefix(p, "//") && len(p) <= maxReturnTo &&
		!strings.ContainsFunc(p, func(r rune) bool { return r == '\\' || r <= ' ' || r == 0x7f || r == '\ufffd' })
}

// clean makes a header fit for a text column.
func clean(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
	if r := []rune(s); len(r) > 300 {
		s = string(r[:300])
	}
	return s
}

// random is 43 characters that nobody guesses: 256 bits, fit for URLs and cookies.
func random() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(b[:])
}
