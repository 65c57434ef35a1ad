package message_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/idno"
	"zhuce/internal/message"
)

// send posts a notice with what is not said filled in.
func (w *world) send(who auth.Actor, n message.Notice) message.Sent {
	w.t.Helper()
	sent, fresh, err := w.s.Send(w.t.Context(), who, whole(n))
	if err != nil || !fresh {
		w.t.Fatalf("fresh %v, %v", fresh, err)
	}
	return sent
}

func whole(n message.Notice) message.Notice {
	if n.Title == "" {
		n.Title, n.Body = "关于年度注册工作的通知", "请各单位按时申报。"
	}
	if n.Kind == "" {
		n.Kind = message.KindNotice
	}
	return n
}

func (w *world) code(who auth.Actor) string {
	w.t.Helper()
	var code string
	w.do(w.db.Read(w.t.Context()).Raw(`SELECT credit_code FROM enterprises WHERE id = ?`, who.EnterpriseID).Scan(&code).Error)
	return code
}

func TestNoticesReachTheirAudience(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	beijing, shanghai, alone := w.firm("110000"), w.firm("310000"), w.firm("440000")
	ministry, both := w.authority(), w.authority("11", "31")

	if sent := w.send(ministry, message.Notice{Ref: "all", To: message.Addressed{All: true}, Link: "https://www.mohurd.gov.cn/"}); sent.Recipients != 3 {
		t.Errorf("%+v", sent)
	}
	if sent := w.send(both, message.Notice{Ref: "two", To: message.Addressed{Provinces: []string{"11", "31"}}}); sent.Recipients != 2 {
		t.Errorf("%+v", sent)
	}
	stranger := idno.MakeCreditCode("310000", 999)
	if sent := w.send(both, message.Notice{Ref: "named", Kind: message.KindSystem, To: message.Addressed{CreditCodes: []string{w.code(shanghai), stranger}}}); sent.Recipients != 1 ||
		!slices.Equal(sent.Unknown, []string{stranger}) {
		t.Errorf("%+v", sent)
	}
	w.wantUnread("Beijing", beijing, 2)
	w.wantUnread("Shanghai", shanghai, 3)
	w.wantUnread("Guangdong", alone, 1)
	m := w.list(alone, message.Filter{}).Items[0]
	if m.Title.In("en", nil) != "关于年度注册工作的通知" || m.Sender != "住房和城乡建设部" || m.Link != "https://www.mohurd.gov.cn/" {
		t.Errorf("%+v", m)
	}
	// One row for all, one a province, one an enterprise that is named.
	var rows int
	w.do(w.db.Read(t.Context()).Raw(`SELECT count(*) FROM messages`).Scan(&rows).Error)
	if rows != 4 {
		t.Errorf("%d rows", rows)
	}
	// Read marks of one enterprise's person are nobody else's.
	w.do(w.s.ReadAll(t.Context(), beijing, "", nil))
	w.wantUnread("Beijing, read", beijing, 0)
	w.wantUnread("Shanghai", shanghai, 3)
}

func TestNoticesAreAppliedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	who, ministry := w.firm("110000"), w.authority()
	n := whole(message.Notice{Ref: "n1", To: message.Addressed{CreditCodes: []string{w.code(who), idno.MakeCreditCode("310000", 999)}}})
	first := w.send(ministry, n)
	again, fresh, err := w.s.Send(t.Context(), ministry, n)
	if err != nil || fresh || fmt.Sprint(again) != fmt.Sprint(first) {
		t.Errorf("%v %v\n%+v\n%+v", err, fresh, again, first)
	}
	n.Title = "另一个标题"
	if _, _, err := w.s.Send(t.Context(), ministry, n); !message.ErrRefReused.Is(err) {
		t.Errorf("got %v", err)
	}
	w.send(w.authority("11"), whole(message.Notice{Ref: "n1", To: message.Addressed{Provinces: []string{"11"}}})) // another sender's own ref
	w.wantUnread("two notices", who, 2)

	var together sync.WaitGroup
	var mu sync.Mutex
	freshly := 0
	for range 4 {
		together.Go(func() {
			_, fresh, err := w.s.Send(t.Context(), ministry, whole(message.Notice{Ref: "n2", To: message.Addressed{All: true}}))
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			if fresh {
				freshly++
			}
		})
	}
	together.Wait()
	if freshly != 1 {
		t.Errorf("applied %d times", freshly)
	}
	w.wantUnread("three notices", who, 3)
}

func TestNoticesAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	who, outside := w.firm("110000"), w.firm("310000")
	ministry, beijing, nowhere := w.authority(), w.authority("11"), w.authority("11")
	nowhere.Provinces = nil
	person := auth.Actor{Party: auth.Person, ClientID: ministry.ClientID}
	for name, c := range map[string]struct {
		who     auth.Actor
		n       message.Notice
		code    string
		details []string
	}{
		"a person's system":          {person, message.Notice{To: message.Addressed{All: true}}, "notice.wrong_party", nil},
		"for nobody":                 {ministry, message.Notice{}, "notice.one_audience", []string{"/to"}},
		"for two audiences":          {ministry, message.Notice{To: message.Addressed{All: true, Provinces: []string{"11"}}}, "notice.one_audience", []string{"/to"}},
		"a province to all":          {beijing, message.Notice{To: message.Addressed{All: true}}, "notice.beyond_province", []string{"/to/all"}},
		"another province":           {beijing, message.Notice{To: message.Addressed{Provinces: []string{"11", "31"}}}, "notice.beyond_province", []string{"/to/provinces/1"}},
		"another's enterprise":       {beijing, message.Notice{To: message.Addressed{CreditCodes: []string{w.code(who), w.code(outside)}}}, "notice.beyond_province", []string{"/to/unified_social_credit_codes/1"}},
		"another's unknown":          {beijing, message.Notice{To: message.Addressed{CreditCodes: []string{idno.MakeCreditCode("310000", 77)}}}, "notice.beyond_province", []string{"/to/unified_social_credit_codes/0"}},
		"a province without any":     {nowhere, message.Notice{To: message.Addressed{Provinces: []string{"11"}}}, "notice.beyond_province", []string{"/to/provinces/0"}},
		"nobody there":               {ministry, message.Notice{To: message.Addressed{Provinces: []string{"54"}}}, "notice.reaches_nobody", []string{"/to"}},
		"nobody known":               {ministry, message.Notice{To: message.Addressed{CreditCodes: []string{idno.MakeCreditCode("310000", 77)}}}, "notice.reaches_nobody", []string{"/to"}},
		"a personal number in title": {ministry, message.Notice{Title: "联系 13812345678", Body: "x", To: message.Addressed{All: true}}, "notice.invalid", []string{"/title"}},
		"a personal number in body":  {ministry, message.Notice{Title: "x", Body: "身份证 11010519491231002X。", To: message.Addressed{All: true}}, "notice.invalid", []string{"/body"}},
	} {
		c.n.Ref = name
		_, _, err := w.s.Send(t.Context(), c.who, whole(c.n))
		var at []string
		if e, ok := err.(*errs.Error); ok { //nolint:errorlint // made by the code under test, not wrapped
			for _, d := range e.Details {
				at = append(at, d.Pointer)
			}
		}
		if errs.Code(err) != c.code || !slices.Equal(at, c.details) {
			t.Errorf("%s: %v at %v", name, err, at)
		}
	}
	w.wantUnread("nothing came", who, 0)
}
