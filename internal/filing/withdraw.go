package filing

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/idempotency"
	"zhuce/internal/message"
	"zhuce/internal/pg"
)

// Refusals of withdrawals beside those of the rules.
var (
	ErrDeclineReason = errs.Define(errs.Invalid, "filing.decline_reason_required", "请填写不同意撤回的原因（最多 500 字）", "Give the reason for declining (at most 500 characters)")
	ErrAskReason     = errs.Define(errs.Invalid, "filing.withdrawal_reason_required", "请填写申请撤回的原因（最多 500 字）", "Give the reason for the withdrawal (at most 500 characters)")
	ErrWithdrawalRef = conflict("exchange.withdrawal_ref_reused", "该 withdrawal_ref 已用于另一次撤回申请", "This withdrawal_ref was used for another request")
)

// What the enterprise is told of withdrawals.
var (
	MsgWithdrawalAsked = message.Define(message.KindFiling, "filing.withdrawal_asked", "{person} 申请撤回申报", "{person} asks to withdraw",
		"{person} 的{type}申报 {reference}（{status}）申请撤回，原因：{reason}。请在主管部门受理之前同意或不同意；主管部门先受理的，撤回申请失效。",
		"{person} asks to withdraw the filing {reference} ({type}, {status}): {reason}. Agree or decline before the authority acts; if it acts first, the request is void.")
	MsgWithdrawalVoid = message.Define(message.KindFiling, "filing.withdrawal_void", "{person} 的撤回申请已失效", "{person}'s request to withdraw is void",
		"申报 {reference} 在贵企业答复之前已由主管部门办理，当前状态为“{status}”，撤回申请失效，无须再答复。",
		"The authority acted on the filing {reference} before you answered; it is now “{status}”. The request is void and needs no answer.")
	MsgWithdrawalCancelled = message.Define(message.KindFiling, "filing.withdrawal_cancelled", "{person} 取消了撤回申请", "{person} no longer asks to withdraw",
		"{person} 已取消对申报 {reference} 的撤回申请，申报继续办理，无须再答复。",
		"{person} took back the request to withdraw the filing {reference}. It goes on, and needs no answer.")
)

// WithdrawalRequest is a person's request to withdraw, and how it ended.
type WithdrawalRequest struct {
	ID            uuid.UUID
	WithdrawalRef string // the sender's id of the request
	Reason        string
	AskedBy       string
	AskedAt       time.Time
	State         Withdrawal
	EndedAt       *time.Time // nil while it is unanswered
	EndedParty    string     // who ended it: the enterprise, the person, or the authority that was first
	EndedBy       string
	Answer        string // why it was declined, else ""
}

// AskWithdrawal is the person's wish to withdraw (申请撤回, manual §3.2.5); only the
// flag moves until the enterprise answers. Applied once a ref: the same request
// again gets the request as it stands now, with fresh false.
//
// Refusals: [ErrNotFound] unless the caller delivered the filing; [ErrWithdrawal]
// once an authority has accepted; [ErrAsked] while one is unanswered;
// [ErrAskReason]; [ErrWithdrawalRef].
func (s *Service) AskWithdrawal(ctx context.Context, who auth.Actor, id uuid.UUID, ask WithdrawalAsk) (r WithdrawalRequest, fresh bool, err error) {
	ask.Reason = strings.TrimSpace(ask.Reason)
	type outcome struct {
		Request WithdrawalRequest `json:"request"`
		Fresh   bool              `json:"fresh"`
	}
	for try := 1; ; try++ {
		o, err := idempotency.Apply(ctx, s.db, ask.DryRun, func(tx pg.Tx) (outcome, error) {
			r, fresh, err := s.askWithdrawal(tx, who, id, ask)
			return outcome{r, fresh}, err
		})
		if try < 3 && pg.Violates(err, "withdrawals_are_applied_once") {
			continue // the same ref for another filing at the same moment: now it can be read
		}
		return o.Request, o.Fresh && err == nil, err
	}
}

// WithdrawalAsk is what the person's system sends.
type WithdrawalAsk struct {
	Ref    string // the sender's id of the request: applied once
	Reason string
	DryRun bool
}

func (s *Service) askWithdrawal(tx pg.Tx, who auth.Actor, id uuid.UUID, ask WithdrawalAsk) (WithdrawalRequest, bool, error) {
	ref, reason := ask.Ref, ask.Reason
	m, before, err := judgeWithdrawal(tx, who, id, AskWithdrawal, ref, reason)
	if err != nil || before != nil {
		return deref(before), false, err
	}
	who.Name = m.after.PersonName // the person acts; the client only carries
	r := WithdrawalRequest{ID: uuid.Must(uuid.NewV7()), WithdrawalRef: ref, Reason: reason, AskedBy: who.Name, AskedAt: tx.Now, State: WithdrawalRequested}
	if err := s.write(tx, step{who: who, action: AskWithdrawal, reason: reason}, []move{m}); err != nil {
		return r, false, err
	}
	if err := keepWithdrawal(tx, who, id, r); err != nil {
		return r, false, err
	}
	if err := recordTx(tx, who, AskWithdrawal, []move{m}); err != nil {
		return r, false, err
	}
	return r, true, message.PostTx(tx, []message.Post{withdrawalMessage(MsgWithdrawalAsked, m.after, "reason", reason)})
}

// CancelWithdrawal takes an unanswered request back (取消撤回申请).
// Refusals: [ErrNotFound]; [ErrNotAsked] when nothing is unanswered; [ErrWithdrawal].
func (s *Service) CancelWithdrawal(ctx context.Context, who auth.Actor, id uuid.UUID, dryRun bool) error {
	_, err := idempotency.Apply(ctx, s.db, dryRun, func(tx pg.Tx) (struct{}, error) {
		m, _, err := judgeWithdrawal(tx, who, id, CancelWithdrawal, "", "")
		if err != nil {
			return struct{}{}, err
		}
		who := who
		who.Name = m.after.PersonName
		if err := s.write(tx, step{who: who, action: CancelWithdrawal}, []move{m}); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, recordTx(tx, who, CancelWithdrawal, []move{m})
	})
	return err
}

// judgeWithdrawal holds the filing and says what the person's act would do to it;
// before is the request that came under this ref already.
func judgeWithdrawal(tx pg.Tx, who auth.Actor, id uuid.UUID, do Action, ref, reason string) (m move, before *WithdrawalRequest, err error) {
	if who.Party != auth.Person {
		return move{}, nil, ErrWrongParty.New()
	}
	if do == AskWithdrawal && reason == "" {
		return move{}, nil, ErrAskReason.New().With(ErrAskReason.At("/reason"))
	}
	found, err := lock(tx, who, []uuid.UUID{id})
	if err != nil {
		return move{}, nil, err
	}
	f, ok := found[id]
	if !ok {
		return move{}, nil, ErrNotFound.New()
	}
	if ref != "" {
		if before, err = earlierWithdrawal(tx, who, id, ref, reason); err != nil || before != nil {
			return move{}, before, err
		}
	}
	after, why := Apply(f, do, who.Party, tx.Now)
	if why != nil {
		return move{}, nil, why.With(why.Def.About(errs.Record{Type: "filing", ID: f.ID.String(), Label: f.Reference, Status: string(f.Status)},
			"status", f.Status.Text()))
	}
	return move{f, after}, nil, nil
}

// Answered is the outcome of an answer to withdrawals.
type Answered struct {
	Filings    []Moved   `json:"filings"`
	AnsweredAt time.Time `json:"answered_at"`
}

// AgreeWithdrawals lets the persons withdraw (同意撤回), all or none.
// Refusals: [ErrBatchSize]; enterprise.ErrNotSaved; [ErrBatch] with a detail per refused filing.
func (s *Service) AgreeWithdrawals(ctx context.Context, who auth.Actor, ids []uuid.UUID) (Answered, error) {
	return s.answer(ctx, step{who: who, action: AgreeWithdrawal}, ids)
}

// DeclineWithdrawals keeps the filings going (不同意撤回), all or none, for a reason
// that the persons are told. Refusals: as [Service.AgreeWithdrawals]; [ErrDeclineReason].
func (s *Service) DeclineWithdrawals(ctx context.Context, who auth.Actor, ids []uuid.UUID, reason string) (Answered, error) {
	if reason = strings.TrimSpace(reason); reason == "" {
		return Answered{}, ErrDeclineReason.New().With(ErrDeclineReason.At("/reason"))
	}
	return s.answer(ctx, step{who: who, action: DeclineWithdrawal, reason: reason}, ids)
}

func (s *Service) answer(ctx context.Context, st step, ids []uuid.UUID) (Answered, error) {
	ids, err := distinct(ids)
	if err != nil {
		return Answered{}, err
	}
	return idempotency.Once(ctx, s.db, func(tx pg.Tx) (Answered, error) {
		if err := s.ready(tx, st.who); err != nil {
			return Answered{}, err
		}
		moves, err := s.act(tx, st, ids)
		if err != nil {
			return Answered{}, err
		}
		return Answered{moved(moves), tx.Now}, recordTx(tx, st.who, st.action, moves)
	})
}
