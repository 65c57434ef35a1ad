package idempotency

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"zhuce/internal/errs"
	"zhuce/internal/pg"
)

// Refs is a table of messages of one kind that were applied, by the id that their
// sender gave each: client_id, the ref in Column, body_hash, answer and applied_at.
type Refs struct {
	Table, Column string
	Reused        *errs.Def // refuses a ref that came before with another body
}

// Applied is what became of a message; Fresh tells that it was applied now.
type Applied[T any] struct {
	Answer T    `json:"answer"`
	Fresh  bool `json:"fresh"`
}

// OnceARef applies a message once: the same ref with the same body again gets the
// answer that was given before, for as long as the table is kept. Whoever sends the
// same at the same moment waits here. The digest is 32 bytes; [Refs.Reused] for another.
func OnceARef[T any](tx pg.Tx, refs Refs, client uuid.UUID, ref string, digest []byte, fn func() (T, error)) (Applied[T], error) {
	earlier, err := claimRef[T](tx, refs, client, ref, digest)
	if err != nil || earlier != nil {
		if earlier == nil {
			earlier = new(T)
		}
		return Applied[T]{Answer: *earlier}, err
	}
	done, err := fn()
	if err != nil {
		return Applied[T]{}, err
	}
	answer, err := json.Marshal(done)
	if err != nil {
		return Applied[T]{}, fmt.Errorf("encode the answer to %s: %w", refs.Column, err)
	}
	if err := tx.Exec(`UPDATE `+refs.Table+` SET answer = ?::jsonb WHERE client_id = ? AND `+refs.Column+` = ?`, string(answer), client, ref).Error; err != nil {
		return Applied[T]{}, fmt.Errorf("remember %s: %w", refs.Column, err)
	}
	return Applied[T]{done, true}, nil
}

// claimRef takes the ref; nil then, or the answer that it was given before.
func claimRef[T any](tx pg.Tx, refs Refs, client uuid.UUID, ref string, digest []byte) (*T, error) {
	claimed := tx.Exec(`INSERT INTO `+refs.Table+` (client_id, `+refs.Column+`, body_hash, applied_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		client, ref, digest, tx.Now)
	if claimed.Error != nil {
		return nil, fmt.Errorf("claim %s: %w", refs.Column, claimed.Error)
	}
	if claimed.RowsAffected == 1 {
		return nil, nil
	}
	var rows []struct {
		BodyHash []byte
		Answer   []byte
	}
	if err := tx.Raw(`SELECT body_hash, answer FROM `+refs.Table+` WHERE client_id = ? AND `+refs.Column+` = ?`, client, ref).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read %s: %w", refs.Column, err)
	}
	if len(rows) == 0 {
		return nil, errors.New("idempotency: the " + refs.Column + " that was in the way is gone")
	}
	if !bytes.Equal(rows[0].BodyHash, digest) {
		return nil, refs.Reused.New().With(refs.Reused.At("/" + refs.Column))
	}
	var answer T
	return &answer, json.Unmarshal(rows[0].Answer, &answer)
}
