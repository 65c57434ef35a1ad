package api_test

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// onePixel is a sound picture of one pixel.
var onePixel, _ = base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")

var hostileTexts = []string{
	"", " ", "\x00", "a\x00b", "\xff\xfe", "\xed\xa0\x80", "\u202e\u0000", "null", "0", "-1", "1e400", "NaN",
	"99999999999999999999999999", "'; DROP TABLE filings; --", `\`, `"`, "%", "%00", "_%", "../../etc/passwd", "{{7*7}}",
	"𠮷\U0001F600", strings.Repeat("x", 5000), "00000000-0000-0000-0000-000000000000", "{019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11}",
	"019363D0-8F6B-7C3A-9A55-0E3F0D6C2B11", "0000-00-00", "2026-02-30", "0001-01-01", "9999-12-31", "-2026-01-01",
}

// Go's client sends no control characters in a header, so there are none.
var hostileHeaders = []string{
	" ", "*", `"1"`, `W/"1"`, `"99999999999999999999999"`, `"-1"`, `"`, ",,,", "\xff", "中文", strings.Repeat("x", 300), "zh;q=", "zh;q=1e9, en;q=NaN",
	"bytes=0-", "bytes=-1", "bytes=9-1,0-0,0-0,0-0", "en-GB,zh;q=0.1",
}

var hostileBodies = []any{
	"", " ", "null", "[]", "{}", "0", `"text"`, "true", "{", `{"a":}`, "{}{}", "\ufeff{}", "\xff", `{"a":"\ud800"}`, `{"":""}`, `{"\u0000":1}`,
	strings.Repeat("[", 20_000), strings.Repeat(`{"a":`, 20_000), `{"a":` + strings.Repeat("9", 5000) + `}`,
	`{"` + strings.Repeat("k", 100_000) + `":1}`, `{"pad":"` + strings.Repeat("x", 1<<20) + `"}`,
}

// hostileValues take the place of any value in a body.
var hostileValues = []any{
	nil, true, 0, -1, 1.5, json.Number("1e400"), json.Number("99999999999999999999999999"), json.Number("-9223372036854775809"), 1e308,
	"", " \t", "a\x00b", json.RawMessage(`"\ud800\u0000"`), strings.Repeat("字", 20_000), "𠮷\U0001F600\u202e", "2026-02-30", "0000-00-00", "99999-01-01",
	"00000000-0000-0000-0000-000000000000", "'; --", []any{}, map[string]any{}, []any{nil}, []any{"", "\x00"},
	map[string]any{"": nil}, json.RawMessage(strings.Repeat("[", 5000) + strings.Repeat("]", 5000)), slices.Repeat([]any{"x"}, 600),
}

// near are values that a careless reader takes for the right ones.
func near(s *openapi3.Schema) []string {
	out := []string{"true", "1", "100000"}
	for _, e := range s.Enum {
		if text, ok := e.(string); ok {
			out = append(out, text, text+" ", strings.ToUpper(text), text+",", "-"+text)
		}
	}
	return out
}

// changes are copies of the body with one place made wrong, taken away, or joined
// by a stranger.
func changes(body map[string]any) []any {
	var out []any
	places(body, func(replace func(any) any) {
		for _, v := range hostileValues {
			out = append(out, replace(v))
		}
	})
	for name := range body {
		less := maps.Clone(body)
		delete(less, name)
		out = append(out, less)
	}
	more := maps.Clone(body)
	more["stranger"] = 1
	return append(out, more)
}

// places visits every value inside of v; replace gives a copy of v with that one value changed.
func places(v any, visit func(replace func(any) any)) {
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			with := func(x any) any {
				c := maps.Clone(v)
				c[name] = x
				return c
			}
			visit(with)
			places(inner, func(replace func(any) any) { visit(func(x any) any { return with(replace(x)) }) })
		}
	case []any:
		for i, inner := range v[:min(len(v), 1)] {
			with := func(x any) any {
				c := slices.Clone(v)
				c[i] = x
				return c
			}
			visit(with)
			places(inner, func(replace func(any) any) { visit(func(x any) any { return with(replace(x)) }) })
		}
	}
}
