package docstest

import (
	"regexp"
	"slices"
	"testing"
)

var journeyStep = regexp.MustCompile(`step\('([^']+)'`)

// TestManualCoverage: every sentence of the manual has its step in the journey, in
// the same order, and the journey has no step that no sentence asks for.
func TestManualCoverage(t *testing.T) {
	var pages, steps []string
	for _, row := range table(t, page(t, "docs/manual-coverage.md"), "manual") {
		pages = append(pages, row[0]+" "+row[2])
	}
	for _, m := range journeyStep.FindAllStringSubmatch(page(t, "frontend/e2e/manual.spec.ts"), -1) {
		steps = append(steps, m[1])
	}
	sameSets(t, "steps", pages, steps)
	if !slices.Equal(pages, steps) {
		t.Error("the steps of the journey are in another order than the manual's sentences")
	}
}
