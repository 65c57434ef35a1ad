package demo

import (
	"fmt"

	"zhuce/internal/filing"
)

// number gives certificate and seal numbers with an approval, where the type needs them.
func (l *loader) number(d *filing.Decision, part []*life) {
	for i, x := range part {
		info, _ := x.profession.Info()
		item := &d.Items[i]
		if x.registration == filing.Initial {
			item.CertificateNumber = fmt.Sprintf("%s%s%s%05d", info.CertificatePrefix, l.clock.look().Format("06"), x.e.region[:2], x.n)
		}
		if x.registration == filing.Initial || x.registration == filing.Change {
			item.SealNumber = x.e.seal(info.CertificatePrefix)
		}
	}
}

// seal is the next seal number of the firm: its own code, the profession's letters,
// and a serial of three digits inside the firm (domain §2.3).
func (e *employer) seal(prefix string) string {
	e.seals[prefix]++
	return fmt.Sprintf("%s-%s%03d", e.uniqueCode, prefix, e.seals[prefix])
}
