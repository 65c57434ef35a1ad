package demo

import (
	"fmt"
	"time"

	"zhuce/internal/filing"
	"zhuce/internal/idno"
)

const (
	surnames = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
	givens   = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英建华文玉兰志国海波晨宇浩然子轩雨欣思远嘉怡俊豪梓涵一诺佳宁"
)

var (
	schools = []string{"清华大学", "同济大学", "东南大学", "天津大学", "哈尔滨工业大学", "重庆大学", "华南理工大学", "西安建筑科技大学"}
	majors  = map[filing.Profession]string{"architect_1": "建筑学", "structural_1": "土木工程", "geotechnical": "岩土工程",
		"utility_hvac": "建筑环境与能源应用工程", "utility_water": "给排水科学与工程", "utility_power": "热能与动力工程",
		"electrical_transmission": "电气工程及其自动化", "electrical_supply": "电气工程及其自动化", "chemical": "化学工程与工艺"}
	ranks = []string{"工程师", "高级工程师", "正高级工程师"}
)

// delivery is what the n-th person of the demo files. Each person is another:
// born on another day, so that no identity number comes twice.
func (e *employer) delivery(n int, t plan, at time.Time) filing.Delivery {
	born := time.Date(1966, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n*37%9000)
	male := n%3 != 0
	d := filing.Delivery{DeliveryRef: fmt.Sprintf("demo-delivery-%06d-1", n), FilingRef: fmt.Sprintf("demo-filing-%06d", n),
		CreditCode: e.code, Profession: t.profession, RegistrationType: t.registration, PreRegistration: e.preRegistered}
	d.Form.Person = filing.Person{Name: name(n), Gender: "male", IDType: "resident_id", BirthDate: day(born), Ethnicity: "汉族",
		Education: []string{"bachelor", "master", "bachelor", "doctor"}[n%4], School: schools[n%len(schools)], Major: majors[t.profession],
		GraduatedOn: day(born.AddDate(23, 0, 0)), Title: ranks[n%len(ranks)], Email: fmt.Sprintf("person%d@example.com", n)}
	serial := 201
	if !male {
		d.Form.Person.Gender, serial = "female", 202
	}
	d.Personal = filing.Personal{IDNumber: idno.MakeResidentID(e.region, born, serial), Mobile: fmt.Sprintf("13%d%08d", n%10, 20000000+n)}
	switch {
	case n%97 == 13:
		d.Form.Person.IDType, d.Personal.IDNumber = "hk_macau_permit", fmt.Sprintf("H%08d", n)
	case n%211 == 17:
		d.Form.Person.IDType, d.Personal.IDNumber = "passport", fmt.Sprintf("E%08d", n)
	}
	d.Form.Employment = filing.Employment{ContractType: "fixed_term", ContractFrom: day(at.AddDate(-1, 0, 0)), ContractTo: day(at.AddDate(3, 0, 0))}
	if t.registration == filing.Initial {
		d.Form.Qualification = filing.Qualification{CertificateNumber: fmt.Sprintf("%d%011d", at.Year()-1, n), IssuedOn: day(at.AddDate(-1-n%4, -2, 0))}
	} else {
		e.registered(&d, n, at)
	}
	for _, kind := range filing.PaperKinds {
		k := filing.PaperKind(kind.Value)
		id := e.papers[k]
		d.Papers = append(d.Papers, filing.DeliveredPaper{Kind: k, AttachmentID: &id})
	}
	d.Papers = asked(d, at)
	return d
}

// registered fills in what a person has who is registered already.
func (e *employer) registered(d *filing.Delivery, n int, at time.Time) {
	info, _ := d.Profession.Info()
	d.Form.Registration = &filing.Registration{CertificateNumber: fmt.Sprintf("%s%02d%s%05d", info.CertificatePrefix, 18+n%8, e.region[:2], n),
		ValidUntil: day(at.AddDate(0, 1+n%9, n%28))}
	if e.uniqueCode != "" {
		d.Form.Registration.SealNumber = fmt.Sprintf("%s-%s%03d", e.uniqueCode, info.CertificatePrefix, 500+n%500) // those given here begin at 1
	}
	d.Form.ContinuingEducation = filing.ContinuingEducation{RequiredHours: 60, ElectiveHours: 60}
	e.states(d, at)
}

// states fills in what the registration type asks to be said.
func (e *employer) states(d *filing.Delivery, at time.Time) {
	switch d.RegistrationType {
	case filing.Change:
		d.Form.Employment.PreviousEmployer = "北京中建联合设计有限公司"
	case filing.Correction:
		d.Form.Statement = "注册证书所载姓名有误，申请更正。"
	case filing.Deregistration:
		d.Form.Statement = "与聘用企业解除劳动关系，申请注销注册。"
		d.Form.Employment.ContractTo = day(at.AddDate(0, 0, -3))
	}
}

// asked keeps the papers that this filing needs; the identity document comes from
// the shared data of the population register.
func asked(d filing.Delivery, at time.Time) []filing.DeliveredPaper {
	all := d.Papers
	d.Papers = nil
	var out []filing.DeliveredPaper
	// A month later the same may need one more, when it is delivered anew.
	for _, kind := range d.Missing(at.AddDate(0, 1, 0)) {
		if kind == filing.Identity {
			out = append(out, filing.DeliveredPaper{Kind: kind, Shared: true, SharedSource: "国家人口基础信息库"})
			continue
		}
		for _, p := range all {
			if p.Kind == kind {
				out = append(out, p)
			}
		}
	}
	return out
}

func name(n int) string {
	first, given := []rune(surnames), []rune(givens)
	s := string(first[n%len(first)]) + string(given[n*7%len(given)])
	if n%5 != 0 {
		s += string(given[(n*13+n/50)%len(given)])
	}
	return s
}

// day is a moment's date.
func day(t time.Time) string { return t.Format(time.DateOnly) }
