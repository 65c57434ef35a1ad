// Package pgtest gives each test a PostgreSQL database of its own, migrated and
// empty, cloned from a template in some 80 ms and dropped at the end.
//
// The template is named by the hash of the migrations, so it is built once per
// schema and server, by whichever test binary comes first.
package pgtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"zhuce/internal/pg"
	"zhuce/migrations"
)

// Env names the variable with the server's address: a superuser's URL of the
// maintenance database. `devstack exec` sets it.
const Env = "ZHUCE_TEST_DATABASE_URL"

// buildLock is the advisory lock under which a template is built.
const buildLock = 0x7a68756365 // "zhuce"

// New opens a database that only this test sees. Options change how it is
// opened: the clock, a tracer that counts statements, the size of the pool
// (6 unless set: the tests of all packages share one server).
func New(t testing.TB, options ...func(*pg.Config)) *pg.DB {
	t.Helper()
	c := pg.Config{URL: URL(t), MaxConns: 6}
	for _, set := range options {
		set(&c)
	}
	db, err := pg.Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("pgtest: close: %v", err)
		}
	})
	return db
}

// URL makes a database that only this test sees and returns its address.
func URL(t testing.TB) string {
	t.Helper()
	s, err := server()
	if err != nil {
		t.Fatal(err)
	}
	name := "zhuce_test_" + strings.ToLower(rand.Text()[:16])
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if _, err := s.pool.Exec(ctx, `CREATE DATABASE `+name+` TEMPLATE `+s.template); err != nil {
		t.Fatalf("pgtest: clone the template: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if _, err := s.pool.Exec(ctx, `DROP DATABASE IF EXISTS `+name+` WITH (FORCE)`); err != nil {
			t.Errorf("pgtest: drop %s: %v", name, err)
		}
	})
	return s.urlOf(name)
}

// maintenance is the connection on which databases are made and dropped.
type maintenance struct {
	base     url.URL
	pool     *pgxpool.Pool
	template string
}

var server = sync.OnceValues(func() (*maintenance, error) {
	given := os.Getenv(Env)
	if given == "" {
		return nil, fmt.Errorf("pgtest: %s is not set: run `make test-go PKG=./internal/filing`, or start the command with `go run ./cmd/devstack exec -- go test …`", Env)
	}
	base, err := url.Parse(given)
	if err != nil {
		return nil, fmt.Errorf("pgtest: %s cannot be read", Env) // the cause may hold the password
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	config, err := pgxpool.ParseConfig(given)
	if err != nil {
		return nil, fmt.Errorf("pgtest: %s cannot be read", Env)
	}
	config.MaxConns = 4
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("pgtest: %w", err)
	}
	s := &maintenance{base: *base, pool: pool}
	if s.template, err = templateName(); err != nil {
		return nil, fmt.Errorf("pgtest: %w", err)
	}
	if err := s.ensureTemplate(ctx); err != nil {
		return nil, fmt.Errorf("pgtest: %w", err)
	}
	return s, nil
})

// templateName changes whenever a migration does.
func templateName() (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(migrations.FS, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(migrations.FS, path)
		_, _ = fmt.Fprintf(sum, "%s %d\n%s", path, len(b), b)
		return err
	})
	return "zhuce_template_" + hex.EncodeToString(sum.Sum(nil))[:12], err
}

// ensureTemplate builds the template unless it is there. It is built under
// another name and renamed when it is whole, so that a template that can be
// seen can be used; what a killed build left behind is built anew.
func (s *maintenance) ensureTemplate(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.urlOf(strings.TrimPrefix(s.base.Path, "/")))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }() // gives the lock back as well
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, buildLock); err != nil {
		return fmt.Errorf("wait for the template: %w", err)
	}
	var there bool
	if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, s.template).Scan(&there); err != nil {
		return err
	}
	if there {
		return nil
	}
	building := s.template + "_building"
	for _, sql := range []string{`DROP DATABASE IF EXISTS ` + building + ` WITH (FORCE)`, `CREATE DATABASE ` + building} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return err
		}
	}
	if err := pg.Migrate(ctx, s.urlOf(building)); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, `ALTER DATABASE `+building+` RENAME TO `+s.template); err != nil {
		return fmt.Errorf("publish the template: %w", err)
	}
	return nil
}

func (s *maintenance) urlOf(database string) string {
	u := s.base
	u.Path = "/" + database
	return u.String()
}
