package fuzztest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"

	"zhuce/api"
)

// The classes of requests.
const (
	sound   = "sound"   // as the contract says
	near    = "near"    // one rule broken
	hostile = "hostile" // nobody means well who sends it
	raw     = "raw"     // hostile, and no HTTP client sends it
)

// shot is one request.
type shot struct {
	class  string
	note   string // what is wrong with it
	op     operation
	by     *caller
	method string
	path   string // from the root, escaped
	query  url.Values
	header http.Header
	body   []byte // nil for none
	doc    any    // what the body was made of, when that is JSON
	wire   []byte // of a raw one: what goes over the wire, in place of all else
	slow   bool
}

// maker makes requests out of the contract and what is remembered.
type maker struct {
	r      *rand.Rand
	memory *memory
	world  *world
	serial int
	by     *caller // who sends the present request
	path   string
	plain  bool // it is made of the contract's examples, as far as there are any
}

// percent is true so many times in a hundred.
func (m *maker) percent(n int) bool { return m.r.IntN(100) < n }

// uuid is one that names nothing.
func (m *maker) uuid() string {
	var id uuid.UUID
	for i := range id {
		id[i] = byte(m.r.UintN(256))
	}
	id[6], id[8] = id[6]&0x0f|0x70, id[8]&0x3f|0x80
	return id.String()
}

// sound is a request as the contract says.
func (m *maker) sound(op operation, by *caller) *shot {
	m.by, m.path, m.plain = by, op.path, m.percent(40)
	s := &shot{class: sound, op: op, by: by, method: op.method, path: api.Base + op.path, query: url.Values{}, header: http.Header{}}
	for _, p := range op.parameters(openapi3.ParameterInPath) {
		value := m.memory.id(m.r, by, kindOf(op.path))
		if ready := oneOf(m.r, m.memory.open[by.name+" "+action(op.path)]); ready != "" && m.percent(70) {
			value = ready
		}
		if p.Name != "id" {
			value = oneOf(m.r, m.memory.values[p.Name])
		}
		if value == "" || m.percent(3) {
			value = m.uuid()
		}
		s.path = strings.ReplaceAll(s.path, "{"+p.Name+"}", url.PathEscape(value))
	}
	for _, p := range op.parameters(openapi3.ParameterInQuery) {
		if p.Required || m.percent(25) {
			s.query[p.Name] = m.parameter(op, p)
			if s.query[p.Name] == nil {
				s.query.Del(p.Name)
			}
		}
	}
	for _, p := range op.parameters(openapi3.ParameterInHeader) {
		m.headerOf(s, p)
	}
	m.fill(s)
	by.onto(s)
	return s
}

func (m *maker) parameter(op operation, p *openapi3.Parameter) []string {
	if p.Name == "cursor" {
		if c := oneOf(m.r, m.memory.values["next_cursor"]); c != "" && m.percent(70) {
			return []string{c}
		}
		return nil
	}
	if p.Name == "wait" { // an answer that is held back on purpose
		return []string{"0"}
	}
	switch v := m.value(p.Name, p.Schema.Value, 0).(type) {
	case nil:
		return nil
	case []any:
		var out []string
		for _, x := range v {
			out = append(out, fmt.Sprint(x))
		}
		if p.Explode != nil && !*p.Explode || p.Style == "form" && p.Explode == nil {
			return []string{strings.Join(out, ",")}
		}
		return out
	default:
		return []string{fmt.Sprint(v)}
	}
}

func (m *maker) headerOf(s *shot, p *openapi3.Parameter) {
	set := func(v string) { s.header[http.CanonicalHeaderKey(p.Name)] = []string{v} }
	tag := m.memory.tags[tagged(s.path)]
	switch p.Name {
	case "If-Match":
		if tag == "" {
			tag = fmt.Sprintf("%q", fmt.Sprint(m.r.IntN(4)))
		}
		set(tag)
	case "If-None-Match":
		if tag != "" && m.percent(20) {
			set(tag)
		}
	case "Idempotency-Key":
		if m.percent(30) {
			set(fmt.Sprintf("key-%d", m.next()))
		}
	case "Accept-Language":
		if m.percent(30) {
			set([]string{"en", "zh-CN", "fr, en;q=0.5", "zh;q=0.1,en"}[m.r.IntN(4)])
		}
	case "Range":
		if m.percent(30) {
			set([]string{"bytes=0-9", "bytes=-5", "bytes=3-"}[m.r.IntN(3)])
		}
	default:
		if m.percent(20) {
			if v, ok := m.value(p.Name, p.Schema.Value, 0).(string); ok {
				set(v)
			}
		}
	}
}

// action is what a path says is done, in the words of the rows: agree_withdrawal, submit.
func action(path string) string {
	last := path[strings.LastIndexByte(path, '/')+1:]
	switch last {
	case "commitments":
		return "submit"
	case "outcome":
		return "approve"
	case "withdrawal":
		return "ask_withdrawal"
	}
	return strings.ReplaceAll(last, "-", "_")
}

func (m *maker) next() int { m.serial++; return m.serial }

// fill makes the body.
func (m *maker) fill(s *shot) {
	mediaType, schema := s.op.body()
	if mediaType == "" {
		return
	}
	s.header.Set("Content-Type", mediaType)
	switch mediaType {
	case "multipart/form-data":
		var form bytes.Buffer
		w := multipart.NewWriter(&form)
		_ = w.SetBoundary(fmt.Sprintf("boundary%d", m.next()))
		part, _ := w.CreateFormFile("file", "文件"+fmt.Sprint(m.serial)+".png")
		_, _ = part.Write(append(slices.Clone(onePixel), byte(m.r.UintN(256)), byte(m.r.UintN(256))))
		_ = w.Close()
		s.body = form.Bytes()
		s.header.Set("Content-Type", w.FormDataContentType())
	case "application/x-www-form-urlencoded":
		form := url.Values{}
		if known := m.world.form(s.op, m); known != nil && m.percent(80) {
			form = known
		} else if all, ok := m.value("", schema, 0).(map[string]any); ok {
			for name, v := range all {
				form.Set(name, fmt.Sprint(v))
			}
		}
		s.body = []byte(form.Encode())
	default:
		s.doc = m.value("", schema, 0)
		if known := m.world.body(s.op, m); known != nil && m.percent(80) {
			s.doc = known
		}
		s.encode()
	}
}

// encode writes the document as the body.
func (s *shot) encode() {
	text, err := json.Marshal(s.doc)
	if err != nil {
		panic(err) // made of maps, lists, texts and numbers alone
	}
	s.body = text
}

// value is one that the schema allows, as far as it says.
func (m *maker) value(name string, s *openapi3.Schema, depth int) any {
	if s.Nullable && m.percent(15) {
		return nil
	}
	switch {
	case len(s.AllOf) > 0:
		return m.value(name, s.AllOf[m.r.IntN(len(s.AllOf))].Value, depth)
	case len(s.OneOf) > 0:
		return m.value(name, s.OneOf[m.r.IntN(len(s.OneOf))].Value, depth)
	case len(s.AnyOf) > 0:
		return m.value(name, s.AnyOf[m.r.IntN(len(s.AnyOf))].Value, depth)
	case len(s.Enum) > 0:
		if s.Example != nil && m.plain {
			return s.Example
		}
		return s.Enum[m.r.IntN(len(s.Enum))]
	case s.Type.Is("object"):
		out := map[string]any{}
		for _, property := range sorted(s.Properties) {
			if slices.Contains(s.Required, property) || depth < 6 && m.percent(55) {
				out[property] = m.value(property, s.Properties[property].Value, depth+1)
			}
		}
		return out
	case s.Type.Is("array"):
		if list, ok := s.Example.([]any); ok && m.plain && kindOfName(name) == "" {
			return slices.Clone(list)
		}
		n := int(s.MinItems)
		if depth < 6 {
			n = max(n, []int{0, 1, 1, 1, 2, 3}[m.r.IntN(6)])
		}
		if s.MaxItems != nil {
			n = min(n, int(*s.MaxItems))
		}
		out := []any{}
		for range n {
			out = append(out, m.value(name, s.Items.Value, depth+1))
		}
		return out
	case s.Type.Is("boolean"):
		if example, ok := s.Example.(bool); ok && m.percent(70) {
			return example
		}
		return m.percent(50)
	case s.Type.Is("integer"), s.Type.Is("number"):
		return m.number(s)
	}
	return m.text(name, s)
}

func (m *maker) number(s *openapi3.Schema) any {
	if s.Example != nil && m.percent(50) {
		return s.Example
	}
	low, high := -3.0, 300.0
	if s.Min != nil {
		low = *s.Min
	}
	if s.Max != nil {
		high = *s.Max
	}
	switch m.r.IntN(3) {
	case 0:
		return int(low)
	case 1:
		return int(high)
	}
	return int(low) + m.r.IntN(max(1, int(high-low)))
}

func (m *maker) text(name string, s *openapi3.Schema) any {
	if kind := kindOfName(name); kind != "" && m.percent(92) {
		if ready := oneOf(m.r, m.memory.open[m.by.name+" "+action(m.path)]); kind == "filings" && ready != "" && m.percent(80) {
			return ready
		}
		if id := m.memory.id(m.r, m.by, kind); id != "" {
			return id
		}
	}
	if hint := hints[name]; hint != nil && m.percent(75) {
		return hint(m)
	}
	if known := m.memory.values[name]; len(known) > 0 && !m.plain && m.percent(40) {
		if v := oneOf(m.r, known); fits(v, s) {
			return v
		}
	}
	if strings.HasSuffix(name, "_ref") {
		return fmt.Sprintf("%s-%d", strings.TrimSuffix(name, "_ref"), m.next())
	}
	switch s.Format {
	case "uuid":
		return m.uuid()
	case "date":
		return time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC).AddDate(0, 0, m.r.IntN(1200)-600).Format(time.DateOnly)
	case "date-time":
		return m.world.env.Clock.Now().Add(time.Duration(m.r.IntN(1000)-500) * time.Hour).UTC().Format(time.RFC3339)
	case "email":
		return fmt.Sprintf("a%d@example.com", m.next())
	}
	if example, ok := s.Example.(string); ok && (m.plain || m.percent(50) || s.Pattern != "" || s.Format != "") {
		return example
	}
	return m.letters(int(s.MinLength), s.MaxLength)
}

// fits reports whether a remembered text may stand where the schema says.
func fits(v string, s *openapi3.Schema) bool { return s.VisitJSON(v) == nil }

// letters is text within the bounds; now and then as long as it may be.
func (m *maker) letters(low int, most *uint64) string {
	high := low + 12
	if most != nil {
		high = min(high, int(*most))
		if m.percent(5) {
			low, high = int(min(*most, 5000)), int(min(*most, 5000))
		}
	}
	n := low + m.r.IntN(max(1, high-low+1))
	alphabet := []rune("李明王芳建筑设计abcXYZ019 -.·（）\U0001F600")
	if m.percent(70) {
		alphabet = []rune("abcdefghij0123456789")
	}
	out := make([]rune, n)
	for i := range out {
		out[i] = alphabet[m.r.IntN(len(alphabet))]
	}
	return string(out)
}

func sorted(p openapi3.Schemas) []string {
	names := make([]string, 0, len(p))
	for name := range p {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
