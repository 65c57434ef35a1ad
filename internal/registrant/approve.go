package registrant

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"zhuce/internal/errs"
	"zhuce/internal/message"
	"zhuce/internal/outbox"
	"zhuce/internal/pg"
)

// Personal is what is sealed under "registrant:<id>".
type Personal struct {
	IDNumber  string `json:"id_number"`
	Mobile    string `json:"mobile"`
	BirthDate string `json:"birth_date"`
}

// MsgMoved tells the enterprise that a person was registered at before.
var MsgMoved = message.Define(message.KindRegistration, "registrant.moved", "人员注册已转出", "Registrations moved away",
	"{people}的注册已变更到其他企业，不再列入本企业的注册人员。", "Moved to another enterprise: {people}. They no longer stand among your registrants.")

// Objected is an objection to one of many approvals.
type Objected struct {
	Index int // of the approval
	Objection
}

// Verdict is what approvals will do to the register, judged and not yet written.
type Verdict struct {
	service *Service
	changes []change
}

// change is one registration's step.
type change struct {
	found *Registration // nil: a new row
	after Registration
	note  Note
	a     Approval
}

// JudgeTx judges approvals against the register and holds the rows that they act
// upon, in id order. The number of statements does not grow with the approvals.
// Nothing is written: a dry run ends here.
func (s *Service) JudgeTx(tx pg.Tx, approvals []Approval) (*Verdict, []Objected, error) {
	found, err := match(tx, approvals)
	if err != nil {
		return nil, nil, err
	}
	v := &Verdict{service: s, changes: make([]change, len(approvals))}
	var objected []Objected
	for i, a := range approvals {
		after, note, objections := Apply(found[i], a, tx.Now)
		for _, o := range objections {
			objected = append(objected, Objected{i, o})
		}
		if after.ID == uuid.Nil {
			after.ID = uuid.Must(uuid.NewV7())
		}
		v.changes[i] = change{found[i], after, note, a}
	}
	if len(objected) > 0 {
		return v, objected, nil
	}
	objected, err = v.taken(tx)
	return v, objected, err
}

// match finds the row of each approval's person and profession: the live one, else
// the one that ended last. A correction of the ID number itself finds the row by
// its certificate.
func match(tx pg.Tx, approvals []Approval) ([]*Registration, error) {
	rows, err := lockPersons(tx, approvals)
	if err != nil {
		return nil, err
	}
	out := make([]*Registration, len(approvals))
	var corrected []Approval
	for i, a := range approvals {
		for _, r := range rows {
			if r.Profession == a.Profession && bytes.Equal(r.IDNumberHash, a.Person.IDNumberHash) && newer(out[i], &r.Registration) {
				out[i] = &r.Registration
			}
		}
		if out[i] == nil && a.Act == Correct {
			corrected = append(corrected, a)
		}
	}
	if len(corrected) == 0 {
		return out, nil
	}
	live, err := lockCertificates(tx, corrected)
	if err != nil {
		return nil, err
	}
	for i, a := range approvals {
		if out[i] != nil || a.Act != Correct {
			continue
		}
		if j := slices.IndexFunc(live, func(r Registration) bool {
			return r.Profession == a.Profession && r.CertificateNumber == a.OnForm.CertificateNumber
		}); j >= 0 {
			out[i] = &live[j]
		}
	}
	return out, nil
}

// newer prefers a live row, then the one that ended last.
func newer(have, other *Registration) bool {
	switch {
	case have == nil || other.Status == Valid:
		return true
	case have.Status == Valid:
		return false
	default:
		return other.EndedAt.After(*have.EndedAt)
	}
}

// taken objects to numbers that another live registration has, or another of
// these approvals. Seal numbers that are merely kept are not looked at: those of
// before the system were typed by the persons.
func (v *Verdict) taken(tx pg.Tx) ([]Objected, error) {
	var certificates, seals []string
	ids := make([]uuid.UUID, 0, len(v.changes))
	for _, c := range v.changes {
		ids = append(ids, c.after.ID)
		if c.after.Status == Valid {
			certificates = append(certificates, c.after.CertificateNumber)
		}
		if c.a.Given.SealNumber != "" {
			seals = append(seals, c.a.Given.SealNumber)
		}
	}
	live, err := holders(tx, certificates, seals, ids)
	if err != nil {
		return nil, err
	}
	type number struct{ kind, of, text string }
	held := map[number]*Registration{}
	for _, r := range live {
		held[number{"certificate", r.Profession, r.CertificateNumber}] = &r
		held[number{"seal", "", r.SealNumber}] = &r
	}
	var out []Objected
	claim := func(i int, n number, field string, def *errs.Def) {
		if other := held[n]; other != nil {
			out = append(out, Objected{i, Objection{field, def.New("number", n.text, "name", other.PersonName), other}})
			return
		}
		held[n] = &v.changes[i].after
	}
	for i, c := range v.changes {
		if c.after.Status == Valid {
			claim(i, number{"certificate", c.after.Profession, c.after.CertificateNumber}, "certificate_number", ErrCertTaken)
		}
		if c.a.Given.SealNumber != "" && c.after.Status == Valid {
			claim(i, number{"seal", "", c.a.Given.SealNumber}, "seal_number", ErrSealTaken)
		}
	}
	return out, nil
}

// WriteTx writes the register, its history and events, and tells the enterprises
// that persons left. Four statements, however many approvals.
func (v *Verdict) WriteTx(tx pg.Tx) error {
	if len(v.changes) == 0 {
		return nil
	}
	if err := v.service.write(tx, v.changes); err != nil {
		return err
	}
	said := make([]outbox.Event, len(v.changes))
	left := map[uuid.UUID][]string{}
	for i, c := range v.changes {
		r := c.after
		said[i] = outbox.Event{Def: events[c.a.Act], SubjectType: "registrant", SubjectID: r.ID, EnterpriseID: r.EnterpriseID,
			Data: map[string]any{"filing_id": r.SourceFilingID, "status": r.Status, "valid_until": r.ValidUntil.Format("2006-01-02"), "version": r.Version}}
		if c.found != nil && c.found.EnterpriseID != r.EnterpriseID && c.found.Status == Valid {
			left[c.found.EnterpriseID] = append(left[c.found.EnterpriseID], r.PersonName)
		}
	}
	if err := outbox.PutTx(tx, said); err != nil {
		return err
	}
	posts := make([]message.Post, 0, len(left))
	for id, names := range left {
		posts = append(posts, message.Post{EnterpriseID: id, Def: MsgMoved, Params: map[string]any{"people": People(names)}})
	}
	return message.PostTx(tx, posts)
}

// People names one person, or the first and how many they are.
func People(names []string) errs.Text {
	if len(names) == 1 {
		return errs.Text{ZH: names[0], EN: names[0]}
	}
	return errs.Text{ZH: fmt.Sprintf("%s等 %d 人", names[0], len(names)), EN: fmt.Sprintf("%s and %d more", names[0], len(names)-1)}
}

// After gives the registrations as they will stand, in the order of the approvals.
func (v *Verdict) After() []Registration {
	out := make([]Registration, len(v.changes))
	for i, c := range v.changes {
		out[i] = c.after
	}
	return out
}
