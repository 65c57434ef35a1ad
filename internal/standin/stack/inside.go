package stack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"zhuce/api"
	"zhuce/internal/app"
	"zhuce/internal/pg"
	"zhuce/internal/standin/demo"
	"zhuce/internal/standin/idp"
	"zhuce/internal/standin/registers"
)

// door is a handler that can be taken away and put back while its server listens.
type door struct {
	mu     sync.RWMutex
	inside http.Handler
	busy   sync.WaitGroup
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.RLock()
	h := d.inside
	if h != nil {
		d.busy.Add(1)
		defer d.busy.Done()
	}
	d.mu.RUnlock()
	if h == nil {
		w.Header().Set("Retry-After", "2")
		http.Error(w, "the development stack is being reset 开发环境正在重置", http.StatusServiceUnavailable)
		return
	}
	h.ServeHTTP(w, r)
}

func (d *door) open(h http.Handler) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.inside = h
}

// shut lets nobody else in and waits for who is inside, for a while.
func (d *door) shut() {
	d.open(nil)
	left := make(chan struct{})
	go func() { d.busy.Wait(); close(left) }()
	t := time.NewTimer(10 * time.Second)
	defer t.Stop()
	select {
	case <-left:
	case <-t.C:
	}
}

// enter brings up the product and the stand-ins on the database, with demo data, and
// opens the doors.
func (s *Stack) enter(ctx context.Context, say func(string, ...any)) error {
	o := s.options
	if err := pg.Migrate(ctx, s.DatabaseURL); err != nil {
		return err
	}
	cfg, err := settings(o, s)
	if err != nil {
		return err
	}
	db, err := pg.Open(ctx, pg.Config{URL: s.DatabaseURL, MaxConns: cfg.DatabaseMax, Now: s.Clock.Now})
	if err != nil {
		return err
	}
	s.inside = append(s.inside, db.Close)
	if s.App, err = app.New(ctx, app.Options{Config: cfg, Log: o.Log, Now: s.Clock.Now, DB: db}); err != nil {
		return err
	}
	if err := demo.Load(ctx, demo.Options{Config: cfg, DatabaseURL: s.DatabaseURL, Small: o.Small, Log: o.Log, Say: say}); err != nil {
		return fmt.Errorf("demo data: %w", err)
	}
	provider, err := idp.New(idp.Options{Issuer: s.LoginURL, Accounts: demo.Accounts(), Now: s.Clock.Now, Log: o.Log,
		DataFile: filepath.Join(o.Dir, loginFile),
		Clients: []idp.Client{{ID: clientID, Secret: clientSecret, RedirectURIs: []string{s.ProductURL + api.Base + "/session/callback"},
			PostLogoutRedirectURIs: []string{s.ProductURL + "/signed-out"}}}})
	if err != nil {
		return err
	}
	outside, err := registers.New(registers.Options{Firms: demo.Registered(), DataFile: filepath.Join(o.Dir, registersFile), Now: s.Clock.Now})
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/", provider.Handler())
	mux.Handle("/control/registers/", outside.Control())
	mux.HandleFunc("POST /control/clock", s.moveClock)
	s.inside = append(s.inside, func() error { s.App.Bell.Close(); return nil })
	s.sweep()
	if err := s.App.Jobs.Start(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	s.inside = append(s.inside, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		return s.App.Jobs.Stop(ctx)
	})
	s.doors.login.open(mux)
	s.doors.registers.open(outside.Handler())
	s.doors.product.open(api.New(s.App))
	return nil
}

// leave shuts the doors and closes what is behind them, last opened first. The
// bell ends the streams, which would keep the product's door.
func (s *Stack) leave() error {
	var all []error
	if s.App != nil {
		s.App.Bell.Close()
	}
	s.doors.product.shut()
	s.doors.login.shut()
	s.doors.registers.shut()
	for i := len(s.inside) - 1; i >= 0; i-- {
		all = append(all, s.inside[i]())
	}
	s.inside = nil
	return errors.Join(all...)
}

// sweep does what `zhuce serve` does by itself, more often: people are watching.
func (s *Stack) sweep() {
	product := s.App
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(10 * time.Second)
		defer tick.Stop()
		for {
			if err := product.SweepAll(ctx); err != nil && ctx.Err() == nil {
				s.log.Error("sweep failed", "cause", err)
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	}()
	s.inside = append(s.inside, func() error { stop(); <-done; return nil })
}
