package filing

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/enterprise"
	"zhuce/internal/errs"
	"zhuce/internal/idempotency"
	"zhuce/internal/idno"
	"zhuce/internal/pg"
)

// Refusals of deliveries.
var (
	ErrPapers = invalid("filing.papers_missing", "缺少必需的材料，请按提示补齐", "Required papers are missing; see errors")
	// ErrEnterprise: no enterprise with this code has ever signed in.
	ErrEnterprise = invalid("exchange.enterprise_unknown",
		"没有这个统一社会信用代码的企业；企业应先登录一次并保存基本信息",
		"No enterprise has this unified social credit code; it has to sign in and save its basic information first")
	ErrRefReused = conflict("exchange.delivery_ref_reused", "该 delivery_ref 已用于内容不同的报送（申报 {reference}）",
		"This delivery_ref was used for another delivery (filing {reference})")
	ErrOtherSubject = conflict("exchange.filing_ref_belongs_elsewhere", "该 filing_ref 是另一企业或另一专业的申报（{reference}），请换一个新的",
		"This filing_ref names a filing with another enterprise or profession ({reference}); use a new one")
	ErrProvince = errs.Define(errs.Forbidden, "exchange.province_not_allowed", "该客户端不能办理省份 {province} 的申报",
		"This client does not act for the province {province}")
)

// Delivery is what the person's system hands over (报送). Its JSON names are
// those of the API, and pointers of refusals go into them.
type Delivery struct {
	DeliveryRef      string           `json:"delivery_ref"` // the sender's id of this message: applied once
	FilingRef        string           `json:"filing_ref"`   // the sender's id of the filing: the same on redelivery
	CreditCode       string           `json:"unified_social_credit_code"`
	Profession       Profession       `json:"profession"`
	RegistrationType RegistrationType `json:"registration_type"`
	PreRegistration  bool             `json:"pre_registration"`
	Form             Form             `json:"form"`
	Personal         Personal         `json:"personal"`
	Papers           []DeliveredPaper `json:"attachments"`
	DryRun           bool             `json:"-"` // judge only; nothing is kept
}

// DeliveredPaper is one paper: a file uploaded before, or shared with its source.
type DeliveredPaper struct {
	Kind         PaperKind  `json:"kind"`
	AttachmentID *uuid.UUID `json:"attachment_id"`
	Shared       bool       `json:"shared"`
	SharedSource string     `json:"shared_source"`
}

// Delivered is the answer to a delivery. It says how the filing stood when the
// delivery was applied, so the same delivery always gets the same answer.
type Delivered struct {
	ID          uuid.UUID `json:"id"`
	Reference   string    `json:"reference"`
	Status      Status    `json:"status"`
	Revision    int       `json:"revision"`
	DeliveredAt time.Time `json:"delivered_at"`
}

// outcome is what became of one delivery: Refused is nil where it was taken.
type outcome struct {
	Delivered Delivered
	Fresh     bool // applied now; false: this delivery_ref came before
	Refused   *errs.Error
}

// Deliver takes a filing, or a returned or corrected one anew, and reports
// whether it was applied now (false: this delivery_ref came before). It is a
// bulk of one, see [Service.DeliverAll].
//
// Refusals: [ErrWrongParty] unless the caller delivers for persons; [ErrRefReused];
// [ErrEnterprise]; enterprise.ErrNotSaved; [ErrProvince]; [ErrForm] and
// [ErrPapers] with a detail per place; [ErrDeliver] in any status but returned
// and those awaiting correction; [ErrOtherSubject]; [ErrAlreadyOpen] naming the
// filing in the way; [ErrRaced].
func (s *Service) Deliver(ctx context.Context, who auth.Actor, d Delivery) (Delivered, bool, error) {
	if who.Party != auth.Person {
		return Delivered{}, false, ErrWrongParty.New()
	}
	all, err := s.consignment(d)
	if err != nil {
		return Delivered{}, false, err
	}
	type kept struct {
		Delivered Delivered `json:"delivered"`
		Fresh     bool      `json:"fresh"`
	}
	o, err := again5(func() (kept, error) {
		return idempotency.Apply(ctx, s.db, d.DryRun, func(tx pg.Tx) (kept, error) {
			done, err := s.deliverAll(tx, who, all)
			switch {
			case err != nil:
				return kept{}, err
			case done[0].Refused != nil:
				return kept{}, done[0].Refused
			}
			return kept{done[0].Delivered, done[0].Fresh}, nil
		})
	})
	return o.Delivered, o.Fresh && err == nil, err
}

// MaxBulk is how many deliveries one bulk may hold.
const MaxBulk = 1000

// ErrBulkSize refuses an empty bulk and one over [MaxBulk].
var ErrBulkSize = invalid("exchange.bulk_size", "一次应报送 1 至 1000 件申报", "Deliver 1 to 1,000 filings at a time")

// ErrRaced: other deliveries of the same persons came in between, again and again.
var ErrRaced = errs.Define(errs.Unavailable, "exchange.delivery_raced", "同一人员的其他报送正在同时进行，未能报送，请稍后重发", "Other deliveries of the same persons were under way at the same time; nothing was applied, send it again")

// BulkOutcome is what became of one delivery of a bulk.
type BulkOutcome struct {
	Ref       string      `json:"delivery_ref"`
	Delivered *Delivered  `json:"delivered"` // nil where it was refused
	Fresh     bool        `json:"fresh"`
	Refused   *errs.Plain `json:"refused"`
}

// DeliverAll takes many deliveries in their order, each as [Service.Deliver] would
// alone after those before it: one refusal does not stop the others. With dryRun
// nothing is kept. The number of statements does not grow with the deliveries.
//
// Refusals of the whole: [ErrWrongParty]; [ErrBulkSize]; [ErrRaced].
func (s *Service) DeliverAll(ctx context.Context, who auth.Actor, list []Delivery, dryRun bool) ([]BulkOutcome, error) {
	if who.Party != auth.Person {
		return nil, ErrWrongParty.New()
	}
	if len(list) < 1 || len(list) > MaxBulk {
		return nil, ErrBulkSize.New()
	}
	all, err := s.consignment(list...)
	if err != nil {
		return nil, err
	}
	return again5(func() ([]BulkOutcome, error) {
		return idempotency.Apply(ctx, s.db, dryRun, func(tx pg.Tx) ([]BulkOutcome, error) {
			done, err := s.deliverAll(tx, who, all)
			if err != nil {
				return nil, err
			}
			out := make([]BulkOutcome, len(done))
			for i, o := range done {
				out[i] = BulkOutcome{Ref: all[i].DeliveryRef, Fresh: o.Fresh}
				if o.Refused != nil {
					plain := o.Refused.Plain()
					out[i].Refused = &plain
				} else {
					out[i].Delivered = &o.Delivered
				}
			}
			return out, nil
		})
	})
}

// again5 tries five times what another delivery of the same moment got in the way of:
// by then it is committed, can be read, and is judged like any other. [ErrRaced].
func again5[T any](apply func() (T, error)) (T, error) {
	var done T
	var err error
	for range 5 {
		done, err = apply()
		if !pg.Violates(err, "filings_one_open_per_person_and_profession") && !pg.Violates(err, "deliveries_are_applied_once") &&
			!pg.Violates(err, "filings_sender_ref_is_unique") {
			return done, err
		}
	}
	return done, ErrRaced.Wrap(err)
}

// deref is the value, or its zero for nil.
func deref[T any](v *T) T {
	if v == nil {
		var none T
		return none
	}
	return *v
}

// again gives the filing as it stands after a redelivery. [ErrOtherSubject] when
// it is another enterprise's or profession's; [ErrDeliver] in the wrong status.
func again(f Filing, who auth.Actor, d Delivery, enterpriseID uuid.UUID, now time.Time) (Filing, *errs.Error) {
	if f.EnterpriseID != enterpriseID || f.Profession != d.Profession {
		return f, ErrOtherSubject.New("reference", f.Reference)
	}
	after, why := Apply(f, Deliver, who.Party, now)
	if why != nil {
		return f, why.With(why.Def.About(errs.Record{Type: "filing", ID: f.ID.String(),
			Label: f.Reference, Status: string(f.Status)}, "status", f.Status.Text()))
	}
	return after, nil
}

// fit judges the enterprise that the person files through.
func fit(who auth.Actor, e enterprise.Enterprise, known bool) *errs.Error {
	switch {
	case !known:
		return ErrEnterprise.New().With(ErrEnterprise.At("/unified_social_credit_code"))
	case !e.Saved():
		return enterprise.ErrNotSaved.New().With(enterprise.ErrNotSaved.About(
			errs.Record{Type: "enterprise", ID: e.ID.String(), Label: e.Name, Status: "unsaved"}))
	case len(who.Provinces) > 0 && !slices.Contains(who.Provinces, e.Province):
		return ErrProvince.New("province", e.Province)
	}
	return nil
}

// refuseForm makes one refusal of the details: [ErrPapers] when only papers are missing.
func refuseForm(details []errs.Detail) *errs.Error {
	if len(details) == 0 {
		return nil
	}
	onlyPapers := !slices.ContainsFunc(details, func(d errs.Detail) bool { return d.Code != errPaperMissing.Code })
	if onlyPapers {
		return ErrPapers.New().With(details...)
	}
	return ErrForm.New().With(details...)
}

// onto writes what the delivery says onto the filing.
func (d Delivery) onto(f *Filing, e enterprise.Enterprise) {
	info, _ := d.Profession.Info()
	f.EnterpriseID, f.Province = e.ID, e.Province
	f.Track, f.Profession, f.RegistrationType = info.Track, d.Profession, d.RegistrationType
	switch {
	case !d.PreRegistration:
		f.PreRegistration = ""
	case f.PreRegistration != Supplemented:
		f.PreRegistration = AwaitingQualification
	}
	p := d.Form.Person
	f.PersonName, f.Gender, f.IDType = p.Name, p.Gender, p.IDType
	f.IDNumberMasked, f.MobileMasked = idno.MaskID(d.Personal.IDNumber), idno.MaskMobile(d.Personal.Mobile)
}
