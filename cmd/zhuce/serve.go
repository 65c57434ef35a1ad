package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"zhuce/api"
	"zhuce/internal/app"
	"zhuce/internal/config"
	"zhuce/internal/pg"
)

const (
	// leaveTime: a load balancer needs a moment to see that this instance is
	// leaving; until then it still gets requests and answers them.
	leaveTime = 5 * time.Second
	// drainTime bounds how long requests under way may take to end; it is longer
	// than any request may take.
	drainTime = 40 * time.Second
)

// serve answers on the listener until ctx ends, then lets the requests under way
// finish. It does not start on a database of another schema.
func serve(ctx context.Context, cfg config.Config, log *slog.Logger, listener net.Listener) error {
	defer func() { _ = listener.Close() }()
	log.Info("settings", "version", api.Version, "config", cfg)
	if err := pg.CheckSchema(ctx, cfg.DatabaseURL); err != nil {
		return err
	}
	db, err := pg.Open(ctx, pg.Config{URL: cfg.DatabaseURL, MaxConns: cfg.DatabaseMax})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	product, err := app.New(ctx, app.Options{Config: cfg, Log: log, DB: db})
	if err != nil {
		return err
	}

	var leaving atomic.Bool
	server := &http.Server{
		Handler:           unreadyWhile(&leaving, api.New(product)),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       60 * time.Second, // an attachment over a slow line
		WriteTimeout:      90 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}

	if err := product.Work(ctx); err != nil {
		return err
	}
	stopJobs := sync.OnceValue(func() error {
		bound, done := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
		defer done()
		return product.Rest(bound)
	})
	defer func() { _ = stopJobs() }()

	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	log.Info("listening", "address", listener.Addr().String(), "public_url", cfg.PublicURL)

	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	leaving.Store(true)
	log.Info("leaving: no new work")
	if cfg.Environment == "production" {
		time.Sleep(leaveTime)
	}
	// What runs in the background is given back now, so that another instance takes it up while the requests end.
	if err := stopJobs(); err != nil {
		log.Warn("some jobs were cut off; they are taken up again later", "cause", err)
	}
	product.Bell.Close() // ends the streams: their pages take them up at another instance
	drain, done := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer done()
	if err := server.Shutdown(drain); err != nil {
		return fmt.Errorf("some requests were cut off: %w", err)
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	log.Info("stopped")
	return nil
}

// unreadyWhile answers the readiness probe itself once the process is leaving;
// everything else goes on.
func unreadyWhile(leaving *atomic.Bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if leaving.Load() {
			w.Header().Set("Connection", "close")
			if r.URL.Path == "/readyz" {
				http.Error(w, `{"status":"leaving"}`, http.StatusServiceUnavailable)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}
