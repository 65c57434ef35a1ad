package pg

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// listenCheck is how long a listening connection may stay silent before it is
// asked whether it still lives: a lost one says nothing by itself.
const listenCheck = 30 * time.Second

// Listen hears what is notified on the channel, on a connection of its own, until
// ctx ends or the connection is lost. It calls ready once it listens: what was
// notified before that was not heard. The error is nil only when ctx has ended.
func (db *DB) Listen(ctx context.Context, channel string, ready func(), heard func(payload string)) error {
	config := db.config.Copy()
	config.Tracer = nil
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return ended(ctx, fmt.Errorf("pg: connect to listen: %w", err))
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(closing)
	}()
	if _, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{channel}.Sanitize()); err != nil {
		return ended(ctx, fmt.Errorf("pg: listen: %w", err))
	}
	ready()
	for {
		wait, cancel := context.WithTimeout(ctx, listenCheck)
		n, err := conn.WaitForNotification(wait)
		cancel()
		switch {
		case err == nil:
			heard(n.Payload)
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, context.DeadlineExceeded):
			asked, cancel := context.WithTimeout(ctx, 5*time.Second)
			err := conn.Ping(asked)
			cancel()
			if err != nil {
				return ended(ctx, fmt.Errorf("pg: the listening connection is lost: %w", err))
			}
		default:
			return fmt.Errorf("pg: wait for a notification: %w", err)
		}
	}
}

func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}
