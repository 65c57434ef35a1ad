package api

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// readyTime bounds how long a probe waits for the database.
const readyTime = 2 * time.Second

// Probe is the answer to a probe.
type Probe struct {
	Status string `json:"status" example:"ok"`
}

// healthz says that the process runs. It asks nothing of anybody: restarting this
// process would not bring a database back.
func (a *API) healthz(c echo.Context) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, Probe{"ok"})
}

// readyz says whether requests can be served, that is, whether the database
// answers. The national login is not asked: signed-in people work on without it.
func (a *API) readyz(c echo.Context) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), readyTime)
	defer cancel()
	if err := a.app.DB.Ping(ctx); err != nil {
		return errUnavailable.Wrap(err)
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, Probe{"ok"})
}
