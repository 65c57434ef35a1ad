package api

import (
	"github.com/google/uuid"

	"zhuce/internal/appeal"
	"zhuce/internal/workday"
)

// OpenFinding marks a person against whom a finding is open: the one to be answered first.
type OpenFinding struct {
	ID    string `json:"id" format:"uuid" example:"019363d4-5b6c-7d8e-9f01-23456789abcd"` // of the appeal
	Kind  string `json:"kind" example:"insurance_mismatch"`
	State string `json:"state" example:"awaiting_statement"`
	DueOn string `json:"due_on" format:"date" example:"2026-12-23"`
	Count int64  `json:"count" example:"1"` // open findings against the person
}

// openFinding is the mark of a record; nil where nothing is open.
func openFinding(marks map[uuid.UUID]appeal.OpenFinding, id uuid.UUID) *OpenFinding {
	m, ok := marks[id]
	if !ok {
		return nil
	}
	return &OpenFinding{m.ID.String(), string(m.Kind), string(m.State), workday.Date(m.DueOn), m.Count}
}
