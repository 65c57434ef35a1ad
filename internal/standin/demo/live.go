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
	waveDays  = 25
	atOnce    = 4 // deliveries side by side
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

// live lets the demo's past happen in the order of time. What nobody holds any more, or
// what waits for a person, came in waves over months; what an authority holds was
// brought there two days ago, so that its term still runs – but for some that were
// forgotten and are overdue.
func (l *loader) live(ctx context.Context, end time.Time) error {
	renewals, err := l.registered(ctx, end)
	if err != nil {
		return err
	}
	groups := map[time.Time][]*life{began(end, waves-3): renewals} // decided, or undecided for weeks
	n, person := len(renewals), 0
	for _, e := range l.firms {
		if !e.saved {
			continue
		}
		plans := e.plans(l.Small)
		for i, p := range plans {
			n++
			person++
			begin := began(end, i*(waves-1)/len(plans)) // 0 to waves-2
			if p.last() <= 1 || p.target.held() && !(p.target.slow() && i%3 == 0) {
				begin = nine(end.Add(-48*time.Hour - days(stageDays[p.last()])))
			}
			groups[begin] = append(groups[begin], &life{plan: p, e: e, n: person})
		}
	}
	// A finding needs somebody registered: what made them was over eight days ago.
	past := []happening{{end.Add(-8 * 24 * time.Hour), l.dispute}}
	for _, begin := range slices.SortedFunc(maps.Keys(groups), time.Time.Compare) {
		past = append(past, l.stages(begin, groups[begin])...)
	}
	l.Say("demo data: %d filings over %d days", n, len(past))
	return l.happen(ctx, past)
}

// wave lets a group happen by itself.
func (l *loader) wave(ctx context.Context, begin time.Time, group []*life) error {
	return l.happen(ctx, l.stages(begin, group))
}

// stages are the days on which something happens to the group.
func (l *loader) stages(begin time.Time, group []*life) (out []happening) {
	for stage := range stageDays {
		if part := due(group, stage); len(part) > 0 {
			out = append(out, happening{begin.Add(days(stageDays[stage])), func(ctx context.Context) error { return l.stage(ctx, stage, part) }})
		}
	}
	return out
}

// happen lets it happen in the order of time.
func (l *loader) happen(ctx context.Context, past []happening) error {
	slices.SortStableFunc(past, func(a, b happening) int { return a.at.Compare(b.at) })
	for _, h := range past {
		l.clock.set(h.at)
		l.clock.pace(glance)
		if err := h.do(ctx); err != nil {
			return err
		}
	}
	return nil
}

// happening is something of the past.
type happening struct {
	at time.Time
	do func(ctx context.Context) error
}

// began is when the n-th wave began; the last one three days ago.
func began(end time.Time, n int) time.Time {
	return nine(end.Add(-days(float64((waves-1-n)*waveDays)) - 72*time.Hour))
}

// nine is nine o'clock in China on the day.
func nine(t time.Time) time.Time { return t.Truncate(24 * time.Hour).Add(time.Hour) }

func days(n float64) time.Duration { return time.Duration(n * 24 * float64(time.Hour)) }

// due are those of the group to which something is done at the stage; all are delivered at the first.
func due(group []*life, stage int) []*life {
	if stage == 0 {
		return group
	}
	return slices.DeleteFunc(slices.Clone(group), func(x *life) bool {
		return !slices.ContainsFunc(x.deeds, func(d deed) bool { return d.stage == stage })
	})
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

// stage does what is due, in batches by firm and deed; the first is the delivery.
func (l *loader) stage(ctx context.Context, stage int, group []*life) error {
	if stage == 0 {
		return l.deliver(ctx, group)
	}
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
				return fmt.Errorf("stage %d, %s: %w", stage, k.do, err)
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
