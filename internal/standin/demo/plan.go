package demo

import (
	"slices"

	"zhuce/internal/filing"
)

// target is where a filing of the demo is to arrive.
type target string

// The targets: every status, and the flags that a filing can carry on the way.
const (
	pendingTarget     target = "pending"
	resumedTarget     target = "resumed" // returned, and delivered anew
	returnedTarget    target = "returned"
	provinceTarget    target = "province"
	askedTarget       target = "asked"    // withdrawal asked for, not answered
	declinedTarget    target = "declined" // withdrawal declined
	withdrawnTarget   target = "withdrawn"
	provCorrectTarget target = "province correction"
	provAcceptTarget  target = "province accepted"
	provRefuseTarget  target = "province refused"
	ministryTarget    target = "ministry"
	minCorrectTarget  target = "ministry correction"
	correctedTarget   target = "corrected" // a ministry correction, delivered anew
	minAcceptTarget   target = "ministry accepted"
	minRefuseTarget   target = "ministry refused"
	publicityTarget   target = "publicity"
	approvedTarget    target = "approved"
	deniedTarget      target = "denied"
)

var (
	everyTarget = []target{pendingTarget, approvedTarget, provinceTarget, ministryTarget, pendingTarget, returnedTarget, provCorrectTarget,
		askedTarget, provAcceptTarget, approvedTarget, minCorrectTarget, pendingTarget, minAcceptTarget, publicityTarget, resumedTarget, provRefuseTarget,
		declinedTarget, withdrawnTarget, minRefuseTarget, approvedTarget, deniedTarget, correctedTarget, provinceTarget}
	manyTargets = []target{pendingTarget, approvedTarget, approvedTarget, pendingTarget, provinceTarget, approvedTarget, ministryTarget, approvedTarget,
		pendingTarget, publicityTarget, minAcceptTarget, approvedTarget, returnedTarget, provAcceptTarget, pendingTarget, approvedTarget, provCorrectTarget, deniedTarget, withdrawnTarget}
	preTargets = []target{pendingTarget, provinceTarget, ministryTarget, pendingTarget, provinceTarget, minAcceptTarget, provAcceptTarget}
)

// held reports whether an authority has to act on what arrives there.
func (t target) held() bool {
	return slices.Contains([]target{provinceTarget, askedTarget, declinedTarget, provAcceptTarget, ministryTarget, minAcceptTarget, publicityTarget}, t)
}

// slow reports whether some of those that arrive there are forgotten.
func (t target) slow() bool {
	return t == provAcceptTarget || t == minAcceptTarget || t == publicityTarget
}

// deed is what one party does to many filings at one stage.
type deed struct {
	stage  int
	by     side
	do     filing.Action
	reason string
}

type side int

const (
	byPerson side = iota
	byClerk
	byProvince
	byMinistry
)

// The stages of a wave, in days after its deliveries.
var stageDays = []float64{0, 1, 3, 5, 8, 12, 20}

const (
	missingPage  = "劳动合同缺少签字页，请补齐后重新报送"
	needProof    = "请补充近一个月的社会保险证明"
	notEligible  = "申请人不符合注册条件：继续教育学时证明与系统记录不一致"
	ownWish      = "个人工作变动，申请撤回"
	notWithdrawn = "项目需要，经与本人沟通继续办理"
)

// deeds are the steps of a filing to its target; the delivery itself is left out.
// For architects the province examines before it forwards, for engineers it only
// forwards (domain §1.4).
func (t target) deeds(track filing.Track) []deed {
	submit := deed{1, byClerk, filing.Submit, ""}
	accept := deed{2, byProvince, filing.Accept, ""}
	forward := []deed{submit, {3, byProvince, filing.Forward, ""}}
	if track == filing.Architect {
		forward = []deed{submit, accept, {3, byProvince, filing.Forward, ""}}
	}
	ministry := append(slices.Clone(forward), deed{4, byMinistry, filing.Accept, ""})
	published := append(slices.Clone(ministry), deed{5, byMinistry, filing.Publish, ""})
	ask := deed{2, byPerson, filing.AskWithdrawal, ownWish}
	switch t {
	case returnedTarget:
		return []deed{{1, byClerk, filing.Return, missingPage}}
	case resumedTarget:
		return []deed{{1, byClerk, filing.Return, missingPage}, {2, byPerson, filing.Deliver, ""}}
	case provinceTarget:
		return []deed{submit}
	case askedTarget:
		return []deed{submit, ask}
	case declinedTarget:
		return []deed{submit, ask, {3, byClerk, filing.DeclineWithdrawal, notWithdrawn}}
	case withdrawnTarget:
		return []deed{submit, ask, {3, byClerk, filing.AgreeWithdrawal, ""}}
	case provCorrectTarget:
		return []deed{submit, {2, byProvince, filing.AskCorrection, needProof}}
	case provAcceptTarget:
		return []deed{submit, accept}
	case provRefuseTarget:
		return []deed{submit, {2, byProvince, filing.Refuse, notEligible}}
	case ministryTarget:
		return forward
	case minCorrectTarget:
		return append(forward, deed{4, byMinistry, filing.AskCorrection, needProof})
	case correctedTarget:
		return append(forward, deed{4, byMinistry, filing.AskCorrection, needProof}, deed{5, byPerson, filing.Deliver, ""})
	case minAcceptTarget:
		return ministry
	case minRefuseTarget:
		return append(forward, deed{4, byMinistry, filing.Refuse, notEligible})
	case publicityTarget:
		return published
	case approvedTarget:
		return append(published, deed{6, byMinistry, filing.Approve, ""})
	case deniedTarget:
		return append(published, deed{6, byMinistry, filing.Deny, notEligible})
	default:
		return nil
	}
}

// plan is one filing of the demo before it exists.
type plan struct {
	profession   filing.Profession
	registration filing.RegistrationType
	target       target
	deeds        []deed
}

// plans are the filings of a firm, each profession, type and target in turn.
func (f *firm) plans(small bool) []plan {
	n := f.count
	if small {
		n = f.few
	}
	types := filing.RegistrationTypes
	if f.preRegistered {
		types = types[:1] // 初始注册
	}
	out := make([]plan, n)
	for i := range out {
		p := filing.Professions[i%len(filing.Professions)]
		t := f.mix[i%len(f.mix)]
		out[i] = plan{filing.Profession(p.Value), filing.RegistrationType(types[i/len(filing.Professions)%len(types)].Value), t, t.deeds(p.Track)}
	}
	return out
}

// last is the stage at which the filing arrives.
func (p plan) last() int {
	stage := 0
	for _, d := range p.deeds {
		stage = max(stage, d.stage)
	}
	return stage
}
