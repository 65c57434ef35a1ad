package api_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"zhuce/api/apitest"
	"zhuce/docs/openapi"
)

// The contract is served as it is, and not sent again to who has it.
func TestDocumentIsServed(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	a := env.Get(t, "/openapi.json", "Accept-Encoding", "identity").Want(t, 200)
	if string(a.Body) != string(openapi.Document) || a.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%d bytes of %s, wanted the embedded document", len(a.Body), a.Header.Get("Content-Type"))
	}
	env.Get(t, "/openapi.json", "If-None-Match", a.Header.Get("ETag")).Want(t, 304)
	env.Get(t, "/openapi.json", "If-None-Match", `"other"`).Want(t, 200)
	if a := env.Get(t, "/openapi.json", "Accept-Encoding", "gzip").Want(t, 200); a.Header.Get("Content-Encoding") != "gzip" || len(a.Body) > len(openapi.Document)/4 {
		t.Errorf("%d bytes, encoded as %q: wanted it compressed", len(a.Body), a.Header.Get("Content-Encoding"))
	}
}

// Swagger UI comes out of the binary alone, under a policy without inline scripts.
func TestSwaggerUI(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	env.Get(t, "/swagger").Want(t, 301)
	page := env.Get(t, "/swagger/").Want(t, 200)
	policy := page.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "script-src 'self';") || strings.Contains(policy, "unsafe-eval") {
		t.Errorf("policy: %s", policy)
	}
	html := string(page.Body)
	if regexp.MustCompile(`<script>|https?://|onload=|<style`).MatchString(html) {
		t.Errorf("the page has inline code, or loads from elsewhere:\n%s", html)
	}
	parts := regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(html, -1)
	if len(parts) < 4 {
		t.Fatalf("the page loads %v", parts)
	}
	for _, p := range parts {
		env.Get(t, p[1]).Want(t, 200)
	}
	env.Get(t, "/swagger/nothing.js").Want(t, 404, "route.not_found")
}

// The application answers at every address that is nobody else's, and nowhere else.
func TestApplicationIsServed(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	for _, path := range []string{"/", "/filings", "/filings/019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11", "/signed-in?return_to=%2F", "/apifoo", "/%E7%94%B3%E6%8A%A5"} {
		a := env.Get(t, path).Want(t, 200)
		h := a.Header
		if !strings.HasPrefix(h.Get("Content-Type"), "text/html") || h.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: %s, %s", path, h.Get("Content-Type"), h.Get("Cache-Control"))
		}
		for _, need := range []string{"default-src 'self'", "script-src 'self';", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"} {
			if !strings.Contains(h.Get("Content-Security-Policy"), need) {
				t.Errorf("%s: the policy lacks %s", path, need)
			}
		}
		if strings.Contains(h.Get("Content-Security-Policy"), "unsafe") || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: inline code or sniffing is allowed: %v", path, h)
		}
	}
	for _, path := range []string{"/api", "/api/", "/api/v1", "/api/v2/filings", "/assets/gone.js", "/favicon.gone", "/.env",
		"/.well-known/security.txt", "/swagger/x", "/openapi.yaml", "/metrics/x", "/healthz/x"} {
		a := env.Get(t, path)
		if a.Want(t, 404, "route.not_found"); a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: a refusal that may be kept", path)
		}
	}
}

// A refresh token works once, so Swagger UI and the application take turns under
// one lock when both are open in one browser.
func TestRefreshLockIsShared(t *testing.T) {
	t.Parallel()
	lock := regexp.MustCompile(`locks\.request\('([^']+)'`)
	var names []string
	for _, file := range []string{"swaggerui/zhuce.js", "../frontend/src/api/access.ts"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := lock.FindSubmatch(text)
		if found == nil {
			t.Fatalf("%s takes no lock", file)
		}
		names = append(names, string(found[1]))
	}
	if names[0] != names[1] {
		t.Errorf("two locks: %q", names)
	}
}

// The page of reference has every operation, every schema and every webhook, its
// links lead somewhere, and it runs nothing.
func TestReference(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	env.Get(t, "/reference").Want(t, 301)
	page := env.Get(t, "/reference/").Want(t, 200)
	html := string(page.Body)
	policy := page.Header.Get("Content-Security-Policy")
	if strings.Contains(policy, "script") || strings.Contains(policy, "unsafe") || !strings.HasPrefix(policy, "default-src 'none'") {
		t.Errorf("policy: %s", policy)
	}
	if regexp.MustCompile(`<script|(?:src|href)="https?:|style="|<style`).MatchString(html) {
		t.Error("the page has code or looks inside of it, or loads from elsewhere")
	}
	there := map[string]bool{}
	for _, m := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(html, -1) {
		if there[m[1]] {
			t.Errorf("#%s is there twice", m[1])
		}
		there[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(html, -1) {
		if !there[m[1]] {
			t.Errorf("#%s leads nowhere", m[1])
		}
	}
	doc := document(t)
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			if !there[op.OperationID] {
				t.Errorf("%s is not on the page", op.OperationID)
			}
		}
	}
	for name := range doc.Components.Schemas {
		if !there["schema-"+name] {
			t.Errorf("the schema %s is not on the page", name)
		}
	}
	env.Get(t, "/reference/style.css").Want(t, 200)
	env.Get(t, "/reference/nothing.css").Want(t, 404, "route.not_found")
}
