package docstest

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// TestLinks: every relative link leads to a file.
func TestLinks(t *testing.T) {
	for name, text := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			target, _, _ := strings.Cut(m[1], "#")
			if target == "" || strings.Contains(target, "://") || name == manual && picture.MatchString(target) {
				continue
			}
			if _, err := os.Stat(filepath.Join(root, path.Dir(name), target)); err != nil {
				t.Errorf("%s links to %s, which is not there", name, m[1])
			}
		}
	}
}

var (
	somePath = regexp.MustCompile(`^(api|cmd|docs|frontend|internal|migrations)(/[\w.\-*]+)*/?$`)
	fence    = regexp.MustCompile("(?s)```.*?```")
)

// TestPaths: every path in back-ticks exists; "…" and "<domain>" stand for any.
func TestPaths(t *testing.T) {
	for name, text := range pages(t) {
		for _, p := range codes(fence.ReplaceAllString(text, "")) {
			p, _, _ = strings.Cut(p, " ")
			if !somePath.MatchString(p) || p == "frontend/dist" {
				continue
			}
			if found, err := filepath.Glob(filepath.Join(root, p)); err != nil || len(found) == 0 {
				t.Errorf("%s names %s, which is not there", name, p)
			}
		}
	}
}

var (
	makeCall   = regexp.MustCompile(`(?m)(?:^|` + "`" + `)make ([a-z][a-z0-9-]*)`)
	makeTarget = regexp.MustCompile(`(?m)^([a-z][a-z0-9-]*):`)
)

// TestMakeTargets: every make target that a page names exists.
func TestMakeTargets(t *testing.T) {
	var targets []string
	for _, m := range makeTarget.FindAllStringSubmatch(page(t, "Makefile"), -1) {
		targets = append(targets, m[1])
	}
	for name, text := range pages(t) {
		for _, m := range makeCall.FindAllStringSubmatch(text, -1) {
			if !slices.Contains(targets, m[1]) {
				t.Errorf("%s says make %s, which is no target", name, m[1])
			}
		}
	}
}

var testName = regexp.MustCompile("`(Test[A-Z]\\w+)`|-run (Test[A-Z]\\w+)")

// TestNamedTests: every test that a page names exists, or begins the names of some.
func TestNamedTests(t *testing.T) {
	var have strings.Builder
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && (d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".") && name != root) {
			return fs.SkipDir
		}
		if err == nil && strings.HasSuffix(name, "_test.go") {
			b, err := os.ReadFile(name)
			have.Write(b)
			return err
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range pages(t) {
		for _, m := range testName.FindAllStringSubmatch(text, -1) {
			if called := m[1] + m[2]; !strings.Contains(have.String(), "func "+called) {
				t.Errorf("%s names the test %s, which is not there", name, called)
			}
		}
	}
}

// TestIndex: every document is reachable from the index, every decision from its list.
func TestIndex(t *testing.T) {
	index, decisions := page(t, "docs/README.md"), page(t, "docs/adr/README.md")
	for name := range pages(t) {
		base := path.Base(name)
		switch {
		case base == "README.md":
		case strings.HasPrefix(name, "docs/adr/") && !strings.Contains(decisions, "]("+base+")"):
			t.Errorf("%s is not in docs/adr/README.md", name)
		case path.Dir(name) == "docs" && !strings.Contains(index, "]("+base+")"):
			t.Errorf("%s is not in docs/README.md", name)
		}
	}
}
