package api_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"zhuce/api/apitest"
	"zhuce/internal/auth"
)

// Nothing that a caller can send is a fault of ours, and every answer is one that
// the contract knows. The requests come from the contract: for each operation a
// sound one, with one place at a time made wrong. A new route is swept as soon as
// it is documented.
func TestHostileRequests(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	world := sweep{env: env, firm: env.Enterprise(t), system: env.Machine(t, auth.Person)}
	world.filing = env.Deliver(t, world.firm)
	world.commitment = world.firm.Post(t, "/commitments", map[string]any{"filing_ids": []string{world.filing}}).Want(t, 201).Text("id")
	world.attachment = world.firm.Post(t, "/attachments", apitest.File{Name: "a.png", Content: onePixel}).Want(t, 201).Text("id")

	for path, item := range document(t).Paths.Map() {
		for method, op := range item.Operations() {
			t.Run(op.OperationID, func(t *testing.T) {
				t.Parallel()
				world.operation(t, method, path, op)
			})
		}
	}
}

type sweep struct {
	env                            *apitest.Env
	firm, system                   *apitest.Caller
	filing, commitment, attachment string
}

// request is a sound request, for one place in it to be made wrong.
type hostile struct {
	method, path string
	query        url.Values
	body         any
	headers      []string
}

func (s *sweep) operation(t *testing.T, method, path string, op *openapi3.Operation) {
	sound := hostile{method: method, path: strings.ReplaceAll(path, "{id}", s.id(path)), query: url.Values{}, headers: s.headers(t, method, path)}
	caller := s.caller(t, op)
	sound.body = s.body(op)
	filing := s.filing // an act that is taken uses it up
	send := func(t *testing.T, h hostile) {
		t.Helper()
		address := h.path
		if len(h.query) > 0 {
			address += "?" + h.query.Encode()
		}
		if body, ok := h.body.(map[string]any); ok {
			text, err := json.Marshal(body)
			if err != nil {
				t.Fatal(err)
			}
			h.body = strings.ReplaceAll(string(text), s.filing, filing)
		}
		a := caller.Try(t, h.method, address, h.body, h.headers...)
		switch {
		case a.Status >= 300:
		case method == http.MethodPut:
			sound.headers = s.headers(t, method, path) // the version moved on
		case op.OperationID == "endSession":
			caller = s.caller(t, op)
		case op.OperationID == "returnFilings":
			filing = s.env.Deliver(t, s.firm)
		}
	}

	send(t, sound)
	for _, p := range op.Parameters {
		switch p.Value.In {
		case openapi3.ParameterInPath:
			for _, v := range hostileTexts {
				h := sound
				h.path = strings.ReplaceAll(path, "{"+p.Value.Name+"}", url.PathEscape(v))
				send(t, h)
			}
		case openapi3.ParameterInQuery:
			for _, v := range append(near(p.Value.Schema.Value), hostileTexts...) {
				h := sound
				h.query = url.Values{p.Value.Name: {v}}
				send(t, h)
			}
			h := sound
			h.query = url.Values{p.Value.Name: make([]string, 300)}
			send(t, h)
		case openapi3.ParameterInHeader:
			for _, v := range hostileHeaders {
				h := sound
				h.headers = append(append([]string{}, sound.headers...), p.Value.Name, v)
				send(t, h)
			}
		}
	}
	h := sound
	h.query = url.Values{"unknown": {"1"}, "\x00": {"\xff"}}
	send(t, h)
	if op.RequestBody == nil {
		return
	}
	for _, raw := range hostileBodies {
		h := sound
		h.body = raw
		send(t, h)
	}
	for _, mediaType := range []string{"", "text/plain", "application/json; charset=gbk", "application/xml", "multipart/form-data", "multipart/form-data; boundary=x",
		"application/x-www-form-urlencoded", "a/b/c", ";;;"} {
		h := sound
		h.headers = append(append([]string{}, sound.headers...), "Content-Type", mediaType)
		send(t, h)
	}
	switch body := sound.body.(type) {
	case url.Values:
		for name := range body {
			for _, v := range hostileTexts {
				changed := url.Values{}
				for k, w := range body {
					changed[k] = w
				}
				changed[name] = []string{v}
				h := sound
				h.body = changed
				send(t, h)
			}
		}
	case map[string]any:
		for _, changed := range changes(body) {
			h := sound
			h.body = changed
			send(t, h)
		}
	}
}

func (s *sweep) caller(t *testing.T, op *openapi3.Operation) *apitest.Caller {
	t.Helper()
	for _, requirement := range *op.Security {
		for scheme := range requirement {
			switch {
			case op.OperationID == "endSession":
				return s.env.Enterprise(t)
			case scheme == "Session":
				return s.firm
			case scheme == "OAuth2":
				return s.system
			}
		}
	}
	return s.env.Anonymous()
}

func (s *sweep) id(path string) string {
	switch {
	case strings.HasPrefix(path, "/commitments"):
		return s.commitment
	case strings.HasPrefix(path, "/attachments"):
		return s.attachment
	}
	return s.filing
}

func (s *sweep) headers(t *testing.T, method, path string) []string {
	t.Helper()
	if method != http.MethodPut || path != "/enterprises/current" {
		return nil
	}
	return []string{"If-Match", s.firm.Get(t, path).Want(t, 200).Header.Get("ETag")}
}

// body is a sound body: the contract's examples, with what exists in this world.
func (s *sweep) body(op *openapi3.Operation) any {
	if op.RequestBody == nil {
		return nil
	}
	content := op.RequestBody.Value.Content
	switch {
	case content["multipart/form-data"] != nil:
		return apitest.File{Name: "a.png", Content: onePixel}
	case content["application/x-www-form-urlencoded"] != nil:
		return url.Values{"grant_type": {"client_credentials"}, "client_id": {s.system.ClientID.String()}, "client_secret": {s.system.Secret}, "scope": {""}}
	case op.OperationID == "deliverFiling":
		var body map[string]any
		text, _ := json.Marshal(s.env.Delivery(s.firm))
		_ = json.Unmarshal(text, &body)
		return body
	}
	body, _ := sample("", content["application/json"].Schema).(map[string]any)
	for name, v := range map[string]any{"filing_ids": []any{s.filing}, "commitment_id": s.commitment} {
		if _, has := body[name]; has {
			body[name] = v
		}
	}
	return body
}

// sample is the contract's example of a schema.
func sample(name string, ref *openapi3.SchemaRef) any {
	s := ref.Value
	switch {
	case s.Example != nil:
		return s.Example
	case len(s.Enum) > 0:
		return s.Enum[0]
	case len(s.AllOf) > 0:
		return sample(name, s.AllOf[0])
	case s.Type.Is("array"):
		return []any{sample(name, s.Items)}
	case s.Type.Is("object"):
		out := map[string]any{}
		for property, p := range s.Properties {
			out[property] = sample(property, p)
		}
		return out
	case s.Type.Is("boolean"):
		return true
	case s.Type.Is("integer"), s.Type.Is("number"):
		return 1
	}
	return "x"
}
