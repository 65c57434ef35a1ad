package grant_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/client"
	"zhuce/internal/filing/filingtest"
	"zhuce/internal/grant"
	"zhuce/internal/pg"
)

type world struct {
	*filingtest.World
	grants *grant.Service
	vendor uuid.UUID
}

func newWorld(t *testing.T) world {
	t.Helper()
	w := world{World: filingtest.New(t)}
	w.grants = grant.New(w.DB)
	made, err := client.New(client.Options{DB: w.DB}).Register(t.Context(), client.Command, client.Registration{Name: "vendor", Party: auth.Integrator,
		Scopes: client.ScopesOf(auth.Integrator), Listed: true})
	if err != nil {
		t.Fatal(err)
	}
	w.vendor = made.ID
	return w
}

// inDays is the day so many days from today, in China.
func (w world) inDays(n int) time.Time { return w.Clock.Now().AddDate(0, 0, n) }

func (w world) give(t *testing.T, days int) grant.Grant {
	t.Helper()
	g, err := w.grants.Give(t.Context(), w.Clerk, grant.Give{ClientID: w.vendor, Scopes: []string{auth.ScopeEnterpriseFilings}, Until: w.inDays(days)})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func (w world) sweep(t *testing.T) {
	t.Helper()
	for range 2 { // the second finds nothing to do
		if err := w.grants.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// told are the codes of the messages and the kinds of the events so far, in order.
func (w world) told(t *testing.T) (messages, events []string) {
	t.Helper()
	q := w.DB.Read(t.Context())
	if err := q.Raw(`SELECT code FROM messages WHERE code LIKE 'grant.%' ORDER BY number`).Scan(&messages).Error; err != nil {
		t.Fatal(err)
	}
	if err := w.DB.Read(t.Context()).Raw(`SELECT kind FROM outbox WHERE kind LIKE 'grant.%' AND client_id = ? AND audience = '{}' ORDER BY id`, w.vendor).Scan(&events).Error; err != nil {
		t.Fatal(err)
	}
	return messages, events
}

// A grant from its first day to its end: told when given, seven days before the end, and when it has ended, each once.
func TestGrantIsToldOf(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.give(t, 10)
	steps := []struct {
		advance  time.Duration
		messages []string
		events   []string
	}{
		{0, []string{"grant.given"}, []string{"grant.given"}},
		{2 * 24 * time.Hour, []string{"grant.given"}, []string{"grant.given"}},
		{2 * 24 * time.Hour, []string{"grant.given", "grant.ending"}, []string{"grant.given"}},
		{8 * 24 * time.Hour, []string{"grant.given", "grant.ending", "grant.expired"}, []string{"grant.given", "grant.expired"}},
	}
	for i, s := range steps {
		w.Clock.Advance(s.advance)
		w.sweep(t)
		if messages, events := w.told(t); !slices.Equal(messages, s.messages) || !slices.Equal(events, s.events) {
			t.Errorf("step %d: %v, %v", i, messages, events)
		}
	}
}

// A short grant is not told of twice within one week; one that is over but not swept is no obstacle to another.
func TestShortGrant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.give(t, 3)
	w.sweep(t)
	w.Clock.Advance(4 * 24 * time.Hour)
	second := w.give(t, 5)
	if messages, _ := w.told(t); !slices.Equal(messages, []string{"grant.given", "grant.expired", "grant.given"}) {
		t.Errorf("%v", messages)
	}
	revoked, err := w.grants.Revoke(t.Context(), w.Clerk, second.ID)
	if err != nil || revoked.State(w.Clock.Now()) != grant.Revoked {
		t.Fatalf("%+v, %v", revoked, err)
	}
	w.Clock.Advance(30 * 24 * time.Hour)
	w.sweep(t)
	messages, events := w.told(t)
	if !slices.Equal(messages, []string{"grant.given", "grant.expired", "grant.given", "grant.revoked"}) || events[len(events)-1] != "grant.revoked" {
		t.Errorf("a revoked one expires too: %v, %v", messages, events)
	}
}

// The last day ends at midnight in China.
func TestLastDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	g := w.give(t, 0)
	if g.ExpiresAt.UTC().Hour() != 16 || g.Until() != w.Clock.Now().In(time.FixedZone("", 8*3600)).Format(time.DateOnly) {
		t.Errorf("ends at %s, %s", g.ExpiresAt, g.Until())
	}
	if g.State(g.ExpiresAt.Add(-1)) != grant.Active || g.State(g.ExpiresAt) != grant.Expired {
		t.Error("it does not end at its end")
	}
}

// Two people who give at once make one grant.
func TestTwoGiveAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	done := make(chan error, 4)
	for range cap(done) {
		go func() {
			_, err := w.grants.Give(context.WithoutCancel(t.Context()), w.Clerk, grant.Give{ClientID: w.vendor, Scopes: []string{auth.ScopeEnterpriseFilings}})
			done <- err
		}()
	}
	given := 0
	for range cap(done) {
		if err := <-done; err == nil {
			given++
		} else if !grant.ErrExists.Is(err) {
			t.Error(err)
		}
	}
	if given != 1 {
		t.Errorf("given %d times", given)
	}
	err := w.DB.Read(t.Context()).Exec(`INSERT INTO enterprise_grants (id, enterprise_id, client_id, scopes, granted_by, granted_by_name, granted_at, expires_at)
		SELECT gen_random_uuid(), enterprise_id, client_id, scopes, granted_by, granted_by_name, granted_at, expires_at FROM enterprise_grants`).Error
	if !pg.Violates(err, "enterprise_grants_one_open_per_client") {
		t.Errorf("a second open one: %v", err)
	}
}

// Nobody but a person of the enterprise gives: least of all the integrator that acts for it.
func TestWhoGives(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	g := w.give(t, 10)
	delegate, err := w.grants.Delegate(t.Context(), auth.Actor{Party: auth.Integrator, ClientID: w.vendor, Name: "vendor", Scopes: client.EnterpriseScopes}, w.Clerk.EnterpriseID.String())
	if err != nil || !slices.Equal(delegate.Scopes, []string{auth.ScopeEnterpriseFilings}) || delegate.GrantID != g.ID || !delegate.Delegated() {
		t.Fatalf("%+v, %v", delegate, err)
	}
	for _, who := range []auth.Actor{delegate, {Party: auth.Ministry, ClientID: w.vendor}} {
		_, give := w.grants.Give(t.Context(), who, grant.Give{ClientID: w.vendor, Scopes: []string{auth.ScopeEnterpriseFilings}})
		_, revoke := w.grants.Revoke(t.Context(), who, g.ID)
		_, list := w.grants.List(t.Context(), who, "", "", 10)
		for _, err := range []error{give, revoke, list} {
			if !grant.ErrWrongParty.Is(err) {
				t.Errorf("%s: %v", who.Party, err)
			}
		}
	}
	for _, who := range []auth.Actor{{Party: auth.Person, ClientID: w.vendor}, {Party: auth.Integrator, ClientID: uuid.New()}} {
		if _, err := w.grants.Delegate(t.Context(), who, w.Clerk.EnterpriseID.String()); !grant.ErrEnded.Is(err) {
			t.Errorf("%s: %v", who.Party, err)
		}
	}
}
