package api_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"zhuce/api/apitest"
	"zhuce/internal/auth"
	"zhuce/internal/config"
	"zhuce/internal/identity"
)

// Every answer says what is left; the contract check of apitest wants the three
// fields on every answer that the contract knows.
func TestQuotaIsSaid(t *testing.T) {
	t.Parallel()
	env := apitest.New(t, func(c *config.Config) { c.RequestsPerSecond, c.EnterpriseRequestsPerSecond = 2, 3 })
	firm := env.Enterprise(t)
	says := func(a *apitest.Answer, limit, remaining, reset string) {
		t.Helper()
		h := a.Header
		if h.Get("RateLimit-Limit") != limit || h.Get("RateLimit-Remaining") != remaining || h.Get("RateLimit-Reset") != reset {
			t.Errorf("%s/%s/%s, wanted %s/%s/%s", h.Get("RateLimit-Limit"), h.Get("RateLimit-Remaining"), h.Get("RateLimit-Reset"), limit, remaining, reset)
		}
	}
	says(firm.Get(t, "/session"), "20", "19", "1")
	says(firm.Get(t, "/filings/"+uuid.NewString()).Want(t, 404), "20", "18", "1")
	says(firm.Post(t, "/exchange/filings", "{}").Want(t, 403), "20", "17", "2") // who may not, too
	says(firm.Post(t, "/filings/search", "{").Want(t, 400), "20", "16", "2")
	env.Clock.Advance(time.Second)
	says(firm.Get(t, "/session"), "20", "17", "2")
}

// One enterprise's people share its quota: many of them are no more than it has,
// and the refused request has cost nobody anything.
func TestEnterpriseLimit(t *testing.T) {
	t.Parallel()
	env := apitest.New(t, func(c *config.Config) { c.RequestsPerSecond, c.EnterpriseRequestsPerSecond = 1, 1.5 })
	firm, other := env.Enterprise(t), env.Enterprise(t)
	colleague := env.SignIn(t, identity.Person{Subject: "colleague", Account: "colleague", Operator: "李四", Name: firm.Name,
		CreditCode: firm.CreditCode, LegalRepresentative: "赵一", LegalPersonType: "enterprise", TrustLevel: 3})
	for range 8 {
		firm.Get(t, "/session").Want(t, 200)
	}
	for range 7 {
		colleague.Get(t, "/session").Want(t, 200)
	}
	if a := colleague.Get(t, "/session").Want(t, 429, "request.rate_limited"); a.Header.Get("RateLimit-Limit") != "15" {
		t.Errorf("it is told of another limit: %s", a.Header.Get("RateLimit-Limit"))
	}
	vendor := env.Given(t, other, auth.ScopeEnterpriseFilings)
	vendor.Get(t, "/filings").Want(t, 200)
	env.Clock.Advance(time.Second)
	if a := colleague.Get(t, "/session").Want(t, 200); a.Header.Get("RateLimit-Remaining") != "0" {
		t.Errorf("%s left", a.Header.Get("RateLimit-Remaining"))
	}
}

// An integrator is limited as a client, over all its firms, and as part of each firm.
func TestClientLimit(t *testing.T) {
	t.Parallel()
	env := apitest.New(t, func(c *config.Config) { c.ClientRequestsPerSecond, c.EnterpriseRequestsPerSecond = 0.5, 0.3 })
	firm := env.Enterprise(t)
	vendor := env.Given(t, firm)
	for range 3 {
		vendor.Get(t, "/filings").Want(t, 200)
	}
	vendor.Get(t, "/filings").Want(t, 429, "request.rate_limited") // the firm's three
	firm.Get(t, "/session").Want(t, 429, "request.rate_limited")
	own := env.Machine(t, auth.Person)
	for range 5 {
		own.Get(t, "/exchange/filings/"+uuid.NewString()).Want(t, 404)
	}
	a := own.Get(t, "/exchange/filings/"+uuid.NewString()).Want(t, 429, "request.rate_limited")
	after, err := strconv.Atoi(a.Header.Get("Retry-After"))
	if err != nil || after != 2 {
		t.Errorf("Retry-After %s", a.Header.Get("Retry-After"))
	}
	env.Clock.Advance(time.Duration(after) * time.Second)
	own.Get(t, "/exchange/filings/"+uuid.NewString()).Want(t, 404)
}

// Who has no good token is limited by where it comes from; a proxy is believed
// about that only where the operator says so.
func TestAddressLimit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		proxies []string
		from    [2]string // X-Forwarded-For of the flood, and of another
		other   int
	}{
		{"a header that nobody is trusted for", nil, [2]string{"192.0.2.1", "192.0.2.2"}, 429},
		{"from a trusted proxy", []string{"127.0.0.0/8", "::1/128"}, [2]string{"192.0.2.1", "192.0.2.2"}, 200},
		{"one IPv6 network", []string{"127.0.0.0/8", "::1/128"}, [2]string{"2001:db8::1", "2001:db8::2"}, 429},
		{"two IPv6 networks", []string{"127.0.0.0/8", "::1/128"}, [2]string{"2001:db8::1", "2001:db8:0:1::1"}, 200},
		{"a chain with a lie at its beginning", []string{"127.0.0.0/8", "::1/128"}, [2]string{"192.0.2.9, 192.0.2.1", "192.0.2.8, 192.0.2.1"}, 429},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			env := apitest.New(t, func(cfg *config.Config) { cfg.AddressRequestsPerSecond, cfg.TrustedProxies = 0.5, c.proxies })
			firm, nobody := env.Enterprise(t), env.Anonymous()
			for range 3 {
				nobody.Get(t, "/meta", "X-Forwarded-For", c.from[0]).Want(t, 200)
			}
			for range 2 {
				nobody.Get(t, "/session", "X-Forwarded-For", c.from[0]).Want(t, 401, "auth.token_missing")
			}
			nobody.Get(t, "/session", "X-Forwarded-For", c.from[0]).Want(t, 429, "request.rate_limited")
			nobody.Get(t, "/meta", "X-Forwarded-For", c.from[1]).Want(t, c.other)
			firm.Get(t, "/session", "X-Forwarded-For", c.from[0]).Want(t, 200) // who is known is not held up by it
		})
	}
}

// Whoever tries credentials waits, whatever it then brings; the client itself, elsewhere, does not.
func TestWrongCredentialsAreLimited(t *testing.T) {
	t.Parallel()
	env := apitest.New(t, func(c *config.Config) {
		c.WrongCredentialsPerMinute, c.TrustedProxies = 3, []string{"127.0.0.0/8", "::1/128"}
	})
	m, other := env.Machine(t, auth.Person), env.Machine(t, auth.Person)
	sign := env.Key(t, m)
	ask := func(c *apitest.Caller, secret, from string) *apitest.Answer {
		return env.Anonymous().Post(t, "/exchange/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {c.Name}, "client_secret": {secret}}, "X-Forwarded-For", from)
	}
	for range 5 {
		ask(m, m.Secret, "192.0.2.1").Want(t, 200) // what is right costs nothing
	}
	for range 3 {
		ask(m, "x", "192.0.2.1").Want(t, 401, "exchange.invalid_client")
	}
	a := ask(m, m.Secret, "192.0.2.1").Want(t, 429, "request.rate_limited")
	if a.Header.Get("Retry-After") != "20" {
		t.Errorf("Retry-After %s", a.Header.Get("Retry-After"))
	}
	ask(m, m.Secret, "192.0.2.2").Want(t, 200)
	ask(other, other.Secret, "192.0.2.1").Want(t, 200)
	env.Clock.Advance(20 * time.Second)
	ask(m, m.Secret, "192.0.2.1").Want(t, 200)
	for range 3 {
		env.Anonymous().Post(t, "/exchange/token", url.Values{"grant_type": {"client_credentials"}, "client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
			"client_assertion": {sign("https://elsewhere.test")}}, "X-Forwarded-For", "192.0.2.3").Want(t, 401, "exchange.invalid_assertion")
	}
	env.Anonymous().Post(t, "/exchange/token", url.Values{"grant_type": {"client_credentials"}, "client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		"client_assertion": {sign(env.URL)}}, "X-Forwarded-For", "192.0.2.3").Want(t, 429, "request.rate_limited")
}

// A body has the bound of its route, which the contract says; the sender of a
// larger one gets the refusal and not a broken connection.
func TestBodyBounds(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	firm.Do(t, http.MethodPost, "/filings/search", `{"name":"`+strings.Repeat("x", 1<<20)+`"}`).Want(t, 413, "request.too_large")
	doc := document(t)
	for path, want := range map[string]float64{"/filings/search": 1 << 20, "/attachments": 10<<20 + 64<<10, "/exchange/token": 16 << 10} {
		body := doc.Paths.Value(path).Post.RequestBody.Value
		if have, _ := body.Extensions["x-max-body-bytes"].(float64); have != want {
			t.Errorf("%s takes %v bytes, the contract says %v", path, want, body.Extensions["x-max-body-bytes"])
		}
	}
}
