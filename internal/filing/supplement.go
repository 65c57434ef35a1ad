package filing

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"zhuce/internal/attachment"
	"zhuce/internal/audit"
	"zhuce/internal/auth"
	"zhuce/internal/enterprise"
	"zhuce/internal/errs"
	"zhuce/internal/idempotency"
	"zhuce/internal/message"
	"zhuce/internal/pg"
	"zhuce/internal/registers"
)

// What the enterprise is told.
var (
	MsgAwaited = message.Define(message.KindQualification, "filing.qualification_awaited", "预注册申报待补正资质", "Pre-registrations await the qualification",
		"{people} 的预注册申报已上报，请在 {due_on} 前取得企业资质并补正；逾期预注册失效。",
		"The pre-registrations of {people} are submitted. Supplement the enterprise's qualification by {due_on}, or they lapse.")
	MsgSupplemented = message.Define(message.KindQualification, "filing.qualification_supplemented", "资质已补正", "Qualification supplemented",
		"{people} 的预注册申报已用资质证书 {certificate_number} 补正。", "The pre-registrations of {people} were supplemented with the certificate {certificate_number}.")
	MsgReminder = message.Define(message.KindQualification, "filing.qualification_reminder", "补正资质还剩 {days} 天", "{days} days left to supplement the qualification",
		"{people} 的预注册申报应在 {due_on} 前补正资质，逾期预注册失效。", "The pre-registrations of {people} must be supplemented by {due_on}, or they lapse.")
	MsgLapsed = message.Define(message.KindQualification, "filing.qualification_lapsed", "预注册已失效", "Pre-registrations have lapsed",
		"{people} 的预注册申报逾期（{due_on}）未补正资质，预注册已失效，不能准予注册。", "The pre-registrations of {people} were not supplemented by {due_on} and have lapsed; they cannot be approved.")
)

// SupplementRequest is what the clerk brings: the number of a found certificate,
// or, where the register has none, a typed number with the scan of the certificate.
type SupplementRequest struct {
	FilingIDs         []uuid.UUID
	CertificateNumber string
	ScanID            *uuid.UUID // nil: the number is chosen, not typed
}

// SupplementRecord is a supplement as it was made.
type SupplementRecord struct {
	ID                uuid.UUID              `json:"id"`
	CertificateNumber string                 `json:"certificate_number"`
	Source            SupplementSource       `json:"source"`
	Certificate       *registers.Certificate `json:"certificate"` // nil for a typed one
	ScanID            *uuid.UUID             `json:"scan_id"`
	ScanName          string                 `json:"scan_name"`
	RegisterAsOf      time.Time              `json:"register_as_of"`
	UserName          string                 `json:"user_name"`
	At                time.Time              `json:"at"`
}

// SupplementedBatch is the outcome of a supplement.
type SupplementedBatch struct {
	Supplement SupplementRecord `json:"supplement"`
	Filings    []Moved          `json:"filings"`
}

// Supplement gives pre-registered filings the qualification that they await (补正
// 资质, manual §3.2.6), all or none. The register is asked anew before the
// transaction and its answer decides, not what the browser saw.
//
// Refusals: [ErrBatchSize]; [ErrSupplementInvalid] with a detail per place;
// registers.ErrDown when the register does not answer and has said nothing that
// helps; [ErrCertificateFound]; enterprise.ErrNotSaved; [ErrBatch] with a detail per refused filing.
func (s *Service) Supplement(ctx context.Context, who auth.Actor, r SupplementRequest) (SupplementedBatch, error) {
	ids, err := distinct(r.FilingIDs)
	if err != nil {
		return SupplementedBatch{}, err
	}
	r.CertificateNumber = strings.ToUpper(strings.TrimSpace(r.CertificateNumber))
	if enterprise.UniqueCodeOf(r.CertificateNumber) == "" {
		return SupplementedBatch{}, ErrSupplementInvalid.New().With(errCertificateNumber.At("/certificate_number"))
	}
	e, err := s.enterprises.Current(ctx, who)
	if err != nil {
		return SupplementedBatch{}, err
	}
	look, lookErr := s.lookUp(ctx, e.CreditCode, s.db.Now())
	return idempotency.Once(ctx, s.db, func(tx pg.Tx) (SupplementedBatch, error) {
		// Only here: the same request sent again gets its first answer, whatever the register does by now.
		if lookErr != nil {
			return SupplementedBatch{}, lookErr
		}
		return s.supplement(tx, who, r, ids, look)
	})
}

func (s *Service) supplement(tx pg.Tx, who auth.Actor, r SupplementRequest, ids []uuid.UUID, look QualificationLookup) (SupplementedBatch, error) {
	// The enterprise alone: two typed numbers at once must not each be the first.
	e, err := enterprise.HoldTx(tx, who.EnterpriseID)
	if err != nil {
		return SupplementedBatch{}, fmt.Errorf("hold enterprise: %w", err)
	}
	if !e.Saved() {
		return SupplementedBatch{}, enterprise.ErrNotSaved.New()
	}
	earlier, err := supplementedNumbers(tx.DB, e.ID)
	if err != nil {
		return SupplementedBatch{}, err
	}
	found, err := lock(tx, who, ids)
	if err != nil {
		return SupplementedBatch{}, err
	}
	moves, refused := judge(found, ids, Supplement, who.Party, tx.Now)
	for _, m := range moves {
		if due := m.before.QualificationDueOn; due < today(tx.Now).Format(time.DateOnly) {
			refused = append(refused, Refusal{m.before.ID, m.before.PersonName, m.before.Status, ErrTooLate.New("due_on", due)})
		}
	}
	if err := refuse(refused); err != nil {
		return SupplementedBatch{}, err
	}
	certificate, err := look.judge(e, earlier, r.CertificateNumber, r.ScanID != nil)
	if err != nil {
		return SupplementedBatch{}, err
	}
	rec := SupplementRecord{ID: uuid.Must(uuid.NewV7()), CertificateNumber: r.CertificateNumber, Source: FromRegister, Certificate: certificate,
		RegisterAsOf: look.AsOf, UserName: who.Name, At: tx.Now}
	if r.ScanID != nil {
		scans, err := attachment.OfEnterpriseTx(tx, e.ID, []uuid.UUID{*r.ScanID})
		if err != nil {
			return SupplementedBatch{}, err
		}
		scan, ours := scans[*r.ScanID]
		if !ours {
			return SupplementedBatch{}, ErrSupplementInvalid.New().With(errScanUnknown.At("/attachment_id"))
		}
		rec.Source, rec.ScanID, rec.ScanName = Typed, r.ScanID, scan.FileName
	}
	if err := keepSupplement(tx, who, rec, ids); err != nil {
		return SupplementedBatch{}, err
	}
	st := step{who: who, action: Supplement, reason: rec.CertificateNumber,
		data: map[string]any{"certificate_number": rec.CertificateNumber, "source": rec.Source}}
	if err := s.write(tx, st, moves); err != nil {
		return SupplementedBatch{}, err
	}
	if err := message.PostTx(tx, []message.Post{{EnterpriseID: e.ID, Def: MsgSupplemented, SubjectType: "filing", SubjectID: moves[0].after.ID,
		Params: map[string]any{"people": people(namesOf(moves), len(moves)), "certificate_number": rec.CertificateNumber}}}); err != nil {
		return SupplementedBatch{}, err
	}
	err = audit.RecordTx(tx, audit.Entry{Actor: who, Action: "filing.supplement", SubjectType: "qualification_supplement", SubjectID: rec.ID.String()})
	return SupplementedBatch{rec, moved(moves)}, err
}

func keepSupplement(tx pg.Tx, who auth.Actor, rec SupplementRecord, ids []uuid.UUID) error {
	var certificate *string
	if rec.Certificate != nil {
		doc, err := json.Marshal(rec.Certificate)
		if err != nil {
			return fmt.Errorf("encode certificate: %w", err)
		}
		text := string(doc)
		certificate = &text
	}
	err := tx.Exec(`INSERT INTO qualification_supplements (id, enterprise_id, certificate_number, source, certificate, attachment_id,
			register_as_of, user_id, user_name, supplemented_at) VALUES (?, ?, ?, ?, ?::jsonb, ?, ?, ?, ?, ?)`,
		rec.ID, who.EnterpriseID, rec.CertificateNumber, rec.Source, certificate, rec.ScanID, rec.RegisterAsOf, who.UserID, who.Name, rec.At).Error
	if err != nil {
		return fmt.Errorf("keep supplement: %w", err)
	}
	if err := tx.Exec(`UPDATE filings SET supplement_id = ? WHERE id = ANY(?::uuid[])`, rec.ID, pg.UUIDs(ids)).Error; err != nil {
		return fmt.Errorf("give the filings their supplement: %w", err)
	}
	return nil
}

// supplementedNumbers are those that the enterprise supplemented with before, the first one first.
func supplementedNumbers(db *gorm.DB, enterpriseID uuid.UUID) ([]known, error) {
	var out []known
	err := db.Raw(`SELECT certificate_number, source FROM qualification_supplements WHERE enterprise_id = ?
		GROUP BY certificate_number, source ORDER BY min(supplemented_at), certificate_number, source`, enterpriseID).Scan(&out).Error
	if err != nil {
		return nil, fmt.Errorf("read supplements: %w", err)
	}
	return out, nil
}

// readSupplement reads the supplement of a filing.
func readSupplement(tx pg.Tx, id uuid.UUID) (*SupplementRecord, error) {
	var rows []struct {
		ID                           uuid.UUID
		CertificateNumber, Source    string
		Certificate                  []byte
		AttachmentID                 *uuid.UUID
		FileName, UserName           string
		RegisterAsOf, SupplementedAt time.Time
	}
	err := tx.Raw(`SELECT s.id, s.certificate_number, s.source, s.certificate, s.attachment_id, COALESCE(a.file_name, '') AS file_name,
			s.user_name, s.register_as_of, s.supplemented_at
		FROM qualification_supplements s LEFT JOIN attachments a ON a.id = s.attachment_id WHERE s.id = ?`, id).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	r := rows[0]
	rec := &SupplementRecord{ID: r.ID, CertificateNumber: r.CertificateNumber, Source: SupplementSource(r.Source), ScanID: r.AttachmentID,
		ScanName: r.FileName, RegisterAsOf: r.RegisterAsOf.UTC(), UserName: r.UserName, At: r.SupplementedAt.UTC()}
	if r.Certificate != nil {
		rec.Certificate = &registers.Certificate{}
		if err := json.Unmarshal(r.Certificate, rec.Certificate); err != nil {
			return nil, fmt.Errorf("decode certificate: %w", err)
		}
	}
	return rec, nil
}

// shownNames is how many people a message names.
const shownNames = 3

// people names the first few of n people.
func people(names []string, n int) errs.Text {
	if len(names) > shownNames {
		names = names[:shownNames]
	}
	zh, en := strings.Join(names, "、"), strings.Join(names, ", ")
	if n > len(names) {
		return errs.Text{ZH: fmt.Sprintf("%s等 %d 人", zh, n), EN: fmt.Sprintf("%s and %d more", en, n-len(names))}
	}
	return errs.Text{ZH: zh, EN: en}
}

func namesOf(moves []move) []string {
	out := make([]string, 0, shownNames)
	for _, m := range moves {
		if len(out) == shownNames {
			break
		}
		out = append(out, m.after.PersonName)
	}
	return out
}
