package enterprise

import "slices"

// Label is a value with its names. The tables are the only place where the words
// stand; the browser gets them from /meta.
type Label struct{ Value, ZH, EN string }

// Industry is an industry (所属行业) with what the rules know of it.
type Industry struct {
	Label
	// NeedsQualificationCopy: a rename must bring the renamed certificate's copy (manual §3.7, note 2).
	NeedsQualificationCopy bool
}

// The tables, in the order in which they are shown (domain §4).
var (
	Industries = []Industry{
		{Label{"design", "设计", "Design"}, false},
		{Label{"survey", "勘察", "Survey"}, false},
		{Label{"survey_design", "勘察设计", "Survey and design"}, false},
		{Label{"construction", "施工", "Construction"}, false},
		{Label{"supervision", "监理", "Supervision"}, false},
		{Label{"tendering_agency", "招标代理", "Tendering agency"}, false},
		{Label{"cost_consulting", "造价咨询", "Cost consulting"}, false},
		{Label{"drawing_review", "施工图审查机构", "Construction drawing review"}, true},
		{Label{"planning", "城乡规划编制", "Urban and rural planning"}, false},
		{Label{"testing", "检测单位", "Testing"}, true},
		{Label{"other", "其他", "Other"}, false},
	}
	EconomicTypes = []Label{
		{"state_owned", "国有企业", "State-owned enterprise"},
		{"collective", "集体企业", "Collective enterprise"},
		{"limited_liability", "有限责任公司", "Limited liability company"},
		{"joint_stock", "股份有限公司", "Joint-stock company"},
		{"private", "私营企业", "Private enterprise"},
		{"partnership", "合伙企业", "Partnership"},
		{"sole_proprietorship", "个人独资企业", "Sole proprietorship"},
		{"hmt_invested", "港澳台投资企业", "Invested from Hong Kong, Macao or Taiwan"},
		{"foreign_invested", "外商投资企业", "Foreign-invested enterprise"},
		{"public_institution", "事业单位", "Public institution"},
		{"other", "其他", "Other"},
	}
	QualificationCategories = []Label{
		{"design_comprehensive", "工程设计综合资质", "Design, comprehensive"},
		{"design_industry", "工程设计行业资质", "Design, by industry"},
		{"design_specialty", "工程设计专业资质", "Design, by specialty"},
		{"design_special", "工程设计专项资质", "Design, special item"},
		{"survey", "工程勘察资质", "Survey"},
		{"other", "其他资质", "Other"},
	}
	QualificationGrades = []Label{
		{"a", "甲级", "Grade A"}, {"b", "乙级", "Grade B"}, {"c", "丙级", "Grade C"}, {"d", "丁级", "Grade D"},
		{"none", "不分等级", "Not graded"},
	}
	QualificationStates = []Label{
		{"normal", "正常", "Normal"},
		{"flagged", "异常标注", "Flagged as irregular"},
		{"rectifying", "整改中", "Being rectified"},
		{"revoked", "撤回", "Revoked"},
	}
)

func known(table []Label, value string) bool {
	return slices.ContainsFunc(table, func(l Label) bool { return l.Value == value })
}

func knownIndustry(value string) bool {
	return slices.ContainsFunc(Industries, func(i Industry) bool { return i.Value == value })
}
