package console_test

import (
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The curl line of a delivery can be copied: with the variables set, it is the same
// message, and the product answers it as one that it knows.
func TestACurlLineCanBeSent(t *testing.T) {
	s := start(t)
	code := s.get(t, "/").first(`<code>huayu</code></td><td[^>]*><code>(\w{18})`)
	run := s.wait(t, s.post(t, "/scenarios", "scenario", "return", "firm", code).at.Path, "done")
	call := s.get(t, run.first(`<a href="(/log/\d+)"><code>POST /api/v1/exchange/filings<`))
	line := html.UnescapeString(call.first(`(?s)<pre id="curl"[^>]*>(.*?)</pre>`))
	if !strings.HasPrefix(line, "curl ") {
		t.Fatalf("the page has %q", line)
	}
	kept, err := os.ReadFile(filepath.Join(s.dir, "sandbox.json"))
	if err != nil {
		t.Fatal(err)
	}
	var memory struct {
		Filings []struct {
			Body struct {
				Person struct {
					IDNumber string `json:"id_number"`
					Mobile   string `json:"mobile"`
				} `json:"person"`
			} `json:"body"`
		} `json:"filings"`
	}
	if err := json.Unmarshal(kept, &memory); err != nil {
		t.Fatal(err)
	}
	person := memory.Filings[len(memory.Filings)-1].Body.Person
	if person.IDNumber == "" || strings.Contains(call.body, person.IDNumber) || strings.Contains(call.body, person.Mobile) {
		t.Error("the page shows a personal number, or the console has forgotten it")
	}
	var grant struct {
		AccessToken string `json:"access_token"`
	}
	resp, err := http.PostForm(s.ProductURL+"/api/v1/exchange/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {"demo-person"},
		"client_secret": {"demo-person-secret-for-development"}})
	decode(t, resp, err, &grant)
	shell := exec.CommandContext(t.Context(), "sh", "-c", strings.Replace(line, "curl -sS", "curl -sS -w ' %{http_code}'", 1))
	shell.Env = append(os.Environ(), "TOKEN="+grant.AccessToken, "ID_NUMBER="+person.IDNumber, "MOBILE="+person.Mobile)
	out, err := shell.CombinedOutput()
	if err != nil || !strings.HasSuffix(string(out), " 200") {
		t.Errorf("%v\n%s\n%s", err, out, line)
	}
}

// Nothing secret stands in the log, whatever was called.
func TestTheLogKeepsNoSecret(t *testing.T) {
	s := start(t)
	code := s.get(t, "/").first(`<code>huayu</code></td><td[^>]*><code>(\w{18})`)
	s.wait(t, s.post(t, "/scenarios", "scenario", "rename", "firm", code).at.Path, "done")
	s.wait(t, s.post(t, "/scenarios", "scenario", "engineer", "firm", code).at.Path, "done")
	for n := 1; ; n++ {
		p := s.get(t, "/log/"+itoa(n))
		if p.status == http.StatusNotFound {
			if n < 30 {
				t.Errorf("only %d calls", n)
			}
			break
		}
		for what, pattern := range map[string]string{"a password": `Zhuce2026!`, "a client's secret": `secret-for-development`, "a token": `eyJ[A-Za-z0-9_-]{20,}`,
			"a cookie": `__Host-zhuce_refresh=`, "an identity number": `[1-9]\d{5}(?:19|20)\d{9}[\dX]`, "a mobile number": `\b139\d{8}\b`, "a one-time code": `[?&](?:amp;)?code=[^…]`} {
			if found := p.first(`(` + pattern + `)`); found != "" {
				t.Errorf("call %d %s shows %s: %s", n, p.first(`<code>((?:GET|POST|PUT|DELETE) [^<]*)`), what, found)
			}
		}
	}
}
