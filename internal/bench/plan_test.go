package bench

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"zhuce/api"
	"zhuce/internal/filing"
)

// statement is one that the product sent.
type statement struct {
	sql  string
	args []any
}

// spy sees every statement.
type spy struct {
	mu   sync.Mutex
	seen []statement
}

// TraceQueryStart is called by pgx.
func (s *spy) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, statement{q.SQL, q.Args})
	return ctx
}

// TraceQueryEnd is called by pgx.
func (s *spy) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (s *spy) take() []statement {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.seen
	s.seen = nil
	return out
}

// ask sends a request through the handler and gives the statements it took.
func ask(t *testing.T, h http.Handler, bearer string, spy *spy, method, path, body string) (string, []statement) {
	t.Helper()
	spy.take()
	req := httptest.NewRequest(method, api.Base+path, strings.NewReader(body))
	req.Header.Set("Authorization", "Bearer "+bearer)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	if w.Code != http.StatusOK {
		t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	return w.Body.String(), spy.take()
}

// testPlans asks for every sort and filter of the list and lets PostgreSQL explain
// what it would do: filings is never read from end to end (with few rows that
// would be the right thing to do, so there it is forbidden, and what remains
// shows whether there is an index to go by), and every order can be had from an
// index (sorting is forbidden likewise; a plan that sorts all the same has none).
func testPlans(t *testing.T, databaseURL string, h http.Handler, bearer string, spy *spy) {
	conn, err := pgx.Connect(context.Background(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	forbid := func(way string) {
		t.Helper()
		if _, err := conn.Exec(context.Background(), `SET enable_`+way+` = off`); err != nil {
			t.Fatal(err)
		}
	}
	if !*full {
		forbid("seqscan")
	}
	filters := []string{"", "matter=engineers", "status=pending_submission&status=approved", "profession=structural_1", "registration_type=renewal",
		"name=" + url.QueryEscape("李"), "delivered_from=2025-01-01&delivered_to=2025-06-30", "submitted_from=2025-02-01"}
	read := func(what string, seen []statement) {
		t.Helper()
		if plan := explain(t, conn, what, seen); strings.Contains(plan, "Seq Scan on filings") {
			t.Errorf("%s reads the whole table:\n%s", what, plan)
		}
	}
	ordered := func(what string, seen []statement) {
		t.Helper()
		read(what, seen)
		// What comes with a page, as its open findings, sorts no more than the page.
		paged := slices.DeleteFunc(slices.Clone(seen), func(s statement) bool { return !strings.Contains(s.sql, "LIMIT") })
		if plan := explain(t, conn, what, paged); strings.Contains(plan, "Sort Key") {
			t.Errorf("%s has no index for its order:\n%s", what, plan)
		}
	}
	for _, filter := range filters {
		_, seen := ask(t, h, bearer, spy, http.MethodGet, "/filings/counts?"+filter, "")
		read("/filings/counts?"+filter, seen)
	}
	_, seen := ask(t, h, bearer, spy, http.MethodPost, "/filings/search", `{"id_number":"110101199003071233"}`)
	read("/filings/search", seen)
	forbid("sort")
	forbid("bitmapscan") // it would lose the order of its index
	for _, sort := range filing.Sorts() {
		for _, filter := range filters {
			path := "/filings?limit=20&sort=" + sort + "&" + filter
			body, first := ask(t, h, bearer, spy, http.MethodGet, path, "")
			ordered(path, first)
			var page answer
			if err := json.Unmarshal([]byte(body), &page); err != nil {
				t.Fatal(err)
			}
			if page.NextCursor != "" {
				_, next := ask(t, h, bearer, spy, http.MethodGet, path+"&cursor="+page.NextCursor, "")
				ordered(path+"&cursor=…", next)
			}
		}
	}
}

// explain gives the plans of the statements on filings.
func explain(t *testing.T, conn *pgx.Conn, what string, seen []statement) string {
	t.Helper()
	var plans []string
	for _, s := range seen {
		if !strings.Contains(s.sql, "FROM filings") {
			continue
		}
		rows, err := conn.Query(context.Background(), `EXPLAIN `+s.sql, append([]any{pgx.QueryExecModeSimpleProtocol}, s.args...)...)
		if err != nil {
			t.Fatalf("%s: %v\n%s", what, err, s.sql)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatalf("%s: %v\n%s", what, err, s.sql)
		}
		plans = append(plans, s.sql+"\n"+strings.Join(lines, "\n"))
	}
	if len(plans) == 0 {
		t.Errorf("%s: no statement on filings was seen, so this proves nothing", what)
	}
	return strings.Join(plans, "\n\n")
}

// testStatements holds the number of statements of a read, the session's check included.
func testStatements(t *testing.T, h http.Handler, bearer string, spy *spy) {
	body, seen := ask(t, h, bearer, spy, http.MethodGet, "/filings?limit=20", "")
	var page answer
	if err := json.Unmarshal([]byte(body), &page); err != nil {
		t.Fatal(err)
	}
	counted := map[string]int{"a page of 20": len(seen)}
	_, seen = ask(t, h, bearer, spy, http.MethodGet, "/filings?limit=200", "")
	counted["a page of 200"] = len(seen)
	_, seen = ask(t, h, bearer, spy, http.MethodGet, "/filings/counts", "")
	counted["counts"] = len(seen)
	_, seen = ask(t, h, bearer, spy, http.MethodGet, "/filings/"+page.Items[0].ID, "")
	counted["a detail"] = len(seen)
	// One of them asks whether a rename is open, where a row could be submitted, one for the open findings on the rows' persons.
	for what, atMost := range map[string]int{"a page of 20": 4, "a page of 200": 4, "counts": 2, "a detail": 9} {
		t.Logf("%s takes %d statements", what, counted[what])
		if counted[what] > atMost {
			t.Errorf("%s takes %d statements, %d are enough", what, counted[what], atMost)
		}
	}
}
