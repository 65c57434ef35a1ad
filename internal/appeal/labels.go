package appeal

import (
	"zhuce/internal/errs"
	"zhuce/internal/label"
)

// Measure is what follows from a rejection.
type Measure string

// The measures.
const (
	Rectify  Measure = "rectify" // 限期整改
	Revoke   Measure = "revoke"  // 撤销注册
	Record   Measure = "record"  // 记入不良行为记录
	NoAction Measure = "none"    // 不再处理
)

// The tables, in the order in which they are shown. These and the constants'
// comments are the only places where the words stand.
var (
	States = []label.Label{
		label.New(string(AwaitingStatement), "待申辩", "Statement awaited"), label.New(string(Overdue), "逾期未申辩", "Overdue"),
		label.New(string(Submitted), "已申辩", "Submitted"), label.New(string(UnderReview), "审核中", "Under review"),
		label.New(string(Upheld), "申辩成立", "Upheld"), label.New(string(Rejected), "申辩不成立", "Rejected"),
	}
	Kinds = []label.Label{
		label.New(string(InsuranceMismatch), "社保单位与注册单位不一致", "Social insurance paid by another unit"),
		label.New(string(InsuranceSeveral), "多处缴纳社保", "Social insurance in several units"),
		label.New(string(InsuranceNone), "无社保（劳动关系存疑）", "No social insurance"),
		label.New(string(FundMismatch), "公积金单位与注册单位不一致", "Housing fund paid by another unit"),
		label.New(string(FundSeveral), "多处缴存公积金", "Housing fund in several units"),
		label.New(string(SafetyMismatch), "安管证单位与注册单位不一致", "Safety certificate held in another unit"),
		label.New(string(IdentityMismatch), "人证不符", "Person and certificate do not match"),
		label.New(string(SeveralUnits), "多单位注册", "Registered in several units"),
		label.New(string(QualificationDoubted), "资格或学历存疑", "Qualification or education in doubt"),
		label.New(string(OtherKind), "其他异常", "Other"),
	}
	Reasons = []label.Label{
		label.New(string(Retired), "正式退休或依法提前退休", "Retired, also early, by law"),
		label.New(string(Institution), "因改制等保留事业单位身份，在其下属企业工作", "Kept the status of a public institution and works in its subordinate company"),
		label.New(string(University), "院校所属单位聘请的本校在职教师或科研人员", "Teacher or researcher of the university that owns the unit"),
		label.New(string(Demobilized), "军队自主择业人员", "Demobilised with employment of one's own choice"),
		label.New(string(InsuranceOver), "因企业改制、征地拆迁等买断社会保险", "Social insurance bought out (restructuring, land taken)"),
		label.New(string(PolicyBasis), "有法律法规、国家政策依据的其他情形", "Other case with a basis in law or policy"),
		label.New(string(Rectified), "已整改", "Put right meanwhile"),
		label.New(string(DataError), "数据错误", "The data are wrong"),
		label.New(string(OtherReason), "其他理由", "Other reason"),
	}
	Proofs = []label.Label{
		label.New(string(EmploymentContract), "劳动合同或聘用协议", "Employment contract"),
		label.New(string(RetirementProof), "退休证明", "Retirement certificate"),
		label.New(string(InstitutionProof), "事业单位身份及改制证明", "Proof of the institution's status and restructuring"),
		label.New(string(UniversityProof), "院校在职证明", "University's proof of employment"),
		label.New(string(DemobilizedProof), "军队自主择业证明", "Proof of demobilisation"),
		label.New(string(BuyOutProof), "改制、征地拆迁等买断社保文件", "Document of the buy-out"),
		label.New(string(PolicyProof), "法律法规或政策文件", "Law or policy document"),
		label.New(string(InsuranceRecord), "社会保险缴费清单", "Social insurance record"),
		label.New(string(RectifiedProof), "整改证明", "Proof that it was put right"),
		label.New(string(DataErrorProof), "数据主管单位的更正或证明", "Correction by whoever keeps the data"),
		label.New(string(OtherProof), "其他证据", "Other evidence"),
	}
	Measures = []label.Label{
		label.New(string(NoAction), "不再处理", "Nothing further"), label.New(string(Rectify), "限期整改", "To be put right in time"),
		label.New(string(Record), "记入不良行为记录", "Entered in the record of bad conduct"), label.New(string(Revoke), "撤销注册", "Registration revoked"),
	}
	Actions = []label.Label{
		label.New(string(Push), "推送", "Push"), label.New(string(SaveDraft), "保存草稿", "Save the draft"), label.New(string(Submit), "提交申辩", "Submit"),
		label.New(string(Review), "进入审核", "Take under review"), label.New(string(Uphold), "认定成立", "Uphold"),
		label.New(string(Reject), "认定不成立", "Reject"), label.New(string(Lapse), "逾期", "Lapse"),
	}
)

// Basis is the law that the right to be heard and its time rest on.
var Basis = errs.Text{
	ZH: "陈述、申辩权：《行政许可法》第七条、第三十六条。期限从收到的次日起算；最后一日是休息日的，顺延至下一工作日（《民法典》第二百零一条、第二百零三条）。",
	EN: "Right to be heard: Administrative Licensing Law, arts 7 and 36. The period begins on the day after arrival; if its last day is a day off, it ends with the next working day (Civil Code, arts 201 and 203).",
}

// Text is the state's name in both languages.
func (s State) Text() errs.Text { return label.TextOf(States, string(s)) }

// Text is the kind's name in both languages.
func (k Kind) Text() errs.Text { return label.TextOf(Kinds, string(k)) }

// Text is the proof's name in both languages.
func (p Proof) Text() errs.Text { return label.TextOf(Proofs, string(p)) }
