package pgtest

import (
	"context"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
)

// Counter counts SQL statements, BEGIN and COMMIT included. Give it to pg.Config
// as its Tracer.
type Counter struct{ n atomic.Int64 }

// During counts the statements that fn causes; nothing else may use the database meanwhile.
func (c *Counter) During(fn func()) int {
	before := c.n.Load()
	fn()
	return int(c.n.Load() - before)
}

// TraceQueryStart is called by pgx.
func (c *Counter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	c.n.Add(1)
	return ctx
}

// TraceQueryEnd is called by pgx.
func (c *Counter) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}
