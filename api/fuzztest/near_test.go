package fuzztest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// near is a sound request with one rule broken.
func (m *maker) near(op operation, by *caller) *shot {
	s := m.sound(op, by)
	s.class = near
	breaks := []func(*shot) string{m.wrongQuery, m.wrongHeader, m.wrongPath}
	if s.doc != nil {
		breaks = append(breaks, m.wrongValue, m.wrongValue, m.wrongValue, m.wrongValue, m.wrongText, m.wrongType)
	} else if s.body != nil {
		breaks = append(breaks, m.wrongType, m.wrongForm)
	}
	for range 5 {
		if s.note = breaks[m.r.IntN(len(breaks))](s); s.note != "" {
			return s
		}
	}
	s.note = "unknown query parameter"
	s.query.Set("stranger", "1")
	return s
}

// place is a value inside of a document, with the schema that it stands under.
type place struct {
	name   string
	parent any // the map or list that holds it
	key    string
	index  int
	schema *openapi3.Schema
}

func (p place) set(v any) {
	switch parent := p.parent.(type) {
	case map[string]any:
		parent[p.key] = v
	case []any:
		parent[p.index] = v
	}
}

// places are all inside of a document, in a stable order.
func places(name string, doc any, schema *openapi3.Schema) []place {
	var out []place
	if schema == nil {
		return nil
	}
	switch v := doc.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			inner := property(schema, key)
			out = append(out, place{name: key, parent: v, key: key, schema: inner})
			out = append(out, places(key, v[key], inner)...)
		}
	case []any:
		if schema.Items == nil {
			return nil
		}
		for i := range v[:min(len(v), 2)] {
			out = append(out, place{name: name, parent: v, index: i, schema: schema.Items.Value})
			out = append(out, places(name, v[i], schema.Items.Value)...)
		}
	}
	return out
}

func property(s *openapi3.Schema, key string) *openapi3.Schema {
	if p := s.Properties[key]; p != nil {
		return p.Value
	}
	for _, part := range s.AllOf {
		if p := property(part.Value, key); p != nil {
			return p
		}
	}
	return nil
}

// wrongValue breaks one rule of the schema at one place of the body.
func (m *maker) wrongValue(s *shot) string {
	doc, ok := s.doc.(map[string]any)
	if !ok {
		return ""
	}
	_, schema := s.op.body()
	all := places("", doc, schema)
	if len(all) == 0 || m.percent(5) {
		doc["stranger"] = 1
		s.encode()
		return "unknown field"
	}
	p := all[m.r.IntN(len(all))]
	note := "null"
	switch n := m.r.IntN(8); {
	case n == 0:
		p.set(nil)
	case n == 1 && p.key != "":
		delete(p.parent.(map[string]any), p.key) //nolint:forcetypeassert // a place with a key is in a map
		note = "missing"
	case n == 2:
		p.set([]any{true, 7, 1.5, "text", []any{}, map[string]any{}, json.Number("99999999999999999999999")}[m.r.IntN(7)])
		note = "wrong type"
	case n == 3:
		if inner, ok := p.parent.(map[string]any); ok {
			inner["stranger"] = "x"
			note = "unknown field inside"
		}
	default:
		var v any
		if v, note = m.outside(p.schema); note == "" {
			p.set(nil)
			note = "null"
		} else {
			p.set(v)
		}
	}
	s.encode()
	return note + " at " + p.name
}

// outside is a value just past a bound of the schema; "" where there is none.
func (m *maker) outside(s *openapi3.Schema) (any, string) {
	if s == nil {
		return nil, ""
	}
	var ways []func() (any, string)
	add := func(v any, note string) { ways = append(ways, func() (any, string) { return v, note }) }
	if len(s.Enum) > 0 {
		add(fmt.Sprint(s.Enum[0])+"x", "wrong enum")
		add(strings.ToUpper(fmt.Sprint(s.Enum[0])), "enum in capitals")
		add("", "empty enum")
	}
	if s.MaxLength != nil {
		add(strings.Repeat("字", int(min(*s.MaxLength, 100_000))+1), "too long")
	}
	if s.MinLength > 0 {
		add("", "too short")
	}
	if s.Max != nil {
		add(*s.Max+1, "too large")
	}
	if s.Min != nil {
		add(*s.Min-1, "too small")
	}
	if s.Pattern != "" || s.Format != "" {
		add("not of the form", "wrong form")
		add("2026-02-30", "no day")
	}
	if s.Type.Is("array") {
		item := any("x")
		if s.Items != nil {
			item = m.value("", s.Items.Value, 5)
		}
		if s.MaxItems != nil {
			add(slices.Repeat([]any{item}, int(min(*s.MaxItems, 2000))+1), "too many")
		}
		add([]any{}, "none")
		add([]any{item, item}, "the same twice")
	}
	if s.Type.Is("string") {
		add(" ", "blank")
		add("", "empty")
	}
	if s.Type.Is("integer") || s.Type.Is("number") {
		add(json.Number("1e400"), "huge number")
		add(1.5, "a fraction")
		add("1", "a number as text")
	}
	if len(ways) == 0 {
		return nil, ""
	}
	return ways[m.r.IntN(len(ways))]()
}

// wrongText breaks the JSON itself.
func (m *maker) wrongText(s *shot) string {
	text := string(s.body)
	cut := m.r.IntN(len(text))
	switch m.r.IntN(8) {
	case 0:
		s.body = []byte(text[:cut])
		return "truncated JSON"
	case 1:
		s.body = []byte(text + text)
		return "two documents"
	case 2:
		if doc, ok := s.doc.(map[string]any); ok && len(doc) > 0 {
			key := slices.Sorted(maps.Keys(doc))[0]
			value, _ := json.Marshal(doc[key])
			s.body = fmt.Appendf(nil, "{%q:%s,%s", key, value, strings.TrimPrefix(text, "{"))
			return "duplicate key"
		}
		return ""
	case 3:
		s.body = []byte(strings.Repeat(`{"a":`, 3000) + "1" + strings.Repeat("}", 3000))
		return "deep nesting"
	case 4:
		s.body = []byte("\ufeff" + text)
		return "byte order mark"
	case 5:
		s.body = []byte("[" + text + "]")
		return "in a list"
	case 6:
		s.body = []byte("null")
		return "null"
	default:
		s.body = []byte{}
		return "empty body"
	}
}

func (m *maker) wrongType(s *shot) string {
	wrong := []string{"", "text/plain", "application/xml", "application/json; charset=gbk", "multipart/form-data", "multipart/form-data; boundary=x",
		"application/x-www-form-urlencoded", "a/b/c", ";;;", "application/problem+json", "application/json;", "APPLICATION/JSON"}
	v := wrong[m.r.IntN(len(wrong))]
	if v == "" {
		s.header.Del("Content-Type")
	} else {
		s.header.Set("Content-Type", v)
	}
	return "content type " + v
}

func (m *maker) wrongForm(s *shot) string {
	switch m.r.IntN(4) {
	case 0:
		s.body = []byte("grant_type=password&grant_type=client_credentials&client_id=%zz;&=&a")
	case 1:
		s.body = s.body[:m.r.IntN(len(s.body))]
	case 2:
		s.body = []byte(strings.ReplaceAll(string(s.body), `name="file"`, `name="other"`))
	default:
		s.body = append(slices.Clone(s.body), s.body...)
	}
	return "wrong form"
}

func (m *maker) wrongQuery(s *shot) string {
	all := s.op.parameters(openapi3.ParameterInQuery)
	if len(all) == 0 {
		return ""
	}
	p := all[m.r.IntN(len(all))]
	v, note := m.outside(p.Schema.Value)
	switch {
	case p.Name == "cursor":
		v, note = []string{"abc", "e30", "eyJhIjoxfQ", oneOf(m.r, m.memory.values["next_cursor"]) + "x", "AAAA"}[m.r.IntN(5)], "wrong cursor"
		if m.percent(40) { // one of another list, or of another order
			v, note = oneOf(m.r, m.memory.values["next_cursor"]), "a cursor from elsewhere"
			for _, other := range all {
				if other.Name == "sort" {
					s.query["sort"] = m.parameter(s.op, other)
				}
			}
		}
	case note == "" || m.percent(20):
		v, note = "x y", "text"
	case m.percent(20):
		s.query[p.Name] = append(s.query[p.Name], fmt.Sprint(v), "1")
		return "query " + p.Name + " twice"
	}
	s.query.Set(p.Name, fmt.Sprint(v))
	return "query " + p.Name + ": " + note
}

func (m *maker) wrongHeader(s *shot) string {
	all := s.op.parameters(openapi3.ParameterInHeader)
	if len(all) == 0 {
		return ""
	}
	p := all[m.r.IntN(len(all))]
	if p.Required && m.percent(40) {
		s.header.Del(p.Name)
		return "without " + p.Name
	}
	values := []string{"*", `"1"`, `W/"1"`, `"99999999999999999999999"`, `"-1"`, `"`, ",,,", "zh;q=", "bytes=9-1,0-0", "bytes=0-", strings.Repeat("x", 300), "a b"}
	if p.Name == "Idempotency-Key" { // one that was sent before, with another body
		values = append(values, "key-1", fmt.Sprintf("key-%d", 1+m.r.IntN(max(1, m.serial))), "reused", "reused", "reused")
	}
	v := values[m.r.IntN(len(values))]
	s.header[p.Name] = []string{v}
	return p.Name + ": " + v
}

func (m *maker) wrongPath(s *shot) string {
	if !strings.Contains(s.op.path, "{") {
		return ""
	}
	kinds := slices.Sorted(maps.Keys(m.memory.ids))
	other := m.uuid()
	if len(kinds) > 0 {
		other = oneOf(m.r, m.memory.ids[kinds[m.r.IntN(len(kinds))]])
	}
	v := []string{other, strings.ToUpper(other), "{" + other + "}", "0", "-1", "99999999999999999999", "null", "00000000-0000-0000-0000-000000000000",
		strings.ReplaceAll(other, "-", "")}[m.r.IntN(9)]
	s.path = "/api/v1" + s.op.path[:strings.Index(s.op.path, "{")] + url.PathEscape(v) + s.op.path[strings.Index(s.op.path, "}")+1:]
	return "id of another sort: " + v
}
