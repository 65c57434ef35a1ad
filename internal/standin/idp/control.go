package idp

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"zhuce/internal/idno"
)

// accountView is an account as /control/accounts shows it: no password, the phone masked.
type accountView struct {
	UserName            string `json:"user_name"`
	Name                string `json:"name"`
	CreditCode          string `json:"unified_social_credit_code"`
	LegalRepresentative string `json:"legal_representative"`
	LegalPersonType     string `json:"legal_person_type"`
	Operator            string `json:"operator_name"`
	Phone               string `json:"phone"`
	TrustLevel          int    `json:"trust_level"`
	Registered          bool   `json:"registered"`
}

// control mounts the strings that tests and QA pull on:
//
//	GET    /control/captcha/{id}   {"answer":"…"}; 404 when the captcha is unknown, used or expired
//	GET    /control/misbehaviour   the switches as they are
//	PUT    /control/misbehaviour   sets them all; {} behaves again; 400 for what is no Misbehaviour
//	GET    /control/accounts       who can sign in
//	DELETE /control/lockouts       forgets all wrong passwords
func (p *Provider) control(mux *http.ServeMux) {
	mux.HandleFunc("GET /control/captcha/{id}", func(w http.ResponseWriter, r *http.Request) {
		answer, ok := p.CaptchaAnswer(r.PathValue("id"))
		if !ok {
			writeJSON(w, http.StatusNotFound, map[string]string{"error": "captcha unknown, used or expired"})
			return
		}
		writeJSON(w, http.StatusOK, map[string]string{"answer": answer})
	})
	mux.HandleFunc("GET /control/misbehaviour", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, p.misbehaviour())
	})
	mux.HandleFunc("PUT /control/misbehaviour", func(w http.ResponseWriter, r *http.Request) {
		var m Misbehaviour
		in := json.NewDecoder(r.Body)
		in.DisallowUnknownFields()
		if err := in.Decode(&m); err != nil {
			writeJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
			return
		}
		p.Misbehave(m)
		writeJSON(w, http.StatusOK, m)
	})
	mux.HandleFunc("GET /control/accounts", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]any{"items": p.accountViews()})
	})
	mux.HandleFunc("DELETE /control/lockouts", func(w http.ResponseWriter, _ *http.Request) {
		p.mu.Lock()
		p.tries.removeIf(func(*failures) bool { return true })
		p.mu.Unlock()
		w.WriteHeader(http.StatusNoContent)
	})
}

func (p *Provider) accountViews() []accountView {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]accountView, 0, len(p.accounts))
	for _, a := range p.accounts {
		out = append(out, accountView{
			UserName: a.UserName, Name: a.Name, CreditCode: a.CreditCode,
			LegalRepresentative: a.LegalRepresentative, LegalPersonType: a.LegalPersonType, Operator: a.Operator,
			Phone: idno.MaskMobile(a.Phone), TrustLevel: a.TrustLevel, Registered: a.Registered,
		})
	}
	slices.SortFunc(out, func(a, b accountView) int { return strings.Compare(a.UserName, b.UserName) })
	return out
}
