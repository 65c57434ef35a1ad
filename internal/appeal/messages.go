package appeal

import (
	"fmt"

	"zhuce/internal/message"
	"zhuce/internal/pg"
	"zhuce/internal/workday"
)

// What the enterprise is told. {person} is a name, never a number.
var (
	MsgArrived = message.Define(message.KindAppeal, "appeal.arrived",
		"新的异常信息：{person}", "New finding: {person}",
		"{person}：{kind}。请在 {due} 前（含当日）提交申辩（编号 {reference}）。",
		"{person}: {kind}. Submit the statement by {due}, that day included (number {reference}).")
	MsgReminder = message.Define(message.KindAppeal, "appeal.reminder",
		"申辩还剩 {days} 天：{person}", "{days} days left for the statement: {person}",
		"{person}：{kind}。申辩截止 {due}（含当日），编号 {reference}，尚未提交。",
		"{person}: {kind}. The statement is due by {due}, that day included; number {reference} is not submitted yet.")
	MsgOverdue = message.Define(message.KindAppeal, "appeal.overdue",
		"申辩已逾期：{person}", "Statement overdue: {person}",
		"{person}：{kind}（编号 {reference}）的申辩期限 {due} 已过。主管部门作出结论前仍可提交，将注明“逾期提交”。",
		"The time for {person}, {kind} (number {reference}), ended on {due}. Until the authority decides it can still be submitted, marked as late.")
	MsgReview = message.Define(message.KindAppeal, "appeal.under_review",
		"申辩进入审核：{person}", "Statement under review: {person}",
		"{person}：{kind}（编号 {reference}）的申辩已由主管部门进入审核。",
		"The authority has taken the statement on {person}, {kind} (number {reference}), under review.")
	MsgUpheld = message.Define(message.KindAppeal, "appeal.upheld",
		"申辩成立：{person}", "Appeal upheld: {person}",
		"{person}：{kind}（编号 {reference}）申辩成立，异常信息已解除。",
		"The appeal on {person}, {kind} (number {reference}), was upheld; the finding is lifted.")
	MsgRejected = message.Define(message.KindAppeal, "appeal.rejected",
		"申辩不成立：{person}", "Appeal rejected: {person}",
		"{person}：{kind}（编号 {reference}）申辩不成立。理由和后续处理请查看详情。",
		"The appeal on {person}, {kind} (number {reference}), was rejected. See the details for the reasons and what follows.")
)

// tell posts one message for each finding; key makes it once, "" posts it anew each time.
func tell(tx pg.Tx, def *message.Def, list []Appeal, key func(Appeal) string) error {
	posts := make([]message.Post, len(list))
	for i, a := range list {
		params := map[string]any{"person": a.PersonName, "kind": a.Kind.Text(), "due": workday.Date(a.DueOn), "reference": a.Reference,
			"days": workday.Days(tx.Now, a.DueOn)}
		posts[i] = message.Post{EnterpriseID: a.EnterpriseID, Def: def, Params: params, SubjectType: "appeal", SubjectID: a.ID}
		if key != nil {
			posts[i].Once = key(a)
		}
	}
	return message.PostTx(tx, posts)
}

// reminderKey is one reminder: a finding, its last day, and how long before.
func reminderKey(a Appeal, threshold int) string {
	return fmt.Sprintf("appeal:%s:%s:%d", a.ID, workday.Date(a.DueOn), threshold)
}
