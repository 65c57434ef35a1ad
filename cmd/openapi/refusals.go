package main

import (
	"zhuce/api"
	"zhuce/internal/contract"
	"zhuce/internal/errs"
	"zhuce/internal/outbox"
)

// samples fill the parameters of refusals in the contract's examples.
var samples = map[string]any{
	"status": errs.Text{ZH: "省级未受理", EN: "Awaiting the province"}, "state": errs.Text{ZH: "待申辩", EN: "Awaiting a statement"},
	"reference": "ZC2026112300000123", "certificate": "S201101234", "until": "2027-03-01", "valid_until": "2026-06-30",
	"limit": 500, "name": "李明", "prefix": "S", "code": "1100001", "wanted": "application/json", "n": 3, "number": "S201101234",
	"count": 2, "why": errs.Text{ZH: "参数重复", EN: "a parameter is repeated"}, "step": 2, "seconds": 42, "scope": "filings:deliver", "rows": 120000,
	"register": errs.Text{ZH: "企业资质库", EN: "qualification register"}, "province": "11", "proof": errs.Text{ZH: "社会保险证明", EN: "Proof of social insurance"},
	"person": "李明", "now": 12, "login": "北京华宇建筑设计有限公司", "level": 2, "known": "filings:deliver, filings:read", "min": 10, "max": 1000,
	"kind": errs.Text{ZH: "劳动合同", EN: "Employment contract"}, "industries": errs.Text{ZH: "施工图审查", EN: "Drawing review"}, "hours": 120,
	"granted": "filings:deliver filings:read", "from": "2026-11-23", "field": "colour", "due_on": "2026-12-31",
	"claims": errs.Text{ZH: "统一社会信用代码", EN: "unified social credit code"}, "begin": "2020-01-01",
	"action": errs.Text{ZH: "上报", EN: "Submit"},
}

// refusals are all codes with their texts filled in.
func refusals() []contract.Refusal {
	out := make([]contract.Refusal, 0, len(errs.All()))
	for _, d := range errs.All() {
		out = append(out, contract.Refusal{Code: d.Code, Status: api.Status(d.Kind), ZH: d.Text.In("zh-CN", samples), EN: d.Text.In("en", samples)})
	}
	return out
}

// members are what some refusals have in their example beside the usual.
var members = map[string]map[string]any{
	"request.invalid":       {"errors": []any{map[string]any{"pointer": "/person/mobile", "code": "request.mobile", "message": "手机号应为 11 位，以 1 开头"}}},
	"request.unknown_field": {"errors": []any{map[string]any{"pointer": "/colour", "code": "request.unknown_field", "message": "请求中有不认识的字段 colour"}}},
	"filing.batch_refused": {"errors": []any{map[string]any{"pointer": "", "code": "filing.only_pending_can_be_submitted",
		"message": "只有未上报的申报可以上报（当前：省级未受理）",
		"record":  map[string]any{"type": "filing", "id": "019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11", "label": "李明", "status": "province_pending"}}}},
	"filing.form_invalid":             {"errors": []any{map[string]any{"pointer": "/person/birth_date", "code": "filing.birth_date_differs", "message": "出生日期与身份证号码不一致"}}},
	"exchange.invalid_client":         {"error": "invalid_client", "error_description": "The client id or secret is wrong, or the client is disabled"},
	"exchange.invalid_scope":          {"error": "invalid_scope", "error_description": "The client may not ask for this scope"},
	"exchange.invalid_request":        {"error": "invalid_request", "error_description": "The token request is not well formed"},
	"exchange.unsupported_grant_type": {"error": "unsupported_grant_type", "error_description": "Only grant_type=client_credentials is supported"},
}

// events are all kinds that webhooks are told of.
func events() []contract.EventKind {
	var out []contract.EventKind
	for _, d := range outbox.All() {
		k := contract.EventKind{Kind: d.Kind, ZH: d.Text.ZH, EN: d.Text.EN}
		for _, party := range d.To {
			k.To = append(k.To, string(party))
		}
		out = append(out, k)
	}
	return out
}
