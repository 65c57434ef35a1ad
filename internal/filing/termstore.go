package filing

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/pg"
	"zhuce/internal/workday"
)

// clockRow is a [Clock] on its way into a statement; clockRecord is how PostgreSQL
// reads it, clockSet how the row m of it goes into filings.
type clockRow struct {
	Step        Step       `json:"step"`
	StartedOn   string     `json:"started_on"`
	Days        int        `json:"days"`
	Used        int        `json:"used"`
	RunsFrom    string     `json:"runs_from"`
	DueOn       string     `json:"step_due_on"`
	PausedUntil string     `json:"paused_until"`
	PauseReason string     `json:"pause_reason"`
	Extended    int        `json:"extended"`
	OverdueAt   *time.Time `json:"overdue_at"`
}

const (
	clockRecord = `step text, started_on text, days int, used int, runs_from text, step_due_on text, paused_until text, pause_reason text,
			extended int, overdue_at timestamptz`
	clockSet = `step = NULLIF(m.step, ''), step_started_on = NULLIF(m.started_on, '')::date, step_days = CASE WHEN m.step <> '' THEN m.days END,
			step_used = CASE WHEN m.step <> '' THEN m.used END, step_runs_from = NULLIF(m.runs_from, '')::date, due_on = NULLIF(m.step_due_on, '')::date,
			step_paused_until = NULLIF(m.paused_until, '')::date, step_pause_reason = m.pause_reason, step_extended = m.extended,
			overdue_at = m.overdue_at, step_unmeasured = false`
)

// measure winds the clocks of what authorities held before there were clocks, from
// the timeline, as if they had run all the while. A piece at a time; nothing to do
// once it is done. Instances that start side by side share the work.
func (s *Service) measure(ctx context.Context) error {
	for {
		n := 0
		err := s.db.InTx(ctx, func(tx pg.Tx) (err error) {
			n, err = s.measureSome(tx)
			return err
		})
		if err != nil || n == 0 {
			return err
		}
	}
}

func (s *Service) measureSome(tx pg.Tx) (int, error) {
	var rows []Filing
	if err := tx.Raw(`SELECT `+columns+` FROM filings WHERE step_unmeasured ORDER BY id LIMIT ? FOR UPDATE`, stepsPiece).Scan(&rows).Error; err != nil {
		return 0, fmt.Errorf("find filings without a clock: %w", err)
	}
	if len(rows) == 0 {
		return 0, nil
	}
	ids := make([]uuid.UUID, len(rows))
	for i, f := range rows {
		ids[i] = f.ID
	}
	var entries []struct {
		FilingID uuid.UUID
		At       time.Time
		Action   Action
		ToStatus Status
	}
	if err := tx.Raw(`SELECT filing_id, at, action, to_status FROM filing_history WHERE filing_id = ANY(?::uuid[]) ORDER BY filing_id, id`,
		pg.UUIDs(ids)).Scan(&entries).Error; err != nil {
		return 0, fmt.Errorf("read their timelines: %w", err)
	}
	past := make(map[uuid.UUID]Filing, len(rows))
	for _, f := range rows {
		f.Status = ""
		past[f.ID] = f
	}
	// As if it had run all the while; pauses and extensions came with the clock.
	for _, e := range entries {
		before := past[e.FilingID]
		after := before
		after.Status = e.ToStatus
		after.Clock = nextClock(s.workdays, move{before, after}, step{action: e.Action}, e.At)
		past[e.FilingID] = after
	}
	clocks := make(map[uuid.UUID]Clock, len(rows))
	for _, f := range rows {
		c := past[f.ID].Clock
		if step := stepOf(f); c.Step != step { // the timeline does not tell: from the last change on
			c = startClock(s.workdays, step, f, workday.Day(f.UpdatedAt))
		}
		clocks[f.ID] = c
	}
	return len(rows), keepClocks(tx, clocks)
}

func keepClocks(tx pg.Tx, clocks map[uuid.UUID]Clock) error {
	type row struct {
		ID uuid.UUID `json:"id"`
		clockRow
	}
	rows := make([]row, 0, len(clocks))
	for id, c := range clocks {
		rows = append(rows, row{id, clockRow(c)})
	}
	doc, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("encode clocks: %w", err)
	}
	err = tx.Exec(`UPDATE filings f SET `+clockSet+` FROM jsonb_to_recordset(?::jsonb) AS m(id uuid, `+clockRecord+`) WHERE f.id = m.id`, string(doc)).Error
	if err != nil {
		return fmt.Errorf("keep clocks: %w", err)
	}
	return nil
}
