package api

import (
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"zhuce/internal/filing"
	"zhuce/internal/registers"
)

// RegisteredCertificate is a qualification certificate as its register has it.
type RegisteredCertificate struct {
	CertificateNumber string `json:"certificate_number" example:"A132000058"`
	Title             string `json:"title" example:"建筑行业（建筑工程）"`
	RegisterCategory  string `json:"register_category" example:"design_industry"` // in the register's words
	RegisterGrade     string `json:"register_grade" example:"a"`                  // likewise
	IssuingAuthority  string `json:"issuing_authority" example:"住房和城乡建设部"`
	IssuedOn          string `json:"issued_on" format:"date" example:"2026-11-01"`
	ValidUntil        string `json:"valid_until" format:"date" example:"2029-11-01"`
	Holder            string `json:"holder" example:"江苏新筑工程咨询有限公司"`
}

// QualificationLookup is what the register says of the enterprise, and what a supplement needs therefore.
type QualificationLookup struct {
	Outcome             string                  `json:"outcome" example:"found"`
	AskedFor            string                  `json:"asked_for" example:"certificate"`
	Certificates        []RegisteredCertificate `json:"certificates"`
	ExpiredCertificates []RegisteredCertificate `json:"expired_certificates"`
	AsOf                *time.Time              `json:"as_of" extensions:"x-nullable" example:"2026-11-23T03:00:00Z"` // when the register said so; null when it never did
	Stale               bool                    `json:"stale" example:"false"`                                        // it does not answer now: this is its last answer
	UniqueCode          string                  `json:"unique_code" example:"3200005"`                                // characters 3 to 9 of every certificate of this enterprise; empty while unknown
}

// SupplementFilingsRequest gives pre-registrations their qualification.
type SupplementFilingsRequest struct {
	FilingIDs         []string `json:"filing_ids" validate:"required,min=1,max=500,dive,uuid" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	CertificateNumber string   `json:"certificate_number" validate:"required,max=30" example:"A132000058"`
	// AttachmentID is the scan of the certificate: sent with a typed number, where the register has none; left out with a chosen one.
	AttachmentID *string `json:"attachment_id,omitempty" validate:"omitempty,uuid" format:"uuid" extensions:"x-nullable" example:"019363d0-9a10-7e21-8c43-b1a2c3d4e5f6"`
}

// FilingSupplement is the qualification that a pre-registration was supplemented with.
type FilingSupplement struct {
	ID                string                 `json:"id" format:"uuid" example:"019363d1-2c3d-7e4f-8051-627384a5b6c7"`
	CertificateNumber string                 `json:"certificate_number" example:"A132000058"`
	Source            string                 `json:"source" example:"register"`           // typed ones are for the authority to check
	Certificate       *RegisteredCertificate `json:"certificate" extensions:"x-nullable"` // null for a typed one
	AttachmentID      *string                `json:"attachment_id" format:"uuid" extensions:"x-nullable" example:"019363d0-9a10-7e21-8c43-b1a2c3d4e5f6"`
	FileName          string                 `json:"file_name" example:"资质副本.pdf"`
	RegisterAsOf      time.Time              `json:"register_as_of" example:"2026-11-23T03:00:00Z"`
	SupplementedAt    time.Time              `json:"supplemented_at" example:"2026-11-23T03:01:00Z"`
	SupplementedBy    string                 `json:"supplemented_by" example:"周敏"`
}

// SupplementResult is what was supplemented with what.
type SupplementResult struct {
	Count      int              `json:"count" example:"1"`
	Supplement FilingSupplement `json:"supplement"`
	Filings    []FilingMoved    `json:"filings"`
}

// lookUpQualification asks the register about the enterprise.
//
// @ID          lookUpQualification
// @Summary     Look the enterprise's qualification up in the register (查询企业资质)
// @Description One answer for all of the enterprise's pre-registrations. `outcome` tells apart what was found, that none was found, and that the register does not answer; `asked_for` says what POST /filings/supplement needs therefore. With `stale` the register's last answer is shown, of `as_of`.
// @Tags        filings
// @Produce     json
// @Success     200 {object} QualificationLookup
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Security    Session
// @Router      /enterprises/current/qualification-lookup [get]
func (a *API) lookUpQualification(c echo.Context) error {
	l, err := a.app.Filings.LookUpQualification(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	out := QualificationLookup{Outcome: string(l.Outcome), AskedFor: string(l.AskedFor), Stale: l.Stale, UniqueCode: l.UniqueCode,
		Certificates: registeredCertificates(l.Certificates), ExpiredCertificates: registeredCertificates(l.Expired)}
	if !l.AsOf.IsZero() {
		asOf := l.AsOf.UTC()
		out.AsOf = &asOf
	}
	return c.JSON(http.StatusOK, out)
}

// supplementFilings gives pre-registrations their qualification.
//
// @ID          supplementFilings
// @Summary     Supplement the qualification of pre-registrations (补正资质)
// @Description All or nothing, up to 500 at once with one certificate. The register is asked anew: where it has a valid certificate, its number is sent alone; where it answers that there is none, a typed number goes with the scan (`attachment_id`); where it does not answer and its last answer had none, the request is refused with registers.unavailable and nothing is lost. Characters 3 to 9 are the same on every certificate of an enterprise.
// @Tags        filings
// @Accept      json
// @Produce     json
// @Param       body body SupplementFilingsRequest true "filings and certificate"
// @Success     200 {object} SupplementResult
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     409 {object} Problem
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Failure     503 {object} Problem
// @Security    Session
// @Router      /filings/supplement [post]
func (a *API) supplementFilings(c echo.Context) error {
	var req SupplementFilingsRequest
	if err := a.bind(c, &req); err != nil {
		return err
	}
	in := filing.SupplementRequest{FilingIDs: uuids(req.FilingIDs), CertificateNumber: req.CertificateNumber}
	if req.AttachmentID != nil {
		id := uuid.MustParse(*req.AttachmentID)
		in.ScanID = &id
	}
	r, err := a.app.Filings.Supplement(c.Request().Context(), actor(c), in)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, SupplementResult{len(r.Filings), *filingSupplement(&r.Supplement), filingsMoved(r.Filings)})
}

func registeredCertificates(list []registers.Certificate) []RegisteredCertificate {
	out := make([]RegisteredCertificate, len(list))
	for i, c := range list {
		out[i] = registeredCertificate(c)
	}
	return out
}

func registeredCertificate(c registers.Certificate) RegisteredCertificate {
	return RegisteredCertificate{c.Number, c.Title, c.Category, c.Grade, c.IssuingAuthority, c.IssuedOn, c.ValidUntil, c.Holder}
}

func filingSupplement(s *filing.SupplementRecord) *FilingSupplement {
	if s == nil {
		return nil
	}
	out := &FilingSupplement{ID: s.ID.String(), CertificateNumber: s.CertificateNumber, Source: string(s.Source), AttachmentID: idOrNull(s.ScanID),
		FileName: s.ScanName, RegisterAsOf: s.RegisterAsOf.UTC(), SupplementedAt: s.At.UTC(), SupplementedBy: s.UserName}
	if s.Certificate != nil {
		c := registeredCertificate(*s.Certificate)
		out.Certificate = &c
	}
	return out
}
