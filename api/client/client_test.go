package client_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"zhuce/api/apitest"
	"zhuce/api/client"
	"zhuce/internal/auth"
)

func as(t *testing.T, env *apitest.Env, c *apitest.Caller) *client.ClientWithResponses {
	t.Helper()
	out, err := client.New(env.URL, client.Credentials{ID: c.ClientID.String(), Secret: c.Secret})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// converted turns the API's own type into the generated one, by way of JSON.
func converted[T any](t *testing.T, v any) T {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out T
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// An integrator's round with the generated client: token, deliver, list, decide,
// feed, and what a refusal looks like.
func TestGeneratedClient(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	ctx := t.Context()
	firm := env.Enterprise(t)
	person, province := as(t, env, env.Person(t)), as(t, env, env.Machine(t, auth.Province))

	delivery := converted[client.DeliveryRequest](t, env.Delivery(firm))
	delivered, err := person.DeliverFilingWithResponse(ctx, nil, delivery)
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Check(delivered, delivered.ApplicationproblemJSONDefault); err != nil || delivered.JSON201 == nil {
		t.Fatalf("deliver: %v, %d", err, delivered.StatusCode())
	}
	id := delivered.JSON201.Id
	again, err := person.DeliverFilingWithResponse(ctx, nil, delivery)
	if err != nil || again.JSON200 == nil || again.JSON200.Id != id {
		t.Fatalf("sent again: %v, %d", err, again.StatusCode())
	}
	delivery.Person.Name = "另一人"
	other, err := person.DeliverFilingWithResponse(ctx, nil, delivery)
	if err != nil {
		t.Fatal(err)
	}
	refused := client.Check(other, other.ApplicationproblemJSONDefault)
	if e, ok := errors.AsType[*client.Error](refused); !ok || e.Code != "exchange.delivery_ref_reused" || e.Status != 409 || e.RequestId == "" || client.Code(refused) != e.Code {
		t.Errorf("the same ref with another body: %v", refused)
	}

	env.Submit(t, firm, id.String())
	desk, err := province.ListDeskWithResponse(ctx, &client.ListDeskParams{})
	if err != nil || desk.JSON200 == nil || len(desk.JSON200.Items) != 1 || desk.JSON200.Items[0].Id != id {
		t.Fatalf("the province's desk: %v, %s", err, desk.Body)
	}
	decided, err := province.DecideFilingsWithResponse(ctx, nil, client.DecisionRequest{DecisionRef: "d-1", Action: "accept", Items: []client.DecisionItem{{FilingId: id}}})
	if err != nil || decided.JSON200 == nil || decided.JSON200.Filings[0].Status != "province_accepted" {
		t.Fatalf("decide: %v, %s", err, decided.Body)
	}

	page, err := person.ReadEventsWithResponse(ctx, &client.ReadEventsParams{})
	if err != nil || page.JSON200 == nil {
		t.Fatalf("the feed: %v, %s", err, page.Body)
	}
	var kinds []string
	for _, e := range page.JSON200.Items {
		kinds = append(kinds, e.Kind)
	}
	if len(kinds) < 3 || kinds[0] != "filing.deliver" || page.JSON200.NextCursor == "" {
		t.Errorf("the feed: %v", kinds)
	}
}

func TestWrongSecretIsAnError(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	c, err := client.New(env.URL, client.Credentials{ID: env.Person(t).ClientID.String(), Secret: "not the secret at all"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.ListDeskWithResponse(t.Context(), &client.ListDeskParams{}); err == nil {
		t.Error("a wrong secret was taken")
	}
}

type answers struct {
	status []int
	after  string
	asked  int
}

func (a *answers) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	status := a.status[min(a.asked, len(a.status)-1)]
	a.asked++
	w.Header().Set("Retry-After", a.after)
	w.WriteHeader(status)
}

// What is busy is asked again as told, so often and no longer.
func TestPatience(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answers
		tries, want int
	}{
		"busy once":       {answers{status: []int{429, 200}, after: "0"}, 3, 2},
		"down for good":   {answers{status: []int{503}, after: "0"}, 2, 3},
		"too long a wait": {answers{status: []int{429, 200}, after: "3600"}, 3, 1},
		"a fault":         {answers{status: []int{500}, after: "0"}, 3, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := c.answers
			if _, err := client.Patiently(t, &a, client.Patience{Tries: c.tries, Longest: time.Second}); err != nil {
				t.Fatal(err)
			}
			if a.asked != c.want {
				t.Errorf("asked %d times, wanted %d", a.asked, c.want)
			}
		})
	}
}

// Signatures are made by the specification's own library.
func TestVerifyWebhook(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
	body := []byte(`{"type":"filing.submit"}`)
	secret := "whsec_" + base64.StdEncoding.EncodeToString([]byte("a secret of twenty-four!"))
	wh, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := wh.Sign("msg_1", now, body)
	if err != nil {
		t.Fatal(err)
	}
	headers := func(signature string, at time.Time) http.Header {
		return http.Header{"Webhook-Id": {"msg_1"}, "Webhook-Timestamp": {strconv.FormatInt(at.Unix(), 10)}, "Webhook-Signature": {signature}}
	}
	other := "whsec_" + base64.StdEncoding.EncodeToString([]byte("another of the same size"))
	for name, c := range map[string]struct {
		h       http.Header
		body    string
		secrets []string
		ok      bool
	}{
		"as sent":           {headers(signature, now), string(body), []string{secret}, true},
		"while replaced":    {headers("v1,AAAA "+signature, now), string(body), []string{other, secret}, true},
		"another body":      {headers(signature, now), string(body) + " ", []string{secret}, false},
		"another secret":    {headers(signature, now), string(body), []string{other}, false},
		"another time":      {headers(signature, now.Add(time.Second)), string(body), []string{secret}, false},
		"no signature":      {http.Header{}, string(body), []string{secret}, false},
		"another algorithm": {headers("v1a,"+signature[3:], now), string(body), []string{secret}, false},
	} {
		if err := client.VerifyWebhook(c.h, []byte(c.body), now, c.secrets...); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	if client.VerifyWebhook(headers(signature, now), body, now.Add(6*time.Minute), secret) == nil {
		t.Error("an old delivery was taken")
	}
}
