// Package appeal is what an authority finds against a registered person (异常信息)
// and what the employer says to it (申辩, manual §3.5): findings come in through the
// exchange, the enterprise drafts and submits a statement with evidence, the
// authority decides.
//
// rules.go is the state machine, reasons.go which reason needs which proof;
// labels.go the words; each use case has a file of its own; store.go and query.go
// hold the SQL. An open finding flags, and stands in the way of nothing (domain §7.4).
package appeal

import (
	"time"

	"github.com/google/uuid"

	"zhuce/internal/attachment"
	"zhuce/internal/auth"
	"zhuce/internal/pg"
	"zhuce/internal/pii"
	"zhuce/internal/workday"
)

// State is how far the finding is (spec §4).
type State string

// The states.
const (
	AwaitingStatement State = "awaiting_statement" // 待申辩
	Submitted         State = "submitted"          // 已申辩
	UnderReview       State = "under_review"       // 审核中
	Upheld            State = "upheld"             // 申辩成立: the finding is lifted
	Rejected          State = "rejected"           // 申辩不成立
	Overdue           State = "overdue"            // 逾期未申辩
)

// Kind is what was found (domain §7.1).
type Kind string

// The kinds.
const (
	InsuranceMismatch    Kind = "insurance_mismatch"    // 社保不一致
	InsuranceSeveral     Kind = "insurance_several"     // 多处社保
	InsuranceNone        Kind = "insurance_none"        // 无社保
	FundMismatch         Kind = "housing_fund_mismatch" // 公积金不一致
	FundSeveral          Kind = "housing_fund_several"  // 多处公积金
	SafetyMismatch       Kind = "safety_mismatch"       // 安管证不一致
	IdentityMismatch     Kind = "identity_mismatch"     // 人证不符
	SeveralUnits         Kind = "several_units"         // 多单位注册
	QualificationDoubted Kind = "qualification_doubted" // 资格/学历存疑
	OtherKind            Kind = "other"                 // 其他
)

// Appeal is one finding with the enterprise's answer to it, as the rules see it.
type Appeal struct {
	ID                uuid.UUID
	Reference         string
	EnterpriseID      uuid.UUID
	ClientID          uuid.UUID // the authority's system that pushed it
	FindingRef        string    // the sender's id for it
	Authority         auth.Party
	Source            string // where it was found: a comparison of data, an inspection …
	Province          string
	Kind              Kind
	Facts             string
	PersonName        string
	RegistrantID      *uuid.UUID // nil: nobody registered here was recognised
	CertificateNumber string
	IDNumberMasked    string
	FoundOn           time.Time // a date
	DueOn             time.Time // a date: the last day for the statement
	DueGiven          bool      // the authority set the day
	State             State
	Late              bool // submitted after the last day
	Reason            Reason
	Statement         string
	DraftBy           string
	DraftAt           *time.Time
	SubmittedBy       string
	SubmittedAt       *time.Time
	OverdueAt         *time.Time
	DecidedAt         *time.Time
	Outcome           string  // the authority's reason
	Measure           Measure // what follows from a rejection
	ReceivedAt        time.Time
	UpdatedAt         time.Time
	Version           int // grows with every change, drafts too
	Step              int // grows with every move alone: the number of timeline entries
}

// File is one file: a paper of the authority, or a piece of evidence with what it proves.
type File struct {
	AttachmentID uuid.UUID
	Proof        Proof // "" for the authority's papers
	FileName     string
	MediaType    string
	Size         int64 // bytes
	SHA256       string
}

// Entry is one line of the timeline.
type Entry struct {
	At        time.Time
	Action    Action
	Party     auth.Party
	ActorName string
	From      State // "" for the arrival
	To        State
	Reason    string
}

// Detail is an appeal with everything that stands below it.
type Detail struct {
	Appeal
	Papers   []File // the authority's
	Evidence []File
	Timeline []Entry
}

// Service is every act upon appeals.
type Service struct {
	db          *pg.DB
	vault       *pii.Vault
	attachments *attachment.Service
	workdays    *workday.Calendar
	dueDays     int
}

// Options are what the service is built from.
type Options struct {
	DB          *pg.DB
	Vault       *pii.Vault
	Attachments *attachment.Service
	Workdays    *workday.Calendar
	DueDays     int // days for the statement where the authority sets no day
}

// New builds the service.
func New(o Options) *Service {
	return &Service{db: o.DB, vault: o.Vault, attachments: o.Attachments, workdays: o.Workdays, dueDays: o.DueDays}
}

// Clock is how long the statement may still take.
type Clock struct {
	DaysLeft     int  // 0: today is the last day; negative: so many days ago
	WorkdaysLeft int  // today not counted, the last day counted
	Official     bool // false: a year on the way has no published working days
}

// Clock reads the time left on the day of now; nil when nothing runs any more.
func (s *Service) Clock(a Appeal, now time.Time) *Clock {
	if a.State != AwaitingStatement && a.State != Overdue {
		return nil
	}
	return &Clock{workday.Days(now, a.DueOn), s.workdays.Between(now, a.DueOn), s.workdays.OfficialBetween(now, a.DueOn)}
}
