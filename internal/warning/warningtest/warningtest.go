// Package warningtest makes registrations whose term ends on a given day, and
// renewals filed for them.
package warningtest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/filing"
	"zhuce/internal/filing/filingtest"
	"zhuce/internal/pg"
)

// Person is a registered person and how they filed, to file again.
type Person struct {
	ID       uuid.UUID // of the registration
	Delivery filing.Delivery
}

// Register makes a registration of a person of its own at the clerk's enterprise
// whose last day is so many days from the world's today.
func Register(t testing.TB, w *filingtest.World, clerk auth.Actor, daysLeft int, overrides ...func(*filing.Delivery)) Person {
	t.Helper()
	d := w.Delivery(t, clerk)
	for _, o := range overrides {
		o(&d)
	}
	source, _, err := w.Filings.Deliver(t.Context(), w.Person, d)
	must(t, err)
	_, err = w.Filings.Return(t.Context(), clerk, []uuid.UUID{source.ID}, "只作为来源")
	must(t, err)
	p := Person{uuid.Must(uuid.NewV7()), d}
	Insert(t, w.DB, p.ID, source.ID, Day(w.Clock.Now(), daysLeft))
	return p
}

// Insert writes a registration whose person is that of the filing.
func Insert(t testing.TB, db *pg.DB, id, filingID uuid.UUID, validUntil string) {
	t.Helper()
	must(t, db.InTx(t.Context(), func(tx pg.Tx) error {
		return tx.Exec(`INSERT INTO registrants (id, enterprise_id, track, profession, person_name, gender, id_type, id_number_hash, id_number_masked,
				mobile_masked, personal_sealed, certificate_number, valid_from, valid_until, status, source_filing_id, registered_at, version, updated_at)
			SELECT ?, enterprise_id, track, profession, person_name, gender, id_type, id_number_hash, id_number_masked, mobile_masked, personal_sealed,
				'S' || right(reference, 9), ?::date - 1095, ?::date, 'valid', id, ?, 1, ? FROM filings WHERE id = ?`,
			id, validUntil, validUntil, tx.Now, tx.Now, filingID).Error
	}))
}

// Renewed moves the end of the term, as an approved renewal does.
func Renewed(t testing.TB, w *filingtest.World, p Person, daysLeft int) {
	t.Helper()
	must(t, w.DB.InTx(t.Context(), func(tx pg.Tx) error {
		return tx.Exec(`UPDATE registrants SET valid_until = ?, version = version + 1, updated_at = ? WHERE id = ?`, Day(tx.Now, daysLeft), tx.Now, p.ID).Error
	}))
}

// File delivers another filing of the person.
func File(t testing.TB, w *filingtest.World, p Person, kind filing.RegistrationType) uuid.UUID {
	t.Helper()
	d := p.Delivery
	d.RegistrationType = kind
	d.DeliveryRef, d.FilingRef = fmt.Sprintf("%s-%s", d.DeliveryRef, kind), fmt.Sprintf("%s-%s", d.FilingRef, kind)
	info, _ := d.Profession.Info()
	d.Form.Registration = &filing.Registration{CertificateNumber: info.CertificatePrefix + "201100123", ValidUntil: "2027-06-30"}
	d.Form.ContinuingEducation = filing.ContinuingEducation{RequiredHours: 60, ElectiveHours: 60}
	switch kind {
	case filing.Change:
		d.Form.Employment.PreviousEmployer = "北京中建联合设计有限公司"
	case filing.Deregistration:
		d.Form.Statement = "与聘用企业解除劳动关系，申请注销注册。"
	}
	d.Papers = nil
	for _, paper := range d.Missing(w.Clock.Now()) {
		d.Papers = append(d.Papers, filing.DeliveredPaper{Kind: paper, Shared: true, SharedSource: "电子证照库"})
	}
	done, _, err := w.Filings.Deliver(t.Context(), w.Person, d)
	must(t, err)
	return done.ID
}

// Submit takes a filing to the authority.
func Submit(t testing.TB, w *filingtest.World, clerk auth.Actor, id uuid.UUID) {
	t.Helper()
	ids := []uuid.UUID{id}
	_, err := w.Filings.Submit(t.Context(), clerk, w.Read(t, clerk, ids), ids)
	must(t, err)
}

// Day is the date so many days from a moment, in China.
func Day(at time.Time, plus int) string {
	return at.In(time.FixedZone("Asia/Shanghai", 8*60*60)).AddDate(0, 0, plus).Format(time.DateOnly)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
