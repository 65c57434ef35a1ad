package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"zhuce/internal/errs"
	"zhuce/internal/filing"
)

var errNotAgreed = errs.Define(errs.Invalid, "commitment.not_agreed", "请勾选“本公司作出上述承诺”", "Tick that the company makes the commitment")

// CommitmentRequest opens the letter for these filings.
type CommitmentRequest struct {
	FilingIDs []string `json:"filing_ids" validate:"required,min=1,max=500,dive,uuid" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
}

// Commitment is the letter as it was opened (企业承诺书).
type Commitment struct {
	ID          string     `json:"id" format:"uuid" example:"019363d1-1b2c-7d3e-8f40-51627384a5b6"`
	State       string     `json:"state" enums:"reading,ready,used,expired" example:"reading"`
	TextVersion string     `json:"text_version" example:"2026-11"`
	Title       string     `json:"title" example:"企业承诺书"`
	Text        string     `json:"text" example:"本公司就本次上报的注册申报，向受理机关郑重承诺如下：……"`
	Translation string     `json:"translation" example:"For the registration filings submitted now, this company commits itself …"`
	TextSHA256  string     `json:"text_sha256" example:"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"`
	FilingIDs   []string   `json:"filing_ids" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	Count       int        `json:"count" example:"1"`
	OpenedAt    time.Time  `json:"opened_at" example:"2026-11-23T03:00:00Z"`
	ReadyAt     time.Time  `json:"ready_at" example:"2026-11-23T03:01:00Z"`
	ExpiresAt   time.Time  `json:"expires_at" example:"2026-11-23T03:30:00Z"`
	ServerTime  time.Time  `json:"server_time" example:"2026-11-23T03:00:00Z"`
	UsedAt      *time.Time `json:"used_at" extensions:"x-nullable" example:"2026-11-23T03:01:05Z"`
	Reference   *string    `json:"reference" extensions:"x-nullable" example:"SB2026112300000007"`
}

// ReceiptFiling is one filing that a receipt covers.
type ReceiptFiling struct {
	ID               string `json:"id" format:"uuid" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	Reference        string `json:"reference" example:"ZC2026112300000123"`
	PersonName       string `json:"person_name" example:"李明"`
	Profession       string `json:"profession" example:"structural_1"`
	RegistrationType string `json:"registration_type" example:"initial"`
}

// Receipt is what was signed, word for word (上报回执).
type Receipt struct {
	Reference               string          `json:"reference" example:"SB2026112300000007"`
	EnterpriseName          string          `json:"enterprise_name" example:"华北建筑设计有限公司"`
	UnifiedSocialCreditCode string          `json:"unified_social_credit_code" example:"91110000100000001B"`
	SignedBy                string          `json:"signed_by" example:"王芳"`
	OpenedAt                time.Time       `json:"opened_at" example:"2026-11-23T03:00:00Z"`
	SignedAt                time.Time       `json:"signed_at" example:"2026-11-23T03:01:05Z"`
	ReadingSeconds          int             `json:"reading_seconds" example:"65"`
	TextVersion             string          `json:"text_version" example:"2026-11"`
	Title                   string          `json:"title" example:"企业承诺书"`
	Text                    string          `json:"text" example:"本公司就本次上报的注册申报，向受理机关郑重承诺如下：……"`
	TextSHA256              string          `json:"text_sha256" example:"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"`
	Filings                 []ReceiptFiling `json:"filings"`
}

// openCommitment opens the letter and starts its reading time.
//
// @ID          openCommitment
// @Summary     Open the commitment letter for filings (企业承诺书)
// @Description Starts the reading time by the server's clock (60 s). The commitment covers exactly these filings, is bound to the signed-in user, expires, and is used once, by POST /filings/submit.
// @Tags        commitments
// @Accept      json
// @Produce     json
// @Param       body body CommitmentRequest true "filings"
// @Success     201 {object} Commitment
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     409 {object} Problem
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Security    Session
// @Router      /commitments [post]
func (a *API) openCommitment(c echo.Context) error {
	var req CommitmentRequest
	if err := a.bind(c, &req); err != nil {
		return err
	}
	k, err := a.app.Filings.OpenCommitment(c.Request().Context(), actor(c), uuids(req.FilingIDs))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, a.commitment(k))
}

// getCommitment shows a commitment.
//
// @ID          getCommitment
// @Summary     One commitment and its state (承诺书状态)
// @Description When the letter becomes ready by the server's clock, until when it can be signed, which filings it covers, and whether it was used.
// @Tags        commitments
// @Produce     json
// @Param       id path string true "commitment" format(uuid)
// @Success     200 {object} Commitment
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Security    Session
// @Router      /commitments/{id} [get]
func (a *API) getCommitment(c echo.Context) error {
	id, err := pathID(c, "id", filing.ErrNoCommitment)
	if err != nil {
		return err
	}
	k, err := a.app.Filings.Commitment(c.Request().Context(), actor(c), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, a.commitment(k))
}

// getReceipt shows what was signed.
//
// @ID          getReceipt
// @Summary     The receipt of a submission (上报回执)
// @Description The text as it was signed, word for word, with its SHA-256 and the filings it covered.
// @Tags        commitments
// @Produce     json
// @Param       id path string true "commitment" format(uuid)
// @Success     200 {object} Receipt
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Failure     409 {object} Problem
// @Security    Session
// @Security    OAuth2[enterprise:filings]
// @Router      /commitments/{id}/receipt [get]
func (a *API) getReceipt(c echo.Context) error {
	id, err := pathID(c, "id", filing.ErrNoCommitment)
	if err != nil {
		return err
	}
	r, err := a.app.Filings.Receipt(c.Request().Context(), actor(c), id)
	if err != nil {
		return err
	}
	out := Receipt{Reference: r.Reference, EnterpriseName: r.EnterpriseName, UnifiedSocialCreditCode: r.CreditCode, SignedBy: r.UserName,
		OpenedAt: r.OpenedAt.UTC(), SignedAt: r.UsedAt.UTC(), ReadingSeconds: int(r.UsedAt.Sub(r.OpenedAt).Seconds()),
		TextVersion: r.TextVersion, Title: r.Title, Text: r.Body, TextSHA256: r.TextSHA256, Filings: make([]ReceiptFiling, len(r.Filings))}
	for i, f := range r.Filings {
		out.Filings[i] = ReceiptFiling{f.ID.String(), f.Reference, f.PersonName, string(f.Profession), string(f.RegistrationType)}
	}
	return c.JSON(http.StatusOK, out)
}

func (a *API) commitment(k filing.Commitment) Commitment {
	now := a.app.Now().UTC()
	return Commitment{ID: k.ID.String(), State: k.State(now), TextVersion: k.TextVersion, Title: k.Title, Text: k.Body, Translation: k.Translation,
		TextSHA256: k.TextSHA256, FilingIDs: idStrings(k.FilingIDs), Count: k.FilingCount, OpenedAt: k.OpenedAt.UTC(), ReadyAt: k.ReadyAt.UTC(),
		ExpiresAt: k.ExpiresAt.UTC(), ServerTime: now, UsedAt: utc(k.UsedAt), Reference: orNull(k.Reference)}
}
