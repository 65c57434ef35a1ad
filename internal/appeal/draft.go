package appeal

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/google/uuid"

	"zhuce/internal/audit"
	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/idempotency"
	"zhuce/internal/pg"
)

// What a statement may hold.
const (
	StatementMin = 10   // characters
	StatementMax = 5000 // characters
	EvidenceMax  = 20   // files
)

// Refusals of drafts and statements.
var (
	// ErrStatement gathers what is missing or wrong; see its details.
	ErrStatement     = invalid("appeal.statement_incomplete", "申辩还不完整，请按提示补充", "The statement is not complete yet; see errors")
	errReason        = invalid("appeal.reason_required", "请选择申辩理由", "Choose a reason")
	errReasonFits    = invalid("appeal.reason_does_not_fit", "该理由不适用于此类异常", "This reason does not fit this kind of finding")
	errLength        = invalid("appeal.statement_length", "申辩说明应为 {min} 至 {max} 字（现为 {now} 字）", "The statement has {min} to {max} characters (now {now})")
	errProofMissing  = invalid("appeal.proof_missing", "缺少证明材料：{proof}", "Evidence is missing: {proof}")
	errEvidence      = invalid("appeal.evidence_unknown", "附件不存在，请重新上传", "There is no such attachment; upload it again")
	errEvidenceTwice = invalid("appeal.evidence_twice", "同一附件重复", "The same attachment twice")
)

// Draft is what the enterprise has written so far. It is kept word for word.
type Draft struct {
	Reason    Reason
	Statement string
	Evidence  []Piece
}

// SaveDraft keeps the draft over the version that was read; nothing has to be
// complete yet. Refusals: [ErrNotFound]; [ErrDraft] once it is submitted or
// decided; [ErrStale] when somebody else's draft came first; [ErrStatement] for
// evidence that is not the enterprise's, a reason that does not fit or a text that
// is too long.
func (s *Service) SaveDraft(ctx context.Context, who auth.Actor, id uuid.UUID, seen int, d Draft) (Detail, error) {
	return idempotency.Once(ctx, s.db, func(tx pg.Tx) (Detail, error) {
		a, err := lock(tx, who, id)
		if err != nil {
			return Detail{}, err
		}
		after, refusal := Apply(a, SaveDraft, who.Party, tx.Now)
		switch {
		case refusal != nil:
			return Detail{}, refusal.With(refusal.Def.About(record(a), "state", a.State.Text()))
		case a.Version != seen:
			return Detail{}, ErrStale.New()
		}
		if err := d.fits(tx, who, a); err != nil {
			return Detail{}, err
		}
		_, before, err := files(tx, id)
		if err != nil {
			return Detail{}, err
		}
		after.Reason, after.Statement, after.DraftBy, after.DraftAt = d.Reason, d.Statement, who.Name, &tx.Now
		done := tx.Exec(`UPDATE appeals SET reason = NULLIF(?, ''), statement = ?, draft_by = ?, draft_at = ?, version = version + 1, updated_at = ?
			WHERE id = ? AND version = ?`, d.Reason, d.Statement, who.Name, tx.Now, tx.Now, id, seen)
		if done.Error != nil {
			return Detail{}, fmt.Errorf("save draft: %w", done.Error)
		}
		if done.RowsAffected == 0 {
			return Detail{}, ErrStale.New()
		}
		if !same(before, d.Evidence) {
			if err := setFiles(tx, id, sideEnterprise, d.Evidence); err != nil {
				return Detail{}, err
			}
		}
		// The browser saves every few seconds: the trail gets whose draft it became and
		// what happened to the evidence, not every keystroke.
		if a.DraftBy != who.Name || !same(before, d.Evidence) {
			if err := audit.RecordTx(tx, audit.Entry{Actor: who, Action: "appeal.save_draft", SubjectType: "appeal", SubjectID: id.String()}); err != nil {
				return Detail{}, err
			}
		}
		return detail(tx, after)
	})
}

// fits refuses what not even a draft may hold.
func (d Draft) fits(tx pg.Tx, who auth.Actor, a Appeal) error {
	var wrong []errs.Detail
	if _, ok := a.Needs(d.Reason); d.Reason != "" && !ok {
		wrong = append(wrong, errReasonFits.At("/reason"))
	}
	if n := utf8.RuneCountInString(d.Statement); n > StatementMax {
		wrong = append(wrong, errLength.At("/statement", "min", StatementMin, "max", StatementMax, "now", n))
	}
	ids := make([]uuid.UUID, len(d.Evidence))
	for i, p := range d.Evidence {
		ids[i] = p.AttachmentID
	}
	if len(ids) > 0 {
		var own []uuid.UUID
		// Held, so that nothing can take the file away before the draft that names it is there.
		err := tx.Raw(`SELECT id FROM attachments WHERE id = ANY(?::uuid[]) AND enterprise_id = ? ORDER BY id FOR KEY SHARE`, pg.UUIDs(ids), who.EnterpriseID).Scan(&own).Error
		if err != nil {
			return fmt.Errorf("read evidence: %w", err)
		}
		for i, id := range ids {
			switch {
			case slices.Contains(ids[:i], id):
				wrong = append(wrong, errEvidenceTwice.At("/evidence/"+strconv.Itoa(i)+"/attachment_id"))
			case !slices.Contains(own, id):
				wrong = append(wrong, errEvidence.At("/evidence/"+strconv.Itoa(i)+"/attachment_id"))
			}
		}
	}
	if len(wrong) > 0 {
		return ErrStatement.New().With(wrong...)
	}
	return nil
}

// Missing is what still stands between the draft and its submission, each with its
// place; empty when it is complete.
func (d Detail) Missing() []errs.Detail {
	var wrong []errs.Detail
	proofs, fits := d.Needs(d.Reason)
	switch {
	case d.Reason == "":
		wrong = append(wrong, errReason.At("/reason"))
	case !fits:
		wrong = append(wrong, errReasonFits.At("/reason"))
	}
	if n := utf8.RuneCountInString(normal(d.Statement)); n < StatementMin || utf8.RuneCountInString(d.Statement) > StatementMax {
		wrong = append(wrong, errLength.At("/statement", "min", StatementMin, "max", StatementMax, "now", n))
	}
	for _, p := range proofs {
		if !slices.ContainsFunc(d.Evidence, func(f File) bool { return f.Proof == p }) {
			wrong = append(wrong, errProofMissing.At("/evidence", "proof", p.Text()))
		}
	}
	return wrong
}
