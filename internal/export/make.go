package export

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/errs"
	"zhuce/internal/label"
	"zhuce/internal/message"
	"zhuce/internal/pg"
	"zhuce/internal/xlsx"
)

const (
	// attempts of one export before it is told to have failed.
	attempts = 3
	// progress is how often an attempt says how far it is, and looks whether it is still wanted.
	progress = 250 * time.Millisecond
)

var (
	errUnwanted    = errors.New("export: cancelled, or taken over by another attempt")
	errTooManyRows = errors.New("export: more rows than an export may have")
)

// Make writes the workbook of a waiting export; it does nothing for any other.
// When it fails, the export waits again or has failed, and nothing is left of the file.
func (s *Service) Make(ctx context.Context, id uuid.UUID) error {
	e, r, ok, err := s.claim(ctx, id)
	if !ok {
		return err
	}
	if !e.AtOnce {
		defer frugal()()
	}
	if err == nil {
		err = s.make(ctx, e, r)
	}
	if err == nil || errors.Is(err, errUnwanted) {
		return nil
	}
	// The context may be what ended; the export must be told all the same.
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	switch {
	case errors.Is(err, errTooManyRows):
		return s.fail(after, e, TooManyRows)
	case e.Attempt >= attempts && ctx.Err() == nil:
		return errors.Join(err, s.fail(after, e, GaveUp))
	}
	return errors.Join(err, s.giveBack(after, e))
}

func (s *Service) make(ctx context.Context, e Export, r Request) error {
	file, err := os.CreateTemp(s.Dir, "zhuce-export-*")
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	_ = os.Remove(file.Name()) // held open: it goes with the process, however that ends
	defer func() { _ = file.Close() }()
	out := &sink{file: file, sum: sha256.New()}

	list := s.source(r)
	rows, err := s.write(ctx, out, list, e, r)
	if err != nil {
		return err
	}
	name := hex.EncodeToString(out.sum.Sum(nil))
	if wanted, err := s.names(ctx, e, name); err != nil || !wanted {
		return errors.Join(err, unless(wanted))
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if err := s.Store.Put(ctx, name, file, out.size); err != nil {
		return fmt.Errorf("export: keep: %w", err)
	}
	wanted := false
	err = s.DB.InTx(ctx, func(tx pg.Tx) error {
		var err error
		if wanted, err = readyTx(tx, s, e, rows, out.size); err != nil || !wanted || e.AtOnce {
			return err
		}
		return message.PostTx(tx, []message.Post{{EnterpriseID: e.EnterpriseID, Def: MsgReady, SubjectType: "export", SubjectID: e.ID,
			Params: map[string]any{"user": e.UserName, "source": label.TextOf(Sources, string(e.Source)), "rows": rows}}})
	})
	if err != nil || !wanted {
		return errors.Join(err, unless(wanted), s.forget(context.WithoutCancel(ctx), name))
	}
	return nil
}

func unless(wanted bool) error {
	if wanted {
		return nil
	}
	return errUnwanted
}

// write reads the list at one moment and writes it, row by row.
func (s *Service) write(ctx context.Context, out io.Writer, list source, e Export, r Request) (rows int, err error) {
	columns := list.columns()
	b := xlsx.Book{Sheet: label.TextOf(Sources, string(r.Source)).In(r.Lang, nil), About: errs.Text{ZH: "说明", EN: "About"}.In(r.Lang, nil), Dir: s.Dir}
	for _, c := range columns {
		b.Columns = append(b.Columns, xlsx.Column{Title: c.title.In(r.Lang, nil), Kind: c.kind})
	}
	// Closing a query reads what is left of it, unless its context ends: rows that nobody wants are not waited for.
	reading, stop := context.WithCancel(ctx)
	defer stop()
	err = s.DB.Snapshot(reading, longest, func(tx pg.Tx) error {
		total, err := list.count(tx, e.owner())
		if err != nil {
			return err
		}
		if total > int64(s.MaxRows) {
			return errTooManyRows
		}
		if int(total) != e.RowsTotal {
			if err := s.counted(ctx, e, int(total)); err != nil {
				return err
			}
		}
		b.Lines = func(rows int) []xlsx.Line { return about(e, r, rows, tx.Now) }
		rows, err = xlsx.Write(ctx, out, b, s.watched(ctx, tx, list, e, stop))
		return err
	})
	return rows, err
}

// watched gives the list's rows and, every so often, says how far it is.
func (s *Service) watched(ctx context.Context, tx pg.Tx, list source, e Export, stop func()) func(yield func([]any, error) bool) {
	return func(yield func([]any, error) bool) {
		enough := errors.New("stopped")
		n, last := 0, time.Now()
		err := list.each(tx, e.owner(), func(row []any) error {
			if n++; n%64 == 0 && time.Since(last) >= progress {
				if wanted, err := s.still(ctx, e, n); err != nil || !wanted {
					stop()
					return errors.Join(err, unless(wanted))
				}
				last = time.Now()
			}
			if !yield(row, nil) {
				stop()
				return enough
			}
			return nil
		})
		if err != nil && !errors.Is(err, enough) {
			yield(nil, err)
		}
	}
}

// about is the second sheet: what the first one is.
func about(e Export, r Request, rows int, at time.Time) []xlsx.Line {
	in := func(zh, en string) string { return errs.Text{ZH: zh, EN: en}.In(r.Lang, nil) }
	numbers := in("已隐去部分位数", "masked")
	if !r.Masked {
		numbers = in("完整，理由：", "in full, because: ") + r.Reason
	}
	lines := []xlsx.Line{
		{Label: in("系统", "System"), Value: in("Zhuce 注册（聘用企业端）", "Zhuce, the employer's side of registration")},
		{Label: in("内容", "Contents"), Value: label.TextOf(Sources, string(r.Source)).In(r.Lang, nil)},
		{Label: in("导出人", "Exported by"), Value: e.UserName},
		{Label: in("导出时间", "As of"), Value: at.In(china).Format("2006-01-02 15:04:05")},
		{Label: in("记录数", "Rows"), Value: strconv.Itoa(rows)},
		{Label: in("证件号码", "Document numbers"), Value: numbers},
		// Also makes each workbook's bytes its own, so that removing one never removes another's.
		{Label: in("导出编号", "Export id"), Value: e.ID.String() + "-" + strconv.Itoa(e.Attempt)},
	}
	for _, t := range e.Filter {
		lines = append(lines, xlsx.Line{Label: in("查询条件：", "Filter: ") + t.Label.In(r.Lang, nil), Value: t.Value.In(r.Lang, nil)})
	}
	if len(e.Filter) == 0 {
		lines = append(lines, xlsx.Line{Label: in("查询条件", "Filter"), Value: in("无", "none")})
	}
	return lines
}

// giveBack lets the export wait for its next attempt. An attempt that the
// instance's own end cut off is given back by its job; so is any other but the first.
func (s *Service) giveBack(ctx context.Context, e Export) error {
	if err := s.drop(ctx, e); err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx pg.Tx) error {
		u := tx.Exec(`UPDATE exports SET state = 'queued', rows_done = 0, heartbeat_at = ?, at_once = false WHERE id = ? AND state = 'running' AND attempt = ?`,
			tx.Now, e.ID, e.Attempt)
		if u.Error != nil {
			return fmt.Errorf("export: give back: %w", u.Error)
		}
		if u.RowsAffected == 1 && e.AtOnce {
			return s.orderTx(tx, e.ID) // no job has it yet
		}
		return nil
	})
}

func (s *Service) fail(ctx context.Context, e Export, why Failure) error {
	if err := s.drop(ctx, e); err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx pg.Tx) error {
		failed, err := failTx(tx, e, why)
		if err != nil || !failed || e.AtOnce {
			return err
		}
		return message.PostTx(tx, []message.Post{{EnterpriseID: e.EnterpriseID, Def: MsgFailed, SubjectType: "export", SubjectID: e.ID,
			Params: map[string]any{"user": e.UserName, "source": label.TextOf(Sources, string(e.Source)), "why": label.TextOf(Failures, string(why))}}})
	})
}

// sink writes to the file and counts and sums what it writes.
type sink struct {
	file *os.File
	sum  hash.Hash
	size int64
}

func (s *sink) Write(p []byte) (int, error) {
	n, err := s.file.Write(p)
	s.size += int64(n)
	_, _ = s.sum.Write(p[:n]) // never fails
	return n, err
}
