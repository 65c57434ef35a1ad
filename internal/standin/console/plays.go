package console

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

func (p *play) clerk() *clerk { return p.c.clerk(p.firm.User) }

func (p *play) product(path string) string { return p.c.o.ProductURL + path }

// status is how far the filing is, as the person's system sees it.
func (p *play) status(ctx context.Context) (filed, error) {
	return p.c.filing(ctx, Person, p.filing.ID)
}

func (p *play) atFiling() string { return p.product("/filings/" + p.filing.ID) }

// delivers makes the step of a delivery.
func (p *play) delivers(key string, what func() toDeliver) job {
	return job{key: key, who: Person, do: func(ctx context.Context, at *moment) error {
		words, err := p.c.meta(ctx) // the time may have been moved since
		if err != nil {
			return err
		}
		p.words = words
		d := what()
		d.firm, d.profession, d.papers = p.firm, p.profession, everyPaper(words, true)
		body, err := p.c.body(ctx, words, d)
		if err != nil {
			return err
		}
		if p.filing, err = p.c.deliver(ctx, p.firm.Name, body); err != nil {
			return err
		}
		at.note("%s · %s · %s", p.filing.Name, p.filing.Reference, p.firm.Name)
		at.link("link.filing", p.atFiling())
		return nil
	}}
}

func (p *play) deliver() job {
	return p.delivers("step.deliver", func() toDeliver { return toDeliver{kind: "initial"} })
}

func (p *play) deliverPre() job {
	return p.delivers("step.deliver_pre", func() toDeliver { return toDeliver{kind: "initial", pre: true} })
}

// deliverRenewal files for the same person, with the numbers of the approval.
func (p *play) deliverRenewal() job {
	return p.delivers("step.deliver_renewal", func() toDeliver {
		return toDeliver{kind: "renewal", name: p.filing.Name, who: residentFrom(textAt(p.filing.Body, "person", "id_number")),
			registration: &registration{p.given.CertificateNumber, p.given.SealNumber, p.until}}
	})
}

func (p *play) redeliver() job {
	return job{key: "step.redeliver", who: Person, do: func(ctx context.Context, at *moment) error {
		f, err := p.status(ctx)
		if err != nil {
			return err
		}
		if f.Reason() != "" {
			at.note("%s：%s", texts["reason"].zh, f.Reason())
		}
		p.filing, err = p.c.again(ctx, p.filing)
		return err
	}}
}

func (p *play) askWithdrawal() job {
	return job{key: "step.ask_withdrawal", who: Person, do: func(ctx context.Context, _ *moment) error {
		return p.c.exchange(ctx, Person, http.MethodPost, "/exchange/filings/"+p.filing.ID+"/withdrawal",
			object{"withdrawal_ref": newRef("withdrawal"), "reason": texts["person.wish"].zh}, nil)
	}}
}

// moved is a clerk's step that a user can do instead: it is done when the filing has
// left the state that it was in.
func (p *play) moved(key, from string, do func(ctx context.Context, at *moment) error) job {
	return job{key: key, who: Clerk, do: do, there: p.atFiling, byHand: func(ctx context.Context) (bool, error) {
		f, err := p.status(ctx)
		return f.Status != from, err
	}}
}

func (p *play) submit() job {
	return p.moved("step.submit", "pending_submission", func(ctx context.Context, at *moment) error {
		at.link("link.filing", p.atFiling())
		return p.clerk().submit(ctx, []string{p.filing.ID})
	})
}

func (p *play) giveBack() job {
	return p.moved("step.return", "pending_submission", func(ctx context.Context, _ *moment) error {
		_, err := p.clerk().ask(ctx, http.MethodPost, "/filings/return", object{"filing_ids": []string{p.filing.ID}, "reason": "劳动合同缺少签字页，请补齐后重新报送"}, nil)
		return err
	})
}

func (p *play) agree() job {
	j := p.moved("step.agree", "", func(ctx context.Context, _ *moment) error {
		_, err := p.clerk().ask(ctx, http.MethodPost, "/filings/agree-withdrawal", object{"filing_ids": []string{p.filing.ID}}, nil)
		return err
	})
	j.byHand = func(ctx context.Context) (bool, error) {
		f, err := p.status(ctx)
		return f.Status == "withdrawn", err
	}
	return j
}

// decision is an authority's step on the filing.
func (p *play) decision(by Side, action string) job {
	return job{key: "step." + string(by) + "." + action, who: by, do: func(ctx context.Context, at *moment) error {
		more := object{}
		switch action {
		case "ask_correction":
			more["reason"] = "请补充近一个月的社会保险证明"
		case "deny", "refuse":
			more["reason"] = "申请人不符合注册条件"
		}
		p.c.grounds(action, more)
		out, err := p.c.decide(ctx, by, action, []item{{FilingID: p.filing.ID}}, more)
		if err == nil && len(out.Filings) > 0 {
			at.note("→ %s", p.words.word("statuses", out.Filings[0].Status).ZH)
		}
		return err
	}}
}

// approve gives the numbers; with days, the registration ends in so many.
func (p *play) approve(days int) job {
	return job{key: "step.ministry.approve", who: Ministry, do: func(ctx context.Context, at *moment) error {
		f, err := p.c.filing(ctx, Ministry, p.filing.ID)
		if err != nil {
			return err
		}
		given := numbersFor(p.words, f, p.firm.Own)
		if days > 0 {
			now, err := p.c.now(ctx)
			if err != nil {
				return err
			}
			given.ValidFrom, given.ValidUntil = day(now, days-900), day(now, days)
		}
		more := object{}
		p.c.grounds("approve", more)
		out, err := p.c.decide(ctx, Ministry, "approve", []item{given}, more)
		if err != nil {
			return err
		}
		if r := out.Filings[0].Registration; r != nil {
			p.given, p.until = item{FilingID: f.ID, CertificateNumber: r.CertificateNumber, SealNumber: r.SealNumber}, r.ValidUntil
			at.note("%s · %s · %s %s", r.CertificateNumber, r.SealNumber, texts["person.until"].zh, r.ValidUntil)
			at.link("link.registrant", p.product("/registrants/"+r.ID))
		}
		return nil
	}}
}

// expect compares what there is with what there should be.
func expect(what, got, wanted string) error {
	if got != wanted {
		return fmt.Errorf("%s is %q, wanted %q", what, got, wanted)
	}
	return nil
}

func (p *play) check(status string) job {
	return job{key: "step.check", who: Person, do: func(ctx context.Context, at *moment) error {
		f, err := p.status(ctx)
		if err != nil {
			return err
		}
		at.note("%s %s", p.words.word("statuses", f.Status).ZH, p.words.word("statuses", f.Status).EN)
		at.link("link.filing", p.atFiling())
		return expect("the status", f.Status, status)
	}}
}

func (p *play) checkFlag(flag, value string) job {
	return job{key: "step.check", who: Person, do: func(ctx context.Context, at *moment) error {
		f, err := p.status(ctx)
		if err != nil {
			return err
		}
		list, has := "withdrawals", f.Withdrawal
		if flag == "pre_registration" {
			list, has = "pre", f.PreRegistration
		}
		if has == nil {
			return expect("the flag "+flag, "", value)
		}
		at.note("%s %s", p.words.word(list, *has).ZH, p.words.word(list, *has).EN)
		at.link("link.filing", p.atFiling())
		return expect("the flag "+flag, *has, value)
	}}
}

// checkRegistrant looks the person up in the firm's register.
func (p *play) checkRegistrant() job {
	return job{key: "step.check_registrant", who: Clerk, do: func(ctx context.Context, at *moment) error {
		r, err := p.c.registrant(ctx, p.firm, p.filing.Name)
		if err != nil {
			return err
		}
		at.note("%s · %s · %s", r.PersonName, r.CertificateNumber, r.ValidUntil)
		at.link("link.registrant", p.product("/registrants/"+r.ID))
		if err := expect("the certificate number", r.CertificateNumber, p.given.CertificateNumber); err != nil {
			return err
		}
		return expect("the last day", r.ValidUntil, p.until)
	}}
}

func (p *play) checkWarning() job {
	return job{key: "step.check_warning", who: Clerk, do: func(ctx context.Context, at *moment) error {
		var found struct {
			Items []struct {
				PersonName string `json:"person_name"`
				Level      string `json:"level"`
			} `json:"items"`
		}
		if err := p.clerk().look(ctx, "/warnings?limit=200&name="+url.QueryEscape(p.filing.Name), &found); err != nil {
			return err
		}
		at.link("link.warnings", p.product("/warnings"))
		for _, w := range found.Items {
			if w.PersonName == p.filing.Name {
				at.note("%s · %s", w.PersonName, w.Level)
				return nil
			}
		}
		return fmt.Errorf("%s is not among the warnings", p.filing.Name)
	}}
}

// passDeadline moves the clock beyond the last day of the qualification.
func (p *play) passDeadline() job {
	return job{key: "step.pass_deadline", who: Controls, do: func(ctx context.Context, at *moment) error {
		var f struct {
			Due *string `json:"qualification_due_on"`
		}
		if _, err := p.clerk().ask(ctx, http.MethodGet, "/filings/"+p.filing.ID, nil, &f); err != nil {
			return err
		}
		if f.Due == nil {
			return expect("the deadline", "", "a date")
		}
		due, err := time.Parse(time.DateOnly, *f.Due)
		if err != nil {
			return err
		}
		to := due.AddDate(0, 0, 1).Format(time.DateOnly)
		at.note("%s → %s", *f.Due, to)
		return p.c.advance(ctx, object{"to": to})
	}}
}
