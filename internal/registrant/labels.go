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
	Notes = []label.Label{
		label.New(string(NoteAdopted), "系统启用前已注册，按申报内容补录", "Registered before the system; taken from the filing"),
		label.New(string(NoteRestarted), "变更并延续，有效期重新计算", "Changed and renewed: a new term"),
		label.New(string(NoteReregistered), "到期后重新注册", "Registered again after expiry"),
	}
)
