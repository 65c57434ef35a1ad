package rename_test

import (
	"bytes"
	"context"
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/enterprise"
	"zhuce/internal/errs"
	"zhuce/internal/filing"
	"zhuce/internal/filing/filingtest"
	"zhuce/internal/pg"
	"zhuce/internal/registers"
	"zhuce/internal/rename"
	standin "zhuce/internal/standin/registers"
)

// world is a firm whose new name stands in the business register, over HTTP.
type world struct {
	*filingtest.World
	*rename.Service
	register *standin.Server
}

const newName = "华北示例设计集团有限公司"

func newWorld(t *testing.T, set ...func(*filing.Options)) *world {
	t.Helper()
	w := &world{World: filingtest.New(t, append([]func(*filing.Options){func(o *filing.Options) { o.Barred = rename.Bar }}, set...)...)}
	var err error
	w.register, err = standin.New(standin.Options{Now: w.Clock.Now})
	must(t, err)
	outside := httptest.NewServer(w.register.Handler())
	t.Cleanup(outside.Close)
	client := registers.New(registers.Options{DB: w.DB, BusinessURL: outside.URL, Timeout: time.Second, CoolDown: time.Nanosecond})
	w.Service, err = rename.New(rename.Options{DB: w.DB, Register: client, Attachments: w.Attachments, NeedsCopy: []string{"drawing_review", "testing"}})
	must(t, err)
	w.renameAtRegister(t, w.Clerk, newName)
	return w
}

func (w *world) renameAtRegister(t *testing.T, clerk auth.Actor, name string) {
	t.Helper()
	must(t, w.register.Rename(w.firm(t, clerk).CreditCode, name))
}

func (w *world) firm(t *testing.T, clerk auth.Actor) enterprise.Enterprise {
	t.Helper()
	e, err := w.Enterprises.Current(t.Context(), clerk)
	must(t, err)
	return e
}

// login is a sign-in that says another name.
func (w *world) login(t *testing.T, clerk auth.Actor, name string) {
	t.Helper()
	e := w.firm(t, clerk)
	must(t, w.DB.InTx(t.Context(), func(tx pg.Tx) error {
		_, err := w.Enterprises.SignedInTx(tx, enterprise.Claims{CreditCode: e.CreditCode, Name: name,
			LegalRepresentative: e.LoginLegalRepresentative, LegalPersonType: e.LegalPersonType})
		return err
	}))
}

// testing makes the clerk's enterprise a 检测单位, which needs a copy.
func (w *world) testing(t *testing.T) {
	t.Helper()
	b := filingtest.Basics()
	b.Industries = []string{"design", "testing"}
	_, err := w.Enterprises.Save(t.Context(), w.Clerk, w.firm(t, w.Clerk).Version, b)
	must(t, err)
}

func (w *world) upload(t *testing.T, clerk auth.Actor) *uuid.UUID {
	t.Helper()
	a, err := w.Attachments.Upload(t.Context(), clerk, "副本.pdf", bytes.NewReader([]byte("%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\nstartxref\n9\n%%EOF\n")))
	must(t, err)
	return &a.ID
}

func (w *world) submitted(t *testing.T) rename.Rename {
	t.Helper()
	r, err := w.Submit(t.Context(), w.Clerk, newName, nil)
	must(t, err)
	return r
}

// Decide is the outcome of a rename; the world of filings has one of its own.
func (w *world) Decide(ctx context.Context, who auth.Actor, id uuid.UUID, o rename.Outcome) (rename.Rename, bool, error) {
	return w.Service.Decide(ctx, who, id, o)
}

func (w *world) count(t *testing.T, sql string, args ...any) (n int) {
	t.Helper()
	must(t, w.DB.Read(t.Context()).Raw(sql, args...).Scan(&n).Error)
	return n
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t testing.TB, err error, code string) {
	t.Helper()
	if got := errs.Code(err); got != code {
		t.Fatalf("got %v, want %q", err, code)
	}
}

// wantRefusal is wantCode for who wants to see more of it.
func wantRefusal(t testing.TB, err error, code string) *errs.Error {
	t.Helper()
	wantCode(t, err, code)
	var e *errs.Error
	errors.As(err, &e)
	return e
}

func offered(t *testing.T, w *world) rename.Offer {
	t.Helper()
	o, err := w.Offer(t.Context(), w.Clerk)
	must(t, err)
	return o
}

func TestBothNamesAreLookedUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.firm(t, w.Clerk).Name
	if o := offered(t, w); o.Denied != nil || o.Enterprise.Name != old || o.NewName() != newName || o.Register.FormerName == "" && o.Register.ChangedOn != "" {
		t.Errorf("the login lags, the register counts: %+v", o)
	}
	w.login(t, w.Clerk, newName)
	if o := offered(t, w); o.Denied != nil || o.Enterprise.LoginName != newName {
		t.Errorf("they agree: %+v", o)
	}
	w.renameAtRegister(t, w.Clerk, old)
	wantCode(t, offered(t, w).Denied, "rename.login_differs_alone")
	w.login(t, w.Clerk, old)
	wantCode(t, offered(t, w).Denied, "rename.nothing_to_rename")
	stranger := w.NewClerk(t, true)
	o, err := w.Offer(t.Context(), stranger)
	must(t, err)
	wantCode(t, o.Denied, "registers.unknown_enterprise")
}

func TestARegisterThatIsDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.register.Behave(standin.Behaviour{Enterprises: standin.Down})
	wantCode(t, offered(t, w).Denied, "registers.unavailable")
	_, err := w.Submit(t.Context(), w.Clerk, newName, nil)
	wantCode(t, err, "registers.unavailable")

	w.register.Behave(standin.Behaviour{})
	offered(t, w)
	asked := w.Clock.Now()
	w.Clock.Advance(3 * time.Hour)
	w.register.Behave(standin.Behaviour{Enterprises: standin.Down})
	o := offered(t, w)
	if o.Denied != nil || !o.Register.Stale || !o.Register.AsOf.Equal(asked) || o.NewName() != newName {
		t.Errorf("the last answer counts, with its age: %+v", o.Register)
	}
	if r := w.submitted(t); !r.RegisterAsOf.Equal(asked) {
		t.Errorf("the age is not kept: %s", r.RegisterAsOf)
	}

	other := w.NewClerk(t, true)
	w.register.Behave(standin.Behaviour{})
	w.renameAtRegister(t, other, w.firm(t, other).Name)
	_, err = w.Offer(t.Context(), other)
	must(t, err)
	w.register.Behave(standin.Behaviour{Enterprises: standin.Down})
	o, err = w.Offer(t.Context(), other)
	must(t, err)
	wantCode(t, o.Denied, "rename.register_answer_too_old")
}

func TestSubmitLeavesEverythingBehind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.firm(t, w.Clerk)
	r := w.submitted(t)
	if r.Status != rename.Submitted || r.OldName != old.Name || r.NewName != newName || r.Reference == "" || r.SubmittedBy != w.Clerk.Name || r.Province != "11" {
		t.Errorf("got %+v", r)
	}
	if now := w.firm(t, w.Clerk); now.Name != old.Name || now.Version != old.Version {
		t.Error("the name changed before it was approved")
	}
	d, err := w.Get(t.Context(), w.Clerk, r.ID)
	must(t, err)
	if len(d.Timeline) != 1 || d.Timeline[0].Action != rename.Submit || d.Timeline[0].To != rename.Submitted || d.Timeline[0].From != "" {
		t.Errorf("timeline: %+v", d.Timeline)
	}
	for what, sql := range map[string]string{
		"message": `SELECT count(*) FROM messages WHERE code = 'rename.submitted' AND subject_id = ?`,
		"event":   `SELECT count(*) FROM outbox WHERE kind = 'rename.submit' AND subject_id = ?`,
		"audit":   `SELECT count(*) FROM audit_log WHERE action = 'rename.submit' AND subject_id = ?::uuid::text`,
	} {
		if n := w.count(t, sql, r.ID); n != 1 {
			t.Errorf("%d of: %s", n, what)
		}
	}
	_, err = w.Submit(t.Context(), w.Clerk, newName, nil)
	e := wantRefusal(t, err, "rename.already_open")
	if e.Details[0].Record.ID != r.ID.String() {
		t.Errorf("the one in the way is not named: %+v", e.Details)
	}
}

func TestTheNameThatWasSeenMustStillBeLookedUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.renameAtRegister(t, w.Clerk, "又改了的有限公司")
	_, err := w.Submit(t.Context(), w.Clerk, newName, nil)
	e := wantRefusal(t, err, "rename.name_changed")
	if e.Params["name"] != "又改了的有限公司" || e.Details[0].Pointer != "/new_name" {
		t.Errorf("got %+v", e)
	}
	_, err = w.Submit(t.Context(), w.Clerk, "自己写的有限公司", nil)
	wantCode(t, err, "rename.name_changed")
}

func TestOpenFilingsAreNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.Deliver(t, w.Clerk, 23)
	o := offered(t, w)
	if len(o.Filings) != 20 || o.OpenFilings != 23 {
		t.Errorf("%d named of %d", len(o.Filings), o.OpenFilings)
	}
	wantCode(t, o.Denied, "rename.filings_open")
	_, err := w.Submit(t.Context(), w.Clerk, newName, nil)
	e := wantRefusal(t, err, "rename.filings_open")
	if len(e.Details) != 20 || e.Details[0].Record.ID != ids[0].String() || e.Params["count"] != int64(23) {
		t.Errorf("%d details, %+v", len(e.Details), e.Params)
	}
	_, err = w.Filings.Return(t.Context(), w.Clerk, ids, "先更名")
	must(t, err)
	w.submitted(t)
}

func TestTheCopy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.testing(t)
	if o := offered(t, w); len(o.NeedsCopy) != 1 || o.NeedsCopy[0].Value != "testing" {
		t.Errorf("needs %+v", o.NeedsCopy)
	}
	_, err := w.Submit(t.Context(), w.Clerk, newName, nil)
	if e := wantRefusal(t, err, "rename.copy_required"); e.Details[0].Pointer != "/attachment_id" {
		t.Errorf("got %+v", e.Details)
	}
	_, err = w.Submit(t.Context(), w.Clerk, newName, w.upload(t, w.NewClerk(t, true)))
	wantCode(t, err, "rename.copy_unknown")
	r, err := w.Submit(t.Context(), w.Clerk, newName, w.upload(t, w.Clerk))
	must(t, err)
	d, err := w.Get(t.Context(), w.Clerk, r.ID)
	must(t, err)
	if !d.CopyRequired || d.CopyName != "副本.pdf" {
		t.Errorf("got %+v", d)
	}
	a, content, err := w.Copy(t.Context(), w.Province, r.ID)
	must(t, err)
	must(t, content.Close())
	if a.FileName != "副本.pdf" {
		t.Errorf("the province reads %+v", a)
	}
	elsewhere := w.Province
	elsewhere.Provinces = []string{"31"}
	_, _, err = w.Copy(t.Context(), elsewhere, r.ID)
	wantCode(t, err, "rename.not_found")
}

func TestASettingThatNamesNoIndustry(t *testing.T) {
	t.Parallel()
	if _, err := rename.New(rename.Options{NeedsCopy: []string{"baking"}}); err == nil {
		t.Error("taken")
	}
}
