package lifetest

import (
	"fmt"
	"net/http"
	"testing"

	"zhuce/api/apitest"
)

// act is one message of a party about one filing. Sent again it is the same message:
// it carries its sender's ref, or a key.
type act struct {
	do, by string
	send   func(t *testing.T) *apitest.Answer
	other  func(t *testing.T) *apitest.Answer // under the same ref, but saying something else; nil where there is no ref
	reused string                             // the code that it gets then
}

type object = map[string]any

// decisions by what they rest on.
var basis = map[string][]string{"refuse": {"licensing_32_2"}, "ask_correction": {"licensing_32_4"}, "deny": {"licensing_38"}}

// message makes the act that a party would send now.
func (w *world) message(f *filing, do, by string) act {
	a := act{do: do, by: by}
	n := w.serial.Add(1)
	key := fmt.Sprintf("key-%d", n)
	post := func(c *apitest.Caller, path string, body object) {
		a.send = func(t *testing.T) *apitest.Answer { return c.Post(t, path, body, "Idempotency-Key", key) }
	}
	ids := []string{f.id}
	switch do {
	case "deliver":
		d := f.delivery
		d.DeliveryRef = fmt.Sprintf("delivery-%d", n)
		changed := d
		changed.Person.School = "清华大学"
		a.send = func(t *testing.T) *apitest.Answer { return w.person.Post(t, "/exchange/filings", d) }
		a.other = func(t *testing.T) *apitest.Answer { return w.person.Post(t, "/exchange/filings", changed) }
		a.reused = "exchange.delivery_ref_reused"
	case "submit":
		post(f.firm, "/filings/submit", nil) // the letter comes first: see open
	case "return":
		post(f.firm, "/filings/return", object{"filing_ids": ids, "reason": "劳动合同签字页缺失"})
	case "agree_withdrawal":
		post(f.firm, "/filings/agree-withdrawal", object{"filing_ids": ids})
	case "decline_withdrawal":
		post(f.firm, "/filings/decline-withdrawal", object{"filing_ids": ids, "reason": "项目需要"})
	case "supplement":
		post(f.firm, "/filings/supplement", object{"filing_ids": ids, "certificate_number": qualification})
	case "ask_withdrawal":
		path, body := "/exchange/filings/"+f.id+"/withdrawal", object{"withdrawal_ref": fmt.Sprintf("withdrawal-%d", n), "reason": "本人另有安排"}
		changed := object{"withdrawal_ref": body["withdrawal_ref"], "reason": "另有安排"}
		a.send = func(t *testing.T) *apitest.Answer { return w.person.Post(t, path, body) }
		a.other = func(t *testing.T) *apitest.Answer { return w.person.Post(t, path, changed) }
		a.reused = "exchange.withdrawal_ref_reused"
	case "cancel_withdrawal":
		a.send = func(t *testing.T) *apitest.Answer {
			return w.person.Do(t, http.MethodDelete, "/exchange/filings/"+f.id+"/withdrawal", nil, "Idempotency-Key", key)
		}
	default:
		w.decision(f, &a, n)
	}
	return a
}

// decision is an authority's.
func (w *world) decision(f *filing, a *act, n int64) {
	who := w.province
	if a.by == "ministry" {
		who = w.ministry
	}
	item := object{"filing_id": f.id}
	body := object{"decision_ref": fmt.Sprintf("decision-%d", n), "action": a.do, "items": []object{item}}
	if b := basis[a.do]; b != nil {
		body["legal_basis"], body["reason"] = b, "材料不符合要求"
	}
	switch a.do {
	case "ask_correction":
		body["corrections"] = []object{{"paper_kind": "employment_contract", "text": "补齐签字页"}}
	case "approve":
		item["certificate_number"], item["seal_number"] = f.certificate, f.seal
	}
	changed := object{}
	for k, v := range body {
		changed[k] = v
	}
	changed["reason"] = "另一理由"
	a.send = func(t *testing.T) *apitest.Answer { return who.Post(t, "/exchange/decisions", body) }
	a.other = func(t *testing.T) *apitest.Answer { return who.Post(t, "/exchange/decisions", changed) }
	a.reused = "exchange.decision_ref_reused"
}

// letter opens a commitment for the filings and lets its reading time pass; the act
// then signs it. A refusal of the letter is that of the act.
func (w *world) letter(t *testing.T, firm *apitest.Caller, ids []string) (act, *apitest.Answer) {
	opened := firm.Post(t, "/commitments", object{"filing_ids": ids})
	if opened.Status != http.StatusCreated {
		return act{}, opened
	}
	w.env.Clock.Advance(w.env.App.Config.ReadingTime)
	key := fmt.Sprintf("key-%d", w.serial.Add(1))
	body := object{"commitment_id": opened.Text("id"), "filing_ids": ids, "agreed": true}
	return act{do: "submit", by: "enterprise", send: func(t *testing.T) *apitest.Answer {
		return firm.Post(t, "/filings/submit", body, "Idempotency-Key", key)
	}}, nil
}

// code is why an answer refuses: of the filing, where it stands for a batch.
func code(a *apitest.Answer) string {
	if c := a.Code(); c != "filing.batch_refused" {
		return c
	}
	return a.Text("errors", 0, "code")
}
