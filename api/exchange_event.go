package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/outbox"
)

const (
	eventsDefault, eventsMax = 100, 1000
	// waitMax is less than any request may take.
	waitMax = 25
	// waitsPerClient bounds how many of one client's requests wait at one instance.
	waitsPerClient = 4
	// eventReaders bounds how many waiting requests look into the database at the
	// same moment: every event wakes every one of them.
	eventReaders = 4
)

var errWaits = errs.Define(errs.Busy, "exchange.too_many_waits", "等待新事件的请求过多，每个客户端同时最多 {limit} 个", "Too many requests wait for events; a client may have {limit} at once")

// Event is one fact about one record: ids and states, never personal data. What it is about is read at the record.
type Event struct {
	ID string `json:"id" format:"uuid" example:"019363d0-9f6b-7c3a-9a55-0e3f0d6c2e11"`
	// Position is the event's place in the one order of all events. Positions that are missing belong to events that are not yours to see.
	Position int64        `json:"position" example:"4711"`
	Kind     string       `json:"kind" example:"filing.submit"`
	Subject  EventSubject `json:"subject"`
	// EnterpriseID and UnifiedSocialCreditCode are of the enterprise concerned; null where there is none.
	EnterpriseID            *string   `json:"enterprise_id" format:"uuid" extensions:"x-nullable" example:"019363d0-1a2b-7c3a-9a55-0e3f0d6c2b22"`
	UnifiedSocialCreditCode *string   `json:"unified_social_credit_code" extensions:"x-nullable" example:"91110000000000107R"`
	OccurredAt              time.Time `json:"occurred_at" example:"2026-11-23T03:00:00Z"`
	// Data says what happened; its fields by kind stand in docs/events.md. Fields may be added.
	Data json.RawMessage `json:"data" swaggertype:"object"`
}

// EventSubject is the record that an event is about.
type EventSubject struct {
	Type string `json:"type" example:"filing"`
	ID   string `json:"id" format:"uuid" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
}

// EventPage is a piece of the feed, oldest first.
type EventPage struct {
	Items []Event `json:"items"`
	// NextCursor goes on from here, as `after`. It is there on every page, also on an empty one.
	NextCursor string `json:"next_cursor" example:"4711"`
	// HasMore says that there is more behind the page already: ask again at once.
	HasMore bool `json:"has_more" example:"false"`
	// Latest is the cursor of the newest event there is; begin with it to be told only what comes next.
	Latest string `json:"latest" example:"4711"`
}

// EventKind is a kind of event that may come.
type EventKind struct {
	Kind string `json:"kind" example:"filing.submit"`
	ZH   string `json:"zh" example:"企业已上报"`
	EN   string `json:"en" example:"Submitted by the enterprise"`
	// To says who learns of it beside the machine client whose record it is about: integrators that the enterprise chose, its province, the ministry.
	To []string `json:"to" enums:"enterprise,province,ministry" example:"enterprise,province,ministry"`
}

// EventKinds are all of them.
type EventKinds struct {
	Items []EventKind `json:"items"`
}

// eventQuery is what the feed is asked for.
type eventQuery struct {
	After string   `json:"after" validate:"omitempty,max=19,number"`
	Kinds []string `json:"kind" validate:"omitempty,unique,dive,eventkind"`
	Firm  string   `json:"unified_social_credit_code" validate:"max=18"`
}

// readEvents gives what happened after a cursor.
//
// @ID          readEvents
// @Summary     Read the feed of events (事件流)
// @Description Every committed event that the caller may see, once and in one order: pass `next_cursor` back as `after`. Without `after` it begins with the oldest that is kept (90 days unless the operator says otherwise).
// @Description With `wait`, an empty page is held back until something comes or the seconds are over; at most 4 requests of a client wait at once. A page may be empty and have more behind it: what lay in between was not for the caller.
// @Tags        exchange
// @Produce     json
// @Param       after query string   false "上一页的 next_cursor" maxlength(19)
// @Param       kind  query []string false "事件种类，可重复" collectionFormat(multi)
// @Param       unified_social_credit_code query string false "只看该企业" maxlength(18)
// @Param       limit query int      false "每页条数" minimum(1) maximum(1000) default(100)
// @Param       wait  query int      false "没有新事件时最多等待多少秒" minimum(0) maximum(25) default(0)
// @Success     200 {object} EventPage
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     410 {object} Problem "events after the cursor are no longer kept"
// @Failure     422 {object} Problem
// @Failure     429 {object} Problem
// @Security    OAuth2[events:read]
// @Router      /exchange/events [get]
func (a *API) readEvents(c echo.Context) error {
	q := eventQuery{c.QueryParam("after"), c.QueryParams()["kind"], c.QueryParam("unified_social_credit_code")}
	if err := a.checkQuery(q); err != nil {
		return err
	}
	limit, err := queryInt(c, "limit", eventsDefault, 1, eventsMax)
	if err != nil {
		return err
	}
	seconds, err := queryInt(c, "wait", 0, 0, waitMax)
	if err != nil {
		return err
	}
	after := int64(outbox.Beginning)
	if q.After != "" {
		if after, err = strconv.ParseInt(q.After, 10, 64); err != nil {
			return errInvalid.New().With(errNumber.At("query:after"))
		}
	}
	r := eventReader{a: a, who: actor(c), after: after, filter: outbox.Filter{Kinds: q.Kinds, CreditCode: q.Firm}, limit: limit}
	var p outbox.Page
	if seconds == 0 {
		p, err = r.read(c.Request().Context())
	} else {
		p, err = r.wait(c, time.Duration(seconds)*time.Second)
	}
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, eventPage(p))
}

// eventReader is one request for events.
type eventReader struct {
	a      *API
	who    auth.Actor
	after  int64
	filter outbox.Filter
	limit  int
}

func (r *eventReader) read(ctx context.Context) (outbox.Page, error) {
	p, err := r.a.app.Events.Read(ctx, r.who, r.after, r.filter, r.limit)
	if err == nil {
		r.after = p.Next
	}
	return p, err
}

// wait reads until there is something to tell, or the time is over.
func (r *eventReader) wait(c echo.Context, most time.Duration) (outbox.Page, error) {
	leave, ok := r.a.waiting.enter(r.who.ClientID)
	if !ok {
		return outbox.Page{}, errWaits.New("limit", waitsPerClient)
	}
	defer leave()
	news := r.a.app.Bell.Wait(outbox.Key)
	defer news.Close()
	ctx := c.Request().Context()
	over := time.NewTimer(most)
	defer over.Stop()
	began := time.Now()
	defer func() { c.Set(waitedKey, time.Since(began)) }()
	for {
		p, err := r.look(ctx)
		if err != nil || len(p.Items) > 0 || p.More() {
			return p, err
		}
		select {
		case <-news.C:
		case <-over.C:
			return p, nil
		case <-r.a.app.Bell.Closed():
			return p, nil
		case <-ctx.Done():
			return p, ctx.Err()
		}
	}
}

// look is read in turn with others.
func (r *eventReader) look(ctx context.Context) (outbox.Page, error) {
	select {
	case r.a.eventReaders <- struct{}{}:
	case <-ctx.Done():
		return outbox.Page{}, ctx.Err()
	}
	defer func() { <-r.a.eventReaders }()
	return r.read(ctx)
}

// listEventKinds lists every kind of event.
//
// @ID          listEventKinds
// @Summary     Kinds of events (事件种类)
// @Description What may come in the feed and to webhooks, and who learns of it. Kinds may be added: pass over what you do not know.
// @Tags        exchange
// @Produce     json
// @Success     200 {object} EventKinds
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Security    OAuth2[events:read]
// @Router      /exchange/events/kinds [get]
func (a *API) listEventKinds(c echo.Context) error {
	all := outbox.All()
	out := EventKinds{Items: make([]EventKind, len(all))}
	for i, d := range all {
		out.Items[i] = EventKind{Kind: d.Kind, ZH: d.Text.ZH, EN: d.Text.EN, To: make([]string, len(d.To))}
		for j, p := range d.To {
			out.Items[i].To[j] = string(p)
		}
	}
	return c.JSON(http.StatusOK, out)
}

func eventPage(p outbox.Page) EventPage {
	out := EventPage{Items: make([]Event, len(p.Items)), NextCursor: strconv.FormatInt(p.Next, 10), HasMore: p.More(), Latest: strconv.FormatInt(p.Latest, 10)}
	for i, e := range p.Items {
		out.Items[i] = Event{ID: e.EventID.String(), Position: e.Position, Kind: e.Kind, Subject: EventSubject{e.SubjectType, e.SubjectID.String()},
			EnterpriseID: idOrNull(e.EnterpriseID), UnifiedSocialCreditCode: orNull(e.CreditCode), OccurredAt: e.OccurredAt.UTC(), Data: e.Data}
	}
	return out
}
