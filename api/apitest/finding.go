package apitest

import (
	"fmt"
	"testing"
	"time"

	"zhuce/api"
	"zhuce/internal/auth"
	"zhuce/internal/workday"
)

// Ministry is the ministry's system; each call makes another one.
func (e *Env) Ministry(t testing.TB) *Caller {
	t.Helper()
	return e.Machine(t, auth.Ministry)
}

// Finding is a valid finding against a person of the enterprise.
func (e *Env) Finding(to *Caller, overrides ...func(*api.FindingRequest)) api.FindingRequest {
	n := e.serial.Add(1)
	f := api.FindingRequest{FindingRef: fmt.Sprintf("finding-%d", n), UnifiedSocialCreditCode: to.CreditCode,
		Person: api.FindingPerson{Name: fmt.Sprintf("周桥%d", n), CertificateNumber: fmt.Sprintf("S2011%05d", n)},
		Kind:   "insurance_mismatch", Facts: "2026 年 10 月社保缴纳单位为其他单位。", Source: "社保数据比对",
		FoundOn: e.Clock.Now().In(workday.China).Format(time.DateOnly), Attachments: []string{}}
	for _, o := range overrides {
		o(&f)
	}
	return f
}

// Push brings a finding to the enterprise and gives its id.
func (e *Env) Push(t testing.TB, by, to *Caller, overrides ...func(*api.FindingRequest)) string {
	t.Helper()
	return by.Post(t, "/exchange/findings", e.Finding(to, overrides...)).Want(t, 201).Text("id")
}

// Evidence uploads a file of the enterprise as evidence of each proof.
func (e *Env) Evidence(t testing.TB, firm *Caller, content []byte, proofs ...string) []api.AppealEvidence {
	t.Helper()
	out := make([]api.AppealEvidence, len(proofs))
	for i, p := range proofs {
		out[i] = api.AppealEvidence{AttachmentID: firm.Post(t, "/attachments", File{Name: p + ".pdf", Content: content}).Want(t, 201).Text("id"), Proof: p}
	}
	return out
}
