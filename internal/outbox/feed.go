package outbox

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/pg"
)

// window bounds how many positions one page looks at: a reader who may see few of
// them gets short pages, not slow ones.
const window = 5_000

// Refusals of cursors.
var (
	ErrCursorExpired = errs.Define(errs.Gone, "exchange.cursor_expired",
		"该游标之后的部分事件已超过保存期限；可读取的最早位置在 {oldest} 之后", "Some events after this cursor are no longer kept; the oldest that can be read are those after {oldest}")
	ErrCursorUnknown = errs.Define(errs.Invalid, "exchange.cursor_unknown",
		"没有发出过该游标；最新位置为 {latest}", "This cursor was never given; the latest position is {latest}")
)

// Item is an event in its place.
type Item struct {
	Position     int64
	EventID      uuid.UUID
	Kind         string
	SubjectType  string
	SubjectID    uuid.UUID
	EnterpriseID *uuid.UUID
	CreditCode   string // of the enterprise; "" where there is none
	OccurredAt   time.Time
	Data         json.RawMessage
}

// Page is a piece of the feed. Next is where the next one begins, also when there
// are no items: what lies before it was looked at.
type Page struct {
	Items        []Item
	Next, Latest int64
}

// More reports whether there is something behind the page already.
func (p Page) More() bool { return p.Next < p.Latest }

// Beginning reads from the oldest event that is kept.
const Beginning = -1

// Filter narrows what is read; its zero value does not.
type Filter struct {
	Kinds      []string
	CreditCode string // of an enterprise
}

// Read gives up to limit events after the position that the client may see, in order.
// It numbers what is committed first, so that nobody else needs to.
// [ErrCursorExpired], [ErrCursorUnknown].
func (s *Service) Read(ctx context.Context, who auth.Actor, after int64, f Filter, limit int) (Page, error) {
	if err := s.Number(ctx); err != nil {
		return Page{}, err
	}
	var rows []struct {
		Latest, Purged int64
		EventID        *uuid.UUID
		Item           `gorm:"embedded"`
	}
	// One statement, one moment: what it says is latest is what it could see.
	err := s.db.Read(ctx).Raw(`SELECT h.latest, h.purged, e.*
		FROM outbox_head h LEFT JOIN LATERAL (
			SELECT o.position, o.event_id, o.kind, o.subject_type, o.subject_id, o.enterprise_id, COALESCE(en.credit_code, '') AS credit_code, o.occurred_at, o.data
			FROM outbox o JOIN machine_clients c ON c.id = ? LEFT JOIN enterprises en ON en.id = o.enterprise_id
			WHERE o.position > GREATEST(?::bigint, h.purged) AND o.position <= GREATEST(?::bigint, h.purged) + ?
				AND `+ClientSees+` AND (? OR o.kind = ANY(?::text[])) AND (? = '' OR en.credit_code = ?)
			ORDER BY o.position LIMIT ?) e ON true
		ORDER BY e.position`, who.ClientID, after, after, window, s.db.Now(), len(f.Kinds) == 0, pg.Texts(f.Kinds), f.CreditCode, f.CreditCode, limit).Scan(&rows).Error
	if err != nil {
		return Page{}, fmt.Errorf("outbox: read: %w", err)
	}
	head := rows[0]
	switch {
	case after != Beginning && after < head.Purged:
		return Page{}, ErrCursorExpired.New("oldest", head.Purged)
	case after > head.Latest:
		return Page{}, ErrCursorUnknown.New("latest", head.Latest)
	}
	p := Page{Latest: head.Latest, Next: min(max(after, head.Purged)+window, head.Latest)}
	if head.EventID == nil {
		return p, nil
	}
	p.Items = make([]Item, len(rows))
	for i, r := range rows {
		p.Items[i] = r.Item
		p.Items[i].EventID = *r.EventID
	}
	if len(rows) == limit {
		p.Next = rows[limit-1].Position
	}
	return p, nil
}

// ClientSees is the one place that says which events are a machine client's: a
// condition on the row o of outbox and the row c of machine_clients, with one
// parameter, the present moment. Whose record it is about sees it always; an authority
// where it is in the audience, a province for its own alone; an integrator where
// enterprises are, as far as the enterprise has given it that kind of record.
const ClientSees = `(o.client_id = c.id
	OR c.party = 'province' AND 'province' = ANY(o.audience) AND o.province = ANY(c.provinces)
	OR c.party = 'ministry' AND 'ministry' = ANY(o.audience)
	OR c.party = 'integrator' AND 'enterprise' = ANY(o.audience) AND ` + given + ` = ANY(c.scopes)
		AND EXISTS (SELECT FROM enterprise_grants g WHERE g.client_id = c.id AND g.enterprise_id = o.enterprise_id
			AND g.ended_at IS NULL AND g.expires_at > ? AND ` + given + ` = ANY(g.scopes)))`

// given is the scope that an enterprise must have given for an event on its record;
// what is not here is no integrator's.
const given = `CASE o.subject_type WHEN 'filing' THEN '` + auth.ScopeEnterpriseFilings + `' WHEN 'registrant' THEN '` + auth.ScopeEnterpriseRegistrants +
	`' WHEN 'appeal' THEN '` + auth.ScopeEnterpriseAppeals + `' END`

// KnownKind reports whether events of the kind are declared.
func KnownKind(kind string) bool {
	return slices.ContainsFunc(All(), func(d *Def) bool { return d.Kind == kind })
}
