package warning_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"zhuce/internal/filing"
	"zhuce/internal/filing/filingtest"
	"zhuce/internal/warning"
	"zhuce/internal/warning/warningtest"
)

// told are the texts of the reminders in Chinese, oldest first.
func told(t *testing.T, w *filingtest.World) []string {
	t.Helper()
	var rows []string
	if err := w.DB.Read(t.Context()).Raw(`SELECT params FROM messages WHERE code = ? ORDER BY id`, warning.MsgReminder.Code).Scan(&rows).Error; err != nil {
		t.Fatal(err)
	}
	out := make([]string, len(rows))
	for i, r := range rows {
		var p map[string]struct{ ZH string }
		if err := json.Unmarshal([]byte(r), &p); err != nil {
			t.Fatal(err)
		}
		out[i] = p["how_many"].ZH + "：" + p["people"].ZH
	}
	return out
}

func remind(t *testing.T, s *warning.Service) {
	t.Helper()
	if err := s.Remind(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

func count(t *testing.T, w *filingtest.World, query string) (n int) {
	t.Helper()
	if err := w.DB.Read(t.Context()).Raw(query).Scan(&n).Error; err != nil {
		t.Fatal(err)
	}
	return n
}

// One registration through its life: each threshold once, a jump sends the most
// urgent alone, and a renewed one is reminded of again.
func TestRemindersThroughALife(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	s := service(w)
	p := warningtest.Register(t, w, w.Clerk, 181)
	name := p.Delivery.Form.Person.Name
	expect := func(when string, n int) {
		t.Helper()
		remind(t, s)
		remind(t, s) // twice does nothing more
		if got := told(t, w); len(got) != n {
			t.Fatalf("%s: %d reminders, want %d: %v", when, len(got), n, got)
		}
	}
	expect("before the horizon", 0)
	w.Clock.Advance(days(1))
	expect("180 days before", 1)
	w.Clock.Advance(days(100))
	expect("80 days before, after a jump over nothing", 2)
	w.Clock.Advance(days(81))
	expect("the day after the end, after a jump over the 30 days", 3)
	w.Clock.Advance(days(200))
	expect("long after", 3)
	if last := told(t, w)[2]; last != "1 人的注册已到期："+name+"（"+warningtest.Day(w.Clock.Now(), -201)+"）" {
		t.Errorf("told %q", last)
	}
	warningtest.Renewed(t, w, p, 90) // a threshold that was sent before, of another end
	expect("renewed, and 90 days before its next end", 4)
	if last := told(t, w)[3]; !strings.HasPrefix(last, "1 人的注册即将到期") {
		t.Errorf("told %q", last)
	}
	if n := count(t, w, `SELECT count(*) FROM outbox WHERE kind = 'registrant.expiry_reminded'`); n != 4 {
		t.Errorf("%d events", n)
	}
	var data []string
	if err := w.DB.Read(t.Context()).Raw(`SELECT data->>'threshold_days' || ' ' || (data->>'level') FROM outbox WHERE kind = 'registrant.expiry_reminded' ORDER BY id`).Scan(&data).Error; err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(data, ", "); got != "180 early, 90 near, 0 expired, 90 near" {
		t.Errorf("events %s", got)
	}
}

// Who filed in time is not reminded; when the filing comes to nothing, they are.
func TestRemindsOfWhatIsLeftToDo(t *testing.T) {
	t.Parallel()
	w, _ := everySituation(t)
	s := service(w)
	want := map[string]int{}
	for _, r := range list(t, s, w.Clerk, warning.Filter{}) {
		if r.Reminds() {
			want[r.RegistrantID.String()]++
		}
	}
	remind(t, s)
	var got []string
	if err := w.DB.Read(t.Context()).Raw(`SELECT registrant_id FROM warning_reminders`).Scan(&got).Error; err != nil {
		t.Fatal(err)
	}
	for _, id := range got {
		want[id]--
	}
	for id, n := range want {
		if n != 0 {
			t.Errorf("the rules and the reminders differ by %d on %s", n, id)
		}
	}

	w = filingtest.New(t)
	s = service(w)
	p := warningtest.Register(t, w, w.Clerk, 80)
	id := warningtest.File(t, w, p, filing.Renewal)
	warningtest.Submit(t, w, w.Clerk, id)
	leaving := warningtest.Register(t, w, w.Clerk, 20)
	warningtest.File(t, w, leaving, filing.Deregistration)
	remind(t, s)
	if got := told(t, w); len(got) != 0 {
		t.Fatalf("filed in time or leaving, and told %v", got)
	}
	decide(t, w, w.Province, filing.Refuse, id)
	remind(t, s)
	if got := told(t, w); len(got) != 1 {
		t.Errorf("refused: %v", got)
	}
}

// Each enterprise is told once, of its own people, the most urgent first, ten names
// at most; the number of statements does not grow with them.
func TestOneMessageAnEnterprise(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	s := service(w)
	idle := w.Statements(func() { remind(t, s) })
	warningtest.Register(t, w, w.Clerk, 10)
	one := w.Statements(func() { remind(t, s) })
	other := w.NewClerk(t, true)
	warningtest.Register(t, w, other, 5)
	var first string
	for i := range 13 {
		p := warningtest.Register(t, w, w.Clerk, 29-2*i)
		if i == 12 {
			first = p.Delivery.Form.Person.Name
		}
	}
	many := w.Statements(func() { remind(t, s) })
	if one != many || idle >= one {
		t.Errorf("%d statements for nothing, %d for 1, %d for 14", idle, one, many)
	}
	got := told(t, w)
	if len(got) != 3 {
		t.Fatalf("%d messages: %v", len(got), got)
	}
	for _, text := range got {
		if !strings.Contains(text, first) {
			continue
		}
		if !strings.Contains(text, "："+first+"（") || !strings.HasSuffix(text, " 等 13 人") || strings.Count(text, "、") != 9 {
			t.Errorf("told %q", text)
		}
	}
	if n := count(t, w, `SELECT count(DISTINCT enterprise_id) FROM messages`); n != 2 {
		t.Errorf("%d enterprises were told", n)
	}
}

// Two instances at once: each reminder is sent once, and none is lost.
func TestTwoInstancesRemindOnce(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	for i := range 120 { // more than one transaction's worth of enterprises
		warningtest.Register(t, w, w.NewClerk(t, true), i%30)
	}
	var done sync.WaitGroup
	failed := make(chan error, 4)
	for range 4 {
		done.Go(func() { failed <- service(w).Remind(t.Context()) })
	}
	done.Wait()
	close(failed)
	for err := range failed {
		if err != nil {
			t.Error(err)
		}
	}
	if n := count(t, w, `SELECT count(*) FROM messages`); n != 120 {
		t.Errorf("%d messages for 120 enterprises", n)
	}
	if n := count(t, w, `SELECT count(*) FROM outbox WHERE kind = 'registrant.expiry_reminded'`); n != 120 {
		t.Errorf("%d events for 120 registrations", n)
	}
}

// The same, made certain: the other instance has written the reminder and not yet
// committed. This one waits for it, and then has nothing to tell.
func TestAReminderInTheOtherInstancesHands(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	p := warningtest.Register(t, w, w.Clerk, 10)
	tx := w.DB.Read(t.Context()).Begin()
	if err := tx.Exec(fmt.Sprintf(`INSERT INTO warning_reminders SELECT id, valid_until, 30, enterprise_id, now() FROM registrants WHERE id = '%s'`, p.ID)).Error; err != nil {
		t.Fatal(err)
	}
	failed := make(chan error)
	go func() { failed <- service(w).Remind(t.Context()) }()
	for deadline := time.Now().Add(10 * time.Second); count(t, w, `SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'
		AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())`) == 0; {
		if time.Now().After(deadline) {
			t.Fatal("the second instance does not wait")
		}
	}
	if err := tx.Commit().Error; err != nil {
		t.Fatal(err)
	}
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
	if got := told(t, w); len(got) != 0 {
		t.Errorf("told by both: %v", got)
	}
}
