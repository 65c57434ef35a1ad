package filing

import (
	"slices"

	"zhuce/internal/errs"
	"zhuce/internal/label"
)

// Ground is what a refusal, a correction notice or a denial can rest on (domain
// §1.4, §1.5): data with an effective date. Decisions name it by its code.
type Ground struct {
	Label
	Actions []Action
	Track   Track     // "" for both
	Article errs.Text // where it stands
	Says    errs.Text // what it says
	From    string    // the day from which it can be named
	Until   string    // the day from which it no longer can; "" while it stands
	source  string
}

const (
	licensing  = "行政许可法 (domain P1)"
	architects = "注册建筑师条例 art. 13 (domain P2)"
	engineers  = "勘察设计注册工程师管理规定 art. 13 (domain A1)"
)

func ground(code, zh, en string, on Track, article, says errs.Text, from, source string, actions ...Action) Ground {
	return Ground{Label: label.New(code, zh, en), Actions: actions, Track: on, Article: article, Says: says, From: from, source: source}
}

func licensingArticle(zh, en string) errs.Text {
	return errs.Text{ZH: "《中华人民共和国行政许可法》" + zh, EN: "Administrative Licensing Law, " + en}
}

func architectArticle(zh, en string) errs.Text {
	return errs.Text{ZH: "《中华人民共和国注册建筑师条例》" + zh, EN: "Regulation on Registered Architects, " + en}
}

func engineerArticle(zh, en string) errs.Text {
	return errs.Text{ZH: "《勘察设计注册工程师管理规定》" + zh, EN: "Provisions on Registered Survey-and-Design Engineers, " + en}
}

// Grounds are all of them, in the order in which they are shown.
var Grounds = []Ground{
	ground("licensing_32_1", "依法不需要取得行政许可", "No licence is needed", "", licensingArticle("第三十二条第一款第（一）项", "art. 32(1)(1)"),
		errs.Text{ZH: "申请事项依法不需要取得行政许可的，应当即时告知申请人不受理。", EN: "Where the matter needs no licence by law, the applicant is told at once that it is not accepted."},
		"2004-07-01", licensing, Refuse),
	ground("licensing_32_2", "不属于本机关职权范围", "Not within the authority's powers", "", licensingArticle("第三十二条第一款第（二）项", "art. 32(1)(2)"),
		errs.Text{ZH: "申请事项依法不属于本行政机关职权范围的，应当即时作出不予受理的决定，并告知申请人向有关行政机关申请。", EN: "Where the matter is not within the authority's powers, it decides at once not to accept it, and says where to apply."},
		"2004-07-01", licensing, Refuse),
	ground("licensing_32_4", "材料不齐全或者不符合法定形式", "Papers incomplete or not in the legal form", "", licensingArticle("第三十二条第一款第（四）项", "art. 32(1)(4)"),
		errs.Text{ZH: "申请材料不齐全或者不符合法定形式的，应当当场或者在五日内一次告知申请人需要补正的全部内容，逾期不告知的，自收到申请材料之日起即为受理。",
			EN: "Where papers are incomplete or not in the legal form, the applicant is told once, on the spot or within five days, all that is to be corrected; without that it counts as accepted from the day of receipt."},
		"2004-07-01", licensing, AskCorrection),
	ground("licensing_32_5", "未按要求提交全部补正材料", "Not all that was to be corrected was handed in", "", licensingArticle("第三十二条第一款第（五）项", "art. 32(1)(5)"),
		errs.Text{ZH: "申请人按照本行政机关的要求提交全部补正申请材料的，应当受理；未按要求提交全部补正材料的，不予受理。", EN: "Accepted once all corrections asked for are handed in; not accepted where they are not."},
		"2004-07-01", licensing+", the other way round", Refuse),
	ground("licensing_38", "不符合法定条件、标准", "The legal conditions are not met", "", licensingArticle("第三十八条", "art. 38"),
		errs.Text{ZH: "申请不符合法定条件、标准的，依法作出不予行政许可的书面决定，说明理由，并告知申请人享有依法申请行政复议或者提起行政诉讼的权利。",
			EN: "Where the legal conditions are not met, a written denial gives its reasons and tells of the right to administrative review or a lawsuit."},
		"2004-07-01", licensing, Deny),
	ground("licensing_78", "隐瞒有关情况或者提供虚假材料", "Facts concealed or false papers", "", licensingArticle("第七十八条", "art. 78"),
		errs.Text{ZH: "行政许可申请人隐瞒有关情况或者提供虚假材料申请行政许可的，行政机关不予受理或者不予行政许可，并给予警告。", EN: "Who conceals facts or hands in false papers is not accepted or denied, and warned."},
		"2004-07-01", licensing, Refuse, Deny),
	ground("reapplied_too_early", "在不得再次申请的期限内", "Within the time in which one may not apply again", "", licensingArticle("第七十八条、第七十九条", "arts. 78, 79"),
		errs.Text{ZH: "隐瞒情况或者提供虚假材料的，一年内不得再次申请；以欺骗、贿赂等不正当手段取得许可的，三年内不得再次申请。", EN: "No new application for one year after concealed facts or false papers, for three years after a licence got by fraud or bribery."},
		"2004-07-01", licensing, Refuse, Deny),
	ground("design_regulation_10", "受聘于两个以上单位", "Employed by more than one unit", "", errs.Text{ZH: "《建设工程勘察设计管理条例》第十条", EN: "Regulation on Construction Survey and Design, art. 10"},
		errs.Text{ZH: "注册执业人员只能受聘于一个建设工程勘察、设计单位。", EN: "A registered person is employed by one survey or design unit alone."},
		"2000-09-25", "建设工程勘察设计管理条例 (domain P3)", Deny),

	ground("architect_13_1", "不具有完全民事行为能力", "No full civil capacity", Architect, architectArticle("第十三条第（一）项", "art. 13(1)"),
		errs.Text{ZH: "不具有完全民事行为能力的，不予注册。", EN: "Not registered without full civil capacity."}, "1995-09-23", architects, Deny),
	ground("architect_13_2", "受刑事处罚未满五年", "Criminal punishment within five years", Architect, architectArticle("第十三条第（二）项", "art. 13(2)"),
		errs.Text{ZH: "因受刑事处罚，自刑罚执行完毕之日起至申请注册之日止不满 5 年的，不予注册。", EN: "Not registered within 5 years of the end of a criminal punishment."}, "1995-09-23", architects, Deny),
	ground("architect_13_3", "因执业错误受处罚、处分未满两年", "Penalty for faults in the work within two years", Architect, architectArticle("第十三条第（三）项", "art. 13(3)"),
		errs.Text{ZH: "因在建筑设计或者相关业务中犯有错误受行政处罚或者撤职以上行政处分，自处罚、处分决定之日起至申请之日止不满 2 年的，不予注册。",
			EN: "Not registered within 2 years of an administrative penalty, or a sanction of removal or above, for faults in architectural work."}, "1995-09-23", architects, Deny),
	ground("architect_13_4", "被吊销证书未满五年", "Certificate revoked within five years", Architect, architectArticle("第十三条第（四）项", "art. 13(4)"),
		errs.Text{ZH: "受吊销注册建筑师证书的行政处罚，自处罚决定之日起至申请注册之日止不满 5 年的，不予注册。", EN: "Not registered within 5 years of the certificate's revocation as a penalty."}, "1995-09-23", architects, Deny),
	ground("architect_13_5", "国务院规定的其他情形", "Other cases set by the State Council", Architect, architectArticle("第十三条第（五）项", "art. 13(5)"),
		errs.Text{ZH: "有国务院规定不予注册的其他情形的，不予注册。", EN: "Not registered in other cases set by the State Council."}, "1995-09-23", architects, Deny),

	ground("engineer_13_1", "不具有完全民事行为能力", "No full civil capacity", Engineer, engineerArticle("第十三条第（一）项", "art. 13(1)"),
		errs.Text{ZH: "不具有完全民事行为能力的，不予注册。", EN: "Not registered without full civil capacity."}, "2005-04-01", engineers, Deny),
	ground("engineer_13_2", "因执业受刑事处罚未满两年", "Criminal punishment for the work within two years", Engineer, engineerArticle("第十三条第（二）项", "art. 13(2)"),
		errs.Text{ZH: "因从事勘察设计或者相关业务受到刑事处罚，自刑事处罚执行完毕之日起至申请注册之日止不满 2 年的，不予注册。", EN: "Not registered within 2 years of the end of a criminal punishment for survey or design work."}, "2005-04-01", engineers, Deny),
	ground("engineer_13_3", "法律、法规规定的其他情形", "Other cases by law", Engineer, engineerArticle("第十三条第（三）项", "art. 13(3)"),
		errs.Text{ZH: "有法律、法规规定不予注册的其他情形的，不予注册。", EN: "Not registered in other cases by law or regulation."}, "2005-04-01", engineers, Deny),
}

// GroundLabels are the codes with their short names.
func GroundLabels() []Label {
	out := make([]Label, len(Grounds))
	for i, g := range Grounds {
		out[i] = g.Label
	}
	return out
}

// groundOf finds a ground that stands on the day.
func groundOf(code, day string) (Ground, bool) {
	i := slices.IndexFunc(Grounds, func(g Ground) bool { return g.Value == code && g.From <= day && (g.Until == "" || day < g.Until) })
	if i < 0 {
		return Ground{}, false
	}
	return Grounds[i], true
}
