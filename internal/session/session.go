// Package session keeps people signed in: it sends them to the national login,
// takes them back, and holds the session that the product's own tokens rest on.
//
// A browser holds two things: a short-lived access token, in memory, and a
// refresh token, in a cookie that scripts cannot read. Every request reads the
// session's row, so that a revocation acts at the next one.
package session

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/audit"
	"zhuce/internal/auth"
	"zhuce/internal/bell"
	"zhuce/internal/config"
	"zhuce/internal/enterprise"
	"zhuce/internal/errs"
	"zhuce/internal/identity"
	"zhuce/internal/pg"
	"zhuce/internal/pii"
	"zhuce/internal/token"
)

// Refusals of a request whose token is sound but whose session is over.
var (
	ErrOver = errs.Define(errs.Unauthenticated, "auth.session_expired", "登录已过期，请重新登录", "The session is over; sign in again")
	ErrGone = errs.Define(errs.Unauthenticated, "auth.session_revoked", "登录已被终止，请重新登录", "The session was ended; sign in again")
)

// ErrMatter refuses a matter that does not exist.
var ErrMatter = errs.Define(errs.Invalid, "session.matter_unknown", "没有这个事项", "There is no such matter")

// Provider is what a national login must be able to do. Refusals are those of
// package identity.
type Provider interface {
	// AuthorizeURL is where to send the browser.
	AuthorizeURL(ctx context.Context, state, nonce, verifier, locale string) (string, error)
	// Exchange turns the code that the browser brought back into a checked person
	// and the hint for signing out.
	Exchange(ctx context.Context, code, verifier, nonce string) (identity.Person, string, error)
	// EndSessionURL is where the browser signs out at the login too, on its way to returnTo.
	EndSessionURL(ctx context.Context, hint, returnTo string) string
}

// Options of New. Provider may be left out: then it is the OpenID provider of Config.
type Options struct {
	DB          *pg.DB
	Tokens      *token.Issuer
	Enterprises *enterprise.Service
	Vault       *pii.Vault
	Config      config.Config
	Now         func() time.Time
	Provider    Provider
}

// Service holds the use cases.
type Service struct {
	db          *pg.DB
	tokens      *token.Issuer
	enterprises *enterprise.Service
	vault       *pii.Vault
	provider    Provider
	publicURL   string
	life, idle  time.Duration
}

// CallbackPath is where the national login sends the browser back to, below the public URL.
const CallbackPath = "/api/v1/session/callback"

// New makes the service. It asks the national login nothing yet.
func New(o Options) *Service {
	if o.Provider == nil {
		o.Provider = identity.New(identity.Options{Issuer: o.Config.OIDCIssuer, ClientID: o.Config.OIDCClientID,
			ClientSecret: o.Config.OIDCClientSecret, RedirectURL: o.Config.PublicURL + CallbackPath,
			MinTrustLevel: o.Config.MinTrustLevel, Now: o.Now})
	}
	return &Service{db: o.DB, tokens: o.Tokens, enterprises: o.Enterprises, vault: o.Vault, provider: o.Provider,
		publicURL: o.Config.PublicURL, life: o.Config.SessionLife, idle: o.Config.SessionIdle}
}

// Actor is who a verified token stands for, by the session's row as it is now.
// Refusals: [ErrOver], [ErrGone].
func (s *Service) Actor(ctx context.Context, c token.Claims) (auth.Actor, error) {
	id, err := uuid.Parse(c.SessionID)
	if err != nil || c.Role != token.RoleEnterprise {
		return auth.Actor{}, token.ErrInvalid.New()
	}
	var rows []struct {
		EnterpriseID, UserID uuid.UUID
		UserName             string
		Matter               auth.Matter
		ExpiresAt            time.Time
		RevokedAt            *time.Time
	}
	if err := s.db.Read(ctx).Raw(`SELECT enterprise_id, user_id, user_name, matter, expires_at, revoked_at
		FROM sessions WHERE id = ?`, id).Scan(&rows).Error; err != nil {
		return auth.Actor{}, fmt.Errorf("read session: %w", err)
	}
	switch {
	case len(rows) == 0: // purged long after its end
		return auth.Actor{}, ErrOver.New()
	case rows[0].RevokedAt != nil:
		return auth.Actor{}, ErrGone.New()
	case !s.db.Now().Before(rows[0].ExpiresAt):
		return auth.Actor{}, ErrOver.New()
	case rows[0].EnterpriseID.String() != c.EnterpriseID || rows[0].UserID.String() != c.Subject:
		return auth.Actor{}, token.ErrInvalid.New()
	}
	return auth.Actor{Party: auth.Enterprise, EnterpriseID: rows[0].EnterpriseID, UserID: rows[0].UserID,
		Name: rows[0].UserName, SessionID: id, Matter: rows[0].Matter}, nil
}

// View is the session as its holder sees it.
type View struct {
	ID                    uuid.UUID
	UserID                uuid.UUID
	UserName, Account     string
	Enterprise            enterprise.Enterprise
	Matter                auth.Matter
	SignedInAt, ExpiresAt time.Time
	Permissions           []string
}

// permissions of a legal person's own account: everything. Delegates (经办人)
// will have what they were given and nothing else (domain §4).
var permissions = []string{"enterprise:edit", "filings:submit", "filings:return", "filings:withdraw", "filings:reveal"}

// View shows the actor's own session. Refusal: [ErrOver].
func (s *Service) View(ctx context.Context, who auth.Actor) (View, error) {
	var rows []struct {
		Account              string
		Matter               auth.Matter
		CreatedAt, ExpiresAt time.Time
	}
	if err := s.db.Read(ctx).Raw(`SELECT account, matter, created_at, expires_at FROM sessions WHERE id = ?`,
		who.SessionID).Scan(&rows).Error; err != nil {
		return View{}, fmt.Errorf("read session: %w", err)
	}
	if len(rows) == 0 {
		return View{}, ErrOver.New()
	}
	e, err := s.enterprises.Current(ctx, who)
	if err != nil {
		return View{}, err
	}
	return View{ID: who.SessionID, UserID: who.UserID, UserName: who.Name, Account: rows[0].Account, Enterprise: e,
		Matter: rows[0].Matter, SignedInAt: rows[0].CreatedAt, ExpiresAt: rows[0].ExpiresAt, Permissions: permissions}, nil
}

// ChangeMatter changes what the session shows first. Refusal: [ErrMatter].
func (s *Service) ChangeMatter(ctx context.Context, who auth.Actor, m auth.Matter) (View, error) {
	if !knownMatter(m) {
		return View{}, ErrMatter.New().With(ErrMatter.At("/matter"))
	}
	err := s.db.InTx(ctx, func(tx pg.Tx) error {
		return tx.Exec(`UPDATE sessions SET matter = ? WHERE id = ?`, m, who.SessionID).Error
	})
	if err != nil {
		return View{}, fmt.Errorf("change matter: %w", err)
	}
	return s.View(ctx, who)
}

// SignOut ends the session at once and gives the address at which the browser
// signs out at the national login too; from there it returns to /signed-out.
func (s *Service) SignOut(ctx context.Context, who auth.Actor) (string, error) {
	var hints []string
	err := s.db.InTx(ctx, func(tx pg.Tx) error {
		if err := tx.Raw(`SELECT id_token FROM sessions WHERE id = ?`, who.SessionID).Scan(&hints).Error; err != nil {
			return fmt.Errorf("read session: %w", err)
		}
		if err := revokeTx(tx, who.SessionID, "signed out"); err != nil {
			return err
		}
		return audit.RecordTx(tx, audit.Entry{Actor: who, Action: "session.end", SubjectType: "session", SubjectID: who.SessionID.String()})
	})
	if err != nil {
		return "", err
	}
	after := s.publicURL + "/signed-out"
	if len(hints) == 0 {
		return after, nil
	}
	return s.provider.EndSessionURL(ctx, hints[0], after), nil
}

// revokeTx ends a session; one that is over stays as it is.
func revokeTx(tx pg.Tx, id uuid.UUID, why string) error {
	if err := tx.Exec(`UPDATE sessions SET revoked_at = ?, revoked_why = ? WHERE id = ? AND revoked_at IS NULL`,
		tx.Now, why, id).Error; err != nil {
		return fmt.Errorf("revoke session: %w", err)
	}
	return bell.RingTx(tx, Key(id))
}

// Key is the bell's key that rings when the session is ended.
func Key(id uuid.UUID) string { return "session:" + id.String() }

// keepOver is how long a session's row outlives it, so that a late request is
// told that it is over.
const keepOver = 7 * 24 * time.Hour

// Purge deletes sessions that have been over for a week, with their refresh
// tokens, at most 10,000 at a time.
func (s *Service) Purge(ctx context.Context) error {
	return s.db.InTx(ctx, func(tx pg.Tx) error {
		return tx.Exec(`DELETE FROM sessions WHERE id IN
			(SELECT id FROM sessions WHERE expires_at < ? ORDER BY expires_at LIMIT 10000)`, tx.Now.Add(-keepOver)).Error
	})
}

func knownMatter(m auth.Matter) bool { return m == auth.Architects || m == auth.Engineers }
