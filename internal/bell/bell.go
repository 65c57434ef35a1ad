// Package bell wakes whoever waits for something, on every instance of the
// product: what changes it rings the key in its own transaction, and who waits
// for the key then looks into the tables.
//
// A bell carries no news, so none can be lost with it: it may ring for nothing,
// and after a break in the line it rings for everybody.
package bell

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"zhuce/internal/pg"
)

// Channel is the channel of PostgreSQL's NOTIFY; the payload is the key. A
// statement that writes may ring by pg_notify itself, and so cost no other one.
const Channel = "zhuce_bell"

// retryAfter is the pause before a lost line is taken up again.
const retryAfter = time.Second

// Bell is one instance's. It holds a connection only while somebody waits.
type Bell struct {
	db  *pg.DB
	log *slog.Logger

	mu     sync.Mutex
	ears   map[string]map[*Ear]struct{}
	count  int
	hangUp context.CancelFunc // ends the listening; nil while nobody waits
	closed chan struct{}
	over   bool
	work   sync.WaitGroup
}

// New makes a bell. It does nothing until somebody waits.
func New(db *pg.DB, log *slog.Logger) *Bell {
	return &Bell{db: db, log: log, ears: map[string]map[*Ear]struct{}{}, closed: make(chan struct{})}
}

// RingTx rings the keys when the transaction commits; a key rings once however
// often it is named.
func RingTx(tx pg.Tx, keys ...string) error {
	if len(keys) == 0 {
		return nil
	}
	return tx.Exec(`SELECT pg_notify(?, key) FROM unnest(?::text[]) AS key`, Channel, pg.Texts(keys)).Error
}

// Ear is somebody who waits.
type Ear struct {
	// C gets a value after the bell rang; several rings may come as one. It rings at
	// once, and again when the line stands: look then, for what was rung before is not heard.
	C    <-chan struct{}
	c    chan struct{}
	bell *Bell
	keys []string
	once sync.Once
}

// Wait begins to wait for the keys. Close the ear.
func (b *Bell) Wait(keys ...string) *Ear {
	c := make(chan struct{}, 1)
	e := &Ear{C: c, c: c, bell: b, keys: keys}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, k := range keys {
		if b.ears[k] == nil {
			b.ears[k] = map[*Ear]struct{}{}
		}
		b.ears[k][e] = struct{}{}
	}
	if b.count++; b.hangUp == nil && !b.over {
		ctx, cancel := context.WithCancel(context.Background())
		b.hangUp = cancel
		b.work.Go(func() { b.listen(ctx) })
	}
	e.wake()
	return e
}

// Close ends the waiting. Closing twice is the same as once.
func (e *Ear) Close() {
	e.once.Do(func() {
		b := e.bell
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, k := range e.keys {
			if delete(b.ears[k], e); len(b.ears[k]) == 0 {
				delete(b.ears, k)
			}
		}
		if b.count--; b.count == 0 && b.hangUp != nil {
			b.hangUp()
			b.hangUp = nil
		}
	})
}

func (e *Ear) wake() {
	select {
	case e.c <- struct{}{}:
	default: // it is awake
	}
}

// Attend runs fn whenever one of the keys rings, at once, and every so often by
// itself, until ctx ends or the product leaves.
func (b *Bell) Attend(ctx context.Context, every time.Duration, fn func(), keys ...string) {
	e := b.Wait(keys...)
	defer e.Close()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.closed:
			return
		case <-e.C:
		case <-tick.C:
		}
		fn()
	}
}

// Closed is closed when the product is leaving: whoever waits should go.
func (b *Bell) Closed() <-chan struct{} { return b.closed }

// Close tells all who wait to go and hangs up. It returns when the line is closed.
func (b *Bell) Close() {
	b.mu.Lock()
	if !b.over {
		b.over = true
		close(b.closed)
	}
	if b.hangUp != nil {
		b.hangUp()
		b.hangUp = nil
	}
	b.mu.Unlock()
	b.work.Wait()
}

// listen keeps the line up until ctx ends.
func (b *Bell) listen(ctx context.Context) {
	for ctx.Err() == nil {
		err := b.db.Listen(ctx, Channel, b.ringAll, b.ring)
		if err == nil {
			return
		}
		b.log.Warn("the bell's line broke", "cause", err)
		select {
		case <-ctx.Done():
		case <-time.After(retryAfter):
		}
	}
}

func (b *Bell) ring(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for e := range b.ears[key] {
		e.wake()
	}
}

func (b *Bell) ringAll() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, ears := range b.ears {
		for e := range ears {
			e.wake()
		}
	}
}
