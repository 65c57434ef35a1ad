package appeal

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/attachment"
	"zhuce/internal/audit"
	"zhuce/internal/auth"
	"zhuce/internal/keyset"
	"zhuce/internal/pg"
	"zhuce/internal/workday"
)

// Filter is what the list is queried by. Empty fields do not restrict.
type Filter struct {
	States       []State
	Kind         Kind
	Name         string    // part of the person's name
	DueFrom      time.Time // a date
	DueTo        time.Time // a date, counted
	RegistrantID uuid.UUID
}

// dueExpr sorts by the last day what still waits for the enterprise; all else
// comes after it. Its index says the same.
const dueExpr = `(CASE WHEN state IN ('awaiting_statement', 'overdue') THEN due_on - date '2000-01-01' ELSE 1000000 END)`

var orders = keyset.BothWays(map[string]keyset.Order[Appeal]{
	"due_on": {Expr: dueExpr, Cast: "integer", Key: func(a Appeal) string {
		if a.State != AwaitingStatement && a.State != Overdue {
			return "1000000"
		}
		return strconv.Itoa(workday.Days(time.Date(2000, 1, 1, 0, 0, 0, 0, workday.China), a.DueOn))
	}},
	"received_at": {Expr: "received_at", Cast: "timestamptz", Key: func(a Appeal) string { return keyset.Stamp(a.ReceivedAt) }},
	"person_name": {Expr: "person_name", Cast: "text", Key: func(a Appeal) string { return a.PersonName }},
})

// DefaultSort is what ends first.
const DefaultSort = "due_on"

// Sorts lists the sorts that [Service.List] knows.
func Sorts() []string {
	return []string{"due_on", "-due_on", "-received_at", "received_at", "person_name", "-person_name"}
}

// Page is one page of the list.
type Page struct {
	Items      []Appeal
	NextCursor string // "" on the last page
	Total      int64  // of all pages
}

// List gives the enterprise's findings, limit at most, after the cursor, in a
// stable order. keyset.ErrCursor for a cursor of another order or none of ours.
func (s *Service) List(ctx context.Context, who auth.Actor, f Filter, sort, after string, limit int) (Page, error) {
	if sort == "" {
		sort = DefaultSort
	}
	seek, err := orders.Seek(sort, after)
	if err != nil {
		return Page{}, err
	}
	where, args := f.where(who)
	begin, beginArgs := seek.Where()
	var rows []struct {
		Appeal
		Total int64
	}
	all := append(append(append([]any{}, args...), args...), beginArgs...)
	// The total comes with every row: one round trip instead of two.
	err = s.db.Read(ctx).Raw(`SELECT `+columns+`, (SELECT count(*) FROM appeals WHERE `+where+`) AS total FROM appeals WHERE `+where+begin+
		seek.OrderBy()+` LIMIT ?`, append(all, limit+1)...).Scan(&rows).Error
	if err != nil {
		return Page{}, fmt.Errorf("list appeals: %w", err)
	}
	p := Page{Items: make([]Appeal, len(rows))}
	for i, r := range rows {
		p.Items[i], p.Total = r.Appeal, r.Total
	}
	if len(rows) == 0 && seek.Started() { // past the end: no row to bring the total
		if err := s.db.Read(ctx).Raw(`SELECT count(*) FROM appeals WHERE `+where, args...).Scan(&p.Total).Error; err != nil {
			return Page{}, fmt.Errorf("count appeals: %w", err)
		}
	}
	p.Items, p.NextCursor = seek.Cut(p.Items, limit, func(a Appeal) uuid.UUID { return a.ID })
	return p, nil
}

// Counts gives the number of findings by state, under the filter without its states.
func (s *Service) Counts(ctx context.Context, who auth.Actor, f Filter) (map[State]int64, error) {
	f.States = nil
	where, args := f.where(who)
	var rows []struct {
		State State
		N     int64
	}
	if err := s.db.Read(ctx).Raw(`SELECT state, count(*) AS n FROM appeals WHERE `+where+` GROUP BY state`, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("count appeals: %w", err)
	}
	counts := make(map[State]int64, len(rows))
	for _, r := range rows {
		counts[r.State] = r.N
	}
	return counts, nil
}

func (f Filter) where(who auth.Actor) (string, []any) {
	where, args := visible(who)
	var b strings.Builder
	b.WriteString(where)
	and := func(cond string, a any) {
		b.WriteString(" AND " + cond)
		args = append(args, a)
	}
	if len(f.States) > 0 {
		and(`state = ANY(?::text[])`, pg.Texts(f.States))
	}
	if f.Kind != "" {
		and(`kind = ?`, f.Kind)
	}
	if f.Name != "" {
		and(`person_name ILIKE ?`, keyset.Contains(f.Name))
	}
	if !f.DueFrom.IsZero() {
		and(`due_on >= ?::date`, workday.Date(f.DueFrom))
	}
	if !f.DueTo.IsZero() {
		and(`due_on <= ?::date`, workday.Date(f.DueTo))
	}
	if f.RegistrantID != uuid.Nil {
		and(`registrant_id = ?`, f.RegistrantID)
	}
	return b.String(), args
}

// Get reads one finding with papers, evidence and timeline, in as many statements
// whatever its age. [ErrNotFound] unless it is the caller's.
func (s *Service) Get(ctx context.Context, who auth.Actor, id uuid.UUID) (Detail, error) {
	var d Detail
	err := s.db.InTx(ctx, func(tx pg.Tx) error {
		a, err := read(tx, who, id)
		if err == nil {
			d, err = detail(tx, a)
		}
		return err
	})
	return d, err
}

func read(tx pg.Tx, who auth.Actor, id uuid.UUID) (Appeal, error) {
	where, args := visible(who)
	var rows []Appeal
	if err := tx.Raw(`SELECT `+columns+` FROM appeals WHERE id = ? AND `+where, append([]any{id}, args...)...).Scan(&rows).Error; err != nil {
		return Appeal{}, fmt.Errorf("read appeal: %w", err)
	}
	if len(rows) == 0 {
		return Appeal{}, ErrNotFound.New()
	}
	return rows[0], nil
}

// Read is [Service.Get] for the authority that pushed the finding, and leaves a
// line in the audit log. What the enterprise has not submitted yet is not told.
func (s *Service) Read(ctx context.Context, who auth.Actor, id uuid.UUID) (Detail, error) {
	var d Detail
	err := s.db.InTx(ctx, func(tx pg.Tx) error {
		a, err := read(tx, who, id)
		if err != nil {
			return err
		}
		if d, err = detail(tx, a); err != nil {
			return err
		}
		if d.SubmittedAt == nil {
			d.Reason, d.Statement, d.Evidence = "", "", nil
		}
		return audit.RecordTx(tx, audit.Entry{Actor: who, Action: "appeal.read", SubjectType: "appeal", SubjectID: id.String()})
	})
	return d, err
}

// Open gives the bytes of a file to the authority that pushed the finding it
// belongs to – its own papers, and evidence once it is submitted – and leaves a
// line in the audit log. attachment.ErrNotFound for any other.
func (s *Service) Open(ctx context.Context, who auth.Actor, attachmentID uuid.UUID) (attachment.Attachment, io.ReadSeekCloser, error) {
	err := s.db.InTx(ctx, func(tx pg.Tx) error {
		var of []uuid.UUID
		err := tx.Raw(`SELECT a.id FROM appeal_attachments f JOIN appeals a ON a.id = f.appeal_id
			WHERE f.attachment_id = ? AND a.client_id = ? AND (f.side = 'authority' OR a.submitted_at IS NOT NULL) ORDER BY a.id LIMIT 1`,
			attachmentID, who.ClientID).Scan(&of).Error
		if err != nil {
			return fmt.Errorf("read evidence: %w", err)
		}
		if len(of) == 0 || who.ClientID == uuid.Nil {
			return attachment.ErrNotFound.New()
		}
		return audit.RecordTx(tx, audit.Entry{Actor: who, Action: "appeal.open_file", SubjectType: "appeal", SubjectID: of[0].String(), Reason: attachmentID.String()})
	})
	if err != nil {
		return attachment.Attachment{}, nil, err
	}
	return s.attachments.OpenJudged(ctx, attachmentID)
}
