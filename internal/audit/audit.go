// Package audit writes who did or saw what, in the transaction that did it. Rows
// are added and read, never changed (spec §4, personal data).
package audit

import (
	"fmt"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/pg"
)

// Entry is one line of the trail. Reason is what the person gave; neither it nor
// any other field may hold a personal number.
type Entry struct {
	Actor       auth.Actor
	Action      string // "filing.reveal" …
	SubjectType string
	SubjectID   string
	Reason      string
}

// RecordTx writes the entry.
func RecordTx(tx pg.Tx, e Entry) error {
	var enterprise *uuid.UUID
	if e.Actor.EnterpriseID != uuid.Nil {
		enterprise = &e.Actor.EnterpriseID
	}
	err := tx.Exec(`INSERT INTO audit_log (at, caller, actor_name, enterprise_id, action, subject_type, subject_id, reason, ip)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, tx.Now, e.Actor.Caller(), e.Actor.Name, enterprise,
		e.Action, e.SubjectType, e.SubjectID, e.Reason, e.Actor.IP).Error
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	return nil
}

// RecordAllTx writes one entry for each of the subjects, with one statement; e names no subject of its own.
func RecordAllTx(tx pg.Tx, e Entry, subjects []uuid.UUID) error {
	var enterprise *uuid.UUID
	if e.Actor.EnterpriseID != uuid.Nil {
		enterprise = &e.Actor.EnterpriseID
	}
	err := tx.Exec(`INSERT INTO audit_log (at, caller, actor_name, enterprise_id, action, subject_type, subject_id, reason, ip)
		SELECT ?, ?, ?, ?::uuid, ?, ?, id::text, ?, ? FROM unnest(?::uuid[]) WITH ORDINALITY AS s(id, n) ORDER BY n`, tx.Now, e.Actor.Caller(), e.Actor.Name, enterprise,
		e.Action, e.SubjectType, e.Reason, e.Actor.IP, pg.UUIDs(subjects)).Error
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	return nil
}
