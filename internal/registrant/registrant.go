// Package registrant is the register of persons (注册人员, manual §3.3): who is
// registered in which profession at which enterprise, under which numbers, and
// until when.
//
// Nothing is typed into it. An approved filing acts upon it, in the filing's own
// transaction ([Service.JudgeTx], [Verdict.WriteTx]); rules.go says what each
// registration type does to which state of the register.
package registrant

import (
	"time"

	"github.com/google/uuid"

	"zhuce/internal/pg"
	"zhuce/internal/pii"
)

// Status is how a registration stands.
type Status string

// The statuses. Expired follows from the last day of the term and is never stored.
const (
	Valid        Status = "valid"        // 有效
	Expired      Status = "expired"      // 已到期
	Deregistered Status = "deregistered" // 已注销
	Revoked      Status = "revoked"      // 已撤销
)

// Act is what an approved filing does to the register: its registration type.
type Act string

// The acts.
const (
	Register   Act = "initial"        // 初始注册
	Renew      Act = "renewal"        // 延续注册
	Change     Act = "change"         // 变更注册
	Correct    Act = "correction"     // 更改补办
	Deregister Act = "deregistration" // 注销注册
)

// Note says of a line of the history what its action does not.
type Note string

// The notes; "" says nothing more.
const (
	NoteAdopted      Note = "registered_before" // 系统启用前已注册
	NoteRestarted    Note = "term_restarted"    // 变更并延续
	NoteReregistered Note = "registered_again"  // 到期后重新注册
)

// Registration is one row of the register: a person in a profession, at the
// enterprise that employs them now. It holds no personal number.
type Registration struct {
	ID                uuid.UUID
	EnterpriseID      uuid.UUID
	Track             string
	Profession        string
	PersonName        string
	Gender            string
	IDType            string
	IDNumberMasked    string
	MobileMasked      string
	CertificateNumber string    // 注册证书编号
	SealNumber        string    // 执业印章注册号; "" for some that were registered before the system
	ValidFrom         time.Time // a date
	ValidUntil        time.Time // a date: the last day
	Status            Status    // as stored; [Registration.On] knows the expired
	SourceFilingID    uuid.UUID // the filing that acted last
	RegisteredAt      time.Time // the first approval that the system knows of
	EndedAt           *time.Time
	BarredUntil       *time.Time // a date: the last day on which the person cannot be registered anew
	Version           int
	UpdatedAt         time.Time
}

// On is the status on a day.
func (r Registration) On(day time.Time) Status {
	if r.Status == Valid && r.ValidUntil.Before(day) {
		return Expired
	}
	return r.Status
}

// Entry is one line of a registration's history.
type Entry struct {
	Version        int
	At             time.Time
	Action         Act
	FilingID       *uuid.UUID
	Reference      string // of the filing
	EnterpriseID   uuid.UUID
	EnterpriseName string
	SealNumber     string
	ValidFrom      time.Time
	ValidUntil     time.Time
	Note           Note
	Reason         string // of an amendment or a revocation
}

// Detail is a registration with its history, newest first.
type Detail struct {
	Registration
	EnterpriseName string
	History        []Entry
}

// Service is every act upon the register.
type Service struct {
	db    *pg.DB
	vault *pii.Vault
}

// New builds the service.
func New(db *pg.DB, vault *pii.Vault) *Service { return &Service{db: db, vault: vault} }

// china is the zone in which days begin: no summer time since 1992.
var china = time.FixedZone("CST", 8*60*60)

// Today is the day of a moment in China, at midnight UTC, as dates of the database are read.
func Today(now time.Time) time.Time {
	y, m, d := now.In(china).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
