package export_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/xuri/excelize/v2"

	"zhuce/api/apitest"
	"zhuce/internal/config"
	"zhuce/internal/errs"
	"zhuce/internal/export"
	"zhuce/internal/files"
)

// gate is a store that can be made to wait or to fail, and remembers what it holds.
type gate struct {
	files.Store
	enter chan struct{} // told when bytes have arrived
	leave chan error    // nil lets them in
}

func (g *gate) Put(ctx context.Context, sum string, r io.Reader, size int64) error {
	if g.enter != nil {
		g.enter <- struct{}{}
		select {
		case err := <-g.leave:
			if err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return g.Store.Put(ctx, sum, r, size)
}

type world struct {
	*apitest.Env
	firm *apitest.Caller
	gate *gate
	dir  string
}

// wide is a product in which everything above two rows is a job.
func wide(t *testing.T, rows int) *world {
	t.Helper()
	w := &world{dir: t.TempDir()}
	w.Env = apitest.New(t, func(c *config.Config) { c.ExportAtOnceRows, c.ExportMaxRows, c.ExportsTogether = 2, 50, 2 })
	w.gate = &gate{Store: w.App.Exports.Store, enter: make(chan struct{}, 10), leave: make(chan error, 10)}
	w.App.Exports.Store, w.App.Exports.Dir = w.gate, w.dir
	w.firm = w.Enterprise(t)
	w.DeliverMany(t, w.firm, rows)
	return w
}

func (w *world) start(t *testing.T) export.Export {
	t.Helper()
	e, err := w.App.Exports.Start(t.Context(), w.firm.Actor, export.Request{Source: export.Filings, Masked: true, Lang: "zh-CN"})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func (w *world) get(t *testing.T, id uuid.UUID) export.Export {
	t.Helper()
	e, err := w.App.Exports.Get(t.Context(), w.firm.Actor, id)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// wait polls for a state; the database is the only place where jobs say how they are.
func (w *world) wait(t *testing.T, id uuid.UUID, want export.State) export.Export {
	t.Helper()
	for range 400 {
		if e := w.get(t, id); e.State == want {
			return e
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("still %s, wanted %s", w.get(t, id).State, want)
	return export.Export{}
}

// nothing fails the test if a file of an export is anywhere.
func (w *world) nothing(t *testing.T) {
	t.Helper()
	for _, dir := range []string{w.dir, w.App.Config.FilesDir} {
		_ = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				t.Errorf("left behind: %s", path)
			}
			return nil
		})
	}
	var n int
	if err := w.App.DB.Read(t.Context()).Raw(`SELECT count(*) FROM exports WHERE file_sha256 IS NOT NULL`).Scan(&n).Error; err != nil || n > 0 {
		t.Errorf("%d records name a file %v", n, err)
	}
}

func (w *world) messages(t *testing.T) []string {
	t.Helper()
	var codes []string
	if err := w.App.DB.Read(t.Context()).Raw(`SELECT code FROM messages ORDER BY posted_at, id`).Scan(&codes).Error; err != nil {
		t.Fatal(err)
	}
	return codes
}

func entered(t *testing.T, g *gate) {
	t.Helper()
	select {
	case <-g.enter:
	case <-time.After(20 * time.Second):
		t.Fatal("no bytes came")
	}
}

func TestALargeExportIsMadeInTheBackground(t *testing.T) {
	t.Parallel()
	w := wide(t, 5)
	e := w.start(t)
	if e.State != export.Queued || e.AtOnce || e.RowsTotal != 5 {
		t.Fatalf("started as %+v", e)
	}
	w.Work(t)
	entered(t, w.gate)
	if now := w.get(t, e.ID); now.State != export.Running {
		t.Errorf("while it is made it is %s", now.State)
	}
	w.gate.leave <- nil
	e = w.wait(t, e.ID, export.Ready)
	if e.RowsDone != 5 || e.FileSize == 0 || e.ExpiresAt == nil || !e.ExpiresAt.Equal(w.Clock.Now().Add(w.App.Config.ExportKeep)) {
		t.Errorf("ready as %+v", e)
	}
	if got := w.messages(t); len(got) != 1 || got[0] != "export.ready" {
		t.Errorf("told %v", got)
	}
	_, content, err := w.App.Exports.Open(t.Context(), w.firm.Actor, e.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = content.Close() }()
	b, _ := io.ReadAll(content)
	f, err := excelize.OpenReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := f.GetRows("注册申报"); err != nil || len(rows) != 6 {
		t.Errorf("%d rows %v", len(rows), err)
	}
}

// Whenever it is cancelled, nothing is left: not the file, not the job, not a place.
func TestCancelFreesEverything(t *testing.T) {
	t.Parallel()
	w := wide(t, 5)
	waiting := w.start(t)
	if err := w.App.Exports.Remove(t.Context(), w.firm.Actor, waiting.ID); err != nil {
		t.Fatal(err)
	}
	running := w.start(t)
	w.Work(t)
	entered(t, w.gate)
	if err := w.App.Exports.Remove(t.Context(), w.firm.Actor, running.ID); err != nil {
		t.Fatal(err)
	}
	w.gate.leave <- nil // the bytes are put after it was cancelled
	for range 400 {
		var busy int
		if err := w.App.DB.Read(t.Context()).Raw(`SELECT count(*) FROM river_job WHERE kind = 'export.make' AND state <> 'completed'`).Scan(&busy).Error; err != nil {
			t.Fatal(err)
		}
		if busy == 0 {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	for _, id := range []uuid.UUID{waiting.ID, running.ID} {
		if e := w.get(t, id); e.State != export.Cancelled {
			t.Errorf("is %s", e.State)
		}
	}
	w.Sweep(t)
	w.nothing(t)
	if got := w.messages(t); len(got) != 0 {
		t.Errorf("told %v", got)
	}
	p, err := w.App.Exports.Check(t.Context(), w.firm.Actor, export.Request{Source: export.Filings, Masked: true})
	if err != nil || p.Denied != nil {
		t.Errorf("%+v %v", p.Denied, err)
	}
	if err := w.App.Exports.Remove(t.Context(), w.firm.Actor, running.ID); err != nil { // and now it goes from the list
		t.Fatal(err)
	}
	if _, err := w.App.Exports.Get(t.Context(), w.firm.Actor, running.ID); !export.ErrNotFound.Is(err) {
		t.Errorf("%v", err)
	}
}

// A full disk is tried again, and told in the end; nothing is left of any attempt.
func TestAFullDiskIsTold(t *testing.T) {
	t.Parallel()
	w := wide(t, 5)
	e := w.start(t)
	for n := range 3 {
		w.gate.leave <- syscall.ENOSPC
		if err := w.App.Exports.Make(t.Context(), e.ID); !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("attempt %d: %v", n+1, err)
		}
		w.nothing(t)
		if now := w.get(t, e.ID); n < 2 && now.State != export.Queued {
			t.Fatalf("after attempt %d it is %s", n+1, now.State)
		}
	}
	if now := w.get(t, e.ID); now.State != export.Failed || now.Failure != export.GaveUp {
		t.Errorf("ended as %s %s", now.State, now.Failure)
	}
	if got := w.messages(t); len(got) != 1 || got[0] != "export.failed" {
		t.Errorf("told %v", got)
	}
	if err := w.App.Exports.Make(t.Context(), e.ID); err != nil { // a late job does nothing
		t.Error(err)
	}
}

// No temporary file can be made at all: the same.
func TestNoTemporaryFolder(t *testing.T) {
	t.Parallel()
	w := wide(t, 5)
	w.App.Exports.Dir = filepath.Join(w.dir, "gone")
	e := w.start(t)
	if err := w.App.Exports.Make(t.Context(), e.ID); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if now := w.get(t, e.ID); now.State != export.Queued || now.Attempt != 1 {
		t.Errorf("is %s after %d attempts", now.State, now.Attempt)
	}
}

// An instance that stops gives the export back; one that is killed goes silent,
// and the export is given to another attempt.
func TestAnExportOutlivesItsInstance(t *testing.T) {
	t.Parallel()
	w := wide(t, 5)
	e := w.start(t)
	stopping, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.App.Exports.Make(stopping, e.ID) }()
	entered(t, w.gate)
	stop()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Fatalf("%v", err)
	}
	if now := w.get(t, e.ID); now.State != export.Queued {
		t.Fatalf("given back as %s", now.State)
	}
	w.nothing(t)

	// Killed after it named its bytes and put them, before it could say so.
	if err := w.App.DB.Read(t.Context()).Exec(`UPDATE exports SET state = 'running', attempt = 2, file_sha256 = ? WHERE id = ?`, put(t, w, "half"), e.ID).Error; err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(time.Minute)
	w.Sweep(t)
	if now := w.get(t, e.ID); now.State != export.Running {
		t.Fatalf("taken away after a minute: %s", now.State)
	}
	w.Clock.Advance(2 * time.Minute)
	w.Sweep(t)
	if now := w.get(t, e.ID); now.State != export.Queued {
		t.Fatalf("not revived: %s", now.State)
	}
	w.nothing(t)
	w.gate.leave <- nil
	w.Work(t)
	w.wait(t, e.ID, export.Ready)
}

// put keeps bytes in the real store and gives their name.
func put(t *testing.T, w *world, text string) string {
	t.Helper()
	sum := sha(text)
	if err := w.gate.Store.Put(t.Context(), sum, strings.NewReader(text), int64(len(text))); err != nil {
		t.Fatal(err)
	}
	return sum
}

func TestFilesGoWithTheirTime(t *testing.T) {
	t.Parallel()
	w := wide(t, 2)
	w.gate.leave <- nil
	e := w.start(t)
	if e.State != export.Ready || !e.AtOnce {
		t.Fatalf("started as %+v", e)
	}
	if got := w.messages(t); len(got) != 0 {
		t.Errorf("a small export was told of: %v", got)
	}
	w.Clock.Advance(w.App.Config.ExportKeep)
	if _, _, err := w.App.Exports.Open(t.Context(), w.firm.Actor, e.ID); !export.ErrExpired.Is(err) {
		t.Errorf("before the sweep: %v", err)
	}
	w.Sweep(t)
	w.nothing(t)
	if now := w.get(t, e.ID); now.State != export.Expired {
		t.Errorf("is %s", now.State)
	}
	w.Clock.Advance(91 * 24 * time.Hour)
	w.Sweep(t)
	if _, err := w.App.Exports.Get(t.Context(), w.firm.Actor, e.ID); !export.ErrNotFound.Is(err) {
		t.Errorf("the record is still there: %v", err)
	}
}

// Limits: rows, exports together; what grew past the limit meanwhile is told.
func TestLimits(t *testing.T) {
	t.Parallel()
	w := wide(t, 5)
	w.start(t)
	second := w.start(t)
	_, err := w.App.Exports.Start(t.Context(), w.firm.Actor, export.Request{Source: export.Filings, Masked: true, Lang: "en"})
	if !export.ErrTogether.Is(err) {
		t.Errorf("a third: %v", err)
	}
	w.App.Exports.MaxRows = 4
	if p, err := w.App.Exports.Check(t.Context(), w.firm.Actor, export.Request{Source: export.Filings, Masked: true}); err != nil || !export.ErrTooMany.Is(or(p.Denied)) {
		t.Errorf("%+v %v", p, err)
	}
	if err := w.App.Exports.Make(t.Context(), second.ID); err != nil {
		t.Error(err)
	}
	if now := w.get(t, second.ID); now.State != export.Failed || now.Failure != export.TooManyRows {
		t.Errorf("ended as %s %s", now.State, now.Failure)
	}
}

func or(e *errs.Error) error {
	if e == nil {
		return nil
	}
	return e
}
