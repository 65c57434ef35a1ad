package webhook

import (
	"context"
	"sync"
	"time"

	"zhuce/internal/bell"
)

const (
	// together is how many webhooks one instance sends to at once.
	together = 32
	// look is how often an instance looks for what has become due.
	look = time.Second
)

// Keep sends what is due, as it comes, until ctx ends or the product leaves. What is
// under way then is cut off and given back.
func (s *Service) Keep(ctx context.Context, b *bell.Bell, failed func(error)) {
	ctx, cancel := context.WithCancel(ctx)
	var work sync.WaitGroup
	defer work.Wait()
	defer cancel()
	news := b.Wait(Key)
	defer news.Close()
	tick := time.NewTicker(look)
	defer tick.Stop()
	done := make(chan struct{}, together*perWebhook)
	busy := 0
	for {
		for free := true; free && ctx.Err() == nil; {
			free = false
			if n := together - (busy+perWebhook-1)/perWebhook; n > 0 {
				list, err := s.claim(ctx, n)
				if err != nil && ctx.Err() == nil {
					failed(err)
				}
				for _, d := range list {
					busy++
					work.Go(func() {
						if err := s.attempt(ctx, d); err != nil {
							failed(err)
						}
						done <- struct{}{}
					})
				}
				free = len(list) > 0
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-b.Closed():
			return
		case <-news.C:
		case <-tick.C:
		case <-done:
			busy--
		}
	}
}

// Deliver sends what is due, and returns when nothing more is.
func (s *Service) Deliver(ctx context.Context) error {
	for {
		list, err := s.claim(ctx, together)
		if err != nil || len(list) == 0 {
			return err
		}
		errs := make([]error, len(list))
		var work sync.WaitGroup
		for i, d := range list {
			work.Go(func() { errs[i] = s.attempt(ctx, d) })
		}
		work.Wait()
		for _, err := range errs {
			if err != nil {
				return err
			}
		}
	}
}

// attempt sends a claimed delivery and writes down what came of it.
func (s *Service) attempt(ctx context.Context, d delivery) error {
	if !d.Meant {
		return s.drop(ctx, d)
	}
	r, err := s.send(ctx, d)
	if ctx.Err() != nil && err != nil {
		return s.release(ctx, d)
	}
	if err != nil {
		return err // a fault of ours: the lease runs out, and it is tried again
	}
	return s.settle(ctx, d, r)
}

// count counts attempts by what came of them; "" is success.
func (s *Service) count(failure string) {
	if failure == "" {
		failure = "delivered"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[failure]++
}

// Counts are the attempts of this instance by what came of them: "delivered", or the failure.
func (s *Service) Counts() map[string]int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(map[string]int64, len(s.counts))
	for k, n := range s.counts {
		out[k] = n
	}
	return out
}

// Lag is how long the delivery that is due for longest has waited; 0 for none. What
// is for a webhook or a client that is disabled waits for nobody.
func (s *Service) Lag(ctx context.Context) (time.Duration, error) {
	var oldest []time.Time
	err := s.db.Read(ctx).Raw(`SELECT d.due_at FROM webhooks w JOIN machine_clients c ON c.id = w.client_id AND c.disabled_at IS NULL
		CROSS JOIN LATERAL (SELECT due_at FROM webhook_deliveries WHERE webhook_id = w.id AND state = 'pending' AND due_at <= ? ORDER BY due_at LIMIT 1) d
		WHERE w.disabled_at IS NULL ORDER BY d.due_at LIMIT 1`, s.db.Now()).Scan(&oldest).Error
	if err != nil || len(oldest) == 0 {
		return 0, err
	}
	return s.db.Now().Sub(oldest[0]), nil
}
