package api_test

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"zhuce/api/apitest"
	"zhuce/docs/openapi"
	"zhuce/internal/auth"
)

type collected struct {
	Variable []pair
	Item     []struct {
		Name string
		Item []struct {
			ID      string
			Request struct {
				Method string
				Auth   struct{ Type string }
				URL    struct {
					Raw             string
					Path            []string
					Query, Variable []pair
				}
				Body *struct {
					Mode, Raw  string
					URLEncoded []pair
				}
			}
		}
	}
}

type pair struct {
	Key, Value string
	Disabled   bool
}

// The collection has every operation once, in the folder of its tag, with the
// example as its body; and its requests work: a token, then what a system can read
// and what it delivers.
func TestPostmanCollection(t *testing.T) {
	t.Parallel()
	var c collected
	if err := json.Unmarshal(openapi.Collection, &c); err != nil {
		t.Fatal(err)
	}
	env := apitest.New(t)
	firm, person := env.Enterprise(t), env.Machine(t, auth.Person)
	if a := env.Get(t, "/postman.json").Want(t, 200); string(a.Body) != string(openapi.Collection) {
		t.Error("another collection is served")
	}
	missing := map[string]string{}
	for path, item := range document(t).Paths.Map() {
		for method, op := range item.Operations() {
			missing[op.OperationID] = op.Tags[0] + " " + method + " " + strings.ReplaceAll(strings.ReplaceAll(path, "{", ":"), "}", "")
		}
	}
	tried := 0
	for _, folder := range c.Item {
		for _, item := range folder.Item {
			r := item.Request
			path := "/" + strings.Join(r.URL.Path[2:], "/")
			if have := folder.Name + " " + r.Method + " " + path; missing[item.ID] != have {
				t.Errorf("%s is %q, in the contract %q", item.ID, have, missing[item.ID])
			}
			delete(missing, item.ID)
			if r.Body != nil && r.Body.Mode == "raw" && !json.Valid([]byte(r.Body.Raw)) {
				t.Errorf("%s: the body is no JSON", item.ID)
			}
			switch {
			case item.ID == "issueToken":
				form := url.Values{"client_id": {person.ClientID.String()}, "client_secret": {person.Secret}}
				for _, p := range r.Body.URLEncoded {
					if !p.Disabled {
						form.Set(p.Key, p.Value)
					}
				}
				env.Anonymous().Post(t, path, form).Want(t, 200)
				tried++
			case item.ID == "deliverFiling":
				body := strings.ReplaceAll(r.Body.Raw, "91110000000000107R", firm.CreditCode)
				a := person.Try(t, r.Method, path, body)
				if a.Status != 422 || a.Code() == "request.invalid" { // its papers are nobody's; nothing else is wrong
					t.Errorf("%s: %d %s", item.ID, a.Status, a.Body)
				}
				tried++
			case r.Method == "GET" && strings.HasPrefix(path, "/exchange/") && len(r.URL.Variable) == 0:
				query := url.Values{}
				for _, p := range r.URL.Query {
					if !p.Disabled {
						query.Set(p.Key, p.Value)
					}
				}
				a := env.Machine(t, auth.Ministry).Get(t, path+"?"+query.Encode())
				if strings.HasSuffix(a.Code(), ".wrong_party") {
					continue // another party's
				}
				a.Want(t, 200)
				tried++
			}
		}
	}
	if len(missing) > 0 {
		t.Errorf("not in the collection: %v", slices.Sorted(maps.Keys(missing)))
	}
	if tried < 5 {
		t.Errorf("only %d requests were tried", tried)
	}
}
