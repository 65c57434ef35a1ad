package fuzztest

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"zhuce/api"
	"zhuce/api/apitest"
	"zhuce/internal/auth"
	"zhuce/internal/client"
	"zhuce/internal/config"
	"zhuce/internal/errs"
	"zhuce/internal/filing"
	"zhuce/internal/identity"
	standin "zhuce/internal/standin/registers"
)

// onePixel is a sound picture of one pixel.
var onePixel, _ = base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")

// caller is somebody of a kind, with what the contract would let them do.
type caller struct {
	name     string
	session  bool     // signed in as an enterprise
	scopes   []string // of a machine client
	cookie   bool     // brings a refresh cookie
	tenant   string   // the enterprise whose records are the caller's to see
	province string   // that it acts for; "" for all
	who      *apitest.Caller
	header   string // sent as Authorization in place of the token
}

// meets reports whether the caller brings what a requirement of the contract asks.
func (c *caller) meets(r openapi3.SecurityRequirement) bool {
	for scheme, scopes := range r {
		switch scheme {
		case "Session":
			if !c.session {
				return false
			}
		case "RefreshCookie":
			if !c.cookie {
				return false
			}
		case "ClientSecret": // in the form, or by Basic: judged by the endpoint
		default:
			if len(c.scopes) == 0 || slices.ContainsFunc(scopes, func(s string) bool { return !slices.Contains(c.scopes, s) }) {
				return false
			}
		}
	}
	return true
}

// onto puts the credentials on a request; an operation that asks for none gets none.
func (c *caller) onto(s *shot) {
	switch {
	case !s.op.guarded():
	case c.header != "":
		s.header.Set("Authorization", c.header)
	case c.who != nil && c.who.Token != "":
		s.header.Set("Authorization", "Bearer "+c.who.Token)
	}
	if c.cookie && s.op.Security != nil && !s.op.guardedBy("Session") {
		s.header.Set("Cookie", "__Host-zhuce_refresh="+c.who.RefreshToken)
	}
}

func (o operation) guardedBy(scheme string) bool {
	return slices.ContainsFunc(*o.Security, func(r openapi3.SecurityRequirement) bool { _, has := r[scheme]; return has })
}

// world is a product of its own and who calls it.
type world struct {
	env     *apitest.Env
	callers []*caller
	firms   []*apitest.Caller // that persons file through
	renamed *apitest.Caller   // whose name changes
	renames int
	secret  map[string]bool // personal numbers, which no answer may tell
	down    bool            // the registers do not answer
	client  *http.Client
}

// newWorld makes the callers and a few records of every sort.
func newWorld(t *testing.T) *world {
	t.Helper()
	env := apitest.New(t, func(c *config.Config) {
		c.SessionLife, c.SessionIdle = 4000*24*time.Hour, 4000*24*time.Hour // the clock moves by months
		c.RequestsPerSecond = 1e9
		c.RegisterTimeout = 10 * time.Second // a slow machine is no register that is down
	})
	w := &world{env: env, secret: map[string]bool{}, client: &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: 4}, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	t.Cleanup(w.client.CloseIdleConnections)

	expired := &caller{name: "expired token", header: "Bearer " + env.Enterprise(t).Token}
	expiredClient := &caller{name: "expired client", header: "Bearer " + env.Machine(t, auth.Person).Token}
	env.Clock.Advance(env.App.Config.AccessTokenLife + time.Second)

	one, two, leaver, fresh, renamed := env.Enterprise(t), env.Enterprise(t), env.Enterprise(t), env.FreshEnterprise(t), env.Enterprise(t)
	w.firms = []*apitest.Caller{one, two}
	leaver.Do(t, http.MethodDelete, "/session", nil).Want(t, 200)
	machine := func(name string, party auth.Party, province string, scopes ...string) *caller {
		c := w.machine(t, party, province, scopes...)
		return &caller{name: name, who: c, scopes: scopesOf(c), province: province}
	}
	given := func(name string, scopes ...string) *caller {
		c := env.Given(t, one, scopes...)
		return &caller{name: name, who: c, scopes: scopesOf(c), tenant: "one"}
	}
	authority := []string{auth.ScopeRead, auth.ScopeDecide, auth.ScopeFindings, auth.ScopeRenames, auth.ScopeNotices}
	person := &caller{name: "person", who: env.Person(t)}
	person.scopes = scopesOf(person.who)
	disabled := machine("disabled client", auth.Person, "")
	if _, err := env.App.Clients.Disable(t.Context(), client.Command, disabled.who.ClientID.String()); err != nil {
		t.Fatal(err)
	}
	disabled.scopes = nil
	w.callers = []*caller{
		{name: "anonymous"}, expired, expiredClient, disabled,
		{name: "forged token", header: "Bearer " + one.Token[:strings.LastIndexByte(one.Token, '.')] + ".c2lnbmVkIGJ5IG5vYm9keQ"},
		{name: "garbage token", header: "Bearer garbage"},
		{name: "basic", header: "Basic " + base64.StdEncoding.EncodeToString([]byte(person.who.ClientID.String()+":"+person.who.Secret))},
		{name: "signed out", who: leaver},
		{name: "enterprise", session: true, cookie: true, who: one, tenant: "one"},
		{name: "another enterprise", session: true, cookie: true, who: two, tenant: "two"},
		{name: "enterprise that renames", session: true, cookie: true, who: renamed, tenant: "renamed"},
		{name: "fresh enterprise", session: true, cookie: true, who: fresh, tenant: "fresh"},
		given("integrator of an enterprise"),
		given("integrator with a part", auth.ScopeEnterpriseRegistrants),
		machine("integrator", auth.Integrator, ""),
		machine("administrator", auth.Administrator, ""),
		person,
		machine("another person's system", auth.Person, ""),
		machine("province", auth.Province, "11", authority...),
		machine("another province", auth.Province, "31", authority...),
		machine("ministry", auth.Ministry, "", authority...),
		machine("narrow client", auth.Ministry, "", auth.ScopeNotices),
	}
	w.renamed = renamed
	w.seed(t)
	return w
}

// machine is another system; a province's acts for one province.
func (w *world) machine(t *testing.T, party auth.Party, province string, scopes ...string) *apitest.Caller {
	t.Helper()
	if party != auth.Province {
		return w.env.Machine(t, party, scopes...)
	}
	name := "province-" + province + "-" + fmt.Sprint(len(w.callers))
	made, err := w.env.App.Clients.Register(t.Context(), client.Command, client.Registration{Name: name, Party: party, Scopes: scopes, Provinces: []string{province}})
	if err != nil {
		t.Fatal(err)
	}
	c := &apitest.Caller{Env: w.env, Name: name, ClientID: made.ID, Secret: made.Secret}
	w.renew(t, c)
	return c
}

// renew gets a new token, as a caller does before the old one ends. A client that may
// no more – its rights were taken back, or it was disabled – keeps the old one.
func (w *world) renew(t *testing.T, c *apitest.Caller) {
	t.Helper()
	if c.Secret == "" {
		c.Refresh(t)
		return
	}
	issued, err := w.env.App.Clients.Token(t.Context(), client.Request{ClientID: c.ClientID.String(), Secret: c.Secret, CreditCode: c.CreditCode})
	if refusal := (*errs.Error)(nil); errors.As(err, &refusal) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	c.Token = issued.AccessToken
	if c.Actor, err = w.env.App.Authenticate(t.Context(), c.Token); err != nil {
		t.Fatal(err)
	}
}

func scopesOf(c *apitest.Caller) []string { return slices.Clone(c.Actor.Scopes) }

// seed makes records of every sort, so that there is something to be found and to be told.
func (w *world) seed(t *testing.T) {
	t.Helper()
	env := w.env
	ministry := env.Ministry(t)
	for _, firm := range w.firms {
		w.deliver(t, firm, 3, nil)
		pre := w.deliver(t, firm, 2, func(d *api.DeliveryRequest) { d.PreRegistration = true })
		env.Submit(t, firm, pre[0])
		ids := w.deliver(t, firm, 4, nil)
		env.Submit(t, firm, ids...)
		env.Decide(t, auth.Province, filing.AskCorrection, "缺材料", ids[1])
		env.Accepted(t, firm, w.deliver(t, firm, 2, nil)...)
		approved := w.deliver(t, firm, 2, nil)
		env.Accepted(t, firm, approved...)
		env.Decide(t, auth.Ministry, filing.Approve, "", approved...)
		env.Push(t, ministry, firm)
		if err := env.Registers.Grant(firm.CreditCode, standin.Certificate{Number: "A111000010", Title: "建筑行业甲级", Category: "design_industry",
			Grade: "a", IssuingAuthority: "住房和城乡建设部", IssuedOn: "2026-01-01", ValidUntil: "2031-01-01", Holder: firm.Name}); err != nil {
			t.Fatal(err)
		}
	}
	w.rename(t)
	w.freshen(t)
}

// newName is the name that the business register has for the enterprise that renames.
func (w *world) newName() string { return fmt.Sprintf("改名第%d次的设计公司", w.renames) }

// rename gives it the next one.
func (w *world) rename(t *testing.T) {
	t.Helper()
	w.renames++
	if err := w.env.Registers.Rename(w.renamed.CreditCode, w.newName()); err != nil {
		t.Fatal(err)
	}
}

// deliver brings n filings of persons whose numbers are watched.
func (w *world) deliver(t *testing.T, to *apitest.Caller, n int, change func(*api.DeliveryRequest)) []string {
	t.Helper()
	ids := make([]string, n)
	for i := range ids {
		ids[i] = w.env.Deliver(t, to, w.watched, func(d *api.DeliveryRequest) {
			if change != nil {
				change(d)
			}
		})
	}
	return ids
}

// watched notes the personal numbers of a delivery.
func (w *world) watched(d *api.DeliveryRequest) {
	d.Person.Mobile = fmt.Sprintf("199%08d", len(w.secret))
	w.secret[d.Person.IDNumber], w.secret[d.Person.Mobile] = true, true
}

// freshen renews every token that may be.
func (w *world) freshen(t *testing.T) {
	t.Helper()
	for _, c := range w.callers {
		if c.who != nil && (c.session || len(c.scopes) > 0) {
			if c.who.Secret != "" { // the administrator may have disabled it
				_, _ = w.env.App.Clients.Enable(t.Context(), client.Command, c.who.ClientID.String())
			}
			w.renew(t, c.who)
			if c.who.Secret != "" { // its enterprise may have given it more, or less
				c.scopes = scopesOf(c.who)
			}
		}
	}
}

// person is who signs in at the national login for a caller of an enterprise.
func (w *world) person(c *caller) identity.Person {
	return identity.Person{Subject: "again-" + c.name, Account: "again-" + c.name, Operator: "经办人", Name: c.who.Name, CreditCode: c.who.CreditCode,
		LegalRepresentative: "赵一", LegalPersonType: "enterprise", TrustLevel: 3}
}

// form is the form that a caller of an operation has to know by heart; nil for most.
func (w *world) form(op operation, m *maker) url.Values {
	if op.path != "/exchange/token" {
		return nil
	}
	who := w.callers[m.r.IntN(len(w.callers))].who
	if who == nil || who.Secret == "" {
		return nil
	}
	return url.Values{"grant_type": {"client_credentials"}, "client_id": {who.ClientID.String()}, "client_secret": {who.Secret}}
}
