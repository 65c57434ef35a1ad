package api_test

import (
	"net/http"
	"testing"
	"time"

	"zhuce/api/apitest"
	"zhuce/internal/auth"
	"zhuce/internal/config"
)

// Who comes back after the lease ran out has nothing to say: another has sent it meanwhile.
func TestALateAttemptChangesNothing(t *testing.T) {
	t.Parallel()
	env := apitest.New(t, func(c *config.Config) { c.WebhookTimeout = 20 * time.Second })
	firm, me := env.Enterprise(t), env.Machine(t, auth.Ministry)
	arrived, released := make(chan struct{}), make(chan struct{})
	to := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
		arrived <- struct{}{}
		<-released
		w.WriteHeader(http.StatusGone)
	})
	id, _ := hook(t, me, to.URL)
	put(t, env, forMinistry(t, firm), 1)
	ended := make(chan error, 1)
	go func() { ended <- env.App.SweepAll(t.Context()) }()
	<-arrived
	to.then(nil)
	env.Clock.Advance(61 * time.Second)
	env.Sweep(t)
	close(released)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	log := me.Get(t, "/exchange/webhooks/"+id+"/deliveries").Want(t, 200)
	if len(to.all()) != 2 || log.Text("items", 0, "state") != "delivered" || log.Len("items", 0, "attempts") != 1 {
		t.Errorf("%d came; %s", len(to.all()), log.Body)
	}
	if a := me.Get(t, "/exchange/webhooks/"+id).Want(t, 200); a.Text("enabled") != "true" {
		t.Errorf("%s", a.Body)
	}
}

func TestTheLogIsPagedAndCostsTheSame(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, me := env.Enterprise(t), env.Machine(t, auth.Ministry)
	to := newReceiver(t, nil)
	id, _ := hook(t, me, to.URL)
	path := "/exchange/webhooks/" + id + "/deliveries"
	cost := func(n int) int {
		put(t, env, forMinistry(t, firm), n)
		env.Clock.Advance(time.Second)
		env.Sweep(t)
		return env.Statements(func() { me.Get(t, path+"?limit=200").Want(t, 200) })
	}
	if one, many := cost(1), cost(100); one != many || one > 8 {
		t.Errorf("%d statements for one delivery, %d for 101", one, many)
	}
	seen, cursor := map[string]bool{}, ""
	for range 5 {
		a := me.Get(t, path+"?limit=30"+cursor).Want(t, 200)
		for i := range a.Len("items") {
			seen[a.Text("items", i, "id")] = true
		}
		if cursor = "&cursor=" + a.Text("next_cursor"); a.JSON("next_cursor") == nil {
			break
		}
	}
	if len(seen) != 101 {
		t.Errorf("%d of 101 are on the pages", len(seen))
	}
	fan := func(n int) int {
		put(t, env, forMinistry(t, firm), n)
		return env.Statements(func() {
			if err := env.App.Events.Number(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	if one, many := fan(1), fan(200); one != many {
		t.Errorf("numbering and fanning out: %d statements for one event, %d for 200", one, many)
	}
}
