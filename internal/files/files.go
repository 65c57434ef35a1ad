// Package files keeps the bytes of attachments under their SHA-256: the same
// contents are kept once, and what is read is what was written.
package files

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Store is where the bytes are. A folder is the default; object storage can take its place.
type Store interface {
	// Put keeps size bytes of r under their SHA-256 (lower-case hex). What is kept
	// already is not written again. [ErrContents] when r holds anything else.
	Put(ctx context.Context, sha256 string, r io.Reader, size int64) error
	// Open reads what is kept; fs.ErrNotExist when nothing is. The caller closes it.
	Open(ctx context.Context, sha256 string) (io.ReadSeekCloser, error)
	// Remove forgets what nobody has put since the time; what was put later stays.
	Remove(ctx context.Context, sha256 string, notPutSince time.Time) error
}

// ErrContents is returned when the bytes are not those that the name or size promises.
var ErrContents = errors.New("files: the bytes do not fit their name or size")

// Dir is a store in a folder: two levels of subfolders by the first characters of the name.
type Dir struct{ root string }

// NewDir opens the folder and makes it if need be, for this user alone.
func NewDir(path string) (*Dir, error) {
	root, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("files: %w", err)
	}
	if err := os.MkdirAll(root, 0o700); err != nil {
		return nil, fmt.Errorf("files: %w", err)
	}
	return &Dir{root: root}, nil
}

// Put writes to a temporary file, flushes it and moves it into place, so that a
// crash leaves either nothing or the whole. What is there already is marked as
// put now, which protects it from [Dir.Remove].
func (d *Dir) Put(ctx context.Context, name string, r io.Reader, size int64) error {
	path, err := d.path(name)
	if err != nil {
		return err
	}
	if info, err := os.Stat(path); err == nil && info.Size() == size {
		now := time.Now()
		return os.Chtimes(path, now, now)
	}
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("files: %w", err)
	}
	f, err := os.CreateTemp(folder, ".new-*")
	if err != nil {
		return fmt.Errorf("files: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }() // nothing is there after the rename
	if err := fill(ctx, f, r, name, size); err != nil {
		_ = f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("files: close: %w", err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("files: %w", err)
	}
	return syncFolder(folder)
}

func fill(ctx context.Context, f *os.File, r io.Reader, name string, size int64) error {
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, h), io.LimitReader(withContext{ctx, r}, size+1))
	if err != nil {
		return fmt.Errorf("files: write: %w", err)
	}
	if n != size || hex.EncodeToString(h.Sum(nil)) != name {
		return ErrContents
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("files: flush: %w", err)
	}
	return nil
}

// Open gives the file for reading.
func (d *Dir) Open(_ context.Context, name string) (io.ReadSeekCloser, error) {
	path, err := d.path(name)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("files: %w", err)
	}
	return f, nil
}

// Remove deletes the file unless it was put after the time. Removing what is not
// there is no error.
func (d *Dir) Remove(_ context.Context, name string, notPutSince time.Time) error {
	path, err := d.path(name)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.ModTime().After(notPutSince) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("files: %w", err)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("files: %w", err)
	}
	return nil
}

// path refuses anything but 64 lower-case hex digits: a name never leaves the folder.
func (d *Dir) path(name string) (string, error) {
	if len(name) != sha256.Size*2 || strings.Trim(name, "0123456789abcdef") != "" {
		return "", fmt.Errorf("files: not a SHA-256 in hex: %q", name)
	}
	return filepath.Join(d.root, name[:2], name[2:4], name), nil
}

// syncFolder makes a rename last through a crash.
func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("files: %w", err)
	}
	defer func() { _ = f.Close() }()
	if err := f.Sync(); err != nil {
		return fmt.Errorf("files: flush folder: %w", err)
	}
	return nil
}

// withContext stops reading when the context is done.
type withContext struct {
	ctx context.Context
	r   io.Reader
}

func (w withContext) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.r.Read(p)
}
