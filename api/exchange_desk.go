package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"zhuce/internal/auth"
	"zhuce/internal/filing"
)

// ExchangeFilingPage is one page of an authority's list.
type ExchangeFilingPage struct {
	Items      []ExchangeFiling `json:"items"`
	NextCursor *string          `json:"next_cursor" extensions:"x-nullable" example:"eyJzIjoic3VibWl0dGVkX2F0In0"`
	Total      int64            `json:"total" example:"12"`
}

// deskQuery is what the list is queried by.
type deskQuery struct {
	Matter           string   `json:"matter" validate:"omitempty,oneof=architects engineers"`
	Status           []string `json:"status" validate:"omitempty,max=14,dive,filingstatus"`
	Profession       string   `json:"profession" validate:"omitempty,profession"`
	RegistrationType string   `json:"registration_type" validate:"omitempty,registrationtype"`
	Province         string   `json:"province" validate:"max=2"`
	Overdue          bool     `json:"overdue" validate:"omitempty"`
	Sort             string   `json:"sort" validate:"omitempty,desksort"`
	Cursor           string   `json:"cursor" validate:"max=500"`
}

// listDesk lists what an authority has to decide.
//
// @ID          listDesk
// @Summary     The filings in an authority's hands (待办申报)
// @Description For authorities: without `status`, what lies with the caller now; who has waited longest comes first; `sort=due_on` puts first what is due first, and what no authority has to act upon last. A province sees its own provinces' filings. What an enterprise has not submitted is not listed. Every page goes to the audit log.
// @Tags        exchange
// @Produce     json
// @Param       matter            query string   false "事项" Enums(architects, engineers)
// @Param       status            query []string false "状态，可重复" collectionFormat(multi)
// @Param       profession        query string   false "注册专业"
// @Param       registration_type query string   false "注册类型"
// @Param       province          query string   false "省级行政区划代码，两位"
// @Param       overdue           query bool     false "只看办理超期的"
// @Param       sort              query string   false "排序" Enums(submitted_at, -submitted_at, due_on, -due_on)
// @Param       limit             query int      false "每页行数" minimum(1) maximum(200) default(20)
// @Param       cursor            query string   false "翻页标记" maxlength(500)
// @Success     200 {object} ExchangeFilingPage
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     422 {object} Problem
// @Security    OAuth2[filings:read]
// @Router      /exchange/filings [get]
func (a *API) listDesk(c echo.Context) error {
	overdue, err := queryBool(c, "overdue")
	if err != nil {
		return err
	}
	q := deskQuery{Overdue: overdue, Matter: c.QueryParam("matter"), Status: c.QueryParams()["status"], Profession: c.QueryParam("profession"),
		RegistrationType: c.QueryParam("registration_type"), Province: c.QueryParam("province"), Sort: c.QueryParam("sort"), Cursor: c.QueryParam("cursor")}
	if err := a.checkQuery(q); err != nil {
		return err
	}
	limit, err := queryInt(c, "limit", pageDefault, 1, pageMax)
	if err != nil {
		return err
	}
	f := filing.DeskFilter{Overdue: q.Overdue, Profession: filing.Profession(q.Profession), RegistrationType: filing.RegistrationType(q.RegistrationType), Province: q.Province}
	for _, s := range q.Status {
		f.Statuses = append(f.Statuses, filing.Status(s))
	}
	if q.Matter != "" {
		f.Track = filing.TrackOf(auth.Matter(q.Matter))
	}
	who := actor(c)
	p, err := a.app.Filings.Desk(c.Request().Context(), who, f, q.Sort, q.Cursor, limit)
	if err != nil {
		return err
	}
	out := ExchangeFilingPage{Items: make([]ExchangeFiling, len(p.Items)), NextCursor: orNull(p.NextCursor), Total: p.Total}
	for i, r := range p.Items {
		out.Items[i] = a.exchangeFiling(r, who.Party, language(c.Request()))
	}
	return c.JSON(http.StatusOK, out)
}

func (a *API) exchangeFiling(r filing.DeskRow, by auth.Party, lang string) ExchangeFiling {
	f := r.Filing
	return ExchangeFiling{ID: f.ID.String(), FilingRef: f.FilingRef, Reference: f.Reference, EnterpriseName: r.EnterpriseName,
		UnifiedSocialCreditCode: r.CreditCode, PersonName: f.PersonName, IDNumberMasked: f.IDNumberMasked, Profession: string(f.Profession),
		RegistrationType: string(f.RegistrationType), Track: string(f.Track), Province: f.Province, Status: string(f.Status),
		Phase: string(f.Status.Phase()), Open: f.Status.Open(), PreRegistration: orNull(string(f.PreRegistration)), Withdrawal: orNull(string(f.Withdrawal)), Clock: a.filingClock(f),
		Revision: f.Revision, DeliveredAt: f.DeliveredAt.UTC(), SubmittedAt: utc(f.SubmittedAt), UpdatedAt: f.UpdatedAt.UTC(),
		Actions: filingActions(filing.AllowedTo(f, by), lang)}
}
