// Package keyset pages through lists: a page begins where the last one ended, so
// the cost of a page does not grow with its place, and rows that come or go
// meanwhile shift nothing.
package keyset

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/errs"
)

// ErrCursor refuses a cursor that is not ours or belongs to another order.
var ErrCursor = errs.Define(errs.Invalid, "request.cursor", "翻页标记无效，请从第一页开始", "The cursor is not valid; start from the first page")

// Order is one sort of a list: a column, or an expression with an index of its
// own. The id makes it total, so the index ends with the id.
type Order[T any] struct {
	Expr string         // never of the request
	Cast string         // PostgreSQL type of Expr: "text", "timestamptz", "date", "integer"
	Key  func(T) string // the row's value of Expr, as PostgreSQL reads it
	Desc bool
}

// Orders are the sorts of a list by name.
type Orders[T any] map[string]Order[T]

// BothWays adds to each sort the one turned round, under its name with "-" before it.
func BothWays[T any](up map[string]Order[T]) Orders[T] {
	all := make(Orders[T], 2*len(up))
	for name, o := range up {
		o.Desc = false
		all[name] = o
		o.Desc = true
		all["-"+name] = o
	}
	return all
}

// Seek is a sort from a place on.
type Seek[T any] struct {
	Order[T]
	name  string
	after *cursor
}

type cursor struct {
	Sort string    `json:"s"`
	Key  string    `json:"k"`
	ID   uuid.UUID `json:"i"`
}

// Seek starts after the cursor, at the beginning for "". [ErrCursor] for a sort
// that is none, and for a cursor of another sort or none of ours.
func (os Orders[T]) Seek(sort, after string) (Seek[T], error) {
	o, ok := os[sort]
	if !ok {
		return Seek[T]{}, ErrCursor.New()
	}
	s := Seek[T]{Order: o, name: sort}
	if after == "" {
		return s, nil
	}
	c := &cursor{}
	b, err := base64.RawURLEncoding.DecodeString(after)
	if err != nil || json.Unmarshal(b, c) != nil || c.Sort != sort || !readable(o.Cast, c.Key) {
		return Seek[T]{}, ErrCursor.New()
	}
	s.after = c
	return s, nil
}

// readable reports whether PostgreSQL can read the key: a cursor comes from outside.
func readable(cast, key string) bool {
	switch cast {
	case "timestamptz":
		t, err := time.Parse(time.RFC3339Nano, key)
		return key == "-infinity" || err == nil && t.Year() >= 1 && t.Year() <= 9999
	case "date":
		_, err := time.Parse(time.DateOnly, key)
		return key == "infinity" || err == nil
	case "integer":
		return len(key) > 0 && len(key) < 10 && strings.Trim(strings.TrimPrefix(key, "-"), "0123456789") == "" && key != "-"
	default:
		return !strings.ContainsRune(key, 0)
	}
}

// Started reports whether there is a page before this one.
func (s Seek[T]) Started() bool { return s.after != nil }

// Where is the condition that leaves out what came before: it begins with " AND ",
// and is "" at the beginning.
func (s Seek[T]) Where() (cond string, args []any) {
	if s.after == nil {
		return "", nil
	}
	sign := ">"
	if s.Desc {
		sign = "<"
	}
	return " AND (" + s.Expr + ", id) " + sign + " (?::" + s.Cast + ", ?::uuid)", []any{s.after.Key, s.after.ID}
}

// OrderBy is the ORDER BY clause.
func (s Seek[T]) OrderBy() string {
	direction := ""
	if s.Desc {
		direction = " DESC"
	}
	return " ORDER BY " + s.Expr + direction + ", id" + direction
}

// Cut takes rows that were asked for with one more than limit, and gives the page
// and the cursor of the next one, "" on the last page.
func (s Seek[T]) Cut(rows []T, limit int, id func(T) uuid.UUID) (page []T, next string) {
	if len(rows) <= limit {
		return rows, ""
	}
	last := rows[limit-1]
	b, _ := json.Marshal(cursor{s.name, s.Key(last), id(last)}) // strings alone: cannot fail
	return rows[:limit], base64.RawURLEncoding.EncodeToString(b)
}

// Stamp writes a moment as a key.
func Stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// Contains is the pattern for ILIKE of texts that contain the given one literally.
func Contains(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%"
}
