package api_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"zhuce/api/apitest"
	"zhuce/internal/auth"
	"zhuce/internal/filing/filingtest"
	standin "zhuce/internal/standin/registers"
)

const renamed = "改名后的设计公司"

// renaming is an enterprise whose new name stands in the business register.
func renaming(t *testing.T, env *apitest.Env) *apitest.Caller {
	t.Helper()
	firm := env.Enterprise(t)
	if err := env.Registers.Rename(firm.CreditCode, renamed); err != nil {
		t.Fatal(err)
	}
	return firm
}

func reported(t *testing.T, firm *apitest.Caller) string {
	t.Helper()
	return firm.Post(t, "/renames", map[string]any{"new_name": renamed}).Want(t, 201).Text("id")
}

func TestRenameFromOfferToApproval(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, province := renaming(t, env), env.Machine(t, auth.Province)
	offer := firm.Get(t, "/renames/new").Want(t, 200)
	if offer.Text("old_name") != firm.Name || offer.Text("new_name") != renamed || offer.Text("register", "stale") != "false" ||
		offer.JSON("actions", 0, "allowed") != true || offer.JSON("copy_required") != false {
		t.Errorf("offer: %s", offer.Body)
	}
	first := firm.Post(t, "/renames", map[string]any{"new_name": renamed}, "Idempotency-Key", "k").Want(t, 201)
	again := firm.Post(t, "/renames", map[string]any{"new_name": renamed}, "Idempotency-Key", "k").Want(t, 201)
	id := first.Text("id")
	if again.Text("id") != id {
		t.Error("sent twice, done twice")
	}
	if list := firm.Get(t, "/renames?status=submitted").Want(t, 200); list.Text("total") != "1" || list.Text("items", 0, "id") != id {
		t.Errorf("list: %s", list.Body)
	}
	if open := firm.Get(t, "/renames/new").Want(t, 200); open.Text("open_rename", "id") != id || open.Text("actions", 0, "code") != "rename.already_open" {
		t.Errorf("offer while one is open: %s", open.Body)
	}
	ids := []string{env.Deliver(t, firm)}
	refused := firm.Post(t, "/commitments", map[string]any{"filing_ids": ids}).Want(t, 409, "rename.open")
	if refused.Text("errors", 0, "record", "id") != id || refused.Text("errors", 0, "record", "type") != "rename" {
		t.Errorf("the rename is not named: %s", refused.Body)
	}
	for _, path := range []string{"/filings", "/filings/" + ids[0]} {
		a := firm.Get(t, path).Want(t, 200)
		at := []any{"actions"}
		if path == "/filings" {
			at = []any{"items", 0, "actions"}
		}
		if a.Text(append(at, 0, "code")...) != "rename.open" || a.JSON(append(at, 1, "allowed")...) != true {
			t.Errorf("%s: submitting is barred and returning is not: %s", path, a.Body)
		}
	}
	firm.Post(t, "/filings/check", map[string]any{"action": "submit", "filing_ids": ids}).Want(t, 409, "rename.open")

	todo := province.Get(t, "/exchange/renames").Want(t, 200)
	if todo.Text("total") != "1" || todo.Text("items", 0, "unified_social_credit_code") != firm.CreditCode || todo.JSON("items", 0, "actions", 0, "allowed") != true {
		t.Errorf("the province sees %s", todo.Body)
	}
	outcome := map[string]any{"outcome_ref": "o-1", "outcome": "approved"}
	province.Post(t, "/exchange/renames/"+id+"/outcome", outcome).Want(t, 200)
	if again := province.Post(t, "/exchange/renames/"+id+"/outcome", outcome).Want(t, 200); again.Text("status") != "approved" {
		t.Errorf("the same again: %s", again.Body)
	}
	outcome["outcome"], outcome["reason"] = "refused", "改变主意"
	province.Post(t, "/exchange/renames/"+id+"/outcome", outcome).Want(t, 409, "rename.outcome_ref_reused")
	outcome["outcome_ref"] = "o-2"
	decided := province.Post(t, "/exchange/renames/"+id+"/outcome", outcome).Want(t, 409, "rename.already_decided")
	if decided.Text("errors", 0, "record", "status") != "approved" {
		t.Errorf("what became of it: %s", decided.Body)
	}

	e := firm.Get(t, "/enterprises/current").Want(t, 200)
	if e.Text("name") != renamed || e.Text("former_names", 0, "name") != firm.Name || e.Text("former_names", 0, "rename_id") != id {
		t.Errorf("enterprise: %s", e.Body)
	}
	if s := firm.Get(t, "/session").Want(t, 200); s.Text("enterprise", "name") != renamed {
		t.Errorf("session: %s", s.Body)
	}
	d := firm.Get(t, "/renames/"+id).Want(t, 200)
	if d.Text("timeline", 1, "action") != "approve" || d.Text("timeline", 1, "from") != "submitted" || d.Text("status") != "approved" {
		t.Errorf("detail: %s", d.Body)
	}
	firm.Get(t, "/renames/"+id, "If-None-Match", d.Header.Get("ETag")).Want(t, 304)
	env.Submit(t, firm, ids...)
}

// A registration's history keeps the name that the enterprise had then; what comes
// after the rename stands under the new one.
func TestRegistrantsKeepTheNameOfTheirTime(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, province := renaming(t, env), env.Machine(t, auth.Province)
	name := func(id string) string {
		return firm.Get(t, "/registrants/"+id).Want(t, 200).Text("history", 0, "enterprise_name")
	}
	env.Registered(t, firm, 1)
	before := firm.Get(t, "/registrants").Want(t, 200).Text("items", 0, "id")
	id := reported(t, firm)
	env.Clock.Advance(time.Minute)
	province.Post(t, "/exchange/renames/"+id+"/outcome", map[string]any{"outcome_ref": "o-1", "outcome": "approved"}).Want(t, 200)
	if got := name(before); got != firm.Name {
		t.Errorf("before the rename: %s", got)
	}
	env.Clock.Advance(time.Minute)
	env.Registered(t, firm, 1)
	if got := name(firm.Get(t, "/registrants?sort=-registered_at").Want(t, 200).Text("items", 0, "id")); got != renamed {
		t.Errorf("after it: %s", got)
	}
}

func TestRenameRefusals(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, stranger := renaming(t, env), renaming(t, env)
	body := map[string]any{"new_name": renamed}
	fresh := env.FreshEnterprise(t)
	fresh.Post(t, "/renames", body).Want(t, 409, "enterprise.basic_information_missing")
	unknown := env.Enterprise(t)
	if o := unknown.Get(t, "/renames/new").Want(t, 200); o.Text("actions", 0, "code") != "registers.unknown_enterprise" || o.JSON("new_name") != nil || o.JSON("register") != nil {
		t.Errorf("unknown to the register: %s", o.Body)
	}
	unknown.Post(t, "/renames", body).Want(t, 404, "registers.unknown_enterprise")
	firm.Post(t, "/renames", map[string]any{"new_name": "自己写的"}).Want(t, 409, "rename.name_changed")
	firm.Post(t, "/renames", map[string]any{"new_name": ""}).Want(t, 422, "request.invalid")
	firm.Post(t, "/renames", map[string]any{"new_name": renamed, "attachment_id": uuid.NewString()}).Want(t, 422, "rename.copy_unknown")

	env.Registers.Behave(standin.Behaviour{Enterprises: standin.Down})
	silent := env.Enterprise(t)
	silent.Post(t, "/renames", body).Want(t, 503, "registers.unavailable")
	if o := silent.Get(t, "/renames/new").Want(t, 200); o.Text("actions", 0, "code") != "registers.unavailable" {
		t.Errorf("down: %s", o.Body)
	}
	if o := firm.Get(t, "/renames/new").Want(t, 200); o.JSON("register", "stale") != true || o.JSON("actions", 0, "allowed") != true {
		t.Errorf("the last answer: %s", o.Body)
	}
	env.Registers.Behave(standin.Behaviour{})

	filing := env.Deliver(t, firm)
	blocked := firm.Post(t, "/renames", body).Want(t, 409, "rename.filings_open")
	if blocked.Text("errors", 0, "record", "id") != filing || blocked.Text("errors", 0, "record", "type") != "filing" {
		t.Errorf("the filing is not named: %s", blocked.Body)
	}
	if o := firm.Get(t, "/renames/new").Want(t, 200); o.Text("open_filings") != "1" || o.Text("filings", 0, "id") != filing {
		t.Errorf("offer: %s", o.Body)
	}

	id := reported(t, stranger)
	firm.Get(t, "/renames/"+id).Want(t, 404, "rename.not_found")
	firm.Get(t, "/renames/nonsense").Want(t, 404, "rename.not_found")
	firm.Get(t, "/renames?cursor=nonsense").Want(t, 422, "request.cursor")
	firm.Try(t, "GET", "/renames?status=open", nil).Want(t, 422, "request.invalid")
}

func TestRenameCopyOverHTTP(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, province := renaming(t, env), env.Machine(t, auth.Province)
	b := filingtest.Basics()
	b.Industries = []string{"testing"}
	if _, err := env.App.Enterprises.Save(t.Context(), firm.Actor, 1, b); err != nil {
		t.Fatal(err)
	}
	if o := firm.Get(t, "/renames/new").Want(t, 200); o.JSON("copy_required") != true || o.Text("copy_industries", 0) != "testing" {
		t.Errorf("offer: %s", o.Body)
	}
	missing := firm.Post(t, "/renames", map[string]any{"new_name": renamed}).Want(t, 422, "rename.copy_required")
	if missing.Text("errors", 0, "pointer") != "/attachment_id" {
		t.Errorf("missing: %s", missing.Body)
	}
	file := firm.Post(t, "/attachments", apitest.File{Name: "副本.png", Content: onePixel}).Want(t, 201).Text("id")
	id := firm.Post(t, "/renames", map[string]any{"new_name": renamed, "attachment_id": file}).Want(t, 201).Text("id")
	if d := firm.Get(t, "/renames/"+id).Want(t, 200); d.Text("copy", "attachment_id") != file || d.Text("copy", "file_name") != "副本.png" {
		t.Errorf("detail: %s", d.Body)
	}
	if a := province.Get(t, "/exchange/renames/"+id+"/copy").Want(t, 200); string(a.Body) != string(onePixel) {
		t.Errorf("%d bytes", len(a.Body))
	}
}

func TestRenameOutcomeRefusals(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := renaming(t, env)
	id := reported(t, firm)
	path := "/exchange/renames/" + id + "/outcome"
	body := map[string]any{"outcome_ref": "o-1", "outcome": "approved"}
	env.Machine(t, auth.Province, auth.ScopeRead).Post(t, path, body).Want(t, 403, "auth.missing_scope")
	firm.Post(t, path, body).Want(t, 403, "auth.wrong_role")
	province := env.Machine(t, auth.Province)
	province.Post(t, "/exchange/renames/"+uuid.NewString()+"/outcome", body).Want(t, 404, "rename.not_found")
	province.Get(t, "/exchange/renames/"+id+"/copy").Want(t, 404, "attachment.not_found")
	body["outcome"] = "refused"
	province.Post(t, path, body).Want(t, 422, "rename.reason_required")
	body["reason"] = "见 13812345678"
	province.Post(t, path, body).Want(t, 422, "request.invalid")
	body["reason"] = "资质证书尚未更名"
	if d := province.Post(t, path, body).Want(t, 200); d.Text("status") != "refused" || d.JSON("actions", 0, "allowed") != false {
		t.Errorf("refused: %s", d.Body)
	}
	if d := firm.Get(t, "/renames/"+id).Want(t, 200); d.Text("reason") != "资质证书尚未更名" {
		t.Errorf("detail: %s", d.Body)
	}
	reported(t, firm)
}
