// Package registers stands in for two registers of other authorities, which speak
// JSON over HTTP:
//
//	GET /qualifications/{credit_code}   the enterprise's qualification certificates (企业资质库)
//	GET /enterprises/{credit_code}      its name in the business register (市场监管企业登记)
//
// control.go is what tests and QA pull on. It knows nothing of the product.
package registers

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// Certificate is a qualification certificate; dates are written 2026-01-31.
type Certificate struct {
	Number           string `json:"number"`
	Title            string `json:"title"`
	Category         string `json:"category"`
	Grade            string `json:"grade"`
	IssuingAuthority string `json:"issuing_authority"`
	IssuedOn         string `json:"issued_on"`
	ValidUntil       string `json:"valid_until"`
	Holder           string `json:"holder"`
}

// Firm is what the registers know of one enterprise.
type Firm struct {
	CreditCode   string        `json:"unified_social_credit_code"`
	Name         string        `json:"name"`
	FormerName   string        `json:"former_name"`
	ChangedOn    string        `json:"changed_on"`
	Certificates []Certificate `json:"certificates"`
}

// Options are what the stand-in is built from.
type Options struct {
	Firms    []Firm // known from the beginning
	DataFile string // keeps what was granted and renamed; "" keeps it in memory
	Now      func() time.Time
}

// Server is both registers.
type Server struct {
	o Options

	mu        sync.Mutex
	firms     map[string]Firm
	behaviour Behaviour
	woken     chan struct{} // closed when the behaviour changes, so that nobody stays slow
}

// New makes the registers.
func New(o Options) (*Server, error) {
	s := &Server{o: o, firms: map[string]Firm{}, woken: make(chan struct{})}
	for _, f := range o.Firms {
		s.firms[f.CreditCode] = f
	}
	if o.DataFile == "" {
		return s, nil
	}
	kept, err := os.ReadFile(o.DataFile)
	if os.IsNotExist(err) {
		return s, nil
	}
	var firms []Firm
	if err == nil {
		err = json.Unmarshal(kept, &firms)
	}
	for _, f := range firms {
		s.firms[f.CreditCode] = f
	}
	return s, err
}

// Handler speaks the protocol.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /qualifications/{code}", s.behaved(func(b Behaviour) Mood { return b.Qualifications }, func(w http.ResponseWriter, r *http.Request) {
		f, _ := s.firm(r.PathValue("code"))
		writeJSON(w, http.StatusOK, map[string]any{"unified_social_credit_code": r.PathValue("code"), "certificates": append([]Certificate{}, f.Certificates...)})
	}))
	mux.HandleFunc("GET /enterprises/{code}", s.behaved(func(b Behaviour) Mood { return b.Enterprises }, func(w http.ResponseWriter, r *http.Request) {
		f, known := s.firm(r.PathValue("code"))
		if !known || f.Name == "" {
			writeJSON(w, http.StatusNotFound, map[string]any{"error": "unknown_enterprise"})
			return
		}
		writeJSON(w, http.StatusOK, map[string]any{"unified_social_credit_code": f.CreditCode, "name": f.Name,
			"former_name": f.FormerName, "changed_on": f.ChangedOn})
	}))
	return mux
}

func (s *Server) firm(code string) (Firm, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, ok := s.firms[code]
	return f, ok
}

// change writes a firm anew and keeps all of them.
func (s *Server) change(code string, how func(*Firm)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.firms[code]
	f.CreditCode, f.Certificates = code, slices.Clone(f.Certificates)
	how(&f)
	s.firms[code] = f
	if s.o.DataFile == "" {
		return nil
	}
	firms := make([]Firm, 0, len(s.firms))
	for _, f := range s.firms {
		firms = append(firms, f)
	}
	doc, err := json.Marshal(firms)
	if err != nil {
		return err
	}
	half := filepath.Clean(s.o.DataFile) + ".new"
	if err := os.WriteFile(half, doc, 0o600); err != nil {
		return err
	}
	return os.Rename(half, s.o.DataFile)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
