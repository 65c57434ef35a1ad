package apitest

import (
	"testing"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/filing"
	"zhuce/internal/filing/filingtest"
)

// Accepted takes delivered filings through the enterprise and the province to the
// ministry's acceptance. Time passes.
func (e *Env) Accepted(t testing.TB, firm *Caller, ids ...string) {
	t.Helper()
	e.Submit(t, firm, ids...)
	e.Decide(t, auth.Province, filing.Accept, "", ids...)
	e.Decide(t, auth.Province, filing.Forward, "", ids...)
	e.Decide(t, auth.Ministry, filing.Accept, "", ids...)
}

// Registered brings n persons of the enterprise onto the register, with an initial
// registration each, and gives the ids of the filings. Time passes.
func (e *Env) Registered(t testing.TB, firm *Caller, n int) []string {
	t.Helper()
	ids := e.DeliverMany(t, firm, n)
	e.Accepted(t, firm, ids...)
	e.Decide(t, auth.Ministry, filing.Approve, "", ids...)
	return ids
}

// Decision is the body of POST /exchange/decisions; an approval gives numbers that
// nobody has.
func (e *Env) Decision(t testing.TB, do filing.Action, reason string, ids ...string) map[string]any {
	t.Helper()
	list := make([]uuid.UUID, len(ids))
	for i, id := range ids {
		list[i] = uuid.MustParse(id)
	}
	d := filingtest.DecisionOn(t, e.App.DB, do, reason, list...)
	items := make([]map[string]any, len(d.Items))
	for i, item := range d.Items {
		items[i] = map[string]any{"filing_id": item.FilingID}
		for name, value := range map[string]string{"certificate_number": item.CertificateNumber, "seal_number": item.SealNumber} {
			if value != "" {
				items[i][name] = value
			}
		}
	}
	body := map[string]any{"decision_ref": "decision-" + uuid.NewString(), "action": do, "reason": reason, "items": items}
	if len(d.Basis) > 0 {
		body["legal_basis"] = d.Basis
	}
	if len(d.Corrections) > 0 {
		body["corrections"] = []map[string]any{{"paper_kind": d.Corrections[0].PaperKind, "text": d.Corrections[0].Text}}
	}
	return body
}
