// Package auth says who asks. An [Actor] is made in one place, from a verified
// token (package api's middleware); every use case takes it as a parameter, and
// the tenant is read from it and from nowhere else.
package auth

import (
	"slices"

	"github.com/google/uuid"

	"zhuce/internal/errs"
)

// Party is the side that acts on a filing (spec §1).
type Party string

// The parties.
const (
	Person     Party = "person"     // 个人
	Enterprise Party = "enterprise" // 聘用企业
	Province   Party = "province"   // 省级
	Ministry   Party = "ministry"   // 部级
	System     Party = "system"     // 系统

	Integrator    Party = "integrator"    // 第三方集成: acts for the enterprises that gave it rights
	Administrator Party = "administrator" // 平台管理员: registers machine clients
)

// Matter is the matter (事项) chosen on the portal page before login (manual §2.2).
type Matter string

// The matters.
const (
	Architects Matter = "architects" // 一级注册建筑师
	Engineers  Matter = "engineers"  // 一级注册结构工程师和其他专业勘察设计注册工程师
)

// Scopes of machine clients.
const (
	ScopeDeliver  = "filings:deliver"
	ScopeRead     = "filings:read"
	ScopeWithdraw = "filings:withdraw"    // a person's system: ask to withdraw
	ScopeDecide   = "filings:decide"      // an authority: accept, refuse, forward, publish, approve …
	ScopeFindings = "findings:write"      // an authority: findings and the outcome of appeals
	ScopeRenames  = "renames:decide"      // an authority: the outcome of enterprise renames
	ScopeNotices  = "notices:write"       // an authority: notices to enterprises
	ScopeCorrect  = "registrants:correct" // the ministry: corrections of the register
	ScopeEvents   = "events:read"         // the feed of events and webhooks
	ScopeClients  = "clients:manage"      // the administrator: machine clients
)

// Scopes that an enterprise can give an integrator over its own data. None of
// them writes: a commitment is signed by people alone.
const (
	ScopeEnterpriseFilings     = "enterprise:filings"
	ScopeEnterpriseRegistrants = "enterprise:registrants"
	ScopeEnterpriseWarnings    = "enterprise:warnings"
	ScopeEnterpriseMessages    = "enterprise:messages"
	ScopeEnterpriseAppeals     = "enterprise:appeals"
)

// Actor is a verified caller.
type Actor struct {
	Party        Party
	EnterpriseID uuid.UUID // of enterprise users, and of an integrator that acts for one
	UserID       uuid.UUID // the signed-in person's account, enterprise users alone
	Name         string    // who to write into the timeline
	SessionID    uuid.UUID // enterprise users alone
	Matter       Matter
	ClientID     uuid.UUID // machine clients alone
	Scopes       []string
	Provinces    []string  // two-digit codes that a province's client acts for
	GrantID      uuid.UUID // what an enterprise gave the integrator that acts for it
	IP           string    // for the audit log
}

// ErrScope is returned when a machine client lacks a scope.
var ErrScope = errs.Define(errs.Forbidden, "auth.missing_scope",
	"该客户端没有权限 {scope}", "This client lacks the scope {scope}")

// Need returns [ErrScope] unless the actor holds the scope.
func (a Actor) Need(scope string) error {
	if !slices.Contains(a.Scopes, scope) {
		return ErrScope.New("scope", scope)
	}
	return nil
}

// Delegated reports whether this is an integrator that acts for an enterprise: it
// reads what the enterprise gave it, and does nothing.
func (a Actor) Delegated() bool { return a.Party == Enterprise && a.ClientID != uuid.Nil }

// Caller identifies the actor for idempotency and audit: enterprise and user, or
// client, and for which enterprise, or the system itself.
func (a Actor) Caller() string {
	if a.Party == System {
		return "system:" + a.Name
	}
	if a.Delegated() {
		return "client:" + a.ClientID.String() + ":for:" + a.EnterpriseID.String()
	}
	if a.ClientID != uuid.Nil {
		return "client:" + a.ClientID.String()
	}
	return "user:" + a.EnterpriseID.String() + ":" + a.UserID.String()
}
