package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"zhuce/api/apitest"
	"zhuce/internal/auth"
	"zhuce/internal/client"
	"zhuce/internal/outbox"
	"zhuce/internal/pg/pgtest"
	"zhuce/internal/webhook"
)

// receiver is somebody's server that events are sent to.
type receiver struct {
	URL string

	mu     sync.Mutex
	got    []received
	answer http.HandlerFunc // nil: 204
}

type received struct {
	header http.Header
	body   []byte
}

func (r received) id() string { return r.header.Get("Webhook-Id") }

func newReceiver(t *testing.T, answer http.HandlerFunc) *receiver {
	t.Helper()
	r := &receiver{answer: answer}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	r.URL = server.URL + "/hook"
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	r.mu.Lock()
	r.got = append(r.got, received{req.Header.Clone(), body})
	answer := r.answer
	r.mu.Unlock()
	if answer == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	answer(w, req)
}

func (r *receiver) then(answer http.HandlerFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

func (r *receiver) all() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// hook makes a webhook to the address and gives its id and secret.
func hook(t *testing.T, c *apitest.Caller, address string, kinds ...string) (id, secret string) {
	t.Helper()
	a := c.Post(t, "/exchange/webhooks", map[string]any{"url": address, "description": "test", "kinds": append([]string{}, kinds...)}).Want(t, 201)
	return a.Text("id"), a.Text("secret")
}

// renew gives the client a new token: the clock was moved.
func renew(t *testing.T, c *apitest.Caller) {
	t.Helper()
	issued, err := c.Env.App.Clients.Token(t.Context(), client.Request{ClientID: c.ClientID.String(), Secret: c.Secret})
	if err != nil {
		t.Fatal(err)
	}
	c.Token = issued.AccessToken
}

// forMinistry is an event that the ministry sees, of an enterprise.
func forMinistry(t *testing.T, firm *apitest.Caller) outbox.Event {
	return outbox.Event{Def: eventDef(t, "filing.submit"), SubjectType: "filing", SubjectID: uuid.New(), EnterpriseID: firm.Actor.EnterpriseID}
}

func verifies(t *testing.T, secret string, r received) bool {
	t.Helper()
	wh, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	return wh.VerifyIgnoringTimestamp(r.body, r.header) == nil
}

func TestWebhook(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, person, stranger := env.Enterprise(t), env.Person(t), env.Machine(t, auth.Person)
	to, others := newReceiver(t, nil), newReceiver(t, nil)
	id, secret := hook(t, person, to.URL, "filing.deliver")
	hook(t, stranger, others.URL)
	filing := env.Deliver(t, firm)
	env.Submit(t, firm, filing)
	env.Sweep(t)

	got := to.all()
	if len(got) != 1 || len(others.all()) != 0 {
		t.Fatalf("%d came, and %d to a stranger", len(got), len(others.all()))
	}
	if !verifies(t, secret, got[0]) || got[0].header.Get("Content-Type") != "application/json" {
		t.Errorf("%v\n%s", got[0].header, got[0].body)
	}
	for what, wrong := range map[string]received{"another body": {got[0].header, append(bytes.Clone(got[0].body), ' ')}, "another id": {func() http.Header {
		h := got[0].header.Clone()
		h.Set("Webhook-Id", uuid.NewString())
		return h
	}(), got[0].body}} {
		if verifies(t, secret, wrong) {
			t.Errorf("%s is taken", what)
		}
	}
	// What was sent is the event as the feed has it.
	var body struct {
		Type      string
		Timestamp time.Time
		Data      map[string]any
	}
	if err := json.Unmarshal(got[0].body, &body); err != nil {
		t.Fatal(err)
	}
	feed := person.Get(t, "/exchange/events?kind=filing.deliver").Want(t, 200)
	if body.Type != "filing.deliver" || !body.Timestamp.Equal(apitest.Start) || !reflect.DeepEqual(any(body.Data), feed.JSON("items", 0)) || got[0].id() != feed.Text("items", 0, "id") {
		t.Errorf("%s\n%s", got[0].body, feed.Body)
	}
	log := person.Get(t, "/exchange/webhooks/"+id+"/deliveries").Want(t, 200)
	if log.Len("items") != 1 || log.Text("items", 0, "state") != "delivered" || log.Text("items", 0, "id") != got[0].id() || log.Len("items", 0, "attempts") != 1 ||
		log.Text("items", 0, "attempts", 0, "status") != "204" || log.JSON("items", 0, "attempts", 0, "failure") != nil {
		t.Errorf("%s", log.Body)
	}
	if a := person.Get(t, "/exchange/webhooks/"+id).Want(t, 200); a.Text("last_success_at") == "" || a.Text("enabled") != "true" {
		t.Errorf("%s", a.Body)
	}
	env.Sweep(t)
	if len(to.all()) != 1 {
		t.Error("it came again")
	}
	// Nothing that reads as a secret lies in the database.
	var open int
	if err := env.App.DB.Read(t.Context()).Raw(`SELECT count(*) FROM webhooks w, idempotency_keys k WHERE strpos(w::text || k::text, ?) > 0`, secret).Scan(&open).Error; err != nil || open != 0 {
		t.Errorf("the secret lies open (%v)", err)
	}
}

func TestWebhooksAreManaged(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	me, other, firm := env.Machine(t, auth.Person), env.Machine(t, auth.Person), env.Enterprise(t)
	body := map[string]any{"url": "http://127.0.0.1:9/hook"}
	made := me.Post(t, "/exchange/webhooks", body, "Idempotency-Key", "one").Want(t, 201)
	again := me.Post(t, "/exchange/webhooks", body, "Idempotency-Key", "one").Want(t, 201)
	if again.Text("secret") != made.Text("secret") || again.Text("id") != made.Text("id") || !strings.HasPrefix(made.Text("secret"), "whsec_") {
		t.Errorf("%s\n%s", made.Body, again.Body)
	}
	path := "/exchange/webhooks/" + made.Text("id")
	read := me.Get(t, path).Want(t, 200)
	if strings.Contains(string(read.Body)+string(me.Get(t, "/exchange/webhooks").Want(t, 200).Body), "whsec_") {
		t.Error("the secret is shown again")
	}
	me.Get(t, path, "If-None-Match", read.Header.Get("ETag")).Want(t, 304)
	change := map[string]any{"url": "http://127.0.0.1:10/hook", "kinds": []string{"filing.submit"}}
	me.Try(t, "PUT", path, change).Want(t, 428)
	me.Do(t, "PUT", path, change, "If-Match", `"7"`).Want(t, 412, "webhook.stale")
	if a := me.Do(t, "PUT", path, change, "If-Match", read.Header.Get("ETag")).Want(t, 200); a.Text("version") != "2" || a.Text("kinds", 0) != "filing.submit" {
		t.Errorf("%s", a.Body)
	}
	none := "/exchange/webhooks/" + uuid.NewString()
	for _, c := range []struct {
		who    *apitest.Caller
		path   string
		status int
		code   string
	}{{other, path, 404, "webhook.not_found"}, {me, none, 404, "webhook.not_found"}, {me, "/exchange/webhooks/x", 404, "webhook.not_found"},
		{firm, path, 403, "auth.wrong_role"}, {env.Machine(t, auth.Person, auth.ScopeRead), path, 403, "auth.missing_scope"}, {env.Anonymous(), path, 401, "auth.token_missing"}} {
		c.who.Try(t, "GET", c.path, nil).Want(t, c.status, c.code)
		c.who.Try(t, "PUT", c.path, change, "If-Match", `"2"`).Want(t, c.status, c.code)
		c.who.Try(t, "DELETE", c.path, nil).Want(t, c.status, c.code)
		for _, do := range []string{"rotate-secret", "enable", "test"} {
			c.who.Try(t, "POST", c.path+"/"+do, nil).Want(t, c.status, c.code)
		}
		c.who.Try(t, "POST", c.path+"/replay", map[string]any{"after": "0"}).Want(t, c.status, c.code)
		c.who.Try(t, "GET", c.path+"/deliveries", nil).Want(t, c.status, c.code)
		c.who.Try(t, "POST", c.path+"/deliveries/"+uuid.NewString()+"/replay", nil).Want(t, c.status, c.code)
	}
	me.Post(t, path+"/deliveries/"+uuid.NewString()+"/replay", nil).Want(t, 404, "webhook.no_delivery")
	for _, wrong := range []map[string]any{{}, {"after": "1", "since": "2026-11-23T00:00:00Z"}, {"since": "yesterday"}, {"after": "x"}, {"after": "999999"}} {
		me.Try(t, "POST", path+"/replay", wrong).Want(t, 422)
	}
	for address, code := range map[string]string{"https://127.0.0.2/": "webhook.url_address", "https://10.0.0.1/": "webhook.url_address", "https://[::1]/": "webhook.url_address",
		"https://169.254.169.254/": "webhook.url_address", "https://8.8.8.8:22/": "webhook.url_port", "ftp://8.8.8.8/": "webhook.url_scheme",
		"https://a:b@8.8.8.8/": "webhook.url_form", "nothing": "webhook.url_form"} {
		for _, a := range []*apitest.Answer{me.Try(t, "POST", "/exchange/webhooks", map[string]any{"url": address}), me.Try(t, "PUT", path, map[string]any{"url": address}, "If-Match", `"2"`)} {
			if a.Want(t, 422, "webhook.url"); !slices.Equal(a.Refused(), []string{"/url " + code}) {
				t.Errorf("%s: %v", address, a.Refused())
			}
		}
	}
	me.Try(t, "POST", "/exchange/webhooks", map[string]any{"url": "https://8.8.8.8/", "kinds": []string{"filing.none"}}).Want(t, 422)
	for range 19 {
		hook(t, me, "https://8.8.8.8/")
	}
	me.Post(t, "/exchange/webhooks", body).Want(t, 409, "webhook.too_many")
	if n := me.Get(t, "/exchange/webhooks").Want(t, 200).Len("items"); n != 20 {
		t.Errorf("%d", n)
	}
	me.Do(t, "DELETE", path, nil).Want(t, 204)
	me.Get(t, path).Want(t, 404)
	var lines []string
	if err := env.App.DB.Read(t.Context()).Raw(`SELECT DISTINCT action FROM audit_log WHERE subject_type = 'webhook' ORDER BY action`).Scan(&lines).Error; err != nil ||
		!slices.Equal(lines, []string{"webhook.create", "webhook.delete", "webhook.update"}) {
		t.Errorf("%v %v", lines, err)
	}
}

// For a day both secrets sign, then the new one alone.
func TestSecretsAreRotated(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, me := env.Enterprise(t), env.Machine(t, auth.Ministry)
	to := newReceiver(t, nil)
	id, first := hook(t, me, to.URL)
	rotate := func() string {
		return me.Post(t, "/exchange/webhooks/"+id+"/rotate-secret", nil).Want(t, 200).Text("secret")
	}
	second := rotate()
	last := func() received {
		put(t, env, forMinistry(t, firm), 1)
		env.Sweep(t)
		all := to.all()
		return all[len(all)-1]
	}
	r := last()
	if !verifies(t, first, r) || !verifies(t, second, r) || len(strings.Fields(r.header.Get("Webhook-Signature"))) != 2 {
		t.Errorf("both should sign: %s", r.header.Get("Webhook-Signature"))
	}
	third := rotate()
	if r = last(); verifies(t, first, r) || !verifies(t, second, r) || !verifies(t, third, r) {
		t.Error("the first secret still signs, or one of the others does not")
	}
	env.Clock.Advance(24*time.Hour + time.Minute)
	if r = last(); verifies(t, second, r) || !verifies(t, third, r) {
		t.Error("after a day the new secret alone signs")
	}
	renew(t, me)
	if a := me.Get(t, "/exchange/webhooks/"+id).Want(t, 200); a.JSON("old_secret_until") != nil {
		t.Errorf("%s", a.Body)
	}
}

func TestTestEvents(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	me := env.Machine(t, auth.Ministry)
	to := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "thank\x00 you\n13812345678 is no number to keep")
	})
	id, secret := hook(t, me, to.URL, "filing.submit")
	before := me.Get(t, "/exchange/events").Want(t, 200).Text("latest")
	a := me.Post(t, "/exchange/webhooks/"+id+"/test", nil).Want(t, 200)
	if a.Text("state") != "delivered" || a.Text("kind") != "webhook.test" || a.JSON("position") != nil || a.Text("attempts", 0, "answer") != "" {
		t.Errorf("%s", a.Body)
	}
	if got := to.all(); len(got) != 1 || !verifies(t, secret, got[0]) || !strings.Contains(string(got[0].body), `"type":"webhook.test"`) {
		t.Errorf("%v", got)
	}
	to.then(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(500)
		_, _ = fmt.Fprint(w, "broken\x01 ", strings.Repeat("字", 1000))
	})
	a = me.Post(t, "/exchange/webhooks/"+id+"/test", nil).Want(t, 200)
	answer := a.Text("attempts", 0, "answer")
	if a.Text("state") != "failed" || a.Text("attempts", 0, "failure") != "status" || a.Text("attempts", 0, "status") != "500" ||
		!strings.HasPrefix(answer, "broken  字") || len(answer) > 1024 || strings.ContainsRune(answer, '\uFFFD') {
		t.Errorf("%s", a.Body)
	}
	env.Clock.Advance(time.Minute)
	env.Sweep(t)
	if len(to.all()) != 2 {
		t.Error("a test was tried again")
	}
	if after := me.Get(t, "/exchange/events").Want(t, 200).Text("latest"); after != before {
		t.Error("a test is in the feed")
	}
	me.Post(t, "/exchange/webhooks/"+id+"/deliveries/"+a.Text("id")+"/replay", nil).Want(t, 409, "webhook.not_replayable")
	if a := me.Get(t, "/exchange/webhooks/"+id).Want(t, 200); a.JSON("failing_since") != nil {
		t.Errorf("a test counts: %s", a.Body)
	}
}

func webhookSettings(address string) webhook.Settings { return webhook.Settings{URL: address} }

// sibling is the address of a database on the tests' server.
func sibling(t *testing.T, name string) string {
	t.Helper()
	u, err := url.Parse(os.Getenv(pgtest.Env))
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

// Whatever a client does to a webhook is done once a key: the same again gets the same answer.
func TestAWebhookIsChangedOnceAKey(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	me := env.Machine(t, auth.Ministry)
	to := newReceiver(t, status(204))
	id, _ := hook(t, me, to.URL)
	path := "/exchange/webhooks/" + id
	for _, c := range []struct {
		method, path string
		body         any
		header       []string
		status       int
	}{
		{"PUT", path, map[string]any{"url": to.URL, "description": "anew", "kinds": []string{}}, []string{"If-Match", `"1"`}, 200},
		{"POST", path + "/test", nil, nil, 200},
		{"POST", path + "/replay", map[string]any{"after": "0"}, nil, 202},
		{"DELETE", path, nil, nil, 204},
	} {
		header := append(c.header, "Idempotency-Key", "once"+c.method+c.path[len(path):])
		first := me.Do(t, c.method, c.path, c.body, header...).Want(t, c.status)
		if again := me.Do(t, c.method, c.path, c.body, header...).Want(t, c.status); string(again.Body) != string(first.Body) {
			t.Errorf("%s %s: %s after %s", c.method, c.path, again.Body, first.Body)
		}
	}
	if got := len(to.all()); got != 1 {
		t.Errorf("%d test events were sent", got)
	}
}
