package grant

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"zhuce/internal/message"
	"zhuce/internal/outbox"
	"zhuce/internal/pg"
)

// piece is how many grants one transaction of the sweep takes.
const piece = 200

// Sweep tells enterprises of grants that end within seven days, and both sides of
// those that have ended. A grant that was given for less is not told of twice in one
// week. Rows that another instance holds are left to it.
func (s *Service) Sweep(ctx context.Context) error {
	if err := s.each(ctx, `g.ended_at IS NULL AND g.expires_at <= ?`, 0, end); err != nil {
		return err
	}
	return s.each(ctx, fmt.Sprintf(`g.ended_at IS NULL AND g.reminded_at IS NULL AND g.expires_at - g.granted_at > interval '%d days' AND g.expires_at <= ?`, remindDays+1),
		remindDays, remind)
}

func (s *Service) each(ctx context.Context, where string, days int, do func(pg.Tx, []Grant) error) error {
	for {
		n := 0
		err := s.db.InTx(ctx, func(tx pg.Tx) error {
			rows, err := read(tx.DB, where+` ORDER BY g.id LIMIT ? FOR UPDATE OF g SKIP LOCKED`, tx.Now.AddDate(0, 0, days), piece)
			if err != nil {
				return err
			}
			if n = len(rows); n == 0 {
				return nil
			}
			due := make([]Grant, n)
			for i, r := range rows {
				due[i] = r.grant()
			}
			return do(tx, due)
		})
		if err != nil || n < piece {
			return err
		}
	}
}

// end closes grants whose time is over, and tells of it.
func end(tx pg.Tx, over []Grant) error {
	if err := tx.Exec(`UPDATE enterprise_grants SET ended_at = ? WHERE id = ANY(?::uuid[])`, tx.Now, pg.UUIDs(ids(over))).Error; err != nil {
		return fmt.Errorf("grant: end: %w", err)
	}
	events, posts := make([]outbox.Event, len(over)), make([]message.Post, len(over))
	for i, g := range over {
		events[i], posts[i] = event(eventExpired, g), post(MsgExpired, g, "")
	}
	if err := outbox.PutTx(tx, events); err != nil {
		return err
	}
	return message.PostTx(tx, posts)
}

func remind(tx pg.Tx, ending []Grant) error {
	if err := tx.Exec(`UPDATE enterprise_grants SET reminded_at = ? WHERE id = ANY(?::uuid[])`, tx.Now, pg.UUIDs(ids(ending))).Error; err != nil {
		return fmt.Errorf("grant: remind: %w", err)
	}
	posts := make([]message.Post, len(ending))
	for i, g := range ending {
		posts[i] = post(MsgEnding, g, "")
	}
	return message.PostTx(tx, posts)
}

func ids(of []Grant) []uuid.UUID {
	out := make([]uuid.UUID, len(of))
	for i, g := range of {
		out[i] = g.ID
	}
	return out
}
