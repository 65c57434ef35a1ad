package api_test

import (
	"fmt"
	"net/http"
	"testing"

	"zhuce/api/apitest"
	"zhuce/internal/auth"
	"zhuce/internal/filing"
)

func askBody(ref string) object { return object{"withdrawal_ref": ref, "reason": "个人工作变动"} }

// The whole way: asked through the exchange, seen by the enterprise, declined, asked anew, agreed.
func TestWithdrawal(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, person := env.Enterprise(t), env.Person(t)
	id := env.Deliver(t, firm)
	at := "/exchange/filings/" + id + "/withdrawal"
	person.Post(t, at, askBody("w-1")).Want(t, 409, "filing.cannot_be_withdrawn")
	env.Submit(t, firm, id)
	person.Post(t, at, object{"withdrawal_ref": "w-1", "reason": "个人工作变动", "dry_run": true}).Want(t, 204)
	keyed := person.Post(t, at, askBody("w-1"), "Idempotency-Key", "k-1").Want(t, 201)
	if again := person.Post(t, at, askBody("w-1"), "Idempotency-Key", "k-1").Want(t, 201); string(again.Body) != string(keyed.Body) {
		t.Errorf("under the same key: %s", again.Body)
	}
	person.Post(t, at, askBody("w-2"), "Idempotency-Key", "k-1").Want(t, 422, "request.idempotency_key_reused")
	if a := person.Post(t, at, askBody("w-1")).Want(t, 200); a.Text("state") != "requested" || a.Text("withdrawal_ref") != "w-1" {
		t.Errorf("the same again: %s", a.Body)
	}
	person.Post(t, at, askBody("w-2")).Want(t, 409, "filing.withdrawal_already_asked")
	person.Post(t, at, object{"withdrawal_ref": "w-3", "reason": "x", "dry_run": true}).Want(t, 409, "filing.withdrawal_already_asked")

	row := firm.Get(t, "/filings?withdrawal=requested").Want(t, 200)
	if row.Text("total") != "1" || row.Text("items", 0, "id") != id || row.Text("items", 0, "withdrawal") != "requested" {
		t.Errorf("the list of what waits: %s", row.Body)
	}
	open := map[string]bool{}
	for i := range row.Len("items", 0, "actions") {
		open[row.Text("items", 0, "actions", i, "action")] = row.JSON("items", 0, "actions", i, "allowed") == true
	}
	if !open["agree_withdrawal"] || !open["decline_withdrawal"] || open["return"] {
		t.Errorf("open: %v", open)
	}
	if n := firm.Get(t, "/filings/counts").Want(t, 200).Text("withdrawals_asked"); n != "1" {
		t.Errorf("%s wait", n)
	}
	if a := firm.Post(t, "/filings/check", object{"action": "agree_withdrawal", "filing_ids": []string{id}}).Want(t, 200); a.JSON("ok") != true {
		t.Errorf("dry run: %s", a.Body)
	}

	firm.Post(t, "/filings/decline-withdrawal", object{"filing_ids": []string{id}, "reason": "项目需要"}).Want(t, 200)
	if n := rows(t, env, `SELECT count(*) FROM audit_log WHERE subject_id = ? AND action IN ('filing.ask_withdrawal', 'filing.decline_withdrawal')`, id); n != 2 {
		t.Errorf("%d lines in the audit log, wanted the request's and the answer's", n)
	}
	if a := person.Get(t, "/exchange/filings/"+id).Want(t, 200); a.Text("withdrawal") != "declined" || a.Text("last_withdrawal", "answer") != "项目需要" {
		t.Errorf("the person sees %s", a.Body)
	}
	person.Post(t, at, askBody("w-2")).Want(t, 201)
	done := firm.Post(t, "/filings/agree-withdrawal", object{"filing_ids": []string{id}}, "Idempotency-Key", "k").Want(t, 200)
	again := firm.Post(t, "/filings/agree-withdrawal", object{"filing_ids": []string{id}}, "Idempotency-Key", "k").Want(t, 200)
	if done.Text("count") != "1" || done.Text("filings", 0, "status") != "withdrawn" || string(done.Body) != string(again.Body) {
		t.Errorf("agreed: %s, again %s", done.Body, again.Body)
	}
	one := firm.Get(t, "/filings/"+id).Want(t, 200)
	if one.Text("status") != "withdrawn" || one.Len("withdrawals") != 2 || one.Text("withdrawals", 0, "answer") != "项目需要" || one.Text("withdrawals", 1, "state") != "agreed" {
		t.Errorf("the detail: %s", one.Body)
	}
}

func TestWithdrawalRefusals(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, other, person, rival := env.Enterprise(t), env.Enterprise(t), env.Person(t), env.Machine(t, auth.Person)
	ids := env.DeliverMany(t, firm, 2)
	env.Submit(t, firm, ids...)
	at := "/exchange/filings/" + ids[0] + "/withdrawal"
	rival.Post(t, at, askBody("w")).Want(t, 404, "filing.not_found")
	rival.Do(t, http.MethodDelete, at, nil).Want(t, 404, "filing.not_found")
	env.Machine(t, auth.Province).Post(t, at, askBody("w")).Want(t, 403, "filing.wrong_party")
	person.Post(t, "/exchange/filings/17/withdrawal", askBody("w")).Want(t, 404, "filing.not_found")
	person.Do(t, http.MethodDelete, at, nil).Want(t, 409, "filing.withdrawal_not_asked")
	for name, body := range map[string]object{
		"/reason request.personal_number":  {"withdrawal_ref": "w", "reason": "证件号 110101199003071233"},
		"/reason request.required":         {"withdrawal_ref": "w"},
		"/withdrawal_ref request.required": {"reason": "x"},
	} {
		if got := person.Post(t, at, body).Want(t, 422, "request.invalid").Refused(); len(got) != 1 || got[0] != name {
			t.Errorf("%s: %v", name, got)
		}
	}
	person.Post(t, at, object{"withdrawal_ref": "w", "reason": " "}).Want(t, 422, "filing.withdrawal_reason_required")
	person.Post(t, at, askBody("w")).Want(t, 201)
	decline := func(who *apitest.Caller, reason string, of ...string) *apitest.Answer {
		return who.Post(t, "/filings/decline-withdrawal", object{"filing_ids": of, "reason": reason})
	}
	decline(firm, "致电 13812345678", ids[0]).Want(t, 422, "request.invalid")
	decline(firm, " ", ids[0]).Want(t, 422)
	decline(other, "x", ids[0]).Want(t, 409, "filing.batch_refused")
	other.Post(t, "/filings/agree-withdrawal", object{"filing_ids": ids[:1]}).Want(t, 409, "filing.batch_refused")
	a := firm.Post(t, "/filings/agree-withdrawal", object{"filing_ids": ids}).Want(t, 409, "filing.batch_refused")
	if got := a.Refused(); len(got) != 1 || got[0] != ids[1]+" filing.withdrawal_not_asked" {
		t.Errorf("refused: %v", got)
	}
	many := make([]string, 501)
	for i := range many {
		many[i] = fmt.Sprintf("019363d0-8f6b-7c3a-9a55-%012d", i)
	}
	firm.Try(t, http.MethodPost, "/filings/agree-withdrawal", object{"filing_ids": many}).Want(t, 422, "request.invalid")
	firm.Get(t, "/filings?withdrawal=maybe").Want(t, 422, "request.invalid")
	person.Do(t, http.MethodDelete, at, nil).Want(t, 204)
	if n := firm.Get(t, "/filings/counts").Want(t, 200).Text("withdrawals_asked"); n != "0" {
		t.Errorf("%s wait after the cancellation", n)
	}
}

// The authority is first: both sides see that the request is void.
func TestWithdrawalIsVoidOnceAccepted(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, person := env.Enterprise(t), env.Person(t)
	id := env.Deliver(t, firm)
	env.Submit(t, firm, id)
	person.Post(t, "/exchange/filings/"+id+"/withdrawal", askBody("w")).Want(t, 201)
	env.Decide(t, auth.Province, filing.Accept, "", id)
	a := firm.Post(t, "/filings/agree-withdrawal", object{"filing_ids": []string{id}}).Want(t, 409, "filing.batch_refused")
	if got := a.Refused(); len(got) != 1 || got[0] != id+" filing.cannot_be_withdrawn" {
		t.Errorf("refused: %v", got)
	}
	if one := firm.Get(t, "/filings/"+id).Want(t, 200); one.Text("withdrawals", 0, "state") != "void" || one.Text("withdrawals", 0, "ended_party") != "province" {
		t.Errorf("the enterprise sees %s", one.Body)
	}
	if p := person.Get(t, "/exchange/filings/"+id).Want(t, 200); p.Text("last_withdrawal", "state") != "void" || p.Text("withdrawal") != "void" {
		t.Errorf("the person sees %s", p.Body)
	}
}
