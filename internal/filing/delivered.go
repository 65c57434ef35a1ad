package filing

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/audit"
	"zhuce/internal/auth"
	"zhuce/internal/pg"
)

// Progress is how far a delivered filing is, as its sender sees it.
type Progress struct {
	ID              uuid.UUID
	FilingRef       string
	Reference       string
	Status          Status
	PreRegistration PreRegistration
	Withdrawal      Withdrawal
	Revision        int
	DeliveredAt     time.Time
	SubmittedAt     *time.Time
	UpdatedAt       time.Time
	Reason          string // why it came back or was refused: of the last step, "" for any other step
}

// Progress reads a filing that the calling client delivered, and leaves a line
// in the audit log. [ErrNotFound] for any other.
func (s *Service) Progress(ctx context.Context, who auth.Actor, id uuid.UUID) (Progress, error) {
	var p Progress
	err := s.db.InTx(ctx, func(tx pg.Tx) error {
		var rows []Progress
		err := tx.Raw(`SELECT f.id, f.filing_ref, f.reference, f.status, COALESCE(f.pre_registration, '') AS pre_registration,
				COALESCE(f.withdrawal, '') AS withdrawal, f.revision, f.delivered_at, f.submitted_at, f.updated_at, COALESCE(h.reason, '') AS reason
			FROM filings f LEFT JOIN filing_history h ON h.filing_id = f.id AND h.version = f.version
				AND h.action IN ('return', 'refuse', 'ask_correction', 'deny', 'decline_withdrawal')
			WHERE f.id = ? AND f.client_id = ?`, id, who.ClientID).Scan(&rows).Error
		if err != nil {
			return fmt.Errorf("read progress: %w", err)
		}
		if len(rows) == 0 || who.ClientID == uuid.Nil {
			return ErrNotFound.New()
		}
		p = rows[0]
		return audit.RecordTx(tx, audit.Entry{Actor: who, Action: "filing.read", SubjectType: "filing", SubjectID: id.String()})
	})
	return p, err
}
