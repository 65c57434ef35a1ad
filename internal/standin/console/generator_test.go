package console_test

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zhuce/internal/standin/stack"
)

// The generator makes what is asked for, within its bound, and can be cancelled.
func TestGenerator(t *testing.T) {
	s := start(t)
	code := s.get(t, "/").first(`<code>shencheng</code></td><td[^>]*><code>(\w{18})`)
	s.post(t, "/generator", "firm", code, "n", "1001", "to", "delivered").refused(t, "1,000")
	s.post(t, "/generator", "firm", code, "n", "0", "to", "delivered").refused(t, "1,000")
	s.post(t, "/generator", "firm", "nobody", "n", "5", "to", "delivered").refused(t, "Choose a firm")
	before := s.count(t, `SELECT count(*) FROM registrants WHERE status = 'valid'`)
	p := s.post(t, "/generator", "firm", code, "n", "30", "to", "findings", "soon", "yes")
	s.wait(t, p.at.Path, "done")
	if n := s.count(t, `SELECT count(*) FROM registrants WHERE status = 'valid'`); n != before+30 {
		t.Errorf("%d registrants more, wanted 30", n-before)
	}
	if n := s.count(t, `SELECT count(*) FROM appeals WHERE source = '社保数据比对' AND registrant_id IS NOT NULL AND found_on = (now() AT TIME ZONE 'Asia/Shanghai')::date - 2`); n < 30 {
		t.Errorf("%d findings, wanted 30", n)
	}
	p = s.post(t, "/generator", "firm", code, "n", "1000", "to", "registered")
	s.post(t, p.at.Path, "do", "cancel")
	s.wait(t, p.at.Path, "cancelled")
}

// count asks the database, for what no API tells.
func (s *sandbox) count(t *testing.T, sql string) (n int) {
	t.Helper()
	if err := s.App.DB.Read(t.Context()).Raw(sql).Scan(&n).Error; err != nil {
		t.Fatal(err)
	}
	return n
}

// A database that was given to the stack is never reset.
func TestAGivenDatabaseIsNotReset(t *testing.T) {
	s := start(t)
	if p := s.get(t, "/reset"); strings.Contains(p.body, `data-testid="reset"`) {
		t.Error("the page offers it")
	}
	before := s.count(t, `SELECT count(*) FROM filings`)
	s.post(t, "/reset", "sure", "yes").refused(t, "DATABASE_URL")
	if after := s.count(t, `SELECT count(*) FROM filings`); after != before || before == 0 {
		t.Errorf("%d filings, before %d", after, before)
	}
}

// A reset brings fresh demo data, the machine's time, and ends what was signed in; a
// reset that was killed is finished by the next start.
func TestReset(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	options := stack.Options{Dir: dir, Product: "localhost:0", Login: "localhost:0", Console: "localhost:0", Small: true,
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})), Say: t.Logf}
	st, err := stack.Start(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	closed := false
	defer func() {
		if !closed {
			st.Close()
		}
	}()
	s := &sandbox{st, &http.Client{}, dir}
	huayu := s.get(t, "/").first(`<code>huayu</code></td><td[^>]*><code>(\w{18})`)
	fresh := s.count(t, `SELECT count(*) FROM filings`)
	s.wait(t, s.post(t, "/scenarios", "scenario", "return", "firm", huayu).at.Path, "done")
	s.post(t, "/registers", "do", "rename", "code", huayu, "name", "改名有限公司").done(t)
	s.post(t, "/clock", "by", "day").done(t)
	s.post(t, "/reset").refused(t, "Tick the confirmation")

	// While something runs there is no reset.
	p := s.post(t, "/scenarios", "scenario", "return", "firm", huayu, "by_hand", "yes")
	s.wait(t, p.at.Path, "waiting")
	s.post(t, "/reset", "sure", "yes").refused(t, "another run")
	s.post(t, p.at.Path, "do", "cancel")

	s.wait(t, s.post(t, "/reset", "sure", "yes").at.Path, "done")
	if n := s.count(t, `SELECT count(*) FROM filings`); n != fresh {
		t.Errorf("%d filings after the reset, %d at first", n, fresh)
	}
	if time.Until(s.Clock.Now()) > time.Minute {
		t.Error("the clock is still ahead")
	}
	if p := s.get(t, "/person"); strings.Contains(p.body, `data-testid="delivery"`) {
		t.Error("the console remembers filings that are gone")
	}
	if p := s.get(t, "/registers"); strings.Contains(p.body, "改名有限公司") {
		t.Error("the register keeps its new name")
	}
	s.wait(t, s.post(t, "/scenarios", "scenario", "engineer", "firm", huayu).at.Path, "done")

	// Killed in the midst of one: the mark stands, and half of the data is there.
	if err := st.Close(); err != nil {
		t.Error(err)
	}
	closed = true
	if err := os.WriteFile(filepath.Join(dir, "resetting"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := stack.Start(context.WithoutCancel(t.Context()), options)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if n := (&sandbox{again, nil, dir}).count(t, `SELECT count(*) FROM filings`); n != fresh {
		t.Errorf("%d filings after the next start, %d at first", n, fresh)
	}
	if _, err := os.Stat(filepath.Join(dir, "resetting")); !os.IsNotExist(err) {
		t.Errorf("the mark is still there: %v", err)
	}
}
