package filing

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/google/uuid"

	"zhuce/internal/attachment"
	"zhuce/internal/audit"
	"zhuce/internal/auth"
	"zhuce/internal/pg"
)

// Progress is a filing as other systems see it: who delivered it, and the
// authorities that have to decide.
type Progress struct {
	Detail
	EnterpriseName string
	CreditCode     string
	LastWithdrawal *WithdrawalRequest // nil when none was asked for
	Reason         string             // why it came back or was refused: of the last step, "" for any other step
}

// Progress reads a filing that the calling client delivered, or that was submitted
// to the calling authority, and leaves a line in the audit log. [ErrNotFound] for
// any other.
func (s *Service) Progress(ctx context.Context, who auth.Actor, id uuid.UUID) (Progress, error) {
	var p Progress
	err := s.db.InTx(ctx, func(tx pg.Tx) error {
		if who.ClientID == uuid.Nil {
			return ErrNotFound.New()
		}
		where, args := readable(who)
		d, err := detail(tx, id, where, args)
		if err != nil {
			return err
		}
		p = Progress{Detail: d}
		if err := tx.Raw(`SELECT name, credit_code FROM enterprises WHERE id = ?`, d.EnterpriseID).Row().Scan(&p.EnterpriseName, &p.CreditCode); err != nil {
			return fmt.Errorf("read enterprise: %w", err)
		}
		if n := len(d.Withdrawals); n > 0 {
			p.LastWithdrawal = &d.Withdrawals[n-1]
		}
		if last := d.Timeline[len(d.Timeline)-1]; slices.Contains([]Action{Return, Refuse, AskCorrection, Deny, DeclineWithdrawal}, last.Action) {
			p.Reason = last.Reason
		}
		return audit.RecordTx(tx, audit.Entry{Actor: who, Action: "filing.read", SubjectType: "filing", SubjectID: id.String()})
	})
	return p, err
}

// OpenPaper gives a paper of a filing that the calling system may read – delivered
// with it, whichever time, given with a decision, or its supplement's – with its
// bytes, and leaves a line in the audit log; the caller closes them. [ErrNotFound],
// attachment.ErrNotFound.
func (s *Service) OpenPaper(ctx context.Context, who auth.Actor, id, paper uuid.UUID) (attachment.Attachment, io.ReadSeekCloser, error) {
	err := s.db.InTx(ctx, func(tx pg.Tx) error {
		where, args := readable(who)
		var found []struct{ Its bool }
		if err := tx.Raw(`SELECT EXISTS (SELECT FROM filing_attachments p WHERE p.filing_id = filings.id AND p.attachment_id = ?)
				OR EXISTS (SELECT FROM decision_papers d WHERE d.filing_id = filings.id AND d.attachment_id = ?)
				OR EXISTS (SELECT FROM qualification_supplements q WHERE q.id = filings.supplement_id AND q.attachment_id = ?) AS its
			FROM filings WHERE id = ? AND `+where, append([]any{paper, paper, paper, id}, args...)...).Scan(&found).Error; err != nil {
			return fmt.Errorf("look for paper: %w", err)
		}
		switch {
		case len(found) == 0 || who.ClientID == uuid.Nil:
			return ErrNotFound.New()
		case !found[0].Its:
			return attachment.ErrNotFound.New()
		}
		return audit.RecordTx(tx, audit.Entry{Actor: who, Action: "filing.paper_read", SubjectType: "attachment", SubjectID: paper.String()})
	})
	if err != nil {
		return attachment.Attachment{}, nil, err
	}
	return s.attachments.OpenJudged(ctx, paper)
}
