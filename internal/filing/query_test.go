package filing_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/filing"
	"zhuce/internal/filing/filingtest"
)

func TestListPagesEveryRowOnceInEveryOrder(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	ids := w.Deliver(t, w.Clerk, 9)
	w.Clock.Advance(time.Minute)
	ids = append(ids, w.Submitted(t, w.Clerk, 4)...)
	for _, sort := range filing.Sorts() {
		var seen []uuid.UUID
		cursor := ""
		for range 20 {
			p, err := w.Filings.List(t.Context(), w.Clerk, filing.Filter{}, sort, cursor, 4)
			if err != nil {
				t.Fatalf("%s: %v", sort, err)
			}
			if p.Total != int64(len(ids)) {
				t.Errorf("%s: total %d", sort, p.Total)
			}
			for _, f := range p.Items {
				if slices.Contains(seen, f.ID) {
					t.Errorf("%s: seen twice", sort)
				}
				seen = append(seen, f.ID)
			}
			if cursor = p.NextCursor; cursor == "" {
				break
			}
		}
		if len(seen) != len(ids) {
			t.Errorf("%s: %d of %d rows", sort, len(seen), len(ids))
		}
	}
}

func TestListFilters(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	d := w.Delivery(t, w.Clerk)
	d.Form.Person.Name = "欧阳%娜"
	target, _, err := w.Filings.Deliver(t.Context(), w.Person, d)
	if err != nil {
		t.Fatal(err)
	}
	others := w.Deliver(t, w.Clerk, 3)
	if _, err := w.Filings.Return(t.Context(), w.Clerk, others[:1], "不全"); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		f    filing.Filter
		want int
	}{
		"no filter leaves out returned": {filing.Filter{}, 3},
		"returned when asked for":       {filing.Filter{Statuses: []filing.Status{filing.Returned}}, 1},
		"part of the name":              {filing.Filter{Name: "阳%"}, 1},
		"a wildcard is a character":     {filing.Filter{Name: "_"}, 0},
		"ID number":                     {filing.Filter{IDNumber: d.Personal.IDNumber}, 1},
		"ID number in small letters":    {filing.Filter{IDNumber: " " + d.Personal.IDNumber}, 1},
		"part of an ID number":          {filing.Filter{IDNumber: d.Personal.IDNumber[:10]}, 0},
		"other track":                   {filing.Filter{Track: filing.Architect}, 0},
		"profession":                    {filing.Filter{Profession: "structural_1"}, 3},
		"other type":                    {filing.Filter{RegistrationType: filing.Renewal}, 0},
		"delivered today":               {filing.Filter{DeliveredFrom: filingtest.Start.Add(-time.Hour), DeliveredBefore: filingtest.Start.Add(time.Hour)}, 3},
		"delivered tomorrow":            {filing.Filter{DeliveredFrom: filingtest.Start.Add(time.Hour)}, 0},
		"submitted at all":              {filing.Filter{SubmittedFrom: filingtest.Start.Add(-time.Hour)}, 0},
	} {
		p, err := w.Filings.List(t.Context(), w.Clerk, tc.f, "", "", 50)
		if err != nil || len(p.Items) != tc.want || int(p.Total) != tc.want {
			t.Errorf("%s: %d rows, total %d, want %d (%v)", name, len(p.Items), p.Total, tc.want, err)
		}
	}
	p, err := w.Filings.List(t.Context(), w.Clerk, filing.Filter{IDNumber: d.Personal.IDNumber}, "", "", 5)
	if err != nil || p.Items[0].ID != target.ID {
		t.Errorf("found another: %v", err)
	}
	counts, err := w.Filings.Counts(t.Context(), w.Clerk, filing.Filter{})
	if err != nil || counts.ByStatus[filing.PendingSubmission] != 3 || counts.ByStatus[filing.Returned] != 1 {
		t.Errorf("counts: %v %v", counts, err)
	}
}

func TestCursorsThatAreNotOurs(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	w.Deliver(t, w.Clerk, 3)
	p, err := w.Filings.List(t.Context(), w.Clerk, filing.Filter{}, "-updated_at", "", 1)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Filings.List(t.Context(), w.Clerk, filing.Filter{}, "person_name", p.NextCursor, 1)
	wantCode(t, err, "request.cursor")
	for _, s := range []string{"x", "e30", "%%%", "eyJzIjoiLXVwZGF0ZWRfYXQiLCJrIjoiMjAyNiJ9"} {
		_, err = w.Filings.List(t.Context(), w.Clerk, filing.Filter{}, "-updated_at", s, 1)
		wantCode(t, err, "request.cursor")
	}
}
