// Package xlsx writes a table as an Excel workbook, row by row: memory does not
// grow with the rows. It is a thin layer over excelize's StreamWriter that knows
// what a table of this product is – typed columns, a frozen header, a filter
// row, and a second sheet that tells what the first one is.
//
// Text is always text: a cell that begins with = + - or @ is never a formula.
package xlsx

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/flate"
	"github.com/xuri/excelize/v2"
)

// Kind is what a column holds.
type Kind int

// The kinds, and the Go type of their cells. nil is an empty cell of any kind.
const (
	Text   Kind = iota // string
	Date               // time.Time, whose day counts
	Time               // time.Time, to the minute, as its own clock reads
	Number             // int64
)

// Column is one column of the table.
type Column struct {
	Title string
	Kind  Kind
}

// Line is one line of the second sheet.
type Line struct{ Label, Value string }

// Book says what is written.
type Book struct {
	Sheet   string // name of the sheet with the table
	Columns []Column
	About   string                // name of the second sheet
	Lines   func(rows int) []Line // what it says, asked once the rows are counted
	Dir     string                // where excelize may put what it cannot keep in memory; "" is the system's folder
}

// MaxRows is how many rows a sheet holds below its header.
const MaxRows = excelize.TotalRows - 1

// ErrTooManyRows is returned when the table does not fit a sheet.
var ErrTooManyRows = errors.New("xlsx: more rows than a sheet holds")

const (
	// level 5 of this deflate packs as well as the standard library's 6 in two thirds of the time.
	level = 5
	// sample is how many rows are looked at before the widths are set; Excel wants them first.
	sample = 200
	// stride is how many rows are written between two looks at the context and the folder.
	stride = 512
)

// Write writes the rows into dst and says how many there were. A row has a cell
// for each column. It ends early, with the error, when a row brings one, when
// ctx is done, or when dst cannot take more. Nothing stays in [Book.Dir]: what
// is put there is unlinked while it is still open, so not even a killed process
// leaves it behind.
func Write(ctx context.Context, dst io.Writer, b Book, rows iter.Seq2[[]any, error]) (n int, err error) {
	f := excelize.NewFile(excelize.Options{TmpDir: b.Dir})
	defer func() { _ = f.Close() }() // temporary files alone, and those are unlinked
	// excelize would gather the packed file in memory; so it is given a packer that writes where we want it.
	f.SetZipWriter(func(io.Writer) excelize.ZipWriter { return packer(dst) })
	if err := f.SetSheetName(f.GetSheetName(0), b.Sheet); err != nil {
		return 0, fmt.Errorf("xlsx: %w", err)
	}
	t, err := newTable(f, b)
	if err != nil {
		return 0, err
	}
	for row, err := range rows {
		if err != nil {
			return 0, err
		}
		if err := t.add(row); err != nil {
			return 0, err
		}
		if t.rows%stride == 0 {
			if err := ctx.Err(); err != nil {
				return 0, err
			}
			unlink(b.Dir)
		}
	}
	if err := t.end(); err != nil {
		return 0, err
	}
	if err := about(f, b, t.rows, t.styles); err != nil {
		return 0, err
	}
	unlink(b.Dir)
	if err := f.Write(io.Discard); err != nil {
		return 0, fmt.Errorf("xlsx: %w", err)
	}
	return t.rows, ctx.Err()
}

func packer(w io.Writer) *zip.Writer {
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, level) })
	return z
}

// unlink takes the names of excelize's temporary files away; it holds them open.
func unlink(dir string) {
	if dir == "" {
		dir = os.TempDir()
	}
	files, _ := filepath.Glob(filepath.Join(dir, "excelize-*"))
	for _, f := range files {
		_ = os.Remove(f)
	}
}

// styles are the numbers of the cell formats.
type styles struct{ head, text, date, time, number int }

func newStyles(f *excelize.File) (s styles, err error) {
	day, minute := "yyyy-mm-dd", "yyyy-mm-dd hh:mm"
	for _, d := range []struct {
		to    *int
		style excelize.Style
	}{
		{&s.head, excelize.Style{Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8EEF7"}},
			Alignment: &excelize.Alignment{Vertical: "center"}}},
		{&s.text, excelize.Style{NumFmt: 49}}, // "@": stays text when it is edited
		{&s.date, excelize.Style{CustomNumFmt: &day}},
		{&s.time, excelize.Style{CustomNumFmt: &minute}},
		{&s.number, excelize.Style{NumFmt: 1}},
	} {
		if *d.to, err = f.NewStyle(&d.style); err != nil {
			return s, fmt.Errorf("xlsx: %w", err)
		}
	}
	return s, nil
}

func (s styles) of(k Kind) int {
	switch k {
	case Date:
		return s.date
	case Time:
		return s.time
	case Number:
		return s.number
	default:
		return s.text
	}
}

// about writes the second sheet.
func about(f *excelize.File, b Book, rows int, s styles) error {
	if b.About == "" {
		return nil
	}
	if _, err := f.NewSheet(b.About); err != nil {
		return fmt.Errorf("xlsx: %w", err)
	}
	w, err := f.NewStreamWriter(b.About)
	if err != nil {
		return fmt.Errorf("xlsx: %w", err)
	}
	lines := b.Lines(rows)
	label, value := 0.0, 0.0
	for _, l := range lines {
		label, value = max(label, width(l.Label)), max(value, width(l.Value))
	}
	err = errors.Join(w.SetColWidth(1, 1, clamp(label)), w.SetColWidth(2, 2, clamp(value)))
	for i, l := range lines {
		err = errors.Join(err, w.SetRow(fmt.Sprintf("A%d", i+1), []any{
			excelize.Cell{StyleID: s.head, Value: clean(l.Label)}, excelize.Cell{StyleID: s.text, Value: clean(l.Value)}}))
	}
	if err = errors.Join(err, w.Flush()); err != nil {
		return fmt.Errorf("xlsx: %w", err)
	}
	return nil
}

// epoch is day 0 of Excel's calendar, as all days after February 1900 count it.
var epoch = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)

// serial is a moment as Excel counts it: days since the epoch, by the moment's own clock.
func serial(t time.Time) float64 {
	wall := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
	return float64(wall.Unix()-epoch.Unix()) / (24 * 60 * 60)
}
