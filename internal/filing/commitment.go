package filing

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/enterprise"
	"zhuce/internal/errs"
	"zhuce/internal/idempotency"
	"zhuce/internal/pg"
)

// TextVersion names the wording of the commitment (domain §6). Change it with
// every change of the text: what was signed under a version never changes.
const TextVersion = "2026-11"

var (
	//go:embed text/commitment.zh-CN.txt
	commitmentText string
	//go:embed text/commitment.en.txt
	commitmentTranslation string
)

const commitmentTitle = "企业承诺书"

// Refusals of commitments.
var (
	ErrNoCommitment = errs.Define(errs.NotFound, "commitment.not_found", "承诺书不存在", "There is no such commitment")
	ErrNotReady     = conflict("commitment.not_ready", "请完整阅读承诺书，还需 {seconds} 秒", "Read the commitment to the end; {seconds} seconds left")
	ErrUsed         = conflict("commitment.used", "该承诺书已用于上报（回执编号 {reference}），不能重复使用", "This commitment was used already (receipt {reference})")
	ErrExpired      = conflict("commitment.expired", "承诺书已过期，请重新打开", "The commitment has expired; open it again")
	ErrOtherIDs     = conflict("commitment.other_ids", "所选申报与打开承诺书时不一致，请重新打开承诺书", "The filings are not the ones that the commitment was opened for; open it again")
	ErrUnsigned     = conflict("commitment.unsigned", "承诺书尚未签署，没有回执", "The commitment is not signed, so there is no receipt")
)

// Commitment is one opening of the letter (企业承诺书), bound to the user, the
// enterprise and exactly these filings.
type Commitment struct {
	ID           uuid.UUID
	EnterpriseID uuid.UUID
	UserID       uuid.UUID
	UserName     string
	TextVersion  string
	TextSHA256   string
	Title        string
	Body         string
	Translation  string
	FilingCount  int
	OpenedAt     time.Time
	ReadyAt      time.Time // may be signed from here …
	ExpiresAt    time.Time // … until before here
	UsedAt       *time.Time
	Reference    string
	SignedAs     string      // the enterprise's name when it was signed
	FilingIDs    []uuid.UUID `gorm:"-"`
}

// State is "used", "expired", "reading" or "ready" at the time.
func (c Commitment) State(now time.Time) string {
	switch {
	case c.UsedAt != nil:
		return "used"
	case !now.Before(c.ExpiresAt):
		return "expired"
	case now.Before(c.ReadyAt):
		return "reading"
	default:
		return "ready"
	}
}

// covers refuses unless the commitment may be signed now for exactly these ids.
func (c Commitment) covers(read map[uuid.UUID]int, ids []uuid.UUID, now time.Time) error {
	switch c.State(now) {
	case "used":
		return ErrUsed.New("reference", c.Reference)
	case "expired":
		return ErrExpired.New()
	case "reading":
		left := c.ReadyAt.Sub(now)
		return ErrNotReady.New("seconds", int((left+time.Second-1)/time.Second))
	}
	same := len(read) == len(ids) && !slices.ContainsFunc(ids, func(id uuid.UUID) bool { _, ok := read[id]; return !ok })
	if !same {
		return ErrOtherIDs.New()
	}
	return nil
}

// OpenCommitment shows the letter for these filings and starts its reading time
// by the server's clock. Refusals: [ErrBatchSize], enterprise.ErrNotSaved,
// [ErrBatch] when one of them could not be submitted anyway.
func (s *Service) OpenCommitment(ctx context.Context, who auth.Actor, ids []uuid.UUID) (Commitment, error) {
	ids, err := distinct(ids)
	if err != nil {
		return Commitment{}, err
	}
	return idempotency.Once(ctx, s.db, func(tx pg.Tx) (Commitment, error) {
		if err := s.readyToSubmit(tx, who); err != nil {
			return Commitment{}, err
		}
		found, err := lock(tx, who, ids)
		if err != nil {
			return Commitment{}, err
		}
		moves, refused := judge(found, ids, Submit, who.Party, tx.Now)
		if err := refuse(refused); err != nil {
			return Commitment{}, err
		}
		c := Commitment{ID: uuid.Must(uuid.NewV7()), EnterpriseID: who.EnterpriseID, UserID: who.UserID, UserName: who.Name,
			TextVersion: TextVersion, TextSHA256: textSHA256(), Title: commitmentTitle, Body: commitmentText, Translation: commitmentTranslation,
			FilingCount: len(ids), OpenedAt: tx.Now, ReadyAt: tx.Now.Add(s.readingTime), ExpiresAt: tx.Now.Add(s.life), FilingIDs: ids}
		return c, insertCommitment(tx, c, moves)
	})
}

// Commitment reads one of the caller's own. [ErrNoCommitment] otherwise.
func (s *Service) Commitment(ctx context.Context, who auth.Actor, id uuid.UUID) (Commitment, error) {
	var c Commitment
	err := s.db.InTx(ctx, func(tx pg.Tx) error {
		var err error
		c, err = readCommitment(tx, who, id, "")
		if err != nil {
			return err
		}
		return tx.Raw(`SELECT filing_id FROM commitment_filings WHERE commitment_id = ? ORDER BY filing_id`, id).Scan(&c.FilingIDs).Error
	})
	return c, err
}

// Receipt is what was signed, word for word, with what it covered.
type Receipt struct {
	Commitment
	EnterpriseName string
	CreditCode     string
	Filings        []Filing
}

// Receipt shows a signed commitment to anyone of the enterprise that signed it.
// [ErrNoCommitment]; [ErrUnsigned] before it is signed.
func (s *Service) Receipt(ctx context.Context, who auth.Actor, id uuid.UUID) (Receipt, error) {
	var r Receipt
	err := s.db.InTx(ctx, func(tx pg.Tx) error {
		c, err := readCommitment(tx, who, id, "")
		if err != nil {
			return err
		}
		if c.UsedAt == nil {
			return ErrUnsigned.New()
		}
		r.Commitment = c
		e, err := enterprise.LockTx(tx, who.EnterpriseID)
		if err != nil {
			return err
		}
		r.EnterpriseName, r.CreditCode = c.SignedAs, e.CreditCode // what it is called since changes no receipt
		return tx.Raw(`SELECT `+columns+` FROM filings WHERE enterprise_id = ? AND id IN
			(SELECT filing_id FROM commitment_filings WHERE commitment_id = ?) ORDER BY reference`, who.EnterpriseID, id).Scan(&r.Filings).Error
	})
	return r, err
}

func insertCommitment(tx pg.Tx, c Commitment, moves []move) error {
	err := tx.Exec(`INSERT INTO commitments (id, enterprise_id, user_id, user_name, text_version, text_sha256, filing_count, opened_at, ready_at, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, c.ID, c.EnterpriseID, c.UserID, c.UserName, c.TextVersion, c.TextSHA256,
		c.FilingCount, c.OpenedAt, c.ReadyAt, c.ExpiresAt).Error
	if err != nil {
		return fmt.Errorf("open commitment: %w", err)
	}
	ids := make([]uuid.UUID, len(moves))
	for i, m := range moves {
		ids[i] = m.before.ID
	}
	err = tx.Exec(`INSERT INTO commitment_filings (commitment_id, filing_id, revision)
		SELECT ?, id, revision FROM filings WHERE id = ANY(?::uuid[])`, c.ID, pg.UUIDs(ids)).Error
	if err != nil {
		return fmt.Errorf("open commitment: %w", err)
	}
	return nil
}

// lockCommitment holds one of the user's own and tells the revision of every
// filing as it was read.
func lockCommitment(tx pg.Tx, who auth.Actor, id uuid.UUID) (Commitment, map[uuid.UUID]int, error) {
	c, err := readCommitment(tx, who, id, " FOR UPDATE OF c")
	if err != nil {
		return c, nil, err
	}
	if c.UserID != who.UserID {
		return c, nil, ErrNoCommitment.New()
	}
	var rows []struct {
		FilingID uuid.UUID
		Revision int
	}
	if err := tx.Raw(`SELECT filing_id, revision FROM commitment_filings WHERE commitment_id = ?`, id).Scan(&rows).Error; err != nil {
		return c, nil, fmt.Errorf("read commitment: %w", err)
	}
	read := make(map[uuid.UUID]int, len(rows))
	for _, r := range rows {
		read[r.FilingID] = r.Revision
	}
	return c, read, nil
}

func readCommitment(tx pg.Tx, who auth.Actor, id uuid.UUID, suffix string) (Commitment, error) {
	var rows []Commitment
	err := tx.Raw(`SELECT c.*, COALESCE(c.reference, '') AS reference, COALESCE(c.signed_as, '') AS signed_as, t.title, t.body, t.translation
		FROM commitments c JOIN commitment_texts t ON t.version = c.text_version
		WHERE c.id = ? AND c.enterprise_id = ?`+suffix, id, who.EnterpriseID).Scan(&rows).Error
	if err != nil {
		return Commitment{}, fmt.Errorf("read commitment: %w", err)
	}
	if len(rows) == 0 {
		return Commitment{}, ErrNoCommitment.New()
	}
	return rows[0], nil
}

// useCommitment marks it signed by the enterprise as it is called now and gives the
// receipt's number. Whoever calls holds the enterprise.
func useCommitment(tx pg.Tx, id uuid.UUID) (string, error) {
	var reference string
	err := tx.Raw(`UPDATE commitments SET used_at = ?, signed_as = (SELECT name FROM enterprises e WHERE e.id = enterprise_id), reference = 'SB' || to_char(?::timestamptz AT TIME ZONE 'Asia/Shanghai', 'YYYYMMDD')
			|| lpad(nextval('commitment_references')::text, 8, '0')
		WHERE id = ? RETURNING reference`, tx.Now, tx.Now, id).Scan(&reference).Error
	if err != nil {
		return "", fmt.Errorf("use commitment: %w", err)
	}
	return reference, nil
}

func textSHA256() string {
	sum := sha256.Sum256([]byte(commitmentText))
	return hex.EncodeToString(sum[:])
}

// keepText stores the present wording under its version, once.
func (s *Service) keepText(ctx context.Context) error {
	return s.db.InTx(ctx, func(tx pg.Tx) error {
		err := tx.Exec(`INSERT INTO commitment_texts (version, title, body, translation, sha256) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			TextVersion, commitmentTitle, commitmentText, commitmentTranslation, textSHA256()).Error
		if err != nil {
			return fmt.Errorf("keep commitment text: %w", err)
		}
		var kept string
		if err := tx.Raw(`SELECT sha256 FROM commitment_texts WHERE version = ?`, TextVersion).Scan(&kept).Error; err != nil {
			return fmt.Errorf("keep commitment text: %w", err)
		}
		if kept != textSHA256() {
			return fmt.Errorf("the commitment text was changed without a new version (%s): give it one", TextVersion)
		}
		return nil
	})
}

// keepUnsigned is how long an expired commitment that nobody signed is kept.
const keepUnsigned = 7 * 24 * time.Hour

// Purge deletes commitments that expired a week ago without a signature, at most
// 10,000 at a time. What was signed stays for ever.
func (s *Service) Purge(ctx context.Context) error {
	return s.db.InTx(ctx, func(tx pg.Tx) error {
		return tx.Exec(`DELETE FROM commitments WHERE id IN (SELECT id FROM commitments
			WHERE used_at IS NULL AND expires_at < ? ORDER BY expires_at LIMIT 10000 FOR UPDATE SKIP LOCKED)`, tx.Now.Add(-keepUnsigned)).Error
	})
}
