package filing

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/message"
	"zhuce/internal/pg"
)

// sweepPiece is how many rows one transaction of a sweep takes.
const sweepPiece = 1000

// system acts when time does.
var system = auth.Actor{Party: auth.System}

// QualificationDaysLeft is how many days are left until the last one on which the
// filing can be supplemented, 0 on that day and until the sweep has come; false unless
// a deadline runs: what was refused or withdrawn has none any more.
func (f Filing) QualificationDaysLeft(now time.Time) (int, bool) {
	due, ok := date(f.QualificationDueOn)
	if !ok || f.PreRegistration != AwaitingQualification || !slices.Contains(afterwards, f.Status) {
		return 0, false
	}
	return max(0, int(due.Sub(today(now)).Hours()/24)), true
}

// beginAwaiting gives those that await a qualification their deadline: so many
// natural days after the day of this submission. A redelivery took the old one away.
func (s *Service) beginAwaiting(moves []move, now time.Time) (awaiting []move) {
	due := today(now).AddDate(0, 0, s.qualificationDays).Format(time.DateOnly)
	for i := range moves {
		if f := &moves[i].after; f.PreRegistration == AwaitingQualification {
			f.QualificationDueOn = due
			awaiting = append(awaiting, moves[i])
		}
	}
	return awaiting
}

// tellAwaited says what the enterprise has to do by when; nothing for none.
func tellAwaited(tx pg.Tx, awaiting []move) error {
	if len(awaiting) == 0 {
		return nil
	}
	first := awaiting[0].after
	return message.PostTx(tx, []message.Post{{EnterpriseID: first.EnterpriseID, Def: MsgAwaited, SubjectType: "filing", SubjectID: first.ID,
		Params: map[string]any{"people": people(namesOf(awaiting), len(awaiting)), "due_on": first.QualificationDueOn}}})
}

// LapseOverdue marks as lapsed what was not supplemented by its day, and tells the
// enterprises; the persons' systems learn it from the event. A sweep: a piece at a
// time, and rows that another instance holds are left to it.
func (s *Service) LapseOverdue(ctx context.Context) error {
	for {
		n := 0
		err := s.db.InTx(ctx, func(tx pg.Tx) error {
			var due []Filing
			err := tx.Raw(`SELECT `+columns+` FROM filings WHERE pre_registration = ? AND status = ANY(?::text[]) AND qualification_due_on < ?::date
				ORDER BY id LIMIT ? FOR UPDATE SKIP LOCKED`, AwaitingQualification, pg.Texts(afterwards), today(tx.Now).Format(time.DateOnly), sweepPiece).Scan(&due).Error
			if err != nil {
				return fmt.Errorf("find overdue pre-registrations: %w", err)
			}
			if n = len(due); n == 0 {
				return nil
			}
			found, ids := make(map[uuid.UUID]Filing, n), make([]uuid.UUID, n)
			for i, f := range due {
				found[f.ID], ids[i] = f, f.ID
			}
			moves, refused := judge(found, ids, Lapse, system.Party, tx.Now)
			if len(refused) > 0 {
				return refused[0].Why // the query and the rule disagree
			}
			if err := s.write(tx, step{who: system, action: Lapse}, moves); err != nil {
				return err
			}
			if err := recordTx(tx, system, Lapse, moves); err != nil {
				return err
			}
			return message.PostTx(tx, lapsedPosts(moves))
		})
		if err != nil || n < sweepPiece {
			return err
		}
	}
}

// lapsedPosts is one message an enterprise and day, however many filings.
func lapsedPosts(moves []move) []message.Post {
	type key struct {
		enterprise uuid.UUID
		dueOn      string
	}
	var order []key
	groups := map[key][]move{}
	for _, m := range moves {
		k := key{m.after.EnterpriseID, m.after.QualificationDueOn}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], m)
	}
	posts := make([]message.Post, len(order))
	for i, k := range order {
		group := groups[k]
		posts[i] = message.Post{EnterpriseID: k.enterprise, Def: MsgLapsed, SubjectType: "filing", SubjectID: group[0].after.ID,
			Params: map[string]any{"people": people(namesOf(group), len(group)), "due_on": k.dueOn}}
	}
	return posts
}

// RemindOfQualifications tells enterprises that a deadline comes near: once for each
// day that ends and each threshold, the nearest one alone when several have passed. A sweep.
func (s *Service) RemindOfQualifications(ctx context.Context) error {
	if len(s.qualificationReminders) == 0 {
		return nil
	}
	for {
		n := 0
		err := s.db.InTx(ctx, func(tx pg.Tx) error {
			day := today(tx.Now).Format(time.DateOnly)
			var due []struct {
				EnterpriseID uuid.UUID
				DueOn        string
				Days         int
				Once         string
				Count        int
				FirstID      uuid.UUID
				Names        string
			}
			err := tx.Raw(`SELECT * FROM (
					SELECT f.enterprise_id, to_char(f.qualification_due_on, 'YYYY-MM-DD') AS due_on, f.qualification_due_on - CAST(@day AS date) AS days,
						'qualification:' || to_char(f.qualification_due_on, 'YYYY-MM-DD') || ':' || (SELECT min(t) FROM unnest(CAST(@thresholds AS int[])) t
							WHERE t >= f.qualification_due_on - CAST(@day AS date)) AS once,
						count(*) AS count, (array_agg(f.id ORDER BY f.person_name, f.id))[1] AS first_id,
						array_to_string((array_agg(f.person_name ORDER BY f.person_name, f.id))[1:3], chr(10)) AS names
					FROM filings f
					WHERE f.pre_registration = 'awaiting_qualification' AND f.status = ANY(CAST(@statuses AS text[]))
						AND f.qualification_due_on BETWEEN CAST(@day AS date) AND CAST(@day AS date) + CAST(@furthest AS int)
					GROUP BY f.enterprise_id, f.qualification_due_on) due
				WHERE NOT EXISTS (SELECT FROM messages m WHERE m.enterprise_id = due.enterprise_id AND m.once = due.once)
				ORDER BY due_on, enterprise_id LIMIT @piece`,
				map[string]any{"day": day, "thresholds": "{" + strings.Trim(strings.Join(strings.Fields(fmt.Sprint(s.qualificationReminders)), ","), "[]") + "}", "furthest": slices.Max(s.qualificationReminders),
					"statuses": pg.Texts(afterwards), "piece": sweepPiece}).Scan(&due).Error
			if err != nil {
				return fmt.Errorf("find deadlines that come near: %w", err)
			}
			n = len(due)
			posts := make([]message.Post, n)
			for i, d := range due {
				posts[i] = message.Post{EnterpriseID: d.EnterpriseID, Def: MsgReminder, SubjectType: "filing", SubjectID: d.FirstID, Once: d.Once,
					Params: map[string]any{"people": people(strings.Split(d.Names, "\n"), d.Count), "due_on": d.DueOn, "days": d.Days}}
			}
			return message.PostTx(tx, posts)
		})
		if err != nil || n < sweepPiece {
			return err
		}
	}
}
