package filing

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/attachment"
	"zhuce/internal/auth"
	"zhuce/internal/enterprise"
	"zhuce/internal/outbox"
	"zhuce/internal/pg"
)

// errLost is a fault: a row that was locked is not there to be written.
var errLost = errors.New("filing: the row that was locked is gone")

// takeIn reads and holds what the deliveries touch: enterprises, then filings, then
// files, each in id order. A fixed number of statements.
func takeIn(tx pg.Tx, who auth.Actor, list []consigned) (*intake, error) {
	in := &intake{who: who, now: tx.Now, applied: map[string]applied{}, filings: map[string]Filing{}, open: map[string]Filing{}}
	var codes, refs, messages []string
	var files []uuid.UUID
	for _, d := range list {
		codes, refs, messages = append(codes, d.CreditCode), append(refs, d.FilingRef), append(messages, d.DeliveryRef)
		for _, p := range d.Papers {
			if p.AttachmentID != nil {
				files = append(files, *p.AttachmentID)
			}
		}
	}
	var err error
	if in.firms, err = enterprise.LockByCreditCodesTx(tx, codes); err != nil {
		return nil, err
	}
	// Before the filings and the messages: one that is seen here is seen there, too. The
	// other way round, the same delivery, committed in between, would stand in its own way.
	if err := in.readOpen(tx, list); err != nil {
		return nil, err
	}
	var held []Filing
	if err := tx.Raw(`SELECT `+columns+` FROM filings WHERE client_id = ? AND filing_ref = ANY(?::text[]) ORDER BY id FOR UPDATE`,
		who.ClientID, pg.Texts(refs)).Scan(&held).Error; err != nil {
		return nil, fmt.Errorf("lock filings by their sender's ids: %w", err)
	}
	for _, f := range held {
		in.filings[f.FilingRef] = f
	}
	// Whoever waited for the same delivery sees it applied in this statement.
	if err := in.readApplied(tx, messages); err != nil {
		return nil, err
	}
	if in.files, err = attachment.HoldTx(tx, who.ClientID, files); err != nil {
		return nil, err
	}
	fresh := 0
	for _, d := range list {
		_, before := in.applied[d.DeliveryRef]
		if _, known := in.filings[d.FilingRef]; !known && !before {
			fresh++
		}
	}
	if fresh == 0 {
		return in, nil
	}
	if err := tx.Raw(`SELECT nextval('filing_references') FROM generate_series(1, ?)`, fresh).Scan(&in.numbers).Error; err != nil {
		return nil, fmt.Errorf("next references: %w", err)
	}
	return in, nil
}

// readApplied reads the answers to deliveries that were applied before.
func (in *intake) readApplied(tx pg.Tx, refs []string) error {
	var rows []struct {
		Delivered
		DeliveryRef string
		BodySHA256  []byte `gorm:"column:body_sha256"`
	}
	err := tx.Raw(`SELECT f.id, f.reference, d.revision, d.applied_at AS delivered_at, d.delivery_ref, d.body_sha256
		FROM deliveries d JOIN filings f ON f.id = d.filing_id WHERE d.client_id = ? AND d.delivery_ref = ANY(?::text[])`,
		in.who.ClientID, pg.Texts(refs)).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("read deliveries: %w", err)
	}
	for _, r := range rows {
		r.Status, r.DeliveredAt = PendingSubmission, r.DeliveredAt.UTC()
		in.applied[r.DeliveryRef] = applied{r.Delivered, r.BodySHA256}
	}
	return nil
}

// readOpen reads the open filings of the persons, whoever employs them. They are not
// held: the unique index stands behind, and whoever runs into it judges anew.
func (in *intake) readOpen(tx pg.Tx, list []consigned) error {
	type key struct {
		Hash       string     `json:"hash"`
		Profession Profession `json:"profession"`
	}
	keys := make([]key, len(list))
	for i, d := range list {
		keys[i] = key{hex.EncodeToString(d.hash), d.Profession}
	}
	doc, err := json.Marshal(keys)
	if err != nil {
		return fmt.Errorf("encode persons: %w", err)
	}
	var rows []struct {
		Filing
		IDNumberHash []byte
	}
	err = tx.Raw(`SELECT `+columns+`, id_number_hash FROM filings WHERE closed_at IS NULL AND (id_number_hash, profession) IN
		(SELECT decode(w.hash, 'hex'), w.profession FROM jsonb_to_recordset(?::jsonb) AS w(hash text, profession text))`, string(doc)).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("read the filings in the way: %w", err)
	}
	for _, r := range rows {
		in.open[string(r.IDNumberHash)+string(r.Profession)] = r.Filing
	}
	return nil
}

// keep writes the deliveries that were taken: contents, papers, timeline, events, and
// that they were applied. Status and version of a known filing are [Service.write]'s.
func (s *Service) keep(tx pg.Tx, who auth.Actor, all []taken) error {
	// One order for everybody, that of the unique index: two bulks with the same persons
	// do not wait for each other in a circle.
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b taken) int { return bytes.Compare([]byte(a.subject()), []byte(b.subject())) })
	if err := s.keepContents(tx, all); err != nil {
		return err
	}
	if err := keepPapers(tx, all); err != nil {
		return err
	}
	st := step{who: who, action: Deliver, names: make(map[uuid.UUID]string, len(all))} // the person acts; the client only carries
	var fresh []Filing
	var moves []move
	for _, t := range all {
		st.names[t.after.ID] = t.after.PersonName
		if t.before == nil {
			fresh = append(fresh, t.after)
		} else {
			moves = append(moves, move{*t.before, t.after})
		}
	}
	if err := arrived(tx, st, fresh); err != nil {
		return err
	}
	if len(moves) > 0 {
		if err := s.write(tx, st, moves); err != nil {
			return err
		}
	}
	return remember(tx, who, all)
}

// kept is a filing's contents as they are written.
type kept struct {
	ID               uuid.UUID        `json:"id"`
	Reference        string           `json:"reference"`
	EnterpriseID     uuid.UUID        `json:"enterprise_id"`
	ClientID         uuid.UUID        `json:"client_id"`
	FilingRef        string           `json:"filing_ref"`
	Track            Track            `json:"track"`
	Profession       Profession       `json:"profession"`
	RegistrationType RegistrationType `json:"registration_type"`
	Province         string           `json:"province"`
	Status           Status           `json:"status"`
	PreRegistration  PreRegistration  `json:"pre_registration"`
	Version          int              `json:"version"`
	Revision         int              `json:"revision"`
	PersonName       string           `json:"person_name"`
	Gender           string           `json:"gender"`
	IDType           string           `json:"id_type"`
	Hash             string           `json:"hash"`
	IDNumberMasked   string           `json:"id_number_masked"`
	MobileMasked     string           `json:"mobile_masked"`
	Sealed           string           `json:"sealed"`
	Form             Form             `json:"form"`
	DeliveredAt      time.Time        `json:"delivered_at"`
}

const keptRecord = `n(id uuid, reference text, enterprise_id uuid, client_id uuid, filing_ref text, track text, profession text, registration_type text,
	province text, status text, pre_registration text, version int, revision int, person_name text, gender text, id_type text, hash text,
	id_number_masked text, mobile_masked text, sealed text, form jsonb, delivered_at timestamptz)`

// keepContents writes those that are known before the new ones, so that a person whose
// filing is about somebody else from now on is free.
func (s *Service) keepContents(tx pg.Tx, all []taken) error {
	var known, fresh []kept
	for _, t := range all {
		f, d := t.after, t.Delivery
		d.Personal.BirthDate, d.Form.Person.BirthDate = d.Form.Person.BirthDate, ""
		sealed, err := s.vault.Seal("filing:"+f.ID.String(), d.Personal)
		if err != nil {
			return err
		}
		k := kept{f.ID, f.Reference, f.EnterpriseID, f.ClientID, f.FilingRef, f.Track, f.Profession, f.RegistrationType, f.Province, f.Status, f.PreRegistration,
			f.Version, f.Revision, f.PersonName, f.Gender, f.IDType, hex.EncodeToString(t.hash), f.IDNumberMasked, f.MobileMasked, hex.EncodeToString(sealed), d.Form, f.DeliveredAt}
		if t.before == nil {
			fresh = append(fresh, k)
		} else {
			known = append(known, k)
		}
	}
	if len(known) > 0 {
		doc, err := json.Marshal(known)
		if err != nil {
			return fmt.Errorf("encode filings: %w", err)
		}
		done := tx.Exec(`UPDATE filings f SET registration_type = n.registration_type, province = n.province, revision = n.revision, delivered_at = n.delivered_at,
				person_name = n.person_name, gender = n.gender, id_type = n.id_type, id_number_hash = decode(n.hash, 'hex'), id_number_masked = n.id_number_masked,
				mobile_masked = n.mobile_masked, personal_sealed = decode(n.sealed, 'hex'), form = n.form
			FROM jsonb_to_recordset(?::jsonb) AS `+keptRecord+` WHERE f.id = n.id`, string(doc))
		if done.Error != nil {
			return fmt.Errorf("save filings: %w", done.Error)
		}
		if int(done.RowsAffected) != len(known) {
			return errLost
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	doc, err := json.Marshal(fresh)
	if err != nil {
		return fmt.Errorf("encode filings: %w", err)
	}
	if err := tx.Exec(`INSERT INTO filings (id, reference, enterprise_id, client_id, filing_ref, track, profession, registration_type, province,
			status, pre_registration, version, revision, person_name, gender, id_type, id_number_hash, id_number_masked, mobile_masked,
			personal_sealed, form, delivered_at, updated_at)
		SELECT n.id, n.reference, n.enterprise_id, n.client_id, n.filing_ref, n.track, n.profession, n.registration_type, n.province,
			n.status, NULLIF(n.pre_registration, ''), n.version, n.revision, n.person_name, n.gender, n.id_type, decode(n.hash, 'hex'), n.id_number_masked, n.mobile_masked,
			decode(n.sealed, 'hex'), n.form, n.delivered_at, n.delivered_at
		FROM jsonb_to_recordset(?::jsonb) AS `+keptRecord+` ORDER BY n.hash, n.profession`, string(doc)).Error; err != nil {
		return fmt.Errorf("insert filings: %w", err)
	}
	return nil
}

func keepPapers(tx pg.Tx, all []taken) error {
	type row struct {
		ID       uuid.UUID        `json:"id"`
		Revision int              `json:"revision"`
		Papers   []DeliveredPaper `json:"papers"`
	}
	rows := make([]row, len(all))
	for i, t := range all {
		rows[i] = row{t.after.ID, t.after.Revision, append([]DeliveredPaper{}, t.Papers...)}
	}
	doc, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("encode papers: %w", err)
	}
	if err := tx.Exec(`INSERT INTO filing_attachments (filing_id, revision, position, kind, attachment_id, shared_source)
		SELECT n.id, n.revision, p.position, p.paper->>'kind', (p.paper->>'attachment_id')::uuid, NULLIF(p.paper->>'shared_source', '')
		FROM jsonb_to_recordset(?::jsonb) AS n(id uuid, revision int, papers jsonb), jsonb_array_elements(n.papers) WITH ORDINALITY AS p(paper, position)`,
		string(doc)).Error; err != nil {
		return fmt.Errorf("save papers: %w", err)
	}
	return nil
}

// arrived writes the first timeline entries of filings, and their events.
func arrived(tx pg.Tx, s step, fresh []Filing) error {
	if len(fresh) == 0 {
		return nil
	}
	type row struct {
		ID   uuid.UUID `json:"id"`
		Name string    `json:"name"`
	}
	rows := make([]row, len(fresh))
	said := make([]outbox.Event, len(fresh))
	for i, f := range fresh {
		rows[i] = row{f.ID, s.names[f.ID]}
		said[i] = event(events[s.action], f, map[string]any{"from": nil, "to": f.Status, "revision": f.Revision})
	}
	doc, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("encode arrivals: %w", err)
	}
	if err := tx.Exec(`INSERT INTO filing_history (filing_id, at, action, party, actor_name, to_status, revision, version)
		SELECT n.id, ?, ?, ?, n.name, ?, 1, 1 FROM jsonb_to_recordset(?::jsonb) AS n(id uuid, name text) ORDER BY n.id`,
		tx.Now, s.action, s.who.Party, PendingSubmission, string(doc)).Error; err != nil {
		return fmt.Errorf("write timeline: %w", err)
	}
	return outbox.PutTx(tx, said)
}

// remember keeps that the deliveries were applied.
func remember(tx pg.Tx, who auth.Actor, all []taken) error {
	type row struct {
		Ref      string    `json:"ref"`
		Digest   string    `json:"digest"`
		ID       uuid.UUID `json:"id"`
		Revision int       `json:"revision"`
	}
	rows := make([]row, len(all))
	for i, t := range all {
		rows[i] = row{t.DeliveryRef, hex.EncodeToString(t.digest), t.after.ID, t.after.Revision}
	}
	doc, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("encode deliveries: %w", err)
	}
	if err := tx.Exec(`INSERT INTO deliveries (client_id, delivery_ref, body_sha256, filing_id, revision, applied_at)
		SELECT ?, n.ref, decode(n.digest, 'hex'), n.id, n.revision, ?
		FROM jsonb_to_recordset(?::jsonb) AS n(ref text, digest text, id uuid, revision int) ORDER BY n.ref`, who.ClientID, tx.Now, string(doc)).Error; err != nil {
		return fmt.Errorf("remember deliveries: %w", err)
	}
	return nil
}
