// Package filing is the heart of the product: what a person files through the
// employer (申报), who may do what with it and when, and every act upon it.
//
// rules.go is the state machine; labels.go the words; each use case has a file
// of its own; store.go and query.go hold the SQL.
package filing

import (
	"context"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/attachment"
	"zhuce/internal/enterprise"
	"zhuce/internal/pg"
	"zhuce/internal/pii"
	"zhuce/internal/registers"
	"zhuce/internal/registrant"
	"zhuce/internal/workday"
)

// Status is who holds the filing and how far it is (spec §3).
type Status string

// The statuses.
const (
	PendingSubmission  Status = "pending_submission"  // 未上报
	Returned           Status = "returned"            // 已退回
	ProvincePending    Status = "province_pending"    // 省级未受理
	ProvinceCorrection Status = "province_correction" // 省级待补正
	ProvinceAccepted   Status = "province_accepted"   // 省级已受理
	ProvinceRefused    Status = "province_refused"    // 省级不予受理
	MinistryPending    Status = "ministry_pending"    // 部级未受理
	MinistryCorrection Status = "ministry_correction" // 部级待补正
	MinistryAccepted   Status = "ministry_accepted"   // 部级已受理
	MinistryRefused    Status = "ministry_refused"    // 部级不予受理
	Publicity          Status = "publicity"           // 公示中
	Approved           Status = "approved"            // 准予注册
	Denied             Status = "denied"              // 不予注册
	Withdrawn          Status = "withdrawn"           // 已撤回
)

// Phase is the side that holds the filing.
type Phase string

// The phases.
const (
	PhaseEnterprise Phase = "enterprise"
	PhaseProvince   Phase = "province"
	PhaseMinistry   Phase = "ministry"
	PhaseClosed     Phase = "closed"
)

// Track is the set of rules a profession follows (domain §1.4): for architects the
// province examines, for engineers it forwards.
type Track string

// The tracks.
const (
	Architect Track = "architect"
	Engineer  Track = "engineer"
)

// Profession is a profession that this system registers (domain §2.1).
type Profession string

// RegistrationType is what is asked for.
type RegistrationType string

// The registration types.
const (
	Initial        RegistrationType = "initial"        // 初始注册
	Renewal        RegistrationType = "renewal"        // 延续注册
	Change         RegistrationType = "change"         // 变更注册
	Correction     RegistrationType = "correction"     // 更改补办
	Deregistration RegistrationType = "deregistration" // 注销注册
)

// PreRegistration is the flag of a filing whose employer has no qualification yet (manual §3.2.6).
type PreRegistration string

// The states of the flag; "" means that the filing is no pre-registration.
const (
	AwaitingQualification PreRegistration = "awaiting_qualification" // 待补正资质
	Supplemented          PreRegistration = "supplemented"           // 已补正
	Lapsed                PreRegistration = "lapsed"                 // 已失效
)

// Withdrawal is the flag of a withdrawal that the person asked for (manual §3.2.5).
type Withdrawal string

// The states of the flag; "" means that none was asked for.
const (
	WithdrawalRequested Withdrawal = "requested" // 待企业同意
	WithdrawalAgreed    Withdrawal = "agreed"    // 已同意
	WithdrawalDeclined  Withdrawal = "declined"  // 未同意
	WithdrawalVoid      Withdrawal = "void"      // 已失效
	WithdrawalCancelled Withdrawal = "cancelled" // 已取消: of a request alone; the filing has no flag then
)

// Filing is one filing as the rules see it. It holds no personal number.
type Filing struct {
	ID               uuid.UUID
	Reference        string
	EnterpriseID     uuid.UUID
	ClientID         uuid.UUID
	FilingRef        string
	Track            Track
	Profession       Profession
	RegistrationType RegistrationType
	Province         string
	Status           Status
	PreRegistration  PreRegistration
	Withdrawal       Withdrawal
	// QualificationDueOn is the last day, in China, on which a pre-registration can be
	// supplemented; set while it is with the authorities, "" else.
	QualificationDueOn string
	SupplementID       *uuid.UUID
	// Clock is how long the authority that holds the filing may take; zero when none does.
	Clock          Clock  `gorm:"embedded;embeddedPrefix:clock_"`
	CorrectionFrom string // "province" or "ministry" while a correction is being answered, else ""
	PublicityUntil string // the last day of the publicity, where the ministry named it; else ""
	PublicityRuns  bool   `gorm:"-"` // on the day on which it is looked at; see [Filing.on]
	Version        int    // grows with every change
	Revision       int    // grows with every delivery
	PersonName     string
	Gender         string
	IDType         string
	IDNumberMasked string
	MobileMasked   string
	CommitmentID   *uuid.UUID
	DeliveredAt    time.Time
	SubmittedAt    *time.Time
	ClosedAt       *time.Time
	UpdatedAt      time.Time
}

// on is the filing as it stands on the day of a moment: whether its publicity runs still.
func (f Filing) on(now time.Time) Filing {
	until, ok := date(f.PublicityUntil)
	f.PublicityRuns = ok && f.Status == Publicity && !today(now).After(until)
	return f
}

// Detail is a filing with everything that stands below it.
type Detail struct {
	Filing
	Form        Form
	Attachments []Paper
	Timeline    []Entry
	Commitment  *Signed
	Supplement  *SupplementRecord   // nil unless it was supplemented
	Withdrawals []WithdrawalRequest // the oldest first
}

// Paper is one paper of the present revision: a file, or a paper that the
// authority gets by data sharing (国务院令第716号 art. 7).
type Paper struct {
	Kind         string
	AttachmentID *uuid.UUID
	FileName     string
	MediaType    string
	Size         int64 // bytes
	SHA256       string
	SharedSource string
}

// Entry is one line of the timeline.
type Entry struct {
	At           time.Time
	Action       Action
	Party        string
	ActorName    string
	From         Status // "" for the first delivery
	To           Status
	Reason       string
	Article      Article // what a step of the legal clock rests on, else ""
	Revision     int
	CommitmentID *uuid.UUID
	Version      int
	Told         // of an authority's decision
}

// Told is what a decision says beside its reason.
type Told struct {
	Basis       []string          `gorm:"-"` // codes of [Grounds]
	Corrections []CorrectionAsked `gorm:"-"`
	Publicity   *PublicityDays    `gorm:"-"`
	Papers      []PaperTold       `gorm:"-"`
}

// PaperTold is a paper that was given with a decision.
type PaperTold struct {
	Kind         DecisionPaperKind
	AttachmentID uuid.UUID
	FileName     string
	MediaType    string
	Size         int64 // bytes
	SHA256       string
}

// Signed is the commitment that a filing was last submitted under.
type Signed struct {
	ID          uuid.UUID
	Reference   string
	SubmittedAt time.Time
	SubmittedBy string
}

// Service is every act upon filings.
type Service struct {
	db                     *pg.DB
	vault                  *pii.Vault
	enterprises            *enterprise.Service
	attachments            *attachment.Service
	registrants            *registrant.Service
	readingTime            time.Duration
	life                   time.Duration
	register               QualificationRegister
	qualificationDays      int
	qualificationReminders []int
	workdays               *workday.Calendar
	barred                 func(tx pg.Tx, enterpriseID uuid.UUID) error
}

// Options are what the service is built from.
type Options struct {
	DB             *pg.DB
	Vault          *pii.Vault
	Enterprises    *enterprise.Service
	Attachments    *attachment.Service
	Registrants    *registrant.Service
	ReadingTime    time.Duration // from opening the commitment to when it may be signed
	CommitmentLife time.Duration // from opening the commitment to when it expires
	// Register is asked about qualifications; nil is a register that never answers.
	Register QualificationRegister
	// QualificationDays is how long a pre-registration may await its qualification, in
	// natural days from its submission; 0 means 30.
	QualificationDays      int
	QualificationReminders []int // days before the last one on which the enterprise is reminded
	// Workdays is the calendar that the legal clock runs by; nil is the built-in one.
	Workdays *workday.Calendar
	// Barred says what keeps the enterprise from submitting at present: a domain above
	// this one knows (an open rename, spec §4). The enterprise is held when it is asked;
	// nil means that nothing does.
	Barred func(tx pg.Tx, enterpriseID uuid.UUID) error
}

// New builds the service, measures what was there before the legal clock, and keeps the present commitment text, so that it can
// be shown word for word for ever. It fails when a text was changed without a
// new version.
func New(ctx context.Context, o Options) (*Service, error) {
	if o.Register == nil {
		o.Register = registers.New(registers.Options{DB: o.DB})
	}
	if o.QualificationDays == 0 {
		o.QualificationDays = 30
	}
	if o.Workdays == nil {
		var err error
		if o.Workdays, err = workday.Load(""); err != nil {
			return nil, err
		}
	}
	s := &Service{workdays: o.Workdays, db: o.DB, vault: o.Vault, enterprises: o.Enterprises, attachments: o.Attachments, registrants: o.Registrants,
		register: o.Register, qualificationDays: o.QualificationDays, qualificationReminders: o.QualificationReminders,
		readingTime: o.ReadingTime, life: o.CommitmentLife, barred: o.Barred}
	if err := s.keepText(ctx); err != nil {
		return nil, err
	}
	return s, s.measure(ctx)
}
