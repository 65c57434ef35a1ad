package api_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"zhuce/api"
	"zhuce/api/apitest"
	"zhuce/internal/auth"
	"zhuce/internal/filing"
	"zhuce/internal/identity"
)

func TestRegistrants(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	first := env.Delivery(firm, func(d *api.DeliveryRequest) { d.Person.Name = "欧阳修远" })
	id := env.Person(t).Post(t, "/exchange/filings", first).Want(t, 201).Text("id")
	later := env.DeliverMany(t, firm, 2)
	env.Accepted(t, firm, append(later, id)...)
	env.Decide(t, auth.Ministry, filing.Approve, "", id)
	env.Clock.Advance(24 * time.Hour)
	env.Decide(t, auth.Ministry, filing.Approve, "", later...)
	firm = env.SignIn(t, identity.Person{Subject: "later", Account: "later", Operator: "经办人", Name: firm.Name, CreditCode: firm.CreditCode,
		LegalRepresentative: "赵一", LegalPersonType: "enterprise", TrustLevel: 3})
	other := env.Enterprise(t)

	a := firm.Get(t, "/registrants").Want(t, 200)
	if a.Text("total") != "3" || a.Text("items", 0, "person_name") != "欧阳修远" || a.Text("items", 0, "status") != "valid" {
		t.Fatalf("list: %s", a.Body)
	}
	r, certificate := a.Text("items", 0, "id"), a.Text("items", 0, "certificate_number")
	for query, want := range map[string]string{
		"name=" + url.QueryEscape("欧阳"):            "1",
		"certificate_number=" + certificate:        "1",
		"profession=structural_1":                  "3",
		"profession=chemical":                      "0",
		"matter=architects":                        "0",
		"status=valid":                             "3",
		"status=expired&status=deregistered":       "0",
		"valid_until_from=2029-11-23":              "2",
		"valid_until_to=2029-11-22":                "1",
		"valid_until_from=2029-11-22&status=valid": "3",
	} {
		if a := firm.Get(t, "/registrants?"+query).Want(t, 200); a.Text("total") != want {
			t.Errorf("%s: %s found, wanted %s", query, a.Text("total"), want)
		}
	}
	for _, sort := range []string{"-valid_until", "person_name", "-registered_at", "certificate_number"} {
		page := firm.Get(t, "/registrants?limit=2&sort="+sort).Want(t, 200)
		rest := firm.Get(t, "/registrants?limit=2&sort="+sort+"&cursor="+page.Text("next_cursor")).Want(t, 200)
		if page.Len("items") != 2 || rest.Len("items") != 1 || rest.JSON("next_cursor") != nil || rest.Text("total") != "3" {
			t.Errorf("%s: %s then %s", sort, page.Body, rest.Body)
		}
	}
	if a := firm.Post(t, "/registrants/search", map[string]any{"id_number": first.Person.IDNumber}).Want(t, 200); a.Text("total") != "1" || a.Text("items", 0, "id") != r {
		t.Errorf("by ID number: %s", a.Body)
	}
	if a := firm.Get(t, "/registrants/counts").Want(t, 200); a.Text("total") != "3" || a.Text("counts", 0, "count") != "3" || a.Len("counts") != 4 {
		t.Errorf("counts: %s", a.Body)
	}
	d := firm.Get(t, "/registrants/"+r).Want(t, 200)
	if d.Text("history", 0, "registration_type") != "initial" || d.Text("history", 0, "filing_id") != id || d.Text("source_filing_id") != id ||
		d.Text("valid_from") != "2026-11-23" || d.Text("valid_until") != "2029-11-22" || d.Text("history", 0, "enterprise_name") != firm.Name {
		t.Errorf("detail: %s", d.Body)
	}
	if strings.Contains(string(d.Body)+string(a.Body), first.Person.IDNumber) {
		t.Error("the ID number is shown in full")
	}
	shown := firm.Post(t, "/registrants/"+r+"/reveal", map[string]any{"reason": "核对证件"}).Want(t, 200)
	if shown.Text("id_number") != first.Person.IDNumber || shown.Text("mobile") != first.Person.Mobile {
		t.Errorf("revealed %s", shown.Body)
	}
	if n := rows(t, env, `SELECT count(*) FROM audit_log WHERE action = 'registrant.reveal' AND subject_id = ? AND reason = '核对证件'`, r); n != 1 {
		t.Errorf("%d audit entries", n)
	}
	firm.Post(t, "/registrants/"+r+"/reveal", map[string]any{"reason": " "}).Want(t, 422, "request.invalid")
	firm.Post(t, "/registrants/"+r+"/reveal", map[string]any{"reason": "手机 13812345678"}).Want(t, 422, "request.invalid")

	// Another enterprise's registrants are not there.
	if a := other.Get(t, "/registrants").Want(t, 200); a.Text("total") != "0" {
		t.Errorf("another enterprise: %s", a.Body)
	}
	other.Get(t, "/registrants/"+r).Want(t, 404, "registrant.not_found")
	other.Post(t, "/registrants/"+r+"/reveal", map[string]any{"reason": "核对证件"}).Want(t, 404, "registrant.not_found")
	firm.Get(t, "/registrants/17").Want(t, 404, "registrant.not_found")
	firm.Get(t, "/registrants?cursor=x").Want(t, 422, "request.cursor")
	firm.Get(t, "/registrants?status=approved").Want(t, 422, "request.invalid")
	firm.Get(t, "/registrants?valid_until_to=soon").Want(t, 422, "request.invalid")
}

// A registration is valid through its last day in China, then expired.
func TestRegistrantsExpire(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	env.Registered(t, firm, 1)
	status := func() string {
		firm.Refresh(t)
		a := firm.Get(t, "/registrants").Want(t, 200)
		b := firm.Get(t, "/registrants?status="+a.Text("items", 0, "status")).Want(t, 200)
		if b.Text("total") != "1" {
			t.Errorf("the list says %s, the query does not", a.Text("items", 0, "status"))
		}
		c := firm.Get(t, "/registrants/counts").Want(t, 200)
		for i := range c.Len("counts") {
			if (c.Text("counts", i, "status") == a.Text("items", 0, "status")) != (c.Text("counts", i, "count") == "1") {
				t.Errorf("counts: %s", c.Body)
			}
		}
		return a.Text("items", 0, "status")
	}
	end := time.Date(2029, 11, 22, 15, 59, 0, 0, time.UTC) // 23:59 in China on the last day
	env.Clock.Advance(end.Sub(env.Clock.Now()))
	firm = env.SignIn(t, identity.Person{Subject: "later", Account: "later", Operator: "经办人", Name: firm.Name, CreditCode: firm.CreditCode,
		LegalRepresentative: "赵一", LegalPersonType: "enterprise", TrustLevel: 3})
	if s := status(); s != "valid" {
		t.Errorf("on the last day: %s", s)
	}
	env.Clock.Advance(time.Minute)
	if s := status(); s != "expired" {
		t.Errorf("the day after: %s", s)
	}
}

// The list takes as many statements for one row as for many.
func TestRegistrantStatements(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	one, many := env.Enterprise(t), env.Enterprise(t)
	env.Registered(t, one, 1)
	env.Registered(t, many, 60)
	env.Registered(t, many, 140)
	one.Refresh(t)
	many.Refresh(t)
	n := env.Statements(func() { one.Get(t, "/registrants?limit=200").Want(t, 200) })
	m := env.Statements(func() {
		if a := many.Get(t, "/registrants?limit=200").Want(t, 200); a.Len("items") != 200 {
			t.Errorf("%d rows", a.Len("items"))
		}
	})
	if n != m {
		t.Errorf("%d statements for one row, %d for two hundred", n, m)
	}
}
