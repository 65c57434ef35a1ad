package fuzztest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
)

var hostileTexts = []string{
	"\x00", "a\x00b", "\xff\xfe", "\xed\xa0\x80", "\u202e\u0000", "\u202egnp.exe", "e\u0301\u0301\u0301\u0301", "null", "NaN", "1e400", "-0",
	"99999999999999999999999999", "'; DROP TABLE filings; --", "' OR '1'='1", `\`, `"`, "%", "%00", "_%", "../../etc/passwd", "..\\..\\x",
	"{{7*7}}", "${jndi:ldap://127.0.0.1/a}", "<script>alert(1)</script>", "{% raw %}", "\r\nSet-Cookie: a=b", "𠮷\U0001F600", "\u2028\u2029", "\ufffd\ufeff",
	"=1+1", "00000000-0000-0000-0000-000000000000", "0000-00-00", "2026-02-30", "9999-12-31", "-2026-01-01", "2026-11-23T25:00:00Z", " ", "\t\n",
}

// hostile is a request that nobody sends who means well.
func (m *maker) hostile(op operation, by *caller) *shot {
	s := m.sound(op, by)
	s.class = hostile
	ways := []func(*shot) string{m.hostileQuery, m.hostilePath, m.hostileHeader, m.hostileMethod}
	if s.doc != nil {
		ways = append(ways, m.hostileValue, m.hostileValue, m.hostileValue, m.hostileBody)
	} else if s.body != nil {
		ways = append(ways, m.hostileForm, m.hostileForm)
	}
	s.note = ways[m.r.IntN(len(ways))](s)
	return s
}

func (m *maker) anyText() string {
	if m.percent(4) {
		return strings.Repeat("x", 5000)
	}
	return hostileTexts[m.r.IntN(len(hostileTexts))]
}

func (m *maker) hostileValue(s *shot) string {
	_, schema := s.op.body()
	all := places("", s.doc, schema)
	if len(all) == 0 {
		return m.hostileBody(s)
	}
	p := all[m.r.IntN(len(all))]
	values := []any{json.RawMessage(`"\ud800"`), json.RawMessage(`"\ud800\u0000"`), json.RawMessage(`"a\u0000"`), json.Number("1e400"),
		json.Number("-9223372036854775809"), 1e308, strings.Repeat("字", 20_000), []any{nil}, map[string]any{"": nil}, []any{"", "\x00"},
		json.RawMessage(strings.Repeat("[", 3000) + strings.Repeat("]", 3000)), slices.Repeat([]any{"x"}, 600)}
	var v any = m.anyText()
	if m.percent(35) {
		v = values[m.r.IntN(len(values))]
	}
	p.set(v)
	s.encode()
	if text, ok := v.(string); ok && !utf8.ValidString(text) {
		// encoding/json writes U+FFFD for what is no UTF-8: put the bytes in as they are
		s.body = []byte(strings.Replace(string(s.body), `\ufffd`, text, 1))
	}
	return fmt.Sprintf("%.40q at %s", fmt.Sprint(v), p.name)
}

func (m *maker) hostileBody(s *shot) string {
	bodies := []string{"", " ", "[]", "0", `"text"`, "{", `{"a":}`, "\xff", `{"a":"\ud800"}`, `{"":""}`, `{"\u0000":1}`, strings.Repeat("[", 20_000),
		`{"a":` + strings.Repeat("9", 5000) + `}`, `{"` + strings.Repeat("k", 100_000) + `":1}`, "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>"}
	i := m.r.IntN(len(bodies) + 1)
	if i == len(bodies) {
		s.body = []byte(`{"pad":"` + strings.Repeat("x", 1<<20) + `"}`)
		return "oversized body"
	}
	s.body = []byte(bodies[i])
	return fmt.Sprintf("body %.30q", bodies[i])
}

func (m *maker) hostileQuery(s *shot) string {
	all := s.op.parameters(openapi3.ParameterInQuery)
	name := "unknown"
	if len(all) > 0 && m.percent(80) {
		name = all[m.r.IntN(len(all))].Name
	}
	switch v := m.anyText(); m.r.IntN(6) {
	case 0:
		s.query[name] = slices.Repeat([]string{v}, 200)
		return name + " two hundred times"
	case 1:
		s.query = url.Values{"\x00": {"\xff"}, name: {v}}
		return "a parameter without a name that can be read"
	case 2:
		s.query[name+"[]"] = []string{v}
		return name + "[]"
	default:
		s.query[name] = []string{v}
		return fmt.Sprintf("query %s: %.40q", name, v)
	}
}

func (m *maker) hostilePath(s *shot) string {
	v := url.PathEscape(m.anyText())
	if m.percent(30) {
		v = []string{"..", ".", "%2e%2e", "%2f", "%2E%2E%2Fsession", "a%00b", "%ff", "%C0%AE", "a;b=c", "%25%30%30", "*", "~"}[m.r.IntN(12)]
	}
	note := fmt.Sprintf("path %.60s", v)
	if i := strings.Index(s.op.path, "{"); i >= 0 {
		s.path = "/api/v1" + s.op.path[:i] + v + s.op.path[strings.Index(s.op.path, "}")+1:]
		return note
	}
	s.path += []string{"/", "/" + v, "//", "/../" + v, ";" + v, "%20", ".json"}[m.r.IntN(7)]
	return note
}

func (m *maker) hostileHeader(s *shot) string {
	names := []string{"Accept-Language", "Accept", "Accept-Encoding", "X-Request-Id", "X-Forwarded-For", "X-HTTP-Method-Override", "Origin", "Cookie", "Range",
		"If-Match", "If-None-Match", "Idempotency-Key", "Last-Event-ID", "Content-Encoding", "Authorization", "Forwarded", "Content-Length-X", "Expect-X"}
	values := []string{" ", "*", `"1"`, ",,,", "\xff", "中文", strings.Repeat("x", 3000), "zh;q=1e9, en;q=NaN", "bytes=0-", "bytes=-1", "bytes=9-1,0-0,0-0,0-0",
		"gzip", "DELETE", "127.0.0.1", "https://elsewhere.example", "Bearer", "Bearer ", "Bearer a.b.c", "Basic !!!", "__Host-zhuce_refresh=\"", "' OR 1=1", "application/xml", "../x"}
	name, v := names[m.r.IntN(len(names))], values[m.r.IntN(len(values))]
	s.header[http.CanonicalHeaderKey(name)] = []string{v}
	return fmt.Sprintf("%s: %.40q", name, v)
}

func (m *maker) hostileMethod(s *shot) string {
	s.method = []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "QUERY", "get"}[m.r.IntN(11)]
	if s.method == "GET" || s.method == "HEAD" {
		s.body, s.doc = nil, nil
	}
	return "method " + s.method
}

func (m *maker) hostileForm(s *shot) string {
	text := string(s.body)
	switch m.r.IntN(7) {
	case 0:
		s.body = []byte(strings.ReplaceAll(text, "filename=\"", "filename=\"../../\x00"))
		return "file name"
	case 1:
		s.body = []byte(strings.ReplaceAll(text, "image/png", "text/html"))
		return "media type of a part"
	case 2:
		s.body = []byte(strings.Repeat("--x\r\n", 5000))
		return "parts without heads"
	case 3:
		s.body = []byte(strings.ReplaceAll(text, "PNG", "%PDF-1.7"))
		return "contents of another sort"
	case 4:
		s.body = append([]byte("--preamble\r\n"), s.body...)
		return "preamble"
	case 5:
		s.body = []byte(strings.ReplaceAll(text, "Content-Disposition", strings.Repeat("X", 20_000)))
		return "head of a part"
	default:
		s.body = []byte("grant_type=client_credentials&client_id=%00&client_secret=%ff%fe&scope=" + url.QueryEscape(m.anyText()))
		return "form of bytes"
	}
}
