// Package contract makes the published API document out of the annotations in
// package api: swag reads them into Swagger 2.0, kin-openapi converts that to
// OpenAPI 3, and what Swagger 2.0 cannot say is added here by rule, so that the
// annotations hold only what differs from route to route.
package contract

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"strings"

	"github.com/getkin/kin-openapi/openapi2"
	"github.com/getkin/kin-openapi/openapi2conv"
	"github.com/getkin/kin-openapi/openapi3"
	"github.com/swaggo/swag"
)

// Source says what the document is made from.
type Source struct {
	Dir     string // the folder of package api
	Version string // of the product
	// Enums are the values of properties and parameters by name ("status",
	// "profession" …), or by "Type.name". A list applies where the example is one
	// of its values.
	Enums map[string][]string
	// Bodies are the largest bodies, in bytes, by method and path.
	Bodies map[string]int64
	// Refusals are all codes; Shared are those that a shape implies ("any", the name
	// of a security scheme, a media type of the body, "query", "If-Match",
	// "Idempotency-Key"); Answered are those of single operations.
	Refusals []Refusal
	Shared   map[string][]string
	Answered Answered
	Events   []EventKind // what webhooks are told
	// ProblemMembers are what the example of a code has beside the usual members.
	ProblemMembers map[string]map[string]any
}

// Documents are the two forms of the contract, both with a stable order.
type Documents struct {
	Swagger []byte // Swagger 2.0, as the annotations say it
	OpenAPI []byte // OpenAPI 3, the published one
}

// Generate reads the annotations and makes both documents. The error names the
// annotation that cannot be read, or the rule of OpenAPI that is broken.
func Generate(ctx context.Context, src Source) (Documents, error) {
	facts, err := readFacts(src.Dir)
	if err != nil {
		return Documents{}, fmt.Errorf("contract: read types: %w", err)
	}
	swagger, err := readAnnotations(src)
	if err != nil {
		return Documents{}, fmt.Errorf("contract: read annotations: %w", err)
	}
	var v2 openapi2.T
	if err := json.Unmarshal(swagger, &v2); err != nil {
		return Documents{}, fmt.Errorf("contract: read Swagger 2.0: %w", err)
	}
	v3, err := openapi2conv.ToV3(&v2)
	if err != nil {
		return Documents{}, fmt.Errorf("contract: convert: %w", err)
	}
	if err := patch(v3, facts, src); err != nil {
		return Documents{}, fmt.Errorf("contract: %w", err)
	}
	openapi, err := encode(v3)
	if err != nil {
		return Documents{}, fmt.Errorf("contract: encode: %w", err)
	}
	if _, err := Load(ctx, openapi); err != nil {
		return Documents{}, err
	}
	return Documents{Swagger: swagger, OpenAPI: openapi}, nil
}

// uuid of any version: the library's own pattern ends at 5, ours are of version 7.
const uuid = `^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`

func init() {
	openapi3.DefineStringFormatValidator("uuid", openapi3.NewRegexpFormatValidator(uuid))
	openapi3.DefineStringFormatValidator("email", openapi3.NewRegexpFormatValidator(openapi3.FormatOfStringForEmail))
}

// Load reads a published document and validates it with its examples.
func Load(ctx context.Context, document []byte) (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		return nil, fmt.Errorf("contract: load: %w", err)
	}
	if err := doc.Validate(ctx, openapi3.EnableExamplesValidation()); err != nil {
		place, _, _ := strings.Cut(err.Error(), "\nSchema:") // what follows is the whole schema
		return nil, fmt.Errorf("contract: validate: %s", place)
	}
	return doc, nil
}

func readAnnotations(src Source) ([]byte, error) {
	p := swag.New(
		swag.SetDebugger(log.New(io.Discard, "", 0)),
		swag.SetStrict(true),
		swag.SetUseStructName(true),
		swag.SetOverrides(map[string]string{"github.com/google/uuid.UUID": "string"}),
	)
	p.RequiredByDefault = true
	p.ParseInternal = false
	if err := p.ParseAPI(src.Dir, "doc.go", 0); err != nil {
		return nil, err
	}
	s := p.GetSwagger()
	s.Info.Version = src.Version
	return encode(s)
}

func encode(v any) ([]byte, error) {
	compact, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var tree any // maps come out sorted, whatever order the source has
	if err := json.Unmarshal(compact, &tree); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err = e.Encode(tree)
	return b.Bytes(), err
}
