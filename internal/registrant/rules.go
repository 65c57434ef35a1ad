package registrant

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/errs"
)

// state is how the register stands for a person and profession, seen from the
// enterprise that files.
type state string

const (
	absent           state = "not known"
	here             state = "valid here"
	elsewhere        state = "valid elsewhere"
	expiredHere      state = "expired here"
	expiredElsewhere state = "expired elsewhere"
	ended            state = "ended" // deregistered or revoked
)

var everyState = []state{absent, here, elsewhere, expiredHere, expiredElsewhere, ended}

// effect is what an act does to the row.
type effect string

const (
	create effect = "create" // a new row, a new term
	again  effect = "again"  // the row of an expired registration begins anew, at the enterprise that files
	extend effect = "extend" // the term goes on where it ended
	move   effect = "move"   // to the enterprise that files; the old term, or a new one when little is left
	amend  effect = "amend"  // what was corrected; the term stays
	end    effect = "end"
)

// rule is one row of the table: what an act does to which states.
type rule struct {
	do   Act
	from []state
	then effect
	deny *errs.Def // instead of an effect
}

func conflict(code, zh, en string) *errs.Def { return errs.Define(errs.Conflict, code, zh, en) }
func invalid(code, zh, en string) *errs.Def  { return errs.Define(errs.Invalid, code, zh, en) }

// The refusals by the state of the register; each names the registration in the way.
var (
	ErrRegistered = conflict("registrant.already_registered", "该人员此专业已注册（证书编号 {certificate}，有效期至 {until}），不能重复初始注册",
		"This person is registered in this profession already (certificate {certificate}, valid until {until})")
	ErrElsewhere = conflict("registrant.at_another_enterprise", "该人员此专业注册在另一企业（证书编号 {certificate}），应先办理变更注册",
		"This person is registered at another enterprise (certificate {certificate}); a change of employer comes first")
	ErrHere  = conflict("registrant.at_this_enterprise", "该人员此专业已注册在本企业（证书编号 {certificate}），无需变更", "This person is registered at this enterprise already (certificate {certificate})")
	ErrEnded = conflict("registrant.ended", "该注册已注销或撤销（证书编号 {certificate}），应重新申请初始注册", "This registration has ended (certificate {certificate}); an initial registration is needed")
)

// rules is what approvals do (domain §1.2, §1.3, §1.6). "Not known" is a person
// registered before the system: the row is made from what the filing's form says
// of the registration, and the act is applied to that, so nothing is lost.
var rules = []rule{
	{Register, []state{absent, ended}, create, nil},
	{Register, []state{expiredHere, expiredElsewhere}, again, nil},
	{Register, []state{here, elsewhere}, "", ErrRegistered},

	{Renew, []state{here, expiredHere, absent}, extend, nil}, // 行政许可法 art. 50: filed in time, decided after the end
	{Renew, []state{elsewhere, expiredElsewhere}, "", ErrElsewhere},
	{Renew, []state{ended}, "", ErrEnded},

	{Change, []state{elsewhere, expiredElsewhere, absent}, move, nil},
	{Change, []state{here, expiredHere}, "", ErrHere},
	{Change, []state{ended}, "", ErrEnded},

	{Correct, []state{here, expiredHere, absent}, amend, nil},
	{Correct, []state{elsewhere, expiredElsewhere}, "", ErrElsewhere},
	{Correct, []state{ended}, "", ErrEnded},

	{Deregister, []state{here, expiredHere, absent}, end, nil},
	{Deregister, []state{elsewhere, expiredElsewhere}, "", ErrElsewhere},
	{Deregister, []state{ended}, "", ErrEnded},
}

// Approval is an approved filing as far as the register goes.
type Approval struct {
	FilingID       uuid.UUID
	EnterpriseID   uuid.UUID
	EnterpriseCode string // 企业唯一码, seven digits; "" where none is known
	Act            Act
	Track          string
	Profession     string
	Prefix         string // of the profession's certificate and seal numbers
	Person         Person
	OnForm         Terms // what the form says of the present registration; zero for an initial one
	Given          Given // what the authority gave with the approval
}

// Person is who is registered.
type Person struct {
	Name, Gender, IDType         string
	IDNumberMasked, MobileMasked string
	IDNumberHash                 []byte
	Personal                     Personal
}

// Terms are numbers and last day of a registration.
type Terms struct {
	CertificateNumber, SealNumber string
	ValidUntil                    time.Time
}

// Given are the numbers and the term of a decision; dates as "2006-01-02". What is
// empty follows from the register, the form or the rules.
type Given struct {
	CertificateNumber string `json:"certificate_number"`
	SealNumber        string `json:"seal_number"`
	ValidFrom         string `json:"valid_from"`
	ValidUntil        string `json:"valid_until"`
}

// Objection is one reason against an approval, at the field of the decision that it is about.
type Objection struct {
	Field string // "certificate_number" …; "" for the approval as a whole
	Why   *errs.Error
	With  *Registration // the registration in the way
}

// stateOf sees the register from the enterprise that files.
func stateOf(found *Registration, enterpriseID uuid.UUID, today time.Time) state {
	switch {
	case found == nil:
		return absent
	case found.Status != Valid:
		return ended
	case found.ValidUntil.Before(today) && found.EnterpriseID == enterpriseID:
		return expiredHere
	case found.ValidUntil.Before(today):
		return expiredElsewhere
	case found.EnterpriseID == enterpriseID:
		return here
	default:
		return elsewhere
	}
}

func find(do Act, from state) rule {
	i := slices.IndexFunc(rules, func(r rule) bool { return r.do == do && slices.Contains(r.from, from) })
	if i < 0 {
		return rule{do: do, deny: ErrHere} // cannot be: TestMatrix walks all of them
	}
	return rules[i]
}

// Apply gives the registration as it stands after the approval, or every
// objection to it. It is pure: found is the person's row, nil when there is none,
// now the moment of the decision.
func Apply(found *Registration, a Approval, now time.Time) (Registration, Note, []Objection) {
	today := Today(now)
	r := find(a.Act, stateOf(found, a.EnterpriseID, today))
	if r.deny != nil {
		params := []any{"certificate", found.CertificateNumber, "until", found.ValidUntil.Format(time.DateOnly)}
		return Registration{}, "", []Objection{{"", r.deny.New(params...), found}}
	}
	if a.Act == Register && found != nil && found.BarredUntil != nil && !today.After(*found.BarredUntil) {
		return Registration{}, "", []Objection{{"", ErrBarred.New("until", found.BarredUntil.Format(time.DateOnly)), found}}
	}
	c := newChecker(a, today)
	after, note := c.apply(r.then, found)
	if len(c.objections) > 0 {
		return Registration{}, "", c.objections
	}
	after.EnterpriseID, after.Track, after.Profession = a.EnterpriseID, a.Track, a.Profession
	after.PersonName, after.Gender, after.IDType = a.Person.Name, a.Person.Gender, a.Person.IDType
	after.IDNumberMasked, after.MobileMasked = a.Person.IDNumberMasked, a.Person.MobileMasked
	after.SourceFilingID, after.UpdatedAt = a.FilingID, now
	if after.Version == 0 {
		after.RegisteredAt = now
	}
	if after.Status != Valid {
		after.EndedAt = &now
	}
	after.Version++
	return after, note, nil
}

// apply works out numbers, term and status; objections are gathered.
func (c *checker) apply(do effect, found *Registration) (Registration, Note) {
	old, note := c.before(do, found)
	after := old
	after.Status, after.EndedAt = Valid, nil
	switch do {
	case create, again:
		after.CertificateNumber, after.SealNumber = c.certificate(""), c.seal("")
		after.ValidFrom, after.ValidUntil = c.begin(c.today)
		if do == again {
			note = NoteReregistered
		}
	case extend:
		after.CertificateNumber, after.SealNumber = c.certificate(old.CertificateNumber), c.seal(old.SealNumber)
		next := old.ValidUntil.AddDate(0, 0, 1)
		after.ValidFrom, after.ValidUntil = c.begin(next)
		if !after.ValidFrom.After(next) {
			after.ValidFrom = old.ValidFrom // valid without a break
		}
	case move:
		after.CertificateNumber, after.SealNumber = c.certificate(old.CertificateNumber), c.seal("")
		if !old.ValidUntil.After(c.today.AddDate(0, combinedMonths, 0)) {
			note = NoteRestarted
			after.ValidFrom, after.ValidUntil = c.begin(c.today)
		} else {
			after.ValidFrom, after.ValidUntil = c.keep(old.ValidFrom, old.ValidUntil)
		}
	case amend:
		after.CertificateNumber, after.SealNumber = c.certificate(old.CertificateNumber), c.seal(old.SealNumber)
		after.ValidFrom, after.ValidUntil = c.keep(old.ValidFrom, old.ValidUntil)
	case end:
		after.Status = Deregistered
	}
	return after, note
}

// before is the row that the act starts from: the one found, a new one, or one
// made from the form.
func (c *checker) before(do effect, found *Registration) (Registration, Note) {
	switch {
	case do == create:
		return Registration{}, ""
	case found != nil:
		return *found, ""
	}
	f := c.a.OnForm
	return Registration{CertificateNumber: f.CertificateNumber, SealNumber: f.SealNumber, ValidUntil: f.ValidUntil,
		ValidFrom: f.ValidUntil.AddDate(0, -months(c.a.Track, c.today), 1)}, NoteAdopted
}
