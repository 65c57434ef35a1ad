package api_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"zhuce/api"
	"zhuce/api/apitest"
	"zhuce/internal/auth"
	"zhuce/internal/config"
	"zhuce/internal/filing"
	"zhuce/internal/identity"
)

// sheet downloads an export and reads a sheet of it.
func sheet(t *testing.T, firm *apitest.Caller, id, name string) [][]string {
	t.Helper()
	a := firm.Get(t, "/exports/"+id+"/content").Want(t, 200)
	if got := a.Header.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment; ") || !strings.Contains(got, ".xlsx") {
		t.Errorf("Content-Disposition %q", got)
	}
	if a.Header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("Cache-Control %q", a.Header.Get("Cache-Control"))
	}
	f, err := excelize.OpenReader(bytes.NewReader(a.Body))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := f.GetRows(name)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func column(rows [][]string, title string) []string {
	at := -1
	for i, t := range rows[0] {
		if t == title {
			at = i
		}
	}
	out := []string{}
	for _, r := range rows[1:] {
		if at >= 0 && at < len(r) {
			out = append(out, r[at])
		} else {
			out = append(out, "")
		}
	}
	return out
}

// Whatever is filtered, the export is the list: the same rows in the same order.
func TestAnExportIsTheList(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, other := env.Enterprise(t), env.Enterprise(t)
	env.DeliverMany(t, other, 2)
	var ids []string
	for i := range 24 {
		if i%8 == 7 {
			env.Clock.Advance(12 * time.Hour)
		}
		sender := env.Machine(t, auth.Person) // tokens do not last that long
		ids = append(ids, sender.Post(t, "/exchange/filings", env.Delivery(firm, func(d *api.DeliveryRequest) {
			if i%3 == 0 {
				d.Person.Name = "王" + fmt.Sprint(i)
			}
			d.Profession = []string{"structural_1", "chemical", "electrical_supply"}[i%3]
			d.Attachments = append(d.Attachments, api.DeliveryPaper{Kind: string(filing.SocialInsurance), Shared: true, SharedSource: "社保共享"})
		})).Want(t, 201).Text("id"))
	}
	firm = env.SignIn(t, identity.Person{Subject: "later", Account: "later", Operator: "李四", Name: firm.Name, CreditCode: firm.CreditCode,
		LegalRepresentative: "赵一", LegalPersonType: "enterprise", TrustLevel: 3})
	env.Submit(t, firm, ids[:9]...)
	env.Decide(t, auth.Province, filing.Forward, "", ids[:4]...)
	r := rand.New(rand.NewPCG(7, 11))
	some := func(q object, name string, values ...any) {
		if r.IntN(3) == 0 {
			q[name] = values[r.IntN(len(values))]
		}
	}
	seen := map[int]bool{}
	for range 25 {
		q := object{}
		some(q, "name", "王", "明", "王1")
		some(q, "profession", "structural_1", "chemical")
		some(q, "status", []string{"pending_submission"}, []string{"province_pending", "ministry_pending"})
		some(q, "delivered_from", "2026-11-24", "2026-11-23")
		some(q, "delivered_to", "2026-11-24")
		some(q, "submitted_from", "2026-11-23")
		some(q, "sort", "person_name", "-person_name", "delivered_at", "-submitted_at")
		page := object{"limit": 200}
		for k, v := range q {
			page[k] = v
		}
		list := firm.Post(t, "/filings/search", page).Want(t, 200)
		want := []string{}
		for i := range list.Len("items") {
			want = append(want, list.Text("items", i, "reference"))
		}
		seen[len(want)] = true
		e := firm.Post(t, "/exports", object{"of": "filings", "filings": q, "masked": true}).Want(t, 201)
		if e.Text("state") != "ready" || e.Text("rows_total") != list.Text("total") {
			t.Fatalf("%v: %s", q, e.Body)
		}
		if d := cmp.Diff(want, column(sheet(t, firm, e.Text("id"), "注册申报"), "申报编号")); d != "" {
			t.Errorf("%v (-list +export):\n%s", q, d)
		}
		firm.Do(t, http.MethodDelete, "/exports/"+e.Text("id"), nil).Want(t, 204)
	}
	if len(seen) < 5 {
		t.Errorf("the filters gave only %v rows: this proves little", seen)
	}
}

// What is in the file: words in the reader's language, masked numbers, and what
// the file is on its second sheet.
func TestExportedWorkbook(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	env.Deliver(t, firm, func(d *api.DeliveryRequest) { d.Person.Name = "=HYPERLINK(1)" })
	q := object{"of": "filings", "filings": object{"profession": "structural_1"}, "masked": true}
	e := firm.Post(t, "/exports", q).Want(t, 201)
	rows := sheet(t, firm, e.Text("id"), "注册申报")
	if got := column(rows, "姓名")[0] + column(rows, "性别")[0] + column(rows, "状态")[0]; got != "=HYPERLINK(1)男未上报" {
		t.Errorf("%q", got)
	}
	if got := column(rows, "证件号码")[0]; !strings.Contains(got, "*") {
		t.Errorf("the number is not masked: %s", got)
	}
	about := fmt.Sprint(sheet(t, firm, e.Text("id"), "说明"))
	for _, want := range []string{"导出人 " + firm.Actor.Name, "记录数 1", "2026-11-23 09:00:00", "查询条件：注册专业 一级注册结构工程师", "已隐去部分位数"} {
		if !strings.Contains(about, want) {
			t.Errorf("the second sheet lacks %q: %s", want, about)
		}
	}
	en := firm.Post(t, "/exports", q, "Accept-Language", "en").Want(t, 201)
	if got := column(sheet(t, firm, en.Text("id"), "Filings"), "Status"); got[0] != "Not submitted" {
		t.Errorf("%v", got)
	}
	if !strings.HasPrefix(en.Text("file_name"), "filings-2026") {
		t.Errorf("file name %s", en.Text("file_name"))
	}
}

// Full numbers need a reason, which is audited, and go to whoever asked alone.
func TestFullNumbersInAnExport(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	var number string
	env.Deliver(t, firm, func(d *api.DeliveryRequest) { number = d.Person.IDNumber })
	q := object{"of": "filings", "masked": false}
	firm.Post(t, "/exports", q).Want(t, 422, "export.reason_required")
	q["reason"] = "核对 " + number
	if got := firm.Post(t, "/exports", q).Want(t, 422).Refused(); len(got) != 1 || got[0] != "/reason request.personal_number" {
		t.Errorf("%v", got)
	}
	q["reason"] = "年度核对"
	e := firm.Post(t, "/exports", q).Want(t, 201)
	if got := column(sheet(t, firm, e.Text("id"), "注册申报"), "证件号码")[0]; got != number {
		t.Errorf("the number is %s", got)
	}
	if about := fmt.Sprint(sheet(t, firm, e.Text("id"), "说明")); !strings.Contains(about, "年度核对") {
		t.Errorf("%s", about)
	}
	colleague := env.SignIn(t, identity.Person{Subject: "colleague", Account: "colleague", Operator: "李四", Name: firm.Name, CreditCode: firm.CreditCode,
		LegalRepresentative: "赵一", LegalPersonType: "enterprise", TrustLevel: 3})
	colleague.Get(t, "/exports/"+e.Text("id")).Want(t, 200)
	colleague.Get(t, "/exports/"+e.Text("id")+"/content").Want(t, 409, "export.only_who_asked")
	var trail []string
	if err := env.App.DB.Read(t.Context()).Raw(`SELECT action || ' ' || reason FROM audit_log WHERE subject_id = ? ORDER BY id`, e.Text("id")).Scan(&trail).Error; err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"export.create_full 年度核对", "export.download ", "export.download "}, trail); d != "" {
		t.Error(d)
	}
	if env.Log.Contains(number) {
		t.Error("the number is in the log")
	}
}

// A query by ID number is nowhere in the clear: not in the row, not in its words.
func TestAnExportKeepsNoNumber(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	var number string
	env.Deliver(t, firm, func(d *api.DeliveryRequest) { number = d.Person.IDNumber })
	env.Deliver(t, firm)
	e := firm.Post(t, "/exports", object{"of": "filings", "filings": object{"id_number": number}, "masked": true}).Want(t, 201)
	if e.Text("rows_total") != "1" || !strings.Contains(e.Text("filter", 0, "value"), "*") {
		t.Errorf("%s", e.Body)
	}
	var whole string
	if err := env.App.DB.Read(t.Context()).Raw(`SELECT string_agg(e::text, '') || (SELECT COALESCE(string_agg(j::text, ''), '') FROM river_job j) FROM exports e`).Scan(&whole).Error; err != nil {
		t.Fatal(err)
	}
	var sealed int
	if err := env.App.DB.Read(t.Context()).Raw(`SELECT count(*) FROM exports WHERE position(convert_to(?, 'UTF8') IN request_sealed) > 0`, number).Scan(&sealed).Error; err != nil {
		t.Fatal(err)
	}
	if sealed > 0 || strings.Contains(whole, number) || strings.Contains(string(e.Body), number) {
		t.Error("the number is kept in the clear")
	}
}

// Removed under one key, it is removed once, and the same again is answered alike.
func TestAnExportIsRemovedOnceAKey(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	at := "/exports/" + firm.Post(t, "/exports", object{"of": "filings", "masked": true}).Want(t, 201).Text("id")
	for range 2 {
		firm.Do(t, http.MethodDelete, at, nil, "Idempotency-Key", "remove").Want(t, 204)
	}
	firm.Do(t, http.MethodDelete, at, nil).Want(t, 404, "export.not_found")
	var removals int
	if err := env.App.DB.Read(t.Context()).Raw(`SELECT count(*) FROM audit_log WHERE action = 'export.remove'`).Scan(&removals).Error; err != nil || removals != 1 {
		t.Errorf("%d removals in the audit log, %v", removals, err)
	}
}

func TestAnotherEnterprisesExportDoesNotExist(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, other := env.Enterprise(t), env.Enterprise(t)
	id := firm.Post(t, "/exports", object{"of": "filings", "masked": true}).Want(t, 201).Text("id")
	for _, path := range []string{"/exports/" + id, "/exports/" + id + "/content", "/exports/not-an-id"} {
		other.Get(t, path).Want(t, 404, "export.not_found")
	}
	other.Do(t, http.MethodDelete, "/exports/"+id, nil).Want(t, 404, "export.not_found")
	if list := other.Get(t, "/exports").Want(t, 200); list.Text("total") != "0" {
		t.Errorf("%s", list.Body)
	}
	firm.Get(t, "/exports/"+id+"/content").Want(t, 200)
}

func TestExportRequestsAreChecked(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	for body, want := range map[string]string{
		`{"of": "people", "masked": true}`: "/of request.not_an_option",
		`{"masked": true}`:                 "/of request.required",
		`{"of": "registrants", "filings": {"name": "x"}, "masked": true}`:               "/filings export.one_list",
		`{"of": "filings", "filings": {"status": ["gone"]}, "masked": true}`:            "/filings/status/0 request.unknown_value",
		`{"of": "filings", "filings": {"delivered_from": "yesterday"}, "masked": true}`: "/filings/delivered_from request.date",
		`{"of": "filings", "filings": {"sort": "id"}, "masked": true}`:                  "/filings/sort request.unknown_value",
		`{"of": "filings", "filings": {"name": "` + "\\u0000" + `"}, "masked": true}`:   "/filings/name request.nul_byte",
	} {
		if got := firm.Post(t, "/exports", body).Want(t, 422).Refused(); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %v", body, got)
		}
	}
	firm.Get(t, "/exports?limit=0").Want(t, 422)
	firm.Get(t, "/exports?cursor=x").Want(t, 422, "request.cursor")
}

// Asked beforehand, it says what would come, and writes nothing.
func TestExportPreview(t *testing.T) {
	t.Parallel()
	env := apitest.New(t, func(c *config.Config) { c.ExportAtOnceRows, c.ExportMaxRows = 2, 3 })
	firm := env.Enterprise(t)
	env.DeliverMany(t, firm, 2)
	q := object{"of": "filings", "filings": object{"delivered_from": "2026-11-01", "delivered_to": "2026-11-30"}, "masked": true}
	p := firm.Post(t, "/exports/check", q).Want(t, 200)
	if p.Text("rows") != "2" || p.JSON("at_once") != true || p.JSON("allowed") != true || p.Text("filter", 0, "value") != "2026-11-01 至 2026-11-30" {
		t.Errorf("%s", p.Body)
	}
	env.DeliverMany(t, firm, 2)
	p = firm.Post(t, "/exports/check", q).Want(t, 200)
	if p.JSON("allowed") != false || p.Text("code") != "export.too_many_rows" {
		t.Errorf("%s", p.Body)
	}
	firm.Post(t, "/exports", q).Want(t, 409, "export.too_many_rows")
	if list := firm.Get(t, "/exports").Want(t, 200); list.Text("total") != "0" {
		t.Errorf("%s", list.Body)
	}
}

// Sent twice with one key, one export comes of it.
func TestStartingAnExportTwice(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	q := object{"of": "filings", "masked": true}
	one := firm.Post(t, "/exports", q, "Idempotency-Key", "k1").Want(t, 201)
	two := firm.Post(t, "/exports", q, "Idempotency-Key", "k1").Want(t, 201)
	if one.Text("id") != two.Text("id") || firm.Get(t, "/exports").Want(t, 200).Text("total") != "1" {
		t.Errorf("%s\n%s", one.Body, two.Body)
	}
}

func TestExportListTakesOneStatement(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	ask := func() { firm.Get(t, "/exports?limit=200").Want(t, 200) }
	firm.Post(t, "/exports", object{"of": "filings", "masked": true}).Want(t, 201)
	ask()
	few := env.Statements(ask)
	if err := env.App.DB.Read(t.Context()).Exec(`INSERT INTO exports (id, enterprise_id, user_id, user_name, source, state, masked, reason, lang, request_sealed,
			filter, at_once, rows_total, created_at, heartbeat_at, finished_at)
		SELECT gen_random_uuid(), enterprise_id, user_id, user_name, source, 'cancelled', masked, reason, lang, request_sealed, filter, at_once, rows_total, created_at, heartbeat_at, finished_at
		FROM exports, generate_series(1, 220)`).Error; err != nil {
		t.Fatal(err)
	}
	if many := env.Statements(ask); many != few {
		t.Errorf("%d statements for 200 rows, %d for one", many, few)
	}
	page := firm.Get(t, "/exports?limit=200").Want(t, 200)
	rest := firm.Get(t, "/exports?limit=200&cursor="+page.Text("next_cursor")).Want(t, 200)
	if page.Len("items")+rest.Len("items") != 221 || rest.JSON("next_cursor") != nil {
		t.Errorf("%d and %d", page.Len("items"), rest.Len("items"))
	}
}

// The same of the registrants: every filter and order of the list.
func TestAnExportOfRegistrantsIsTheList(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	first := env.Delivery(firm, func(d *api.DeliveryRequest) { d.Person.Name = "欧阳修远" })
	ids := []string{env.Person(t).Post(t, "/exchange/filings", first).Want(t, 201).Text("id")}
	ids = append(ids, env.DeliverMany(t, firm, 5)...)
	env.Accepted(t, firm, ids...)
	env.Decide(t, auth.Ministry, filing.Approve, "", ids[:3]...)
	env.Clock.Advance(24 * time.Hour)
	env.Decide(t, auth.Ministry, filing.Approve, "", ids[3:]...)
	firm = env.SignIn(t, identity.Person{Subject: "later", Account: "later", Operator: "经办人", Name: firm.Name, CreditCode: firm.CreditCode,
		LegalRepresentative: "赵一", LegalPersonType: "enterprise", TrustLevel: 3})
	for _, q := range []object{
		{}, {"name": "欧阳"}, {"status": []string{"valid"}}, {"status": []string{"expired", "revoked"}}, {"valid_until_to": "2029-11-22"},
		{"valid_until_from": "2029-11-23", "sort": "-certificate_number"}, {"sort": "person_name"}, {"sort": "-registered_at"}, {"certificate_number": "1"},
		{"id_number": first.Person.IDNumber}, {"matter": "architects"}, {"profession": "structural_1", "sort": "-valid_until"},
	} {
		page := object{"limit": 200}
		for k, v := range q {
			page[k] = v
		}
		list := firm.Post(t, "/registrants/search", page).Want(t, 200)
		want := [][]string{}
		for i := range list.Len("items") {
			at := func(name string) string { return list.Text("items", i, name) }
			want = append(want, []string{at("person_name"), at("id_number_masked"), at("certificate_number"), at("seal_number"), at("valid_from"), at("valid_until")})
		}
		e := firm.Post(t, "/exports", object{"of": "registrants", "registrants": q, "masked": true}).Want(t, 201)
		rows := sheet(t, firm, e.Text("id"), "注册人员")
		got := [][]string{}
		for i := range rows[1:] {
			line := []string{}
			for _, title := range []string{"姓名", "证件号码", "注册证书编号", "执业印章注册号", "有效期起", "有效期止"} {
				line = append(line, column(rows, title)[i])
			}
			got = append(got, line)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%v (-list +export):\n%s", q, d)
		}
		firm.Do(t, http.MethodDelete, "/exports/"+e.Text("id"), nil).Want(t, 204)
	}
	e := firm.Post(t, "/exports", object{"of": "registrants", "registrants": object{"name": "欧阳"}, "masked": false, "reason": "年度核对"}).Want(t, 201)
	if got := column(sheet(t, firm, e.Text("id"), "注册人员"), "证件号码"); len(got) != 1 || got[0] != first.Person.IDNumber {
		t.Errorf("full numbers: %v", got)
	}
}
