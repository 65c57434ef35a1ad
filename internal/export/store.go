package export

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/pg"
)

const columns = `id, enterprise_id, user_id, user_name, source, state, masked, reason, lang, filter, at_once, rows_total, rows_done, attempt,
	COALESCE(failure, '') AS failure, COALESCE(file_sha256, '') AS file_sha256, COALESCE(file_size, 0) AS file_size, created_at, finished_at, expires_at`

// row is an export as it comes from the database.
type row struct {
	Export
	FilterJSON []byte `gorm:"column:filter"`
	FileSHA256 string `gorm:"column:file_sha256"`
}

func (r row) export() (Export, error) {
	e := r.Export
	e.fileSHA256 = r.FileSHA256
	if err := json.Unmarshal(r.FilterJSON, &e.Filter); err != nil {
		return e, fmt.Errorf("export: read the filter's words: %w", err)
	}
	return e, nil
}

// owner is the actor as whom a background job reads: one who sees what whoever
// asked saw, and nothing else.
func (e Export) owner() auth.Actor {
	return auth.Actor{Party: auth.Enterprise, EnterpriseID: e.EnterpriseID, UserID: e.UserID, Name: e.UserName}
}

func insert(tx pg.Tx, e Export, sealed []byte) error {
	words, err := json.Marshal(e.Filter)
	if err != nil {
		return fmt.Errorf("export: encode the filter's words: %w", err)
	}
	err = tx.Exec(`INSERT INTO exports (id, enterprise_id, user_id, user_name, source, state, masked, reason, lang, request_sealed, filter, at_once,
			rows_total, created_at, heartbeat_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?, ?, ?, ?)`, e.ID, e.EnterpriseID, e.UserID, e.UserName, e.Source, e.State, e.Masked,
		e.Reason, e.Lang, sealed, string(words), e.AtOnce, e.RowsTotal, tx.Now, tx.Now).Error
	if err != nil {
		return fmt.Errorf("export: insert: %w", err)
	}
	return nil
}

// claim takes a waiting export for one attempt. ok is false when there is nothing
// to do: another instance has it, it was cancelled, or it is finished.
func (s *Service) claim(ctx context.Context, id uuid.UUID) (e Export, r Request, ok bool, err error) {
	var rows []struct {
		Row           row `gorm:"embedded"`
		RequestSealed []byte
	}
	err = s.DB.Read(ctx).Raw(`UPDATE exports SET state = 'running', attempt = attempt + 1, rows_done = 0, heartbeat_at = ?
		WHERE id = ? AND state = 'queued' RETURNING `+columns+`, request_sealed`, s.DB.Now(), id).Scan(&rows).Error
	if err != nil {
		return e, r, false, fmt.Errorf("export: claim: %w", err)
	}
	if len(rows) == 0 {
		return e, r, false, nil
	}
	if e, err = rows[0].Row.export(); err != nil {
		return e, r, true, err
	}
	err = s.Vault.Open(sealedAs(id), rows[0].RequestSealed, &r)
	return e, r, true, err
}

func sealedAs(id uuid.UUID) string { return "export:" + id.String() }

// still says how far the attempt is and reports whether it is still wanted.
func (s *Service) still(ctx context.Context, e Export, done int) (bool, error) {
	u := s.DB.Read(ctx).Exec(`UPDATE exports SET rows_done = ?, heartbeat_at = ? WHERE id = ? AND state = 'running' AND attempt = ?`,
		done, s.DB.Now(), e.ID, e.Attempt)
	if u.Error != nil {
		return false, fmt.Errorf("export: progress: %w", u.Error)
	}
	return u.RowsAffected == 1, nil
}

// counted sets the number of rows that the snapshot has.
func (s *Service) counted(ctx context.Context, e Export, total int) error {
	if err := s.DB.Read(ctx).Exec(`UPDATE exports SET rows_total = ? WHERE id = ? AND state = 'running' AND attempt = ?`, total, e.ID, e.Attempt).Error; err != nil {
		return fmt.Errorf("export: count: %w", err)
	}
	return nil
}

// names writes down which bytes are about to be put.
func (s *Service) names(ctx context.Context, e Export, sha256 string) (bool, error) {
	u := s.DB.Read(ctx).Exec(`UPDATE exports SET file_sha256 = ?, heartbeat_at = ? WHERE id = ? AND state = 'running' AND attempt = ?`,
		sha256, s.DB.Now(), e.ID, e.Attempt)
	if u.Error != nil {
		return false, fmt.Errorf("export: name the file: %w", u.Error)
	}
	return u.RowsAffected == 1, nil
}

// readyTx ends the attempt well; false when it was cancelled meanwhile.
func readyTx(tx pg.Tx, s *Service, e Export, rows int, size int64) (bool, error) {
	u := tx.Exec(`UPDATE exports SET state = 'ready', rows_total = ?, rows_done = ?, file_size = ?, finished_at = ?, expires_at = ?
		WHERE id = ? AND state = 'running' AND attempt = ?`, rows, rows, size, tx.Now, tx.Now.Add(s.Keep), e.ID, e.Attempt)
	if u.Error != nil {
		return false, fmt.Errorf("export: finish: %w", u.Error)
	}
	return u.RowsAffected == 1, nil
}

// failTx ends the export badly.
func failTx(tx pg.Tx, e Export, why Failure) (bool, error) {
	u := tx.Exec(`UPDATE exports SET state = 'failed', failure = ?, finished_at = ? WHERE id = ? AND state = 'running' AND attempt = ?`,
		why, tx.Now, e.ID, e.Attempt)
	if u.Error != nil {
		return false, fmt.Errorf("export: fail: %w", u.Error)
	}
	return u.RowsAffected == 1, nil
}
