package fuzztest

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"zhuce/docs/openapi"
	"zhuce/internal/contract"
)

// operation is one of the contract.
type operation struct {
	*openapi3.Operation
	method, path string
}

// operations are all of the contract, in a stable order.
func operations(t *testing.T) []operation {
	t.Helper()
	doc, err := contract.Load(t.Context(), openapi.Document)
	if err != nil {
		t.Fatal(err)
	}
	var out []operation
	paths := doc.Paths.Map()
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		all := paths[path].Operations()
		for _, method := range slices.Sorted(maps.Keys(all)) {
			out = append(out, operation{all[method], method, path})
		}
	}
	return out
}

// lets reports whether the contract lets a caller with these credentials in.
func (o operation) lets(c *caller) bool {
	if o.Security == nil || len(*o.Security) == 0 {
		return true
	}
	return slices.ContainsFunc(*o.Security, func(r openapi3.SecurityRequirement) bool { return c.meets(r) })
}

// guarded reports whether the operation refuses whoever brings nothing.
func (o operation) guarded() bool { return !o.lets(&caller{}) }

// body is the media type and the schema of what is sent; "" for none.
func (o operation) body() (string, *openapi3.Schema) {
	if o.RequestBody == nil {
		return "", nil
	}
	for _, mediaType := range []string{"application/json", "application/x-www-form-urlencoded", "multipart/form-data"} {
		if content := o.RequestBody.Value.Content[mediaType]; content != nil {
			return mediaType, content.Schema.Value
		}
	}
	return "", nil
}

// parameters are those at a place.
func (o operation) parameters(in string) []*openapi3.Parameter {
	var out []*openapi3.Parameter
	for _, p := range o.Parameters {
		if p.Value.In == in {
			out = append(out, p.Value)
		}
	}
	return out
}

// kindOf is the sort of record that an {id} in the path names: by the noun before it,
// one for both sides of the exchange.
func kindOf(path string) string {
	parts := strings.Split(strings.TrimPrefix(path, "/exchange"), "/")
	kind := ""
	for _, p := range parts {
		switch {
		case p == "attachments": // also of findings
			kind = p
		case kind == "" && p != "" && !strings.HasPrefix(p, "{"):
			kind = p
		}
	}
	return alike(kind)
}

// kindOfName is the sort of record that a property names: filing_id, filing_ids,
// source_filing_id → filings; "" for a property that names none.
func kindOfName(name string) string {
	stem, ok := strings.CutSuffix(name, "_id")
	if !ok {
		if stem, ok = strings.CutSuffix(name, "_ids"); !ok {
			return ""
		}
	}
	if i := strings.LastIndexByte(stem, '_'); i >= 0 {
		stem = stem[i+1:]
	}
	switch stem {
	case "client", "request", "export":
		return stem + "s"
	}
	return alike(stem + "s")
}

// alike folds the nouns of both sides of one record.
func alike(kind string) string {
	if kind == "findings" {
		return "appeals"
	}
	return kind
}
