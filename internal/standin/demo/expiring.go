package demo

import "zhuce/internal/filing"

// later is what is filed for those of the first firm whose term ends later, so that
// every situation and every next step of 人员到期预警 is there to be seen; for the
// others nothing is filed yet.
var later = []plan{
	{registration: filing.Renewal, target: pendingTarget},           // 待上报
	{registration: filing.Renewal, target: provCorrectTarget},       // 待补正
	{registration: filing.Correction, target: pendingTarget},        // another filing in the way
	{registration: filing.Deregistration, target: provAcceptTarget}, // leaving
	{}, {},
}

// later is the filing of one whose term ends later; nil for none.
func (x *life) later(n int) *life {
	p := later[n%len(later)]
	if x.e.user != firms[0].user || p.registration == "" {
		return nil
	}
	info, _ := x.profession.Info()
	p.profession, p.deeds = x.profession, p.target.deeds(info.Track)
	return &life{e: x.e, n: n, of: x, plan: p}
}
