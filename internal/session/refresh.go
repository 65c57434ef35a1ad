package session

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"zhuce/internal/audit"
	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/pg"
	"zhuce/internal/token"
)

// Refusals of a refresh.
var (
	ErrNone    = errs.Define(errs.Unauthenticated, "session.none", "尚未登录", "Not signed in")
	ErrExpired = errs.Define(errs.Unauthenticated, "session.expired", "登录已过期，请重新登录", "The session is over; sign in again")
	ErrReused  = errs.Define(errs.Unauthenticated, "session.reused",
		"登录凭证被重复使用，为安全起见已退出登录，请重新登录", "A sign-in credential was used twice; for safety the session was ended, sign in again")
	ErrRevoked = errs.Define(errs.Unauthenticated, "session.revoked", "登录已被终止，请重新登录", "The session was ended; sign in again")
)

// grace is how long a refresh token that was just used works once more. Two tabs
// that wake up together send the same cookie, and an answer can get lost on its
// way; neither may sign a person out. Who steals a token and is faster than that
// is caught at the next refresh, when one of the two successors comes too late.
const grace = 10 * time.Second

// Refreshed is a new pair of tokens.
type Refreshed struct {
	AccessToken    string
	AccessExpires  time.Time
	RefreshToken   string
	RefreshExpires time.Time
}

// Refresh trades a refresh token for a new pair. A token works once; using it
// again ends the session, except within [grace] and before any successor was
// used. Refusals: [ErrNone], [ErrExpired], [ErrReused], [ErrRevoked].
func (s *Service) Refresh(ctx context.Context, refreshToken string) (Refreshed, error) {
	if refreshToken == "" {
		return Refreshed{}, ErrNone.New()
	}
	var (
		out    Refreshed
		claims token.Claims
		reused bool
	)
	err := s.db.InTx(ctx, func(tx pg.Tx) error {
		hash := sha256.Sum256([]byte(refreshToken))
		held, err := lock(tx, hash[:])
		if err != nil {
			return err
		}
		switch {
		case held.RevokedAt != nil:
			return ErrRevoked.New()
		case !tx.Now.Before(held.ExpiresAt): // which is never after the session's own end
			return ErrExpired.New()
		}
		if reused = held.UsedAt != nil && (held.Superseded || tx.Now.Sub(*held.UsedAt) > grace); reused {
			return s.endReusedTx(tx, held) // kept: the refusal follows after the commit
		}
		if held.UsedAt == nil {
			// With this token all others that are out become old: after a grace there
			// may be two, and the browser keeps one.
			if err := tx.Exec(`UPDATE refresh_tokens SET used_at = ? WHERE session_id = ? AND used_at IS NULL`, tx.Now, held.SessionID).Error; err != nil {
				return fmt.Errorf("use refresh token: %w", err)
			}
		}
		out.RefreshToken, out.RefreshExpires, err = s.grantTx(tx, held.SessionID, held.SessionExpires)
		claims = token.Claims{RegisteredClaims: jwt.RegisteredClaims{Subject: held.UserID.String()},
			SessionID: held.SessionID.String(), EnterpriseID: held.EnterpriseID.String(), Role: token.RoleEnterprise}
		return err
	})
	if err != nil {
		return Refreshed{}, err
	}
	if reused {
		return Refreshed{}, ErrReused.New()
	}
	out.AccessToken, out.AccessExpires, err = s.tokens.Issue(claims)
	return out, err
}

// heldToken is a refresh token with its session.
type heldToken struct {
	SessionID, EnterpriseID, UserID uuid.UUID
	UserName                        string
	ExpiresAt, SessionExpires       time.Time
	RevokedAt, UsedAt               *time.Time
	Superseded                      bool // a later token of the session was used
}

// lock finds the token and keeps others from refreshing the same session. The
// token is read only after the session is held: read before, it would be as it
// was before the other's refresh. Refusal: [ErrNone].
func lock(tx pg.Tx, hash []byte) (heldToken, error) {
	var held []string
	if err := tx.Raw(`SELECT s.id::text FROM sessions s WHERE s.id = (SELECT session_id FROM refresh_tokens WHERE hash = ?) FOR UPDATE`,
		hash).Scan(&held).Error; err != nil {
		return heldToken{}, fmt.Errorf("lock session: %w", err)
	}
	if len(held) == 0 {
		return heldToken{}, ErrNone.New()
	}
	var rows []heldToken
	if err := tx.Raw(`SELECT t.session_id, s.enterprise_id, s.user_id, s.user_name, t.expires_at, s.expires_at AS session_expires,
			s.revoked_at, t.used_at,
			EXISTS (SELECT 1 FROM refresh_tokens l WHERE l.session_id = t.session_id AND l.used_at > t.used_at) AS superseded
		FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id WHERE t.hash = ?`, hash).Scan(&rows).Error; err != nil {
		return heldToken{}, fmt.Errorf("read refresh token: %w", err)
	}
	if len(rows) == 0 {
		return heldToken{}, ErrNone.New()
	}
	return rows[0], nil
}

// grantTx makes a refresh token. It lasts for the idle time: who does not come
// back to refresh within it has left. It never outlasts the session.
func (s *Service) grantTx(tx pg.Tx, session uuid.UUID, sessionExpires time.Time) (string, time.Time, error) {
	fresh, expires := random(), tx.Now.Add(s.idle)
	if sessionExpires.Before(expires) {
		expires = sessionExpires
	}
	hash := sha256.Sum256([]byte(fresh))
	// The hash is not first: gorm takes bytes behind a parenthesis for a list.
	if err := tx.Exec(`INSERT INTO refresh_tokens (session_id, hash, created_at, expires_at) VALUES (?, ?, ?, ?)`,
		session, hash[:], tx.Now, expires).Error; err != nil {
		return "", time.Time{}, fmt.Errorf("write refresh token: %w", err)
	}
	return fresh, expires, nil
}

func (s *Service) endReusedTx(tx pg.Tx, held heldToken) error {
	if err := revokeTx(tx, held.SessionID, "refresh token used twice"); err != nil {
		return err
	}
	who := auth.Actor{Party: auth.Enterprise, EnterpriseID: held.EnterpriseID, UserID: held.UserID, Name: held.UserName, SessionID: held.SessionID}
	return audit.RecordTx(tx, audit.Entry{Actor: who, Action: "session.reused", SubjectType: "session", SubjectID: held.SessionID.String()})
}
