package filing

import (
	"zhuce/internal/auth"
	"zhuce/internal/pg"
)

// Lock lets the tests hold the order of the row locks.
var Lock = lock

// WriteReturn writes a return as seen, whatever happened since.
func WriteReturn(tx pg.Tx, who auth.Actor, seen Filing) error {
	after, why := Apply(seen, Return, auth.Enterprise, tx.Now)
	if why != nil {
		return why
	}
	return write(tx, step{who: who, action: Return}, []move{{seen, after}})
}
