package message

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/keyset"
	"zhuce/internal/label"
	"zhuce/internal/pg"
)

// The pieces of the queries. @user and @enterprise are the reader; a message is m.
const (
	// province is the one that an enterprise e belongs to: the one it saved, and
	// before that the one in its credit code.
	province = `COALESCE(NULLIF(e.province, ''), substr(e.credit_code, 3, 2))`
	// boxes are the audiences that the reader belongs to.
	boxes = `box AS (SELECT unnest(ARRAY[e.id::text, ` + province + `, 'all']) AS audience FROM enterprises e WHERE e.id = @enterprise)`
	marks = ` LEFT JOIN message_marks k ON k.user_id = @user AND k.audience = m.audience AND k.kind = m.kind`
	// unread needs marks.
	unread  = `m.number > COALESCE(k.up_to, 0) AND NOT EXISTS (SELECT FROM message_reads r WHERE r.user_id = @user AND r.message_id = m.id)`
	columns = `m.id, m.audience, m.number, m.kind, m.code, m.params, m.subject_type, m.subject_id, m.posted_at, m.unread,
		COALESCE(n.title, '') AS title, COALESCE(n.body, '') AS body, COALESCE(n.link, '') AS link, COALESCE(n.sender, '') AS sender`
	notice = ` LEFT JOIN notices n ON n.id = m.notice_id`
)

func reader(who auth.Actor) map[string]any {
	return map[string]any{"user": who.UserID, "enterprise": who.EnterpriseID}
}

// Filter narrows the list.
type Filter struct {
	Kind   Kind // "" for all
	Unread bool
}

// Page is one page of the list.
type Page struct {
	Items      []Message
	NextCursor string // "" on the last page
	Total      int64  // of all pages
}

var orders = keyset.Orders[Message]{"-posted_at": {Expr: "posted_at", Cast: "timestamptz", Desc: true,
	Key: func(m Message) string { return keyset.Stamp(m.PostedAt) }}}

// List gives what the person's enterprise was told, newest first. keyset.ErrCursor.
func (s *Service) List(ctx context.Context, who auth.Actor, f Filter, after string, limit int) (Page, error) {
	seek, err := orders.Seek("-posted_at", after)
	if err != nil {
		return Page{}, err
	}
	args := reader(who)
	args["limit"], args["kind"] = limit+1, f.Kind
	from, where := `messages m`+marks, `m.audience = box.audience`
	if f.Kind != "" {
		where += ` AND m.kind = @kind`
	}
	if f.Unread {
		where += ` AND ` + unread
	}
	beyond, place := seek.Where()
	// Each audience gives its newest by an index of its own; the newest of those are the page.
	rows, total, err := scan(s.db.Read(ctx).Raw(`WITH `+boxes+`,
		total AS (SELECT count(*) AS n FROM box JOIN `+from+` ON `+where+`),
		page AS (SELECT p.* FROM box CROSS JOIN LATERAL (
				SELECT m.*, `+unread+` AS unread FROM `+from+` WHERE `+where+beyond+seek.OrderBy()+` LIMIT @limit) AS p`+seek.OrderBy()+` LIMIT @limit)
		SELECT `+columns+`, total.n AS total FROM total LEFT JOIN page m ON true`+notice+` ORDER BY m.posted_at DESC, m.id DESC`, append(place, args)...))
	if err != nil {
		return Page{}, fmt.Errorf("list messages: %w", err)
	}
	p := Page{Total: total}
	p.Items, p.NextCursor = seek.Cut(rows, limit, func(m Message) uuid.UUID { return m.ID })
	return p, nil
}

// Unread is how much a person has not read, and how far they could read.
type Unread struct {
	Total    int64
	ByKind   map[Kind]int64
	Position Position
}

// Unread counts, by the index, what lies above the person's marks.
func (s *Service) Unread(ctx context.Context, who auth.Actor) (Unread, error) {
	args := reader(who)
	args["kinds"] = pg.Texts(label.Values(Kinds))
	var rows []struct {
		Audience string
		Last     int64
		Kind     Kind
		N        int64
	}
	err := s.db.Read(ctx).Raw(`WITH `+boxes+` SELECT box.audience, COALESCE(all_of.last, 0) AS last, kinds.kind, above.n
		FROM box LEFT JOIN mailboxes all_of USING (audience) CROSS JOIN unnest((@kinds)::text[]) AS kinds(kind)
		LEFT JOIN message_marks k ON k.user_id = @user AND k.audience = box.audience AND k.kind = kinds.kind
		CROSS JOIN LATERAL (SELECT count(*) AS n FROM messages m WHERE m.audience = box.audience AND m.kind = kinds.kind AND `+unread+`) AS above`,
		args).Scan(&rows).Error
	if err != nil {
		return Unread{}, fmt.Errorf("count unread messages: %w", err)
	}
	u := Unread{ByKind: map[Kind]int64{}}
	for _, r := range rows {
		u.Total += r.N
		u.ByKind[r.Kind] += r.N
		u.Position = u.Position.at(r.Audience, r.Last)
	}
	return u, nil
}

// batch bounds what [Service.After] gives at once.
const batch = 200

// After gives what was posted after the position, each with the position that it
// leads to, and whether that is all. Within an audience the order is that of the commits.
func (s *Service) After(ctx context.Context, who auth.Actor, p Position) (news []Message, all bool, err error) {
	args := reader(who)
	args["own"], args["code"], args["province"], args["all"], args["limit"] = p.own, p.code, p.province, p.all, batch
	news, _, err = scan(s.db.Read(ctx).Raw(`WITH `+boxes+`,
		news AS (SELECT p.* FROM box CROSS JOIN LATERAL (SELECT m.*, `+unread+` AS unread FROM messages m`+marks+` WHERE m.audience = box.audience
			AND m.number > CASE box.audience WHEN 'all' THEN (@all)::bigint WHEN @code THEN (@province)::bigint WHEN (@enterprise)::text THEN (@own)::bigint ELSE 9223372036854775807 END
			ORDER BY m.number LIMIT @limit) AS p)
		SELECT `+columns+`, 0 AS total FROM news m`+notice+` ORDER BY m.audience, m.number LIMIT @limit`, args))
	if err != nil {
		return nil, false, fmt.Errorf("read new messages: %w", err)
	}
	return news, len(news) < batch, nil
}

// Past gives the position after the message, for who was at p.
func (m Message) Past(p Position) Position { return p.at(m.audience, m.number) }

// stored is a message as it is read.
type stored struct {
	ID                        *uuid.UUID
	Audience                  string
	Number                    int64
	Kind                      Kind
	Code                      string
	Params                    []byte
	SubjectType               string
	SubjectID                 *uuid.UUID
	PostedAt                  time.Time
	Unread                    bool
	Title, Body, Link, Sender string
	Total                     int64
}

// scan reads rows, and the total that stands in each; a row without an id only brings the total.
func scan(q *gorm.DB) (list []Message, total int64, err error) {
	var rows []stored
	if err := q.Scan(&rows).Error; err != nil {
		return nil, 0, err
	}
	list = make([]Message, 0, len(rows))
	for _, r := range rows {
		total = r.Total
		if r.ID != nil {
			list = append(list, r.message())
		}
	}
	return list, total, nil
}

func (r stored) message() Message {
	m := Message{ID: *r.ID, Kind: r.Kind, Code: r.Code, SubjectType: r.SubjectType, SubjectID: r.SubjectID,
		Link: r.Link, Sender: r.Sender, PostedAt: r.PostedAt, Read: !r.Unread, audience: r.Audience, number: r.Number}
	if r.Code == noticeCode {
		m.Title, m.Body = errs.Text{ZH: r.Title, EN: r.Title}, errs.Text{ZH: r.Body, EN: r.Body}
		return m
	}
	m.Title, m.Body = words(r.Kind, r.Code)
	_ = json.Unmarshal(r.Params, &m.Params) // written by us alone
	for name, value := range m.Params {
		if t, ok := value.(map[string]any); ok {
			zh, _ := t["zh"].(string)
			en, _ := t["en"].(string)
			m.Params[name] = errs.Text{ZH: zh, EN: en}
		}
	}
	return m
}

// words are those of the definition. One that a later release has dropped leaves
// its kind to be read.
func words(kind Kind, code string) (title, body errs.Text) {
	mu.Lock()
	defer mu.Unlock()
	if d, ok := defs[code]; ok {
		return d.Title, d.Body
	}
	return label.TextOf(Kinds, string(kind)), errs.Text{}
}
