// Package grant is 第三方授权: what an enterprise lets an integrator of its choice
// read of its own data, and until when. A vendor that serves many firms has one
// client, and as many grants as firms trust it.
//
// A grant is looked at on every request of the integrator, so taking it back acts
// at the next one; and every such request leaves a line in the audit log, which
// the enterprise can see (docs/adr/0018).
package grant

import (
	"time"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/label"
	"zhuce/internal/message"
	"zhuce/internal/outbox"
	"zhuce/internal/pg"
)

const (
	// DaysMax is the longest that a grant can be given for, DaysDefault what the
	// enterprise is offered.
	DaysMax     = 365
	DaysDefault = 90
	// remindDays before its end the enterprise is told of it.
	remindDays = 7
)

// State is how a grant stands.
type State string

// The states.
const (
	Active  State = "active"  // 有效
	Expired State = "expired" // 已到期
	Revoked State = "revoked" // 已撤销
)

// States are their names, in the order in which they are shown.
var States = []label.Label{
	label.New(string(Active), "有效", "Active"), label.New(string(Expired), "已到期", "Expired"), label.New(string(Revoked), "已撤销", "Revoked"),
}

// Scopes are what can be given, with the words that the enterprise reads.
var Scopes = []label.Label{
	label.New(auth.ScopeEnterpriseFilings, "注册申报（查看）", "Filings (read)"),
	label.New(auth.ScopeEnterpriseRegistrants, "注册人员（查看）", "Registrants (read)"),
	label.New(auth.ScopeEnterpriseWarnings, "到期预警（查看）", "Expiry warnings (read)"),
	label.New(auth.ScopeEnterpriseMessages, "我的消息（查看）", "Messages (read)"),
	label.New(auth.ScopeEnterpriseAppeals, "申辩（查看）", "Appeals (read)"),
}

// Refusals.
var (
	ErrNotFound   = errs.Define(errs.NotFound, "grant.not_found", "授权不存在", "There is no such grant")
	ErrWrongParty = errs.Define(errs.Forbidden, "grant.wrong_party", "当前身份不能进行此操作", "Your side cannot do this")
	// ErrIntegrator does not tell an unknown client from one that enterprises cannot choose.
	ErrIntegrator = errs.Define(errs.Invalid, "grant.integrator", "不能授权给该系统，请从名单中选择", "Rights cannot be given to this system; choose one of the list")
	ErrScopes     = errs.Define(errs.Invalid, "grant.scopes", "可授权的内容为：{known}", "What can be given is: {known}")
	ErrUntil      = errs.Define(errs.Invalid, "grant.until", "截止日期应为今天起 {days} 天以内", "The last day is today or within {days} days")
	ErrExists     = errs.Define(errs.Conflict, "grant.exists", "已有对 {name} 的有效授权；如需更改，请先撤销再重新授权", "{name} holds a grant already; to change it, revoke it and give another")
	ErrOver       = errs.Define(errs.Conflict, "grant.over", "授权已结束（{state}），无需撤销", "The grant has ended ({state})")
	// ErrEnded refuses a token for an enterprise that has taken its grant back since, or whose grant is over.
	ErrEnded = errs.Define(errs.Forbidden, "auth.grant_ended", "该企业的授权已撤销或已到期", "The enterprise's grant was revoked or has expired")
)

// Events are the integrator's alone: what one firm gives is no other's business.
var (
	eventGiven   = outbox.Define("grant.given", "企业已授权第三方系统", "An enterprise gave an integrator rights")
	eventRevoked = outbox.Define("grant.revoked", "企业已撤销授权", "An enterprise revoked its grant")
	eventExpired = outbox.Define("grant.expired", "企业授权已到期", "An enterprise's grant expired")
)

// Messages to the enterprise.
var (
	MsgGiven = message.Define(message.KindSystem, "grant.given", "已授权第三方系统", "Rights were given to another system",
		"{by} 授权 {name} 查看：{scopes}，至 {until}。如非贵单位本意，请到“第三方授权”撤销，撤销立即生效。",
		"{by} let {name} read: {scopes}, until {until}. If this was not meant, revoke it under “Third-party access”; that acts at once.")
	MsgRevoked = message.Define(message.KindSystem, "grant.revoked", "第三方授权已撤销", "A grant was revoked",
		"{by} 撤销了对 {name} 的授权，立即生效。", "{by} revoked the grant to {name}; it has ended.")
	MsgEnding = message.Define(message.KindSystem, "grant.ending", "第三方授权即将到期", "A grant will end soon",
		"对 {name} 的授权将于 {until} 到期。如需继续，请到期后重新授权，或先撤销再重新授权。",
		"The grant to {name} ends on {until}. To keep it up, give it anew afterwards, or revoke it and give another.")
	MsgExpired = message.Define(message.KindSystem, "grant.expired", "第三方授权已到期", "A grant has ended",
		"对 {name} 的授权已于 {until} 到期，对方不能再查看贵单位的数据。", "The grant to {name} ended on {until}; it can no longer read your data.")
)

// Grant is one enterprise's grant to one integrator.
type Grant struct {
	ID            uuid.UUID
	EnterpriseID  uuid.UUID
	Integrator    Integrator
	Scopes        []string
	GrantedByName string
	GrantedAt     time.Time
	ExpiresAt     time.Time // the first moment after its last day in China
	RevokedAt     *time.Time
	RevokedByName string
	LastUsedAt    *time.Time // to within a few minutes
}

// Integrator is another system as enterprises see it.
type Integrator struct {
	ID          uuid.UUID
	Name        string
	Description string
	Scopes      []string // what it may be given at most
	Disabled    bool
}

// State is how the grant stands at a moment, whatever a sweep has noted.
func (g Grant) State(now time.Time) State {
	switch {
	case g.RevokedAt != nil:
		return Revoked
	case !now.Before(g.ExpiresAt):
		return Expired
	}
	return Active
}

// Until is the last day of the grant in China.
func (g Grant) Until() string { return lastDay(g.ExpiresAt) }

var china = time.FixedZone("Asia/Shanghai", 8*60*60)

func lastDay(end time.Time) string { return end.Add(-time.Nanosecond).In(china).Format(time.DateOnly) }

// endOf is the first moment after the day.
func endOf(day time.Time) time.Time {
	y, m, d := day.In(china).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, china)
}

// Service is every act upon grants.
type Service struct{ db *pg.DB }

// New builds the service.
func New(db *pg.DB) *Service { return &Service{db: db} }

// event tells the integrator; data is what the enterprise is known by to it.
func event(def *outbox.Def, g Grant) outbox.Event {
	return outbox.Event{Def: def, SubjectType: "grant", SubjectID: g.ID, EnterpriseID: g.EnterpriseID, ClientID: g.Integrator.ID,
		Data: map[string]any{"scopes": g.Scopes, "until": g.Until()}}
}

func post(def *message.Def, g Grant, by string) message.Post {
	return message.Post{EnterpriseID: g.EnterpriseID, Def: def, SubjectType: "grant", SubjectID: g.ID,
		Params: map[string]any{"by": by, "name": g.Integrator.Name, "until": g.Until(), "scopes": named(g.Scopes)}}
}

// named lists scopes in words.
func named(scopes []string) errs.Text {
	var t errs.Text
	for i, s := range scopes {
		l := label.TextOf(Scopes, s)
		if i > 0 {
			t.ZH, t.EN = t.ZH+"、", t.EN+", "
		}
		t.ZH, t.EN = t.ZH+l.ZH, t.EN+l.EN
	}
	return t
}
