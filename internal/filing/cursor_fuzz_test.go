package filing_test

import (
	"strings"
	"testing"
	"time"

	"zhuce/internal/errs"
	"zhuce/internal/filing"
)

// FuzzCursor: whatever is sent as a cursor is refused with its code, or holds a
// key that the order's column can be compared with.
func FuzzCursor(f *testing.F) {
	for _, seed := range []string{"", "x", "e30", "eyJzIjoiLXVwZGF0ZWRfYXQiLCJrIjoiMjAyNi0xMS0yM1QwMTowMDowMFoiLCJpIjoiMDE5MzYzZDAtOGY2Yi03YzNhLTlhNTUtMGUzZjBkNmMyYjExIn0"} {
		for _, sort := range filing.Sorts() {
			f.Add(seed, sort)
		}
	}
	f.Fuzz(func(t *testing.T, s, sort string) {
		c, err := filing.ReadCursor(s, sort)
		if err != nil {
			if errs.Code(err) != "request.cursor" {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		if strings.ContainsRune(c.Key, 0) {
			t.Fatal("a NUL byte would reach the database")
		}
		if strings.HasSuffix(sort, "_at") && c.Key != "-infinity" {
			if _, err := time.Parse(time.RFC3339Nano, c.Key); err != nil {
				t.Fatalf("%q is no time", c.Key)
			}
		}
	})
}
