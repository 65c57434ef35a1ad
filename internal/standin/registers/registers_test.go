package registers

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestControl pulls every string over HTTP, and starts anew with the same data file.
func TestControl(t *testing.T) {
	o := Options{Firms: []Firm{{CreditCode: "A", Name: "甲"}}, DataFile: filepath.Join(t.TempDir(), "registers.json"),
		Now: func() time.Time { return time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC) }}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	do := func(h http.Handler, method, path, body string, status int, want ...string) {
		t.Helper()
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest(method, path, strings.NewReader(body)))
		if rec.Code != status {
			t.Errorf("%s %s: %d %s, want %d", method, path, rec.Code, rec.Body, status)
		}
		for _, w := range want {
			if !strings.Contains(rec.Body.String(), w) {
				t.Errorf("%s %s: %s lacks %s", method, path, rec.Body, w)
			}
		}
	}
	ask, pull := s.Handler(), s.Control()
	do(ask, "GET", "/qualifications/A", "", 200, `"certificates":[]`)
	do(ask, "GET", "/qualifications/B", "", 200, `"unified_social_credit_code":"B"`, `"certificates":[]`)
	do(ask, "GET", "/enterprises/B", "", 404, `"error":"unknown_enterprise"`)
	do(pull, "POST", "/control/registers/certificates", `{"unified_social_credit_code":"A","certificate":{"number":"A132000058"}}`, 204)
	do(pull, "POST", "/control/registers/certificates", `{"unified_social_credit_code":"A","certificate":{"no":1}}`, 400)
	do(pull, "POST", "/control/registers/names", `{"unified_social_credit_code":"A","name":"乙"}`, 204)
	do(pull, "PUT", "/control/registers/behaviour", `{"qualifications":"asleep"}`, 400)
	do(pull, "PUT", "/control/registers/behaviour", `{"qualifications":"down"}`, 200)
	do(pull, "GET", "/control/registers/behaviour", "", 200, `"qualifications":"down"`)
	do(ask, "GET", "/qualifications/A", "", 503)
	do(ask, "GET", "/enterprises/A", "", 200, `"name":"乙"`, `"former_name":"甲"`, `"changed_on":"2026-11-24"`)

	again, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	do(again.Handler(), "GET", "/qualifications/A", "", 200, `"number":"A132000058"`)
	do(again.Handler(), "GET", "/enterprises/A", "", 200, `"name":"乙"`)
	do(again.Control(), "GET", "/control/registers/enterprises", "", 200, "A132000058")
	do(again.Control(), "DELETE", "/control/registers/certificates/A", "", 204)
	do(again.Handler(), "GET", "/qualifications/A", "", 200, `"certificates":[]`)
}
