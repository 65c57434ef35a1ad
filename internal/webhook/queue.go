package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/bell"
	"zhuce/internal/outbox"
	"zhuce/internal/pg"
)

// Key is the bell's key that rings when there is something to send.
const Key = "webhooks"

const (
	// perWebhook is how many deliveries of one webhook are under way at once, over all
	// instances; one while it fails. A slow receiver holds up itself alone.
	perWebhook = 4
	// leaseTime is longer than any attempt takes: what is not settled by then was
	// left behind by an instance that died, and is sent again.
	leaseTime = time.Minute
)

// gets is the condition that the webhook w of the client c gets the event o; one moment.
const gets = outbox.ClientSees + ` AND c.disabled_at IS NULL AND '` + auth.ScopeEvents + `' = ANY(c.scopes) AND (w.kinds = '{}' OR o.kind = ANY(w.kinds))`

// FanOutTx makes the deliveries of the events from first to last, in the transaction
// that numbers them.
func (s *Service) FanOutTx(tx pg.Tx, first, last int64) error {
	err := tx.Exec(`WITH made AS (
			INSERT INTO webhook_deliveries (webhook_id, event_id, position, kind, state, due_at, created_at)
			SELECT w.id, o.event_id, o.position, o.kind, 'pending', ?::timestamptz, ?
			FROM outbox o JOIN webhooks w ON w.disabled_at IS NULL JOIN machine_clients c ON c.id = w.client_id
			WHERE o.position BETWEEN ? AND ? AND `+gets+`
			ON CONFLICT ON CONSTRAINT webhook_deliveries_are_made_once DO NOTHING RETURNING 1)
		SELECT pg_notify(?, ?) WHERE EXISTS (SELECT FROM made)`, tx.Now, tx.Now, first, last, tx.Now, bell.Channel, Key).Error
	if err != nil {
		return fmt.Errorf("webhook: make deliveries: %w", err)
	}
	return nil
}

// delivery is one event on its way to one webhook.
type delivery struct {
	WebhookID uuid.UUID
	EventID   uuid.UUID
	Position  *int64
	Kind      string
	Tries     int
	Lease     uuid.UUID
	CreatedAt time.Time

	URL             string
	SecretSealed    []byte
	OldSecretSealed []byte

	// Of the event; a test has none.
	SubjectType  string
	SubjectID    *uuid.UUID
	EnterpriseID *uuid.UUID
	CreditCode   string
	OccurredAt   *time.Time
	Data         json.RawMessage
	// Meant is false when the client may no longer see the event, or no longer has it sent.
	Meant bool
}

// claim takes deliveries that are due, of so many webhooks at most. Two instances
// never take one twice, and never more of one webhook together than it may have.
func (s *Service) claim(ctx context.Context, webhooks int) (out []delivery, err error) {
	lease := uuid.New()
	err = s.db.InTx(ctx, func(tx pg.Tx) error {
		var ids []uuid.UUID
		err := tx.Raw(`SELECT w.id FROM webhooks w JOIN machine_clients c ON c.id = w.client_id AND c.disabled_at IS NULL
			WHERE w.disabled_at IS NULL AND EXISTS (SELECT FROM webhook_deliveries d WHERE d.webhook_id = w.id AND `+due+`)
				AND `+free+` > 0
			ORDER BY random() LIMIT ? FOR NO KEY UPDATE OF w SKIP LOCKED`, tx.Now, tx.Now, perWebhook, tx.Now, webhooks).Scan(&ids).Error
		if err != nil || len(ids) == 0 {
			return err
		}
		// A statement of its own: it must count what whoever held these webhooks before has taken.
		return tx.Raw(`WITH taken AS (
				UPDATE webhook_deliveries t SET lease = ?, leased_until = ?
				FROM webhooks w CROSS JOIN LATERAL (
					SELECT d.event_id FROM webhook_deliveries d WHERE d.webhook_id = w.id AND `+due+`
					ORDER BY d.due_at, d.position LIMIT GREATEST(`+free+`, 0)) d
				WHERE w.id = ANY(?::uuid[]) AND t.webhook_id = w.id AND t.event_id = d.event_id
				RETURNING t.*)
			SELECT t.webhook_id, t.event_id, t.position, t.kind, t.tries, t.lease, t.created_at, w.url, w.secret_sealed,
				CASE WHEN w.old_secret_until > ? THEN w.old_secret_sealed END AS old_secret_sealed,
				COALESCE(o.subject_type, '') AS subject_type, o.subject_id, o.enterprise_id, COALESCE(en.credit_code, '') AS credit_code, o.occurred_at, o.data,
				COALESCE(`+gets+`, false) AS meant
			FROM taken t JOIN webhooks w ON w.id = t.webhook_id JOIN machine_clients c ON c.id = w.client_id
				LEFT JOIN outbox o ON o.event_id = t.event_id LEFT JOIN enterprises en ON en.id = o.enterprise_id
			ORDER BY t.position`, lease, tx.Now.Add(leaseTime), tx.Now, tx.Now, perWebhook, tx.Now, pg.UUIDs(ids), tx.Now, tx.Now).Scan(&out).Error
	})
	if err != nil {
		return nil, fmt.Errorf("webhook: claim: %w", err)
	}
	return out, nil
}

const (
	// due: the delivery d waits for an attempt, and nobody is at it. Two moments.
	due = `d.state = 'pending' AND d.due_at <= ? AND (d.leased_until IS NULL OR d.leased_until <= ?)`
	// free is how many more deliveries the webhook w may have under way.
	free = `CASE WHEN w.failing_since IS NULL THEN ?::int ELSE 1 END - (SELECT count(*) FROM webhook_deliveries b
		WHERE b.webhook_id = w.id AND b.state = 'pending' AND b.leased_until > ?)`
)

// release gives back what was claimed and not tried: the next to come takes it up.
func (s *Service) release(ctx context.Context, d delivery) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return s.db.Read(ctx).Exec(`UPDATE webhook_deliveries SET lease = NULL, leased_until = NULL WHERE webhook_id = ? AND event_id = ? AND lease = ?`,
		d.WebhookID, d.EventID, d.Lease).Error
}
