package api

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"zhuce/internal/warning"
)

// CalendarFeed says whether the enterprise's calendar has an address. The address itself is not shown again.
type CalendarFeed struct {
	Active    bool       `json:"active" example:"true"`
	CreatedAt *time.Time `json:"created_at" extensions:"x-nullable" example:"2026-11-24T02:00:00Z"`
	CreatedBy *string    `json:"created_by" extensions:"x-nullable" example:"李芳"`
	Language  *string    `json:"language" enums:"zh-CN,en" extensions:"x-nullable" example:"zh-CN"`
}

// NewCalendarFeed is a new address, which is shown this once.
type NewCalendarFeed struct {
	CalendarFeed
	Address string `json:"address" example:"https://zhuce.example/api/v1/calendar/8Q0m…"`
}

// getCalendarFeed tells of the address without its secret.
//
// @ID          getCalendarFeed
// @Summary     Whether the calendar has an address (日历订阅状态)
// @Description Tells whether an address was made and when it was last read. The address itself is shown once, when it is made.
// @Tags        warnings
// @Produce     json
// @Success     200 {object} CalendarFeed
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Security    Session
// @Router      /warnings/calendar-feed [get]
func (a *API) getCalendarFeed(c echo.Context) error {
	f, err := a.app.Warnings.Feed(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	if f == nil {
		return c.JSON(http.StatusOK, CalendarFeed{})
	}
	return c.JSON(http.StatusOK, calendarFeed(*f))
}

// makeCalendarFeed makes a new address.
//
// @ID          makeCalendarFeed
// @Summary     Make a new secret address for the calendar (生成日历订阅地址)
// @Description The address is shown this once and is kept as a digest alone. The one before ends at once. Whoever has it reads the
// @Description names and days of the enterprise's registrants in a calendar program, without signing in. The calendar's texts are in
// @Description the language of this request.
// @Tags        warnings
// @Produce     json
// @Success     201 {object} NewCalendarFeed
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Security    Session
// @Router      /warnings/calendar-feed [post]
func (a *API) makeCalendarFeed(c echo.Context) error {
	if err := a.rememberKey(c, sha256.Sum256(nil)); err != nil {
		return err
	}
	f, secret, err := a.app.Warnings.MakeFeed(c.Request().Context(), actor(c), language(c.Request()))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, NewCalendarFeed{calendarFeed(f), a.cfg.PublicURL + Base + "/calendar/" + secret})
}

// revokeCalendarFeed ends the address.
//
// @ID          revokeCalendarFeed
// @Summary     Revoke the calendar's address (撤销日历订阅地址)
// @Description 404 `warning.no_calendar_feed` when there is none.
// @Tags        warnings
// @Produce     json
// @Success     204 "revoked"
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Security    Session
// @Router      /warnings/calendar-feed [delete]
func (a *API) revokeCalendarFeed(c echo.Context) error {
	if err := a.rememberKey(c, sha256.Sum256(nil)); err != nil {
		return err
	}
	if err := a.app.Warnings.RevokeFeed(c.Request().Context(), actor(c)); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// getCalendar is for calendar programs, which cannot sign in: the secret in the
// address is what lets them in. Addresses stand in no log of ours, and whoever
// guesses is slowed down by their own network address. The contract's linter, which
// wants no credentials in URLs, stays on for every other route: docs/security.md
// says why this one has to have it.
//
// @ID          getCalendar
// @Summary     The calendar of registrations that end (日历订阅)
// @Description iCalendar (RFC 5545): an event on the last day of each registration, with alarms at the levels that are set. Names and
// @Description professions, never numbers. An address that was never given and one that was revoked are both 404.
// @Tags        warnings
// @Produce     text/calendar
// @Param       address       path   string true  "the secret part of the address" maxlength(64)
// @Param       If-None-Match header string false "version already held"
// @Success     200 {string} string "text/calendar"
// @Success     304 "not changed"
// @Failure     404 {object} Problem
// @Router      /calendar/{address} [get]
func (a *API) getCalendar(c echo.Context) error {
	body, err := a.app.Warnings.Calendar(c.Request().Context(), c.Param("address"))
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	etag := `"` + hex.EncodeToString(sum[:16]) + `"`
	h := c.Response().Header()
	h.Set("ETag", etag)
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Content-Disposition", `inline; filename="zhuce.ics"`)
	if hasETag(c, etag) {
		return c.NoContent(http.StatusNotModified)
	}
	return c.Blob(http.StatusOK, "text/calendar; charset=utf-8", body)
}

func calendarFeed(f warning.Feed) CalendarFeed {
	at := f.CreatedAt.UTC()
	return CalendarFeed{Active: true, CreatedAt: &at, CreatedBy: &f.CreatedBy, Language: &f.Language}
}
