package fuzztest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	standin "zhuce/internal/standin/registers"
)

var (
	requests = flag.Int("requests", 4000, "how many requests are sent")
	seed     = flag.Uint64("seed", 1, "what they are made from; 0 takes the time of day")
	lanes    = flag.Int("lanes", 2, "how many senders there are, each with a product of its own")
	strict   = flag.Bool("strict", false, "a code that the operation does not list, and a key that does not keep, fail the test; else they are told of")
	only     = flag.Int("lane", -1, "send the requests of this lane alone")
)

// Nothing that a caller can send is a fault of ours, stands outside of the contract,
// or tells what is not the caller's to know. The requests are made out of the
// contract: a new route is fuzzed as soon as it is documented.
func TestFuzz(t *testing.T) {
	t.Parallel()
	if *seed == 0 {
		*seed = uint64(time.Now().UnixNano()) % 1_000_000
	}
	t.Logf("make fuzz REQUESTS=%d SEED=%d", *requests, *seed)
	began := time.Now()
	ops := operations(t)
	total := newReport()
	var all sync.WaitGroup
	for i := range *lanes {
		if *only >= 0 && *only != i {
			continue
		}
		all.Add(1)
		l := &lane{t: t, number: i, ops: ops, world: newWorld(t), report: newReport(), owner: map[string]string{}}
		l.maker = &maker{r: rand.New(rand.NewPCG(*seed, uint64(i))), memory: newMemory(), world: l.world} //nolint:gosec // repeatable on purpose
		go func() {
			defer all.Done()
			l.run(*requests / *lanes)
			total.add(l.report)
		}()
	}
	all.Wait()
	total.print(t, ops, time.Since(began))
}

// lane is one sender.
type lane struct {
	t      *testing.T
	number int
	ops    []operation
	world  *world
	maker  *maker
	report *report
	owner  map[string]string // of each id that an enterprise was told: who was told first
	wrongs map[string]bool
}

// enough wrongs to look at; the rest would say the same.
const enough = 8

func (l *lane) run(n int) {
	l.wrongs = map[string]bool{}
	for i := range n {
		l.pass(i)
		s := l.next()
		l.try(i, s)
		if len(l.wrongs) >= enough {
			l.t.Errorf("lane %d stops after %d requests: enough went wrong", l.number, i+1)
			break
		}
	}
	for _, number := range personal.FindAllString(l.world.env.Log.String(), -1) {
		if l.world.secret[number] {
			l.t.Errorf("lane %d: a personal number stands in the log", l.number)
			break
		}
	}
}

// next chooses who asks for what, and how badly.
func (l *lane) next() *shot {
	m := l.maker
	op := l.ops[m.r.IntN(len(l.ops))]
	if op.method == "GET" && m.percent(50) { // what writes leads deeper
		op = l.ops[m.r.IntN(len(l.ops))]
	}
	by := l.world.callers[m.r.IntN(len(l.world.callers))]
	if m.percent(65) { // somebody who may
		var fit []*caller
		for _, c := range l.world.callers {
			if op.lets(c) {
				fit = append(fit, c)
			}
		}
		if len(fit) > 0 {
			by = fit[m.r.IntN(len(fit))]
		}
	}
	switch n := m.r.IntN(100); {
	case n < 50:
		return m.sound(op, by)
	case n < 76:
		return m.near(op, by)
	case n < 98:
		return m.hostile(op, by)
	default:
		return m.raw(op, by)
	}
}

// try sends a request, judges the answer, and learns from it.
func (l *lane) try(i int, s *shot) {
	req, a, err := l.world.send(s)
	if err != nil {
		if s.class != sound && !errors.Is(err, context.DeadlineExceeded) && !strings.Contains(err.Error(), "timeout") {
			l.report.unsent++ // the client, or the server at sight of it, does not speak such a thing
			return
		}
		l.wrong(i, s, nil, fmt.Sprintf("no answer: %v", err))
		return
	}
	l.report.count(s, a)
	if why := l.judge(s, req, a); why != "" {
		l.wrong(i, s, a, why)
	}
	l.maker.memory.learn(s, a)
	if strings.HasSuffix(s.path, "/session") && s.method == "DELETE" && a.Status < 300 && s.by.session {
		l.signInAnew(s.by)
	}
	if s.by.cookie && strings.HasSuffix(s.path, "/session/refresh") {
		l.signInAnew(s.by) // the cookie has changed, or an old one ended the session
	}
	if key := s.header.Get("Idempotency-Key"); key != "" && s.class == sound && a.Status < 300 && s.method != "GET" && l.maker.percent(50) {
		l.again(i, s, a)
	}
}

// shownOnce is what the answer under a key leaves out when it is given again.
var shownOnce = regexp.MustCompile(`"client_secret":(null|"[^"]*")`)

func sameAnswer(a, b *answer) bool {
	return b.Status/100 == 2 && string(shownOnce.ReplaceAll(a.Body, nil)) == string(shownOnce.ReplaceAll(b.Body, nil))
}

// again sends a request that was taken once more: with the same key it gets the same answer.
func (l *lane) again(i int, s *shot, first *answer) {
	_, second, err := l.world.send(s)
	if err != nil {
		l.wrong(i, s, nil, fmt.Sprintf("no answer to the same again: %v", err))
		return
	}
	l.report.count(s, second)
	if s.op.OperationID == "endSession" {
		return
	}
	if !*strict && second.Status < 500 && !sameAnswer(first, second) {
		l.report.gap(s.op.OperationID + " does not keep its Idempotency-Key")
		return
	}
	if !sameAnswer(first, second) {
		l.wrong(i, s, second, fmt.Sprintf("the same key again: %d after %d, %.300s after %.300s", second.Status, first.Status, second.Body, first.Body))
	}
}

// pass lets time go by, and the registers come and go.
func (l *lane) pass(i int) {
	env := l.world.env
	switch {
	case i%2000 == 1999:
		env.Clock.Advance(40 * 24 * time.Hour) // what awaits a qualification lapses, what is due is overdue
		env.Sweep(l.t)
		l.world.freshen(l.t)
	case i%60 == 59:
		env.Clock.Advance(61 * time.Second) // a letter may be signed
		if i%480 == 479 {
			l.world.freshen(l.t)
		}
	}
	if i%150 == 149 {
		l.world.rename(l.t)
	}
	if i%500 == 250 || i%500 == 300 {
		l.world.down = i%500 == 250
		b := standin.Behaviour{}
		if l.world.down {
			b = standin.Behaviour{Qualifications: standin.Down, Enterprises: standin.Down}
		}
		env.Registers.Behave(b)
	}
}

// signInAnew opens a new session for a caller whose own has ended.
func (l *lane) signInAnew(c *caller) {
	fresh := l.world.env.SignIn(l.t, l.world.person(c))
	fresh.Actor.EnterpriseID = c.who.Actor.EnterpriseID
	*c.who = *fresh
}
