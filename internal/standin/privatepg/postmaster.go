package privatepg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	startLimit = 2 * time.Minute        // recovery after a crash included
	stopLimit  = 30 * time.Second       // a fast shutdown writes everything out first
	pollEvery  = 25 * time.Millisecond  // while waiting for another process
	retryEvery = 250 * time.Millisecond // between two attempts to start
)

// launch starts the postmaster and waits until it answers. Two failures heal by
// themselves and are tried again: somebody took the port, and the last
// postmaster was killed while its children are still leaving.
func (s *Server) launch(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	for {
		var err error
		if s.port, err = s.choosePort(); err != nil {
			return err
		}
		if err = s.spawn(); err != nil {
			return err
		}
		if err = s.awaitReady(ctx); err == nil {
			return os.WriteFile(filepath.Join(s.home, "port"), []byte(strconv.Itoa(s.port)), 0o644)
		}
		_ = s.end(syscall.SIGQUIT)
		tail := s.logTail()
		portTaken := strings.Contains(tail, "Address already in use")
		if !portTaken && !strings.Contains(tail, "pre-existing shared memory block") {
			return fmt.Errorf("privatepg: PostgreSQL did not start: %w\n%s", err, tail)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("privatepg: PostgreSQL did not start: %w\n%s", ctx.Err(), tail)
		case <-time.After(retryEvery):
		}
	}
}

// choosePort prefers the port of last time, so that a psql in another terminal
// finds the server again.
func (s *Server) choosePort() (int, error) {
	last, _ := os.ReadFile(filepath.Join(s.home, "port"))
	for _, port := range []int{number(string(last)), 0} {
		if l, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err == nil {
			defer func() { _ = l.Close() }()
			return l.Addr().(*net.TCPAddr).Port, nil
		}
	}
	return 0, errors.New("privatepg: no free port on 127.0.0.1")
}

func (s *Server) settings() []string {
	set := []string{
		"listen_addresses=127.0.0.1", "port=" + strconv.Itoa(s.port), "unix_socket_directories=",
		"timezone=UTC", "log_timezone=UTC", "lc_messages=C", "jit=off",
		// Statements and key values can hold personal data; the log gets neither.
		"logging_collector=off", "log_error_verbosity=terse", "log_min_error_statement=panic",
	}
	if s.opts.Ephemeral {
		return append(set, "max_connections=300", "fsync=off", "synchronous_commit=off", "full_page_writes=off",
			"wal_level=minimal", "max_wal_senders=0", "max_wal_size=4GB", "checkpoint_timeout=1h", "autovacuum=off")
	}
	return append(set, "max_connections=100", "shared_buffers=256MB")
}

func (s *Server) spawn() error {
	out, err := os.OpenFile(s.logFile(), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("privatepg: %w", err)
	}
	defer func() { _ = out.Close() }()
	args := []string{"-D", s.data()}
	for _, setting := range s.settings() {
		args = append(args, "-c", setting)
	}
	s.cmd = s.account.command(context.Background(), s.data(), filepath.Join(s.bin.dir, "postgres"), args...)
	s.cmd.Stdout, s.cmd.Stderr = out, out
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("privatepg: %w", err)
	}
	exited, cmd := make(chan struct{}), s.cmd
	s.exited = exited
	go func() {
		_ = cmd.Wait()
		close(exited)
	}()
	if s.watchdog, err = watch(s.account, s.cmd.Process.Pid); err != nil {
		_ = s.end(syscall.SIGQUIT)
		return fmt.Errorf("privatepg: %w", err)
	}
	return nil
}

func (s *Server) awaitReady(ctx context.Context) error {
	for {
		err := s.ping(ctx)
		if err == nil {
			return nil
		}
		var refused *pgconn.PgError
		if errors.As(err, &refused) && refused.Code != "57P03" { // 57P03: still starting
			return err
		}
		select {
		case <-s.exited:
			return fmt.Errorf("it ended with %s", s.cmd.ProcessState)
		case <-ctx.Done():
			return err
		case <-time.After(pollEvery):
		}
	}
}

func (s *Server) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// end signals the postmaster, waits, and becomes harsher when it does not go.
func (s *Server) end(signal syscall.Signal) error {
	defer s.watchdog.release() // last: until then it covers our being killed here
	var err error
	for _, sig := range []syscall.Signal{signal, syscall.SIGQUIT, syscall.SIGKILL} {
		_ = s.cmd.Process.Signal(sig)
		select {
		case <-s.exited:
			return err
		case <-time.After(stopLimit):
			err = fmt.Errorf("privatepg: PostgreSQL did not stop on %s", sig)
		}
	}
	return err
}

func (s *Server) logTail() string {
	f, err := os.Open(s.logFile())
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	const size = 4096
	if info, err := f.Stat(); err == nil && info.Size() > size {
		_, _ = f.Seek(-size, io.SeekEnd)
	}
	b, _ := io.ReadAll(f)
	return strings.TrimSpace(string(b))
}

// watchdog stops the server when our process is gone, however it went.
type watchdog struct {
	cmd  *exec.Cmd
	pipe *os.File // we hold the writing end; the kernel closes it with us
}

func watch(a account, pid int) (*watchdog, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd := a.command(context.Background(), "/", "/bin/sh", "-c", `trap '' HUP INT TERM; read -r _; kill -INT "$0"`, strconv.Itoa(pid))
	cmd.Stdin = r
	err = cmd.Start()
	_ = r.Close()
	if err != nil {
		_ = w.Close()
		return nil, err
	}
	return &watchdog{cmd: cmd, pipe: w}, nil
}

func (w *watchdog) release() {
	if w == nil {
		return
	}
	_ = w.cmd.Process.Kill()
	_ = w.cmd.Wait()
	_ = w.pipe.Close()
}

// stopLeftOver deals with the postmaster of an earlier run whose program, and
// watchdog, were killed. We hold the folder's lock, so nobody else uses it.
func stopLeftOver(ctx context.Context, data string, log *slog.Logger) error {
	path := filepath.Join(data, "postmaster.pid")
	b, err := os.ReadFile(path)
	if err != nil {
		return nil // ended properly
	}
	first, rest, _ := strings.Cut(string(b), "\n")
	pid, _ := strconv.Atoi(strings.TrimSpace(first))
	if pid <= 0 || !alive(pid) {
		return nil // PostgreSQL sees that by itself
	}
	if !isPostmaster(pid, data) {
		// The number went to another process meanwhile, and PostgreSQL would take
		// that for a running server. Our own number, its parent's, it passes over;
		// the rest of the file stays, for its check that no child is left.
		log.Info("the recorded PostgreSQL process is another program by now", "pid", pid)
		return os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())+"\n"+rest), 0o600)
	}
	log.Info("stopping the PostgreSQL that an earlier run left behind", "pid", pid)
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT} {
		_ = syscall.Kill(pid, sig)
		for waited := time.Duration(0); waited < stopLimit; waited += pollEvery {
			if !isPostmaster(pid, data) {
				return nil
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(pollEvery):
			}
		}
	}
	return fmt.Errorf("privatepg: process %d of an earlier run on %s does not stop", pid, data)
}

func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

// isPostmaster tells by the command line, which only the postmaster keeps as it
// was given. A dead process that nobody has waited for has none.
func isPostmaster(pid int, data string) bool {
	if b, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)); err == nil {
		return strings.Contains(string(b), "\x00-D\x00"+data+"\x00")
	} else if _, linux := os.Stat("/proc/self/cmdline"); linux == nil {
		return false
	}
	out, err := exec.Command("ps", "-ww", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && strings.Contains(string(out), " -D "+data+" ")
}
