package grant

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/audit"
	"zhuce/internal/auth"
	"zhuce/internal/keyset"
	"zhuce/internal/pg"
)

const (
	// accessesShown is how many of the last accesses the enterprise sees.
	accessesShown = 50
	// integratorsShown bounds the list to choose from.
	integratorsShown = 100
)

// Page is one page of grants.
type Page struct {
	Items      []Grant
	NextCursor string
	Total      int64
}

var orders = keyset.Orders[Grant]{"-granted_at": {Expr: "granted_at", Cast: "timestamptz", Desc: true,
	Key: func(g Grant) string { return keyset.Stamp(g.GrantedAt) }}}

// List gives the enterprise's grants, newest first, those in one state unless it
// is "". [ErrWrongParty], keyset.ErrCursor.
func (s *Service) List(ctx context.Context, who auth.Actor, state State, after string, limit int) (Page, error) {
	if err := person(who); err != nil {
		return Page{}, err
	}
	seek, err := orders.Seek("-granted_at", after)
	if err != nil {
		return Page{}, err
	}
	where, args := `enterprise_id = ?`, []any{who.EnterpriseID}
	switch state {
	case Active:
		where, args = where+` AND revoked_at IS NULL AND expires_at > ?`, append(args, s.db.Now())
	case Expired:
		where, args = where+` AND revoked_at IS NULL AND expires_at <= ?`, append(args, s.db.Now())
	case Revoked:
		where += ` AND revoked_at IS NOT NULL`
	}
	next, nextArgs := seek.Where()
	// The page is cut before it meets the clients, whose columns have the same names.
	page := `g.id IN (SELECT id FROM enterprise_grants WHERE ` + where + next + seek.OrderBy() + ` LIMIT ?) ORDER BY g.granted_at DESC, g.id DESC`
	rows, err := read(s.db.Read(ctx), page, slices.Concat(args, nextArgs, []any{limit + 1})...)
	if err != nil {
		return Page{}, err
	}
	var p Page
	if err := s.db.Read(ctx).Raw(`SELECT count(*) FROM enterprise_grants WHERE `+where, args...).Scan(&p.Total).Error; err != nil {
		return Page{}, fmt.Errorf("grant: count: %w", err)
	}
	for _, r := range rows {
		p.Items = append(p.Items, r.grant())
	}
	p.Items, p.NextCursor = seek.Cut(p.Items, limit, func(g Grant) uuid.UUID { return g.ID })
	return p, nil
}

// Access is one read under a grant.
type Access struct {
	At       time.Time
	Resource string // "filings", "registrants" …
	RecordID string // "" for a list
}

// Detail is a grant with the last reads under it, newest first.
type Detail struct {
	Grant
	Accesses []Access
}

// Get gives one grant of the enterprise. [ErrWrongParty], [ErrNotFound].
func (s *Service) Get(ctx context.Context, who auth.Actor, id uuid.UUID) (Detail, error) {
	if err := person(who); err != nil {
		return Detail{}, err
	}
	rows, err := read(s.db.Read(ctx), `g.id = ? AND g.enterprise_id = ?`, id, who.EnterpriseID)
	if err != nil {
		return Detail{}, err
	}
	if len(rows) == 0 {
		return Detail{}, ErrNotFound.New()
	}
	d := Detail{Grant: rows[0].grant()}
	var reads []struct {
		At     time.Time
		Reason string
	}
	if err := s.db.Read(ctx).Raw(`SELECT at, reason FROM audit_log WHERE action = 'grant.read' AND subject_id = ? ORDER BY id DESC LIMIT ?`,
		id.String(), accessesShown).Scan(&reads).Error; err != nil {
		return Detail{}, fmt.Errorf("grant: read accesses: %w", err)
	}
	for _, r := range reads {
		a := Access{At: r.At}
		a.Resource, a.RecordID, _ = strings.Cut(r.Reason, " ")
		d.Accesses = append(d.Accesses, a)
	}
	return d, nil
}

// Integrators are those that an enterprise can choose, by name, at most 100.
func (s *Service) Integrators(ctx context.Context, who auth.Actor) ([]Integrator, error) {
	if err := person(who); err != nil {
		return nil, err
	}
	return integrators(s.db.Read(ctx), listed+` ORDER BY name LIMIT ?`, integratorsShown)
}

// Held is a grant as its integrator sees it.
type Held struct {
	ID             uuid.UUID
	EnterpriseName string
	CreditCode     string
	Scopes         []string
	GrantedAt      time.Time
	ExpiresAt      time.Time
}

// Until is the last day of the grant in China.
func (h Held) Until() string { return lastDay(h.ExpiresAt) }

// HeldPage is one page of what an integrator holds.
type HeldPage struct {
	Items      []Held
	NextCursor string
	Total      int64
}

var heldOrders = keyset.Orders[Held]{"granted_at": {Expr: "granted_at", Cast: "timestamptz", Key: func(h Held) string { return keyset.Stamp(h.GrantedAt) }}}

// Held gives the integrator the grants that it holds now, oldest first, and notes
// that it looked. [ErrWrongParty], keyset.ErrCursor.
func (s *Service) Held(ctx context.Context, who auth.Actor, after string, limit int) (HeldPage, error) {
	if who.Party != auth.Integrator {
		return HeldPage{}, ErrWrongParty.New()
	}
	seek, err := heldOrders.Seek("granted_at", after)
	if err != nil {
		return HeldPage{}, err
	}
	var p HeldPage
	err = s.db.InTx(ctx, func(tx pg.Tx) error {
		const held = `client_id = ? AND ended_at IS NULL AND expires_at > ?`
		next, nextArgs := seek.Where()
		var rows []struct {
			ID                                 uuid.UUID
			EnterpriseName, CreditCode, Scopes string
			GrantedAt, ExpiresAt               time.Time
		}
		if err := tx.Raw(`SELECT id, granted_at, expires_at, array_to_string(scopes, ' ') AS scopes,
				(SELECT e.name FROM enterprises e WHERE e.id = enterprise_grants.enterprise_id) AS enterprise_name,
				(SELECT e.credit_code FROM enterprises e WHERE e.id = enterprise_grants.enterprise_id) AS credit_code
			FROM enterprise_grants WHERE `+held+next+seek.OrderBy()+` LIMIT ?`,
			slices.Concat([]any{who.ClientID, tx.Now}, nextArgs, []any{limit + 1})...).Scan(&rows).Error; err != nil {
			return fmt.Errorf("grant: list what is held: %w", err)
		}
		p = HeldPage{}
		for _, r := range rows {
			p.Items = append(p.Items, Held{r.ID, r.EnterpriseName, r.CreditCode, strings.Fields(r.Scopes), r.GrantedAt, r.ExpiresAt})
		}
		if err := tx.Raw(`SELECT count(*) FROM enterprise_grants WHERE `+held, who.ClientID, tx.Now).Scan(&p.Total).Error; err != nil {
			return fmt.Errorf("grant: count what is held: %w", err)
		}
		return audit.RecordTx(tx, audit.Entry{Actor: who, Action: "grant.list", SubjectType: "grant"})
	})
	p.Items, p.NextCursor = seek.Cut(p.Items, limit, func(h Held) uuid.UUID { return h.ID })
	return p, err
}
