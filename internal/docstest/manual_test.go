package docstest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const manual = "docs/manual.zh-CN.md"

var (
	picture    = regexp.MustCompile(`^pictures/([\w-]+)\.png$`)
	figureCall = regexp.MustCompile(`\bfigure\(\w+, '([\w-]+)'[,)]`)
)

// TestPictures: every picture of the user manual is taken by a journey, every
// picture that a journey takes is in the manual, and none lies about unused.
func TestPictures(t *testing.T) {
	var shown, taken []string
	for _, m := range link.FindAllStringSubmatch(page(t, manual), -1) {
		if p := picture.FindStringSubmatch(m[1]); p != nil {
			shown = append(shown, p[1])
		}
	}
	specs, err := filepath.Glob(filepath.Join(root, "frontend", "e2e", "*.spec.ts"))
	if err != nil || len(specs) == 0 {
		t.Fatalf("no journeys: %v", err)
	}
	for _, spec := range specs {
		b, err := os.ReadFile(spec)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range figureCall.FindAllStringSubmatch(string(b), -1) {
			if slices.Contains(taken, m[1]) {
				t.Errorf("the picture %s is taken twice", m[1])
			}
			taken = append(taken, m[1])
		}
	}
	sameSets(t, "pictures of the manual", shown, taken)
	kept, err := filepath.Glob(filepath.Join(root, "docs", "pictures", "*.png"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range kept {
		if !slices.Contains(shown, strings.TrimSuffix(filepath.Base(name), ".png")) {
			t.Errorf("nothing shows %s", name)
		}
	}
}
