package pgtest

import (
	"sync"
	"testing"

	"zhuce/internal/pg"
)

func TestEachTestHasADatabaseOfItsOwn(t *testing.T) {
	t.Parallel()
	one, two := New(t), New(t)
	if err := one.Read(t.Context()).Exec(`CREATE TABLE only_here ()`).Error; err != nil {
		t.Fatal(err)
	}
	if err := two.Read(t.Context()).Exec(`CREATE TABLE only_here ()`).Error; err != nil {
		t.Errorf("the other database sees it: %v", err)
	}
}

func TestDatabaseIsMigrated(t *testing.T) {
	t.Parallel()
	if err := pg.CheckSchema(t.Context(), URL(t)); err != nil {
		t.Error(err)
	}
}

func TestDatabaseIsDropped(t *testing.T) {
	t.Parallel()
	var name string
	t.Run("user", func(t *testing.T) {
		if err := New(t).Read(t.Context()).Raw(`SELECT current_database()`).Scan(&name).Error; err != nil {
			t.Fatal(err)
		}
	})
	s, err := server()
	if err != nil {
		t.Fatal(err)
	}
	var there bool
	if err := s.pool.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, name).Scan(&there); err != nil {
		t.Fatal(err)
	}
	if name == "" || there {
		t.Errorf("database %q is still there", name)
	}
}

// Several test binaries meet a server without the template at the same moment;
// one of an earlier run was killed while building.
func TestTemplateIsBuiltOnce(t *testing.T) {
	t.Parallel()
	s, err := server()
	if err != nil {
		t.Fatal(err)
	}
	fresh := *s
	fresh.template += "_once"
	drop := func() {
		for _, name := range []string{fresh.template, fresh.template + "_building"} {
			if _, err := s.pool.Exec(t.Context(), `DROP DATABASE IF EXISTS `+name); err != nil {
				t.Error(err)
			}
		}
	}
	drop()
	defer drop()
	if _, err := s.pool.Exec(t.Context(), `CREATE DATABASE `+fresh.template+`_building`); err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	for range 4 {
		done.Go(func() {
			if err := fresh.ensureTemplate(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()
	if err := pg.CheckSchema(t.Context(), s.urlOf(fresh.template)); err != nil {
		t.Error(err)
	}
}
