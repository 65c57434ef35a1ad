package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"zhuce/api"
)

func TestReleaseAndItsPage(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	page := filepath.Join(root, changelogPage)
	if err := os.MkdirAll(filepath.Join(root, "docs/openapi/released"), 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(page, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	read := func() string {
		t.Helper()
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	write("head\n" + pendingBegin + "old\n" + pendingEnd + "\n## 0.0.1\n\nby hand\n")
	found := `[{"text":"removed the field","level":3,"operation":"GET","path":"/things"},{"text":"added a field","level":1,"operation":"GET","path":"/things"},
		{"text":"added a field","level":1,"operation":"GET","path":"/things"},{"text":"the version is the same","level":1}]`
	if err := changes(root, strings.NewReader(found)); err != nil {
		t.Fatal(err)
	}
	want := "head\n" + pendingBegin + "`GET /things`\n\n- **breaking**: removed the field\n- added a field\n\n" + pendingEnd + "\n## 0.0.1\n\nby hand\n"
	if have := read(); have != want {
		t.Errorf("the page is\n%s", have)
	}
	if err := release(root); err != nil {
		t.Fatal(err)
	}
	if have := read(); !strings.Contains(have, pendingBegin+"Nothing yet.\n"+pendingEnd+"\n## "+api.Version+"\n\n`GET /things`\n") || !strings.HasSuffix(have, "by hand\n") {
		t.Errorf("after the release the page is\n%s", have)
	}
	kept, err := os.ReadFile(filepath.Join(root, "docs/openapi/released", api.Version+".json"))
	if err != nil || !json.Valid(kept) || strings.Contains(string(kept), `"example"`) || !strings.Contains(string(kept), "/exchange/filings") {
		t.Errorf("kept: %d bytes, %v", len(kept), err)
	}
	if err := release(root); err == nil {
		t.Error("one version was released twice")
	}
	write("no marks\n")
	if err := changes(root, strings.NewReader("[]")); err == nil {
		t.Error("a page without its marks was taken")
	}
}
