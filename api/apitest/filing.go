package apitest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"zhuce/api"
	"zhuce/internal/auth"
	"zhuce/internal/filing"
	"zhuce/internal/filing/filingtest"
	"zhuce/internal/idno"
)

// Delivery is a valid delivery of a person of its own to the enterprise.
func (e *Env) Delivery(to *Caller, overrides ...func(*api.DeliveryRequest)) api.DeliveryRequest {
	n := int(e.serial.Add(1))
	born := time.Date(1985, 3, 7, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n/450)
	d := api.DeliveryRequest{
		DeliveryRef: fmt.Sprintf("delivery-%d", n), FilingRef: fmt.Sprintf("filing-%d", n),
		UnifiedSocialCreditCode: to.CreditCode, Profession: "structural_1", RegistrationType: "initial",
		Person: api.DeliveryPerson{Name: fmt.Sprintf("李明%d", n), Gender: "male", IDType: "resident_id",
			IDNumber: idno.MakeResidentID("110101", born, 2*(n%450)+1), BirthDate: born.Format(time.DateOnly), Ethnicity: "汉族",
			Education: "bachelor", School: "同济大学", Major: "土木工程", GraduatedOn: "2008-07-01", Title: "工程师",
			Mobile: "13812345678", Email: "li@example.com"},
		Qualification: api.DeliveryQualification{CertificateNumber: fmt.Sprintf("2025%08d", n), IssuedOn: "2025-03-01"},
		Employment:    api.DeliveryEmployment{ContractType: "fixed_term", ContractFrom: "2024-01-01", ContractTo: "2029-12-31"},
	}
	for _, kind := range []filing.PaperKind{filing.ApplicationForm, filing.Identity, filing.QualificationPaper,
		filing.EnterpriseQualification, filing.EmploymentContract} {
		d.Attachments = append(d.Attachments, api.DeliveryPaper{Kind: string(kind), Shared: true, SharedSource: "电子证照库"})
	}
	for _, o := range overrides {
		o(&d)
	}
	return d
}

// Deliver brings a filing to the enterprise through the exchange and gives its id.
func (e *Env) Deliver(t testing.TB, to *Caller, overrides ...func(*api.DeliveryRequest)) string {
	t.Helper()
	return e.Person(t).Post(t, "/exchange/filings", e.Delivery(to, overrides...)).Want(t, 201).Text("id")
}

// DeliverMany brings n filings of different persons.
func (e *Env) DeliverMany(t testing.TB, to *Caller, n int) []string {
	t.Helper()
	ids := make([]string, n)
	for i := range ids {
		ids[i] = e.Deliver(t, to)
	}
	return ids
}

// Read opens the commitment letter for the filings and lets its reading time pass.
func (e *Env) Read(t testing.TB, firm *Caller, ids ...string) (commitmentID string) {
	t.Helper()
	id := firm.Post(t, "/commitments", map[string]any{"filing_ids": ids}).Want(t, 201).Text("id")
	e.Clock.Advance(e.App.Config.ReadingTime)
	return id
}

// Submit takes the filings through the commitment to the authority. Time passes.
func (e *Env) Submit(t testing.TB, firm *Caller, ids ...string) *Answer {
	t.Helper()
	return firm.Post(t, "/filings/submit", map[string]any{"commitment_id": e.Read(t, firm, ids...), "filing_ids": ids, "agreed": true}).Want(t, 200)
}

// Decide is an act of the province or the ministry, past their routes. An approval
// gives numbers that nobody has.
func (e *Env) Decide(t testing.TB, by auth.Party, do filing.Action, reason string, ids ...string) {
	t.Helper()
	list := make([]uuid.UUID, len(ids))
	for i, id := range ids {
		list[i] = uuid.MustParse(id)
	}
	_, _, err := e.App.Filings.Decide(t.Context(), auth.Actor{Party: by, Name: string(by), Provinces: []string{"11"}},
		filingtest.DecisionOn(t, e.App.DB, do, reason, list...))
	must(t, err)
}
