package filing

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/attachment"
	"zhuce/internal/auth"
	"zhuce/internal/enterprise"
	"zhuce/internal/errs"
	"zhuce/internal/idno"
	"zhuce/internal/pg"
)

// consigned is a delivery made ready: normalized, with the digest of what was said
// and the keyed hash of the person.
type consigned struct {
	Delivery
	digest []byte
	hash   []byte
}

// subject is what at most one open filing is about.
func (c consigned) subject() string { return string(c.hash) + string(c.Profession) }

func (s *Service) consignment(list ...Delivery) ([]consigned, error) {
	out := make([]consigned, len(list))
	for i, d := range list {
		said, err := json.Marshal(d)
		if err != nil {
			return nil, fmt.Errorf("encode delivery: %w", err)
		}
		d.normalize()
		// The digest is keyed: the body holds personal numbers.
		out[i] = consigned{d, s.vault.Hash(string(said)), s.vault.Hash(idno.IDKey(d.Personal.IDNumber))}
	}
	return out, nil
}

// intake is what deliveries are judged by: the state of all that they touch, read once
// and moved on in memory by each delivery that is taken, so that the next one is
// judged as if it had come alone after it.
type intake struct {
	who     auth.Actor
	now     time.Time
	firms   map[string]enterprise.Enterprise
	applied map[string]applied       // by delivery_ref
	filings map[string]Filing        // by filing_ref
	open    map[string]Filing        // by subject
	files   map[uuid.UUID]*uuid.UUID // whose each is
	numbers []int64                  // for references
	taken   []taken
}

// applied is a delivery that was applied before, here or in an earlier message.
type applied struct {
	Delivered
	digest []byte
}

// taken is a delivery that will be written.
type taken struct {
	consigned
	before *Filing // nil for a new one
	after  Filing
}

// deliverAll reads, judges and writes. Enterprises before filings, as everywhere.
func (s *Service) deliverAll(tx pg.Tx, who auth.Actor, list []consigned) ([]outcome, error) {
	in, err := takeIn(tx, who, list)
	if err != nil {
		return nil, err
	}
	out := make([]outcome, len(list))
	var uses []attachment.Use
	for i, d := range list {
		var bound []attachment.Use
		out[i], bound = in.judge(d)
		uses = append(uses, bound...)
	}
	if len(in.taken) == 0 {
		return out, nil
	}
	if err := attachment.BindHeldTx(tx, uses); err != nil {
		return nil, err
	}
	return out, s.keep(tx, who, in.taken)
}

// judge says what becomes of one delivery, and moves the state on where it is taken.
func (in *intake) judge(d consigned) (outcome, []attachment.Use) {
	refuse := func(why *errs.Error) (outcome, []attachment.Use) { return outcome{Refused: why}, nil }
	if was, ok := in.applied[d.DeliveryRef]; ok { // whatever became of the enterprise since
		if !bytes.Equal(was.digest, d.digest) {
			return refuse(ErrRefReused.New("reference", was.Reference))
		}
		return outcome{Delivered: was.Delivered}, nil
	}
	e, known := in.firms[d.CreditCode]
	if why := fit(in.who, e, known); why != nil {
		return refuse(why)
	}
	if why := refuseForm(d.check(in.now)); why != nil {
		return refuse(why)
	}
	var f Filing
	held, redelivered := in.filings[d.FilingRef]
	if redelivered {
		var why *errs.Error
		if f, why = again(held, in.who, d.Delivery, e.ID, in.now); why != nil {
			return refuse(why)
		}
	} else {
		f = in.begin(d)
	}
	d.onto(&f, e)
	bound, why := in.bind(d, e.ID)
	if why != nil {
		return refuse(why)
	}
	if other, ok := in.open[d.subject()]; ok && other.ID != f.ID {
		return refuse(inTheWay(other))
	}
	t := taken{consigned: d, after: f}
	if redelivered {
		t.before = &held
	}
	in.taken = append(in.taken, t)
	for _, u := range bound {
		in.files[u.ID] = &e.ID
	}
	in.filings[d.FilingRef], in.open[d.subject()] = f, f
	done := Delivered{f.ID, f.Reference, f.Status, f.Revision, f.DeliveredAt}
	in.applied[d.DeliveryRef] = applied{done, d.digest}
	return outcome{Delivered: done, Fresh: true}, bound
}

// begin makes a filing that was not there before, with the reference that people
// quote: ZC, the day in China, and a number that never comes twice.
func (in *intake) begin(d consigned) Filing {
	n := in.numbers[0]
	in.numbers = in.numbers[1:]
	return Filing{ID: uuid.Must(uuid.NewV7()), Reference: fmt.Sprintf("ZC%s%08d", in.now.In(china).Format("20060102"), n),
		ClientID: in.who.ClientID, FilingRef: d.FilingRef, Status: PendingSubmission, Version: 1, Revision: 1, DeliveredAt: in.now, UpdatedAt: in.now}
}

// bind says which files become the enterprise's; each must be the caller's.
func (in *intake) bind(d consigned, enterpriseID uuid.UUID) ([]attachment.Use, *errs.Error) {
	var uses []attachment.Use
	var unknown []errs.Detail
	for i, p := range d.Papers {
		if p.AttachmentID == nil {
			continue
		}
		owner, ok := in.files[*p.AttachmentID]
		use := attachment.Use{ID: *p.AttachmentID, Enterprise: enterpriseID}
		switch {
		case !ok, owner != nil && *owner != enterpriseID:
			unknown = append(unknown, errPaperUnknown.At("/attachments/"+strconv.Itoa(i)+"/attachment_id"))
		case owner == nil && !slices.Contains(uses, use):
			uses = append(uses, use)
		}
	}
	return uses, refuseForm(unknown)
}

// inTheWay names an open filing of the same person and profession. It may be another
// enterprise's: nothing but its reference and status is told.
func inTheWay(f Filing) *errs.Error {
	params := []any{"reference", f.Reference, "status", f.Status.Text()}
	return ErrAlreadyOpen.New(params...).With(ErrAlreadyOpen.About(errs.Record{Type: "filing",
		ID: f.ID.String(), Label: f.Reference, Status: string(f.Status)}, params...))
}
