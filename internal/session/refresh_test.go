package session_test

import (
	"encoding/hex"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/pg"
	"zhuce/internal/token"
)

func TestRotation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.signIn(t)
	second := w.refresh(t, first, "")
	third := w.refresh(t, second.RefreshToken, "")
	if first == second.RefreshToken || second.RefreshToken == third.RefreshToken || second.AccessToken == third.AccessToken {
		t.Error("tokens are given twice")
	}
	if !second.AccessExpires.Equal(start.Add(10*time.Minute)) || !second.RefreshExpires.Equal(start.Add(idle)) {
		t.Errorf("expire at %s and %s", second.AccessExpires, second.RefreshExpires)
	}
	w.refresh(t, "", "session.none")
	w.refresh(t, "made-up", "session.none")
	if n := w.count(t, `SELECT count(*) FROM refresh_tokens t WHERE t::text LIKE '%' || ? || '%' OR t::text LIKE '%' || ? || '%'`, first, hex.EncodeToString([]byte(first))); n != 0 {
		t.Error("a token is stored in clear")
	}
}

// TestReuseEndsTheSession: whoever holds the old token and whoever holds the new
// one, one of them stole it.
func TestReuseEndsTheSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.signIn(t)
	second := w.refresh(t, first, "")
	w.clock.Advance(11 * time.Second)
	w.refresh(t, first, "session.reused")
	w.refresh(t, second.RefreshToken, "session.revoked")
	w.refresh(t, first, "session.revoked")
	_, err := w.actor(t, second.AccessToken)
	wantCode(t, err, "auth.session_revoked")
	if n := w.count(t, `SELECT count(*) FROM audit_log WHERE action = 'session.reused'`); n != 1 {
		t.Errorf("%d audit entries", n)
	}
	// A sign-out that was under way meanwhile does not hide why the session ended.
	c, err := w.tokens.Verify(second.AccessToken)
	must(t, err)
	_, err = w.SignOut(t.Context(), auth.Actor{Party: auth.Enterprise, SessionID: uuid.MustParse(c.SessionID), UserID: uuid.MustParse(c.Subject)})
	must(t, err)
	if n := w.count(t, `SELECT count(*) FROM sessions WHERE revoked_why = 'refresh token used twice'`); n != 1 {
		t.Error("the reason was overwritten")
	}
}

func TestGrace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.signIn(t)
	a := w.refresh(t, first, "")
	w.clock.Advance(10 * time.Second)
	b := w.refresh(t, first, "") // the answer was lost, or another tab woke up too
	if a.RefreshToken == b.RefreshToken {
		t.Error("the second answer must not repeat the first one's token: the database does not know it")
	}
	w.clock.Advance(time.Minute)
	c := w.refresh(t, a.RefreshToken, "") // the browser kept one of the two
	w.clock.Advance(11 * time.Second)
	w.refresh(t, b.RefreshToken, "session.reused") // and somebody else the other
	w.refresh(t, c.RefreshToken, "session.revoked")
}

func TestGraceIsForTheImmediatePredecessorAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.signIn(t)
	second := w.refresh(t, first, "")
	w.clock.Advance(3 * time.Second)
	w.refresh(t, second.RefreshToken, "")
	w.clock.Advance(time.Second)
	w.refresh(t, first, "session.reused")
}

// TestTabsAtOnce: the clock stands still, so all are within the grace; the row
// lock makes them one after another.
func TestTabsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.signIn(t)
	var all sync.WaitGroup
	fresh := make([]string, 6)
	for i := range fresh {
		all.Go(func() {
			r, err := w.Refresh(t.Context(), first)
			if err != nil {
				t.Error(err)
			}
			fresh[i] = r.RefreshToken
		})
	}
	all.Wait()
	w.clock.Advance(time.Minute)
	w.refresh(t, fresh[3], "")
}

// TestARefreshWaitsForTheOther: what it reads must be what the other has written.
func TestARefreshWaitsForTheOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.signIn(t)
	result := make(chan error, 1)
	must(t, w.db.InTx(t.Context(), func(tx pg.Tx) error {
		must(t, tx.Exec(`SELECT id FROM sessions FOR UPDATE`).Error)
		must(t, tx.Exec(`UPDATE refresh_tokens SET used_at = ?`, tx.Now.Add(-time.Minute)).Error)
		go func() {
			_, err := w.Refresh(t.Context(), first)
			result <- err
		}()
		for waiting := 0; waiting == 0; {
			must(t, w.db.Read(t.Context()).Raw(`SELECT count(*) FROM pg_stat_activity
				WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&waiting).Error)
			select {
			case err := <-result:
				t.Fatalf("did not wait: %v", err)
			default:
			}
		}
		return nil
	}))
	if err := <-result; errs.Code(err) != "session.reused" {
		t.Errorf("got %v", err)
	}
}

func TestIdleAndAbsoluteLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.signIn(t)
	w.clock.Advance(idle - time.Second)
	r := w.refresh(t, first, "")
	w.clock.Advance(idle)
	w.refresh(t, r.RefreshToken, "session.expired")

	w = newWorld(t)
	next := w.signIn(t)
	for spent := time.Duration(0); spent < life-time.Hour; spent += time.Hour {
		w.clock.Advance(time.Hour)
		next = w.refresh(t, next, "").RefreshToken
	}
	w.clock.Advance(time.Hour - 5*time.Minute)
	r = w.refresh(t, next, "")
	if !r.RefreshExpires.Equal(start.Add(life)) {
		t.Errorf("the refresh token outlives the session: %s", r.RefreshExpires)
	}
	w.clock.Advance(5 * time.Minute)
	w.refresh(t, r.RefreshToken, "session.expired")
	_, err := w.actor(t, r.AccessToken) // the access token itself is good for five more minutes
	wantCode(t, err, "auth.session_expired")
}

func TestSigningOutActsAtTheNextRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.refresh(t, w.signIn(t), "")
	other := w.refresh(t, w.signIn(t), "") // the same person elsewhere
	who, err := w.actor(t, r.AccessToken)
	must(t, err)
	next, err := w.SignOut(t.Context(), who)
	must(t, err)
	if next != "https://login.example/end?hint=hint&to=https://zhuce.example/signed-out" {
		t.Errorf("goes on to %s", next)
	}
	_, err = w.actor(t, r.AccessToken)
	wantCode(t, err, "auth.session_revoked")
	w.refresh(t, r.RefreshToken, "session.revoked")
	if _, err := w.actor(t, other.AccessToken); err != nil {
		t.Errorf("the other session: %v", err)
	}
	if n := w.count(t, `SELECT count(*) FROM audit_log WHERE action = 'session.end' AND subject_id = ?`, who.SessionID); n != 1 {
		t.Errorf("%d audit entries", n)
	}
}

// TestATokenMustFitItsSession: claims that our key signed but that no session backs.
func TestATokenMustFitItsSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good, err := w.tokens.Verify(w.refresh(t, w.signIn(t), "").AccessToken)
	must(t, err)
	stranger := uuid.NewString()
	for name, tc := range map[string]struct {
		change func(*token.Claims)
		code   string
	}{
		"as it is":           {func(*token.Claims) {}, ""},
		"another enterprise": {func(c *token.Claims) { c.EnterpriseID = stranger }, "auth.token_invalid"},
		"another user":       {func(c *token.Claims) { c.Subject = stranger }, "auth.token_invalid"},
		"another role":       {func(c *token.Claims) { c.Role = token.RoleMachine }, "auth.token_invalid"},
		"no session":         {func(c *token.Claims) { c.SessionID = "" }, "auth.token_invalid"},
		"unknown session":    {func(c *token.Claims) { c.SessionID = stranger }, "auth.session_expired"},
	} {
		c := good
		tc.change(&c)
		if _, err := w.Actor(t.Context(), c); errs.Code(err) != tc.code {
			t.Errorf("%s: got %v, want %q", name, err, tc.code)
		}
	}
}

func TestPurge(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.signIn(t)
	w.clock.Advance(life + 7*24*time.Hour)
	must(t, w.Purge(t.Context()))
	w.refresh(t, old, "session.expired") // kept, so that it is told apart from none
	w.clock.Advance(time.Second)
	fresh := w.signIn(t)
	must(t, w.Purge(t.Context()))
	w.refresh(t, old, "session.none")
	w.refresh(t, fresh, "")
	if n := w.count(t, `SELECT count(*) FROM sessions`); n != 1 {
		t.Errorf("%d sessions", n)
	}
}

func TestALongUserAgentIsCut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signInAs(t, strings.Repeat("长", 400)+"\x00\xff")
	if n := w.count(t, `SELECT length(user_agent) FROM sessions`); n != 300 {
		t.Errorf("%d characters", n)
	}
}
