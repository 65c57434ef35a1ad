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
const window = 20_000

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

// Read gives up to limit events after the position that the actor may see, in order.
// It numbers what is committed first, so that nobody else needs to. Kinds narrow it
// where there are any. [ErrCursorExpired], [ErrCursorUnknown].
func (s *Service) Read(ctx context.Context, who auth.Actor, after int64, kinds []string, limit int) (Page, error) {
	if err := s.Number(ctx); err != nil {
		return Page{}, err
	}
	seen, args := visible(who)
	var rows []struct {
		Latest, Purged int64
		EventID        *uuid.UUID
		Item           `gorm:"embedded"`
	}
	args = append([]any{who.ClientID, after, after, window}, args...)
	args = append(args, len(kinds) == 0, pg.Texts(kinds), limit)
	// One statement, one moment: what it says is latest is what it could see.
	err := s.db.Read(ctx).Raw(`SELECT h.latest, h.purged, e.*
		FROM outbox_head h LEFT JOIN LATERAL (
			SELECT o.position, o.event_id, o.kind, o.subject_type, o.subject_id, o.enterprise_id, COALESCE(en.credit_code, '') AS credit_code, o.occurred_at, o.data
			FROM outbox o JOIN machine_clients c ON c.id = ? LEFT JOIN enterprises en ON en.id = o.enterprise_id
			WHERE o.position > GREATEST(?::bigint, h.purged) AND o.position <= GREATEST(?::bigint, h.purged) + ?
				AND `+seen+` AND (? OR o.kind = ANY(?::text[]))
			ORDER BY o.position LIMIT ?) e ON true
		ORDER BY e.position`, args...).Scan(&rows).Error
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
// condition on the row o of outbox and the row c of machine_clients. Whose record it
// is about sees it always; an authority where it is in the audience, a province for its own alone.
const ClientSees = `(o.client_id = c.id
	OR c.party = 'province' AND 'province' = ANY(o.audience) AND o.province = ANY(c.provinces)
	OR c.party = 'ministry' AND 'ministry' = ANY(o.audience))`

// visible is [ClientSees], or for a token that is bound to one enterprise what that
// enterprise lets its client see of it.
func visible(who auth.Actor) (cond string, args []any) {
	if who.Party != auth.Enterprise {
		return ClientSees, nil
	}
	var subjects []string
	for subject, scope := range grantedBy {
		if slices.Contains(who.Scopes, scope) {
			subjects = append(subjects, subject)
		}
	}
	return `o.enterprise_id = ? AND 'enterprise' = ANY(o.audience) AND o.subject_type = ANY(?::text[])`,
		[]any{who.EnterpriseID, pg.Texts(subjects)}
}

// grantedBy is the scope that an enterprise must have given for events on its records
// of a type; what is not here is no integrator's.
var grantedBy = map[string]string{"filing": auth.ScopeEnterpriseFilings, "registrant": auth.ScopeEnterpriseRegistrants, "appeal": auth.ScopeEnterpriseAppeals}

// KnownKind reports whether events of the kind are declared.
func KnownKind(kind string) bool {
	return slices.ContainsFunc(All(), func(d *Def) bool { return d.Kind == kind })
}
