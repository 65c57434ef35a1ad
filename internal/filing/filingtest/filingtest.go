// Package filingtest makes the world that a test of filings needs: an enterprise,
// the person's system, a clock, and filings in any status, all brought there by
// the services themselves.
package filingtest

import (
	"bytes"
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/attachment"
	"zhuce/internal/auth"
	"zhuce/internal/enterprise"
	"zhuce/internal/files"
	"zhuce/internal/filing"
	"zhuce/internal/idno"
	"zhuce/internal/pg"
	"zhuce/internal/pg/pgtest"
	"zhuce/internal/pii"
	"zhuce/internal/registrant"
	"zhuce/internal/standin/clock"
)

// World is everything on a database of its own.
type World struct {
	DB          *pg.DB
	Clock       *clock.Clock
	Filings     *filing.Service
	Enterprises *enterprise.Service
	Attachments *attachment.Service
	Registrants *registrant.Service
	Clerk       auth.Actor // a user of an enterprise that saved its basic information
	Person      auth.Actor // the person's system
	Province    auth.Actor
	Ministry    auth.Actor
	Register    *Register // of qualifications; says nothing until it is told to

	options    filing.Options
	statements pgtest.Counter
	serial     atomic.Int64
}

// ReadingTime and Life are those of the world's commitments.
const (
	ReadingTime = 60 * time.Second
	Life        = 30 * time.Minute
)

// Start is the world's first moment: a Monday in China.
var Start = time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)

// New makes a world; options change what the filings are built from.
func New(t testing.TB, options ...func(*filing.Options)) *World {
	t.Helper()
	w := &World{Clock: clock.Frozen(Start), Register: &Register{}}
	w.DB = pgtest.New(t, func(c *pg.Config) { c.Now, c.Tracer = w.Clock.Now, &w.statements })
	vault, err := pii.New(bytes.Repeat([]byte{7}, 32))
	must(t, err)
	store, err := files.NewDir(t.TempDir())
	must(t, err)
	w.Enterprises = enterprise.New(w.DB)
	w.Attachments = attachment.New(w.DB, store, 10<<20)
	w.Registrants = registrant.New(w.DB, vault)
	o := filing.Options{DB: w.DB, Vault: vault, Enterprises: w.Enterprises, Attachments: w.Attachments, Registrants: w.Registrants,
		ReadingTime: ReadingTime, CommitmentLife: Life, Register: w.Register, QualificationDays: Days, QualificationReminders: []int{15, 7, 3, 1}}
	for _, set := range options {
		set(&o)
	}
	w.options = o
	w.Again(t)
	w.Clerk = w.NewClerk(t, true)
	w.Person = w.client(t, auth.Person)
	w.Province = w.client(t, auth.Province)
	w.Province.Provinces = []string{"11"}
	w.Ministry = w.client(t, auth.Ministry)
	return w
}

// Again starts the filings anew on the same database, as a program that is restarted.
func (w *World) Again(t testing.TB) {
	t.Helper()
	var err error
	w.Filings, err = filing.New(t.Context(), w.options)
	must(t, err)
}

// NewClerk makes a user of an enterprise of its own, with its basic information saved or not.
func (w *World) NewClerk(t testing.TB, saved bool) auth.Actor {
	t.Helper()
	n := int(w.serial.Add(1))
	who := auth.Actor{Party: auth.Enterprise, UserID: uuid.Must(uuid.NewV7()), Name: fmt.Sprintf("经办人%d", n), Matter: auth.Engineers}
	must(t, w.DB.InTx(t.Context(), func(tx pg.Tx) error {
		e, err := w.Enterprises.SignedInTx(tx, enterprise.Claims{CreditCode: idno.MakeCreditCode("110000", n),
			Name: fmt.Sprintf("测试设计公司%d", n), LegalRepresentative: "赵一", LegalPersonType: "enterprise"})
		who.EnterpriseID = e.ID
		return err
	}))
	if saved {
		_, err := w.Enterprises.Save(t.Context(), who, 0, Basics())
		must(t, err)
	}
	return who
}

// Basics is basic information that can be saved, in province 11.
func Basics() enterprise.BasicInformation {
	capital := 1200.5
	return enterprise.BasicInformation{
		RegisteredAddress: "北京市海淀区三里河路9号", Province: "11", City: "北京市", District: "海淀区", EstablishedOn: "2003-05-12",
		RegisteredCapitalWan: &capital, RegistrationAuth: "北京市海淀区市场监督管理局",
		EconomicType: enterprise.EconomicTypes[0].Value, Industries: []string{"design"},
		Contact: enterprise.Contact{Name: "王芳", Mobile: "13900001111", Telephone: "010-88019251", Email: "office@example.com",
			PostalAddress: "北京市海淀区三里河路9号", Postcode: "100835"},
	}
}

func (w *World) client(t testing.TB, party auth.Party) auth.Actor {
	t.Helper()
	who := auth.Actor{Party: party, ClientID: uuid.Must(uuid.NewV7()), Name: string(party) + " system"}
	must(t, w.DB.InTx(t.Context(), func(tx pg.Tx) error {
		return tx.Exec(`INSERT INTO machine_clients (id, name, party, scopes, created_at) VALUES (?, ?, ?, '{}', ?)`,
			who.ClientID, who.Name+who.ClientID.String(), party, tx.Now).Error
	}))
	return who
}

// Delivery is a valid delivery of a person of its own to the clerk's enterprise.
func (w *World) Delivery(t testing.TB, clerk auth.Actor) filing.Delivery {
	t.Helper()
	e, err := w.Enterprises.Current(t.Context(), clerk)
	must(t, err)
	n := int(w.serial.Add(1))
	born := time.Date(1985, 3, 7, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n/450)
	var papers []filing.DeliveredPaper
	for _, kind := range []filing.PaperKind{filing.ApplicationForm, filing.Identity, filing.QualificationPaper,
		filing.EnterpriseQualification, filing.EmploymentContract} {
		papers = append(papers, filing.DeliveredPaper{Kind: kind, Shared: true, SharedSource: "电子证照库"})
	}
	return filing.Delivery{
		DeliveryRef: fmt.Sprintf("delivery-%d", n), FilingRef: fmt.Sprintf("filing-%d", n),
		CreditCode: e.CreditCode, Profession: "structural_1", RegistrationType: filing.Initial,
		Form: filing.Form{
			Person: filing.Person{Name: fmt.Sprintf("李明%d", n), Gender: "male", IDType: "resident_id", BirthDate: born.Format(time.DateOnly),
				Ethnicity: "汉族", Education: "bachelor", School: "同济大学", Major: "土木工程", GraduatedOn: "2008-07-01", Title: "工程师"},
			Qualification: filing.Qualification{CertificateNumber: fmt.Sprintf("2025%08d", n), IssuedOn: "2025-03-01"},
			Employment:    filing.Employment{ContractType: "fixed_term", ContractFrom: "2024-01-01", ContractTo: "2029-12-31"},
		},
		Personal: filing.Personal{IDNumber: idno.MakeResidentID("110101", born, 2*(n%450)+1), Mobile: "13812345678"},
		Papers:   papers,
	}
}

// Deliver brings n filings of different persons to the clerk's enterprise.
func (w *World) Deliver(t testing.TB, clerk auth.Actor, n int) []uuid.UUID {
	t.Helper()
	ids := make([]uuid.UUID, n)
	for i := range ids {
		d, _, err := w.Filings.Deliver(context.WithoutCancel(t.Context()), w.Person, w.Delivery(t, clerk))
		must(t, err)
		ids[i] = d.ID
	}
	return ids
}

// Read opens a commitment for the filings and lets its reading time pass.
func (w *World) Read(t testing.TB, clerk auth.Actor, ids []uuid.UUID) uuid.UUID {
	t.Helper()
	c, err := w.Filings.OpenCommitment(t.Context(), clerk, ids)
	must(t, err)
	w.Clock.Advance(ReadingTime)
	return c.ID
}

// Submitted brings n filings to the province's desk.
func (w *World) Submitted(t testing.TB, clerk auth.Actor, n int) []uuid.UUID {
	t.Helper()
	ids := w.Deliver(t, clerk, n)
	_, err := w.Filings.Submit(t.Context(), clerk, w.Read(t, clerk, ids), ids)
	must(t, err)
	return ids
}

// Statements counts the SQL statements that fn sends, BEGIN and COMMIT included.
func (w *World) Statements(fn func()) int {
	return w.statements.During(fn)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
