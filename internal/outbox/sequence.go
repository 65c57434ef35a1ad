package outbox

import (
	"context"
	"fmt"
	"time"

	"zhuce/internal/bell"
	"zhuce/internal/pg"
)

// Key is the bell's key that rings when events were committed: somebody should number them.
const Key = "outbox"

const (
	// piece is how many events are numbered in one transaction.
	piece = 1000
	// look is how often an instance looks for itself, in case no bell was heard.
	look = time.Second
)

// Service reads the events and keeps their order.
type Service struct {
	db   *pg.DB
	keep time.Duration

	// Numbered is called in the transaction that gives events their positions,
	// from first to last; whoever delivers events is plugged in here.
	Numbered func(tx pg.Tx, first, last int64) error
}

// New makes the service. Events are kept for so long.
func New(db *pg.DB, keep time.Duration) *Service {
	return &Service{db: db, keep: keep, Numbered: func(pg.Tx, int64, int64) error { return nil }}
}

// Number gives every event that is committed its position: first those of the
// transaction that committed first, as far as anybody could have seen one without
// the other, and those of one transaction in the order that it wrote them. It may run
// anywhere and several times at once; when it returns, what was committed before it
// was called has a place.
func (s *Service) Number(ctx context.Context) error {
	for {
		n, err := s.numberSome(ctx)
		if err != nil {
			return fmt.Errorf("outbox: number: %w", err)
		}
		if n < piece {
			return nil
		}
	}
}

func (s *Service) numberSome(ctx context.Context) (numbered int64, err error) {
	var waiting bool // most who come find nothing to do and hold nobody up
	if err := s.db.Read(ctx).Raw(`SELECT EXISTS (SELECT 1 FROM outbox WHERE position IS NULL)`).Scan(&waiting).Error; err != nil || !waiting {
		return 0, err
	}
	err = s.db.InTx(ctx, func(tx pg.Tx) error {
		latest, err := holdHead(tx)
		if err != nil {
			return err
		}
		// A statement of its own: it must see what whoever held the head before has numbered.
		done := tx.Exec(`UPDATE outbox o SET position = ?::bigint + n.place
			FROM (SELECT id, row_number() OVER (ORDER BY id) AS place
				FROM (SELECT id FROM outbox WHERE position IS NULL ORDER BY id LIMIT ?) waiting) n
			WHERE o.id = n.id`, latest, piece)
		if done.Error != nil {
			return done.Error
		}
		if numbered = done.RowsAffected; numbered == 0 {
			return nil
		}
		if err := tx.Exec(`UPDATE outbox_head SET latest = ?`, latest+numbered).Error; err != nil {
			return err
		}
		return s.Numbered(tx, latest+1, latest+numbered)
	})
	return numbered, err
}

// holdHead keeps everybody else from numbering and purging until the transaction
// ends, and gives the last position that was given.
func holdHead(tx pg.Tx) (latest int64, err error) {
	err = tx.Raw(`SELECT latest FROM outbox_head FOR UPDATE`).Scan(&latest).Error
	return latest, err
}

// Keep numbers events as they come, until ctx ends.
func (s *Service) Keep(ctx context.Context, b *bell.Bell, failed func(error)) {
	b.Attend(ctx, look, func() {
		if err := s.Number(ctx); err != nil && ctx.Err() == nil {
			failed(err)
		}
	}, Key)
}

// Purge removes events that are older than what is kept, from the first one on; it
// stops at the first that is not, so that what remains has no gap. Positions are not given again.
func (s *Service) Purge(ctx context.Context) error {
	for {
		var removed int64
		err := s.db.InTx(ctx, func(tx pg.Tx) error {
			if _, err := holdHead(tx); err != nil {
				return err
			}
			gone := tx.Exec(`WITH oldest AS (
					SELECT position, occurred_at FROM outbox WHERE position IS NOT NULL ORDER BY position LIMIT ?
				), kept AS (
					SELECT min(position) AS position FROM oldest WHERE occurred_at >= ?
				)
				DELETE FROM outbox o USING kept, oldest old
				WHERE o.position = old.position AND (kept.position IS NULL OR old.position < kept.position)`, piece, tx.Now.Add(-s.keep))
			if removed = gone.RowsAffected; gone.Error != nil || removed == 0 {
				return gone.Error
			}
			return tx.Exec(`UPDATE outbox_head SET purged = COALESCE((SELECT min(position) - 1 FROM outbox WHERE position IS NOT NULL), latest)`).Error
		})
		if err != nil {
			return fmt.Errorf("outbox: purge: %w", err)
		}
		if removed < piece {
			return nil
		}
	}
}

// Lag is the age of the oldest event that is committed and has no position; 0 for none.
func (s *Service) Lag(ctx context.Context) (time.Duration, error) {
	var oldest []time.Time
	err := s.db.Read(ctx).Raw(`SELECT occurred_at FROM outbox WHERE position IS NULL ORDER BY id LIMIT 1`).Scan(&oldest).Error
	if err != nil || len(oldest) == 0 {
		return 0, err
	}
	return s.db.Now().Sub(oldest[0]), nil
}
