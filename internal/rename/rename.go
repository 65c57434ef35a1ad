// Package rename is the change of an enterprise's name (企业名称变更, manual §3.7).
//
// Neither name is typed: the old one is what is stored here, the new one is what
// the business register says. While a rename is open nothing can be submitted, and
// while a filing is open no rename can be made; both sides hold the enterprise's
// row, so the two cannot race past each other (docs/adr/0015-renames.md).
package rename

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/attachment"
	"zhuce/internal/enterprise"
	"zhuce/internal/label"
	"zhuce/internal/pg"
	"zhuce/internal/registers"
)

// Status is how far a rename is (spec §4).
type Status string

// The statuses. One that is not made yet has none.
const (
	Submitted Status = "submitted" // 已上报
	Approved  Status = "approved"  // 已变更
	Refused   Status = "refused"   // 未通过
)

// Statuses are the names of the statuses.
var Statuses = []label.Label{
	label.New(string(Submitted), "已上报", "Submitted"),
	label.New(string(Approved), "已变更", "Approved"),
	label.New(string(Refused), "未通过", "Refused"),
}

// Actions are the names of the actions.
var Actions = []label.Label{
	label.New(string(Submit), "上报", "Submit"),
	label.New(string(Approve), "准予变更", "Approve"),
	label.New(string(Refuse), "不予变更", "Refuse"),
}

// Rename is one change of name.
type Rename struct {
	ID                uuid.UUID
	Reference         string
	EnterpriseID      uuid.UUID
	CreditCode        string
	Province          string
	Status            Status
	Version           int
	OldName           string
	NewName           string
	LoginName         string // what the last sign-in had said
	RegisterChangedOn string // 2026-01-31; "" where the register does not say
	RegisterAsOf      time.Time
	CopyRequired      bool
	CopyID            *uuid.UUID
	SubmittedBy       string
	SubmittedAt       time.Time
	DecidedAt         *time.Time
	DecidedBy         string
	DecidedByClient   *uuid.UUID
	OutcomeRef        string
	Reason            string
}

// Detail is a rename with what stands below it.
type Detail struct {
	Rename
	CopyName      string // file name of the copy, "" without one
	CopyMediaType string
	CopySize      int64 // bytes
	Timeline      []Entry
}

// Entry is one line of the timeline.
type Entry struct {
	At        time.Time
	Action    Action
	Party     string
	ActorName string
	From      Status // "" for the submission
	To        Status
	Reason    string
}

// Register is what this package asks of the business register.
type Register interface {
	LegalName(ctx context.Context, creditCode string) (registers.LegalName, error)
}

// Service is every act upon renames.
type Service struct {
	db          *pg.DB
	register    Register
	attachments *attachment.Service
	needsCopy   []string
}

// Options are what the service is built from.
type Options struct {
	DB          *pg.DB
	Register    Register
	Attachments *attachment.Service
	// NeedsCopy are the industries whose renames must bring the renamed certificate's copy.
	NeedsCopy []string
}

// New builds the service. It fails when an industry of NeedsCopy is none.
func New(o Options) (*Service, error) {
	for _, i := range o.NeedsCopy {
		if !label.Known(enterprise.Industries, i) {
			return nil, fmt.Errorf("ZHUCE_RENAME_COPY_INDUSTRIES: there is no industry %q", i)
		}
	}
	return &Service{o.DB, o.Register, o.Attachments, o.NeedsCopy}, nil
}
