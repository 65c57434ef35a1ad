package webhook

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/outbox"
	"zhuce/internal/pg"
)

// pauses are the times between the tries of a delivery: the first is made at once,
// the last some 18 hours later.
var pauses = []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour}

// failingLimit is how long a webhook may fail and nothing else before it is disabled:
// a receiver that broke on a Friday before a long holiday is still there after it.
const failingLimit = 5 * 24 * time.Hour

// jitter spreads the tries of what failed together: a tenth more or less.
func jitter(d time.Duration) time.Duration {
	return d - d/10 + rand.N(d/5+1)
}

// after says what becomes of a delivery when it was tried for the so-manieth time.
func after(failure Failure, tries int) (State, time.Duration) {
	switch {
	case failure == "":
		return Delivered, 0
	case failure == FailGone, tries > len(pauses):
		return Failed, 0
	default:
		return Pending, pauses[tries-1]
	}
}

// settle writes down what came of an attempt, if the lease was not lost meanwhile.
func (s *Service) settle(ctx context.Context, d delivery, r result) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second) // it was sent, whoever leaves
	defer cancel()
	test := d.Position == nil
	err := s.db.InTx(ctx, func(tx pg.Tx) error {
		state, pause := after(r.failure, d.Tries+1)
		if test && state == Pending {
			state = Failed
		}
		var next *time.Time
		if state == Pending {
			at := r.at.Add(jitter(pause))
			next = &at
		}
		// The webhook before its deliveries, as everybody else: one that is disabled takes all of them.
		if _, err := one(tx, `SELECT `+columns+` FROM webhooks WHERE id = ? FOR NO KEY UPDATE`, d.WebhookID); err != nil {
			if ErrNotFound.Is(err) {
				return nil // deleted meanwhile
			}
			return err
		}
		ours := tx.Exec(`UPDATE webhook_deliveries SET state = ?, tries = tries + 1, due_at = ?, lease = NULL, leased_until = NULL,
				ended_at = CASE WHEN ? = 'pending' THEN NULL ELSE ?::timestamptz END
			WHERE webhook_id = ? AND event_id = ? AND lease = ?`, state, next, state, tx.Now, d.WebhookID, d.EventID, d.Lease)
		if ours.Error != nil || ours.RowsAffected == 0 {
			return ours.Error
		}
		if err := tx.Exec(`INSERT INTO webhook_attempts (webhook_id, event_id, number, at, took_ms, status, failure, answer)
			SELECT ?, ?, 1 + count(*), ?, ?, ?, NULLIF(?, ''), ? FROM webhook_attempts WHERE webhook_id = ? AND event_id = ?`,
			d.WebhookID, d.EventID, r.at, r.took.Milliseconds(), r.status, r.failure, r.answer, d.WebhookID, d.EventID).Error; err != nil {
			return err
		}
		return s.health(tx, d.WebhookID, r, test)
	})
	if err != nil {
		return fmt.Errorf("webhook: settle: %w", err)
	}
	s.count(string(r.failure))
	return nil
}

// health keeps since when a webhook fails, and disables one that is gone or has
// failed for too long. A test says nothing but that it is gone.
func (s *Service) health(tx pg.Tx, id uuid.UUID, r result, test bool) error {
	switch {
	case r.failure == FailGone:
		return disable(tx, id, Gone)
	case test:
		return nil
	case r.failure == "":
		return tx.Exec(`UPDATE webhooks SET failing_since = NULL, last_success_at = ? WHERE id = ?
			AND (failing_since IS NOT NULL OR last_success_at IS NULL OR last_success_at < ?)`, r.at, id, r.at.Add(-time.Minute)).Error
	}
	var since []time.Time
	if err := tx.Raw(`UPDATE webhooks SET failing_since = COALESCE(failing_since, ?) WHERE id = ? RETURNING failing_since`, r.at, id).Scan(&since).Error; err != nil {
		return err
	}
	if len(since) == 1 && r.at.Sub(since[0]) >= failingLimit {
		return disable(tx, id, Failing)
	}
	return nil
}

// disable ends the sending to a webhook, and tells its client in the feed.
func disable(tx pg.Tx, id uuid.UUID, why Reason) error {
	var clients []uuid.UUID
	err := tx.Raw(`UPDATE webhooks SET disabled_at = ?, disabled_why = ?, version = version + 1, updated_at = ?
		WHERE id = ? AND disabled_at IS NULL RETURNING client_id`, tx.Now, why, tx.Now, id).Scan(&clients).Error
	if err != nil || len(clients) == 0 {
		return err
	}
	if err := tx.Exec(`UPDATE webhook_deliveries SET state = 'cancelled', due_at = NULL, ended_at = ?, lease = NULL, leased_until = NULL
		WHERE webhook_id = ? AND state = 'pending'`, tx.Now, id).Error; err != nil {
		return err
	}
	if err := outbox.PutTx(tx, []outbox.Event{{Def: eventDisabled, SubjectType: "webhook", SubjectID: id, ClientID: clients[0],
		Data: map[string]any{"reason": why}}}); err != nil {
		return err
	}
	return record(tx, auth.Actor{Party: auth.System, Name: "webhooks"}, "webhook.disable", id)
}

// drop ends a delivery that is no longer meant for the client, or whose event is no longer kept.
func (s *Service) drop(ctx context.Context, d delivery) error {
	return s.db.Read(ctx).Exec(`UPDATE webhook_deliveries SET state = 'cancelled', due_at = NULL, ended_at = ?, lease = NULL, leased_until = NULL
		WHERE webhook_id = ? AND event_id = ? AND lease = ?`, s.db.Now(), d.WebhookID, d.EventID, d.Lease).Error
}
