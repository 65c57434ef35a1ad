package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"zhuce/api"
	"zhuce/api/apitest"
)

// Refusals that requests made out of the contract came upon, and that nothing else
// asked for.
func TestRefusalsFoundByFuzzing(t *testing.T) {
	t.Parallel()
	env := apitest.New(t, longSessions)
	firm, fresh, ministry := env.Enterprise(t), env.FreshEnterprise(t), env.Ministry(t)
	nothing := []string{uuid.NewString()}

	for path, body := range map[string]object{
		"/filings/agree-withdrawal":   {},
		"/filings/decline-withdrawal": {"reason": "项目需要"},
		"/filings/check":              {"action": "return"},
		"/filings/return":             {"reason": "合同缺页"},
		"/filings/submit":             {"commitment_id": uuid.NewString(), "agreed": true},
		"/filings/supplement":         {"certificate_number": "A111000010"},
	} {
		body["filing_ids"] = nothing
		fresh.Post(t, path, body).Want(t, 409, "enterprise.basic_information_missing")
	}

	id := env.Deliver(t, firm, func(d *api.DeliveryRequest) { d.FilingRef = "elsewhere" })
	env.Person(t).Do(t, http.MethodDelete, "/exchange/filings/"+id+"/withdrawal", nil).Want(t, 409, "filing.cannot_be_withdrawn")
	env.Person(t).Post(t, "/exchange/filings", env.Delivery(env.Enterprise(t), func(d *api.DeliveryRequest) { d.FilingRef = "elsewhere" })).
		Want(t, 409, "exchange.filing_ref_belongs_elsewhere")

	ministry.Get(t, "/exchange/filings?cursor=abc").Want(t, 422, "request.cursor")
	ministry.Post(t, "/exchange/findings/attachments", apitest.File{Name: "a.png", Content: []byte("no picture")}).Want(t, 415, "attachment.unsupported_type")

	ministry.Post(t, "/exchange/decisions", object{"decision_ref": "no-pause", "action": "accept", "days": 2, "items": []object{{"filing_id": id}}}).
		Want(t, 422, "exchange.pause_days")

	submit := object{"commitment_id": env.Read(t, firm, id), "filing_ids": nothing, "agreed": true}
	firm.Post(t, "/filings/submit", submit).Want(t, 409, "commitment.other_ids")
	firm.Post(t, "/filings/return", object{"filing_ids": []string{id}, "reason": "合同缺页"}).Want(t, 200)
	submit["filing_ids"] = []string{id}
	firm.Post(t, "/filings/submit", submit).Want(t, 409, "filing.batch_refused")

	late := object{"commitment_id": env.Read(t, firm, env.Deliver(t, firm)), "filing_ids": nothing, "agreed": true}
	env.Clock.Advance(env.App.Config.CommitmentLife)
	firm.Post(t, "/filings/submit", late).Want(t, 409, "commitment.expired")

	ministry.Post(t, "/exchange/notices", object{"notice_ref": "nobody", "title": "通知", "body": "请核对。",
		"to": object{"unified_social_credit_codes": []string{"91110000000000107R"}}}).Want(t, 422, "notice.reaches_nobody")
	firm.Try(t, http.MethodPut, currentEnterprise, enterpriseForm(with("established_on", "2126-01-01")), "If-Match", firm.Get(t, currentEnterprise).Header.Get("ETag")).
		Want(t, 422, "enterprise.invalid")

	changing := renaming(t, env)
	reported(t, changing)
	changing.Post(t, "/renames", object{"new_name": renamed}).Want(t, 409, "rename.already_open")
	changing.Post(t, "/filings/submit", object{"commitment_id": uuid.NewString(), "filing_ids": []string{env.Deliver(t, changing)}, "agreed": true}).
		Want(t, 409, "rename.open")

	export := "/exports/" + firm.Post(t, "/exports", object{"of": "filings", "masked": true}).Want(t, 201).Text("id")
	env.Clock.Advance(env.App.Config.ExportKeep + time.Minute)
	env.Sweep(t)
	firm.Get(t, export+"/content").Want(t, 409, "export.expired")
}

// Conditions that the contract does not know are not heeded; the file comes whole.
func TestFilesHeedNoOtherCondition(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	paper := "/attachments/" + firm.Post(t, "/attachments", apitest.File{Name: "a.png", Content: pngImage(4, 4)}).Want(t, 201).Text("id") + "/content"
	export := "/exports/" + firm.Post(t, "/exports", object{"of": "filings", "masked": true}).Want(t, 201).Text("id") + "/content"
	for _, h := range [][2]string{{"If-Match", `"x"`}, {"If-Unmodified-Since", "Mon, 01 Jan 2001 00:00:00 GMT"}, {"If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT"},
		{"If-Range", `"x"`}} {
		firm.Get(t, paper, h[0], h[1]).Want(t, 200)
		firm.Get(t, export, h[0], h[1]).Want(t, 200)
	}
	firm.Get(t, export, "If-None-Match", "*").Want(t, 200)
	firm.Get(t, paper, "If-None-Match", "*").Want(t, 304)
}

// What is no id goes into no log, and is answered as what does not exist.
func TestAnIntegratorAsksForWhatIsNoID(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	vendor := env.Given(t, env.Enterprise(t))
	for _, id := range []string{"%C0%AE", "%00", "110101199003071233"} {
		vendor.Try(t, http.MethodGet, "/registrants/"+id, nil).Want(t, 404, "registrant.not_found")
	}
	if n := rows(t, env, `SELECT count(*) FROM audit_log WHERE action = 'grant.read' AND reason <> 'registrants'`); n != 0 {
		t.Errorf("%d lines of the audit log hold what was asked for", n)
	}
}
