package bench

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/jackc/pgx/v5"

	"zhuce/api"
	"zhuce/internal/app"
	"zhuce/internal/pg"
	"zhuce/internal/pg/pgtest"
	"zhuce/internal/token"
)

var (
	full  = flag.Bool("full", false, "measure with a million rows; takes some minutes")
	conns = flag.Int("conns", 16, "keep-alive connections of the load, with -full")
	turns = flag.Int("rounds", 12, "rounds, with -full")
)

// TestPages looks at the list of filings from three sides: its plans, its number
// of statements, and its speed beside the yardstick.
func TestPages(t *testing.T) {
	s, p := size{filings: 4_000, enterprises: 80, callers: 20}, plan{conns: 4, rounds: 1, turn: 100 * time.Millisecond}
	if *full {
		s, p = size{filings: 1_000_000, enterprises: 20_000, callers: 1_000}, plan{conns: *conns, rounds: *turns, turn: 2 * time.Second}
	}
	url := pgtest.URL(t)
	spy := &spy{}
	a, err := open(t.Context(), url, t.TempDir(), func(c *pg.Config) { c.Tracer = spy }, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.DB.Close() })
	begin := time.Now()
	load(t, url, s)
	t.Logf("%d filings of %d enterprises loaded in %s", s.filings, s.enterprises, time.Since(begin).Round(time.Millisecond))

	handler := api.New(a)
	bearer := issue(t, a, 0)
	t.Run("plans", func(t *testing.T) { testPlans(t, url, handler, bearer, spy) })
	t.Run("statements", func(t *testing.T) { testStatements(t, handler, bearer, spy) })
	t.Run("speed", func(t *testing.T) { testSpeed(t, url, a, s, p) })
}

// issue makes the access token of the n-th caller.
func issue(t *testing.T, a *app.App, n int) string {
	t.Helper()
	signed, _, err := a.Tokens.Issue(token.Claims{RegisteredClaims: jwt.RegisteredClaims{Subject: userID(n).String()},
		SessionID: sessionID(n).String(), EnterpriseID: enterpriseID(n).String(), Role: token.RoleEnterprise})
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// testSpeed compares the product with the yardstick: first and second pages of
// many enterprises, picked at random.
func testSpeed(t *testing.T, url string, a *app.App, s size, p plan) {
	jwks := a.Tokens.JWKS()
	servers := []server{start(t, "product", url, jwks), start(t, "yardstick", url, jwks)}
	paths := map[string]string{"product": api.Base + "/filings", "yardstick": "/filings"}
	calls := map[string][]call{}
	for n := range s.callers {
		bearer := issue(t, a, n)
		var seen [2][]string
		for i, srv := range servers {
			first := call{srv.url + paths[srv.name], bearer}
			page := get(t, first)
			second := call{first.url + "?cursor=" + page.NextCursor, bearer}
			seen[i] = append(page.ids(), get(t, second).ids()...)
			calls[srv.name] = append(calls[srv.name], first, second)
		}
		if len(seen[0]) < 40 || !slices.Equal(seen[0], seen[1]) {
			t.Fatalf("the two do not answer alike: %d and %d filings", len(seen[0]), len(seen[1]))
		}
	}
	rounds := contest(t, p, url, servers, calls)
	product, yardstick := rounds["product"], rounds["yardstick"]
	text := fmt.Sprintf("a page of 20 of %d filings, %d enterprises; %d connections, %d rounds of %s; %s/%s, %d cores, %s\n%s\n%s\n%s\n",
		s.filings, s.enterprises, p.conns, p.rounds, p.turn, runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), serverVersion(t, url),
		head, line("product", product), line("yardstick", yardstick))
	text += fmt.Sprintf("median of paired ratios, product to yardstick: %.2f in requests/s, %.2f in CPU a request",
		ratio(product, yardstick, func(r round) float64 { return r.perSecond }),
		ratio(product, yardstick, round.cpu))
	if *full {
		fmt.Println(text)
	} else {
		t.Log(text)
	}
}

// answer is what both servers answer, as far as the bench looks.
type answer struct {
	Items []struct {
		ID string `json:"id"`
	} `json:"items"`
	NextCursor string `json:"next_cursor"`
}

func (a answer) ids() []string {
	out := make([]string, len(a.Items))
	for i, item := range a.Items {
		out[i] = item.ID
	}
	return out
}

func get(t *testing.T, c call) answer {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, c.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.bearer)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %v %s", c.url, resp.StatusCode, err, body)
	}
	var a answer
	if err := json.Unmarshal(body, &a); err != nil {
		t.Fatal(err)
	}
	return a
}

func serverVersion(t *testing.T, url string) string {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	var v string
	if err := conn.QueryRow(context.Background(), `SHOW server_version`).Scan(&v); err != nil {
		t.Fatal(err)
	}
	v, _, _ = strings.Cut(v, " ")
	return "PostgreSQL " + v
}
