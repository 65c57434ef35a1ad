package registrant

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/pg"
)

// ErrChanged: another approval acted on the same person meanwhile.
var ErrChanged = conflict("registrant.changed", "该人员的注册刚被另一项决定更改，请重试", "Another decision has just changed this person's registration; try again")

const columns = `id, enterprise_id, track, profession, person_name, gender, id_type, id_number_masked, mobile_masked, certificate_number,
	seal_number, valid_from, valid_until, status, source_filing_id, registered_at, ended_at, barred_until, version, updated_at`

// person is a row with the hash that it is found by.
type person struct {
	Registration
	IDNumberHash []byte
}

func lockPersons(tx pg.Tx, approvals []Approval) ([]person, error) {
	type key struct {
		Hash       string `json:"hash"`
		Profession string `json:"profession"`
	}
	keys := make([]key, len(approvals))
	for i, a := range approvals {
		keys[i] = key{hex.EncodeToString(a.Person.IDNumberHash), a.Profession}
	}
	doc, err := json.Marshal(keys)
	if err != nil {
		return nil, fmt.Errorf("encode persons: %w", err)
	}
	var rows []person
	err = tx.Raw(`SELECT `+columns+`, id_number_hash FROM registrants
		WHERE (id_number_hash, profession) IN (SELECT decode(w.hash, 'hex'), w.profession FROM jsonb_to_recordset(?::jsonb) AS w(hash text, profession text))
		ORDER BY id FOR UPDATE`, string(doc)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("lock registrations: %w", err)
	}
	return rows, nil
}

func lockCertificates(tx pg.Tx, approvals []Approval) ([]Registration, error) {
	numbers := make([]string, len(approvals))
	for i, a := range approvals {
		numbers[i] = a.OnForm.CertificateNumber
	}
	var rows []Registration
	err := tx.Raw(`SELECT `+columns+` FROM registrants WHERE certificate_number = ANY(?::text[]) AND status = 'valid' ORDER BY id FOR UPDATE`,
		pg.Texts(numbers)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("lock registrations by certificate: %w", err)
	}
	return rows, nil
}

// holders are the live registrations, but these ids, that have one of the numbers.
func holders(tx pg.Tx, certificates, seals []string, but []uuid.UUID) ([]Registration, error) {
	var rows []Registration
	err := tx.Raw(`SELECT `+columns+` FROM registrants WHERE status = 'valid' AND id <> ALL(?::uuid[])
			AND (certificate_number = ANY(?::text[]) OR seal_number = ANY(?::text[]))`,
		pg.UUIDs(but), pg.Texts(certificates), pg.Texts(seals)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("look for taken numbers: %w", err)
	}
	return rows, nil
}

// write stores the rows where the version still fits, and the history.
func (s *Service) write(tx pg.Tx, changes []change) error {
	type row struct {
		ID                uuid.UUID  `json:"id"`
		EnterpriseID      uuid.UUID  `json:"enterprise_id"`
		Track             string     `json:"track"`
		Profession        string     `json:"profession"`
		PersonName        string     `json:"person_name"`
		Gender            string     `json:"gender"`
		IDType            string     `json:"id_type"`
		Hash              string     `json:"hash"`
		IDNumberMasked    string     `json:"id_number_masked"`
		MobileMasked      string     `json:"mobile_masked"`
		Sealed            string     `json:"sealed"`
		CertificateNumber string     `json:"certificate_number"`
		SealNumber        string     `json:"seal_number"`
		ValidFrom         string     `json:"valid_from"`
		ValidUntil        string     `json:"valid_until"`
		Status            Status     `json:"status"`
		SourceFilingID    uuid.UUID  `json:"source_filing_id"`
		RegisteredAt      time.Time  `json:"registered_at"`
		EndedAt           *time.Time `json:"ended_at"`
		Version           int        `json:"version"`
		Action            Act        `json:"action"`
		Note              Note       `json:"note"`
	}
	rows := make([]row, len(changes))
	for i, c := range changes {
		r := c.after
		sealed, err := s.vault.Seal("registrant:"+r.ID.String(), c.a.Person.Personal)
		if err != nil {
			return err
		}
		rows[i] = row{r.ID, r.EnterpriseID, r.Track, r.Profession, r.PersonName, r.Gender, r.IDType, hex.EncodeToString(c.a.Person.IDNumberHash),
			r.IDNumberMasked, r.MobileMasked, hex.EncodeToString(sealed), r.CertificateNumber, r.SealNumber, r.ValidFrom.Format(time.DateOnly),
			r.ValidUntil.Format(time.DateOnly), r.Status, r.SourceFilingID, r.RegisteredAt, r.EndedAt, r.Version, c.a.Act, c.note}
	}
	doc, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("encode registrations: %w", err)
	}
	done := tx.Exec(`INSERT INTO registrants AS r (id, enterprise_id, track, profession, person_name, gender, id_type, id_number_hash, id_number_masked,
			mobile_masked, personal_sealed, certificate_number, seal_number, valid_from, valid_until, status, source_filing_id, registered_at, ended_at, version, updated_at)
		SELECT n.id, n.enterprise_id, n.track, n.profession, n.person_name, n.gender, n.id_type, decode(n.hash, 'hex'), n.id_number_masked,
			n.mobile_masked, decode(n.sealed, 'hex'), n.certificate_number, n.seal_number, n.valid_from, n.valid_until, n.status, n.source_filing_id, n.registered_at, n.ended_at, n.version, ?
		FROM jsonb_to_recordset(?::jsonb) AS n(id uuid, enterprise_id uuid, track text, profession text, person_name text, gender text, id_type text, hash text,
			id_number_masked text, mobile_masked text, sealed text, certificate_number text, seal_number text, valid_from date, valid_until date, status text,
			source_filing_id uuid, registered_at timestamptz, ended_at timestamptz, version integer)
		ON CONFLICT (id) DO UPDATE SET enterprise_id = excluded.enterprise_id, person_name = excluded.person_name, gender = excluded.gender, id_type = excluded.id_type,
			id_number_hash = excluded.id_number_hash, id_number_masked = excluded.id_number_masked, mobile_masked = excluded.mobile_masked,
			personal_sealed = excluded.personal_sealed, certificate_number = excluded.certificate_number, seal_number = excluded.seal_number,
			valid_from = excluded.valid_from, valid_until = excluded.valid_until, status = excluded.status, source_filing_id = excluded.source_filing_id,
			ended_at = excluded.ended_at, version = excluded.version, updated_at = excluded.updated_at
		WHERE r.version = excluded.version - 1`, tx.Now, string(doc))
	switch {
	case pg.Violates(done.Error, "registrants_one_live_per_person_and_profession"), pg.Violates(done.Error, "registrants_certificate_number_is_unique"):
		return ErrChanged.Wrap(done.Error)
	case done.Error != nil:
		return fmt.Errorf("write registrations: %w", done.Error)
	case int(done.RowsAffected) != len(changes):
		return ErrChanged.New()
	}
	err = tx.Exec(`INSERT INTO registrant_history (registrant_id, version, at, action, filing_id, enterprise_id, seal_number, valid_from, valid_until, note)
		SELECT n.id, n.version, ?, n.action, n.source_filing_id, n.enterprise_id, n.seal_number, n.valid_from, n.valid_until, n.note
		FROM jsonb_to_recordset(?::jsonb) AS n(id uuid, version integer, action text, source_filing_id uuid, enterprise_id uuid, seal_number text,
			valid_from date, valid_until date, note text) ORDER BY n.id`, tx.Now, string(doc)).Error
	if err != nil {
		return fmt.Errorf("write history of registrations: %w", err)
	}
	return nil
}
