package api

import (
	"errors"
	"net/http"
	"testing"

	"zhuce/internal/errs"
)

// FuzzDecode: any body is decoded or refused as malformed, with a code.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{}`, `{"filing_ids":["a"]}`, `{"filing_ids":1}`, `{"nope":1}`, `{"reason":"` + "\x00" + `"}`, `{"reason":1e999}`, `[]`, `{"a`, `{} {}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var dst ReturnRequest
		err := decode(body, &dst)
		var refusal *errs.Error
		if err != nil && (!errors.As(err, &refusal) || refusal.Def.Kind != errs.Malformed) {
			t.Fatalf("%q: %v", body, err)
		}
	})
}

// FuzzLanguage: any Accept-Language gives one of the two languages.
func FuzzLanguage(f *testing.F) {
	for _, seed := range []string{"", "en", "zh-CN,zh;q=0.9,en;q=0.8", "en;q=x", ";;,,q=", "*"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		if l := language(&http.Request{Header: http.Header{"Accept-Language": {header}}}); l != "en" && l != "zh-CN" {
			t.Fatalf("%q gives %q", header, l)
		}
	})
}
