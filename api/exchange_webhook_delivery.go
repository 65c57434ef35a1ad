package api

import (
	"crypto/sha256"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"zhuce/internal/errs"
	"zhuce/internal/outbox"
	"zhuce/internal/webhook"
)

// WebhookDelivery is one event on its way to one webhook.
type WebhookDelivery struct {
	// ID is the event's, and the webhook-id of every attempt.
	ID string `json:"id" format:"uuid" example:"019363d0-9f6b-7c3a-9a55-0e3f0d6c2e11"`
	// Position is the event's place in the feed; null for a test.
	Position *int64 `json:"position" extensions:"x-nullable" example:"4711"`
	Kind     string `json:"kind" example:"filing.submit"`
	State    string `json:"state" example:"delivered"`
	// DueAt is when it is tried next; null when it is not.
	DueAt     *time.Time `json:"due_at" extensions:"x-nullable" example:"2026-11-23T03:05:05Z"`
	CreatedAt time.Time  `json:"created_at" example:"2026-11-23T03:00:00Z"`
	EndedAt   *time.Time `json:"ended_at" extensions:"x-nullable" example:"2026-11-23T03:00:01Z"`
	// Attempts are the last ten, the oldest first.
	Attempts []WebhookAttempt `json:"attempts"`
}

// WebhookAttempt is one try.
type WebhookAttempt struct {
	Number int       `json:"number" example:"1"`
	At     time.Time `json:"at" example:"2026-11-23T03:00:00Z"`
	TookMs int       `json:"took_ms" example:"84"`
	// Status is what the receiver answered; null when it did not.
	Status *int `json:"status" extensions:"x-nullable" example:"200"`
	// Failure is why it failed; null when it did not.
	Failure *string `json:"failure" extensions:"x-nullable" example:"status"`
	// Answer is the beginning of what the receiver said, as text.
	Answer string `json:"answer" example:"ok"`
}

// WebhookDeliveryPage is one page of the log, newest first.
type WebhookDeliveryPage struct {
	Items      []WebhookDelivery `json:"items"`
	NextCursor *string           `json:"next_cursor" extensions:"x-nullable" example:"eyJzIjoiLWNyZWF0ZWRfYXQifQ"`
}

// WebhookReplay says which events are sent again: those after a cursor of the feed, or from a moment on.
type WebhookReplay struct {
	After string `json:"after" validate:"omitempty,max=19,number" example:"4700"`
	Since string `json:"since" validate:"omitempty,max=40,moment" example:""`
}

// WebhookReplayed says how far a replay has come.
type WebhookReplayed struct {
	Queued int `json:"queued" example:"11"`
	// NextCursor is `after` of the next one, when has_more.
	NextCursor string `json:"next_cursor" example:"4711"`
	HasMore    bool   `json:"has_more" example:"false"`
}

// deliveryQuery is what the log is queried by.
type deliveryQuery struct {
	States []string `json:"state" validate:"omitempty,unique,dive,deliverystate"`
	Cursor string   `json:"cursor" validate:"max=500"`
}

var errReplayFrom = errs.Define(errs.Invalid, "webhook.replay_from", "请给出 after 或 since，二者取一", "Give after or since: one of the two")

// testWebhook sends a test.
//
// @ID          testWebhook
// @Summary     Send a test event (发送测试事件)
// @Description Sends `webhook.test`, signed as any other, and answers with what came of it: once, at once, also while the webhook is disabled. It is in no feed.
// @Tags        exchange
// @Produce     json
// @Param       id path string true "webhook" format(uuid)
// @Success     200 {object} WebhookDelivery
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Security    OAuth2[events:read]
// @Router      /exchange/webhooks/{id}/test [post]
func (a *API) testWebhook(c echo.Context) error {
	id, err := pathID(c, "id", webhook.ErrNotFound)
	if err != nil {
		return err
	}
	if err := a.rememberKey(c, sha256.Sum256(nil)); err != nil {
		return err
	}
	d, err := a.app.Webhooks.Test(c.Request().Context(), actor(c), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, webhookDelivery(d))
}

// listWebhookDeliveries is the log of a webhook.
//
// @ID          listWebhookDeliveries
// @Summary     The log of a webhook (投递记录)
// @Description Newest first, each with its attempts: when, how long, the status, why it failed, and up to 1 KiB of what the receiver said. Kept as long as events are.
// @Tags        exchange
// @Produce     json
// @Param       id     path  string   true  "webhook" format(uuid)
// @Param       state  query []string false "状态，可重复" collectionFormat(multi)
// @Param       limit  query int      false "每页行数" minimum(1) maximum(200) default(20)
// @Param       cursor query string   false "翻页标记" maxlength(500)
// @Success     200 {object} WebhookDeliveryPage
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Failure     422 {object} Problem
// @Security    OAuth2[events:read]
// @Router      /exchange/webhooks/{id}/deliveries [get]
func (a *API) listWebhookDeliveries(c echo.Context) error {
	id, err := pathID(c, "id", webhook.ErrNotFound)
	if err != nil {
		return err
	}
	q := deliveryQuery{c.QueryParams()["state"], c.QueryParam("cursor")}
	if err := a.checkQuery(q); err != nil {
		return err
	}
	limit, err := queryInt(c, "limit", pageDefault, 1, pageMax)
	if err != nil {
		return err
	}
	var states []webhook.State
	for _, s := range q.States {
		states = append(states, webhook.State(s))
	}
	p, err := a.app.Webhooks.Deliveries(c.Request().Context(), actor(c), id, states, q.Cursor, limit)
	if err != nil {
		return err
	}
	out := WebhookDeliveryPage{Items: make([]WebhookDelivery, len(p.Items)), NextCursor: orNull(p.NextCursor)}
	for i, d := range p.Items {
		out.Items[i] = webhookDelivery(d)
	}
	return c.JSON(http.StatusOK, out)
}

// replayWebhookDelivery sends one event again.
//
// @ID          replayWebhookDelivery
// @Summary     Send one event again (重发一次)
// @Description At once and with all its attempts before it, whatever became of it. The webhook-id stays the same.
// @Tags        exchange
// @Produce     json
// @Param       id       path string true "webhook" format(uuid)
// @Param       delivery path string true "delivery, the event's id" format(uuid)
// @Success     202 {object} WebhookDelivery
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Failure     409 {object} Problem "the webhook is disabled, or the event is no longer kept"
// @Security    OAuth2[events:read]
// @Router      /exchange/webhooks/{id}/deliveries/{delivery}/replay [post]
func (a *API) replayWebhookDelivery(c echo.Context) error {
	id, err := pathID(c, "id", webhook.ErrNotFound)
	if err != nil {
		return err
	}
	event, err := pathID(c, "delivery", webhook.ErrNoDelivery)
	if err != nil {
		return err
	}
	if err := a.rememberKey(c, sha256.Sum256(nil)); err != nil {
		return err
	}
	d, err := a.app.Webhooks.Resend(c.Request().Context(), actor(c), id, event)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusAccepted, webhookDelivery(d))
}

// replayWebhook sends events again from a place on.
//
// @ID          replayWebhook
// @Summary     Send events again from a place on (从某处起重发)
// @Description Events of the webhook's kinds that the client may see, after a cursor of the feed or from a moment on, up to 1,000 at a time: while `has_more`, ask again with `next_cursor` as `after`. What was delivered before comes again.
// @Tags        exchange
// @Accept      json
// @Produce     json
// @Param       id   path string        true "webhook" format(uuid)
// @Param       body body WebhookReplay true "from where"
// @Success     202 {object} WebhookReplayed
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Failure     409 {object} Problem "the webhook is disabled"
// @Failure     410 {object} Problem "events after the cursor are no longer kept"
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Security    OAuth2[events:read]
// @Router      /exchange/webhooks/{id}/replay [post]
func (a *API) replayWebhook(c echo.Context) error {
	id, err := pathID(c, "id", webhook.ErrNotFound)
	if err != nil {
		return err
	}
	var req WebhookReplay
	if err := a.bind(c, &req); err != nil {
		return err
	}
	if (req.After == "") == (req.Since == "") {
		return errInvalid.New().With(errReplayFrom.At("/after"))
	}
	after, since := int64(outbox.Beginning), time.Time{}
	if req.After != "" {
		if after, err = strconv.ParseInt(req.After, 10, 64); err != nil {
			return errInvalid.New().With(errNumber.At("/after"))
		}
	} else if since, err = time.Parse(time.RFC3339, req.Since); err != nil {
		return errInvalid.New().With(fieldRules["moment"].At("/since"))
	}
	r, err := a.app.Webhooks.Replay(c.Request().Context(), actor(c), id, a.app.Events, after, since)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusAccepted, WebhookReplayed{r.Queued, strconv.FormatInt(r.Next, 10), r.More})
}

func webhookDelivery(d webhook.Delivery) WebhookDelivery {
	out := WebhookDelivery{ID: d.ID.String(), Position: d.Position, Kind: d.Kind, State: string(d.State), DueAt: utc(d.DueAt),
		CreatedAt: d.CreatedAt.UTC(), EndedAt: utc(d.EndedAt), Attempts: make([]WebhookAttempt, len(d.Attempts))}
	for i, t := range d.Attempts {
		out.Attempts[i] = WebhookAttempt{Number: t.Number, At: t.At.UTC(), TookMs: t.TookMs, Status: t.Status, Failure: orNull(string(t.Failure)), Answer: t.Answer}
	}
	return out
}
