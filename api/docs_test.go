package api_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"zhuce/api"
	"zhuce/docs/openapi"
	"zhuce/internal/contract"
	"zhuce/internal/errs"
	"zhuce/internal/outbox"
)

func document(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := contract.Load(t.Context(), openapi.Document)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// The route table and the contract name the same operations, and say the same
// of who may call them.
func TestContractIsTheRouteTable(t *testing.T) {
	t.Parallel()
	doc := document(t)
	documented := map[string]*openapi3.Operation{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			documented[method+" "+path] = op
		}
	}
	for _, r := range api.Routes() {
		op := documented[r.Method+" "+r.Path]
		if op == nil {
			t.Errorf("%s %s is not in the contract: annotate its handler and run `make gen`", r.Method, r.Path)
			continue
		}
		delete(documented, r.Method+" "+r.Path)
		want := map[string][]string{"enterprise": {"Session"}, "machine": {"OAuth2"}, "cookie": {"RefreshCookie"}}[r.Access]
		if r.Given != "" {
			want = append(want, "OAuth2") // an integrator that acts for the enterprise
		}
		if r.Path == "/exchange/token" {
			want = []string{"ClientSecret", ""} // by Basic, or in the form
		}
		var have []string
		for _, requirement := range *op.Security {
			name := ""
			for scheme, scopes := range requirement {
				name = scheme
				if scheme == "OAuth2" && !slices.Equal(scopes, []string{r.Scope + r.Given}) {
					t.Errorf("%s %s needs the scope %s, the contract says %v", r.Method, r.Path, r.Scope+r.Given, scopes)
				}
			}
			have = append(have, name)
		}
		if !slices.Equal(have, want) {
			t.Errorf("%s %s is for %s, the contract says %v", r.Method, r.Path, r.Access, have)
		}
	}
	for missing := range documented {
		t.Errorf("the contract has %s, the router has not", missing)
	}
}

// Operations are complete: an id and a summary in both languages, a tag that is
// described, and no two of one id.
func TestContractIsComplete(t *testing.T) {
	t.Parallel()
	doc := document(t)
	if doc.Info.Version != api.Version {
		t.Errorf("the contract is of version %s, the product of %s", doc.Info.Version, api.Version)
	}
	ids := map[string]bool{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if op.OperationID == "" || ids[op.OperationID] {
				t.Errorf("%s %s: operation id %q is empty or taken", method, path, op.OperationID)
			}
			ids[op.OperationID] = true
			if !strings.ContainsFunc(op.Summary, func(r rune) bool { return r >= 0x4e00 }) {
				t.Errorf("%s %s: the summary %q lacks the Chinese term", method, path, op.Summary)
			}
			for _, tag := range op.Tags {
				if doc.Tags.Get(tag) == nil {
					t.Errorf("%s %s: tag %s is not described in doc.go", method, path, tag)
				}
			}
		}
	}
}

// Every operation shows a whole body and a whole answer, and lists its refusals by
// code: one that is documented with a status has at least one code of it.
func TestOperationsShowExamplesAndCodes(t *testing.T) {
	t.Parallel()
	doc := document(t)
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if op.RequestBody != nil {
				for mediaType, m := range op.RequestBody.Value.Content {
					if mediaType != "multipart/form-data" && m.Example == nil && len(m.Examples) == 0 {
						t.Errorf("%s %s: the body has no example", method, path)
					}
				}
			}
			codes, _ := op.Extensions["x-error-codes"].(map[string]any)
			for status, r := range op.Responses.Map() {
				for mediaType, m := range r.Value.Content {
					if strings.HasSuffix(mediaType, "json") && status != "default" && !strings.HasSuffix(status, "XX") && m.Example == nil && len(m.Examples) == 0 {
						t.Errorf("%s %s: the answer %s has no example", method, path, status)
					}
				}
				if status >= "400" && status != "default" && !strings.HasSuffix(status, "XX") && codes[status] == nil {
					t.Errorf("%s %s: %s is documented, but no code of it is known: write the test that is answered with it and run it with -codes, or drop the status", method, path, status)
				}
			}
		}
	}
}

// Every kind of event is a webhook of the contract, and its example is what the schema says.
func TestEveryEventIsAWebhook(t *testing.T) {
	t.Parallel()
	doc := document(t)
	hooks, _ := doc.Extensions["x-webhooks"].(map[string]any)
	delivery := doc.Components.Schemas["WebhookMessage"]
	if delivery == nil {
		t.Fatal("the contract has no WebhookMessage")
	}
	for _, d := range outbox.All() {
		text, err := json.Marshal(hooks[d.Kind])
		if err != nil {
			t.Fatal(err)
		}
		var hook struct {
			Post struct {
				Summary     string `json:"summary"`
				RequestBody struct {
					Content map[string]struct {
						Example any `json:"example"`
					} `json:"content"`
				} `json:"requestBody"`
			} `json:"post"`
		}
		if err := json.Unmarshal(text, &hook); err != nil {
			t.Fatal(err)
		}
		if hook.Post.Summary != d.Text.EN+" ("+d.Text.ZH+")" {
			t.Errorf("%s is no webhook of the contract: run `make gen`", d.Kind)
			continue
		}
		if err := delivery.Value.VisitJSON(hook.Post.RequestBody.Content["application/json"].Example, openapi3.EnableFormatValidation()); err != nil {
			t.Errorf("%s: the example: %v", d.Kind, err)
		}
		delete(hooks, d.Kind)
	}
	for kind := range hooks {
		t.Errorf("the contract has a webhook %s, which nothing raises", kind)
	}
}

// Every refusal that this program can raise is in the list, in both languages.
func TestRefusalsAreListed(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range errs.All() {
		if !strings.Contains(string(page), "| `"+d.Code+"` |") {
			t.Errorf("%s is not in docs/errors.md: run `make gen`", d.Code)
		}
		if d.Text.ZH == "" || d.Text.EN == "" || api.Status(d.Kind) == 0 {
			t.Errorf("%s lacks a text or a status", d.Code)
		}
		if strings.Count(d.Text.ZH, "{") != strings.Count(d.Text.EN, "{") {
			t.Errorf("%s: the two texts are not filled in alike", d.Code)
		}
	}
}
