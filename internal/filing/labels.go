package filing

import (
	"slices"

	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/label"
)

// Label is a value with its names. These tables and the constants' comments are
// the only places where the words stand.
type Label = label.Label

// ProfessionInfo is what the rules know of a profession (domain §2).
type ProfessionInfo struct {
	Label
	Track             Track
	CertificatePrefix string // of the registration certificate number, before nine digits
}

// The tables, in the order in which they are shown.
var (
	Statuses = []Label{
		label.New(string(PendingSubmission), "未上报", "Not submitted"),
		label.New(string(ProvincePending), "省级未受理", "Province: not accepted yet"),
		label.New(string(ProvinceCorrection), "省级待补正", "Province: correction needed"),
		label.New(string(ProvinceAccepted), "省级已受理", "Province: accepted"),
		label.New(string(ProvinceRefused), "省级不予受理", "Province: refused"),
		label.New(string(MinistryPending), "部级未受理", "Ministry: not accepted yet"),
		label.New(string(MinistryCorrection), "部级待补正", "Ministry: correction needed"),
		label.New(string(MinistryAccepted), "部级已受理", "Ministry: accepted"),
		label.New(string(MinistryRefused), "部级不予受理", "Ministry: refused"),
		label.New(string(Publicity), "公示中", "In publicity"),
		label.New(string(Approved), "准予注册", "Approved"),
		label.New(string(Denied), "不予注册", "Denied"),
		label.New(string(Withdrawn), "已撤回", "Withdrawn"),
		label.New(string(Returned), "已退回", "Returned"),
	}
	Phases = []Label{
		label.New(string(PhaseEnterprise), "企业", "Enterprise"), label.New(string(PhaseProvince), "省级", "Province"),
		label.New(string(PhaseMinistry), "部级", "Ministry"), label.New(string(PhaseClosed), "已办结", "Closed"),
	}
	Tracks = []Label{
		label.New(string(Architect), "注册建筑师", "Architects"),
		label.New(string(Engineer), "勘察设计注册工程师", "Survey-and-design engineers"),
	}
	Matters = []Label{
		label.New(string(auth.Architects), "一级注册建筑师执业资格认定（聘用企业）", "First-class registered architects (employer)"),
		label.New(string(auth.Engineers), "一级注册结构工程师和其他专业勘察设计注册工程师执业资格认定（聘用企业）", "First-class structural and other survey-and-design engineers (employer)"),
	}
	RegistrationTypes = []Label{
		label.New(string(Initial), "初始注册", "Initial registration"), label.New(string(Renewal), "延续注册", "Renewal"),
		label.New(string(Change), "变更注册", "Change of employer"), label.New(string(Correction), "更改补办", "Correction or replacement"),
		label.New(string(Deregistration), "注销注册", "Deregistration"),
	}
	Professions = []ProfessionInfo{
		{label.New("architect_1", "一级注册建筑师", "First-class architect"), Architect, ""},
		{label.New("structural_1", "一级注册结构工程师", "First-class structural engineer"), Engineer, "S"},
		{label.New("geotechnical", "注册土木工程师（岩土）", "Civil engineer (geotechnical)"), Engineer, "AY"},
		{label.New("utility_hvac", "注册公用设备工程师（暖通空调）", "Utility engineer (HVAC)"), Engineer, "CN"},
		{label.New("utility_water", "注册公用设备工程师（给水排水）", "Utility engineer (water supply and drainage)"), Engineer, "CS"},
		{label.New("utility_power", "注册公用设备工程师（动力）", "Utility engineer (thermal power)"), Engineer, "CD"},
		{label.New("electrical_transmission", "注册电气工程师（发输变电）", "Electrical engineer (generation and transmission)"), Engineer, "DF"},
		{label.New("electrical_supply", "注册电气工程师（供配电）", "Electrical engineer (power supply)"), Engineer, "DG"},
		{label.New("chemical", "注册化工工程师", "Chemical engineer"), Engineer, "F"},
	}
	Genders = []Label{label.New("male", "男", "Male"), label.New("female", "女", "Female")}
	IDTypes = []Label{
		label.New("resident_id", "居民身份证", "Resident identity card"),
		label.New("hk_macau_permit", "港澳居民来往内地通行证", "Mainland travel permit (Hong Kong, Macao)"),
		label.New("taiwan_permit", "台湾居民来往大陆通行证", "Mainland travel permit (Taiwan)"),
		label.New("foreign_permanent_id", "外国人永久居留身份证", "Foreign permanent resident card"),
		label.New("passport", "护照", "Passport"),
	}
	PreRegistrations = []Label{
		label.New(string(AwaitingQualification), "待补正资质", "Awaiting qualification"),
		label.New(string(Supplemented), "已补正", "Supplemented"), label.New(string(Lapsed), "已失效", "Lapsed"),
	}
	Withdrawals = []Label{
		label.New(string(WithdrawalRequested), "申请撤回，待企业同意", "Withdrawal asked for"),
		label.New(string(WithdrawalAgreed), "已同意撤回", "Withdrawal agreed"),
		label.New(string(WithdrawalDeclined), "未同意撤回", "Withdrawal declined"),
		label.New(string(WithdrawalVoid), "撤回已失效", "Withdrawal void"),
		label.New(string(WithdrawalCancelled), "已取消撤回申请", "Withdrawal cancelled"),
	}
	Actions = []Label{
		label.New(string(Deliver), "报送", "Deliver"), label.New(string(Submit), "上报", "Submit"), label.New(string(Return), "退回", "Return"),
		label.New(string(Accept), "受理", "Accept"), label.New(string(Refuse), "不予受理", "Refuse"), label.New(string(AskCorrection), "补正通知", "Ask for correction"),
		label.New(string(Forward), "转报", "Forward"), label.New(string(Publish), "公示", "Publish"), label.New(string(Approve), "准予注册", "Approve"),
		label.New(string(Deny), "不予注册", "Deny"), label.New(string(AskWithdrawal), "申请撤回", "Ask to withdraw"),
		label.New(string(CancelWithdrawal), "取消撤回申请", "Cancel the withdrawal"),
		label.New(string(AgreeWithdrawal), "同意撤回", "Agree to withdraw"), label.New(string(DeclineWithdrawal), "不同意撤回", "Decline to withdraw"),
		label.New(string(Supplement), "补正资质", "Supplement the qualification"),
		label.New(string(Lapse), "预注册失效", "Pre-registration lapsed"),
		label.New(string(DeemAccept), "视为受理", "Deemed accepted"), label.New(string(StepOverdue), "办理超期", "Step overdue"),
		label.New(string(Pause), "暂停计时", "Stop the clock"), label.New(string(Resume), "恢复计时", "Restart the clock"),
		label.New(string(Extend), "延长期限", "Extend the term"),
	}
	Parties = []Label{
		label.New(string(auth.Person), "个人", "Person"), label.New(string(auth.Enterprise), "企业", "Enterprise"),
		label.New(string(auth.Province), "省级", "Province"), label.New(string(auth.Ministry), "部级", "Ministry"), label.New(string(auth.System), "系统", "System"),
		label.New(string(auth.Integrator), "第三方集成", "Integrator"), label.New(string(auth.Administrator), "平台管理员", "Administrator"),
	}
)

// Text is the status's name in both languages.
func (s Status) Text() errs.Text { return label.TextOf(Statuses, string(s)) }

// Text is the type's name in both languages.
func (t RegistrationType) Text() errs.Text { return label.TextOf(RegistrationTypes, string(t)) }

// Info gives what the rules know of the profession; false for one that is not registered here.
func (p Profession) Info() (ProfessionInfo, bool) {
	i := slices.IndexFunc(Professions, func(i ProfessionInfo) bool { return i.Value == string(p) })
	if i < 0 {
		return ProfessionInfo{}, false
	}
	return Professions[i], true
}

// TrackOf is the track that a matter covers.
func TrackOf(m auth.Matter) Track {
	if m == auth.Architects {
		return Architect
	}
	return Engineer
}
