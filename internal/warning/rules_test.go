package warning

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"zhuce/internal/filing"
	"zhuce/internal/label"
	"zhuce/internal/workday"
)

var update = flag.Bool("update", false, "write the golden files anew")

var usual = Horizon{Early: 180, Near: 90, Urgent: 30, KeepExpired: 365}

// behind are the filings that can stand behind a registration.
var behind = []struct {
	name string
	kind filing.RegistrationType
	at   filing.Status
	sent int // days before the end of the term on which it was first submitted; never = not yet
}{
	{"nothing", "", "", never},
	{"change under way", filing.Change, filing.MinistryAccepted, 60},
	{"deregistration under way", filing.Deregistration, filing.ProvincePending, 60},
	{"renewal delivered", filing.Renewal, filing.PendingSubmission, never},
	{"renewal submitted day 31", filing.Renewal, filing.ProvincePending, 31},
	{"renewal submitted day 30", filing.Renewal, filing.MinistryAccepted, 30},
	{"renewal submitted day 29", filing.Renewal, filing.Publicity, 29},
	{"renewal submitted day 31, to be corrected", filing.Renewal, filing.ProvinceCorrection, 31},
	{"renewal submitted day 31, corrected", filing.Renewal, filing.PendingSubmission, 31},
	{"renewal submitted day 29, to be corrected", filing.Renewal, filing.MinistryCorrection, 29},
	{"renewal submitted after the end", filing.Renewal, filing.ProvincePending, -1},
}

const never = -10_000

// TestMatrix prints the judgement of every situation on both tracks around each
// threshold. Read the diff of the golden file whenever a rule changes: it is the change.
func TestMatrix(t *testing.T) {
	t.Parallel()
	until := time.Date(2027, 3, 31, 0, 0, 0, 0, time.UTC)
	var b strings.Builder
	for _, track := range []filing.Track{filing.Architect, filing.Engineer} {
		for _, f := range behind {
			fmt.Fprintf(&b, "# %s, %s\n", track, f.name)
			for _, left := range []int{181, 180, 91, 90, 31, 30, 29, 0, -1, -365, -366} {
				facts := Facts{Track: track, ValidUntil: until, Today: until.AddDate(0, 0, -left)}
				if f.kind != "" {
					facts.Filing = &Filing{RegistrationType: f.kind, Status: f.at}
					if f.sent != never {
						if left > f.sent {
							continue // not submitted yet on that day
						}
						at := until.AddDate(0, 0, -f.sent)
						facts.Filing.FirstSubmittedAt = &at
					}
				}
				j, listed := usual.Judge(facts)
				if !listed {
					fmt.Fprintf(&b, "%4d | not listed\n", left)
					continue
				}
				reminds := ""
				if j.Reminds() {
					reminds = " | reminds"
				}
				fmt.Fprintf(&b, "%4d | %s | %s | %s | %v%s\n", left, label.TextOf(Levels, string(j.Level)).ZH,
					label.TextOf(Situations, string(j.Situation)).ZH, j.Step, j.Basis, reminds)
			}
		}
	}
	const golden = "testdata/warnings.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("the rules do not match %s; if the change is meant: go test ./internal/warning -run TestMatrix -update, and read the diff", golden)
	}
}

// Days are those of China: at 23:00 UTC the Chinese day has begun already.
func TestDaysAreChinese(t *testing.T) {
	t.Parallel()
	until := time.Date(2027, 3, 31, 0, 0, 0, 0, time.UTC)
	for at, want := range map[string]int{
		"2027-03-31T15:59:59Z": 0, "2027-03-31T16:00:00Z": -1, "2027-03-30T16:00:00Z": 0, "2027-03-30T15:59:59Z": 1,
	} {
		now, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if j, _ := usual.Judge(Facts{ValidUntil: until, Today: now}); j.DaysLeft != want {
			t.Errorf("%s: %d days left, want %d", at, j.DaysLeft, want)
		}
	}
	// Submitted a minute before midnight in China on the last day: in time.
	for at, want := range map[string]Situation{"2027-03-01T15:59:00Z": FiledInTime, "2027-03-01T16:01:00Z": FiledLate} {
		sent, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		j, _ := usual.Judge(Facts{ValidUntil: until, Today: sent, Filing: &Filing{RegistrationType: filing.Renewal, Status: filing.ProvincePending, FirstSubmittedAt: &sent}})
		if j.Situation != want || workday.Date(j.Deadline) != "2027-03-01" {
			t.Errorf("submitted %s: %s, deadline %s", at, j.Situation, workday.Date(j.Deadline))
		}
	}
}

// The spans that the list asks the database for are the levels, without a gap.
func TestSpansAreTheLevels(t *testing.T) {
	t.Parallel()
	for _, h := range []Horizon{usual, {Early: 3, Near: 2, Urgent: 1, KeepExpired: 0}} {
		for left := -h.KeepExpired - 2; left <= h.Early+2; left++ {
			level, listed := h.Level(left)
			for _, l := range Levels {
				from, to := h.span(Level(l.Value))
				if in := left >= from && left <= to; in != (listed && string(level) == l.Value) {
					t.Errorf("%+v: %d days left is %q, but the span of %s says %v", h, left, level, l.Value, in)
				}
			}
		}
	}
}
