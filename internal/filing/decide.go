package filing

import (
	"context"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/pg"
)

// Decide is an authority's act (accept, refuse, ask for correction, forward,
// publish, approve, deny), all or none. A province sees its own filings alone.
// Refusals: [ErrBatchSize], [ErrBatch] with a detail per refused filing.
func (s *Service) Decide(ctx context.Context, who auth.Actor, do Action, ids []uuid.UUID, reason string) ([]Moved, error) {
	return s.once(ctx, step{who: who, action: do, reason: reason}, ids)
}

func (s *Service) once(ctx context.Context, st step, ids []uuid.UUID) ([]Moved, error) {
	ids, err := distinct(ids)
	if err != nil {
		return nil, err
	}
	var moves []move
	err = s.db.InTx(ctx, func(tx pg.Tx) error {
		moves, err = s.act(tx, st, ids)
		return err
	})
	return moved(moves), err
}
