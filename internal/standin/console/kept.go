package console

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// keptMax bounds what the console remembers of each kind; the oldest goes.
const keptMax = 3000

// delivered is a filing that the console delivered, with what it sent: the product
// shows personal numbers masked, so that a second delivery needs the first.
type delivered struct {
	ID        string         `json:"id"`
	Reference string         `json:"reference"`
	Name      string         `json:"name"`
	Firm      string         `json:"firm"` // its name
	Body      map[string]any `json:"body"`
}

// pushed is a finding that the console pushed: the exchange lists none.
type pushed struct {
	ID        string `json:"id"`
	Reference string `json:"reference"`
	By        Side   `json:"by"`
	Name      string `json:"name"`
	Firm      string `json:"firm"`
}

// kept is the console's memory, in a file between runs.
type kept struct {
	path string

	mu       sync.Mutex
	Filings  []delivered `json:"filings"`
	Findings []pushed    `json:"findings"`
}

func openKept(path string) (*kept, error) {
	k := &kept{path: path}
	if path == "" {
		return k, nil
	}
	raw, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return k, nil
	}
	if err == nil && json.Unmarshal(raw, k) != nil {
		k.Filings, k.Findings = nil, nil // half written by a run that was killed: begin anew
	}
	return k, err
}

// saveLocked writes the file; what cannot be kept is not worth failing for.
func (k *kept) saveLocked() {
	if k.path == "" {
		return
	}
	raw, err := json.Marshal(k)
	if err != nil {
		return
	}
	half := filepath.Clean(k.path) + ".new"
	if os.WriteFile(half, raw, 0o600) == nil {
		_ = os.Rename(half, k.path)
	}
}

func (k *kept) addFilings(fresh ...delivered) {
	k.mu.Lock()
	defer k.mu.Unlock()
	again := map[string]bool{}
	for _, f := range fresh {
		again[f.ID] = true
	}
	k.Filings = slices.DeleteFunc(k.Filings, func(old delivered) bool { return again[old.ID] })
	k.Filings = append(k.Filings, fresh...)
	if len(k.Filings) > keptMax {
		k.Filings = slices.Clone(k.Filings[len(k.Filings)-keptMax:])
	}
	k.saveLocked()
}

func (k *kept) addFinding(f pushed) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.Findings = append(k.Findings, f)
	if len(k.Findings) > keptMax {
		k.Findings = slices.Clone(k.Findings[len(k.Findings)-keptMax:])
	}
	k.saveLocked()
}

// filing gives a delivered filing by its id.
func (k *kept) filing(id string) (delivered, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	i := slices.IndexFunc(k.Filings, func(f delivered) bool { return f.ID == id })
	if i < 0 {
		return delivered{}, false
	}
	return k.Filings[i], true
}

// filings gives a page of the deliveries, newest first, and how many there are.
func (k *kept) filings(skip, n int) ([]delivered, int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	var out []delivered
	for i := len(k.Filings) - 1 - skip; i >= 0 && len(out) < n; i-- {
		out = append(out, k.Filings[i])
	}
	return out, len(k.Filings)
}

// findings gives what a side pushed, newest first.
func (k *kept) findings(by Side, n int) []pushed {
	k.mu.Lock()
	defer k.mu.Unlock()
	var out []pushed
	for i := len(k.Findings) - 1; i >= 0 && len(out) < n; i-- {
		if k.Findings[i].By == by {
			out = append(out, k.Findings[i])
		}
	}
	return out
}

// forget drops everything, after a reset.
func (k *kept) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.Filings, k.Findings = nil, nil
	k.saveLocked()
}
