package warning

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"zhuce/internal/audit"
	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/idempotency"
	"zhuce/internal/pg"
	"zhuce/internal/pii"
	"zhuce/internal/workday"
)

// The refusals.
var (
	// ErrNoFeed: the enterprise has no calendar address to revoke.
	ErrNoFeed = errs.Define(errs.NotFound, "warning.no_calendar_feed", "本企业没有日历订阅地址", "There is no calendar address")
	// ErrNoCalendar: the address was never given, or was revoked. Which of them is not said.
	ErrNoCalendar = errs.Define(errs.NotFound, "warning.no_calendar", "日历订阅地址不存在或已失效", "There is no such calendar address, or it was revoked")
)

// eventsMax bounds the calendar; those that end first are kept.
const eventsMax = 10_000

// Feed is the calendar address of an enterprise, without its secret.
type Feed struct {
	Language  string
	CreatedAt time.Time
	CreatedBy string
}

// Feed says whether the enterprise has a calendar address; nil for none.
func (s *Service) Feed(ctx context.Context, who auth.Actor) (*Feed, error) {
	var rows []Feed
	if err := s.db.Read(ctx).Raw(`SELECT language, created_at, created_by FROM calendar_feeds WHERE enterprise_id = ?`, who.EnterpriseID).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read calendar feed: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return &rows[0], nil
}

// made is what is remembered of a new address under an idempotency key: the
// secret never in clear.
type made struct {
	Feed
	Sealed []byte
}

// MakeFeed makes a new secret address, whose texts are in the language; the one
// before ends at once. The secret is given here alone, and again to the same
// request under the same idempotency key.
func (s *Service) MakeFeed(ctx context.Context, who auth.Actor, language string) (Feed, string, error) {
	seal := "calendar-feed:" + who.EnterpriseID.String()
	m, err := idempotency.Once(ctx, s.db, func(tx pg.Tx) (made, error) {
		secret := pii.NewSecret()
		hash := sha256.Sum256(secret)
		sealed, err := s.vault.Seal(seal, secret)
		if err != nil {
			return made{}, err
		}
		if err := tx.Exec(`INSERT INTO calendar_feeds (enterprise_id, secret_hash, language, created_at, created_by) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (enterprise_id) DO UPDATE SET secret_hash = excluded.secret_hash, language = excluded.language,
				created_at = excluded.created_at, created_by = excluded.created_by`,
			who.EnterpriseID, hash[:], language, tx.Now, who.Name).Error; err != nil {
			return made{}, fmt.Errorf("make calendar feed: %w", err)
		}
		return made{Feed{language, tx.Now, who.Name}, sealed}, audit.RecordTx(tx, audit.Entry{Actor: who, Action: "calendar_feed.make",
			SubjectType: "enterprise", SubjectID: who.EnterpriseID.String()})
	})
	if err != nil {
		return Feed{}, "", err
	}
	var secret []byte
	err = s.vault.Open(seal, m.Sealed, &secret)
	return m.Feed, base64.RawURLEncoding.EncodeToString(secret), err
}

// RevokeFeed ends the address, once under an idempotency key. [ErrNoFeed] when
// there is none.
func (s *Service) RevokeFeed(ctx context.Context, who auth.Actor) error {
	_, err := idempotency.Once(ctx, s.db, func(tx pg.Tx) (struct{}, error) {
		done := tx.Exec(`DELETE FROM calendar_feeds WHERE enterprise_id = ?`, who.EnterpriseID)
		if done.Error != nil {
			return struct{}{}, fmt.Errorf("revoke calendar feed: %w", done.Error)
		}
		if done.RowsAffected == 0 {
			return struct{}{}, ErrNoFeed.New()
		}
		return struct{}{}, audit.RecordTx(tx, audit.Entry{Actor: who, Action: "calendar_feed.revoke", SubjectType: "enterprise", SubjectID: who.EnterpriseID.String()})
	})
	return err
}

// Calendar writes the calendar behind a secret: every live registration, those
// beyond the horizon too, so that a calendar's own alarms have time.
// [ErrNoCalendar] for a secret that opens none.
func (s *Service) Calendar(ctx context.Context, secret string) ([]byte, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(secret)
	if err != nil || len(raw) != sha256.Size {
		return nil, ErrNoCalendar.New()
	}
	hash := sha256.Sum256(raw)
	var owner []struct{ EnterpriseID, Name, Language string }
	if err := s.db.Read(ctx).Raw(`SELECT f.enterprise_id, e.name, f.language FROM calendar_feeds f JOIN enterprises e ON e.id = f.enterprise_id
		WHERE f.secret_hash = ?`, hash[:]).Scan(&owner).Error; err != nil {
		return nil, fmt.Errorf("find calendar: %w", err)
	}
	if len(owner) == 0 {
		return nil, ErrNoCalendar.New()
	}
	day := workday.Day(s.db.Now())
	list, _, err := s.scan(s.db.Read(ctx).Raw(`SELECT `+columns+`, 0 FROM `+source+` WHERE enterprise_id = ? AND status = 'valid' AND valid_until >= ?
		ORDER BY valid_until, id LIMIT ?`, owner[0].EnterpriseID, after(day, -s.horizon.KeepExpired), eventsMax), day)
	if err != nil {
		return nil, fmt.Errorf("read calendar: %w", err)
	}
	return s.calendar(owner[0].Name, owner[0].Language, list)
}
