// Package console is the sandbox: a page on which QA and integrators play the
// other sides of the product – the person, the province, the ministry, the two
// registers and the clock. It does so as those systems do, by HTTP: the exchange
// API with the demo's machine clients, the enterprise API as a clerk that signs in
// at the stand-in login, and the control endpoints of the stand-ins. It imports
// nothing of the product (archtest holds it to that), so what works here works for
// whoever has the document alone. It is for development and never shipped.
package console

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Side is whom the console plays in a call.
type Side string

// The sides. A clerk is one of a firm; the stand-ins' controls belong to nobody.
const (
	Person   Side = "person"
	Province Side = "province"
	Ministry Side = "ministry"
	Clerk    Side = "clerk"
	Controls Side = "controls"
	Nobody   Side = "nobody"
)

// Credentials are those of a machine client.
type Credentials struct{ ID, Secret string }

// Options say whom the console talks to.
type Options struct {
	ProductURL string // "http://localhost:8080"
	LoginURL   string // the stand-in login, with the stand-ins' controls
	Clients    map[Side]Credentials
	Password   string // of every demo account
	DataFile   string // keeps what was delivered and pushed; "" keeps it in memory
	// Reset brings the stack back to fresh demo data and tells what it does. Nil where
	// that is not offered.
	Reset func(ctx context.Context, say func(string)) error
	Log   *slog.Logger
}

// Console is the page and what it remembers.
type Console struct {
	o     Options
	pages *pages
	http  *http.Client
	book  *book
	kept  *kept

	mu     sync.Mutex
	tokens map[Side]string
	clerks map[string]*clerk // by user name
	acts   map[string]*act
	order  []string        // of acts, oldest first
	runs   []*run          // oldest first
	life   context.Context // ends with Close
	end    context.CancelFunc
	busy   sync.WaitGroup
}

// callTimeout ends a call that nobody answers.
const callTimeout = 60 * time.Second

// New makes the console. Close it.
func New(o Options) (*Console, error) {
	pages, err := newPages()
	if err != nil {
		return nil, err
	}
	kept, err := openKept(o.DataFile)
	if err != nil {
		return nil, err
	}
	c := &Console{o: o, pages: pages, book: &book{}, kept: kept, tokens: map[Side]string{}, clerks: map[string]*clerk{}, acts: map[string]*act{},
		http: &http.Client{Timeout: callTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	c.life, c.end = context.WithCancel(context.Background())
	return c, nil
}

// Close stops what still runs.
func (c *Console) Close() error {
	c.end()
	c.busy.Wait()
	c.http.CloseIdleConnections()
	return nil
}

// Handler is the page.
func (c *Console) Handler() http.Handler {
	mux := http.NewServeMux()
	c.assets(mux)
	mux.HandleFunc("GET /{$}", c.home)
	mux.HandleFunc("GET /person", c.personPage)
	mux.HandleFunc("POST /person/deliver", c.deliverPosted)
	mux.HandleFunc("POST /person/withdrawal", c.withdrawalPosted)
	for _, by := range []Side{Province, Ministry} {
		at := "/" + string(by)
		mux.HandleFunc("GET "+at, c.deskPage(by))
		mux.HandleFunc("POST "+at+"/decide", c.decidePosted(by))
		mux.HandleFunc("GET "+at+"/findings", c.findingsPage(by))
		mux.HandleFunc("POST "+at+"/findings", c.findingPosted(by))
		mux.HandleFunc("POST "+at+"/findings/outcome", c.outcomePosted(by))
		mux.HandleFunc("GET "+at+"/renames", c.renamesPage(by))
		mux.HandleFunc("POST "+at+"/renames", c.renamePosted(by))
		mux.HandleFunc("GET "+at+"/notices", c.noticesPage(by))
		mux.HandleFunc("POST "+at+"/notices", c.noticePosted(by))
	}
	mux.HandleFunc("GET /registers", c.registersPage)
	mux.HandleFunc("POST /registers", c.registersPosted)
	mux.HandleFunc("GET /clock", c.clockPage)
	mux.HandleFunc("POST /clock", c.clockPosted)
	mux.HandleFunc("GET /scenarios", c.scenariosPage)
	mux.HandleFunc("POST /scenarios", c.scenarioPosted)
	mux.HandleFunc("GET /generator", c.generatorPage)
	mux.HandleFunc("POST /generator", c.generatorPosted)
	mux.HandleFunc("GET /reset", c.resetPage)
	mux.HandleFunc("POST /reset", c.resetPosted)
	mux.HandleFunc("GET /runs/{id}", c.runPage)
	mux.HandleFunc("POST /runs/{id}", c.runPosted)
	mux.HandleFunc("GET /log", c.logPage)
	mux.HandleFunc("GET /log/{n}", c.callPage)
	// What other sites send is refused; so is a name that only pretends to be this machine.
	return localOnly(http.NewCrossOriginProtection().Handler(mux))
}

// localOnly refuses requests under any name but this machine's own: a page that
// holds secrets must not be reached through a name that another site points here.
func localOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if !Local(host) {
			http.Error(w, "the sandbox answers to localhost alone", http.StatusMisdirectedRequest)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
		next.ServeHTTP(w, r)
	})
}

// Local reports whether a host name is this machine's own.
func Local(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
