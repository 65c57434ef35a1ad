package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"zhuce/api"
	"zhuce/api/apitest"
	"zhuce/internal/auth"
	"zhuce/internal/client"
	"zhuce/internal/grant"
)

// An integrator reads, for the one enterprise that its token names, what that
// enterprise gave it; each read is in the audit log under its name.
func TestIntegratorReadsForAnEnterprise(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, other := env.Enterprise(t), env.Enterprise(t)
	mine, theirs := env.Deliver(t, firm), env.Deliver(t, other)
	vendor := env.Given(t, firm, auth.ScopeEnterpriseFilings, auth.ScopeEnterpriseMessages)

	list := vendor.Get(t, "/filings").Want(t, 200)
	if list.Len("items") != 1 || list.Text("items", 0, "id") != mine {
		t.Errorf("the list is %s", list.Body)
	}
	vendor.Get(t, "/filings/"+mine).Want(t, 200)
	vendor.Get(t, "/filings/"+theirs).Want(t, 404, "filing.not_found")
	vendor.Post(t, "/filings/search", map[string]any{"name": "李"}).Want(t, 200)
	vendor.Get(t, "/messages").Want(t, 200)
	vendor.Get(t, "/registrants").Want(t, 403, "auth.missing_scope")
	vendor.Post(t, "/filings/submit", map[string]any{}).Want(t, 403, "auth.wrong_role")
	vendor.Post(t, "/filings/"+mine+"/reveal", map[string]any{"reason": "x"}).Want(t, 403, "auth.wrong_role")
	vendor.Get(t, "/attachments/"+uuid.NewString()+"/content").Want(t, 403, "auth.wrong_role")

	var kept []string
	if err := env.App.DB.Read(t.Context()).Raw(`SELECT reason FROM audit_log WHERE action = 'grant.read' AND caller = ? AND actor_name = ? AND enterprise_id = ? ORDER BY id`,
		"client:"+vendor.ClientID.String()+":for:"+firm.Actor.EnterpriseID.String(), vendor.Name, firm.Actor.EnterpriseID).Scan(&kept).Error; err != nil {
		t.Fatal(err)
	}
	if have, want := strings.Join(kept, "; "), "filings; filings "+mine+"; filings "+theirs+"; filings; messages"; have != want {
		t.Errorf("the audit log has %q, wanted %q", have, want)
	}
}

// What the row offers to people is not open to an integrator: it has no action at all.
func TestIntegratorHasNoActions(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	id := env.Deliver(t, firm)
	vendor := env.Given(t, firm)
	for _, path := range []string{"/filings", "/filings/" + id} {
		if body := string(vendor.Get(t, path).Want(t, 200).Body); strings.Contains(body, `"allowed":true`) {
			t.Errorf("%s offers an action: %s", path, body)
		}
	}
}

// The grant is looked at on each request: revoked, expired, narrowed by the
// administrator or disabled, the token in hand is worth nothing more at once.
func TestGrantIsLookedAtOnEachRequest(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	ask := func(c *apitest.Caller) *apitest.Answer {
		return env.Anonymous().Post(t, "/exchange/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {c.Name},
			"client_secret": {c.Secret}, "unified_social_credit_code": {firm.CreditCode}})
	}
	given := func(c *apitest.Caller) uuid.UUID {
		t.Helper()
		p, err := env.App.Grants.List(t.Context(), firm.Actor, grant.Active, "", 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range p.Items {
			if g.Integrator.ID == c.ClientID {
				return g.ID
			}
		}
		t.Fatal("there is no grant")
		return uuid.Nil
	}

	revoked := env.Given(t, firm)
	revoked.Get(t, "/filings").Want(t, 200)
	if _, err := env.App.Grants.Revoke(t.Context(), firm.Actor, given(revoked)); err != nil {
		t.Fatal(err)
	}
	revoked.Get(t, "/filings").Want(t, 403, "auth.grant_ended")
	if a := ask(revoked).Want(t, 400, "exchange.no_grant"); a.Text("error") != "invalid_target" {
		t.Errorf("error is %s", a.Text("error"))
	}

	narrowed := env.Given(t, firm)
	if _, err := env.App.Clients.Change(t.Context(), client.Command, narrowed.Name, 0,
		client.Changes{Scopes: []string{auth.ScopeEnterpriseMessages}, Listed: true}); err != nil {
		t.Fatal(err)
	}
	narrowed.Get(t, "/filings").Want(t, 403, "auth.missing_scope")
	narrowed.Get(t, "/messages").Want(t, 200)
	if _, err := env.App.Clients.Disable(t.Context(), client.Command, narrowed.Name); err != nil {
		t.Fatal(err)
	}
	narrowed.Get(t, "/messages").Want(t, 401, "auth.client_disabled")

	expired := env.Machine(t, auth.Integrator)
	if _, err := env.App.Grants.Give(t.Context(), firm.Actor, grant.Give{ClientID: expired.ClientID, Scopes: []string{auth.ScopeEnterpriseFilings}, Until: env.Clock.Now()}); err != nil {
		t.Fatal(err)
	}
	// The day ends at 16:00 UTC: midnight in China.
	env.Clock.Advance(time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC).Sub(env.Clock.Now()) - time.Minute)
	at := &apitest.Caller{Env: env, Token: ask(expired).Want(t, 200).Text("access_token")}
	at.Get(t, "/filings").Want(t, 200)
	env.Clock.Advance(time.Minute)
	at.Get(t, "/filings").Want(t, 403, "auth.grant_ended") // whether or not a sweep has come by
	ask(expired).Want(t, 400, "exchange.no_grant")
}

// A token for an enterprise is for one that gave rights, and for nobody but integrators.
func TestTokenForAnEnterprise(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, stranger := env.Enterprise(t), env.Enterprise(t)
	vendor, person := env.Given(t, firm, auth.ScopeEnterpriseFilings), env.Machine(t, auth.Person)
	ask := func(c *apitest.Caller, code, scope string) *apitest.Answer {
		return env.Anonymous().Post(t, "/exchange/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {c.Name},
			"client_secret": {c.Secret}, "unified_social_credit_code": {code}, "scope": {scope}})
	}
	if a := ask(vendor, firm.CreditCode, "").Want(t, 200); a.Text("scope") != "enterprise:filings" {
		t.Errorf("scope %s", a.Text("scope"))
	}
	ask(vendor, firm.CreditCode, "enterprise:registrants").Want(t, 400, "exchange.invalid_scope")
	ask(vendor, firm.CreditCode, "events:read").Want(t, 400, "exchange.invalid_scope")
	ask(vendor, stranger.CreditCode, "").Want(t, 400, "exchange.no_grant")
	ask(vendor, "911100000000000000", "").Want(t, 400, "exchange.no_grant")
	ask(vendor, "x\x00y", "").Want(t, 400, "exchange.no_grant")
	ask(person, firm.CreditCode, "").Want(t, 400, "exchange.no_grant")
	if a := ask(vendor, "", "").Want(t, 200); a.Text("scope") != "events:read" { // its own
		t.Errorf("its own scope is %s", a.Text("scope"))
	}
	ask(vendor, "", "enterprise:filings").Want(t, 400, "exchange.invalid_scope")
}

// The assertion goes in the form; any two ways at once are refused.
func TestTokenByAssertion(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	m := env.Machine(t, auth.Person)
	sign := env.Key(t, m)
	ask := func(pairs ...string) *apitest.Answer {
		form := url.Values{"grant_type": {"client_credentials"}, "client_assertion_type": {client.AssertionType}, "client_assertion": {sign(env.URL + api.Base + "/exchange/token")}}
		for i := 0; i+1 < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		return env.Anonymous().Do(t, http.MethodPost, "/exchange/token", form)
	}
	c := &apitest.Caller{Env: env, Token: ask().Want(t, 200).Text("access_token")}
	c.Get(t, "/exchange/filings/"+uuid.NewString()).Want(t, 404, "filing.not_found")
	ask("client_id", m.ClientID.String()).Want(t, 200)
	ask("client_assertion", sign(env.URL)).Want(t, 200)
	ask("client_secret", m.Secret, "client_id", m.Name).Want(t, 400, "exchange.invalid_request")
	ask("client_assertion_type", "jwt").Want(t, 400, "exchange.invalid_request")
	ask("client_assertion", "").Want(t, 400, "exchange.invalid_request")
	if a := ask("client_assertion", sign("https://elsewhere.test")).Want(t, 401, "exchange.invalid_assertion"); a.Text("error") != "invalid_client" {
		t.Errorf("error is %s", a.Text("error"))
	}
	once := sign(env.URL)
	ask("client_assertion", once).Want(t, 200)
	ask("client_assertion", once).Want(t, 401, "exchange.invalid_assertion")
}
