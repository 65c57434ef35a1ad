package filing_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/enterprise"
	"zhuce/internal/errs"
	"zhuce/internal/filing"
	"zhuce/internal/filing/filingtest"
	"zhuce/internal/idempotency"
	"zhuce/internal/pg"
	"zhuce/internal/registers"
)

const number = "A132000058"

func scan(t *testing.T, w *filingtest.World, who auth.Actor) *uuid.UUID {
	t.Helper()
	a, err := w.Attachments.Upload(t.Context(), who, "资质副本.png", png())
	if err != nil {
		t.Fatal(err)
	}
	return &a.ID
}

// pointers are the places and codes of a refusal.
func pointers(t *testing.T, err error) map[string]string {
	t.Helper()
	var e *errs.Error
	if !errors.As(err, &e) {
		t.Fatalf("no refusal: %v", err)
	}
	out := map[string]string{}
	for _, d := range e.Details {
		out[d.Pointer] = d.Code
	}
	return out
}

func TestSupplementWithAFoundCertificate(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	ids := w.Awaiting(t, w.Clerk, 3)
	w.Register.Say(w.CreditCode(t, w.Clerk), registers.Qualifications{Certificates: []registers.Certificate{filingtest.Certificate(number)}, AsOf: w.Clock.Now()})

	l, err := w.Filings.LookUpQualification(t.Context(), w.Clerk)
	if err != nil || l.Outcome != filing.CertificatesFound || l.AskedFor != filing.AskCertificate || len(l.Certificates) != 1 {
		t.Fatalf("look-up: %+v, %v", l, err)
	}
	r, err := w.Filings.Supplement(t.Context(), w.Clerk, filing.SupplementRequest{FilingIDs: ids, CertificateNumber: number})
	if err != nil || len(r.Filings) != 3 || r.Supplement.Source != filing.FromRegister {
		t.Fatalf("supplement: %+v, %v", r, err)
	}
	if n := one[int](t, w.DB, `SELECT count(*) FROM filings WHERE pre_registration = 'supplemented' AND supplement_id = ? AND status = 'province_pending'`, r.Supplement.ID); n != 3 {
		t.Errorf("%d filings supplemented", n)
	}
	if n := one[int](t, w.DB, `SELECT count(*) FROM filing_history WHERE action = 'supplement' AND reason = ? AND party = 'enterprise'`, number); n != 3 {
		t.Errorf("%d timeline entries", n)
	}
	if n := one[int](t, w.DB, `SELECT count(*) FROM outbox WHERE kind = 'filing.supplement' AND data->>'certificate_number' = ? AND data->>'source' = 'register'`, number); n != 3 {
		t.Errorf("%d events", n)
	}
	if n := one[int](t, w.DB, `SELECT count(*) FROM messages WHERE code = 'filing.qualification_supplemented' AND enterprise_id = ?`, w.Clerk.EnterpriseID); n != 1 {
		t.Errorf("%d messages", n)
	}
	if n := one[int](t, w.DB, `SELECT count(*) FROM audit_log WHERE action = 'filing.supplement' AND subject_id = ?`, r.Supplement.ID.String()); n != 1 {
		t.Errorf("%d audit lines", n)
	}
	d, err := w.Filings.Get(t.Context(), w.Clerk, ids[0])
	if err != nil || d.Supplement == nil || d.Supplement.CertificateNumber != number || d.Supplement.Certificate == nil || d.Supplement.Certificate.Title == "" {
		t.Errorf("detail: %+v, %v", d.Supplement, err)
	}
	_, err = w.Filings.Supplement(t.Context(), w.Clerk, filing.SupplementRequest{FilingIDs: ids[:1], CertificateNumber: number})
	wantCode(t, err, "filing.batch_refused")
	if c := details(t, err)[ids[0].String()].Code; c != "filing.no_qualification_awaited" {
		t.Errorf("again: %s", c)
	}
}

func TestSupplementTyped(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	ids := w.Awaiting(t, w.Clerk, 2)
	w.Register.Say(w.CreditCode(t, w.Clerk), registers.Qualifications{AsOf: w.Clock.Now()})
	l, err := w.Filings.LookUpQualification(t.Context(), w.Clerk)
	if err != nil || l.Outcome != filing.NoCertificateFound || l.AskedFor != filing.AskNumberAndScan || l.UniqueCode != "" {
		t.Fatalf("look-up: %+v, %v", l, err)
	}
	paper := scan(t, w, w.Clerk)
	r, err := w.Filings.Supplement(t.Context(), w.Clerk, filing.SupplementRequest{FilingIDs: ids[:1], CertificateNumber: " a132000058 ", ScanID: paper})
	if err != nil || r.Supplement.Source != filing.Typed || r.Supplement.CertificateNumber != number || r.Supplement.ScanName != "资质副本.png" {
		t.Fatalf("supplement: %+v, %v", r, err)
	}
	if n := one[int](t, w.DB, `SELECT count(*) FROM outbox WHERE kind = 'filing.supplement' AND data->>'source' = 'typed'`); n != 1 {
		t.Error("the event does not mark the number as typed")
	}
	if l, err = w.Filings.LookUpQualification(t.Context(), w.Clerk); err != nil || l.UniqueCode != "3200005" {
		t.Errorf("the code is not known afterwards: %+v, %v", l, err)
	}
	// Characters 3 to 9 are the same on the next one; the letter and the last digit are its own.
	_, err = w.Filings.Supplement(t.Context(), w.Clerk, filing.SupplementRequest{FilingIDs: ids[1:], CertificateNumber: "B232000068", ScanID: paper})
	wantCode(t, err, "filing.supplement_invalid")
	if c := pointers(t, err)["/certificate_number"]; c != "filing.unique_code_differs" {
		t.Errorf("another code: %s", c)
	}
	if _, err = w.Filings.Supplement(t.Context(), w.Clerk, filing.SupplementRequest{FilingIDs: ids[1:], CertificateNumber: "B232000059", ScanID: paper}); err != nil {
		t.Errorf("the same code: %v", err)
	}
}

// TestSupplementIsRefused: nothing is written, whatever is wrong.
func TestSupplementIsRefused(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	other := w.NewClerk(t, true)
	ids, foreign := w.Awaiting(t, w.Clerk, 1), w.Awaiting(t, other, 1)
	plain := w.Submitted(t, w.Clerk, 1)
	unsent := w.PreRegistered(t, w.Clerk, 1)
	paper, theirs := scan(t, w, w.Clerk), scan(t, w, other)
	unbound, err := w.Attachments.Upload(t.Context(), w.Person, "x.png", png())
	if err != nil {
		t.Fatal(err)
	}
	code := w.CreditCode(t, w.Clerk)
	expired := filingtest.Certificate("A232000051")
	expired.ValidUntil = "2026-11-22"
	found := registers.Qualifications{Certificates: []registers.Certificate{filingtest.Certificate(number), expired}, AsOf: w.Clock.Now()}
	keptFound, keptNone := found, registers.Qualifications{AsOf: w.Clock.Now(), Stale: true}
	keptFound.Stale = true
	none := registers.Qualifications{AsOf: w.Clock.Now()}
	onlyExpired := registers.Qualifications{Certificates: []registers.Certificate{expired}, AsOf: w.Clock.Now()}
	for _, tc := range []struct {
		name    string
		says    *registers.Qualifications // nil: down
		ids     []uuid.UUID
		number  string
		scan    *uuid.UUID
		code    string
		pointer string // or the filing refused
		detail  string
	}{
		{"no number", &found, ids, "", nil, "filing.supplement_invalid", "/certificate_number", "filing.qualification_number"},
		{"a number that is none", &none, ids, "AB32000058", paper, "filing.supplement_invalid", "/certificate_number", "filing.qualification_number"},
		{"no filings", &found, nil, number, nil, "filing.batch_size", "", ""},
		{"not in the register", &found, ids, "A132000059", nil, "filing.supplement_invalid", "/certificate_number", "filing.certificate_not_in_register"},
		{"expired in the register", &found, ids, expired.Number, nil, "filing.supplement_invalid", "/certificate_number", "filing.certificate_expired"},
		{"typed though one is found", &found, ids, number, paper, "filing.certificate_found", "", ""},
		{"typed though one is found, the register being down by now", &keptFound, ids, "A132000059", paper, "filing.certificate_found", "", ""},
		{"typed, and expired in the register", &onlyExpired, ids, expired.Number, paper, "filing.supplement_invalid", "/certificate_number", "filing.certificate_expired"},
		{"typed, another code than the expired one's", &onlyExpired, ids, "A132000158", paper, "filing.supplement_invalid", "/certificate_number", "filing.unique_code_differs"},
		{"none found and no scan", &none, ids, number, nil, "filing.supplement_invalid", "/attachment_id", "filing.scan_required"},
		{"another enterprise's scan", &none, ids, number, theirs, "filing.supplement_invalid", "/attachment_id", "filing.scan_unknown"},
		{"a scan that nobody bound", &none, ids, number, &unbound.ID, "filing.supplement_invalid", "/attachment_id", "filing.scan_unknown"},
		{"the register is down", nil, ids, number, paper, "registers.unavailable", "", ""},
		{"the register is down, and had none", &keptNone, ids, number, paper, "registers.unavailable", "", ""},
		{"another enterprise's filing", &found, foreign, number, nil, "filing.batch_refused", foreign[0].String(), "filing.not_found"},
		{"no pre-registration", &found, plain, number, nil, "filing.batch_refused", plain[0].String(), "filing.no_qualification_awaited"},
		{"not submitted yet", &found, unsent, number, nil, "filing.batch_refused", unsent[0].String(), "filing.cannot_be_supplemented"},
		{"one of two refused: none moves", &found, []uuid.UUID{ids[0], plain[0]}, number, nil, "filing.batch_refused", plain[0].String(), "filing.no_qualification_awaited"},
	} {
		if w.Register.Down(tc.says == nil); tc.says != nil {
			w.Register.Say(code, *tc.says)
		}
		_, err := w.Filings.Supplement(t.Context(), w.Clerk, filing.SupplementRequest{FilingIDs: tc.ids, CertificateNumber: tc.number, ScanID: tc.scan})
		if errs.Code(err) != tc.code {
			t.Errorf("%s: %v, want %s", tc.name, err, tc.code)
			continue
		}
		if tc.detail != "" && pointers(t, err)[tc.pointer] != tc.detail && details(t, err)[tc.pointer].Code != tc.detail {
			t.Errorf("%s: %v, want %s at %s", tc.name, pointers(t, err), tc.detail, tc.pointer)
		}
	}
	if n := one[int](t, w.DB, `SELECT (SELECT count(*) FROM qualification_supplements) + (SELECT count(*) FROM filings WHERE pre_registration = 'supplemented')`); n != 0 {
		t.Error("something was written")
	}
	fresh := w.NewClerk(t, false)
	w.Register.Say(w.CreditCode(t, fresh), found)
	_, err = w.Filings.Supplement(t.Context(), fresh, filing.SupplementRequest{FilingIDs: ids, CertificateNumber: number})
	wantCode(t, err, "enterprise.basic_information_missing")
}

// TestAKeptAnswerServesItsCertificates: the register is down, but had one yesterday.
func TestAKeptAnswerServesItsCertificates(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	ids := w.Awaiting(t, w.Clerk, 1)
	yesterday := w.Clock.Now().Add(-filingtest.Day)
	w.Register.Say(w.CreditCode(t, w.Clerk), registers.Qualifications{Certificates: []registers.Certificate{filingtest.Certificate(number)}, AsOf: yesterday, Stale: true})
	r, err := w.Filings.Supplement(t.Context(), w.Clerk, filing.SupplementRequest{FilingIDs: ids, CertificateNumber: number})
	if err != nil || !r.Supplement.RegisterAsOf.Equal(yesterday) {
		t.Fatalf("%+v, %v", r, err)
	}
}

// TestATypedMistakeDoesNotBarAFoundCertificate: the register weighs more.
func TestATypedMistakeDoesNotBarAFoundCertificate(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	ids := w.Awaiting(t, w.Clerk, 2)
	if _, err := w.Filings.Supplement(t.Context(), w.Clerk, filing.SupplementRequest{FilingIDs: ids[:1], CertificateNumber: "A199999998", ScanID: scan(t, w, w.Clerk)}); err != nil {
		t.Fatal(err)
	}
	w.Register.Say(w.CreditCode(t, w.Clerk), registers.Qualifications{Certificates: []registers.Certificate{filingtest.Certificate(number)}, AsOf: w.Clock.Now()})
	if _, err := w.Filings.Supplement(t.Context(), w.Clerk, filing.SupplementRequest{FilingIDs: ids[1:], CertificateNumber: number}); err != nil {
		t.Fatal(err)
	}
}

// TestSupplementOnce: sent again with its key it gets its first answer, even when
// the register is down by then.
func TestSupplementOnce(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	ids := w.Awaiting(t, w.Clerk, 1)
	w.Register.Say(w.CreditCode(t, w.Clerk), registers.Qualifications{Certificates: []registers.Certificate{filingtest.Certificate(number)}, AsOf: w.Clock.Now()})
	ctx := idempotency.With(t.Context(), idempotency.Request{Caller: w.Clerk.Caller(), Key: "k", Route: "POST /filings/supplement"})
	first, err := w.Filings.Supplement(ctx, w.Clerk, filing.SupplementRequest{FilingIDs: ids, CertificateNumber: number})
	if err != nil {
		t.Fatal(err)
	}
	w.Register.Down(true)
	again, err := w.Filings.Supplement(ctx, w.Clerk, filing.SupplementRequest{FilingIDs: ids, CertificateNumber: number})
	if err == nil && again.Supplement.ID != first.Supplement.ID {
		t.Error("supplemented twice")
	}
	if err != nil {
		t.Errorf("again: %v", err)
	}
}

// TestSupplementStatements: as many for 200 filings as for one.
func TestSupplementStatements(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	w.Register.Say(w.CreditCode(t, w.Clerk), registers.Qualifications{Certificates: []registers.Certificate{filingtest.Certificate(number)}, AsOf: w.Clock.Now()})
	counts := map[int]int{}
	for _, n := range []int{1, 200} {
		ids := w.Awaiting(t, w.Clerk, n)
		counts[n] = w.Statements(func() {
			if _, err := w.Filings.Supplement(t.Context(), w.Clerk, filing.SupplementRequest{FilingIDs: ids, CertificateNumber: number}); err != nil {
				t.Error(err)
			}
		})
	}
	if counts[1] != counts[200] {
		t.Errorf("%d statements for one, %d for 200", counts[1], counts[200])
	}
}

// TestTwoTypedNumbersAtOnce: of two clerks who type different codes at the same
// moment, one is refused; both orders end with one code.
func TestTwoTypedNumbersAtOnce(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	w.Register.Say(w.CreditCode(t, w.Clerk), registers.Qualifications{AsOf: w.Clock.Now()})
	paper := scan(t, w, w.Clerk)
	ids := w.Awaiting(t, w.Clerk, 8)
	var all sync.WaitGroup
	for i, id := range ids {
		typed := []string{"A132000058", "A144000058"}[i%2]
		all.Go(func() {
			_, err := w.Filings.Supplement(context.WithoutCancel(t.Context()), w.Clerk, filing.SupplementRequest{FilingIDs: []uuid.UUID{id}, CertificateNumber: typed, ScanID: paper})
			if err != nil && errs.Code(err) != "filing.supplement_invalid" {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := one[int](t, w.DB, `SELECT count(DISTINCT substr(certificate_number, 3, 7)) FROM qualification_supplements`); n != 1 {
		t.Errorf("%d codes for one enterprise", n)
	}
}

// TestSupplementHoldsTheEnterpriseAlone: while anybody holds the enterprise it waits,
// so two typed numbers cannot each be the first.
func TestSupplementHoldsTheEnterpriseAlone(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	ids := w.Awaiting(t, w.Clerk, 1)
	w.Register.Say(w.CreditCode(t, w.Clerk), registers.Qualifications{Certificates: []registers.Certificate{filingtest.Certificate(number)}, AsOf: w.Clock.Now()})
	r := filing.SupplementRequest{FilingIDs: ids, CertificateNumber: number}
	waiting := make(chan error, 1)
	err := w.DB.InTx(t.Context(), func(tx pg.Tx) error {
		if _, err := enterprise.LockTx(tx, w.Clerk.EnterpriseID); err != nil {
			return err
		}
		go func() {
			_, err := w.Filings.Supplement(context.WithoutCancel(t.Context()), w.Clerk, r)
			waiting <- err
		}()
		awaitLock(t, tx)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-waiting; err != nil {
		t.Errorf("after the wait: %v", err)
	}
}

func TestDeadlineRunsFromEachSubmission(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	ids := w.Awaiting(t, w.Clerk, 1)
	due := func() string {
		return one[string](t, w.DB, `SELECT COALESCE(to_char(qualification_due_on, 'YYYY-MM-DD'), '') FROM filings WHERE id = ?`, ids[0])
	}
	if d := due(); d != "2026-12-23" {
		t.Errorf("due on %s", d)
	}
	if n := one[int](t, w.DB, `SELECT count(*) FROM messages WHERE code = 'filing.qualification_awaited' AND params->>'due_on' = '2026-12-23'`); n != 1 {
		t.Errorf("%d messages about the deadline", n)
	}
	plain := w.Submitted(t, w.Clerk, 1)
	if n := one[int](t, w.DB, `SELECT count(*) FROM filings WHERE id = ? AND qualification_due_on IS NOT NULL`, plain[0]); n != 0 {
		t.Error("a filing with a qualification has a deadline for it")
	}
	w.Clock.Advance(5 * time.Hour * 24)
	// 16:30 UTC is already the next day in China.
	w.Clock.Advance(15*time.Hour + 30*time.Minute)
	late := w.Awaiting(t, w.Clerk, 1)
	if d := one[string](t, w.DB, `SELECT to_char(qualification_due_on, 'YYYY-MM-DD') FROM filings WHERE id = ?`, late[0]); d != "2026-12-29" {
		t.Errorf("submitted after midnight in China, due on %s", d)
	}
}
