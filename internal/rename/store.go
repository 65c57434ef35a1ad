package rename

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"zhuce/internal/audit"
	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/message"
	"zhuce/internal/outbox"
	"zhuce/internal/pg"
)

// ErrStale is raised when a row changed although it was locked: a fault.
var ErrStale = errs.Define(errs.Conflict, "rename.stale", "企业名称变更已被他人更改，请刷新后重试", "The rename was changed by someone else; reload and try again")

const columns = `id, reference, enterprise_id, credit_code, province, status, version, old_name, new_name, login_name,
	COALESCE(register_changed_on::text, '') AS register_changed_on, register_as_of, copy_required, copy_id, submitted_by, submitted_at,
	decided_at, COALESCE(decided_by, '') AS decided_by, decided_by_client, COALESCE(outcome_ref, '') AS outcome_ref, reason`

// The messages.
var (
	MsgSubmitted = message.Define(message.KindRename, "rename.submitted", "企业名称变更已上报", "The rename was submitted",
		"“{old}”变更为“{new}”已上报（{reference}）。办结前不能上报注册申报。", "The change of “{old}” to “{new}” was submitted ({reference}). No filing can be submitted before it is decided.")
	MsgApproved = message.Define(message.KindRename, "rename.approved", "企业名称已变更", "The enterprise was renamed",
		"企业名称已由“{old}”变更为“{new}”（{reference}）。可以继续上报注册申报。", "The name changed from “{old}” to “{new}” ({reference}). Filings can be submitted again.")
	MsgRefused = message.Define(message.KindRename, "rename.refused", "企业名称变更未通过", "The rename was refused",
		"“{old}”变更为“{new}”未通过（{reference}）：{reason}。可以继续上报注册申报。", "The change of “{old}” to “{new}” was refused ({reference}): {reason}. Filings can be submitted again.")
)

// visible is the one place that says whose renames an actor sees.
func visible(who auth.Actor) (where string, args []any) {
	switch who.Party {
	case auth.Enterprise:
		return `enterprise_id = ?`, []any{who.EnterpriseID}
	case auth.Province:
		return `province = ANY(?::text[])`, []any{pg.Texts(who.Provinces)}
	case auth.Ministry:
		return `true`, nil
	default:
		return `false`, nil
	}
}

// read gives one that the actor sees. [ErrNotFound].
func read(q *gorm.DB, who auth.Actor, id uuid.UUID, suffix string) (Rename, error) {
	where, args := visible(who)
	var rows []Rename
	err := q.Raw(`SELECT `+columns+` FROM renames WHERE id = ? AND `+where+suffix, append([]any{id}, args...)...).Scan(&rows).Error
	if err != nil {
		return Rename{}, fmt.Errorf("read rename: %w", err)
	}
	if len(rows) == 0 {
		return Rename{}, ErrNotFound.New()
	}
	return rows[0], nil
}

// open gives the enterprise's rename that is under way, nil when there is none.
func open(q *gorm.DB, enterpriseID uuid.UUID) (*Rename, error) {
	var rows []Rename
	if err := q.Raw(`SELECT `+columns+` FROM renames WHERE enterprise_id = ? AND status = 'submitted'`, enterpriseID).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read open rename: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return &rows[0], nil
}

// Bar refuses with [ErrOpen] while a rename of the enterprise is under way. The
// caller holds the enterprise (enterprise.LockTx), so that none can begin meanwhile.
func Bar(tx pg.Tx, enterpriseID uuid.UUID) error {
	r, err := open(tx.DB, enterpriseID)
	if err != nil {
		return err
	}
	if r != nil {
		return r.openRefusal()
	}
	return nil
}

// Barred is [Bar] for the rows that say beforehand what is open; nil when nothing bars.
func (s *Service) Barred(ctx context.Context, who auth.Actor) (*errs.Error, error) {
	r, err := open(s.db.Read(ctx), who.EnterpriseID)
	if err != nil || r == nil {
		return nil, err
	}
	return r.openRefusal(), nil
}

// insert stores a new rename with its number.
func insert(tx pg.Tx, r Rename) (Rename, error) {
	err := tx.Raw(`INSERT INTO renames (id, reference, enterprise_id, credit_code, province, status, version, old_name, new_name, login_name,
			register_changed_on, register_as_of, copy_required, copy_id, submitted_by, submitted_at)
		VALUES (?, 'GM' || to_char(?::timestamptz AT TIME ZONE 'Asia/Shanghai', 'YYYYMMDD') || lpad(nextval('rename_references')::text, 8, '0'),
			?, ?, ?, ?, ?, ?, ?, ?, NULLIF(?, '')::date, ?, ?, ?, ?, ?) RETURNING reference`,
		r.ID, tx.Now, r.EnterpriseID, r.CreditCode, r.Province, r.Status, r.Version, r.OldName, r.NewName, r.LoginName,
		r.RegisterChangedOn, r.RegisterAsOf, r.CopyRequired, r.CopyID, r.SubmittedBy, r.SubmittedAt).Scan(&r.Reference).Error
	if err != nil {
		return r, fmt.Errorf("insert rename: %w", err)
	}
	return r, nil
}

// decide stores the outcome over the version that was seen. [ErrStale] when it does not fit.
func decide(tx pg.Tx, r Rename) error {
	q := tx.Exec(`UPDATE renames SET status = ?, version = ?, decided_at = ?, decided_by = ?, decided_by_client = ?, outcome_ref = ?, reason = ?
		WHERE id = ? AND version = ?`, r.Status, r.Version, r.DecidedAt, r.DecidedBy, r.DecidedByClient, r.OutcomeRef, r.Reason, r.ID, r.Version-1)
	if q.Error != nil {
		return fmt.Errorf("decide rename: %w", q.Error)
	}
	if q.RowsAffected != 1 {
		return ErrStale.New()
	}
	return nil
}

// tell writes what every step leaves behind: timeline, message, event, audit.
func tell(tx pg.Tx, who auth.Actor, do Action, before Status, r Rename) error {
	err := tx.Exec(`INSERT INTO rename_history (rename_id, at, action, party, actor_name, from_status, to_status, reason, version)
		VALUES (?, ?, ?, ?, ?, NULLIF(?, ''), ?, ?, ?)`, r.ID, tx.Now, do, who.Party, who.Name, before, r.Status, r.Reason, r.Version).Error
	if err != nil {
		return fmt.Errorf("write timeline: %w", err)
	}
	said := map[Status]*message.Def{Submitted: MsgSubmitted, Approved: MsgApproved, Refused: MsgRefused}[r.Status]
	err = message.PostTx(tx, []message.Post{{EnterpriseID: r.EnterpriseID, Def: said, SubjectType: "rename", SubjectID: r.ID,
		Params: map[string]any{"old": r.OldName, "new": r.NewName, "reference": r.Reference, "reason": r.Reason}}})
	if err != nil {
		return err
	}
	err = outbox.PutTx(tx, []outbox.Event{{Def: events[do], SubjectType: "rename", SubjectID: r.ID, EnterpriseID: r.EnterpriseID,
		Data: map[string]any{"reference": r.Reference, "from": before, "to": r.Status}}})
	if err != nil {
		return err
	}
	return audit.RecordTx(tx, audit.Entry{Actor: who, Action: "rename." + string(do), SubjectType: "rename", SubjectID: r.ID.String(), Reason: r.Reason})
}
