package privatepg

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// initialise makes the cluster and its password, or reads the password of the
// one that is there. The cluster is made under another name and renamed when it
// is whole, so that a start killed half-way leaves nothing to trip over.
func (s *Server) initialise(ctx context.Context) error {
	if clusterMajor(s.data()) != 0 {
		b, err := os.ReadFile(filepath.Join(s.home, "password"))
		if err != nil {
			return fmt.Errorf("privatepg: the password of %s is lost (remove the folder to start anew): %w", s.data(), err)
		}
		s.password = strings.TrimSpace(string(b))
		return nil
	}
	made := filepath.Join(s.home, "data.new")
	if err := errors.Join(os.RemoveAll(made), os.RemoveAll(s.data())); err != nil {
		return fmt.Errorf("privatepg: %w", err)
	}
	if err := os.Mkdir(made, 0o700); err != nil {
		return fmt.Errorf("privatepg: %w", err)
	}
	if s.account.drop {
		if err := os.Lchown(made, int(s.account.uid), int(s.account.gid)); err != nil {
			return fmt.Errorf("privatepg: %w", err)
		}
	}
	s.password = rand.Text()
	if err := s.initdb(ctx, made, "C.UTF-8"); err != nil {
		// Older macOS and some small Linux systems do not know that locale.
		if !strings.Contains(err.Error(), "invalid locale name") {
			return err
		}
		if err := s.initdb(ctx, made, "C"); err != nil {
			return err
		}
	}
	kept := filepath.Join(s.home, "password")
	if err := os.Remove(kept); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("privatepg: %w", err)
	}
	if err := os.WriteFile(kept, []byte(s.password+"\n"), 0o600); err != nil {
		return fmt.Errorf("privatepg: keep the password: %w", err)
	}
	if err := os.Rename(made, s.data()); err != nil {
		return fmt.Errorf("privatepg: %w", err)
	}
	s.opts.Log.Info("made a PostgreSQL cluster", "version", s.bin.version, "folder", s.data())
	return nil
}

// initdb hands the password over through a pipe: it is in no file that the
// server's account could keep, and in no argument that others can list.
func (s *Server) initdb(ctx context.Context, data, locale string) error {
	args := []string{"-D", data, "--username=" + user, "--pwfile=/dev/stdin", "--auth=scram-sha-256",
		"--encoding=UTF8", "--locale=" + locale}
	if s.opts.Ephemeral {
		args = append(args, "--no-sync")
	}
	cmd := s.account.command(ctx, data, filepath.Join(s.bin.dir, "initdb"), args...)
	r, w, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("privatepg: %w", err)
	}
	defer func() { _ = r.Close() }()
	if s.account.drop { // initdb opens the pipe anew, by name
		if err := r.Chown(int(s.account.uid), int(s.account.gid)); err != nil {
			_ = w.Close()
			return fmt.Errorf("privatepg: %w", err)
		}
	}
	_, err = w.WriteString(s.password + "\n") // fits the pipe's buffer
	if err := errors.Join(err, w.Close()); err != nil {
		return fmt.Errorf("privatepg: %w", err)
	}
	cmd.Stdin = r
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("privatepg: initdb: %w\n%s", err, strings.TrimSpace(string(out)))
	}
	return nil
}
