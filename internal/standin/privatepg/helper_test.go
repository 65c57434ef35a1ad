package privatepg

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

// The test binary is also a small program that starts a server and holds it
// until its input ends: tests need one to kill, and one that is not root.
const helperEnv = "ZHUCE_PRIVATEPG_HELPER"

type helperReport struct {
	URL, Home, Error string
	Postmaster       int
}

func TestMain(m *testing.M) {
	if job := os.Getenv(helperEnv); job != "" {
		os.Exit(help(job))
	}
	os.Exit(m.Run())
}

func help(job string) int {
	var o Options
	if err := json.Unmarshal([]byte(job), &o); err != nil {
		panic(err)
	}
	o.Log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	s, err := Start(context.Background(), o)
	if err != nil {
		_ = json.NewEncoder(os.Stdout).Encode(helperReport{Error: err.Error()})
		return 1
	}
	_ = json.NewEncoder(os.Stdout).Encode(helperReport{URL: s.URL("postgres"), Home: s.home, Postmaster: s.cmd.Process.Pid})
	_, _ = io.Copy(io.Discard, os.Stdin)
	if err := s.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

type helper struct {
	helperReport
	cmd   *exec.Cmd
	stdin io.Closer
}

// startHelper runs the helper; uid 0 means as ourselves.
func startHelper(t *testing.T, o Options, uid uint32) *helper {
	t.Helper()
	o.Log = nil
	job, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	if uid != 0 {
		cmd.Path = filepath.Join(copyOfTestBinary(t), "program")
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	}
	cmd.Env = append(os.Environ(), helperEnv+"="+string(job), "HOME="+o.Dir)
	cmd.Dir = "/"
	var said strings.Builder
	cmd.Stderr = &said
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	h := &helper{cmd: cmd, stdin: stdin}
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(said.String())
		}
	})
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err != nil {
		t.Fatalf("helper said nothing: %v", err)
	}
	if err := json.Unmarshal(line, &h.helperReport); err != nil {
		t.Fatal(err)
	}
	return h
}

// copyOfTestBinary puts the program where every account can run it.
func copyOfTestBinary(t *testing.T) string {
	t.Helper()
	dir := openFolder(t)
	b, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	// A process that is forked meanwhile would hold the file open for writing, and a
	// file that somebody writes cannot be run ("text file busy").
	syscall.ForkLock.RLock()
	err = os.WriteFile(filepath.Join(dir, "program"), b, 0o755)
	syscall.ForkLock.RUnlock()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// openFolder is a temporary folder that every account can enter, which those of
// t.TempDir are not.
func openFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "zhuce-privatepg-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// start starts a server that ends with the test.
func start(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// abandon starts a server and loses it, as if the program and its watchdog had
// been killed at once.
func abandon(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	s.watchdog.release()
	if err := s.lock.Close(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.cmd.Process.Kill() })
	return s
}

func ownerUID(t *testing.T, path string) int {
	t.Helper()
	a, err := ownerOf(path)
	if err != nil {
		t.Fatal(err)
	}
	return int(a.uid)
}

func exec1(t *testing.T, url, sql string) {
	t.Helper()
	withConn(t, url, func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, sql)
		return err
	})
}

func query(t *testing.T, url, sql string) (value string) {
	t.Helper()
	withConn(t, url, func(ctx context.Context, c *pgx.Conn) error { return c.QueryRow(ctx, sql).Scan(&value) })
	return value
}

func withConn(t *testing.T, url string, fn func(context.Context, *pgx.Conn) error) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(context.Background()) }()
	if err := fn(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}
