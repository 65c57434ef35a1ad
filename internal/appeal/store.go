package appeal

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/outbox"
	"zhuce/internal/pg"
)

// ErrStale refuses an edit over a version that is not the present one.
var ErrStale = errs.Define(errs.Stale, "appeal.stale", "申辩已被他人修改，请对照后再保存", "Someone else changed the statement; compare, then save again")

const columns = `id, reference, enterprise_id, client_id, finding_ref, authority, source, province, kind, facts, person_name, registrant_id,
	certificate_number, id_number_masked, found_on, due_on, due_given, state, late, COALESCE(reason, '') AS reason, statement,
	draft_by, draft_at, submitted_by, submitted_at, overdue_at, decided_at, outcome, COALESCE(measure, '') AS measure,
	received_at, updated_at, version, step`

// visible is the one place that says whose findings an actor sees: an enterprise
// its own, an authority's system what it pushed.
func visible(who auth.Actor) (where string, args []any) {
	switch who.Party {
	case auth.Enterprise:
		return `enterprise_id = ?`, []any{who.EnterpriseID}
	case auth.Province, auth.Ministry:
		return `client_id = ?`, []any{who.ClientID}
	default:
		return `false`, nil
	}
}

// lock reads the finding and holds it until the transaction ends. [ErrNotFound]
// unless the actor sees it.
func lock(tx pg.Tx, who auth.Actor, id uuid.UUID) (Appeal, error) {
	where, args := visible(who)
	var rows []Appeal
	if err := tx.Raw(`SELECT `+columns+` FROM appeals WHERE id = ? AND `+where+` FOR UPDATE`, append([]any{id}, args...)...).Scan(&rows).Error; err != nil {
		return Appeal{}, fmt.Errorf("lock appeal: %w", err)
	}
	if len(rows) == 0 {
		return Appeal{}, ErrNotFound.New()
	}
	return rows[0], nil
}

// move is one finding's step from before to after.
type move struct {
	before, after Appeal
}

// write stores the moves with their timeline entries and events: three
// statements, however many. [ErrStale] when a version does not fit, which the
// row lock should have prevented.
func write(tx pg.Tx, who auth.Actor, do Action, reason string, moves []move) error {
	type row struct {
		ID          uuid.UUID  `json:"id"`
		Seen        int        `json:"seen"`
		Step        int        `json:"step"`
		From        State      `json:"from_state"`
		State       State      `json:"state"`
		Late        bool       `json:"late"`
		SubmittedBy string     `json:"submitted_by"`
		SubmittedAt *time.Time `json:"submitted_at"`
		OverdueAt   *time.Time `json:"overdue_at"`
		DecidedAt   *time.Time `json:"decided_at"`
		Outcome     string     `json:"outcome"`
		Measure     Measure    `json:"measure"`
	}
	rows := make([]row, len(moves))
	events := make([]outbox.Event, len(moves))
	for i, m := range moves {
		a := m.after
		rows[i] = row{a.ID, m.before.Version, a.Step, m.before.State, a.State, a.Late, a.SubmittedBy, a.SubmittedAt, a.OverdueAt, a.DecidedAt, a.Outcome, a.Measure}
		events[i] = event(do, a, m.before.State)
	}
	doc, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("encode moves: %w", err)
	}
	moved := tx.Exec(`UPDATE appeals a SET state = m.state, late = m.late, submitted_by = m.submitted_by, submitted_at = m.submitted_at,
			overdue_at = m.overdue_at, decided_at = m.decided_at, outcome = m.outcome, measure = NULLIF(m.measure, ''),
			step = m.step, version = a.version + 1, updated_at = ?
		FROM jsonb_to_recordset(?::jsonb) AS m(id uuid, seen int, step int, state text, late boolean, submitted_by text, submitted_at timestamptz,
			overdue_at timestamptz, decided_at timestamptz, outcome text, measure text)
		WHERE a.id = m.id AND a.version = m.seen`, tx.Now, string(doc))
	if moved.Error != nil {
		return fmt.Errorf("move appeals: %w", moved.Error)
	}
	if int(moved.RowsAffected) != len(moves) {
		return ErrStale.New()
	}
	err = tx.Exec(`INSERT INTO appeal_history (appeal_id, step, at, action, party, actor_name, from_state, to_state, reason)
		SELECT m.id, m.step, ?, ?, ?, ?, m.from_state, m.state, ?
		FROM jsonb_to_recordset(?::jsonb) AS m(id uuid, step int, from_state text, state text) ORDER BY m.id`,
		tx.Now, do, who.Party, who.Name, reason, string(doc)).Error
	if err != nil {
		return fmt.Errorf("write timeline: %w", err)
	}
	return outbox.PutTx(tx, events)
}

func event(do Action, a Appeal, from State) outbox.Event {
	var before any
	if from != "" {
		before = from
	}
	return outbox.Event{Def: eventOf[do], SubjectType: "appeal", SubjectID: a.ID, EnterpriseID: a.EnterpriseID, ClientID: a.ClientID,
		Data: map[string]any{"reference": a.Reference, "finding_ref": a.FindingRef, "from": before, "to": a.State, "late": a.Late, "step": a.Step}}
}

// setFiles replaces the files of one side.
func setFiles(tx pg.Tx, id uuid.UUID, side string, files []Piece) error {
	if err := tx.Exec(`DELETE FROM appeal_attachments WHERE appeal_id = ? AND side = ?`, id, side).Error; err != nil {
		return fmt.Errorf("unbind files: %w", err)
	}
	if len(files) == 0 {
		return nil
	}
	doc, err := json.Marshal(files)
	if err != nil {
		return fmt.Errorf("encode files: %w", err)
	}
	err = tx.Exec(`INSERT INTO appeal_attachments (appeal_id, attachment_id, side, proof, position)
		SELECT ?, (f.file->>'attachment_id')::uuid, ?, f.file->>'proof', f.position
		FROM jsonb_array_elements(?::jsonb) WITH ORDINALITY AS f(file, position)`, id, side, string(doc)).Error
	if err != nil {
		return fmt.Errorf("bind files: %w", err)
	}
	return nil
}

// files reads the files of both sides in their order.
func files(tx pg.Tx, id uuid.UUID) (papers, evidence []File, err error) {
	var rows []struct {
		File
		Side string
	}
	err = tx.Raw(`SELECT f.side, f.proof, f.attachment_id, a.file_name, a.media_type, a.size, a.sha256
		FROM appeal_attachments f JOIN attachments a ON a.id = f.attachment_id WHERE f.appeal_id = ? ORDER BY f.side, f.position`, id).Scan(&rows).Error
	if err != nil {
		return nil, nil, fmt.Errorf("read files: %w", err)
	}
	for _, r := range rows {
		if r.Side == sideAuthority {
			papers = append(papers, r.File)
		} else {
			evidence = append(evidence, r.File)
		}
	}
	return papers, evidence, nil
}

// detail reads what stands below the finding: two statements, whatever its age.
func detail(tx pg.Tx, a Appeal) (Detail, error) {
	d := Detail{Appeal: a}
	var err error
	if d.Papers, d.Evidence, err = files(tx, a.ID); err != nil {
		return d, err
	}
	err = tx.Raw(`SELECT at, action, party, actor_name, COALESCE(from_state, '') AS "from", to_state AS "to", reason
		FROM appeal_history WHERE appeal_id = ? ORDER BY step`, a.ID).Scan(&d.Timeline).Error
	if err != nil {
		return d, fmt.Errorf("read timeline: %w", err)
	}
	return d, nil
}

const (
	sideAuthority  = "authority"
	sideEnterprise = "enterprise"
)

// Piece is one file as it is handed in.
type Piece struct {
	AttachmentID uuid.UUID `json:"attachment_id"`
	Proof        Proof     `json:"proof"`
}

func same(files []File, pieces []Piece) bool {
	return slices.EqualFunc(files, pieces, func(f File, p Piece) bool { return f.AttachmentID == p.AttachmentID && f.Proof == p.Proof })
}
