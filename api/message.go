package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/label"
	"zhuce/internal/message"
)

// Message is what the enterprise was told, in the language of the reader. A notice
// is in the words of its sender.
type Message struct {
	ID    string `json:"id" format:"uuid" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	Kind  string `json:"kind" example:"filing"`
	Title string `json:"title" example:"个人申请撤回"`
	Body  string `json:"body" example:"李明申请撤回一级注册结构工程师初始注册申报，请同意或不同意。"`
	// SubjectType and SubjectID name the record that it speaks of; null for none.
	SubjectType *string `json:"subject_type" extensions:"x-nullable" example:"filing"`
	SubjectID   *string `json:"subject_id" format:"uuid" extensions:"x-nullable" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	// Link is an address on the web that a notice leads to; null for none.
	Link *string `json:"link" extensions:"x-nullable" example:"https://www.mohurd.gov.cn/"`
	// Sender is the authority that a notice comes from; null for the system's own messages.
	Sender   *string   `json:"sender" extensions:"x-nullable" example:"住房和城乡建设部"`
	PostedAt time.Time `json:"posted_at" example:"2026-11-23T02:00:00Z"`
	Read     bool      `json:"read" example:"false"`
}

// MessagePage is one page of messages, newest first.
type MessagePage struct {
	Items      []Message `json:"items"`
	NextCursor *string   `json:"next_cursor" extensions:"x-nullable" example:"eyJzIjoiLXBvc3RlZF9hdCJ9"`
	Total      int64     `json:"total" example:"42"`
}

// MessageCount is the number of unread messages of one kind.
type MessageCount struct {
	Kind  string `json:"kind" example:"filing"`
	Count int64  `json:"count" example:"3"`
}

// UnreadMessages is what the caller has not read; colleagues have their own count.
type UnreadMessages struct {
	Total  int64          `json:"total" example:"3"`
	Counts []MessageCount `json:"counts"`
	// Position is how far the messages go; POST /messages/read takes it back, so that what came later stays unread.
	Position string `json:"position" example:"118.113.7"`
}

// ReadMessages says what was read: the ids, or everything.
type ReadMessages struct {
	IDs []string `json:"ids" validate:"omitempty,max=200,unique,dive,uuid" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	All bool     `json:"all" validate:"omitempty" example:"false"`
	// Kind narrows `all`.
	Kind string `json:"kind" validate:"omitempty,messagekind" example:"filing"`
	// Position bounds `all`: what came after it stays unread.
	Position string `json:"position" validate:"max=80" example:"118.113.7"`
}

// messageQuery is the query of the list.
type messageQuery struct {
	Kind   string `json:"kind" validate:"omitempty,messagekind"`
	Unread string `json:"unread" validate:"omitempty,oneof=true false"`
	Cursor string `json:"cursor" validate:"max=500"`
}

// Refusals of reading.
var (
	errReadWhat = errs.Define(errs.Invalid, "message.read_what", "请给出 ids，或者 all（可带 kind、position），二者取一", "Give ids, or all (with kind and position at will): one of the two")
	errPosition = errs.Define(errs.Invalid, "message.position", "不是有效的 position", "Not a position of ours")
)

// listMessages lists what the enterprise was told.
//
// @ID          listMessages
// @Summary     List messages (我的消息)
// @Description Newest first; whether a message is read is the caller's own matter. Messages are kept for two years.
// @Tags        messages
// @Produce     json
// @Param       kind   query string false "类别" Enums(filing, qualification, registration, warning, appeal, rename, notice, system)
// @Param       unread query bool   false "只看未读"
// @Param       limit  query int    false "每页行数" minimum(1) maximum(200) default(20)
// @Param       cursor query string false "翻页标记" maxlength(500)
// @Success     200 {object} MessagePage
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     422 {object} Problem
// @Security    Session
// @Security    OAuth2[enterprise:messages]
// @Router      /messages [get]
func (a *API) listMessages(c echo.Context) error {
	limit, err := queryInt(c, "limit", pageDefault, 1, pageMax)
	if err != nil {
		return err
	}
	q := messageQuery{c.QueryParam("kind"), c.QueryParam("unread"), c.QueryParam("cursor")}
	if err := a.checkQuery(q); err != nil {
		return err
	}
	p, err := a.app.Messages.List(c.Request().Context(), actor(c), message.Filter{Kind: message.Kind(q.Kind), Unread: q.Unread == "true"}, q.Cursor, limit)
	if err != nil {
		return err
	}
	lang := language(c.Request())
	out := MessagePage{Items: make([]Message, len(p.Items)), NextCursor: orNull(p.NextCursor), Total: p.Total}
	for i, m := range p.Items {
		out.Items[i] = messageFrom(m, lang)
	}
	return c.JSON(http.StatusOK, out)
}

// countMessages counts what the caller has not read.
//
// @ID          countUnreadMessages
// @Summary     Count unread messages (未读数)
// @Description Every kind is present. For a page that stays open, GET /messages/stream sends the same whenever it changes.
// @Tags        messages
// @Produce     json
// @Success     200 {object} UnreadMessages
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Security    Session
// @Router      /messages/unread [get]
func (a *API) countMessages(c echo.Context) error {
	return a.sendUnread(c, actor(c))
}

// readMessages marks messages as read.
//
// @ID          readMessages
// @Summary     Mark messages as read (标为已读、全部已读)
// @Description Give `ids`, or `all` with `kind` and `position` at will. It marks for the caller alone. An id that is not the caller's to read is refused, and then none is marked. Marking again changes nothing, so sending twice is safe without a key.
// @Tags        messages
// @Accept      json
// @Produce     json
// @Param       body body ReadMessages true "what was read"
// @Success     200 {object} UnreadMessages
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Security    Session
// @Router      /messages/read [post]
func (a *API) readMessages(c echo.Context) error {
	var req ReadMessages
	if err := a.bind(c, &req); err != nil {
		return err
	}
	if req.All == (len(req.IDs) > 0) || !req.All && (req.Kind != "" || req.Position != "") {
		return errInvalid.New().With(errReadWhat.At("/ids"))
	}
	who, ctx := actor(c), c.Request().Context()
	if !req.All {
		if err := a.app.Messages.Read(ctx, who, uuids(req.IDs)); err != nil {
			return err
		}
		return a.sendUnread(c, who)
	}
	var upTo *message.Position
	if req.Position != "" {
		p, ok := message.ParsePosition(req.Position)
		if !ok {
			return errInvalid.New().With(errPosition.At("/position"))
		}
		upTo = &p
	}
	if err := a.app.Messages.ReadAll(ctx, who, message.Kind(req.Kind), upTo); err != nil {
		return err
	}
	return a.sendUnread(c, who)
}

func (a *API) sendUnread(c echo.Context, who auth.Actor) error {
	u, err := a.app.Messages.Unread(c.Request().Context(), who)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, unreadFrom(u))
}

func unreadFrom(u message.Unread) UnreadMessages {
	out := UnreadMessages{Total: u.Total, Counts: make([]MessageCount, len(message.Kinds)), Position: u.Position.String()}
	for i, k := range message.Kinds {
		out.Counts[i] = MessageCount{k.Value, u.ByKind[message.Kind(k.Value)]}
	}
	return out
}

func messageFrom(m message.Message, lang string) Message {
	return Message{ID: m.ID.String(), Kind: string(m.Kind), Title: m.Title.In(lang, m.Params), Body: m.Body.In(lang, m.Params),
		SubjectType: orNull(m.SubjectType), SubjectID: idOrNull(m.SubjectID), Link: orNull(m.Link), Sender: orNull(m.Sender),
		PostedAt: m.PostedAt.UTC(), Read: m.Read}
}

func knownMessageKind(s string) bool { return label.Known(message.Kinds, s) }
