package bench

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"zhuce/internal/filing"
)

// size is how much is loaded and who asks.
type size struct {
	filings, enterprises, callers int
}

// enterpriseID is the id of the n-th enterprise, and the session's and user's of its clerk.
func enterpriseID(n int) uuid.UUID { return numbered(0xe, n) }
func userID(n int) uuid.UUID       { return numbered(0xa, n) }
func sessionID(n int) uuid.UUID    { return numbered(0x5, n) }

func numbered(kind, n int) uuid.UUID {
	return uuid.MustParse(fmt.Sprintf("019363d0-000%x-7000-8000-%012x", kind, n))
}

// sqlID is numbered in SQL.
func sqlID(kind int, expr string) string {
	return fmt.Sprintf(`('019363d0-000%x-7000-8000-' || lpad(to_hex(%s), 12, '0'))::uuid`, kind, expr)
}

// statuses are twenty, so that their shares are in steps of 5 %.
var statuses = []filing.Status{
	filing.PendingSubmission, filing.PendingSubmission, filing.Returned, filing.ProvincePending, filing.ProvincePending,
	filing.ProvinceCorrection, filing.ProvinceAccepted, filing.ProvinceRefused, filing.MinistryPending, filing.MinistryCorrection,
	filing.MinistryAccepted, filing.MinistryRefused, filing.Publicity, filing.Approved, filing.Approved,
	filing.Approved, filing.Approved, filing.Approved, filing.Denied, filing.Withdrawn,
}

const form = `{"person":{"name":"李明","gender":"male","id_type":"resident_id","birth_date":"1985-03-07","ethnicity":"汉族","education":"bachelor",
	"school":"同济大学","major":"土木工程","graduated_on":"2008-07-01","title":"工程师","email":"li@example.com"},
	"qualification":{"certificate_number":"20250000001","issued_on":"2025-03-01"},"registration":null,
	"employment":{"contract_type":"fixed_term","contract_from":"2024-01-01","contract_to":"2029-12-31","previous_employer":""},
	"continuing_education":{"required_hours":0,"elective_hours":0},"statement":""}`

// load fills an empty, migrated database of a started product. An enterprise's
// filings lie scattered over the table, as they do where thousands file at the
// same time. Foreign keys are not checked row by row: the ids are made to fit.
func load(t *testing.T, url string, s size) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	do := func(sql string, args ...any) {
		t.Helper()
		if _, err := conn.Exec(ctx, sql, args...); err != nil {
			t.Fatalf("load: %v\n%s", err, sql)
		}
	}
	do(`SET session_replication_role = replica`)
	do(`SET maintenance_work_mem = '256MB'`)
	do(`INSERT INTO enterprises (id, credit_code, name, legal_representative, legal_person_type, login_name, login_legal_representative,
			province, saved_at, version, created_at, updated_at)
		SELECT ` + sqlID(0xe, "n") + `, '9111' || lpad(n::text, 14, '0'), '示例设计院' || n, '赵一', 'enterprise', '示例设计院' || n, '赵一',
			'11', now(), 1, now(), now() FROM generate_series(0, ` + fmt.Sprint(s.enterprises-1) + `) n`)
	do(`INSERT INTO users (id, enterprise_id, subject, account, name, created_at, last_seen_at)
		SELECT ` + sqlID(0xa, "n") + `, ` + sqlID(0xe, "n") + `, 'bench-' || n, 'bench' || n, '王芳', now(), now()
		FROM generate_series(0, ` + fmt.Sprint(s.callers-1) + `) n`)
	do(`INSERT INTO sessions (id, enterprise_id, user_id, account, user_name, matter, id_token, created_at, expires_at)
		SELECT ` + sqlID(0x5, "n") + `, ` + sqlID(0xe, "n") + `, ` + sqlID(0xa, "n") + `, 'bench' || n, '王芳', 'engineers', '', now(), now() + interval '12 hours'
		FROM generate_series(0, ` + fmt.Sprint(s.callers-1) + `) n`)
	do(`INSERT INTO machine_clients (id, name, party, scopes, created_at)
		VALUES ($1, 'bench', 'person', '{filings:deliver}', now())`, numbered(0xc, 0))
	do(`INSERT INTO commitments (id, enterprise_id, user_id, user_name, text_version, text_sha256, filing_count, opened_at, ready_at, expires_at, used_at, reference, signed_as)
		SELECT `+sqlID(0xd, "n")+`, `+sqlID(0xe, "n")+`, `+sqlID(0xa, "n")+`, '王芳', version, sha256, 1,
			now() - interval '10 minutes', now() - interval '9 minutes', now() + interval '20 minutes', now() - interval '5 minutes', 'SB' || n, '示例设计院' || n
		FROM commitment_texts, generate_series(0, $1) n WHERE version = $2`, s.enterprises-1, filing.TextVersion)
	again := dropIndexes(t, conn)
	list := make([]string, len(statuses))
	for i, st := range statuses {
		list[i] = string(st)
	}
	do(`INSERT INTO filings (id, reference, enterprise_id, client_id, filing_ref, track, profession, registration_type, province, status, withdrawal,
			version, revision, person_name, gender, id_type, id_number_hash, id_number_masked, mobile_masked, personal_sealed, form,
			commitment_id, delivered_at, submitted_at, closed_at, updated_at, step, step_started_on, step_days, step_used, step_runs_from, due_on)
		SELECT `+sqlID(0xf, "n")+`, 'ZC' || n, `+sqlID(0xe, "n % $2")+`, $3, 'f-' || n,
			CASE WHEN n % 3 = 0 THEN 'architect' ELSE 'engineer' END, CASE WHEN n % 3 = 0 THEN 'architect_1' ELSE 'structural_1' END,
			(ARRAY['initial', 'renewal', 'change'])[1 + n % 3], '11', status, CASE status WHEN 'withdrawn' THEN 'agreed' END,
			2, 1, (ARRAY['李', '王', '张', '刘', '陈', '欧阳'])[1 + n % 6] || (ARRAY['明', '芳', '伟', '秀英', '娜', '敏', '静'])[1 + n % 7],
			'male', 'resident_id', sha256(n::text::bytea), '110101********' || lpad((n % 10000)::text, 4, '0'), '138****5678',
			sha256(n::text::bytea) || sha256((n + 1)::text::bytea), $4::jsonb,
			CASE WHEN sent THEN `+sqlID(0xd, "n % $2")+` END, at, CASE WHEN sent THEN at + interval '1 day' END,
			CASE WHEN closed THEN at + interval '20 days' END, at + (n % 40) * interval '1 day',
			step, CASE WHEN step <> '' THEN at::date END, CASE WHEN step <> '' THEN 20 END, CASE WHEN step <> '' THEN 0 END,
			CASE WHEN step <> '' THEN at::date END, CASE WHEN step <> '' THEN at::date + 28 END
		FROM (SELECT n, status, CASE WHEN status IN ('province_pending', 'province_accepted') THEN 'province_' ||
					CASE WHEN n % 3 > 0 THEN 'forwarding' WHEN status = 'province_pending' THEN 'acceptance' ELSE 'examination' END
				WHEN status = 'ministry_pending' THEN 'ministry_acceptance' WHEN status IN ('ministry_accepted', 'publicity') THEN 'ministry_decision' END AS step,
				 status NOT IN ('pending_submission', 'returned') AS sent,
				status IN ('returned', 'province_refused', 'ministry_refused', 'approved', 'denied', 'withdrawn') AS closed,
				timestamptz '2025-01-01' + n * interval '50 seconds' AS at
			FROM (SELECT n, ($5::text[])[1 + (n / $2) % 20] AS status FROM generate_series(0, $1::int) n) f) f`,
		s.filings-1, s.enterprises, numbered(0xc, 0), form, list)
	for _, sql := range again {
		do(sql)
	}
	do(`SET session_replication_role = origin`)
	do(`VACUUM ANALYZE`)
}

// dropIndexes drops what is faster made anew over all rows, and tells how.
func dropIndexes(t *testing.T, conn *pgx.Conn) []string {
	t.Helper()
	rows, err := conn.Query(context.Background(), `SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'filings'
		AND indexname NOT IN (SELECT conname FROM pg_constraint WHERE conrelid = 'filings'::regclass)`)
	if err != nil {
		t.Fatal(err)
	}
	type index struct{ Name, Definition string }
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[index])
	if err != nil {
		t.Fatal(err)
	}
	var names, again []string
	for _, i := range found {
		names, again = append(names, i.Name), append(again, i.Definition)
	}
	if len(names) == 0 {
		t.Fatal("filings has no index of its own")
	}
	if _, err := conn.Exec(context.Background(), `DROP INDEX `+strings.Join(names, ", ")); err != nil {
		t.Fatal(err)
	}
	return again
}
