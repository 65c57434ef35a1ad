package attachment_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/attachment"
	"zhuce/internal/pg"
	"zhuce/internal/pg/pgtest"
)

// TestPapersAreHeldInIDOrder: with the table read in another order than the ids',
// the lower id is still held first. Without that, deliveries that share papers
// ended in deadlocks.
func TestPapersAreHeldInIDOrder(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	client, enterprise := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	low, high := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	for _, s := range []struct {
		sql  string
		args []any
	}{
		{`INSERT INTO machine_clients (id, name, party, scopes, created_at) VALUES (?, 'papers', 'person', '{}', now())`, []any{client}},
		{`INSERT INTO enterprises (id, credit_code, name, legal_representative, legal_person_type, login_name, login_legal_representative, created_at, updated_at)
			VALUES (?, '911100000000000000', 'n', 'r', 'enterprise', 'n', 'r', now(), now())`, []any{enterprise}},
		{`INSERT INTO attachments (id, client_id, file_name, media_type, size, sha256, created_at)
			SELECT id, ?, 'a.pdf', 'application/pdf', 1, repeat('0', 64), now() FROM unnest(?::uuid[]) id`, []any{client, pg.UUIDs([]uuid.UUID{high, low})}},
	} {
		if err := db.Read(t.Context()).Exec(s.sql, s.args...).Error; err != nil {
			t.Fatal(err)
		}
	}
	done := make(chan error, 1)
	err := db.InTx(t.Context(), func(holder pg.Tx) error {
		if err := holder.Exec(`SELECT 1 FROM attachments WHERE id = ? FOR UPDATE`, low).Error; err != nil {
			return err
		}
		go func() {
			done <- db.InTx(context.Background(), func(tx pg.Tx) error {
				if err := tx.Exec(`SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off`).Error; err != nil {
					return err
				}
				bound, err := attachment.BindTx(tx, client, enterprise, []uuid.UUID{high, low})
				if err == nil && len(bound) != 2 {
					t.Errorf("%d of 2 were bound", len(bound))
				}
				return err
			})
		}()
		for begun := time.Now(); time.Since(begun) < 10*time.Second; {
			var waiting int
			if err := holder.Raw(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&waiting).Error; err != nil {
				return err
			}
			if waiting > 0 {
				return holder.Exec(`SELECT 1 FROM attachments WHERE id = ? FOR UPDATE NOWAIT`, high).Error
			}
			if err := holder.Exec(`SELECT pg_stat_clear_snapshot()`).Error; err != nil {
				return err
			}
		}
		t.Error("nobody waits for the lower id")
		return nil
	})
	if err != nil {
		t.Errorf("the higher id was held first: %v", err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}
