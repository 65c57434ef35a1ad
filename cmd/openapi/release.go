package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"zhuce/api"
	"zhuce/docs/openapi"
)

const changelogPage = "docs/api-changelog.md"

// Between these lines of the page stands what has changed since the last release.
const (
	pendingBegin = "<!-- pending:begin -->\n"
	pendingEnd   = "<!-- pending:end -->\n"
)

// release keeps the present document as the released one of this version: what
// later documents are compared with. Examples and codes are no part of the promise.
// What was pending in the page of changes becomes the section of the version.
func release(root string) error {
	var doc any
	if err := json.Unmarshal(openapi.Document, &doc); err != nil {
		return err
	}
	text, err := json.MarshalIndent(strip(doc), "", " ")
	if err != nil {
		return err
	}
	path := filepath.Join(root, "docs/openapi/released", api.Version+".json")
	if _, err := os.Stat(path); err == nil {
		return fmt.Errorf("%s is released already; raise api.Version first", api.Version)
	}
	if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
		return err
	}
	return editChangelog(root, func(pending, rest string) (string, string) {
		return "Nothing yet.\n", "\n## " + api.Version + "\n\n" + pending + rest
	})
}

// strip leaves out what says nothing about the shape of requests and answers.
func strip(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name := range v {
			if _, named := v["properties"]; !named && (name == "example" || name == "examples") || strings.HasPrefix(name, "x-") {
				delete(v, name)
			}
		}
		for name, inner := range v {
			v[name] = strip(inner)
		}
	case []any:
		for i := range v {
			v[i] = strip(v[i])
		}
	}
	return v
}

// change is one difference as oasdiff tells it.
type change struct {
	Text      string `json:"text"`
	Level     int    `json:"level"` // 3 breaks clients, 2 may, 1 does not
	Operation string `json:"operation"`
	Path      string `json:"path"`
}

// changes writes the differences that oasdiff found, given as JSON, into the page.
func changes(root string, from io.Reader) error {
	var list []change
	if err := json.NewDecoder(from).Decode(&list); err != nil && err != io.EOF {
		return fmt.Errorf("read the differences: %w", err)
	}
	return editChangelog(root, func(_, rest string) (string, string) { return pending(list), rest })
}

func pending(list []change) string {
	byOperation := map[string][]string{}
	for _, c := range list {
		place := strings.TrimSpace(c.Operation + " " + c.Path)
		if place == "" {
			continue // of the document as a whole: its version
		}
		line := "- " + c.Text
		if c.Level == 3 {
			line = "- **breaking**: " + c.Text
		}
		if !slices.Contains(byOperation[place], line) {
			byOperation[place] = append(byOperation[place], line)
		}
	}
	if len(byOperation) == 0 {
		return "Nothing yet.\n"
	}
	var b strings.Builder
	for _, place := range slices.Sorted(maps.Keys(byOperation)) {
		slices.Sort(byOperation[place])
		fmt.Fprintf(&b, "`%s`\n\n%s\n\n", place, strings.Join(byOperation[place], "\n"))
	}
	return b.String()
}

// editChangelog gives the page its pending part, and what follows it, anew.
func editChangelog(root string, edit func(pending, rest string) (string, string)) error {
	path := filepath.Join(root, changelogPage)
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	head, more, begins := strings.Cut(string(text), pendingBegin)
	old, rest, ends := strings.Cut(more, pendingEnd)
	if !begins || !ends {
		return fmt.Errorf("%s: the lines around what is pending are gone", changelogPage)
	}
	old, rest = edit(old, rest)
	return os.WriteFile(path, []byte(head+pendingBegin+old+pendingEnd+rest), 0o644)
}
