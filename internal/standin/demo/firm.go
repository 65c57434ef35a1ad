package demo

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/enterprise"
	"zhuce/internal/idno"
	"zhuce/internal/pg"
	"zhuce/internal/standin/idp"
)

// Password is that of every demo account.
const Password = "Zhuce2026!"

// firm is one enterprise of the demo.
type firm struct {
	user, name, representative, operator string
	region                               string // GB/T 2260
	city, district, address              string
	industries                           []string
	uniqueCode                           string // 企业唯一码; "" where there is no qualification
	qualified                            []title
	loginName                            string // what the login says, where it differs: a rename is due
	saved                                bool
	count, few                           int // filings, and how many of them when little is wanted
	mix                                  []target
	preRegistered                        bool
}

// title is a qualification of a firm.
type title struct{ letter, category, name, grade string }

var firms = []firm{
	{user: "huayu", name: "北京华宇建筑设计有限公司", representative: "王建国", operator: "李芳", region: "110108",
		city: "北京市", district: "海淀区", address: "北京市海淀区三里河路甲11号", industries: []string{"design", "planning"},
		uniqueCode: "1100321", qualified: []title{{"A1", "design_industry", "建筑行业（建筑工程）", "a"}, {"A2", "design_special", "风景园林工程设计专项", "b"}},
		saved: true, count: 150, few: 70, mix: everyTarget},
	{user: "xinzhu", name: "江苏新筑工程咨询有限公司", representative: "陈志强", operator: "周敏", region: "320106",
		city: "南京市", district: "鼓楼区", address: "南京市鼓楼区中山北路88号", industries: []string{"cost_consulting"},
		saved: true, count: 14, few: 14, mix: preTargets, preRegistered: true},
	{user: "chuanzhu", name: "四川川筑勘察设计有限公司", representative: "刘洋", operator: "", region: "510104",
		city: "成都市", district: "锦江区"},
	{user: "shencheng", name: "上海申城建筑设计研究院有限公司", representative: "张伟民", operator: "顾晓燕", region: "310101",
		city: "上海市", district: "黄浦区", address: "上海市黄浦区延安东路100号", industries: []string{"survey_design", "design"},
		uniqueCode: "3100088", qualified: []title{{"A1", "design_comprehensive", "工程设计综合资质", "a"}, {"B1", "survey", "工程勘察综合类", "a"}},
		saved: true, count: 5000, few: 60, mix: manyTargets},
	{user: "lingnan", name: "广东岭南勘察设计集团有限公司", representative: "黄志明", operator: "梁嘉欣", region: "440106",
		city: "广州市", district: "天河区", address: "广州市天河区体育西路57号", industries: []string{"survey", "construction", "supervision"},
		uniqueCode: "4400156", qualified: []title{{"B1", "survey", "岩土工程（勘察）", "a"}, {"A2", "design_specialty", "市政行业（给水工程）专业", "b"}},
		saved: true, count: 400, few: 30, mix: manyTargets},
	{user: "zhengxin", name: "浙江正信施工图审查有限公司", representative: "沈国良", operator: "俞洁", region: "330106",
		city: "杭州市", district: "西湖区", address: "杭州市西湖区文三路259号", industries: []string{"drawing_review", "testing"},
		uniqueCode: "3300209", qualified: []title{{"A2", "other", "施工图审查机构（一类）", "none"}}, loginName: "浙江正信工程咨询有限公司",
		saved: true, count: 30, few: 20, mix: everyTarget},
	// Renamed in the business register, nothing open, an industry that needs the copy: can be renamed at once.
	{user: "jiansheng", name: "浙江建晟检测有限公司", representative: "韩晓东", operator: "方婷", region: "330106",
		city: "杭州市", district: "西湖区", address: "杭州市西湖区天目山路18号", industries: []string{"testing"},
		uniqueCode: "3300317", qualified: []title{{"A2", "other", "工程质量检测机构（专项）", "none"}}, loginName: "浙江建晟工程检测集团有限公司",
		saved: true},
}

func (f *firm) code(i int) string { return idno.MakeCreditCode(f.region, 2026_0000+i) }

func (f *firm) atLogin() string {
	if f.loginName != "" {
		return f.loginName
	}
	return f.name
}

// Accounts are the firms at the stand-in login.
func Accounts() []idp.Account {
	out := make([]idp.Account, len(firms))
	for i, f := range firms {
		out[i] = idp.Account{UserName: f.user, Password: Password, Name: f.atLogin(), CreditCode: f.code(i),
			LegalRepresentative: f.representative, Phone: fmt.Sprintf("138%08d", 10010001+i), Operator: f.operator}
	}
	return out
}

// authorities are those of the provinces, for the timeline.
var authorities = map[string]string{"11": "北京市规划和自然资源委员会", "31": "上海市住房和城乡建设管理委员会", "32": "江苏省住房和城乡建设厅",
	"33": "浙江省住房和城乡建设厅", "44": "广东省住房和城乡建设厅", "51": "四川省住房和城乡建设厅"}

var ministry = auth.Actor{Party: auth.Ministry, Name: "住房和城乡建设部"}

// establish signs the firm in, saves its basic information and uploads its papers.
func (l *loader) establish(ctx context.Context, i int) (*employer, error) {
	f := &firms[i]
	e := &employer{firm: f, code: f.code(i), seals: map[string]int{}}
	clerkName := f.operator
	if clerkName == "" {
		clerkName = f.representative
	}
	e.clerk = auth.Actor{Party: auth.Enterprise, UserID: uuid.NewSHA1(uuid.NameSpaceURL, []byte("zhuce-demo:"+f.user)), Name: clerkName}
	province := f.region[:2]
	e.province = auth.Actor{Party: auth.Province, Name: authorities[province], Provinces: []string{province}}
	err := l.db.InTx(ctx, func(tx pg.Tx) error {
		known, err := l.enterprises.SignedInTx(tx, enterprise.Claims{CreditCode: e.code, Name: f.name,
			LegalRepresentative: f.representative, LegalPersonType: "enterprise"})
		e.clerk.EnterpriseID = known.ID
		return err
	})
	if err != nil || !f.saved {
		return e, err
	}
	if _, err := l.enterprises.Save(ctx, e.clerk, 0, f.basics()); err != nil {
		return nil, err
	}
	if e.papers, err = l.upload(ctx, f.name); err != nil {
		return nil, err
	}
	return e, nil
}

func (f *firm) basics() enterprise.BasicInformation {
	capital := 1200.0
	b := enterprise.BasicInformation{RegisteredAddress: f.address, Province: f.region[:2], City: f.city, District: f.district,
		EstablishedOn: "2003-05-12", RegisteredCapitalWan: &capital, RegistrationAuth: f.city + f.district + "市场监督管理局",
		EconomicType: "limited_liability", Industries: f.industries,
		Contact: enterprise.Contact{Name: f.operator, Mobile: "13900001111", Telephone: "010-88019251", Email: f.user + "@example.com",
			PostalAddress: f.address, Postcode: "100000"}}
	for _, q := range f.qualified {
		b.Qualifications = append(b.Qualifications, enterprise.Qualification{CertificateNumber: q.letter + f.uniqueCode + "8",
			Category: q.category, Title: q.name, Grade: q.grade, IssuingAuthority: authorities[f.region[:2]],
			IssuedOn: "2022-04-18", ValidUntil: "2027-04-18", State: "normal"})
	}
	return b
}
