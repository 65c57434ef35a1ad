package webhook

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/bell"
	"zhuce/internal/outbox"
	"zhuce/internal/pg"
)

// MaxReplay is how many events one replay sends again.
const MaxReplay = 1000

// Test sends a test event at once and gives what came of it. It is tried once, also
// when the webhook is disabled, and is in no feed. [ErrNotFound].
func (s *Service) Test(ctx context.Context, who auth.Actor, id uuid.UUID) (Delivery, error) {
	d := delivery{WebhookID: id, EventID: uuid.Must(uuid.NewV7()), Kind: Test, Lease: uuid.New()}
	event, err := change(ctx, s, who, id, "webhook.test", func(tx pg.Tx, w Webhook) (uuid.UUID, error) {
		d.URL, d.CreatedAt = w.URL, tx.Now
		var secrets []struct{ SecretSealed, OldSecretSealed []byte }
		if err := tx.Raw(`SELECT secret_sealed, CASE WHEN old_secret_until > ? THEN old_secret_sealed END AS old_secret_sealed
			FROM webhooks WHERE id = ?`, tx.Now, id).Scan(&secrets).Error; err != nil {
			return d.EventID, err
		}
		d.SecretSealed, d.OldSecretSealed = secrets[0].SecretSealed, secrets[0].OldSecretSealed
		return d.EventID, tx.Exec(`INSERT INTO webhook_deliveries (webhook_id, event_id, kind, state, due_at, lease, leased_until, created_at)
			VALUES (?, ?, ?, 'pending', ?, ?, ?, ?)`, id, d.EventID, d.Kind, tx.Now, d.Lease, tx.Now.Add(leaseTime), tx.Now).Error
	})
	if err != nil {
		return Delivery{}, err
	}
	if event != d.EventID { // the same key again: what came of the first
		return s.delivery(ctx, id, event)
	}
	r, err := s.send(ctx, d)
	if err != nil {
		return Delivery{}, err
	}
	if err := s.settle(ctx, d, r); err != nil {
		return Delivery{}, err
	}
	return s.delivery(ctx, id, d.EventID)
}

// Resend puts one delivery back to be sent at once, with all its tries before it.
// Refusals: [ErrNotFound], [ErrNoDelivery], [ErrDisabled], [ErrNotReplayable].
func (s *Service) Resend(ctx context.Context, who auth.Actor, id, event uuid.UUID) (Delivery, error) {
	_, err := change(ctx, s, who, id, "webhook.resend", func(tx pg.Tx, w Webhook) (Webhook, error) {
		var found []struct{ Kept bool }
		if err := tx.Raw(`SELECT EXISTS (SELECT FROM outbox o WHERE o.event_id = d.event_id) AS kept FROM webhook_deliveries d
			WHERE d.webhook_id = ? AND d.event_id = ?`, id, event).Scan(&found).Error; err != nil {
			return w, err
		}
		switch {
		case len(found) == 0:
			return w, ErrNoDelivery.New()
		case w.DisabledAt != nil:
			return w, ErrDisabled.New()
		case !found[0].Kept:
			return w, ErrNotReplayable.New()
		}
		if err := tx.Exec(`UPDATE webhook_deliveries SET `+again+` WHERE webhook_id = ? AND event_id = ?`, tx.Now, id, event).Error; err != nil {
			return w, err
		}
		return w, bell.RingTx(tx, Key)
	})
	if err != nil {
		return Delivery{}, err
	}
	return s.delivery(ctx, id, event)
}

// again makes a delivery as if it were new; who is sending it now no longer counts. One moment.
const again = `state = 'pending', tries = 0, due_at = ?, ended_at = NULL, lease = NULL, leased_until = NULL`

// Replayed says how far a replay has come.
type Replayed struct {
	Queued int
	Next   int64 // where the next one begins
	More   bool
}

// Replay puts up to [MaxReplay] events that the client may see back to be sent: those
// after a position, or, with Beginning, those that occurred from since on.
// Refusals: [ErrNotFound], [ErrDisabled], and those of [outbox.Service.Read].
func (s *Service) Replay(ctx context.Context, who auth.Actor, id uuid.UUID, events *outbox.Service, after int64, since time.Time) (out Replayed, err error) {
	if !since.IsZero() {
		if after, err = s.positionAt(ctx, since); err != nil {
			return out, err
		}
	}
	w, err := s.Get(ctx, who, id)
	if err != nil {
		return out, err
	}
	page, err := events.Read(ctx, who, after, outbox.Filter{Kinds: w.Kinds}, MaxReplay)
	if err != nil {
		return out, err
	}
	var ids []uuid.UUID
	for _, e := range page.Items {
		if !e.OccurredAt.Before(since) {
			ids = append(ids, e.EventID)
		}
	}
	return change(ctx, s, who, id, "webhook.replay", func(tx pg.Tx, w Webhook) (Replayed, error) {
		if w.DisabledAt != nil {
			return Replayed{}, ErrDisabled.New()
		}
		if err := tx.Exec(`INSERT INTO webhook_deliveries (webhook_id, event_id, position, kind, state, due_at, created_at)
			SELECT ?, o.event_id, o.position, o.kind, 'pending', ?::timestamptz, ? FROM outbox o WHERE o.event_id = ANY(?::uuid[])
			ON CONFLICT ON CONSTRAINT webhook_deliveries_are_made_once DO UPDATE SET `+again, id, tx.Now, tx.Now, pg.UUIDs(ids), tx.Now).Error; err != nil {
			return Replayed{}, fmt.Errorf("webhook: replay: %w", err)
		}
		return Replayed{len(ids), page.Next, page.More()}, bell.RingTx(tx, Key)
	})
}

// slack is more than any transaction is open: an event may stand before one that occurred earlier by so much.
const slack = 10 * time.Minute

// positionAt is a position before all events that occurred from the moment on.
func (s *Service) positionAt(ctx context.Context, since time.Time) (int64, error) {
	var at []int64
	err := s.db.Read(ctx).Raw(`SELECT position - 1 FROM outbox WHERE occurred_at >= ? AND position IS NOT NULL ORDER BY occurred_at, position LIMIT 1`, since.Add(-slack)).Scan(&at).Error
	if err != nil {
		return 0, fmt.Errorf("webhook: find a moment: %w", err)
	}
	if len(at) == 0 { // nothing since: where the numbering is
		return s.latest(ctx)
	}
	return at[0], nil
}

func (s *Service) latest(ctx context.Context) (at int64, err error) {
	if err := s.db.Read(ctx).Raw(`SELECT latest FROM outbox_head`).Scan(&at).Error; err != nil {
		return 0, fmt.Errorf("webhook: find the end: %w", err)
	}
	return at, nil
}

// Purge forgets deliveries that are older than events are kept.
func (s *Service) Purge(ctx context.Context, keep time.Duration) error {
	for {
		gone := s.db.Read(ctx).Exec(`DELETE FROM webhook_deliveries WHERE (webhook_id, event_id) IN
			(SELECT webhook_id, event_id FROM webhook_deliveries WHERE created_at < ? LIMIT 1000)`, s.db.Now().Add(-keep))
		if gone.Error != nil {
			return fmt.Errorf("webhook: purge: %w", gone.Error)
		}
		if gone.RowsAffected < 1000 {
			return nil
		}
	}
}
