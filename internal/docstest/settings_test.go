package docstest

import (
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"zhuce/internal/config"
)

// TestSettings compares the table of settings with the fields of the
// configuration: names, defaults, which are required and which are secret.
func TestSettings(t *testing.T) {
	var pages, code []string
	for _, row := range table(t, page(t, "docs/operations.md"), "settings") {
		if len(row) != 3 || row[2] == "" {
			t.Fatalf("a setting without meaning: %v", row)
		}
		pages = append(pages, row[0]+" "+row[1])
	}
	c := reflect.TypeFor[config.Config]()
	for i := range c.NumField() {
		f := c.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("env"), ",")
		var says []string
		if strings.Contains(options, "required") {
			says = append(says, "required")
		}
		if f.Tag.Get("secret") == "true" {
			says = append(says, "secret")
		}
		if def := f.Tag.Get("envDefault"); def != "" {
			says = append(says, "`"+def+"`")
		}
		code = append(code, "`"+name+"` "+strings.Join(says, ", "))
	}
	sameSets(t, "settings", pages, code)
}

var commandUse = regexp.MustCompile(`Use:\s+"([a-z]+)`)

// TestCommands compares the table of commands with what cmd/zhuce defines.
func TestCommands(t *testing.T) {
	var pages, code []string
	for _, row := range table(t, page(t, "docs/operations.md"), "commands") {
		pages = append(pages, codes(row[0])...)
	}
	names, err := filepath.Glob(filepath.Join(root, "cmd", "zhuce", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		rel, err := filepath.Rel(root, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range commandUse.FindAllStringSubmatch(page(t, rel), -1) {
			if m[1] != "zhuce" {
				code = append(code, m[1])
			}
		}
	}
	sameSets(t, "commands", pages, code)
}
