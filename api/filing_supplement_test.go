package api_test

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"testing"
	"time"

	"zhuce/api"
	"zhuce/api/apitest"
	"zhuce/internal/auth"
	"zhuce/internal/config"
	"zhuce/internal/standin/registers"
)

const certificateNumber = "A132000058"

func granted(env *apitest.Env, t *testing.T, firm *apitest.Caller) {
	t.Helper()
	if err := env.Registers.Grant(firm.CreditCode, registers.Certificate{Number: certificateNumber, Title: "建筑行业（建筑工程）", Category: "design_industry",
		Grade: "a", IssuingAuthority: "住房和城乡建设部", IssuedOn: "2026-11-01", ValidUntil: "2031-11-01", Holder: firm.Name}); err != nil {
		t.Fatal(err)
	}
}

func scanOf(t *testing.T, who *apitest.Caller) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	return who.Post(t, "/attachments", apitest.File{Name: "资质副本.png", Content: b.Bytes()}).Want(t, 201).Text("id")
}

func awaiting(env *apitest.Env, t *testing.T, firm *apitest.Caller) string {
	t.Helper()
	id := env.Deliver(t, firm, func(d *api.DeliveryRequest) { d.PreRegistration = true })
	env.Submit(t, firm, id)
	return id
}

// TestSupplement goes the whole way over HTTP: nothing found and a typed number;
// found and chosen; the register down.
func TestSupplement(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	first, second, third := awaiting(env, t, firm), awaiting(env, t, firm), awaiting(env, t, firm)

	row := firm.Get(t, "/filings?pre_registration=awaiting_qualification&name=").Want(t, 200)
	if row.Text("total") != "3" || row.Text("items", 0, "qualification_due_on") != "2026-12-23" || row.Text("items", 0, "qualification_days_left") != "30" {
		t.Errorf("list: %s", row.Body)
	}
	if got := firm.Get(t, "/filings?pre_registration=supplemented").Want(t, 200).Text("total"); got != "0" {
		t.Errorf("%s supplemented before anything was", got)
	}
	look := firm.Get(t, "/enterprises/current/qualification-lookup").Want(t, 200)
	if look.Text("outcome") != "none_found" || look.Text("asked_for") != "number_and_scan" {
		t.Errorf("look-up: %s", look.Body)
	}
	refused := firm.Post(t, "/filings/supplement", map[string]any{"filing_ids": []string{first}, "certificate_number": certificateNumber}).Want(t, 422, "filing.supplement_invalid")
	if got := refused.Refused(); len(got) != 1 || got[0] != "/attachment_id filing.scan_required" {
		t.Errorf("none found and no scan: %v", got)
	}
	typed := firm.Post(t, "/filings/supplement", map[string]any{"filing_ids": []string{first}, "certificate_number": certificateNumber, "attachment_id": scanOf(t, firm)}).Want(t, 200)
	if typed.Text("supplement", "source") != "typed" || typed.Text("count") != "1" {
		t.Errorf("typed: %s", typed.Body)
	}
	detail := firm.Get(t, "/filings/"+first).Want(t, 200)
	if detail.Text("pre_registration") != "supplemented" || detail.Text("supplement", "source") != "typed" || detail.Text("supplement", "file_name") != "资质副本.png" {
		t.Errorf("detail: %s", detail.Body)
	}

	granted(env, t, firm)
	look = firm.Get(t, "/enterprises/current/qualification-lookup").Want(t, 200)
	if look.Text("outcome") != "found" || look.Text("certificates", 0, "certificate_number") != certificateNumber || look.Text("unique_code") != "3200005" {
		t.Errorf("look-up: %s", look.Body)
	}
	firm.Post(t, "/filings/supplement", map[string]any{"filing_ids": []string{second}, "certificate_number": certificateNumber, "attachment_id": scanOf(t, firm)}).
		Want(t, 409, "filing.certificate_found")
	found := firm.Post(t, "/filings/supplement", map[string]any{"filing_ids": []string{second}, "certificate_number": certificateNumber}).Want(t, 200)
	if found.Text("supplement", "source") != "register" || found.Text("supplement", "certificate", "title") == "" {
		t.Errorf("found: %s", found.Body)
	}

	other := env.Enterprise(t)
	env.Registers.Behave(registers.Behaviour{Qualifications: registers.Down})
	look = other.Get(t, "/enterprises/current/qualification-lookup").Want(t, 200)
	if look.Text("outcome") != "unavailable" || look.Text("asked_for") != "retry" {
		t.Errorf("down, never asked: %s", look.Body)
	}
	theirs := awaiting(env, t, other)
	other.Post(t, "/filings/supplement", map[string]any{"filing_ids": []string{theirs}, "certificate_number": certificateNumber, "attachment_id": scanOf(t, other)}).
		Want(t, 503, "registers.unavailable")
	look = firm.Get(t, "/enterprises/current/qualification-lookup").Want(t, 200)
	if look.Text("outcome") != "found" || look.Text("stale") != "true" {
		t.Errorf("down, but asked before: %s", look.Body)
	}
	firm.Post(t, "/filings/supplement", map[string]any{"filing_ids": []string{third}, "certificate_number": certificateNumber}).Want(t, 200)
}

// TestSupplementAccess: who may not, and whose filing it is not.
func TestSupplementAccess(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, other := env.Enterprise(t), env.Enterprise(t)
	granted(env, t, other)
	id := awaiting(env, t, firm)
	body := map[string]any{"filing_ids": []string{id}, "certificate_number": certificateNumber}
	env.Anonymous().Post(t, "/filings/supplement", body).Want(t, 401)
	env.Person(t).Post(t, "/filings/supplement", body).Want(t, 403)
	env.Machine(t, auth.Ministry).Do(t, http.MethodGet, "/enterprises/current/qualification-lookup", nil).Want(t, 403)
	other.Post(t, "/filings/supplement", body).Want(t, 409, "filing.batch_refused")
	if got := firm.Get(t, "/filings/"+id).Want(t, 200).Text("pre_registration"); got != "awaiting_qualification" {
		t.Errorf("it is %s", got)
	}
	firm.Post(t, "/filings/supplement", map[string]any{"filing_ids": []string{id}, "certificate_number": certificateNumber, "attachment_id": "x"}).
		Want(t, 422, "request.invalid")
	check := firm.Post(t, "/filings/check", map[string]any{"action": "supplement", "filing_ids": []string{id}}).Want(t, 200)
	if check.Text("ok") != "true" {
		t.Errorf("dry run: %s", check.Body)
	}
}

// TestLapseByTheSweep: the row says so, and why it cannot be supplemented any more.
func TestLapseByTheSweep(t *testing.T) {
	t.Parallel()
	env := apitest.New(t, func(c *config.Config) {
		c.SessionLife, c.SessionIdle, c.AccessTokenLife = 60*24*time.Hour, 60*24*time.Hour, 60*24*time.Hour
	})
	firm := env.Enterprise(t)
	id := awaiting(env, t, firm)
	env.Clock.Advance(31 * 24 * time.Hour)
	env.Sweep(t)
	row := firm.Get(t, "/filings?pre_registration=lapsed").Want(t, 200)
	if row.Text("total") != "1" || row.Text("items", 0, "id") != id || row.Text("items", 0, "qualification_days_left") != "" {
		t.Errorf("list: %s", row.Body)
	}
	var page api.FilingPage
	row.Into(t, &page)
	for _, a := range page.Items[0].Actions {
		if a.Action == "supplement" && (a.Allowed || a.Code == nil || *a.Code != "filing.pre_registration_lapsed") {
			t.Errorf("the action: %+v", a)
		}
	}
}
