package pg

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	_ "github.com/jackc/pgx/v5/stdlib" // the "pgx" driver that goose opens
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"zhuce/migrations"
)

// ErrSchema is returned by [CheckSchema] when the database is not at the
// version that this program was built for.
var ErrSchema = errors.New("the database schema is not the one this program was built for: run `zhuce migrate`")

// Migrate brings the database to the newest schema. Two at once are safe: the
// second waits on a lock.
func Migrate(ctx context.Context, url string) error {
	return withGoose(url, func(p *goose.Provider) error {
		if _, err := p.Up(ctx); err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		return nil
	})
}

// CheckSchema returns [ErrSchema] when the database is older or newer than the program.
func CheckSchema(ctx context.Context, url string) error {
	return withGoose(url, func(p *goose.Provider) error {
		at, want, err := p.GetVersions(ctx)
		if err != nil {
			return fmt.Errorf("read schema version: %w", err)
		}
		if at != want {
			return fmt.Errorf("%w (at %d, wanted %d)", ErrSchema, at, want)
		}
		return nil
	})
}

func withGoose(url string, fn func(*goose.Provider) error) error {
	pool, err := sql.Open("pgx", url)
	if err != nil {
		return errors.New("migrate: the database URL cannot be read")
	}
	defer func() { _ = pool.Close() }()
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectPostgres, pool, migrations.FS, goose.WithSessionLocker(locker))
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return fn(p)
}
