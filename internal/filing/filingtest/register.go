package filingtest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/filing"
	"zhuce/internal/registers"
)

// Register is a qualification register that says what the test tells it to.
type Register struct {
	mu    sync.Mutex
	says  map[string]registers.Qualifications
	down  bool
	asked int
}

// Say makes the register answer for an enterprise; none is "nothing found".
func (r *Register) Say(creditCode string, q registers.Qualifications) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.says == nil {
		r.says = map[string]registers.Qualifications{}
	}
	r.says[creditCode], r.down = q, false
}

// Down makes the register not answer, and there is no kept answer either.
func (r *Register) Down(down bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.down = down
}

// Asked is how often it was asked.
func (r *Register) Asked() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked
}

// Qualifications is of the port.
func (r *Register) Qualifications(_ context.Context, creditCode string) (registers.Qualifications, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked++
	if r.down {
		return registers.Qualifications{}, registers.ErrDown.Wrap(errors.New("told to be down"), "register", registers.QualificationRegister)
	}
	return r.says[creditCode], nil
}

// Certificate is one of a number, in force until 2029.
func Certificate(number string) registers.Certificate {
	return registers.Certificate{Number: number, Title: "建筑行业（建筑工程）", Category: "design_industry", Grade: "a",
		IssuingAuthority: "住房和城乡建设部", IssuedOn: "2026-11-01", ValidUntil: "2029-11-01", Holder: "测试设计公司"}
}

// PreRegistered brings n pre-registrations of different persons to the clerk's enterprise.
func (w *World) PreRegistered(t testing.TB, clerk auth.Actor, n int) []uuid.UUID {
	t.Helper()
	ids := make([]uuid.UUID, n)
	for i := range ids {
		d := w.Delivery(t, clerk)
		d.PreRegistration = true
		done, _, err := w.Filings.Deliver(context.WithoutCancel(t.Context()), w.Person, d)
		must(t, err)
		ids[i] = done.ID
	}
	return ids
}

// Awaiting brings n submitted pre-registrations.
func (w *World) Awaiting(t testing.TB, clerk auth.Actor, n int) []uuid.UUID {
	t.Helper()
	ids := w.PreRegistered(t, clerk, n)
	_, err := w.Filings.Submit(t.Context(), clerk, w.Read(t, clerk, ids), ids)
	must(t, err)
	return ids
}

// CreditCode is that of the clerk's enterprise.
func (w *World) CreditCode(t testing.TB, clerk auth.Actor) string {
	t.Helper()
	e, err := w.Enterprises.Current(t.Context(), clerk)
	must(t, err)
	return e.CreditCode
}

// Days is how long a pre-registration may await its qualification in this world.
const Days = 30

// Day is a number of natural days.
const Day = 24 * time.Hour

var _ filing.QualificationRegister = (*Register)(nil)
