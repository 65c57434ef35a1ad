// Package attachment keeps the papers of the records: PDF, JPEG and PNG, known
// by their contents and not by their names (spec §4).
//
// An enterprise's upload is the enterprise's at once. A machine client's upload
// belongs to nobody until a delivery binds it with [BindTx]; what is never bound
// is purged.
package attachment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/files"
	"zhuce/internal/idempotency"
	"zhuce/internal/pg"
)

// Refusals of uploads and downloads.
var (
	ErrType     = errs.Define(errs.Unsupported, "attachment.unsupported_type", "文件内容不是完好的 PDF、JPG 或 PNG", "The contents are not a sound PDF, JPEG or PNG")
	ErrTooLarge = errs.Define(errs.TooLarge, "attachment.too_large", "文件超过 {limit} MB", "The file is larger than {limit} MB")
	ErrEmpty    = errs.Define(errs.Invalid, "attachment.empty", "文件是空的", "The file is empty")
	ErrNotFound = errs.Define(errs.NotFound, "attachment.not_found", "附件不存在", "There is no such attachment")
)

// unboundLife is how long an upload waits for the delivery that binds it.
const unboundLife = 7 * 24 * time.Hour

// Attachment is one file as its record sees it.
type Attachment struct {
	ID        uuid.UUID `json:"id"`
	FileName  string    `json:"file_name"` // cleaned; fits the media type
	MediaType string    `json:"media_type"`
	Size      int64     `json:"size"` // bytes
	SHA256    string    `json:"sha256"`
	CreatedAt time.Time `json:"created_at"`
}

// Service is every act upon attachments.
type Service struct {
	db    *pg.DB
	store files.Store
	max   int64
}

// New builds the service; maxBytes is the largest file that is taken.
func New(db *pg.DB, store files.Store, maxBytes int64) *Service {
	return &Service{db: db, store: store, max: maxBytes}
}

// MaxBytes is the largest file that is taken.
func (s *Service) MaxBytes() int64 { return s.max }

// TooLarge is the refusal of anything above [Service.MaxBytes].
func (s *Service) TooLarge() *errs.Error { return ErrTooLarge.New("limit", s.max>>20) }

// Upload takes a file: streamed to disk, judged there, kept under its SHA-256.
// Refusals: [ErrEmpty], [ErrTooLarge], [ErrType].
func (s *Service) Upload(ctx context.Context, who auth.Actor, fileName string, r io.Reader) (Attachment, error) {
	sp, err := receive(r, s.max)
	if err != nil {
		return Attachment{}, err
	}
	defer sp.discard()
	switch {
	case sp.size == 0:
		return Attachment{}, ErrEmpty.New()
	case sp.size > s.max:
		return Attachment{}, s.TooLarge()
	}
	mediaType, ok := sniff(sp.file, sp.size)
	if !ok {
		return Attachment{}, ErrType.New()
	}
	// The bytes go first: a row never points to nothing.
	if _, err := sp.file.Seek(0, io.SeekStart); err != nil {
		return Attachment{}, fmt.Errorf("attachment: %w", err)
	}
	if err := s.store.Put(ctx, sp.hex(), sp.file, sp.size); err != nil {
		return Attachment{}, fmt.Errorf("attachment: keep: %w", err)
	}
	ctx = idempotency.WithBody(ctx, sp.sum)
	return idempotency.Once(ctx, s.db, func(tx pg.Tx) (Attachment, error) {
		a := Attachment{ID: uuid.Must(uuid.NewV7()), FileName: cleanName(fileName, mediaType), MediaType: mediaType,
			Size: sp.size, SHA256: sp.hex(), CreatedAt: tx.Now}
		err := tx.Exec(`INSERT INTO attachments (id, enterprise_id, client_id, file_name, media_type, size, sha256, created_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, a.ID, orNull(who.EnterpriseID), orNull(who.ClientID),
			a.FileName, a.MediaType, a.Size, a.SHA256, a.CreatedAt).Error
		if err != nil {
			return Attachment{}, fmt.Errorf("attachment: insert: %w", err)
		}
		return a, nil
	})
}

func orNull(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}

const columns = `id, file_name, media_type, size, sha256, created_at`

// Open gives an attachment of the caller's enterprise with its bytes; the caller
// closes them. [ErrNotFound] for any other.
func (s *Service) Open(ctx context.Context, who auth.Actor, id uuid.UUID) (Attachment, io.ReadSeekCloser, error) {
	var rows []Attachment
	err := s.db.Read(ctx).Raw(`SELECT `+columns+` FROM attachments WHERE id = ? AND enterprise_id = ?`, id, who.EnterpriseID).Scan(&rows).Error
	if err != nil {
		return Attachment{}, nil, fmt.Errorf("attachment: read: %w", err)
	}
	if len(rows) == 0 || who.EnterpriseID == uuid.Nil {
		return Attachment{}, nil, ErrNotFound.New()
	}
	return s.bytes(ctx, rows[0])
}

// OpenJudged is [Service.Open] for a caller whose right the record that the file
// belongs to has decided; it asks nobody. [ErrNotFound] when there is no such file.
func (s *Service) OpenJudged(ctx context.Context, id uuid.UUID) (Attachment, io.ReadSeekCloser, error) {
	var rows []Attachment
	if err := s.db.Read(ctx).Raw(`SELECT `+columns+` FROM attachments WHERE id = ?`, id).Scan(&rows).Error; err != nil {
		return Attachment{}, nil, fmt.Errorf("attachment: read: %w", err)
	}
	if len(rows) == 0 {
		return Attachment{}, nil, ErrNotFound.New()
	}
	return s.bytes(ctx, rows[0])
}

func (s *Service) bytes(ctx context.Context, a Attachment) (Attachment, io.ReadSeekCloser, error) {
	f, err := s.store.Open(ctx, a.SHA256)
	if err != nil {
		return Attachment{}, nil, fmt.Errorf("attachment: open %s: %w", a.ID, err)
	}
	return a, f, nil
}

// OfEnterpriseTx gives those of the attachments that are the enterprise's.
func OfEnterpriseTx(tx pg.Tx, enterprise uuid.UUID, ids []uuid.UUID) (map[uuid.UUID]Attachment, error) {
	var rows []Attachment
	err := tx.Raw(`SELECT `+columns+` FROM attachments WHERE id = ANY(?::uuid[]) AND enterprise_id = ?`, pg.UUIDs(ids), enterprise).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("attachment: read: %w", err)
	}
	found := make(map[uuid.UUID]Attachment, len(rows))
	for _, a := range rows {
		found[a.ID] = a
	}
	return found, nil
}

// BindTx gives attachments that the client uploaded to the enterprise: those that
// are unbound, or the enterprise's already. What is missing from the answer is
// another client's, another enterprise's, or not there. Rows are held in id order,
// so that two deliveries with the same papers cannot wait for each other in a circle.
func BindTx(tx pg.Tx, client, enterprise uuid.UUID, ids []uuid.UUID) (map[uuid.UUID]Attachment, error) {
	var rows []Attachment
	// Only what is unbound is held and written, in id order, so that deliveries which
	// share papers neither deadlock nor wait: what is bound stays bound.
	err := tx.Raw(`WITH held AS (SELECT id AS held_id FROM attachments
			WHERE id = ANY(ARRAY(SELECT id FROM attachments WHERE id = ANY(CAST(@ids AS uuid[])) AND enterprise_id IS NULL))
				AND client_id = @client AND (enterprise_id IS NULL OR enterprise_id = @enterprise) ORDER BY id FOR NO KEY UPDATE),
		bound AS (UPDATE attachments SET enterprise_id = @enterprise FROM held WHERE id = held_id RETURNING `+columns+`)
		SELECT `+columns+` FROM bound UNION ALL
		SELECT `+columns+` FROM attachments WHERE id = ANY(CAST(@ids AS uuid[])) AND client_id = @client AND enterprise_id = @enterprise`,
		map[string]any{"ids": pg.UUIDs(ids), "client": client, "enterprise": enterprise}).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("attachment: bind: %w", err)
	}
	bound := make(map[uuid.UUID]Attachment, len(rows))
	for _, a := range rows {
		bound[a.ID] = a
	}
	return bound, nil
}

// HoldTx reads the client's files of the ids and holds those that are unbound, in id
// order, so that deliveries which share papers neither deadlock nor wait: what is
// bound stays bound. The answer says whose each is, nil for nobody's; what is missing
// is another client's, or not there. Two statements.
func HoldTx(tx pg.Tx, client uuid.UUID, ids []uuid.UUID) (map[uuid.UUID]*uuid.UUID, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	if err := tx.Exec(`SELECT FROM attachments WHERE id = ANY(?::uuid[]) AND client_id = ? AND enterprise_id IS NULL ORDER BY id FOR NO KEY UPDATE`,
		pg.UUIDs(ids), client).Error; err != nil {
		return nil, fmt.Errorf("attachment: hold: %w", err)
	}
	var rows []struct {
		ID           uuid.UUID
		EnterpriseID *uuid.UUID
	}
	// Only now: whoever was waited for has bound what it wanted.
	if err := tx.Raw(`SELECT id, enterprise_id FROM attachments WHERE id = ANY(?::uuid[]) AND client_id = ?`, pg.UUIDs(ids), client).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("attachment: read: %w", err)
	}
	found := make(map[uuid.UUID]*uuid.UUID, len(rows))
	for _, r := range rows {
		found[r.ID] = r.EnterpriseID
	}
	return found, nil
}

// BindHeldTx gives files that [HoldTx] holds to their enterprises, with one statement.
func BindHeldTx(tx pg.Tx, uses []Use) error {
	if len(uses) == 0 {
		return nil
	}
	ids, firms := make([]uuid.UUID, len(uses)), make([]uuid.UUID, len(uses))
	for i, u := range uses {
		ids[i], firms[i] = u.ID, u.Enterprise
	}
	if err := tx.Exec(`UPDATE attachments a SET enterprise_id = u.enterprise FROM unnest(?::uuid[], ?::uuid[]) AS u(id, enterprise)
		WHERE a.id = u.id AND a.enterprise_id IS NULL`, pg.UUIDs(ids), pg.UUIDs(firms)).Error; err != nil {
		return fmt.Errorf("attachment: bind: %w", err)
	}
	return nil
}

// Use is one use of a file: which, and for which enterprise.
type Use struct{ ID, Enterprise uuid.UUID }

// ShareTx gives each enterprise a row of its own for files that the client uploaded
// and that stay unbound: the bytes are kept once, the upload can be used again. What
// is missing from the answer is another client's, bound already, or not there. One statement.
func ShareTx(tx pg.Tx, client uuid.UUID, uses []Use) (map[Use]uuid.UUID, error) {
	type row struct {
		Source     uuid.UUID `json:"source"`
		Enterprise uuid.UUID `json:"enterprise"`
		ID         uuid.UUID `json:"id"`
	}
	copies := make(map[Use]uuid.UUID, len(uses))
	var rows []row
	for _, u := range uses {
		if _, known := copies[u]; !known {
			copies[u] = uuid.Must(uuid.NewV7())
			rows = append(rows, row{u.ID, u.Enterprise, copies[u]})
		}
	}
	doc, err := json.Marshal(rows)
	if err != nil {
		return nil, fmt.Errorf("attachment: encode: %w", err)
	}
	var made []uuid.UUID
	ids := make([]uuid.UUID, len(rows))
	for i, r := range rows {
		ids[i] = r.Source
	}
	err = tx.Raw(`WITH held AS (SELECT * FROM attachments WHERE id = ANY(?::uuid[]) AND client_id = ? AND enterprise_id IS NULL ORDER BY id FOR SHARE)
		INSERT INTO attachments (id, enterprise_id, client_id, file_name, media_type, size, sha256, created_at)
		SELECT n.id, n.enterprise, a.client_id, a.file_name, a.media_type, a.size, a.sha256, ?
		FROM jsonb_to_recordset(?::jsonb) AS n(source uuid, enterprise uuid, id uuid)
			JOIN held a ON a.id = n.source
		RETURNING id`, pg.UUIDs(ids), client, tx.Now, string(doc)).Scan(&made).Error
	if err != nil {
		return nil, fmt.Errorf("attachment: share: %w", err)
	}
	done := make(map[uuid.UUID]bool, len(made))
	for _, id := range made {
		done[id] = true
	}
	for u, id := range copies {
		if !done[id] {
			delete(copies, u)
		}
	}
	return copies, nil
}

// Purge deletes what was uploaded more than seven days ago and never bound, 1,000
// rows at most, with the bytes that no other row points to. It says how many rows went.
func (s *Service) Purge(ctx context.Context) (int, error) {
	before := s.db.Now().Add(-unboundLife)
	var gone []string
	err := s.db.InTx(ctx, func(tx pg.Tx) error {
		return tx.Raw(`DELETE FROM attachments WHERE id IN (SELECT id FROM attachments
				WHERE enterprise_id IS NULL AND created_at < ? ORDER BY created_at LIMIT 1000 FOR UPDATE SKIP LOCKED)
			RETURNING sha256`, before).Scan(&gone).Error
	})
	if err != nil {
		return 0, fmt.Errorf("attachment: purge: %w", err)
	}
	var orphans []string
	err = s.db.Read(ctx).Raw(`SELECT DISTINCT g.sha256 FROM unnest(?::text[]) AS g(sha256)
		WHERE NOT EXISTS (SELECT 1 FROM attachments a WHERE a.sha256 = g.sha256)`, pg.Texts(gone)).Scan(&orphans).Error
	if err != nil {
		return len(gone), fmt.Errorf("attachment: purge: %w", err)
	}
	for _, sum := range orphans {
		// An upload of the same contents that has its bytes but not its row yet has just put them.
		if err := s.store.Remove(ctx, sum, before); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return len(gone), fmt.Errorf("attachment: purge: %w", err)
		}
	}
	return len(gone), nil
}
