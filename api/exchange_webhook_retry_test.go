package api_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"zhuce/api/apitest"
	"zhuce/internal/app"
	"zhuce/internal/auth"
	"zhuce/internal/client"
	"zhuce/internal/config"
	"zhuce/internal/pg"
)

// raw is a server that speaks bytes.
func raw(t *testing.T, speak func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				buf := make([]byte, 64<<10)
				_, _ = conn.Read(buf)
				speak(conn)
			}()
		}
	}()
	return "http://" + l.Addr().String() + "/"
}

func say(text string) func(net.Conn) {
	return func(c net.Conn) { _, _ = c.Write([]byte(text)) }
}

// Everything that a receiver may do wrong is a failure with its name, and harms nobody else.
func TestReceiversThatAreWrong(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	down, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = down.Close()
	elsewhere := newReceiver(t, nil)
	tls := httptest.NewTLSServer(status(200))
	t.Cleanup(tls.Close)

	var checks []func()
	for name, c := range map[string]struct {
		address        string
		failure, state string
		status         string
	}{
		"right":                      {newReceiver(t, nil).URL, "", "delivered", "204"},
		"down":                       {"http://" + down.Addr().String() + "/", "connection", "pending", ""},
		"slow":                       {newReceiver(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }).URL, "timeout", "pending", ""},
		"redirecting":                {newReceiver(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL, 307) }).URL, "redirect", "pending", "307"},
		"not modified":               {newReceiver(t, status(304)).URL, "redirect", "pending", "304"},
		"failing":                    {newReceiver(t, status(500)).URL, "status", "pending", "500"},
		"refusing":                   {newReceiver(t, status(404)).URL, "status", "pending", "404"},
		"gone":                       {newReceiver(t, status(410)).URL, "gone", "failed", "410"},
		"garbage":                    {raw(t, say("hello, this is no HTTP\r\n\r\n")), "protocol", "pending", ""},
		"closes at once":             {raw(t, say("")), "connection", "pending", ""},
		"closes in the head":         {raw(t, say("HTTP/1.1 200 OK\r\nContent-Le")), "protocol", "pending", ""},
		"closes in the body":         {raw(t, say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")), "", "delivered", "200"},
		"endless head":               {raw(t, say("HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 1<<20))), "protocol", "pending", ""},
		"huge body":                  {newReceiver(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 64<<20)) }).URL, "", "delivered", "200"},
		"a certificate of its own":   {tls.URL, "tls", "pending", ""},
		"plain where TLS is awaited": {"https" + strings.TrimPrefix(newReceiver(t, nil).URL, "http"), "tls", "pending", ""},
	} {
		me := env.Machine(t, auth.Ministry, auth.ScopeEvents)
		id, _ := hook(t, me, c.address)
		checks = append(checks, func() {
			a := me.Get(t, "/exchange/webhooks/"+id+"/deliveries").Want(t, 200)
			state, failure, status := a.Text("items", 0, "state"), a.Text("items", 0, "attempts", 0, "failure"), a.Text("items", 0, "attempts", 0, "status")
			if a.Len("items", 0, "attempts") != 1 || state != c.state || failure != c.failure || status != c.status {
				t.Errorf("%s: %s %s %s, wanted %s %s %s\n%s", name, state, failure, status, c.state, c.failure, c.status, a.Body)
			}
			if text := a.Text("items", 0, "attempts", 0, "answer"); len(text) > 1024 {
				t.Errorf("%s: %d bytes are kept", name, len(text))
			}
		})
	}
	put(t, env, forMinistry(t, firm), 1)
	env.Sweep(t)
	for _, check := range checks {
		check()
	}
	scrape := string(env.Get(t, "/metrics").Body)
	for _, line := range []string{`zhuce_webhook_attempts_total{result="delivered"} 3`, `zhuce_webhook_attempts_total{result="redirect"} 2`, `zhuce_outbox_oldest_unnumbered_seconds 0`} {
		if !strings.Contains(scrape, line+"\n") {
			t.Errorf("/metrics does not say %s", line)
		}
	}
	env.Clock.Advance(time.Minute)
	if !strings.Contains(string(env.Get(t, "/metrics").Body), "zhuce_webhook_oldest_due_seconds 5") {
		t.Error("/metrics does not say what waits")
	}
	if n := len(elsewhere.all()); n != 0 {
		t.Errorf("a redirect was followed %d times", n)
	}
}

// One that fails is tried again at its times, with the same id, and then no more.
func TestRetries(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, me := env.Enterprise(t), env.Machine(t, auth.Ministry)
	to := newReceiver(t, status(500))
	id, secret := hook(t, me, to.URL)
	put(t, env, forMinistry(t, firm), 1)
	env.Sweep(t)
	path := "/exchange/webhooks/" + id + "/deliveries"
	began := env.Clock.Now()
	pauses := []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour}
	for i, pause := range pauses {
		if n := len(to.all()); n != i+1 {
			t.Fatalf("%d attempts before pause %d", n, i)
		}
		env.Clock.Advance(pause - pause/10 - time.Second)
		env.Sweep(t)
		if n := len(to.all()); n != i+1 {
			t.Errorf("tried again before %s were over", pause)
		}
		env.Clock.Advance(pause/5 + 2*time.Second)
		env.Sweep(t)
	}
	got := to.all()
	if len(got) != 7 || env.Clock.Now().Sub(began) > 24*time.Hour {
		t.Fatalf("%d attempts in %s", len(got), env.Clock.Now().Sub(began))
	}
	stamps := map[string]bool{}
	for _, r := range got {
		if r.id() != got[0].id() || !verifies(t, secret, r) || string(r.body) != string(got[0].body) {
			t.Errorf("an attempt differs: %v", r.header)
		}
		stamps[r.header.Get("Webhook-Timestamp")] = true
	}
	if len(stamps) != 7 {
		t.Error("the time of an attempt is not its own")
	}
	renew(t, me)
	if a := me.Get(t, path).Want(t, 200); a.Text("items", 0, "state") != "failed" || a.JSON("items", 0, "due_at") != nil || a.Len("items", 0, "attempts") != 7 {
		t.Errorf("%s", a.Body)
	}
	env.Clock.Advance(24 * time.Hour)
	env.Sweep(t)
	if len(to.all()) != 7 {
		t.Error("it is tried for ever")
	}
	// By hand it goes again, and this time it is taken.
	to.then(nil)
	renew(t, me)
	me.Post(t, path+"/"+got[0].id()+"/replay", nil).Want(t, 202)
	env.Sweep(t)
	if a := me.Get(t, path+"?state=delivered").Want(t, 200); a.Len("items") != 1 || a.Len("items", 0, "attempts") != 8 || len(to.all()) != 8 {
		t.Errorf("%s", a.Body)
	}
}

func TestGoneDisables(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, me := env.Enterprise(t), env.Machine(t, auth.Ministry)
	to := newReceiver(t, status(500))
	id, _ := hook(t, me, to.URL)
	path := "/exchange/webhooks/" + id
	put(t, env, forMinistry(t, firm), 3)
	env.Sweep(t)
	to.then(status(410))
	env.Clock.Advance(6 * time.Second)
	env.Sweep(t)
	a := me.Get(t, path).Want(t, 200)
	if a.Text("enabled") != "false" || a.Text("disabled_reason") != "gone" || a.Text("disabled_at") == "" {
		t.Errorf("%s", a.Body)
	}
	tried := len(to.all())
	notice := me.Get(t, "/exchange/events?kind=webhook.disabled").Want(t, 200)
	if notice.Len("items") != 1 || notice.Text("items", 0, "subject", "id") != id || notice.Text("items", 0, "data", "reason") != "gone" || notice.JSON("items", 0, "enterprise_id") != nil {
		t.Errorf("%s", notice.Body)
	}
	if n := env.Machine(t, auth.Ministry).Get(t, "/exchange/events?kind=webhook.disabled").Want(t, 200).Len("items"); n != 0 {
		t.Error("another client is told")
	}
	if a := me.Get(t, path+"/deliveries?state=pending").Want(t, 200); a.Len("items") != 0 {
		t.Errorf("something still waits: %s", a.Body)
	}
	delivery := me.Get(t, path+"/deliveries").Want(t, 200).Text("items", 0, "id")
	put(t, env, forMinistry(t, firm), 2)
	env.Clock.Advance(time.Hour)
	env.Sweep(t)
	if len(to.all()) != tried {
		t.Error("a disabled one is sent to")
	}
	renew(t, me)
	me.Post(t, path+"/replay", map[string]any{"after": "0"}).Want(t, 409, "webhook.disabled")
	me.Post(t, path+"/deliveries/"+delivery+"/replay", nil).Want(t, 409, "webhook.disabled")
	// Enabled, it gets what comes, and what came meanwhile when it is asked for.
	to.then(nil)
	me.Post(t, path+"/enable", nil).Want(t, 200)
	if a := me.Post(t, path+"/enable", nil).Want(t, 200); a.Text("enabled") != "true" || a.JSON("failing_since") != nil {
		t.Errorf("%s", a.Body)
	}
	put(t, env, forMinistry(t, firm), 1)
	env.Sweep(t)
	if n := len(to.all()) - tried; n != 1 {
		t.Errorf("%d came", n)
	}
	if a := me.Post(t, path+"/replay", map[string]any{"after": "0"}).Want(t, 202); a.Text("queued") != "7" || a.Text("has_more") != "false" { // six, and the notice of its own end
		t.Errorf("%s", a.Body)
	}
	env.Sweep(t)
	ids := map[string]bool{}
	for _, r := range to.all() {
		ids[r.id()] = true
	}
	if len(ids) != 7 {
		t.Errorf("%d different events came", len(ids))
	}
	since := apitest.Start.Add(30 * time.Minute).Format(time.RFC3339)
	if a := me.Post(t, path+"/replay", map[string]any{"since": since}).Want(t, 202); a.Text("queued") != "1" {
		t.Errorf("%s", a.Body)
	}
	if a := me.Post(t, path+"/replay", map[string]any{"since": "2030-01-01T00:00:00Z"}).Want(t, 202); a.Text("queued") != "0" {
		t.Errorf("%s", a.Body)
	}
}

// Who fails for five days and does nothing else is disabled, with a notice; one
// success begins the time anew.
func TestFailingDisables(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, me := env.Enterprise(t), env.Machine(t, auth.Ministry)
	to := newReceiver(t, status(503))
	id, _ := hook(t, me, to.URL)
	path := "/exchange/webhooks/" + id
	days := func(n int) *apitest.Answer {
		for range 2 * n {
			put(t, env, forMinistry(t, firm), 1)
			env.Sweep(t)
			env.Clock.Advance(12 * time.Hour)
		}
		renew(t, me)
		return me.Get(t, path).Want(t, 200)
	}
	if a := days(4); a.Text("enabled") != "true" || a.Text("failing_since") == "" {
		t.Errorf("%s", a.Body)
	}
	to.then(nil)
	env.Sweep(t)
	to.then(status(503))
	if a := days(5); a.Text("enabled") != "true" {
		t.Errorf("the success did not count: %s", a.Body)
	}
	if a := days(1); a.Text("enabled") != "false" || a.Text("disabled_reason") != "failing" {
		t.Errorf("%s", a.Body)
	}
	if a := me.Get(t, "/exchange/events?kind=webhook.disabled").Want(t, 200); a.Text("items", 0, "data", "reason") != "failing" {
		t.Errorf("%s", a.Body)
	}
}

// instance is one more of the product on the same database, set up otherwise. It
// answers no requests.
func instance(t *testing.T, env *apitest.Env, change func(*app.Options)) *app.App {
	t.Helper()
	o := app.Options{Config: env.App.Config, DB: env.App.DB, Now: env.Clock.Now, Log: env.App.Log}
	change(&o)
	a, err := app.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// What was public when it was named and is not when it is sent to, is not sent to.
func TestPrivateAddresses(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, me := env.Enterprise(t), env.Machine(t, auth.Ministry)
	to := newReceiver(t, nil)
	byName := strings.Replace(to.URL, "127.0.0.1", "localhost", 1)
	var paths []string
	for _, address := range []string{to.URL, byName} {
		id, _ := hook(t, me, address)
		paths = append(paths, "/exchange/webhooks/"+id+"/deliveries")
	}
	strict := instance(t, env, func(o *app.Options) { o.Config.WebhookAllow = nil })
	put(t, env, forMinistry(t, firm), 1)
	if err := strict.SweepAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(to.all()) != 0 {
		t.Error("a private address was reached")
	}
	for _, path := range paths {
		if a := me.Get(t, path).Want(t, 200); a.Text("items", 0, "attempts", 0, "failure") != "refused" || a.JSON("items", 0, "attempts", 0, "status") != nil {
			t.Errorf("%s", a.Body)
		}
	}
	production := instance(t, env, func(o *app.Options) { o.Config.Environment = "production" })
	if _, err := production.Webhooks.Update(t.Context(), me.Actor, [16]byte{}, 1, webhookSettings(to.URL)); err == nil || !strings.Contains(fmt.Sprint(err), "webhook.url") {
		t.Errorf("plain http in production: %v", err)
	}
}

// An instance that died while it was sending: the lease runs out, and another sends
// the same again, under the same id.
func TestAnInstanceDiesWhileItSends(t *testing.T) {
	t.Parallel()
	env := apitest.New(t, func(c *config.Config) { c.WebhookTimeout = 20 * time.Second })
	firm, me := env.Enterprise(t), env.Machine(t, auth.Ministry)
	arrived, released := make(chan struct{}, 1), make(chan struct{})
	to := newReceiver(t, func(http.ResponseWriter, *http.Request) { arrived <- struct{}{}; <-released })
	hook(t, me, to.URL)
	put(t, env, forMinistry(t, firm), 1)

	var name string
	if err := env.App.DB.Read(t.Context()).Raw(`SELECT current_database()`).Scan(&name).Error; err != nil {
		t.Fatal(err)
	}
	own, err := pg.Open(t.Context(), pg.Config{URL: sibling(t, name), Now: env.Clock.Now, MaxConns: 3})
	if err != nil {
		t.Fatal(err)
	}
	dying := instance(t, env, func(o *app.Options) { o.DB = own })
	ended := make(chan error, 1)
	go func() { ended <- dying.SweepAll(context.WithoutCancel(t.Context())) }()
	<-arrived
	_ = own.Close() // nothing that it learns from here on can be written
	env.Sweep(t)
	if len(to.all()) != 1 {
		t.Error("what another is sending is sent as well")
	}
	to.then(nil)
	close(released)
	if err := <-ended; err == nil {
		t.Error("the dead instance wrote down what came of it")
	}
	env.Clock.Advance(61 * time.Second)
	env.Sweep(t)
	if got := to.all(); len(got) != 2 || got[0].id() != got[1].id() {
		t.Errorf("%d came", len(got))
	}
}

// A receiver that hangs holds up itself alone, and is not flooded.
func TestASlowReceiverHoldsUpItselfAlone(t *testing.T) {
	t.Parallel()
	env := apitest.New(t, func(c *config.Config) { c.WebhookTimeout = 20 * time.Second; c.DatabaseMax = 20 })
	beside := env.Beside(t)
	firm, me := env.Enterprise(t), env.Machine(t, auth.Ministry)
	released := make(chan struct{})
	slow := newReceiver(t, func(http.ResponseWriter, *http.Request) { <-released })
	hook(t, me, slow.URL)
	came := make(chan struct{}, 200)
	fast := newReceiver(t, func(http.ResponseWriter, *http.Request) { came <- struct{}{} })
	hook(t, me, fast.URL)
	env.Work(t)
	beside.Work(t)
	t.Cleanup(func() { close(released) })
	const events = 100
	for range events / 10 {
		put(t, env, forMinistry(t, firm), 10)
	}
	for range events {
		select {
		case <-came:
		case <-time.After(15 * time.Second):
			t.Fatalf("the fast one has %d of %d", len(fast.all()), events)
		}
	}
	if n := len(slow.all()); n > 4 {
		t.Errorf("%d requests at once to the slow one", n)
	}
	// Each once, although two instances send.
	count := map[string]int{}
	for _, r := range fast.all() {
		count[r.id()]++
	}
	if len(count) != events {
		t.Errorf("%d different events", len(count))
	}
}

// A client that is disabled, or lost the scope, is sent nothing; nor what it may no longer see.
func TestWhoMayNoLongerSeeIsSentNothing(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, me, off := env.Enterprise(t), env.Machine(t, auth.Province), env.Machine(t, auth.Province)
	to, toOff := newReceiver(t, status(500)), newReceiver(t, status(500))
	id, _ := hook(t, me, to.URL)
	hook(t, off, toOff.URL)
	put(t, env, forMinistry(t, firm), 1)
	env.Sweep(t)
	if len(to.all()) != 1 || len(toOff.all()) != 1 {
		t.Fatal("nothing came")
	}
	if err := env.App.DB.Read(t.Context()).Exec(`UPDATE machine_clients SET provinces = '{32}' WHERE id = ?`, me.ClientID).Error; err != nil {
		t.Fatal(err)
	}
	if _, err := env.App.Clients.Disable(t.Context(), client.Command, off.ClientID.String()); err != nil {
		t.Fatal(err)
	}
	put(t, env, forMinistry(t, firm), 1)
	env.Clock.Advance(time.Hour)
	env.Sweep(t)
	if len(to.all()) != 1 || len(toOff.all()) != 1 {
		t.Errorf("%d and %d came", len(to.all()), len(toOff.all()))
	}
	renew(t, me)
	a := me.Get(t, "/exchange/webhooks/"+id+"/deliveries").Want(t, 200)
	var states []string
	for i := range a.Len("items") {
		states = append(states, a.Text("items", i, "state"))
	}
	if !slices.Equal(states, []string{"cancelled"}) {
		t.Errorf("%v", states)
	}
}
