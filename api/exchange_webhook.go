package api

import (
	"crypto/sha256"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"zhuce/internal/webhook"
)

// WebhookRequest is where events shall be sent.
type WebhookRequest struct {
	URL         string `json:"url" validate:"required,max=2000" example:"https://receiver.example/zhuce"`
	Description string `json:"description" validate:"max=200" example:"生产环境"`
	// Kinds are those that are sent; none means all, also such as come later.
	Kinds []string `json:"kinds" validate:"omitempty,max=100,unique,dive,eventkind" example:"filing.submit,filing.approve"`
}

// Webhook is an address that events are sent to.
type Webhook struct {
	ID          string   `json:"id" format:"uuid" example:"019363d0-af6b-7c3a-9a55-0e3f0d6c2f11"`
	URL         string   `json:"url" example:"https://receiver.example/zhuce"`
	Description string   `json:"description" example:"生产环境"`
	Kinds       []string `json:"kinds" example:"filing.submit,filing.approve"`
	Enabled     bool     `json:"enabled" example:"true"`
	// DisabledAt and DisabledReason say when and why it was disabled by itself; null while it is enabled.
	DisabledAt     *time.Time `json:"disabled_at" extensions:"x-nullable" example:"2026-11-28T03:00:00Z"`
	DisabledReason *string    `json:"disabled_reason" extensions:"x-nullable" example:"failing"`
	// FailingSince is the first failure after the last success; null while all is well. After five days of nothing but failures it is disabled.
	FailingSince  *time.Time `json:"failing_since" extensions:"x-nullable" example:"2026-11-23T03:00:00Z"`
	LastSuccessAt *time.Time `json:"last_success_at" extensions:"x-nullable" example:"2026-11-23T02:59:00Z"`
	SecretMadeAt  time.Time  `json:"secret_made_at" example:"2026-11-20T03:00:00Z"`
	// OldSecretUntil is until when the secret before signs beside the present one; null when it does not.
	OldSecretUntil *time.Time `json:"old_secret_until" extensions:"x-nullable" example:"2026-11-21T03:00:00Z"`
	Version        int        `json:"version" example:"1"`
	CreatedAt      time.Time  `json:"created_at" example:"2026-11-20T03:00:00Z"`
	UpdatedAt      time.Time  `json:"updated_at" example:"2026-11-20T03:00:00Z"`
}

// NewWebhook is a webhook with its secret, which is shown this once.
type NewWebhook struct {
	Webhook
	Secret string `json:"secret" example:"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw0123456789A="`
}

// Webhooks are all of a client's.
type Webhooks struct {
	Items []Webhook `json:"items"`
}

// createWebhook makes a webhook.
//
// @ID          createWebhook
// @Summary     Name an address that events are sent to (新增事件回调)
// @Description Events are sent by Standard Webhooks 1.0 (https://www.standardwebhooks.com): POST with `webhook-id`, `webhook-timestamp` and `webhook-signature`, the body `{type, timestamp, data}`, where `data` is the event as in the feed. They come at least once and mostly in order: fold by `webhook-id`, sort by `position`.
// @Description Any 2xx is success; all else is tried again after 5 s, 5 min, 30 min, 2, 5 and 10 h. 410 disables the webhook at once, five days of nothing but failures do too. Redirects are not followed; 15 s are given. The secret is shown this once. The address must be https on the public network.
// @Tags        exchange
// @Accept      json
// @Produce     json
// @Param       body body WebhookRequest true "webhook"
// @Success     201 {object} NewWebhook
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     409 {object} Problem "20 is the most"
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Security    OAuth2[events:read]
// @Router      /exchange/webhooks [post]
func (a *API) createWebhook(c echo.Context) error {
	var req WebhookRequest
	if err := a.bind(c, &req); err != nil {
		return err
	}
	w, secret, err := a.app.Webhooks.Create(c.Request().Context(), actor(c), webhook.Settings(req))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, NewWebhook{webhookFrom(w), secret})
}

// listWebhooks lists the caller's.
//
// @ID          listWebhooks
// @Summary     List webhooks (事件回调列表)
// @Description The caller's own, the oldest first; at most 20.
// @Tags        exchange
// @Produce     json
// @Success     200 {object} Webhooks
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Security    OAuth2[events:read]
// @Router      /exchange/webhooks [get]
func (a *API) listWebhooks(c echo.Context) error {
	list, err := a.app.Webhooks.List(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	out := Webhooks{Items: make([]Webhook, len(list))}
	for i, w := range list {
		out.Items[i] = webhookFrom(w)
	}
	return c.JSON(http.StatusOK, out)
}

// getWebhook gives one.
//
// @ID          getWebhook
// @Summary     Read a webhook (查看事件回调)
// @Description Also whether it fails, and whether and why it was disabled.
// @Tags        exchange
// @Produce     json
// @Param       id            path   string true  "webhook" format(uuid)
// @Param       If-None-Match header string false "version already held"
// @Success     200 {object} Webhook
// @Success     304 "not changed"
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Security    OAuth2[events:read]
// @Router      /exchange/webhooks/{id} [get]
func (a *API) getWebhook(c echo.Context) error {
	id, err := pathID(c, "id", webhook.ErrNotFound)
	if err != nil {
		return err
	}
	w, err := a.app.Webhooks.Get(c.Request().Context(), actor(c), id)
	if err != nil {
		return err
	}
	return sendVersioned(c, http.StatusOK, w.Version, webhookFrom(w))
}

// putWebhook changes one.
//
// @ID          putWebhook
// @Summary     Change a webhook (修改事件回调)
// @Description Address, description and kinds, as a whole. What waits to be sent goes to the new address.
// @Tags        exchange
// @Accept      json
// @Produce     json
// @Param       id       path   string         true "webhook" format(uuid)
// @Param       If-Match header string         true "the version that was read"
// @Param       body     body   WebhookRequest true "webhook"
// @Success     200 {object} Webhook
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Failure     412 {object} Problem
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Failure     428 {object} Problem
// @Security    OAuth2[events:read]
// @Router      /exchange/webhooks/{id} [put]
func (a *API) putWebhook(c echo.Context) error {
	id, err := pathID(c, "id", webhook.ErrNotFound)
	if err != nil {
		return err
	}
	seen, err := ifMatch(c)
	if err != nil {
		return err
	}
	var req WebhookRequest
	if err := a.bind(c, &req); err != nil {
		return err
	}
	w, err := a.app.Webhooks.Update(c.Request().Context(), actor(c), id, seen, webhook.Settings(req))
	if err != nil {
		return err
	}
	return sendVersioned(c, http.StatusOK, w.Version, webhookFrom(w))
}

// deleteWebhook removes one.
//
// @ID          deleteWebhook
// @Summary     Delete a webhook (删除事件回调)
// @Description With its log; nothing is sent to it any more.
// @Tags        exchange
// @Produce     json
// @Param       id path string true "webhook" format(uuid)
// @Success     204 "deleted"
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Security    OAuth2[events:read]
// @Router      /exchange/webhooks/{id} [delete]
func (a *API) deleteWebhook(c echo.Context) error {
	id, err := pathID(c, "id", webhook.ErrNotFound)
	if err != nil {
		return err
	}
	if err := a.rememberKey(c, sha256.Sum256(nil)); err != nil {
		return err
	}
	if err := a.app.Webhooks.Delete(c.Request().Context(), actor(c), id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// rotateWebhookSecret gives a new secret.
//
// @ID          rotateWebhookSecret
// @Summary     Give a webhook a new secret (更换签名密钥)
// @Description Shown this once. For 24 h both sign, the new one first: `webhook-signature` holds two signatures, and a receiver that knows either is content. A secret before the last one ends at once.
// @Tags        exchange
// @Produce     json
// @Param       id path string true "webhook" format(uuid)
// @Success     200 {object} NewWebhook
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Security    OAuth2[events:read]
// @Router      /exchange/webhooks/{id}/rotate-secret [post]
func (a *API) rotateWebhookSecret(c echo.Context) error {
	id, err := pathID(c, "id", webhook.ErrNotFound)
	if err != nil {
		return err
	}
	if err := a.rememberKey(c, sha256.Sum256(nil)); err != nil {
		return err
	}
	w, secret, err := a.app.Webhooks.RotateSecret(c.Request().Context(), actor(c), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, NewWebhook{webhookFrom(w), secret})
}

// enableWebhook lets a disabled one have events again.
//
// @ID          enableWebhook
// @Summary     Enable a webhook (启用事件回调)
// @Description After it was disabled. What came meanwhile is not sent by itself: ask with POST …/replay, or read the feed. Enabling one that is enabled changes nothing.
// @Tags        exchange
// @Produce     json
// @Param       id path string true "webhook" format(uuid)
// @Success     200 {object} Webhook
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Security    OAuth2[events:read]
// @Router      /exchange/webhooks/{id}/enable [post]
func (a *API) enableWebhook(c echo.Context) error {
	id, err := pathID(c, "id", webhook.ErrNotFound)
	if err != nil {
		return err
	}
	if err := a.rememberKey(c, sha256.Sum256(nil)); err != nil {
		return err
	}
	w, err := a.app.Webhooks.Enable(c.Request().Context(), actor(c), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, webhookFrom(w))
}

func webhookFrom(w webhook.Webhook) Webhook {
	kinds := w.Kinds
	if kinds == nil {
		kinds = []string{}
	}
	return Webhook{ID: w.ID.String(), URL: w.URL, Description: w.Description, Kinds: kinds, Enabled: w.DisabledAt == nil,
		DisabledAt: utc(w.DisabledAt), DisabledReason: orNull(string(w.DisabledWhy)), FailingSince: utc(w.FailingSince), LastSuccessAt: utc(w.LastSuccessAt),
		SecretMadeAt: w.SecretMadeAt.UTC(), OldSecretUntil: utc(w.OldSecretUntil), Version: w.Version, CreatedAt: w.CreatedAt.UTC(), UpdatedAt: w.UpdatedAt.UTC()}
}
