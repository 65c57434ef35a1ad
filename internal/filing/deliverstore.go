package filing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/idno"
	"zhuce/internal/outbox"
	"zhuce/internal/pg"
)

// errLost is a fault: a row that was locked is not there to be written.
var errLost = errors.New("filing: the row that was locked is gone")

// save writes the contents of the filing and the papers of its revision. Status
// and version of a known one are [write]'s.
func (s *Service) save(tx pg.Tx, f Filing, d Delivery, known bool) error {
	d.Personal.BirthDate, d.Form.Person.BirthDate = d.Form.Person.BirthDate, ""
	form, err := json.Marshal(d.Form)
	if err != nil {
		return fmt.Errorf("encode form: %w", err)
	}
	sealed, err := s.vault.Seal("filing:"+f.ID.String(), d.Personal)
	if err != nil {
		return err
	}
	hash := s.vault.Hash(idno.IDKey(d.Personal.IDNumber))
	if known {
		done := tx.Exec(`UPDATE filings SET registration_type = ?, province = ?, revision = ?, delivered_at = ?, person_name = ?, gender = ?,
				id_type = ?, id_number_hash = ?, id_number_masked = ?, mobile_masked = ?, personal_sealed = ?, form = ?::jsonb WHERE id = ?`,
			f.RegistrationType, f.Province, f.Revision, f.DeliveredAt, f.PersonName, f.Gender,
			f.IDType, hash, f.IDNumberMasked, f.MobileMasked, sealed, string(form), f.ID)
		if err = done.Error; err == nil && done.RowsAffected != 1 {
			err = errLost
		}
	} else {
		err = tx.Exec(`INSERT INTO filings (id, reference, enterprise_id, client_id, filing_ref, track, profession, registration_type, province,
				status, pre_registration, version, revision, person_name, gender, id_type, id_number_hash, id_number_masked, mobile_masked,
				personal_sealed, form, delivered_at, updated_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULLIF(?, ''), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?, ?)`,
			f.ID, f.Reference, f.EnterpriseID, f.ClientID, f.FilingRef, f.Track, f.Profession, f.RegistrationType, f.Province,
			f.Status, f.PreRegistration, f.Version, f.Revision, f.PersonName, f.Gender, f.IDType, hash, f.IDNumberMasked, f.MobileMasked,
			sealed, string(form), f.DeliveredAt, f.UpdatedAt).Error
	}
	if err != nil {
		return fmt.Errorf("save filing: %w", err)
	}
	return savePapers(tx, f, d.Papers)
}

func savePapers(tx pg.Tx, f Filing, papers []DeliveredPaper) error {
	if papers == nil {
		papers = []DeliveredPaper{}
	}
	doc, err := json.Marshal(papers)
	if err != nil {
		return fmt.Errorf("encode papers: %w", err)
	}
	err = tx.Exec(`INSERT INTO filing_attachments (filing_id, revision, position, kind, attachment_id, shared_source)
		SELECT ?, ?, p.position, p.paper->>'kind', (p.paper->>'attachment_id')::uuid, NULLIF(p.paper->>'shared_source', '')
		FROM jsonb_array_elements(?::jsonb) WITH ORDINALITY AS p(paper, position)`, f.ID, f.Revision, string(doc)).Error
	if err != nil {
		return fmt.Errorf("save papers: %w", err)
	}
	return nil
}

// lockByRef finds and holds the caller's filing of this filing_ref; nil when there is none.
func lockByRef(tx pg.Tx, who auth.Actor, ref string) (*Filing, error) {
	var rows []Filing
	err := tx.Raw(`SELECT `+columns+` FROM filings WHERE client_id = ? AND filing_ref = ? FOR UPDATE`, who.ClientID, ref).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("lock filing by its sender's id: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return &rows[0], nil
}

// begin makes a filing that was not there before, with the reference that people
// quote: ZC, the day in China, and a number that never comes twice.
func begin(tx pg.Tx, who auth.Actor, d Delivery) (Filing, error) {
	var n int64
	if err := tx.Raw(`SELECT nextval('filing_references')`).Scan(&n).Error; err != nil {
		return Filing{}, fmt.Errorf("next reference: %w", err)
	}
	return Filing{ID: uuid.Must(uuid.NewV7()), Reference: fmt.Sprintf("ZC%s%08d", tx.Now.In(china).Format("20060102"), n),
		ClientID: who.ClientID, FilingRef: d.FilingRef, Status: PendingSubmission, Version: 1, Revision: 1,
		DeliveredAt: tx.Now, UpdatedAt: tx.Now}, nil
}

// arrived writes the first timeline entry of a filing, and its event.
func arrived(tx pg.Tx, s step, f Filing) error {
	err := tx.Exec(`INSERT INTO filing_history (filing_id, at, action, party, actor_name, to_status, revision, version)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, f.ID, tx.Now, s.action, s.who.Party, s.who.Name, f.Status, f.Revision, f.Version).Error
	if err != nil {
		return fmt.Errorf("write timeline: %w", err)
	}
	return outbox.PutTx(tx, []outbox.Event{event(events[s.action], f, map[string]any{"from": nil, "to": f.Status, "revision": f.Revision})})
}

// inTheWay names the open filing of the same person and profession; nil when it
// is gone. It may be another enterprise's: nothing but its reference and status
// is told.
func (s *Service) inTheWay(ctx context.Context, d Delivery) error {
	var rows []Filing
	err := s.db.Read(ctx).Raw(`SELECT `+columns+` FROM filings WHERE id_number_hash = ? AND profession = ? AND closed_at IS NULL`,
		s.vault.Hash(idno.IDKey(d.Personal.IDNumber)), d.Profession).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("read the filing in the way: %w", err)
	}
	if len(rows) == 0 {
		return nil
	}
	f := rows[0]
	params := []any{"reference", f.Reference, "status", f.Status.Text()}
	return ErrAlreadyOpen.New(params...).With(ErrAlreadyOpen.About(errs.Record{Type: "filing",
		ID: f.ID.String(), Label: f.Reference, Status: string(f.Status)}, params...))
}
