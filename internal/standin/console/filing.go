package console

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// allowance says whether an action is open on a filing.
type allowance struct {
	Action  string  `json:"action"`
	Allowed bool    `json:"allowed"`
	Reason  *string `json:"reason"`
}

// filed is a filing as the exchange shows it.
type filed struct {
	ID               string      `json:"id"`
	FilingRef        string      `json:"filing_ref"`
	Reference        string      `json:"reference"`
	EnterpriseName   string      `json:"enterprise_name"`
	Code             string      `json:"unified_social_credit_code"`
	PersonName       string      `json:"person_name"`
	IDNumberMasked   string      `json:"id_number_masked"`
	Profession       string      `json:"profession"`
	RegistrationType string      `json:"registration_type"`
	Track            string      `json:"track"`
	Province         string      `json:"province"`
	Status           string      `json:"status"`
	PreRegistration  *string     `json:"pre_registration"`
	Withdrawal       *string     `json:"withdrawal"`
	Revision         int         `json:"revision"`
	DeliveredAt      time.Time   `json:"delivered_at"`
	SubmittedAt      *time.Time  `json:"submitted_at"`
	Actions          []allowance `json:"actions"`
	ReturnedReason   *string     `json:"returned_reason"`
	DecisionReason   *string     `json:"decision_reason"`
}

// Can reports whether an action is open to who asked.
func (f filed) Can(action string) bool {
	for _, a := range f.Actions {
		if a.Action == action {
			return a.Allowed
		}
	}
	return false
}

// Reason is why it was returned, refused or sent back.
func (f filed) Reason() string {
	for _, r := range []*string{f.ReturnedReason, f.DecisionReason} {
		if r != nil {
			return *r
		}
	}
	return ""
}

// filing asks how far a filing is.
func (c *Console) filing(ctx context.Context, by Side, id string) (filed, error) {
	var f filed
	err := c.look(ctx, by, "/exchange/filings/"+url.PathEscape(id), &f)
	return f, err
}

// toDeliver is what a delivery is made from; what is empty is made up.
type toDeliver struct {
	firm             firm
	profession, kind string // the registration type
	pre              bool
	name             string
	who              resident
	registration     *registration
	papers           []paper
}

// registration is the present one, for every type but the initial.
type registration struct {
	CertificateNumber string `json:"certificate_number"`
	SealNumber        string `json:"seal_number"`
	ValidUntil        string `json:"valid_until"`
}

// paper says how one paper is given: "pdf", "png", "shared", or "" for not at all.
type paper struct{ Kind, Way string }

// everyPaper are all kinds: which are needed is the product's to say.
func everyPaper(w *words, files bool) []paper {
	out := []paper{}
	for _, k := range w.PaperKinds {
		p := paper{k.Value, "shared"}
		switch {
		case k.Value == "name_change_proof" || k.Value == "loss_statement" || k.Value == "other":
			continue
		case files && k.Value == "application_form", files && k.Value == "employment_contract":
			p.Way = "pdf"
		case files && k.Value == "qualification_certificate":
			p.Way = "png"
		}
		out = append(out, p)
	}
	return out
}

// body makes the request from what is given; files are uploaded by the way.
func (c *Console) body(ctx context.Context, w *words, d toDeliver) (object, error) {
	now := w.ServerTime
	if d.who.Number == "" {
		d.who = newResident(d.firm.region())
	}
	if d.name == "" {
		d.name = newName()
	}
	papers := []object{}
	for _, p := range d.papers {
		switch p.Way {
		case "shared":
			papers = append(papers, object{"kind": p.Kind, "shared": true, "shared_source": "电子证照库"})
		case "pdf", "png":
			id, err := c.upload(ctx, Person, "/exchange/attachments", newPaper(w.word("papers", p.Kind).ZH, d.firm.Name, p.Way == "png"))
			if err != nil {
				return nil, err
			}
			papers = append(papers, object{"kind": p.Kind, "attachment_id": id})
		}
	}
	out := object{
		"delivery_ref": newRef("delivery"), "filing_ref": newRef("filing"), "unified_social_credit_code": d.firm.Code,
		"profession": d.profession, "registration_type": d.kind, "pre_registration": d.pre,
		"person": object{"name": d.name, "gender": d.who.Gender, "id_type": "resident_id", "id_number": d.who.Number, "birth_date": d.who.BirthDate,
			"ethnicity": "汉族", "education": "bachelor", "school": "同济大学", "major": "土木工程", "title": "工程师", "mobile": newMobile()},
		"employment":           object{"contract_type": "fixed_term", "contract_from": day(now, -30), "contract_to": day(now, 1000)},
		"continuing_education": object{"required_hours": 60, "elective_hours": 60},
		"attachments":          papers,
	}
	if d.kind == "initial" {
		out["qualification"] = object{"certificate_number": fmt.Sprintf("%s%s", now.Format("2006"), d.who.Number[6:14]), "issued_on": day(now, -400)}
	}
	if d.registration != nil {
		out["registration"] = d.registration
	}
	switch d.kind {
	case "change":
		out["employment"].(object)["previous_employer"] = "北京中建联合设计有限公司"
	case "correction":
		out["statement"] = "注册证书所载信息有误，申请更正。"
	case "deregistration":
		out["statement"] = "与聘用企业解除劳动关系，申请注销注册。"
		out["employment"].(object)["contract_to"] = day(now, -1)
	}
	return out, nil
}

// deliver sends a delivery and remembers it.
func (c *Console) deliver(ctx context.Context, of string, body object) (delivered, error) {
	var done struct {
		ID        string `json:"id"`
		Reference string `json:"reference"`
	}
	if err := c.exchange(ctx, Person, http.MethodPost, "/exchange/filings", body, &done); err != nil {
		return delivered{}, err
	}
	d := delivered{ID: done.ID, Reference: done.Reference, Firm: of, Body: body, Name: textAt(body, "person", "name")}
	c.kept.addFilings(d)
	return d, nil
}

// again sends a filing anew: the same filing_ref, another delivery_ref.
func (c *Console) again(ctx context.Context, d delivered) (delivered, error) {
	body := object{}
	for k, v := range d.Body {
		body[k] = v
	}
	body["delivery_ref"] = newRef("delivery")
	return c.deliver(ctx, d.Firm, body)
}

// textAt reads a text out of a body, whether it was made here or read from the file.
func textAt(body map[string]any, keys ...string) string {
	var v any = body
	for _, k := range keys {
		m, ok := v.(map[string]any)
		if !ok {
			return ""
		}
		v = m[k]
	}
	s, _ := v.(string)
	return s
}

// item is one filing of a decision with the numbers of an approval.
type item struct {
	FilingID          string `json:"filing_id"`
	CertificateNumber string `json:"certificate_number,omitempty"`
	SealNumber        string `json:"seal_number,omitempty"`
	ValidFrom         string `json:"valid_from,omitempty"`
	ValidUntil        string `json:"valid_until,omitempty"`
}

// numbersFor makes up what an approval of this filing has to give: an initial
// registration gets both numbers, a change of employer a seal number.
func numbersFor(w *words, f filed, own string) item {
	prefix := w.word("professions", f.Profession).CertificatePrefix
	out := item{FilingID: f.ID}
	if f.RegistrationType == "initial" {
		out.CertificateNumber = certificateOf(prefix, f.Province, w.ServerTime)
	}
	if f.RegistrationType == "initial" || f.RegistrationType == "change" {
		out.SealNumber = sealOf(own, prefix)
	}
	return out
}

// decided is the answer to a decision.
type decided struct {
	Count   int `json:"count"`
	Filings []struct {
		ID           string `json:"id"`
		Status       string `json:"status"`
		Registration *struct {
			ID                string `json:"id"`
			CertificateNumber string `json:"certificate_number"`
			SealNumber        string `json:"seal_number"`
			ValidUntil        string `json:"valid_until"`
			Status            string `json:"status"`
		} `json:"registration"`
	} `json:"filings"`
}

// generalBasis is the legal basis that fits every filing, where a decision needs one.
var generalBasis = map[string]string{"refuse": "licensing_32_5", "ask_correction": "licensing_32_4", "deny": "licensing_38"}

// grounds adds what a decision of a scenario rests on, where it does not say itself.
func (c *Console) grounds(action string, body object) {
	if basis := generalBasis[action]; basis != "" && body["legal_basis"] == nil {
		body["legal_basis"] = []string{basis}
	}
	if action == "ask_correction" && body["corrections"] == nil {
		body["corrections"] = []object{{"paper_kind": "other", "text": body["reason"]}}
	}
}

// decide sends a decision of an authority.
func (c *Console) decide(ctx context.Context, by Side, action string, items []item, more object) (decided, error) {
	body := object{"decision_ref": newRef("decision"), "action": action, "items": items}
	for k, v := range more {
		body[k] = v
	}
	var done decided
	err := c.exchange(ctx, by, http.MethodPost, "/exchange/decisions", body, &done)
	return done, err
}
