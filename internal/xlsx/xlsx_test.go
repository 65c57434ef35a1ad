package xlsx

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

var china = time.FixedZone("", 8*60*60)

var columns = []Column{{"姓名", Text}, {"有效期至", Date}, {"上报时间", Time}, {"报送次数", Number}}

func book(t *testing.T) Book {
	t.Helper()
	return Book{Sheet: "注册人员", Columns: columns, About: "说明", Dir: t.TempDir(),
		Lines: func(n int) []Line { return []Line{{"行数", string(rune('0' + n))}, {"查询条件", "=全部"}} }}
}

func all(rows ...[]any) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// written writes and reads back.
func written(t *testing.T, b Book, rows iter.Seq2[[]any, error]) *excelize.File {
	t.Helper()
	var out bytes.Buffer
	if _, err := Write(t.Context(), &out, b, rows); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func TestWhatIsReadIsWhatWasWritten(t *testing.T) {
	t.Parallel()
	f := written(t, book(t), all(
		[]any{"欧阳 静", time.Date(2027, 2, 28, 23, 0, 0, 0, china), time.Date(2026, 11, 23, 9, 30, 0, 0, china), int64(2)},
		[]any{"Ann <&> \"B\"", nil, time.Time{}, nil}))
	got, err := f.GetRows("注册人员")
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"姓名", "有效期至", "上报时间", "报送次数"}, {"欧阳 静", "2027-02-28", "2026-11-23 09:30", "2"}, {"Ann <&> \"B\""}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	// Real dates: a number under a date format, so that Excel sorts and filters by it.
	for at, want := range map[string]string{"B2": "46446", "C2": "46349.3958333333", "D2": "2"} {
		raw, err := f.GetCellValue("注册人员", at, excelize.Options{RawCellValue: true})
		kind, _ := f.GetCellType("注册人员", at)
		if err != nil || !strings.HasPrefix(raw, want) || kind != excelize.CellTypeNumber && kind != excelize.CellTypeUnset {
			t.Errorf("%s holds %q of type %v, wanted %s: %v", at, raw, kind, want, err)
		}
	}
	about, err := f.GetRows("说明")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([][]string{{"行数", "2"}, {"查询条件", "=全部"}}, about); d != "" {
		t.Error(d)
	}
}

func TestHeaderIsFrozenAndFiltered(t *testing.T) {
	t.Parallel()
	f := written(t, book(t), all([]any{"李明", nil, nil, nil}))
	panes, err := f.GetPanes("注册人员")
	if err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("panes %+v %v", panes, err)
	}
	names := f.GetDefinedName()
	if len(names) != 1 || names[0].RefersTo != "'注册人员'!$A$1:$D$2" && names[0].RefersTo != "注册人员!$A$1:$D$2" {
		t.Errorf("filter %+v", names)
	}
}

func TestNoRowsIsASheetAllTheSame(t *testing.T) {
	t.Parallel()
	rows, err := written(t, book(t), all()).GetRows("注册人员")
	if err != nil || len(rows) != 1 {
		t.Errorf("%v %v", rows, err)
	}
}

// A cell that looks like a formula is text, and stays text when it is edited.
func TestTextIsNeverAFormula(t *testing.T) {
	t.Parallel()
	texts := []string{`=1+1`, `=HYPERLINK("http://evil.example","x")`, `+86 138`, `-1`, `@SUM(A1)`, "\t=1+1", "00123", "1e5", "2026-01-01", "TRUE", "_x0041_", " 空格 "}
	rows := make([][]any, len(texts))
	for i, s := range texts {
		rows[i] = []any{s, nil, nil, nil}
	}
	f := written(t, book(t), all(rows...))
	for i, want := range texts {
		at, _ := excelize.CoordinatesToCellName(1, i+2)
		value, err := f.GetCellValue("注册人员", at)
		formula, _ := f.GetCellFormula("注册人员", at)
		kind, _ := f.GetCellType("注册人员", at)
		if err != nil || value != want || formula != "" || kind != excelize.CellTypeInlineString {
			t.Errorf("%q is read as %q, formula %q, type %v %v", want, value, formula, kind, err)
		}
		style, _ := f.GetCellStyle("注册人员", at)
		if s, err := f.GetStyle(style); err != nil || s.NumFmt != 49 {
			t.Errorf("%q is not under the text format: %+v %v", want, s, err)
		}
	}
}

func TestCleanText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"a\x00b\x1bc\x7f": "abc", "甲\n乙\t丙": "甲\n乙\t丙", "bad\xff": "bad", "\ufffe": ""} {
		if got := clean(in); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
	for _, long := range []string{strings.Repeat("甲", maxCell+1), strings.Repeat("😀", maxCell), strings.Repeat("a", maxCell+7)} {
		if n := len(utf16.Encode([]rune(clean(long)))); n > maxCell || n < maxCell-1 {
			t.Errorf("%d units are left", n)
		}
	}
}

func TestWidthsFitChinese(t *testing.T) {
	t.Parallel()
	f := written(t, book(t), all([]any{"新疆维吾尔自治区建筑设计研究院有限公司", nil, nil, nil}, []any{"短", nil, nil, nil}))
	w, err := f.GetColWidth("注册人员", "A")
	if err != nil || w < 38 || w > 60 {
		t.Errorf("width %v %v", w, err)
	}
	if w, err := f.GetColWidth("注册人员", "B"); err != nil || w < 10 {
		t.Errorf("width of a date %v %v", w, err)
	}
}

func TestARowOfTheWrongShapeIsAFault(t *testing.T) {
	t.Parallel()
	for _, row := range [][]any{{"one"}, {1, nil, nil, nil}, {"a", "2026-01-01", nil, nil}, {"a", nil, nil, "3"}} {
		if _, err := Write(t.Context(), io.Discard, book(t), all(row)); err == nil {
			t.Errorf("%v was taken", row)
		}
	}
}

// many are rows enough for excelize to go to the disk.
func many(n int, each func(i int)) iter.Seq2[[]any, error] {
	long := strings.Repeat("注册", 100)
	return func(yield func([]any, error) bool) {
		for i := range n {
			each(i)
			if !yield([]any{long, time.Date(2026, 1, 1, 0, 0, 0, 0, china), nil, int64(i)}, nil) {
				return
			}
		}
	}
}

func TestNothingHasANameOnDisk(t *testing.T) {
	t.Parallel()
	b := book(t)
	spilled := 0
	n, err := Write(t.Context(), io.Discard, b, many(60_000, func(i int) {
		if i%stride == stride-1 { // just before the names are taken away
			found, _ := filepath.Glob(filepath.Join(b.Dir, "*"))
			spilled += len(found)
		}
		if i%stride == 1 {
			if found, _ := filepath.Glob(filepath.Join(b.Dir, "*")); len(found) > 0 {
				t.Fatalf("row %d: %v", i, found)
			}
		}
	}))
	if err != nil || n != 60_000 || spilled == 0 {
		t.Fatalf("%d rows, %d times on disk: %v", n, spilled, err)
	}
}

func TestItEndsWhenAsked(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	seen := 0
	_, err := Write(ctx, io.Discard, book(t), many(100_000, func(i int) {
		if seen = i; i == 1000 {
			cancel()
		}
	}))
	if !errors.Is(err, context.Canceled) || seen > 1000+stride {
		t.Errorf("ended at row %d with %v", seen, err)
	}
	broken := errors.New("broken")
	if _, err := Write(t.Context(), io.Discard, book(t), func(yield func([]any, error) bool) { yield(nil, broken) }); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	if _, err := Write(t.Context(), full{}, book(t), many(1, func(int) {})); !errors.Is(err, errFull) {
		t.Errorf("%v", err)
	}
}

var errFull = errors.New("no space left on device")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

// go test ./internal/xlsx -run - -bench . -benchmem
func BenchmarkWrite(b *testing.B) {
	columns := make([]Column, 12)
	row := make([]any, 12)
	for i := range columns {
		columns[i], row[i] = Column{"列", Kind(i % 4)}, []any{"一级注册结构工程师", time.Date(2026, 1, 1, 0, 0, 0, 0, china), time.Date(2026, 1, 1, 9, 0, 0, 0, china), int64(7)}[i%4]
	}
	for b.Loop() {
		n, err := Write(b.Context(), io.Discard, Book{Sheet: "a", Columns: columns, Dir: b.TempDir()}, func(yield func([]any, error) bool) {
			for range 100_000 {
				if !yield(row, nil) {
					return
				}
			}
		})
		if err != nil || n != 100_000 {
			b.Fatal(n, err)
		}
	}
}
