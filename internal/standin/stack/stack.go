// Package stack brings up everything that development, tests and QA need around
// the product, and the product itself, in one process: a private PostgreSQL, the
// stand-in of the national login, demo data, and a clock that can be moved. It
// is never shipped.
package stack

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"zhuce/internal/app"
	"zhuce/internal/config"
	"zhuce/internal/pii"
	"zhuce/internal/standin/clock"
	"zhuce/internal/standin/console"
	"zhuce/internal/standin/privatepg"
)

// Options say where things are kept and where they listen.
type Options struct {
	Dir         string // everything that is kept between runs
	DatabaseURL string // "" brings up a private PostgreSQL in Dir
	Postgres    string // whose binaries: "system", "npm", or "" for whichever is there
	Product     string // listen address, "localhost:8080"
	Login       string // listen address of the stand-in login, "localhost:8090"
	Console     string // listen address of the sandbox console, "localhost:8091", this machine's own alone; "" for none
	Small       bool   // little demo data, for browser tests
	Ephemeral   bool   // the private PostgreSQL trades safety for speed and is removed at the end
	Environ     []string
	Log         *slog.Logger
	Say         func(format string, args ...any) // progress, for people
}

// The product's registration at the stand-in login.
const (
	clientID     = "zhuce"
	clientSecret = "zhuce-development"
)

// databaseName is that of the product's database on a private server.
const databaseName = "zhuce"

// Stack is what runs.
type Stack struct {
	ProductURL, LoginURL string
	RegistersURL         string // of the two outside registers
	ConsoleURL           string // of the sandbox
	Clock                *clock.Clock
	App                  *app.App // of now: a reset makes another
	DatabaseURL          string

	options Options
	private *privatepg.Server // nil where a database was given
	doors   struct{ product, login, registers door }
	close   []func() error
	inside  []func() error // what a reset closes and opens anew
	fault   chan error
	log     *slog.Logger
}

// Start brings everything up and returns when the product serves. Close it.
func Start(ctx context.Context, o Options) (_ *Stack, err error) {
	s := &Stack{Clock: clock.Running(), fault: make(chan error, 4), log: o.Log, options: o}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return nil, err
	}
	// Both addresses are taken first: a port in use is told at once, not after a minute of loading.
	product, err := s.listen(o.Product, "ZHUCE_PRODUCT_ADDRESS")
	if err != nil {
		return nil, err
	}
	login, err := s.listen(o.Login, "ZHUCE_LOGIN_ADDRESS")
	if err != nil {
		return nil, err
	}
	var sandbox net.Listener
	if o.Console != "" {
		if host, _, _ := strings.Cut(o.Console, ":"); !console.Local(host) {
			return nil, fmt.Errorf("ZHUCE_CONSOLE_ADDRESS is %q: the console holds secrets and listens on localhost alone", o.Console)
		}
		if sandbox, err = s.listen(o.Console, "ZHUCE_CONSOLE_ADDRESS"); err != nil {
			return nil, err
		}
		s.ConsoleURL = address(o.Console, sandbox)
	}
	s.ProductURL, s.LoginURL = address(o.Product, product), address(o.Login, login)

	others, err := s.listen("localhost:0", "no setting")
	if err != nil {
		return nil, err
	}
	s.RegistersURL = address("localhost:0", others)

	if err := s.database(ctx, o); err != nil {
		return nil, err
	}
	if err := s.finishReset(ctx); err != nil {
		return nil, err
	}
	s.serve(login, &s.doors.login)
	s.serve(others, &s.doors.registers)
	s.serve(product, &s.doors.product)
	s.close = append(s.close, s.leave)
	if err := s.enter(ctx, o.Say); err != nil {
		return nil, err
	}
	if err := s.resetDone(); err != nil {
		return nil, err
	}
	if sandbox != nil {
		if err := s.console(sandbox); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Wait returns when the context ends, nil then, or when a server fails.
func (s *Stack) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.fault:
		return err
	}
}

// Close stops everything, last started first.
func (s *Stack) Close() error {
	var all []error
	for i := len(s.close) - 1; i >= 0; i-- {
		all = append(all, s.close[i]())
	}
	s.close = nil
	return errors.Join(all...)
}

func (s *Stack) listen(address, setting string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%s is taken; stop what listens there or set %s to another address: %w", address, setting, err)
	}
	s.close = append(s.close, func() error {
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	})
	return l, nil
}

// address is the URL that a browser uses; port 0 has become a real one.
func address(wanted string, l net.Listener) string {
	host, _, _ := strings.Cut(wanted, ":")
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return "http://" + host + ":" + port
}

func (s *Stack) serve(l net.Listener, h http.Handler) {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute}
	s.close = append(s.close, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil {
			return server.Close()
		}
		return nil
	})
	go func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.fault <- err
		}
	}()
}

// database takes the given one or brings up a private server.
func (s *Stack) database(ctx context.Context, o Options) error {
	s.DatabaseURL = o.DatabaseURL
	if s.DatabaseURL == "" {
		o.Say("starting a private PostgreSQL in %s", filepath.Join(o.Dir, "postgres"))
		server, err := privatepg.Start(ctx, privatepg.Options{Dir: filepath.Join(o.Dir, "postgres"), Source: o.Postgres, Ephemeral: o.Ephemeral, Log: o.Log})
		if err != nil {
			return err
		}
		s.close = append(s.close, server.Stop)
		if err := server.CreateDatabase(ctx, databaseName); err != nil {
			return err
		}
		s.private, s.DatabaseURL = server, server.URL(databaseName)
	}
	return nil
}

// settings are the development ones; the environment goes before them.
func settings(o Options, s *Stack) (config.Config, error) {
	key, err := masterKey(filepath.Join(o.Dir, "master.key"))
	if err != nil {
		return config.Config{}, err
	}
	environ := map[string]string{
		"ZHUCE_ENVIRONMENT": "development", "ZHUCE_PUBLIC_URL": s.ProductURL, "DATABASE_URL": s.DatabaseURL,
		"ZHUCE_FILES_DIR": filepath.Join(o.Dir, filesFolder), "ZHUCE_MASTER_KEY": key,
		"ZHUCE_OIDC_ISSUER": s.LoginURL, "ZHUCE_OIDC_CLIENT_ID": clientID, "ZHUCE_OIDC_CLIENT_SECRET": clientSecret,
		"ZHUCE_QUALIFICATION_REGISTER_URL": s.RegistersURL, "ZHUCE_BUSINESS_REGISTER_URL": s.RegistersURL,
		"ZHUCE_REGISTER_TIMEOUT": "1s", "ZHUCE_REGISTER_COOL_DOWN": "1s",
		"ZHUCE_WEBHOOK_ALLOW": "localhost,127.0.0.0/8,::1/128",
		"ZHUCE_LOG_LEVEL":     "warn",
	}
	if o.Small { // so that browser tests see an export in the background, too
		environ["ZHUCE_EXPORT_AT_ONCE_ROWS"] = "20"
	}
	for _, kv := range o.Environ {
		if name, value, _ := strings.Cut(kv, "="); strings.HasPrefix(name, "ZHUCE_") {
			environ[name] = value
		}
	}
	return config.From(environ)
}

// masterKey keeps one key a data folder, so that a second start can open what the first one sealed.
func masterKey(path string) (string, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		b = []byte(base64.StdEncoding.EncodeToString(pii.NewSecret()))
		err = os.WriteFile(path, b, 0o600)
	}
	return strings.TrimSpace(string(b)), err
}
