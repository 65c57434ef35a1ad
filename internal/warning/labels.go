package warning

import "zhuce/internal/label"

// The tables, in the order in which they are shown.
var (
	Levels = []label.Label{
		label.New(string(Expired), "已到期", "Expired"),
		label.New(string(Urgent), "紧急", "Urgent"),
		label.New(string(Near), "临近到期", "Near"),
		label.New(string(Early), "提前预警", "Early"),
	}
	Situations = []label.Label{
		label.New(string(NothingFiled), "未申报延续", "No renewal filed"),
		label.New(string(BeingPrepared), "延续申报待上报", "Renewal not submitted yet"),
		label.New(string(FiledLate), "延续已申报（逾期）", "Renewal filed late"),
		label.New(string(FiledInTime), "延续已按期申报", "Renewal filed in time"),
		label.New(string(DeemedGranted), "视为准予延续", "Renewal deemed granted"),
	}
	Steps = []label.Label{
		label.New(string(FileRenewal), "请本人在个人版填报延续注册并报送本企业", "The person files a renewal in the personal edition and sends it to you"),
		label.New(string(SubmitFiling), "请企业核对后上报延续申报", "Check the renewal and submit it"),
		label.New(string(AnswerCorrection), "请本人按补正通知修改后重新报送", "The person corrects the filing as asked and delivers it again"),
		label.New(string(AwaitDecision), "已申报，等待主管部门决定", "Filed; the authority has to decide"),
		label.New(string(SettleOther), "本人另有在办申报，办结后才能申报延续", "Another filing is under way; the renewal can be filed once it is settled"),
		label.New(string(Deregistering), "注销注册在办，无需延续", "Deregistration is under way; no renewal is needed"),
		label.New(string(RegisterAnew), "注册已失效，应停止执业，须重新申请注册", "The registration has lapsed: stop practising on it; the person has to register anew"),
	}
	Articles = []label.Label{
		label.New(string(Licence50Deadline), "《行政许可法》第五十条第一款：应当在有效期届满三十日前提出延续申请", "Administrative Licensing Law art. 50 para. 1: a renewal is filed at least 30 days before the term ends"),
		label.New(string(Licence50Deemed), "《行政许可法》第五十条第二款：按期申请而届满前未作决定的，视为准予延续", "Administrative Licensing Law art. 50 para. 2: filed in time and undecided when the term ends, it is deemed granted"),
		label.New(string(Licence70), "《行政许可法》第七十条第一项：有效期届满未延续的，应当办理注销手续", "Administrative Licensing Law art. 70 (1): not renewed when the term ends, the registration is cancelled"),
		label.New(string(Regulation17), "《注册建筑师条例》第十七条：期满前三十日内申请；此时仍可申报", "Regulations on Registered Architects art. 17: application within the last 30 days; filing is still possible"),
		label.New(string(DetailedRules), "《注册建筑师条例实施细则》：有效期届满三十日前申请延续", "Detailed Rules on Registered Architects: renewal is filed 30 days before the term ends"),
		label.New(string(EngineerRules), "《勘察设计注册工程师管理规定》：有效期届满三十日前申请延续", "Provisions on Registered Survey-and-Design Engineers: renewal is filed 30 days before the term ends"),
	}
)
