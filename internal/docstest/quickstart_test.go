package docstest

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"zhuce/internal/pg/pgtest"
	"zhuce/internal/standin/stack"
)

var shell = regexp.MustCompile("(?s)```sh\n(.*?)```")

// TestQuickstart runs the very lines of the page against a development stack of
// its own. At the end the filing must be with the province, under a receipt.
func TestQuickstart(t *testing.T) {
	var script strings.Builder
	script.WriteString("set -eux\n")
	blocks := shell.FindAllStringSubmatch(page(t, "docs/quickstart.md"), -1)
	for _, b := range blocks {
		script.WriteString(b[1])
	}
	if len(blocks) < 8 {
		t.Fatalf("the page has only %d blocks", len(blocks))
	}
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
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", script.String())
	cmd.Env = append(os.Environ(), "ZHUCE_BASE_URL="+s.ProductURL, "ZHUCE_LOGIN_URL="+s.LoginURL, "TMPDIR="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{
		"filing now province_pending",
		"receipt SB",
		`"code":"commitment.used"`, // what the page shows as refused
		`"end_session_url":`,
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the lines do not lead to %s", want)
		}
	}
	if t.Failed() {
		t.Logf("%s", out)
	}
}
