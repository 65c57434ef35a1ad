// Package pgtest gives every test a PostgreSQL database of its own, cloned from a
// template that is built once per schema.
package pgtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"zhuce/internal/pg"
	"zhuce/migrations"
)

// Env names the variable that says where the server is: a superuser's URL to its
// maintenance database. `make test-go` and `go run ./cmd/devstack exec` set it.
const Env = "ZHUCE_TEST_DATABASE_URL"

// New opens a database with the present schema; it is dropped when the test ends.
// Options change how it is opened (clock, tracer, pool).
func New(t testing.TB, options ...func(*pg.Config)) *pg.DB {
	t.Helper()
	c := pg.Config{URL: URL(t), MaxConns: 10}
	for _, o := range options {
		o(&c)
	}
	db, err := pg.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// URL makes a database with the present schema and tells where it is.
func URL(t testing.TB) string {
	t.Helper()
	server := os.Getenv(Env)
	if server == "" {
		t.Fatalf("this test needs PostgreSQL: run it with `make test-go PKG=./path/to/package`, or set %s", Env)
	}
	ctx := context.Background() // cleaning up outlives the test's context
	template, err := prepare(ctx, server)
	if err != nil {
		t.Fatal(err)
	}
	name := "t_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	if err := admin(ctx, server, "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := admin(ctx, server, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Log(err)
		}
	})
	return within(server, name)
}

var (
	once     sync.Once
	prepared string
	failed   error
)

// prepare builds the template, named by the hash of the migrations. Test programs
// run side by side, so it is built under an advisory lock and under another name
// until it is whole.
func prepare(ctx context.Context, server string) (string, error) {
	once.Do(func() { prepared, failed = build(ctx, server) })
	return prepared, failed
}

func build(ctx context.Context, server string) (string, error) {
	h := sha256.New()
	err := fs.WalkDir(migrations.FS, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(migrations.FS, path)
		fmt.Fprintf(h, "%s %d\n", path, len(b))
		h.Write(b)
		return err
	})
	if err != nil {
		return "", err
	}
	name := "template_" + hex.EncodeToString(h.Sum(nil))[:16]
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return "", fmt.Errorf("pgtest: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock(hashtext('pgtest'))`); err != nil {
		return "", fmt.Errorf("pgtest: %w", err)
	}
	var there bool
	if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, name).Scan(&there); err != nil || there {
		return name, err
	}
	draft := name + "_draft"
	for _, sql := range []string{"DROP DATABASE IF EXISTS " + draft + " WITH (FORCE)", "CREATE DATABASE " + draft} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return "", fmt.Errorf("pgtest: %w", err)
		}
	}
	if err := pg.Migrate(ctx, within(server, draft)); err != nil {
		return "", err
	}
	if _, err := conn.Exec(ctx, "ALTER DATABASE "+draft+" RENAME TO "+name); err != nil {
		return "", fmt.Errorf("pgtest: %w", err)
	}
	return name, nil
}

func admin(ctx context.Context, server, sql string) error {
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, sql); err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	return nil
}

// within is the server's URL with another database.
func within(server, database string) string {
	u, err := url.Parse(server)
	if err != nil {
		return server
	}
	u.Path = "/" + database
	return u.String()
}
