package export

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/audit"
	"zhuce/internal/auth"
	"zhuce/internal/idempotency"
	"zhuce/internal/pg"
)

const (
	// silence is how long an attempt may say nothing before it is taken for dead.
	silence = 2 * time.Minute
	// remembered is how long the record of an export without a file stays.
	remembered = 90 * 24 * time.Hour
	// piece is how many records a sweep takes at a time.
	piece = 500
)

// Remove cancels an export that is under way – its attempt sees it within a moment
// and leaves nothing – and removes any other with its file. Sent again under one
// idempotency key, it does what it did and no more: what was cancelled is not
// removed. [ErrNotFound] unless it is the caller's enterprise's.
func (s *Service) Remove(ctx context.Context, who auth.Actor, id uuid.UUID) error {
	type found struct {
		Finished   bool
		FileSHA256 string
	}
	f, err := idempotency.Once(ctx, s.DB, func(tx pg.Tx) (found, error) {
		e, err := lockTx(tx, who, id)
		if err != nil || e.State.Finished() {
			return found{true, e.fileSHA256}, err
		}
		if err := tx.Exec(`UPDATE exports SET state = 'cancelled', finished_at = ? WHERE id = ?`, tx.Now, id).Error; err != nil {
			return found{}, fmt.Errorf("export: cancel: %w", err)
		}
		return found{}, record(tx, who, "export.cancel", id)
	})
	if err != nil || !f.Finished {
		return err
	}
	// The file first: a record without its file can be removed again, a file without its record is lost.
	if err := s.forget(ctx, f.FileSHA256); err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx pg.Tx) error {
		gone := tx.Exec(`DELETE FROM exports WHERE id = ? AND finished_at IS NOT NULL`, id)
		if gone.Error != nil {
			return fmt.Errorf("export: remove: %w", gone.Error)
		}
		if gone.RowsAffected == 0 {
			return nil // the same again
		}
		return record(tx, who, "export.remove", id)
	})
}

func record(tx pg.Tx, who auth.Actor, action string, id uuid.UUID) error {
	return audit.RecordTx(tx, audit.Entry{Actor: who, Action: action, SubjectType: "export", SubjectID: id.String()})
}

// forget removes the bytes.
func (s *Service) forget(ctx context.Context, sha256 string) error {
	if sha256 == "" {
		return nil
	}
	// Nobody else has these bytes: a workbook names its export and attempt.
	if err := s.Store.Remove(ctx, sha256, time.Now().Add(time.Hour)); err != nil {
		return fmt.Errorf("export: remove the file: %w", err)
	}
	return nil
}

// drop removes what an attempt has put, if it came so far.
func (s *Service) drop(ctx context.Context, e Export) error {
	var sums []string
	if err := s.DB.Read(ctx).Raw(`SELECT file_sha256 FROM exports WHERE id = ? AND attempt = ? AND state = 'running' AND file_sha256 IS NOT NULL`,
		e.ID, e.Attempt).Scan(&sums).Error; err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if len(sums) == 0 {
		return nil
	}
	if err := s.forget(ctx, sums[0]); err != nil {
		return err
	}
	if err := s.DB.Read(ctx).Exec(`UPDATE exports SET file_sha256 = NULL WHERE id = ? AND attempt = ? AND state = 'running'`, e.ID, e.Attempt).Error; err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

// Expire removes the files whose time is over, and those that a cancelled or
// killed attempt has left; records without a file go after 90 days.
func (s *Service) Expire(ctx context.Context) error {
	for {
		if err := s.DB.Read(ctx).Exec(`UPDATE exports SET state = 'expired' WHERE id IN
			(SELECT id FROM exports WHERE state = 'ready' AND expires_at <= ? ORDER BY expires_at LIMIT ? FOR UPDATE SKIP LOCKED)`, s.DB.Now(), piece).Error; err != nil {
			return fmt.Errorf("export: expire: %w", err)
		}
		var left []struct {
			ID     uuid.UUID
			SHA256 string `gorm:"column:file_sha256"`
		}
		if err := s.DB.Read(ctx).Raw(`SELECT id, file_sha256 FROM exports WHERE file_sha256 IS NOT NULL AND state <> 'ready' AND finished_at IS NOT NULL
			ORDER BY finished_at LIMIT ?`, piece).Scan(&left).Error; err != nil {
			return fmt.Errorf("export: expire: %w", err)
		}
		for _, l := range left {
			if err := s.forget(ctx, l.SHA256); err != nil {
				return err
			}
			if err := s.DB.Read(ctx).Exec(`UPDATE exports SET file_sha256 = NULL, file_size = NULL WHERE id = ? AND state <> 'ready'`, l.ID).Error; err != nil {
				return fmt.Errorf("export: expire: %w", err)
			}
		}
		if len(left) < piece {
			break
		}
	}
	if err := s.DB.Read(ctx).Exec(`DELETE FROM exports WHERE id IN (SELECT id FROM exports
		WHERE finished_at < ? AND state <> 'ready' AND file_sha256 IS NULL ORDER BY finished_at LIMIT ?)`, s.DB.Now().Add(-remembered), piece).Error; err != nil {
		return fmt.Errorf("export: forget: %w", err)
	}
	return nil
}

// Revive gives exports whose attempt has gone silent – the instance was killed –
// to another attempt, or says that they failed.
func (s *Service) Revive(ctx context.Context) error {
	var silent []row
	if err := s.DB.Read(ctx).Raw(`SELECT `+columns+` FROM exports WHERE finished_at IS NULL AND heartbeat_at < ? ORDER BY heartbeat_at LIMIT ?`,
		s.DB.Now().Add(-silence), piece).Scan(&silent).Error; err != nil {
		return fmt.Errorf("export: revive: %w", err)
	}
	for _, r := range silent {
		e, err := r.export()
		if err != nil {
			return err
		}
		switch {
		case e.State == Running && e.Attempt >= attempts:
			err = s.fail(ctx, e, GaveUp)
		case e.State == Running:
			e.AtOnce = true // whatever had it is gone: a job is ordered anew
			err = s.giveBack(ctx, e)
		default:
			err = s.reorder(ctx, e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// reorder orders a job for an export that waits without one, or whose job waits
// for long: a job too many does nothing.
func (s *Service) reorder(ctx context.Context, e Export) error {
	return s.DB.InTx(ctx, func(tx pg.Tx) error {
		u := tx.Exec(`UPDATE exports SET heartbeat_at = ?, at_once = false WHERE id = ? AND state = 'queued' AND attempt = ?`, tx.Now, e.ID, e.Attempt)
		if u.Error != nil || u.RowsAffected == 0 {
			return u.Error
		}
		return s.orderTx(tx, e.ID)
	})
}
