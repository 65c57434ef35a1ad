package filing_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/google/uuid"

	"zhuce/internal/attachment"
	"zhuce/internal/auth"
	"zhuce/internal/enterprise"
	"zhuce/internal/errs"
	"zhuce/internal/filing"
	"zhuce/internal/filing/filingtest"
	"zhuce/internal/idno"
)

func deliver(t *testing.T, w *filingtest.World, d filing.Delivery) filing.Delivered {
	t.Helper()
	got, _, err := w.Filings.Deliver(t.Context(), w.Person, d)
	if err != nil {
		t.Fatalf("deliver: %v", err)
	}
	return got
}

func refusedAs(t *testing.T, err error, code string) *errs.Error {
	t.Helper()
	var e *errs.Error
	if !errors.As(err, &e) || e.Def.Code != code {
		t.Fatalf("error is %v, wanted %s", err, code)
	}
	return e
}

func count(t *testing.T, w *filingtest.World, sql string, args ...any) int {
	t.Helper()
	var n int
	if err := w.DB.Read(t.Context()).Raw(sql, args...).Scan(&n).Error; err != nil {
		t.Fatal(err)
	}
	return n
}

func TestDeliverOnce(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	d := w.Delivery(t, w.Clerk)
	first, fresh, err := w.Filings.Deliver(t.Context(), w.Person, d)
	if err != nil || !fresh || first.Status != filing.PendingSubmission || first.Revision != 1 {
		t.Fatalf("first: %+v, %v, %v", first, fresh, err)
	}
	if len(first.Reference) != len("ZC2026112300000123") || first.Reference[:10] != "ZC20261123" {
		t.Errorf("reference is %q", first.Reference)
	}
	// What became of it since does not change the answer to the same delivery.
	if _, err := w.Filings.Return(t.Context(), w.Clerk, []uuid.UUID{first.ID}, "合同缺页"); err != nil {
		t.Fatal(err)
	}
	again, fresh, err := w.Filings.Deliver(t.Context(), w.Person, d)
	if err != nil || fresh || again != first {
		t.Errorf("again: %+v, %v, %v; wanted %+v", again, fresh, err, first)
	}
	d.Form.Person.School = "清华大学"
	_, _, err = w.Filings.Deliver(t.Context(), w.Person, d)
	wantCode(t, err, "exchange.delivery_ref_reused")
	if n := count(t, w, `SELECT count(*) FROM filings`); n != 1 {
		t.Errorf("%d filings, wanted 1", n)
	}
	if n := count(t, w, `SELECT count(*) FROM outbox WHERE kind = 'filing.deliver'`); n != 1 {
		t.Errorf("%d events, wanted 1", n)
	}
}

func TestDeliverSameAtOnce(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	d := w.Delivery(t, w.Clerk)
	const n = 6
	var wg sync.WaitGroup
	got, fresh, failed := make([]filing.Delivered, n), make([]bool, n), make([]error, n)
	for i := range n {
		wg.Go(func() { got[i], fresh[i], failed[i] = w.Filings.Deliver(t.Context(), w.Person, d) })
	}
	wg.Wait()
	applied := 0
	for i := range n {
		if failed[i] != nil || got[i] != got[0] {
			t.Errorf("%d: %+v, %v", i, got[i], failed[i])
		}
		if fresh[i] {
			applied++
		}
	}
	if applied != 1 {
		t.Errorf("applied %d times", applied)
	}
}

func TestDeliverKeepsNoNumberInTheOpen(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	d := w.Delivery(t, w.Clerk)
	got := deliver(t, w, d)
	for _, number := range []string{d.Personal.IDNumber, d.Personal.Mobile, d.Form.Person.BirthDate} {
		if n := count(t, w, `SELECT count(*) FROM filings f, filing_history h, outbox o
			WHERE f.id = ? AND strpos(f::text || h::text || o::text, ?) > 0`, got.ID, number); n != 0 {
			t.Errorf("a personal number stands in the open")
		}
	}
	p, err := w.Filings.Reveal(t.Context(), w.Clerk, got.ID, "核对")
	d.Personal.BirthDate = d.Form.Person.BirthDate
	if err != nil || p != d.Personal {
		t.Errorf("revealed %+v, %v", p, err)
	}
}

// TestDeliverAgain: from every status, redelivery is taken after a return and a
// correction, and refused with the status anywhere else.
func TestDeliverAgain(t *testing.T) {
	t.Parallel()
	submit := func(t *testing.T, w *filingtest.World, id uuid.UUID) {
		ids := []uuid.UUID{id}
		if _, err := w.Filings.Submit(t.Context(), w.Clerk, w.Read(t, w.Clerk, ids), ids); err != nil {
			t.Fatal(err)
		}
	}
	decide := func(t *testing.T, w *filingtest.World, who auth.Actor, id uuid.UUID, do ...filing.Action) {
		for _, a := range do {
			w.Decide(t, who, a, "原因", id)
		}
	}
	toMinistry := func(t *testing.T, w *filingtest.World, id uuid.UUID) {
		submit(t, w, id)
		decide(t, w, w.Province, id, filing.Forward)
	}
	cases := []struct {
		status filing.Status
		bring  func(t *testing.T, w *filingtest.World, id uuid.UUID)
		then   filing.Status // after the next submission; "" where redelivery is refused
	}{
		{filing.PendingSubmission, func(*testing.T, *filingtest.World, uuid.UUID) {}, ""},
		{filing.Returned, func(t *testing.T, w *filingtest.World, id uuid.UUID) {
			if _, err := w.Filings.Return(t.Context(), w.Clerk, []uuid.UUID{id}, "合同缺页"); err != nil {
				t.Fatal(err)
			}
		}, filing.ProvincePending},
		{filing.ProvincePending, submit, ""},
		{filing.ProvinceCorrection, func(t *testing.T, w *filingtest.World, id uuid.UUID) {
			submit(t, w, id)
			decide(t, w, w.Province, id, filing.AskCorrection)
		}, filing.ProvincePending},
		{filing.ProvinceRefused, func(t *testing.T, w *filingtest.World, id uuid.UUID) {
			submit(t, w, id)
			decide(t, w, w.Province, id, filing.Refuse)
		}, ""},
		{filing.MinistryPending, toMinistry, ""},
		{filing.MinistryCorrection, func(t *testing.T, w *filingtest.World, id uuid.UUID) {
			toMinistry(t, w, id)
			decide(t, w, w.Ministry, id, filing.AskCorrection)
		}, filing.MinistryPending},
		{filing.Approved, func(t *testing.T, w *filingtest.World, id uuid.UUID) {
			toMinistry(t, w, id)
			decide(t, w, w.Ministry, id, filing.Accept, filing.Approve)
		}, ""},
	}
	for _, c := range cases {
		t.Run(string(c.status), func(t *testing.T) {
			t.Parallel()
			w := filingtest.New(t)
			d := w.Delivery(t, w.Clerk)
			id := deliver(t, w, d).ID
			c.bring(t, w, id)
			d.DeliveryRef += "-2"
			d.Form.Person.School = "清华大学"
			got, fresh, err := w.Filings.Deliver(t.Context(), w.Person, d)
			if c.then == "" {
				e := refusedAs(t, err, "filing.cannot_be_delivered")
				if e.Details[0].Record.Status != string(c.status) {
					t.Errorf("names %q", e.Details[0].Record.Status)
				}
				return
			}
			if err != nil || !fresh || got.ID != id || got.Revision != 2 || got.Status != filing.PendingSubmission {
				t.Fatalf("%+v, %v, %v", got, fresh, err)
			}
			detail, err := w.Filings.Get(t.Context(), w.Clerk, id)
			if err != nil || detail.Form.Person.School != "清华大学" || len(detail.Attachments) != len(d.Papers) {
				t.Errorf("kept %+v, %v", detail.Form.Person, err)
			}
			submit(t, w, id)
			if detail, _ = w.Filings.Get(t.Context(), w.Clerk, id); detail.Status != c.then {
				t.Errorf("submitted to %s, wanted %s", detail.Status, c.then)
			}
		})
	}
}

func TestDeliverAlreadyOpen(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	first := w.Delivery(t, w.Clerk)
	there := deliver(t, w, first)

	other := w.NewClerk(t, true)
	d := w.Delivery(t, other)
	d.Form.Person, d.Personal = first.Form.Person, first.Personal
	_, _, err := w.Filings.Deliver(t.Context(), w.Person, d)
	e := refusedAs(t, err, "filing.already_open")
	if r := e.Details[0].Record; r.ID != there.ID.String() || r.Label != there.Reference || r.Status != "pending_submission" {
		t.Errorf("names %+v", r)
	}
	// The old number of 15 digits is the same person.
	d.Personal.IDNumber = d.Personal.IDNumber[:6] + d.Personal.IDNumber[8:17]
	if !idno.ValidResidentID15(d.Personal.IDNumber) {
		t.Fatal("the test's number is no number")
	}
	_, _, err = w.Filings.Deliver(t.Context(), w.Person, d)
	wantCode(t, err, "filing.already_open")
	// Another profession is another registration.
	d.Profession = "geotechnical"
	deliver(t, w, d)
	// And so is the same one, once the first is closed.
	if _, err := w.Filings.Return(t.Context(), w.Clerk, []uuid.UUID{there.ID}, "停止申报"); err != nil {
		t.Fatal(err)
	}
	d.Profession, d.DeliveryRef, d.FilingRef = first.Profession, "x", "x"
	deliver(t, w, d)
	// Now the returned one cannot come back.
	first.DeliveryRef = "y"
	_, _, err = w.Filings.Deliver(t.Context(), w.Person, first)
	wantCode(t, err, "filing.already_open")
}

func TestDeliverRefusals(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	fresh := w.NewClerk(t, false)
	unsaved, err := w.Enterprises.Current(t.Context(), fresh)
	if err != nil {
		t.Fatal(err)
	}
	known := w.Delivery(t, w.Clerk)
	deliver(t, w, known)
	elsewhere := w.NewClerk(t, true)
	elsewhereFirm, _ := w.Enterprises.Current(t.Context(), elsewhere)

	onlyShanghai := w.Person
	onlyShanghai.Provinces = []string{"31"}
	nobodys := uuid.Must(uuid.NewV7())
	cases := []struct {
		name   string
		who    auth.Actor
		change func(*filing.Delivery)
		code   string
	}{
		{"a clerk", w.Clerk, func(*filing.Delivery) {}, "filing.wrong_party"},
		{"a province", w.Province, func(*filing.Delivery) {}, "filing.wrong_party"},
		{"unknown enterprise", w.Person, func(d *filing.Delivery) { d.CreditCode = idno.MakeCreditCode("320000", 99) }, "exchange.enterprise_unknown"},
		{"basic information not saved", w.Person, func(d *filing.Delivery) { d.CreditCode = unsaved.CreditCode }, "enterprise.basic_information_missing"},
		{"province out of scope", onlyShanghai, func(*filing.Delivery) {}, "exchange.province_not_allowed"},
		{"another enterprise's filing_ref", w.Person, func(d *filing.Delivery) {
			d.FilingRef, d.CreditCode = known.FilingRef, elsewhereFirm.CreditCode
		}, "exchange.filing_ref_belongs_elsewhere"},
		{"attachment that is nobody's", w.Person, func(d *filing.Delivery) {
			d.Papers[0] = filing.DeliveredPaper{Kind: filing.ApplicationForm, AttachmentID: &nobodys}
		}, "filing.form_invalid"},
		{"paper missing", w.Person, func(d *filing.Delivery) { d.Papers = d.Papers[1:] }, "filing.papers_missing"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := w.Delivery(t, w.Clerk)
			c.change(&d)
			before := count(t, w, `SELECT count(*) FROM filing_history`)
			_, _, err := w.Filings.Deliver(t.Context(), c.who, d)
			wantCode(t, err, c.code)
			if after := count(t, w, `SELECT count(*) FROM filing_history`); after != before {
				t.Errorf("%d timeline entries were written", after-before)
			}
		})
	}
	if enterprise.ErrNotSaved.Code != "enterprise.basic_information_missing" {
		t.Error("the code is part of the contract")
	}
}

func TestDeliverBindsFiles(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	up, err := w.Attachments.Upload(t.Context(), w.Person, "申请表.png", png())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.Attachments.Open(t.Context(), w.Clerk, up.ID); !attachment.ErrNotFound.Is(err) {
		t.Errorf("before it is bound: %v", err)
	}
	d := w.Delivery(t, w.Clerk)
	d.Papers[0] = filing.DeliveredPaper{Kind: filing.ApplicationForm, AttachmentID: &up.ID}
	got := deliver(t, w, d)
	if _, f, err := w.Attachments.Open(t.Context(), w.Clerk, up.ID); err != nil {
		t.Errorf("after: %v", err)
	} else {
		_ = f.Close()
	}
	detail, err := w.Filings.Get(t.Context(), w.Clerk, got.ID)
	if err != nil || detail.Attachments[0].FileName != "申请表.png" || detail.Attachments[1].SharedSource == "" {
		t.Errorf("papers %+v, %v", detail.Attachments, err)
	}
	// Bound to one enterprise, it cannot go to another.
	other := w.Delivery(t, w.NewClerk(t, true))
	other.Papers[0].AttachmentID, other.Papers[0].Shared, other.Papers[0].SharedSource = &up.ID, false, ""
	_, _, err = w.Filings.Deliver(t.Context(), w.Person, other)
	if e := refusedAs(t, err, "filing.form_invalid"); e.Details[0].Pointer != "/attachments/0/attachment_id" {
		t.Errorf("points to %q", e.Details[0].Pointer)
	}
}

func TestDeliverStatements(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	few, many := w.Delivery(t, w.Clerk), w.Delivery(t, w.Clerk)
	for range 30 {
		up, err := w.Attachments.Upload(t.Context(), w.Person, "x.png", png())
		if err != nil {
			t.Fatal(err)
		}
		many.Papers = append(many.Papers, filing.DeliveredPaper{Kind: filing.OtherPaper, AttachmentID: &up.ID})
	}
	few.Papers = append(few.Papers, many.Papers[len(many.Papers)-1])
	a := w.Statements(func() { deliver(t, w, few) })
	b := w.Statements(func() { deliver(t, w, many) })
	if a != b || a > 16 {
		t.Errorf("%d statements with 6 papers, %d with 35", a, b)
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	id := w.Deliver(t, w.Clerk, 1)[0]
	if _, err := w.Filings.Return(t.Context(), w.Clerk, []uuid.UUID{id}, "合同缺页"); err != nil {
		t.Fatal(err)
	}
	p, err := w.Filings.Progress(t.Context(), w.Person, id)
	if err != nil || p.Status != filing.Returned || p.Reason != "合同缺页" {
		t.Errorf("%+v, %v", p, err)
	}
	if n := count(t, w, `SELECT count(*) FROM audit_log WHERE action = 'filing.read' AND subject_id = ?`, id.String()); n != 1 {
		t.Errorf("%d audit lines, wanted 1", n)
	}
	for _, who := range []auth.Actor{w.Ministry, w.Clerk, {}} {
		if _, err := w.Filings.Progress(t.Context(), who, id); !filing.ErrNotFound.Is(err) {
			t.Errorf("%s sees it: %v", who.Party, err)
		}
	}
}
