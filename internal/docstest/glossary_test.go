package docstest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"zhuce/internal/appeal"
	"zhuce/internal/enterprise"
	"zhuce/internal/export"
	"zhuce/internal/filing"
	"zhuce/internal/grant"
	"zhuce/internal/label"
	"zhuce/internal/message"
	"zhuce/internal/registrant"
	"zhuce/internal/rename"
	"zhuce/internal/warning"
	"zhuce/internal/webhook"
)

var update = flag.Bool("update", false, "write the tables of values and terms anew")

const glossary = "docs/glossary.md"

// words is one enumeration: its table's name, the Go type of its constants ("" for none), and its labels.
type words struct {
	table, typ string
	labels     [][3]string // value, zh, en
}

func enumerations() []words {
	var professions [][3]string
	for _, p := range filing.Professions {
		professions = append(professions, [3]string{p.Value, p.ZH, p.EN})
	}
	return []words{
		{"filing.Statuses", "filing.Status", of(filing.Statuses)},
		{"filing.Phases", "filing.Phase", of(filing.Phases)},
		{"filing.Actions", "filing.Action", of(filing.Actions)},
		{"filing.Parties", "auth.Party", of(filing.Parties)},
		{"filing.RegistrationTypes", "filing.RegistrationType", of(filing.RegistrationTypes)},
		{"filing.Professions", "filing.Profession", professions},
		{"filing.Tracks", "filing.Track", of(filing.Tracks)},
		{"filing.Matters", "auth.Matter", of(filing.Matters)},
		{"filing.PreRegistrations", "filing.PreRegistration", of(filing.PreRegistrations)},
		{"filing.Outcomes", "filing.Outcome", of(filing.Outcomes)},
		{"filing.AskedFor", "filing.Asked", of(filing.AskedFor)},
		{"filing.SupplementSources", "filing.SupplementSource", of(filing.SupplementSources)},
		{"filing.Withdrawals", "filing.Withdrawal", of(filing.Withdrawals)},
		{"filing.Steps", "filing.Step", of(filing.Steps)},
		{"filing.Endings", "filing.Ending", of(filing.Endings)},
		{"filing.Articles", "filing.Article", of(filing.Articles)},
		{"registrant.Statuses", "registrant.Status", of(registrant.Statuses)},
		{"registrant.Notes", "registrant.Note", of(registrant.Notes)},
		{"filing.PaperKinds", "filing.PaperKind", of(filing.PaperKinds)},
		{"appeal.States", "appeal.State", of(appeal.States)},
		{"appeal.Kinds", "appeal.Kind", of(appeal.Kinds)},
		{"appeal.Reasons", "appeal.Reason", of(appeal.Reasons)},
		{"appeal.Proofs", "appeal.Proof", of(appeal.Proofs)},
		{"appeal.Measures", "appeal.Measure", of(appeal.Measures)},
		{"appeal.Actions", "appeal.Action", of(appeal.Actions)},
		{"export.States", "export.State", of(export.States)},
		{"export.Sources", "export.Source", of(export.Sources)},
		{"export.Failures", "export.Failure", of(export.Failures)},
		{"export.Actions", "export.Action", of(export.Actions)},
		{"filing.IDTypes", "", of(filing.IDTypes)},
		{"filing.Genders", "", of(filing.Genders)},
		{"filing.Educations", "", of(filing.Educations)},
		{"filing.ContractTypes", "", of(filing.ContractTypes)},
		{"warning.Levels", "warning.Level", of(warning.Levels)},
		{"warning.Situations", "warning.Situation", of(warning.Situations)},
		{"warning.Steps", "warning.Step", of(warning.Steps)},
		{"warning.Articles", "warning.Article", of(warning.Articles)},
		{"enterprise.Industries", "", of(enterprise.Industries)},
		{"rename.Statuses", "rename.Status", of(rename.Statuses)},
		{"rename.Actions", "rename.Action", of(rename.Actions)},
		{"enterprise.EconomicTypes", "", of(enterprise.EconomicTypes)},
		{"enterprise.QualificationCategories", "", of(enterprise.QualificationCategories)},
		{"enterprise.QualificationGrades", "", of(enterprise.QualificationGrades)},
		{"grant.States", "grant.State", of(grant.States)},
		{"grant.Scopes", "", of(grant.Scopes)},
		{"message.Kinds", "message.Kind", of(message.Kinds)},
		{"webhook.States", "webhook.State", of(webhook.States)},
		{"webhook.Failures", "webhook.Failure", of(webhook.Failures)},
		{"webhook.Reasons", "webhook.Reason", of(webhook.Reasons)},
		{"enterprise.QualificationStates", "", of(enterprise.QualificationStates)},
	}
}

func of(table []label.Label) (out [][3]string) {
	for _, l := range table {
		out = append(out, [3]string{l.Value, l.ZH, l.EN})
	}
	return out
}

// TestGlossaryValues compares every table of values with the labels that the API
// serves and with the constants of the code: nothing more, nothing less, in order.
func TestGlossaryValues(t *testing.T) {
	src, text := readSource(t), page(t, glossary)
	for _, w := range enumerations() {
		var b strings.Builder
		b.WriteString("| value | 中文 | English | Go |\n|---|---|---|---|\n")
		for _, l := range w.labels {
			goName := "–"
			if names := src.constants[w.typ+"="+l[0]]; len(names) > 0 {
				goName = "`" + names[0] + "`"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", l[0], l[1], l[2], goName)
		}
		mark := "<!-- compared: " + w.table + " -->\n"
		before, rest, found := strings.Cut(text, mark)
		if !found {
			t.Errorf("the glossary has no table for %s", w.table)
			continue
		}
		have := rows(rest)
		if have == b.String() {
			continue
		}
		if *update {
			text = before + mark + b.String() + strings.TrimPrefix(rest, have)
			continue
		}
		t.Errorf("the glossary's table for %s differs from the code; run with -update and read the diff", w.table)
	}
	if *update {
		if err := os.WriteFile(filepath.Join(root, glossary), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// rows is the table that text begins with, "" for none.
func rows(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "|") {
			break
		}
		b.WriteString(line)
	}
	return b.String()
}

// TestGlossaryConstants: a constant of an enumeration without a label could not be shown.
func TestGlossaryConstants(t *testing.T) {
	src := readSource(t)
	for _, w := range enumerations() {
		if w.typ == "" {
			continue
		}
		var page, code []string
		for _, l := range w.labels {
			page = append(page, l[0])
		}
		for key := range src.constants {
			if value, ok := strings.CutPrefix(key, w.typ+"="); ok {
				code = append(code, value)
			}
		}
		if len(code) > 0 {
			sameSets(t, w.table, page, code)
		}
	}
}

// TestGlossaryTerms: every identifier, column, route and field that the terms name exists.
func TestGlossaryTerms(t *testing.T) {
	src, cols, paths := readSource(t), columns(t), routes(t)
	for _, row := range table(t, page(t, glossary), "terms") {
		if len(row) != 5 {
			t.Fatalf("a row of the terms has %d cells: %v", len(row), row)
		}
		term := row[0]
		for _, name := range codes(row[2]) {
			if !src.names[name] {
				t.Errorf("%s: there is no Go identifier %s", term, name)
			}
		}
		for _, name := range codes(row[3]) {
			if !cols[name] {
				t.Errorf("%s: there is no table or column %s", term, name)
			}
		}
		for _, name := range codes(row[4]) {
			if !paths[name] && !src.fields[name] {
				t.Errorf("%s: the API has neither a route nor a field %s", term, name)
			}
		}
	}
}
