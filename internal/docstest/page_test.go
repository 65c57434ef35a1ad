package docstest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// root is the repository as seen from this package.
const root = "../.."

// page reads a document by its path from the root.
func page(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// pages are all documents by hand, by path from the root.
func pages(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/adr/*.md"} {
		names, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			path, err := filepath.Rel(root, name)
			if err != nil {
				t.Fatal(err)
			}
			out[filepath.ToSlash(path)] = page(t, path)
		}
	}
	return out
}

// table gives the rows of the table below "<!-- compared: name -->", without its head.
func table(t *testing.T, text, name string) [][]string {
	t.Helper()
	_, after, found := strings.Cut(text, "<!-- compared: "+name+" -->\n")
	if !found {
		t.Fatalf("no table is marked as %q", name)
	}
	var rows [][]string
	for line := range strings.Lines(after) {
		if !strings.HasPrefix(line, "|") {
			break
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}
	if len(rows) < 3 {
		t.Fatalf("the table %q has no rows", name)
	}
	return rows[2:]
}

var code = regexp.MustCompile("`([^`]+)`")

// codes gives what stands in back-ticks.
func codes(text string) []string {
	var out []string
	for _, m := range code.FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	return out
}

// sameSets reports what only one side has.
func sameSets(t *testing.T, what string, page, source []string) {
	t.Helper()
	for _, s := range page {
		if !slices.Contains(source, s) {
			t.Errorf("%s: the page has %q, the code has not", what, s)
		}
	}
	for _, s := range source {
		if !slices.Contains(page, s) {
			t.Errorf("%s: the code has %q, the page has not", what, s)
		}
	}
}
