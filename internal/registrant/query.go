package registrant

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/audit"
	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/idno"
	"zhuce/internal/keyset"
	"zhuce/internal/pg"
)

// ErrNotFound: the registration does not exist for this caller.
var ErrNotFound = errs.Define(errs.NotFound, "registrant.not_found", "注册人员不存在", "There is no such registrant")

// Filter is what the list is queried by (manual §3.3.1). Empty fields do not restrict.
type Filter struct {
	Track             string
	Statuses          []Status
	Profession        string
	Name              string // part of the name
	CertificateNumber string // part of the number
	IDNumber          string // whole; compared by its keyed hash
	ValidUntilFrom    string // dates as "2006-01-02"
	ValidUntilTo      string
}

// Orders are the sorts of the list.
var orders = keyset.BothWays(map[string]keyset.Order[Registration]{
	"person_name":        {Expr: "person_name", Cast: "text", Key: func(r Registration) string { return r.PersonName }},
	"valid_until":        {Expr: "valid_until", Cast: "date", Key: func(r Registration) string { return r.ValidUntil.Format(time.DateOnly) }},
	"registered_at":      {Expr: "registered_at", Cast: "timestamptz", Key: func(r Registration) string { return keyset.Stamp(r.RegisteredAt) }},
	"certificate_number": {Expr: "certificate_number", Cast: "text", Key: func(r Registration) string { return r.CertificateNumber }},
})

// DefaultSort shows first what ends first.
const DefaultSort = "valid_until"

// Sorts lists the sorts that [Service.List] knows.
func Sorts() []string {
	return []string{"valid_until", "-valid_until", "person_name", "-person_name", "registered_at", "-registered_at", "certificate_number", "-certificate_number"}
}

// Page is one page of the list. The statuses are those of the day: [Expired] too.
type Page struct {
	Items      []Registration
	NextCursor string
	Total      int64
}

// List gives the enterprise's registrants, limit at most, in a stable order.
// keyset.ErrCursor for a cursor of another order or none of ours.
func (s *Service) List(ctx context.Context, who auth.Actor, f Filter, sort, after string, limit int) (Page, error) {
	if sort == "" {
		sort = DefaultSort
	}
	seek, err := orders.Seek(sort, after)
	if err != nil {
		return Page{}, err
	}
	where, args := s.where(who, f)
	var rows []struct {
		Registration
		Total int64
	}
	next, nextArgs := seek.Where()
	all := append(append(slices.Clone(args), args...), nextArgs...)
	err = s.db.Read(ctx).Raw(`SELECT `+columns+`, (SELECT count(*) FROM registrants WHERE `+where+`) AS total FROM registrants WHERE `+where+next+
		seek.OrderBy()+` LIMIT ?`, append(all, limit+1)...).Scan(&rows).Error
	if err != nil {
		return Page{}, fmt.Errorf("list registrants: %w", err)
	}
	var p Page
	today := Today(s.db.Now())
	for _, r := range rows {
		r.Status = r.On(today)
		p.Items, p.Total = append(p.Items, r.Registration), r.Total
	}
	if len(rows) == 0 && seek.Started() { // past the end: no row to bring the total
		if err := s.db.Read(ctx).Raw(`SELECT count(*) FROM registrants WHERE `+where, args...).Scan(&p.Total).Error; err != nil {
			return Page{}, fmt.Errorf("count registrants: %w", err)
		}
	}
	p.Items, p.NextCursor = seek.Cut(p.Items, limit, func(r Registration) uuid.UUID { return r.ID })
	return p, nil
}

// statusOn is the status of the day as SQL; its one argument is the day.
const statusOn = `CASE WHEN status = 'valid' AND valid_until < ?::date THEN 'expired' ELSE status END`

// Counts gives the number of registrants by status of the day, under the filter
// without its statuses.
func (s *Service) Counts(ctx context.Context, who auth.Actor, f Filter) (map[Status]int64, error) {
	f.Statuses = nil
	where, args := s.where(who, f)
	var rows []struct {
		Status Status
		N      int64
	}
	err := s.db.Read(ctx).Raw(`SELECT `+statusOn+` AS status, count(*) AS n FROM registrants WHERE `+where+` GROUP BY 1`,
		append([]any{Today(s.db.Now()).Format(time.DateOnly)}, args...)...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count registrants by status: %w", err)
	}
	counts := make(map[Status]int64, len(rows))
	for _, r := range rows {
		counts[r.Status] = r.N
	}
	return counts, nil
}

func (s *Service) where(who auth.Actor, f Filter) (string, []any) {
	where, args := `enterprise_id = ?`, []any{who.EnterpriseID}
	and := func(cond string, a ...any) {
		where += " AND " + cond
		args = append(args, a...)
	}
	if len(f.Statuses) > 0 {
		and(statusOn+` = ANY(?::text[])`, Today(s.db.Now()).Format(time.DateOnly), pg.Texts(f.Statuses))
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
	if f.CertificateNumber != "" {
		and(`certificate_number ILIKE ?`, keyset.Contains(f.CertificateNumber))
	}
	if f.IDNumber != "" {
		and(`id_number_hash = ?`, s.vault.Hash(idno.IDKey(f.IDNumber)))
	}
	if f.ValidUntilFrom != "" {
		and(`valid_until >= ?::date`, f.ValidUntilFrom)
	}
	if f.ValidUntilTo != "" {
		and(`valid_until <= ?::date`, f.ValidUntilTo)
	}
	return where, args
}

// Get reads one registration with its history, newest first. [ErrNotFound] unless
// it is the caller's: one that moved on belongs to its new enterprise.
func (s *Service) Get(ctx context.Context, who auth.Actor, id uuid.UUID) (Detail, error) {
	var d Detail
	err := s.db.InTx(ctx, func(tx pg.Tx) error {
		var rows []Registration
		if err := tx.Raw(`SELECT `+columns+` FROM registrants WHERE id = ? AND enterprise_id = ?`, id, who.EnterpriseID).Scan(&rows).Error; err != nil {
			return fmt.Errorf("read registrant: %w", err)
		}
		if len(rows) == 0 {
			return ErrNotFound.New()
		}
		d.Registration = rows[0]
		d.Status = d.On(Today(tx.Now))
		// An enterprise stands in the history under the name that it had then.
		if err := tx.Raw(`SELECT h.version, h.at, h.action, h.filing_id, COALESCE(f.reference, '') AS reference, h.enterprise_id,
				COALESCE((SELECT n.name FROM enterprise_names n WHERE n.enterprise_id = h.enterprise_id AND h.at < n.valid_until
					ORDER BY n.valid_until LIMIT 1), e.name) AS enterprise_name,
				h.seal_number, h.valid_from, h.valid_until, h.note, h.reason
			FROM registrant_history h JOIN enterprises e ON e.id = h.enterprise_id LEFT JOIN filings f ON f.id = h.filing_id
			WHERE h.registrant_id = ? ORDER BY h.version DESC`, id).Scan(&d.History).Error; err != nil {
			return fmt.Errorf("read history of a registrant: %w", err)
		}
		return nil
	})
	return d, err
}

// Reveal shows the personal numbers in full, for a reason that goes to the audit
// log (spec §4). [ErrNotFound] unless it is the caller's.
func (s *Service) Reveal(ctx context.Context, who auth.Actor, id uuid.UUID, reason string) (Personal, error) {
	var p Personal
	err := s.db.InTx(ctx, func(tx pg.Tx) error {
		var sealed [][]byte
		if err := tx.Raw(`SELECT personal_sealed FROM registrants WHERE id = ? AND enterprise_id = ?`, id, who.EnterpriseID).Scan(&sealed).Error; err != nil {
			return fmt.Errorf("read registrant: %w", err)
		}
		if len(sealed) == 0 {
			return ErrNotFound.New()
		}
		if err := s.vault.Open("registrant:"+id.String(), sealed[0], &p); err != nil {
			return err
		}
		return audit.RecordTx(tx, audit.Entry{Actor: who, Action: "registrant.reveal", SubjectType: "registrant", SubjectID: id.String(), Reason: reason})
	})
	return p, err
}
