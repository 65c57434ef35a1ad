package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// What is published is what the code says now, byte for byte; and making it
// twice gives the same bytes.
func TestPublishedPagesAreCurrent(t *testing.T) {
	t.Parallel()
	const root = "../.."
	pages, err := generate(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	again, err := generate(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range pages {
		if !bytes.Equal(want, again[name]) {
			t.Errorf("%s comes out differently when it is made again", name)
		}
		have, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Error(err)
		} else if !bytes.Equal(have, want) {
			t.Errorf("%s is not current: run `make gen`", name)
		}
	}
}
