package registrant

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

var update = flag.Bool("update", false, "write the golden files anew")

var (
	everyAct = []Act{Register, Renew, Change, Correct, Deregister}
	noon     = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)
	ours     = uuid.MustParse("00000000-0000-7000-8000-000000000001")
	theirs   = uuid.MustParse("00000000-0000-7000-8000-000000000002")
)

func on(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

// approval is one of a structural engineer, with all numbers that any act needs.
func approval(do Act) Approval {
	a := Approval{FilingID: uuid.MustParse("00000000-0000-7000-8000-0000000000f1"), EnterpriseID: ours, EnterpriseCode: "1100321", Act: do,
		Track: "engineer", Profession: "structural_1", Prefix: "S", Person: Person{Name: "李明"}}
	if do != Register {
		a.OnForm = Terms{"S181100001", "3200005-S007", on("2027-09-30")}
	}
	switch do {
	case Register:
		a.Given = Given{CertificateNumber: "S261100002", SealNumber: "1100321-S001"}
	case Change:
		a.Given = Given{SealNumber: "1100321-S001"}
	}
	return a
}

// row is the register's row in a state; nil for none.
func row(s state, until string) *Registration {
	r := &Registration{ID: uuid.MustParse("00000000-0000-7000-8000-0000000000a1"), EnterpriseID: ours, Track: "engineer", Profession: "structural_1",
		PersonName: "李明", CertificateNumber: "S181100001", SealNumber: "3200005-S007", ValidFrom: on(until).AddDate(-3, 0, 1), ValidUntil: on(until), Status: Valid, Version: 1}
	switch s {
	case absent:
		return nil
	case elsewhere, expiredElsewhere:
		r.EnterpriseID = theirs
	case ended:
		r.Status, r.EndedAt = Deregistered, &noon
	}
	return r
}

func until(s state) string {
	if s == expiredHere || s == expiredElsewhere {
		return "2026-11-22" // yesterday
	}
	return "2027-09-30"
}

// TestMatrix prints what every registration type does to every state of the
// register. Read the diff of the golden file whenever a rule changes.
func TestMatrix(t *testing.T) {
	var b strings.Builder
	print := func(name string, do Act, found *Registration, a Approval) {
		after, note, objections := Apply(found, a, noon)
		fmt.Fprintf(&b, "%s | %s | ", do, name)
		if len(objections) > 0 {
			for i, o := range objections {
				if i > 0 {
					b.WriteString(", ")
				}
				fmt.Fprintf(&b, "✗ %s %s", o.Why.Def.Code, o.Field)
			}
			b.WriteString("\n")
			return
		}
		fmt.Fprintf(&b, "%s %s..%s %s %s v%d %s\n", after.Status, after.ValidFrom.Format(time.DateOnly), after.ValidUntil.Format(time.DateOnly),
			after.CertificateNumber, after.SealNumber, after.Version, note)
	}
	for _, do := range everyAct {
		for _, s := range everyState {
			if n := 0; true {
				for _, r := range rules {
					for _, from := range r.from {
						if r.do == do && from == s {
							n++
						}
					}
				}
				if n != 1 {
					t.Errorf("%d rows for %s from %s", n, do, s)
				}
			}
			print(string(s), do, row(s, until(s)), approval(do))
		}
	}
	for _, last := range []string{"2026-11-23", "2027-05-23", "2027-05-24"} { // today, six months, a day more
		for _, do := range []Act{Renew, Change} {
			s := here
			if do == Change {
				s = elsewhere
			}
			print(string(s)+" until "+last, do, row(s, last), approval(do))
		}
	}
	for _, do := range everyAct {
		a := approval(do)
		a.Given = Given{}
		print("nothing given, here", do, row(map[bool]state{true: elsewhere, false: here}[do == Change], "2027-09-30"), a)
		if do != Register {
			print("nothing given, not known", do, nil, a)
		}
	}
	architect := approval(Register)
	architect.Track, architect.Prefix, architect.Given = "architect", "", Given{CertificateNumber: "261100003", SealNumber: "1100321-001"}
	print("architect", Register, nil, architect)
	for _, g := range []Given{
		{CertificateNumber: "AY261100002", SealNumber: "1100321-AY001"}, {CertificateNumber: "S26110000", SealNumber: "110032-S001"},
		{CertificateNumber: "S261100002", SealNumber: "3200005-S001"}, {CertificateNumber: "S261100002", SealNumber: "1100321-S001", ValidFrom: "2026-12-01"},
		{CertificateNumber: "S261100002", SealNumber: "1100321-S001", ValidUntil: "2028-01-31"}, {CertificateNumber: "S261100002", SealNumber: "1100321-S001", ValidUntil: "2026-11-22"},
		{CertificateNumber: "S261100002", SealNumber: "1100321-S001", ValidFrom: "2020-01-01", ValidUntil: "2022-12-31"}, {CertificateNumber: "S261100002", SealNumber: "1100321-S001", ValidUntil: "2026-02-30"},
	} {
		a := approval(Register)
		a.Given = g
		print(fmt.Sprintf("given %s", strings.TrimSpace(strings.Join([]string{g.CertificateNumber, g.SealNumber, g.ValidFrom + ".." + g.ValidUntil}, " "))), Register, nil, a)
	}
	const golden = "testdata/register.golden"
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
		t.Errorf("the rules do not match %s; if the change is meant: go test ./internal/registrant -run TestMatrix -update, and read the diff\n%s", golden, b.String())
	}
}

// TestTerms: the rule in force on the day, none before the first.
func TestTerms(t *testing.T) {
	for _, c := range []struct {
		track, day string
		want       int
	}{{"architect", "2026-11-23", 24}, {"engineer", "2026-11-23", 36}, {"engineer", "2005-04-01", 36}, {"engineer", "2005-03-31", 0}} {
		if got := months(c.track, on(c.day)); got != c.want {
			t.Errorf("%s on %s: %d months, wanted %d", c.track, c.day, got, c.want)
		}
	}
}

// TestOn: a registration is valid through its last day in China.
func TestOn(t *testing.T) {
	r := Registration{Status: Valid, ValidUntil: on("2026-11-23")}
	if got := r.On(Today(time.Date(2026, 11, 23, 15, 59, 59, 0, time.UTC))); got != Valid {
		t.Errorf("on its last day: %s", got)
	}
	if got := r.On(Today(time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC))); got != Expired {
		t.Errorf("a second later: %s", got)
	}
	r.Status = Deregistered
	if got := r.On(on("2027-01-01")); got != Deregistered {
		t.Errorf("ended: %s", got)
	}
}
