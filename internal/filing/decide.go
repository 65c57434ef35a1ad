package filing

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/audit"
	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/idempotency"
	"zhuce/internal/pg"
	"zhuce/internal/registrant"
)

// Refusals of decisions.
var (
	ErrDecision       = invalid("exchange.not_a_decision", "主管部门不能作出此项决定：{action}", "This is no decision of an authority: {action}")
	ErrDecisionReason = invalid("exchange.reason_required", "不予受理、通知补正、不予注册、暂停计时和延长期限应当说明理由（行政许可法第三十二条、第三十八条、第四十二条、第四十五条）",
		"A refusal, a correction notice, a denial, a pause and an extension must state their reason")
	ErrPauseDays      = invalid("exchange.pause_days", "暂停计时应当告知所需的工作日数，1 至 60 日（行政许可法第四十五条）；其他决定不填", "A pause says how many working days it takes, 1 to 60; nothing else does")
	ErrStepOver       = conflict("filing.step_has_run_out", "本环节办理期限已于 {due_on} 届满，不能再暂停或延长", "The term of the step ended on {due_on}; it can neither be paused nor extended")
	ErrDecisionReused = conflict("exchange.decision_ref_reused", "该 decision_ref 已用于内容不同的决定", "This decision_ref was used for another decision")
	ErrRepeated       = invalid("exchange.filing_repeated", "同一申报在一项决定中出现两次", "The same filing stands twice in one decision")
	ErrNumbers        = invalid("exchange.numbers_without_approval", "只有准予注册才给出证书编号、印章号和有效期", "Certificate, seal and term are given with an approval alone")
)

var decisionRefs = idempotency.Refs{Table: "decisions", Column: "decision_ref", Reused: ErrDecisionReused}

// Decisions are what an authority can decide (spec §3).
var Decisions = []Action{Accept, Refuse, AskCorrection, Forward, Publish, Approve, Deny, Pause, Resume, Extend}

// reasoned are the decisions that have to say why.
var reasoned = []Action{Refuse, AskCorrection, Deny, Pause, Extend}

// Decision is what an authority decides on many filings, all or none. Its JSON
// names are those of the API, and pointers of refusals go into them.
type Decision struct {
	Ref    string   `json:"decision_ref"` // the sender's id: applied once; "" is not remembered
	Action Action   `json:"action"`
	Reason string   `json:"reason"`
	Days   int      `json:"days,omitempty"` // of a pause: the working days that it takes
	Basis  []string `json:"legal_basis"`    // codes of [Grounds]
	// Corrections and Papers are for all items; each item may have more of its own.
	Corrections []CorrectionAsked `json:"corrections"`
	Papers      []GivenPaper      `json:"papers"`
	Publicity   *PublicityDays    `json:"publicity"`
	Items       []Item            `json:"items"`
	DryRun      bool              `json:"-"` // judge only; nothing is kept, and the ref stays free
}

// Item is one filing of a decision, and what is given with an approval.
type Item struct {
	FilingID uuid.UUID `json:"filing_id"`
	registrant.Given
	Corrections []CorrectionAsked `json:"corrections"`
	Papers      []GivenPaper      `json:"papers"`
}

// general are the grounds that fit every track; the decisions here are those that need one.
var general = map[Action]string{Refuse: "licensing_32_5", AskCorrection: "licensing_32_4", Deny: "licensing_38"}

// DecisionOn is a decision that gives nothing but itself. Where a basis is needed it
// is the general one, and what is to be corrected is the reason.
func DecisionOn(do Action, reason string, ids ...uuid.UUID) Decision {
	d := Decision{Action: do, Reason: reason, Items: make([]Item, len(ids))}
	if basis := general[do]; basis != "" {
		d.Basis = []string{basis}
	}
	if do == AskCorrection {
		d.Corrections = []CorrectionAsked{{PaperKind: OtherPaper, Text: reason}}
	}
	for i, id := range ids {
		d.Items[i].FilingID = id
	}
	return d
}

// Decided is the answer to a decision, the same however often it is sent.
type Decided struct {
	Filings   []Moved                   `json:"filings"`
	Registers []registrant.Registration `json:"registers"` // of an approval, in the order of Filings
	DecidedAt time.Time                 `json:"decided_at"`
}

// Decide is an authority's act, all or none; a province decides on its own filings
// alone. It reports whether it was applied now (false: a dry run, or this ref came
// before). An approval acts upon the register in the same transaction. The number
// of statements does not grow with the filings.
//
// Refusals: [ErrDecision], [ErrDecisionReason], [ErrPauseDays], [ErrNumbers], [ErrRepeated];
// [ErrDecisionForm] with a detail per place; [ErrBatchSize]; [ErrDecisionReused];
// [ErrBatch] with a detail per refused item.
func (s *Service) Decide(ctx context.Context, who auth.Actor, d Decision) (Decided, bool, error) {
	if err := d.check(s.db.Now()); err != nil {
		return Decided{}, false, err
	}
	said, err := json.Marshal(d)
	if err != nil {
		return Decided{}, false, fmt.Errorf("encode decision: %w", err)
	}
	type applied = idempotency.Applied[Decided]
	o, err := idempotency.Apply(ctx, s.db, d.DryRun, func(tx pg.Tx) (applied, error) {
		if d.Ref == "" {
			done, err := s.decide(tx, who, d)
			return applied{Answer: done, Fresh: true}, err
		}
		return idempotency.OnceARef(tx, decisionRefs, who.ClientID, d.Ref, s.vault.Hash(string(said)), func() (Decided, error) {
			return s.decide(tx, who, d)
		})
	})
	return o.Answer, o.Fresh && !d.DryRun && err == nil, err
}

// check judges what needs nothing but the decision itself.
func (d *Decision) check(now time.Time) error {
	if !slices.Contains(Decisions, d.Action) {
		return ErrDecision.New("action", string(d.Action)).With(ErrDecision.At("/action", "action", string(d.Action)))
	}
	if d.Reason = strings.TrimSpace(d.Reason); d.Reason == "" && slices.Contains(reasoned, d.Action) {
		return ErrDecisionReason.New().With(ErrDecisionReason.At("/reason"))
	}
	if pausing := d.Action == Pause; pausing && (d.Days < 1 || d.Days > MaxPause) || !pausing && d.Days != 0 {
		return ErrPauseDays.New().With(ErrPauseDays.At("/days"))
	}
	if len(d.Items) < 1 || len(d.Items) > MaxBatch {
		return ErrBatchSize.New()
	}
	seen := make(map[uuid.UUID]bool, len(d.Items))
	for i, item := range d.Items {
		if seen[item.FilingID] {
			return ErrRepeated.New().With(ErrRepeated.At(place(i, "filing_id")))
		}
		seen[item.FilingID] = true
		if item.Given != (registrant.Given{}) && d.Action != Approve {
			return ErrNumbers.New().With(ErrNumbers.At(place(i, "")))
		}
	}
	if wrong := d.checkTold(now); len(wrong) > 0 {
		return ErrDecisionForm.New().With(wrong...)
	}
	return nil
}

func place(item int, field string) string {
	at := "/items/" + strconv.Itoa(item)
	if field != "" {
		at += "/" + field
	}
	return at
}

// decide locks, judges – the register too, for an approval – and writes. Every refusal names its place and the record in the way.
func (s *Service) decide(tx pg.Tx, who auth.Actor, d Decision) (Decided, error) {
	ids := make([]uuid.UUID, len(d.Items))
	index := make(map[uuid.UUID]int, len(d.Items))
	for i, item := range d.Items {
		ids[i], index[item.FilingID] = item.FilingID, i
	}
	found, err := lock(tx, who, ids)
	if err != nil {
		return Decided{}, err
	}
	moves, refused := judge(found, ids, d.Action, who.Party, tx.Now)
	refused = append(refused, runOut(d.Action, moves, tx.Now)...)
	var details []errs.Detail
	for i, m := range moves {
		if why := d.unfit(m.before, tx.Now); why != nil {
			refused = append(refused, Refusal{ID: m.before.ID, PersonName: m.before.PersonName, Status: m.before.Status, Why: why})
		}
		if d.Publicity != nil {
			moves[i].after.PublicityUntil = d.Publicity.Until
		}
	}
	for _, r := range refused {
		details = append(details, errs.Detail{Pointer: place(index[r.ID], ""), Code: r.Why.Def.Code, Text: r.Why.Def.Text, Params: r.Why.Params,
			Record: &errs.Record{Type: "filing", ID: r.ID.String(), Label: r.PersonName, Status: string(r.Status)}})
	}
	var verdict *registrant.Verdict
	if d.Action == Approve && len(moves) > 0 {
		v, objected, err := s.judgeRegister(tx, d, moves)
		if err != nil {
			return Decided{}, err
		}
		verdict = v
		for _, o := range objected {
			details = append(details, objection(o, index[moves[o.Index].before.ID], moves[o.Index].before))
		}
	}
	if len(details) > 0 {
		return Decided{}, ErrBatch.New("count", countPlaces(details)).With(details...)
	}
	done := Decided{Filings: moved(moves), DecidedAt: tx.Now}
	if verdict != nil {
		done.Registers = verdict.After()
	}
	if err := s.write(tx, d.step(who), moves); err != nil {
		return Decided{}, err
	}
	if err := givePapers(tx, who, d, moves); err != nil {
		return Decided{}, err
	}
	if verdict != nil {
		if err := verdict.WriteTx(tx); err != nil {
			return Decided{}, err
		}
	}
	if err := tellTx(tx, d, moves); err != nil {
		return Decided{}, err
	}
	return done, audit.RecordTx(tx, audit.Entry{Actor: who, Action: "filing." + string(d.Action), SubjectType: "decision", SubjectID: d.Ref})
}

// countPlaces is how many items the details are about.
func countPlaces(details []errs.Detail) int {
	items := map[string]bool{}
	for _, d := range details {
		parts := strings.SplitN(d.Pointer, "/", 4)
		items[parts[2]] = true
	}
	return len(items)
}

// objection is the register's reason against an item; it names the registration
// in the way where there is one, else the filing.
func objection(o registrant.Objected, item int, f Filing) errs.Detail {
	record := errs.Record{Type: "filing", ID: f.ID.String(), Label: f.PersonName, Status: string(f.Status)}
	if r := o.With; r != nil {
		record = errs.Record{Type: "registrant", ID: r.ID.String(), Label: r.PersonName + " " + r.CertificateNumber, Status: string(r.Status)}
	}
	return errs.Detail{Pointer: place(item, o.Field), Code: o.Why.Def.Code, Text: o.Why.Def.Text, Params: o.Why.Params, Record: &record}
}
