package export

import (
	"zhuce/internal/auth"
	"zhuce/internal/filing"
	"zhuce/internal/idno"
	"zhuce/internal/label"
	"zhuce/internal/pg"
)

// filings is the management list (注册申报管理).
type filings struct {
	list *filing.Service
	r    Request
}

func (f filings) columns() []column {
	return []column{
		text("申报编号", "Reference"), text("姓名", "Name"), text("性别", "Gender"), text("证件类型", "Document"), text("证件号码", "Document number"),
		text("手机号", "Mobile"), text("注册专业", "Profession"), text("注册类型", "Registration type"), text("状态", "Status"),
		text("预注册", "Pre-registration"), number("报送次数", "Deliveries"), moment("报送时间", "Delivered"), moment("上报时间", "Submitted"),
		moment("办结时间", "Closed"),
	}
}

func (f filings) terms() []Term {
	q := f.r.Filings
	var t terms
	t.named("事项", "Matter", filing.Tracks, string(q.Track))
	statuses := make([]string, len(q.Statuses))
	for i, s := range q.Statuses {
		statuses[i] = string(s)
	}
	t.list("状态", "Status", filing.Statuses, statuses)
	t.named("注册专业", "Profession", professions, string(q.Profession))
	t.named("注册类型", "Registration type", filing.RegistrationTypes, string(q.RegistrationType))
	t.plain("姓名", "Name", q.Name)
	if q.IDNumber != "" {
		t.plain("证件号码", "Document number", idno.MaskID(q.IDNumber))
	}
	t.days("报送日期", "Delivered", q.DeliveredFrom, q.DeliveredBefore)
	t.days("上报日期", "Submitted", q.SubmittedFrom, q.SubmittedBefore)
	return t
}

func (f filings) count(tx pg.Tx, who auth.Actor) (int64, error) {
	return f.list.CountTx(tx, who, f.r.Filings)
}

func (f filings) each(tx pg.Tx, who auth.Actor, fn func([]any) error) error {
	name := func(table []label.Label, value string) any {
		if value == "" {
			return nil
		}
		return label.TextOf(table, value).In(f.r.Lang, nil)
	}
	row := make([]any, len(f.columns()))
	return f.list.EachTx(tx, who, f.r.Filings, f.r.Sort, !f.r.Masked, func(x filing.Filing, full filing.Personal) error {
		id, mobile := x.IDNumberMasked, x.MobileMasked
		if !f.r.Masked {
			id, mobile = full.IDNumber, full.Mobile
		}
		row = append(row[:0], x.Reference, x.PersonName, name(filing.Genders, x.Gender), name(filing.IDTypes, x.IDType), id, mobile,
			name(professions, string(x.Profession)), name(filing.RegistrationTypes, string(x.RegistrationType)),
			name(filing.Statuses, string(x.Status)), name(filing.PreRegistrations, string(x.PreRegistration)), int64(x.Revision),
			cellTime(&x.DeliveredAt), cellTime(x.SubmittedAt), cellTime(x.ClosedAt))
		return fn(row)
	})
}

var professions = func() []label.Label {
	out := make([]label.Label, len(filing.Professions))
	for i, p := range filing.Professions {
		out[i] = p.Label
	}
	return out
}()
