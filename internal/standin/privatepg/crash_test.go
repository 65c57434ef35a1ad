package privatepg

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestPostmasterKilled(t *testing.T) {
	t.Parallel()
	dir := openFolder(t)
	s := start(t, Options{Dir: dir})
	exec1(t, s.URL("postgres"), `CREATE TABLE note AS SELECT 'kept' AS text`)
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.Exited():
	case <-time.After(time.Minute):
		t.Fatal("still there")
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "data", "postmaster.pid")); err != nil {
		t.Fatalf("nothing to recover from: %v", err)
	}
	if got := query(t, start(t, Options{Dir: dir}).URL("postgres"), `SELECT text FROM note`); got != "kept" {
		t.Errorf("read back %q", got)
	}
}

func TestProgramKilled(t *testing.T) {
	t.Parallel()
	dir := openFolder(t)
	h := startHelper(t, Options{Dir: dir}, 0)
	if h.Error != "" {
		t.Fatal(h.Error)
	}
	exec1(t, h.URL, `CREATE TABLE note AS SELECT 'kept' AS text`)
	if err := h.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = h.cmd.Wait()
	for began := time.Now(); isPostmaster(h.Postmaster, filepath.Join(h.Home, "data")); time.Sleep(pollEvery) {
		if time.Since(began) > time.Minute {
			t.Fatal("the server outlives its program")
		}
	}
	if got := query(t, start(t, Options{Dir: dir}).URL("postgres"), `SELECT text FROM note`); got != "kept" {
		t.Errorf("read back %q", got)
	}
}

func TestProgramAndWatchdogKilled(t *testing.T) {
	t.Parallel()
	dir := openFolder(t)
	left := abandon(t, Options{Dir: dir})
	exec1(t, left.URL("postgres"), `CREATE TABLE note AS SELECT 'kept' AS text`)
	s := start(t, Options{Dir: dir})
	if !left.gone() {
		t.Error("two servers on one folder")
	}
	if got := query(t, s.URL("postgres"), `SELECT text FROM note`); got != "kept" {
		t.Errorf("read back %q", got)
	}
}

func TestRemoveClearsWhatAKilledRunLeft(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(openFolder(t), "run")
	left := abandon(t, Options{Dir: dir, Ephemeral: true})
	if err := Remove(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if !left.gone() {
		t.Error("the server is still there")
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the folder is still there: %v", err)
	}
}

func TestRecordedProcessIsAnotherProgram(t *testing.T) {
	t.Parallel()
	dir := openFolder(t)
	s := start(t, Options{Dir: dir})
	pidFile := filepath.Join(s.data(), "postmaster.pid")
	content, err := os.ReadFile(pidFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	stranger := s.account.command(t.Context(), "/", "sleep", "600")
	if err := stranger.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stranger.Process.Kill(); _ = stranger.Wait() }()
	_, rest, _ := strings.Cut(string(content), "\n")
	if err := os.WriteFile(pidFile, []byte(strconv.Itoa(stranger.Process.Pid)+"\n"+rest), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(pidFile, ownerUID(t, s.data()), -1); err != nil {
		t.Fatal(err)
	}
	start(t, Options{Dir: dir})
	if err := syscall.Kill(stranger.Process.Pid, 0); err != nil {
		t.Errorf("the stranger was harmed: %v", err)
	}
}
