package lifetest

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zhuce/api"
	"zhuce/api/apitest"
	"zhuce/internal/auth"
	"zhuce/internal/config"
	standin "zhuce/internal/standin/registers"
)

var (
	filings = flag.Int("filings", 120, "how many filings live their lives")
	seed    = flag.Uint64("seed", 1, "what happens to them; 0 takes the time of day")
	actors  = flag.Int("actors", 8, "how many act at the same time; with 1 the same seed does the same")
)

const qualification = "A111000010"

// filing is one life, as the model follows it. Whoever holds it acts on it.
type filing struct {
	mu       sync.Mutex
	n        int
	id       string
	firm     *apitest.Caller
	track    string
	delivery api.DeliveryRequest

	state
	line              []step   // every transition, in order
	submitOn          string   // the day of the last submission
	sent              []replay // messages that were taken
	tooEarly          []act    // messages that were refused as yet
	over              bool     // nothing more will be done
	approved          string   // the day
	certificate, seal string
}

// step is a transition that was taken.
type step struct{ do, from, to string }

// replay is a message that was taken, with what it was answered.
type replay struct {
	act
	body string
}

type world struct {
	env                        *apitest.Env
	person, province, ministry *apitest.Caller
	firms                      []*apitest.Caller
	filings                    []*filing
	serial                     atomic.Int64
	day                        sync.RWMutex // held for writing while days pass
	jumps                      atomic.Int64
	closed, requests, refused  atomic.Int64
	doubled, raced, early      atomic.Int64
}

// A thousand filings live from delivery to each of their possible ends; what the API,
// the timeline, the feed, the messages and the register say at the end is what a
// model made from the requirement says.
func TestLives(t *testing.T) {
	t.Parallel()
	if *seed == 0 {
		*seed = uint64(time.Now().UnixNano()) % 1_000_000
	}
	t.Logf("make life FILINGS=%d SEED=%d", *filings, *seed)
	began := time.Now()
	w := newWorld(t, *filings)
	var all sync.WaitGroup
	for i := range *actors {
		all.Add(1)
		go func() {
			defer all.Done()
			w.live(t, rand.New(rand.NewPCG(*seed, uint64(i)))) //nolint:gosec // repeatable on purpose
		}()
	}
	all.Wait()
	lived := time.Since(began)
	if t.Failed() {
		return
	}
	w.agree(t)
	t.Logf("%d filings by %d actors: %d requests in %s, %.0f a second; %d refused as foretold, %d sent twice at once, %d raced, %d came too early and later again; the comparison took %s",
		*filings, *actors, w.requests.Load(), lived.Round(time.Millisecond), float64(w.requests.Load())/lived.Seconds(), w.refused.Load(), w.doubled.Load(),
		w.raced.Load(), w.early.Load(), (time.Since(began) - lived).Round(time.Millisecond))
}

func newWorld(t *testing.T, n int) *world {
	env := apitest.New(t, func(c *config.Config) {
		c.AccessTokenLife, c.SessionLife, c.SessionIdle = 400*24*time.Hour, 400*24*time.Hour, 400*24*time.Hour
		c.CommitmentLife, c.RequestsPerSecond, c.RegisterTimeout = 24*time.Hour, 1e9, 10*time.Second
	})
	w := &world{env: env, person: env.Person(t), province: env.Machine(t, auth.Province), ministry: env.Machine(t, auth.Ministry)}
	for range 6 {
		firm := env.Enterprise(t)
		w.firms = append(w.firms, firm)
		if err := env.Registers.Grant(firm.CreditCode, standin.Certificate{Number: qualification, Title: "建筑行业甲级", Category: "design_industry", Grade: "a",
			IssuingAuthority: "住房和城乡建设部", IssuedOn: "2026-01-01", ValidUntil: "2031-01-01", Holder: firm.Name}); err != nil {
			t.Fatal(err)
		}
	}
	r := rand.New(rand.NewPCG(*seed, 1000)) //nolint:gosec // repeatable on purpose
	for i := range n {
		f := &filing{n: i, firm: w.firms[r.IntN(len(w.firms))], track: "engineer", certificate: fmt.Sprintf("S2611%05d", i), seal: fmt.Sprintf("%07d-S%03d", 1100001, i%1000)}
		f.delivery = env.Delivery(f.firm, func(d *api.DeliveryRequest) {
			d.FilingRef = fmt.Sprintf("life-%d", i)
			d.PreRegistration = r.IntN(4) == 0
			if i%2 == 1 {
				d.Profession = "architect_1"
				f.track, f.certificate, f.seal = "architect", fmt.Sprintf("2611%05d", i), fmt.Sprintf("%07d-%03d", 1100001, i%1000)
			}
		})
		w.filings = append(w.filings, f)
	}
	return w
}

// live is one actor: it takes filings that nobody holds, until all lives are over.
func (w *world) live(t *testing.T, r *rand.Rand) {
	for !t.Failed() && int(w.closed.Load()) < len(w.filings) {
		w.passDays(t)
		w.day.RLock()
		start := r.IntN(len(w.filings))
		for i := range w.filings {
			f := w.filings[(start+i)%len(w.filings)]
			if f.mu.TryLock() {
				if over := f.over; !over {
					w.act(t, r, f)
				}
				acted := !f.over
				f.mu.Unlock()
				if acted {
					break
				}
			}
		}
		w.day.RUnlock()
	}
}

// act lets something happen to a filing that is held.
func (w *world) act(t *testing.T, r *rand.Rand, f *filing) {
	pre := f.delivery.PreRegistration
	if f.status == "" {
		w.take(t, f, w.message(f, "deliver", "person"), r.IntN(4) == 0)
		return
	}
	if slices.Contains(closed, f.status) && (f.status != "returned" || f.revision >= 4 || r.IntN(3) == 0) && r.IntN(2) == 0 {
		f.over = true
		w.closed.Add(1)
		return
	}
	open := f.open(f.track, pre)
	any := acts[r.IntN(len(acts))]
	if len(open) > 0 && r.IntN(100) < 75 {
		any = open[r.IntN(len(open))]
		if f.revision >= 3 && (any[0] == "ask_correction" || any[0] == "return") {
			any = open[r.IntN(len(open))]
		}
	}
	switch n := r.IntN(100); {
	case n < 8 && len(f.sent) > 0:
		w.stale(t, f, f.sent[r.IntN(len(f.sent))])
	case n < 12 && len(f.tooEarly) > 0:
		w.again(t, r, f)
	case n < 30 && len(open) > 1:
		w.race(t, f, any, open[r.IntN(len(open))])
	case any[0] == "submit":
		w.submit(t, r, f)
	default:
		w.take(t, f, w.message(f, any[0], any[1]), r.IntN(100) < 25)
	}
}

// take sends a message – also twice at the same moment – and the model foretells the answer.
func (w *world) take(t *testing.T, f *filing, a act, twice bool) {
	next, refusal := f.after(a.do, a.by, f.track, f.delivery.PreRegistration)
	all := []act{a}
	if twice {
		w.doubled.Add(1)
		all = append(all, a)
	}
	answers := w.together(t, all...)
	for _, got := range answers {
		if code(got) != refusal || refusal == "" && got.Status >= 300 {
			w.differs(t, f, "%s by %s: %d %s, the model says %q", a.do, a.by, got.Status, code(got), refusal)
			return
		}
	}
	if refusal != "" {
		w.refused.Add(1)
		if len(f.tooEarly) < 4 && a.other != nil && a.do != "deliver" {
			f.tooEarly = append(f.tooEarly, a)
		}
		return
	}
	if twice && string(answers[0].Body) != string(answers[1].Body) {
		w.differs(t, f, "%s twice: %s and %s", a.do, answers[0].Body, answers[1].Body)
	}
	if f.id == "" {
		f.id = answers[0].Text("id")
	}
	w.note(f, a, next, string(answers[0].Body))
}

// note lets the model go on.
func (w *world) note(f *filing, a act, next state, body string) {
	f.line = append(f.line, step{a.do, f.status, next.status})
	f.state = next
	today := w.env.Clock.Now().In(china).Format(time.DateOnly)
	switch a.do {
	case "submit":
		f.submitOn = today
	case "approve":
		f.approved = today
	}
	if body != "" && a.send != nil {
		f.sent = append(f.sent, replay{a, body})
	}
}

// stale sends a message again that was taken long ago: it is answered as it was then,
// and does nothing; under its ref nothing else can be said.
func (w *world) stale(t *testing.T, f *filing, m replay) {
	for _, got := range w.together(t, m.act) {
		if got.Status >= 300 || m.do != "ask_withdrawal" && string(got.Body) != m.body {
			w.differs(t, f, "%s again: %d %s after %s", m.do, got.Status, got.Body, m.body)
		}
	}
	if m.other != nil {
		w.requests.Add(1)
		if got := m.other(t); got.Status != 409 || got.Code() != m.reused {
			w.differs(t, f, "%s with other words under its ref: %d %s", m.do, got.Status, got.Body)
		}
	}
}

// again sends a message once more that came too early: its ref is still free.
func (w *world) again(t *testing.T, r *rand.Rand, f *filing) {
	i := r.IntN(len(f.tooEarly))
	a := f.tooEarly[i]
	f.tooEarly = slices.Delete(f.tooEarly, i, i+1)
	w.early.Add(1)
	w.take(t, f, a, false)
}

var china = time.FixedZone("CST", 8*60*60)
