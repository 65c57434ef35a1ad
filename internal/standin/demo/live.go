package demo

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"zhuce/internal/auth"
	"zhuce/internal/filing"
)

const (
	waves     = 6
	waveDays  = 25 // longer than the last stage: one wave is over before the next begins
	atOnce    = 4  // deliveries side by side
	glance    = 2 * time.Second
	reasoning = time.Second // past the reading time
)

// life is a filing of the demo and what is still to happen to it.
type life struct {
	plan
	e        *employer
	n        int
	id       uuid.UUID
	delivery filing.Delivery

	starts                     int    // of one registered a term ago: the days from the approval to the term's first
	certificate, sealed, until string // and what the approval gave
	of                         *life  // of a renewal: the registration that it renews
}

// live lets the demo's past happen, wave after wave: deliveries, then each stage
// in its time. The last wave began three days ago, so that what has just come in
// or was just submitted is there; all else is older.
func (l *loader) live(ctx context.Context, end time.Time) error {
	renewals, err := l.registered(ctx, end)
	if err != nil {
		return err
	}
	groups := make([][]*life, waves)
	groups[waves-3] = renewals // decided, or undecided for weeks
	n, person := len(renewals), 0
	for _, e := range l.firms {
		if !e.saved {
			continue
		}
		plans := e.plans(l.Small)
		for i, p := range plans {
			n++
			person++
			wave := i * (waves - 1) / len(plans) // 0 to waves-2
			if p.last() <= 1 {
				wave = waves - 1
			}
			groups[wave] = append(groups[wave], &life{plan: p, e: e, n: person})
		}
	}
	for w, group := range groups {
		begin := end.Add(-time.Duration((waves-1-w)*waveDays)*24*time.Hour - 72*time.Hour).Truncate(24 * time.Hour).Add(time.Hour) // 9 o'clock in China
		if w == waves-1 {                                                                                                          // a week ago, when the earlier waves had made registrants
			if err := l.dispute(ctx); err != nil {
				return err
			}
		}
		if err := l.wave(ctx, begin, group); err != nil {
			return err
		}
		l.Say("demo data: %d of %d filings", sum(groups[:w+1]), n)
	}
	return nil
}

func sum(groups [][]*life) (n int) {
	for _, g := range groups {
		n += len(g)
	}
	return n
}

func (l *loader) wave(ctx context.Context, begin time.Time, group []*life) error {
	for stage, days := range stageDays {
		l.clock.set(begin.Add(time.Duration(days * 24 * float64(time.Hour))))
		l.clock.pace(glance)
		if stage == 0 {
			if err := l.deliver(ctx, group); err != nil {
				return err
			}
			continue
		}
		if err := l.stage(ctx, stage, group); err != nil {
			return fmt.Errorf("stage %d: %w", stage, err)
		}
	}
	return nil
}

// deliver hands in the filings, a few side by side as a real system would.
func (l *loader) deliver(ctx context.Context, group []*life) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for _, x := range group {
		g.Go(func() error {
			if x.of != nil {
				x.delivery = x.renew(l.clock.Now())
			} else {
				x.delivery = x.e.delivery(x.n, x.plan, l.clock.Now())
			}
			d, _, err := l.filings.Deliver(ctx, l.person, x.delivery)
			x.id = d.ID
			if err != nil {
				return fmt.Errorf("deliver %d (%s %s): %w", x.n, x.profession, x.registration, err)
			}
			return nil
		})
	}
	return g.Wait()
}

// batch is the filings of one firm to which the same is done.
type batch struct {
	e *employer
	deed
}

// stage does what is due, in batches by firm and deed.
func (l *loader) stage(ctx context.Context, stage int, group []*life) error {
	due := map[batch][]*life{}
	for _, x := range group {
		for _, d := range x.deeds {
			if d.stage == stage {
				key := batch{x.e, d}
				due[key] = append(due[key], x)
			}
		}
	}
	keys := slices.SortedFunc(maps.Keys(due), func(a, b batch) int {
		return strings.Compare(a.e.code+string(a.do)+a.reason, b.e.code+string(b.do)+b.reason)
	})
	for _, k := range keys {
		for part := range slices.Chunk(due[k], filing.MaxBatch) {
			if err := l.perform(ctx, k, part); err != nil {
				return fmt.Errorf("%s: %w", k.do, err)
			}
		}
	}
	return nil
}

func (l *loader) perform(ctx context.Context, k batch, part []*life) error {
	ids := make([]uuid.UUID, len(part))
	for i, x := range part {
		ids[i] = x.id
	}
	var err error
	switch k.do {
	case filing.Deliver:
		for _, x := range part {
			x.delivery.DeliveryRef = strings.TrimSuffix(x.delivery.DeliveryRef, "-1") + "-2"
			if _, _, err = l.filings.Deliver(ctx, l.person, x.delivery); err != nil {
				return err
			}
		}
	case filing.Submit:
		c, err := l.filings.OpenCommitment(ctx, k.e.clerk, ids)
		if err != nil {
			return err
		}
		l.clock.advance(l.Config.ReadingTime + reasoning)
		_, err = l.filings.Submit(ctx, k.e.clerk, c.ID, ids)
		return err
	case filing.Return:
		_, err = l.filings.Return(ctx, k.e.clerk, ids, k.reason)
	case filing.AskWithdrawal:
		for _, id := range ids {
			if _, _, err = l.filings.AskWithdrawal(ctx, l.person, id, filing.WithdrawalAsk{Ref: "demo-" + id.String(), Reason: k.reason}); err != nil {
				return err
			}
		}
	case filing.AgreeWithdrawal:
		_, err = l.filings.AgreeWithdrawals(ctx, k.e.clerk, ids)
	case filing.DeclineWithdrawal:
		_, err = l.filings.DeclineWithdrawals(ctx, k.e.clerk, ids, k.reason)
	default:
		decision := filing.DecisionOn(k.do, k.reason, ids...)
		if k.do == filing.Approve {
			l.number(&decision, part)
		}
		_, _, err = l.filings.Decide(ctx, l.party(k), decision)
	}
	return err
}

func (l *loader) party(k batch) auth.Actor {
	if k.by == byProvince {
		return k.e.province
	}
	return ministry
}
