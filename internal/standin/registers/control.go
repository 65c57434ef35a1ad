package registers

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Mood is how one register behaves.
type Mood string

// The moods. The empty one answers as it should.
const (
	Down    Mood = "down"    // 503
	Slow    Mood = "slow"    // no answer until the caller goes or the mood changes
	Garbage Mood = "garbage" // 200 with a page of HTML
	Huge    Mood = "huge"    // 200 with more than anybody wants to read
)

// Behaviour is how both registers behave.
type Behaviour struct {
	Qualifications Mood `json:"qualifications"`
	Enterprises    Mood `json:"enterprises"`
}

// Behave sets the behaviour; the empty one behaves again.
func (s *Server) Behave(b Behaviour) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.behaviour = b
	close(s.woken)
	s.woken = make(chan struct{})
}

// Control is what tests and QA pull on:
//
//	GET    /control/registers/enterprises                      what the registers know
//	POST   /control/registers/certificates                     {"unified_social_credit_code","certificate":{…}}: grants a qualification
//	DELETE /control/registers/certificates/{credit_code}       takes all of them away
//	POST   /control/registers/names                            {"unified_social_credit_code","name"}: renames, or makes known
//	GET    /control/registers/behaviour                        the moods as they are
//	PUT    /control/registers/behaviour                        {"qualifications","enterprises"}: down, slow, garbage, huge or empty
func (s *Server) Control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /control/registers/enterprises", func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		items := make([]Firm, 0, len(s.firms))
		for _, f := range s.firms {
			items = append(items, f)
		}
		slices.SortFunc(items, func(a, b Firm) int { return strings.Compare(a.CreditCode, b.CreditCode) })
		writeJSON(w, http.StatusOK, map[string]any{"items": items})
	})
	mux.HandleFunc("POST /control/registers/certificates", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			CreditCode  string      `json:"unified_social_credit_code"`
			Certificate Certificate `json:"certificate"`
		}
		if !decode(w, r, &in) {
			return
		}
		done(w, s.Grant(in.CreditCode, in.Certificate))
	})
	mux.HandleFunc("DELETE /control/registers/certificates/{code}", func(w http.ResponseWriter, r *http.Request) {
		done(w, s.change(r.PathValue("code"), func(f *Firm) { f.Certificates = nil }))
	})
	mux.HandleFunc("POST /control/registers/names", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			CreditCode string `json:"unified_social_credit_code"`
			Name       string `json:"name"`
		}
		if !decode(w, r, &in) {
			return
		}
		done(w, s.Rename(in.CreditCode, in.Name))
	})
	mux.HandleFunc("GET /control/registers/behaviour", func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		writeJSON(w, http.StatusOK, s.behaviour)
	})
	mux.HandleFunc("PUT /control/registers/behaviour", func(w http.ResponseWriter, r *http.Request) {
		var b Behaviour
		if !decode(w, r, &b) {
			return
		}
		for _, m := range []Mood{b.Qualifications, b.Enterprises} {
			if !slices.Contains([]Mood{"", Down, Slow, Garbage, Huge}, m) {
				writeJSON(w, http.StatusBadRequest, map[string]string{"error": "no such behaviour: " + string(m)})
				return
			}
		}
		s.Behave(b)
		writeJSON(w, http.StatusOK, b)
	})
	return mux
}

// Grant gives an enterprise a certificate, in place of one with its number.
func (s *Server) Grant(creditCode string, c Certificate) error {
	return s.change(creditCode, func(f *Firm) {
		f.Certificates = slices.DeleteFunc(f.Certificates, func(old Certificate) bool { return old.Number == c.Number })
		f.Certificates = append(f.Certificates, c)
	})
}

// Rename changes an enterprise's name as of today, in China.
func (s *Server) Rename(creditCode, name string) error {
	today := s.o.Now().In(time.FixedZone("CST", 8*3600)).Format(time.DateOnly)
	return s.change(creditCode, func(f *Firm) {
		if f.Name != "" && f.Name != name {
			f.FormerName, f.ChangedOn = f.Name, today
		}
		f.Name = name
	})
}

// behaved puts the mood of a register before what it would answer.
func (s *Server) behaved(of func(Behaviour) Mood, answer http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		mood, woken := of(s.behaviour), s.woken
		s.mu.Unlock()
		switch mood {
		case Down:
			writeJSON(w, http.StatusServiceUnavailable, map[string]string{"error": "maintenance"})
		case Slow:
			select {
			case <-r.Context().Done():
			case <-woken:
				answer(w, r)
			}
		case Garbage:
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write([]byte("<html><body>系统维护中</body></html>"))
		case Huge:
			w.Header().Set("Content-Type", "application/json")
			line := []byte(strings.Repeat(" ", 1<<16))
			for range 64 { // 4 MiB
				if _, err := w.Write(line); err != nil {
					return
				}
			}
		default:
			answer(w, r)
		}
	}
}

func decode(w http.ResponseWriter, r *http.Request, v any) bool {
	in := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
	in.DisallowUnknownFields()
	if err := in.Decode(v); err != nil {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		return false
	}
	return true
}

func done(w http.ResponseWriter, err error) {
	if err != nil {
		writeJSON(w, http.StatusInternalServerError, map[string]string{"error": err.Error()})
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
