package contract

import (
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

const schemaPrefix = "#/components/schemas/"

// separate gives what is both sent to us and received from us two schemas, for
// the first is strict where the second must be able to grow: "Contact" is
// received, "ContactInput" is sent. It returns the names of all that is sent.
func separate(doc *openapi3.T, sent, received map[string]bool) []string {
	schemas := doc.Components.Schemas
	var names []string
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		if received[name] {
			schemas[name+"Input"] = clone(schemas[name])
			name += "Input"
		}
		names = append(names, name)
	}
	turn := func(ref *openapi3.SchemaRef) {
		if name := strings.TrimPrefix(ref.Ref, schemaPrefix); ref.Ref != "" && sent[name] && received[name] {
			ref.Ref = schemaPrefix + name + "Input"
		}
	}
	for _, name := range names {
		each(schemas[name], turn)
	}
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			if op.RequestBody == nil {
				continue
			}
			for _, m := range op.RequestBody.Value.Content {
				each(m.Schema, turn)
			}
		}
	}
	return names
}

// each calls fn for the schema and all that stand inside of it; it does not follow references.
func each(ref *openapi3.SchemaRef, fn func(*openapi3.SchemaRef)) {
	if ref == nil {
		return
	}
	fn(ref)
	if ref.Ref != "" || ref.Value == nil {
		return
	}
	each(ref.Value.Items, fn)
	for _, p := range ref.Value.Properties {
		each(p, fn)
	}
	for _, p := range ref.Value.AllOf {
		each(p, fn)
	}
}

// reach gathers the names of all schemas that ref leads to.
func reach(ref *openapi3.SchemaRef, schemas openapi3.Schemas, seen map[string]bool) {
	each(ref, func(r *openapi3.SchemaRef) {
		if name, ok := strings.CutPrefix(r.Ref, schemaPrefix); ok && !seen[name] {
			seen[name] = true
			reach(&openapi3.SchemaRef{Value: schemas[name].Value}, schemas, seen)
		}
	})
}

// clone copies a schema with all that stand inside of it; references stay references.
func clone(ref *openapi3.SchemaRef) *openapi3.SchemaRef {
	if ref == nil {
		return nil
	}
	if ref.Ref != "" {
		return openapi3.NewSchemaRef(ref.Ref, ref.Value)
	}
	v := *ref.Value
	v.Items = clone(v.Items)
	v.Properties = make(openapi3.Schemas, len(ref.Value.Properties))
	for name, p := range ref.Value.Properties {
		v.Properties[name] = clone(p)
	}
	v.AllOf = make(openapi3.SchemaRefs, len(ref.Value.AllOf))
	for i, p := range ref.Value.AllOf {
		v.AllOf[i] = clone(p)
	}
	return openapi3.NewSchemaRef("", &v)
}
