package xlsx

import (
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// maxCell is how many UTF-16 units Excel keeps of a cell.
const maxCell = excelize.TotalCellChars

// table is the first sheet on its way.
type table struct {
	file    *excelize.File
	stream  *excelize.StreamWriter
	columns []Column
	sheet   string
	styles  styles
	rows    int
	waiting [][]any // the first rows, until the widths are known
	begun   bool
	cells   []any // of one row, used again and again
}

func newTable(f *excelize.File, b Book) (*table, error) {
	s, err := newStyles(f)
	if err != nil {
		return nil, err
	}
	w, err := f.NewStreamWriter(b.Sheet)
	if err != nil {
		return nil, fmt.Errorf("xlsx: %w", err)
	}
	return &table{file: f, stream: w, columns: b.Columns, sheet: b.Sheet, styles: s, cells: make([]any, len(b.Columns))}, nil
}

func (t *table) add(row []any) error {
	if len(row) != len(t.columns) {
		return fmt.Errorf("xlsx: a row of %d cells in a table of %d columns", len(row), len(t.columns))
	}
	if t.rows == MaxRows {
		return ErrTooManyRows
	}
	t.rows++
	if t.begun {
		return t.write(t.rows, row)
	}
	t.waiting = append(t.waiting, append([]any(nil), row...))
	if len(t.waiting) < sample {
		return nil
	}
	return t.begin()
}

// begin sets widths and panes and writes the header and what has been waiting.
func (t *table) begin() error {
	t.begun = true
	for i, c := range t.columns {
		w := width(c.Title) + 2 // room for the filter's arrow
		for _, row := range t.waiting {
			w = max(w, cellWidth(c.Kind, row[i]))
		}
		if err := t.stream.SetColWidth(i+1, i+1, clamp(w)); err != nil {
			return fmt.Errorf("xlsx: %w", err)
		}
	}
	if err := t.stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return fmt.Errorf("xlsx: %w", err)
	}
	for i, c := range t.columns {
		t.cells[i] = excelize.Cell{StyleID: t.styles.head, Value: clean(c.Title)}
	}
	if err := t.stream.SetRow("A1", t.cells, excelize.RowOpts{Height: 20}); err != nil {
		return fmt.Errorf("xlsx: %w", err)
	}
	for i, row := range t.waiting {
		if err := t.write(i+1, row); err != nil {
			return err
		}
	}
	t.waiting = nil
	return nil
}

func (t *table) write(n int, row []any) error {
	for i, v := range row {
		value, err := cell(t.columns[i], v)
		if err != nil {
			return err
		}
		t.cells[i] = nil
		if value != nil {
			t.cells[i] = excelize.Cell{StyleID: t.styles.of(t.columns[i].Kind), Value: value}
		}
	}
	at, err := excelize.CoordinatesToCellName(1, n+1)
	if err != nil {
		return fmt.Errorf("xlsx: %w", err)
	}
	if err := t.stream.SetRow(at, t.cells); err != nil {
		return fmt.Errorf("xlsx: %w", err)
	}
	return nil
}

// cell is the value as excelize takes it; nil leaves the cell empty.
func cell(c Column, v any) (any, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string:
		if c.Kind == Text {
			if v = clean(v); v == "" {
				return nil, nil
			}
			return v, nil
		}
	case time.Time:
		if v.IsZero() {
			return nil, nil
		}
		switch c.Kind {
		case Date:
			return math.Floor(serial(v)), nil
		case Time:
			return serial(v), nil
		}
	case int64:
		if c.Kind == Number {
			return v, nil
		}
	}
	return nil, fmt.Errorf("xlsx: column %q cannot hold a %T", c.Title, v)
}

// end closes the sheet with the filter over all rows.
func (t *table) end() error {
	if !t.begun {
		if err := t.begin(); err != nil {
			return err
		}
	}
	last, err := excelize.CoordinatesToCellName(len(t.columns), t.rows+1)
	if err != nil {
		return fmt.Errorf("xlsx: %w", err)
	}
	if err := t.file.AutoFilter(t.sheet, "A1:"+last, nil); err != nil {
		return fmt.Errorf("xlsx: %w", err)
	}
	if err := t.stream.Flush(); err != nil {
		return fmt.Errorf("xlsx: %w", err)
	}
	return nil
}

// clean takes out what XML cannot hold and what no reader sees, and keeps the
// text to what a cell holds.
func clean(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "")
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r < ' ' || r >= 0x7f && r < 0xa0 || r == 0xfffe || r == 0xffff:
			return -1
		}
		return r
	}, s)
	if len(s) <= maxCell { // no text has more UTF-16 units than bytes
		return s
	}
	units := 0
	for i, r := range s {
		if units += utf16.RuneLen(r); units > maxCell {
			return s[:i]
		}
	}
	return s
}

func cellWidth(k Kind, v any) float64 {
	switch v := v.(type) {
	case nil:
		return 0
	case string:
		return width(v)
	case time.Time:
		if k == Date {
			return width("2026-01-31")
		}
		return width("2026-01-31 09:30")
	default:
		return width(fmt.Sprint(v))
	}
}

// width is how many digits a text is as wide as: Chinese characters take two.
func width(s string) float64 {
	widest, w := 0.0, 0.0
	for _, r := range s {
		switch {
		case r == '\n':
			w = 0
		case r >= 0x2e80:
			w += 2.1
		default:
			w++
		}
		widest = max(widest, w)
	}
	return widest + 1.5
}

func clamp(w float64) float64 { return min(max(w, 8), 60) }
