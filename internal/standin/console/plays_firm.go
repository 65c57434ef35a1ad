package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// registerFirm registers a firm that nobody knows at the national login, and makes
// it known in the business register.
func (p *play) registerFirm() job {
	return job{key: "step.register_firm", who: Clerk, do: func(ctx context.Context, at *moment) error {
		k := p.clerk()
		page, _, err := k.follow(ctx, ask{method: http.MethodGet, url: p.c.o.LoginURL + "/register"})
		if err != nil {
			return err
		}
		form, err := k.captcha(ctx, page, url.Values{"name": {p.firm.Name}, "credit_code": {p.firm.Code}, "legal_representative": {newName()},
			"phone": {newMobile()}, "username": {p.firm.User}, "password": {p.c.o.Password}, "password2": {p.c.o.Password}})
		if err != nil {
			return err
		}
		if _, _, err = k.follow(ctx, ask{method: http.MethodPost, url: p.c.o.LoginURL + "/register", form: form}); err != nil {
			return err
		}
		at.note("%s · %s · %s", p.firm.Name, p.firm.Code, p.firm.User)
		return p.nameInRegister(ctx, p.firm.Name)
	}}
}

func (p *play) nameInRegister(ctx context.Context, name string) error {
	return p.c.control(ctx, http.MethodPost, "/control/registers/names", object{"unified_social_credit_code": p.firm.Code, "name": name}, nil)
}

// saveFirm is the first save of the basic information, without which nothing can be filed.
func (p *play) saveFirm() job {
	return job{key: "step.save_firm", who: Clerk, do: func(ctx context.Context, at *moment) error {
		k := p.clerk()
		version, err := k.ask(ctx, http.MethodGet, "/enterprises/current", nil, nil)
		if err != nil {
			return err
		}
		_, err = k.ask(ctx, http.MethodPut, "/enterprises/current", object{
			"registered_address": "北京市海淀区学院路1号", "province": "11", "city": "北京市", "district": "海淀区", "established_on": "2016-03-01",
			"registered_capital_wan": 800, "registration_authority": "北京市海淀区市场监督管理局", "economic_type": "limited_liability",
			"industries": []string{"design"}, "qualifications": []object{},
			"contact": object{"name": newName(), "mobile": newMobile(), "telephone": "", "email": "", "postal_address": "", "postcode": ""}}, nil,
			"If-Match", version)
		at.link("link.enterprise", p.product("/enterprise"))
		return err
	}}
}

// grant gives the firm a qualification in the outside register.
func (p *play) grant() job {
	return job{key: "step.grant", who: Controls, do: func(ctx context.Context, at *moment) error {
		now, err := p.c.now(ctx)
		if err != nil {
			return err
		}
		number := "A1" + p.firm.Own + "8"
		at.note("%s", number)
		return p.c.grant(ctx, p.firm.Code, number, p.firm.Name, day(now, -10), day(now, 1800))
	}}
}

// supplement takes the certificate that the register has.
func (p *play) supplement() job {
	return job{key: "step.supplement", who: Clerk, there: p.atFiling,
		byHand: func(ctx context.Context) (bool, error) {
			f, err := p.status(ctx)
			return f.PreRegistration != nil && *f.PreRegistration == "supplemented", err
		},
		do: func(ctx context.Context, at *moment) error {
			var found struct {
				Certificates []struct {
					Number string `json:"certificate_number"`
				} `json:"certificates"`
			}
			if _, err := p.clerk().ask(ctx, http.MethodGet, "/enterprises/current/qualification-lookup", nil, &found); err != nil {
				return err
			}
			if len(found.Certificates) == 0 {
				return errors.New("the qualification register has none")
			}
			at.note("%s", found.Certificates[0].Number)
			_, err := p.clerk().ask(ctx, http.MethodPost, "/filings/supplement",
				object{"filing_ids": []string{p.filing.ID}, "certificate_number": found.Certificates[0].Number}, nil)
			return err
		}}
}

// pushFinding finds something against the person that was just registered.
func (p *play) pushFinding() job {
	return job{key: "step.push_finding", who: Ministry, do: func(ctx context.Context, at *moment) error {
		now, err := p.c.now(ctx)
		if err != nil {
			return err
		}
		if p.finding, err = p.c.push(ctx, Ministry, p.firm, object{"person": object{"name": p.filing.Name, "certificate_number": p.given.CertificateNumber},
			"kind": "insurance_mismatch", "facts": texts["findings.facts_default"].zh, "source": "社保数据比对", "found_on": day(now, -2)}); err != nil {
			return err
		}
		at.note("%s", p.finding.Reference)
		at.link("link.finding", p.atFinding())
		return nil
	}}
}

func (p *play) atFinding() string { return p.product("/appeals/" + p.finding.ID) }

func (p *play) findingNow(ctx context.Context) (finding, error) {
	var f finding
	err := p.c.look(ctx, Ministry, "/exchange/findings/"+p.finding.ID, &f)
	return f, err
}

// appeal writes the statement with its evidence and hands it in.
func (p *play) appeal() job {
	return job{key: "step.appeal", who: Clerk, there: p.atFinding,
		byHand: func(ctx context.Context) (bool, error) {
			f, err := p.findingNow(ctx)
			return f.State == "submitted", err
		},
		do: func(ctx context.Context, at *moment) error {
			k, path := p.clerk(), "/appeals/"+p.finding.ID
			evidence := []object{}
			for _, proof := range []struct{ kind, title string }{{"retirement_certificate", "退休证"}, {"employment_contract", "劳动合同"}} {
				id, err := k.upload(ctx, newPaper(proof.title, p.filing.Name, false))
				if err != nil {
					return err
				}
				evidence = append(evidence, object{"attachment_id": id, "proof": proof.kind})
			}
			version, err := k.ask(ctx, http.MethodGet, path, nil, nil)
			if err != nil {
				return err
			}
			if version, err = k.ask(ctx, http.MethodPut, path+"/draft", object{"reason": "retired", "statement": "该同志已正式退休，由本单位返聘，社会保险不再由本单位缴纳。",
				"evidence": evidence}, nil, "If-Match", version); err != nil {
				return err
			}
			at.link("link.finding", p.atFinding())
			_, err = k.ask(ctx, http.MethodPost, path+"/submit", object{"confirmed": true}, nil, "If-Match", version)
			return err
		}}
}

func (p *play) outcomeOf(outcome string) job {
	return job{key: "step.outcome." + outcome, who: Ministry, do: func(ctx context.Context, _ *moment) error {
		f, err := p.findingNow(ctx)
		if err != nil {
			return err
		}
		return p.c.outcome(ctx, Ministry, p.finding.ID, object{"outcome": outcome, "reason": "证明材料齐全。", "step": f.Step})
	}}
}

func (p *play) checkFinding(state string) job {
	return job{key: "step.check", who: Ministry, do: func(ctx context.Context, at *moment) error {
		f, err := p.findingNow(ctx)
		if err != nil {
			return err
		}
		at.note("%s %s", p.words.word("findings", f.State).ZH, p.words.word("findings", f.State).EN)
		at.link("link.finding", p.atFinding())
		return expect("the state", f.State, state)
	}}
}

func (p *play) renameInRegister() job {
	return job{key: "step.rename_register", who: Controls, do: func(ctx context.Context, at *moment) error {
		p.newName = p.firm.Name[:len(p.firm.Name)-len("工程设计有限公司")] + "设计集团有限公司"
		at.note("%s → %s", p.firm.Name, p.newName)
		return p.nameInRegister(ctx, p.newName)
	}}
}

// reportedRenames are those of the firm that wait for an outcome.
func (p *play) reportedRename(ctx context.Context) (string, error) {
	var page struct {
		Items []reported `json:"items"`
	}
	err := p.c.look(ctx, Province, "/exchange/renames?limit=200&sort=-submitted_at", &page)
	for _, r := range page.Items {
		if r.Code == p.firm.Code {
			return r.ID, err
		}
	}
	return "", err
}

func (p *play) fileRename() job {
	return job{key: "step.file_rename", who: Clerk, there: func() string { return p.product("/renames/new") },
		byHand: func(ctx context.Context) (bool, error) {
			id, err := p.reportedRename(ctx)
			return id != "", err
		},
		do: func(ctx context.Context, at *moment) error {
			k := p.clerk()
			var offer struct {
				NewName      *string `json:"new_name"`
				CopyRequired bool    `json:"copy_required"`
			}
			if _, err := k.ask(ctx, http.MethodGet, "/renames/new", nil, &offer); err != nil {
				return err
			}
			if offer.NewName == nil {
				return errors.New("the business register knows no other name")
			}
			body := object{"new_name": *offer.NewName}
			if offer.CopyRequired {
				id, err := k.upload(ctx, newPaper("资质证书副本", *offer.NewName, false))
				if err != nil {
					return err
				}
				body["attachment_id"] = id
			}
			at.link("link.renames", p.product("/renames"))
			_, err := k.ask(ctx, http.MethodPost, "/renames", body, nil)
			return err
		}}
}

func (p *play) approveRename() job {
	return job{key: "step.approve_rename", who: Province, do: func(ctx context.Context, at *moment) error {
		id, err := p.reportedRename(ctx)
		if err != nil {
			return err
		}
		if id == "" {
			return fmt.Errorf("no rename of %s waits for an outcome", p.firm.Name)
		}
		at.link("link.rename", p.product("/renames/"+id))
		return p.c.exchange(ctx, Province, http.MethodPost, "/exchange/renames/"+id+"/outcome", object{"outcome_ref": newRef("rename"), "outcome": "approved", "reason": ""}, nil)
	}}
}

func (p *play) checkName() job {
	return job{key: "step.check_name", who: Clerk, do: func(ctx context.Context, at *moment) error {
		var e struct {
			Name string `json:"name"`
		}
		if err := p.clerk().look(ctx, "/enterprises/current", &e); err != nil {
			return err
		}
		at.note("%s", e.Name)
		at.link("link.enterprise", p.product("/enterprise"))
		return expect("the name", e.Name, p.newName)
	}}
}
