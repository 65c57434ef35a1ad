package demo_test

import (
	"testing"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/pg"
	"zhuce/internal/standin/demo"
	"zhuce/internal/warning"
)

// The demo shows every level, every situation and every next step of the expiry warnings.
func TestEveryWarningOccurs(t *testing.T) {
	t.Parallel()
	o := options(t)
	if err := demo.Load(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	db, err := pg.Open(t.Context(), pg.Config{URL: o.DatabaseURL, MaxConns: 2, Now: o.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	var firm []uuid.UUID
	if err := db.Read(t.Context()).Raw(`SELECT id FROM enterprises WHERE credit_code = ?`, demo.Accounts()[0].CreditCode).Scan(&firm).Error; err != nil {
		t.Fatal(err)
	}
	s := warning.New(warning.Options{DB: db, Horizon: warning.Horizon{Early: 180, Near: 90, Urgent: 30, KeepExpired: 365}})
	p, err := s.List(t.Context(), auth.Actor{EnterpriseID: firm[0]}, warning.Filter{}, "", "", 200)
	if err != nil {
		t.Fatal(err)
	}
	levels, situations, steps := map[warning.Level]bool{}, map[warning.Situation]bool{}, map[warning.Step]bool{}
	for _, w := range p.Items {
		levels[w.Level], situations[w.Situation], steps[w.Step] = true, true, true
	}
	if len(levels) != len(warning.Levels) || len(situations) != len(warning.Situations) || len(steps) != len(warning.Steps) {
		t.Errorf("levels %v, situations %v, steps %v", levels, situations, steps)
	}
}
