package api_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"zhuce/api/apitest"
	"zhuce/internal/auth"
	"zhuce/internal/filing"
	"zhuce/internal/outbox"
	"zhuce/internal/pg"
)

// eventDef is a declared kind.
func eventDef(t *testing.T, kind string) *outbox.Def {
	t.Helper()
	for _, d := range outbox.All() {
		if d.Kind == kind {
			return d
		}
	}
	t.Fatalf("no event %s", kind)
	return nil
}

// put commits n events of the kind, about one record, in a transaction.
func put(t *testing.T, env *apitest.Env, e outbox.Event, n int) {
	t.Helper()
	e.Data = map[string]any{"n": n}
	if err := env.App.DB.InTx(t.Context(), func(tx pg.Tx) error { return outbox.PutTx(tx, slices.Repeat([]outbox.Event{e}, n)) }); err != nil {
		t.Fatal(err)
	}
}

// kinds are the kinds of a page, in order.
func kinds(a *apitest.Answer) []string {
	out := make([]string, a.Len("items"))
	for i := range out {
		out[i] = a.Text("items", i, "kind")
	}
	return out
}

func TestEvents(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, person := env.Enterprise(t), env.Person(t)
	ministry, province := env.Machine(t, auth.Ministry), env.Machine(t, auth.Province)
	stranger := env.Machine(t, auth.Person)
	id := env.Deliver(t, firm)
	env.Submit(t, firm, id)
	env.Decide(t, auth.Province, filing.Accept, "", id)

	own := []string{"filing.deliver", "filing.submit", "filing.accept"}
	told := own[1:] // what lies with the enterprise is not the authorities'
	for who, want := range map[*apitest.Caller][]string{person: own, province: told, ministry: told, stranger: {}} {
		page := who.Get(t, "/exchange/events").Want(t, 200)
		if got := kinds(page); !slices.Equal(got, want) {
			t.Errorf("%s (%s) sees %v, wanted %v", who.Name, who.Actor.Party, got, want)
		}
		if page.Text("has_more") != "false" || page.Text("next_cursor") != page.Text("latest") {
			t.Errorf("%s", page.Body)
		}
	}
	event := person.Get(t, "/exchange/events?kind=filing.submit").Want(t, 200)
	if event.Len("items") != 1 || event.Text("items", 0, "subject", "id") != id || event.Text("items", 0, "subject", "type") != "filing" ||
		event.Text("items", 0, "unified_social_credit_code") != firm.CreditCode || event.Text("items", 0, "enterprise_id") != firm.Actor.EnterpriseID.String() ||
		event.Text("items", 0, "data", "to") != "province_pending" || event.JSON("items", 0, "occurred_at") == nil {
		t.Errorf("%s", event.Body)
	}
	// A page at a time, and again from anywhere: the same.
	var got []string
	for after := ""; len(got) < 4; {
		page := person.Get(t, "/exchange/events?limit=1"+after).Want(t, 200)
		got = append(got, kinds(page)...)
		after = "&after=" + page.Text("next_cursor")
		if page.Text("has_more") == "false" {
			break
		}
	}
	if !slices.Equal(got, own) {
		t.Errorf("page by page: %v", got)
	}
	// Another province's filing.
	put(t, env, outbox.Event{Def: eventDef(t, "filing.forward"), SubjectType: "filing", SubjectID: uuid.New(), EnterpriseID: firm.Actor.EnterpriseID, Province: "32"}, 1)
	if got := kinds(province.Get(t, "/exchange/events")); !slices.Equal(got, told) {
		t.Errorf("another province's events: %v", got)
	}
	if got := kinds(ministry.Get(t, "/exchange/events")); len(got) != len(told)+1 {
		t.Errorf("the ministry sees %v", got)
	}
}

func TestEventsAreRefused(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	env.Anonymous().Get(t, "/exchange/events").Want(t, 401, "auth.token_missing")
	firm.Get(t, "/exchange/events").Want(t, 403, "auth.wrong_role")
	env.Machine(t, auth.Person, auth.ScopeRead).Get(t, "/exchange/events").Want(t, 403, "auth.missing_scope")
	reader := env.Machine(t, auth.Ministry, auth.ScopeEvents)
	for query, code := range map[string]string{"after=x": "request.not_a_number", "after=-1": "request.not_a_number", "after=9999999999999999999": "request.not_a_number",
		"limit=0": "request.too_small", "limit=1001": "request.too_big", "wait=26": "request.too_big", "kind=filing.none": "request.unknown_value",
		"kind=filing.submit&kind=filing.submit": "request.repeated"} {
		if a := reader.Try(t, "GET", "/exchange/events?"+query, nil).Want(t, 422); !strings.HasSuffix(a.Refused()[0], code) {
			t.Errorf("%s: %v", query, a.Refused())
		}
	}
	reader.Get(t, "/exchange/events?after=1000000").Want(t, 422, "exchange.cursor_unknown")

	all := reader.Get(t, "/exchange/events/kinds").Want(t, 200)
	if all.Len("items") != len(outbox.All()) || all.Text("items", 0, "zh") == "" {
		t.Errorf("%s", all.Body)
	}
}

// Events go after a time, from the oldest on; the numbers of the others stay, and a
// reader who was away for too long is told so instead of missing some.
func TestEventsArePurged(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, ministry := env.Enterprise(t), env.Machine(t, auth.Ministry)
	e := outbox.Event{Def: eventDef(t, "filing.submit"), SubjectType: "filing", SubjectID: uuid.New(), EnterpriseID: firm.Actor.EnterpriseID}
	put(t, env, e, 3)
	old := ministry.Get(t, "/exchange/events?limit=1").Want(t, 200).Text("next_cursor")
	gone := ministry.Get(t, "/exchange/events").Want(t, 200).Text("latest")
	env.Clock.Advance(env.App.Config.EventsKeep + time.Hour)
	put(t, env, e, 2)
	ministry = env.Machine(t, auth.Ministry) // the old token has ended
	before := ministry.Get(t, "/exchange/events?after="+gone).Want(t, 200)
	env.Sweep(t)

	a := ministry.Get(t, "/exchange/events?after="+old).Want(t, 410, "exchange.cursor_expired")
	if !strings.Contains(a.Text("detail"), gone) {
		t.Errorf("the oldest is not named: %s", a.Text("detail"))
	}
	hook := ministry.Post(t, "/exchange/webhooks", map[string]any{"url": "http://127.0.0.1:9/", "description": "", "kinds": []string{}}).Want(t, 201).Text("id")
	ministry.Post(t, "/exchange/webhooks/"+hook+"/replay", map[string]any{"after": old}).Want(t, 410, "exchange.cursor_expired")
	// Who had seen the last one that went has missed nothing.
	if after := ministry.Get(t, "/exchange/events?after="+gone).Want(t, 200); string(after.Body) != string(before.Body) || after.Len("items") != 2 {
		t.Errorf("%s\n%s", before.Body, after.Body)
	}
	if first := ministry.Get(t, "/exchange/events").Want(t, 200); first.Len("items") != 2 {
		t.Errorf("%s", first.Body)
	}
	// All of them, and the next one has the next number.
	env.Clock.Advance(env.App.Config.EventsKeep + time.Hour)
	env.Sweep(t)
	put(t, env, e, 1)
	ministry = env.Machine(t, auth.Ministry)
	last := ministry.Get(t, "/exchange/events").Want(t, 200)
	if want := fmt.Sprint(before.JSON("items", 1, "position").(float64) + 1); last.Len("items") != 1 || last.Text("items", 0, "position") != want {
		t.Errorf("the numbering went on with %s, wanted %s", last.Text("items", 0, "position"), want)
	}
}

func TestWaitForEvents(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, reader := env.Enterprise(t), env.Machine(t, auth.Ministry)
	at := reader.Get(t, "/exchange/events").Want(t, 200).Text("latest")
	if a := reader.Get(t, "/exchange/events?wait=1&after="+at).Want(t, 200); a.Len("items") != 0 || a.Text("next_cursor") != at {
		t.Errorf("nothing happened: %s", a.Body)
	}
	// As many as may wait do, and one more does not.
	came := make(chan *apitest.Answer, 8)
	for range 5 {
		go func() { came <- reader.Get(t, "/exchange/events?wait=25&after="+at) }()
	}
	if a := <-came; a.Status != 429 || a.Code() != "exchange.too_many_waits" || a.Header.Get("Retry-After") == "" {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	e := outbox.Event{Def: eventDef(t, "filing.submit"), SubjectType: "filing", SubjectID: uuid.New(), EnterpriseID: firm.Actor.EnterpriseID}
	began := time.Now()
	put(t, env, e, 1)
	for range 4 {
		if a := <-came; a.Want(t, 200).Len("items") != 1 {
			t.Errorf("%s", a.Body)
		}
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("nobody was woken: %s", took)
	}
	// What is there already is not waited for.
	if a := reader.Get(t, "/exchange/events?wait=25&after="+at).Want(t, 200); a.Len("items") != 1 {
		t.Errorf("%s", a.Body)
	}
}

func TestEventsCostTheSame(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, reader := env.Enterprise(t), env.Machine(t, auth.Ministry)
	e := outbox.Event{Def: eventDef(t, "filing.submit"), SubjectType: "filing", SubjectID: uuid.New(), EnterpriseID: firm.Actor.EnterpriseID}
	cost := func(n int) int {
		put(t, env, e, n)
		return env.Statements(func() {
			if got := reader.Get(t, "/exchange/events?limit=1000").Want(t, 200).Len("items"); got < n {
				t.Errorf("%d of %d", got, n)
			}
		})
	}
	if one, many := cost(1), cost(500); one != many || one > 10 {
		t.Errorf("%d statements for one event, %d for 500", one, many)
	}
}

// Who may see little is not slow: a page looks at so many positions, may be empty, and
// goes on behind them.
func TestAPageLooksAtSoMuch(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, reader := env.Enterprise(t), env.Elsewhere(t)
	others := outbox.Event{Def: eventDef(t, "filing.submit"), SubjectType: "filing", SubjectID: uuid.New(), EnterpriseID: firm.Actor.EnterpriseID}
	put(t, env, others, 5_100)
	mine := others
	mine.Province = "44"
	put(t, env, mine, 1)
	first := reader.Get(t, "/exchange/events").Want(t, 200)
	if first.Len("items") != 0 || first.Text("has_more") != "true" || first.Text("next_cursor") != "5000" {
		t.Fatalf("%s", first.Body)
	}
	// What is there already is not waited for.
	second := reader.Get(t, "/exchange/events?wait=25&after="+first.Text("next_cursor")).Want(t, 200)
	if second.Len("items") != 1 || second.Text("has_more") != "false" {
		t.Errorf("%s", second.Body)
	}
}
