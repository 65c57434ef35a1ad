// Package outbox writes what must be told outside in the transaction that it
// tells of (spec §5 Exchange). Payloads are thin: ids and states, never personal data.
package outbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/bell"
	"zhuce/internal/errs"
	"zhuce/internal/pg"
)

// Def is a kind of event, declared beside the rule that raises it. Whose record an
// event is about learns of it always; To says who else does.
type Def struct {
	Kind string // "filing.submit": the record's type and what happened to it
	Text errs.Text
	To   []auth.Party // of enterprise, province, ministry
}

var defs = map[string]*Def{}

// Define declares a kind of event. It panics when the kind is declared twice.
func Define(kind, zh, en string, to ...auth.Party) *Def {
	if defs[kind] != nil {
		panic("outbox: " + kind + " is declared twice")
	}
	defs[kind] = &Def{Kind: kind, Text: errs.Text{ZH: zh, EN: en}, To: to}
	return defs[kind]
}

// All gives every kind of event that is declared, by name.
func All() []*Def {
	return slices.SortedFunc(maps.Values(defs), func(a, b *Def) int { return strings.Compare(a.Kind, b.Kind) })
}

// Event is one fact about one record.
type Event struct {
	Def          *Def
	SubjectType  string // "filing" …
	SubjectID    uuid.UUID
	EnterpriseID uuid.UUID // zero for what concerns no enterprise
	ClientID     uuid.UUID // the machine client whose record it is, if there is one
	Province     string    // two-digit code of the province that is told; "" means the enterprise's
	Data         any
}

// PutTx writes the events, in order, with one statement. Call it after the records
// that they are about were changed or locked: their order follows (docs/adr/0019).
func PutTx(tx pg.Tx, events []Event) error {
	if len(events) == 0 {
		return nil
	}
	rows := make([]map[string]any, len(events))
	for i, e := range events {
		data, err := json.Marshal(e.Data)
		if err != nil {
			return fmt.Errorf("outbox: encode %s: %w", e.Def.Kind, err)
		}
		rows[i] = map[string]any{"event_id": uuid.Must(uuid.NewV7()), "kind": e.Def.Kind, "subject_type": e.SubjectType,
			"subject_id": e.SubjectID, "province": e.Province, "audience": strings.Join(parties(e.Def.To), " "),
			"data": json.RawMessage(data)}
		if e.EnterpriseID != uuid.Nil {
			rows[i]["enterprise_id"] = e.EnterpriseID
		}
		if e.ClientID != uuid.Nil {
			rows[i]["client_id"] = e.ClientID
		}
	}
	doc, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("outbox: encode: %w", err)
	}
	err = tx.Exec(`WITH put AS (
			INSERT INTO outbox (event_id, kind, subject_type, subject_id, enterprise_id, client_id, province, audience, data, occurred_at)
			SELECT e.event_id, e.kind, e.subject_type, e.subject_id, e.enterprise_id, e.client_id,
				COALESCE(NULLIF(e.province, ''), (SELECT province FROM enterprises WHERE id = e.enterprise_id), ''),
				string_to_array(e.audience, ' '), e.data, ?
			FROM jsonb_to_recordset(?::jsonb) AS e(event_id uuid, kind text, subject_type text, subject_id uuid, enterprise_id uuid,
				client_id uuid, province text, audience text, data jsonb)
			ORDER BY e.event_id)
		SELECT pg_notify(?, ?)`, tx.Now, string(doc), bell.Channel, Key).Error
	if err != nil {
		return fmt.Errorf("outbox: write: %w", err)
	}
	return nil
}

func parties(of []auth.Party) []string {
	out := make([]string, len(of))
	for i, p := range of {
		out[i] = string(p)
	}
	return out
}
