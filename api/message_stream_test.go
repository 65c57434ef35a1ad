package api_test

import (
	"net/http"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"zhuce/api/apitest"
	"zhuce/internal/auth"
	"zhuce/internal/config"
)

// quick makes streams look after their session all the time.
func quick(c *config.Config) { c.StreamHeartbeat = 20 * time.Millisecond }

func TestStreamTellsAtOnce(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	tell(t, env, firm, 2)
	page := firm.Stream(t, env, "Accept-Language", "en")
	if e := page.Want(t, "unread"); e.Text("total") != "2" {
		t.Errorf("at first: %s", e.Data)
	}
	tell(t, env, firm, 1)
	if e := page.Want(t, "message"); e.Text("title") != "Filing accepted" || e.Text("read") != "false" || e.ID == "" {
		t.Errorf("%s: %s", e.ID, e.Data)
	}
	if e := page.Want(t, "unread"); e.Text("total") != "3" {
		t.Errorf("%s", e.Data)
	}
	// Read on another page of the same person: this one shows it too.
	firm.Post(t, "/messages/read", map[string]any{"all": true}).Want(t, 200)
	if e := page.Want(t, "unread"); e.Text("total") != "0" {
		t.Errorf("%s", e.Data)
	}
}

// Posted at one instance, told by the other; and to nobody else.
func TestStreamAcrossInstances(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	there := env.Beside(t)
	firm, stranger := env.Enterprise(t), env.Enterprise(t)
	other := colleague(t, env, firm)
	page, theirs, strange := firm.Stream(t, there), other.Stream(t, there), stranger.Stream(t, there)
	for _, p := range []*apitest.Stream{page, theirs, strange} {
		p.Want(t, "unread")
	}
	tell(t, env, firm, 1)
	page.Want(t, "message")
	theirs.Want(t, "message")
	ministry := env.Machine(t, auth.Ministry, auth.ScopeNotices)
	ministry.Post(t, "/exchange/notices", map[string]any{"notice_ref": "1", "title": "通知", "body": "x", "to": map[string]any{"all": true}}).Want(t, 201)
	for name, p := range map[string]*apitest.Stream{"page": page, "colleague": theirs, "stranger": strange} {
		if e := p.Want(t, "message"); e.Text("title") != "通知" {
			t.Errorf("%s: %s", name, e.Data)
		}
	}
	firm.Post(t, "/messages/read", map[string]any{"all": true}).Want(t, 200)
	for e := page.Want(t, "unread"); e.Text("total") != "0"; e = page.Want(t, "unread") {
	}
}

// A connection that breaks is taken up from the last id, at any instance: nothing
// is missing and nothing comes twice.
func TestStreamResumes(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	instances := []*apitest.Env{env, env.Beside(t)}
	firm := env.Enterprise(t)
	var posting sync.WaitGroup
	const n = 120
	posting.Go(func() {
		for range n / 3 {
			tell(t, env, firm, 3)
		}
	})
	seen, last := map[string]bool{}, ""
	for round := 0; len(seen) < n; round++ {
		var headers []string
		if round > 0 {
			headers = []string{"Last-Event-ID", last}
		} else {
			headers = []string{"Last-Event-ID", "0.-0.0"}
		}
		env.Clock.Advance(2 * time.Second) // opening is bounded in time
		page := firm.Stream(t, instances[round%2], headers...)
		for range min(7, n-len(seen)) {
			id := page.Want(t, "message").Text("id")
			if seen[id] {
				t.Fatalf("round %d: %s comes twice", round, id)
			}
			seen[id] = true
		}
		last = page.Cut()
	}
	posting.Wait()
	page := firm.Stream(t, env, "Last-Event-ID", last)
	if e := page.Want(t, "unread"); e.Text("total") != strconv.Itoa(n) { // and no message before it
		t.Errorf("%s", e.Data)
	}
}

func TestStreamEnds(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(env *apitest.Env, firm *apitest.Caller){
		"signed out": func(_ *apitest.Env, firm *apitest.Caller) {
			firm.Do(t, http.MethodDelete, "/session", nil).Want(t, 200)
		},
		"the token's time":  func(env *apitest.Env, _ *apitest.Caller) { env.Clock.Advance(env.App.Config.AccessTokenLife) },
		"the server leaves": func(env *apitest.Env, _ *apitest.Caller) { env.App.Bell.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// Only the end of the token is found by looking; the others are told.
			env := apitest.New(t, func(c *config.Config) {
				if name == "the token's time" {
					quick(c)
				} else {
					c.StreamHeartbeat = time.Hour
				}
			})
			firm := env.Enterprise(t)
			page := firm.Stream(t, env)
			page.Want(t, "unread")
			end(env, firm)
			page.WantEnd(t)
		})
	}
}

// The limits on requests that end do not end a stream.
func TestStreamOutlivesTheTimeouts(t *testing.T) {
	t.Parallel()
	env := apitest.New(t, func(c *config.Config) { c.StreamHeartbeat = 100 * time.Millisecond })
	strict := env.Beside(t, func(s *http.Server) {
		s.ReadTimeout, s.WriteTimeout, s.ReadHeaderTimeout = 300*time.Millisecond, 300*time.Millisecond, 300*time.Millisecond
	})
	firm := env.Enterprise(t)
	page := firm.Stream(t, strict)
	page.Want(t, "unread")
	for range 8 {
		page.Want(t, ":")
	}
	tell(t, env, firm, 1)
	page.Want(t, "message")
}

func TestStreamsAreBounded(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	var pages []*apitest.Stream
	for range 8 {
		pages = append(pages, firm.Stream(t, env))
	}
	a := firm.Get(t, "/messages/stream").Want(t, 429, "message.too_many_streams")
	if a.Header.Get("Retry-After") != "60" {
		t.Errorf("retry after %q", a.Header.Get("Retry-After"))
	}
	colleague(t, env, firm).Stream(t, env).Want(t, "unread")
	// Opening over and over is refused by a limit of its own, which other requests do not count in.
	for range 100 {
		if firm.Get(t, "/messages/stream").Code() == "request.rate_limited" {
			break
		}
	}
	firm.Get(t, "/messages/stream").Want(t, 429, "request.rate_limited")
	firm.Get(t, "/messages").Want(t, 200)
	for _, p := range pages {
		p.Cut()
	}
	env.Clock.Advance(time.Minute)
	firm.Stream(t, env).Want(t, "unread") // their places are given back
}

// Two hundred open pages cost little, and leave nothing behind.
func TestManyStreams(t *testing.T) {
	env := apitest.New(t)
	ministry := env.Machine(t, auth.Ministry, auth.ScopeNotices)
	var firms []*apitest.Caller
	for range 25 {
		firms = append(firms, env.Enterprise(t))
	}
	before := memory()
	goroutines := runtime.NumGoroutine()
	var pages []*apitest.Stream
	for _, f := range firms {
		for range 8 {
			p := f.Stream(t, env)
			p.Want(t, "unread")
			pages = append(pages, p)
		}
	}
	each := (memory() - before) / int64(len(pages))
	t.Logf("%d streams, %d KiB each, client's side included", len(pages), each>>10)
	if each > 160<<10 {
		t.Errorf("a stream takes %d KiB", each>>10)
	}
	ministry.Post(t, "/exchange/notices", map[string]any{"notice_ref": "1", "title": "通知", "body": "x", "to": map[string]any{"all": true}}).Want(t, 201)
	for _, p := range pages {
		p.Want(t, "message")
	}
	for _, p := range pages {
		p.Cut()
	}
	left := 0
	for deadline := time.Now().Add(15 * time.Second); time.Now().Before(deadline); {
		if left = runtime.NumGoroutine(); left <= goroutines+10 { // idle connections may linger
			return
		}
		runtime.Gosched()
	}
	t.Errorf("%d goroutines before, %d after", goroutines, left)
}

func memory() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}
