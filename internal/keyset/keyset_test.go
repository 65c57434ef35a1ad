package keyset_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/errs"
	"zhuce/internal/keyset"
)

type row struct {
	id   uuid.UUID
	name string
	at   time.Time
}

var orders = keyset.BothWays(map[string]keyset.Order[row]{
	"name": {Expr: "name", Cast: "text", Key: func(r row) string { return r.name }},
	"at":   {Expr: "at", Cast: "timestamptz", Key: func(r row) string { return keyset.Stamp(r.at) }},
	"day":  {Expr: "day", Cast: "date", Key: func(r row) string { return r.at.Format(time.DateOnly) }},
	"n":    {Expr: "n", Cast: "integer", Key: func(r row) string { return strconv.Itoa(len(r.name)) }},
})

func TestPages(t *testing.T) {
	t.Parallel()
	rows := []row{{uuid.New(), "a", time.Unix(1, 0)}, {uuid.New(), "b", time.Unix(2, 0)}, {uuid.New(), "c", time.Unix(3, 0)}}
	first, err := orders.Seek("-name", "")
	if err != nil {
		t.Fatal(err)
	}
	if cond, args := first.Where(); cond != "" || args != nil || first.Started() {
		t.Errorf("the first page leaves something out: %q", cond)
	}
	if got := first.OrderBy(); got != " ORDER BY name DESC, id DESC" {
		t.Error(got)
	}
	page, next := first.Cut(rows, 2, func(r row) uuid.UUID { return r.id })
	if len(page) != 2 || next == "" {
		t.Fatalf("%d rows, next %q", len(page), next)
	}
	second, err := orders.Seek("-name", next)
	if err != nil {
		t.Fatal(err)
	}
	cond, args := second.Where()
	if cond != " AND (name, id) < (?::text, ?::uuid)" || !slices.Equal(args, []any{"b", rows[1].id}) {
		t.Errorf("%q %v", cond, args)
	}
	if _, next = second.Cut(rows[:2], 2, func(r row) uuid.UUID { return r.id }); next != "" {
		t.Error("the last page names a next one")
	}
	if _, err := orders.Seek("name", next+"x"); !keyset.ErrCursor.Is(err) {
		t.Errorf("broken cursor: %v", err)
	}
	_, other := first.Cut(rows, 1, func(r row) uuid.UUID { return r.id })
	if _, err := orders.Seek("name", other); !keyset.ErrCursor.Is(err) {
		t.Errorf("a cursor of another order: %v", err)
	}
	if _, err := orders.Seek("nothing", ""); !keyset.ErrCursor.Is(err) {
		t.Errorf("a sort that is none: %v", err)
	}
}

// FuzzSeek: whatever is sent as a cursor is refused with its code, or holds a key
// that the order's column can be compared with.
func FuzzSeek(f *testing.F) {
	for name := range orders {
		for _, seed := range []string{"", "x", "e30", "eyJzIjoiYXQiLCJrIjoiMjAyNi0xMS0yM1QwMTowMDowMFoiLCJpIjoiMDE5MzYzZDAtOGY2Yi03YzNhLTlhNTUtMGUzZjBkNmMyYjExIn0"} {
			f.Add(seed, name)
		}
	}
	f.Fuzz(func(t *testing.T, s, sort string) {
		seek, err := orders.Seek(sort, s)
		if err != nil {
			if errs.Code(err) != "request.cursor" {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		_, args := seek.Where()
		if len(args) == 0 {
			return
		}
		key := args[0].(string)
		if strings.ContainsRune(key, 0) {
			t.Fatal("a NUL byte would reach the database")
		}
		switch strings.TrimPrefix(sort, "-") {
		case "at":
			if _, err := time.Parse(time.RFC3339Nano, key); err != nil && key != "-infinity" {
				t.Fatalf("%q is no time", key)
			}
		case "n":
			if _, err := strconv.ParseInt(key, 10, 32); err != nil {
				t.Fatalf("%q is no integer", key)
			}
		}
	})
}

func TestContains(t *testing.T) {
	t.Parallel()
	if got := keyset.Contains(`50%_\`); got != `%50\%\_\\%` {
		t.Error(got)
	}
}
