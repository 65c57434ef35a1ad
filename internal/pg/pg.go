// Package pg is the door to PostgreSQL: the pool, transactions, migrations and
// the names of violated constraints.
//
// A use case opens one transaction with [DB.InTx]. Inside it everything takes
// [Tx], a type of its own, so that a function meant for a transaction does not
// compile outside of one.
package pg

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// Config says where the database is and how much of it to use.
type Config struct {
	URL      string
	MaxConns int              // open and idle alike; 0 means 16
	Now      func() time.Time // the clock of every transaction; nil means time.Now
	Tracer   pgx.QueryTracer  // sees every statement; tests count with it
}

// DB is the pool.
type DB struct {
	gorm   *gorm.DB
	now    func() time.Time
	config *pgx.ConnConfig // for what cannot share a connection, see Listen
}

// Tx is an open transaction and the one moment it happens at.
type Tx struct {
	*gorm.DB
	Now time.Time
}

// Open connects and pings. The pool keeps as many idle connections as open ones:
// with database/sql's default of two, reconnecting costs more than the queries.
func Open(ctx context.Context, c Config) (*DB, error) {
	cc, err := pgx.ParseConfig(c.URL)
	if err != nil {
		return nil, errors.New("pg: the database URL cannot be read") // the cause may hold the password
	}
	if c.MaxConns == 0 {
		c.MaxConns = 16
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	cc.Tracer = c.Tracer
	if cc.ConnectTimeout == 0 {
		cc.ConnectTimeout = 5 * time.Second
	}
	for name, value := range map[string]string{
		"application_name": "zhuce", "timezone": "UTC",
		"statement_timeout": "30s", "lock_timeout": "10s", "idle_in_transaction_session_timeout": "60s",
	} {
		if _, set := cc.RuntimeParams[name]; !set {
			cc.RuntimeParams[name] = value
		}
	}
	pool := stdlib.OpenDB(*cc)
	pool.SetMaxOpenConns(c.MaxConns)
	pool.SetMaxIdleConns(c.MaxConns)
	pool.SetConnMaxLifetime(30 * time.Minute)
	if err := pool.PingContext(ctx); err != nil {
		_ = pool.Close()
		return nil, fmt.Errorf("pg: connect: %w", err)
	}
	g, err := gorm.Open(postgres.New(postgres.Config{Conn: pool}), &gorm.Config{
		PrepareStmt:            false, // pgx prepares and caches every statement itself
		SkipDefaultTransaction: true,
		TranslateError:         false, // violations are told apart by constraint name
		Logger:                 logger.Discard,
		NowFunc:                c.Now,
	})
	if err != nil {
		_ = pool.Close()
		return nil, fmt.Errorf("pg: open: %w", err)
	}
	return &DB{gorm: g, now: c.Now, config: cc}, nil
}

// Close closes the pool.
func (db *DB) Close() error {
	pool, err := db.gorm.DB()
	if err != nil {
		return err
	}
	return pool.Close()
}

// Ping reports whether the database answers.
func (db *DB) Ping(ctx context.Context) error {
	pool, err := db.gorm.DB()
	if err != nil {
		return err
	}
	return pool.PingContext(ctx)
}

// Pool is the pool itself, for what speaks database/sql: package jobs.
func (db *DB) Pool() (*sql.DB, error) { return db.gorm.DB() }

// Read is for queries outside of a transaction.
func (db *DB) Read(ctx context.Context) *gorm.DB { return db.gorm.WithContext(ctx) }

// Now is the pool's clock.
func (db *DB) Now() time.Time { return db.now().UTC().Truncate(time.Microsecond) }

// InTx runs fn in one transaction: committed when fn returns nil, else rolled back.
// A serialization failure or deadlock is tried again, twice at most; fn must
// therefore have no effect but on tx.
func (db *DB) InTx(ctx context.Context, fn func(tx Tx) error) error {
	var err error
	for try := 0; try < 3; try++ {
		err = db.gorm.WithContext(ctx).Transaction(func(g *gorm.DB) error {
			return fn(Tx{DB: g, Now: db.Now()})
		})
		if c := sqlState(err); c != "40001" && c != "40P01" {
			return err
		}
	}
	return err
}

// Snapshot runs fn in a transaction that sees one moment of the database, however
// many statements it sends and however long it reads, and writes nothing. A
// statement may take as long as limit.
func (db *DB) Snapshot(ctx context.Context, limit time.Duration, fn func(tx Tx) error) error {
	return db.gorm.WithContext(ctx).Transaction(func(g *gorm.DB) error {
		if err := g.Exec(fmt.Sprintf(`SET LOCAL statement_timeout = %d`, limit.Milliseconds())).Error; err != nil {
			return fmt.Errorf("pg: %w", err)
		}
		return fn(Tx{DB: g, Now: db.Now()})
	}, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
}

// Violates reports whether err is the violation of the named constraint.
func Violates(err error, constraint string) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.ConstraintName == constraint
}

func sqlState(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
