package filing

import (
	"zhuce/internal/auth"
	"zhuce/internal/outbox"
)

// Events of filings, one an action. Whoever delivered the filing learns of each;
// an authority learns of nothing that came before the enterprise submitted it.
var events = map[Action]*outbox.Def{
	Deliver:           outbox.Define("filing.deliver", "已报送给企业", "Delivered to the enterprise", auth.Enterprise),
	Return:            outbox.Define("filing.return", "企业已退回", "Returned by the enterprise", auth.Enterprise),
	Submit:            outbox.Define("filing.submit", "企业已上报", "Submitted by the enterprise", everybody...),
	Accept:            outbox.Define("filing.accept", "已受理", "Accepted", everybody...),
	Refuse:            outbox.Define("filing.refuse", "不予受理", "Refused", everybody...),
	AskCorrection:     outbox.Define("filing.ask_correction", "通知补正", "Correction asked for", everybody...),
	Forward:           outbox.Define("filing.forward", "已转报", "Forwarded to the ministry", everybody...),
	Publish:           outbox.Define("filing.publish", "公示", "In publicity", everybody...),
	Approve:           outbox.Define("filing.approve", "准予注册", "Approved", everybody...),
	Deny:              outbox.Define("filing.deny", "不予注册", "Denied", everybody...),
	AskWithdrawal:     outbox.Define("filing.ask_withdrawal", "个人申请撤回", "The person asks to withdraw", everybody...),
	CancelWithdrawal:  outbox.Define("filing.cancel_withdrawal", "个人取消撤回申请", "The person no longer asks to withdraw", everybody...),
	AgreeWithdrawal:   outbox.Define("filing.agree_withdrawal", "企业同意撤回，已撤回", "The enterprise agreed; withdrawn", everybody...),
	DeclineWithdrawal: outbox.Define("filing.decline_withdrawal", "企业不同意撤回", "The enterprise declined the withdrawal", everybody...),
	Supplement:        outbox.Define("filing.supplement", "已补正资质", "Qualification supplemented", everybody...),
	Lapse:             outbox.Define("filing.lapse", "预注册失效", "Pre-registration lapsed", everybody...),
	DeemAccept:        outbox.Define("filing.deem_accept", "视为受理：受理期限届满未告知补正", "Deemed accepted: the term of the acceptance ran out in silence", everybody...),
	StepOverdue:       outbox.Define("filing.step_overdue", "本环节办理超期", "The authority's present step is overdue", everybody...),
	Pause:             outbox.Define("filing.pause", "暂停计时", "The legal clock was stopped", everybody...),
	Resume:            outbox.Define("filing.resume", "恢复计时", "The legal clock runs again", everybody...),
	Extend:            outbox.Define("filing.extend", "延长期限", "The term was extended", everybody...),
}

var (
	everybody = []auth.Party{auth.Enterprise, auth.Province, auth.Ministry}

	eventVoid = outbox.Define("filing.withdrawal_void", "撤回申请失效：主管部门已先办理", "The withdrawal is void: the authority acted first", everybody...)
)

// event tells of a filing; data beside the references.
func event(def *outbox.Def, f Filing, data map[string]any) outbox.Event {
	data["reference"], data["filing_ref"] = f.Reference, f.FilingRef
	return outbox.Event{Def: def, SubjectType: "filing", SubjectID: f.ID, EnterpriseID: f.EnterpriseID, ClientID: f.ClientID, Province: f.Province, Data: data}
}
