package api_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	ics "github.com/arran4/golang-ical"
	"github.com/google/uuid"

	"zhuce/api"
	"zhuce/api/apitest"
	"zhuce/internal/config"
	"zhuce/internal/warning/warningtest"
)

// register makes a registration at the firm that ends in so many days.
func register(t *testing.T, env *apitest.Env, firm *apitest.Caller, daysLeft int, overrides ...func(*api.DeliveryRequest)) (id string) {
	t.Helper()
	filing := env.Deliver(t, firm, overrides...)
	firm.Post(t, "/filings/return", map[string]any{"filing_ids": []string{filing}, "reason": "只作为来源"}).Want(t, 200)
	made := uuid.Must(uuid.NewV7())
	warningtest.Insert(t, env.App.DB, made, uuid.MustParse(filing), warningtest.Day(env.Clock.Now(), daysLeft))
	return made.String()
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, other := env.Enterprise(t), env.Enterprise(t)
	named := func(name string) func(*api.DeliveryRequest) {
		return func(d *api.DeliveryRequest) { d.Person.Name = name }
	}
	expired := register(t, env, firm, -1, named("钱到期"))
	urgent := register(t, env, firm, 30, named("孙紧急"))
	near := register(t, env, firm, 31, named("李临近"))
	early := register(t, env, firm, 180, named("周提前"))
	register(t, env, firm, 181)
	register(t, env, firm, -366)
	register(t, env, other, 10)

	all := firm.Get(t, "/warnings").Want(t, 200)
	var got []string
	for i := range all.Len("items") {
		got = append(got, all.Text("items", i, "id"))
	}
	if want := []string{expired, urgent, near, early}; fmt.Sprint(got) != fmt.Sprint(want) || all.Text("total") != "4" || all.Text("as_of") != "2026-11-23" {
		t.Errorf("listed %v, want %v; total %s as of %s", got, want, all.Text("total"), all.Text("as_of"))
	}
	first := map[string]string{"days_left": "-1", "level": "expired", "situation": "nothing_filed", "next_step": "register_anew", "valid_until": "2026-11-22",
		"filing_deadline": "2026-10-23", "filing": "", "profession": "structural_1", "person_name": "钱到期"}
	for field, want := range first {
		if v := all.Text("items", 0, field); v != want {
			t.Errorf("%s is %q, want %q", field, v, want)
		}
	}

	for query, want := range map[string]string{
		"level=urgent":                               urgent,
		"level=urgent&level=near&name=李":             near,
		"name=周":                                     early,
		"situation=nothing_filed&level=expired":      expired,
		"situation=filed_in_time":                    "",
		"profession=chemical":                        "",
		"matter=architects":                          "",
		"matter=engineers&sort=-valid_until&limit=1": early,
	} {
		if a := firm.Get(t, "/warnings?"+query).Want(t, 200); a.Text("items", 0, "id") != want {
			t.Errorf("%s: %s, want %s", query, a.Text("items", 0, "person_name"), want)
		}
	}
	for query, place := range map[string]string{
		"level=red": "query:level request.unknown_value", "situation=good": "query:situation request.unknown_value", "profession=x": "query:profession request.unknown_value",
		"sort=name": "query:sort request.unknown_value", "matter=all": "query:matter request.not_an_option", "limit=0": "query:limit request.too_small",
	} {
		if a := firm.Do(t, http.MethodGet, "/warnings?"+query, nil).Want(t, 422); fmt.Sprint(a.Refused()) != "["+place+"]" {
			t.Errorf("%s: %v", query, a.Refused())
		}
	}
	firm.Get(t, "/warnings?cursor=x").Want(t, 422, "request.cursor")

	page := firm.Get(t, "/warnings?limit=3").Want(t, 200)
	if rest := firm.Get(t, "/warnings?limit=3&cursor="+page.Text("next_cursor")).Want(t, 200); rest.Len("items") != 1 || rest.Text("items", 0, "id") != early || rest.Text("total") != "4" {
		t.Errorf("the second page: %s", rest.Body)
	}

	sum := firm.Get(t, "/warnings/summary").Want(t, 200)
	if sum.Text("total") != "4" || sum.Len("counts") != 4 {
		t.Errorf("counted %s", sum.Body)
	}
	if n := other.Get(t, "/warnings/summary").Want(t, 200).Text("total"); n != "1" {
		t.Errorf("the other enterprise counts %s", n)
	}
}

// The cost of the list does not grow with its length.
func TestWarningsTakeTheSameStatements(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	read := func(path string) int { return env.Statements(func() { firm.Get(t, path).Want(t, 200) }) }
	register(t, env, firm, 1)
	read("/warnings") // the session is remembered
	one, sum := read("/warnings?limit=200"), read("/warnings/summary")
	for _, id := range env.DeliverMany(t, firm, 199) {
		warningtest.Insert(t, env.App.DB, uuid.Must(uuid.NewV7()), uuid.MustParse(id), warningtest.Day(env.Clock.Now(), 20))
	}
	if a := firm.Get(t, "/warnings?limit=200").Want(t, 200); a.Len("items") != 200 {
		t.Fatalf("%d rows", a.Len("items"))
	}
	if n := read("/warnings?limit=200"); n != one {
		t.Errorf("%d statements for 1 row, %d for 200", one, n)
	}
	if n := read("/warnings/summary"); n != sum {
		t.Errorf("the summary: %d statements for 1 row, %d for 200", sum, n)
	}
}

// The calendar's address from its making to its end, as a calendar program sees it.
func TestCalendarAddress(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, other, program := env.Enterprise(t), env.Enterprise(t), env.Anonymous()
	register(t, env, firm, 40, func(d *api.DeliveryRequest) { d.Person.Name = "钱到期" })
	register(t, env, other, 40)

	if a := firm.Get(t, "/warnings/calendar-feed").Want(t, 200); a.Text("active") != "false" || a.JSON("created_at") != nil {
		t.Errorf("before: %s", a.Body)
	}
	firm.Do(t, http.MethodDelete, "/warnings/calendar-feed", nil).Want(t, 404, "warning.no_calendar_feed")

	make := func(headers ...string) string {
		address := firm.Post(t, "/warnings/calendar-feed", nil, headers...).Want(t, 201).Text("address")
		path, ok := strings.CutPrefix(address, env.URL+api.Base)
		if !ok {
			t.Fatalf("the address is %s", address)
		}
		return path
	}
	old := make()
	first := program.Get(t, old).Want(t, 200)
	if first.Header.Get("Content-Type") != "text/calendar; charset=utf-8" || first.Header.Get("Cache-Control") != "private, no-cache" {
		t.Errorf("headers %v", first.Header)
	}
	cal, err := ics.ParseCalendar(bytes.NewReader(first.Body))
	if err != nil || len(cal.Events()) != 1 || !bytes.Contains(first.Body, []byte("钱到期")) {
		t.Fatalf("%v, %d events", err, len(cal.Events()))
	}
	program.Get(t, old, "If-None-Match", first.Header.Get("ETag")).Want(t, 304)
	program.Get(t, old, "If-None-Match", `"other"`).Want(t, 200)

	if a := firm.Get(t, "/warnings/calendar-feed").Want(t, 200); a.Text("active") != "true" || bytes.Contains(a.Body, []byte(old[len("/calendar/"):])) {
		t.Errorf("the state shows the secret, or nothing: %s", a.Body)
	}
	if a := other.Get(t, "/warnings/calendar-feed").Want(t, 200); a.Text("active") != "false" {
		t.Error("another enterprise sees the address")
	}

	present := make("Idempotency-Key", "one-intent", "Accept-Language", "en")
	if again := make("Idempotency-Key", "one-intent", "Accept-Language", "en"); again != present {
		t.Error("sent twice, it made two")
	}
	program.Get(t, old).Want(t, 404, "warning.no_calendar")
	if a := program.Get(t, present).Want(t, 200); !bytes.Contains(a.Body, []byte("registration ends")) {
		t.Error("made in English, it is in Chinese")
	}
	for _, garbage := range []string{"x", strings.Repeat("A", 43), strings.Repeat("A", 64), "%00", "..%2f", "%ff"} {
		program.Try(t, http.MethodGet, "/calendar/"+garbage, nil).Want(t, 404)
	}
	for range 2 { // the same again under one key
		firm.Do(t, http.MethodDelete, "/warnings/calendar-feed", nil, "Idempotency-Key", "revoke").Want(t, 204)
	}
	firm.Do(t, http.MethodDelete, "/warnings/calendar-feed", nil).Want(t, 404, "warning.no_calendar_feed")
	program.Get(t, present).Want(t, 404, "warning.no_calendar")

	for _, path := range []string{old, present} {
		if secret := path[len("/calendar/"):]; strings.Contains(env.Log.String(), secret) {
			t.Error("a secret stands in the log")
		}
	}
	if !strings.Contains(env.Log.String(), "/calendar/:address") {
		t.Error("the route's pattern does not stand in the log")
	}
}

// Whoever guesses addresses is slowed down, without being signed in.
func TestCalendarIsRateLimited(t *testing.T) {
	t.Parallel()
	env := apitest.New(t, func(c *config.Config) { c.AddressRequestsPerSecond = 0.5 })
	program := env.Anonymous()
	for range 5 {
		program.Get(t, "/calendar/"+strings.Repeat("A", 43)).Want(t, 404)
	}
	if a := program.Get(t, "/calendar/"+strings.Repeat("A", 43)).Want(t, 429); a.Header.Get("Retry-After") == "" {
		t.Error("429 without Retry-After")
	}
}
