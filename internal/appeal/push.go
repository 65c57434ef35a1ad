package appeal

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/attachment"
	"zhuce/internal/audit"
	"zhuce/internal/auth"
	"zhuce/internal/enterprise"
	"zhuce/internal/errs"
	"zhuce/internal/filing"
	"zhuce/internal/idempotency"
	"zhuce/internal/idno"
	"zhuce/internal/outbox"
	"zhuce/internal/pg"
	"zhuce/internal/workday"
)

func invalid(code, zh, en string) *errs.Def { return errs.Define(errs.Invalid, code, zh, en) }

// Refusals of findings.
var (
	ErrFindingReused = conflict("exchange.finding_ref_reused", "该 finding_ref 已用于内容不同的异常信息（{reference}）", "This finding_ref was used for another finding ({reference})")
	// ErrFinding gathers what is wrong with a finding; see its details.
	ErrFinding   = invalid("appeal.finding_invalid", "异常信息有误，请按提示修改", "The finding is invalid; see errors")
	errPerson    = invalid("appeal.person_unidentified", "请给出注册证书编号或证件号码", "Give the certificate number or the ID number")
	errFoundOn   = invalid("appeal.found_in_the_future", "发现日期不能晚于今天", "The day of the finding lies in the future")
	errDueOn     = invalid("appeal.due_day", "申辩截止日应在今天之后、一年之内", "The last day must lie after today and within a year")
	errPaper     = invalid("appeal.attachment_unknown", "附件不存在，请先上传", "There is no such attachment; upload it first")
	maxDueMonths = 12
)

// Finding is what an authority pushes (推送). Its JSON names are those of the API.
type Finding struct {
	FindingRef  string      `json:"finding_ref"` // the sender's id: applied once
	CreditCode  string      `json:"unified_social_credit_code"`
	Person      Person      `json:"person"`
	Kind        Kind        `json:"kind"`
	Facts       string      `json:"facts"`
	Source      string      `json:"source"`
	FoundOn     string      `json:"found_on"`
	DueOn       string      `json:"due_on"` // "": as the setting says
	Attachments []uuid.UUID `json:"attachments"`
	DryRun      bool        `json:"-"` // judge only; nothing is kept
}

// Person is whom the finding is about, by one number at least.
type Person struct {
	Name              string `json:"name"`
	CertificateNumber string `json:"certificate_number"`
	IDNumber          string `json:"id_number"`
}

// Pushed is the answer to a push, the same however often it is sent.
type Pushed struct {
	ID         uuid.UUID `json:"id"`
	Reference  string    `json:"reference"`
	State      State     `json:"state"`
	DueOn      string    `json:"due_on"`
	Matched    bool      `json:"matched"` // a registrant of the enterprise was recognised
	ReceivedAt time.Time `json:"received_at"`
}

// Push takes a finding, and reports whether it was applied now (false: this
// finding_ref came before).
//
// Refusals: [ErrWrongParty] unless an authority calls; [ErrFindingReused];
// filing.ErrEnterprise; filing.ErrProvince for another province's enterprise;
// [ErrFinding] with a detail per place.
func (s *Service) Push(ctx context.Context, who auth.Actor, f Finding) (Pushed, bool, error) {
	if !slices.Contains(authority, who.Party) {
		return Pushed{}, false, ErrWrongParty.New()
	}
	said, err := json.Marshal(f)
	if err != nil {
		return Pushed{}, false, fmt.Errorf("encode finding: %w", err)
	}
	digest := s.vault.Hash(string(said)) // keyed: the body may hold an ID number
	type outcome struct {
		Pushed Pushed `json:"pushed"`
		Fresh  bool   `json:"fresh"`
	}
	for try := 1; ; try++ {
		o, err := idempotency.Apply(ctx, s.db, f.DryRun, func(tx pg.Tx) (outcome, error) {
			before, err := earlier(tx, who, f.FindingRef, digest)
			if err != nil || before != nil {
				if before == nil {
					before = &Pushed{}
				}
				return outcome{*before, false}, err
			}
			p, err := s.push(tx, who, f, digest)
			return outcome{p, true}, err
		})
		if pg.Violates(err, "appeals_finding_is_pushed_once") && try < 3 {
			continue // the same finding at the same moment: now it can be read
		}
		return o.Pushed, o.Fresh && err == nil, err
	}
}

func earlier(tx pg.Tx, who auth.Actor, ref string, digest []byte) (*Pushed, error) {
	var rows []struct {
		Appeal
		BodySHA256 []byte `gorm:"column:body_sha256"`
	}
	if err := tx.Raw(`SELECT `+columns+`, body_sha256 FROM appeals WHERE client_id = ? AND finding_ref = ?`, who.ClientID, ref).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read finding: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	if !bytes.Equal(rows[0].BodySHA256, digest) {
		return nil, ErrFindingReused.New("reference", rows[0].Reference)
	}
	p := pushed(rows[0].Appeal)
	return &p, nil
}

func pushed(a Appeal) Pushed {
	return Pushed{a.ID, a.Reference, AwaitingStatement, workday.Date(a.DueOn), a.RegistrantID != nil, a.ReceivedAt.UTC()}
}

func (s *Service) push(tx pg.Tx, who auth.Actor, f Finding, digest []byte) (Pushed, error) {
	e, err := enterprise.ByCreditCodeTx(tx, f.CreditCode)
	if enterprise.ErrUnknown.Is(err) {
		err = filing.ErrEnterprise.New().With(filing.ErrEnterprise.At("/unified_social_credit_code"))
	}
	if err != nil {
		return Pushed{}, err
	}
	province := e.Province
	if province == "" { // not saved yet: the code tells where it was registered
		province = e.CreditCode[2:4]
	}
	if len(who.Provinces) > 0 && !slices.Contains(who.Provinces, province) {
		return Pushed{}, filing.ErrProvince.New("province", province)
	}
	if wrong := f.check(tx.Now); len(wrong) > 0 {
		return Pushed{}, ErrFinding.New().With(wrong...)
	}
	a, err := s.begin(tx, who, f, e.ID, province)
	if err != nil {
		return Pushed{}, err
	}
	var hash []byte
	if f.Person.IDNumber != "" {
		hash = s.vault.Hash(idno.IDKey(f.Person.IDNumber))
		a.IDNumberMasked = idno.MaskID(idno.NormalizeID(f.Person.IDNumber))
	}
	if err := recognise(tx, &a, hash); err != nil {
		return Pushed{}, err
	}
	var reminded *int // what the arrival tells needs no reminder on the same day
	if t := threshold(workday.Days(tx.Now, a.DueOn)); t > 0 {
		reminded = &t
	}
	err = tx.Exec(`INSERT INTO appeals (id, reference, enterprise_id, client_id, finding_ref, body_sha256, authority, source, province, kind, facts,
			person_name, registrant_id, certificate_number, id_number_hash, id_number_masked, found_on, due_on, due_given, state, reminded,
			version, step, received_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?::date, ?::date, ?, ?, ?, ?, ?, ?, ?)`,
		a.ID, a.Reference, a.EnterpriseID, a.ClientID, a.FindingRef, digest, a.Authority, a.Source, a.Province, a.Kind, a.Facts,
		a.PersonName, a.RegistrantID, a.CertificateNumber, hash, a.IDNumberMasked, f.FoundOn, workday.Date(a.DueOn), a.DueGiven, a.State, reminded,
		a.Version, a.Step, a.ReceivedAt, a.UpdatedAt).Error
	if err != nil {
		return Pushed{}, fmt.Errorf("insert finding: %w", err)
	}
	if err := bindPapers(tx, who, a, f.Attachments); err != nil {
		return Pushed{}, err
	}
	err = tx.Exec(`INSERT INTO appeal_history (appeal_id, step, at, action, party, actor_name, to_state) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		a.ID, a.Step, tx.Now, Push, who.Party, who.Name, a.State).Error
	if err != nil {
		return Pushed{}, fmt.Errorf("write timeline: %w", err)
	}
	if err := outbox.PutTx(tx, []outbox.Event{event(Push, a, "")}); err != nil {
		return Pushed{}, err
	}
	if err := tell(tx, MsgArrived, []Appeal{a}, nil); err != nil {
		return Pushed{}, err
	}
	return pushed(a), audit.RecordTx(tx, audit.Entry{Actor: who, Action: "appeal.push", SubjectType: "appeal", SubjectID: a.ID.String()})
}

// begin makes the finding, with the reference that people quote: YC, the day in
// China, and a number that never comes twice.
func (s *Service) begin(tx pg.Tx, who auth.Actor, f Finding, enterpriseID uuid.UUID, province string) (Appeal, error) {
	var n int64
	if err := tx.Raw(`SELECT nextval('appeal_references')`).Scan(&n).Error; err != nil {
		return Appeal{}, fmt.Errorf("next reference: %w", err)
	}
	a := Appeal{ID: uuid.Must(uuid.NewV7()), Reference: fmt.Sprintf("YC%s%06d", tx.Now.In(workday.China).Format("20060102"), n),
		EnterpriseID: enterpriseID, ClientID: who.ClientID, FindingRef: f.FindingRef, Authority: who.Party, Source: f.Source, Province: province,
		Kind: f.Kind, Facts: f.Facts, PersonName: f.Person.Name, CertificateNumber: f.Person.CertificateNumber,
		State: AwaitingStatement, ReceivedAt: tx.Now, UpdatedAt: tx.Now, Version: 1, Step: 1}
	if f.DueOn != "" {
		a.DueOn, a.DueGiven = date(f.DueOn), true
	} else {
		a.DueOn = s.workdays.OnOrAfter(workday.Day(tx.Now).AddDate(0, 0, s.dueDays))
	}
	return a, nil
}

func date(s string) time.Time {
	t, _ := time.ParseInLocation(time.DateOnly, s, workday.China) // package api has checked it
	return t
}

// check gives what is wrong with the finding, each with its place.
func (f Finding) check(now time.Time) []errs.Detail {
	var wrong []errs.Detail
	if f.Person.CertificateNumber == "" && f.Person.IDNumber == "" {
		wrong = append(wrong, errPerson.At("/person"))
	}
	today := workday.Day(now)
	if date(f.FoundOn).After(today) {
		wrong = append(wrong, errFoundOn.At("/found_on"))
	}
	if due := date(f.DueOn); f.DueOn != "" && (!due.After(today) || due.After(today.AddDate(0, maxDueMonths, 0))) {
		wrong = append(wrong, errDueOn.At("/due_on"))
	}
	return wrong
}

// recognise finds the registrant whom the finding is about: same name, and the
// certificate's number or else the ID number's keyed hash. Nobody of another name
// is taken, so that a mistyped number accuses no one.
func recognise(tx pg.Tx, a *Appeal, hash []byte) error {
	var rows []struct {
		ID                                uuid.UUID
		CertificateNumber, IDNumberMasked string
	}
	err := tx.Raw(`SELECT id, certificate_number, id_number_masked FROM registrants
		WHERE enterprise_id = ? AND person_name = ? AND (certificate_number = NULLIF(?, '') OR id_number_hash = ?)
		ORDER BY (certificate_number = ?) DESC, (status = 'valid') DESC, registered_at DESC, id LIMIT 1`,
		a.EnterpriseID, a.PersonName, a.CertificateNumber, hash, a.CertificateNumber).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("recognise registrant: %w", err)
	}
	if len(rows) > 0 {
		r := rows[0]
		a.RegistrantID, a.CertificateNumber, a.IDNumberMasked = &r.ID, r.CertificateNumber, r.IDNumberMasked
	}
	return nil
}

// bindPapers gives the authority's files to the enterprise; each must be the caller's.
func bindPapers(tx pg.Tx, who auth.Actor, a Appeal, ids []uuid.UUID) error {
	if len(ids) == 0 {
		return nil
	}
	bound, err := attachment.BindTx(tx, who.ClientID, a.EnterpriseID, ids)
	if err != nil {
		return err
	}
	var wrong []errs.Detail
	pieces := make([]Piece, len(ids))
	for i, id := range ids {
		pieces[i].AttachmentID = id
		if _, ok := bound[id]; !ok {
			wrong = append(wrong, errPaper.At("/attachments/"+strconv.Itoa(i)))
		}
	}
	if len(wrong) > 0 {
		return ErrFinding.New().With(wrong...)
	}
	return setFiles(tx, a.ID, sideAuthority, pieces)
}

// normal takes the blanks off the ends of what people type in forms.
func normal(s string) string { return strings.TrimSpace(s) }
