package contract

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// The parts of a Postman collection (v2.1) that are used.
type (
	collection struct {
		Info     map[string]string `json:"info"`
		Variable []variable        `json:"variable"`
		Item     []folder          `json:"item"`
	}
	variable struct {
		Key   string `json:"key"`
		Value string `json:"value"`
		Type  string `json:"type,omitempty"`
	}
	folder struct {
		Name        string `json:"name"`
		Description string `json:"description"`
		Item        []item `json:"item"`
	}
	item struct {
		Name    string  `json:"name"`
		ID      string  `json:"id"`
		Event   []event `json:"event,omitempty"`
		Request request `json:"request"`
	}
	event struct {
		Listen string         `json:"listen"`
		Script map[string]any `json:"script"`
	}
	request struct {
		Method      string  `json:"method"`
		Description string  `json:"description"`
		Auth        auth    `json:"auth"`
		Header      []entry `json:"header"`
		URL         address `json:"url"`
		Body        *body   `json:"body,omitempty"`
	}
	auth struct {
		Type   string     `json:"type"`
		Bearer []variable `json:"bearer,omitempty"`
		Basic  []variable `json:"basic,omitempty"`
	}
	entry struct {
		Key         string `json:"key"`
		Value       string `json:"value"`
		Type        string `json:"type,omitempty"`
		Description string `json:"description,omitempty"`
		Disabled    bool   `json:"disabled,omitempty"`
	}
	address struct {
		Raw      string   `json:"raw"`
		Host     []string `json:"host"`
		Path     []string `json:"path"`
		Query    []entry  `json:"query,omitempty"`
		Variable []entry  `json:"variable,omitempty"`
	}
	body struct {
		Mode       string         `json:"mode"`
		Raw        string         `json:"raw,omitempty"`
		Options    map[string]any `json:"options,omitempty"`
		URLEncoded []entry        `json:"urlencoded,omitempty"`
		FormData   []entry        `json:"formdata,omitempty"`
	}
)

// keepToken puts the token of a successful answer where the other requests take it from.
var keepToken = event{"test", map[string]any{"type": "text/javascript", "exec": []string{
	`if (pm.response.code === 200) { pm.collectionVariables.set("access_token", pm.response.json().access_token) }`}}}

// Postman makes a collection of a published document: a folder for each tag, a
// request for each operation with the example as its body. Running "issueToken"
// first fills in the token of the others.
func Postman(ctx context.Context, document []byte) ([]byte, error) {
	doc, err := Load(ctx, document)
	if err != nil {
		return nil, err
	}
	c := collection{
		Info: map[string]string{"name": doc.Info.Title, "description": doc.Info.Description, "version": doc.Info.Version,
			"schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
		Variable: []variable{{"address", "http://localhost:8080", ""}, {"client_id", "demo-person", ""}, {"client_secret", "", ""},
			{"access_token", "", ""}, {"session_token", "", ""}},
	}
	byTag := map[string][]item{}
	for _, path := range slices.Sorted(maps.Keys(doc.Paths.Map())) {
		operations := doc.Paths.Value(path).Operations()
		for _, method := range slices.Sorted(maps.Keys(operations)) {
			op := operations[method]
			byTag[op.Tags[0]] = append(byTag[op.Tags[0]], requestOf(doc, method, path, op))
		}
	}
	for _, tag := range doc.Tags {
		if len(byTag[tag.Name]) > 0 {
			c.Item = append(c.Item, folder{tag.Name, tag.Description, byTag[tag.Name]})
		}
	}
	return encode(c)
}

func requestOf(doc *openapi3.T, method, path string, op *openapi3.Operation) item {
	r := request{Method: method, Description: op.Description, Auth: authOf(op), Header: []entry{{Key: "Accept-Language", Value: "zh-CN"}}}
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, part := range parts {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			parts[i] = ":" + strings.TrimSuffix(name, "}")
		}
	}
	r.URL = address{Host: []string{"{{address}}"}, Path: append([]string{"api", "v1"}, parts...)}
	for _, ref := range op.Parameters {
		p := ref.Value
		e := entry{Key: p.Name, Value: valueOf(doc, p.Schema), Description: p.Description, Disabled: !p.Required}
		switch p.In {
		case openapi3.ParameterInPath:
			e.Disabled = false
			r.URL.Variable = append(r.URL.Variable, e)
		case openapi3.ParameterInQuery:
			r.URL.Query = append(r.URL.Query, e)
		case openapi3.ParameterInHeader:
			if p.Name != "Accept-Language" {
				r.Header = append(r.Header, e)
			}
		}
	}
	r.URL.Raw = "{{address}}/" + strings.Join(r.URL.Path, "/")
	if op.RequestBody != nil {
		r.Body = bodyOf(doc, op.RequestBody.Value.Content, &r.Header)
	}
	out := item{Name: op.Summary, ID: op.OperationID, Request: r}
	if op.OperationID == "issueToken" {
		out.Event = []event{keepToken}
	}
	return out
}

func authOf(op *openapi3.Operation) auth {
	for _, requirement := range *op.Security {
		for scheme := range requirement {
			switch scheme {
			case "ClientSecret":
				return auth{Type: "basic", Basic: []variable{{"username", "{{client_id}}", "string"}, {"password", "{{client_secret}}", "string"}}}
			case "OAuth2":
				return auth{Type: "bearer", Bearer: []variable{{"token", "{{access_token}}", "string"}}}
			case "Session":
				return auth{Type: "bearer", Bearer: []variable{{"token", "{{session_token}}", "string"}}}
			}
		}
	}
	return auth{Type: "noauth"}
}

func bodyOf(doc *openapi3.T, content openapi3.Content, header *[]entry) *body {
	for mediaType, m := range content {
		switch mediaType {
		case "multipart/form-data":
			return &body{Mode: "formdata", FormData: []entry{{Key: "file", Type: "file"}}}
		case "application/x-www-form-urlencoded":
			b := &body{Mode: "urlencoded"}
			form := m.Schema.Value
			for _, name := range slices.Sorted(maps.Keys(form.Properties)) {
				b.URLEncoded = append(b.URLEncoded, entry{Key: name, Value: valueOf(doc, form.Properties[name]), Disabled: !slices.Contains(form.Required, name)})
			}
			return b
		default:
			*header = append(*header, entry{Key: "Content-Type", Value: mediaType})
			text, err := json.MarshalIndent(m.Example, "", "  ")
			if err != nil {
				return nil
			}
			return &body{Mode: "raw", Raw: string(text), Options: map[string]any{"raw": map[string]string{"language": "json"}}}
		}
	}
	return nil
}

// valueOf is the example of a parameter as text.
func valueOf(doc *openapi3.T, ref *openapi3.SchemaRef) string {
	v := exampleOf(doc, ref, nil)
	if list, ok := v.([]any); ok && len(list) > 0 {
		v = list[0]
	}
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		text, err := json.Marshal(v)
		if err != nil {
			return ""
		}
		return string(text)
	}
}
