package api_test

import (
	"testing"

	"zhuce/api"
	"zhuce/api/apitest"
	"zhuce/internal/auth"
)

// TestFindingsAreMarked: an open finding shows on what shows the person, at this
// enterprise alone, until it is decided; with one statement whatever is marked.
func TestFindingsAreMarked(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, other, ministry := env.Enterprise(t), env.Enterprise(t), env.Ministry(t)
	ids := env.Registered(t, firm, 2)
	env.Registered(t, other, 1)
	list := firm.Get(t, "/registrants?sort=certificate_number").Want(t, 200)
	mine := list.Text("items", 0, "id")
	filed := firm.Get(t, "/registrants/"+mine).Want(t, 200).Text("source_filing_id")
	filings := "/filings?matter=engineers"
	before := env.Statements(func() { firm.Get(t, filings).Want(t, 200) })

	about := func(f *api.FindingRequest) {
		f.Person = api.FindingPerson{Name: list.Text("items", 0, "person_name"), CertificateNumber: list.Text("items", 0, "certificate_number")}
	}
	later := env.Push(t, ministry, firm, about)
	first := env.Push(t, ministry, firm, about, func(f *api.FindingRequest) { f.DueOn = "2026-12-01" })
	marked := func(a *apitest.Answer) (ids []string) {
		t.Helper()
		for i := range a.Len("items") {
			if a.JSON("items", i, "finding") != nil {
				ids = append(ids, a.Text("items", i, "id")+" "+a.Text("items", i, "finding", "id")+" "+a.Text("items", i, "finding", "count"))
			}
		}
		return ids
	}
	var page *apitest.Answer
	if after := env.Statements(func() { page = firm.Get(t, filings).Want(t, 200) }); after != before {
		t.Errorf("%d statements, %d before anything was marked", after, before)
	}
	if got := marked(page); len(got) != 1 || got[0] != filed+" "+first+" 2" {
		t.Errorf("filings: %v of %v", got, ids)
	}
	if got := marked(firm.Get(t, "/registrants").Want(t, 200)); len(got) != 1 || got[0] != mine+" "+first+" 2" {
		t.Errorf("registrants: %v", got)
	}
	for _, path := range []string{"/filings/" + filed, "/registrants/" + mine} {
		if a := firm.Get(t, path).Want(t, 200); a.Text("finding", "state") != "awaiting_statement" || a.Text("finding", "due_on") != "2026-12-01" {
			t.Errorf("%s: %v", path, a.JSON("finding"))
		}
	}
	if got := marked(other.Get(t, "/registrants").Want(t, 200)); len(got) != 0 {
		t.Errorf("at another enterprise: %v", got)
	}
	// An integrator sees the mark only where the enterprise let it see appeals.
	if got := marked(env.Given(t, firm, auth.ScopeEnterpriseFilings).Get(t, filings).Want(t, 200)); len(got) != 0 {
		t.Errorf("without the right to appeals: %v", got)
	}
	if got := marked(env.Given(t, firm, auth.ScopeEnterpriseFilings, auth.ScopeEnterpriseAppeals).Get(t, filings).Want(t, 200)); len(got) != 1 {
		t.Errorf("with the right to appeals: %v", got)
	}
	for i, id := range []string{first, later} {
		ministry.Post(t, "/exchange/findings/"+id+"/outcome", object{"outcome_ref": "o-" + id, "outcome": "upheld"}).Want(t, 201)
		if got := marked(firm.Get(t, "/registrants").Want(t, 200)); len(got) != 1-i {
			t.Errorf("%d decided: %v", i+1, got)
		}
	}
}
