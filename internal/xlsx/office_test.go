package xlsx

import (
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Another program than the one that wrote it opens the file and reads the same
// in it. LibreOffice refuses what it would have to repair when nobody is there
// to be asked. `devstack office` installs it where it may.
func TestLibreOfficeReadsTheSame(t *testing.T) {
	t.Parallel()
	office := os.Getenv("ZHUCE_OFFICE")
	if office == "" {
		office, _ = exec.LookPath("soffice")
	}
	if office == "" {
		t.Skip("LibreOffice is not installed; `go run ./cmd/devstack office` does it where it may")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "table.xlsx")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = out.Close() }()
	texts := []string{"欧阳静", "=1+1", "+86 138", "-1", "@SUM(A1)", "00123", "110101199003071237", "甲\n乙", `"quoted", with a comma`, "<b>&amp;", "\x00a\x1b", "😀"}
	want := [][]string{{"姓名", "有效期至", "上报时间", "报送次数"}}
	rows := func(yield func([]any, error) bool) {
		for i := range 5_000 {
			day := time.Date(2026, 1, 1, 23, 59, 0, 0, china).AddDate(0, 0, i)
			text := texts[i%len(texts)]
			// LibreOffice writes a time into csv with its seconds.
			want = append(want, []string{clean(text), day.Format(time.DateOnly), day.Format(time.DateTime), fmt.Sprint(i)})
			if !yield([]any{text, day, day, int64(i)}, nil) {
				return
			}
		}
	}
	if _, err := Write(t.Context(), out, book(t), rows); err != nil {
		t.Fatal(err)
	}
	// 44,34,76: commas, double quotes, UTF-8; then: cells as they are shown, formulas not evaluated to text; -1: each sheet to a file of its own.
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, office, "-env:UserInstallation=file://"+filepath.Join(dir, "profile"), "--headless", "--norestore",
		"--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1", "--outdir", dir, path)
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	if d := cmp.Diff(want, readCSV(t, filepath.Join(dir, "table-注册人员.csv"))); d != "" {
		t.Error(d)
	}
	if about := readCSV(t, filepath.Join(dir, "table-说明.csv")); len(about) != 2 || about[1][1] != "=全部" {
		t.Errorf("about: %q", about)
	}
}

func readCSV(t *testing.T, path string) [][]string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(b))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}
