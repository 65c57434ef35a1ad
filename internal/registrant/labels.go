package registrant

import (
	"zhuce/internal/label"
)

// The tables, in the order in which they are shown.
var (
	Statuses = []label.Label{
		label.New(string(Valid), "有效", "Valid"), label.New(string(Expired), "已到期", "Expired"),
		label.New(string(Deregistered), "已注销", "Deregistered"), label.New(string(Revoked), "已撤销", "Revoked"),
	}
	// Acts are what a line of the history did: the registration types, and what the
	// ministry does without a filing.
	Acts = []label.Label{
		label.New(string(Register), "初始注册", "Initial registration"), label.New(string(Renew), "延续注册", "Renewal"),
		label.New(string(Change), "变更注册", "Change of employer"), label.New(string(Correct), "更改补办", "Correction or replacement"),
		label.New(string(Deregister), "注销注册", "Deregistration"),
		label.New(string(Amend), "主管部门更正", "Corrected by the ministry"), label.New(string(Revoke), "撤销注册", "Revoked"),
	}
	Notes = []label.Label{
		label.New(string(NoteAdopted), "系统启用前已注册，按申报内容补录", "Registered before the system; taken from the filing"),
		label.New(string(NoteRestarted), "变更并延续，有效期重新计算", "Changed and renewed: a new term"),
		label.New(string(NoteReregistered), "到期后重新注册", "Registered again after expiry"),
	}
)
