package api

import (
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"zhuce/internal/idno"
	"zhuce/internal/registrant"
)

// ExchangeRegistration is a registration as the authorities see it; personal numbers are masked.
type ExchangeRegistration struct {
	ID                      string     `json:"id" format:"uuid" example:"019363d2-77aa-7c01-8a55-0e3f0d6c2b11"`
	Version                 int        `json:"version" example:"2"` // to be named by a correction
	EnterpriseName          string     `json:"enterprise_name" example:"北京华宇建筑设计有限公司"`
	UnifiedSocialCreditCode string     `json:"unified_social_credit_code" example:"91110000000000107R"`
	Province                string     `json:"province" example:"11"`
	PersonName              string     `json:"person_name" example:"李明"`
	IDNumberMasked          string     `json:"id_number_masked" example:"110101********1237"`
	Profession              string     `json:"profession" example:"structural_1"`
	CertificateNumber       string     `json:"certificate_number" example:"S261100123"`
	SealNumber              string     `json:"seal_number" example:"1100321-S007"`
	ValidFrom               string     `json:"valid_from" format:"date" example:"2026-11-23"`
	ValidUntil              string     `json:"valid_until" format:"date" example:"2029-11-22"`
	Status                  string     `json:"status" example:"valid"`
	EndedAt                 *time.Time `json:"ended_at" extensions:"x-nullable" example:"2028-01-05T03:00:00Z"`
	UpdatedAt               time.Time  `json:"updated_at" example:"2026-11-23T03:00:00Z"`
}

// ExchangeRegistrationPage is one page of the register.
type ExchangeRegistrationPage struct {
	Items      []ExchangeRegistration `json:"items"`
	NextCursor *string                `json:"next_cursor" extensions:"x-nullable" example:"eyJzIjoidXBkYXRlZF9hdCJ9"`
}

// RegisterCorrection is what the ministry does to a registration without a filing.
type RegisterCorrection struct {
	CorrectionRef  string `json:"correction_ref" validate:"required,max=100,printascii" example:"gz-20261201-000007"`
	RegistrationID string `json:"registration_id" validate:"required,uuid" format:"uuid" example:"019363d2-77aa-7c01-8a55-0e3f0d6c2b11"`
	Version        int    `json:"version" validate:"gte=1" example:"2"` // the one that was read
	Action         string `json:"action" validate:"required,oneof=amendment revocation" enums:"amendment,revocation" example:"revocation"`
	Reason         string `json:"reason" validate:"required,max=500" example:"以虚假材料取得注册"`
	LegalBasis     string `json:"legal_basis" validate:"omitempty,revocationbasis" example:"licensing_69_2"` // of a revocation: required
	// Numbers and term are of an amendment; what is left out stays.
	CertificateNumber string `json:"certificate_number" validate:"max=20" example:""`
	SealNumber        string `json:"seal_number" validate:"max=20" example:""`
	ValidFrom         string `json:"valid_from" validate:"omitempty,date" format:"date" example:"2026-11-23"`
	ValidUntil        string `json:"valid_until" validate:"omitempty,date" format:"date" example:"2029-11-22"`
	// DryRun judges the same and keeps nothing: 204 says that it would be taken, and the ref stays free.
	DryRun bool `json:"dry_run" validate:"omitempty" example:"false"`
}

// RegisterCorrected is the registration as the correction left it, the same however often it is sent.
type RegisterCorrected struct {
	ID                string  `json:"id" format:"uuid" example:"019363d2-77aa-7c01-8a55-0e3f0d6c2b11"`
	Version           int     `json:"version" example:"3"`
	CertificateNumber string  `json:"certificate_number" example:"S261100123"`
	SealNumber        string  `json:"seal_number" example:"1100321-S007"`
	ValidFrom         string  `json:"valid_from" format:"date" example:"2026-11-23"`
	ValidUntil        string  `json:"valid_until" format:"date" example:"2029-11-22"`
	Status            string  `json:"status" example:"revoked"`
	BarredUntil       *string `json:"barred_until" format:"date" extensions:"x-nullable" example:"2029-12-01"` // the last day without a new registration
}

// listRegistrations shows the register to an authority.
//
// @ID          listRegistrations
// @Summary     The register (注册人员查询)
// @Description For authorities: a province sees its own enterprises' people, the ministry all, in the order in which they changed. Numbers of persons are masked. Every page goes to the audit log.
// @Tags        exchange
// @Produce     json
// @Param       status                     query []string false "状态，可重复" collectionFormat(multi)
// @Param       profession                 query string   false "注册专业"
// @Param       unified_social_credit_code query string   false "统一社会信用代码" maxlength(18)
// @Param       certificate_number         query string   false "注册证书编号" maxlength(20)
// @Param       updated_since              query string   false "自此时刻起有变化" format(date-time)
// @Param       limit                      query int      false "每页行数" minimum(1) maximum(200) default(20)
// @Param       cursor                     query string   false "翻页标记" maxlength(500)
// @Success     200 {object} ExchangeRegistrationPage
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     422 {object} Problem
// @Security    OAuth2[filings:read]
// @Router      /exchange/registrations [get]
func (a *API) listRegistrations(c echo.Context) error {
	q := struct {
		Status     []string `json:"status" validate:"omitempty,max=4,dive,registrantstatus"`
		Profession string   `json:"profession" validate:"omitempty,profession"`
		CreditCode string   `json:"unified_social_credit_code" validate:"max=18"`
		Number     string   `json:"certificate_number" validate:"max=20"`
		Since      string   `json:"updated_since" validate:"omitempty,moment"`
		Cursor     string   `json:"cursor" validate:"max=500"`
	}{c.QueryParams()["status"], c.QueryParam("profession"), c.QueryParam("unified_social_credit_code"), c.QueryParam("certificate_number"), c.QueryParam("updated_since"), c.QueryParam("cursor")}
	if err := a.checkQuery(q); err != nil {
		return err
	}
	since, _ := time.Parse(time.RFC3339, q.Since) // zero for none; checked above
	limit, err := queryInt(c, "limit", pageDefault, 1, pageMax)
	if err != nil {
		return err
	}
	f := registrant.DeskFilter{Profession: q.Profession, CreditCode: q.CreditCode, CertificateNumber: number(q.Number), UpdatedSince: since}
	for _, s := range q.Status {
		f.Statuses = append(f.Statuses, registrant.Status(s))
	}
	p, err := a.app.Registrants.Desk(c.Request().Context(), actor(c), f, q.Cursor, limit)
	if err != nil {
		return err
	}
	out := ExchangeRegistrationPage{Items: make([]ExchangeRegistration, len(p.Items)), NextCursor: orNull(p.NextCursor)}
	for i, r := range p.Items {
		out.Items[i] = ExchangeRegistration{ID: r.ID.String(), Version: r.Version, EnterpriseName: r.EnterpriseName, UnifiedSocialCreditCode: r.CreditCode,
			Province: r.Province, PersonName: r.PersonName, IDNumberMasked: r.IDNumberMasked, Profession: r.Profession, CertificateNumber: r.CertificateNumber,
			SealNumber: r.SealNumber, ValidFrom: date(r.ValidFrom), ValidUntil: date(r.ValidUntil), Status: string(r.Status), EndedAt: utc(r.EndedAt), UpdatedAt: r.UpdatedAt.UTC()}
	}
	return c.JSON(http.StatusOK, out)
}

// correctRegister takes a correction of the register.
//
// @ID          correctRegister
// @Summary     Correct or revoke a registration (注册更正、撤销)
// @Description By the ministry, without a filing: an amendment sets right what was written down wrongly (numbers, term), a revocation (撤销、吊销) ends the registration and bars a new one for as long as its ground says. Both name the version that was read: what changed since is refused with 409. The enterprise is told.
// @Description The same correction_ref with the same body is applied once and answered 200 with the first answer. With `dry_run` nothing is kept: 204 says that it would be taken.
// @Tags        exchange
// @Accept      json
// @Produce     json
// @Param       body body RegisterCorrection true "correction"
// @Success     200 {object} RegisterCorrected "this correction_ref was applied before"
// @Success     201 {object} RegisterCorrected
// @Success     204 "dry run: it would be taken"
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Failure     409 {object} Problem
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Security    OAuth2[registrants:correct]
// @Router      /exchange/registrations/corrections [post]
func (a *API) correctRegister(c echo.Context) error {
	var req RegisterCorrection
	if err := a.bind(c, &req); err != nil {
		return err
	}
	if idno.HasPersonalNumber(req.Reason) {
		return errInvalid.New().With(errPersonalNumber.At("/reason"))
	}
	r, fresh, err := a.app.Registrants.CorrectRegister(c.Request().Context(), actor(c), registrant.Correction{Ref: req.CorrectionRef,
		ID: uuid.MustParse(req.RegistrationID), Version: req.Version, Do: registrant.Act(req.Action), Reason: req.Reason, Basis: req.LegalBasis,
		Given:  registrant.Given{CertificateNumber: number(req.CertificateNumber), SealNumber: number(req.SealNumber), ValidFrom: req.ValidFrom, ValidUntil: req.ValidUntil},
		DryRun: req.DryRun})
	if err != nil {
		return err
	}
	out := RegisterCorrected{ID: r.ID.String(), Version: r.Version, CertificateNumber: r.CertificateNumber, SealNumber: r.SealNumber,
		ValidFrom: date(r.ValidFrom), ValidUntil: date(r.ValidUntil), Status: string(r.Status)}
	if r.BarredUntil != nil {
		day := date(*r.BarredUntil)
		out.BarredUntil = &day
	}
	return taken(c, req.DryRun, createdIf(fresh), out)
}
