package client

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"zhuce/internal/auth"
	"zhuce/internal/idempotency"
	"zhuce/internal/pg"
)

// coarse is how exact "last used" is: a busy client costs one write in that time.
const coarse = 5 * time.Minute

// row is a client as stored. Arrays are read as text: a blank stands in no scope or code.
type row struct {
	ID          uuid.UUID
	Name        string
	Description string
	Party       auth.Party
	Scopes      string
	Provinces   string
	Listed      bool
	Version     int
	CreatedAt   time.Time
	DisabledAt  *time.Time
	LastUsedAt  *time.Time
	RefusedAt   *time.Time
	Total       int64
}

func (r row) client() Client {
	return Client{r.ID, r.Name, r.Description, r.Party, strings.Fields(r.Scopes), strings.Fields(r.Provinces), r.Listed, r.Version,
		r.CreatedAt, r.DisabledAt, r.LastUsedAt, r.RefusedAt}
}

const columns = `id, name, description, party, array_to_string(scopes, ' ') AS scopes, array_to_string(provinces, ' ') AS provinces,
	listed, version, created_at, disabled_at, last_used_at, refused_at`

// byNameOrID is the condition that finds one client. No name reads as an id.
func byNameOrID(nameOrID string) (string, any) {
	if id, err := uuid.Parse(nameOrID); err == nil && len(nameOrID) == 36 {
		return `id = ?`, id
	}
	if !utf8.ValidString(nameOrID) || strings.ContainsRune(nameOrID, 0) {
		nameOrID = "" // nobody's; PostgreSQL can hold neither
	}
	return `name = ?`, nameOrID
}

// find gives the zero row where there is none.
func find(q *gorm.DB, nameOrID, lock string) (row, error) {
	where, arg := byNameOrID(nameOrID)
	var rows []row
	if err := q.Raw(`SELECT `+columns+` FROM machine_clients WHERE `+where+lock, arg).Scan(&rows).Error; err != nil {
		return row{}, fmt.Errorf("client: read: %w", err)
	}
	if len(rows) == 0 {
		return row{}, nil
	}
	return rows[0], nil
}

// change holds the client's row while do writes. [ErrNotFound], [ErrByCommand], [ErrStale]
// for a version that the client is past (0: whatever it is).
func (s *Service) change(ctx context.Context, who auth.Actor, nameOrID string, version int, do func(tx pg.Tx, c Client) error) (Client, error) {
	return idempotency.Once(ctx, s.db, func(tx pg.Tx) (Client, error) {
		c, err := lock(tx, who, nameOrID, version)
		if err != nil {
			return Client{}, err
		}
		if err := do(tx, c); err != nil {
			return Client{}, err
		}
		after, err := find(tx.DB, c.ID.String(), "")
		return after.client(), err
	})
}

func lock(tx pg.Tx, who auth.Actor, nameOrID string, version int) (Client, error) {
	r, err := find(tx.DB, nameOrID, ` FOR UPDATE`)
	switch {
	case err != nil:
		return Client{}, err
	case r.ID == uuid.Nil:
		return Client{}, ErrNotFound.New("name", clip(nameOrID))
	case version != 0 && version != r.Version:
		return Client{}, ErrStale.New()
	}
	return r.client(), mayManage(who, r.Party)
}

// touch notes that the client was there. The condition stands again in the
// statement: of many requests at once one writes.
func touch(q *gorm.DB, table string, id uuid.UUID, now time.Time) error {
	err := q.Exec(`UPDATE `+table+` SET last_used_at = ? WHERE id = ? AND (last_used_at IS NULL OR last_used_at <= ?)`, now, id, now.Add(-coarse)).Error
	if err != nil {
		return fmt.Errorf("client: note its use: %w", err)
	}
	return nil
}

func stale(at *time.Time, now time.Time) bool { return at == nil || !at.After(now.Add(-coarse)) }

// clip keeps what comes back to the sender short.
func clip(s string) string {
	if r := []rune(s); len(r) > 64 {
		return string(r[:64]) + "…"
	}
	return s
}
