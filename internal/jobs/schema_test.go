package jobs

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/rivermigrate"

	"zhuce/internal/pg"
	"zhuce/internal/pg/pgtest"
)

// Our migration gives what river's own would: raising river in go.mod to a
// version with new migrations fails here, with what is to be added.
func TestTheSchemaIsThatOfRiver(t *testing.T) {
	t.Parallel()
	ours, theirs := pgtest.New(t), pgtest.New(t)
	if err := theirs.Read(t.Context()).Exec(`DROP SCHEMA public CASCADE; CREATE SCHEMA public`).Error; err != nil {
		t.Fatal(err)
	}
	sqlPool, err := theirs.Pool()
	if err != nil {
		t.Fatal(err)
	}
	m, err := rivermigrate.New(riverdatabasesql.New(sqlPool), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Migrate(t.Context(), rivermigrate.DirectionUp, nil); err != nil {
		t.Fatal(err)
	}
	want, got := facts(t, theirs), facts(t, ours)
	if len(want) < 40 {
		t.Fatalf("only %d facts: this test proves nothing", len(want))
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("migrations/00010_jobs.sql is not what river in go.mod wants (-river +ours):\n%s", d)
	}
}

// facts are the columns, constraints, indexes, functions and types of river's, a line each.
func facts(t *testing.T, db *pg.DB) []string {
	t.Helper()
	var out []string
	err := db.Read(t.Context()).Raw(`
		SELECT f FROM (
			SELECT format('column %s.%s %s null=%s default=%s', table_name, column_name, COALESCE(domain_name, udt_name) || COALESCE(character_maximum_length::text, ''), is_nullable, column_default) AS f
				FROM information_schema.columns WHERE table_schema = 'public' AND table_name LIKE 'river%'
			UNION ALL SELECT format('table %s %s', relname, relpersistence) FROM pg_class WHERE relkind = 'r' AND relname LIKE 'river%'
			UNION ALL SELECT format('constraint %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
				FROM pg_constraint WHERE conrelid::regclass::text LIKE 'river%' AND contype <> 'n'
			UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename LIKE 'river%'
			UNION ALL SELECT 'function ' || proname || ' ' || regexp_replace(prosrc, '\s+', ' ', 'g') FROM pg_proc WHERE proname LIKE 'river%'
			UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger WHERE tgname LIKE 'river%'
			UNION ALL SELECT format('value %s %s %s', enumtypid::regtype, rank() OVER (PARTITION BY enumtypid ORDER BY enumsortorder), enumlabel) FROM pg_enum WHERE enumtypid::regtype::text LIKE 'river%'
		) f WHERE f NOT LIKE '%river_migration%' ORDER BY f`).Scan(&out).Error
	if err != nil {
		t.Fatal(err)
	}
	return out
}
