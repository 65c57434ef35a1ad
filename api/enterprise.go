package api

import (
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	employer "zhuce/internal/enterprise"
)

// EnterpriseQualification is a qualification certificate (资质证书).
type EnterpriseQualification struct {
	CertificateNumber string  `json:"certificate_number" validate:"max=20" example:"A131000001"`
	Category          string  `json:"category" validate:"max=40" example:"design_industry"`
	Title             string  `json:"title" validate:"max=200" example:"建筑行业（建筑工程）"`
	Grade             string  `json:"grade" validate:"max=40" example:"a"`
	IssuingAuthority  string  `json:"issuing_authority" validate:"max=200" example:"中华人民共和国住房和城乡建设部"`
	IssuedOn          string  `json:"issued_on" validate:"max=10" example:"2023-05-04"`
	ValidUntil        string  `json:"valid_until" validate:"max=10" example:"2028-05-04"`
	State             string  `json:"state" validate:"max=40" example:"normal"`
	CopyAttachmentID  *string `json:"copy_attachment_id" validate:"omitempty,uuid" extensions:"x-nullable" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
}

// EnterpriseContact is whom to call (联系人).
type EnterpriseContact struct {
	Name          string `json:"name" validate:"max=50" example:"周经办"`
	Mobile        string `json:"mobile" validate:"max=20" example:"13812345678"`
	Telephone     string `json:"telephone" validate:"max=30" example:"021-65980000"`
	Email         string `json:"email" validate:"max=254" example:"office@example.com"`
	PostalAddress string `json:"postal_address" validate:"max=200" example:"上海市杨浦区四平路 1 号"`
	Postcode      string `json:"postcode" validate:"max=6" example:"200092"`
}

// EnterpriseForm is what the enterprise fills in. An unsaved one has empty texts and no capital.
type EnterpriseForm struct {
	RegisteredAddress     string                    `json:"registered_address" validate:"max=200" example:"上海市杨浦区四平路 1 号"`
	Province              string                    `json:"province" validate:"max=2" example:"31"`
	City                  string                    `json:"city" validate:"max=50" example:"上海市"`
	District              string                    `json:"district" validate:"max=50" example:"杨浦区"`
	EstablishedOn         string                    `json:"established_on" validate:"max=10" example:"1998-06-01"`
	RegisteredCapitalWan  *float64                  `json:"registered_capital_wan" validate:"omitempty" extensions:"x-nullable" example:"5000.00"` // in 10,000 yuan
	RegistrationAuthority string                    `json:"registration_authority" validate:"max=200" example:"上海市市场监督管理局"`
	LicenceValidUntil     string                    `json:"licence_valid_until" validate:"max=10" example:""` // empty: no end (长期)
	EconomicType          string                    `json:"economic_type" validate:"max=40" example:"limited_liability"`
	Industries            []string                  `json:"industries" validate:"max=50,dive,max=40" example:"design"`
	Qualifications        []EnterpriseQualification `json:"qualifications" validate:"max=50,dive"`
	Contact               EnterpriseContact         `json:"contact"`
}

// EnterpriseDrift is a locked field in which the login differs from what is stored.
type EnterpriseDrift struct {
	Field  string `json:"field" enums:"name,legal_representative" example:"name"`
	Stored string `json:"stored" example:"华东示例建筑设计院有限公司"`
	Login  string `json:"login" example:"华东示例设计集团有限公司"`
}

// EnterpriseName is what the enterprise was called before (曾用名).
type EnterpriseName struct {
	Name       string    `json:"name" example:"华东示例建筑设计院有限公司"`
	ValidFrom  time.Time `json:"valid_from" example:"2024-03-01T02:00:00Z"` // the first sign-in here, or the rename before
	ValidUntil time.Time `json:"valid_until" example:"2026-11-26T03:00:00Z"`
	RenameID   string    `json:"rename_id" format:"uuid" example:"019363d0-9f6b-7c3a-9a55-0e3f0d6c2b33"`
}

// Enterprise is the employer's record (企业基本信息).
type Enterprise struct {
	ID                      string            `json:"id" format:"uuid" example:"019363d0-7a10-7d3e-8f40-51627384a5b6"`
	Name                    string            `json:"name" example:"华东示例建筑设计院有限公司"`
	UnifiedSocialCreditCode string            `json:"unified_social_credit_code" example:"91310000000000010J"`
	CreditCodeValid         bool              `json:"credit_code_valid" example:"true"` // false warns and forbids nothing
	LegalRepresentative     string            `json:"legal_representative" example:"陈示例"`
	LegalPersonType         string            `json:"legal_person_type" example:"enterprise"`
	Saved                   bool              `json:"saved" example:"true"`
	SavedAt                 *time.Time        `json:"saved_at" extensions:"x-nullable" example:"2026-11-23T03:00:00Z"`
	Version                 int               `json:"version" example:"3"`
	UniqueCode              string            `json:"unique_code" example:"3100000"` // 企业唯一码; empty while there is no certificate
	Drift                   []EnterpriseDrift `json:"drift"`
	FormerNames             []EnterpriseName  `json:"former_names"` // 曾用名, the latest first
	EnterpriseForm
	UpdatedAt time.Time `json:"updated_at" example:"2026-11-23T03:00:00Z"`
}

// getEnterprise shows the basic information of the caller's enterprise.
//
// @ID          getEnterprise
// @Summary     Basic information (企业基本信息)
// @Description Name, code, representative and kind come from the national login and are locked. Before the first save the rest is empty and the version is 0.
// @Tags        enterprise
// @Produce     json
// @Param       If-None-Match header string false "version that the caller has"
// @Success     200 {object} Enterprise
// @Header      200 {string} ETag "the version"
// @Success     304 "the caller has it"
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Security    Session
// @Router      /enterprises/current [get]
func (a *API) getEnterprise(c echo.Context) error {
	e, err := a.app.Enterprises.Current(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	return a.sendEnterprise(c, e)
}

// putEnterprise saves the basic information.
//
// @ID          putEnterprise
// @Summary     Save the basic information (保存企业基本信息)
// @Description Replaces the editable part as a whole. Filing is open from the first save on. If-Match carries the version that was read; another clerk's save in between gives 412 and changes nothing.
// @Tags        enterprise
// @Accept      json
// @Produce     json
// @Param       If-Match        header string         true  "version that was read; 0 before the first save"
// @Param       Idempotency-Key header string         false "makes a repeated request act once"
// @Param       body            body   EnterpriseForm true  "the editable part"
// @Success     200 {object} Enterprise
// @Header      200 {string} ETag "the new version"
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     412 {object} Problem
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Failure     428 {object} Problem
// @Security    Session
// @Router      /enterprises/current [put]
func (a *API) putEnterprise(c echo.Context) error {
	seen, err := ifMatch(c)
	if err != nil {
		return err
	}
	var req EnterpriseForm
	if err := a.bind(c, &req); err != nil {
		return err
	}
	e, err := a.app.Enterprises.Save(c.Request().Context(), actor(c), seen, req.domain())
	if err != nil {
		return err
	}
	return a.sendEnterprise(c, e)
}

func (f EnterpriseForm) domain() employer.BasicInformation {
	b := employer.BasicInformation{
		RegisteredAddress: f.RegisteredAddress, Province: f.Province, City: f.City, District: f.District,
		EstablishedOn: f.EstablishedOn, RegisteredCapitalWan: f.RegisteredCapitalWan, RegistrationAuth: f.RegistrationAuthority,
		LicenceValidUntil: f.LicenceValidUntil, EconomicType: f.EconomicType, Industries: f.Industries,
		Contact: employer.Contact(f.Contact),
	}
	for _, q := range f.Qualifications {
		out := employer.Qualification{CertificateNumber: q.CertificateNumber, Category: q.Category, Title: q.Title, Grade: q.Grade,
			IssuingAuthority: q.IssuingAuthority, IssuedOn: q.IssuedOn, ValidUntil: q.ValidUntil, State: q.State}
		if q.CopyAttachmentID != nil {
			id := uuid.MustParse(*q.CopyAttachmentID) // validation has checked it
			out.CopyAttachmentID = &id
		}
		b.Qualifications = append(b.Qualifications, out)
	}
	return b
}

func (a *API) sendEnterprise(c echo.Context, e employer.Enterprise) error {
	former, err := a.app.Renames.Former(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	out := enterpriseFrom(e)
	out.FormerNames = make([]EnterpriseName, len(former))
	for i, n := range former {
		out.FormerNames[i] = EnterpriseName{n.Name, n.ValidFrom.UTC(), n.ValidUntil.UTC(), n.RenameID.String()}
	}
	return sendVersioned(c, http.StatusOK, e.Version, out)
}

func enterpriseFrom(e employer.Enterprise) Enterprise {
	b := e.Basic
	out := Enterprise{
		ID: e.ID.String(), Name: e.Name, UnifiedSocialCreditCode: e.CreditCode, CreditCodeValid: e.CreditCodeValid(),
		LegalRepresentative: e.LegalRepresentative, LegalPersonType: e.LegalPersonType,
		Saved: e.Saved(), SavedAt: utc(e.SavedAt), Version: e.Version, UniqueCode: e.UniqueCode(), Drift: []EnterpriseDrift{},
		EnterpriseForm: EnterpriseForm{
			RegisteredAddress: b.RegisteredAddress, Province: b.Province, City: b.City, District: b.District,
			EstablishedOn: b.EstablishedOn, RegisteredCapitalWan: b.RegisteredCapitalWan, RegistrationAuthority: b.RegistrationAuth,
			LicenceValidUntil: b.LicenceValidUntil, EconomicType: b.EconomicType,
			Industries: append([]string{}, b.Industries...), Qualifications: []EnterpriseQualification{},
			Contact: EnterpriseContact(b.Contact),
		},
		UpdatedAt: e.UpdatedAt.UTC(),
	}
	for _, d := range e.Drift() {
		out.Drift = append(out.Drift, EnterpriseDrift(d))
	}
	for _, q := range b.Qualifications {
		out.Qualifications = append(out.Qualifications, EnterpriseQualification{CertificateNumber: q.CertificateNumber,
			Category: q.Category, Title: q.Title, Grade: q.Grade, IssuingAuthority: q.IssuingAuthority,
			IssuedOn: q.IssuedOn, ValidUntil: q.ValidUntil, State: q.State, CopyAttachmentID: idOrNull(q.CopyAttachmentID)})
	}
	return out
}
