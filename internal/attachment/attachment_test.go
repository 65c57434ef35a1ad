package attachment_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/attachment"
	"zhuce/internal/auth"
	"zhuce/internal/files"
	"zhuce/internal/filing/filingtest"
	"zhuce/internal/pg"
)

func picture(size int) []byte {
	var b bytes.Buffer
	_ = png.Encode(&b, image.NewGray(image.Rect(0, 0, size, size)))
	return b.Bytes()
}

func bind(t *testing.T, w *filingtest.World, client, enterprise auth.Actor, ids ...uuid.UUID) (n int) {
	t.Helper()
	err := w.DB.InTx(t.Context(), func(tx pg.Tx) error {
		bound, err := attachment.BindTx(tx, client.ClientID, enterprise.EnterpriseID, ids)
		n = len(bound)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestBind(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	other := w.NewClerk(t, true)
	up := func(who auth.Actor) uuid.UUID {
		a, err := w.Attachments.Upload(t.Context(), who, "x.png", bytes.NewReader(picture(4)))
		if err != nil {
			t.Fatal(err)
		}
		return a.ID
	}
	one, two, clerks := up(w.Person), up(w.Person), up(w.Clerk)
	for _, c := range []struct {
		what       string
		client     auth.Actor
		enterprise auth.Actor
		ids        []uuid.UUID
		want       int
	}{
		{"another client's", w.Ministry, w.Clerk, []uuid.UUID{one, two}, 0},
		{"a clerk's", w.Person, w.Clerk, []uuid.UUID{clerks}, 0},
		{"what is not there", w.Person, w.Clerk, []uuid.UUID{uuid.New()}, 0},
		{"unbound", w.Person, w.Clerk, []uuid.UUID{one}, 1},
		{"bound and unbound, one of them twice", w.Person, w.Clerk, []uuid.UUID{two, one, one}, 2},
		{"another enterprise's", w.Person, other, []uuid.UUID{one, two}, 0},
	} {
		if got := bind(t, w, c.client, c.enterprise, c.ids...); got != c.want {
			t.Errorf("%s: %d bound, wanted %d", c.what, got, c.want)
		}
	}
}

func TestUploadLeavesNoTemporaryFile(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	w := filingtest.New(t)
	broken := errors.New("the line broke")
	for _, r := range []io.Reader{bytes.NewReader(picture(4)), strings.NewReader("no picture"), strings.NewReader(""),
		io.MultiReader(bytes.NewReader(picture(4)), errorReader{broken})} {
		_, _ = w.Attachments.Upload(t.Context(), w.Clerk, "x.png", r)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(t.TempDir()), "*", "zhuce-upload-*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

type errorReader struct{ err error }

func (r errorReader) Read([]byte) (int, error) { return 0, r.err }

func TestPurge(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	up := func(size int) attachment.Attachment {
		a, err := w.Attachments.Upload(t.Context(), w.Person, "x.png", bytes.NewReader(picture(size)))
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	bound, forgotten, twin := up(4), up(5), up(4)
	bind(t, w, w.Person, w.Clerk, bound.ID)
	clerks, err := w.Attachments.Upload(t.Context(), w.Clerk, "y.png", bytes.NewReader(picture(6)))
	if err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(7*24*time.Hour - time.Minute)
	if n, err := w.Attachments.Purge(t.Context()); n != 0 || err != nil {
		t.Errorf("a minute early: %d, %v", n, err)
	}
	w.Clock.Advance(2 * time.Minute)
	if n, err := w.Attachments.Purge(t.Context()); n != 2 || err != nil {
		t.Errorf("%d purged, %v; wanted the forgotten one and the twin", n, err)
	}
	for _, a := range []attachment.Attachment{bound, clerks} {
		if _, f, err := w.Attachments.Open(t.Context(), w.Clerk, a.ID); err != nil {
			t.Errorf("%s is gone: %v", a.ID, err)
		} else {
			_ = f.Close()
		}
	}
	_, _ = forgotten, twin
}

// TestPurgeTakesTheBytes: of contents that no record has any more, and no others.
func TestPurgeTakesTheBytes(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	store := &memory{}
	s := attachment.New(w.DB, store, 1<<20)
	for _, who := range []auth.Actor{w.Person, w.Clerk} { // the same contents twice
		if _, err := s.Upload(t.Context(), who, "x.png", bytes.NewReader(picture(4))); err != nil {
			t.Fatal(err)
		}
	}
	lone, err := s.Upload(t.Context(), w.Person, "x.png", bytes.NewReader(picture(5)))
	if err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(8 * 24 * time.Hour)
	if _, err := s.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(store.removed) != 1 || store.removed[0] != lone.SHA256 {
		t.Errorf("removed %v, wanted %s alone", store.removed, lone.SHA256)
	}
}

// memory is a store that only notes what is removed.
type memory struct {
	files.Store
	removed []string
}

func (m *memory) Put(_ context.Context, _ string, r io.Reader, _ int64) error {
	_, err := io.Copy(io.Discard, r)
	return err
}

func (m *memory) Remove(_ context.Context, sum string, _ time.Time) error {
	m.removed = append(m.removed, sum)
	return nil
}

func TestOpenOfLostBytesIsAFault(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	dir, err := files.NewDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	a, err := w.Attachments.Upload(t.Context(), w.Clerk, "x.png", bytes.NewReader(picture(4)))
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = attachment.New(w.DB, dir, 1<<20).Open(t.Context(), w.Clerk, a.ID)
	if !errors.Is(err, fs.ErrNotExist) || attachment.ErrNotFound.Is(err) {
		t.Errorf("error is %v", err)
	}
}

// TestBindAfterOneWhoJustBound: two deliveries share a new paper; the one that had
// to wait finds it bound to its own enterprise, not gone.
func TestBindAfterOneWhoJustBound(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	a, err := w.Attachments.Upload(t.Context(), w.Person, "x.png", bytes.NewReader(picture(4)))
	if err != nil {
		t.Fatal(err)
	}
	second := make(chan int, 1)
	err = w.DB.InTx(t.Context(), func(tx pg.Tx) error {
		if _, err := attachment.BindTx(tx, w.Person.ClientID, w.Clerk.EnterpriseID, []uuid.UUID{a.ID}); err != nil {
			return err
		}
		go func() { second <- bind(t, w, w.Person, w.Clerk, a.ID) }()
		for {
			var waiting int
			if err := w.DB.Read(t.Context()).Raw(`SELECT count(*) FROM pg_stat_activity
				WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&waiting).Error; err != nil || waiting > 0 {
				return err
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := <-second; n != 1 {
		t.Errorf("the one who waited bound %d, wanted 1", n)
	}
}
