package appeal

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/audit"
	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/idempotency"
	"zhuce/internal/message"
	"zhuce/internal/pg"
)

// Refusals of outcomes.
var (
	ErrOutcomeReused = conflict("exchange.outcome_ref_reused", "该 outcome_ref 已用于内容不同的结论", "This outcome_ref was used for another outcome")
	// ErrUnread: what was decided upon is not what is there, as a statement that
	// arrived in between.
	ErrUnread = conflict("appeal.changed_since_read", "异常信息在读取之后有变化（当前：{state}，第 {step} 步），请重新读取后再作结论", "The finding has moved since it was read (now: {state}, step {step}); read it again before deciding")
	// ErrOutcome gathers what is wrong with an outcome; see its details.
	ErrOutcome     = invalid("appeal.outcome_invalid", "结论有误，请按提示修改", "The outcome is invalid; see errors")
	errWhy         = invalid("appeal.outcome_reason_required", "认定不成立应说明理由", "A rejection says why")
	errSeen        = invalid("appeal.step_required", "认定不成立应给出读取时的步数", "A rejection names the step that was read")
	errMeasureFits = invalid("appeal.measure_without_rejection", "只有认定不成立时才有后续处理", "Only a rejection has a measure")
)

// Decision is what an authority says to a finding. Its JSON names are those of the API.
type Decision struct {
	OutcomeRef string  `json:"outcome_ref"` // the sender's id: applied once
	Outcome    State   `json:"outcome"`     // [UnderReview], [Upheld] or [Rejected]
	Reason     string  `json:"reason"`
	Measure    Measure `json:"measure"`
	Step       *int    `json:"step"` // the step that was read; a rejection needs it
	DryRun     bool    `json:"-"`    // judge only; nothing is kept
}

// Decided is the answer to a decision, the same however often it is sent.
type Decided struct {
	ID    uuid.UUID `json:"id"`
	State State     `json:"state"`
	Step  int       `json:"step"`
	At    time.Time `json:"at"`
}

var decides = map[State]struct {
	do  Action
	msg *message.Def
}{UnderReview: {Review, MsgReview}, Upheld: {Uphold, MsgUpheld}, Rejected: {Reject, MsgRejected}}

// Decide applies an authority's outcome to a finding that it pushed, and reports
// whether it was applied now.
//
// Refusals: [ErrNotFound] for any other's finding; [ErrOutcomeReused]; the rule's
// own; [ErrUnread] when the finding moved since the step that was read, so that no
// statement is rejected unread; [ErrOutcome] with a detail per place.
func (s *Service) Decide(ctx context.Context, who auth.Actor, id uuid.UUID, d Decision) (Decided, bool, error) {
	said, err := json.Marshal(struct {
		ID uuid.UUID
		Decision
	}{id, d})
	if err != nil {
		return Decided{}, false, fmt.Errorf("encode outcome: %w", err)
	}
	digest := s.vault.Hash(string(said))
	type outcome struct {
		Decided Decided `json:"decided"`
		Fresh   bool    `json:"fresh"`
	}
	for try := 1; ; try++ {
		o, err := idempotency.Apply(ctx, s.db, d.DryRun, func(tx pg.Tx) (outcome, error) {
			// Whoever waited here for the same outcome sees it applied in the next statement.
			a, err := lock(tx, who, id)
			if err != nil {
				return outcome{}, err
			}
			before, err := decidedBefore(tx, who, d.OutcomeRef, digest)
			if err != nil || before.Step > 0 {
				return outcome{before, false}, err
			}
			out, err := decide(tx, who, a, d, digest)
			return outcome{out, true}, err
		})
		if pg.Violates(err, "appeal_outcomes_are_applied_once") && try < 3 {
			continue // the same ref for another finding at the same moment
		}
		return o.Decided, o.Fresh && err == nil, err
	}
}

// decidedBefore gives the answer to an outcome that was applied before; its step
// is 0 when there is none.
func decidedBefore(tx pg.Tx, who auth.Actor, ref string, digest []byte) (Decided, error) {
	var rows []struct {
		AppealID   uuid.UUID
		BodySHA256 []byte `gorm:"column:body_sha256"`
		State      State
		Step       int
		AppliedAt  time.Time
	}
	err := tx.Raw(`SELECT appeal_id, body_sha256, state, step, applied_at FROM appeal_outcomes WHERE client_id = ? AND outcome_ref = ?`,
		who.ClientID, ref).Scan(&rows).Error
	if err != nil {
		return Decided{}, fmt.Errorf("read outcome: %w", err)
	}
	if len(rows) == 0 {
		return Decided{}, nil
	}
	r := rows[0]
	if !bytes.Equal(r.BodySHA256, digest) {
		return Decided{}, ErrOutcomeReused.New()
	}
	return Decided{r.AppealID, r.State, r.Step, r.AppliedAt.UTC()}, nil
}

func decide(tx pg.Tx, who auth.Actor, a Appeal, d Decision, digest []byte) (Decided, error) {
	how := decides[d.Outcome]
	after, refusal := Apply(a, how.do, who.Party, tx.Now)
	if refusal != nil {
		return Decided{}, refusal.With(refusal.Def.About(record(a), "state", a.State.Text()))
	}
	if wrong := d.check(); len(wrong) > 0 {
		return Decided{}, ErrOutcome.New().With(wrong...)
	}
	if d.Step != nil && *d.Step != a.Step {
		params := []any{"state", a.State.Text(), "step", a.Step}
		return Decided{}, ErrUnread.New(params...).With(ErrUnread.About(record(a), params...))
	}
	if d.Outcome != UnderReview {
		after.Outcome, after.Measure = normal(d.Reason), d.Measure
	}
	if err := write(tx, who, how.do, normal(d.Reason), []move{{a, after}}); err != nil {
		return Decided{}, err
	}
	err := tx.Exec(`INSERT INTO appeal_outcomes (client_id, outcome_ref, body_sha256, appeal_id, state, step, applied_at)
		VALUES (?, ?, ?, ?, ?, ?, ?)`, who.ClientID, d.OutcomeRef, digest, a.ID, after.State, after.Step, tx.Now).Error
	if err != nil {
		return Decided{}, fmt.Errorf("remember outcome: %w", err)
	}
	if err := tell(tx, how.msg, []Appeal{after}, nil); err != nil {
		return Decided{}, err
	}
	return Decided{a.ID, after.State, after.Step, tx.Now}, audit.RecordTx(tx, audit.Entry{Actor: who, Action: "appeal." + string(how.do),
		SubjectType: "appeal", SubjectID: a.ID.String(), Reason: normal(d.Reason)})
}

func (d Decision) check() []errs.Detail {
	var wrong []errs.Detail
	if d.Outcome == Rejected && normal(d.Reason) == "" {
		wrong = append(wrong, errWhy.At("/reason"))
	}
	if d.Outcome == Rejected && d.Step == nil {
		wrong = append(wrong, errSeen.At("/step"))
	}
	if d.Measure != "" && d.Outcome != Rejected {
		wrong = append(wrong, errMeasureFits.At("/measure"))
	}
	return wrong
}

func record(a Appeal) errs.Record {
	return errs.Record{Type: "appeal", ID: a.ID.String(), Label: a.Reference, Status: string(a.State)}
}

// Outcomes are the states that a decision can name.
func Outcomes() []State { return []State{UnderReview, Upheld, Rejected} }
