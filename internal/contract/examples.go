package contract

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

func titles(status int) string { return http.StatusText(status) }

// addExamples gives every JSON body and answer that succeeds a whole example,
// put together from those of its fields.
func addExamples(doc *openapi3.T) {
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			if op.RequestBody != nil && op.RequestBody.Value != nil {
				exemplify(doc, op.RequestBody.Value.Content)
			}
			for status, r := range op.Responses.Map() {
				if r.Ref == "" && r.Value != nil && codeOf(status) > 0 && codeOf(status) < http.StatusBadRequest {
					exemplify(doc, r.Value.Content)
				}
			}
		}
	}
}

func exemplify(doc *openapi3.T, content openapi3.Content) {
	for mediaType, m := range content {
		if m.Example != nil || len(m.Examples) > 0 || m.Schema == nil {
			continue
		}
		if strings.HasSuffix(mediaType, "json") || mediaType == "application/x-www-form-urlencoded" {
			m.Example = exampleOf(doc, m.Schema, nil)
		}
	}
}

// exampleOf puts the example of a schema together; within are the names that led to it.
func exampleOf(doc *openapi3.T, ref *openapi3.SchemaRef, within []string) any {
	if name, ok := strings.CutPrefix(ref.Ref, schemaPrefix); ok {
		if slices.Contains(within, name) {
			return nil
		}
		return exampleOf(doc, doc.Components.Schemas[name], append(slices.Clone(within), name))
	}
	s := ref.Value
	switch {
	case s.Example != nil:
		return s.Example
	case s.Default != nil:
		return s.Default
	case len(s.AllOf) > 0:
		all := map[string]any{}
		for _, part := range s.AllOf {
			if m, ok := exampleOf(doc, part, within).(map[string]any); ok {
				maps.Copy(all, m)
			}
		}
		return all
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Type.Is("array"):
		item := exampleOf(doc, s.Items, within)
		if item == nil {
			return []any{}
		}
		return []any{item}
	case s.Type.Is("object") && s.AdditionalProperties.Schema != nil:
		return map[string]any{}
	case s.Type.Is("object"):
		out := map[string]any{}
		for name, p := range s.Properties {
			if v := exampleOf(doc, p, within); v != nil || p.Value != nil && p.Value.Nullable {
				out[name] = v
			}
		}
		return out
	case s.Type.Is("boolean"):
		return false
	case s.Type.Is("integer"):
		return whole0(s)
	case s.Type.Is("string"):
		return plain[s.Format]
	default:
		return nil
	}
}

// plain stands for texts without an example of their own.
var plain = map[string]any{"": "", "date-time": "2026-11-23T03:00:00Z", "date": "2026-11-23", "uuid": "019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"}

func whole0(s *openapi3.Schema) any {
	if s.Min != nil {
		return *s.Min
	}
	return 0
}
