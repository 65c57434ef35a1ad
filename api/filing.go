package api

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/filing"
	"zhuce/internal/label"
)

const (
	pageDefault = 20
	pageMax     = 200
	reasonMax   = 500 // characters
)

// errPersonalNumber refuses an identity or phone number in a text that others read.
var errPersonalNumber = errs.Define(errs.Invalid, "request.personal_number", "请勿在此填写身份证件号码或手机号", "Do not write identity or phone numbers here")

// FilingAction says whether an action is open to the caller on a filing, and if not, why.
type FilingAction struct {
	Action  string  `json:"action" example:"submit"`
	Allowed bool    `json:"allowed" example:"false"`
	Code    *string `json:"code" extensions:"x-nullable" example:"filing.only_pending_can_be_submitted"`
	Reason  *string `json:"reason" extensions:"x-nullable" example:"只有未上报的申报可以上报（当前：省级未受理）"`
}

// FilingRow is a filing as lists show it; personal numbers are masked.
type FilingRow struct {
	ID               string  `json:"id" format:"uuid" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	Reference        string  `json:"reference" example:"ZC2026112300000123"`
	PersonName       string  `json:"person_name" example:"李明"`
	Gender           string  `json:"gender" example:"male"`
	IDType           string  `json:"id_type" example:"resident_id"`
	IDNumberMasked   string  `json:"id_number_masked" example:"110101********1237"`
	Profession       string  `json:"profession" example:"structural_1"`
	RegistrationType string  `json:"registration_type" example:"initial"`
	Track            string  `json:"track" example:"engineer"`
	Status           string  `json:"status" example:"pending_submission"`
	Phase            string  `json:"phase" example:"enterprise"`
	Open             bool    `json:"open" example:"true"`
	PreRegistration  *string `json:"pre_registration" extensions:"x-nullable" example:"awaiting_qualification"`
	// QualificationDueOn is the last day on which a pre-registration can be supplemented; null while none runs.
	QualificationDueOn *string `json:"qualification_due_on" format:"date" extensions:"x-nullable" example:"2026-12-23"`
	// QualificationDaysLeft counts to that day, 0 on the day itself; null unless the qualification is awaited.
	QualificationDaysLeft *int    `json:"qualification_days_left" extensions:"x-nullable" example:"30"`
	Withdrawal            *string `json:"withdrawal" extensions:"x-nullable" example:"requested"`
	// Clock is how long the authority may take for its present step; null while none has to act.
	Clock *FilingClock `json:"clock" extensions:"x-nullable"`
	// Finding is an open finding against the person; null where there is none, and for an integrator that may not see appeals.
	Finding     *OpenFinding   `json:"finding" extensions:"x-nullable"`
	Revision    int            `json:"revision" example:"1"`
	Province    string         `json:"province" example:"11"`
	DeliveredAt time.Time      `json:"delivered_at" example:"2026-11-23T02:00:00Z"`
	SubmittedAt *time.Time     `json:"submitted_at" extensions:"x-nullable" example:"2026-11-23T03:00:00Z"`
	UpdatedAt   time.Time      `json:"updated_at" example:"2026-11-23T03:00:00Z"`
	Version     int            `json:"version" example:"1"`
	Actions     []FilingAction `json:"actions"`
}

// FilingPage is one page of filings.
type FilingPage struct {
	Items      []FilingRow `json:"items"`
	NextCursor *string     `json:"next_cursor" extensions:"x-nullable" example:"eyJzIjoiLXVwZGF0ZWRfYXQifQ"`
	Total      int64       `json:"total" example:"153"`
}

// FilingFilter is what the list is queried by.
type FilingFilter struct {
	Matter           string   `json:"matter" validate:"omitempty,oneof=architects engineers" example:"engineers"`
	Status           []string `json:"status" validate:"omitempty,max=14,dive,filingstatus" example:"pending_submission"`
	Profession       string   `json:"profession" validate:"omitempty,profession" example:"structural_1"`
	RegistrationType string   `json:"registration_type" validate:"omitempty,registrationtype" example:"initial"`
	PreRegistration  string   `json:"pre_registration" validate:"omitempty,oneof=awaiting_qualification supplemented lapsed" example:"awaiting_qualification"`
	Withdrawal       string   `json:"withdrawal" validate:"omitempty,oneof=requested agreed declined void" example:"requested"`
	Overdue          bool     `json:"overdue" validate:"omitempty" example:"false"` // only those whose step is overdue at an authority
	Name             string   `json:"name" validate:"max=60" example:"李"`
	DeliveredFrom    string   `json:"delivered_from" validate:"omitempty,date" format:"date" example:"2026-11-01"`
	DeliveredTo      string   `json:"delivered_to" validate:"omitempty,date" format:"date" example:"2026-11-30"`
	SubmittedFrom    string   `json:"submitted_from" validate:"omitempty,date" format:"date" example:"2026-11-01"`
	SubmittedTo      string   `json:"submitted_to" validate:"omitempty,date" format:"date" example:"2026-11-30"`
}

// FilingSearch is a query whose ID number must not stand in a URL.
type FilingSearch struct {
	FilingFilter
	IDNumber string `json:"id_number" validate:"max=30" example:"110101199003071233"`
	Sort     string `json:"sort" validate:"omitempty,filingsort" example:"-updated_at"`
	Limit    int    `json:"limit" validate:"omitempty,gte=1,lte=200" example:"20"`
	Cursor   string `json:"cursor" validate:"max=500" example:""`
}

// FilingCount is the number of filings of one status.
type FilingCount struct {
	Status string `json:"status" example:"pending_submission"`
	Count  int64  `json:"count" example:"12"`
}

// FilingCounts is the number of filings by status; every status is present.
type FilingCounts struct {
	Total  int64         `json:"total" example:"153"`
	Counts []FilingCount `json:"counts"`
	// WithdrawalsAsked is how many wait for the enterprise's answer to a request to withdraw.
	WithdrawalsAsked int64 `json:"withdrawals_asked" example:"2"`
	// Overdue is how many an authority is late with.
	Overdue int64 `json:"overdue" example:"1"`
}

// listFilings lists the enterprise's filings.
//
// @ID          listFilings
// @Summary     List filings (注册申报管理)
// @Description Without `status`, returned filings are left out. To search by ID number use POST /filings/search.
// @Tags        filings
// @Produce     json
// @Param       matter            query string   false "事项" Enums(architects, engineers)
// @Param       status            query []string false "状态，可重复" collectionFormat(multi)
// @Param       profession        query string   false "注册专业"
// @Param       registration_type query string   false "注册类型"
// @Param       pre_registration  query string   false "预注册" Enums(awaiting_qualification, supplemented, lapsed)
// @Param       withdrawal        query string   false "撤回" Enums(requested, agreed, declined, void)
// @Param       overdue           query bool     false "只看办理超期的"
// @Param       name              query string   false "姓名的一部分" maxlength(60)
// @Param       delivered_from    query string   false "报送日期从" format(date)
// @Param       delivered_to      query string   false "报送日期到" format(date)
// @Param       submitted_from    query string   false "上报日期从" format(date)
// @Param       submitted_to      query string   false "上报日期到" format(date)
// @Param       sort              query string   false "排序" Enums(-updated_at, updated_at, -delivered_at, delivered_at, -submitted_at, submitted_at, person_name, -person_name)
// @Param       limit             query int      false "每页行数" minimum(1) maximum(200) default(20)
// @Param       cursor            query string   false "翻页标记" maxlength(500)
// @Success     200 {object} FilingPage
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     422 {object} Problem
// @Security    Session
// @Security    OAuth2[enterprise:filings]
// @Router      /filings [get]
func (a *API) listFilings(c echo.Context) error {
	f, err := a.queryFilter(c)
	if err != nil {
		return err
	}
	limit, err := queryInt(c, "limit", pageDefault, 1, pageMax)
	if err != nil {
		return err
	}
	q := FilingSearch{FilingFilter: f, Sort: c.QueryParam("sort"), Limit: limit, Cursor: c.QueryParam("cursor")}
	if err := a.checkQuery(q); err != nil {
		return err
	}
	return a.filings(c, q)
}

// searchFilings lists by a body, so that an ID number stands in no URL.
//
// @ID          searchFilings
// @Summary     Search filings, also by ID number (按证件号码查询)
// @Description The same answer as GET /filings. An ID number never goes in a URL; here it is compared by a keyed hash.
// @Tags        filings
// @Accept      json
// @Produce     json
// @Param       body body FilingSearch true "query"
// @Success     200 {object} FilingPage
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Security    Session
// @Security    OAuth2[enterprise:filings]
// @Router      /filings/search [post]
func (a *API) searchFilings(c echo.Context) error {
	q := FilingSearch{Limit: pageDefault}
	if err := a.bind(c, &q); err != nil {
		return err
	}
	if q.Limit == 0 {
		q.Limit = pageDefault
	}
	return a.filings(c, q)
}

func (a *API) filings(c echo.Context, q FilingSearch) error {
	f := q.filter()
	f.IDNumber = strings.TrimSpace(q.IDNumber)
	p, err := a.app.Filings.List(c.Request().Context(), actor(c), f, q.Sort, q.Cursor, q.Limit)
	if err != nil {
		return err
	}
	barred, err := a.barred(c, p.Items)
	if err != nil {
		return err
	}
	ids := make([]uuid.UUID, len(p.Items))
	for i, f := range p.Items {
		ids[i] = f.ID
	}
	marks, err := a.app.Appeals.OpenOfFilings(c.Request().Context(), actor(c), ids)
	if err != nil {
		return err
	}
	out := FilingPage{Items: make([]FilingRow, len(p.Items)), NextCursor: orNull(p.NextCursor), Total: p.Total}
	lang := language(c.Request())
	for i, f := range p.Items {
		out.Items[i] = a.filingRow(f, lang, barred)
		out.Items[i].Finding = openFinding(marks, f.ID)
		out.Items[i].Actions = forPeople(c, out.Items[i].Actions)
	}
	return c.JSON(http.StatusOK, out)
}

// countFilings counts by status.
//
// @ID          countFilings
// @Summary     Count filings by status (按状态统计)
// @Description How many filings stand in each status, for the tabs above the list; the same filters as the list, but for the status.
// @Tags        filings
// @Produce     json
// @Param       matter            query string false "事项" Enums(architects, engineers)
// @Param       profession        query string false "注册专业"
// @Param       registration_type query string false "注册类型"
// @Param       pre_registration  query string false "预注册" Enums(awaiting_qualification, supplemented, lapsed)
// @Param       name              query string false "姓名的一部分" maxlength(60)
// @Param       delivered_from    query string false "报送日期从" format(date)
// @Param       delivered_to      query string false "报送日期到" format(date)
// @Param       submitted_from    query string false "上报日期从" format(date)
// @Param       submitted_to      query string false "上报日期到" format(date)
// @Success     200 {object} FilingCounts
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     422 {object} Problem
// @Security    Session
// @Security    OAuth2[enterprise:filings]
// @Router      /filings/counts [get]
func (a *API) countFilings(c echo.Context) error {
	q, err := a.queryFilter(c)
	if err != nil {
		return err
	}
	counts, err := a.app.Filings.Counts(c.Request().Context(), actor(c), q.filter())
	if err != nil {
		return err
	}
	out := FilingCounts{Counts: make([]FilingCount, len(filing.Statuses)), WithdrawalsAsked: counts.WithdrawalsAsked, Overdue: counts.Overdue}
	for i, s := range filing.Statuses {
		n := counts.ByStatus[filing.Status(s.Value)]
		out.Counts[i] = FilingCount{s.Value, n}
		if s.Value != string(filing.Returned) {
			out.Total += n
		}
	}
	return c.JSON(http.StatusOK, out)
}

// queryFilter reads the filter from the query and checks it like a body.
func (a *API) queryFilter(c echo.Context) (FilingFilter, error) {
	overdue, err := queryBool(c, "overdue")
	if err != nil {
		return FilingFilter{}, err
	}
	f := FilingFilter{Overdue: overdue, Matter: c.QueryParam("matter"), Status: c.QueryParams()["status"], Profession: c.QueryParam("profession"),
		RegistrationType: c.QueryParam("registration_type"), PreRegistration: c.QueryParam("pre_registration"), Withdrawal: c.QueryParam("withdrawal"), Name: c.QueryParam("name"),
		DeliveredFrom: c.QueryParam("delivered_from"), DeliveredTo: c.QueryParam("delivered_to"),
		SubmittedFrom: c.QueryParam("submitted_from"), SubmittedTo: c.QueryParam("submitted_to")}
	return f, a.checkQuery(f)
}

func (f FilingFilter) filter() filing.Filter {
	out := filing.Filter{Overdue: f.Overdue, Profession: filing.Profession(f.Profession), RegistrationType: filing.RegistrationType(f.RegistrationType),
		PreRegistration: filing.PreRegistration(f.PreRegistration), Withdrawal: filing.Withdrawal(f.Withdrawal),
		Name: strings.TrimSpace(f.Name), DeliveredFrom: day(f.DeliveredFrom, 0), DeliveredBefore: day(f.DeliveredTo, 1),
		SubmittedFrom: day(f.SubmittedFrom, 0), SubmittedBefore: day(f.SubmittedTo, 1)}
	for _, s := range f.Status {
		out.Statuses = append(out.Statuses, filing.Status(s))
	}
	if f.Matter != "" {
		out.Track = filing.TrackOf(auth.Matter(f.Matter))
	}
	return out
}

// barred is what keeps the enterprise from submitting, asked only where a row could be.
func (a *API) barred(c echo.Context, rows []filing.Filing) (*errs.Error, error) {
	if !slices.ContainsFunc(rows, func(f filing.Filing) bool { return f.Status == filing.PendingSubmission }) {
		return nil, nil
	}
	return a.app.Renames.Barred(c.Request().Context(), actor(c))
}

func (a *API) filingRow(f filing.Filing, lang string, barred *errs.Error) FilingRow {
	row := FilingRow{ID: f.ID.String(), Reference: f.Reference, PersonName: f.PersonName, Gender: f.Gender, IDType: f.IDType,
		IDNumberMasked: f.IDNumberMasked, Profession: string(f.Profession), RegistrationType: string(f.RegistrationType), Track: string(f.Track),
		Status: string(f.Status), Phase: string(f.Status.Phase()), Open: f.Status.Open(),
		PreRegistration: orNull(string(f.PreRegistration)), Withdrawal: orNull(string(f.Withdrawal)),
		Revision: f.Revision, Province: f.Province, DeliveredAt: f.DeliveredAt.UTC(), SubmittedAt: utc(f.SubmittedAt), UpdatedAt: f.UpdatedAt.UTC(),
		Version: f.Version, QualificationDueOn: orNull(f.QualificationDueOn), Clock: a.filingClock(f)}
	if days, ok := f.QualificationDaysLeft(a.app.Now()); ok {
		row.QualificationDaysLeft = &days
	}
	row.Actions = filingActions(filing.AllowedWhile(f, barred), lang)
	return row
}

func filingActions(list []filing.Allowance, lang string) []FilingAction {
	out := make([]FilingAction, len(list))
	for i, al := range list {
		out[i] = FilingAction{Action: string(al.Action), Allowed: al.Denied == nil}
		if al.Denied != nil {
			code, reason := al.Denied.Def.Code, al.Denied.Def.Text.In(lang, al.Denied.Params)
			out[i].Code, out[i].Reason = &code, &reason
		}
	}
	return out
}

func knownStatus(s string) bool {
	return label.Known(filing.Statuses, s)
}

func knownRegistrationType(s string) bool {
	return label.Known(filing.RegistrationTypes, s)
}
