package lifetest

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"zhuce/api/apitest"
)

// differs says where the product and the model part, and what the filing has lived through.
func (w *world) differs(t *testing.T, f *filing, format string, args ...any) {
	t.Helper()
	t.Errorf("filing %d (%s, pre-registration %v, %s): %s\n  lived through: %v\n  again: make life FILINGS=%d SEED=%d ARGS=\"-actors 1\"", f.n, f.track,
		f.delivery.PreRegistration, f.id, fmt.Sprintf(format, args...), f.line, *filings, *seed)
}

func (w *world) detail(t *testing.T, f *filing) *apitest.Answer {
	return f.firm.Get(t, "/filings/"+f.id).Want(t, 200)
}

// marks are what the legal clock notes on its way: they move nothing.
var marks = []string{"step_overdue", "resume"}

// timeline is that of the API, without the marks of the clock.
func timeline(a *apitest.Answer) (out []step) {
	for i := range a.Len("timeline") {
		if do := a.Text("timeline", i, "action"); !slices.Contains(marks, do) {
			out = append(out, step{do, a.Text("timeline", i, "from"), a.Text("timeline", i, "to")})
		}
	}
	return out
}

// agree compares the end of all lives with the model.
func (w *world) agree(t *testing.T) {
	feed, told := w.feed(t), w.messages(t)
	next := make(chan *filing)
	var all sync.WaitGroup
	for range *actors {
		all.Add(1)
		go func() {
			defer all.Done()
			for f := range next {
				w.compare(t, f, feed, told[f.id])
			}
		}()
	}
	ends := map[string]int{}
	for _, f := range w.filings {
		ends[f.track+" "+f.status]++
		next <- f
	}
	close(next)
	all.Wait()
	w.register(t)
	t.Logf("ends: %v", ends)
	if len(w.filings) >= 300 && len(ends) < 2*len(closed) {
		t.Errorf("not every end of both tracks was reached: %v", ends)
	}
}

// compare holds one end against the model.
func (w *world) compare(t *testing.T, f *filing, feed map[string][]string, told map[string]int) {
	a := w.detail(t, f)
	s := state{status: a.Text("status"), pre: a.Text("pre_registration"), withdrawal: a.Text("withdrawal")}
	if s.status != f.status || s.pre != f.pre || s.withdrawal != f.withdrawal || a.Text("revision") != fmt.Sprint(f.revision) {
		w.differs(t, f, "the end is %+v of revision %s, the model says %+v", s, a.Text("revision"), f.state)
	}
	if p := w.person.Get(t, "/exchange/filings/"+f.id).Want(t, 200); p.Text("status") != f.status {
		w.differs(t, f, "the exchange says %s", p.Text("status"))
	}
	if seen := timeline(a); fmt.Sprint(seen) != fmt.Sprint(f.line) {
		w.differs(t, f, "the timeline is %v", seen)
	}
	var kinds []string
	want := map[string]int{}
	for _, s := range f.line {
		kinds = append(kinds, "filing."+s.do)
		if title := titles[s.do]; title != "" {
			want[title]++
		}
	}
	if f.voided > 0 {
		want["撤回申请已失效"] = f.voided
	}
	if have := feed[f.id]; !slices.Equal(have, kinds) {
		w.differs(t, f, "the feed has %v", have)
	}
	if voids := feed["void "+f.id]; len(voids) != f.voided {
		w.differs(t, f, "the feed has %d requests void, the model %d", len(voids), f.voided)
	}
	if !maps.Equal(told, want) {
		w.differs(t, f, "the enterprise was told %v, the model says %v", told, want)
	}
}

// titles are what the enterprise is told of single filings, by a part of the title.
var titles = map[string]string{"refuse": "不予受理", "ask_correction": "需要补正", "approve": "准予注册", "deny": "不予注册",
	"ask_withdrawal": "申请撤回申报", "cancel_withdrawal": "取消了撤回申请"}

// feed reads all events as the person's system: the kinds of each filing in order.
func (w *world) feed(t *testing.T) map[string][]string {
	out, seen, last := map[string][]string{}, map[string]bool{}, 0.0
	for after := ""; ; {
		page := w.person.Get(t, "/exchange/events?limit=200"+after).Want(t, 200)
		for i := range page.Len("items") {
			id, kind, at := page.Text("items", i, "subject", "id"), page.Text("items", i, "kind"), page.JSON("items", i, "position").(float64) //nolint:forcetypeassert // the contract says so
			if event := page.Text("items", i, "id"); seen[event] || at <= last {
				t.Errorf("the event %s comes twice or out of order, at %v after %v", event, at, last)
			} else {
				seen[event], last = true, at
			}
			switch {
			case kind == "filing.withdrawal_void":
				out["void "+id] = append(out["void "+id], kind)
			case strings.HasPrefix(kind, "filing.") && !slices.Contains(marks, strings.TrimPrefix(kind, "filing.")):
				out[id] = append(out[id], kind)
			}
		}
		if page.JSON("has_more") != true {
			return out
		}
		after = "&after=" + url.QueryEscape(page.Text("next_cursor"))
	}
}

// messages are what every enterprise was told of its filings, by filing and title.
func (w *world) messages(t *testing.T) map[string]map[string]int {
	out := map[string]map[string]int{}
	for _, firm := range w.firms {
		w.pages(t, firm, "/messages?limit=200", func(a *apitest.Answer, i int) {
			id, title := a.Text("items", i, "subject_id"), a.Text("items", i, "title")
			if id == "" {
				return
			}
			if out[id] == nil {
				out[id] = map[string]int{}
			}
			for _, known := range append(slices.Collect(maps.Values(titles)), "撤回申请已失效") {
				if strings.Contains(title, known) && !(known == "申请撤回申报" && strings.Contains(title, "取消")) {
					out[id][known]++
				}
			}
		})
	}
	return out
}

// register compares the registrants with the approvals.
func (w *world) register(t *testing.T) {
	want, have := map[string]string{}, map[string]string{}
	for _, f := range w.filings {
		if f.status == "approved" {
			from, err := time.Parse(time.DateOnly, f.approved)
			if err != nil {
				t.Fatal(err)
			}
			years := map[string]int{"architect": 2, "engineer": 3}[f.track]
			want[f.firm.CreditCode+" "+f.certificate] = fmt.Sprint(f.delivery.Person.Name, " ", f.seal, " valid ", f.approved, " ", from.AddDate(years, 0, -1).Format(time.DateOnly))
		}
	}
	for _, firm := range w.firms {
		w.pages(t, firm, "/registrants?limit=200", func(a *apitest.Answer, i int) {
			at := func(name string) string { return a.Text("items", i, name) }
			key := firm.CreditCode + " " + at("certificate_number")
			if have[key] != "" {
				t.Errorf("%s stands twice on the register", key)
			}
			have[key] = fmt.Sprint(at("person_name"), " ", at("seal_number"), " ", at("status"), " ", at("valid_from"), " ", at("valid_until"))
		})
	}
	for key, w := range want {
		if have[key] != w {
			t.Errorf("register: %s is %q, the model says %q", key, have[key], w)
		}
		delete(have, key)
	}
	if len(have) > 0 {
		t.Errorf("register: nobody approved %v", have)
	}
	var twice int
	if err := w.env.App.DB.Read(t.Context()).Raw(`SELECT count(*) FROM (SELECT 1 FROM registrants WHERE status = 'valid' GROUP BY id_number_hash, profession HAVING count(*) > 1) x`).
		Scan(&twice).Error; err != nil || twice > 0 {
		t.Errorf("%d persons are registered twice, %v", twice, err)
	}
}

func (w *world) pages(t *testing.T, c *apitest.Caller, path string, row func(a *apitest.Answer, i int)) {
	for next := ""; ; {
		a := c.Get(t, path+next).Want(t, 200)
		for i := range a.Len("items") {
			row(a, i)
		}
		if a.Text("next_cursor") == "" {
			return
		}
		next = "&cursor=" + url.QueryEscape(a.Text("next_cursor"))
	}
}
