package session_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"zhuce/internal/auth"
	"zhuce/internal/config"
	"zhuce/internal/enterprise"
	"zhuce/internal/errs"
	"zhuce/internal/identity"
	"zhuce/internal/idno"
	"zhuce/internal/pg"
	"zhuce/internal/pg/pgtest"
	"zhuce/internal/pii"
	"zhuce/internal/session"
	"zhuce/internal/standin/clock"
	"zhuce/internal/token"
)

var start = time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)

const (
	life = 12 * time.Hour
	idle = 2 * time.Hour
)

// login is a national login without a network: whatever code comes back, it
// vouches for person. The real protocol is tested in package identity.
type login struct {
	person identity.Person
	down   bool
	asked  map[string]string // what the last AuthorizeURL was given
}

func (l *login) AuthorizeURL(_ context.Context, state, nonce, verifier, locale string) (string, error) {
	if l.down {
		return "", identity.ErrUnavailable.New()
	}
	l.asked = map[string]string{"state": state, "nonce": nonce, "verifier": verifier, "locale": locale}
	return "https://login.example/authorize", nil
}

func (l *login) Exchange(_ context.Context, code, verifier, nonce string) (identity.Person, string, error) {
	if code != "code" || verifier != l.asked["verifier"] || nonce != l.asked["nonce"] {
		return identity.Person{}, "", identity.ErrTokenRejected.New()
	}
	return l.person, "hint", nil
}

func (l *login) EndSessionURL(_ context.Context, hint, returnTo string) string {
	return "https://login.example/end?hint=" + hint + "&to=" + returnTo
}

type world struct {
	*session.Service
	db     *pg.DB
	clock  *clock.Clock
	login  *login
	tokens *token.Issuer
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{clock: clock.Frozen(start), login: &login{person: identity.Person{Subject: "sub1", Account: "huadong", Operator: "周经办",
		Name: "华东示例设计有限公司", CreditCode: idno.MakeCreditCode("310000", 1), LegalRepresentative: "陈示例", LegalPersonType: "enterprise", TrustLevel: 4}}}
	w.db = pgtest.New(t, func(c *pg.Config) { c.Now = w.clock.Now })
	vault, err := pii.New(bytes.Repeat([]byte{7}, 32))
	must(t, err)
	w.tokens, err = token.New(t.Context(), token.Options{DB: w.db, Vault: vault, Issuer: "https://zhuce.example", Life: 10 * time.Minute, Now: w.clock.Now})
	must(t, err)
	w.Service = session.New(session.Options{DB: w.db, Tokens: w.tokens, Enterprises: enterprise.New(w.db), Vault: vault, Now: w.clock.Now, Provider: w.login,
		Config: config.Config{PublicURL: "https://zhuce.example", SessionLife: life, SessionIdle: idle}})
	return w
}

// signIn gives the first refresh token of a new session.
func (w *world) signIn(t *testing.T) string { return w.signInAs(t, "test") }

func (w *world) signInAs(t *testing.T, userAgent string) string {
	t.Helper()
	a, err := w.StartLogin(t.Context(), auth.Engineers, "/filings", "zh-CN")
	must(t, err)
	in, err := w.FinishLogin(t.Context(), a.Sealed, session.Callback{State: a.State, Code: "code", UserAgent: userAgent, IP: "192.0.2.1"})
	must(t, err)
	return in.RefreshToken
}

// refresh expects the code, or a new pair when it is "".
func (w *world) refresh(t *testing.T, refreshToken, code string) session.Refreshed {
	t.Helper()
	r, err := w.Refresh(t.Context(), refreshToken)
	if errs.Code(err) != code || (err == nil) != (code == "") {
		t.Fatalf("refresh: got %v, want %q", err, code)
	}
	return r
}

// actor is who the access token stands for.
func (w *world) actor(t *testing.T, access string) (auth.Actor, error) {
	t.Helper()
	c, err := w.tokens.Verify(access)
	must(t, err)
	return w.Actor(t.Context(), c)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	if errs.Code(err) != code || (err == nil) != (code == "") {
		t.Errorf("got %v, want %q", err, code)
	}
}

func (w *world) count(t *testing.T, query string, args ...any) (n int) {
	t.Helper()
	must(t, w.db.Read(t.Context()).Raw(query, args...).Scan(&n).Error)
	return n
}

func TestSigningIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.refresh(t, w.signIn(t), "")
	who, err := w.actor(t, r.AccessToken)
	must(t, err)
	if who.Party != auth.Enterprise || who.Name != "周经办" || who.Matter != auth.Engineers || who.EnterpriseID == uuid.Nil ||
		who.UserID == uuid.Nil || who.SessionID == uuid.Nil || who.ClientID != uuid.Nil {
		t.Errorf("actor %+v", who)
	}
	v, err := w.View(t.Context(), who)
	must(t, err)
	if v.Account != "huadong" || v.Enterprise.Name != "华东示例设计有限公司" || v.Enterprise.Saved() ||
		!v.SignedInAt.Equal(start) || !v.ExpiresAt.Equal(start.Add(life)) || len(v.Permissions) == 0 {
		t.Errorf("view %+v", v)
	}
	if n := w.count(t, `SELECT count(*) FROM audit_log WHERE action = 'session.start' AND ip = '192.0.2.1' AND enterprise_id = ?`, who.EnterpriseID); n != 1 {
		t.Errorf("%d audit entries", n)
	}

	// The same person again: another session of the same user; the name may have changed.
	w.login.person.Operator, w.login.person.Account = "", "huadong2"
	again, err := w.actor(t, w.refresh(t, w.signIn(t), "").AccessToken)
	must(t, err)
	if again.UserID != who.UserID || again.SessionID == who.SessionID || again.Name != "陈示例" {
		t.Errorf("again %+v", again)
	}
	// The same subject at another enterprise is another user, and sees nothing of the first.
	w.login.person.CreditCode = idno.MakeCreditCode("110000", 2)
	other, err := w.actor(t, w.refresh(t, w.signIn(t), "").AccessToken)
	must(t, err)
	if other.EnterpriseID == who.EnterpriseID || other.UserID == who.UserID {
		t.Errorf("other %+v", other)
	}
}

func TestWhatStartLoginRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for returnTo, code := range map[string]string{
		"": "", "/": "", "/filings?status=returned#x": "", "/申报": "", "/" + strings.Repeat("a", 299): "",
		"filings": "session.return_to", "//evil.example": "session.return_to", `/\evil.example`: "session.return_to",
		"/\t/evil.example": "session.return_to", "/\n/evil.example": "session.return_to", "/\x00": "session.return_to", "/a b": "session.return_to",
		"https://evil.example": "session.return_to", "javascript:alert(1)": "session.return_to", "/" + strings.Repeat("a", 300): "session.return_to",
		"/\xff": "session.return_to",
	} {
		_, err := w.StartLogin(t.Context(), auth.Architects, returnTo, "en")
		if errs.Code(err) != code {
			t.Errorf("%q: got %v, want %q", returnTo, err, code)
		}
	}
	for _, m := range []auth.Matter{"", "doctors"} {
		_, err := w.StartLogin(t.Context(), m, "/", "en")
		wantCode(t, err, "session.matter_unknown")
	}
	w.login.down = true
	_, err := w.StartLogin(t.Context(), auth.Architects, "/", "en")
	wantCode(t, err, "identity.provider_unavailable")
}

func TestWhatFinishLoginRefuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(w *world, sealed *string, cb *session.Callback)
		code   string
	}{
		"nothing wrong":  {func(*world, *string, *session.Callback) {}, ""},
		"no cookie":      {func(_ *world, s *string, _ *session.Callback) { *s = "" }, "identity.state_mismatch"},
		"forged cookie":  {func(_ *world, s *string, _ *session.Callback) { *s = "AAAA" + (*s)[4:] }, "identity.state_mismatch"},
		"other state":    {func(_ *world, _ *string, cb *session.Callback) { cb.State = "other" }, "identity.state_mismatch"},
		"no state":       {func(_ *world, _ *string, cb *session.Callback) { cb.State = "" }, "identity.state_mismatch"},
		"took 10 min":    {func(w *world, _ *string, _ *session.Callback) { w.clock.Advance(10 * time.Minute) }, ""},
		"took longer":    {func(w *world, _ *string, _ *session.Callback) { w.clock.Advance(10*time.Minute + time.Second) }, "session.expired"},
		"cancelled":      {func(_ *world, _ *string, cb *session.Callback) { cb.Error = "access_denied" }, "identity.login_cancelled"},
		"login is down":  {func(_ *world, _ *string, cb *session.Callback) { cb.Error = "temporarily_unavailable" }, "identity.provider_unavailable"},
		"other error":    {func(_ *world, _ *string, cb *session.Callback) { cb.Error = "invalid_scope" }, "identity.token_rejected"},
		"no code":        {func(_ *world, _ *string, cb *session.Callback) { cb.Code = "" }, "identity.token_rejected"},
		"error and code": {func(_ *world, _ *string, cb *session.Callback) { cb.Error = "access_denied" }, "identity.login_cancelled"},
		"code refused":   {func(_ *world, _ *string, cb *session.Callback) { cb.Code = "other" }, "identity.token_rejected"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			a, err := w.StartLogin(t.Context(), auth.Architects, "/x", "en")
			must(t, err)
			cb := session.Callback{State: a.State, Code: "code"}
			tc.change(w, &a.Sealed, &cb)
			in, err := w.FinishLogin(t.Context(), a.Sealed, cb)
			wantCode(t, err, tc.code)
			opened := w.count(t, `SELECT count(*) FROM sessions`) + w.count(t, `SELECT count(*) FROM enterprises`)
			if tc.code == "" && (in.ReturnTo != "/x" || in.RefreshToken == "" || opened != 2) || tc.code != "" && opened != 0 {
				t.Errorf("%+v, %d rows", in, opened)
			}
		})
	}
}

// TestAttemptsDoNotMix: two tabs that sign in at once, and a sealed value that
// was made for something else.
func TestAttemptsDoNotMix(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, err := w.StartLogin(t.Context(), auth.Architects, "/one", "en")
	must(t, err)
	two, err := w.StartLogin(t.Context(), auth.Engineers, "/two", "en")
	must(t, err)
	_, err = w.FinishLogin(t.Context(), one.Sealed, session.Callback{State: two.State, Code: "code"})
	wantCode(t, err, "identity.state_mismatch")
	in, err := w.FinishLogin(t.Context(), two.Sealed, session.Callback{State: two.State, Code: "code"})
	must(t, err)
	if in.ReturnTo != "/two" {
		t.Errorf("returns to %s", in.ReturnTo)
	}
	if at, ok := w.AttemptStarted(one.Sealed); !ok || !at.Equal(start) {
		t.Errorf("started %s, %v", at, ok)
	}
	if _, ok := w.AttemptStarted("junk"); ok {
		t.Error("junk is no attempt")
	}
}

func TestTheMatterCanBeChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.refresh(t, w.signIn(t), "")
	who, err := w.actor(t, r.AccessToken)
	must(t, err)
	v, err := w.ChangeMatter(t.Context(), who, auth.Architects)
	must(t, err)
	now, err := w.actor(t, r.AccessToken)
	must(t, err)
	if v.Matter != auth.Architects || now.Matter != auth.Architects {
		t.Errorf("matter %s, then %s", v.Matter, now.Matter)
	}
	_, err = w.ChangeMatter(t.Context(), who, "doctors")
	wantCode(t, err, "session.matter_unknown")
}
