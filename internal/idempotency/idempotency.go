// Package idempotency makes a write that is sent twice happen once (spec §5).
//
// The key and the answer are stored in the transaction of the write itself, so
// there is no moment at which one exists without the other. Two requests with
// one key at the same time wait for each other on the key's unique constraint.
package idempotency

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"zhuce/internal/errs"
	"zhuce/internal/pg"
)

// Keep is how long a key is remembered.
const Keep = 7 * 24 * time.Hour

// ErrKeyReused refuses a key that came before with another route or body.
var ErrKeyReused = errs.Define(errs.Invalid, "request.idempotency_key_reused",
	"该 Idempotency-Key 已用于另一个请求，请换一个新的",
	"This Idempotency-Key was used for another request; send a new one")

// Request identifies a write: who sends it, under which key, to which route, with which body.
type Request struct {
	Caller     string
	Key        string
	Route      string
	BodySHA256 [32]byte
}

type ctxKey struct{}

// With puts the request into the context; a request without a key is not remembered.
func With(ctx context.Context, r Request) context.Context {
	if r.Key == "" {
		return ctx
	}
	return context.WithValue(ctx, ctxKey{}, r)
}

// WithBody puts the digest of a body that is known only after it was streamed
// into the request of the context, if there is one.
func WithBody(ctx context.Context, sha256 [32]byte) context.Context {
	r, ok := ctx.Value(ctxKey{}).(Request)
	if !ok {
		return ctx
	}
	r.BodySHA256 = sha256
	return With(ctx, r)
}

// Once runs fn in one transaction and remembers its result under the context's
// key. When the same request came before, fn does not run and the remembered
// result is returned. A refusal is not remembered: the same request may succeed
// later. Returns [ErrKeyReused] when the key came with another route or body.
func Once[T any](ctx context.Context, db *pg.DB, fn func(tx pg.Tx) (T, error)) (T, error) {
	var result T
	r, keyed := ctx.Value(ctxKey{}).(Request)
	err := db.InTx(ctx, func(tx pg.Tx) error {
		if !keyed {
			var err error
			result, err = fn(tx)
			return err
		}
		claimed := tx.Exec(`INSERT INTO idempotency_keys (caller, key, route, body_sha256, created_at)
			VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, r.Caller, r.Key, r.Route, r.BodySHA256[:], tx.Now)
		if claimed.Error != nil {
			return fmt.Errorf("claim idempotency key: %w", claimed.Error)
		}
		if claimed.RowsAffected == 0 {
			return replay(tx, r, &result)
		}
		var err error
		if result, err = fn(tx); err != nil {
			return err
		}
		answer, err := json.Marshal(result)
		if err != nil {
			return fmt.Errorf("encode the answer to remember: %w", err)
		}
		if err := tx.Exec(`UPDATE idempotency_keys SET answer = ? WHERE caller = ? AND key = ?`,
			string(answer), r.Caller, r.Key).Error; err != nil {
			return fmt.Errorf("remember the answer: %w", err)
		}
		return nil
	})
	return result, err
}

// errRehearsed takes back what a rehearsal did.
var errRehearsed = errors.New("idempotency: a dry run keeps nothing")

// Apply is [Once], or for a dry run the same act rehearsed: everything is judged and
// written as always, the constraints that wait for COMMIT are asked too, and then
// all of it is taken back. No key is remembered, and the sender's ref stays free.
func Apply[T any](ctx context.Context, db *pg.DB, dryRun bool, fn func(tx pg.Tx) (T, error)) (T, error) {
	if !dryRun {
		return Once(ctx, db, fn)
	}
	var result T
	err := db.InTx(ctx, func(tx pg.Tx) error {
		var err error
		if result, err = fn(tx); err != nil {
			return err
		}
		if err := tx.Exec(`SET CONSTRAINTS ALL IMMEDIATE`).Error; err != nil {
			return fmt.Errorf("rehearse: %w", err)
		}
		return errRehearsed
	})
	if errors.Is(err, errRehearsed) {
		err = nil
	}
	return result, err
}

func replay(tx pg.Tx, r Request, result any) error {
	var row struct {
		Route      string
		BodySHA256 []byte `gorm:"column:body_sha256"`
		Answer     []byte
	}
	if err := tx.Raw(`SELECT route, body_sha256, answer FROM idempotency_keys WHERE caller = ? AND key = ?`,
		r.Caller, r.Key).Scan(&row).Error; err != nil {
		return fmt.Errorf("read the remembered answer: %w", err)
	}
	if row.Route != r.Route || !bytes.Equal(row.BodySHA256, r.BodySHA256[:]) {
		return ErrKeyReused.New()
	}
	if err := json.Unmarshal(row.Answer, result); err != nil {
		return fmt.Errorf("decode the remembered answer: %w", err)
	}
	return nil
}

// Purge forgets keys older than [Keep], at most 10,000 at a time.
func Purge(ctx context.Context, db *pg.DB) error {
	return db.InTx(ctx, func(tx pg.Tx) error {
		return tx.Exec(`DELETE FROM idempotency_keys WHERE (caller, key) IN
			(SELECT caller, key FROM idempotency_keys WHERE created_at < ? LIMIT 10000)`, tx.Now.Add(-Keep)).Error
	})
}
