package warning

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"zhuce/internal/auth"
	"zhuce/internal/filing"
	"zhuce/internal/keyset"
	"zhuce/internal/pg"
	"zhuce/internal/workday"
)

// Filter is what the list is queried by (manual §3.4.1). Empty fields do not restrict.
type Filter struct {
	Track      filing.Track
	Profession filing.Profession
	Levels     []Level
	Situations []Situation
	Name       string // part of the person's name
}

// orders are the sorts of the list; each has its index in the registrants' table.
var orders = keyset.BothWays(map[string]keyset.Order[Warning]{
	"valid_until": {Expr: "valid_until", Cast: "date", Key: func(w Warning) string { return w.ValidUntil.Format(time.DateOnly) }},
	"person_name": {Expr: "person_name", Cast: "text", Key: func(w Warning) string { return w.PersonName }},
})

// DefaultSort puts first what ends first.
const DefaultSort = "valid_until"

// Sorts lists the sorts that [Service.List] knows.
func Sorts() []string { return []string{"valid_until", "-valid_until", "person_name", "-person_name"} }

// source joins a registration with the filing under way of its person and
// profession, if it is at the same enterprise: what another employer has in hand
// is none of this one's business. Only registrants has columns named id, status
// and so on here, so orders and conditions need no prefix.
const source = `registrants LEFT JOIN (SELECT id AS filing_id, reference, enterprise_id AS filed_by, id_number_hash AS filed_of, profession AS filed_as,
		registration_type, status AS filing_status,
		(SELECT min(at) FROM filing_history h WHERE h.filing_id = filings.id AND h.action = 'submit') AS first_submitted_at
	FROM filings WHERE closed_at IS NULL) f
	ON filed_of = id_number_hash AND filed_as = profession AND filed_by = enterprise_id`

const columns = `id, person_name, id_number_masked, track, profession, certificate_number, valid_until, updated_at,
	filing_id, COALESCE(reference, ''), COALESCE(registration_type, ''), COALESCE(filing_status, ''), first_submitted_at`

// situationSQL must say the same as [situation]; a test compares the two. Its one
// argument is the day.
var situationSQL = fmt.Sprintf(`CASE
	WHEN filing_id IS NULL OR registration_type <> '%s' THEN '%s'
	WHEN first_submitted_at IS NULL THEN '%s'
	WHEN (first_submitted_at AT TIME ZONE 'UTC' + interval '8 hours')::date > valid_until - %d THEN '%s'
	WHEN valid_until < ?::date THEN '%s' ELSE '%s' END`,
	filing.Renewal, NothingFiled, BeingPrepared, legalDeadlineDays, FiledLate, DeemedGranted, FiledInTime)

// Page is one page of the list.
type Page struct {
	Items      []Warning
	NextCursor string // "" on the last page
	Total      int64  // of all pages
	Day        time.Time
}

// List gives the enterprise's registrations in the horizon, limit at most, after
// the cursor, in a stable order. keyset.ErrCursor for a cursor of another order or
// none of ours.
func (s *Service) List(ctx context.Context, who auth.Actor, f Filter, sort, after string, limit int) (Page, error) {
	if sort == "" {
		sort = DefaultSort
	}
	seek, err := orders.Seek(sort, after)
	if err != nil {
		return Page{}, err
	}
	p := Page{Day: workday.Day(s.db.Now())}
	where, args := s.where(who.EnterpriseID, f, p.Day)
	from, fromArgs := seek.Where()
	// The total comes with every row: one round trip instead of two.
	p.Items, p.Total, err = s.scan(s.db.Read(ctx).Raw(`SELECT `+columns+`, (SELECT count(*) FROM `+source+` WHERE `+where+`) FROM `+source+
		` WHERE `+where+from+seek.OrderBy()+` LIMIT ?`, slices.Concat(args, args, fromArgs, []any{limit + 1})...), p.Day)
	if err != nil {
		return Page{}, fmt.Errorf("list warnings: %w", err)
	}
	if len(p.Items) == 0 && seek.Started() { // past the end: no row to bring the total
		if err := s.db.Read(ctx).Raw(`SELECT count(*) FROM `+source+` WHERE `+where, args...).Scan(&p.Total).Error; err != nil {
			return Page{}, fmt.Errorf("count warnings: %w", err)
		}
	}
	p.Items, p.NextCursor = seek.Cut(p.Items, limit, func(w Warning) uuid.UUID { return w.RegistrantID })
	return p, nil
}

// Count is how many registrations have the same level, profession and situation.
type Count struct {
	Level      Level
	Profession filing.Profession
	Situation  Situation
	N          int64
}

// Summary counts the horizon for a picture, under the filter without levels,
// professions and situations. What has none is left out.
func (s *Service) Summary(ctx context.Context, who auth.Actor, f Filter) ([]Count, time.Time, error) {
	f.Levels, f.Profession, f.Situations = nil, "", nil
	day := workday.Day(s.db.Now())
	level, levelArgs := s.levelSQL(day)
	where, args := s.where(who.EnterpriseID, f, day)
	var out []Count
	if err := s.db.Read(ctx).Raw(`SELECT `+level+` AS level, profession, `+situationSQL+` AS situation, count(*) AS n FROM `+source+
		` WHERE `+where+` GROUP BY 1, 2, 3`, slices.Concat(levelArgs, []any{date(day)}, args)...).Scan(&out).Error; err != nil {
		return nil, day, fmt.Errorf("count warnings by level: %w", err)
	}
	return out, day, nil
}

// where is the condition on [source]: the enterprise's own, live, in the horizon.
func (s *Service) where(enterpriseID uuid.UUID, f Filter, day time.Time) (string, []any) {
	where := `enterprise_id = ? AND status = 'valid' AND valid_until BETWEEN ? AND ?`
	args := []any{enterpriseID, after(day, -s.horizon.KeepExpired), after(day, s.horizon.Early)}
	and := func(cond string, a ...any) {
		where += " AND " + cond
		args = append(args, a...)
	}
	if len(f.Levels) > 0 {
		var any []string
		for _, l := range f.Levels {
			from, to := s.horizon.span(l)
			any = append(any, `valid_until BETWEEN ? AND ?`)
			args = append(args, after(day, from), after(day, to))
		}
		where += " AND (" + strings.Join(any, " OR ") + ")"
	}
	if f.Track != "" {
		and(`track = ?`, f.Track)
	}
	if f.Profession != "" {
		and(`profession = ?`, f.Profession)
	}
	if f.Name != "" {
		and(`person_name ILIKE ?`, keyset.Contains(f.Name))
	}
	if len(f.Situations) > 0 {
		and(situationSQL+` = ANY(?::text[])`, date(day), pg.Texts(f.Situations))
	}
	return where, args
}

// levelSQL gives the level of a row that is in the horizon.
func (s *Service) levelSQL(day time.Time) (string, []any) {
	expr, args := `CASE`, []any{}
	for _, l := range []Level{Expired, Urgent, Near} {
		_, to := s.horizon.span(l)
		expr += ` WHEN valid_until <= ?::date THEN '` + string(l) + `'`
		args = append(args, after(day, to))
	}
	return expr + ` ELSE '` + string(Early) + `' END`, args
}

// scan reads rows of [columns] and the total, and judges each.
func (s *Service) scan(q *gorm.DB, day time.Time) (list []Warning, total int64, err error) {
	rows, err := q.Rows()
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var w Warning
		var f Filing
		var filingID *uuid.UUID
		if err := rows.Scan(&w.RegistrantID, &w.PersonName, &w.IDNumberMasked, &w.Track, &w.Profession, &w.CertificateNumber, &w.ValidUntil,
			&w.UpdatedAt, &filingID, &f.Reference, &f.RegistrationType, &f.Status, &f.FirstSubmittedAt, &total); err != nil {
			return nil, 0, err
		}
		if filingID != nil {
			f.ID = *filingID
			w.Filing = &f
		}
		w.Judgement, _ = s.horizon.Judge(Facts{Track: w.Track, ValidUntil: w.ValidUntil, Today: day, Filing: w.Filing})
		list = append(list, w)
	}
	return list, total, rows.Err()
}

// date writes a day for PostgreSQL; after is the day so many days later.
func date(day time.Time) string         { return day.Format(time.DateOnly) }
func after(day time.Time, n int) string { return date(day.AddDate(0, 0, n)) }
