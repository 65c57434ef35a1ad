package filing

import (
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/audit"
	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/outbox"
	"zhuce/internal/pg"
)

// ErrStale is raised when a row changed although it was locked: a fault, or a
// writer that goes round the lock.
var ErrStale = errs.Define(errs.Conflict, "filing.stale", "申报已被他人更改，请刷新后重试", "The filing was changed by someone else; reload and try again")

// ErrAlreadyOpen names the filing in the way of a second one.
var ErrAlreadyOpen = errs.Define(errs.Conflict, "filing.already_open",
	"该人员此专业已有在办申报 {reference}（{status}），办结前不能重复申报",
	"This person already has an open filing {reference} ({status}) for this profession")

const columns = `id, reference, enterprise_id, client_id, filing_ref, track, profession, registration_type, province, status,
	COALESCE(pre_registration, '') AS pre_registration, COALESCE(withdrawal, '') AS withdrawal,
	COALESCE(to_char(qualification_due_on, 'YYYY-MM-DD'), '') AS qualification_due_on, supplement_id,
	COALESCE(step, '') AS clock_step, COALESCE(to_char(step_started_on, 'YYYY-MM-DD'), '') AS clock_started_on, COALESCE(step_days, 0) AS clock_days,
	COALESCE(step_used, 0) AS clock_used, COALESCE(to_char(step_runs_from, 'YYYY-MM-DD'), '') AS clock_runs_from,
	COALESCE(to_char(due_on, 'YYYY-MM-DD'), '') AS clock_due_on, COALESCE(to_char(step_paused_until, 'YYYY-MM-DD'), '') AS clock_paused_until,
	step_pause_reason AS clock_pause_reason, step_extended AS clock_extended, overdue_at AS clock_overdue_at,
	COALESCE(correction_from, '') AS correction_from, COALESCE(to_char(publicity_until, 'YYYY-MM-DD'), '') AS publicity_until, version, revision, person_name, gender, id_type,
	id_number_masked, mobile_masked, commitment_id, delivered_at, submitted_at, closed_at, updated_at`

// lock reads the filings of the ids that the actor may act upon and holds them
// until the transaction ends, always in id order so that two batches cannot
// wait for each other in a circle. What is not there, or another's, is left out.
func lock(tx pg.Tx, who auth.Actor, ids []uuid.UUID) (map[uuid.UUID]Filing, error) {
	where, args := visible(who)
	var rows []Filing
	err := tx.Raw(`SELECT `+columns+` FROM filings WHERE id = ANY(?::uuid[]) AND `+where+` ORDER BY id FOR UPDATE`,
		append([]any{pg.UUIDs(ids)}, args...)...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("lock filings: %w", err)
	}
	found := make(map[uuid.UUID]Filing, len(rows))
	for _, f := range rows {
		found[f.ID] = f.on(tx.Now)
	}
	return found, nil
}

// visible is the one place that says whose filings an actor sees.
func visible(who auth.Actor) (where string, args []any) {
	switch who.Party {
	case auth.Enterprise:
		return `enterprise_id = ?`, []any{who.EnterpriseID}
	case auth.Person:
		return `client_id = ?`, []any{who.ClientID}
	case auth.Province:
		return `province = ANY(?::text[])`, []any{pg.Texts(who.Provinces)}
	case auth.Ministry, auth.System:
		return `true`, nil
	default:
		return `false`, nil
	}
}

// move is one filing's step from before to after.
type move struct {
	before, after Filing
}

// step is what all moves of one act have in common.
type step struct {
	who          auth.Actor
	action       Action
	reason       string
	commitmentID *uuid.UUID
	days         int                  // of a pause: how long it is told to last
	data         map[string]any       // of the event, beside what every one says
	names        map[uuid.UUID]string // who acts on which filing, where it is not who
	basis        []string             // of a decision: its grounds …
	corrections  map[uuid.UUID][]CorrectionAsked
	publicity    PublicityDays
}

// write winds the clocks of what has moved, stores the moves with their timeline
// entries and events, and ends the withdrawals that they leave behind. A fixed number of statements, however many filings; [ErrStale] when a version does not fit.
func (svc *Service) write(tx pg.Tx, s step, moves []move) error {
	type row struct {
		ID              uuid.UUID       `json:"id"`
		Seen            int             `json:"seen"`
		Status          Status          `json:"status"`
		PreRegistration PreRegistration `json:"pre_registration"`
		Withdrawal      Withdrawal      `json:"withdrawal"`
		DueOn           string          `json:"due_on"`
		CorrectionFrom  string          `json:"correction_from"`
		SubmittedAt     *time.Time      `json:"submitted_at"`
		ClosedAt        *time.Time      `json:"closed_at"`
		From            Status          `json:"from_status"`
		Revision        int             `json:"revision"`
		Article         Article         `json:"article"`
		clockRow
		PublicityUntil string            `json:"publicity_until"`
		Name           string            `json:"name"`
		Corrections    []CorrectionAsked `json:"corrections"`
	}
	rows := make([]row, len(moves))
	said := make([]outbox.Event, len(moves))
	for i := range moves {
		moves[i].after.Clock = nextClock(svc.workdays, moves[i], s, tx.Now)
		m := moves[i]
		f := m.after
		rows[i] = row{f.ID, m.before.Version, f.Status, f.PreRegistration, f.Withdrawal, f.QualificationDueOn, f.CorrectionFrom, f.SubmittedAt, f.ClosedAt, m.before.Status, f.Revision,
			articleOf(m, s.action), clockRow(f.Clock), f.PublicityUntil, s.who.Name, []CorrectionAsked{}}
		if name, ok := s.names[f.ID]; ok {
			rows[i].Name = name
		}
		if asked := s.corrections[f.ID]; asked != nil {
			rows[i].Corrections = asked
		}
		data := map[string]any{"from": m.before.Status, "to": f.Status, "revision": f.Revision}
		maps.Copy(data, clockData(m, s.action))
		maps.Copy(data, s.data)
		said[i] = event(events[s.action], f, data)
	}
	doc, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("encode moves: %w", err)
	}
	moved := tx.Exec(`UPDATE filings f SET status = m.status, pre_registration = NULLIF(m.pre_registration, ''),
			withdrawal = NULLIF(m.withdrawal, ''), withdrawal_id = CASE WHEN m.withdrawal <> '' THEN f.withdrawal_id END,
			correction_from = NULLIF(m.correction_from, ''), qualification_due_on = NULLIF(m.due_on, '')::date,
			`+clockSet+`,
			submitted_at = m.submitted_at, closed_at = m.closed_at, publicity_until = NULLIF(m.publicity_until, '')::date, commitment_id = COALESCE(?::uuid, f.commitment_id),
			version = f.version + 1, updated_at = ?
		FROM jsonb_to_recordset(?::jsonb) AS m(id uuid, seen int, status text, pre_registration text, withdrawal text, due_on text,
			correction_from text, submitted_at timestamptz, closed_at timestamptz, publicity_until text, `+clockRecord+`)
		WHERE f.id = m.id AND f.version = m.seen`, s.commitmentID, tx.Now, string(doc))
	if moved.Error != nil {
		return fmt.Errorf("move filings: %w", moved.Error)
	}
	if int(moved.RowsAffected) != len(moves) {
		return ErrStale.New()
	}
	err = tx.Exec(`INSERT INTO filing_history (filing_id, at, action, party, actor_name, from_status, to_status, reason, article, revision, version, commitment_id,
			basis, corrections, publicity_from, publicity_until, publicity_link)
		SELECT m.id, ?, ?, ?, m.name, m.from_status, m.status, ?, m.article, m.revision, m.seen + 1, ?::uuid, ?::text[], m.corrections, NULLIF(?, '')::date, NULLIF(?, '')::date, ?
		FROM jsonb_to_recordset(?::jsonb) AS m(id uuid, seen int, status text, from_status text, revision int, article text, name text, corrections jsonb) ORDER BY m.id`,
		tx.Now, s.action, s.who.Party, s.reason, s.commitmentID, pg.Texts(s.basis), s.publicity.From, s.publicity.Until, s.publicity.Link, string(doc)).Error
	if err != nil {
		return fmt.Errorf("write timeline: %w", err)
	}
	if err := endWithdrawals(tx, s, moves); err != nil {
		return err
	}
	return outbox.PutTx(tx, said)
}

// recordTx leaves a line in the audit log for each filing of an act.
func recordTx(tx pg.Tx, who auth.Actor, do Action, moves []move) error {
	ids := make([]uuid.UUID, len(moves))
	for i, m := range moves {
		ids[i] = m.after.ID
	}
	return audit.RecordAllTx(tx, audit.Entry{Actor: who, Action: "filing." + string(do), SubjectType: "filing"}, ids)
}

// judge applies the action to every id. All refusals are gathered, each naming
// its filing and present status; an unknown id and another's are the same.
func judge(found map[uuid.UUID]Filing, ids []uuid.UUID, do Action, by auth.Party, now time.Time) (moves []move, refused []Refusal) {
	for _, id := range ids {
		f, ok := found[id]
		if !ok {
			refused = append(refused, Refusal{ID: id, Why: ErrNotFound.New()})
			continue
		}
		after, why := Apply(f, do, by, now)
		if why != nil {
			refused = append(refused, Refusal{ID: id, PersonName: f.PersonName, Status: f.Status, Why: why})
			continue
		}
		moves = append(moves, move{f, after})
	}
	return moves, refused
}
