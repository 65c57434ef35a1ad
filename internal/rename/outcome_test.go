package rename_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/filing"
	"zhuce/internal/idempotency"
	"zhuce/internal/rename"
)

var (
	approval = rename.Outcome{Ref: "o-1", Do: rename.Approve}
	refusal  = rename.Outcome{Ref: "o-2", Do: rename.Refuse, Reason: "资质证书尚未更名"}
)

func TestApprovalChangesTheNameAndKeepsTheOld(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	signed := w.Deliver(t, w.Clerk, 1)
	commitment := w.Read(t, w.Clerk, signed)
	_, err := w.Filings.Submit(t.Context(), w.Clerk, commitment, signed)
	must(t, err)
	w.close(t, signed)
	before := w.firm(t, w.Clerk)
	r := w.submitted(t)
	w.Clock.Advance(48 * time.Hour)
	decided, fresh, err := w.Decide(t.Context(), w.Province, r.ID, approval)
	must(t, err)
	if !fresh || decided.Status != rename.Approved || decided.DecidedAt == nil || decided.DecidedBy != w.Province.Name {
		t.Errorf("got %+v", decided)
	}
	now := w.firm(t, w.Clerk)
	if now.Name != newName || now.CreditCode != before.CreditCode || now.UniqueCode() != before.UniqueCode() ||
		now.LegalRepresentative != before.LegalRepresentative || now.Version != before.Version+1 {
		t.Errorf("the name alone changes: %+v", now)
	}
	former, err := w.Former(t.Context(), w.Clerk)
	must(t, err)
	if len(former) != 1 || former[0].Name != before.Name || !former[0].ValidUntil.Equal(w.Clock.Now()) || former[0].RenameID != r.ID {
		t.Errorf("former names: %+v", former)
	}
	d, err := w.Get(t.Context(), w.Clerk, r.ID)
	must(t, err)
	if len(d.Timeline) != 2 || d.Timeline[1].Action != rename.Approve || d.Timeline[1].Party != "province" {
		t.Errorf("timeline: %+v", d.Timeline)
	}
	if n := w.count(t, `SELECT count(*) FROM messages WHERE code = 'rename.approved'`); n != 1 {
		t.Errorf("%d messages", n)
	}
	receipt, err := w.Filings.Receipt(t.Context(), w.Clerk, commitment)
	must(t, err)
	if receipt.EnterpriseName != before.Name {
		t.Errorf("a receipt that was signed as %s shows %s", before.Name, receipt.EnterpriseName)
	}
	ids := w.Submitted(t, w.Clerk, 1) // filing goes on, under the new name
	w.close(t, ids)

	w.renameAtRegister(t, w.Clerk, "第三个名称有限公司")
	second, err := w.Submit(t.Context(), w.Clerk, "第三个名称有限公司", nil)
	must(t, err)
	w.Clock.Advance(time.Hour)
	_, _, err = w.Decide(t.Context(), w.Ministry, second.ID, rename.Outcome{Ref: "o-9", Do: rename.Approve})
	must(t, err)
	former, err = w.Former(t.Context(), w.Clerk)
	must(t, err)
	if len(former) != 2 || former[0].Name != newName || !former[0].ValidFrom.Equal(former[1].ValidUntil) {
		t.Errorf("the names do not follow each other: %+v", former)
	}
}

// close has the province refuse the filings.
func (w *world) close(t *testing.T, ids []uuid.UUID) {
	t.Helper()
	w.World.Decide(t, w.Province, filing.Refuse, "材料不全", ids...)
}

func TestARefusalChangesNothingAndAnotherRenameCanBeMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.firm(t, w.Clerk)
	r := w.submitted(t)
	_, _, err := w.Decide(t.Context(), w.Province, r.ID, rename.Outcome{Ref: "o-2", Do: rename.Refuse, Reason: "  "})
	wantCode(t, err, "rename.reason_required")
	decided, _, err := w.Decide(t.Context(), w.Province, r.ID, refusal)
	must(t, err)
	if decided.Status != rename.Refused || decided.Reason != refusal.Reason || w.firm(t, w.Clerk).Name != before.Name {
		t.Errorf("got %+v", decided)
	}
	if former, _ := w.Former(t.Context(), w.Clerk); len(former) != 0 {
		t.Errorf("former names: %+v", former)
	}
	w.submitted(t)
}

// TestAnOutcomeIsAppliedOnce: the same ref again, another ref after it, in both orders.
func TestAnOutcomeIsAppliedOnce(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		first, second rename.Outcome
		status        rename.Status
	}{
		"approved, then refused": {approval, refusal, rename.Approved},
		"refused, then approved": {refusal, approval, rename.Refused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			r := w.submitted(t)
			_, fresh, err := w.Decide(t.Context(), w.Province, r.ID, tc.first)
			must(t, err)
			again, repeated, err := w.Decide(t.Context(), w.Province, r.ID, tc.first)
			must(t, err)
			if !fresh || repeated || again.Status != tc.status {
				t.Errorf("first %v, again %v, %s", fresh, repeated, again.Status)
			}
			_, _, err = w.Decide(t.Context(), w.Ministry, r.ID, tc.second)
			if e := wantRefusal(t, err, "rename.already_decided"); e.Details[0].Record.Status != string(tc.status) {
				t.Errorf("what became of it: %+v", e.Details)
			}
			other := tc.second
			other.Ref = tc.first.Ref
			_, _, err = w.Decide(t.Context(), w.Province, r.ID, other)
			wantCode(t, err, "rename.outcome_ref_reused")
			if n := w.count(t, `SELECT count(*) FROM rename_history`); n != 2 {
				t.Errorf("%d timeline entries", n)
			}
			if n := w.count(t, `SELECT count(*) FROM enterprise_names`); n != map[rename.Status]int{rename.Approved: 1}[tc.status] {
				t.Errorf("%d former names", n)
			}
		})
	}
}

func TestTwoAuthoritiesAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submitted(t)
	var all sync.WaitGroup
	codes := make([]string, 8)
	for i := range codes {
		all.Go(func() {
			who, o := w.Province, approval
			if i%2 == 1 {
				who, o = w.Ministry, refusal
			}
			o.Ref += string(rune('a' + i))
			_, _, err := w.Decide(t.Context(), who, r.ID, o)
			codes[i] = errs.Code(err)
			if err != nil && codes[i] == "" {
				t.Error(err)
			}
		})
	}
	all.Wait()
	won := 0
	for _, code := range codes {
		if code == "" {
			won++
		} else if code != "rename.already_decided" {
			t.Errorf("lost with %s", code)
		}
	}
	if n := w.count(t, `SELECT count(*) FROM rename_history`); won != 1 || n != 2 {
		t.Errorf("%d won, %d timeline entries", won, n)
	}
}

func TestWhoMayDecide(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submitted(t)
	elsewhere := w.Province
	elsewhere.Provinces = []string{"31"}
	for name, tc := range map[string]struct {
		who  auth.Actor
		code string
	}{
		"another province": {elsewhere, "rename.not_found"},
		"the person":       {w.Person, "rename.not_found"},
		"the enterprise":   {w.Clerk, "rename.wrong_party"},
		"another firm":     {w.NewClerk(t, true), "rename.not_found"},
	} {
		_, _, err := w.Decide(t.Context(), tc.who, r.ID, approval)
		if errs.Code(err) != tc.code {
			t.Errorf("%s: %v", name, err)
		}
		if p, err := w.List(t.Context(), tc.who, nil, "", "", 20); err != nil || (len(p.Items) > 0) != (name == "the enterprise") {
			t.Errorf("%s sees %d, %v", name, len(p.Items), err)
		}
	}
}

func TestASubmissionThatIsSentTwiceActsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := idempotency.With(t.Context(), idempotency.Request{Caller: w.Clerk.Caller(), Key: "k", Route: "POST /renames"})
	first, err := w.Submit(ctx, w.Clerk, newName, nil)
	must(t, err)
	_, _, err = w.Decide(t.Context(), w.Province, first.ID, approval)
	must(t, err)
	again, err := w.Submit(ctx, w.Clerk, newName, nil) // by now there is nothing to rename
	must(t, err)
	if again.ID != first.ID || again.Reference != first.Reference {
		t.Errorf("%s, then %s", first.Reference, again.Reference)
	}
	if n := w.count(t, `SELECT count(*) FROM renames`); n != 1 {
		t.Errorf("%d renames", n)
	}
}

func TestListPagesAndStatements(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var made []uuid.UUID
	refused := func(n int) {
		for range n {
			r := w.submitted(t)
			made = append([]uuid.UUID{r.ID}, made...)
			_, _, err := w.Decide(t.Context(), w.Province, r.ID, rename.Outcome{Ref: r.Reference, Do: rename.Refuse, Reason: "再报"})
			must(t, err)
			w.Clock.Advance(time.Minute)
		}
	}
	refused(5)
	var seen []uuid.UUID
	for cursor, more := "", true; more; more = cursor != "" {
		p, err := w.List(t.Context(), w.Clerk, nil, "", cursor, 2)
		must(t, err)
		if p.Total != 5 {
			t.Errorf("total %d", p.Total)
		}
		for _, r := range p.Items {
			seen = append(seen, r.ID)
		}
		cursor = p.NextCursor
	}
	for i := range made {
		if len(seen) != 5 || seen[i] != made[i] {
			t.Fatalf("got %v, want %v", seen, made)
		}
	}
	if p, err := w.List(t.Context(), w.Ministry, []rename.Status{rename.Submitted}, "", "", 20); err != nil || p.Total != 0 {
		t.Errorf("submitted ones: %+v %v", p, err)
	}
	refused(195)
	for _, who := range []auth.Actor{w.Clerk, w.Ministry} {
		statements := func(limit int) int {
			return w.Statements(func() {
				p, err := w.List(t.Context(), who, nil, "", "", limit)
				must(t, err)
				if len(p.Items) != limit {
					t.Errorf("%s: %d rows of %d", who.Party, len(p.Items), limit)
				}
			})
		}
		if a, b := statements(1), statements(200); a != b {
			t.Errorf("%s: a page of 1 took %d statements, one of 200 took %d", who.Party, a, b)
		}
	}
	_, err := w.List(t.Context(), w.Clerk, nil, "submitted_at", "nonsense", 2)
	wantCode(t, err, "request.cursor")
}

func TestTheLoginsRepresentativeIsNotTakenOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submitted(t)
	w.login(t, w.Clerk, newName)
	_, _, err := w.Decide(t.Context(), w.Province, r.ID, approval)
	must(t, err)
	if d := w.firm(t, w.Clerk).Drift(); len(d) != 0 {
		t.Errorf("the login agrees now: %+v", d)
	}
}
