package demo_test

import (
	"encoding/base64"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"zhuce/internal/auth"
	"zhuce/internal/client"
	"zhuce/internal/config"
	"zhuce/internal/filing"
	"zhuce/internal/idno"
	"zhuce/internal/pg"
	"zhuce/internal/pg/pgtest"
	"zhuce/internal/standin/demo"
)

var end = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)

func options(t testing.TB) demo.Options {
	t.Helper()
	return demo.Options{DatabaseURL: pgtest.URL(t), Now: func() time.Time { return end }, Small: true,
		Config: config.Config{FilesDir: t.TempDir(), MasterKey: base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", 32))),
			ReadingTime: time.Minute, CommitmentLife: 30 * time.Minute, MaxAttachmentBytes: 10 << 20}}
}

func open(t testing.TB, o demo.Options) *pg.DB {
	t.Helper()
	db, err := pg.Open(t.Context(), pg.Config{URL: o.DatabaseURL, MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func number(t testing.TB, db *pg.DB, sql string, args ...any) (n int) {
	t.Helper()
	if err := db.Read(t.Context()).Raw(sql, args...).Scan(&n).Error; err != nil {
		t.Fatal(err)
	}
	return n
}

func TestLoad(t *testing.T) {
	t.Parallel()
	o := options(t)
	if err := demo.Load(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	db := open(t, o)
	for _, s := range filing.Statuses {
		if number(t, db, `SELECT count(*) FROM filings WHERE status = ?`, s.Value) == 0 {
			t.Errorf("no filing is %s", s.Value)
		}
	}
	for _, p := range filing.Professions {
		for _, typ := range filing.RegistrationTypes {
			if number(t, db, `SELECT count(*) FROM filings WHERE profession = ? AND registration_type = ?`, p.Value, typ.Value) == 0 {
				t.Errorf("no %s of a %s", typ.Value, p.Value)
			}
		}
	}
	for what, sql := range map[string]string{
		"pre-registered":                     `SELECT count(*) FROM filings WHERE pre_registration = 'awaiting_qualification'`,
		"withdrawal asked for":               `SELECT count(*) FROM filings WHERE withdrawal = 'requested'`,
		"withdrawal declined":                `SELECT count(*) FROM filings WHERE withdrawal = 'declined'`,
		"delivered anew":                     `SELECT count(*) FROM filings WHERE revision = 2`,
		"answering a ministry":               `SELECT count(*) FROM filings WHERE correction_from = 'ministry'`,
		"shared paper":                       `SELECT count(*) FROM filing_attachments WHERE shared_source IS NOT NULL`,
		"enterprise not saved":               `SELECT count(*) FROM enterprises WHERE saved_at IS NULL`,
		"paper of every type":                `SELECT (count(DISTINCT media_type) = 3)::int FROM attachments`,
		"registered, a long time left":       `SELECT count(*) FROM registrants WHERE status = 'valid' AND valid_until > date '2026-11-23' + 180`,
		"registered, 90 to 180 days left":    `SELECT count(*) FROM registrants WHERE status = 'valid' AND valid_until - date '2026-11-23' BETWEEN 91 AND 180`,
		"registered, 30 to 90 days left":     `SELECT count(*) FROM registrants WHERE status = 'valid' AND valid_until - date '2026-11-23' BETWEEN 31 AND 90`,
		"registered, less than 30 days left": `SELECT count(*) FROM registrants WHERE status = 'valid' AND valid_until - date '2026-11-23' BETWEEN 0 AND 30`,
		"expired":                            `SELECT count(*) FROM registrants WHERE status = 'valid' AND valid_until < date '2026-11-23'`,
		"deregistered":                       `SELECT count(*) FROM registrants WHERE status = 'deregistered'`,
		"renewed":                            `SELECT count(*) FROM registrant_history WHERE action = 'renewal' AND version = 2`,
		"expired, renewal undecided": `SELECT count(*) FROM registrants r JOIN filings f ON f.id_number_hash = r.id_number_hash AND f.profession = r.profession
			WHERE r.valid_until < date '2026-11-23' AND f.registration_type = 'renewal' AND f.closed_at IS NULL AND f.submitted_at::date <= r.valid_until`,
		"running out, renewal undecided": `SELECT count(*) FROM registrants r JOIN filings f ON f.id_number_hash = r.id_number_hash AND f.profession = r.profession
			WHERE r.valid_until - date '2026-11-23' BETWEEN 0 AND 30 AND f.registration_type = 'renewal' AND f.closed_at IS NULL`,
		"term that runs":          `SELECT count(*) FROM filings WHERE due_on >= '2026-11-23' AND overdue_at IS NULL`,
		"acceptance in silence":   `SELECT (count(*) FILTER (WHERE step LIKE '%acceptance' AND due_on < '2026-11-23') = 0)::int FROM filings`,
		"term that has run out":   `SELECT count(*) FROM filings WHERE due_on < '2026-11-23' AND step = 'ministry_decision'`,
		"both tracks":             `SELECT (count(DISTINCT track) = 2)::int FROM registrants`,
		"nothing in the future":   `SELECT (max(updated_at) < '2026-11-23T03:00:00Z')::int FROM filings`,
		"finding of every state":  `SELECT (count(DISTINCT state) = 6)::int FROM appeals`,
		"finding of a registrant": `SELECT count(*) FROM appeals WHERE registrant_id IS NOT NULL`,
	} {
		if number(t, db, sql) == 0 {
			t.Errorf("there is none: %s", what)
		}
	}
	before := number(t, db, `SELECT count(*) FROM filing_history`)
	if err := demo.Load(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if after := number(t, db, `SELECT count(*) FROM filing_history`); after != before {
		t.Errorf("the second loading added %d timeline entries", after-before)
	}
}

func TestLoadAfterBreakingOff(t *testing.T) {
	t.Parallel()
	o := options(t)
	db := open(t, o)
	if _, err := client.New(client.Options{DB: db}).Register(t.Context(), client.Command, client.Registration{Name: demo.PersonClient,
		Secret: demo.PersonClientSecret, Party: auth.Person, Scopes: []string{auth.ScopeDeliver}}); err != nil {
		t.Fatal(err)
	}
	if err := demo.Load(t.Context(), o); !errors.Is(err, demo.ErrPartial) {
		t.Errorf("error is %v", err)
	}
}

func TestAccounts(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, a := range demo.Accounts() {
		if !idno.ValidCreditCode(a.CreditCode) || seen[a.CreditCode] || seen[a.UserName] {
			t.Errorf("%s: %s", a.UserName, a.CreditCode)
		}
		seen[a.CreditCode], seen[a.UserName] = true, true
	}
	if len(seen) != 14 {
		t.Errorf("%d names and codes, wanted 14", len(seen))
	}
}

// TestLoadWhole takes as long as `make run` does the first time; ask for it.
func TestLoadWhole(t *testing.T) {
	if os.Getenv("ZHUCE_TEST_SLOW") == "" {
		t.Skip("set ZHUCE_TEST_SLOW=1 to load the whole demo data")
	}
	o := options(t)
	o.Small = false
	start := time.Now()
	if err := demo.Load(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("took %s, wanted a minute at most", took)
	}
	if n := number(t, open(t, o), `SELECT count(*) FROM filings`); n < 5500 {
		t.Errorf("%d filings", n)
	}
}
