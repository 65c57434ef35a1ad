package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"zhuce/internal/label"
	"zhuce/internal/rename"
)

// RenameFiling is a filing in the way of a rename.
type RenameFiling struct {
	ID               string `json:"id" format:"uuid" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	Reference        string `json:"reference" example:"ZC2026112300000123"`
	PersonName       string `json:"person_name" example:"李明"`
	Profession       string `json:"profession" example:"structural_1"`
	RegistrationType string `json:"registration_type" example:"initial"`
	Status           string `json:"status" example:"province_pending"`
}

// RenameRegister is what the business register says (市场监管登记).
type RenameRegister struct {
	Name       string    `json:"name" example:"华东示例设计集团有限公司"`
	FormerName *string   `json:"former_name" extensions:"x-nullable" example:"华东示例建筑设计院有限公司"`
	ChangedOn  *string   `json:"changed_on" format:"date" extensions:"x-nullable" example:"2026-10-12"`
	AsOf       time.Time `json:"as_of" example:"2026-11-23T02:59:58Z"` // when it said so
	Stale      bool      `json:"stale" example:"false"`                // it does not answer now: this is its last answer
}

// RenameOffer is what a new change of name would say, and what stands in its way.
type RenameOffer struct {
	OldName    string          `json:"old_name" example:"华东示例建筑设计院有限公司"`                        // as stored here
	NewName    *string         `json:"new_name" extensions:"x-nullable" example:"华东示例设计集团有限公司"` // of the register; null where there is none
	LoginName  string          `json:"login_name" example:"华东示例建筑设计院有限公司"`                      // of the last sign-in: shown, does not count
	Register   *RenameRegister `json:"register" extensions:"x-nullable"`                        // null when it neither answers nor ever has
	OpenRename *RenameRow      `json:"open_rename" extensions:"x-nullable"`
	// OpenFilings is how many filings are open; Filings are the first 20 of them.
	OpenFilings  int64          `json:"open_filings" example:"3"`
	Filings      []RenameFiling `json:"filings"`
	CopyRequired bool           `json:"copy_required" example:"true"`
	// CopyIndustries are the enterprise's industries that make the copy a must.
	CopyIndustries []string       `json:"copy_industries" example:"testing"`
	Actions        []RenameAction `json:"actions"`
}

// newRename looks up what a new change of name would say.
//
// @ID          newRename
// @Summary     What a new change of name would say (新增企业名称变更)
// @Description Both names are looked up and never typed: the old one is stored here, the new one is the business register's. What stands in the way – open filings, an open rename, a register that does not answer – is part of the answer; `actions` says whether it can be reported.
// @Tags        renames
// @Produce     json
// @Success     200 {object} RenameOffer
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Security    Session
// @Router      /renames/new [get]
func (a *API) newRename(c echo.Context) error {
	o, err := a.app.Renames.Offer(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	lang := language(c.Request())
	out := RenameOffer{OldName: o.Enterprise.Name, NewName: orNull(o.NewName()), LoginName: o.Enterprise.LoginName,
		OpenFilings: o.OpenFilings, Filings: make([]RenameFiling, len(o.Filings)),
		CopyRequired: len(o.NeedsCopy) > 0, CopyIndustries: label.Values(o.NeedsCopy),
		Actions: []RenameAction{renameAction(rename.Submit, o.Denied, lang)}}
	if o.Unanswered == nil {
		r := o.Register
		out.Register = &RenameRegister{r.Name, orNull(r.FormerName), orNull(r.ChangedOn), r.AsOf.UTC(), r.Stale}
	}
	if o.Open != nil {
		row := renameRow(*o.Open, actor(c).Party, lang)
		out.OpenRename = &row
	}
	for i, f := range o.Filings {
		out.Filings[i] = RenameFiling{f.ID.String(), f.Reference, f.PersonName, string(f.Profession), string(f.RegistrationType), string(f.Status)}
	}
	return c.JSON(http.StatusOK, out)
}
