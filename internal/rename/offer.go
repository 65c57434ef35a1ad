package rename

import (
	"context"
	"errors"
	"slices"

	"gorm.io/gorm"

	"zhuce/internal/auth"
	"zhuce/internal/enterprise"
	"zhuce/internal/errs"
	"zhuce/internal/filing"
	"zhuce/internal/label"
	"zhuce/internal/registers"
)

// named is how many open filings a refusal names one by one.
const named = 20

// Offer is what a new rename would say, and what stands in its way.
type Offer struct {
	Facts
	Filings   []filing.Filing // the first open ones
	NeedsCopy []label.Label
	Denied    *errs.Error // nil: it can be submitted
}

// Offer looks both names up (新增, manual §3.7). A register that does not answer, or
// a filing in the way, is part of the answer and no error. Refusal: enterprise.ErrUnknown.
func (s *Service) Offer(ctx context.Context, who auth.Actor) (Offer, error) {
	said, unanswered, err := s.lookUp(ctx, who)
	if err != nil {
		return Offer{}, err
	}
	q := s.db.Read(ctx)
	e, err := enterprise.Read(q, who.EnterpriseID)
	if err != nil {
		return Offer{}, err
	}
	o, err := s.weigh(q, e, said, unanswered)
	o.Denied = Judge(o.Facts)
	return o, err
}

// lookUp asks the business register; what it refuses is for [Judge].
func (s *Service) lookUp(ctx context.Context, who auth.Actor) (registers.LegalName, *errs.Error, error) {
	e, err := enterprise.Read(s.db.Read(ctx), who.EnterpriseID)
	if err != nil {
		return registers.LegalName{}, nil, err
	}
	said, err := s.register.LegalName(ctx, e.CreditCode)
	var refusal *errs.Error
	if errors.As(err, &refusal) {
		return said, refusal, nil
	}
	return said, nil, err
}

// weigh gathers what a new rename rests on; in a transaction the enterprise is held.
func (s *Service) weigh(q *gorm.DB, e enterprise.Enterprise, said registers.LegalName, unanswered *errs.Error) (Offer, error) {
	o := Offer{Facts: Facts{Enterprise: e, Register: said, Unanswered: unanswered}, NeedsCopy: s.copyFor(e)}
	var err error
	if o.Open, err = open(q, e.ID); err != nil {
		return o, err
	}
	o.Filings, o.OpenFilings, err = filing.Open(q, e.ID, named)
	return o, err
}

// copyFor are those of the enterprise's industries that make the copy a must
// (manual §3.7, note 2).
func (s *Service) copyFor(e enterprise.Enterprise) []label.Label {
	var out []label.Label
	for _, i := range enterprise.Industries {
		if slices.Contains(s.needsCopy, i.Value) && slices.Contains(e.Basic.Industries, i.Value) {
			out = append(out, i)
		}
	}
	return out
}

// refusal is [Judge]'s, with a detail for each of the first open filings.
func (o Offer) refusal() *errs.Error {
	e := Judge(o.Facts)
	if e == nil || e.Def != ErrFilingsOpen {
		return e
	}
	for _, f := range o.Filings {
		e = e.With(errFilingOpen.About(errs.Record{Type: "filing", ID: f.ID.String(), Label: f.Reference, Status: string(f.Status)},
			"reference", f.Reference, "person", f.PersonName, "status", f.Status.Text()))
	}
	return e
}
