package enterprise

import (
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"zhuce/internal/pg"
)

// FormerName is what an enterprise was called before (曾用名), by this system.
type FormerName struct {
	Name       string
	ValidFrom  time.Time // the first sign-in, or the rename before
	ValidUntil time.Time
	RenameID   uuid.UUID // what ended it
}

// Read gives the enterprise as it stands. Refusal: [ErrUnknown].
func Read(q *gorm.DB, id uuid.UUID) (Enterprise, error) { return read(q, `WHERE id = ?`, id) }

// RenameTx gives the enterprise its new name and keeps the old one (domain §8). Code,
// seal numbers and legal representative stay. The enterprise is held ([HoldTx]).
func RenameTx(tx pg.Tx, id uuid.UUID, name string, renameID uuid.UUID) error {
	err := tx.Exec(`INSERT INTO enterprise_names (enterprise_id, name, valid_from, valid_until, rename_id)
		SELECT id, name, COALESCE((SELECT max(valid_until) FROM enterprise_names n WHERE n.enterprise_id = e.id), created_at), ?, ?
		FROM enterprises e WHERE id = ?`, tx.Now, renameID, id).Error
	if err != nil {
		return fmt.Errorf("keep former name: %w", err)
	}
	// The version grows: what a clerk has on the screen shows the old name.
	if err := tx.Exec(`UPDATE enterprises SET name = ?, version = version + 1, updated_at = ? WHERE id = ?`, name, tx.Now, id).Error; err != nil {
		return fmt.Errorf("rename enterprise: %w", err)
	}
	return nil
}

// FormerNames gives what the enterprise was called before, the latest first.
func FormerNames(q *gorm.DB, id uuid.UUID) ([]FormerName, error) {
	var out []FormerName
	err := q.Raw(`SELECT name, valid_from, valid_until, rename_id FROM enterprise_names
		WHERE enterprise_id = ? ORDER BY valid_until DESC`, id).Scan(&out).Error
	if err != nil {
		return nil, fmt.Errorf("read former names: %w", err)
	}
	return out, nil
}
