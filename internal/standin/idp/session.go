package idp

import (
	"crypto/rand"
	"net/http"
	"time"

	"github.com/zitadel/oidc/v3/pkg/op"
)

// The cookies. Over https each name carries the __Host- prefix.
const (
	cookieBrowser  = "standin_browser"  // marks the browser; ties requests and captchas to it
	cookieSession  = "standin_session"  // who is signed in here, for the next relying party
	cookieLanguage = "standin_language" // what the language switch was set to
)

// session is a login in one browser, good for every relying party until sessionLife is over.
type session struct {
	id      string
	subject string
	at      time.Time
}

// setCookie sets a cookie that scripts cannot read and other sites cannot post with. It lasts until the
// browser is closed.
func (p *Provider) setCookie(w http.ResponseWriter, name, value string) {
	p.writeCookie(w, &http.Cookie{Name: name, Value: value})
}

func (p *Provider) writeCookie(w http.ResponseWriter, c *http.Cookie) {
	if p.secure {
		c.Name, c.Secure = "__Host-"+c.Name, true
	}
	c.Path, c.HttpOnly, c.SameSite = "/", true, http.SameSiteLaxMode
	http.SetCookie(w, c)
}

func (p *Provider) cookie(r *http.Request, name string) string {
	if p.secure {
		name = "__Host-" + name
	}
	if c, err := r.Cookie(name); err == nil {
		return c.Value
	}
	return ""
}

// browser is the mark of the browser, "" when it has none yet.
func (p *Provider) browser(r *http.Request) string { return p.cookie(r, cookieBrowser) }

// browserOrNew is the browser's mark; one without gets it now.
func (p *Provider) browserOrNew(w http.ResponseWriter, r *http.Request) string {
	browser := p.browser(r)
	if browser == "" {
		browser = rand.Text()
		p.setCookie(w, cookieBrowser, browser)
	}
	return browser
}

// signIn opens a session. Its id is new, so a cookie planted beforehand is worth nothing.
func (p *Provider) signIn(w http.ResponseWriter, r *http.Request, a *account) *session {
	s := &session{id: rand.Text(), subject: a.Subject, at: p.now()}
	p.mu.Lock()
	p.sessions.remove(p.cookie(r, cookieSession))
	p.sessions.put(s.at, s.id, s)
	p.mu.Unlock()
	p.setCookie(w, cookieSession, s.id)
	return s
}

// signedIn is the browser's session, if it may serve this request: not when the relying party wants the
// person to sign in anew, a fresher login, or somebody else.
func (p *Provider) signedIn(r *http.Request, a *authRequest) (*session, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	s, ok := p.sessions.get(now, p.cookie(r, cookieSession))
	switch {
	case !ok || p.bySubject(s.subject) == nil:
		return nil, false
	case a.asks("login"), a.asks("select_account"):
		return nil, false
	case a.MaxAge != nil && now.Sub(s.at) > time.Duration(*a.MaxAge)*time.Second:
		return nil, false
	case a.hinted != "" && a.hinted != s.subject:
		return nil, false
	}
	return s, true
}

// endSession signs the browser out here (RP-initiated logout) and goes back to a registered address of the
// relying party, or shows that it is done. A hint signed before the last restart cannot be checked any
// more; then client_id has to say who asks.
func (p *Provider) endSession(w http.ResponseWriter, r *http.Request) {
	p.signOut(w, r)
	in, err := op.ParseEndSessionRequest(r, p.op.Decoder())
	if err != nil {
		p.pages.signedOut(w, r, http.StatusBadRequest)
		return
	}
	end, err := op.ValidateEndSessionRequest(r.Context(), in, p.op)
	if err != nil && in.IdTokenHint != "" {
		in.IdTokenHint = ""
		end, err = op.ValidateEndSessionRequest(r.Context(), in, p.op)
	}
	switch {
	case err != nil:
		p.pages.signedOut(w, r, http.StatusBadRequest)
	case in.PostLogoutRedirectURI != "" && end.ClientID != "":
		http.Redirect(w, r, end.RedirectURI, http.StatusFound)
	default:
		p.pages.signedOut(w, r, http.StatusOK)
	}
}

// signOut forgets the browser's session and everything that was bought with it.
func (p *Provider) signOut(w http.ResponseWriter, r *http.Request) {
	id := p.cookie(r, cookieSession)
	p.writeCookie(w, &http.Cookie{Name: cookieSession, MaxAge: -1})
	if id == "" {
		return
	}
	p.mu.Lock()
	p.sessions.remove(id)
	p.tokens.removeIf(func(t *accessToken) bool { return t.session == id })
	p.mu.Unlock()
	p.note(r.Context(), "signed out", "")
}
