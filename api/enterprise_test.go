package api_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/google/uuid"

	"zhuce/api/apitest"
	"zhuce/internal/identity"
)

// enterpriseForm is a body that can be saved, open to change.
func enterpriseForm(change ...func(map[string]any)) map[string]any {
	var form map[string]any
	err := json.Unmarshal([]byte(`{"registered_address":"三里河路9号","province":"11","city":"北京市","district":"海淀区","established_on":"2003-05-12",
		"registered_capital_wan":1200.55,"registration_authority":"市场监督管理局","licence_valid_until":"","economic_type":"limited_liability",
		"industries":["design","survey"],"qualifications":[{"certificate_number":"A111000012","category":"design_industry","title":"建筑行业","grade":"a",
		"issuing_authority":"住房和城乡建设部","issued_on":"2023-05-04","valid_until":"2028-05-04","state":"normal","copy_attachment_id":null}],
		"contact":{"name":"王芳","mobile":"13900001111","telephone":"","email":"","postal_address":"","postcode":""}}`), &form)
	if err != nil {
		panic(err)
	}
	for _, c := range change {
		c(form)
	}
	return form
}

func with(name string, value any) func(map[string]any) {
	return func(form map[string]any) { form[name] = value }
}

const currentEnterprise = "/enterprises/current"

func TestEnterpriseFromFirstSignInToFirstSave(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, other := env.FreshEnterprise(t), env.FreshEnterprise(t)
	empty := firm.Get(t, currentEnterprise).Want(t, 200)
	if empty.Header.Get("ETag") != `"0"` || empty.JSON("saved") != false || empty.JSON("saved_at") != nil || empty.JSON("registered_capital_wan") != nil ||
		empty.Text("unified_social_credit_code") != firm.CreditCode || empty.JSON("credit_code_valid") != true || empty.Text("unique_code") != "" {
		t.Errorf("at first: %s", empty.Body)
	}
	saved := firm.Do(t, "PUT", currentEnterprise, enterpriseForm(), "If-Match", `"0"`).Want(t, 200)
	if saved.Header.Get("ETag") != `"1"` || saved.JSON("saved") != true || saved.Text("unique_code") != "1100001" || saved.JSON("registered_capital_wan") != 1200.55 {
		t.Errorf("saved: %s", saved.Body)
	}
	var form map[string]any
	firm.Get(t, currentEnterprise).Want(t, 200).Into(t, &form)
	for name, want := range enterpriseForm() {
		got, _ := json.Marshal(form[name])
		if w, _ := json.Marshal(want); string(got) != string(w) {
			t.Errorf("%s is %s, want %s", name, got, w)
		}
	}
	firm.Get(t, currentEnterprise, "If-None-Match", `"1"`).Want(t, 304)
	if still := other.Get(t, currentEnterprise).Want(t, 200); still.JSON("saved") != false {
		t.Errorf("another enterprise was saved: %s", still.Body)
	}
	if firm.Get(t, "/session").JSON("enterprise", "saved") != true {
		t.Error("the session does not know of the save")
	}
}

func TestEnterpriseEditsNeedTheVersion(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.FreshEnterprise(t)
	colleague := env.SignIn(t, identity.Person{Subject: "colleague", Account: "colleague", Operator: "李四", Name: firm.Name, CreditCode: firm.CreditCode,
		LegalRepresentative: "赵一", LegalPersonType: "enterprise", TrustLevel: 3})
	put := func(c *apitest.Caller, ifMatch string, change ...func(map[string]any)) *apitest.Answer {
		t.Helper()
		return c.Do(t, "PUT", currentEnterprise, enterpriseForm(change...), "If-Match", ifMatch)
	}
	put(firm, "").Want(t, 428, "request.if_match_required")
	put(firm, `"7"`).Want(t, 412, "request.stale")
	put(firm, `"abc"`).Want(t, 412, "request.stale")
	put(firm, `"0"`, with("city", "甲")).Want(t, 200)
	put(colleague, `"0"`, with("city", "乙")).Want(t, 412, "request.stale")
	if now := firm.Get(t, currentEnterprise); now.Text("city") != "甲" || now.Header.Get("ETag") != `"1"` {
		t.Errorf("after a refused save: %s", now.Body)
	}
	put(colleague, `"1"`, with("city", "乙")).Want(t, 200)

	key := []string{"If-Match", `"2"`, "Idempotency-Key", "k1"}
	first := firm.Do(t, "PUT", currentEnterprise, enterpriseForm(with("city", "丙")), key...).Want(t, 200)
	again := firm.Do(t, "PUT", currentEnterprise, enterpriseForm(with("city", "丙")), key...).Want(t, 200)
	if string(first.Body) != string(again.Body) || again.Header.Get("ETag") != `"3"` {
		t.Errorf("sent twice: %s", again.Body)
	}
	firm.Do(t, "PUT", currentEnterprise, enterpriseForm(with("city", "丁")), key...).Want(t, 422, "request.idempotency_key_reused")
}

func TestEnterpriseRefusals(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.FreshEnterprise(t)
	stranger := env.Enterprise(t)
	theirs := stranger.Post(t, "/attachments", apitest.File{Name: "copy.pdf", Content: pdfPage(0)}).Want(t, 201).Text("id")
	certificate := func(field string, value any) func(map[string]any) {
		return func(form map[string]any) {
			q := maps.Clone(form["qualifications"].([]any)[0].(map[string]any))
			q[field] = value
			form["qualifications"] = []any{q}
		}
	}
	for name, tc := range map[string]struct {
		change        func(map[string]any)
		status        int
		code, pointer string
		detail        string
	}{
		"locked name":            {with("name", "别的名称"), 400, "request.unknown_field", "/name", "request.unknown_field"},
		"locked code":            {with("unified_social_credit_code", stranger.CreditCode), 400, "request.unknown_field", "/unified_social_credit_code", "request.unknown_field"},
		"capital as a text":      {with("registered_capital_wan", "1200"), 400, "request.wrong_type", "/registered_capital_wan", "request.wrong_type"},
		"NUL byte":               {with("city", "a\x00"), 422, "request.invalid", "/city", "request.nul_byte"},
		"long text":              {with("city", strings.Repeat("长", 51)), 422, "request.invalid", "/city", "request.too_long"},
		"copy that is no id":     {certificate("copy_attachment_id", "x"), 422, "request.invalid", "/qualifications/0/copy_attachment_id", "request.id"},
		"no province":            {with("province", ""), 422, "enterprise.invalid", "/province", "enterprise.province_unknown"},
		"no capital":             {with("registered_capital_wan", nil), 422, "enterprise.invalid", "/registered_capital_wan", "enterprise.required"},
		"no industry":            {with("industries", []string{}), 422, "enterprise.invalid", "/industries", "enterprise.required"},
		"certificate number":     {certificate("certificate_number", "A1"), 422, "enterprise.invalid", "/qualifications/0/certificate_number", "enterprise.qualification_number"},
		"another's attachment":   {certificate("copy_attachment_id", theirs), 422, "enterprise.invalid", "/qualifications/0/copy_attachment_id", "enterprise.copy_unknown"},
		"attachment of nobody":   {certificate("copy_attachment_id", uuid.NewString()), 422, "enterprise.invalid", "/qualifications/0/copy_attachment_id", "enterprise.copy_unknown"},
		"date in another format": {with("established_on", "12.5.2003"), 422, "enterprise.invalid", "/established_on", "enterprise.date"},
	} {
		a := firm.Do(t, "PUT", currentEnterprise, enterpriseForm(tc.change), "If-Match", `"0"`).Want(t, tc.status, tc.code)
		if a.Text("errors", 0, "pointer") != tc.pointer || a.Text("errors", 0, "code") != tc.detail || a.Text("errors", 0, "message") == "" {
			t.Errorf("%s: %s", name, a.Body)
		}
	}
	if now := firm.Get(t, currentEnterprise); now.JSON("saved") != false {
		t.Errorf("a refused save was kept: %s", now.Body)
	}
	zh := firm.Do(t, "PUT", currentEnterprise, enterpriseForm(with("province", "")), "If-Match", `"0"`)
	en := firm.Do(t, "PUT", currentEnterprise, enterpriseForm(with("province", "")), "If-Match", `"0"`, "Accept-Language", "en")
	if zh.Text("errors", 0, "message") != "不是省级行政区划代码" || en.Text("errors", 0, "message") != "Not the code of a province" {
		t.Errorf("%s\n%s", zh.Body, en.Body)
	}

	ours := firm.Post(t, "/attachments", apitest.File{Name: "copy.pdf", Content: pdfPage(0)}).Want(t, 201).Text("id")
	saved := firm.Do(t, "PUT", currentEnterprise, enterpriseForm(certificate("copy_attachment_id", ours)), "If-Match", `"0"`).Want(t, 200)
	if saved.Text("qualifications", 0, "copy_attachment_id") != ours {
		t.Errorf("saved: %s", saved.Body)
	}
}

func TestEnterpriseDrift(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t, "旧名设计有限公司")
	env.SignIn(t, identity.Person{Subject: "s", Account: "a", Name: "新名设计有限公司", CreditCode: firm.CreditCode,
		LegalRepresentative: "赵一", LegalPersonType: "enterprise", TrustLevel: 3})
	e := firm.Get(t, currentEnterprise).Want(t, 200)
	if e.Len("drift") != 1 || e.Text("drift", 0, "field") != "name" || e.Text("drift", 0, "stored") != "旧名设计有限公司" ||
		e.Text("drift", 0, "login") != "新名设计有限公司" || e.Text("name") != "旧名设计有限公司" {
		t.Errorf("enterprise %s", e.Body)
	}
}
