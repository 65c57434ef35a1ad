package appeal

import (
	"zhuce/internal/auth"
	"zhuce/internal/outbox"
)

// Events of findings, one an action. The authority that pushed the finding learns
// of each; a draft is the enterprise's own business.
var eventOf = map[Action]*outbox.Def{
	Push:   outbox.Define("appeal.push", "收到异常信息", "A finding arrived", auth.Enterprise),
	Submit: outbox.Define("appeal.submit", "企业已提交申辩", "The enterprise submitted its statement", auth.Enterprise),
	Review: outbox.Define("appeal.review", "申辩审核中", "The statement is under review", auth.Enterprise),
	Uphold: outbox.Define("appeal.uphold", "申辩成立", "The statement was upheld", auth.Enterprise),
	Reject: outbox.Define("appeal.reject", "申辩不成立", "The statement was rejected", auth.Enterprise),
	Lapse:  outbox.Define("appeal.lapse", "逾期未申辩", "No statement in time", auth.Enterprise),
}
