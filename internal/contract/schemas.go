package contract

import (
	"math"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Bounds of what has none of its own. Answers are bounded by what can be stored.
const (
	maxText  = 4000 // characters
	maxItems = 1000
	maxFile  = 100 << 20 // bytes
	maxSafe  = 1<<53 - 1 // the largest whole number that JavaScript holds exactly
)

// longTexts are the properties that hold a whole letter or token.
var longTexts = map[string]uint64{"text": 100_000, "translation": 100_000, "access_token": 8000, "end_session_url": 8000}

// patterns of strings, by the validation rule that they are checked with.
var patterns = map[string]string{
	"mobile": `^1[0-9]{10}$`, "postcode": `^[0-9]{6}$`, "creditcode": `^[0-9A-HJ-NPQRTUWXY]{18}$`,
}

// An empty date stands for none.
const dateOrEmpty = `^([0-9]{4}-[0-9]{2}-[0-9]{2})?$`

// patchSchemas gives every property its format, bounds and values, and makes
// what is sent to us strict: unknown fields are refused, and only what
// validation asks for is required.
func patchSchemas(doc *openapi3.T, f facts, enums map[string][]string) {
	schemas := doc.Components.Schemas
	for name, ref := range schemas {
		for property, p := range ref.Value.Properties {
			values, own := enums[name+"."+property]
			if !own {
				values = enums[property]
			}
			patchProperty(property, p, f[name][property], values)
		}
	}
	sent, received := map[string]bool{}, map[string]bool{}
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			if op.RequestBody != nil {
				for _, m := range op.RequestBody.Value.Content {
					patchForm(m.Schema)
					reach(m.Schema, schemas, sent)
				}
			}
			for _, r := range op.Responses.Map() {
				if r.Value != nil {
					for _, m := range r.Value.Content {
						reach(m.Schema, schemas, received)
					}
				}
			}
		}
	}
	for _, name := range separate(doc, sent, received) {
		known := f[strings.TrimSuffix(name, "Input")]
		s := schemas[name].Value
		s.AdditionalProperties = openapi3.AdditionalProperties{Has: openapi3.Ptr(false)}
		s.Required = nil
		for property := range s.Properties {
			if known[property].has("required") {
				s.Required = append(s.Required, property)
			}
		}
		slices.Sort(s.Required)
	}
}

func patchProperty(name string, ref *openapi3.SchemaRef, known fact, values []string) {
	if ref.Ref != "" {
		return // a reference says nothing beside itself; a nullable one comes as allOf
	}
	s := ref.Value
	s.Nullable = s.Nullable || known.nullable
	element := s
	if s.Type.Is("array") {
		element = s.Items.Value
	}
	if s.Type == nil && s.Nullable && len(s.AllOf) > 0 {
		s.Type = &openapi3.Types{"object"} // nullable counts only beside a type (OpenAPI 3.0.3)
	}
	if element != nil && element.Type.Is("string") {
		patchString(name, element, known)
	}
	if element != nil && len(element.Enum) == 0 && slices.Contains(values, example(s)) {
		element.Enum = toAny(values)
		if s.Nullable {
			element.Enum = append(element.Enum, nil)
		}
	}
	if strings.HasSuffix(known.goType, "int64") && s.Type.Is("integer") {
		s.Format = "int64"
	}
	bound(s, nonzero(longTexts[name], maxText))
}

func patchString(name string, s *openapi3.Schema, known fact) {
	switch {
	case strings.HasSuffix(known.goType, "time.Time"):
		s.Format = "date-time"
	case known.has("uuid"), name == "id", strings.HasSuffix(name, "_id") && name != "request_id" && name != "client_id":
		s.Format = "uuid"
	case known.has("email") && !known.has("omitempty"): // "" is no address
		s.Format = "email"
	case known.has("date") && known.has("omitempty"), s.Format == "" && (strings.HasSuffix(name, "_on") || strings.HasSuffix(name, "_date")):
		s.Format, s.Pattern = "", dateOrEmpty
	case known.has("date"):
		s.Format = "date"
	}
	for rule, pattern := range patterns {
		if known.has(rule) {
			s.Pattern = pattern
			if known.has("omitempty") {
				s.Pattern = "^(" + strings.Trim(pattern, "^$") + ")?$"
			}
		}
	}
}

// bound sets the limits that a schema has not got yet.
func bound(s *openapi3.Schema, longest uint64) {
	switch {
	case s.Type.Is("string") && len(s.Enum) == 0 && s.MaxLength == nil:
		length := map[string]uint64{"date": 10, "date-time": 40, "uuid": 36, "email": 254, "binary": maxFile}[s.Format]
		if s.Pattern == dateOrEmpty {
			length = 10
		}
		s.MaxLength = openapi3.Ptr(nonzero(length, longest))
	case s.Type.Is("integer"):
		if s.Format == "" {
			s.Format = "int32"
		}
		limit := float64(math.MaxInt32)
		if s.Format == "int64" {
			limit = maxSafe
		}
		if s.Min == nil {
			s.Min = openapi3.Ptr(0.0)
		}
		if s.Max == nil {
			s.Max = &limit
		}
	case s.Type.Is("array"):
		if s.MaxItems == nil {
			s.MaxItems = openapi3.Ptr(uint64(maxItems))
		}
		if s.Items.Ref == "" {
			bound(s.Items.Value, longest)
		}
	}
}

// patchForm closes an inline form, as urlencoded and multipart bodies have.
func patchForm(ref *openapi3.SchemaRef) {
	if ref == nil || ref.Ref != "" {
		return
	}
	for _, p := range ref.Value.Properties {
		bound(p.Value, maxText)
	}
}

// anyText is what every text may be: a NUL is refused, and never sent.
const anyText = `^[^\x00]*$`

// restrictTexts says so of every text that is held to nothing narrower.
func restrictTexts(doc *openapi3.T) {
	restrict := func(ref *openapi3.SchemaRef) {
		each(ref, func(r *openapi3.SchemaRef) {
			if s := r.Value; r.Ref == "" && s != nil && s.Type.Is("string") && s.Format == "" && s.Pattern == "" && len(s.Enum) == 0 {
				s.Pattern = anyText
			}
		})
	}
	for _, s := range doc.Components.Schemas {
		restrict(s)
	}
	for _, p := range doc.Components.Parameters {
		restrict(p.Value.Schema)
	}
	for _, h := range doc.Components.Headers {
		restrict(h.Value.Schema)
	}
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			for _, p := range op.Parameters {
				if p.Ref == "" {
					restrict(p.Value.Schema)
				}
			}
			if op.RequestBody != nil && op.RequestBody.Value != nil {
				for _, m := range op.RequestBody.Value.Content {
					restrict(m.Schema)
				}
			}
			for _, r := range op.Responses.Map() {
				if r.Ref == "" && r.Value != nil {
					for _, h := range r.Value.Headers {
						if h.Ref == "" {
							restrict(h.Value.Schema)
						}
					}
					for _, m := range r.Value.Content {
						restrict(m.Schema)
					}
				}
			}
		}
	}
}

func example(s *openapi3.Schema) string {
	switch e := s.Example.(type) {
	case string:
		return e
	case []any:
		if len(e) > 0 {
			text, _ := e[0].(string)
			return text
		}
	}
	return ""
}

func toAny(values []string) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}

// nonzero is v, or otherwise where v says nothing.
func nonzero(v, otherwise uint64) uint64 {
	if v == 0 {
		return otherwise
	}
	return v
}
