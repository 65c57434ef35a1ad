package registrant_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/filing"
	"zhuce/internal/filing/filingtest"
	"zhuce/internal/idno"
	"zhuce/internal/pg"
	"zhuce/internal/registrant"
)

// filed delivers a filing of a type for the person of d to the clerk's enterprise.
func filed(t *testing.T, w *filingtest.World, clerk auth.Actor, person filing.Delivery, typ filing.RegistrationType, held registrant.Registration) uuid.UUID {
	t.Helper()
	d := w.Delivery(t, clerk)
	d.RegistrationType, d.Form.Person, d.Personal = typ, person.Form.Person, person.Personal
	if typ != filing.Initial {
		d.Form.Qualification = filing.Qualification{}
		d.Form.Registration = &filing.Registration{CertificateNumber: held.CertificateNumber, SealNumber: held.SealNumber, ValidUntil: held.ValidUntil.Format(time.DateOnly)}
		d.Form.ContinuingEducation = filing.ContinuingEducation{RequiredHours: 60, ElectiveHours: 60}
		d.Form.Statement = "申请办理"
		now := w.Clock.Now()
		d.Form.Employment.ContractFrom, d.Form.Employment.ContractTo = now.AddDate(0, -1, 0).Format(time.DateOnly), now.AddDate(3, 0, 0).Format(time.DateOnly)
	}
	for _, kind := range filing.PaperKinds {
		if !slices.ContainsFunc(d.Papers, func(p filing.DeliveredPaper) bool { return p.Kind == filing.PaperKind(kind.Value) }) {
			d.Papers = append(d.Papers, filing.DeliveredPaper{Kind: filing.PaperKind(kind.Value), Shared: true, SharedSource: "电子证照库"})
		}
	}
	done, _, err := w.Filings.Deliver(t.Context(), w.Person, d)
	if err != nil {
		t.Fatal(err)
	}
	return done.ID
}

// registered puts a person of its own onto the register.
func registered(t *testing.T, w *filingtest.World, clerk auth.Actor) (filing.Delivery, registrant.Registration) {
	t.Helper()
	d := w.Delivery(t, clerk)
	done, _, err := w.Filings.Deliver(t.Context(), w.Person, d)
	if err != nil {
		t.Fatal(err)
	}
	return d, w.Approved(t, clerk, done.ID).Registers[0]
}

func number(t *testing.T, w *filingtest.World, sql string, args ...any) (n int) {
	t.Helper()
	if err := w.DB.Read(t.Context()).Raw(sql, args...).Scan(&n).Error; err != nil {
		t.Fatal(err)
	}
	return n
}

func get(t *testing.T, w *filingtest.World, clerk auth.Actor, id uuid.UUID) registrant.Detail {
	t.Helper()
	d, err := w.Registrants.Get(t.Context(), clerk, id)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// A registration's life: registered, moved, renewed, corrected, ended – one row, one
// line of history for each, and the same person's number under it all the time.
func TestLife(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	old := w.Clerk
	fresh := w.NewClerk(t, true)
	person, r := registered(t, w, old)

	// Moved: the new enterprise has it, the old one is told and has it no more.
	id := filed(t, w, fresh, person, filing.Change, r)
	moved := w.Approved(t, fresh, id).Registers[0]
	if moved.ID != r.ID || moved.EnterpriseID != fresh.EnterpriseID || moved.CertificateNumber != r.CertificateNumber || moved.SealNumber == r.SealNumber ||
		!moved.ValidUntil.Equal(r.ValidUntil) {
		t.Errorf("moved: %+v\nfrom %+v", moved, r)
	}
	if _, err := w.Registrants.Get(t.Context(), old, r.ID); !registrant.ErrNotFound.Is(err) {
		t.Errorf("the old enterprise still has it: %v", err)
	}
	if n := number(t, w, `SELECT count(*) FROM messages WHERE enterprise_id = ? AND code = 'registrant.moved' AND params->'people'->>'zh' = ?`, old.EnterpriseID, person.Form.Person.Name); n != 1 {
		t.Errorf("the old enterprise was told %d times", n)
	}
	// Renewed, three months before the end.
	w.Clock.Advance(r.ValidUntil.AddDate(0, -3, 0).Sub(w.Clock.Now()))
	id = filed(t, w, fresh, person, filing.Renewal, moved)
	renewed := w.Approved(t, fresh, id).Registers[0]
	if want := r.ValidUntil.AddDate(3, 0, 0); !renewed.ValidUntil.Equal(want) || !renewed.ValidFrom.Equal(r.ValidFrom) {
		t.Errorf("renewed until %s, wanted %s", renewed.ValidUntil, want)
	}
	// Corrected: another name, and another ID number: found by the certificate.
	person.Form.Person.Name = "李铭"
	born, _ := time.Parse(time.DateOnly, person.Form.Person.BirthDate)
	person.Personal.IDNumber = idno.MakeResidentID("310101", born, 777)
	id = filed(t, w, fresh, person, filing.Correction, renewed)
	corrected := w.Approved(t, fresh, id).Registers[0]
	if corrected.ID != r.ID || corrected.PersonName != "李铭" || !corrected.ValidUntil.Equal(renewed.ValidUntil) {
		t.Errorf("corrected: %+v", corrected)
	}
	if p, err := w.Registrants.Reveal(t.Context(), fresh, r.ID, "核对"); err != nil || p.IDNumber != person.Personal.IDNumber {
		t.Errorf("revealed %v, %v", p, err)
	}
	found, err := w.Registrants.List(t.Context(), fresh, registrant.Filter{IDNumber: person.Personal.IDNumber}, "", "", 10)
	if err != nil || found.Total != 1 {
		t.Errorf("by the new number: %d, %v", found.Total, err)
	}
	// Ended.
	id = filed(t, w, fresh, person, filing.Deregistration, corrected)
	w.Approved(t, fresh, id)
	d := get(t, w, fresh, r.ID)
	if d.Status != registrant.Deregistered || d.EndedAt == nil || len(d.History) != 5 || d.Version != 5 {
		t.Errorf("ended: %+v", d)
	}
	var acts []string
	for _, e := range d.History {
		acts = append(acts, string(e.Action))
	}
	if got := fmt.Sprint(acts); got != "[deregistration correction renewal change initial]" {
		t.Errorf("history %s", got)
	}
	if n := number(t, w, `SELECT count(*) FROM outbox WHERE subject_type = 'registrant' AND subject_id = ?`, r.ID); n != 5 {
		t.Errorf("%d events", n)
	}
	// Registered again, as a new row.
	id = filed(t, w, old, person, filing.Initial, registrant.Registration{})
	if again := w.Approved(t, old, id).Registers[0]; again.ID == r.ID || again.Version != 1 {
		t.Errorf("again: %+v", again)
	}
}

// A person registered before the system: the row is made from the form.
func TestAdopted(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	held := registrant.Registration{CertificateNumber: "S181112345", SealNumber: "1100321-S007", ValidUntil: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)}
	id := filed(t, w, w.Clerk, w.Delivery(t, w.Clerk), filing.Renewal, held)
	r := w.Approved(t, w.Clerk, id).Registers[0]
	d := get(t, w, w.Clerk, r.ID)
	if r.CertificateNumber != held.CertificateNumber || r.SealNumber != held.SealNumber || r.ValidUntil.Format(time.DateOnly) != "2030-01-31" ||
		d.History[0].Note != registrant.NoteAdopted {
		t.Errorf("adopted %+v", d)
	}
}

// What the register refuses names the registration in the way, and nothing is written.
func TestInTheWay(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	other := w.NewClerk(t, true)
	person, r := registered(t, w, w.Clerk)

	cases := []struct {
		name  string
		clerk auth.Actor
		typ   filing.RegistrationType
		code  string
	}{
		{"registered already", w.Clerk, filing.Initial, "registrant.already_registered"},
		{"registered elsewhere", other, filing.Initial, "registrant.already_registered"},
		{"renewal at another enterprise", other, filing.Renewal, "registrant.at_another_enterprise"},
		{"correction at another enterprise", other, filing.Correction, "registrant.at_another_enterprise"},
		{"deregistration at another enterprise", other, filing.Deregistration, "registrant.at_another_enterprise"},
		{"change to the same enterprise", w.Clerk, filing.Change, "registrant.at_this_enterprise"},
	}
	for _, c := range cases {
		id := filed(t, w, c.clerk, person, c.typ, r)
		w.Accepted(t, c.clerk, id)
		_, _, err := w.Filings.Decide(t.Context(), w.Ministry, filingtest.DecisionOn(t, w.DB, filing.Approve, "", id))
		var e *errs.Error
		if !errors.As(err, &e) || len(e.Details) != 1 || e.Details[0].Code != c.code || e.Details[0].Record.Type != "registrant" || e.Details[0].Record.ID != r.ID.String() || e.Details[0].Pointer != "/items/0" {
			t.Errorf("%s: %+v", c.name, err)
		}
		w.Decide(t, w.Ministry, filing.Deny, "不符合条件", id)
	}
	if n := number(t, w, `SELECT count(*) FROM registrant_history`); n != 1 {
		t.Errorf("%d lines of history", n)
	}

	// A number that somebody has, and one that is given twice.
	ids := w.Deliver(t, w.Clerk, 2)
	w.Accepted(t, w.Clerk, ids...)
	d := filingtest.DecisionOn(t, w.DB, filing.Approve, "", ids...)
	d.Items[0].CertificateNumber, d.Items[1].SealNumber = r.CertificateNumber, d.Items[0].SealNumber
	_, _, err := w.Filings.Decide(t.Context(), w.Ministry, d)
	var got []string
	var refused *errs.Error
	if !errors.As(err, &refused) {
		t.Fatalf("not refused: %v", err)
	}
	for _, x := range refused.Details {
		got = append(got, x.Pointer+" "+x.Code)
	}
	if fmt.Sprint(got) != "[/items/0/certificate_number registrant.certificate_number_taken /items/1/seal_number registrant.seal_number_taken]" {
		t.Errorf("refused %v", got)
	}
}

// The seal begins with the enterprise's own code where its certificates tell it.
func TestSealOfTheEnterprise(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	if err := w.DB.Read(t.Context()).Exec(`UPDATE enterprises SET basic = jsonb_set(basic, '{qualifications}', '[{"certificate_number": "A111003218"}]') WHERE id = ?`, w.Clerk.EnterpriseID).Error; err != nil {
		t.Fatal(err)
	}
	id := w.Deliver(t, w.Clerk, 1)[0]
	w.Accepted(t, w.Clerk, id)
	d := filing.DecisionOn(filing.Approve, "", id)
	d.Items[0].CertificateNumber, d.Items[0].SealNumber = "S261199999", "3200005-S001"
	_, _, err := w.Filings.Decide(t.Context(), w.Ministry, d)
	var e *errs.Error
	if !errors.As(err, &e) || e.Details[0].Code != "registrant.seal_of_another_enterprise" || e.Details[0].Params["code"] != "1100321" {
		t.Errorf("another's code: %v", err)
	}
	d.Items[0].SealNumber = "1100321-S001"
	if _, _, err := w.Filings.Decide(t.Context(), w.Ministry, d); err != nil {
		t.Error(err)
	}
}

// Two approvals of one person at the same moment: one wins, the other is refused
// and leaves nothing behind.
func TestTwoApprovalsAtOnce(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	for range 5 {
		id := w.Deliver(t, w.Clerk, 1)[0]
		w.Accepted(t, w.Clerk, id)
		decisions := []filing.Decision{filingtest.DecisionOn(t, w.DB, filing.Approve, "", id), filingtest.DecisionOn(t, w.DB, filing.Approve, "", id)}
		var won, refused atomic.Int32
		var wg sync.WaitGroup
		for i, d := range decisions {
			d.Ref = fmt.Sprintf("race-%d-%s", i, id)
			wg.Go(func() {
				_, fresh, err := w.Filings.Decide(context.Background(), w.Ministry, d)
				switch {
				case err == nil && fresh:
					won.Add(1)
				case filing.ErrBatch.Is(err):
					refused.Add(1)
				default:
					t.Errorf("fresh %v, %v", fresh, err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 || refused.Load() != 1 {
			t.Errorf("%d won, %d were refused", won.Load(), refused.Load())
		}
		if n := number(t, w, `SELECT count(*) FROM registrants WHERE source_filing_id = ?`, id); n != 1 {
			t.Errorf("%d registrations", n)
		}
	}
}

// The same decision from two connections at once is applied once, and both get
// the same answer.
func TestOneDecisionTwiceAtOnce(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	id := w.Deliver(t, w.Clerk, 1)[0]
	w.Accepted(t, w.Clerk, id)
	d := filingtest.DecisionOn(t, w.DB, filing.Approve, "", id)
	d.Ref = "twice"
	var fresh atomic.Int32
	answers := make([]filing.Decided, 4)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() {
			done, now, err := w.Filings.Decide(context.Background(), w.Ministry, d)
			if err != nil {
				t.Error(err)
			}
			if now {
				fresh.Add(1)
			}
			answers[i] = done
		})
	}
	wg.Wait()
	if fresh.Load() != 1 {
		t.Errorf("applied %d times", fresh.Load())
	}
	for _, a := range answers[1:] {
		if len(a.Registers) != 1 || a.Registers[0].ID != answers[0].Registers[0].ID || !a.DecidedAt.Equal(answers[0].DecidedAt) {
			t.Errorf("answers differ: %+v, %+v", a, answers[0])
		}
	}
}

// A verdict that the register has moved past is not written: the version no longer fits.
func TestStaleVerdict(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	person, r := registered(t, w, w.Clerk)
	id := filed(t, w, w.Clerk, person, filing.Renewal, r)
	var f struct{ IDNumberHash []byte }
	if err := w.DB.Read(t.Context()).Raw(`SELECT id_number_hash FROM filings WHERE id = ?`, id).Scan(&f).Error; err != nil {
		t.Fatal(err)
	}
	a := registrant.Approval{FilingID: id, EnterpriseID: w.Clerk.EnterpriseID, Act: registrant.Renew, Track: r.Track, Profession: r.Profession, Prefix: "S",
		Person: registrant.Person{Name: r.PersonName, Gender: "male", IDType: "resident_id", IDNumberHash: f.IDNumberHash}}
	err := w.DB.InTx(t.Context(), func(tx pg.Tx) error {
		var verdicts [2]*registrant.Verdict
		for i := range verdicts {
			v, objected, err := w.Registrants.JudgeTx(tx, []registrant.Approval{a})
			if err != nil || len(objected) > 0 {
				t.Fatal(objected, err)
			}
			verdicts[i] = v
		}
		if err := verdicts[0].WriteTx(tx); err != nil {
			t.Fatal(err)
		}
		return verdicts[1].WriteTx(tx)
	})
	if !registrant.ErrChanged.Is(err) {
		t.Errorf("the second verdict: %v", err)
	}
	if d := get(t, w, w.Clerk, r.ID); d.Version != 1 {
		t.Errorf("version %d after the transaction failed", d.Version)
	}
}
