package filing

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"zhuce/internal/errs"
	"zhuce/internal/label"
	"zhuce/internal/message"
	"zhuce/internal/pg"
	"zhuce/internal/workday"
)

// What the enterprise is told of a step that has run out: one message an enterprise,
// step and last day, however many filings.
var (
	MsgDeemed = message.Define(message.KindFiling, "filing.deemed_accepted", "申报视为受理", "Filings deemed accepted",
		"{people}的申报在{step}环节至 {due_on} 期限届满，主管部门未告知补正，自收到材料之日起视为受理，继续办理，无须操作。依据：{article}。",
		"{step}: the term ended on {due_on} and nothing was told to be corrected, so the filings of {people} are accepted from the day of receipt and go on; there is nothing to do. Rule: {article}.")
	MsgStepOverdue = message.Define(message.KindFiling, "filing.step_overdue", "申报办理超期", "A step is overdue",
		"{people}的申报在{step}环节已超过办理期限（{days} 个工作日，至 {due_on}），主管部门尚未办结，可向其查询。依据：{article}。",
		"{step} of the filings of {people} should have been over by {due_on} ({days} working days); you may ask the authority. Rule: {article}.")
)

// stepsPiece is how many steps one transaction of the sweep takes.
const stepsPiece = 500

// SweepSteps does what time does to the legal clock: a told pause that is over lets
// it run again; the day after its last one, a step is deemed accepted or marked as
// overdue. A sweep: a piece at a time until nothing is left, and what another
// instance or an authority holds is left to it.
func (s *Service) SweepSteps(ctx context.Context) error {
	for {
		n := 0
		err := s.db.InTx(ctx, func(tx pg.Tx) (err error) {
			n, err = s.sweepSteps(tx)
			return err
		})
		if err != nil || n == 0 {
			return err
		}
	}
}

func (s *Service) sweepSteps(tx pg.Tx) (int, error) {
	today := workday.Date(tx.Now)
	var due []Filing
	err := tx.Raw(`SELECT `+columns+` FROM filings WHERE step_paused_until < @today OR due_on < @today AND overdue_at IS NULL
		ORDER BY id LIMIT @piece FOR UPDATE SKIP LOCKED`, map[string]any{"today": today, "piece": stepsPiece}).Scan(&due).Error
	if err != nil {
		return 0, fmt.Errorf("find steps that have run out: %w", err)
	}
	found, by := make(map[uuid.UUID]Filing, len(due)), map[Action][]uuid.UUID{}
	for _, f := range due {
		t, _ := termIn(Terms, f.Clock.Step, f, f.Clock.StartedOn)
		do := StepOverdue
		switch {
		case f.Clock.PausedUntil != "" && f.Clock.PausedUntil < today:
			do = Resume // if it has run out, too, the next round finds it
		case t.Deemed():
			do = DeemAccept
		}
		found[f.ID], by[do] = f, append(by[do], f.ID)
	}
	for _, do := range []Action{Resume, DeemAccept, StepOverdue} {
		moves, refused := judge(found, by[do], do, system.Party, tx.Now)
		if len(refused) > 0 {
			return 0, refused[0].Why // the query and the rule disagree
		}
		if len(moves) == 0 {
			continue
		}
		if err := s.write(tx, step{who: system, action: do}, moves); err != nil {
			return 0, err
		}
		if err := recordTx(tx, system, do, moves); err != nil {
			return 0, err
		}
		if def := map[Action]*message.Def{DeemAccept: MsgDeemed, StepOverdue: MsgStepOverdue}[do]; def != nil {
			if err := message.PostTx(tx, ranOut(def, moves)); err != nil {
				return 0, err
			}
		}
	}
	return len(due), nil
}

// ranOut is one message an enterprise, step and last day.
func ranOut(def *message.Def, moves []move) []message.Post {
	type key struct {
		enterprise uuid.UUID
		step       Step
		dueOn      string
		article    Article
		days       int
	}
	var order []key
	groups := map[key][]move{}
	for _, m := range moves {
		c := m.before.Clock
		k := key{m.after.EnterpriseID, c.Step, c.DueOn, basis(m.before), c.Days}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], m)
	}
	posts := make([]message.Post, len(order))
	for i, k := range order {
		group := groups[k]
		posts[i] = message.Post{EnterpriseID: k.enterprise, Def: def, SubjectType: "filing", SubjectID: group[0].after.ID,
			Params: map[string]any{"people": people(namesOf(group), len(group)), "step": k.step.Text(), "due_on": k.dueOn, "days": k.days, "article": k.article.Text()}}
	}
	return posts
}

// basis is the article that the filing's clock rests on; "" when none runs.
func basis(f Filing) Article {
	t, _ := termIn(Terms, f.Clock.Step, f, f.Clock.StartedOn)
	return t.Basis
}

// articleOf is the article that a timeline entry rests on; "" for what needs none.
func articleOf(m move, do Action) Article {
	switch do {
	case DeemAccept, StepOverdue:
		return basis(m.before)
	case Pause:
		return Licence45
	case Extend:
		return Licence42
	case Publish:
		t, _ := termIn(Terms, publicityLeftOut, m.after, m.after.Clock.StartedOn)
		return t.Basis
	}
	return ""
}

// clockData is what an event says of the legal clock: the step, its last day and the
// article; of a step that is over, as it was.
func clockData(m move, do Action) map[string]any {
	f := m.after
	switch do {
	case DeemAccept:
		f = m.before
	case StepOverdue, Pause, Resume, Extend:
	default:
		return nil
	}
	return map[string]any{"step": f.Clock.Step, "due_on": f.Clock.DueOn, "article": basis(f)}
}

// Text is the step's name in both languages.
func (s Step) Text() errs.Text { return label.TextOf(Steps, string(s)) }

// Text is what the article says, in both languages.
func (a Article) Text() errs.Text { return label.TextOf(Articles, string(a)) }
