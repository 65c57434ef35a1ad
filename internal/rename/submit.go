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

// Submit reports the change of name to the authority (上报, manual §3.7). seen is the
// new name as the clerk saw it; it is looked up again and must be the same. copyID
// is the renamed certificate's copy, where there is one.
//
// Refusals: those of [Judge], [ErrFilingsOpen] with a detail for each of the first
// open filings; [ErrNameChanged]; [ErrCopy] and [ErrCopyUnknown]. A register that
// does not answer refuses with its own.
func (s *Service) Submit(ctx context.Context, who auth.Actor, seen string, copyID *uuid.UUID) (Rename, error) {
	// Nothing is asked of another system inside a transaction. Judged below, so that
	// the same request again is answered even when the register is down by then.
	said, unanswered, err := s.lookUp(ctx, who)
	if err != nil {
		return Rename{}, err
	}
	r, err := idempotency.Once(ctx, s.db, func(tx pg.Tx) (Rename, error) {
		e, err := enterprise.HoldTx(tx, who.EnterpriseID)
		if err != nil {
			return Rename{}, fmt.Errorf("hold enterprise: %w", err)
		}
		o, err := s.weigh(tx.DB, e, said, unanswered)
		if err != nil {
			return Rename{}, err
		}
		if denied := o.refusal(); denied != nil {
			return Rename{}, denied
		}
		if seen != o.NewName() {
			return Rename{}, ErrNameChanged.New("name", o.NewName()).With(ErrNameChanged.At("/new_name", "name", o.NewName()))
		}
		if err := checkCopy(tx, who, o, copyID); err != nil {
			return Rename{}, err
		}
		r, denied := Apply(Rename{ID: uuid.Must(uuid.NewV7()), EnterpriseID: e.ID, CreditCode: e.CreditCode, Province: e.Province,
			OldName: e.Name, NewName: o.NewName(), LoginName: e.LoginName, RegisterChangedOn: said.ChangedOn, RegisterAsOf: said.AsOf,
			CopyRequired: len(o.NeedsCopy) > 0, CopyID: copyID, SubmittedBy: who.Name}, Submit, who.Party, tx.Now)
		if denied != nil {
			return Rename{}, denied
		}
		if r, err = insert(tx, r); err != nil {
			return Rename{}, err
		}
		return r, tell(tx, who, Submit, "", r)
	})
	if pg.Violates(err, "renames_one_open_per_enterprise") { // a writer that went round the enterprise's row
		return Rename{}, ErrAlreadyOpen.Wrap(err, "reference", "")
	}
	return r, err
}

// checkCopy refuses where the copy is a must and missing, and one that is not the enterprise's.
func checkCopy(tx pg.Tx, who auth.Actor, o Offer, id *uuid.UUID) error {
	const at = "/attachment_id"
	if id == nil {
		if len(o.NeedsCopy) == 0 {
			return nil
		}
		var zh, en []string
		for _, i := range o.NeedsCopy {
			zh, en = append(zh, i.ZH), append(en, i.EN)
		}
		names := errs.Text{ZH: strings.Join(zh, "、"), EN: strings.Join(en, ", ")}
		return ErrCopy.New("industries", names).With(ErrCopy.At(at, "industries", names))
	}
	var ours bool
	err := tx.Raw(`SELECT EXISTS (SELECT FROM attachments WHERE id = ? AND enterprise_id = ?)`, *id, who.EnterpriseID).Scan(&ours).Error
	if err != nil {
		return fmt.Errorf("read copy: %w", err)
	}
	if !ours {
		return ErrCopyUnknown.New().With(ErrCopyUnknown.At(at))
	}
	return nil
}
