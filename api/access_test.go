package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"zhuce/api"
	"zhuce/api/apitest"
	"zhuce/internal/auth"
	"zhuce/internal/client"
)

// Every route refuses everybody whom the route table does not let in. The cases
// come from the table, so a new route cannot be left out. Nothing but the token
// is looked at: the requests have no body.
func TestRoutesRefuse(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, system := env.Enterprise(t), env.Machine(t, auth.Person)

	signedOut := env.Enterprise(t)
	signedOut.Do(t, http.MethodDelete, "/session", nil).Want(t, 200)
	disabled := env.Machine(t, auth.Person)
	if _, err := env.App.Clients.Disable(t.Context(), client.Command, disabled.ClientID.String()); err != nil {
		t.Fatal(err)
	}
	with := func(token string) *apitest.Caller { return &apitest.Caller{Env: env, Token: token} }
	forged := firm.Token[:strings.LastIndexByte(firm.Token, '.')] + ".c2lnbmVkIGJ5IG5vYm9keQ"

	narrow := map[string]*apitest.Caller{} // by the one scope that it lacks
	for _, scope := range client.Scopes {
		var others []string
		for _, s := range client.Scopes {
			if s != scope {
				others = append(others, s)
			}
		}
		narrow[scope] = env.Machine(t, auth.Person, others...)
	}

	narrow[auth.ScopeClients] = system                              // only an administrator's client can have it
	given, some := env.Given(t, firm), map[string]*apitest.Caller{} // by the one scope that the enterprise kept back
	for i, scope := range client.EnterpriseScopes {
		some[scope] = env.Given(t, firm, slices.Delete(slices.Clone(client.EnterpriseScopes), i, i+1)...)
	}

	for _, r := range api.Routes() {
		path := strings.ReplaceAll(r.Path, "{id}", uuid.NewString())
		refuses := func(name string, c *apitest.Caller, status int, code string) {
			t.Run(r.Method+" "+r.Path+"/"+name, func(t *testing.T) {
				a := c.Do(t, r.Method, path, nil).Want(t, status, code)
				if status == http.StatusUnauthorized && a.Header.Get("WWW-Authenticate") == "" {
					t.Error("401 without WWW-Authenticate")
				}
			})
		}
		if r.Access == "public" || r.Access == "cookie" {
			continue
		}
		refuses("no token", env.Anonymous(), 401, "auth.token_missing")
		refuses("garbage", with("garbage"), 401, "auth.token_invalid")
		refuses("forged", with(forged), 401, "auth.token_invalid")
		switch r.Access {
		case "enterprise":
			refuses("machine", system, 403, "auth.wrong_role")
			refuses("disabled", disabled, 401, "auth.client_disabled")
			refuses("signed out", signedOut, 401, "auth.session_revoked")
			if r.Given == "" {
				refuses("integrator", given, 403, "auth.wrong_role")
			} else {
				refuses("integrator without its scope", some[r.Given], 403, "auth.missing_scope")
			}
		case "machine":
			refuses("enterprise", firm, 403, "auth.wrong_role")
			refuses("integrator for an enterprise", given, 403, "auth.wrong_role")
			refuses("signed out", signedOut, 401, "auth.session_revoked")
			refuses("disabled", disabled, 401, "auth.client_disabled")
			refuses("without its scope", narrow[r.Scope], 403, "auth.missing_scope")
		default:
			t.Errorf("%s %s: nothing is known of access %q", r.Method, r.Path, r.Access)
		}
	}
}

// A token ends with its time, and a session with its own, on every kind of caller.
func TestTokensExpire(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, system := env.Enterprise(t), env.Machine(t, auth.Person)
	env.Clock.Advance(env.App.Config.AccessTokenLife + 1)
	firm.Get(t, "/session").Want(t, 401, "auth.token_expired")
	system.Get(t, "/exchange/filings/"+uuid.NewString()).Want(t, 401, "auth.token_expired")

	firm.Refresh(t)
	firm.Get(t, "/session").Want(t, 200)
}

// The cookie route takes no request that a browser sends for another site.
func TestRefreshRefusesOtherSites(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	cookie := "__Host-zhuce_refresh=" + firm.RefreshToken
	anonymous := env.Anonymous()
	anonymous.Post(t, "/session/refresh", nil, "Cookie", cookie, "Sec-Fetch-Site", "cross-site").Want(t, 403, "auth.cross_site")
	anonymous.Post(t, "/session/refresh", nil, "Cookie", cookie, "Origin", "https://elsewhere.example").Want(t, 403, "auth.cross_site")
	anonymous.Post(t, "/session/refresh", nil, "Cookie", cookie, "Sec-Fetch-Site", "same-origin").Want(t, 200)
	anonymous.Post(t, "/session/refresh", nil).Want(t, 401, "session.none")
}

// What the router itself answers is a problem document too.
func TestAddressesThatAreNotThere(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	firm.Get(t, "/nothing").Want(t, 404, "route.not_found")
	firm.Post(t, "/nothing", "{}").Want(t, 404, "route.not_found")
	firm.Get(t, "/filings/").Want(t, 404, "route.not_found")
	a := firm.Do(t, http.MethodPatch, "/filings", "{}").Want(t, 405, "route.method_not_allowed")
	if a.Header.Get("Allow") == "" {
		t.Error("405 without Allow")
	}
	firm.Get(t, "/filings/not-an-id").Want(t, 404, "filing.not_found")
	firm.Get(t, "/filings/99999999999999999999999999").Want(t, 404, "filing.not_found")
}
