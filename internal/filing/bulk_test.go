package filing_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/filing"
	"zhuce/internal/filing/filingtest"
	"zhuce/internal/pg"
)

// told is what became of each delivery: "new", "again" or the code of the refusal.
func told(out []filing.BulkOutcome) []string {
	words := make([]string, len(out))
	for i, o := range out {
		switch {
		case o.Refused != nil:
			words[i] = o.Refused.Code
		case o.Fresh:
			words[i] = "new"
		default:
			words[i] = "again"
		}
	}
	return words
}

func bulk(t *testing.T, w *filingtest.World, list ...filing.Delivery) []filing.BulkOutcome {
	t.Helper()
	out, err := w.Filings.DeliverAll(t.Context(), w.Person, list, false)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestBulk: each is judged as if it came alone after those before it.
func TestBulk(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	other := w.NewClerk(t, true)
	before, returned, elsewhere := w.Delivery(t, w.Clerk), w.Delivery(t, w.Clerk), w.Delivery(t, other)
	deliver(t, w, before)
	id := deliver(t, w, returned).ID
	open := deliver(t, w, elsewhere)
	if _, err := w.Filings.Return(t.Context(), w.Clerk, []uuid.UUID{id}, "缺页"); err != nil {
		t.Fatal(err)
	}
	change := func(d filing.Delivery, f func(*filing.Delivery)) filing.Delivery { f(&d); return d }
	fresh := w.Delivery(t, w.Clerk)
	list := []filing.Delivery{
		fresh,
		before,
		change(before, func(d *filing.Delivery) { d.Form.Person.School = "清华大学" }),
		change(returned, func(d *filing.Delivery) { d.DeliveryRef = "anew" }),
		change(w.Delivery(t, w.Clerk), func(d *filing.Delivery) { d.Form.Person, d.Personal = fresh.Form.Person, fresh.Personal }),
		change(w.Delivery(t, w.Clerk), func(d *filing.Delivery) { d.Form.Person, d.Personal = elsewhere.Form.Person, elsewhere.Personal }),
		change(w.Delivery(t, w.Clerk), func(d *filing.Delivery) { d.Papers = nil }),
		fresh,
		change(fresh, func(d *filing.Delivery) { d.DeliveryRef = "twice" }),
		w.Delivery(t, other),
	}
	want := []string{"new", "again", "exchange.delivery_ref_reused", "new", "filing.already_open", "filing.already_open", "filing.papers_missing",
		"again", "filing.cannot_be_delivered", "new"}
	rehearsed, err := w.Filings.DeliverAll(t.Context(), w.Person, list, true)
	if err != nil || !slices.Equal(told(rehearsed), want) {
		t.Errorf("rehearsed: %v, %v", told(rehearsed), err)
	}
	if n := count(t, w, `SELECT count(*) FROM filings`); n != 3 {
		t.Fatalf("the rehearsal kept %d filings", n-3)
	}
	out := bulk(t, w, list...)
	if !slices.Equal(told(out), want) {
		t.Errorf("told %v\nwanted %v", told(out), want)
	}
	if r := out[4].Refused.Details[0].Record; r.ID != out[0].Delivered.ID.String() || r.Label != out[0].Delivered.Reference {
		t.Errorf("the second of one person names %+v, wanted the first", r)
	}
	if r := out[5].Refused.Details[0].Record; r.ID != open.ID.String() {
		t.Errorf("another enterprise's filing is named as %+v", r)
	}
	if *out[7].Delivered != *out[0].Delivered || out[3].Delivered.Revision != 2 || out[3].Delivered.ID != id {
		t.Errorf("answers %+v, %+v", out[7].Delivered, out[3].Delivered)
	}
	if n := count(t, w, `SELECT count(*) FROM filing_history h JOIN filings f ON f.id = h.filing_id WHERE h.action = 'deliver' AND h.actor_name = f.person_name`); n != 6 {
		t.Errorf("%d deliveries stand in the timelines under the persons' names, wanted 6", n)
	}
	// Sent again: what was applied is so still, what was refused is judged anew.
	for i, word := range told(bulk(t, w, list...)) {
		if want[i] == "new" && word != "again" || want[i] != "new" && word != want[i] {
			t.Errorf("%d, sent again: %s", i, word)
		}
	}
	for _, n := range []int{0, filing.MaxBulk + 1} {
		_, err := w.Filings.DeliverAll(t.Context(), w.Person, make([]filing.Delivery, n), false)
		wantCode(t, err, "exchange.bulk_size")
	}
	for _, who := range []auth.Actor{w.Clerk, w.Province, w.Ministry} {
		_, err := w.Filings.DeliverAll(t.Context(), who, list, false)
		wantCode(t, err, "filing.wrong_party")
	}
}

// TestBulkRace: a delivery of one of the persons that is under way at the same moment
// costs that one its place and nobody else.
func TestBulkRace(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	other := w.NewClerk(t, true)
	list := []filing.Delivery{w.Delivery(t, w.Clerk), w.Delivery(t, w.Clerk), w.Delivery(t, w.Clerk)}
	rival := w.Delivery(t, other)
	rival.Form.Person, rival.Personal = list[1].Form.Person, list[1].Personal
	var out []filing.BulkOutcome
	var wg sync.WaitGroup
	if err := w.DB.InTx(t.Context(), func(tx pg.Tx) error {
		if err := filing.DeliverTx(tx, w.Filings, w.Person, rival); err != nil {
			return err
		}
		wg.Go(func() { out = bulk(t, w, list...) })
		waits(t, w) // it has judged all three as new, and waits at the index
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	if got := told(out); !slices.Equal(got, []string{"new", "filing.already_open", "new"}) {
		t.Errorf("told %v", got)
	}
	if n := count(t, w, `SELECT count(*) FROM filings`); n != 3 {
		t.Errorf("%d filings", n)
	}
}

// waits until some transaction waits for a lock.
func waits(t *testing.T, w *filingtest.World) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		if n := count(t, w, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`); n > 0 {
			return
		}
	}
	t.Error("nobody waits")
}

// TestBulksAtOnce: two bulks with the same persons in opposite orders, and the same
// bulk twice: nobody waits in a circle, nothing is lost and nothing is there twice.
func TestBulksAtOnce(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	clerks := []auth.Actor{w.Clerk, w.NewClerk(t, true)}
	const n = 40
	var one, two []filing.Delivery
	for i := range n {
		d := w.Delivery(t, clerks[i%2])
		one = append(one, d)
		rival := w.Delivery(t, clerks[(i+1)%2])
		rival.Form.Person, rival.Personal = d.Form.Person, d.Personal
		two = append(two, rival)
	}
	slices.Reverse(two)
	senders := [][]filing.Delivery{one, two, one, two}
	got := make([][]filing.BulkOutcome, len(senders))
	var wg sync.WaitGroup
	for i, list := range senders {
		wg.Go(func() {
			var err error
			if got[i], err = w.Filings.DeliverAll(t.Context(), w.Person, list, false); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	applied := 0
	for _, out := range got {
		for _, word := range told(out) {
			switch word {
			case "new":
				applied++
			case "again", "filing.already_open":
			default:
				t.Errorf("told %s", word)
			}
		}
	}
	if kept := count(t, w, `SELECT count(*) FROM filings`); applied != n || kept != n {
		t.Errorf("%d applied, %d kept, wanted %d", applied, kept, n)
	}
}

// TestBulkStatements: as many for one as for two hundred, of two enterprises, with
// files, new ones and redeliveries.
func TestBulkStatements(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	clerks := []auth.Actor{w.Clerk, w.NewClerk(t, true)}
	file := func(name string) *uuid.UUID {
		up, err := w.Attachments.Upload(t.Context(), w.Person, name, png())
		if err != nil {
			t.Fatal(err)
		}
		return &up.ID
	}
	var counts []string
	for _, n := range []int{1, 100} {
		var list, anew []filing.Delivery
		var ids [2][]uuid.UUID
		for i := range n {
			d := w.Delivery(t, clerks[i%2])
			d.Papers[0] = filing.DeliveredPaper{Kind: filing.ApplicationForm, AttachmentID: file(fmt.Sprintf("%d.png", i))}
			list = append(list, d)
		}
		first := w.Statements(func() {
			for i, o := range bulk(t, w, list...) {
				ids[i%2] = append(ids[i%2], o.Delivered.ID)
			}
		})
		for i, clerk := range clerks[:min(n, 2)] {
			if _, err := w.Filings.Return(t.Context(), clerk, ids[i], "缺页"); err != nil {
				t.Fatal(err)
			}
		}
		for _, d := range list {
			d.DeliveryRef += "-2"
			anew = append(anew, d, w.Delivery(t, w.Clerk))
		}
		both := w.Statements(func() {
			if words := told(bulk(t, w, anew...)); strings.Contains(strings.Join(words, " "), ".") {
				t.Errorf("refused: %v", words)
			}
		})
		counts = append(counts, fmt.Sprint(first, both))
	}
	if counts[0] != counts[1] {
		t.Errorf("statements for one: %s, for many: %s", counts[0], counts[1])
	}
	t.Log(counts)
}
