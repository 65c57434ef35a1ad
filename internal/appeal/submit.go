package appeal

import (
	"context"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/audit"
	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/idempotency"
	"zhuce/internal/pg"
)

// ErrUnconfirmed refuses a submission that nobody stands behind.
var ErrUnconfirmed = errs.Define(errs.Invalid, "appeal.not_confirmed", "请确认申辩内容和证据真实、完整", "Confirm that statement and evidence are true and complete")

// Receipt is what the enterprise holds after the submission.
type Receipt struct {
	ID          uuid.UUID `json:"id"`
	Reference   string    `json:"reference"`
	State       State     `json:"state"`
	Late        bool      `json:"late"`
	SubmittedAt time.Time `json:"submitted_at"`
	SubmittedBy string    `json:"submitted_by"`
	Version     int       `json:"version"`
}

// Submit hands the draft in, as it stood in the version that was read; afterwards
// nothing of it changes. Refusals: [ErrUnconfirmed]; [ErrNotFound]; [ErrSubmit] once
// it is submitted or decided; [ErrStale] when the draft is another by now;
// [ErrStatement] with a detail for each place where something is missing.
func (s *Service) Submit(ctx context.Context, who auth.Actor, id uuid.UUID, seen int, confirmed bool) (Receipt, error) {
	if !confirmed {
		return Receipt{}, ErrUnconfirmed.New().With(ErrUnconfirmed.At("/confirmed"))
	}
	return idempotency.Once(ctx, s.db, func(tx pg.Tx) (Receipt, error) {
		a, err := lock(tx, who, id)
		if err != nil {
			return Receipt{}, err
		}
		after, refusal := Apply(a, Submit, who.Party, tx.Now)
		switch {
		case refusal != nil:
			return Receipt{}, refusal.With(refusal.Def.About(record(a), "state", a.State.Text()))
		case a.Version != seen:
			return Receipt{}, ErrStale.New()
		}
		d := Detail{Appeal: a}
		if d.Papers, d.Evidence, err = files(tx, id); err != nil {
			return Receipt{}, err
		}
		if missing := d.Missing(); len(missing) > 0 {
			return Receipt{}, ErrStatement.New().With(missing...)
		}
		after.SubmittedBy = who.Name
		if err := write(tx, who, Submit, "", []move{{a, after}}); err != nil {
			return Receipt{}, err
		}
		return Receipt{a.ID, a.Reference, after.State, after.Late, tx.Now, who.Name, after.Version},
			audit.RecordTx(tx, audit.Entry{Actor: who, Action: "appeal.submit", SubjectType: "appeal", SubjectID: id.String()})
	})
}
