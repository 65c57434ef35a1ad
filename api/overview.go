package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"zhuce/internal/report"
	"zhuce/internal/warning"
	"zhuce/internal/workday"
)

// OverviewItem is something that waits for the enterprise, with the nearest last day.
type OverviewItem struct {
	Item     string  `json:"item" example:"appeals_due"`
	Count    int64   `json:"count" example:"2"`
	DueOn    *string `json:"due_on" format:"date" extensions:"x-nullable" example:"2026-12-01"`
	Severity string  `json:"severity" enums:"urgent,soon,normal,info" example:"urgent"`
}

// Overview is what is to be done, ordered by what it costs to forget it.
type Overview struct {
	Day   string         `json:"day" format:"date" example:"2026-11-23"`
	Items []OverviewItem `json:"items"`
}

// getOverview says what is to be done.
//
// @ID          getOverview
// @Summary     What is to be done today (首页待办)
// @Description Of both matters; what has nothing waiting is left out. Each number is that of the list that it leads to.
// @Tags        overview
// @Produce     json
// @Success     200 {object} Overview
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Security    Session
// @Router      /overview [get]
func (a *API) getOverview(c echo.Context) error {
	ctx, who := c.Request().Context(), actor(c)
	waiting, err := a.app.Reports.Overview(ctx, who)
	if err != nil {
		return err
	}
	alone := []warning.Situation{warning.NothingFiled, warning.BeingPrepared}
	for item, levels := range map[report.Item][]warning.Level{report.Expired: {warning.Expired}, report.Expiring: {warning.Urgent, warning.Near}} {
		p, err := a.app.Warnings.List(ctx, who, warning.Filter{Levels: levels, Situations: alone}, "", "", 1)
		if err != nil {
			return err
		}
		w := report.Waiting{Item: item, Count: p.Total}
		if len(p.Items) > 0 {
			w.Due = &p.Items[0].ValidUntil
		}
		waiting = append(waiting, w)
	}
	u, err := a.app.Messages.Unread(ctx, who)
	if err != nil {
		return err
	}
	waiting = append(waiting, report.Waiting{Item: report.Unread, Count: u.Total})
	day := workday.Day(a.app.Now())
	out := Overview{Day: day.Format(time.DateOnly), Items: []OverviewItem{}}
	for _, item := range report.Order {
		for _, w := range waiting {
			if w.Item == item && w.Count > 0 {
				row := OverviewItem{Item: string(item), Count: w.Count, Severity: string(w.Severity(day))}
				if w.Due != nil {
					due := w.Due.Format(time.DateOnly)
					row.DueOn = &due
				}
				out.Items = append(out.Items, row)
			}
		}
	}
	return c.JSON(http.StatusOK, out)
}

func overviewItems() []string {
	out := make([]string, len(report.Order))
	for i, item := range report.Order {
		out[i] = string(item)
	}
	return out
}
