package registers_test

import (
	"net/http/httptest"
	"testing"
	"time"

	"zhuce/internal/pg"
	"zhuce/internal/pg/pgtest"
	"zhuce/internal/registers"
	"zhuce/internal/standin/clock"
	standin "zhuce/internal/standin/registers"
)

const code = "91110108MA01ABCD1X"

var certificate = standin.Certificate{Number: "A132000058", Title: "建筑行业（建筑工程）", Category: "design_industry", Grade: "a",
	IssuingAuthority: "住房和城乡建设部", IssuedOn: "2024-01-02", ValidUntil: "2029-01-02", Holder: "测试设计公司"}

type world struct {
	clock  *clock.Clock
	there  *standin.Server
	client *registers.Client
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{clock: clock.Frozen(time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC))}
	db := pgtest.New(t, func(c *pg.Config) { c.Now = w.clock.Now })
	var err error
	if w.there, err = standin.New(standin.Options{Now: w.clock.Now}); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(w.there.Handler())
	t.Cleanup(server.Close)
	w.client = registers.New(registers.Options{DB: db, QualificationURL: server.URL, BusinessURL: server.URL,
		Timeout: 200 * time.Millisecond, CoolDown: time.Nanosecond})
	return w
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestFoundAndNothingFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	q, err := w.client.Qualifications(t.Context(), code)
	if err != nil || q.Certificates == nil || len(q.Certificates) != 0 || q.Stale || !q.AsOf.Equal(w.clock.Now()) {
		t.Fatalf("nothing found: %+v, %v", q, err)
	}
	must(t, w.there.Grant(code, certificate))
	q, err = w.client.Qualifications(t.Context(), code)
	if err != nil || len(q.Certificates) != 1 || q.Certificates[0] != registers.Certificate(certificate) {
		t.Fatalf("found: %+v, %v", q, err)
	}
}

// TestDown: whatever ails the register, an enterprise that was never asked about
// gets ErrDown – not "nothing found" – and a known one the last answer with its age.
func TestDown(t *testing.T) {
	t.Parallel()
	for _, mood := range []standin.Mood{standin.Down, standin.Slow, standin.Garbage, standin.Huge} {
		t.Run(string(mood), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.there.Behave(standin.Behaviour{Qualifications: mood})
			if q, err := w.client.Qualifications(t.Context(), code); !registers.ErrDown.Is(err) {
				t.Fatalf("never asked: %+v, %v", q, err)
			}
			must(t, w.there.Grant(code, certificate))
			w.there.Behave(standin.Behaviour{})
			_, err := w.client.Qualifications(t.Context(), code)
			must(t, err)
			asOf := w.clock.Now()
			w.clock.Advance(26 * time.Hour)
			w.there.Behave(standin.Behaviour{Qualifications: mood})
			q, err := w.client.Qualifications(t.Context(), code)
			if err != nil || !q.Stale || !q.AsOf.Equal(asOf) || len(q.Certificates) != 1 || q.Certificates[0].Number != certificate.Number {
				t.Fatalf("asked before: %+v, %v", q, err)
			}
			if q, err := w.client.Qualifications(t.Context(), "91110108MA01ABCD2X"); !registers.ErrDown.Is(err) {
				t.Fatalf("another enterprise: %+v, %v", q, err)
			}
			w.there.Behave(standin.Behaviour{})
			q, err = w.client.Qualifications(t.Context(), code)
			if err != nil || q.Stale || !q.AsOf.Equal(w.clock.Now()) {
				t.Fatalf("up again: %+v, %v", q, err)
			}
		})
	}
}

func TestLegalName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.client.LegalName(t.Context(), code); !registers.ErrUnknownFirm.Is(err) {
		t.Fatalf("unknown: %v", err)
	}
	must(t, w.there.Rename(code, "旧名称"))
	must(t, w.there.Rename(code, "新名称"))
	want := registers.LegalName{Name: "新名称", FormerName: "旧名称", ChangedOn: "2026-11-23", AsOf: w.clock.Now()}
	if n, err := w.client.LegalName(t.Context(), code); err != nil || n != want {
		t.Fatalf("known: %+v, %v", n, err)
	}
	w.there.Behave(standin.Behaviour{Enterprises: standin.Down})
	want.Stale = true
	if n, err := w.client.LegalName(t.Context(), code); err != nil || n != want {
		t.Fatalf("down: %+v, %v", n, err)
	}
}

// TestNoAddress: a register that is not connected yet is one that does not answer.
func TestNoAddress(t *testing.T) {
	t.Parallel()
	c := registers.New(registers.Options{DB: pgtest.New(t)})
	if _, err := c.Qualifications(t.Context(), code); !registers.ErrDown.Is(err) {
		t.Fatal(err)
	}
	if _, err := c.LegalName(t.Context(), code); !registers.ErrDown.Is(err) {
		t.Fatal(err)
	}
}
