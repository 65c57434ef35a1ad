package client_test

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"zhuce/internal/pg/pgtest"
	"zhuce/internal/standin/stack"
)

// TestIntegratorsGuide runs the very programs of the guide – shell, Go, TypeScript –
// against a development stack of their own. Each must get as far as the page says.
func TestIntegratorsGuide(t *testing.T) {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	s, err := stack.Start(t.Context(), stack.Options{Dir: t.TempDir(), DatabaseURL: pgtest.URL(t), Product: "localhost:0", Login: "localhost:0",
		Small: true, Ephemeral: true, Log: log, Say: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "docs/integrators.md"))
	if err != nil {
		t.Fatal(err)
	}
	guide := string(text)
	program := func(language string) string {
		var b strings.Builder
		for _, block := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(guide, -1) {
			b.WriteString(block[1])
		}
		if b.Len() == 0 {
			t.Fatalf("the guide has no program in %s", language)
		}
		return b.String()
	}
	for _, c := range []struct {
		language, file string
		run            []string
		wants          []string
	}{
		{"sh", "guide.sh", []string{"sh", "-eux"}, []string{"sent again: ", "another body: exchange.delivery_ref_reused", "decided: province_accepted", "the feed tells of ", `"dry_run":true`}},
		{"go", "guide.go", []string{"go", "run"}, []string{"delivered ", "refused: exchange.delivery_ref_reused", "decided: province_accepted", "event: filing.deliver"}},
		{"ts", "guide.ts", []string{"node", filepath.Join(root, "frontend/client/run.mjs")}, []string{"delivered ", "refused: exchange.delivery_ref_reused", "decided: province_accepted", "event: filing.deliver"}},
	} {
		t.Run(c.language, func(t *testing.T) {
			if _, err := exec.LookPath(c.run[0]); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), c.file)
			if err := os.WriteFile(file, []byte(program(c.language)), 0o600); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute) // a first build takes its time
			defer cancel()
			cmd := exec.CommandContext(ctx, c.run[0], append(c.run[1:], file)...)
			cmd.Dir, cmd.Env = root, append(os.Environ(), "ZHUCE_BASE_URL="+s.ProductURL, "TMPDIR="+t.TempDir())
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			for _, want := range c.wants {
				if !strings.Contains(string(out), want) {
					t.Errorf("the program does not lead to %q\n%s", want, out)
				}
			}
		})
	}
}
