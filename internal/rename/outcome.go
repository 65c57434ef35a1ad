package rename

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/enterprise"
	"zhuce/internal/errs"
	"zhuce/internal/idempotency"
	"zhuce/internal/pg"
)

// Refusals of outcomes.
var (
	ErrReason    = errs.Define(errs.Invalid, "rename.reason_required", "不予变更应说明原因（最多 500 字）", "A refusal needs its reason (at most 500 characters)")
	ErrRefReused = conflict("rename.outcome_ref_reused", "该 outcome_ref 已用于另一结果（{reference}）", "This outcome_ref was used for another outcome ({reference})")
)

// Outcome is what the authority decided.
type Outcome struct {
	Ref    string // the sender's id of the message: applied once
	Do     Action // [Approve] or [Refuse]
	Reason string // a must for [Refuse]
	DryRun bool   // judge only; nothing is kept
}

// Decide applies an outcome and reports whether it was applied now (false: this ref
// came before and said the same). An approval changes the enterprise's name alone:
// code, seal numbers and legal representative stay.
//
// Refusals: [ErrReason], [ErrNotFound] for another province's, [ErrRefReused],
// [ErrDecided] naming what became of it, [ErrWrongParty].
func (s *Service) Decide(ctx context.Context, who auth.Actor, id uuid.UUID, o Outcome) (Rename, bool, error) {
	if o.Reason = strings.TrimSpace(o.Reason); o.Do == Refuse && o.Reason == "" {
		return Rename{}, false, ErrReason.New().With(ErrReason.At("/reason"))
	}
	type outcome struct {
		Rename Rename `json:"rename"`
		Fresh  bool   `json:"fresh"`
	}
	out, err := idempotency.Apply(ctx, s.db, o.DryRun, func(tx pg.Tx) (outcome, error) {
		r, fresh, err := s.decide(tx, who, id, o)
		return outcome{r, fresh}, err
	})
	if pg.Violates(err, "renames_outcome_is_applied_once") { // the same ref at the same moment for another rename
		err = ErrRefReused.Wrap(err, "reference", "")
	}
	return out.Rename, out.Fresh && err == nil, err
}

func (s *Service) decide(tx pg.Tx, who auth.Actor, id uuid.UUID, o Outcome) (Rename, bool, error) {
	seen, err := read(tx.DB, who, id, "")
	if err != nil {
		return Rename{}, false, err
	}
	// Enterprise before rename, as everywhere: a submission that waits here sees the outcome.
	if _, err := enterprise.HoldTx(tx, seen.EnterpriseID); err != nil {
		return Rename{}, false, fmt.Errorf("hold enterprise: %w", err)
	}
	r, err := read(tx.DB, who, id, " FOR UPDATE")
	if err != nil {
		return Rename{}, false, err
	}
	same, err := earlier(tx, who, r, o)
	if err != nil || same {
		return r, false, err
	}
	before := r.Status
	r, denied := Apply(r, o.Do, who.Party, tx.Now)
	if denied != nil {
		return r, false, denied.With(denied.Def.About(r.record(), "status", denied.Params["status"]))
	}
	r.DecidedBy, r.DecidedByClient, r.OutcomeRef, r.Reason = who.Name, &who.ClientID, o.Ref, o.Reason
	if err := decide(tx, r); err != nil {
		return r, false, err
	}
	if r.Status == Approved {
		if err := enterprise.RenameTx(tx, r.EnterpriseID, r.NewName, r.ID); err != nil {
			return r, false, err
		}
	}
	return r, true, tell(tx, who, o.Do, before, r)
}

// earlier reports whether this very outcome was applied before. [ErrRefReused] when
// its ref said something else.
func earlier(tx pg.Tx, who auth.Actor, r Rename, o Outcome) (bool, error) {
	var rows []Rename
	err := tx.Raw(`SELECT `+columns+` FROM renames WHERE decided_by_client = ? AND outcome_ref = ?`, who.ClientID, o.Ref).Scan(&rows).Error
	if err != nil {
		return false, fmt.Errorf("read outcome: %w", err)
	}
	if len(rows) == 0 {
		return false, nil
	}
	was := rows[0]
	if was.ID != r.ID || was.Status != result(o.Do) || was.Reason != o.Reason {
		return false, ErrRefReused.New("reference", was.Reference).With(ErrRefReused.About(was.record(), "reference", was.Reference))
	}
	return true, nil
}

// result is the status that an outcome gives.
func result(do Action) Status {
	for _, row := range rules {
		if row.do == do {
			return row.to
		}
	}
	return ""
}

// Former reads what the enterprise was called before, the latest first.
func (s *Service) Former(ctx context.Context, who auth.Actor) ([]enterprise.FormerName, error) {
	return enterprise.FormerNames(s.db.Read(ctx), who.EnterpriseID)
}
