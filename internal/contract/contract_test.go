package contract

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

var small = Source{Dir: "testdata/api", Version: "1.2.3", Enums: map[string][]string{"kind": {"round", "square"}}}

func generate(t *testing.T) (*openapi3.T, []byte) {
	t.Helper()
	d, err := Generate(t.Context(), small)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := Load(t.Context(), d.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	return doc, d.OpenAPI
}

func TestSameBytesTwice(t *testing.T) {
	_, first := generate(t)
	if _, second := generate(t); !bytes.Equal(first, second) {
		t.Error("made twice, the document differs")
	}
}

func TestSchemas(t *testing.T) {
	doc, _ := generate(t)
	if doc.Info.Version != "1.2.3" {
		t.Errorf("version %s", doc.Info.Version)
	}
	thing := doc.Components.Schemas["Thing"].Value
	p := func(name string) *openapi3.Schema { return thing.Properties[name].Value }
	for what, ok := range map[string]bool{
		"an id is a UUID":                         p("id").Format == "uuid",
		"a value of a set is held to it":          len(p("kind").Enum) == 2,
		"another word is not":                     len(p("other").Enum) == 0 && *p("other").MaxLength == maxText,
		"a time is a time":                        p("made_at").Format == "date-time" && !p("made_at").Nullable,
		"a pointer is nullable":                   p("gone_at").Nullable && slices.Contains(thing.Required, "gone_at"),
		"one that is left out is not":             !p("comment").Nullable && !slices.Contains(thing.Required, "comment"),
		"a date may be empty":                     p("sold_on").Pattern == dateOrEmpty,
		"an int64 is bounded":                     p("weight").Format == "int64" && *p("weight").Max == maxSafe,
		"a list is bounded":                       *p("parts").MaxItems == maxItems,
		"what is received may grow":               thing.AdditionalProperties.Has == nil,
		"a shared type is received as it was":     doc.Components.Schemas["Part"].Value.AdditionalProperties.Has == nil,
		"and sent as another":                     *doc.Components.Schemas["PartInput"].Value.AdditionalProperties.Has == false,
		"of which only what is asked for must be": slices.Equal(doc.Components.Schemas["PartInput"].Value.Required, []string{"name"}),
	} {
		if !ok {
			t.Error("not so: " + what)
		}
	}
	request := doc.Components.Schemas["ThingRequest"].Value
	if *request.AdditionalProperties.Has || !slices.Equal(request.Required, []string{"kind"}) || request.Properties["parts"].Value.Items.Ref != schemaPrefix+"PartInput" ||
		request.Properties["mobile"].Value.Pattern != `^(1[0-9]{10})?$` || *request.Properties["parts"].Value.MaxItems != 5 {
		t.Errorf("request: %+v", request)
	}
}

func TestOperations(t *testing.T) {
	doc, text := generate(t)
	put, get := doc.Paths.Value("/things/{id}").Put, doc.Paths.Value("/things").Get
	refs := func(op *openapi3.Operation) (out []string) {
		for _, p := range op.Parameters {
			out = append(out, filepath.Base(p.Ref))
		}
		return out
	}
	if have := refs(put); !slices.Equal(have, []string{".", "AcceptLanguage", "IdempotencyKey", "IfMatch"}) {
		t.Errorf("PUT takes %v", have)
	}
	if have := refs(get); !slices.Equal(have, []string{".", "AcceptLanguage", "IfNoneMatch"}) {
		t.Errorf("GET takes %v", have)
	}
	for _, status := range []string{"400", "401", "403", "404", "409", "412", "413", "415", "422", "428", "429", "500", "503", "4XX", "5XX"} {
		r := put.Responses.Value(status)
		if r == nil || r.Value.Content[problemType] == nil || r.Value.Headers["X-Request-Id"] == nil {
			t.Errorf("PUT: %s is no problem document", status)
		}
	}
	if d := *put.Responses.Value("409").Value.Description; d != "it is in use" {
		t.Errorf("409 lost its own description: %s", d)
	}
	if put.Responses.Value("429").Value.Headers["Retry-After"] == nil || put.Responses.Value("200").Value.Headers["ETag"] == nil {
		t.Error("Retry-After or ETag is not said")
	}
	if !put.RequestBody.Value.Required || len(*put.Security) != 1 || get.Security == nil || len(*get.Security) != 0 {
		t.Error("body or security is not said outright")
	}
	if get.Responses.Value("401") != nil || get.Responses.Value("422") == nil {
		t.Error("a public route with a parameter answers 422 and never 401")
	}
	if values := get.Parameters[0].Value.Schema.Value.Enum; len(values) != 2 {
		t.Errorf("the parameter is not held to its set: %v", values)
	}
	if scheme := doc.Components.SecuritySchemes["Session"].Value; scheme.Type != "http" || scheme.Scheme != "bearer" {
		t.Errorf("scheme: %+v", scheme)
	}
	if strings.Contains(string(text), `"Location": {`) {
		t.Error("a component that nothing refers to is still there")
	}
}

// What cannot be read is refused with its place.
func TestWhatCannotBeRead(t *testing.T) {
	if _, err := Generate(t.Context(), Source{Dir: t.TempDir()}); err == nil {
		t.Error("an empty folder has a contract")
	}
	dir := t.TempDir()
	source, err := os.ReadFile("testdata/api/doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for old, wrong := range map[string]string{"{object} Thing\n// @Failure  409": "{object} Nothing\n// @Failure  409", "(修改)": "", "// @Description One of a kind.\n": "", "weight\" example:\"3\"": "weight\" example:\"heavy\""} {
		text := strings.Replace(string(source), old, wrong, 1)
		if text == string(source) {
			t.Fatalf("%q is not in the sample", old)
		}
		if err := os.WriteFile(filepath.Join(dir, "doc.go"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module sample\n\ngo 1.26\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Generate(t.Context(), Source{Dir: dir}); err == nil {
			t.Errorf("%q was taken", wrong)
		}
	}
}

// What an operation refuses with stands beside it: by its shape, and by what it was seen to answer.
func TestRefusalsByCode(t *testing.T) {
	src := small
	src.Refusals = []Refusal{{"thing.gone", 409, "没有了", "Gone"}, {"thing.broken", 409, "坏了", "Broken"}, {"any.fault", 500, "故障", "A fault"}, {"any.body", 400, "读不懂", "Unreadable"}}
	src.Shared = map[string][]string{"any": {"any.fault"}, "application/json": {"any.body"}}
	src.Answered = Answered{}
	if !src.Answered.Add("putThing", "thing.gone", "thing.broken") || src.Answered.Add("putThing", "thing.gone") {
		t.Error("what is new is not told from what is known")
	}
	d, err := Generate(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := Load(t.Context(), d.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	put, get := doc.Paths.Value("/things/{id}").Put, doc.Paths.Value("/things").Get
	codes, _ := put.Extensions["x-error-codes"].(map[string]any)
	details, _ := put.Extensions["x-detail-codes"].([]any)
	if len(codes) != 3 || len(details) != 1 || put.Responses.Value("409").Value.Content[problemType].Examples["thing.gone"] == nil {
		t.Errorf("PUT: %v %v", codes, details)
	}
	if codes, _ := get.Extensions["x-error-codes"].(map[string]any); len(codes) != 1 {
		t.Errorf("GET: %v", codes)
	}
	example, _ := put.RequestBody.Value.Content["application/json"].Example.(map[string]any)
	if example["kind"] != "round" || example["mobile"] != "13812345678" {
		t.Errorf("the example of the body: %v", example)
	}
	src.Answered.Add("getThing", "thing.unheard_of")
	if _, err := Generate(t.Context(), src); err == nil {
		t.Error("a code that is not defined was taken")
	}
}

func TestAnsweredIsReadAsWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "refusals.txt")
	if none, err := ReadAnswered(path); err != nil || len(none) != 0 {
		t.Errorf("without a file: %v, %v", none, err)
	}
	list := Answered{}
	list.Add("b", "two")
	list.Add("a", "one", "z", "y")
	if err := list.Write(path); err != nil {
		t.Fatal(err)
	}
	again, err := ReadAnswered(path)
	if err != nil || !slices.Equal(again.Lines(), []string{"a one", "a one y", "a one z", "b two"}) {
		t.Errorf("%v, %v", again.Lines(), err)
	}
}
