package workday_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"zhuce/internal/workday"
)

func load(t *testing.T, dir string) *workday.Calendar {
	t.Helper()
	c, err := workday.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func day(date string) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, date, workday.China)
	if err != nil {
		panic(err)
	}
	return t
}

// TestPublishedYears compares whole years with the notices, written out here a
// second time: every weekday off, every weekend day worked, and the days worked
// in the year, month by month.
func TestPublishedYears(t *testing.T) {
	c := load(t, "")
	for _, y := range []struct {
		year     int
		source   string
		off      string // Monday to Friday, not worked
		worked   string // Saturday or Sunday, worked
		byMonths []int
		total    int
	}{
		{2024, "国办发明电〔2023〕7号",
			"01-01 02-12 02-13 02-14 02-15 02-16 04-04 04-05 05-01 05-02 05-03 06-10 09-16 09-17 10-01 10-02 10-03 10-04 10-07",
			"02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12",
			[]int{22, 18, 21, 22, 21, 19, 23, 22, 21, 19, 21, 22}, 251},
		{2025, "国办发明电〔2024〕12号",
			"01-01 01-28 01-29 01-30 01-31 02-03 02-04 04-04 05-01 05-02 05-05 06-02 10-01 10-02 10-03 10-06 10-07 10-08",
			"01-26 02-08 04-27 09-28 10-11",
			[]int{19, 19, 21, 22, 19, 20, 23, 21, 23, 18, 20, 23}, 248},
		{2026, "国办发明电〔2025〕7号",
			"01-01 01-02 02-16 02-17 02-18 02-19 02-20 02-23 04-06 05-01 05-04 05-05 06-19 09-25 10-01 10-02 10-05 10-06 10-07",
			"01-04 02-14 02-28 05-09 09-20 10-10",
			[]int{21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23}, 248},
	} {
		if !c.Official(y.year) || c.Source(y.year) != y.source {
			t.Errorf("%d comes from %q", y.year, c.Source(y.year))
		}
		var off, worked []string
		months, total := make([]int, 12), 0
		for d := time.Date(y.year, 1, 1, 0, 0, 0, 0, workday.China); d.Year() == y.year; d = d.AddDate(0, 0, 1) {
			weekend := d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
			switch is := c.IsWorkday(d); {
			case is && weekend:
				worked = append(worked, d.Format("01-02"))
			case !is && !weekend:
				off = append(off, d.Format("01-02"))
			}
			if c.IsWorkday(d) {
				total++
				months[d.Month()-1]++
			}
		}
		if got := strings.Join(off, " "); got != y.off {
			t.Errorf("%d: weekdays off\n got %s\nwant %s", y.year, got, y.off)
		}
		if got := strings.Join(worked, " "); got != y.worked {
			t.Errorf("%d: weekend days worked\n got %s\nwant %s", y.year, got, y.worked)
		}
		if total != y.total || !slices.Equal(months, y.byMonths) {
			t.Errorf("%d: %d working days, %v; want %d, %v", y.year, total, months, y.total, y.byMonths)
		}
		eve := time.Date(y.year-1, 12, 31, 12, 0, 0, 0, workday.China)
		if n := c.Between(eve, eve.AddDate(0, 0, 366)); y.year == 2024 && n != y.total {
			t.Errorf("Between counts %d days in 2024", n)
		}
	}
}

func TestCounting(t *testing.T) {
	c := load(t, "")
	for _, tc := range []struct {
		what string
		from string
		n    int
		ends string
	}{
		{"the day of the act is not counted", "2026-11-23", 1, "2026-11-24"},
		{"a weekend is skipped", "2026-11-27", 1, "2026-11-30"},
		{"begun on a day off, the first working day is the first", "2026-11-28", 1, "2026-11-30"},
		{"five days over the Spring Festival and its two make-up Saturdays", "2026-02-13", 5, "2026-02-27"},
		{"… the sixth is the make-up Saturday", "2026-02-13", 6, "2026-02-28"},
		{"twenty days over the National Day", "2025-09-26", 20, "2025-10-30"},
		{"none", "2026-10-03", 0, "2026-10-03"},
		{"backwards", "2026-10-08", -1, "2026-09-30"},
	} {
		ends := c.Add(day(tc.from), tc.n)
		if workday.Date(ends) != tc.ends {
			t.Errorf("%s: %d days from %s end on %s, want %s", tc.what, tc.n, tc.from, workday.Date(ends), tc.ends)
		}
		if tc.n > 0 {
			if n := c.Between(day(tc.from), ends); n != tc.n {
				t.Errorf("%s: Between counts %d", tc.what, n)
			}
		}
	}
	if got := workday.Date(c.OnOrAfter(day("2026-10-01"))); got != "2026-10-08" {
		t.Errorf("a period that ends on the National Day ends on %s", got)
	}
	// 23:59 UTC is the next day in China, and so is 16:00.
	if late := time.Date(2026, 11, 27, 16, 0, 0, 0, time.UTC); c.IsWorkday(late) || workday.Date(late) != "2026-11-28" {
		t.Error("a day does not begin at midnight in China")
	}
	if n := workday.Days(time.Date(2026, 11, 23, 15, 59, 0, 0, time.UTC), time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC)); n != 1 {
		t.Errorf("%d days over midnight in China", n)
	}
}

// TestUnpublishedYear: deadlines still run, and the calendar says that it guesses.
func TestUnpublishedYear(t *testing.T) {
	c := load(t, "")
	if c.Official(2027) || c.OfficialBetween(day("2026-12-30"), day("2027-01-05")) || !c.OfficialBetween(day("2026-01-01"), day("2025-12-31")) {
		t.Error("2027 was not published yet")
	}
	if !c.IsWorkday(day("2027-10-01")) || c.IsWorkday(day("2027-10-02")) {
		t.Error("a year without data has the days Monday to Friday")
	}
	dir := t.TempDir()
	write(t, dir, "2027.json", `{"year":2027,"source":"示例","holidays":[{"name":"国庆节","from":"2027-10-01","to":"2027-10-03"}],"workdays":["2027-10-09"]}`)
	write(t, dir, "2026.json", `{"year":2026,"source":"更正","holidays":[{"name":"元旦","from":"2026-01-01","to":"2026-01-01"}],"workdays":[]}`)
	write(t, dir, "README.txt", `not a year`)
	c = load(t, dir)
	if !c.Official(2027) || c.IsWorkday(day("2027-10-01")) || !c.IsWorkday(day("2027-10-09")) {
		t.Error("the folder's year was not taken")
	}
	if c.Source(2026) != "更正" || !c.IsWorkday(day("2026-10-01")) || c.IsWorkday(day("2026-10-10")) {
		t.Error("the folder's year does not replace the built-in one whole")
	}
}

func TestBrokenFilesAreRefused(t *testing.T) {
	good := `{"year":2027,"source":"s","holidays":[{"name":"n","from":"2027-10-01","to":"2027-10-03"}],"workdays":["2027-10-09"]}`
	for what, change := range map[string][2]string{
		"another year than its name": {`"year":2027`, `"year":2028`},
		"no source":                  {`"source":"s"`, `"source":""`},
		"a misspelt field":           {`"workdays"`, `"work_days"`},
		"a day that is none":         {`2027-10-01`, `2027-02-30`},
		"an end before its start":    {`"to":"2027-10-03"`, `"to":"2027-09-30"`},
		"a day of another year":      {`2027-10-09`, `2026-10-10`},
		"a make-up day in the week":  {`2027-10-09`, `2027-10-08`},
		"a day off and worked":       {`2027-10-09`, `2027-10-02`},
		"broken JSON":                {`}]`, `]`},
	} {
		dir := t.TempDir()
		write(t, dir, "2027.json", strings.Replace(good, change[0], change[1], 1))
		if _, err := workday.Load(dir); err == nil || !strings.Contains(err.Error(), "2027.json") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := workday.Load(filepath.Join(t.TempDir(), "nowhere")); err == nil {
		t.Error("a folder that is not there")
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestLaws holds what must be true of any calendar, whatever its days.
func TestLaws(t *testing.T) {
	c := load(t, "")
	rapid.Check(t, func(t *rapid.T) {
		hours := rapid.IntRange(0, 4*365*24)
		from := day("2024-01-01").Add(time.Duration(hours.Draw(t, "from")) * time.Hour)
		to := day("2024-01-01").Add(time.Duration(hours.Draw(t, "to")) * time.Hour)
		n, m := rapid.IntRange(1, 60).Draw(t, "n"), rapid.IntRange(1, 60).Draw(t, "m")

		ends := c.Add(from, n)
		if !c.IsWorkday(ends) {
			t.Fatalf("a period ends on %s, a day off", workday.Date(ends))
		}
		if got := c.Between(from, ends); got != n {
			t.Fatalf("Between(d, Add(d, %d)) = %d", n, got)
		}
		if got := c.Add(ends, m); !got.Equal(c.Add(from, n+m)) {
			t.Fatalf("%d and then %d days are not %d", n, m, n+m)
		}
		if got := c.Add(ends, -n); c.IsWorkday(from) && !got.Equal(workday.Day(from)) {
			t.Fatalf("%d days there and back end on %s", n, workday.Date(got))
		}
		if a, b := c.Between(from, to), c.Between(to, from); a != -b {
			t.Fatalf("%d there, %d back", a, b)
		}
		if mid := c.Add(from, n); c.Between(from, mid)+c.Between(mid, to) != c.Between(from, to) {
			t.Fatal("two parts are not the whole")
		}
		if a, b := c.Between(from, to), workday.Days(from, to); a > 0 && a > b || a < 0 && a < b {
			t.Fatalf("%d working days in %d", a, b)
		}
		if next := c.OnOrAfter(to); !c.IsWorkday(next) || next.Before(workday.Day(to)) || !next.Equal(workday.Day(to)) && c.Between(to, next) != 1 {
			t.Fatalf("OnOrAfter(%s) = %s", workday.Date(to), workday.Date(next))
		}
	})
}
