package registers

import (
	"context"
	"fmt"
	"time"

	"zhuce/internal/pg"
)

// keep remembers a good answer. Of two that crossed, the later one stays.
func keep(ctx context.Context, db *pg.DB, register, creditCode string, body []byte, at time.Time) error {
	err := db.InTx(ctx, func(tx pg.Tx) error {
		return tx.Exec(`INSERT INTO register_answers AS a (register, credit_code, answer, answered_at) VALUES (?, ?, ?::jsonb, ?)
			ON CONFLICT ON CONSTRAINT register_answers_last_one_is_kept
			DO UPDATE SET answer = EXCLUDED.answer, answered_at = EXCLUDED.answered_at WHERE a.answered_at <= EXCLUDED.answered_at`,
			register, creditCode, string(body), at).Error
	})
	if err != nil {
		return fmt.Errorf("registers: keep the answer of %s: %w", register, err)
	}
	return nil
}

// last is the last good answer, nil when there is none.
func last(ctx context.Context, db *pg.DB, register, creditCode string) ([]byte, time.Time, error) {
	var rows []struct {
		Answer     string
		AnsweredAt time.Time
	}
	err := db.Read(ctx).Raw(`SELECT answer::text AS answer, answered_at FROM register_answers WHERE register = ? AND credit_code = ?`,
		register, creditCode).Scan(&rows).Error
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("registers: read the last answer of %s: %w", register, err)
	}
	if len(rows) == 0 {
		return nil, time.Time{}, nil
	}
	return []byte(rows[0].Answer), rows[0].AnsweredAt.UTC(), nil
}
