package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"zhuce/api"
	"zhuce/internal/pg"
	"zhuce/internal/pg/pgtest"
)

// residentMax is what the whole server may take while it exports.
const residentMax = 128 << 20

// TestExport holds the server's memory while it exports 100,000 registrants of one
// enterprise (with -full a million too), and what is left when an export is cancelled.
// The server is a process of its own, as shipped, with its background jobs.
func TestExport(t *testing.T) {
	sizes := []int{100_000}
	if *full {
		sizes = append(sizes, 1_000_000)
	}
	url := pgtest.URL(t)
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	a, err := open(t.Context(), url, t.TempDir(), func(*pg.Config) {}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.DB.Close() })
	load(t, url, size{filings: 20, enterprises: 20, callers: 1})
	loadRegistrants(t, url, 0, sizes[0])
	srv := start(t, "product", url, nil)
	c := clerk{t, srv.url + api.Base, issue(t, a, 0), srv.pid}
	t.Logf("idle: %d MiB resident", c.resident("VmRSS")>>20)

	have := sizes[0]
	for i, rows := range sizes {
		if i > 0 {
			loadRegistrants(t, url, have, rows)
			have = rows
		}
		began := time.Now()
		id := c.start()
		e := c.wait(id, "ready")
		took := time.Since(began)
		peak := c.resident("VmHWM")
		bytes := c.download(id)
		t.Logf("%d rows × 12 columns: %s from asking to ready, %d MiB peak, %d MiB after, %.1f MB file", e.RowsTotal, took.Round(10*time.Millisecond),
			peak>>20, c.resident("VmRSS")>>20, float64(bytes)/1e6)
		if e.RowsTotal != rows || peak > residentMax || bytes < int64(10*rows) {
			t.Errorf("%d rows, %d bytes, %d MiB: more than %d MiB is too much", e.RowsTotal, bytes, peak>>20, residentMax>>20)
		}
		c.remove(id)
	}

	for range 3 {
		id := c.start()
		for e := c.get(id); e.RowsDone == 0; e = c.get(id) {
			if e.State == "ready" {
				t.Fatal("ready before it could be cancelled")
			}
			time.Sleep(5 * time.Millisecond)
		}
		c.remove(id)
		began := time.Now()
		for c.jobs(url) > 0 {
			time.Sleep(10 * time.Millisecond)
		}
		took := time.Since(began)
		t.Logf("cancelled: its job was over after %s, %d MiB resident", took.Round(time.Millisecond), c.resident("VmRSS")>>20)
		if e := c.get(id); e.State != "cancelled" || took > 3*time.Second {
			t.Errorf("%s after %s", e.State, took)
		}
		c.remove(id)
	}
	if peak := c.resident("VmHWM"); peak > residentMax {
		t.Errorf("%d MiB at the end", peak>>20)
	}
	if left, _ := filepath.Glob(filepath.Join(temporary, "*xcel*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if left, _ := filepath.Glob(filepath.Join(temporary, "zhuce-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if n := c.descriptors(temporary); n > 0 {
		t.Errorf("%d temporary files are still held open", n)
	}
}

// clerk asks the server.
type clerk struct {
	t           *testing.T
	url, bearer string
	pid         int
}

type exported struct {
	ID        string `json:"id"`
	State     string `json:"state"`
	RowsDone  int    `json:"rows_done"`
	RowsTotal int    `json:"rows_total"`
}

func (c clerk) do(method, path, body string) *http.Response {
	c.t.Helper()
	req, err := http.NewRequest(method, c.url+path, bytes.NewReader([]byte(body)))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.bearer)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	if resp.StatusCode >= 300 {
		b, _ := io.ReadAll(resp.Body)
		c.t.Fatalf("%s %s: %d %s", method, path, resp.StatusCode, b)
	}
	return resp
}

func (c clerk) export(method, path, body string) (e exported) {
	c.t.Helper()
	resp := c.do(method, path, body)
	defer func() { _ = resp.Body.Close() }()
	if err := json.NewDecoder(resp.Body).Decode(&e); err != nil {
		c.t.Fatal(err)
	}
	return e
}

func (c clerk) start() string {
	c.t.Helper()
	return c.export("POST", "/exports", `{"of":"registrants","masked":true}`).ID
}

func (c clerk) get(id string) exported { return c.export("GET", "/exports/"+id, "") }
func (c clerk) remove(id string)       { _ = c.do("DELETE", "/exports/"+id, "").Body.Close() }

func (c clerk) wait(id, state string) exported {
	c.t.Helper()
	for range 6000 {
		if e := c.get(id); e.State == state {
			return e
		}
		time.Sleep(20 * time.Millisecond)
	}
	c.t.Fatalf("not %s after two minutes", state)
	return exported{}
}

func (c clerk) download(id string) int64 {
	c.t.Helper()
	resp := c.do("GET", "/exports/"+id+"/content", "")
	defer func() { _ = resp.Body.Close() }()
	n, err := io.Copy(io.Discard, resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return n
}

// resident reads the process's memory from /proc, in bytes; 0 where there is none.
func (c clerk) resident(field string) int64 {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(c.pid) + "/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(b), field+":")
	var kB int64
	_, _ = fmt.Sscanf(strings.TrimSpace(rest), "%d", &kB)
	return kB << 10
}

// descriptors counts the files in the folder that the process holds open, with a name or without.
func (c clerk) descriptors(dir string) (n int) {
	links, _ := filepath.Glob("/proc/" + strconv.Itoa(c.pid) + "/fd/*")
	for _, l := range links {
		if to, err := os.Readlink(l); err == nil && strings.HasPrefix(to, dir+"/") {
			n++
		}
	}
	return n
}

func (c clerk) jobs(url string) (n int) {
	c.t.Helper()
	conn, err := pgx.Connect(c.t.Context(), url)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if err := conn.QueryRow(c.t.Context(), `SELECT count(*) FROM river_job WHERE kind = 'export.make' AND state IN ('available', 'running', 'retryable', 'scheduled')`).Scan(&n); err != nil {
		c.t.Fatal(err)
	}
	return n
}

// loadRegistrants gives the first enterprise its registrants from the n-th to the last.
func loadRegistrants(t *testing.T, url string, from, to int) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, `SET session_replication_role = replica`); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(ctx, `INSERT INTO registrants (id, enterprise_id, track, profession, person_name, gender, id_type, id_number_hash, id_number_masked,
			mobile_masked, personal_sealed, certificate_number, seal_number, valid_from, valid_until, status, source_filing_id, registered_at, version, updated_at)
		SELECT `+sqlID(0xb, "n")+`, $1, 'engineer', 'structural_1',
			(ARRAY['李', '王', '张', '刘', '陈', '欧阳'])[1 + n % 6] || (ARRAY['明', '芳', '伟', '秀英', '娜', '敏', '静'])[1 + n % 7],
			(ARRAY['male', 'female'])[1 + n % 2], 'resident_id', sha256(n::text::bytea), '110101********' || lpad((n % 10000)::text, 4, '0'), '138****5678',
			sha256(n::text::bytea) || sha256((n + 1)::text::bytea), 'S' || lpad(n::text, 9, '0'), '1100321-S' || n, date '2024-01-01' + n % 700,
			date '2027-01-01' + n % 700, 'valid', `+sqlID(0xf, "0")+`, timestamptz '2024-01-01' + n * interval '1 minute', 1, now()
		FROM generate_series($2::int, $3::int - 1) n`, enterpriseID(0), from, to); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(ctx, `ANALYZE registrants`); err != nil {
		t.Fatal(err)
	}
}
