package report_test

import (
	"testing"
	"time"

	"zhuce/internal/report"
)

func TestSeverity(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	in := func(days int) *time.Time {
		d := day.AddDate(0, 0, days)
		return &d
	}
	for _, c := range []struct {
		w    report.Waiting
		want report.Severity
	}{
		{report.Waiting{Item: report.AppealsOverdue, Due: in(-40)}, report.Urgent},
		{report.Waiting{Item: report.AppealsDue, Due: in(7)}, report.Urgent},
		{report.Waiting{Item: report.AppealsDue, Due: in(8)}, report.Soon},
		{report.Waiting{Item: report.Supplements, Due: in(30)}, report.Soon},
		{report.Waiting{Item: report.Supplements, Due: in(31)}, report.Normal},
		{report.Waiting{Item: report.Expired}, report.Urgent},
		{report.Waiting{Item: report.Expiring, Due: in(0)}, report.Urgent},
		{report.Waiting{Item: report.Withdrawals}, report.Soon},
		{report.Waiting{Item: report.ToSubmit}, report.Normal},
		{report.Waiting{Item: report.Corrections}, report.Info},
		{report.Waiting{Item: report.Unread}, report.Info},
	} {
		if got := c.w.Severity(day); got != c.want {
			t.Errorf("%s due %v: %s, wanted %s", c.w.Item, c.w.Due, got, c.want)
		}
	}
}
