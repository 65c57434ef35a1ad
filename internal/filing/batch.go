package filing

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/pg"
)

// MaxBatch is how many filings one act may cover (spec §3).
const MaxBatch = 500

// ErrBatch refuses a whole batch; its details name every refused filing.
var ErrBatch = errs.Define(errs.Conflict, "filing.batch_refused",
	"有 {count} 件申报不能办理，整批未办理", "{count} of the filings were refused, so none was moved")

// ErrBatchSize refuses an empty batch and one over [MaxBatch].
var ErrBatchSize = errs.Define(errs.Invalid, "filing.batch_size",
	"一次应选择 1 至 500 件申报", "Choose 1 to 500 filings at a time")

// Refusal is why one filing of a batch is refused.
type Refusal struct {
	ID         uuid.UUID
	PersonName string // "" when there is no such filing
	Status     Status // likewise
	Why        *errs.Error
}

// Moved is one filing of a batch after it moved.
type Moved struct {
	ID     uuid.UUID `json:"id"`
	Status Status    `json:"status"`
}

// Check is the dry run of every act on several filings: the same rules, nothing
// written. It answers with the refusals, none when all may be done.
// [ErrBatchSize] when there are no ids or too many; enterprise.ErrNotSaved before
// the basic information is saved.
func (s *Service) Check(ctx context.Context, who auth.Actor, do Action, ids []uuid.UUID) (count int, refused []Refusal, err error) {
	if ids, err = distinct(ids); err != nil {
		return 0, nil, err
	}
	err = s.db.InTx(ctx, func(tx pg.Tx) error {
		ready := s.ready
		if do == Submit {
			ready = s.readyToSubmit
		}
		if err := ready(tx, who); err != nil {
			return err
		}
		found, err := lock(tx, who, ids)
		if err != nil {
			return err
		}
		_, refused = judge(found, ids, do, who.Party, tx.Now)
		return nil
	})
	return len(ids), refused, err
}

// distinct folds repeated ids, in order. [ErrBatchSize] outside of 1 to 500.
func distinct(ids []uuid.UUID) ([]uuid.UUID, error) {
	seen := make(map[uuid.UUID]bool, len(ids))
	ids = slices.DeleteFunc(slices.Clone(ids), func(id uuid.UUID) bool {
		repeated := seen[id]
		seen[id] = true
		return repeated
	})
	if len(ids) < 1 || len(ids) > MaxBatch {
		return nil, ErrBatchSize.New()
	}
	return ids, nil
}

// refuse turns the refusals of a batch into one error that names each filing.
func refuse(refused []Refusal) error {
	if len(refused) == 0 {
		return nil
	}
	e := ErrBatch.New("count", len(refused))
	for _, r := range refused {
		d := errs.Detail{Code: r.Why.Def.Code, Text: r.Why.Def.Text, Params: r.Why.Params,
			Record: &errs.Record{Type: "filing", ID: r.ID.String(), Label: r.PersonName, Status: string(r.Status)}}
		e = e.With(d)
	}
	return e
}

func moved(moves []move) []Moved {
	out := make([]Moved, len(moves))
	for i, m := range moves {
		out[i] = Moved{m.after.ID, m.after.Status}
	}
	return out
}
