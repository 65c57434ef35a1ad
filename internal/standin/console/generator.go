package console

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
)

const (
	generateMax = 1000
	// batch is how many filings one commitment or decision takes here.
	batch = 200
	// hands push findings side by side, as a real system would.
	hands = 4
)

// order is what the generator is to make.
type order struct {
	n          int
	to         string // "delivered", "province", "ministry", "registered", "findings"
	profession string // "" for each in turn
	soon       bool   // the registrations end within 180 days
}

// ways of the generator, the shortest first: each goes a step further.
var targets = []string{"delivered", "province", "ministry", "registered", "findings"}

func (c *Console) generatorPage(w http.ResponseWriter, r *http.Request) {
	c.show(w, r, "generator", view{Title: "generator.title", Nav: "generator"}, func(ctx context.Context, v *view) error {
		all, err := c.firms(ctx)
		v.Body = struct {
			Firms   []firm
			Targets []string
			Max     int
			Runs    []runView
		}{all, targets, generateMax, slices.DeleteFunc(c.latest(20), func(r runView) bool { return r.Title != "generator.title" })}
		return err
	})
}

func (c *Console) generatorPosted(w http.ResponseWriter, r *http.Request) {
	o := order{n: number(r.PostFormValue("n")), to: r.PostFormValue("to"), profession: r.PostFormValue("profession"), soon: r.PostFormValue("soon") != ""}
	var started *run
	p, err := c.newPlay(r.Context(), scenario{}, r.PostFormValue("firm"))
	switch {
	case err != nil:
	case o.n < 1 || o.n > generateMax || !slices.Contains(targets, o.to):
		err = errors.New(plain("generator.bound"))
	default:
		started, err = c.begin(runOptions{title: "generator.title"}, c.generate(p, o))
	}
	c.started(w, r, "/generator", "generator.title", started, err)
}

// made is one generated filing.
type made struct {
	delivered
	profession, track string
	certificate       string
}

// generate makes the steps to where the order wants to get.
func (c *Console) generate(p *play, o order) []job {
	var all []*made
	jobs := []job{{key: "generator.deliver", who: Person, do: func(ctx context.Context, at *moment) (err error) {
		all, err = c.deliverMany(ctx, p, o, at)
		return err
	}}}
	then := func(key string, who Side, of func(*made) bool, do func(ctx context.Context, part []*made) error) {
		jobs = append(jobs, job{key: key, who: who, do: func(ctx context.Context, at *moment) error {
			chosen := slices.DeleteFunc(slices.Clone(all), func(m *made) bool { return of != nil && !of(m) })
			for i := 0; i < len(chosen); i += batch {
				at.count(i, len(chosen))
				if err := do(ctx, chosen[i:min(i+batch, len(chosen))]); err != nil {
					return err
				}
			}
			at.count(len(chosen), len(chosen))
			return nil
		}})
	}
	decide := func(by Side, action string) func(context.Context, []*made) error {
		return func(ctx context.Context, part []*made) error {
			items := make([]item, len(part))
			for i, m := range part {
				items[i].FilingID = m.ID
			}
			more := object{}
			c.grounds(action, more)
			_, err := c.decide(ctx, by, action, items, more)
			return err
		}
	}
	far := slices.Index(targets, o.to)
	if far >= 1 {
		then("step.submit", Clerk, nil, func(ctx context.Context, part []*made) error { return p.clerk().submit(ctx, idsOf(part)) })
	}
	if far >= 2 {
		then("step.province.accept", Province, func(m *made) bool { return m.track == "architect" }, decide(Province, "accept"))
		then("step.province.forward", Province, nil, decide(Province, "forward"))
	}
	if far >= 3 {
		then("step.ministry.accept", Ministry, nil, decide(Ministry, "accept"))
		serial := 20_000 + rand.IntN(70_000)
		then("step.ministry.approve", Ministry, nil, func(ctx context.Context, part []*made) error {
			return c.approveMany(ctx, p, o, part, &serial)
		})
	}
	if far >= 4 {
		then("step.push_finding", Ministry, nil, func(ctx context.Context, part []*made) error {
			return side(ctx, part, func(ctx context.Context, m *made) error {
				_, err := c.push(ctx, Ministry, p.firm, object{"person": object{"name": m.Name, "certificate_number": m.certificate},
					"kind": "insurance_mismatch", "facts": texts["findings.facts_default"].zh, "source": "社保数据比对", "found_on": day(p.words.ServerTime, -2)})
				return err
			})
		})
	}
	return jobs
}

func idsOf(part []*made) []string {
	out := make([]string, len(part))
	for i, m := range part {
		out[i] = m.ID
	}
	return out
}

// side does the same for each, some side by side; the first error ends it.
func side(ctx context.Context, all []*made, do func(context.Context, *made) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next, wait := make(chan *made), sync.WaitGroup{}
	for range hands {
		wait.Go(func() {
			for m := range next {
				if err := do(ctx, m); err != nil {
					cancel(err)
				}
			}
		})
	}
	for _, m := range all {
		if ctx.Err() != nil {
			break
		}
		next <- m
	}
	close(next)
	wait.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// deliverMany delivers as many filings as are wanted, each of another person.
func (c *Console) deliverMany(ctx context.Context, p *play, o order, at *moment) ([]*made, error) {
	words, err := c.meta(ctx)
	if err != nil {
		return nil, err
	}
	p.words = words
	papers, seen := everyPaper(words, false), map[string]bool{}
	all, bodies := make([]*made, o.n), make([]object, o.n)
	for i := range all {
		profession := words.word("professions", o.profession)
		if o.profession == "" {
			profession = words.Professions[i%len(words.Professions)]
		}
		who := newResident(p.firm.region())
		for seen[who.Number] {
			who = newResident(p.firm.region())
		}
		seen[who.Number] = true
		all[i] = &made{profession: profession.Value, track: profession.Track}
		if bodies[i], err = c.body(ctx, words, toDeliver{firm: p.firm, profession: profession.Value, kind: "initial", who: who, papers: papers}); err != nil {
			return nil, err
		}
	}
	return all, c.sendMany(ctx, p.firm.Name, all, bodies, at)
}

// approveMany registers a part, with certificate numbers in a row. Where one of them
// is taken the whole part is refused, and numbered anew.
func (c *Console) approveMany(ctx context.Context, p *play, o order, part []*made, serial *int) error {
	for try := 0; ; try++ {
		items := make([]item, len(part))
		for i, m := range part {
			*serial = 20_000 + (*serial-20_000+1)%80_000
			prefix := p.words.word("professions", m.profession).CertificatePrefix
			m.certificate = fmt.Sprintf("%s%s%s%05d", prefix, p.words.ServerTime.Format("06"), provinceOf(p.firm), *serial)
			items[i] = item{FilingID: m.ID, CertificateNumber: m.certificate, SealNumber: sealOf(p.firm.Own, prefix)}
			if o.soon {
				days := 1 + rand.IntN(180)
				items[i].ValidFrom, items[i].ValidUntil = day(p.words.ServerTime, days-700), day(p.words.ServerTime, days)
			}
		}
		more := object{}
		c.grounds("approve", more)
		_, err := c.decide(ctx, Ministry, "approve", items, more)
		var refused *problem
		if err == nil || try == 5 || !errors.As(err, &refused) || refused.Status != http.StatusConflict {
			return err
		}
	}
}

func provinceOf(f firm) string { return f.region()[:2] }

// bulkMax is how many deliveries go in one message here; a thousand may.
const bulkMax = 250

// sendMany delivers in bulk. What was taken stays; the first refusal is told.
func (c *Console) sendMany(ctx context.Context, of string, all []*made, bodies []object, at *moment) error {
	for i := 0; i < len(all); i += bulkMax {
		end := min(i+bulkMax, len(all))
		var done struct {
			Items []struct {
				Delivery *struct {
					ID        string `json:"id"`
					Reference string `json:"reference"`
				} `json:"delivery"`
				Problem *problem `json:"problem"`
			} `json:"items"`
		}
		if err := c.exchange(ctx, Person, http.MethodPost, "/exchange/deliveries", object{"items": bodies[i:end]}, &done); err != nil {
			return err
		}
		var fresh []delivered
		var refused error
		for n, result := range done.Items {
			if result.Delivery == nil {
				if result.Problem != nil && refused == nil {
					refused = result.Problem
				}
				continue
			}
			d := delivered{ID: result.Delivery.ID, Reference: result.Delivery.Reference, Firm: of, Body: bodies[i+n], Name: textAt(bodies[i+n], "person", "name")}
			all[i+n].delivered = d
			fresh = append(fresh, d)
		}
		c.kept.addFilings(fresh...)
		at.count(end, len(all))
		if refused != nil {
			return refused
		}
	}
	return nil
}
