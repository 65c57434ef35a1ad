package console

import (
	"context"
	"errors"
	"net/http"
)

func (c *Console) resetPage(w http.ResponseWriter, r *http.Request) {
	c.show(w, r, "reset", view{Title: "reset.title", Nav: "reset"}, nil)
}

// resetPosted brings the stack back to the beginning, after a confirmation. Nothing
// else may run beside it.
func (c *Console) resetPosted(w http.ResponseWriter, r *http.Request) {
	var started *run
	var err error
	switch {
	case c.o.Reset == nil:
		err = errors.New(plain("reset.foreign"))
	case r.PostFormValue("sure") == "":
		err = errors.New(plain("reset.unsure"))
	default:
		started, err = c.begin(runOptions{title: "reset.title", alone: true}, []job{{key: "reset.step", who: Controls, do: func(ctx context.Context, at *moment) error {
			err := c.o.Reset(ctx, func(line string) { at.note("%s", line) })
			c.forget() // what was signed in is over, whether it went well or not
			if err == nil {
				c.kept.forget()
				at.link("home.product", c.o.ProductURL)
			}
			return err
		}}})
	}
	c.started(w, r, "/reset", "reset.title", started, err)
}
