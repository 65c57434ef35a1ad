package warning

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/filing"
	"zhuce/internal/message"
	"zhuce/internal/outbox"
	"zhuce/internal/pg"
	"zhuce/internal/workday"
)

var eventReminded = outbox.Define("registrant.expiry_reminded", "注册临近到期或已到期，已提醒企业", "The enterprise was reminded of a registration that expires", auth.Enterprise)

// MsgReminder names who has come to a new level since the last reminder.
var MsgReminder = message.Define(message.KindWarning, "warning.reminder", "人员注册到期提醒", "Registrations at or near their end",
	"{how_many}：{people}。请到“人员到期预警”查看延续办理情况并及时安排。",
	"{how_many}: {people}. See “Expiry warnings” for how far each renewal is.")

const (
	firmsAtOnce = 100 // enterprises in one transaction; each is told once and whole
	namesMax    = 10
)

// Remind tells each enterprise, in one message, whose registration has come to a
// new level. Each registration, end of term and threshold is told of once, however
// often and on however many instances this runs; after a long pause only the most
// urgent threshold is.
func (s *Service) Remind(ctx context.Context) error {
	for last := uuid.Nil; ; {
		var firms []uuid.UUID
		err := s.db.InTx(ctx, func(tx pg.Tx) error {
			var err error
			firms, err = s.remind(tx, last)
			return err
		})
		if err != nil {
			return fmt.Errorf("remind: %w", err)
		}
		if len(firms) < firmsAtOnce {
			return nil
		}
		last = firms[len(firms)-1]
	}
}

// sent is a reminder that this run was the first to write.
type sent struct {
	RegistrantID uuid.UUID
	EnterpriseID uuid.UUID
	PersonName   string
	ValidUntil   time.Time
	Threshold    int
}

// remind does the next enterprises after the given one, and says which they were.
func (s *Service) remind(tx pg.Tx, last uuid.UUID) ([]uuid.UUID, error) {
	day := workday.Day(tx.Now)
	due, args := s.due(day)
	var firms []uuid.UUID
	if err := tx.Raw(`SELECT DISTINCT enterprise_id FROM `+source+` WHERE enterprise_id > ? AND `+due+
		` ORDER BY enterprise_id LIMIT ?`, slices.Concat([]any{last}, args, []any{firmsAtOnce})...).Scan(&firms).Error; err != nil || len(firms) == 0 {
		return nil, err
	}
	threshold, thresholdArgs := s.thresholdSQL(day)
	// In the order of the key, so that two instances wait for each other and do not deadlock.
	var rows []sent
	if err := tx.Raw(`WITH written AS (
			INSERT INTO warning_reminders (registrant_id, valid_until, threshold, enterprise_id, reminded_at)
			SELECT id, valid_until, `+threshold+`, enterprise_id, ? FROM `+source+` WHERE enterprise_id = ANY(?::uuid[]) AND `+due+` ORDER BY id
			ON CONFLICT ON CONSTRAINT warning_reminders_are_sent_once DO NOTHING
			RETURNING registrant_id, enterprise_id, valid_until, threshold)
		SELECT w.*, r.person_name FROM written w JOIN registrants r ON r.id = w.registrant_id
		ORDER BY w.enterprise_id, w.valid_until, w.registrant_id`,
		slices.Concat(thresholdArgs, []any{tx.Now, pg.UUIDs(firms)}, args)...).Scan(&rows).Error; err != nil {
		return nil, err
	}
	if err := outbox.PutTx(tx, s.events(rows)); err != nil {
		return nil, err
	}
	return firms, message.PostTx(tx, posts(rows))
}

// due is the condition on [source] of what is to be reminded of; it says the same
// as [Judgement.Reminds], and that it was not done yet.
func (s *Service) due(day time.Time) (string, []any) {
	var levels []string
	var args []any
	for _, l := range Levels {
		from, to := s.horizon.span(Level(l.Value))
		levels = append(levels, `valid_until BETWEEN ? AND ? AND `+situationSQL+` = ANY(?::text[])`)
		args = append(args, after(day, from), after(day, to), date(day), pg.Texts(reminded[Level(l.Value)]))
	}
	threshold, thresholdArgs := s.thresholdSQL(day)
	return `status = 'valid' AND valid_until BETWEEN ? AND ? AND registration_type IS DISTINCT FROM '` + string(filing.Deregistration) + `'
		AND (` + strings.Join(levels, " OR ") + `)
		AND NOT EXISTS (SELECT FROM warning_reminders m WHERE m.registrant_id = registrants.id AND m.valid_until = registrants.valid_until
			AND m.threshold = ` + threshold + `)`,
		slices.Concat([]any{after(day, -s.horizon.KeepExpired), after(day, s.horizon.Early)}, args, thresholdArgs)
}

// thresholdSQL gives the threshold of a row that is in the horizon.
func (s *Service) thresholdSQL(day time.Time) (string, []any) {
	expr, args := `CASE`, []any{}
	for _, l := range []Level{Expired, Urgent, Near} {
		_, to := s.horizon.span(l)
		expr += fmt.Sprintf(` WHEN registrants.valid_until <= ?::date THEN %d`, s.horizon.Threshold(l))
		args = append(args, after(day, to))
	}
	return expr + fmt.Sprintf(` ELSE %d END`, s.horizon.Threshold(Early)), args
}

func (s *Service) events(rows []sent) []outbox.Event {
	out := make([]outbox.Event, len(rows))
	for i, r := range rows {
		out[i] = outbox.Event{Def: eventReminded, SubjectType: "registrant", SubjectID: r.RegistrantID, EnterpriseID: r.EnterpriseID,
			Data: map[string]any{"valid_until": date(r.ValidUntil), "threshold_days": r.Threshold, "level": s.levelOf(r.Threshold)}}
	}
	return out
}

func (s *Service) levelOf(threshold int) Level {
	for _, l := range []Level{Early, Near, Urgent} {
		if s.horizon.Threshold(l) == threshold {
			return l
		}
	}
	return Expired
}

// posts is one message an enterprise; rows are sorted by enterprise.
func posts(rows []sent) []message.Post {
	var out []message.Post
	for len(rows) > 0 {
		n := slices.IndexFunc(rows, func(r sent) bool { return r.EnterpriseID != rows[0].EnterpriseID })
		if n < 0 {
			n = len(rows)
		}
		out = append(out, message.Post{EnterpriseID: rows[0].EnterpriseID, Def: MsgReminder, SubjectType: "warning", SubjectID: rows[0].EnterpriseID,
			Params: map[string]any{"how_many": howMany(rows[:n]), "people": people(rows[:n])}})
		rows = rows[n:]
	}
	return out
}

func howMany(rows []sent) errs.Text {
	over := 0
	for _, r := range rows {
		if r.Threshold == 0 {
			over++
		}
	}
	soon := len(rows) - over
	switch {
	case over == 0:
		return errs.Text{ZH: fmt.Sprintf("%d 人的注册即将到期", soon), EN: fmt.Sprintf("Ending soon: %d", soon)}
	case soon == 0:
		return errs.Text{ZH: fmt.Sprintf("%d 人的注册已到期", over), EN: fmt.Sprintf("Ended: %d", over)}
	default:
		return errs.Text{ZH: fmt.Sprintf("%d 人的注册已到期，%d 人的注册即将到期", over, soon), EN: fmt.Sprintf("Ended: %d, ending soon: %d", over, soon)}
	}
}

// people names the most urgent, ten at most, and says how many they are.
func people(rows []sent) errs.Text {
	var zh, en []string
	for _, r := range rows[:min(len(rows), namesMax)] {
		zh = append(zh, r.PersonName+"（"+date(r.ValidUntil)+"）")
		en = append(en, r.PersonName+" ("+date(r.ValidUntil)+")")
	}
	text := errs.Text{ZH: strings.Join(zh, "、"), EN: strings.Join(en, ", ")}
	if more := len(rows) - namesMax; more > 0 {
		text.ZH += fmt.Sprintf(" 等 %d 人", len(rows))
		text.EN += fmt.Sprintf(" and %d more", more)
	}
	return text
}
