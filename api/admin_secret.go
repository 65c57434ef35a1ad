package api

import (
	"context"
	"crypto/sha256"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"zhuce/internal/auth"
	"zhuce/internal/client"
)

// RotationRequest asks for a new secret.
type RotationRequest struct {
	// OverlapSeconds is how long the old secret stays good: a day when left out, 0 ends it at once.
	OverlapSeconds *int `json:"overlap_seconds" validate:"omitempty,gte=0,lte=2592000" extensions:"x-nullable" example:"86400"`
}

// RotatedSecret is a fresh secret. It is shown this once: null when the request is sent again.
type RotatedSecret struct {
	ID           string     `json:"id" format:"uuid" example:"019363d0-9a10-7e21-8c43-b1a2c3d4e5f6"`
	ClientSecret *string    `json:"client_secret" extensions:"x-nullable" example:"4f1vJ0b0sX2m5k8n1q4t7w0z3c6f9i2l5o8r1u4x7a0"`
	CreatedAt    time.Time  `json:"created_at" example:"2026-11-23T02:00:00Z"`
	OldExpiresAt *time.Time `json:"old_expires_at" extensions:"x-nullable" example:"2026-11-24T02:00:00Z"` // null: it has ended, or there was none
}

// ClientKeySet are public keys to be registered (RFC 7517).
type ClientKeySet struct {
	Keys []ClientJWK `json:"keys" validate:"required,min=1,max=5,dive"`
}

// ClientJWK is a public key: RSA of 2048 to 8192 bits, or EC P-256. Members that are not listed, private ones above all, are refused.
type ClientJWK struct {
	Kty    string   `json:"kty" validate:"required,max=10" example:"EC"`
	Kid    string   `json:"kid" validate:"max=100" example:"2026-11"`
	Use    string   `json:"use" validate:"max=10" example:"sig"`
	KeyOps []string `json:"key_ops" validate:"omitempty,max=10,dive,max=20" example:"verify"`
	Alg    string   `json:"alg" validate:"max=10" example:"ES256"`
	N      string   `json:"n" validate:"max=1400" example:""`
	E      string   `json:"e" validate:"max=10" example:""`
	Crv    string   `json:"crv" validate:"max=10" example:"P-256"`
	X      string   `json:"x" validate:"max=50" example:"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"`
	Y      string   `json:"y" validate:"max=50" example:"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"`
}

// ClientKey is what is known of a public key.
type ClientKey struct {
	ID         string     `json:"id" format:"uuid" example:"019363d0-9a10-7e21-8c43-b1a2c3d4e5f6"`
	Kid        string     `json:"kid" example:"2026-11"`
	Algorithms []string   `json:"algorithms" example:"ES256"`
	CreatedAt  time.Time  `json:"created_at" example:"2026-11-23T02:00:00Z"`
	LastUsedAt *time.Time `json:"last_used_at" extensions:"x-nullable" example:"2026-11-23T03:00:00Z"`
}

// ClientKeyList are the keys that were registered.
type ClientKeyList struct {
	Keys []ClientKey `json:"keys"`
}

// rotateSecret gives a client a new secret.
//
// @ID          rotateSecret
// @Summary     Rotate a client's secret, with overlap (更换密钥)
// @Description The current secret stays good for the overlap, an older one ends now: two are good at most. The new one is in this answer and nowhere else.
// @Tags        admin
// @Accept      json
// @Produce     json
// @Param       id   path string          true "client" format(uuid)
// @Param       body body RotationRequest true "overlap"
// @Success     201 {object} RotatedSecret
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Security    OAuth2[clients:manage]
// @Router      /admin/clients/{id}/secrets [post]
func (a *API) rotateSecret(c echo.Context) error {
	id, err := pathID(c, "id", client.ErrNotFound)
	if err != nil {
		return err
	}
	var req RotationRequest
	if err := a.bind(c, &req); err != nil {
		return err
	}
	overlap := client.Overlap
	if req.OverlapSeconds != nil {
		overlap = time.Duration(*req.OverlapSeconds) * time.Second
	}
	r, err := a.app.Clients.Rotate(c.Request().Context(), actor(c), id.String(), overlap)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, RotatedSecret{r.ID.String(), orNull(r.Secret), r.CreatedAt.UTC(), utc(r.OldExpiresAt)})
}

// revokeSecret ends a secret.
//
// @ID          revokeSecret
// @Summary     Revoke a secret at once (作废密钥)
// @Description Tokens that were issued for it live out their few minutes: to end those too, disable the client.
// @Tags        admin
// @Produce     json
// @Param       id        path string true "client" format(uuid)
// @Param       entry path string true "secret" format(uuid)
// @Success     204
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Security    OAuth2[clients:manage]
// @Router      /admin/clients/{id}/secrets/{entry} [delete]
func (a *API) revokeSecret(c echo.Context) error {
	id, err := pathID(c, "id", client.ErrNotFound)
	if err != nil {
		return err
	}
	secret, err := secretID(c)
	if err != nil {
		return err
	}
	if err := a.rememberKey(c, sha256.Sum256(nil)); err != nil {
		return err
	}
	if err := a.app.Clients.RevokeSecret(c.Request().Context(), actor(c), id.String(), secret); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// addKeys registers public keys.
//
// @ID          addKeys
// @Summary     Register public keys (登记公钥)
// @Description For token requests that the client signs (private_key_jwt, RFC 7523). Inline: no address is ever fetched. Five at most; one without kid is called by its thumbprint (RFC 7638).
// @Tags        admin
// @Accept      json
// @Produce     json
// @Param       id   path string       true "client" format(uuid)
// @Param       body body ClientKeySet true "JWK set"
// @Success     201 {object} ClientKeyList
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Failure     409 {object} Problem
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Security    OAuth2[clients:manage]
// @Router      /admin/clients/{id}/keys [post]
func (a *API) addKeys(c echo.Context) error {
	id, err := pathID(c, "id", client.ErrNotFound)
	if err != nil {
		return err
	}
	var req ClientKeySet
	if err := a.bind(c, &req); err != nil {
		return err
	}
	keys := make([]client.JWK, len(req.Keys))
	for i, k := range req.Keys {
		keys[i] = client.JWK(k)
	}
	added, err := a.app.Clients.AddKeys(c.Request().Context(), actor(c), id.String(), keys)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, ClientKeyList{clientKeys(added)})
}

// removeKey ends a public key.
//
// @ID          removeKey
// @Summary     Remove a public key at once (移除公钥)
// @Description The next token request that is signed with it is refused.
// @Tags        admin
// @Produce     json
// @Param       id     path string true "client" format(uuid)
// @Param       key_id path string true "key" format(uuid)
// @Success     204
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Security    OAuth2[clients:manage]
// @Router      /admin/clients/{id}/keys/{key_id} [delete]
func (a *API) removeKey(c echo.Context) error {
	id, err := pathID(c, "id", client.ErrNotFound)
	if err != nil {
		return err
	}
	key, err := pathID(c, "key_id", client.ErrKeyNotFound)
	if err != nil {
		return err
	}
	if err := a.rememberKey(c, sha256.Sum256(nil)); err != nil {
		return err
	}
	if err := a.app.Clients.RemoveKey(c.Request().Context(), actor(c), id.String(), key.String()); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// switchClient turns a client off or on.
func (a *API) switchClient(c echo.Context, do func(context.Context, auth.Actor, string) (client.Client, error)) error {
	id, err := pathID(c, "id", client.ErrNotFound)
	if err != nil {
		return err
	}
	after, err := do(c.Request().Context(), actor(c), id.String())
	if err != nil {
		return err
	}
	return sendVersioned(c, http.StatusOK, after.Version, machineClient(after))
}

func clientKeys(list []client.Key) []ClientKey {
	out := make([]ClientKey, len(list))
	for i, k := range list {
		out[i] = ClientKey{k.ID.String(), k.Kid, k.Algorithms(), k.CreatedAt.UTC(), utc(k.LastUsedAt)}
	}
	return out
}

func etagOf(version int) string { return `"` + strconv.Itoa(version) + `"` }
