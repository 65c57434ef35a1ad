package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"zhuce/internal/idempotency"
	"zhuce/internal/jobs"
)

// Sweep is what has to happen by itself as time passes. It takes its time from the
// product's clock, does nothing twice, may run on several instances at once, and
// goes through what is due in bounded pieces until nothing is left.
type Sweep struct {
	Name  string
	Every time.Duration
	Run   func(ctx context.Context) error
}

// scheduled has the jobs run the sweeps, each in its time, on one instance at a time.
func (a *App) scheduled() error {
	all := a.Sweeps()
	list := make([]jobs.Sweep, len(all))
	for i, s := range all {
		list[i] = jobs.Sweep(s)
	}
	return a.Jobs.Every(list...)
}

// Sweeps are all of them.
func (a *App) Sweeps() []Sweep {
	return []Sweep{
		{"sessions.purge", time.Hour, a.Sessions.Purge},
		{"idempotency.purge", time.Hour, func(ctx context.Context) error { return idempotency.Purge(ctx, a.DB) }},
		{"exports.expire", time.Hour, a.Exports.Expire},
		{"exports.revive", time.Minute, a.Exports.Revive},
		{"events.purge", time.Hour, a.Events.Purge},
		{"webhooks.purge", time.Hour, func(ctx context.Context) error { return a.Webhooks.Purge(ctx, a.Config.EventsKeep) }},
		{"messages.purge", 6 * time.Hour, a.Messages.Purge},
		{"clients.purge", time.Hour, a.Clients.Purge},
		{"grants.sweep", 10 * time.Minute, a.Grants.Sweep},
		{"commitments.purge", time.Hour, a.Filings.Purge},
		{"appeals.sweep", time.Minute, a.Appeals.Sweep},
		{"warnings.remind", time.Hour, a.Warnings.Remind},
		{"attachments.purge", time.Hour, func(ctx context.Context) error { _, err := a.Attachments.Purge(ctx); return err }},
		{"qualifications.lapse", 10 * time.Minute, a.Filings.LapseOverdue},
		{"steps.overdue", 5 * time.Minute, a.Filings.SweepSteps},
		{"qualifications.remind", time.Hour, a.Filings.RemindOfQualifications},
	}
}

// sendTime bounds how long [App.SweepAll] sends to webhooks: receivers may be slow.
const sendTime = time.Minute

// SweepAll runs every sweep once, one after the other, then numbers events and sends
// what is due to webhooks, and says what failed.
func (a *App) SweepAll(ctx context.Context) error {
	var failed []error
	for _, s := range a.Sweeps() {
		if err := s.Run(ctx); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", s.Name, err))
		}
	}
	within, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	return errors.Join(append(failed, a.Events.Number(ctx), a.Webhooks.Deliver(within))...)
}
