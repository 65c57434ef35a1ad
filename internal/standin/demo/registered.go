package demo

import "zhuce/internal/standin/registers"

// Registered is what the outside registers know of the firms: those with
// qualifications have their certificates, and a firm whose name differs at the
// login was renamed in the business register first (manual §3.7).
func Registered() []registers.Firm {
	out := make([]registers.Firm, len(firms))
	for i, f := range firms {
		r := registers.Firm{CreditCode: f.code(i), Name: f.atLogin()}
		if f.loginName != "" {
			r.FormerName, r.ChangedOn = f.name, "2026-10-12"
		}
		for _, q := range f.basics().Qualifications {
			r.Certificates = append(r.Certificates, registers.Certificate{Number: q.CertificateNumber, Title: q.Title, Category: q.Category,
				Grade: q.Grade, IssuingAuthority: q.IssuingAuthority, IssuedOn: q.IssuedOn, ValidUntil: q.ValidUntil, Holder: f.atLogin()})
		}
		out[i] = r
	}
	return out
}
