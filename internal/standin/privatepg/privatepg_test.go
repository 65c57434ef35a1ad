package privatepg

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func TestStartFromEverySource(t *testing.T) {
	t.Parallel()
	for _, source := range []string{System, NPM} {
		t.Run(source, func(t *testing.T) {
			t.Parallel()
			if source == System && len(systemFolders(t.Context())) == 0 {
				t.Skip("this machine has no PostgreSQL of its own")
			}
			dir := openFolder(t)
			s := start(t, Options{Dir: dir, Source: source})
			if err := s.CreateDatabase(t.Context(), "zhuce"); err != nil {
				t.Fatal(err)
			}
			exec1(t, s.URL("zhuce"), `CREATE TABLE note (text text); INSERT INTO note VALUES ('注册建筑师');
				CREATE EXTENSION pg_trgm; CREATE EXTENSION pgcrypto`)
			port := s.port
			if err := s.Stop(); err != nil {
				t.Fatal(err)
			}
			again := start(t, Options{Dir: dir, Source: source})
			if again.port != port {
				t.Errorf("port %d, was %d", again.port, port)
			}
			if err := again.CreateDatabase(t.Context(), "zhuce"); err != nil {
				t.Errorf("a database that exists: %v", err)
			}
			if got := query(t, again.URL("zhuce"), `SELECT text || length(text) FROM note`); got != "注册建筑师5" {
				t.Errorf("read back %q", got)
			}
			if got := query(t, again.URL("zhuce"), `SHOW server_encoding`); got != "UTF8" {
				t.Errorf("encoding %s", got)
			}
		})
	}
}

func TestOrdinaryUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("every other test shows it: this run is by an ordinary user")
	}
	const nobody = 65534
	for _, source := range []string{System, NPM} {
		t.Run(source, func(t *testing.T) {
			t.Parallel()
			if source == System && len(systemFolders(t.Context())) == 0 {
				t.Skip("this machine has no PostgreSQL of its own")
			}
			dir := openFolder(t)
			if err := os.Chown(dir, nobody, nobody); err != nil {
				t.Fatal(err)
			}
			h := startHelper(t, Options{Dir: dir, Source: source}, nobody)
			if h.Error != "" {
				t.Fatal(h.Error)
			}
			if got := query(t, h.URL, `SELECT current_user`); got != user {
				t.Errorf("user %s", got)
			}
			if owner, err := ownerOf(filepath.Join(dir, "data")); err != nil || owner.uid != nobody {
				t.Errorf("owner %v %v", owner, err)
			}
		})
	}
}

func TestFolderMadeByRootIsNamedToAnOrdinaryUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	dir := openFolder(t)
	if err := start(t, Options{Dir: dir}).Stop(); err != nil {
		t.Fatal(err)
	}
	const daemon = 1
	for _, path := range []string{dir, filepath.Join(dir, "lock")} {
		if err := os.Chown(path, daemon, daemon); err != nil {
			t.Fatal(err)
		}
	}
	if h := startHelper(t, Options{Dir: dir}, daemon); !strings.Contains(h.Error, "belongs to uid") {
		t.Errorf("error %q", h.Error)
	}
}

func TestRootInAFolderThatOthersCannotEnter(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	dir := filepath.Join(t.TempDir(), "closed")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s := start(t, Options{Dir: dir, Ephemeral: true})
	if s.home == s.dir {
		t.Errorf("%s was reachable", s.dir)
	}
	exec1(t, s.URL("postgres"), `CREATE TABLE note ()`)
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{s.home, s.dir} {
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("%s is still there: %v", path, err)
		}
	}
}

func TestSecondStartNamesTheHolder(t *testing.T) {
	t.Parallel()
	dir := openFolder(t)
	s := start(t, Options{Dir: dir, Ephemeral: true})
	_, err := Start(t.Context(), Options{Dir: dir})
	if !errors.Is(err, ErrHeld) || !strings.Contains(err.Error(), "process "+strconv.Itoa(os.Getpid())) {
		t.Errorf("error %v", err)
	}
	if err := Remove(t.Context(), dir); err != nil {
		t.Errorf("remove: %v", err)
	}
	if got := query(t, s.URL("postgres"), `SELECT 'there'`); got != "there" {
		t.Errorf("the first server is gone")
	}
}

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

func TestPortIsTaken(t *testing.T) {
	t.Parallel()
	dir := openFolder(t)
	s := start(t, Options{Dir: dir})
	port := s.port
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		t.Skipf("somebody took the port already: %v", err)
	}
	defer func() { _ = l.Close() }()
	if again := start(t, Options{Dir: dir}); again.port == port {
		t.Errorf("port %d twice", port)
	}
}

func TestHalfMadeClusterIsMadeAnew(t *testing.T) {
	t.Parallel()
	dir := openFolder(t)
	half := filepath.Join(dir, "data.new")
	if err := os.Mkdir(half, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(half, "PG_VERSION"), []byte("15\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, Options{Dir: dir, Ephemeral: true})
}

func TestClusterOfAnotherMajorVersion(t *testing.T) {
	t.Parallel()
	dir := openFolder(t)
	s := start(t, Options{Dir: dir})
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.data(), "PG_VERSION"), []byte("14\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), "made by PostgreSQL 14") {
		t.Errorf("error %v", err)
	}
}

func TestLostPasswordIsSaid(t *testing.T) {
	t.Parallel()
	dir := openFolder(t)
	s := start(t, Options{Dir: dir})
	if info, err := os.Stat(filepath.Join(s.home, "password")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("password file: %v %v", info.Mode(), err)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.home, "password"), []byte("another\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), "28P01") {
		t.Errorf("error %v", err)
	}
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
