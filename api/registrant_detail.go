package api

import (
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"zhuce/internal/registrant"
)

// RegistrantEntry is one step of a registration's life.
type RegistrantEntry struct {
	At               time.Time `json:"at" example:"2026-11-23T03:00:00Z"`
	RegistrationType string    `json:"registration_type" example:"initial"`
	// FilingID is the filing that acted; null where it is another enterprise's.
	FilingID       *string `json:"filing_id" extensions:"x-nullable" format:"uuid" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	Reference      *string `json:"reference" extensions:"x-nullable" example:"ZC2026112300000123"`
	EnterpriseName string  `json:"enterprise_name" example:"北京华宇建筑设计有限公司"`
	SealNumber     string  `json:"seal_number" example:"1100321-S007"`
	ValidFrom      string  `json:"valid_from" format:"date" example:"2026-11-23"`
	ValidUntil     string  `json:"valid_until" format:"date" example:"2029-11-22"`
	Note           *string `json:"note" extensions:"x-nullable" example:"registered_before"`
	Reason         string  `json:"reason" example:""` // of the ministry's correction or revocation
}

// Registrant is a registered person with the history of the registration.
type Registrant struct {
	RegistrantRow
	MobileMasked    string     `json:"mobile_masked" example:"138****5678"`
	BirthDateMasked string     `json:"birth_date_masked" example:"****-**-**"`
	SourceFilingID  string     `json:"source_filing_id" format:"uuid" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	EndedAt         *time.Time `json:"ended_at" extensions:"x-nullable" example:"2028-01-05T03:00:00Z"`
	// History is newest first.
	History []RegistrantEntry `json:"history"`
}

// getRegistrant shows one registered person.
//
// @ID          getRegistrant
// @Summary     One registrant with the history of the registration (查看)
// @Description A person who moved to another enterprise belongs to that one. In the history, another enterprise's filings are not linked.
// @Tags        registrants
// @Produce     json
// @Param       id path string true "registrant" format(uuid)
// @Success     200 {object} Registrant
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Security    Session
// @Security    OAuth2[enterprise:registrants]
// @Router      /registrants/{id} [get]
func (a *API) getRegistrant(c echo.Context) error {
	id, err := pathID(c, "id", registrant.ErrNotFound)
	if err != nil {
		return err
	}
	who := actor(c)
	d, err := a.app.Registrants.Get(c.Request().Context(), who, id)
	if err != nil {
		return err
	}
	out := Registrant{RegistrantRow: registrantRow(d.Registration), MobileMasked: d.MobileMasked, BirthDateMasked: "****-**-**",
		SourceFilingID: d.SourceFilingID.String(), EndedAt: utc(d.EndedAt), History: make([]RegistrantEntry, len(d.History))}
	marks, err := a.app.Appeals.OpenOfRegistrants(c.Request().Context(), who, []uuid.UUID{id})
	if err != nil {
		return err
	}
	out.Finding = openFinding(marks, id)
	for i, e := range d.History {
		out.History[i] = registrantEntry(e, who.EnterpriseID)
	}
	return c.JSON(http.StatusOK, out)
}

func registrantEntry(e registrant.Entry, own uuid.UUID) RegistrantEntry {
	out := RegistrantEntry{At: e.At.UTC(), RegistrationType: string(e.Action), EnterpriseName: e.EnterpriseName, SealNumber: e.SealNumber,
		ValidFrom: date(e.ValidFrom), ValidUntil: date(e.ValidUntil), Note: orNull(string(e.Note)), Reason: e.Reason}
	if e.EnterpriseID == own {
		out.FilingID, out.Reference = idOrNull(e.FilingID), orNull(e.Reference)
	}
	return out
}
