package filing

import (
	"bytes"
	"context"
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

// Deliver takes a filing, or a returned or corrected one anew, and reports
// whether it was applied now (false: this delivery_ref came before).
//
// Refusals: [ErrWrongParty] unless the caller delivers for persons; [ErrRefReused];
// [ErrEnterprise]; enterprise.ErrNotSaved; [ErrProvince]; [ErrForm] and
// [ErrPapers] with a detail per place; [ErrDeliver] in any status but returned
// and those awaiting correction; [ErrOtherSubject]; [ErrAlreadyOpen] naming the
// filing in the way.
func (s *Service) Deliver(ctx context.Context, who auth.Actor, d Delivery) (Delivered, bool, error) {
	if who.Party != auth.Person {
		return Delivered{}, false, ErrWrongParty.New()
	}
	said, err := json.Marshal(d)
	if err != nil {
		return Delivered{}, false, fmt.Errorf("encode delivery: %w", err)
	}
	digest := s.vault.Hash(string(said)) // keyed: the body holds personal numbers
	d.normalize()
	type outcome struct {
		Delivered Delivered `json:"delivered"`
		Fresh     bool      `json:"fresh"`
	}
	for try := 1; ; try++ {
		o, err := idempotency.Apply(ctx, s.db, d.DryRun, func(tx pg.Tx) (outcome, error) {
			// Enterprise before filing, as everywhere; judged below, so that a delivery which
			// came before is answered whatever became of the enterprise since.
			e, unfit := employer(tx, who, d.CreditCode)
			// Whoever waited here for the same delivery sees it applied in the next statement.
			f, err := lockByRef(tx, who, d.FilingRef)
			if err != nil {
				return outcome{}, err
			}
			said, err := earlier(tx, who, d.DeliveryRef, digest)
			if err != nil || said != nil {
				return outcome{deref(said), false}, err
			}
			if unfit != nil {
				return outcome{}, unfit
			}
			o, err := s.deliver(tx, who, d, e, f, digest)
			return outcome{o, true}, err
		})
		switch {
		case pg.Violates(err, "filings_one_open_per_person_and_profession"):
			named := s.inTheWay(ctx, d)
			if named == nil && try < 3 {
				continue // it closed meanwhile
			}
			if named != nil {
				err = named
			}
		case pg.Violates(err, "deliveries_are_applied_once"), pg.Violates(err, "filings_sender_ref_is_unique"):
			if try < 3 {
				continue // the same delivery at the same moment: now it can be read
			}
		}
		return o.Delivered, o.Fresh && err == nil, err
	}
}

// deref is the value, or its zero for nil.
func deref[T any](v *T) T {
	if v == nil {
		var none T
		return none
	}
	return *v
}

// earlier gives the answer to a delivery that was applied before, nil when there
// is none. [ErrRefReused] when it said something else.
func earlier(tx pg.Tx, who auth.Actor, ref string, digest []byte) (*Delivered, error) {
	var rows []struct {
		Delivered
		BodySHA256 []byte `gorm:"column:body_sha256"`
	}
	err := tx.Raw(`SELECT f.id, f.reference, d.revision, d.applied_at AS delivered_at, d.body_sha256
		FROM deliveries d JOIN filings f ON f.id = d.filing_id WHERE d.client_id = ? AND d.delivery_ref = ?`,
		who.ClientID, ref).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read delivery: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	d := rows[0].Delivered
	d.Status, d.DeliveredAt = PendingSubmission, d.DeliveredAt.UTC()
	if !bytes.Equal(rows[0].BodySHA256, digest) {
		return nil, ErrRefReused.New("reference", d.Reference)
	}
	return &d, nil
}

// deliver applies a delivery that is new; held is the filing that it is for, nil
// when there is none yet.
func (s *Service) deliver(tx pg.Tx, who auth.Actor, d Delivery, e enterprise.Enterprise, held *Filing, digest []byte) (Delivered, error) {
	if err := refuseForm(d.check(tx.Now)); err != nil {
		return Delivered{}, err
	}
	var f Filing
	var err error
	if held == nil {
		f, err = begin(tx, who, d)
	} else {
		f, err = again(*held, who, d, e.ID, tx.Now)
	}
	if err != nil {
		return Delivered{}, err
	}
	d.onto(&f, e)
	if err := bindPapers(tx, who, e.ID, d.Papers); err != nil {
		return Delivered{}, err
	}
	if err := s.save(tx, f, d, held != nil); err != nil {
		return Delivered{}, err
	}
	who.Name = f.PersonName // the person acts; the client only carries
	st := step{who: who, action: Deliver}
	if held != nil {
		err = s.write(tx, st, []move{{*held, f}})
	} else {
		err = arrived(tx, st, f)
	}
	if err != nil {
		return Delivered{}, err
	}
	if err := tx.Exec(`INSERT INTO deliveries (client_id, delivery_ref, body_sha256, filing_id, revision, applied_at)
		VALUES (?, ?, ?, ?, ?, ?)`, who.ClientID, d.DeliveryRef, digest, f.ID, f.Revision, tx.Now).Error; err != nil {
		return Delivered{}, fmt.Errorf("remember delivery: %w", err)
	}
	return Delivered{f.ID, f.Reference, f.Status, f.Revision, f.DeliveredAt}, nil
}

// again gives the filing as it stands after a redelivery. [ErrOtherSubject] when
// it is another enterprise's or profession's; [ErrDeliver] in the wrong status.
func again(f Filing, who auth.Actor, d Delivery, enterpriseID uuid.UUID, now time.Time) (Filing, error) {
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

// employer finds and holds the enterprise that the person files through.
func employer(tx pg.Tx, who auth.Actor, code string) (enterprise.Enterprise, error) {
	e, err := enterprise.ByCreditCodeTx(tx, code)
	if enterprise.ErrUnknown.Is(err) {
		return e, ErrEnterprise.New().With(ErrEnterprise.At("/unified_social_credit_code"))
	}
	if err != nil {
		return e, err
	}
	if e, err = enterprise.LockTx(tx, e.ID); err != nil {
		return e, fmt.Errorf("hold enterprise: %w", err)
	}
	if !e.Saved() {
		return e, enterprise.ErrNotSaved.New().With(enterprise.ErrNotSaved.About(
			errs.Record{Type: "enterprise", ID: e.ID.String(), Label: e.Name, Status: "unsaved"}))
	}
	if len(who.Provinces) > 0 && !slices.Contains(who.Provinces, e.Province) {
		return e, ErrProvince.New("province", e.Province)
	}
	return e, nil
}

// refuseForm makes one refusal of the details: [ErrPapers] when only papers are missing.
func refuseForm(details []errs.Detail) error {
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

// bindPapers gives the files to the enterprise; each must be the caller's.
func bindPapers(tx pg.Tx, who auth.Actor, enterpriseID uuid.UUID, papers []DeliveredPaper) error {
	var ids []uuid.UUID
	for _, p := range papers {
		if p.AttachmentID != nil && !slices.Contains(ids, *p.AttachmentID) {
			ids = append(ids, *p.AttachmentID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	bound, err := attachment.BindTx(tx, who.ClientID, enterpriseID, ids)
	if err != nil {
		return err
	}
	var unknown []errs.Detail
	for i, p := range papers {
		if p.AttachmentID == nil {
			continue
		}
		if _, ok := bound[*p.AttachmentID]; !ok {
			unknown = append(unknown, errPaperUnknown.At("/attachments/"+strconv.Itoa(i)+"/attachment_id"))
		}
	}
	return refuseForm(unknown)
}
