package filing

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/audit"
	"zhuce/internal/auth"
	"zhuce/internal/enterprise"
	"zhuce/internal/errs"
	"zhuce/internal/idempotency"
	"zhuce/internal/pg"
)

// ErrChanged: the filing was delivered anew after the commitment was opened, so
// what was read is not what would be submitted.
var ErrChanged = errs.Define(errs.Conflict, "filing.changed_since_reading",
	"打开承诺书后该申报又有更改，请重新查看并签署", "The filing changed after the commitment was opened; read and sign again")

// Submitted is the outcome of a submission.
type Submitted struct {
	Reference    string    `json:"reference"` // the number that the clerk keeps
	CommitmentID uuid.UUID `json:"commitment_id"`
	SubmittedAt  time.Time `json:"submitted_at"`
	Filings      []Moved   `json:"filings"`
}

// Submit reports filings to the authority under a commitment (上报, manual
// §3.2.2): all or none, with the same number of statements for one as for 500.
//
// Refusals: [ErrBatchSize]; enterprise.ErrNotSaved; [ErrNoCommitment],
// [ErrNotReady], [ErrUsed], [ErrExpired], [ErrOtherIDs]; [ErrBatch] with a
// detail per refused filing.
func (s *Service) Submit(ctx context.Context, who auth.Actor, commitmentID uuid.UUID, ids []uuid.UUID) (Submitted, error) {
	ids, err := distinct(ids)
	if err != nil {
		return Submitted{}, err
	}
	return idempotency.Once(ctx, s.db, func(tx pg.Tx) (Submitted, error) {
		if err := s.readyToSubmit(tx, who); err != nil {
			return Submitted{}, err
		}
		c, read, err := lockCommitment(tx, who, commitmentID)
		if err != nil {
			return Submitted{}, err
		}
		if err := c.covers(read, ids, tx.Now); err != nil {
			return Submitted{}, err
		}
		found, err := lock(tx, who, ids)
		if err != nil {
			return Submitted{}, err
		}
		moves, refused := judge(found, ids, Submit, who.Party, tx.Now)
		for _, m := range moves {
			if m.before.Revision != read[m.before.ID] {
				refused = append(refused, Refusal{m.before.ID, m.before.PersonName, m.before.Status, ErrChanged.New()})
			}
		}
		if err := refuse(refused); err != nil {
			return Submitted{}, err
		}
		awaiting := s.beginAwaiting(moves, tx.Now)
		reference, err := useCommitment(tx, c.ID)
		if err != nil {
			return Submitted{}, err
		}
		if err := s.write(tx, step{who: who, action: Submit, commitmentID: &c.ID}, moves); err != nil {
			return Submitted{}, err
		}
		if err := tellAwaited(tx, awaiting); err != nil {
			return Submitted{}, err
		}
		err = audit.RecordTx(tx, audit.Entry{Actor: who, Action: "filing.submit", SubjectType: "commitment", SubjectID: c.ID.String()})
		return Submitted{reference, c.ID, tx.Now, moved(moves)}, err
	})
}

// ready holds the enterprise's row, so that nothing that excludes submitting can
// begin meanwhile, and refuses before the basic information is saved (manual §3.1).
func (s *Service) ready(tx pg.Tx, who auth.Actor) error {
	e, err := enterprise.LockTx(tx, who.EnterpriseID)
	if err != nil {
		return fmt.Errorf("hold enterprise: %w", err)
	}
	if !e.Saved() {
		return enterprise.ErrNotSaved.New()
	}
	return nil
}

// readyToSubmit is ready, and refuses what [Options.Barred] refuses.
func (s *Service) readyToSubmit(tx pg.Tx, who auth.Actor) error {
	if err := s.ready(tx, who); err != nil || s.barred == nil {
		return err
	}
	return s.barred(tx, who.EnterpriseID)
}
