package api

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"zhuce/internal/auth"
	"zhuce/internal/filing"
	"zhuce/internal/label"
	"zhuce/internal/warning"
	"zhuce/internal/workday"
)

// WarningFiling is the filing under way that stands behind a warning, or in the way of a renewal.
type WarningFiling struct {
	ID               string `json:"id" format:"uuid" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	Reference        string `json:"reference" example:"ZC2026112300000123"`
	RegistrationType string `json:"registration_type" example:"renewal"`
	Status           string `json:"status" example:"pending_submission"`
}

// WarningRow is a registration that ends soon or has ended; id is the registrant's.
type WarningRow struct {
	ID                string         `json:"id" format:"uuid" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b12"`
	PersonName        string         `json:"person_name" example:"李明"`
	IDNumberMasked    string         `json:"id_number_masked" example:"110101********1237"`
	Profession        string         `json:"profession" example:"structural_1"`
	Track             string         `json:"track" example:"engineer"`
	CertificateNumber string         `json:"certificate_number" example:"S201100123"`
	ValidUntil        string         `json:"valid_until" format:"date" example:"2027-02-28"`
	DaysLeft          int            `json:"days_left" minimum:"-36500" example:"96"`
	Level             string         `json:"level" example:"early"`
	Situation         string         `json:"situation" example:"nothing_filed"`
	FilingDeadline    string         `json:"filing_deadline" format:"date" example:"2027-01-29"`
	NextStep          string         `json:"next_step" example:"file_renewal"`
	Basis             []string       `json:"basis" example:"licence_50_deadline"`
	Filing            *WarningFiling `json:"filing" extensions:"x-nullable"`
}

// WarningPage is one page of warnings, as of a day in China.
type WarningPage struct {
	Items      []WarningRow `json:"items"`
	NextCursor *string      `json:"next_cursor" extensions:"x-nullable" example:"eyJzIjoidmFsaWRfdW50aWwifQ"`
	Total      int64        `json:"total" example:"42"`
	AsOf       string       `json:"as_of" format:"date" example:"2026-11-24"`
}

// WarningFilter is what the list is queried by.
type WarningFilter struct {
	Matter     string   `json:"matter" validate:"omitempty,oneof=architects engineers" example:"engineers"`
	Level      []string `json:"level" validate:"omitempty,max=4,dive,warninglevel" example:"urgent"`
	Situation  []string `json:"situation" validate:"omitempty,max=5,dive,warningsituation" example:"nothing_filed"`
	Profession string   `json:"profession" validate:"omitempty,profession" example:"structural_1"`
	Name       string   `json:"name" validate:"max=60" example:"李"`
	Sort       string   `json:"sort" validate:"omitempty,warningsort" example:"valid_until"`
	Cursor     string   `json:"cursor" validate:"max=500" example:""`
}

// WarningCount is how many have the same level, profession and situation.
type WarningCount struct {
	Level      string `json:"level" example:"early"`
	Profession string `json:"profession" example:"structural_1"`
	Situation  string `json:"situation" example:"nothing_filed"`
	Count      int64  `json:"count" example:"3"`
}

// WarningSummary counts the warnings; what has none is left out.
type WarningSummary struct {
	Counts []WarningCount `json:"counts"`
	Total  int64          `json:"total" example:"42"`
	AsOf   string         `json:"as_of" format:"date" example:"2026-11-24"`
}

// listWarnings lists the registrations that end soon or have ended.
//
// @ID          listWarnings
// @Summary     List registrations that end soon (人员到期预警)
// @Description Derived from the registrants, the filings under way and the day in China; nothing is stored. Each row says how far
// @Description the renewal is, what to do next and on which article this rests. `days_left` is 0 on the last day and negative after it.
// @Tags        warnings
// @Produce     json
// @Param       matter     query string   false "事项" Enums(architects, engineers)
// @Param       level      query []string false "级别，可重复" collectionFormat(multi)
// @Param       situation  query []string false "延续办理情况，可重复" collectionFormat(multi)
// @Param       profession query string   false "注册专业"
// @Param       name       query string   false "姓名的一部分" maxlength(60)
// @Param       sort       query string   false "排序" Enums(valid_until, -valid_until, person_name, -person_name)
// @Param       limit      query int      false "每页行数" minimum(1) maximum(200) default(20)
// @Param       cursor     query string   false "翻页标记" maxlength(500)
// @Success     200 {object} WarningPage
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     422 {object} Problem
// @Security    Session
// @Security    OAuth2[enterprise:warnings]
// @Router      /warnings [get]
func (a *API) listWarnings(c echo.Context) error {
	f, err := a.warningFilter(c)
	if err != nil {
		return err
	}
	limit, err := queryInt(c, "limit", pageDefault, 1, pageMax)
	if err != nil {
		return err
	}
	p, err := a.app.Warnings.List(c.Request().Context(), actor(c), f.filter(), f.Sort, f.Cursor, limit)
	if err != nil {
		return err
	}
	out := WarningPage{Items: make([]WarningRow, len(p.Items)), NextCursor: orNull(p.NextCursor), Total: p.Total, AsOf: workday.Date(p.Day)}
	for i, w := range p.Items {
		out.Items[i] = warningRow(w)
	}
	return c.JSON(http.StatusOK, out)
}

// summarizeWarnings counts for a picture.
//
// @ID          summarizeWarnings
// @Summary     Count by level, profession and situation (按级别、专业和办理情况统计)
// @Description What the head of the list shows: how many registrations end within each level, by profession, and how many of them have a renewal under way.
// @Tags        warnings
// @Produce     json
// @Param       matter query string false "事项" Enums(architects, engineers)
// @Param       name   query string false "姓名的一部分" maxlength(60)
// @Success     200 {object} WarningSummary
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     422 {object} Problem
// @Security    Session
// @Security    OAuth2[enterprise:warnings]
// @Router      /warnings/summary [get]
func (a *API) summarizeWarnings(c echo.Context) error {
	f, err := a.warningFilter(c)
	if err != nil {
		return err
	}
	counts, day, err := a.app.Warnings.Summary(c.Request().Context(), actor(c), f.filter())
	if err != nil {
		return err
	}
	out := WarningSummary{Counts: make([]WarningCount, len(counts)), AsOf: workday.Date(day)}
	for i, n := range counts {
		out.Counts[i] = WarningCount{string(n.Level), string(n.Profession), string(n.Situation), n.N}
		out.Total += n.N
	}
	return c.JSON(http.StatusOK, out)
}

// warningFilter reads the filter from the query and checks it like a body.
func (a *API) warningFilter(c echo.Context) (WarningFilter, error) {
	q := c.QueryParams()
	f := WarningFilter{Matter: q.Get("matter"), Level: q["level"], Situation: q["situation"], Profession: q.Get("profession"),
		Name: q.Get("name"), Sort: q.Get("sort"), Cursor: q.Get("cursor")}
	return f, a.checkQuery(f)
}

func (f WarningFilter) filter() warning.Filter {
	out := warning.Filter{Profession: filing.Profession(f.Profession), Name: strings.TrimSpace(f.Name)}
	for _, l := range f.Level {
		out.Levels = append(out.Levels, warning.Level(l))
	}
	for _, s := range f.Situation {
		out.Situations = append(out.Situations, warning.Situation(s))
	}
	if f.Matter != "" {
		out.Track = filing.TrackOf(auth.Matter(f.Matter))
	}
	return out
}

func warningRow(w warning.Warning) WarningRow {
	row := WarningRow{ID: w.RegistrantID.String(), PersonName: w.PersonName, IDNumberMasked: w.IDNumberMasked, Profession: string(w.Profession),
		Track: string(w.Track), CertificateNumber: w.CertificateNumber, ValidUntil: w.ValidUntil.Format(time.DateOnly), DaysLeft: w.DaysLeft,
		Level: string(w.Level), Situation: string(w.Situation), FilingDeadline: workday.Date(w.Deadline), NextStep: string(w.Step)}
	for _, article := range w.Basis {
		row.Basis = append(row.Basis, string(article))
	}
	if f := w.Filing; f != nil {
		row.Filing = &WarningFiling{f.ID.String(), f.Reference, string(f.RegistrationType), string(f.Status)}
	}
	return row
}

func knownWarningLevel(s string) bool     { return label.Known(warning.Levels, s) }
func knownWarningSituation(s string) bool { return label.Known(warning.Situations, s) }
func knownWarningSort(s string) bool      { return slices.Contains(warning.Sorts(), s) }
