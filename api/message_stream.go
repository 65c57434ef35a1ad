package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/message"
	"zhuce/internal/session"
)

const (
	// streamsPerUser bounds what one person's pages hold open at one instance; a browser needs one.
	streamsPerUser = 8
	// opensPerSecond bounds how often one person's pages may open streams; ten in a burst.
	opensPerSecond = 1
	// readersAtOnce bounds how many streams look into the database at the same
	// moment: a notice to all wakes every one of them.
	readersAtOnce = 4
	// streamWrite is how long a page may take to receive an event.
	streamWrite = 10 * time.Second
)

var errStreams = errs.Define(errs.Busy, "message.too_many_streams", "已打开的页面过多，新消息请刷新查看", "Too many pages are open; reload to see new messages")

// streams are those that this instance holds open.
type streams struct {
	opened  *limits
	paths   map[string]bool // routes that stream
	reading chan struct{}
	open    *places // by person
}

func newStreams(now func() time.Time) *streams {
	return &streams{opened: newLimits(opensPerSecond, now), paths: map[string]bool{}, reading: make(chan struct{}, readersAtOnce), open: newPlaces(streamsPerUser)}
}

// stream is one open page.
type stream struct {
	a      *API
	w      *echo.Response
	rc     *http.ResponseController
	who    auth.Actor
	lang   string
	at     message.Position
	unread UnreadMessages // as the page knows it
}

// streamMessages pushes what is new to an open page.
//
// @ID          streamMessages
// @Summary     New messages as they come (消息推送)
// @Description Server-sent events. `message` holds a Message, `unread` an UnreadMessages: first at once, then whenever either changes. Every event has an id; sent back as Last-Event-ID after a break, it brings what was missed, once. A comment comes every 20 s. The stream ends with the access token, with the session, and when the server leaves: open it again then. At most 8 at once.
// @Tags        messages
// @Produce     text/event-stream
// @Param       Last-Event-ID header string false "收到的最后一个事件编号" maxlength(80)
// @Success     200 {string} string "events"
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     429 {object} Problem
// @Security    Session
// @Router      /messages/stream [get]
func (a *API) streamMessages(c echo.Context) error {
	who, r := actor(c), c.Request()
	leave, ok := a.streams.open.enter(who.UserID)
	if !ok {
		c.Response().Header().Set("Retry-After", "60")
		return errStreams.New()
	}
	defer leave()
	keys, err := a.app.Messages.Keys(r.Context(), who)
	if err != nil {
		return err
	}
	news, ended := a.app.Bell.Wait(keys...), a.app.Bell.Wait(session.Key(who.SessionID))
	defer news.Close()
	defer ended.Close()
	first, err := a.app.Messages.Unread(r.Context(), who)
	if err != nil {
		return err
	}
	s := &stream{a: a, w: c.Response(), rc: http.NewResponseController(c.Response()), who: who, lang: language(r), at: first.Position}
	if last, ok := message.ParsePosition(r.Header.Get("Last-Event-ID")); ok {
		s.at = last.Within(first.Position)
	}
	h := s.w.Header()
	h.Set(echo.HeaderContentType, "text/event-stream; charset=utf-8")
	h.Set("X-Accel-Buffering", "no") // a proxy must not hold events back
	_ = s.rc.SetReadDeadline(time.Time{})
	s.w.WriteHeader(http.StatusOK)
	s.follow(r.Context(), news.C, ended.C, a.stillGood(r))
	return nil
}

// stillGood asks whether the token and its session are.
func (a *API) stillGood(r *http.Request) func() bool {
	bearer := r.Header.Get(echo.HeaderAuthorization)[len("Bearer "):]
	return func() bool {
		_, err := a.app.Authenticate(r.Context(), bearer)
		return err == nil
	}
}

// follow sends events until somebody leaves. Errors are breaks: the page comes
// back with its last id and misses nothing.
func (s *stream) follow(ctx context.Context, news, ended <-chan struct{}, stillGood func() bool) {
	beat := time.NewTicker(s.a.cfg.StreamHeartbeat)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.a.app.Bell.Closed():
			return
		case <-ended:
			if !stillGood() {
				return
			}
		case <-beat.C:
			if !stillGood() || !s.send(": \n\n") {
				return
			}
		case <-news:
			if !s.tell(ctx) {
				return
			}
		}
	}
}

// tell sends what is new since the last time; false when it could not.
func (s *stream) tell(ctx context.Context) bool {
	for all := false; !all; {
		var news []message.Message
		var err error
		if !s.look(ctx, func() { news, all, err = s.a.app.Messages.After(ctx, s.who, s.at) }) || err != nil {
			return false
		}
		for _, m := range news {
			s.at = m.Past(s.at)
			if !s.event("message", messageFrom(m, s.lang)) {
				return false
			}
		}
	}
	var u message.Unread
	var err error
	if !s.look(ctx, func() { u, err = s.a.app.Messages.Unread(ctx, s.who) }) || err != nil {
		return false
	}
	s.at = s.at.Within(u.Position)
	now := unreadFrom(u)
	now.Position = s.at.String()
	if same(now, s.unread) {
		return true
	}
	s.unread = now
	return s.event("unread", now)
}

// look waits for its turn at the database; false when the page has gone meanwhile.
func (s *stream) look(ctx context.Context, read func()) bool {
	select {
	case s.a.streams.reading <- struct{}{}:
	case <-ctx.Done():
		return false
	}
	defer func() { <-s.a.streams.reading }()
	read()
	return true
}

func same(a, b UnreadMessages) bool {
	if a.Total != b.Total || a.Position != b.Position || len(a.Counts) != len(b.Counts) {
		return false
	}
	for i := range a.Counts {
		if a.Counts[i] != b.Counts[i] {
			return false
		}
	}
	return true
}

func (s *stream) event(name string, body any) bool {
	data, err := json.Marshal(body) // one line: JSON has no bare line breaks
	return err == nil && s.send("id: "+s.at.String()+"\nevent: "+name+"\ndata: "+string(data)+"\n\n")
}

// send writes and flushes. The server's own deadlines are for answers that end.
func (s *stream) send(text string) bool {
	if err := s.rc.SetWriteDeadline(time.Now().Add(streamWrite)); err != nil {
		return false
	}
	if _, err := s.w.Write([]byte(text)); err != nil {
		return false
	}
	return s.rc.Flush() == nil
}
