package app

import (
	"context"
)

// Work begins with what happens in the background: jobs, sweeps, and what the bell
// calls for. It returns at once; call [App.Rest].
func (a *App) Work(ctx context.Context) error {
	if err := a.Jobs.Start(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	attending, ends := context.WithCancel(context.WithoutCancel(ctx))
	a.ends = ends
	a.attends.Go(func() {
		a.Events.Keep(attending, a.Bell, func(err error) { a.Log.Error("events are not numbered", "cause", err) })
	})
	a.attends.Go(func() {
		a.Webhooks.Keep(attending, a.Bell, func(err error) { a.Log.Error("webhooks are not sent", "cause", err) })
	})
	return nil
}

// Rest ends what [App.Work] began and gives jobs under way back. It returns when all
// has ended, or with an error when ctx is done before.
func (a *App) Rest(ctx context.Context) error {
	if a.ends != nil {
		a.ends()
	}
	err := a.Jobs.Stop(ctx)
	a.attends.Wait()
	return err
}
