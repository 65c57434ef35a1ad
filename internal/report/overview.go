// Package report holds read-only queries across tables. It has no rules and
// writes nothing; it imports kit alone.
package report

import (
	"context"
	"fmt"
	"time"

	"zhuce/internal/auth"
	"zhuce/internal/pg"
)

// Item is something that waits for the enterprise.
type Item string

// The items, in the order of what it costs to forget them.
const (
	AppealsOverdue Item = "appeals_overdue" // 逾期未申辩
	AppealsDue     Item = "appeals_due"     // 待申辩
	Expired        Item = "expired"         // 已到期未延续
	Expiring       Item = "expiring"        // 即将到期未延续
	Supplements    Item = "supplements"     // 待补正资质
	Withdrawals    Item = "withdrawals"     // 待答复的撤回申请
	ToSubmit       Item = "to_submit"       // 待上报
	Corrections    Item = "corrections"     // 待个人补正
	StepsOverdue   Item = "steps_overdue"   // 主管部门办理超期
	Unread         Item = "unread"          // 未读消息
)

// Order is the order of the items.
var Order = []Item{AppealsOverdue, AppealsDue, Expired, Expiring, Supplements, Withdrawals, ToSubmit, Corrections, StepsOverdue, Unread}

// Severity is how soon something has to be done.
type Severity string

// The severities.
const (
	Urgent Severity = "urgent" // today, or it is late already
	Soon   Severity = "soon"
	Normal Severity = "normal"
	Info   Severity = "info" // somebody else has to act
)

// urgentDays and soonDays are how many days before its last day something is so.
const urgentDays, soonDays = 7, 30

// Waiting is how much of an item waits, and the nearest last day, if it has one.
type Waiting struct {
	Item  Item
	Count int64
	Due   *time.Time
}

// Severity judges by the days that are left on the day.
func (w Waiting) Severity(day time.Time) Severity {
	switch w.Item {
	case AppealsOverdue, Expired:
		return Urgent
	case Corrections, StepsOverdue, Unread:
		return Info
	}
	if w.Due == nil {
		if w.Item == Withdrawals {
			return Soon // somebody waits for the answer
		}
		return Normal
	}
	switch left := int(w.Due.Sub(day).Hours() / 24); {
	case left <= urgentDays:
		return Urgent
	case left <= soonDays:
		return Soon
	}
	return Normal
}

// Service reads.
type Service struct{ db *pg.DB }

// New builds the service.
func New(db *pg.DB) *Service { return &Service{db} }

// Overview counts, with one statement, what waits in filings and appeals. The
// conditions are those of the lists that the items lead to.
func (s *Service) Overview(ctx context.Context, who auth.Actor) ([]Waiting, error) {
	var out []Waiting
	err := s.db.Read(ctx).Raw(`WITH mine AS MATERIALIZED (SELECT status, withdrawal, pre_registration, qualification_due_on, overdue_at FROM filings WHERE enterprise_id = @enterprise AND closed_at IS NULL)
		SELECT 'appeals_overdue' AS item, count(*) AS count, min(due_on) AS due FROM appeals WHERE enterprise_id = @enterprise AND state = 'overdue'
		UNION ALL SELECT 'appeals_due', count(*), min(due_on) FROM appeals WHERE enterprise_id = @enterprise AND state = 'awaiting_statement'
		UNION ALL SELECT 'supplements', count(*), min(qualification_due_on) FROM mine WHERE pre_registration = 'awaiting_qualification' AND status <> 'pending_submission'
		UNION ALL SELECT 'withdrawals', count(*), NULL FROM mine WHERE withdrawal = 'requested'
		UNION ALL SELECT 'to_submit', count(*), NULL FROM mine WHERE status = 'pending_submission'
		UNION ALL SELECT 'corrections', count(*), NULL FROM mine WHERE status IN ('province_correction', 'ministry_correction')
		UNION ALL SELECT 'steps_overdue', count(*), NULL FROM mine WHERE overdue_at IS NOT NULL`,
		map[string]any{"enterprise": who.EnterpriseID}).Scan(&out).Error
	if err != nil {
		return nil, fmt.Errorf("read overview: %w", err)
	}
	return out, nil
}
