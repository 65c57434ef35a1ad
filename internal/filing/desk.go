package filing

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"zhuce/internal/audit"
	"zhuce/internal/auth"
	"zhuce/internal/keyset"
	"zhuce/internal/pg"
)

// DeskFilter is what an authority's list is queried by. Without statuses it is
// what lies on the caller's desk: its phase of the filing.
type DeskFilter struct {
	Statuses         []Status
	Track            Track
	Profession       Profession
	RegistrationType RegistrationType
	Province         string
	Overdue          bool
}

// DeskRow is a filing as an authority's list shows it.
type DeskRow struct {
	Filing
	EnterpriseName string
	CreditCode     string
}

// DeskPage is one page of an authority's list.
type DeskPage struct {
	Items      []DeskRow
	NextCursor string
	Total      int64
}

var deskOrders = keyset.BothWays(map[string]keyset.Order[DeskRow]{
	"submitted_at": {Expr: "submitted_at", Cast: "timestamptz", Key: func(r DeskRow) string { return keyset.Stamp(*r.SubmittedAt) }},
	"due_on":       {Expr: "COALESCE(due_on, 'infinity'::date)", Cast: "date", Key: func(r DeskRow) string { return cmp.Or(r.Clock.DueOn, "infinity") }},
})

// DeskSorts lists the sorts that [Service.Desk] knows; the first is the default:
// who has waited longest comes first.
func DeskSorts() []string { return []string{"submitted_at", "-submitted_at", "due_on", "-due_on"} }

// Desk lists submitted filings for an authority, and leaves a line in the audit
// log: reads of other people's systems are audited too. What the enterprise has not
// submitted is none of an authority's business. [ErrWrongParty] for anybody else.
func (s *Service) Desk(ctx context.Context, who auth.Actor, f DeskFilter, sort, after string, limit int) (DeskPage, error) {
	if who.Party != auth.Province && who.Party != auth.Ministry {
		return DeskPage{}, ErrWrongParty.New()
	}
	if sort == "" {
		sort = DeskSorts()[0]
	}
	seek, err := deskOrders.Seek(sort, after)
	if err != nil {
		return DeskPage{}, err
	}
	where, args := deskWhere(who, f)
	next, nextArgs := seek.Where()
	var p DeskPage
	err = s.db.InTx(ctx, func(tx pg.Tx) error {
		var rows []struct {
			DeskRow
			Total int64
		}
		all := append(append(slices.Clone(args), args...), nextArgs...)
		if err := tx.Raw(`SELECT `+columns+`, (SELECT e.name FROM enterprises e WHERE e.id = filings.enterprise_id) AS enterprise_name,
				(SELECT e.credit_code FROM enterprises e WHERE e.id = filings.enterprise_id) AS credit_code,
				(SELECT count(*) FROM filings WHERE `+where+`) AS total
			FROM filings WHERE `+where+next+seek.OrderBy()+` LIMIT ?`, append(all, limit+1)...).Scan(&rows).Error; err != nil {
			return fmt.Errorf("list the desk: %w", err)
		}
		p = DeskPage{}
		for _, r := range rows {
			r.Filing = r.Filing.on(tx.Now)
			p.Items, p.Total = append(p.Items, r.DeskRow), r.Total
		}
		if len(rows) == 0 && seek.Started() { // past the end: no row to bring the total
			if err := tx.Raw(`SELECT count(*) FROM filings WHERE `+where, args...).Scan(&p.Total).Error; err != nil {
				return fmt.Errorf("count the desk: %w", err)
			}
		}
		return audit.RecordTx(tx, audit.Entry{Actor: who, Action: "filing.list", SubjectType: "desk", SubjectID: string(who.Party)})
	})
	p.Items, p.NextCursor = seek.Cut(p.Items, limit, func(r DeskRow) uuid.UUID { return r.ID })
	return p, err
}

func deskWhere(who auth.Actor, f DeskFilter) (string, []any) {
	where, args := readable(who)
	and := func(cond string, a ...any) {
		where += " AND " + cond
		args = append(args, a...)
	}
	if len(f.Statuses) == 0 {
		f.Statuses = desk(who.Party)
		and(`closed_at IS NULL`) // lets the index of the desk be used
	}
	and(`status = ANY(?::text[])`, pg.Texts(f.Statuses))
	if f.Track != "" {
		and(`track = ?`, f.Track)
	}
	if f.Profession != "" {
		and(`profession = ?`, f.Profession)
	}
	if f.RegistrationType != "" {
		and(`registration_type = ?`, f.RegistrationType)
	}
	if f.Overdue {
		and(`overdue_at IS NOT NULL`)
	}
	if f.Province != "" {
		and(`province = ?`, f.Province)
	}
	return where, args
}

// desk are the statuses in which a party holds the filing.
func desk(p auth.Party) []Status {
	phase := map[auth.Party]Phase{auth.Province: PhaseProvince, auth.Ministry: PhaseMinistry}[p]
	var out []Status
	for _, l := range Statuses {
		if s := Status(l.Value); s.Phase() == phase {
			out = append(out, s)
		}
	}
	return out
}

// readable is [visible] for reading: an authority sees what was submitted.
func readable(who auth.Actor) (string, []any) {
	where, args := visible(who)
	if who.Party == auth.Province || who.Party == auth.Ministry {
		where += ` AND submitted_at IS NOT NULL`
	}
	return where, args
}

// AllowedTo says of every action of the party's whether it is open on the filing:
// [Allowed] for the enterprise, the decisions for an authority, delivering anew and
// asking to withdraw for the person.
func AllowedTo(f Filing, by auth.Party) []Allowance {
	if by == auth.Enterprise {
		return Allowed(f)
	}
	all := Decisions
	if by == auth.Person {
		all = []Action{Deliver, AskWithdrawal, CancelWithdrawal}
	}
	var out []Allowance
	for _, do := range all {
		if _, refusal := find(f, do, by); refusal == nil || refusal.Def != ErrWrongParty {
			out = append(out, Allowance{do, refusal})
		}
	}
	return out
}
