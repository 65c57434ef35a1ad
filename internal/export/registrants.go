package export

import (
	"zhuce/internal/auth"
	"zhuce/internal/filing"
	"zhuce/internal/idno"
	"zhuce/internal/label"
	"zhuce/internal/pg"
	"zhuce/internal/registrant"
)

// registrants is the list of registered persons (注册人员查询).
type registrants struct {
	list *registrant.Service
	r    Request
}

func (x registrants) columns() []column {
	return []column{
		text("姓名", "Name"), text("性别", "Gender"), text("证件类型", "Document"), text("证件号码", "Document number"), text("手机号", "Mobile"),
		text("注册专业", "Profession"), text("注册证书编号", "Certificate number"), text("执业印章注册号", "Seal number"),
		date("有效期起", "Valid from"), date("有效期止", "Valid until"), text("状态", "Status"), date("首次注册日期", "First registered"),
	}
}

func (x registrants) terms() []Term {
	q := x.r.Registrants
	var t terms
	t.named("事项", "Matter", filing.Tracks, q.Track)
	statuses := make([]string, len(q.Statuses))
	for i, s := range q.Statuses {
		statuses[i] = string(s)
	}
	t.list("状态", "Status", registrant.Statuses, statuses)
	t.named("注册专业", "Profession", professions, q.Profession)
	t.plain("姓名", "Name", q.Name)
	t.plain("注册证书编号", "Certificate number", q.CertificateNumber)
	if q.IDNumber != "" {
		t.plain("证件号码", "Document number", idno.MaskID(q.IDNumber))
	}
	t.span("有效期止", "Valid until", q.ValidUntilFrom, q.ValidUntilTo)
	return t
}

func (x registrants) count(tx pg.Tx, who auth.Actor) (int64, error) {
	return x.list.CountTx(tx, who, x.r.Registrants)
}

func (x registrants) each(tx pg.Tx, who auth.Actor, fn func([]any) error) error {
	name := func(table []label.Label, value string) any { return label.TextOf(table, value).In(x.r.Lang, nil) }
	row := make([]any, len(x.columns()))
	return x.list.EachTx(tx, who, x.r.Registrants, x.r.Sort, !x.r.Masked, func(p registrant.Registration, full registrant.Personal) error {
		id, mobile := p.IDNumberMasked, p.MobileMasked
		if !x.r.Masked {
			id, mobile = full.IDNumber, full.Mobile
		}
		row = append(row[:0], p.PersonName, name(filing.Genders, p.Gender), name(filing.IDTypes, p.IDType), id, mobile,
			name(professions, p.Profession), p.CertificateNumber, p.SealNumber, p.ValidFrom, p.ValidUntil,
			name(registrant.Statuses, string(p.Status)), cellTime(&p.RegisteredAt))
		return fn(row)
	})
}
