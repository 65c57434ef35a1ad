package api_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/google/uuid"

	"zhuce/api/apitest"
	"zhuce/internal/auth"
	"zhuce/internal/config"
	"zhuce/internal/outbox"
	"zhuce/internal/pg"
)

// mark is what an event of the test says of itself.
type mark struct {
	Writer  int `json:"writer"`
	Round   int `json:"round"`
	N       int `json:"n"`       // in its transaction
	Version int `json:"version"` // of the record that it changed; 0 for none
}

// baton lets only a few writers run at once and chooses at random who goes on: a
// transaction that pauses stays open while others begin and commit, without a clock.
type baton struct {
	mu      sync.Mutex
	dice    *rand.Rand
	running int
	few     int
	waiting []chan struct{}
}

func (b *baton) enter() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.running++
}

// leave is also said before something that may block.
func (b *baton) leave() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.running--
	b.release()
}

func (b *baton) pause() {
	b.mu.Lock()
	turn := make(chan struct{})
	b.waiting = append(b.waiting, turn)
	b.running--
	b.release()
	b.mu.Unlock()
	<-turn
}

func (b *baton) release() {
	for b.running < b.few && len(b.waiting) > 0 {
		i := b.dice.IntN(len(b.waiting))
		close(b.waiting[i])
		b.waiting[i] = b.waiting[len(b.waiting)-1]
		b.waiting = b.waiting[:len(b.waiting)-1]
		b.running++
	}
}

var errOnPurpose = errors.New("rolled back on purpose")

// writing is what all writers have in common.
type writing struct {
	env     *apitest.Env
	def     *outbox.Def
	firm    uuid.UUID
	records []uuid.UUID // rows of enterprises: whoever changes one holds its lock to the end
	baton   *baton

	mu        sync.Mutex
	committed map[mark]bool
}

// round is one transaction: some events, pauses, perhaps a change of a record that
// others change too, perhaps a rollback.
func (w *writing) round(ctx context.Context, dice *rand.Rand, writer, round int) error {
	var wrote []mark
	err := w.env.App.DB.InTx(ctx, func(tx pg.Tx) error {
		wrote = nil
		tell := func(subject uuid.UUID, version int) error {
			m := mark{writer, round, len(wrote), version}
			wrote = append(wrote, m)
			return outbox.PutTx(tx, []outbox.Event{{Def: w.def, SubjectType: "filing", SubjectID: subject, EnterpriseID: w.firm, Data: m}})
		}
		for range 1 + dice.IntN(3) {
			if err := tell(uuid.New(), 0); err != nil {
				return err
			}
			w.baton.pause()
		}
		if dice.IntN(2) == 0 {
			record, version := w.records[dice.IntN(len(w.records))], 0
			w.baton.leave()
			err := tx.Raw(`UPDATE enterprises SET version = version + 1 WHERE id = ? RETURNING version`, record).Scan(&version).Error
			w.baton.enter()
			if err != nil {
				return err
			}
			w.baton.pause()
			if err := tell(record, version); err != nil {
				return err
			}
			w.baton.pause()
		}
		if dice.IntN(5) == 0 {
			return errOnPurpose
		}
		return nil
	})
	if errors.Is(err, errOnPurpose) {
		return nil
	}
	if err == nil {
		w.remember(wrote...)
	}
	return err
}

func (w *writing) remember(marks ...mark) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range marks {
		w.committed[m] = true
	}
}

// Sixteen writers with pauses, rollbacks and records in common, one more that stays
// open while all others commit, two instances that number at once, and a consumer
// that dies in the middle of pages: it has every committed event exactly once, in
// order, and for each record in the order of its versions.
func TestAConsumerHasEveryCommittedEventOnceInOrder(t *testing.T) {
	t.Parallel()
	env := apitest.New(t, func(c *config.Config) { c.DatabaseMax = 40 })
	w := &writing{env: env, def: eventDef(t, "filing.submit"), baton: &baton{few: 4, dice: rand.New(rand.NewPCG(1, 2))}, committed: map[mark]bool{}}
	for range 4 {
		w.records = append(w.records, env.Enterprise(t).Actor.EnterpriseID)
	}
	w.firm = w.records[0]
	beside := env.Beside(t)
	reader := env.Machine(t, auth.Ministry, auth.ScopeEvents)
	env.Work(t)
	beside.Work(t)

	const writers, rounds, late = 16, 12, 99
	ctx := t.Context()
	begun, end, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() { // it has the lowest id of all, and commits last
		m := mark{Writer: late}
		err := env.App.DB.InTx(ctx, func(tx pg.Tx) error {
			err := outbox.PutTx(tx, []outbox.Event{{Def: w.def, SubjectType: "filing", SubjectID: uuid.New(), EnterpriseID: w.firm, Data: m}})
			close(begun)
			<-end
			return err
		})
		w.remember(m)
		ended <- err
	}()
	<-begun
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			w.baton.enter()
			defer w.baton.leave()
			dice := rand.New(rand.NewPCG(uint64(i), 3))
			for r := range rounds {
				if err := w.round(ctx, dice, i, r); err != nil {
					t.Errorf("writer %d: %v", i, err)
					return
				}
			}
		})
	}
	written := make(chan struct{})
	go func() { all.Wait(); close(written) }()

	c := &consumer{instances: []*apitest.Env{env, beside}, token: reader.Token, dice: rand.New(rand.NewPCG(7, 7))}
	readAll := func(until <-chan struct{}) {
		for over := false; ; {
			caughtUp, err := c.live(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if over && caughtUp {
				return
			}
			select {
			case <-until:
				over = true
			default:
			}
		}
	}
	readAll(written)
	before := len(c.has)
	close(end)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	readAll(end)
	if len(c.has) != before+1 || c.has[before].Data.Writer != late {
		t.Errorf("the late one did not come last: %d events, then %d", before, len(c.has))
	}
	w.compare(t, c)
	t.Logf("%d events, the consumer lived %d times", len(c.has), c.lives)
	if len(c.has) < 200 || c.lives < 5 {
		t.Error("this proves little")
	}
	// Nothing is without a number, and no number is missing.
	var count struct{ Rows, Numbered, Last int64 }
	if err := env.App.DB.Read(ctx).Raw(`SELECT count(*) AS rows, count(position) AS numbered, max(position) AS last FROM outbox`).Scan(&count).Error; err != nil {
		t.Fatal(err)
	}
	if count.Rows != count.Numbered || count.Rows != count.Last {
		t.Errorf("%+v", count)
	}
}

// compare holds what the consumer has against what was committed.
func (w *writing) compare(t *testing.T, c *consumer) {
	t.Helper()
	ids, last := map[string]bool{}, int64(0)
	versions, inTx := map[string]int{}, map[[2]int]int{}
	for _, e := range c.has {
		if e.Position <= last {
			t.Errorf("%d came after %d", e.Position, last)
		}
		last = e.Position
		if ids[e.ID] || !w.committed[e.Data] {
			t.Errorf("event %+v came twice or was never committed", e)
		}
		ids[e.ID] = true
		tx := [2]int{e.Data.Writer, e.Data.Round}
		if e.Data.N != inTx[tx] {
			t.Errorf("writer %d round %d: number %d came as %d", tx[0], tx[1], e.Data.N, inTx[tx])
		}
		inTx[tx]++
		if e.Data.Version > 0 {
			if e.Data.Version <= versions[e.Subject.ID] {
				t.Errorf("record %s: version %d came after %d", e.Subject.ID, e.Data.Version, versions[e.Subject.ID])
			}
			versions[e.Subject.ID] = e.Data.Version
		}
	}
	if len(ids) != len(w.committed) {
		t.Errorf("the consumer has %d events, %d were committed", len(ids), len(w.committed))
	}
}
