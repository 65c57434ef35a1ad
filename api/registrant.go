package api

import (
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"zhuce/internal/auth"
	"zhuce/internal/filing"
	"zhuce/internal/idno"
	"zhuce/internal/registrant"
)

// RegistrantRow is a registered person as lists show them; personal numbers are masked.
type RegistrantRow struct {
	ID                string `json:"id" format:"uuid" example:"019363d2-77aa-7c01-8a55-0e3f0d6c2b11"`
	PersonName        string `json:"person_name" example:"李明"`
	Gender            string `json:"gender" example:"male"`
	IDType            string `json:"id_type" example:"resident_id"`
	IDNumberMasked    string `json:"id_number_masked" example:"110101********1237"`
	Profession        string `json:"profession" example:"structural_1"`
	Track             string `json:"track" example:"engineer"`
	CertificateNumber string `json:"certificate_number" example:"S261100123"`
	SealNumber        string `json:"seal_number" example:"1100321-S007"`
	ValidFrom         string `json:"valid_from" format:"date" example:"2026-11-23"`
	ValidUntil        string `json:"valid_until" format:"date" example:"2029-11-22"`
	Status            string `json:"status" example:"valid"`
	// Finding is an open finding against the person; null where there is none, and for an integrator that may not see appeals.
	Finding      *OpenFinding `json:"finding" extensions:"x-nullable"`
	RegisteredAt time.Time    `json:"registered_at" example:"2026-11-23T03:00:00Z"`
	UpdatedAt    time.Time    `json:"updated_at" example:"2026-11-23T03:00:00Z"`
	Version      int          `json:"version" example:"1"`
}

// RegistrantPage is one page of registrants.
type RegistrantPage struct {
	Items      []RegistrantRow `json:"items"`
	NextCursor *string         `json:"next_cursor" extensions:"x-nullable" example:"eyJzIjoidmFsaWRfdW50aWwifQ"`
	Total      int64           `json:"total" example:"47"`
}

// RegistrantFilter is what the list is queried by.
type RegistrantFilter struct {
	Matter            string   `json:"matter" validate:"omitempty,oneof=architects engineers" example:"engineers"`
	Status            []string `json:"status" validate:"omitempty,max=4,dive,registrantstatus" example:"valid"`
	Profession        string   `json:"profession" validate:"omitempty,profession" example:"structural_1"`
	Name              string   `json:"name" validate:"max=60" example:"李"`
	CertificateNumber string   `json:"certificate_number" validate:"max=20" example:"S2611"`
	ValidUntilFrom    string   `json:"valid_until_from" validate:"omitempty,date" format:"date" example:"2026-11-23"`
	ValidUntilTo      string   `json:"valid_until_to" validate:"omitempty,date" format:"date" example:"2027-05-22"`
}

// RegistrantSearch is a query whose ID number must not stand in a URL.
type RegistrantSearch struct {
	RegistrantFilter
	IDNumber string `json:"id_number" validate:"max=30" example:"110101199003071233"`
	Sort     string `json:"sort" validate:"omitempty,registrantsort" example:"valid_until"`
	Limit    int    `json:"limit" validate:"omitempty,gte=1,lte=200" example:"20"`
	Cursor   string `json:"cursor" validate:"max=500" example:""`
}

// RegistrantCount is the number of registrants of one status.
type RegistrantCount struct {
	Status string `json:"status" example:"valid"`
	Count  int64  `json:"count" example:"41"`
}

// RegistrantCounts is the number of registrants by status; every status is present.
type RegistrantCounts struct {
	Total  int64             `json:"total" example:"47"`
	Counts []RegistrantCount `json:"counts"`
}

// listRegistrants lists the enterprise's registered persons.
//
// @ID          listRegistrants
// @Summary     List registrants (注册人员查询)
// @Description Every registration of the enterprise's people, also the expired and the ended ones. To search by ID number use POST /registrants/search.
// @Tags        registrants
// @Produce     json
// @Param       matter             query string   false "事项" Enums(architects, engineers)
// @Param       status             query []string false "状态，可重复" collectionFormat(multi)
// @Param       profession         query string   false "注册专业"
// @Param       name               query string   false "姓名的一部分" maxlength(60)
// @Param       certificate_number query string   false "注册证书编号的一部分" maxlength(20)
// @Param       valid_until_from   query string   false "有效期止从" format(date)
// @Param       valid_until_to     query string   false "有效期止到" format(date)
// @Param       sort               query string   false "排序" Enums(valid_until, -valid_until, person_name, -person_name, registered_at, -registered_at, certificate_number, -certificate_number)
// @Param       limit              query int      false "每页行数" minimum(1) maximum(200) default(20)
// @Param       cursor             query string   false "翻页标记" maxlength(500)
// @Success     200 {object} RegistrantPage
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     422 {object} Problem
// @Security    Session
// @Security    OAuth2[enterprise:registrants]
// @Router      /registrants [get]
func (a *API) listRegistrants(c echo.Context) error {
	f := registrantQuery(c)
	limit, err := queryInt(c, "limit", pageDefault, 1, pageMax)
	if err != nil {
		return err
	}
	q := RegistrantSearch{RegistrantFilter: f, Sort: c.QueryParam("sort"), Limit: limit, Cursor: c.QueryParam("cursor")}
	if err := a.checkQuery(q); err != nil {
		return err
	}
	return a.registrants(c, q)
}

// searchRegistrants lists by a body, so that an ID number stands in no URL.
//
// @ID          searchRegistrants
// @Summary     Search registrants, also by ID number (按证件号码查询)
// @Description The same answer as GET /registrants. An ID number never goes in a URL; here it is compared by a keyed hash.
// @Tags        registrants
// @Accept      json
// @Produce     json
// @Param       body body RegistrantSearch true "query"
// @Success     200 {object} RegistrantPage
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Security    Session
// @Security    OAuth2[enterprise:registrants]
// @Router      /registrants/search [post]
func (a *API) searchRegistrants(c echo.Context) error {
	var q RegistrantSearch
	if err := a.bind(c, &q); err != nil {
		return err
	}
	if q.Limit == 0 {
		q.Limit = pageDefault
	}
	return a.registrants(c, q)
}

func (a *API) registrants(c echo.Context, q RegistrantSearch) error {
	f := q.filter()
	f.IDNumber = strings.TrimSpace(q.IDNumber)
	p, err := a.app.Registrants.List(c.Request().Context(), actor(c), f, q.Sort, q.Cursor, q.Limit)
	if err != nil {
		return err
	}
	ids := make([]uuid.UUID, len(p.Items))
	for i, r := range p.Items {
		ids[i] = r.ID
	}
	marks, err := a.app.Appeals.OpenOfRegistrants(c.Request().Context(), actor(c), ids)
	if err != nil {
		return err
	}
	out := RegistrantPage{Items: make([]RegistrantRow, len(p.Items)), NextCursor: orNull(p.NextCursor), Total: p.Total}
	for i, r := range p.Items {
		out.Items[i] = registrantRow(r)
		out.Items[i].Finding = openFinding(marks, r.ID)
	}
	return c.JSON(http.StatusOK, out)
}

// countRegistrants counts by status.
//
// @ID          countRegistrants
// @Summary     Count registrants by status (按状态统计)
// @Description How many registrants stand in each status; the same filters as the list, but for the status.
// @Tags        registrants
// @Produce     json
// @Param       matter             query string false "事项" Enums(architects, engineers)
// @Param       profession         query string false "注册专业"
// @Param       name               query string false "姓名的一部分" maxlength(60)
// @Param       certificate_number query string false "注册证书编号的一部分" maxlength(20)
// @Param       valid_until_from   query string false "有效期止从" format(date)
// @Param       valid_until_to     query string false "有效期止到" format(date)
// @Success     200 {object} RegistrantCounts
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     422 {object} Problem
// @Security    Session
// @Security    OAuth2[enterprise:registrants]
// @Router      /registrants/counts [get]
func (a *API) countRegistrants(c echo.Context) error {
	q := registrantQuery(c)
	if err := a.checkQuery(q); err != nil {
		return err
	}
	counts, err := a.app.Registrants.Counts(c.Request().Context(), actor(c), q.filter())
	if err != nil {
		return err
	}
	out := RegistrantCounts{Counts: make([]RegistrantCount, len(registrant.Statuses))}
	for i, s := range registrant.Statuses {
		n := counts[registrant.Status(s.Value)]
		out.Counts[i] = RegistrantCount{s.Value, n}
		out.Total += n
	}
	return c.JSON(http.StatusOK, out)
}

// revealRegistrant shows personal numbers in full.
//
// @ID          revealRegistrant
// @Summary     Show a registrant's ID and phone number in full (查看完整号码)
// @Description An action of its own: the reason, the caller and the time go to the audit log.
// @Tags        registrants
// @Accept      json
// @Produce     json
// @Param       id   path string        true "registrant" format(uuid)
// @Param       body body RevealRequest true "reason"
// @Success     200 {object} Revealed
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Security    Session
// @Router      /registrants/{id}/reveal [post]
func (a *API) revealRegistrant(c echo.Context) error {
	id, err := pathID(c, "id", registrant.ErrNotFound)
	if err != nil {
		return err
	}
	var req RevealRequest
	if err := a.bind(c, &req); err != nil {
		return err
	}
	switch {
	case strings.TrimSpace(req.Reason) == "":
		return errInvalid.New().With(fieldRules["required"].At("/reason"))
	case idno.HasPersonalNumber(req.Reason):
		return errInvalid.New().With(errPersonalNumber.At("/reason"))
	}
	p, err := a.app.Registrants.Reveal(c.Request().Context(), actor(c), id, req.Reason)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, Revealed(p))
}

func registrantQuery(c echo.Context) RegistrantFilter {
	return RegistrantFilter{Matter: c.QueryParam("matter"), Status: c.QueryParams()["status"], Profession: c.QueryParam("profession"),
		Name: c.QueryParam("name"), CertificateNumber: c.QueryParam("certificate_number"),
		ValidUntilFrom: c.QueryParam("valid_until_from"), ValidUntilTo: c.QueryParam("valid_until_to")}
}

func (f RegistrantFilter) filter() registrant.Filter {
	out := registrant.Filter{Profession: f.Profession, Name: strings.TrimSpace(f.Name), CertificateNumber: strings.TrimSpace(f.CertificateNumber),
		ValidUntilFrom: f.ValidUntilFrom, ValidUntilTo: f.ValidUntilTo}
	for _, s := range f.Status {
		out.Statuses = append(out.Statuses, registrant.Status(s))
	}
	if f.Matter != "" {
		out.Track = string(filing.TrackOf(auth.Matter(f.Matter)))
	}
	return out
}

func registrantRow(r registrant.Registration) RegistrantRow {
	return RegistrantRow{ID: r.ID.String(), PersonName: r.PersonName, Gender: r.Gender, IDType: r.IDType, IDNumberMasked: r.IDNumberMasked,
		Profession: r.Profession, Track: r.Track, CertificateNumber: r.CertificateNumber, SealNumber: r.SealNumber,
		ValidFrom: date(r.ValidFrom), ValidUntil: date(r.ValidUntil), Status: string(r.Status),
		RegisteredAt: r.RegisteredAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(), Version: r.Version}
}
