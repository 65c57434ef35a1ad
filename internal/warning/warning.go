// Package warning tells an enterprise whose registration ends soon (人员到期预警,
// manual §3.4). A warning is never stored: it follows from the registrants, the
// filings under way and the day.
//
// rules.go says how urgent a registration is and what stands behind it; query.go
// reads; calendar.go and feed.go give the same as a calendar; remind.go tells
// the enterprise once for each threshold.
package warning

import (
	"time"

	"github.com/google/uuid"

	"zhuce/internal/filing"
	"zhuce/internal/pg"
	"zhuce/internal/pii"
)

// Level is how near the end of the term is. Where one level ends and the next
// begins is a setting ([Horizon]).
type Level string

// The levels, least urgent first.
const (
	Early   Level = "early"   // 提前预警
	Near    Level = "near"    // 临近到期
	Urgent  Level = "urgent"  // 紧急
	Expired Level = "expired" // 已到期
)

// Situation is how far the renewal is. It tells "expired, nothing filed" from
// "filed in time, undecided", which the date alone cannot (行政许可法 art. 50).
type Situation string

// The situations.
const (
	NothingFiled  Situation = "nothing_filed"  // 未申报延续
	BeingPrepared Situation = "being_prepared" // 延续待上报
	FiledLate     Situation = "filed_late"     // 逾期申报
	FiledInTime   Situation = "filed_in_time"  // 已按期申报
	DeemedGranted Situation = "deemed_granted" // 视为准予延续
)

// Step is what is to be done next, and by whom.
type Step string

// The steps.
const (
	FileRenewal      Step = "file_renewal"      // 请本人在个人版填报延续注册
	SubmitFiling     Step = "submit_filing"     // 请企业上报
	AnswerCorrection Step = "answer_correction" // 请按补正通知补正
	AwaitDecision    Step = "await_decision"    // 等待审批
	SettleOther      Step = "settle_other"      // 先办结在办申报
	Deregistering    Step = "deregistering"     // 注销在办，无需延续
	RegisterAnew     Step = "register_anew"     // 停止执业，重新申请注册
)

// Article is a provision that a judgement rests on.
type Article string

// The articles.
const (
	Licence50Deadline Article = "licence_50_deadline" // 行政许可法第五十条第一款
	Licence50Deemed   Article = "licence_50_deemed"   // 行政许可法第五十条第二款
	Licence70         Article = "licence_70"          // 行政许可法第七十条第一项
	Regulation17      Article = "regulation_17"       // 注册建筑师条例第十七条
	DetailedRules     Article = "detailed_rules"      // 注册建筑师条例实施细则
	EngineerRules     Article = "engineer_rules"      // 勘察设计注册工程师管理规定
)

// Warning is one registration in the horizon.
type Warning struct {
	RegistrantID      uuid.UUID
	PersonName        string
	IDNumberMasked    string
	Track             filing.Track
	Profession        filing.Profession
	CertificateNumber string
	ValidUntil        time.Time // a date
	UpdatedAt         time.Time
	Filing            *Filing
	Judgement
}

// Filing is the filing under way of the same person and profession at the same
// enterprise. There is one at most: it stands in the way of any other.
type Filing struct {
	ID               uuid.UUID
	Reference        string
	RegistrationType filing.RegistrationType
	Status           filing.Status
	FirstSubmittedAt *time.Time // answering a correction does not make it later
}

// Service reads warnings, keeps the calendar's address, and reminds.
type Service struct {
	db        *pg.DB
	vault     *pii.Vault
	horizon   Horizon
	publicURL string
}

// Options are what the service is built from.
type Options struct {
	DB        *pg.DB
	Vault     *pii.Vault
	Horizon   Horizon
	PublicURL string // without a final slash; for links in the calendar
}

// New builds the service.
func New(o Options) *Service {
	return &Service{db: o.DB, vault: o.Vault, horizon: o.Horizon, publicURL: o.PublicURL}
}

// Horizon gives the settings that the levels come from.
func (s *Service) Horizon() Horizon { return s.horizon }
