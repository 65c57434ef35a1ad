package enterprise

import "zhuce/internal/label"

// Label is a value with its names. The tables are the only place where the words stand.
type Label = label.Label

// The tables, in the order in which they are shown (domain §4).
var (
	Industries = []Label{
		label.New("design", "设计", "Design"),
		label.New("survey", "勘察", "Survey"),
		label.New("survey_design", "勘察设计", "Survey and design"),
		label.New("construction", "施工", "Construction"),
		label.New("supervision", "监理", "Supervision"),
		label.New("tendering_agency", "招标代理", "Tendering agency"),
		label.New("cost_consulting", "造价咨询", "Cost consulting"),
		label.New("drawing_review", "施工图审查机构", "Construction drawing review"),
		label.New("planning", "城乡规划编制", "Urban and rural planning"),
		label.New("testing", "检测单位", "Testing"),
		label.New("other", "其他", "Other"),
	}
	EconomicTypes = []Label{
		label.New("state_owned", "国有企业", "State-owned enterprise"),
		label.New("collective", "集体企业", "Collective enterprise"),
		label.New("limited_liability", "有限责任公司", "Limited liability company"),
		label.New("joint_stock", "股份有限公司", "Joint-stock company"),
		label.New("private", "私营企业", "Private enterprise"),
		label.New("partnership", "合伙企业", "Partnership"),
		label.New("sole_proprietorship", "个人独资企业", "Sole proprietorship"),
		label.New("hmt_invested", "港澳台投资企业", "Invested from Hong Kong, Macao or Taiwan"),
		label.New("foreign_invested", "外商投资企业", "Foreign-invested enterprise"),
		label.New("public_institution", "事业单位", "Public institution"),
		label.New("other", "其他", "Other"),
	}
	QualificationCategories = []Label{
		label.New("design_comprehensive", "工程设计综合资质", "Design, comprehensive"),
		label.New("design_industry", "工程设计行业资质", "Design, by industry"),
		label.New("design_specialty", "工程设计专业资质", "Design, by specialty"),
		label.New("design_special", "工程设计专项资质", "Design, special item"),
		label.New("survey", "工程勘察资质", "Survey"),
		label.New("other", "其他资质", "Other"),
	}
	QualificationGrades = []Label{
		label.New("a", "甲级", "Grade A"), label.New("b", "乙级", "Grade B"), label.New("c", "丙级", "Grade C"), label.New("d", "丁级", "Grade D"),
		label.New("none", "不分等级", "Not graded"),
	}
	QualificationStates = []Label{
		label.New("normal", "正常", "Normal"),
		label.New("flagged", "异常标注", "Flagged as irregular"),
		label.New("rectifying", "整改中", "Being rectified"),
		label.New("revoked", "撤回", "Revoked"),
	}
)

func knownIndustry(value string) bool { return label.Known(Industries, value) }
