package webhook

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/audit"
	"zhuce/internal/auth"
	"zhuce/internal/idempotency"
	"zhuce/internal/outbound"
	"zhuce/internal/pg"
)

const (
	// maxWebhooks is how many one client may have.
	maxWebhooks = 20
	// overlap is how long the secret before signs beside the new one.
	overlap = 24 * time.Hour
)

const columns = `id, client_id, url, description, array_to_string(kinds, ' ') AS kind_list, secret_made_at, old_secret_until,
	disabled_at, COALESCE(disabled_why, '') AS disabled_why, failing_since, last_success_at, version, created_at, updated_at`

// row is a webhook as it comes from the database. Arrays are read as text: a blank stands in no kind.
type row struct {
	Webhook
	KindList string
}

func (r row) webhook(now time.Time) Webhook {
	w := r.Webhook
	w.Kinds = strings.Fields(r.KindList)
	if w.OldSecretUntil != nil && !w.OldSecretUntil.After(now) {
		w.OldSecretUntil = nil
	}
	return w
}

// sealed is a webhook with its secret on the way out: the answer to a write is
// remembered under its idempotency key, and the secret must not lie there in the open.
type sealed struct {
	Webhook
	Secret []byte
}

// Create makes a webhook and gives its secret, which is shown this once.
// Refusals: [ErrURL] with the reason, [ErrTooMany].
func (s *Service) Create(ctx context.Context, who auth.Actor, set Settings) (Webhook, string, error) {
	if err := s.checkURL(ctx, set.URL); err != nil {
		return Webhook{}, "", err
	}
	return s.shown(idempotency.Once(ctx, s.db, func(tx pg.Tx) (sealed, error) {
		id := uuid.Must(uuid.NewV7())
		secret, err := s.seal(id, newSecret())
		if err != nil {
			return sealed{}, err
		}
		if err := tx.Exec(`SELECT 1 FROM machine_clients WHERE id = ? FOR NO KEY UPDATE`, who.ClientID).Error; err != nil { // so that two at once are counted
			return sealed{}, fmt.Errorf("webhook: hold the client: %w", err)
		}
		var have int
		if err := tx.Raw(`SELECT count(*) FROM webhooks WHERE client_id = ?`, who.ClientID).Scan(&have).Error; err != nil {
			return sealed{}, fmt.Errorf("webhook: count: %w", err)
		}
		if have >= maxWebhooks {
			return sealed{}, ErrTooMany.New("limit", maxWebhooks)
		}
		w, err := one(tx, `INSERT INTO webhooks (id, client_id, url, description, kinds, secret_sealed, secret_made_at, version, created_at, updated_at)
			VALUES (?, ?, ?, ?, ?::text[], ?, ?, 1, ?, ?) RETURNING `+columns, id, who.ClientID, set.URL, set.Description, pg.Texts(set.Kinds), secret, tx.Now, tx.Now, tx.Now)
		if err != nil {
			return sealed{}, err
		}
		return sealed{w, secret}, record(tx, who, "webhook.create", id)
	}))
}

// List gives the caller's webhooks, the oldest first.
func (s *Service) List(ctx context.Context, who auth.Actor) ([]Webhook, error) {
	return s.read(ctx, `client_id = ? ORDER BY created_at, id`, who.ClientID)
}

// Get gives one. [ErrNotFound].
func (s *Service) Get(ctx context.Context, who auth.Actor, id uuid.UUID) (Webhook, error) {
	found, err := s.read(ctx, `client_id = ? AND id = ?`, who.ClientID, id)
	if err == nil && len(found) == 0 {
		err = ErrNotFound.New()
	}
	if err != nil {
		return Webhook{}, err
	}
	return found[0], nil
}

func (s *Service) read(ctx context.Context, where string, args ...any) ([]Webhook, error) {
	var rows []row
	if err := s.db.Read(ctx).Raw(`SELECT `+columns+` FROM webhooks WHERE `+where, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("webhook: read: %w", err)
	}
	out := make([]Webhook, len(rows))
	for i, r := range rows {
		out[i] = r.webhook(s.db.Now())
	}
	return out, nil
}

// Update changes what the client chose, over the version that it saw.
// Refusals: [ErrURL], [ErrNotFound], [ErrStale].
func (s *Service) Update(ctx context.Context, who auth.Actor, id uuid.UUID, seen int, set Settings) (Webhook, error) {
	if err := s.checkURL(ctx, set.URL); err != nil {
		return Webhook{}, err
	}
	return change(ctx, s, who, id, "webhook.update", func(tx pg.Tx, w Webhook) (Webhook, error) {
		if w.Version != seen {
			return Webhook{}, ErrStale.New()
		}
		return one(tx, `UPDATE webhooks SET url = ?, description = ?, kinds = ?::text[], version = version + 1, updated_at = ? WHERE id = ? RETURNING `+columns,
			set.URL, set.Description, pg.Texts(set.Kinds), tx.Now, id)
	})
}

// Enable lets a disabled webhook have events again. What came meanwhile is not sent
// by itself: see [Service.Replay]. [ErrNotFound].
func (s *Service) Enable(ctx context.Context, who auth.Actor, id uuid.UUID) (Webhook, error) {
	return change(ctx, s, who, id, "webhook.enable", func(tx pg.Tx, w Webhook) (Webhook, error) {
		if w.DisabledAt == nil {
			return w, nil
		}
		return one(tx, `UPDATE webhooks SET disabled_at = NULL, disabled_why = NULL, failing_since = NULL, version = version + 1, updated_at = ?
			WHERE id = ? RETURNING `+columns, tx.Now, id)
	})
}

// Delete removes a webhook with its log. [ErrNotFound].
func (s *Service) Delete(ctx context.Context, who auth.Actor, id uuid.UUID) error {
	_, err := change(ctx, s, who, id, "webhook.delete", func(tx pg.Tx, w Webhook) (Webhook, error) {
		return w, tx.Exec(`DELETE FROM webhooks WHERE id = ?`, id).Error
	})
	return err
}

// RotateSecret gives a new secret, shown this once; the one before signs beside it
// for a day, one before that no more. [ErrNotFound].
func (s *Service) RotateSecret(ctx context.Context, who auth.Actor, id uuid.UUID) (Webhook, string, error) {
	return s.shown(idempotency.Once(ctx, s.db, func(tx pg.Tx) (sealed, error) {
		secret, err := s.seal(id, newSecret())
		if err != nil {
			return sealed{}, err
		}
		w, err := one(tx, `UPDATE webhooks SET old_secret_sealed = secret_sealed, old_secret_until = ?, secret_sealed = ?, secret_made_at = ?,
				version = version + 1, updated_at = ?
			WHERE client_id = ? AND id = ? RETURNING `+columns, tx.Now.Add(overlap), secret, tx.Now, tx.Now, who.ClientID, id)
		if err != nil {
			return sealed{}, err
		}
		return sealed{w, secret}, record(tx, who, "webhook.rotate_secret", id)
	}))
}

// change is one act upon a webhook of the caller's, with its line in the audit log; done once a key.
func change[T any](ctx context.Context, s *Service, who auth.Actor, id uuid.UUID, action string, do func(pg.Tx, Webhook) (T, error)) (T, error) {
	return idempotency.Once(ctx, s.db, func(tx pg.Tx) (after T, err error) {
		w, err := hold(tx, who, id)
		if err != nil {
			return after, err
		}
		if after, err = do(tx, w); err != nil {
			return after, err
		}
		return after, record(tx, who, action, id)
	})
}

// hold locks a webhook of the caller's. [ErrNotFound].
func hold(tx pg.Tx, who auth.Actor, id uuid.UUID) (Webhook, error) {
	return one(tx, `SELECT `+columns+` FROM webhooks WHERE client_id = ? AND id = ? FOR NO KEY UPDATE`, who.ClientID, id)
}

func one(tx pg.Tx, query string, args ...any) (Webhook, error) {
	var rows []row
	if err := tx.Raw(query, args...).Scan(&rows).Error; err != nil {
		return Webhook{}, fmt.Errorf("webhook: %w", err)
	}
	if len(rows) == 0 {
		return Webhook{}, ErrNotFound.New()
	}
	return rows[0].webhook(tx.Now), nil
}

func (s *Service) shown(k sealed, err error) (Webhook, string, error) {
	if err != nil {
		return Webhook{}, "", err
	}
	secret, err := s.open(k.ID, k.Secret)
	return k.Webhook, secret, err
}

func (s *Service) checkURL(ctx context.Context, address string) error {
	_, err := s.guard.Check(ctx, address)
	if err == nil {
		return nil
	}
	r := outbound.Refused(err)
	if r == nil {
		return err
	}
	return ErrURL.New().With(refusals[r.Why].At("/url", "what", r.What))
}

func record(tx pg.Tx, who auth.Actor, action string, id uuid.UUID) error {
	return audit.RecordTx(tx, audit.Entry{Actor: who, Action: action, SubjectType: "webhook", SubjectID: id.String()})
}
