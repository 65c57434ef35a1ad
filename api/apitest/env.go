// Package apitest runs the whole product for a test: a database of its own, a
// clock that the test moves, callers of every kind, and a client that holds every
// answer against the published contract.
//
//	env := apitest.New(t)
//	firm := env.Enterprise(t)
//	id := env.Deliver(t, firm)
//	firm.Do(t, "GET", "/filings/"+id, nil).Want(t, 200)
package apitest

import (
	"bytes"
	"context"
	"encoding/base64"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"zhuce/api"
	"zhuce/internal/app"
	"zhuce/internal/config"
	"zhuce/internal/pg"
	"zhuce/internal/pg/pgtest"
	"zhuce/internal/session"
	"zhuce/internal/standin/clock"
	"zhuce/internal/standin/registers"
)

// Start is the moment at which every environment's clock stands: a Monday morning in China.
var Start = time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)

// Env is a running product.
type Env struct {
	App   *app.App
	Clock *clock.Clock
	URL   string // without a final slash
	Log   *Log   // everything the product logged
	// Registers are the outside registers; they know nobody until the test says so.
	Registers *registers.Server

	server     *httptest.Server
	opener     *session.Service // opens sessions without a browser
	logins     *logins
	statements pgtest.Counter
	serial     atomic.Int64
	person     atomic.Pointer[Caller]
}

// Option changes the settings before the product starts.
type Option func(*config.Config)

// New starts the product; it ends with the test.
func New(t testing.TB, options ...Option) *Env {
	t.Helper()
	e := &Env{Clock: clock.Frozen(Start), Log: &Log{}, logins: &logins{}}
	e.server = httptest.NewUnstartedServer(nil)
	e.URL = "http://" + e.server.Listener.Addr().String()
	var err error
	e.Registers, err = registers.New(registers.Options{Now: e.Clock.Now})
	must(t, err)
	outside := httptest.NewServer(e.Registers.Handler())
	t.Cleanup(outside.Close)
	cfg := config.Config{
		Environment: "development", PublicURL: e.URL, FilesDir: t.TempDir(),
		MasterKey:  base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32)),
		OIDCIssuer: "http://127.0.0.1:1", OIDCClientID: "zhuce", MinTrustLevel: 3,
		AccessTokenLife: 10 * time.Minute, SessionLife: 12 * time.Hour, SessionIdle: 2 * time.Hour,
		ReadingTime: time.Minute, CommitmentLife: 30 * time.Minute, AppealDays: 30,
		RenameCopyIndustries:     []string{"drawing_review", "testing"},
		QualificationRegisterURL: outside.URL, BusinessRegisterURL: outside.URL,
		RegisterTimeout: 200 * time.Millisecond, RegisterCoolDown: time.Nanosecond,
		ExportAtOnceRows: 1000, ExportMaxRows: 1_000_000, ExportKeep: 7 * 24 * time.Hour, ExportsTogether: 3,
		QualificationDays: 30, QualificationReminders: []int{15, 7, 3, 1},
		MessagesKeep: 2 * 365 * 24 * time.Hour, EventsKeep: 90 * 24 * time.Hour,
		WebhookAllow: []string{"127.0.0.1"}, WebhookPorts: []int{443, 8443}, WebhookTimeout: time.Second, StreamHeartbeat: 20 * time.Second,
		MaxBodyBytes: 1 << 20, MaxAttachmentBytes: 10 << 20, RequestsPerSecond: 10_000,
		ClientRequestsPerSecond: 10_000, EnterpriseRequestsPerSecond: 10_000, AddressRequestsPerSecond: 10_000, WrongCredentialsPerMinute: 10_000,
		WarningDays: []int{180, 90, 30}, WarningKeepDays: 365,
	}
	for _, o := range options {
		o(&cfg)
	}
	db := pgtest.New(t, func(c *pg.Config) {
		c.Now, c.Tracer = e.Clock.Now, &e.statements
		if cfg.DatabaseMax > 0 {
			c.MaxConns = cfg.DatabaseMax
		}
	})
	e.App, err = app.New(t.Context(), app.Options{Config: cfg, DB: db, Now: e.Clock.Now,
		Log: slog.New(slog.NewJSONHandler(e.Log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	must(t, err)
	e.opener = session.New(session.Options{DB: db, Tokens: e.App.Tokens, Enterprises: e.App.Enterprises, Vault: e.App.Vault,
		Config: cfg, Now: e.Clock.Now, Provider: e.logins})
	e.serve(t)
	return e
}

func (e *Env) serve(t testing.TB) {
	e.server.Config.Handler = api.New(e.App)
	e.server.Start()
	t.Cleanup(func() {
		e.App.Bell.Close() // ends the streams
		e.server.Close()
	})
}

// Beside is another instance on the same database. Its server may be set up otherwise.
func (e *Env) Beside(t testing.TB, change ...func(*http.Server)) *Env {
	t.Helper()
	b := &Env{Clock: e.Clock, Log: e.Log, Registers: e.Registers, opener: e.opener, logins: e.logins, server: httptest.NewUnstartedServer(nil)}
	b.URL = "http://" + b.server.Listener.Addr().String()
	for _, c := range change {
		c(b.server.Config)
	}
	var err error
	b.App, err = app.New(t.Context(), app.Options{Config: e.App.Config, DB: e.App.DB, Now: e.Clock.Now, Log: e.App.Log})
	must(t, err)
	b.serve(t)
	return b
}

// Get asks for an address outside of the API ("/healthz"); the contract says nothing of it.
func (e *Env) Get(t testing.TB, path string, headers ...string) *Answer {
	t.Helper()
	return e.Ask(t, http.MethodGet, path, headers...)
}

// Ask is Get with another method.
func (e *Env) Ask(t testing.TB, method, path string, headers ...string) *Answer {
	t.Helper()
	return send(t, e.client(), request(t, method, e.URL+path, nil, headers))
}

// Work starts the background jobs; they end with the test. Statements must not be
// counted from then on: jobs look for work all the time.
func (e *Env) Work(t testing.TB) {
	t.Helper()
	must(t, e.App.Work(t.Context()))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		must(t, e.App.Rest(ctx))
	})
}

// Sweep lets happen what is due at the clock's time.
func (e *Env) Sweep(t testing.TB) {
	t.Helper()
	must(t, e.App.SweepAll(t.Context()))
}

// Statements counts the SQL statements that fn causes, BEGIN and COMMIT included.
func (e *Env) Statements(fn func()) int {
	return e.statements.During(fn)
}

func (e *Env) client() *http.Client {
	return &http.Client{Transport: e.server.Client().Transport, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
