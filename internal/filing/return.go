package filing

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/idempotency"
	"zhuce/internal/pg"
)

// ErrReason refuses a return without a reason.
var ErrReason = errs.Define(errs.Invalid, "filing.reason_required", "请填写退回原因（最多 500 字）", "Give the reason for the return (at most 500 characters)")

// ReturnedBatch is the outcome of a return.
type ReturnedBatch struct {
	Filings    []Moved   `json:"filings"`
	ReturnedAt time.Time `json:"returned_at"`
}

// Return hands filings back to the persons (退回, manual §3.2.3): all or none.
// They leave the management list and can be delivered again. Refusals:
// [ErrBatchSize], [ErrReason], [ErrBatch] with a detail per refused filing.
func (s *Service) Return(ctx context.Context, who auth.Actor, ids []uuid.UUID, reason string) (ReturnedBatch, error) {
	ids, err := distinct(ids)
	if err != nil {
		return ReturnedBatch{}, err
	}
	if reason = strings.TrimSpace(reason); reason == "" {
		return ReturnedBatch{}, ErrReason.New().With(ErrReason.At("/reason"))
	}
	return idempotency.Once(ctx, s.db, func(tx pg.Tx) (ReturnedBatch, error) {
		if err := s.ready(tx, who); err != nil {
			return ReturnedBatch{}, err
		}
		moves, err := s.act(tx, step{who: who, action: Return, reason: reason}, ids)
		if err != nil {
			return ReturnedBatch{}, err
		}
		return ReturnedBatch{moved(moves), tx.Now}, recordTx(tx, who, Return, moves)
	})
}

// act locks, judges and writes one action on many filings.
func (s *Service) act(tx pg.Tx, st step, ids []uuid.UUID) ([]move, error) {
	found, err := lock(tx, st.who, ids)
	if err != nil {
		return nil, err
	}
	moves, refused := judge(found, ids, st.action, st.who.Party, tx.Now)
	if err := refuse(refused); err != nil {
		return nil, err
	}
	return moves, s.write(tx, st, moves)
}
