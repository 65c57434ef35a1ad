package filing

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"zhuce/internal/audit"
	"zhuce/internal/auth"
	"zhuce/internal/pg"
)

// Progress is how far a filing is, as other systems see it: who delivered it, and
// the authorities that have to decide.
type Progress struct {
	DeskRow
	LastWithdrawal *WithdrawalRequest `gorm:"-"` // nil when none was asked for
	Reason         string             // why it came back or was refused: of the last step, "" for any other step
}

// Progress reads a filing that the calling client delivered, or that was submitted
// to the calling authority, and leaves a line in the audit log. [ErrNotFound] for
// any other.
func (s *Service) Progress(ctx context.Context, who auth.Actor, id uuid.UUID) (Progress, error) {
	var p Progress
	err := s.db.InTx(ctx, func(tx pg.Tx) error {
		where, args := readable(who)
		var rows []Progress
		err := tx.Raw(`SELECT `+columns+`, (SELECT e.name FROM enterprises e WHERE e.id = filings.enterprise_id) AS enterprise_name,
				(SELECT e.credit_code FROM enterprises e WHERE e.id = filings.enterprise_id) AS credit_code,
				COALESCE((SELECT h.reason FROM filing_history h WHERE h.filing_id = filings.id AND h.version = filings.version
					AND h.action IN ('return', 'refuse', 'ask_correction', 'deny', 'decline_withdrawal')), '') AS reason
			FROM filings WHERE id = ? AND `+where, append([]any{id}, args...)...).Scan(&rows).Error
		if err != nil {
			return fmt.Errorf("read progress: %w", err)
		}
		if len(rows) == 0 || who.ClientID == uuid.Nil {
			return ErrNotFound.New()
		}
		p = rows[0]
		asked, err := withdrawalsOf(tx, id)
		if err != nil {
			return err
		}
		if len(asked) > 0 {
			p.LastWithdrawal = &asked[len(asked)-1]
		}
		return audit.RecordTx(tx, audit.Entry{Actor: who, Action: "filing.read", SubjectType: "filing", SubjectID: id.String()})
	})
	return p, err
}
