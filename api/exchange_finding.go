package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"zhuce/internal/appeal"
	"zhuce/internal/attachment"
	"zhuce/internal/errs"
	"zhuce/internal/idno"
	"zhuce/internal/workday"
)

// FindingRequest is what an authority found against a registered person (异常信息).
type FindingRequest struct {
	FindingRef              string        `json:"finding_ref" validate:"required,max=100,printascii" example:"yc-20261123-000123"`
	UnifiedSocialCreditCode string        `json:"unified_social_credit_code" validate:"required,max=18" example:"91110000000000107R"`
	Person                  FindingPerson `json:"person" validate:"required"`
	Kind                    string        `json:"kind" validate:"required,appealkind" example:"insurance_mismatch"`
	Facts                   string        `json:"facts" validate:"required,max=4000" example:"2026 年 10 月社保缴纳单位为其他单位。"`
	Source                  string        `json:"source" validate:"required,max=200" example:"社保数据比对"`
	FoundOn                 string        `json:"found_on" validate:"required,date" format:"date" example:"2026-11-20"`
	DueOn                   string        `json:"due_on" validate:"omitempty,date" format:"date" example:"2026-12-31"` // empty: 30 days, or as the setting says
	Attachments             []string      `json:"attachments" validate:"omitempty,max=20,unique,dive,uuid" example:"019363d0-9a10-7e21-8c43-b1a2c3d4e5f6"`
	// DryRun judges the same and keeps nothing: 204 says that it would be taken, and the ref stays free.
	DryRun bool `json:"dry_run" validate:"omitempty" example:"false"`
}

// FindingPerson is whom the finding is about; the certificate or the ID number is needed.
type FindingPerson struct {
	Name              string `json:"name" validate:"required,max=60" example:"李明"`
	CertificateNumber string `json:"certificate_number" validate:"max=20" example:"S201101234"`
	IDNumber          string `json:"id_number" validate:"max=40" example:"110101199003071233"`
}

// FindingResult is the answer to a finding, the same however often it is sent.
type FindingResult struct {
	ID         string    `json:"id" format:"uuid" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	Reference  string    `json:"reference" example:"YC20261123000012"`
	State      string    `json:"state" example:"awaiting_statement"`
	DueOn      string    `json:"due_on" format:"date" example:"2026-12-23"`
	Matched    bool      `json:"matched" example:"true"` // a registrant of the enterprise was recognised
	ReceivedAt time.Time `json:"received_at" example:"2026-11-23T02:00:00Z"`
}

// OutcomeRequest is what the authority says to a finding.
type OutcomeRequest struct {
	OutcomeRef string `json:"outcome_ref" validate:"required,max=100,printascii" example:"jl-20261201-000007"`
	Outcome    string `json:"outcome" validate:"required,oneof=under_review upheld rejected" enums:"under_review,upheld,rejected" example:"upheld"`
	Reason     string `json:"reason" validate:"max=1000" example:"证明材料齐全。"` // needed for a rejection
	Measure    string `json:"measure" validate:"omitempty,appealmeasure" example:"rectify"`
	Step       *int   `json:"step" validate:"omitempty,gte=1" extensions:"x-nullable" example:"2"` // the step that was read; needed for a rejection
	// DryRun judges the same and keeps nothing: 204 says that it would be taken, and the ref stays free.
	DryRun bool `json:"dry_run" validate:"omitempty" example:"false"`
}

// OutcomeResult is the answer to an outcome, the same however often it is sent.
type OutcomeResult struct {
	ID    string    `json:"id" format:"uuid" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	State string    `json:"state" example:"upheld"`
	Step  int       `json:"step" example:"3"`
	At    time.Time `json:"at" example:"2026-12-01T03:00:00Z"`
}

// Finding is a finding as the authority that pushed it sees it. What the
// enterprise has not submitted is not told.
type Finding struct {
	ID          string        `json:"id" format:"uuid" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	FindingRef  string        `json:"finding_ref" example:"yc-20261123-000123"`
	Reference   string        `json:"reference" example:"YC20261123000012"`
	Kind        string        `json:"kind" example:"insurance_mismatch"`
	PersonName  string        `json:"person_name" example:"李明"`
	State       string        `json:"state" example:"submitted"`
	Open        bool          `json:"open" example:"true"`
	Step        int           `json:"step" example:"2"`
	FoundOn     string        `json:"found_on" format:"date" example:"2026-11-20"`
	DueOn       string        `json:"due_on" format:"date" example:"2026-12-23"`
	Matched     bool          `json:"matched" example:"true"`
	ReceivedAt  time.Time     `json:"received_at" example:"2026-11-23T02:00:00Z"`
	SubmittedAt *time.Time    `json:"submitted_at" extensions:"x-nullable" example:"2026-11-24T03:00:00Z"`
	SubmittedBy string        `json:"submitted_by" example:"王芳"`
	Late        bool          `json:"late" example:"false"`
	Reason      *string       `json:"reason" extensions:"x-nullable" example:"retired"`
	Statement   string        `json:"statement" validate:"max=5000" example:"该同志已于 2025 年 3 月正式退休。"`
	Evidence    []AppealFile  `json:"evidence"`
	OverdueAt   *time.Time    `json:"overdue_at" extensions:"x-nullable" example:"2026-12-24T00:00:00Z"`
	DecidedAt   *time.Time    `json:"decided_at" extensions:"x-nullable" example:"2026-12-01T03:00:00Z"`
	Outcome     string        `json:"outcome" example:"证明材料齐全。"`
	Measure     *string       `json:"measure" extensions:"x-nullable" example:"rectify"`
	Timeline    []AppealEntry `json:"timeline"`
}

// pushFinding takes a finding.
//
// @ID          pushFinding
// @Summary     Push a finding to the enterprise (推送异常信息)
// @Description By a province for its own enterprises, or by the ministry. The same finding_ref with the same body is applied once and answered 200 with the first answer. With `dry_run` nothing is kept: 204 says that it would be taken.
// @Tags        exchange
// @Accept      json
// @Produce     json
// @Param       body body FindingRequest true "finding"
// @Success     200 {object} FindingResult "this finding_ref was applied before"
// @Success     201 {object} FindingResult
// @Success     204 "dry run: it would be taken"
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     409 {object} Problem
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Security    OAuth2[findings:write]
// @Router      /exchange/findings [post]
func (a *API) pushFinding(c echo.Context) error {
	var req FindingRequest
	if err := a.bind(c, &req); err != nil {
		return err
	}
	if err := withoutNumbers("/facts", req.Facts, "/source", req.Source); err != nil {
		return err
	}
	p, fresh, err := a.app.Appeals.Push(c.Request().Context(), actor(c), appeal.Finding{FindingRef: req.FindingRef,
		CreditCode: req.UnifiedSocialCreditCode, Person: appeal.Person(req.Person), Kind: appeal.Kind(req.Kind), Facts: req.Facts,
		Source: req.Source, FoundOn: req.FoundOn, DueOn: req.DueOn, Attachments: uuids(req.Attachments), DryRun: req.DryRun})
	if err != nil {
		return err
	}
	return taken(c, req.DryRun, createdIf(fresh), FindingResult{p.ID.String(), p.Reference, string(p.State), p.DueOn, p.Matched, p.ReceivedAt.UTC()})
}

// decideFinding takes an outcome.
//
// @ID          decideFinding
// @Summary     Take under review, uphold or reject (审核结论)
// @Description Only for what this client pushed. A rejection names its reason and the step that was read: should a statement have arrived since, it is refused with 409, so that nobody is rejected unread. While the statement is awaited nothing can be rejected. The same outcome_ref with the same body is applied once. With `dry_run` nothing is kept: 204 says that it would be taken.
// @Tags        exchange
// @Accept      json
// @Produce     json
// @Param       id   path string         true "finding" format(uuid)
// @Param       body body OutcomeRequest true "outcome"
// @Success     200 {object} OutcomeResult "this outcome_ref was applied before"
// @Success     201 {object} OutcomeResult
// @Success     204 "dry run: it would be taken"
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Failure     409 {object} Problem
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Security    OAuth2[findings:write]
// @Router      /exchange/findings/{id}/outcome [post]
func (a *API) decideFinding(c echo.Context) error {
	id, err := pathID(c, "id", appeal.ErrNotFound)
	if err != nil {
		return err
	}
	var req OutcomeRequest
	if err := a.bind(c, &req); err != nil {
		return err
	}
	if err := withoutNumbers("/reason", req.Reason); err != nil {
		return err
	}
	d, fresh, err := a.app.Appeals.Decide(c.Request().Context(), actor(c), id, appeal.Decision{OutcomeRef: req.OutcomeRef,
		Outcome: appeal.State(req.Outcome), Reason: req.Reason, Measure: appeal.Measure(req.Measure), Step: req.Step, DryRun: req.DryRun})
	if err != nil {
		return err
	}
	return taken(c, req.DryRun, createdIf(fresh), OutcomeResult{d.ID.String(), string(d.State), d.Step, d.At.UTC()})
}

// getFinding shows a finding to the authority.
//
// @ID          getFinding
// @Summary     A finding with statement and evidence (查看申辩)
// @Description Only what this client pushed; any other finding does not exist. Every read goes to the audit log.
// @Tags        exchange
// @Produce     json
// @Param       id path string true "finding" format(uuid)
// @Success     200 {object} Finding
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Security    OAuth2[findings:write]
// @Router      /exchange/findings/{id} [get]
func (a *API) getFinding(c echo.Context) error {
	id, err := pathID(c, "id", appeal.ErrNotFound)
	if err != nil {
		return err
	}
	d, err := a.app.Appeals.Read(c.Request().Context(), actor(c), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, Finding{ID: d.ID.String(), FindingRef: d.FindingRef, Reference: d.Reference, Kind: string(d.Kind),
		PersonName: d.PersonName, State: string(d.State), Open: d.State.Open(), Step: d.Step, FoundOn: workday.Date(d.FoundOn), DueOn: workday.Date(d.DueOn),
		Matched: d.RegistrantID != nil, ReceivedAt: d.ReceivedAt.UTC(), SubmittedAt: utc(d.SubmittedAt), SubmittedBy: d.SubmittedBy, Late: d.Late,
		Reason: orNull(string(d.Reason)), Statement: d.Statement, Evidence: appealFiles(d.Evidence), OverdueAt: utc(d.OverdueAt),
		DecidedAt: utc(d.DecidedAt), Outcome: d.Outcome, Measure: orNull(string(d.Measure)), Timeline: appealTimeline(d.Timeline)})
}

// uploadFindingPaper takes a file that a finding will name.
//
// @ID          uploadFindingPaper
// @Summary     Upload a paper for a finding (上传异常信息材料)
// @Description PDF, JPG or PNG, told by the contents. Name its id in POST /exchange/findings within seven days; after that it is deleted.
// @Tags        exchange
// @Accept      multipart/form-data
// @Produce     json
// @Param       file formData file true "PDF, JPG, PNG"
// @Success     201 {object} Attachment
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Security    OAuth2[findings:write]
// @Router      /exchange/findings/attachments [post]
func (a *API) uploadFindingPaper(c echo.Context) error { return a.upload(c) }

// getFindingFile sends a file of a finding to the authority.
//
// @ID          getExchangeAttachmentContent
// @Summary     The bytes of a piece of evidence (查看证据)
// @Description Files of findings that this client pushed: its own papers, and evidence once it is submitted. Every read goes to the audit log.
// @Tags        exchange
// @Produce     application/pdf,image/jpeg,image/png
// @Param       id            path   string true  "attachment" format(uuid)
// @Param       Range         header string false "bytes=0-1023"
// @Param       If-None-Match header string false "version already held"
// @Success     200 {file} file
// @Success     206 {file} file
// @Success     304 "not changed"
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Security    OAuth2[findings:write]
// @Router      /exchange/attachments/{id}/content [get]
func (a *API) getFindingFile(c echo.Context) error {
	id, err := pathID(c, "id", attachment.ErrNotFound)
	if err != nil {
		return err
	}
	at, content, err := a.app.Appeals.Open(c.Request().Context(), actor(c), id)
	if err != nil {
		return err
	}
	return sendFile(c, at, content)
}

// taken answers a write: 204 for a dry run, which has nothing to show.
func taken(c echo.Context, dryRun bool, code int, body any) error {
	if dryRun {
		return c.NoContent(http.StatusNoContent)
	}
	return c.JSON(code, body)
}

func createdIf(fresh bool) int {
	if fresh {
		return http.StatusCreated
	}
	return http.StatusOK
}

// withoutNumbers refuses identity and phone numbers in texts that others read; it
// takes pointer, text, pointer, text …
func withoutNumbers(texts ...string) error {
	var wrong []errs.Detail
	for i := 0; i+1 < len(texts); i += 2 {
		if idno.HasPersonalNumber(texts[i+1]) {
			wrong = append(wrong, errPersonalNumber.At(texts[i]))
		}
	}
	if len(wrong) > 0 {
		return errInvalid.New().With(wrong...)
	}
	return nil
}
