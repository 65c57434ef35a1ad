// Package outbox writes what must be told outside in the transaction that it
// tells of (spec §5 Exchange). Payloads are thin: ids and states, never personal data.
package outbox

import (
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"zhuce/internal/pg"
)

// Event is one fact about one record.
type Event struct {
	Kind         string // "filing.submitted" …
	SubjectType  string // "filing" …
	SubjectID    uuid.UUID
	EnterpriseID uuid.UUID
	Data         any
}

// PutTx writes the events, in order, with one statement.
func PutTx(tx pg.Tx, events []Event) error {
	if len(events) == 0 {
		return nil
	}
	rows := make([]map[string]any, len(events))
	for i, e := range events {
		data, err := json.Marshal(e.Data)
		if err != nil {
			return fmt.Errorf("outbox: encode %s: %w", e.Kind, err)
		}
		rows[i] = map[string]any{"event_id": uuid.Must(uuid.NewV7()), "kind": e.Kind, "subject_type": e.SubjectType,
			"subject_id": e.SubjectID, "enterprise_id": e.EnterpriseID, "data": json.RawMessage(data)}
	}
	doc, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("outbox: encode: %w", err)
	}
	err = tx.Exec(`INSERT INTO outbox (event_id, kind, subject_type, subject_id, enterprise_id, data, occurred_at)
		SELECT e.event_id, e.kind, e.subject_type, e.subject_id, e.enterprise_id, e.data, ?
		FROM jsonb_to_recordset(?::jsonb) AS
			e(event_id uuid, kind text, subject_type text, subject_id uuid, enterprise_id uuid, data jsonb)
		ORDER BY e.event_id`, tx.Now, string(doc)).Error
	if err != nil {
		return fmt.Errorf("outbox: write: %w", err)
	}
	return nil
}
