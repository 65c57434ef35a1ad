package filing

import (
	"slices"

	"zhuce/internal/label"
)

// Step is what an authority has to do within a term (办理环节, domain §1.4).
type Step string

// The steps. The last two are not waited for: how long publicity is left out of a
// term, and by how much a term can be extended.
const (
	ProvinceAcceptance  Step = "province_acceptance"  // 省级受理
	ProvinceExamination Step = "province_examination" // 省级审查
	ProvinceForwarding  Step = "province_forwarding"  // 省级转报
	MinistryAcceptance  Step = "ministry_acceptance"  // 部级受理
	MinistryDecision    Step = "ministry_decision"    // 部级决定
	publicityLeftOut    Step = "publicity"            // 公示
	extension           Step = "extension"            // 延长
)

// Ending is what becomes of a step whose term has run out.
type Ending string

// The endings.
const (
	EndsDeemed  Ending = "deemed_accepted" // 视为受理
	EndsOverdue Ending = "overdue"         // 超期
	leftOut     Ending = "left_out"        // no term: days that another one does not count
	adds        Ending = "adds"            // no term: days that another one is given
)

// Article is a rule that a term rests on.
type Article string

// The articles.
const (
	Licence32             Article = "licence_32_4"            // 行政许可法 art. 32 (4)
	Licence42             Article = "licence_42"              // … art. 42
	Licence43             Article = "licence_43"              // … art. 43
	Licence45             Article = "licence_45"              // … art. 45
	Architects15          Article = "architects_15"           // 注册建筑师条例实施细则 art. 15
	Engineers7            Article = "engineers_7"             // 勘察设计注册工程师管理规定 art. 7
	Engineers8            Article = "engineers_8"             // … art. 8
	Architects15Publicity Article = "architects_15_publicity" // 实施细则 art. 15, on publicity
)

// Trust is how sure it is that a term is what the rule says (domain.md marks it).
type Trust string

// The grades. Users see the citation alone; docs/legal-clock.md shows these too.
const (
	Read   Trust = "read"   // the text was read whole
	Seen   Trust = "seen"   // its sentence was seen in an excerpt
	Sister Trust = "sister" // seen in the sister rule that the same order changed
	Memory Trust = "memory" // from memory, not confirmed
)

// Term is how long a step may take. It is data: a rule that changes is a further row
// with a later From, and what began before goes on under the old one.
type Term struct {
	Step  Step
	Track Track              // "" for both
	Types []RegistrationType // nil for all that no other row names
	From  string             // the first day on which a step begins under it
	Days  int                // working days (行政许可法 art. 82), the day of the beginning not counted
	Basis Article
	Ends  Ending
	Trust Trust
}

var (
	initially = []RegistrationType{Initial}
	laterOn   = []RegistrationType{Renewal, Change}
)

// When the rules came into force.
const (
	licensingLaw   = "2004-07-01" // 行政许可法
	architectRules = "2008-03-15" // 建设部令第167号
	engineerRules  = "2016-10-20" // 住建部令第32号, amending 建设部令第137号
)

// Terms are all of them. The row that fits with the latest From holds, one that
// names the registration type before one that names none.
var Terms = []Term{
	{ProvinceAcceptance, Architect, nil, licensingLaw, 5, Licence32, EndsDeemed, Read},
	{ProvinceExamination, Architect, initially, architectRules, 20, Architects15, EndsOverdue, Seen},
	{ProvinceExamination, Architect, laterOn, architectRules, 10, Architects15, EndsOverdue, Memory},
	{ProvinceExamination, Architect, nil, licensingLaw, 20, Licence43, EndsOverdue, Read},
	// The province receives for the ministry and decides nothing: silence accepts nothing.
	{ProvinceForwarding, Engineer, nil, engineerRules, 5, Engineers7, EndsOverdue, Sister},

	{MinistryAcceptance, "", nil, licensingLaw, 5, Licence32, EndsDeemed, Read},
	{MinistryDecision, Architect, initially, architectRules, 20, Architects15, EndsOverdue, Seen},
	{MinistryDecision, Architect, laterOn, architectRules, 15, Architects15, EndsOverdue, Memory},
	{MinistryDecision, Engineer, initially, engineerRules, 20, Engineers8, EndsOverdue, Sister},
	{MinistryDecision, Engineer, laterOn, engineerRules, 10, Engineers8, EndsOverdue, Memory},
	{MinistryDecision, "", nil, licensingLaw, 20, Licence42, EndsOverdue, Read},

	{publicityLeftOut, Architect, nil, architectRules, 10, Architects15Publicity, leftOut, Seen},
	{publicityLeftOut, Engineer, nil, architectRules, 10, Licence45, leftOut, Memory},
	{extension, "", nil, licensingLaw, 10, Licence42, adds, Read},
}

// Deemed reports whether silence accepts.
func (t Term) Deemed() bool { return t.Ends == EndsDeemed }

// stepOf is what an authority has to do with the filing; "" when none holds it, or
// when it waits for the person: a correction stops the clock for good, and the term
// begins anew with what is submitted then.
func stepOf(f Filing) Step {
	switch f.Status {
	case ProvincePending:
		if f.Track == Architect {
			return ProvinceAcceptance
		}
		return ProvinceForwarding
	case ProvinceAccepted:
		if f.Track == Architect {
			return ProvinceExamination
		}
		return ProvinceForwarding // one term for all that the province does
	case MinistryPending:
		return MinistryAcceptance
	case MinistryAccepted, Publicity:
		return MinistryDecision
	default:
		return ""
	}
}

// termIn is the term of a step that begins on the day; false before any rule was in force.
func termIn(terms []Term, step Step, f Filing, day string) (Term, bool) {
	var best Term
	found := false
	for _, t := range terms {
		if t.Step != step || t.Track != "" && t.Track != f.Track || t.From > day ||
			t.Types != nil && !slices.Contains(t.Types, f.RegistrationType) {
			continue
		}
		named, bestNamed := t.Types != nil, best.Types != nil
		if !found || named && !bestNamed || named == bestNamed && t.From > best.From {
			best, found = t, true
		}
	}
	return best, found
}

// The words, in the order in which they are shown.
var (
	Steps = []Label{
		label.New(string(ProvinceAcceptance), "省级受理", "Acceptance by the province"),
		label.New(string(ProvinceExamination), "省级审查", "Examination by the province"),
		label.New(string(ProvinceForwarding), "省级转报", "Forwarding by the province"),
		label.New(string(MinistryAcceptance), "部级受理", "Acceptance by the ministry"),
		label.New(string(MinistryDecision), "部级决定", "Decision by the ministry"),
		label.New(string(publicityLeftOut), "公示", "Publicity"), // these two are named in the rules alone, never on a filing
		label.New(string(extension), "延长期限", "Extension"),
	}
	Endings = []Label{
		label.New(string(EndsDeemed), "逾期视为受理", "Deemed accepted when it runs out"),
		label.New(string(EndsOverdue), "逾期计为超期", "Overdue when it runs out"),
		label.New(string(leftOut), "不计入期限", "Left out of the term"), label.New(string(adds), "增加期限", "Added to the term"),
	}
	Articles = []Label{
		label.New(string(Licence32), "《行政许可法》第三十二条第一款第四项：材料不齐全的应当当场或者五日内一次告知补正，逾期不告知的，自收到申请材料之日起即为受理",
			"Administrative Licensing Law art. 32 para. 1 (4): what is to be corrected is told at once or within 5 days; not told by then, the filing is accepted from the day on which it was received"),
		label.New(string(Licence42), "《行政许可法》第四十二条：自受理之日起二十日内作出决定，经批准可以延长十日并告知理由",
			"Administrative Licensing Law art. 42: the decision is taken within 20 days of acceptance; with approval it may take 10 more, and the reason is told"),
		label.New(string(Licence43), "《行政许可法》第四十三条：下级机关应当自受理之日起二十日内审查完毕",
			"Administrative Licensing Law art. 43: the lower authority completes its review within 20 days of acceptance"),
		label.New(string(Licence45), "《行政许可法》第四十五条：听证、检验、专家评审等所需时间不计算在期限内，所需时间应当书面告知",
			"Administrative Licensing Law art. 45: hearings, tests and expert review are not counted; how long they take is told in writing"),
		label.New(string(Architects15), "《注册建筑师条例实施细则》第十五条：受理后在规定的工作日内审查完毕或者作出决定",
			"Detailed Rules on Registered Architects art. 15: examination and decision within the set working days of acceptance"),
		label.New(string(Architects15Publicity), "《注册建筑师条例实施细则》第十五条：公示的时间不计算在期限内",
			"Detailed Rules on Registered Architects art. 15: the time of publicity is not counted"),
		label.New(string(Engineers7), "《勘察设计注册工程师管理规定》第七条：收到申请材料后应当在五日内将全部申请材料报审批部门",
			"Provisions on Registered Survey-and-Design Engineers art. 7: all papers go to the approving authority within 5 days of receipt"),
		label.New(string(Engineers8), "《勘察设计注册工程师管理规定》第八条：自受理之日起在规定的工作日内作出决定",
			"Provisions on Registered Survey-and-Design Engineers art. 8: the decision is taken within the set working days of acceptance"),
	}
)
