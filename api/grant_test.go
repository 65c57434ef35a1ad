package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"zhuce/api/apitest"
	"zhuce/internal/auth"
	"zhuce/internal/client"
)

// A grant from the list of integrators to the last read under it, and back.
func TestGrants(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, stranger := env.Enterprise(t), env.Enterprise(t)
	vendor := env.Machine(t, auth.Integrator)
	id := env.Deliver(t, firm)

	list := firm.Get(t, "/grants/integrators").Want(t, 200)
	if list.Len("items") != 1 || list.Text("items", 0, "client_id") != vendor.ClientID.String() || list.Len("items", 0, "scopes") != 5 || list.Text("days_default") != "90" {
		t.Errorf("%s", list.Body)
	}
	give := map[string]any{"client_id": vendor.ClientID, "scopes": []string{"enterprise:filings"}}
	g := firm.Post(t, "/grants", give, "Idempotency-Key", "one").Want(t, 201)
	if g.Text("state") != "active" || g.Text("until") != "2027-02-21" || g.Text("granted_by") != firm.Actor.Name || g.Text("actions", 0, "allowed") != "true" {
		t.Errorf("%s", g.Body)
	}
	if again := firm.Post(t, "/grants", give, "Idempotency-Key", "one").Want(t, 201); again.Text("id") != g.Text("id") {
		t.Errorf("sent again, another: %s", again.Body)
	}
	refused := firm.Post(t, "/grants", give).Want(t, 409, "grant.exists")
	if refused.Text("errors", 0, "record", "id") != g.Text("id") {
		t.Errorf("the one in the way is not named: %s", refused.Body)
	}
	stranger.Get(t, "/grants/"+g.Text("id")).Want(t, 404, "grant.not_found")
	stranger.Do(t, http.MethodDelete, "/grants/"+g.Text("id"), nil).Want(t, 404, "grant.not_found")
	if a := stranger.Get(t, "/grants").Want(t, 200); a.Len("items") != 0 {
		t.Errorf("a stranger sees %s", a.Body)
	}

	held := vendor.Get(t, "/exchange/grants").Want(t, 200)
	vendor.Get(t, "/exchange/grants?cursor=x").Want(t, 422, "request.cursor")
	if held.Len("items") != 1 || held.Text("items", 0, "unified_social_credit_code") != firm.CreditCode || held.Text("total") != "1" {
		t.Errorf("%s", held.Body)
	}
	env.Person(t).Get(t, "/exchange/grants").Want(t, 403, "grant.wrong_party")
	at := env.For(t, vendor, firm)
	at.Get(t, "/filings").Want(t, 200)
	env.Clock.Advance(time.Second)
	at.Get(t, "/filings/"+id).Want(t, 200)
	d := firm.Get(t, "/grants/"+g.Text("id")).Want(t, 200)
	if d.Len("accesses") != 2 || d.Text("accesses", 0, "resource") != "filings" || d.Text("accesses", 0, "record_id") != id ||
		d.JSON("accesses", 1, "record_id") != nil || d.Text("last_used_at") == "" {
		t.Errorf("%s", d.Body)
	}
	if a := firm.Do(t, http.MethodDelete, "/grants/"+g.Text("id"), nil).Want(t, 200); a.Text("state") != "revoked" || a.Text("revoked_by") != firm.Actor.Name {
		t.Errorf("%s", a.Body)
	}
	at.Get(t, "/filings").Want(t, 403, "auth.grant_ended")
	firm.Do(t, http.MethodDelete, "/grants/"+g.Text("id"), nil).Want(t, 409, "grant.over")
	if a := vendor.Get(t, "/exchange/grants").Want(t, 200); a.Len("items") != 0 {
		t.Errorf("still held: %s", a.Body)
	}
	firm.Post(t, "/grants", give).Want(t, 201)
	for query, n := range map[string]int{"": 2, "?state=active": 1, "?state=revoked": 1, "?state=expired": 0} {
		if a := firm.Get(t, "/grants"+query).Want(t, 200); a.Len("items") != n {
			t.Errorf("%q: %d", query, a.Len("items"))
		}
	}
	page := firm.Get(t, "/grants?limit=1").Want(t, 200)
	if rest := firm.Get(t, "/grants?limit=1&cursor="+page.Text("next_cursor")).Want(t, 200); rest.Text("items", 0, "state") != "revoked" || rest.JSON("next_cursor") != nil {
		t.Errorf("%s", rest.Body)
	}
}

func TestGrantRefusals(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	vendor, unlisted, disabled := env.Machine(t, auth.Integrator), env.Machine(t, auth.Integrator), env.Machine(t, auth.Integrator)
	narrow := env.Machine(t, auth.Integrator, auth.ScopeEvents, auth.ScopeEnterpriseWarnings)
	if _, err := env.App.Clients.Change(t.Context(), client.Command, unlisted.Name, 0, client.Changes{Scopes: client.EnterpriseScopes}); err != nil {
		t.Fatal(err)
	}
	if _, err := env.App.Clients.Disable(t.Context(), client.Command, disabled.Name); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		client uuid.UUID
		scope  string
		until  string
		code   string
	}{
		"unknown":          {uuid.New(), "enterprise:filings", "", "grant.integrator"},
		"not listed":       {unlisted.ClientID, "enterprise:filings", "", "grant.integrator"},
		"disabled":         {disabled.ClientID, "enterprise:filings", "", "grant.integrator"},
		"another party":    {env.Person(t).ClientID, "enterprise:filings", "", "grant.integrator"},
		"a scope too many": {narrow.ClientID, "enterprise:filings", "", "grant.scopes"},
		"no such scope":    {vendor.ClientID, "filings:decide", "", "grant.scopes"},
		"yesterday":        {vendor.ClientID, "enterprise:filings", "2026-11-22", "grant.until"},
		"366 days":         {vendor.ClientID, "enterprise:filings", "2027-11-24", "grant.until"},
	} {
		if a := firm.Try(t, http.MethodPost, "/grants", map[string]any{"client_id": c.client, "scopes": []string{c.scope}, "until": c.until}); a.Status != 422 || a.Code() != c.code && c.code != "grant.scopes" {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	firm.Post(t, "/grants", map[string]any{"client_id": vendor.ClientID, "scopes": []string{"enterprise:filings"}, "until": "2027-11-23"}).Want(t, 201)
	for _, body := range []any{map[string]any{}, map[string]any{"client_id": "x", "scopes": []string{"enterprise:filings"}},
		map[string]any{"client_id": vendor.ClientID, "scopes": []string{}}} {
		firm.Try(t, http.MethodPost, "/grants", body).Want(t, 422, "request.invalid")
	}
}

// A client's life as the administrator's client drives it; none of it needs the command.
func TestAdministrator(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	admin := env.Machine(t, auth.Administrator)
	made := admin.Post(t, "/admin/clients", map[string]any{"name": "jiangsu", "party": "province", "scopes": []string{"filings:read", "filings:decide"},
		"provinces": []string{"32"}, "description": "江苏"}, "Idempotency-Key", "made").Want(t, 201)
	if again := admin.Post(t, "/admin/clients", map[string]any{"name": "jiangsu", "party": "province", "scopes": []string{"filings:read", "filings:decide"},
		"provinces": []string{"32"}, "description": "江苏"}, "Idempotency-Key", "made").Want(t, 201); again.Text("id") != made.Text("id") || again.JSON("client_secret") != nil {
		t.Errorf("sent again: %s", again.Body)
	}
	admin.Post(t, "/admin/clients", map[string]any{"name": "jiangsu", "party": "person", "scopes": []string{"filings:read"}}).Want(t, 409, "client.name_taken")
	admin.Post(t, "/admin/clients", map[string]any{"name": "another", "party": "administrator", "scopes": []string{"clients:manage"}}).Want(t, 403, "client.administrator_by_command")
	admin.Post(t, "/admin/clients", map[string]any{"name": "x y", "party": "person", "scopes": []string{"filings:read"}}).Want(t, 422, "client.name")
	path := "/admin/clients/" + made.Text("id")
	c := &apitest.Caller{Env: env, Name: "jiangsu", ClientID: uuid.MustParse(made.Text("id")), Secret: made.Text("client_secret")}
	c.Authorize(t)
	c.Get(t, "/exchange/filings").Want(t, 200)

	d := admin.Get(t, path).Want(t, 200)
	if d.Len("secrets") != 1 || d.Text("secrets", 0, "last_used_at") == "" || d.Text("last_used_at") == "" || d.Text("provinces", 0) != "32" {
		t.Errorf("%s", d.Body)
	}
	change := map[string]any{"description": "江苏", "scopes": []string{"filings:decide"}, "provinces": []string{"32", "33"}}
	admin.Do(t, http.MethodPut, path, change).Want(t, 428)
	admin.Do(t, http.MethodPut, path, change, "If-Match", `"7"`).Want(t, 412, "client.stale")
	admin.Do(t, http.MethodPut, path, change, "If-Match", `"0"`).Want(t, 412, "client.stale")
	for range 2 { // the same key: the same answer, though the version has moved on
		admin.Do(t, http.MethodPut, path, change, "If-Match", d.Header.Get("ETag"), "Idempotency-Key", "change").Want(t, 200)
	}
	c.Get(t, "/exchange/filings").Want(t, 403, "auth.missing_scope") // at the next request

	r := admin.Post(t, path+"/secrets", map[string]any{}).Want(t, 201)
	if r.Text("old_expires_at") != "2026-11-24T01:00:00Z" || len(r.Text("client_secret")) != 43 {
		t.Errorf("%s", r.Body)
	}
	admin.Try(t, http.MethodPost, path+"/secrets", map[string]any{"overlap_seconds": 2592001}).Want(t, 422)
	if d := admin.Get(t, path).Want(t, 200); d.Len("secrets") != 2 {
		t.Errorf("%s", d.Body)
	}
	admin.Do(t, http.MethodDelete, path+"/secrets/"+made.Text("secret_id"), nil).Want(t, 204)
	admin.Do(t, http.MethodDelete, path+"/secrets/"+made.Text("secret_id"), nil).Want(t, 404, "client.secret_not_found")
	admin.Do(t, http.MethodDelete, path+"/secrets/x", nil).Want(t, 404, "client.secret_not_found")

	jwk := map[string]any{"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}
	k := admin.Post(t, path+"/keys", map[string]any{"keys": []any{jwk}}).Want(t, 201)
	admin.Post(t, path+"/keys", map[string]any{"keys": []any{jwk}}).Want(t, 409, "client.key_taken")
	jwk["d"] = "secret"
	admin.Try(t, http.MethodPost, path+"/keys", map[string]any{"keys": []any{jwk}}).Want(t, 400, "request.unknown_field")
	admin.Do(t, http.MethodDelete, path+"/keys/"+k.Text("keys", 0, "id"), nil).Want(t, 204)
	admin.Do(t, http.MethodDelete, path+"/keys/"+k.Text("keys", 0, "id"), nil).Want(t, 404, "client.key_not_found")

	admin.Do(t, http.MethodPost, path+"/disable", nil).Want(t, 200)
	c.Get(t, "/exchange/filings").Want(t, 401, "auth.client_disabled")
	admin.Do(t, http.MethodPost, path+"/enable", nil).Want(t, 200)
	c.Get(t, "/exchange/filings").Want(t, 403, "auth.missing_scope")

	self := "/admin/clients/" + admin.ClientID.String()
	admin.Post(t, self+"/secrets", map[string]any{}).Want(t, 403, "client.administrator_by_command")
	admin.Do(t, http.MethodPost, self+"/disable", nil).Want(t, 403, "client.administrator_by_command")
	admin.Get(t, "/admin/clients/"+uuid.NewString()).Want(t, 404, "client.not_found")
	admin.Get(t, "/admin/clients?cursor=x").Want(t, 422, "request.cursor")
	nobody := "/admin/clients/" + uuid.NewString()
	delete(jwk, "d")
	admin.Do(t, http.MethodPut, nobody, change, "If-Match", `"1"`).Want(t, 404, "client.not_found")
	admin.Post(t, nobody+"/secrets", map[string]any{}).Want(t, 404, "client.not_found")
	admin.Post(t, nobody+"/keys", map[string]any{"keys": []any{jwk}}).Want(t, 404, "client.not_found")
	admin.Try(t, http.MethodPost, path+"/keys", map[string]any{"keys": []any{map[string]any{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}}).Want(t, 422, "client.key")
	admin.Do(t, http.MethodPut, "/admin/clients/"+admin.ClientID.String(), map[string]any{"scopes": []string{"clients:manage"}}, "If-Match", `"1"`).Want(t, 403, "client.administrator_by_command")
	admin.Try(t, http.MethodPut, path, map[string]any{"scopes": []string{"clients:manage"}, "provinces": []string{"32"}}, "If-Match", admin.Get(t, path).Header.Get("ETag")).Want(t, 422, "client.scopes")
	other := "/admin/clients/" + admin.Post(t, "/admin/clients", map[string]any{"name": "other", "party": "person", "scopes": []string{"filings:read"}}).Want(t, 201).Text("id")
	for code, wrong := range map[string]map[string]any{
		path + " client.province_needed": {"scopes": []string{"filings:read"}},
		path + " client.provinces":       {"scopes": []string{"filings:read"}, "provinces": []string{"99"}},
		other + " client.province_alone": {"scopes": []string{"filings:read"}, "provinces": []string{"32"}},
		other + " client.listed":         {"scopes": []string{"filings:read"}, "listed": true},
	} {
		to, code, _ := strings.Cut(code, " ")
		admin.Try(t, http.MethodPut, to, wrong, "If-Match", admin.Get(t, to).Header.Get("ETag")).Want(t, 422, code)
	}
	admin.Do(t, http.MethodDelete, nobody+"/secrets/"+uuid.NewString(), nil).Want(t, 404, "client.not_found")
	admin.Do(t, http.MethodDelete, nobody+"/keys/"+uuid.NewString(), nil).Want(t, 404, "client.not_found")
	admin.Do(t, http.MethodPost, "/admin/clients/"+admin.ClientID.String()+"/enable", nil).Want(t, 403, "client.administrator_by_command")
	admin.Do(t, http.MethodDelete, "/admin/clients/"+admin.ClientID.String()+"/secrets/"+uuid.NewString(), nil).Want(t, 403, "client.administrator_by_command")
	admin.Do(t, http.MethodDelete, "/admin/clients/"+admin.ClientID.String()+"/keys/"+uuid.NewString(), nil).Want(t, 403, "client.administrator_by_command")
	admin.Do(t, http.MethodPost, nobody+"/disable", nil).Want(t, 404, "client.not_found")
	admin.Do(t, http.MethodPost, nobody+"/enable", nil).Want(t, 404, "client.not_found")
	for code, wrong := range map[string]map[string]any{
		"client.scopes":          {"name": "wrong", "party": "person", "scopes": []string{"clients:manage"}},
		"client.province_needed": {"name": "wrong", "party": "province", "scopes": []string{"filings:decide"}},
		"client.province_alone":  {"name": "wrong", "party": "ministry", "scopes": []string{"filings:decide"}, "provinces": []string{"32"}},
		"client.provinces":       {"name": "wrong", "party": "province", "scopes": []string{"filings:decide"}, "provinces": []string{"99"}},
		"client.listed":          {"name": "wrong", "party": "person", "scopes": []string{"filings:read"}, "listed": true},
	} {
		admin.Try(t, http.MethodPost, "/admin/clients", wrong).Want(t, 422, code)
	}
	if a := admin.Get(t, "/admin/clients?limit=1").Want(t, 200); a.Text("total") != "3" || admin.Get(t, "/admin/clients?limit=1&cursor="+a.Text("next_cursor")).Want(t, 200).Len("items") != 1 {
		t.Errorf("%s", a.Body)
	}
	if a := admin.Get(t, "/admin/clients?party=province").Want(t, 200); a.Len("items") != 1 {
		t.Errorf("%s", a.Body)
	}
	var kept []string
	if err := env.App.DB.Read(t.Context()).Raw(`SELECT DISTINCT action FROM audit_log WHERE caller = ? ORDER BY action`, admin.Actor.Caller()).Scan(&kept).Error; err != nil || len(kept) != 10 {
		t.Errorf("in the audit log: %v, %v", kept, err)
	}
}

// A client that is not there is not found, whatever is to be done with it.
func TestAdministratorOfNobody(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	admin, nobody := env.Machine(t, auth.Administrator), "/admin/clients/019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"
	version := []string{"If-Match", `"1"`}
	settings := map[string]any{"description": "", "scopes": []string{"filings:read"}, "provinces": []string{}, "listed": false}
	admin.Do(t, "PUT", nobody, settings, version...).Want(t, 404)
	key := map[string]any{"kty": "EC", "crv": "P-256", "kid": "k", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}
	for path, body := range map[string]any{"/disable": nil, "/enable": nil, "/secrets": map[string]any{}, "/keys": map[string]any{"keys": []any{key}}} {
		a := admin.Post(t, nobody+path, body)
		a.Want(t, 404)
	}
}
