package bench

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"zhuce/api"
	"zhuce/internal/app"
	"zhuce/internal/config"
	"zhuce/internal/pg"
)

// A server under test is this binary started again with these set.
const (
	serveEnv = "ZHUCE_BENCH_SERVE" // "product" or "yardstick"
	jwksEnv  = "ZHUCE_BENCH_JWKS"
)

func TestMain(m *testing.M) {
	var handler func() (http.Handler, error)
	switch os.Getenv(serveEnv) {
	case "":
		os.Exit(m.Run())
	case "product":
		handler = product
	case "yardstick":
		handler = yardstick
	}
	if err := serve(handler); err != nil {
		fmt.Fprintln(os.Stderr, "bench server:", err)
		os.Exit(1)
	}
}

// settings are the product's own but for where things are.
func settings(databaseURL, files string) (config.Config, error) {
	return config.From(map[string]string{
		"ZHUCE_PUBLIC_URL": "https://zhuce.example", "DATABASE_URL": databaseURL, "ZHUCE_FILES_DIR": files,
		"ZHUCE_MASTER_KEY":  base64.StdEncoding.EncodeToString([]byte("the master key of the bench, 32b")),
		"ZHUCE_OIDC_ISSUER": "https://login.example", "ZHUCE_OIDC_CLIENT_ID": "bench",
	})
}

// product is the whole product as it is shipped: every middleware, its log
// (written to nowhere by the parent), its limits.
func product() (http.Handler, error) {
	a, err := open(context.Background(), os.Getenv("DATABASE_URL"), os.Getenv("ZHUCE_FILES_DIR"),
		func(c *pg.Config) { c.URL += separator(c.URL) + "application_name=product" }, os.Stdout)
	if err != nil {
		return nil, err
	}
	if err := a.Jobs.Start(context.Background()); err != nil {
		return nil, err
	}
	return api.New(a), nil
}

func separator(url string) string {
	if strings.Contains(url, "?") {
		return "&"
	}
	return "?"
}

// open builds the product on a loaded database.
func open(ctx context.Context, databaseURL, files string, option func(*pg.Config), log io.Writer) (*app.App, error) {
	cfg, err := settings(databaseURL, files)
	if err != nil {
		return nil, err
	}
	pc := pg.Config{URL: databaseURL, MaxConns: cfg.DatabaseMax}
	option(&pc)
	db, err := pg.Open(ctx, pc)
	if err != nil {
		return nil, err
	}
	return app.New(ctx, app.Options{Config: cfg, Log: slog.New(slog.NewJSONHandler(log, nil)), DB: db})
}

// serve listens on a free port of the loopback, says where on stderr, and ends with its standard input.
func serve(build func() (http.Handler, error)) error {
	h, err := build()
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "listening on "+l.Addr().String())
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	return server.Serve(l)
}

// server is one under test.
type server struct {
	name, url string
	pid       int
}

// start runs one in a process of its own until the test ends.
func start(t *testing.T, name, databaseURL string, jwks any) server {
	t.Helper()
	keys, err := json.Marshal(jwks)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serveEnv+"="+name, "DATABASE_URL="+databaseURL, "ZHUCE_FILES_DIR="+t.TempDir(), jwksEnv+"="+string(keys))
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if cmd.Stdout, err = os.OpenFile(os.DevNull, os.O_WRONLY, 0); err != nil { // a real file: the log is written, and nobody reads it
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		if address, ok := strings.CutPrefix(lines.Text(), "listening on "); ok {
			go func() {
				for lines.Scan() {
					fmt.Fprintln(os.Stderr, name+": "+lines.Text())
				}
			}()
			return server{name, "http://" + address, cmd.Process.Pid}
		}
		t.Log(name + ": " + lines.Text())
	}
	t.Fatalf("%s did not start", name)
	return server{}
}
