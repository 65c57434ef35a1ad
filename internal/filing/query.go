package filing

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"zhuce/internal/audit"
	"zhuce/internal/auth"
	"zhuce/internal/idno"
	"zhuce/internal/keyset"
	"zhuce/internal/pg"
)

// Filter is what the management list is queried by (manual §3.2.4). Empty fields
// do not restrict. Without Statuses, returned filings are left out (§3.2.3).
type Filter struct {
	Track            Track
	Statuses         []Status
	Profession       Profession
	RegistrationType RegistrationType
	PreRegistration  PreRegistration
	Withdrawal       Withdrawal
	Overdue          bool   // only those whose step is overdue at an authority
	Name             string // part of the person's name
	IDNumber         string // whole; compared by its keyed hash
	DeliveredFrom    time.Time
	DeliveredBefore  time.Time
	SubmittedFrom    time.Time
	SubmittedBefore  time.Time
}

// orders are the sorts of the list; "-" before a name turns it round.
var orders = keyset.BothWays(map[string]keyset.Order[Filing]{
	"updated_at":   {Expr: "updated_at", Cast: "timestamptz", Key: func(f Filing) string { return keyset.Stamp(f.UpdatedAt) }},
	"delivered_at": {Expr: "delivered_at", Cast: "timestamptz", Key: func(f Filing) string { return keyset.Stamp(f.DeliveredAt) }},
	"person_name":  {Expr: "person_name", Cast: "text", Key: func(f Filing) string { return f.PersonName }},
	"submitted_at": {Expr: "COALESCE(submitted_at, '-infinity'::timestamptz)", Cast: "timestamptz", Key: func(f Filing) string {
		if f.SubmittedAt == nil {
			return "-infinity"
		}
		return keyset.Stamp(*f.SubmittedAt)
	}},
})

// DefaultSort is newest change first.
const DefaultSort = "-updated_at"

// Sorts lists the sorts that [Service.List] knows.
func Sorts() []string {
	return []string{"-updated_at", "updated_at", "-delivered_at", "delivered_at", "-submitted_at", "submitted_at", "person_name", "-person_name"}
}

// Page is one page of the list.
type Page struct {
	Items      []Filing
	NextCursor string // "" on the last page
	Total      int64  // of all pages
}

// List gives the enterprise's filings, limit at most, after the cursor, in a
// stable order. keyset.ErrCursor for a cursor of another order or none of ours.
func (s *Service) List(ctx context.Context, who auth.Actor, f Filter, sort, after string, limit int) (Page, error) {
	if sort == "" {
		sort = DefaultSort
	}
	seek, err := orders.Seek(sort, after)
	if err != nil {
		return Page{}, err
	}
	where, args := s.where(who, f)
	from, fromArgs := seek.Where()
	// The total comes with every row: one round trip instead of two.
	p, err := scanPage(s.db.Read(ctx).Raw(`SELECT `+columns+`, (SELECT count(*) FROM filings WHERE `+where+`) FROM filings WHERE `+where+from+
		seek.OrderBy()+` LIMIT ?`, slices.Concat(args, args, fromArgs, []any{limit + 1})...))
	if err != nil {
		return Page{}, fmt.Errorf("list filings: %w", err)
	}
	if len(p.Items) == 0 && seek.Started() { // past the end: no row to bring the total
		if err := s.db.Read(ctx).Raw(`SELECT count(*) FROM filings WHERE `+where, args...).Scan(&p.Total).Error; err != nil {
			return Page{}, fmt.Errorf("count filings: %w", err)
		}
	}
	p.Items, p.NextCursor = seek.Cut(p.Items, limit, func(f Filing) uuid.UUID { return f.ID })
	return p, nil
}

// scanPage reads rows of [columns] and the total. By hand, because this is the
// hottest read of the product and reflection is most of its cost.
func scanPage(q *gorm.DB) (Page, error) {
	rows, err := q.Rows()
	if err != nil {
		return Page{}, err
	}
	defer func() { _ = rows.Close() }()
	var p Page
	for rows.Next() {
		var f Filing
		if err := rows.Scan(append(f.fields(), &p.Total)...); err != nil {
			return Page{}, err
		}
		p.Items = append(p.Items, f)
	}
	return p, rows.Err()
}

// fields are where the values of [columns] go.
func (f *Filing) fields() []any {
	return []any{&f.ID, &f.Reference, &f.EnterpriseID, &f.ClientID, &f.FilingRef, &f.Track, &f.Profession, &f.RegistrationType,
		&f.Province, &f.Status, &f.PreRegistration, &f.Withdrawal, &f.QualificationDueOn, &f.SupplementID,
		&f.Clock.Step, &f.Clock.StartedOn, &f.Clock.Days, &f.Clock.Used, &f.Clock.RunsFrom, &f.Clock.DueOn, &f.Clock.PausedUntil, &f.Clock.PauseReason,
		&f.Clock.Extended, &f.Clock.OverdueAt, &f.CorrectionFrom, &f.PublicityUntil, &f.Version, &f.Revision, &f.PersonName, &f.Gender,
		&f.IDType, &f.IDNumberMasked, &f.MobileMasked, &f.CommitmentID, &f.DeliveredAt, &f.SubmittedAt, &f.ClosedAt, &f.UpdatedAt}
}

// Counted is how many filings stand where.
type Counted struct {
	ByStatus         map[Status]int64
	WithdrawalsAsked int64 // that wait for the enterprise's answer
	Overdue          int64 // whose step is overdue at an authority
}

// Counts counts filings by status, the withdrawals to answer and what is overdue, under
// the filter without its statuses, its withdrawal and what it says of being overdue.
func (s *Service) Counts(ctx context.Context, who auth.Actor, f Filter) (Counted, error) {
	f.Statuses, f.Withdrawal, f.Overdue = nil, "", false
	where, args := s.where(who, f)
	where = strings.Replace(where, " AND status <> 'returned'", "", 1)
	var rows []struct {
		Status Status
		N      int64
		Asked  int64
		Late   int64
	}
	if err := s.db.Read(ctx).Raw(`SELECT status, count(*) AS n, count(*) FILTER (WHERE withdrawal = 'requested') AS asked,
			count(*) FILTER (WHERE overdue_at IS NOT NULL) AS late FROM filings WHERE `+where+` GROUP BY status`, args...).Scan(&rows).Error; err != nil {
		return Counted{}, fmt.Errorf("count filings by status: %w", err)
	}
	counts := Counted{ByStatus: make(map[Status]int64, len(rows))}
	for _, r := range rows {
		counts.ByStatus[r.Status] = r.N
		counts.WithdrawalsAsked += r.Asked
		counts.Overdue += r.Late
	}
	return counts, nil
}

func (s *Service) where(who auth.Actor, f Filter) (string, []any) {
	where, args := visible(who)
	and := func(cond string, a ...any) {
		where += " AND " + cond
		args = append(args, a...)
	}
	if len(f.Statuses) > 0 {
		and(`status = ANY(?::text[])`, pg.Texts(f.Statuses))
	} else {
		and(`status <> 'returned'`)
	}
	if f.Track != "" {
		and(`track = ?`, f.Track)
	}
	if f.Profession != "" {
		and(`profession = ?`, f.Profession)
	}
	if f.RegistrationType != "" {
		and(`registration_type = ?`, f.RegistrationType)
	}
	if f.PreRegistration != "" {
		and(`pre_registration = ?`, f.PreRegistration)
	}
	switch f.Withdrawal {
	case "":
	case WithdrawalRequested:
		and(`withdrawal = 'requested'`) // spelled out: these have an index of their own
	default:
		and(`withdrawal = ?`, f.Withdrawal)
	}
	if f.Overdue {
		and(`overdue_at IS NOT NULL`)
	}
	if f.Name != "" {
		and(`person_name ILIKE ?`, keyset.Contains(f.Name))
	}
	if f.IDNumber != "" {
		and(`id_number_hash = ?`, s.vault.Hash(idno.IDKey(f.IDNumber)))
	}
	for _, d := range []struct {
		cond string
		at   time.Time
	}{{`delivered_at >= ?`, f.DeliveredFrom}, {`delivered_at < ?`, f.DeliveredBefore}, {`submitted_at >= ?`, f.SubmittedFrom}, {`submitted_at < ?`, f.SubmittedBefore}} {
		if !d.at.IsZero() {
			and(d.cond, d.at)
		}
	}
	return where, args
}

// Get reads one filing with its form, papers, timeline and commitment, in as
// many statements whatever its age. [ErrNotFound] unless it is the caller's.
func (s *Service) Get(ctx context.Context, who auth.Actor, id uuid.UUID) (Detail, error) {
	var d Detail
	err := s.db.InTx(ctx, func(tx pg.Tx) (err error) {
		where, args := visible(who)
		d, err = detail(tx, id, where, args)
		return err
	})
	return d, err
}

// detail reads the filing of the id under a condition. [ErrNotFound] when there is none.
func detail(tx pg.Tx, id uuid.UUID, where string, args []any) (Detail, error) {
	var d Detail
	var rows []struct {
		Filing
		Form []byte
	}
	if err := tx.Raw(`SELECT `+columns+`, form FROM filings WHERE id = ? AND `+where, append([]any{id}, args...)...).Scan(&rows).Error; err != nil {
		return d, fmt.Errorf("read filing: %w", err)
	}
	if len(rows) == 0 {
		return d, ErrNotFound.New()
	}
	d.Filing = rows[0].Filing.on(tx.Now)
	if err := json.Unmarshal(rows[0].Form, &d.Form); err != nil {
		return d, fmt.Errorf("read form: %w", err)
	}
	if err := tx.Raw(`SELECT p.kind, p.attachment_id, COALESCE(p.shared_source, '') AS shared_source, COALESCE(a.file_name, '') AS file_name,
			COALESCE(a.media_type, '') AS media_type, COALESCE(a.size, 0) AS size, COALESCE(a.sha256, '') AS sha256
		FROM filing_attachments p LEFT JOIN attachments a ON a.id = p.attachment_id
		WHERE p.filing_id = ? AND p.revision = ? ORDER BY p.position`, id, d.Revision).Scan(&d.Attachments).Error; err != nil {
		return d, fmt.Errorf("read papers: %w", err)
	}
	var err error
	if d.Timeline, err = timeline(tx, id); err != nil {
		return d, err
	}
	if d.SupplementID != nil {
		if d.Supplement, err = readSupplement(tx, *d.SupplementID); err != nil {
			return d, fmt.Errorf("read supplement: %w", err)
		}
	}
	if d.Withdrawals, err = withdrawalsOf(tx, id); err != nil {
		return d, err
	}
	if d.CommitmentID == nil {
		return d, nil
	}
	d.Commitment = &Signed{}
	return d, tx.Raw(`SELECT id, reference, used_at AS submitted_at, user_name AS submitted_by FROM commitments WHERE id = ?`, *d.CommitmentID).Scan(d.Commitment).Error
}

// Personal is what is sealed, and shown masked. The birth date is of it: with the
// digits that the mask leaves, it would give a resident's whole number.
type Personal struct {
	IDNumber  string `json:"id_number"`
	Mobile    string `json:"mobile"`
	BirthDate string `json:"birth_date"` // set when it is sealed; a delivery has it in its form
}

// Reveal shows the personal numbers in full, for a reason that goes to the audit
// log (spec §4). [ErrNotFound] unless it is the caller's filing.
func (s *Service) Reveal(ctx context.Context, who auth.Actor, id uuid.UUID, reason string) (Personal, error) {
	var p Personal
	err := s.db.InTx(ctx, func(tx pg.Tx) error {
		where, args := visible(who)
		var sealed [][]byte
		if err := tx.Raw(`SELECT personal_sealed FROM filings WHERE id = ? AND `+where, append([]any{id}, args...)...).Scan(&sealed).Error; err != nil {
			return fmt.Errorf("read filing: %w", err)
		}
		if len(sealed) == 0 {
			return ErrNotFound.New()
		}
		if err := s.vault.Open("filing:"+id.String(), sealed[0], &p); err != nil {
			return err
		}
		return audit.RecordTx(tx, audit.Entry{Actor: who, Action: "filing.reveal", SubjectType: "filing", SubjectID: id.String(), Reason: reason})
	})
	return p, err
}
