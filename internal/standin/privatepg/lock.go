package privatepg

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// ErrHeld is wrapped by Start's error when another program runs on the folder.
var ErrHeld = errors.New("the folder is in use")

// hold makes the folder and locks it until the returned file is closed or the
// process ends, however it ends. The file names the holder, for the error of
// whoever comes second. Child processes do not inherit the lock.
func hold(dir string) (string, *os.File, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", nil, fmt.Errorf("privatepg: %w", err)
	}
	for {
		if err := os.MkdirAll(abs, 0o755); err != nil {
			return "", nil, fmt.Errorf("privatepg: %w", err)
		}
		// One folder has one name, or a left-over server is not recognised by it.
		if abs, err = filepath.EvalSymlinks(abs); err != nil {
			return "", nil, fmt.Errorf("privatepg: %w", err)
		}
		path := filepath.Join(abs, "lock")
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
		if err != nil {
			return "", nil, fmt.Errorf("privatepg: %w", err)
		}
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
			_ = f.Close()
			if !errors.Is(err, syscall.EWOULDBLOCK) {
				return "", nil, fmt.Errorf("privatepg: lock %s: %w", path, err)
			}
			holder, _ := os.ReadFile(path)
			return "", nil, fmt.Errorf("privatepg: %w: %s is held by %s; stop that first, or choose another folder",
				ErrHeld, abs, strings.TrimSpace(string(holder)))
		}
		// Somebody who removed the folder between our open and our lock leaves
		// us with a file that nobody else can see.
		mine, err1 := f.Stat()
		seen, err2 := os.Stat(path)
		if err1 != nil || err2 != nil || !os.SameFile(mine, seen) {
			_ = f.Close()
			continue
		}
		_ = f.Truncate(0)
		_, _ = fmt.Fprintf(f, "process %d (%s)\n", os.Getpid(), filepath.Base(os.Args[0]))
		return abs, f, nil
	}
}
