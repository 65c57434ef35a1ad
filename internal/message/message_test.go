package message_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/idno"
	"zhuce/internal/message"
	"zhuce/internal/pg"
	"zhuce/internal/pg/pgtest"
	"zhuce/internal/standin/clock"
)

var (
	moved    = message.Define(message.KindFiling, "test.moved", "申报已{how}", "Filing {how}", "{name}的申报已{how}，共 {n} 件", "{n}: the filing of {name} is {how}")
	expiring = message.Define(message.KindWarning, "test.expiring", "即将到期", "Expiring", "", "")
)

// world is a database with enterprises and clerks.
type world struct {
	t      testing.TB
	db     *pg.DB
	clock  *clock.Clock
	count  pgtest.Counter
	s      *message.Service
	serial int
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, clock: clock.Frozen(time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC))}
	w.db = pgtest.New(t, func(c *pg.Config) { c.Now, c.Tracer = w.clock.Now, &w.count })
	w.s = message.New(w.db, 2*365*24*time.Hour)
	return w
}

// firm is a clerk of a new enterprise in the region (GB/T 2260); saved has said its province.
func (w *world) firm(region string) auth.Actor {
	w.t.Helper()
	w.serial++
	id := uuid.Must(uuid.NewV7())
	w.tx(func(tx pg.Tx) error {
		return tx.Exec(`INSERT INTO enterprises (id, credit_code, name, legal_representative, legal_person_type, login_name, login_legal_representative, created_at, updated_at)
			VALUES (?, ?, '某公司', '赵一', 'enterprise', '某公司', '赵一', ?, ?)`, id, idno.MakeCreditCode(region, w.serial), tx.Now, tx.Now).Error
	})
	return w.colleague(auth.Actor{EnterpriseID: id})
}

// colleague is another clerk of the same enterprise.
func (w *world) colleague(of auth.Actor) auth.Actor {
	w.t.Helper()
	w.serial++
	who := auth.Actor{Party: auth.Enterprise, EnterpriseID: of.EnterpriseID, UserID: uuid.Must(uuid.NewV7()), Name: "李芳"}
	w.tx(func(tx pg.Tx) error {
		return tx.Exec(`INSERT INTO users (id, enterprise_id, subject, account, name, created_at, last_seen_at) VALUES (?, ?, ?, 'a', '李芳', ?, ?)`,
			who.UserID, who.EnterpriseID, fmt.Sprint(w.serial), tx.Now, tx.Now).Error
	})
	return who
}

// authority is a client of a province's system, or of the ministry's for none.
func (w *world) authority(provinces ...string) auth.Actor {
	w.t.Helper()
	w.serial++
	who := auth.Actor{Party: auth.Ministry, ClientID: uuid.Must(uuid.NewV7()), Name: "住房和城乡建设部", Provinces: provinces}
	if len(provinces) > 0 {
		who.Party, who.Name = auth.Province, "省级主管部门"
	}
	w.tx(func(tx pg.Tx) error {
		return tx.Exec(`INSERT INTO machine_clients (name, id, party, scopes, created_at) VALUES (?, ?, ?, '{}', ?)`,
			fmt.Sprint(who.Name, w.serial), who.ClientID, who.Party, tx.Now).Error
	})
	return who
}

func (w *world) tx(fn func(tx pg.Tx) error) {
	w.t.Helper()
	if err := w.db.InTx(w.t.Context(), fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) post(posts ...message.Post) {
	w.t.Helper()
	w.tx(func(tx pg.Tx) error { return message.PostTx(tx, posts) })
}

// about is a message to the clerk's enterprise on a filing.
func about(who auth.Actor, name string) message.Post {
	return message.Post{EnterpriseID: who.EnterpriseID, Def: moved, SubjectType: "filing", SubjectID: uuid.Must(uuid.NewV7()),
		Params: map[string]any{"name": name, "n": 2, "how": errs.Text{ZH: "受理", EN: "accepted"}}}
}

func (w *world) list(who auth.Actor, f message.Filter) message.Page {
	w.t.Helper()
	p, err := w.s.List(w.t.Context(), who, f, "", 100)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *world) unread(who auth.Actor) message.Unread {
	w.t.Helper()
	u, err := w.s.Unread(w.t.Context(), who)
	if err != nil {
		w.t.Fatal(err)
	}
	return u
}

func (w *world) wantUnread(what string, who auth.Actor, n int64) {
	w.t.Helper()
	if u, listed := w.unread(who), w.list(who, message.Filter{Unread: true}); u.Total != n || listed.Total != n || int64(len(listed.Items)) != min(n, 100) {
		w.t.Errorf("%s: %d unread, %d listed as unread, wanted %d", what, u.Total, listed.Total, n)
	}
}

func (w *world) do(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestWordsAreTheReaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	who := w.firm("110000")
	w.post(about(who, "李明"))
	m := w.list(who, message.Filter{}).Items[0]
	if zh := m.Body.In("zh-CN", m.Params); zh != "李明的申报已受理，共 2 件" {
		t.Error(zh)
	}
	if en := m.Title.In("en", m.Params); en != "Filing accepted" {
		t.Error(en)
	}
	if m.SubjectType != "filing" || m.SubjectID == nil || m.Read || m.Kind != message.KindFiling {
		t.Errorf("%+v", m)
	}
}

// A message whose definition a later release dropped can still be listed.
func TestDroppedDefinition(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	who := w.firm("110000")
	w.post(message.Post{EnterpriseID: who.EnterpriseID, Def: &message.Def{Kind: message.KindRename, Code: "test.dropped"}})
	if m := w.list(who, message.Filter{}).Items[0]; m.Title.ZH != "企业更名" {
		t.Errorf("%+v", m)
	}
}

func TestEachReaderHasTheirOwnMarks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	one := w.firm("110000")
	two, stranger := w.colleague(one), w.firm("110000")
	for i := range 5 {
		w.clock.Advance(time.Minute)
		w.post(about(one, fmt.Sprint("李", i)), message.Post{EnterpriseID: one.EnterpriseID, Def: expiring})
	}
	w.wantUnread("everything", one, 10)
	w.wantUnread("of a stranger", stranger, 0)

	first := w.list(one, message.Filter{}).Items[0]
	w.do(w.s.Read(ctx, one, []uuid.UUID{first.ID}))
	w.do(w.s.Read(ctx, one, []uuid.UUID{first.ID})) // twice is once
	w.wantUnread("one read", one, 9)
	w.wantUnread("a colleague", two, 10)

	w.do(w.s.ReadAll(ctx, one, message.KindWarning, nil))
	if u := w.unread(one); u.ByKind[message.KindWarning] != 0 || u.ByKind[message.KindFiling] != u.Total || u.Total < 4 {
		t.Errorf("one kind read: %+v", u)
	}
	w.do(w.s.ReadAll(ctx, one, "", nil))
	w.wantUnread("all read", one, 0)
	w.wantUnread("a colleague", two, 10)
	w.post(about(one, "王"))
	w.wantUnread("a new one", one, 1)
	if p := w.list(one, message.Filter{}); p.Total != 11 || p.Items[0].Read || !p.Items[1].Read {
		t.Errorf("the list: %+v", p)
	}
	w.do(w.s.Read(ctx, one, []uuid.UUID{first.ID})) // below the mark: nothing to keep
	var kept int
	w.do(w.db.Read(ctx).Raw(`SELECT count(*) FROM message_reads`).Scan(&kept).Error)
	if kept != 0 {
		t.Errorf("%d single marks are kept below the mark of all", kept)
	}
}

// Only what the page knew of is marked: a message that came meanwhile stays unread.
func TestReadAllUpToAPosition(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	who, ministry, beijing := w.firm("110000"), w.authority(), w.authority("11")
	w.post(about(who, "李"))
	w.send(beijing, message.Notice{Ref: "1", To: message.Addressed{Provinces: []string{"11"}}})
	seen := w.unread(who).Position
	w.post(about(who, "王"))
	w.send(beijing, message.Notice{Ref: "2", To: message.Addressed{Provinces: []string{"11"}}})
	w.send(ministry, message.Notice{Ref: "3", To: message.Addressed{All: true}})
	parsed, ok := message.ParsePosition(seen.String())
	if !ok || parsed != seen {
		t.Fatalf("%q is read as %+v", seen.String(), parsed)
	}
	w.do(w.s.ReadAll(t.Context(), who, "", &parsed))
	w.wantUnread("what came after", who, 3)
	w.do(w.s.ReadAll(t.Context(), who, "", &message.Position{})) // goes never back
	w.wantUnread("an older position", who, 3)
}

func TestAnothersMessageDoesNotExist(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	who, stranger := w.firm("110000"), w.firm("310000")
	w.post(about(who, "李"), about(stranger, "王"))
	mine, theirs := w.list(who, message.Filter{}).Items[0].ID, w.list(stranger, message.Filter{}).Items[0].ID
	err := w.s.Read(t.Context(), who, []uuid.UUID{mine, theirs})
	if !message.ErrNotFound.Is(err) {
		t.Fatalf("got %v", err)
	}
	w.wantUnread("none is marked", who, 1)
	w.wantUnread("nor the other's", stranger, 1)
}

func TestToldOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	who, other := w.firm("110000"), w.firm("110000")
	reminder := func(who auth.Actor) message.Post {
		return message.Post{EnterpriseID: who.EnterpriseID, Def: expiring, Once: "expiring:1:30"}
	}
	w.post(reminder(who), reminder(who), reminder(other))
	w.post(reminder(who), about(who, "李"))
	w.wantUnread("a reminder and another", who, 2)
	w.wantUnread("the same key of another enterprise", other, 1)
}

// Whoever posts first has the lower number, whenever their transaction began: who
// knows a number has missed nothing below it.
func TestNumbersFollowTheCommits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	who := w.firm("110000")
	posted, release := make(chan struct{}), make(chan struct{})
	var slow sync.WaitGroup
	slow.Go(func() {
		w.do(w.db.InTx(t.Context(), func(tx pg.Tx) error {
			err := message.PostTx(tx, []message.Post{about(who, "first")})
			close(posted)
			<-release
			return err
		}))
	})
	<-posted
	var fast sync.WaitGroup
	fast.Go(func() { w.post(about(who, "second")) })
	w.waitsForALock()
	if news, _, err := w.s.After(t.Context(), who, message.Position{}); err != nil || len(news) != 0 {
		t.Errorf("something can be read before the first has committed: %v %+v", err, news)
	}
	close(release)
	slow.Wait()
	fast.Wait()
	news, all, err := w.s.After(t.Context(), who, message.Position{})
	if err != nil || !all || len(news) != 2 || news[0].Params["name"] != "first" {
		t.Errorf("%v %v %+v", err, all, news)
	}
}

// waitsForALock returns once somebody waits for a lock in this database.
func (w *world) waitsForALock() {
	w.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		var n int
		w.do(w.db.Read(context.WithoutCancel(w.t.Context())).Raw(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&n).Error)
		if n > 0 {
			return
		}
	}
	w.t.Fatal("nobody waits")
}

func TestAfterGoesOnWithoutGapOrDouble(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	who, ministry := w.firm("110000"), w.authority()
	var posts []message.Post
	for i := range 450 {
		posts = append(posts, about(who, fmt.Sprint(i)))
	}
	w.post(posts...)
	w.send(ministry, message.Notice{Ref: "1", To: message.Addressed{All: true}})
	at, seen := message.Position{}, map[uuid.UUID]bool{}
	for steps := 1; ; steps++ {
		news, all, err := w.s.After(t.Context(), who, at)
		w.do(err)
		for _, m := range news {
			if seen[m.ID] {
				t.Fatalf("%s comes twice", m.ID)
			}
			seen[m.ID] = true
			at = m.Past(at)
		}
		if all {
			break
		}
		if steps > 5 {
			t.Fatal("it does not end")
		}
	}
	if len(seen) != 451 {
		t.Errorf("%d of 451 came", len(seen))
	}
	if end := w.unread(who).Position; at.Within(end) != end {
		t.Errorf("at %s, the end is %s", at, end)
	}
}

// The number of statements does not grow with the messages.
func TestStatements(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	who := w.firm("110000")
	measure := func() map[string]int {
		ids := []uuid.UUID{}
		for _, m := range w.list(who, message.Filter{Unread: true}).Items {
			ids = append(ids, m.ID)
		}
		return map[string]int{
			"list":     w.count.During(func() { w.list(who, message.Filter{}) }),
			"unread":   w.count.During(func() { w.unread(who) }),
			"after":    w.count.During(func() { _, _, _ = w.s.After(ctx, who, message.Position{}) }),
			"read":     w.count.During(func() { w.do(w.s.Read(ctx, who, ids)) }),
			"read all": w.count.During(func() { w.do(w.s.ReadAll(ctx, who, "", nil)) }),
			"post":     w.count.During(func() { w.post(about(who, "一")) }),
		}
	}
	w.post(about(who, "一"))
	few := measure()
	var posts []message.Post
	for i := range 200 {
		posts = append(posts, about(who, fmt.Sprint(i)))
	}
	if n := w.count.During(func() { w.post(posts...) }); n != few["post"] {
		t.Errorf("posting 200 takes %d statements, one takes %d", n, few["post"])
	}
	if many := measure(); fmt.Sprint(many) != fmt.Sprint(few) {
		t.Errorf("with few: %v, with 200: %v", few, many)
	}
	if few["list"] != 1 || few["unread"] != 1 || few["after"] != 1 {
		t.Errorf("%v", few)
	}
}

func TestPurge(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	who, ministry := w.firm("110000"), w.authority()
	var old []message.Post
	for i := range 2300 {
		old = append(old, about(who, fmt.Sprint(i)))
	}
	w.post(old...)
	w.send(ministry, message.Notice{Ref: "old", To: message.Addressed{All: true}})
	w.do(w.s.Read(t.Context(), who, []uuid.UUID{w.list(who, message.Filter{}).Items[0].ID}))
	w.clock.Advance(2 * 365 * 24 * time.Hour)
	w.do(w.s.Purge(t.Context()))
	if n := w.list(who, message.Filter{}).Total; n != 2301 {
		t.Errorf("%d left although none is too old", n)
	}
	w.clock.Advance(time.Second)
	w.post(about(who, "new"))
	w.send(ministry, message.Notice{Ref: "new", To: message.Addressed{All: true}})
	w.do(w.s.Purge(t.Context()))
	w.do(w.s.Purge(t.Context()))
	w.wantUnread("after the purge", who, 2)
	var notices int
	w.do(w.db.Read(t.Context()).Raw(`SELECT count(*) FROM notices`).Scan(&notices).Error)
	if notices != 1 {
		t.Errorf("%d notices are left", notices)
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	who, beijing := w.firm("110000"), w.authority("11")
	for i := range 30 {
		w.clock.Advance(time.Second)
		w.post(about(who, fmt.Sprint(i)))
		if i%3 == 0 {
			w.send(beijing, message.Notice{Ref: fmt.Sprint(i), To: message.Addressed{Provinces: []string{"11", "11"}[:1]}})
		}
	}
	var got []message.Message
	for after := ""; ; {
		p, err := w.s.List(t.Context(), who, message.Filter{}, after, 7)
		w.do(err)
		if p.Total != 40 {
			t.Fatalf("total %d", p.Total)
		}
		got = append(got, p.Items...)
		if after = p.NextCursor; after == "" {
			break
		}
	}
	seen := map[uuid.UUID]bool{}
	for i, m := range got {
		if seen[m.ID] || i > 0 && m.PostedAt.After(got[i-1].PostedAt) {
			t.Errorf("row %d is out of order or came before", i)
		}
		seen[m.ID] = true
	}
	if len(got) != 40 {
		t.Errorf("%d rows", len(got))
	}
	if p, err := w.s.List(t.Context(), who, message.Filter{Kind: message.KindNotice}, "", 7); err != nil || p.Total != 10 || len(p.Items) != 7 {
		t.Errorf("notices: %v %d", err, p.Total)
	}
	if p, err := w.s.List(t.Context(), who, message.Filter{Kind: message.KindAppeal}, "", 7); err != nil || p.Total != 0 || len(p.Items) != 0 {
		t.Errorf("none: %v %+v", err, p)
	}
}
