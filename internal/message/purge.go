package message

import (
	"context"
	"fmt"

	"zhuce/internal/pg"
)

// piece bounds what one transaction deletes.
const piece = 1000

// Purge deletes messages that are older than they are kept, and then the notices
// that no message is left of. Several instances may do it at once.
func (s *Service) Purge(ctx context.Context) error {
	for _, sql := range []string{
		`DELETE FROM messages WHERE id IN (SELECT id FROM messages WHERE posted_at < ? ORDER BY posted_at LIMIT ? FOR UPDATE SKIP LOCKED)`,
		`DELETE FROM notices WHERE id IN (SELECT id FROM notices n WHERE posted_at < ?
			AND NOT EXISTS (SELECT FROM messages m WHERE m.notice_id = n.id) ORDER BY posted_at LIMIT ? FOR UPDATE SKIP LOCKED)`,
	} {
		for left := int64(piece); left == piece; {
			err := s.db.InTx(ctx, func(tx pg.Tx) error {
				done := tx.Exec(sql, tx.Now.Add(-s.keep), piece)
				left = done.RowsAffected
				return done.Error
			})
			if err != nil {
				return fmt.Errorf("delete old messages: %w", err)
			}
		}
	}
	return nil
}
