package console_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// ends is where each scenario leads: what the exchange API says of the filing at the
// end, "" where there is no filing.
var ends = map[string]map[string]string{
	"engineer":            {"status": "approved", "track": "engineer"},
	"architect":           {"status": "approved", "track": "architect"},
	"return":              {"status": "pending_submission", "revision": "2"},
	"correction":          {"status": "province_pending", "revision": "2"},
	"ministry_correction": {"status": "ministry_pending", "revision": "2"},
	"withdrawal":          {"status": "withdrawn", "withdrawal": "agreed"},
	"withdrawal_void":     {"status": "province_accepted", "withdrawal": "void"},
	"supplement":          {"status": "approved", "pre_registration": "supplemented"},
	"lapse":               {"status": "province_pending", "pre_registration": "lapsed"},
	"renewal":             {"status": "approved", "registration_type": "renewal"},
	"denial":              {"status": "denied"},
	"appeal":              {"status": "approved"},
	"rename":              {},
}

// Every scenario of the page runs to its end, and the API says so too.
func TestScenarios(t *testing.T) {
	s := start(t)
	huayu := s.get(t, "/").first(`<code>huayu</code></td><td[^>]*><code>(\w{18})`)
	all := regexp.MustCompile(`data-testid="run-(\w+)"`).FindAllStringSubmatch(s.get(t, "/scenarios").body, -1)
	if len(all) != len(ends) {
		t.Errorf("the page offers %d scenarios, this test knows %d", len(all), len(ends))
	}
	for _, m := range all {
		id := m[1]
		t.Run(id, func(t *testing.T) {
			end, known := ends[id]
			if !known {
				t.Fatal("this test does not know how it ends")
			}
			p := s.post(t, "/scenarios", "scenario", id, "firm", huayu)
			over := s.wait(t, p.at.Path, "done")
			filings := regexp.MustCompile(`/filings/([0-9a-f-]{36})"`).FindAllStringSubmatch(over.body, -1)
			if len(end) == 0 {
				return
			}
			if len(filings) == 0 {
				t.Fatal("the run has no link to a filing")
			}
			now := s.filing(t, filings[len(filings)-1][1])
			for field, want := range end {
				if got, _ := json.Marshal(now[field]); strings.Trim(string(got), `"`) != want {
					t.Errorf("%s is %s, wanted %s", field, got, want)
				}
			}
		})
	}
}

// wait looks at a run until it is over.
func (s *sandbox) wait(t *testing.T, path, want string) page {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); ; {
		p := s.get(t, path+"?part")
		now := p.first(`data-state="(\w+)"`)
		if now == want {
			return p
		}
		if now != "running" && now != "waiting" || time.Now().After(end) {
			t.Fatalf("the run is %s: %s", now, p.first(`class="why"[^>]*>([^<]*)`))
		}
		select { // as often as the page's script would, or oftener
		case <-t.Context().Done():
			t.Fatal("over")
		case <-time.After(30 * time.Millisecond):
		}
	}
}

// filing asks the exchange API, as the person's system.
func (s *sandbox) filing(t *testing.T, id string) map[string]any {
	t.Helper()
	var grant struct {
		AccessToken string `json:"access_token"`
	}
	resp, err := http.PostForm(s.ProductURL+"/api/v1/exchange/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {"demo-person"},
		"client_secret": {"demo-person-secret-for-development"}})
	decode(t, resp, err, &grant)
	req, err := http.NewRequest(http.MethodGet, s.ProductURL+"/api/v1/exchange/filings/"+id, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+grant.AccessToken)
	resp, err = http.DefaultClient.Do(req)
	out := map[string]any{}
	decode(t, resp, err, &out)
	return out
}

func decode(t *testing.T, resp *http.Response, err error, v any) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(v); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %v", resp.StatusCode, err)
	}
}

// A run whose firm's steps are the user's waits for the product, goes on when it is
// done there, and can be cancelled.
func TestByHand(t *testing.T) {
	s := start(t)
	huayu := s.get(t, "/").first(`<code>huayu</code></td><td[^>]*><code>(\w{18})`)
	p := s.post(t, "/scenarios", "scenario", "return", "firm", huayu, "by_hand", "yes")
	waits := s.wait(t, p.at.Path, "waiting")
	if waits.first(`(`+s.ProductURL+`/filings/[0-9a-f-]{36})"`) == "" {
		t.Error("the run does not say where in the product")
	}
	s.post(t, p.at.Path, "do", "play")
	s.wait(t, p.at.Path, "done")

	p = s.post(t, "/scenarios", "scenario", "denial", "firm", huayu, "by_hand", "yes")
	s.wait(t, p.at.Path, "waiting")
	s.post(t, p.at.Path, "do", "cancel")
	if over := s.get(t, p.at.Path); over.first(`data-state="(\w+)"`) != "cancelled" {
		t.Error("the run goes on")
	}
}
