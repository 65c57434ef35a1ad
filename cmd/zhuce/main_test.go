package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zhuce/internal/config"
	"zhuce/internal/pg"
	"zhuce/internal/pg/pgtest"
)

var masterKey = base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))

func settingsFor(t *testing.T, databaseURL string) config.Config {
	return config.Config{Environment: "development", WarningDays: []int{180, 90, 30}, PublicURL: "http://localhost:8080", DatabaseURL: databaseURL, DatabaseMax: 4, FilesDir: t.TempDir(),
		MessagesKeep: 24 * time.Hour, StreamHeartbeat: time.Second,
		MasterKey: masterKey, OIDCIssuer: "http://127.0.0.1:1", OIDCClientID: "zhuce", AccessTokenLife: time.Minute, SessionLife: time.Hour, SessionIdle: time.Hour,
		ReadingTime: time.Minute, CommitmentLife: 30 * time.Minute, AppealDays: 30, MaxBodyBytes: 1 << 20, MaxAttachmentBytes: 1 << 20, RequestsPerSecond: 50, ClientRequestsPerSecond: 50, EnterpriseRequestsPerSecond: 100, AddressRequestsPerSecond: 50, WrongCredentialsPerMinute: 10, LogLevel: "info"}
}

// record is a log that can be waited for.
type record struct {
	mu    sync.Mutex
	text  bytes.Buffer
	lines chan string
}

func newRecord() *record { return &record{lines: make(chan string, 1000)} }

func (r *record) Write(line []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines <- string(line)
	return r.text.Write(line)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

func (r *record) wait(t *testing.T, text string) {
	t.Helper()
	for {
		select {
		case line := <-r.lines:
			if strings.Contains(line, text) {
				return
			}
		case <-t.Context().Done():
			t.Fatalf("never logged: %s", text)
		}
	}
}

// running is a server that a test has started.
type running struct {
	address string
	log     *record
	stop    context.CancelFunc
	ended   chan error
}

func start(t *testing.T, cfg config.Config) *running {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	r := &running{listener.Addr().String(), newRecord(), stop, make(chan error, 1)}
	go func() { r.ended <- serve(ctx, cfg, slog.New(slog.NewJSONHandler(r.log, nil)), listener) }()
	t.Cleanup(stop)
	return r
}

func TestServeAndStop(t *testing.T) {
	t.Parallel()
	cfg := settingsFor(t, pgtest.URL(t))
	r := start(t, cfg)
	r.log.wait(t, "listening")
	if err := healthcheck(t.Context(), r.address); err != nil {
		t.Error(err)
	}
	for path, want := range map[string]int{"/readyz": 200, "/": 200, "/api/v1/meta": 200, "/api/v1/none": 404} {
		resp, err := http.Get("http://" + r.address + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: %s", path, resp.Status)
		}
	}
	r.stop()
	if err := <-r.ended; err != nil {
		t.Error(err)
	}
	if err := healthcheck(t.Context(), r.address); err == nil {
		t.Error("it still answers")
	}
	log := r.log.String()
	if strings.Contains(log, masterKey) || strings.Contains(log, cfg.DatabaseURL) || !strings.Contains(log, `"ZHUCE_MASTER_KEY":"***"`) {
		t.Errorf("settings are printed as %s", log)
	}
}

// TestARequestUnderWayIsFinished: the server says 100 Continue once the handler
// reads the body; the rest of the body is sent after the process was told to stop.
func TestARequestUnderWayIsFinished(t *testing.T) {
	t.Parallel()
	r := start(t, settingsFor(t, pgtest.URL(t)))
	r.log.wait(t, "listening")
	conn, err := net.Dial("tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	const body = "grant_type=client_credentials&client_id=x&client_secret=y"
	_, _ = fmt.Fprintf(conn, "POST /api/v1/exchange/token HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"+
		"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n", len(body))
	answer := bufio.NewReader(conn)
	if line, err := answer.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("%q, %v", line, err)
	}
	_, _ = answer.ReadString('\n')
	r.stop()
	r.log.wait(t, "leaving")
	_, _ = io.WriteString(conn, body)
	resp, err := http.ReadResponse(answer, nil)
	if err != nil {
		t.Fatalf("the request was cut off: %v", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("answered %s", resp.Status)
	}
	if err := <-r.ended; err != nil {
		t.Error(err)
	}
}

func TestServeRefusesAnotherSchema(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	db, err := pg.Open(t.Context(), pg.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.InTx(t.Context(), func(tx pg.Tx) error { return tx.Exec(`DELETE FROM goose_db_version WHERE version_id > 0`).Error }); err != nil {
		t.Fatal(err)
	}
	if err := <-start(t, settingsFor(t, url)).ended; !errors.Is(err, pg.ErrSchema) {
		t.Errorf("got %v", err)
	}
}

func TestServeRefusesADatabaseThatIsNotThere(t *testing.T) {
	t.Parallel()
	err := <-start(t, settingsFor(t, "postgres://zhuce:hunter2@127.0.0.1:1/none")).ended
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}

func TestCommands(t *testing.T) {
	t.Setenv("ZHUCE_PUBLIC_URL", "https://zhuce.example")
	t.Setenv("ZHUCE_OIDC_ISSUER", "https://login.example")
	t.Setenv("ZHUCE_OIDC_CLIENT_ID", "zhuce")
	t.Setenv("ZHUCE_MASTER_KEY", masterKey)
	t.Setenv("DATABASE_URL", pgtest.URL(t))
	var out, logs bytes.Buffer
	if err := run(t.Context(), []string{"version"}, &out, &logs); err != nil || !strings.HasPrefix(out.String(), "zhuce ") {
		t.Errorf("version: %q, %v", out.String(), err)
	}
	if err := run(t.Context(), []string{"migrate"}, &out, &logs); err != nil || !strings.Contains(logs.String(), "newest schema") {
		t.Errorf("migrate: %q, %v", logs.String(), err)
	}
	if err := run(t.Context(), []string{"healthcheck", "--address", "127.0.0.1:1"}, &out, &logs); err == nil {
		t.Error("healthcheck: nobody answers there")
	}
	for _, wrong := range [][]string{{"sing"}, {"serve", "now"}, {"migrate", "--down"}} {
		if err := run(t.Context(), wrong, &out, &logs); err == nil {
			t.Errorf("%v was taken", wrong)
		}
	}
	t.Setenv("ZHUCE_LOG_LEVEL", "loud")
	if err := run(t.Context(), []string{"serve"}, &out, &logs); err == nil || !strings.Contains(err.Error(), "ZHUCE_LOG_LEVEL") {
		t.Errorf("log level: %v", err)
	}
	t.Setenv("ZHUCE_MASTER_KEY", "short")
	if err := run(t.Context(), []string{"serve"}, &out, &logs); err == nil || !strings.Contains(err.Error(), "ZHUCE_MASTER_KEY") {
		t.Errorf("master key: %v", err)
	}
}

func TestTheProbeTellsThatItIsLeaving(t *testing.T) {
	t.Parallel()
	var leaving atomic.Bool
	h := unreadyWhile(&leaving, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	get := func(path string) int {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w.Code
	}
	if before := get("/readyz"); before != http.StatusNoContent {
		t.Errorf("before: %d", before)
	}
	leaving.Store(true)
	if probe, other := get("/readyz"), get("/api/v1/filings"); probe != http.StatusServiceUnavailable || other != http.StatusNoContent {
		t.Errorf("leaving: %d and %d", probe, other)
	}
}
