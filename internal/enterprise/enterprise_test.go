package enterprise_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/enterprise"
	"zhuce/internal/errs"
	"zhuce/internal/idempotency"
	"zhuce/internal/idno"
	"zhuce/internal/pg"
	"zhuce/internal/pg/pgtest"
	"zhuce/internal/standin/clock"
)

var start = time.Date(2026, 11, 22, 17, 0, 0, 0, time.UTC) // the 23rd, one o'clock, in China

type world struct {
	db    *pg.DB
	clock *clock.Clock
	*enterprise.Service
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{clock: clock.Frozen(start)}
	w.db = pgtest.New(t, func(c *pg.Config) { c.Now = w.clock.Now })
	w.Service = enterprise.New(w.db)
	return w
}

var claims = enterprise.Claims{CreditCode: idno.MakeCreditCode("110000", 1), Name: "华北建筑设计有限公司", LegalRepresentative: "李示例", LegalPersonType: "enterprise"}

func (w *world) signIn(t *testing.T, c enterprise.Claims) (enterprise.Enterprise, auth.Actor) {
	t.Helper()
	var e enterprise.Enterprise
	must(t, w.db.InTx(t.Context(), func(tx pg.Tx) (err error) {
		e, err = w.SignedInTx(tx, c)
		return err
	}))
	return e, auth.Actor{Party: auth.Enterprise, EnterpriseID: e.ID, UserID: uuid.Must(uuid.NewV7()), Name: "王芳"}
}

func (w *world) count(t *testing.T, query string, args ...any) (n int) {
	t.Helper()
	must(t, w.db.Read(t.Context()).Raw(query, args...).Scan(&n).Error)
	return n
}

func basics() enterprise.BasicInformation {
	capital := 1200.55
	return enterprise.BasicInformation{
		RegisteredAddress: "三里河路9号", Province: "11", EstablishedOn: "2003-05-12", RegisteredCapitalWan: &capital,
		RegistrationAuth: "市场监督管理局", EconomicType: "limited_liability", Industries: []string{"design"},
		Qualifications: []enterprise.Qualification{{CertificateNumber: "A111000012", Category: "design_industry", Title: "建筑行业", Grade: "a",
			IssuingAuthority: "住房和城乡建设部", IssuedOn: "2023-05-04", ValidUntil: "2028-05-04", State: "normal"}},
		Contact: enterprise.Contact{Name: "王芳", Mobile: "13900001111"},
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	if errs.Code(err) != code {
		t.Errorf("got %v, want %s", err, code)
	}
}

func TestTheFirstSaveOpensFiling(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e, who := w.signIn(t, claims)
	if e.Saved() || e.Version != 0 || e.Province != "" || e.UniqueCode() != "" || !e.CreditCodeValid() || len(e.Drift()) != 0 {
		t.Errorf("at first: %+v", e)
	}
	saved, err := w.Save(t.Context(), who, 0, basics())
	must(t, err)
	if !saved.Saved() || saved.Version != 1 || saved.Province != "11" || saved.UniqueCode() != "1100001" || !saved.SavedAt.Equal(start) {
		t.Errorf("saved: %+v", saved)
	}
	w.clock.Advance(time.Hour)
	again, err := w.Save(t.Context(), who, 1, basics())
	must(t, err)
	if again.Version != 2 || !again.SavedAt.Equal(start) || !again.UpdatedAt.Equal(start.Add(time.Hour)) {
		t.Errorf("saved again: %+v", again)
	}
	read, err := w.Current(t.Context(), who)
	must(t, err)
	if diff := cmp.Diff(again, read, cmp.Comparer(time.Time.Equal)); diff != "" {
		t.Error(diff)
	}
	if n := w.count(t, `SELECT count(*) FROM outbox WHERE kind = 'enterprise.saved' AND enterprise_id = ?`, who.EnterpriseID); n != 2 {
		t.Errorf("%d events", n)
	}
	if n := w.count(t, `SELECT count(*) FROM audit_log WHERE action = 'enterprise.save' AND caller = ?`, who.Caller()); n != 2 {
		t.Errorf("%d audit entries", n)
	}
}

func TestAStaleSaveChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, who := w.signIn(t, claims)
	first, err := w.Save(t.Context(), who, 0, basics())
	must(t, err)
	other := basics()
	other.RegisteredAddress = "别处"
	for _, seen := range []int{0, 2, -1} {
		_, err := w.Save(t.Context(), who, seen, other)
		wantCode(t, err, "request.stale")
	}
	now, err := w.Current(t.Context(), who)
	must(t, err)
	if diff := cmp.Diff(first, now, cmp.Comparer(time.Time.Equal)); diff != "" {
		t.Error(diff)
	}
	if n := w.count(t, `SELECT count(*) FROM outbox`); n != 1 {
		t.Errorf("%d events", n)
	}
}

// TestTwoClerksAtOnce: the one who waits on the other's row must not overwrite it.
func TestTwoClerksAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, who := w.signIn(t, claims)
	const clerks = 6
	errors := make([]error, clerks)
	var all sync.WaitGroup
	for i := range clerks {
		all.Go(func() {
			b := basics()
			b.City = string(rune('A' + i))
			_, errors[i] = w.Save(t.Context(), who, 0, b)
		})
	}
	all.Wait()
	won := 0
	for _, err := range errors {
		if err == nil {
			won++
		} else {
			wantCode(t, err, "request.stale")
		}
	}
	if e, err := w.Current(t.Context(), who); won != 1 || err != nil || e.Version != 1 {
		t.Errorf("%d saves won, version %d, %v", won, e.Version, err)
	}
}

func TestASaveThatIsSentTwiceActsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, who := w.signIn(t, claims)
	ctx := idempotency.With(t.Context(), idempotency.Request{Caller: who.Caller(), Key: "k1", Route: "PUT /enterprises/current"})
	first, err := w.Save(ctx, who, 0, basics())
	must(t, err)
	second, err := w.Save(ctx, who, 0, basics())
	must(t, err)
	if diff := cmp.Diff(first, second, cmp.Comparer(time.Time.Equal)); diff != "" {
		t.Error(diff)
	}
	if e, err := w.Current(t.Context(), who); err != nil || e.Version != 1 {
		t.Errorf("version %d, %v", e.Version, err)
	}
}

func TestTodayIsInChina(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, who := w.signIn(t, claims)
	b := basics()
	b.EstablishedOn = "2026-11-23" // still the 22nd in Greenwich
	_, err := w.Save(t.Context(), who, 0, b)
	must(t, err)
	b.EstablishedOn = "2026-11-24"
	_, err = w.Save(t.Context(), who, 1, b)
	wantCode(t, err, "enterprise.invalid")
}

func TestACopyMustBeTheEnterprisesOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, who := w.signIn(t, claims)
	other := claims
	other.CreditCode = idno.MakeCreditCode("310000", 2)
	_, stranger := w.signIn(t, other)
	upload := func(owner auth.Actor) *uuid.UUID {
		id := uuid.Must(uuid.NewV7())
		must(t, w.db.InTx(t.Context(), func(tx pg.Tx) error {
			return tx.Exec(`INSERT INTO attachments (id, enterprise_id, file_name, media_type, size, sha256, created_at)
				VALUES (?, ?, 'copy.pdf', 'application/pdf', 1, repeat('a', 64), ?)`, id, owner.EnterpriseID, tx.Now).Error
		}))
		return &id
	}
	unknown := uuid.Must(uuid.NewV7())
	for name, tc := range map[string]struct {
		copy *uuid.UUID
		code string
	}{"ours": {upload(who), ""}, "another's": {upload(stranger), "enterprise.invalid"}, "nobody's": {&unknown, "enterprise.invalid"}} {
		now, err := w.Current(t.Context(), who)
		must(t, err)
		b := basics()
		b.Qualifications[0].CopyAttachmentID = tc.copy
		_, err = w.Save(t.Context(), who, now.Version, b)
		wantCode(t, err, tc.code)
		var refusal *errs.Error
		if tc.code != "" && errors.As(err, &refusal) {
			if d := refusal.Details[0]; d.Pointer != "/qualifications/0/copy_attachment_id" || d.Code != "enterprise.copy_unknown" {
				t.Errorf("%s: %+v", name, d)
			}
		}
	}
}

func TestDrift(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, who := w.signIn(t, claims)
	renamed := claims
	renamed.Name = "华北设计集团有限公司"
	e, _ := w.signIn(t, renamed)
	if e.ID != first.ID || e.Name != renamed.Name || len(e.Drift()) != 0 {
		t.Errorf("before the first save the login is followed: %+v", e)
	}
	_, err := w.Save(t.Context(), who, 0, basics())
	must(t, err)

	renamed.Name, renamed.LegalRepresentative = "华北设计股份有限公司", "孙示例"
	e, _ = w.signIn(t, renamed)
	want := []enterprise.Drift{
		{Field: "name", Stored: "华北设计集团有限公司", Login: "华北设计股份有限公司"},
		{Field: "legal_representative", Stored: "李示例", Login: "孙示例"},
	}
	if diff := cmp.Diff(want, e.Drift()); diff != "" {
		t.Error(diff)
	}
	if e.Version != 1 || !e.Saved() {
		t.Errorf("signing in changed the record: %+v", e)
	}
	other := renamed
	other.CreditCode = idno.MakeCreditCode("310000", 2)
	if e, _ := w.signIn(t, other); e.ID == first.ID {
		t.Error("a different code is a different enterprise")
	}
}

func TestByCreditCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e, _ := w.signIn(t, claims)
	must(t, w.db.InTx(t.Context(), func(tx pg.Tx) error {
		found, err := enterprise.ByCreditCodeTx(tx, claims.CreditCode)
		must(t, err)
		if found.ID != e.ID {
			t.Errorf("found %s", found.ID)
		}
		_, err = enterprise.ByCreditCodeTx(tx, idno.MakeCreditCode("310000", 2))
		wantCode(t, err, "enterprise.unknown")
		_, err = enterprise.LockTx(tx, uuid.Must(uuid.NewV7()))
		wantCode(t, err, "enterprise.unknown")
		return nil
	}))
	_, err := w.Current(t.Context(), auth.Actor{EnterpriseID: uuid.Must(uuid.NewV7())})
	wantCode(t, err, "enterprise.unknown")
}
