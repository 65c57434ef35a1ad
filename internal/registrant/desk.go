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
	"zhuce/internal/keyset"
	"zhuce/internal/pg"
)

// ErrNoAuthority: the register as a whole is the authorities' to read.
var ErrNoAuthority = errs.Define(errs.Forbidden, "registrant.authorities_alone", "只有省级和部级主管部门可以查询注册人员", "The authorities of the provinces and the ministry alone read the register")

// DeskFilter is what an authority's list is queried by. Empty fields do not restrict.
type DeskFilter struct {
	Statuses          []Status
	Profession        string
	CreditCode        string
	CertificateNumber string
	UpdatedSince      time.Time
}

// DeskRow is a registration as an authority's list shows it.
type DeskRow struct {
	Registration
	EnterpriseName string
	CreditCode     string
	Province       string
}

// DeskPage is one page of an authority's list.
type DeskPage struct {
	Items      []DeskRow
	NextCursor string
}

var deskOrders = keyset.BothWays(map[string]keyset.Order[DeskRow]{
	"updated_at": {Expr: "updated_at", Cast: "timestamptz", Key: func(r DeskRow) string { return keyset.Stamp(r.UpdatedAt) }},
})

// Desk lists the register for an authority, in the order in which it changed: a
// province its own enterprises' people, the ministry all. Every page leaves a line in
// the audit log. [ErrNoAuthority] for anybody else.
func (s *Service) Desk(ctx context.Context, who auth.Actor, f DeskFilter, after string, limit int) (DeskPage, error) {
	if who.Party != auth.Province && who.Party != auth.Ministry {
		return DeskPage{}, ErrNoAuthority.New()
	}
	seek, err := deskOrders.Seek("updated_at", after)
	if err != nil {
		return DeskPage{}, err
	}
	where, args := `true`, []any{}
	and := func(cond string, a ...any) {
		where += " AND " + cond
		args = append(args, a...)
	}
	if who.Party == auth.Province {
		and(`enterprise_id IN (SELECT id FROM enterprises WHERE province = ANY(?::text[]))`, pg.Texts(who.Provinces))
	}
	if len(f.Statuses) > 0 {
		and(statusOn+` = ANY(?::text[])`, Today(s.db.Now()).Format(time.DateOnly), pg.Texts(f.Statuses))
	}
	if f.Profession != "" {
		and(`profession = ?`, f.Profession)
	}
	if f.CreditCode != "" {
		and(`enterprise_id = (SELECT id FROM enterprises WHERE credit_code = ?)`, f.CreditCode)
	}
	if f.CertificateNumber != "" {
		and(`certificate_number = ?`, f.CertificateNumber)
	}
	if !f.UpdatedSince.IsZero() {
		and(`updated_at >= ?`, f.UpdatedSince)
	}
	next, nextArgs := seek.Where()
	var p DeskPage
	err = s.db.InTx(ctx, func(tx pg.Tx) error {
		p = DeskPage{}
		if err := tx.Raw(`SELECT `+columns+`, (SELECT e.name FROM enterprises e WHERE e.id = registrants.enterprise_id) AS enterprise_name,
				(SELECT e.credit_code FROM enterprises e WHERE e.id = registrants.enterprise_id) AS credit_code,
				(SELECT e.province FROM enterprises e WHERE e.id = registrants.enterprise_id) AS province
			FROM registrants WHERE `+where+next+seek.OrderBy()+` LIMIT ?`, append(append(slices.Clone(args), nextArgs...), limit+1)...).Scan(&p.Items).Error; err != nil {
			return fmt.Errorf("list the register: %w", err)
		}
		for i, r := range p.Items {
			p.Items[i].Status = r.On(Today(tx.Now))
		}
		return audit.RecordTx(tx, audit.Entry{Actor: who, Action: "registrant.list", SubjectType: "desk", SubjectID: string(who.Party)})
	})
	p.Items, p.NextCursor = seek.Cut(p.Items, limit, func(r DeskRow) uuid.UUID { return r.ID })
	return p, err
}
