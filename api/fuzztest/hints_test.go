package fuzztest

import (
	"encoding/json"
	"fmt"
	"slices"

	"zhuce/api"
	"zhuce/internal/filing/filingtest"
)

// hints are values whose form the contract cannot say in full: check characters,
// numbers that must be new, names that an outside register must know.
var hints = map[string]func(*maker) any{
	"unified_social_credit_code": func(m *maker) any { return m.world.firms[m.r.IntN(len(m.world.firms))].CreditCode },
	"certificate_number":         func(m *maker) any { return fmt.Sprintf("S2611%05d", 50000+m.next()) },
	"seal_number":                func(m *maker) any { return fmt.Sprintf("11%05d-S%03d", m.next()%100000, m.serial%1000) },
	"new_name":                   func(m *maker) any { return m.world.newName() },
	"valid_from":                 func(*maker) any { return "" },
	"valid_until":                func(*maker) any { return "" },
	"province":                   func(*maker) any { return "11" },
	"qualification_number":       func(*maker) any { return "A111000010" },
}

// body is a sound body for the few operations whose rules reach beyond the contract;
// nil for all others.
func (w *world) body(op operation, m *maker) any {
	firm := w.firms[m.r.IntN(len(w.firms))]
	switch op.OperationID {
	case "deliverFiling":
		d := w.env.Delivery(firm, w.watched)
		switch {
		case m.percent(30): // anew
			if ref := oneOf(m.r, m.memory.values["filing_ref"]); ref != "" {
				d.FilingRef = ref
			}
		case m.percent(20):
			d.PreRegistration = true
		case m.percent(30):
			d.Profession = "architect_1"
		}
		return object(d)
	case "pushFinding":
		return object(w.env.Finding(firm))
	case "submitFilings":
		for _, l := range slices.Backward(m.memory.letters) {
			if l.by == m.by.name && m.percent(60) {
				return map[string]any{"commitment_id": l.id, "filing_ids": slices.Clone(l.filings), "agreed": true}
			}
		}
	case "putAppealDraft":
		evidence := []any{}
		for _, proof := range []string{"retirement_certificate", "employment_contract"} {
			if id := m.memory.id(m.r, m.by, "attachments"); id != "" {
				evidence = append(evidence, map[string]any{"attachment_id": id, "proof": proof})
			}
		}
		return map[string]any{"reason": "retired", "statement": "该同志已于 2025 年 3 月正式退休，现由我单位返聘。", "evidence": evidence}
	case "putEnterprise":
		var basics map[string]any
		text, _ := json.Marshal(filingtest.Basics())
		_ = json.Unmarshal(text, &basics)
		return basics
	case "decideFilings":
		action := decisions[m.r.IntN(len(decisions))]
		id := oneOf(m.r, m.memory.open[m.by.name+" "+action])
		if id == "" {
			id = m.memory.id(m.r, m.by, "filings")
		}
		item := map[string]any{"filing_id": id}
		if action == "approve" {
			item["certificate_number"], item["seal_number"] = hints["certificate_number"](m), hints["seal_number"](m)
		}
		return map[string]any{"decision_ref": fmt.Sprintf("decision-%d", m.next()), "action": action, "reason": "材料不全", "items": []any{item}}
	}
	return nil
}

var decisions = []string{"accept", "accept", "forward", "forward", "publish", "approve", "approve", "deny", "refuse", "ask_correction"}

// object is a request as a map, as JSON has it.
func object[T api.DeliveryRequest | api.FindingRequest](v T) any {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // made of texts and numbers alone
	}
	var out map[string]any
	_ = json.Unmarshal(text, &out)
	return out
}
