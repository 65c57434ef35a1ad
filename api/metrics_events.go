package api

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"zhuce/internal/app"
)

// scrapeTime bounds what a scrape may take of the database.
const scrapeTime = 2 * time.Second

var (
	unnumberedSeconds = prometheus.NewDesc("zhuce_outbox_oldest_unnumbered_seconds", "Age of the oldest committed event that has no position yet; 0 for none.", nil, nil)
	unsentSeconds     = prometheus.NewDesc("zhuce_webhook_oldest_due_seconds", "How long the delivery that has waited longest is due and was not tried; 0 for none.", nil, nil)
	webhookAttempts   = prometheus.NewDesc("zhuce_webhook_attempts_total", "Attempts to send to a webhook, by what came of them: delivered, or why not.", []string{"result"}, nil)
)

// eventMetrics tell whether events get where they should. They are looked up when
// they are asked for; of a database that does not answer in time there are none.
type eventMetrics struct{ app *app.App }

// Describe is called by Prometheus.
func (eventMetrics) Describe(out chan<- *prometheus.Desc) {
	out <- unnumberedSeconds
	out <- unsentSeconds
	out <- webhookAttempts
}

// Collect is called by Prometheus.
func (m eventMetrics) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	for desc, look := range map[*prometheus.Desc]func(context.Context) (time.Duration, error){unnumberedSeconds: m.app.Events.Lag, unsentSeconds: m.app.Webhooks.Lag} {
		if lag, err := look(ctx); err == nil {
			out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, max(lag, 0).Seconds())
		}
	}
	for result, n := range m.app.Webhooks.Counts() {
		out <- prometheus.MustNewConstMetric(webhookAttempts, prometheus.CounterValue, float64(n), result)
	}
}
