package main

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

// The test binary is also devstack itself, so that exit codes and signals are real.
const asDevstack = "ZHUCE_DEVSTACK_TEST"

func TestMain(m *testing.M) {
	if os.Getenv(asDevstack) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func devstack(t *testing.T, env string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), asDevstack+"=1", testDatabase+"="+env)
	cmd.Stderr = os.Stderr
	return cmd
}

func TestExecGivesADatabaseAndTheExitCode(t *testing.T) {
	t.Parallel()
	cmd := devstack(t, "", "exec", "--", "sh", "-c", `echo "$`+testDatabase+`"; exit 7`)
	out, err := cmd.Output()
	var ended *exec.ExitError
	if !errors.As(err, &ended) || ended.ExitCode() != 7 {
		t.Fatalf("ended with %v", err)
	}
	url := strings.TrimSpace(string(out))
	if !strings.HasPrefix(url, "postgres://") {
		t.Fatalf("url %q", url)
	}
	if c, err := pgx.Connect(t.Context(), url); err == nil {
		_ = c.Close(context.Background())
		t.Error("the server outlives the command")
	}
	if left, _ := filepath.Glob(filepath.Join(cmd.Dir, folder, "test", "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestExecPassesSignalsOn(t *testing.T) {
	t.Parallel()
	cmd := devstack(t, "postgres://elsewhere/", "exec", "--", "sh", "-c", `trap 'exit 9' TERM; echo ready; while :; do sleep 0.05; done`)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("%q %v", line, err)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	var ended *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &ended) || ended.ExitCode() != 9 {
		t.Errorf("ended with %v", err)
	}
}

func TestExecUsesTheServerThatIsGiven(t *testing.T) {
	t.Parallel()
	out, err := devstack(t, "postgres://elsewhere/", "exec", "--", "sh", "-c", `echo "$`+testDatabase+`"`).Output()
	if err != nil || string(out) != "postgres://elsewhere/\n" {
		t.Errorf("%q %v", out, err)
	}
}

func TestAKilledRunIsClearedByTheNext(t *testing.T) {
	t.Parallel()
	killed := devstack(t, "", "exec", "--", "sh", "-c", "echo up; cat")
	if _, err := killed.StdinPipe(); err != nil { // cat ends when the test does
		t.Fatal(err)
	}
	out, err := killed.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := killed.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "up\n" {
		t.Fatalf("%q %v", line, err)
	}
	if err := killed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = killed.Wait()
	next := devstack(t, "", "exec", "--", "true")
	next.Dir = killed.Dir
	if err := next.Run(); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(killed.Dir, folder, "test", "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
