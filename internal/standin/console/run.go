package console

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"sync"
	"time"
)

// state is how far a run or a step is.
type state string

const (
	pending   state = "pending"
	running   state = "running"
	waiting   state = "waiting" // for the user to do it in the product
	done      state = "done"
	failed    state = "failed"
	cancelled state = "cancelled"
)

const (
	runsKept = 50
	// runTime ends a run that hangs; handTime is how long a user may take for a step.
	runTime  = time.Hour
	handTime = 30 * time.Minute
	// glance is how often the console looks whether the user has done it.
	glance = 500 * time.Millisecond
)

var (
	errBusy  = errors.New("another run is under way 另一项正在进行")
	errReset = errors.New("the sandbox is being reset 正在重置")
)

// stepView is one step as it is shown.
type stepView struct {
	Key    string // of a text
	Who    Side
	State  state
	Notes  []string
	Links  []link
	Calls  []*Call
	Err    string
	ByHand bool
	Done   int // of Of, while there is something to count
	Of     int
}

// runView is a run as it is shown.
type runView struct {
	ID, Title string
	State     state
	Err       string
	Steps     []stepView
	Began     time.Time
	Links     []link
}

// Stoppable reports whether it can be cancelled; half a reset serves nobody.
func (r runView) Stoppable() bool { return !r.Over() && r.Title != "reset.title" }

// Over reports whether nothing more will happen.
func (r runView) Over() bool { return r.State != running && r.State != waiting }

// run is work that goes on while its page is looked at.
type run struct {
	mu     sync.Mutex
	view   runView
	cancel context.CancelFunc
	play   chan struct{} // the user lets the console do the step after all
	gone   chan struct{} // closed at the end
}

// see is a copy to show.
func (r *run) see() runView {
	r.mu.Lock()
	defer r.mu.Unlock()
	v := r.view
	v.Steps = append([]stepView{}, v.Steps...)
	return v
}

// at changes the step that is under way.
func (r *run) at(i int, change func(*stepView)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.view.Steps[i])
}

func (r *run) set(s state) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.view.State = s
}

// job is one step of a run: what it is called, who does it, and how.
type job struct {
	key string
	who Side
	do  func(ctx context.Context, at *moment) error
	// byHand reports whether the user has done it in the product; nil where only the
	// console can.
	byHand func(ctx context.Context) (bool, error)
	there  func() string // where in the product the user does it
}

// moment is a step while it happens: what it tells.
type moment struct {
	r *run
	i int
}

func (m *moment) note(format string, args ...any) {
	m.r.at(m.i, func(s *stepView) { s.Notes = append(s.Notes, fmt.Sprintf(format, args...)) })
}

func (m *moment) link(key, to string) {
	m.r.at(m.i, func(s *stepView) { s.Links = append(s.Links, link{key, to}) })
}

func (m *moment) count(n, of int) { m.r.at(m.i, func(s *stepView) { s.Done, s.Of = n, of }) }

// runOptions are how a run goes.
type runOptions struct {
	title  string
	pace   time.Duration // between steps, so that people can follow
	byHand bool          // the clerk's steps are left to the user
	alone  bool          // nothing else may run beside it
}

// begin starts a run. Only a reset runs alone.
func (c *Console) begin(o runOptions, jobs []job) (*run, error) {
	ctx, cancel := context.WithTimeout(c.life, runTime)
	r := &run{cancel: cancel, play: make(chan struct{}, 1), gone: make(chan struct{}),
		view: runView{ID: newRef("run"), Title: o.title, State: running, Began: time.Now()}}
	for _, j := range jobs {
		r.view.Steps = append(r.view.Steps, stepView{Key: j.key, Who: j.who, State: pending})
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, other := range c.runs {
		if v := other.see(); !v.Over() && (o.alone || other.alone()) {
			cancel()
			if o.alone {
				return nil, errBusy
			}
			return nil, errReset
		}
	}
	c.runs = append(c.runs, r)
	if len(c.runs) > runsKept {
		c.runs = append([]*run{}, c.runs[len(c.runs)-runsKept:]...)
	}
	c.busy.Add(1)
	go func() {
		defer c.busy.Done()
		defer close(r.gone)
		defer cancel()
		r.perform(ctx, o, jobs)
	}()
	return r, nil
}

func (r *run) alone() bool { return r.see().Title == "reset.title" }

func (r *run) perform(ctx context.Context, o runOptions, jobs []job) {
	for i, j := range jobs {
		g := &group{}
		r.at(i, func(s *stepView) { s.State = running })
		err := r.step(withGroup(ctx, g), o, j, i)
		r.at(i, func(s *stepView) {
			s.State, s.Calls = done, g.list()
			if err != nil {
				s.State, s.Err = failed, err.Error()
				if ctx.Err() != nil {
					s.State, s.Err = cancelled, ""
				}
			}
		})
		if err != nil {
			r.mu.Lock()
			r.view.State, r.view.Err = failed, err.Error()
			if ctx.Err() != nil {
				r.view.State, r.view.Err = cancelled, ""
			}
			r.mu.Unlock()
			return
		}
		if i < len(jobs)-1 && !rest(ctx, o.pace) {
			r.set(cancelled)
			return
		}
	}
	r.set(done)
}

func (r *run) step(ctx context.Context, o runOptions, j job, i int) error {
	if !o.byHand || j.byHand == nil {
		return j.do(ctx, &moment{r, i})
	}
	r.at(i, func(s *stepView) {
		s.State, s.ByHand = waiting, true
		if j.there != nil {
			s.Links = append(s.Links, link{"link.here", j.there()})
		}
	})
	r.set(waiting)
	defer r.set(running)
	end := time.NewTimer(handTime)
	defer end.Stop()
	look := time.NewTicker(glance)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-end.C:
			return errors.New(plain("run.tired"))
		case <-r.play:
			r.at(i, func(s *stepView) { s.State, s.ByHand = running, false })
			return j.do(ctx, &moment{r, i})
		case <-look.C:
			if there, err := j.byHand(ctx); err != nil || there {
				return err
			}
		}
	}
}

// rest waits; false when the run is to end.
func rest(ctx context.Context, d time.Duration) bool {
	if d == 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

func (c *Console) findRun(id string) *run {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.runs {
		if r.view.ID == id {
			return r
		}
	}
	return nil
}

// latest gives the newest runs first.
func (c *Console) latest(n int) []runView {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []runView
	for i := len(c.runs) - 1; i >= 0 && len(out) < n; i-- {
		out = append(out, c.runs[i].see())
	}
	return out
}

// started leads to the page of a run, or says why there is none.
func (c *Console) started(w http.ResponseWriter, r *http.Request, back, title string, started *run, err error) {
	if err != nil {
		c.do(w, r, back, title, func(context.Context, *act) error { return err })
		return
	}
	http.Redirect(w, r, "/runs/"+started.view.ID, http.StatusSeeOther)
}

// runPage shows a run; with ?part it gives the changing part alone, for the script.
func (c *Console) runPage(w http.ResponseWriter, r *http.Request) {
	found := c.findRun(r.PathValue("id"))
	if found == nil {
		http.NotFound(w, r)
		return
	}
	v := found.see()
	if r.URL.Query().Has("part") {
		part := &view{Body: v, Product: c.o.ProductURL, Words: &words{}}
		var out strings.Builder
		if err := c.pages.templates["run"].ExecuteTemplate(&out, "run", part); err != nil {
			c.o.Log.ErrorContext(r.Context(), "render run", "cause", err)
			http.Error(w, "run", http.StatusInternalServerError)
			return
		}
		headers(w.Header())
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		if v.Over() {
			w.Header().Set("X-Run-Over", "yes")
		}
		_, _ = w.Write([]byte(out.String()))
		return
	}
	nav := "scenarios"
	switch v.Title {
	case "generator.title":
		nav = "generator"
	case "reset.title":
		nav = "reset"
	}
	c.show(w, r, "run", view{Title: v.Title, Nav: nav, Calm: true}, func(_ context.Context, shown *view) error {
		shown.Body = v
		return nil
	})
}

// runPosted cancels a run, or lets the console play the step that it waits for.
func (c *Console) runPosted(w http.ResponseWriter, r *http.Request) {
	found := c.findRun(r.PathValue("id"))
	if found == nil {
		http.NotFound(w, r)
		return
	}
	switch r.PostFormValue("do") {
	case "cancel":
		if found.alone() {
			break // half a reset serves nobody
		}
		found.cancel()
		select {
		case <-found.gone:
		case <-time.After(5 * time.Second):
		}
	case "play":
		select {
		case found.play <- struct{}{}:
		default:
		}
	}
	http.Redirect(w, r, "/runs/"+found.view.ID, http.StatusSeeOther)
}

// Progress is a bar where there is something to count.
func (s stepView) Progress() template.HTML {
	if s.Of == 0 {
		return ""
	}
	return template.HTML(fmt.Sprintf(`<progress max="%d" value="%d" aria-label="%d/%d"></progress>`, s.Of, s.Done, s.Done, s.Of))
}
