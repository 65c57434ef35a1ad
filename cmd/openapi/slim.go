package main

import (
	"encoding/json"
	"io"
	"maps"
	"slices"

	"zhuce/docs/openapi"
)

// slim writes the document that the Go client is generated from: the operations
// that other systems call, with one kind of refusal, values as plain text – a new
// value breaks nobody – and no examples.
func slim(to io.Writer) error {
	var doc map[string]any
	if err := json.Unmarshal(openapi.Document, &doc); err != nil {
		return err
	}
	refused := map[string]any{"description": "refused", "content": map[string]any{"application/problem+json": map[string]any{
		"schema": map[string]any{"$ref": "#/components/schemas/Problem"}}}}
	paths := doc["paths"].(map[string]any)
	for path, item := range paths {
		operations := item.(map[string]any)
		for method, o := range operations {
			operation, ok := o.(map[string]any)
			if ok && !forSystems(operation) {
				delete(operations, method)
			} else if ok {
				responses := operation["responses"].(map[string]any)
				maps.DeleteFunc(responses, func(status string, r any) bool {
					if one, ok := r.(map[string]any); ok {
						delete(one, "headers")
					}
					return status[0] != '2' && status[0] != '3'
				})
				responses["default"] = refused
			}
		}
		if len(operations) == 0 {
			delete(paths, path)
		}
	}
	components := doc["components"].(map[string]any)
	delete(components, "responses")
	delete(components, "examples")
	e := json.NewEncoder(to)
	e.SetEscapeHTML(false)
	return e.Encode(withoutValues(strip(doc)))
}

// forSystems reports whether a machine client may call the operation.
func forSystems(operation map[string]any) bool {
	security, _ := operation["security"].([]any)
	for _, s := range security {
		one := s.(map[string]any)
		if one["OAuth2"] != nil || one["ClientSecret"] != nil {
			return true
		}
	}
	tags, _ := operation["tags"].([]any)
	return slices.Contains(tags, any("meta"))
}

func withoutValues(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if v["type"] == "string" {
			delete(v, "enum")
		}
		for name, inner := range v {
			v[name] = withoutValues(inner)
		}
	case []any:
		for i := range v {
			v[i] = withoutValues(v[i])
		}
	}
	return v
}
