package docstest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "zhuce/api" // every package that declares kinds of events
	"zhuce/internal/outbox"
)

// TestGlossaryOfEvents compares the table of kinds with what the code declares.
func TestGlossaryOfEvents(t *testing.T) {
	const path, mark = "docs/events.md", "<!-- compared: events -->\n"
	var b strings.Builder
	b.WriteString("| kind | 中文 | English | for |\n|---|---|---|---|\n")
	for _, d := range outbox.All() {
		to := make([]string, len(d.To))
		for i, p := range d.To {
			to[i] = string(p)
		}
		if len(to) == 0 {
			to = []string{"–"}
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", d.Kind, d.Text.ZH, d.Text.EN, strings.Join(to, ", "))
	}
	before, rest, found := strings.Cut(page(t, path), mark)
	if !found {
		t.Fatalf("%s has no table of kinds", path)
	}
	have := rows(rest)
	switch {
	case have == b.String():
	case *update:
		if err := os.WriteFile(filepath.Join(root, path), []byte(before+mark+b.String()+strings.TrimPrefix(rest, have)), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Error("the table of kinds differs from the code; run with -update and read the diff")
	}
	for _, d := range outbox.All() { // each has its fields written down
		subject, _, _ := strings.Cut(d.Kind, ".")
		if !strings.Contains(rest, "`"+subject+".*`") && !strings.Contains(strings.TrimPrefix(rest, have), "`"+d.Kind+"`") {
			t.Errorf("%s does not say what fields %s has", path, d.Kind)
		}
	}
}
