package privatepg

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
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
	if err := Remove(t.Context(), dir); !errors.Is(err, ErrHeld) {
		t.Errorf("remove: %v", err)
	}
	if got := query(t, s.URL("postgres"), `SELECT 'there'`); got != "there" {
		t.Errorf("the first server is gone")
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
