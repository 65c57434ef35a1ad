package filing

import (
	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/pg"
)

// Lock lets the tests hold the order of the row locks.
var Lock = lock

// WriteReturn writes a return as seen, whatever happened since.
func WriteReturn(tx pg.Tx, s *Service, who auth.Actor, seen Filing) error {
	after, why := Apply(seen, Return, auth.Enterprise, tx.Now)
	if why != nil {
		return why
	}
	return s.write(tx, step{who: who, action: Return}, []move{{seen, after}})
}

// ActTx is any act inside a transaction that the test holds open.
func ActTx(tx pg.Tx, s *Service, who auth.Actor, do Action, reason string, ids []uuid.UUID) error {
	_, err := s.act(tx, step{who: who, action: do, reason: reason}, ids)
	return err
}

// DeliverTx is a delivery inside a transaction that the test holds open.
func DeliverTx(tx pg.Tx, s *Service, who auth.Actor, d Delivery) error {
	all, err := s.consignment(d)
	if err != nil {
		return err
	}
	done, err := s.deliverAll(tx, who, all)
	if err == nil && done[0].Refused != nil {
		err = done[0].Refused
	}
	return err
}
