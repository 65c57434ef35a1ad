package enterprise

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"zhuce/internal/pg"
)

const columns = `id, credit_code, name, legal_representative, legal_person_type, login_name,
	login_legal_representative, province, basic, saved_at, version, updated_at`

func scan(q *gorm.DB) ([]Enterprise, error) {
	var rows []struct {
		ID                                                   uuid.UUID
		CreditCode, Name                                     string
		LegalRepresentative, LegalPersonType                 string
		LoginName, LoginLegalRepresentative, Province, Basic string
		SavedAt                                              *time.Time
		Version                                              int
		UpdatedAt                                            time.Time
	}
	if err := q.Scan(&rows).Error; err != nil {
		return nil, err
	}
	out := make([]Enterprise, len(rows))
	for i, r := range rows {
		out[i] = Enterprise{ID: r.ID, CreditCode: r.CreditCode, Name: r.Name, LegalRepresentative: r.LegalRepresentative,
			LegalPersonType: r.LegalPersonType, LoginName: r.LoginName, LoginLegalRepresentative: r.LoginLegalRepresentative,
			Province: r.Province, SavedAt: r.SavedAt, Version: r.Version, UpdatedAt: r.UpdatedAt}
		if err := json.Unmarshal([]byte(r.Basic), &out[i].Basic); err != nil {
			return nil, fmt.Errorf("decode basic information: %w", err)
		}
	}
	return out, nil
}

func read(q *gorm.DB, where string, args ...any) (Enterprise, error) {
	rows, err := scan(q.Raw(`SELECT `+columns+` FROM enterprises `+where, args...))
	if err != nil {
		return Enterprise{}, fmt.Errorf("read enterprise: %w", err)
	}
	if len(rows) == 0 {
		return Enterprise{}, ErrUnknown.New()
	}
	return rows[0], nil
}

// write stores the information over the version that was seen. [ErrStale] when
// another save came first.
func write(tx pg.Tx, id uuid.UUID, seen int, b BasicInformation) (Enterprise, error) {
	doc, err := json.Marshal(b)
	if err != nil {
		return Enterprise{}, fmt.Errorf("encode basic information: %w", err)
	}
	rows, err := scan(tx.Raw(`UPDATE enterprises SET basic = ?, province = ?, saved_at = COALESCE(saved_at, ?),
			version = version + 1, updated_at = ?
		WHERE id = ? AND version = ? RETURNING `+columns, string(doc), b.Province, tx.Now, tx.Now, id, seen))
	if err != nil {
		return Enterprise{}, fmt.Errorf("save basic information: %w", err)
	}
	if len(rows) == 0 {
		return Enterprise{}, ErrStale.New()
	}
	return rows[0], nil
}

// foreignCopies are the places of those certificate copies that are no
// attachment of this enterprise.
func foreignCopies(tx pg.Tx, enterprise uuid.UUID, list []Qualification) ([]int, error) {
	var ids []uuid.UUID
	for _, q := range list {
		if q.CopyAttachmentID != nil {
			ids = append(ids, *q.CopyAttachmentID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	var found []string
	if err := tx.Raw(`SELECT id::text FROM attachments WHERE id = ANY(?::uuid[]) AND enterprise_id = ?`,
		pg.UUIDs(ids), enterprise).Scan(&found).Error; err != nil {
		return nil, fmt.Errorf("read attachments: %w", err)
	}
	var foreign []int
	for i, q := range list {
		if q.CopyAttachmentID != nil && !slices.Contains(found, q.CopyAttachmentID.String()) {
			foreign = append(foreign, i)
		}
	}
	return foreign, nil
}

// UniqueCodesTx gives the own code (企业唯一码) of each enterprise whose
// certificates tell it: the seal numbers of its people begin with it (domain §2.3).
func UniqueCodesTx(tx pg.Tx, ids []uuid.UUID) (map[uuid.UUID]string, error) {
	var rows []struct {
		ID     uuid.UUID
		Number string
	}
	err := tx.Raw(`SELECT id, COALESCE(basic->'qualifications'->0->>'certificate_number', '') AS number FROM enterprises WHERE id = ANY(?::uuid[])`,
		pg.UUIDs(ids)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read codes of enterprises: %w", err)
	}
	codes := make(map[uuid.UUID]string, len(rows))
	for _, r := range rows {
		if code := uniqueCode(r.Number); code != "" {
			codes[r.ID] = code
		}
	}
	return codes, nil
}
