package demo

import (
	"context"
	"fmt"
	"time"

	"zhuce/internal/filing"
)

// early are the waves of people who were registered a term ago, so that their terms
// end around now: expired, within 30, 90 and 180 days. Each ends so many days after
// the data does, give or take half a month.
var early = []struct {
	ends  int
	track filing.Track
}{{-30, filing.Engineer}, {20, filing.Engineer}, {80, filing.Engineer}, {165, filing.Engineer},
	{-30, filing.Architect}, {20, filing.Architect}, {80, filing.Architect}, {165, filing.Architect}}

// termMonths as the rules of the register have them (domain §1.3).
var termMonths = map[filing.Track]int{filing.Engineer: 36, filing.Architect: 24}

const firstEarly = 6001 // beyond the numbers of all other persons

// registered lets the register's past happen: initial registrations a term ago. It
// gives the renewals that are to follow of those that end about now.
func (l *loader) registered(ctx context.Context, end time.Time) (renewals []*life, err error) {
	n := firstEarly
	for w, wave := range early {
		last := stageDays[len(stageDays)-1]
		begin := end.AddDate(0, -termMonths[wave.track], wave.ends).Add(-time.Duration(last*24) * time.Hour).Truncate(24 * time.Hour).Add(time.Hour)
		var group []*life
		for _, e := range l.firms {
			if !e.saved || e.uniqueCode == "" || e.count == 0 {
				continue
			}
			for range e.perWave(l.Small) {
				x := &life{e: e, n: n, plan: plan{profession: engineerOr(wave.track, n), registration: filing.Initial, target: approvedTarget}}
				x.deeds = x.target.deeds(wave.track)
				x.starts = (n*5+w)%27 - 13
				group = append(group, x)
				if r := x.renewal(n, wave.ends); r != nil {
					renewals = append(renewals, r)
				}
				n++
			}
		}
		if err := l.wave(ctx, begin, group); err != nil {
			return nil, fmt.Errorf("registered %s: %w", wave.track, err)
		}
	}
	return renewals, nil
}

// perWave is how many people of the firm were registered in a wave.
func (f *firm) perWave(small bool) int {
	switch {
	case f.user == "huayu":
		return 6
	case small || f.count < 1000:
		return 3
	default:
		return 20
	}
}

// engineerOr is the architects' profession, or one of the engineers' in turn.
func engineerOr(track filing.Track, n int) filing.Profession {
	if track == filing.Architect {
		return "architect_1"
	}
	engineers := filing.Professions[1:]
	return filing.Profession(engineers[n%len(engineers)].Value)
}

// renewal is what is filed for one whose term ends about now: of three, one is
// renewed, one has filed and waits for the decision, and one has filed nothing.
func (x *life) renewal(n, ends int) *life {
	targets := []target{approvedTarget, publicityTarget, minAcceptTarget}
	if ends > 20 {
		return x.later(n)
	}
	if n%3 == 0 {
		return nil
	}
	r := &life{e: x.e, n: n, of: x, plan: plan{profession: x.profession, registration: filing.Renewal, target: targets[n/3%len(targets)]}}
	if ends < 0 && r.target == approvedTarget {
		r.target = minAcceptTarget // filed in time and undecided at the end: deemed granted (行政许可法 art. 50)
	}
	info, _ := x.profession.Info()
	r.deeds = r.target.deeds(info.Track)
	return r
}

// renew is the delivery of a renewal: the same person, and the registration that they hold.
func (x *life) renew(at time.Time) filing.Delivery {
	d := x.of.delivery
	d.DeliveryRef, d.FilingRef = fmt.Sprintf("demo-renewal-%06d-1", x.n), fmt.Sprintf("demo-renewal-%06d", x.n)
	d.RegistrationType = x.registration
	d.Form.Registration = &filing.Registration{CertificateNumber: x.of.certificate, SealNumber: x.of.sealed, ValidUntil: x.of.until}
	d.Form.ContinuingEducation = filing.ContinuingEducation{RequiredHours: 60, ElectiveHours: 60}
	d.Form.Employment.ContractTo = day(at.AddDate(3, 0, 0))
	x.e.states(&d, at)
	d.Papers = nil
	for _, kind := range filing.PaperKinds {
		k := filing.PaperKind(kind.Value)
		id := x.e.papers[k]
		d.Papers = append(d.Papers, filing.DeliveredPaper{Kind: k, AttachmentID: &id})
	}
	d.Papers = asked(d, at)
	return d
}

// number gives certificate and seal numbers with an approval, where the type needs them.
func (l *loader) number(d *filing.Decision, part []*life) {
	now := l.clock.look()
	for i, x := range part {
		info, _ := x.profession.Info()
		item := &d.Items[i]
		if x.registration == filing.Initial {
			item.CertificateNumber = fmt.Sprintf("%s%s%s%05d", info.CertificatePrefix, now.Format("06"), x.e.region[:2], x.n)
		}
		if x.registration == filing.Initial || x.registration == filing.Change {
			item.SealNumber = x.e.seal(info.CertificatePrefix)
		}
		if x.n >= firstEarly && x.registration == filing.Initial {
			from := now.AddDate(0, 0, x.starts)
			item.ValidFrom = day(from)
			x.certificate, x.sealed = item.CertificateNumber, item.SealNumber
			x.until = day(from.AddDate(0, termMonths[info.Track], -1))
		}
	}
}

// seal is the next seal number of the firm: its own code, the profession's letters,
// and a serial of three digits inside the firm (domain §2.3).
func (e *employer) seal(prefix string) string {
	e.seals[prefix]++
	return fmt.Sprintf("%s-%s%03d", e.uniqueCode, prefix, e.seals[prefix])
}
