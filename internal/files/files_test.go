package files_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zhuce/internal/files"
)

func name(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

func newDir(t *testing.T) (*files.Dir, string) {
	t.Helper()
	root := filepath.Join(t.TempDir(), "store")
	d, err := files.NewDir(root)
	if err != nil {
		t.Fatal(err)
	}
	return d, root
}

func kept(t *testing.T, root string) (n int) {
	t.Helper()
	err := filepath.WalkDir(root, func(_ string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestPutAndOpen(t *testing.T) {
	t.Parallel()
	d, root := newDir(t)
	for range 2 {
		if err := d.Put(t.Context(), name("hello"), strings.NewReader("hello"), 5); err != nil {
			t.Fatal(err)
		}
	}
	if n := kept(t, root); n != 1 {
		t.Errorf("%d files, wanted 1", n)
	}
	f, err := d.Open(t.Context(), name("hello"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if _, err := f.Seek(1, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(f); err != nil || string(b) != "ello" {
		t.Errorf("%q, %v", b, err)
	}
}

func TestPutKeepsNothingThatIsWrong(t *testing.T) {
	t.Parallel()
	d, root := newDir(t)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	broken := errors.New("the line broke")
	for _, c := range []struct {
		what string
		ctx  context.Context
		name string
		r    io.Reader
		size int64
		want error
	}{
		{"other contents", t.Context(), name("hello"), strings.NewReader("hellO"), 5, files.ErrContents},
		{"too short", t.Context(), name("hello"), strings.NewReader("hell"), 5, files.ErrContents},
		{"too long", t.Context(), name("hello"), strings.NewReader("hello!"), 5, files.ErrContents},
		{"breaks off", t.Context(), name("hello"), io.MultiReader(strings.NewReader("he"), failing{broken}), 5, broken},
		{"nobody waits", gone, name("hello"), strings.NewReader("hello"), 5, context.Canceled},
	} {
		if err := d.Put(c.ctx, c.name, c.r, c.size); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.what, err)
		}
	}
	if n := kept(t, root); n != 0 {
		t.Errorf("%d files were left behind", n)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestNamesStayInTheFolder(t *testing.T) {
	t.Parallel()
	d, _ := newDir(t)
	for _, bad := range []string{"", "x", "../../../etc/passwd", strings.Repeat("/", 64), strings.Repeat("A", 64), strings.Repeat("a", 65)} {
		if _, err := d.Open(t.Context(), bad); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("open %q: %v", bad, err)
		}
		if err := d.Put(t.Context(), bad, bytes.NewReader(nil), 0); err == nil {
			t.Errorf("put %q was taken", bad)
		}
		if err := d.Remove(t.Context(), bad, time.Now()); err == nil {
			t.Errorf("remove %q was taken", bad)
		}
	}
	if _, err := d.Open(t.Context(), name("nothing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what is not there: %v", err)
	}
}

func TestRemoveSparesWhatWasJustPut(t *testing.T) {
	t.Parallel()
	d, root := newDir(t)
	put := func() {
		if err := d.Put(t.Context(), name("hello"), strings.NewReader("hello"), 5); err != nil {
			t.Fatal(err)
		}
	}
	put()
	old := time.Now().Add(-48 * time.Hour)
	path := filepath.Join(root, name("hello")[:2], name("hello")[2:4], name("hello"))
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
	put() // the same contents again: renewed
	if err := d.Remove(t.Context(), name("hello"), time.Now().Add(-24*time.Hour)); err != nil || kept(t, root) != 1 {
		t.Errorf("removed although it was just put (%v)", err)
	}
	if err := d.Remove(t.Context(), name("hello"), time.Now().Add(time.Hour)); err != nil || kept(t, root) != 0 {
		t.Errorf("kept (%v)", err)
	}
	if err := d.Remove(t.Context(), name("hello"), time.Now()); err != nil {
		t.Errorf("removing what is not there: %v", err)
	}
}
