package message

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/bell"
	"zhuce/internal/errs"
	"zhuce/internal/label"
	"zhuce/internal/pg"
)

// ErrNotFound: the message does not exist for this reader.
var ErrNotFound = errs.Define(errs.NotFound, "message.not_found", "消息不存在", "There is no such message")

// Read marks the messages as read by the person, and by nobody else. [ErrNotFound]
// with a detail for each that is not theirs to read; then none is marked.
func (s *Service) Read(ctx context.Context, who auth.Actor, ids []uuid.UUID) error {
	return s.db.InTx(ctx, func(tx pg.Tx) error {
		args := reader(who)
		args["ids"], args["now"] = pg.UUIDs(ids), tx.Now
		var theirs []struct{ ID uuid.UUID }
		// What lies below the mark is read already.
		err := tx.Raw(`WITH `+boxes+`, theirs AS (SELECT m.id, m.number > COALESCE(k.up_to, 0) AS above
				FROM box JOIN messages m USING (audience)`+marks+` WHERE m.id = ANY((@ids)::uuid[])),
			marked AS (INSERT INTO message_reads (user_id, message_id, read_at) SELECT @user, id, @now FROM theirs WHERE above ON CONFLICT DO NOTHING)
			SELECT id FROM theirs`, args).Scan(&theirs).Error
		if err != nil {
			return fmt.Errorf("mark messages as read: %w", err)
		}
		found := make(map[uuid.UUID]bool, len(theirs))
		for _, m := range theirs {
			found[m.ID] = true
		}
		var missing []errs.Detail
		for _, id := range ids {
			if !found[id] {
				missing = append(missing, ErrNotFound.About(errs.Record{Type: "message", ID: id.String()}))
			}
		}
		if len(missing) > 0 {
			return ErrNotFound.New().With(missing...)
		}
		return bell.RingTx(tx, ReaderKey(who))
	})
}

// ReadAll marks everything as read by the person, or everything of the kind; upTo,
// when there is one, leaves out what came after it. One statement, however much it is.
func (s *Service) ReadAll(ctx context.Context, who auth.Actor, kind Kind, upTo *Position) error {
	kinds := label.Values(Kinds)
	if kind != "" {
		kinds = []string{string(kind)}
	}
	const noEnd = int64(1)<<62 - 1
	own, ofProvince, all, code := noEnd, noEnd, noEnd, ""
	if upTo != nil {
		own, ofProvince, all, code = upTo.own, upTo.province, upTo.all, upTo.code
	}
	return s.db.InTx(ctx, func(tx pg.Tx) error {
		args := reader(who)
		args["kinds"], args["own"], args["province"], args["all"] = pg.Texts(kinds), own, ofProvince, all
		args["code"], args["bounded"] = code, upTo != nil
		// Single marks below the new one say nothing any more.
		err := tx.Exec(`WITH `+boxes+`, marked AS (INSERT INTO message_marks AS k (user_id, audience, kind, up_to)
				SELECT @user, box.audience, kinds.kind, LEAST(all_of.last,
					CASE WHEN box.audience = 'all' THEN (@all)::bigint WHEN length(box.audience) > 2 THEN (@own)::bigint
						WHEN box.audience = @code OR NOT @bounded THEN (@province)::bigint ELSE 0 END)
				FROM box JOIN mailboxes all_of USING (audience) CROSS JOIN unnest((@kinds)::text[]) AS kinds(kind) ORDER BY 2, 3
				ON CONFLICT (user_id, audience, kind) DO UPDATE SET up_to = GREATEST(k.up_to, EXCLUDED.up_to) RETURNING audience, kind, up_to)
			DELETE FROM message_reads r USING messages m, marked
			WHERE r.user_id = @user AND m.id = r.message_id AND m.audience = marked.audience AND m.kind = marked.kind AND m.number <= marked.up_to`, args).Error
		if err != nil {
			return fmt.Errorf("mark all messages as read: %w", err)
		}
		return bell.RingTx(tx, ReaderKey(who))
	})
}
