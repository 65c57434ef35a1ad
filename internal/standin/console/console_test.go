package console_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"zhuce/internal/pg/pgtest"
	"zhuce/internal/standin/console"
	"zhuce/internal/standin/stack"
)

// sandbox is a whole development stack with its console, and a browser on it.
type sandbox struct {
	*stack.Stack
	browser *http.Client
	dir     string
}

// start brings a stack up on free ports. Tests share one where nothing they do is
// in another's way: it takes seconds.
func start(t *testing.T) *sandbox {
	t.Helper()
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	dir := t.TempDir()
	s, err := stack.Start(t.Context(), stack.Options{Dir: dir, DatabaseURL: pgtest.URL(t), Product: "localhost:0", Login: "localhost:0",
		Console: "localhost:0", Small: true, Log: log, Say: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &sandbox{s, &http.Client{Jar: jar}, dir}
}

// page is what a browser got.
type page struct {
	status int
	at     *url.URL
	body   string
}

func (s *sandbox) get(t *testing.T, path string) page {
	t.Helper()
	resp, err := s.browser.Get(s.ConsoleURL + path)
	return read(t, resp, err)
}

// post sends a form as a browser does that shows the page.
func (s *sandbox) post(t *testing.T, path string, pairs ...string) page {
	t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	req, err := http.NewRequest(http.MethodPost, s.ConsoleURL+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	resp, err := s.browser.Do(req)
	return read(t, resp, err)
}

func read(t *testing.T, resp *http.Response, err error) page {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return page{resp.StatusCode, resp.Request.URL, string(b)}
}

// done fails the test unless the last act succeeded.
func (p page) done(t *testing.T) page {
	t.Helper()
	if p.status != http.StatusOK || !strings.Contains(p.body, `class="outcome good"`) {
		t.Fatalf("%s: %d %s", p.at, p.status, p.first(`class="why">([^<]*)`))
	}
	return p
}

// refused fails the test unless the last act was refused for this reason.
func (p page) refused(t *testing.T, code string) page {
	t.Helper()
	if why := p.first(`class="why">([^<]*)`); !strings.Contains(why, code) {
		t.Fatalf("%s: %d, refused with %q, wanted %s", p.at, p.status, why, code)
	}
	return p
}

func itoa(n int) string { return strconv.Itoa(n) }

func (p page) first(pattern string) string {
	m := regexp.MustCompile(pattern).FindStringSubmatch(p.body)
	if m == nil {
		return ""
	}
	return m[1]
}

func TestConsole(t *testing.T) {
	s := start(t)
	for _, path := range []string{"/", "/person", "/province", "/province/findings", "/province/renames", "/province/notices",
		"/ministry", "/ministry/findings", "/ministry/renames", "/ministry/notices", "/ministry?status=approved&registration_type=initial", "/registers", "/clock", "/log"} {
		if p := s.get(t, path); p.status != http.StatusOK {
			t.Errorf("%s: %d %s", path, p.status, p.body)
		}
	}
}

// Each form, and what the product says to it.
func TestForms(t *testing.T) {
	s := start(t)
	huayu := s.get(t, "/").first(`<code>huayu</code></td><td[^>]*><code>(\w{18})`)
	p := s.post(t, "/person/deliver", "firm", huayu, "name", "沙盒甲", "id_number", "11010119900307123X", "profession", "structural_1", "type", "initial")
	p.refused(t, "filing.form_invalid")
	if !strings.Contains(p.body, "/person/id_number filing.id_number") {
		t.Error("the page does not say which field is wrong")
	}
	form := s.get(t, "/person")
	number := form.first(`name="id_number" value="(\d{17}[\dX])"`)
	papers := []string{"firm", huayu, "name", "沙盒甲", "id_number", number, "profession", "structural_1", "type", "initial"}
	for _, kind := range regexp.MustCompile(`name="paper_(\w+)"`).FindAllStringSubmatch(form.body, -1) {
		way := map[string]string{"application_form": "pdf", "identity": "png", "other": ""}[kind[1]]
		if way == "" && kind[1] != "other" {
			way = "shared"
		}
		papers = append(papers, "paper_"+kind[1], way)
	}
	p = s.post(t, "/person/deliver", papers...).done(t)
	if link := p.first(`href="(` + s.ProductURL + `/filings/[0-9a-f-]{36})"`); link == "" {
		t.Error("no link into the product")
	}
	if !strings.Contains(p.body, "沙盒甲") || !strings.Contains(p.body, "未上报") {
		t.Error("the delivery is not listed with its status")
	}
	// The calls: uploads and the delivery, with a request id and without the number.
	call := s.get(t, p.first(`<a href="(/log/\d+)"><code>POST /api/v1/exchange/filings<`))
	if strings.Contains(call.body, number) {
		t.Error("the log of calls shows an identity number")
	}
	for _, want := range []string{`&#34;id_number&#34;: &#34;${ID_NUMBER}&#34;`, "Authorization: Bearer $TOKEN", "沙盒甲", `<dd><code>0`} {
		if !strings.Contains(call.body, want) {
			t.Errorf("the call does not show %s", want)
		}
	}
	for path, form := range map[string][]string{
		"/ministry/notices": {"to", "all", "kind", "notice", "title", "沙盒通知", "body", "测试"},
		"/registers":        {"do", "rename", "code", huayu, "name", "北京华宇设计集团有限公司"},
		"/clock":            {"by", "workday"},
	} {
		s.post(t, path, form...).done(t)
	}
	s.post(t, "/province/notices", "to", "all", "kind", "notice", "title", "沙盒通知", "body", "测试").refused(t, "403")
	s.post(t, "/registers", "do", "grant", "code", huayu, "number", "A111003219", "holder", "华宇", "issued_on", "2026-01-01", "valid_until", "2031-01-01").done(t)
	s.post(t, "/registers", "do", "behave", "qualifications", "down", "enterprises", "slow").done(t)
	s.post(t, "/registers", "do", "behave", "qualifications", "angry").refused(t, "400")
	s.post(t, "/registers", "do", "take", "code", huayu).done(t)
	s.post(t, "/clock", "to", "2001-01-01").refused(t, "400")
	s.post(t, "/province/decide", "action", "accept").refused(t, "Tick at least one")
	if p := s.get(t, "/log?refused=yes"); !strings.Contains(p.body, "/control/clock") {
		t.Error("a refused call is not in the log")
	}
}

// Other sites, and other names that point here, get nothing.
func TestOnlyThisMachine(t *testing.T) {
	c, err := console.New(console.Options{ProductURL: "http://localhost:1", LoginURL: "http://localhost:1", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	for name, change := range map[string]func(*http.Request){
		"a name that points here":    func(r *http.Request) { r.Host = "sandbox.example:8091" },
		"a form of another site":     func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"a form of another origin":   func(r *http.Request) { r.Header.Set("Origin", "http://localhost:9999") },
		"a form of this one is fine": func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-origin") },
	} {
		r := httptest.NewRequest(http.MethodPost, "http://localhost:8091/clock", strings.NewReader("by=day"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		change(r)
		w := httptest.NewRecorder()
		c.Handler().ServeHTTP(w, r)
		if fine := strings.HasSuffix(name, "fine"); fine != (w.Code == http.StatusSeeOther) || !fine && w.Code != http.StatusForbidden && w.Code != http.StatusMisdirectedRequest {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
}

// A decision says what it rests on, what to correct, and gives a paper.
func TestDecisionsTell(t *testing.T) {
	s := start(t)
	ids := regexp.MustCompile(`name="id" value="([0-9a-f-]{36})"`).FindAllStringSubmatch(s.get(t, "/province?status=province_pending").body, -1)
	if len(ids) < 3 {
		t.Fatalf("%d filings on the desk", len(ids))
	}
	one, two := ids[0][1], ids[1][1]
	s.post(t, "/province/decide", "id", one, "action", "ask_correction", "reason", "请补正").refused(t, "422")
	s.post(t, "/province/decide", "id", one, "action", "ask_correction", "reason", "请补正", "fill", "yes", "dry", "yes").done(t)
	s.post(t, "/province/decide", "id", one, "id", two, "action", "ask_correction", "reason", "请补正", "basis", "licensing_32_4",
		"correction_kind", "employment_contract", "correction_text", "缺少签字页", "paper", "correction_notice").done(t)
	if p := s.get(t, "/province?status=province_correction"); !strings.Contains(p.body, one) || !strings.Contains(p.body, two) {
		t.Error("the two are not where the decision brought them")
	}
	// An approval asks for its numbers first, and keeps what the desk's form said.
	held := regexp.MustCompile(`name="id" value="([0-9a-f-]{36})"`).FindAllStringSubmatch(s.get(t, "/ministry?status=ministry_accepted&registration_type=initial").body, -1)
	numbers := s.post(t, "/ministry/decide", "id", held[0][1], "action", "approve", "paper", "approval_decision", "fill", "yes", "dry", "yes")
	if numbers.first(`name="certificate_[0-9a-f-]+" value="([A-Z]*\d{9})"`) == "" || numbers.first(`name="dry" value="(yes)"`) == "" {
		t.Errorf("the page of numbers: %d %s", numbers.status, numbers.first(`data-testid="broken">([^<]*)`))
	}
}
