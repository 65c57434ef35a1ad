package bench

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// call is one request that can be sent again and again.
type call struct{ url, bearer string }

// round is what one server did in one turn.
type round struct {
	perSecond float64
	took      []time.Duration
	server    time.Duration // CPU a request; 0 where it cannot be read
	postgres  time.Duration // the same of its database connections
}

func (r round) cpu() float64 { return float64(r.server + r.postgres) }

// plan bounds a run.
type plan struct {
	conns, rounds int
	turn          time.Duration
}

// contest lets the servers take turns, each round in the other order.
func contest(t *testing.T, p plan, databaseURL string, servers []server, calls map[string][]call) map[string][]round {
	t.Helper()
	out := map[string][]round{}
	for i := range p.rounds + 1 {
		order := slices.Clone(servers)
		if i%2 == 1 {
			slices.Reverse(order)
		}
		for _, s := range order {
			r := turn(t, p, databaseURL, s, calls[s.name], uint64(i))
			if i > 0 { // the first warms up
				out[s.name] = append(out[s.name], r)
			}
		}
	}
	return out
}

// turn sends requests over keep-alive connections until the time is over.
func turn(t *testing.T, p plan, databaseURL string, s server, calls []call, seed uint64) round {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: p.conns, MaxConnsPerHost: p.conns, DisableCompression: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 30 * time.Second}
	took := make([][]time.Duration, p.conns)
	faults := make(chan error, p.conns)
	server, postgres := cpuTime(t, databaseURL, s)
	begin := time.Now()
	var done sync.WaitGroup
	for w := range p.conns {
		done.Go(func() {
			pick := rand.New(rand.NewPCG(seed, uint64(w)))
			for time.Since(begin) < p.turn {
				at := time.Now()
				if err := send(client, calls[pick.IntN(len(calls))]); err != nil {
					faults <- err
					return
				}
				took[w] = append(took[w], time.Since(at))
			}
		})
	}
	done.Wait()
	elapsed := time.Since(begin)
	select {
	case err := <-faults:
		t.Fatalf("%s: %v", s.name, err)
	default:
	}
	r := round{took: slices.Concat(took...)}
	r.perSecond = float64(len(r.took)) / elapsed.Seconds()
	serverAfter, postgresAfter := cpuTime(t, databaseURL, s)
	n := time.Duration(max(1, len(r.took)))
	r.server, r.postgres = (serverAfter-server)/n, (postgresAfter-postgres)/n
	return r
}

func send(client *http.Client, c call) error {
	req, err := http.NewRequest(http.MethodGet, c.url, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+c.bearer)
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	return nil
}

// cpuTime is what the server and its database connections have used, 0 where /proc cannot tell.
func cpuTime(t *testing.T, databaseURL string, s server) (server, postgres time.Duration) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	rows, err := conn.Query(ctx, `SELECT pid FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()`, s.name)
	if err != nil {
		t.Fatal(err)
	}
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		t.Fatal(err)
	}
	for _, pid := range pids {
		postgres += processTime(pid)
	}
	return processTime(s.pid), postgres
}

// processTime reads user and system time from /proc, in ticks of 10 ms.
func processTime(pid int) time.Duration {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// line is a server's figures over all rounds.
func line(name string, rounds []round) string {
	var all []time.Duration
	var rates, servers, postgres []float64
	for _, r := range rounds {
		all, rates = append(all, r.took...), append(rates, r.perSecond)
		servers, postgres = append(servers, float64(r.server.Microseconds())), append(postgres, float64(r.postgres.Microseconds()))
	}
	slices.Sort(all)
	at := func(q float64) float64 { return float64(all[int(q*float64(len(all)-1))].Microseconds()) / 1000 }
	return fmt.Sprintf("%-10s %10.0f %9.2f %9.2f %14.0f %17.0f %10d", name, median(rates), at(0.50), at(0.99), median(servers), median(postgres), len(all))
}

const head = "           requests/s    p50 ms    p99 ms  server CPU µs  PostgreSQL CPU µs   requests"

// ratio is the median of what paired rounds give.
func ratio(a, b []round, of func(round) float64) float64 {
	ratios := make([]float64, len(a))
	for i := range a {
		ratios[i] = of(a[i]) / of(b[i])
	}
	return median(ratios)
}

func median(v []float64) float64 {
	v = slices.Clone(v)
	slices.Sort(v)
	if len(v)%2 == 0 {
		return (v[len(v)/2-1] + v[len(v)/2]) / 2
	}
	return v[len(v)/2]
}
