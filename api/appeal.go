package api

import (
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"zhuce/internal/appeal"
	"zhuce/internal/workday"
)

// AppealAction says whether an action is open to the caller on a finding, and if not, why.
type AppealAction struct {
	Action  string  `json:"action" example:"submit"`
	Allowed bool    `json:"allowed" example:"false"`
	Code    *string `json:"code" extensions:"x-nullable" example:"appeal.cannot_be_submitted"`
	Reason  *string `json:"reason" extensions:"x-nullable" example:"只有待申辩或逾期未申辩的异常信息可以提交申辩（当前：已申辩）"`
}

// AppealClock is how long the statement may still take.
type AppealClock struct {
	DaysLeft     int  `json:"days_left" minimum:"-100000" example:"12"`    // 0: today is the last day; negative: so many days ago
	WorkdaysLeft int  `json:"workdays_left" minimum:"-100000" example:"8"` // today not counted, the last day counted
	Official     bool `json:"official" example:"true"`                     // false: working days of a year on the way are not published yet
}

// AppealRow is a finding as lists show it.
type AppealRow struct {
	ID                string         `json:"id" format:"uuid" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	Reference         string         `json:"reference" example:"YC20261123000012"`
	Kind              string         `json:"kind" example:"insurance_mismatch"`
	PersonName        string         `json:"person_name" example:"李明"`
	IDNumberMasked    string         `json:"id_number_masked" example:"110101********1237"`
	CertificateNumber string         `json:"certificate_number" example:"S201101234"`
	RegistrantID      *string        `json:"registrant_id" format:"uuid" extensions:"x-nullable" example:"019363d0-9a10-7e21-8c43-b1a2c3d4e5f6"` // null: nobody registered here was recognised
	State             string         `json:"state" example:"awaiting_statement"`
	Open              bool           `json:"open" example:"true"`
	Late              bool           `json:"late" example:"false"` // submitted after the last day
	FoundOn           string         `json:"found_on" format:"date" example:"2026-11-20"`
	DueOn             string         `json:"due_on" format:"date" example:"2026-12-23"`
	DueGiven          bool           `json:"due_given" example:"false"` // the authority set the last day
	Clock             *AppealClock   `json:"clock" extensions:"x-nullable"`
	ReceivedAt        time.Time      `json:"received_at" example:"2026-11-23T02:00:00Z"`
	SubmittedAt       *time.Time     `json:"submitted_at" extensions:"x-nullable" example:"2026-11-24T03:00:00Z"`
	DecidedAt         *time.Time     `json:"decided_at" extensions:"x-nullable" example:"2026-12-01T03:00:00Z"`
	Version           int            `json:"version" example:"3"`
	Actions           []AppealAction `json:"actions"`
}

// AppealPage is one page of findings.
type AppealPage struct {
	Items      []AppealRow `json:"items"`
	NextCursor *string     `json:"next_cursor" extensions:"x-nullable" example:"eyJzIjoiZHVlX29uIn0"`
	Total      int64       `json:"total" example:"7"`
}

// AppealFilter is what the list is queried by.
type AppealFilter struct {
	State        []string `json:"state" validate:"omitempty,max=6,dive,appealstate" example:"awaiting_statement"`
	Kind         string   `json:"kind" validate:"omitempty,appealkind" example:"insurance_mismatch"`
	Name         string   `json:"name" validate:"max=60" example:"李"`
	DueFrom      string   `json:"due_from" validate:"omitempty,date" format:"date" example:"2026-12-01"`
	DueTo        string   `json:"due_to" validate:"omitempty,date" format:"date" example:"2026-12-31"`
	RegistrantID string   `json:"registrant_id" validate:"omitempty,uuid" format:"uuid" example:"019363d0-9a10-7e21-8c43-b1a2c3d4e5f6"`
	Sort         string   `json:"sort" validate:"omitempty,appealsort" example:"due_on"`
	Cursor       string   `json:"cursor" validate:"max=500" example:""`
}

// AppealCount is the number of findings of one state.
type AppealCount struct {
	State string `json:"state" example:"awaiting_statement"`
	Count int64  `json:"count" example:"2"`
}

// AppealCounts is the number of findings by state; every state is present.
type AppealCounts struct {
	Total  int64         `json:"total" example:"7"`
	Counts []AppealCount `json:"counts"`
}

// listAppeals lists the findings about the enterprise's people.
//
// @ID          listAppeals
// @Summary     List findings and appeals (申辩管理)
// @Description What awaits a statement comes first, by its last day; all else after it.
// @Tags        appeals
// @Produce     json
// @Param       state         query []string false "状态，可重复" collectionFormat(multi) Enums(awaiting_statement, overdue, submitted, under_review, upheld, rejected)
// @Param       kind          query string   false "异常类型" Enums(insurance_mismatch, insurance_several, insurance_none, housing_fund_mismatch, housing_fund_several, safety_mismatch, identity_mismatch, several_units, qualification_doubted, other)
// @Param       name          query string   false "姓名的一部分" maxlength(60)
// @Param       due_from      query string   false "截止日期从" format(date)
// @Param       due_to        query string   false "截止日期到" format(date)
// @Param       registrant_id query string   false "注册人员" format(uuid)
// @Param       sort          query string   false "排序" Enums(due_on, -due_on, -received_at, received_at, person_name, -person_name)
// @Param       limit         query int      false "每页行数" minimum(1) maximum(200) default(20)
// @Param       cursor        query string   false "翻页标记" maxlength(500)
// @Success     200 {object} AppealPage
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     422 {object} Problem
// @Security    Session
// @Security    OAuth2[enterprise:appeals]
// @Router      /appeals [get]
func (a *API) listAppeals(c echo.Context) error {
	f, err := a.appealFilter(c)
	if err != nil {
		return err
	}
	limit, err := queryInt(c, "limit", pageDefault, 1, pageMax)
	if err != nil {
		return err
	}
	p, err := a.app.Appeals.List(c.Request().Context(), actor(c), f.filter(), f.Sort, f.Cursor, limit)
	if err != nil {
		return err
	}
	out := AppealPage{Items: make([]AppealRow, len(p.Items)), NextCursor: orNull(p.NextCursor), Total: p.Total}
	for i, one := range p.Items {
		out.Items[i] = a.appealRow(one, language(c.Request()))
		out.Items[i].Actions = forPeople(c, out.Items[i].Actions)
	}
	return c.JSON(http.StatusOK, out)
}

// countAppeals counts by state.
//
// @ID          countAppeals
// @Summary     Count findings by state (按状态统计)
// @Description How many findings stand in each state, for the tabs above the list; the same filters as the list, but for the state.
// @Tags        appeals
// @Produce     json
// @Param       kind          query string false "异常类型" Enums(insurance_mismatch, insurance_several, insurance_none, housing_fund_mismatch, housing_fund_several, safety_mismatch, identity_mismatch, several_units, qualification_doubted, other)
// @Param       name          query string false "姓名的一部分" maxlength(60)
// @Param       due_from      query string false "截止日期从" format(date)
// @Param       due_to        query string false "截止日期到" format(date)
// @Param       registrant_id query string false "注册人员" format(uuid)
// @Success     200 {object} AppealCounts
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     422 {object} Problem
// @Security    Session
// @Security    OAuth2[enterprise:appeals]
// @Router      /appeals/counts [get]
func (a *API) countAppeals(c echo.Context) error {
	f, err := a.appealFilter(c)
	if err != nil {
		return err
	}
	counts, err := a.app.Appeals.Counts(c.Request().Context(), actor(c), f.filter())
	if err != nil {
		return err
	}
	out := AppealCounts{Counts: make([]AppealCount, len(appeal.States))}
	for i, s := range appeal.States {
		n := counts[appeal.State(s.Value)]
		out.Counts[i] = AppealCount{s.Value, n}
		out.Total += n
	}
	return c.JSON(http.StatusOK, out)
}

// appealFilter reads the filter from the query and checks it like a body.
func (a *API) appealFilter(c echo.Context) (AppealFilter, error) {
	f := AppealFilter{State: c.QueryParams()["state"], Kind: c.QueryParam("kind"), Name: c.QueryParam("name"),
		DueFrom: c.QueryParam("due_from"), DueTo: c.QueryParam("due_to"), RegistrantID: c.QueryParam("registrant_id"),
		Sort: c.QueryParam("sort"), Cursor: c.QueryParam("cursor")}
	return f, a.checkQuery(f)
}

func (f AppealFilter) filter() appeal.Filter {
	out := appeal.Filter{Kind: appeal.Kind(f.Kind), Name: strings.TrimSpace(f.Name), DueFrom: day(f.DueFrom, 0), DueTo: day(f.DueTo, 0)}
	for _, s := range f.State {
		out.States = append(out.States, appeal.State(s))
	}
	if f.RegistrantID != "" {
		out.RegistrantID = uuid.MustParse(f.RegistrantID) // validation has checked it
	}
	return out
}

func (a *API) appealRow(one appeal.Appeal, lang string) AppealRow {
	now := a.app.Now()
	row := AppealRow{ID: one.ID.String(), Reference: one.Reference, Kind: string(one.Kind), PersonName: one.PersonName,
		IDNumberMasked: one.IDNumberMasked, CertificateNumber: one.CertificateNumber, RegistrantID: idOrNull(one.RegistrantID),
		State: string(one.State), Open: one.State.Open(), Late: one.Late, FoundOn: workday.Date(one.FoundOn), DueOn: workday.Date(one.DueOn),
		DueGiven: one.DueGiven, ReceivedAt: one.ReceivedAt.UTC(), SubmittedAt: utc(one.SubmittedAt), DecidedAt: utc(one.DecidedAt), Version: one.Version}
	if clock := a.app.Appeals.Clock(one, now); clock != nil {
		row.Clock = &AppealClock{clock.DaysLeft, clock.WorkdaysLeft, clock.Official}
	}
	for _, al := range appeal.Allowed(one, now) {
		action := AppealAction{Action: string(al.Action), Allowed: al.Denied == nil}
		if al.Denied != nil {
			code, reason := al.Denied.Def.Code, al.Denied.Def.Text.In(lang, al.Denied.Params)
			action.Code, action.Reason = &code, &reason
		}
		row.Actions = append(row.Actions, action)
	}
	return row
}
