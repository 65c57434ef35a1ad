package message

import (
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"zhuce/internal/bell"
	"zhuce/internal/errs"
	"zhuce/internal/pg"
)

// Post is one message on its way.
type Post struct {
	EnterpriseID uuid.UUID
	Def          *Def
	Params       map[string]any // texts, numbers and [errs.Text]; names, never personal numbers
	SubjectType  string         // "filing" …, "" for none
	SubjectID    uuid.UUID
	Once         string // told once for each such key and enterprise; "" always
}

// row is a message as it is written.
type row struct {
	ID           uuid.UUID      `json:"id"`
	EnterpriseID *uuid.UUID     `json:"enterprise_id"`
	Province     *string        `json:"province"`
	Kind         Kind           `json:"kind"`
	Code         string         `json:"code"`
	Params       map[string]any `json:"params"`
	SubjectType  string         `json:"subject_type"`
	SubjectID    *uuid.UUID     `json:"subject_id"`
	Once         *string        `json:"once"`
	NoticeID     *uuid.UUID     `json:"notice_id"`
}

// PostTx writes the messages with one statement, however many they are, and wakes
// their readers at the commit. Until then nobody else posts to these enterprises,
// so call it late in the transaction.
func PostTx(tx pg.Tx, posts []Post) error {
	rows := make([]row, len(posts))
	for i, p := range posts {
		r := row{ID: uuid.Must(uuid.NewV7()), EnterpriseID: &p.EnterpriseID, Kind: p.Def.Kind, Code: p.Def.Code, Params: map[string]any{}, SubjectType: p.SubjectType}
		for name, value := range p.Params {
			if t, ok := value.(errs.Text); ok {
				value = map[string]string{"zh": t.ZH, "en": t.EN}
			}
			r.Params[name] = value
		}
		if p.SubjectType != "" {
			r.SubjectID = &p.SubjectID
		}
		if p.Once != "" {
			r.Once = &p.Once
		}
		rows[i] = r
	}
	return write(tx, rows)
}

// write numbers the rows in their audiences and writes them. Audiences are held in
// one order, so that two who post to the same ones do not wait for each other in a ring.
func write(tx pg.Tx, rows []row) error {
	if len(rows) == 0 {
		return nil
	}
	doc, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("message: encode: %w", err)
	}
	err = tx.Exec(`WITH said AS (
			SELECT m.*, a.audience, row_number() OVER (PARTITION BY a.audience ORDER BY m.id) AS nth, count(*) OVER (PARTITION BY a.audience) AS n
			FROM jsonb_to_recordset(?::jsonb) AS m(id uuid, enterprise_id uuid, province text, kind text, code text, params jsonb,
				subject_type text, subject_id uuid, once text, notice_id uuid)
			CROSS JOIN LATERAL (SELECT COALESCE(m.enterprise_id::text, m.province, 'all')) AS a(audience)
			WHERE NOT EXISTS (SELECT FROM messages told WHERE told.enterprise_id = m.enterprise_id AND told.once = m.once)
		), numbered AS (
			INSERT INTO mailboxes AS box (audience, last) SELECT audience, count(*) FROM said GROUP BY audience ORDER BY audience
			ON CONFLICT (audience) DO UPDATE SET last = box.last + EXCLUDED.last RETURNING audience, last
		)
		INSERT INTO messages AS m (id, enterprise_id, province, number, kind, code, params, subject_type, subject_id, once, notice_id, posted_at)
		SELECT s.id, s.enterprise_id, s.province, b.last - s.n + s.nth, s.kind, s.code, s.params, s.subject_type, s.subject_id, s.once, s.notice_id, ?
		FROM said s JOIN numbered b USING (audience)
		ON CONFLICT ON CONSTRAINT messages_are_told_once DO NOTHING
		RETURNING pg_notify(?, ? || m.audience)`, string(doc), tx.Now, bell.Channel, ringPrefix).Error
	if err != nil {
		return fmt.Errorf("message: write: %w", err)
	}
	return nil
}
