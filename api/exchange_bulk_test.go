package api_test

import (
	"fmt"
	"strings"
	"testing"

	"zhuce/api"
	"zhuce/api/apitest"
	"zhuce/internal/auth"
	"zhuce/internal/filing"
)

// A bulk through HTTP: what is wrong with the shape of one is that one's alone, with
// its places; a dry run keeps nothing; a body over the bound is refused as a whole.
func TestBulkDelivery(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, person := env.Enterprise(t), env.Person(t)
	good := env.Delivery(firm)
	items := []api.DeliveryRequest{good, env.Delivery(firm, func(d *api.DeliveryRequest) { d.Person.Mobile = "12345" }),
		env.Delivery(firm, func(d *api.DeliveryRequest) { d.Person = good.Person }), good}
	before := contents(t, env)
	dry := person.Try(t, "POST", "/exchange/deliveries", object{"items": items, "dry_run": true}).Want(t, 200)
	if dry.Text("applied") != "1" || dry.Text("repeated") != "1" || dry.Text("refused") != "2" || dry.JSON("items", 0, "delivery") != nil {
		t.Errorf("rehearsed: %s", dry.Body)
	}
	if after := contents(t, env); differing(before, after) != "" {
		t.Errorf("the rehearsal wrote: %s", differing(before, after))
	}
	a := person.Try(t, "POST", "/exchange/deliveries", object{"items": items}, "Idempotency-Key", "bulk").Want(t, 200)
	for i, want := range []string{"201 ", "422 request.invalid", "409 filing.already_open", "200 "} {
		code := ""
		if a.JSON("items", i, "problem") != nil {
			code = a.Text("items", i, "problem", "code")
		}
		if got := a.Text("items", i, "status") + " " + code; got != want || a.Text("items", i, "delivery_ref") != items[i].DeliveryRef {
			t.Errorf("%d: %s, wanted %s", i, got, want)
		}
	}
	if p := a.Text("items", 1, "problem", "errors", 0, "pointer"); p != "/person/mobile" {
		t.Errorf("points to %s", p)
	}
	if l := a.Text("items", 2, "problem", "errors", 0, "record", "label"); l != a.Text("items", 0, "delivery", "reference") {
		t.Errorf("in the way is %s", l)
	}
	if again := person.Try(t, "POST", "/exchange/deliveries", object{"items": items}, "Idempotency-Key", "bulk").Want(t, 200); string(again.Body) != string(a.Body) {
		t.Errorf("under the same key: %s", again.Body)
	}
	person.Post(t, "/exchange/deliveries", object{"items": []any{}}).Want(t, 422, "request.invalid")
	person.Post(t, "/exchange/deliveries", object{"items": make([]struct{}, 1001)}).Want(t, 422, "request.invalid")
	person.Post(t, "/exchange/deliveries", object{"items": []object{{"nickname": "x"}}}).Want(t, 400, "request.unknown_field")
	person.Post(t, "/exchange/deliveries", object{"items": []object{{"dry_run": true}}}).Want(t, 422, "request.invalid")
	person.Post(t, "/exchange/deliveries", `{"items":["`+strings.Repeat("x", 8<<20)+`"]}`).Want(t, 413, "request.too_large")
	env.Machine(t, auth.Province).Post(t, "/exchange/deliveries", object{"items": items[:1]}).Want(t, 403, "filing.wrong_party")
}

// The largest messages there are, once: a thousand deliveries, five hundred of them
// submitted, asked back, declined, decided.
func TestTheLargestMessages(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, person := env.Enterprise(t), env.Person(t)
	items := make([]api.DeliveryRequest, 1000)
	for i := range items {
		items[i] = env.Delivery(firm)
	}
	a := person.Post(t, "/exchange/deliveries", object{"items": items}).Want(t, 200)
	if a.Text("applied") != "1000" {
		t.Fatalf("applied %s", a.Text("applied"))
	}
	ids := make([]string, 500)
	for i := range ids {
		ids[i] = a.Text("items", i, "delivery", "id")
	}
	env.Submit(t, firm, ids...)
	for i, id := range ids {
		person.Post(t, "/exchange/filings/"+id+"/withdrawal", askBody(fmt.Sprintf("w-%d", i))).Want(t, 201)
	}
	firm.Post(t, "/filings/decline-withdrawal", object{"filing_ids": ids, "reason": "项目需要"}).Want(t, 200)
	if n := env.Machine(t, auth.Province).Post(t, "/exchange/decisions", env.Decision(t, filing.Accept, "", ids...)).Want(t, 200).Text("count"); n != "500" {
		t.Errorf("%s were accepted", n)
	}
}
