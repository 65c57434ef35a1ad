package contract

import (
	"bytes"
	"encoding/json"

	"github.com/getkin/kin-openapi/openapi3"
)

// prune drops the components that nothing refers to, those that only dropped
// ones referred to included.
func prune(doc *openapi3.T) error {
	for {
		text, err := json.Marshal(doc)
		if err != nil {
			return err
		}
		used := func(kind, name string) bool {
			return bytes.Contains(text, []byte(`"#/components/`+kind+`/`+name+`"`))
		}
		c := doc.Components
		dropped := drop(c.Schemas, "schemas", used) + drop(c.Parameters, "parameters", used) +
			drop(c.Headers, "headers", used) + drop(c.Responses, "responses", used) + drop(c.Examples, "examples", used)
		if dropped == 0 {
			return nil
		}
	}
}

func drop[T any](components map[string]T, kind string, used func(kind, name string) bool) int {
	n := 0
	for name := range components {
		if !used(kind, name) {
			delete(components, name)
			n++
		}
	}
	return n
}
