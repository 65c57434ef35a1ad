// Command openapi writes what is published about the API: the contract in
// docs/openapi and the list of refusals in docs/errors.md. `make gen` runs it. With
// "release" it keeps the present document as a released one, with "changes" it
// writes what oasdiff found into docs/api-changelog.md.
package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"zhuce/api"
	"zhuce/internal/contract"
	"zhuce/internal/errs"
)

func main() {
	what := func() error { return run(context.Background(), ".") }
	switch strings.Join(os.Args[1:], " ") {
	case "":
	case "slim":
		what = func() error { return slim(os.Stdout) }
	case "release":
		what = func() error { return release(".") }
	case "changes":
		what = func() error { return changes(".", os.Stdin) }
	default:
		what = func() error {
			return fmt.Errorf("nothing, release, changes or slim is to be done, not %q", os.Args[1:])
		}
	}
	if err := what(); err != nil {
		fmt.Fprintln(os.Stderr, "openapi:", err)
		os.Exit(1)
	}
}

// run writes the pages into the repository at root.
func run(ctx context.Context, root string) error {
	pages, err := generate(ctx, root)
	if err != nil {
		return err
	}
	for name, text := range pages {
		if err := os.WriteFile(filepath.Join(root, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// generate makes every page, by its path in the repository.
func generate(ctx context.Context, root string) (map[string][]byte, error) {
	answered, err := contract.ReadAnswered(filepath.Join(root, "docs/openapi/refusals.txt"))
	if err != nil {
		return nil, err
	}
	d, err := contract.Generate(ctx, contract.Source{Dir: filepath.Join(root, "api"), Version: api.Version, Enums: api.Vocabulary(),
		Bodies: api.BodyBounds(), Refusals: refusals(), Shared: api.SharedRefusals(), Answered: answered, ProblemMembers: members, Events: events()})
	if err != nil {
		return nil, err
	}
	collection, err := contract.Postman(ctx, d.OpenAPI)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{
		"docs/openapi/postman.json": collection,
		"docs/openapi/swagger.json": d.Swagger,
		"docs/openapi/openapi.json": d.OpenAPI,
		"docs/errors.md":            errorsPage(errs.All()),
	}, nil
}

const errorsHead = `# 错误代码 · Refusals

<!-- Written by cmd/openapi from the definitions in the code; do not edit. -->

Every 4xx and 5xx answer is ` + "`application/problem+json`" + `; ` + "`code`" + ` is one of these and never changes its meaning.
Codes without a place of their own stand in ` + "`errors[]`" + ` of another refusal, each with a pointer or a record.
` + "`{name}`" + ` is filled in. The text follows Accept-Language; a program reads the code.
`

func errorsPage(defs []*errs.Def) []byte {
	var b bytes.Buffer
	b.WriteString(errorsHead)
	section := ""
	for _, d := range defs {
		name, _, _ := strings.Cut(d.Code, ".")
		if name != section {
			section = name
			fmt.Fprintf(&b, "\n## %s\n\n| code | HTTP | 中文 | English |\n|---|---|---|---|\n", section)
		}
		fmt.Fprintf(&b, "| `%s` | %d | %s | %s |\n", d.Code, api.Status(d.Kind), cell(d.Text.ZH), cell(d.Text.EN))
	}
	return b.Bytes()
}

// cell keeps a text inside its table cell.
func cell(s string) string { return strings.NewReplacer("|", "\\|", "\n", " ").Replace(s) }
