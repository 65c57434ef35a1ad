package api_test

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"zhuce/api/apitest"
	"zhuce/internal/auth"
	"zhuce/internal/grant"
	"zhuce/internal/outbox"
)

// An integrator sees the events of those who gave it rights, on the records that they
// gave, as long as they do.
func TestEventsOfWhomAnIntegratorActsFor(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	vendor, one, two, none := env.Machine(t, auth.Integrator), env.Enterprise(t), env.Enterprise(t), env.Enterprise(t)
	give := func(firm *apitest.Caller, scopes ...string) grant.Grant {
		t.Helper()
		g, err := env.App.Grants.Give(t.Context(), firm.Actor, grant.Give{ClientID: vendor.ClientID, Scopes: scopes})
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	first := give(one, auth.ScopeEnterpriseFilings, auth.ScopeEnterpriseAppeals)
	give(two, auth.ScopeEnterpriseRegistrants)
	to := newReceiver(t, nil)
	hook(t, vendor, to.URL, "filing.submit", "registrant.initial", "appeal.push", "filing.deliver")
	for _, firm := range []*apitest.Caller{one, two, none} {
		for kind, subject := range map[string]string{"filing.deliver": "filing", "registrant.initial": "registrant", "appeal.push": "appeal", "rename.submit": "rename"} {
			put(t, env, outbox.Event{Def: eventDef(t, kind), SubjectType: subject, SubjectID: uuid.New(), EnterpriseID: firm.Actor.EnterpriseID}, 1)
		}
	}
	sees := func(filter string) []string {
		t.Helper()
		got := kinds(vendor.Get(t, "/exchange/events"+filter).Want(t, 200))
		got = slices.DeleteFunc(got, func(k string) bool { return k == "grant.given" || k == "grant.revoked" })
		slices.Sort(got)
		return got
	}
	if got := sees(""); !slices.Equal(got, []string{"appeal.push", "filing.deliver", "registrant.initial"}) {
		t.Errorf("of all: %v", got)
	}
	env.Sweep(t)
	if n := len(to.all()); n != 3 {
		t.Errorf("%d were sent", n)
	}
	for firm, want := range map[*apitest.Caller][]string{one: {"appeal.push", "filing.deliver"}, two: {"registrant.initial"}, none: {}} {
		if got := sees("?unified_social_credit_code=" + firm.CreditCode); !slices.Equal(got, want) {
			t.Errorf("of %s: %v, wanted %v", firm.Name, got, want)
		}
	}
	if _, err := env.App.Grants.Revoke(t.Context(), one.Actor, first.ID); err != nil {
		t.Fatal(err)
	}
	if got := sees(""); !slices.Equal(got, []string{"registrant.initial"}) {
		t.Errorf("after it was revoked: %v", got)
	}
}
