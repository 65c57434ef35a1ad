package webhook

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/keyset"
	"zhuce/internal/pg"
)

// Attempt is one try of a delivery.
type Attempt struct {
	Number  int
	At      time.Time
	TookMs  int
	Status  *int    // what the receiver answered, if it did
	Failure Failure // "" for success
	Answer  string  // its beginning
}

// Delivery is one event on its way to one webhook; its id is the event's, and the webhook-id of every try.
type Delivery struct {
	ID        uuid.UUID
	Position  *int64 // nil for a test
	Kind      string
	State     State
	DueAt     *time.Time // when it is tried next
	CreatedAt time.Time
	EndedAt   *time.Time
	Attempts  []Attempt `gorm:"-"` // the last ten, the oldest first
}

// shownAttempts bounds what is shown of one delivery.
const shownAttempts = 10

// DeliveryPage is one page of the log, newest first.
type DeliveryPage struct {
	Items      []Delivery
	NextCursor string // "" on the last page
}

const deliveryColumns = `event_id AS id, position, kind, state, due_at, created_at, ended_at`

var logOrder = keyset.Orders[Delivery]{"-created_at": {Expr: "created_at", Cast: "timestamptz", Key: func(d Delivery) string { return keyset.Stamp(d.CreatedAt) }, Desc: true}}

// Deliveries is the log of a webhook; no states means all. [ErrNotFound];
// keyset.ErrCursor for a cursor that is none of ours.
func (s *Service) Deliveries(ctx context.Context, who auth.Actor, id uuid.UUID, states []State, after string, limit int) (DeliveryPage, error) {
	seek, err := logOrder.Seek("-created_at", after)
	if err != nil {
		return DeliveryPage{}, err
	}
	if _, err := s.Get(ctx, who, id); err != nil {
		return DeliveryPage{}, err
	}
	if len(states) == 0 {
		states = []State{Pending, Delivered, Failed, Cancelled}
	}
	cond, args := seek.Where()
	var list []Delivery
	err = s.db.Read(ctx).Raw(`SELECT * FROM (SELECT `+deliveryColumns+` FROM webhook_deliveries WHERE webhook_id = ? AND state = ANY(?::text[])) d WHERE true`+cond+seek.OrderBy()+` LIMIT ?`,
		slices.Concat([]any{id, pg.Texts(states)}, args, []any{limit + 1})...).Scan(&list).Error
	if err != nil {
		return DeliveryPage{}, fmt.Errorf("webhook: read the log: %w", err)
	}
	var p DeliveryPage
	p.Items, p.NextCursor = seek.Cut(list, limit, func(d Delivery) uuid.UUID { return d.ID })
	return p, s.attempts(ctx, id, p.Items)
}

// attempts fills in the tries of the deliveries, with one statement.
func (s *Service) attempts(ctx context.Context, webhook uuid.UUID, list []Delivery) error {
	ids := make([]uuid.UUID, len(list))
	at := map[uuid.UUID]int{}
	for i, d := range list {
		ids[i], at[d.ID] = d.ID, i
	}
	var rows []struct {
		EventID uuid.UUID
		Attempt `gorm:"embedded"`
	}
	err := s.db.Read(ctx).Raw(`SELECT a.* FROM unnest(?::uuid[]) AS d(id) CROSS JOIN LATERAL (
			SELECT event_id, number, at, took_ms, status, COALESCE(failure, '') AS failure, answer FROM webhook_attempts
			WHERE webhook_id = ? AND event_id = d.id ORDER BY number DESC LIMIT ?) a
		ORDER BY a.event_id, a.number`, pg.UUIDs(ids), webhook, shownAttempts).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("webhook: read attempts: %w", err)
	}
	for _, r := range rows {
		d := &list[at[r.EventID]]
		d.Attempts = append(d.Attempts, r.Attempt)
	}
	return nil
}

// delivery gives one of the webhook's, which is the caller's. [ErrNoDelivery].
func (s *Service) delivery(ctx context.Context, webhook, id uuid.UUID) (Delivery, error) {
	var list []Delivery
	if err := s.db.Read(ctx).Raw(`SELECT `+deliveryColumns+` FROM webhook_deliveries WHERE webhook_id = ? AND event_id = ?`, webhook, id).Scan(&list).Error; err != nil {
		return Delivery{}, fmt.Errorf("webhook: read a delivery: %w", err)
	}
	if len(list) == 0 {
		return Delivery{}, ErrNoDelivery.New()
	}
	err := s.attempts(ctx, webhook, list)
	return list[0], err
}
