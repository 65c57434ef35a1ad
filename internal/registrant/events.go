package registrant

import (
	"zhuce/internal/auth"
	"zhuce/internal/outbox"
)

var everybody = []auth.Party{auth.Enterprise, auth.Province, auth.Ministry}

// Events of the register, one an act that an approval was about.
var events = map[Act]*outbox.Def{
	Register:   outbox.Define("registrant.initial", "已初始注册", "Registered", everybody...),
	Renew:      outbox.Define("registrant.renewal", "已延续注册", "Registration renewed", everybody...),
	Change:     outbox.Define("registrant.change", "已变更注册", "Registration changed", everybody...),
	Correct:    outbox.Define("registrant.correction", "已更改或补办", "Registration amended", everybody...),
	Deregister: outbox.Define("registrant.deregistration", "已注销注册", "Deregistered", everybody...),
}
