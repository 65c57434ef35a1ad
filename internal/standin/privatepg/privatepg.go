// Package privatepg brings up a PostgreSQL server of our own for development
// and tests, on a machine where nobody has set one up.
//
// Everything lies in one folder: the cluster, its password, its log and a lock
// file that keeps a second start off. The server listens on a free port of
// 127.0.0.1 and on nothing else. Binaries come from the machine or from a
// pinned npm package (see binaries.go, npm.go). PostgreSQL refuses to run as
// root, so as root it is started under an unprivileged account (account.go).
//
// The server ends with the program, even when that is killed: a watchdog shell
// holds a pipe from us and stops the server when the pipe closes. Whatever that
// misses, the next start on the same folder clears up (postmaster.go).
package privatepg

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Sources of the server binaries.
const (
	Auto   = ""       // the machine's own, else npm
	System = "system" // the machine's own only
	NPM    = "npm"    // the pinned npm package only
)

const user = "zhuce" // the superuser of every private cluster

// Options say where the server lives and what it is for.
type Options struct {
	Dir       string // created if absent; relative to the working directory
	Source    string // Auto, System or NPM
	Ephemeral bool   // for tests: nothing is synced to disk, and Stop removes Dir
	Log       *slog.Logger
}

// Server is a running PostgreSQL.
type Server struct {
	opts     Options
	dir      string // Options.Dir, absolute
	home     string // dir, or its replacement where the server's account cannot reach dir
	lock     *os.File
	account  account
	bin      binaries
	password string
	port     int

	cmd      *exec.Cmd
	exited   chan struct{} // closed when the postmaster is gone
	watchdog *watchdog
	stopOnce sync.Once
	stopErr  error
}

// Start makes the cluster if there is none, starts the server and waits until it
// answers. The caller must Stop it. It fails if another program holds the
// folder (the error names its process) and if the folder was made by another
// major version of PostgreSQL.
func Start(ctx context.Context, o Options) (_ *Server, err error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{opts: o}
	if s.dir, s.lock, err = hold(o.Dir); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.cleanUp()
		}
	}()
	if s.account, s.home, err = settle(ctx, s.dir, o); err != nil {
		return nil, err
	}
	if err = stopLeftOver(ctx, s.data(), o.Log); err != nil {
		return nil, err
	}
	if s.bin, err = findBinaries(ctx, o.Source, s.account, clusterMajor(s.data()), o.Log); err != nil {
		return nil, err
	}
	if err = s.initialise(ctx); err != nil {
		return nil, err
	}
	began := time.Now()
	if err = s.launch(ctx); err != nil {
		return nil, err
	}
	o.Log.Info("PostgreSQL is up", "version", s.bin.version, "binaries", s.bin.dir, "folder", s.home, "port", s.port,
		"account", s.account.String(), "took", time.Since(began).Round(time.Millisecond).String())
	return s, nil
}

// URL is the address of a database on this server, with the password in it.
func (s *Server) URL(database string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(user, s.password),
		Host: "127.0.0.1:" + strconv.Itoa(s.port), Path: "/" + database, RawQuery: "sslmode=disable"}
	return u.String()
}

// DropDatabase removes a database with all that is in it, and whoever is connected to it.
func (s *Server) DropDatabase(ctx context.Context, name string) error {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return fmt.Errorf("privatepg: connect: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, `DROP DATABASE IF EXISTS `+pgx.Identifier{name}.Sanitize()+` WITH (FORCE)`); err != nil {
		return fmt.Errorf("privatepg: drop database %s: %w", name, err)
	}
	return nil
}

// CreateDatabase makes a database unless it is there already.
func (s *Server) CreateDatabase(ctx context.Context, name string) error {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return fmt.Errorf("privatepg: connect: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var there bool
	if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, name).Scan(&there); err != nil {
		return fmt.Errorf("privatepg: look for database %s: %w", name, err)
	}
	if there {
		return nil
	}
	if _, err := conn.Exec(ctx, `CREATE DATABASE `+pgx.Identifier{name}.Sanitize()); err != nil {
		return fmt.Errorf("privatepg: create database %s: %w", name, err)
	}
	return nil
}

// Stop ends the server and waits until it is gone: open transactions are rolled
// back, committed ones are safe. Calling it again does nothing more.
func (s *Server) Stop() error {
	s.stopOnce.Do(func() {
		signal := syscall.SIGINT // PostgreSQL's "fast" shutdown
		if s.opts.Ephemeral {
			signal = syscall.SIGQUIT // "immediate": what it would save is removed anyway
		}
		s.stopErr = s.end(signal)
		s.cleanUp()
	})
	return s.stopErr
}

// Exited is closed when the server is gone, by Stop or by itself.
func (s *Server) Exited() <-chan struct{} { return s.exited }

// Remove clears away what an ephemeral server left behind because its program
// was killed. A folder that is in use is left alone: the error is [ErrHeld].
func Remove(ctx context.Context, dir string) error {
	abs, lock, err := hold(dir)
	if err != nil {
		return err
	}
	s := &Server{opts: Options{Ephemeral: true}, dir: abs, lock: lock}
	defer s.cleanUp()
	for _, home := range []string{abs, replacement(abs)} {
		s.home = home
		if err := stopLeftOver(ctx, s.data(), slog.New(slog.DiscardHandler)); err != nil {
			return err
		}
		if err := s.removeHome(); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) data() string { return filepath.Join(s.home, "data") }

func (s *Server) logFile() string { return filepath.Join(s.home, "server.log") }

// cleanUp gives the folder back; an ephemeral one disappears. The lock file goes
// last, while still locked, so that nobody starts in a half-removed folder.
func (s *Server) cleanUp() {
	if s.opts.Ephemeral && s.gone() {
		if s.home != "" {
			_ = s.removeHome()
		}
		_ = os.Remove(s.lock.Name())
		_ = os.Remove(s.dir) // stays if the caller keeps other things in it
	}
	_ = s.lock.Close()
}

func (s *Server) gone() bool {
	if s.exited == nil {
		return true
	}
	select {
	case <-s.exited:
		return true
	default:
		return false
	}
}

func (s *Server) removeHome() error {
	for _, name := range []string{"data", "data.new", "password", "password.new", "port", "server.log"} {
		if err := os.RemoveAll(filepath.Join(s.home, name)); err != nil {
			return fmt.Errorf("privatepg: remove: %w", err)
		}
	}
	if s.home != s.dir {
		_ = os.Remove(s.home)
	}
	return nil
}
