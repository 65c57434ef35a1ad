package client

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/idempotency"
	"zhuce/internal/pg"
)

// Overlap is how long the old secret stays good after a rotation, unless the
// administrator says otherwise; [OverlapMax] is the longest.
const (
	Overlap    = 24 * time.Hour
	OverlapMax = 30 * 24 * time.Hour
)

// Refusals on secrets.
var (
	ErrOverlap        = errs.Define(errs.Invalid, "client.overlap", "旧密钥最多可保留 {days} 天", "The old secret can stay good for {days} days at most")
	ErrSecretNotFound = errs.Define(errs.NotFound, "client.secret_not_found", "没有这个密钥，或已失效", "There is no such secret, or it is no longer good")
)

// Secret is what is known of a secret.
type Secret struct {
	ID         uuid.UUID
	CreatedAt  time.Time
	ExpiresAt  *time.Time // nil: the current one
	LastUsedAt *time.Time // to within [coarse]: whether the old one can go
}

// Rotated is a fresh secret, shown once, and what became of the one before.
type Rotated struct {
	ID           uuid.UUID
	Secret       string `json:"-"`
	CreatedAt    time.Time
	OldExpiresAt *time.Time // nil: there was none, or it ended at once
}

// Rotate gives the client a new secret. The current one stays good for the
// overlap (0: it ends at once), any older one ends now, so that two are good at
// most. Tokens that were issued before live out their few minutes: to end those
// too, disable. [ErrNotFound], [ErrOverlap], [ErrByCommand].
func (s *Service) Rotate(ctx context.Context, who auth.Actor, nameOrID string, overlap time.Duration) (Rotated, error) {
	if overlap < 0 || overlap > OverlapMax {
		return Rotated{}, ErrOverlap.New("days", int(OverlapMax/(24*time.Hour)))
	}
	secret := newSecret()
	return idempotency.Once(ctx, s.db, func(tx pg.Tx) (Rotated, error) {
		c, err := lock(tx, who, nameOrID, 0)
		if err != nil {
			return Rotated{}, err
		}
		out := Rotated{Secret: secret, CreatedAt: tx.Now}
		revoke := `UPDATE machine_client_secrets SET revoked_at = ? WHERE client_id = ? AND revoked_at IS NULL`
		if overlap > 0 {
			revoke += ` AND expires_at IS NOT NULL`
		}
		if err := tx.Exec(revoke, tx.Now, c.ID).Error; err != nil {
			return out, fmt.Errorf("client: end the older secret: %w", err)
		}
		until := tx.Now.Add(overlap)
		ends := tx.Exec(`UPDATE machine_client_secrets SET expires_at = ? WHERE client_id = ? AND revoked_at IS NULL`, until, c.ID)
		if ends.Error != nil {
			return out, fmt.Errorf("client: let the old secret run out: %w", ends.Error)
		}
		if ends.RowsAffected > 0 {
			out.OldExpiresAt = &until
		}
		if out.ID, err = addSecretTx(tx, c.ID, secret); err != nil {
			return out, err
		}
		return out, record(tx, who, "client.rotate", c.ID, "overlap "+overlap.String())
	})
}

// RevokeSecret ends one secret at once. [ErrNotFound], [ErrSecretNotFound], [ErrByCommand].
func (s *Service) RevokeSecret(ctx context.Context, who auth.Actor, nameOrID string, id uuid.UUID) error {
	_, err := s.change(ctx, who, nameOrID, 0, func(tx pg.Tx, c Client) error {
		done := tx.Exec(`UPDATE machine_client_secrets SET revoked_at = ? WHERE id = ? AND client_id = ? AND revoked_at IS NULL
			AND (expires_at IS NULL OR expires_at > ?)`, tx.Now, id, c.ID, tx.Now)
		if done.Error != nil {
			return fmt.Errorf("client: revoke a secret: %w", done.Error)
		}
		if done.RowsAffected == 0 {
			return ErrSecretNotFound.New()
		}
		return record(tx, who, "client.revoke_secret", c.ID, id.String())
	})
	return err
}

func addSecretTx(tx pg.Tx, client uuid.UUID, secret string) (uuid.UUID, error) {
	id, hash := uuid.Must(uuid.NewV7()), sha256.Sum256([]byte(secret))
	err := tx.Exec(`INSERT INTO machine_client_secrets (id, client_id, hash, created_at) VALUES (?, ?, ?, ?)`, id, client, hash[:], tx.Now).Error
	if err != nil {
		return id, fmt.Errorf("client: insert a secret: %w", err)
	}
	return id, nil
}

type secretRow struct {
	Secret
	Hash []byte
}

func readSecrets(q *gorm.DB, client uuid.UUID, now time.Time) ([]secretRow, error) {
	var rows []secretRow
	err := q.Raw(`SELECT id, hash, created_at, expires_at, last_used_at FROM machine_client_secrets
		WHERE client_id = ? AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?) ORDER BY created_at DESC`, client, now).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("client: read secrets: %w", err)
	}
	return rows, nil
}

func liveSecrets(q *gorm.DB, client uuid.UUID, now time.Time) ([]Secret, error) {
	rows, err := readSecrets(q, client, now)
	out := make([]Secret, len(rows))
	for i, r := range rows {
		out[i] = r.Secret
	}
	return out, err
}

// rightSecret looks for the secret among the client's. It asks and compares as
// much for a client that is not there: against hashes that nothing has.
func (s *Service) rightSecret(ctx context.Context, c row, secret string) (bool, error) {
	rows, err := readSecrets(s.db.Read(ctx), c.ID, s.db.Now())
	if err != nil {
		return false, err
	}
	given := sha256.Sum256([]byte(secret))
	var used *secretRow
	for i := range 2 {
		kept := make([]byte, sha256.Size)
		if i < len(rows) {
			kept = rows[i].Hash
		}
		if subtle.ConstantTimeCompare(given[:], kept) == 1 && i < len(rows) {
			used = &rows[i]
		}
	}
	if used == nil {
		return false, nil
	}
	if now := s.db.Now(); stale(used.LastUsedAt, now) {
		return true, touch(s.db.Read(ctx), "machine_client_secrets", used.ID, now)
	}
	return true, nil
}

func newSecret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(b)
}
