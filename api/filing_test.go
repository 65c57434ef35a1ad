package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"zhuce/api"
	"zhuce/api/apitest"
	"zhuce/internal/auth"
	"zhuce/internal/filing"
)

type object = map[string]any

// The way of a filing through the employer: found, looked at, tried, read about,
// submitted, and shown with its receipt.
func TestSubmitFromListToReceipt(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	ids := env.DeliverMany(t, firm, 3)

	list := firm.Get(t, "/filings?matter=engineers&limit=2").Want(t, 200)
	if list.Text("total") != "3" || list.Len("items") != 2 || list.Text("next_cursor") == "" {
		t.Fatalf("first page: %s", list.Body)
	}
	rest := firm.Get(t, "/filings?matter=engineers&limit=2&cursor="+list.Text("next_cursor")).Want(t, 200)
	if rest.Len("items") != 1 || rest.JSON("next_cursor") != nil {
		t.Fatalf("last page: %s", rest.Body)
	}
	firm.Get(t, "/filings?matter=architects").Want(t, 200)

	check := firm.Post(t, "/filings/check", object{"action": "submit", "filing_ids": ids}).Want(t, 200)
	if check.JSON("ok") != true || check.Text("count") != "3" {
		t.Errorf("dry run: %s", check.Body)
	}
	opened := firm.Post(t, "/commitments", object{"filing_ids": ids}).Want(t, 201)
	submit := object{"commitment_id": opened.Text("id"), "filing_ids": ids, "agreed": true}
	firm.Post(t, "/filings/submit", submit).Want(t, 409, "commitment.not_ready")
	firm.Get(t, "/commitments/"+opened.Text("id")+"/receipt").Want(t, 409, "commitment.unsigned")
	env.Clock.Advance(env.App.Config.ReadingTime)
	if state := firm.Get(t, "/commitments/"+opened.Text("id")).Want(t, 200).Text("state"); state != "ready" {
		t.Errorf("state %s, wanted ready", state)
	}
	submit["agreed"] = false
	firm.Post(t, "/filings/submit", submit).Want(t, 422, "commitment.not_agreed")
	submit["agreed"] = true

	done := firm.Post(t, "/filings/submit", submit).Want(t, 200)
	if done.Text("count") != "3" || done.Text("filings", 0, "status") != "province_pending" || done.Text("reference") == "" {
		t.Errorf("submitted: %s", done.Body)
	}
	again := firm.Post(t, "/filings/submit", submit).Want(t, 409)
	if again.Code() != "commitment.used" {
		t.Errorf("submitted again: %s", again.Body)
	}
	receipt := firm.Get(t, "/commitments/"+opened.Text("id")+"/receipt").Want(t, 200)
	if receipt.Text("text") != opened.Text("text") || receipt.Text("text_sha256") != opened.Text("text_sha256") || receipt.Len("filings") != 3 {
		t.Errorf("receipt: %s", receipt.Body)
	}
	one := firm.Get(t, "/filings/"+ids[0]).Want(t, 200)
	if one.Text("timeline", one.Len("timeline")-1, "action") != "submit" && one.Text("timeline", 0, "action") != "submit" {
		t.Errorf("the timeline has no submission: %s", one.Body)
	}
	if one.Text("commitment", "reference") != done.Text("reference") {
		t.Errorf("the filing does not name its receipt: %s", one.Body)
	}
}

// A refused row stops the whole batch and is named with its present status.
func TestBatchNamesWhatIsRefused(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, other := env.Enterprise(t), env.Enterprise(t)
	ids := env.DeliverMany(t, firm, 2)
	foreign := env.Deliver(t, other)
	env.Submit(t, firm, ids[0])

	a := firm.Post(t, "/filings/return", object{"filing_ids": append([]string{foreign}, ids...), "reason": "材料不齐"}).Want(t, 409, "filing.batch_refused")
	want := map[string]bool{foreign + " filing.not_found": true, ids[0] + " filing.only_pending_can_be_returned": true}
	for _, r := range a.Refused() {
		if !want[r] {
			t.Errorf("refused: %s", r)
		}
		delete(want, r)
	}
	if len(want) > 0 {
		t.Errorf("not named: %v in %s", want, a.Body)
	}
	if s := firm.Get(t, "/filings/"+ids[1]).Want(t, 200).Text("status"); s != "pending_submission" {
		t.Errorf("the sound row moved to %s", s)
	}
	for i := range a.Len("errors") {
		if a.Text("errors", i, "record", "id") == ids[0] && a.Text("errors", i, "record", "status") != "province_pending" {
			t.Errorf("its status is not named: %s", a.Body)
		}
	}
	english := firm.Post(t, "/filings/return", object{"filing_ids": ids[:1], "reason": "x"}, "Accept-Language", "en-GB").Want(t, 409)
	if strings.ContainsFunc(english.Text("detail"), func(r rune) bool { return r > 0x2e80 }) || english.Header.Get("Content-Language") != "en" {
		t.Errorf("in English: %s", english.Body)
	}
}

// Returned filings leave the list (manual §3.2.3) and are found when asked for.
func TestReturn(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	ids := env.DeliverMany(t, firm, 2)
	firm.Post(t, "/filings/return", object{"filing_ids": ids[:1], "reason": " "}).Want(t, 422)
	firm.Post(t, "/filings/return", object{"filing_ids": ids[:1], "reason": "他的证件号是 110101199003071233"}).Want(t, 422, "request.invalid")
	firm.Post(t, "/filings/return", object{"filing_ids": ids[:1], "reason": "劳动合同签字页缺失"}).Want(t, 200)
	if n := firm.Get(t, "/filings").Want(t, 200).Text("total"); n != "1" {
		t.Errorf("%s in the list, wanted 1", n)
	}
	if n := firm.Get(t, "/filings?status=returned").Want(t, 200).Text("total"); n != "1" {
		t.Errorf("%s returned, wanted 1", n)
	}
	counts := firm.Get(t, "/filings/counts").Want(t, 200)
	if counts.Len("counts") != len(filing.Statuses) || counts.Text("total") != "1" {
		t.Errorf("counts: %s", counts.Body)
	}
	if r := env.Person(t).Get(t, "/exchange/filings/"+ids[0]).Want(t, 200).Text("returned_reason"); r != "劳动合同签字页缺失" {
		t.Errorf("the person is told %q", r)
	}
}

// What a filing shows depends on who asks: its own enterprise everything but the
// personal numbers, which take a reason; anybody else nothing.
func TestFilingIsItsEnterprisesAlone(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, other := env.Enterprise(t), env.Enterprise(t)
	var sent api.DeliveryRequest
	id := env.Deliver(t, firm, func(d *api.DeliveryRequest) { sent = *d })

	one := firm.Get(t, "/filings/"+id).Want(t, 200)
	if strings.Contains(string(one.Body), sent.Person.IDNumber) || strings.Contains(string(one.Body), sent.Person.Mobile) {
		t.Errorf("a personal number in the detail: %s", one.Body)
	}
	firm.Get(t, "/filings/"+id, "If-None-Match", one.Header.Get("ETag")).Want(t, 304)
	found := firm.Post(t, "/filings/search", object{"id_number": sent.Person.IDNumber}).Want(t, 200)
	if found.Text("items", 0, "id") != id {
		t.Errorf("not found by its number: %s", found.Body)
	}
	if n := other.Post(t, "/filings/search", object{"id_number": sent.Person.IDNumber}).Want(t, 200).Text("total"); n != "0" {
		t.Errorf("another enterprise finds %s", n)
	}
	shown := firm.Post(t, "/filings/"+id+"/reveal", object{"reason": "核对身份"}).Want(t, 200)
	if shown.Text("id_number") != sent.Person.IDNumber || shown.Text("mobile") != sent.Person.Mobile {
		t.Errorf("revealed: %s", shown.Body)
	}
	firm.Post(t, "/filings/"+id+"/reveal", object{"reason": ""}).Want(t, 422)
	for _, path := range []string{"/filings/" + id, "/commitments/" + env.Read(t, firm, id)} {
		other.Get(t, path).Want(t, 404)
	}
	other.Post(t, "/filings/"+id+"/reveal", object{"reason": "好奇"}).Want(t, 404, "filing.not_found")
	if env.Log.Contains(sent.Person.IDNumber) || env.Log.Contains(sent.Person.Mobile) {
		t.Error("a personal number in the log")
	}
}

// Before the first save nothing can be filed (manual §3.1).
func TestNothingIsFiledBeforeTheFirstSave(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	fresh := env.FreshEnterprise(t)
	env.Person(t).Post(t, "/exchange/filings", env.Delivery(fresh)).Want(t, 409, "enterprise.basic_information_missing")
	fresh.Post(t, "/commitments", object{"filing_ids": []string{"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"}}).Want(t, 409, "enterprise.basic_information_missing")
}

// Lists cost the same for one row as for many, and so does a submission.
func TestStatementsDoNotGrow(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	cost := func(n int) (list, submit int) {
		ids := env.DeliverMany(t, firm, n)
		list = env.Statements(func() { firm.Get(t, fmt.Sprintf("/filings?limit=%d", n)).Want(t, 200) })
		c := env.Read(t, firm, ids...)
		submit = env.Statements(func() {
			firm.Post(t, "/filings/submit", object{"commitment_id": c, "filing_ids": ids, "agreed": true}).Want(t, 200)
		})
		return list, submit
	}
	list1, submit1 := cost(1)
	list9, submit9 := cost(9)
	if list1 != list9 || submit1 != submit9 {
		t.Errorf("list %d → %d statements, submit %d → %d", list1, list9, submit1, submit9)
	}
}

// Ten clicks with one key submit once, and all get the same answer; the key is
// good for nothing else.
func TestSubmittingTwiceActsOnce(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	id := env.Deliver(t, firm)
	body := object{"commitment_id": env.Read(t, firm, id), "filing_ids": []string{id}, "agreed": true}

	answers := make([]*apitest.Answer, 10)
	var clicks sync.WaitGroup
	for i := range answers {
		clicks.Go(func() { answers[i] = firm.Post(t, "/filings/submit", body, "Idempotency-Key", "one-intent") })
	}
	clicks.Wait()
	for _, a := range answers {
		if a.Status != http.StatusOK || a.Text("reference") != answers[0].Text("reference") {
			t.Errorf("%d %s, the first had %s", a.Status, a.Body, answers[0].Body)
		}
	}
	if n := firm.Get(t, "/filings/"+id).Text("version"); n != "2" {
		t.Errorf("version %s, wanted 2", n)
	}
	firm.Post(t, "/filings/return", object{"filing_ids": []string{id}, "reason": "x"}, "Idempotency-Key", "one-intent").
		Want(t, 422, "request.idempotency_key_reused")
	body["filing_ids"] = []string{id, id}
	firm.Post(t, "/filings/submit", body, "Idempotency-Key", "one-intent").Want(t, 422, "request.idempotency_key_reused")
	env.Enterprise(t).Post(t, "/filings/submit", body, "Idempotency-Key", "one-intent").Want(t, 404, "commitment.not_found")
}

// Every status that exists can be shown, with what is open on it.
func TestEveryStatusIsShown(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	type step struct {
		by auth.Party
		do filing.Action
	}
	toMinistry := []step{{auth.Province, filing.Accept}, {auth.Province, filing.Forward}}
	accepted := append(toMinistry[:2:2], step{auth.Ministry, filing.Accept})
	ways := map[filing.Status][]step{
		filing.ProvinceCorrection: {{auth.Province, filing.AskCorrection}},
		filing.ProvinceRefused:    {{auth.Province, filing.Refuse}},
		filing.ProvinceAccepted:   toMinistry[:1],
		filing.MinistryPending:    toMinistry,
		filing.MinistryCorrection: append(toMinistry[:2:2], step{auth.Ministry, filing.AskCorrection}),
		filing.MinistryRefused:    append(toMinistry[:2:2], step{auth.Ministry, filing.Refuse}),
		filing.MinistryAccepted:   accepted,
		filing.Publicity:          append(accepted[:3:3], step{auth.Ministry, filing.Publish}),
		filing.Approved:           append(accepted[:3:3], step{auth.Ministry, filing.Publish}, step{auth.Ministry, filing.Approve}),
		filing.Denied:             append(accepted[:3:3], step{auth.Ministry, filing.Deny}),
	}
	for status, way := range ways {
		id := env.Deliver(t, firm, func(d *api.DeliveryRequest) { d.Profession = "architect_1" })
		firm.Refresh(t) // reading takes a minute each time
		env.Submit(t, firm, id)
		for _, s := range way {
			env.Decide(t, s.by, s.do, "缺少材料", id)
		}
		one := firm.Get(t, "/filings/"+id).Want(t, 200)
		if one.Text("status") != string(status) || one.JSON("open") != status.Open() {
			t.Errorf("%s, wanted %s: %s", one.Text("status"), status, one.Body)
		}
		for i := range one.Len("actions") {
			if one.JSON("actions", i, "allowed") == false && (one.Text("actions", i, "code") == "" || one.Text("actions", i, "reason") == "") {
				t.Errorf("%s: an action is closed without a reason: %s", status, one.Body)
			}
		}
	}
}

// 501 filings are one too many everywhere, and the field is named.
func TestABatchOf501IsRefused(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	ids := make([]string, 501)
	for i := range ids {
		ids[i] = fmt.Sprintf("019363d0-8f6b-7c3a-9a55-%012d", i)
	}
	for path, body := range map[string]object{
		"/commitments":    {"filing_ids": ids},
		"/filings/check":  {"action": "submit", "filing_ids": ids},
		"/filings/submit": {"commitment_id": ids[0], "filing_ids": ids, "agreed": true},
		"/filings/return": {"filing_ids": ids, "reason": "超过上限"},
	} {
		refused := firm.Try(t, http.MethodPost, path, body).Want(t, 422, "request.invalid")
		if refused.Text("errors", 0, "pointer") != "/filing_ids" {
			t.Errorf("%s: %s", path, refused.Body)
		}
	}
}
