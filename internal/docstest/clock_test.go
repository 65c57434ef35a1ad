package docstest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"zhuce/internal/filing"
)

const legalClock = "docs/legal-clock.md"

// TestTermsOfTheLegalClock compares the page's table with the terms, row by row.
func TestTermsOfTheLegalClock(t *testing.T) {
	var b strings.Builder
	b.WriteString("| step | 中文 | track | types | from | days | article | ends | sure |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, term := range filing.Terms {
		track, types := string(term.Track), "all others"
		if track == "" {
			track = "both"
		}
		if term.Types != nil {
			types = strings.Trim(fmt.Sprint(term.Types), "[]")
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %d | `%s` | `%s` | %s |\n", term.Step, term.Step.Text().ZH, track, types, term.From, term.Days, term.Basis, term.Ends, term.Trust)
	}
	const mark = "<!-- compared: terms of the legal clock -->\n"
	before, rest, found := strings.Cut(page(t, legalClock), mark)
	if have := rows(rest); !found || have != b.String() {
		if !*update {
			t.Fatal("the table of terms differs from internal/filing/term.go; run with -update and read the diff")
		}
		text := before + mark + b.String() + strings.TrimPrefix(strings.TrimPrefix(rest, "TABLE\n"), have)
		if err := os.WriteFile(filepath.Join(root, legalClock), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
