package appeal

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/pg"
	"zhuce/internal/workday"
)

// sweepMax is how many findings one transaction of a sweep takes.
const sweepMax = 1000

// thresholds are the days before the end at which the enterprise is reminded.
var thresholds = []int{15, 7, 3, 1}

// threshold is the tightest one that so many days left have reached; 0 for none.
func threshold(daysLeft int) int {
	reached := 0
	for _, t := range thresholds {
		if daysLeft <= t {
			reached = t
		}
	}
	return reached
}

// Sweep does what must happen as time passes: it marks findings overdue whose last
// day is over, and reminds of those that end soon. Once a finding and threshold,
// however often and on however many instances it runs.
func (s *Service) Sweep(ctx context.Context) error {
	for _, pass := range []func(context.Context) (int, error){s.lapse, s.remind} {
		for {
			n, err := pass(ctx)
			if err != nil {
				return err
			}
			if n < sweepMax {
				break
			}
		}
	}
	return nil
}

// lapse marks up to [sweepMax] findings overdue; those that another instance or a
// clerk holds right now are left for the next sweep.
func (s *Service) lapse(ctx context.Context) (n int, err error) {
	err = s.db.InTx(ctx, func(tx pg.Tx) error {
		var due []Appeal
		err := tx.Raw(`SELECT `+columns+` FROM appeals WHERE state = 'awaiting_statement' AND due_on < ?::date
			ORDER BY due_on, id LIMIT ? FOR UPDATE SKIP LOCKED`, workday.Date(tx.Now), sweepMax).Scan(&due).Error
		if err != nil {
			return fmt.Errorf("find overdue: %w", err)
		}
		n = len(due)
		moves := make([]move, 0, n)
		for _, a := range due {
			after, refusal := Apply(a, Lapse, auth.System, tx.Now)
			if refusal != nil {
				return refusal // the query and the rule disagree: a fault
			}
			moves = append(moves, move{a, after})
		}
		if n == 0 {
			return nil
		}
		if err := write(tx, auth.Actor{Party: auth.System, Name: "sweep"}, Lapse, "", moves); err != nil {
			return err
		}
		return tell(tx, MsgOverdue, due, func(a Appeal) string { return reminderKey(a, 0) })
	})
	return n, err
}

// remind posts the reminders that are due, [sweepMax] findings at most.
func (s *Service) remind(ctx context.Context) (n int, err error) {
	err = s.db.InTx(ctx, func(tx pg.Tx) error {
		today := workday.Date(tx.Now)
		var list []Appeal
		err := tx.Raw(`SELECT `+columns+` FROM appeals WHERE state = 'awaiting_statement' AND due_on BETWEEN ?::date AND ?::date + ?::int
			AND (reminded IS NULL OR reminded > (SELECT min(t) FROM unnest(?::int[]) t WHERE due_on - ?::date <= t))
			ORDER BY due_on, id LIMIT ? FOR UPDATE SKIP LOCKED`, today, today, thresholds[0], ints(thresholds), today, sweepMax).Scan(&list).Error
		if err != nil {
			return fmt.Errorf("find reminders: %w", err)
		}
		n = len(list)
		if n == 0 {
			return nil
		}
		ids := make([]uuid.UUID, n)
		for i, a := range list {
			ids[i] = a.ID
		}
		// What a clerk has read stays what it is: the version does not grow.
		err = tx.Exec(`UPDATE appeals SET reminded = (SELECT min(t) FROM unnest(?::int[]) t WHERE due_on - ?::date <= t) WHERE id = ANY(?::uuid[])`,
			ints(thresholds), today, pg.UUIDs(ids)).Error
		if err != nil {
			return fmt.Errorf("mark reminded: %w", err)
		}
		return tell(tx, MsgReminder, list, func(a Appeal) string { return reminderKey(a, threshold(workday.Days(tx.Now, a.DueOn))) })
	})
	return n, err
}

func ints(list []int) string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = fmt.Sprint(n)
	}
	return pg.Texts(out)
}
