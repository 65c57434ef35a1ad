package rename

import (
	"zhuce/internal/auth"
	"zhuce/internal/outbox"
)

var everybody = []auth.Party{auth.Enterprise, auth.Province, auth.Ministry}

// Events of renames, one an action.
var events = map[Action]*outbox.Def{
	Submit:  outbox.Define("rename.submit", "企业已上报更名", "The enterprise reported its new name", everybody...),
	Approve: outbox.Define("rename.approve", "准予更名", "The new name was approved", everybody...),
	Refuse:  outbox.Define("rename.refuse", "不予更名", "The new name was refused", everybody...),
}
