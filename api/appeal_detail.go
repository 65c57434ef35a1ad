package api

import (
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"zhuce/internal/appeal"
	"zhuce/internal/errs"
)

// AppealFile is one file of an appeal; proof is null for the authority's papers.
type AppealFile struct {
	ID        string  `json:"id" format:"uuid" example:"019363d0-9a10-7e21-8c43-b1a2c3d4e5f6"`
	Proof     *string `json:"proof" extensions:"x-nullable" example:"retirement_certificate"`
	FileName  string  `json:"file_name" example:"退休证.pdf"`
	MediaType string  `json:"media_type" example:"application/pdf"`
	Size      int64   `json:"size" example:"182044"`
	SHA256    string  `json:"sha256" example:"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"`
}

// AppealChoice is a reason that fits the finding, with the proofs that it needs.
type AppealChoice struct {
	Reason string   `json:"reason" example:"retired"`
	Proofs []string `json:"proofs" example:"retirement_certificate"`
}

// AppealMissing is something that still stands between the draft and its submission.
type AppealMissing struct {
	Pointer string `json:"pointer" example:"/evidence"`
	Code    string `json:"code" example:"appeal.proof_missing"`
	Message string `json:"message" example:"缺少证明材料：退休证明"`
}

// AppealEntry is one step of a finding's life.
type AppealEntry struct {
	At        time.Time `json:"at" example:"2026-11-23T02:00:00Z"`
	Action    string    `json:"action" example:"push"`
	Party     string    `json:"party" example:"ministry"`
	ActorName string    `json:"actor_name" example:"部级比对平台"`
	From      *string   `json:"from" extensions:"x-nullable" example:"awaiting_statement"`
	To        string    `json:"to" example:"submitted"`
	Reason    string    `json:"reason" example:""`
}

// Appeal is a finding with the enterprise's answer and everything that stands below it.
type Appeal struct {
	AppealRow
	Authority   string          `json:"authority" example:"ministry"`
	Source      string          `json:"source" example:"社保数据比对"`
	Facts       string          `json:"facts" example:"社保缴纳单位为其他单位。"`
	Papers      []AppealFile    `json:"papers"` // of the authority
	LegalBasis  string          `json:"legal_basis" example:"《行政许可法》第七条、第三十六条"`
	Choices     []AppealChoice  `json:"choices"`
	Reason      *string         `json:"reason" extensions:"x-nullable" example:"retired"`
	Statement   string          `json:"statement" validate:"max=5000" example:"该同志已于 2025 年 3 月正式退休。"`
	Evidence    []AppealFile    `json:"evidence"`
	Missing     []AppealMissing `json:"missing"` // empty once it is submitted
	DraftBy     string          `json:"draft_by" example:"王芳"`
	DraftAt     *time.Time      `json:"draft_at" extensions:"x-nullable" example:"2026-11-24T02:00:00Z"`
	SubmittedBy string          `json:"submitted_by" example:"王芳"`
	OverdueAt   *time.Time      `json:"overdue_at" extensions:"x-nullable" example:"2026-12-24T00:00:00Z"`
	Outcome     string          `json:"outcome" example:"证明材料齐全。"` // the authority's reason
	Measure     *string         `json:"measure" extensions:"x-nullable" example:"rectify"`
	Timeline    []AppealEntry   `json:"timeline"`
}

// AppealEvidence is one file with what it proves.
type AppealEvidence struct {
	AttachmentID string `json:"attachment_id" validate:"required,uuid" format:"uuid" example:"019363d0-9a10-7e21-8c43-b1a2c3d4e5f6"`
	Proof        string `json:"proof" validate:"required,appealproof" example:"retirement_certificate"`
}

// AppealDraft is what the enterprise has written so far; nothing has to be complete.
type AppealDraft struct {
	Reason    string           `json:"reason" validate:"omitempty,appealreason" example:"retired"`
	Statement string           `json:"statement" validate:"max=5000" example:"该同志已于 2025 年 3 月正式退休。"`
	Evidence  []AppealEvidence `json:"evidence" validate:"max=20,dive"`
}

// AppealSubmission hands the draft in.
type AppealSubmission struct {
	Confirmed bool `json:"confirmed" example:"true"`
}

// AppealReceipt is what the enterprise holds after the submission.
type AppealReceipt struct {
	ID          string    `json:"id" format:"uuid" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	Reference   string    `json:"reference" example:"YC20261123000012"`
	State       string    `json:"state" example:"submitted"`
	Late        bool      `json:"late" example:"false"`
	SubmittedAt time.Time `json:"submitted_at" example:"2026-11-24T03:00:00Z"`
	SubmittedBy string    `json:"submitted_by" example:"王芳"`
	Version     int       `json:"version" example:"4"`
}

// getAppeal shows one finding.
//
// @ID          getAppeal
// @Summary     One finding with draft, evidence, outcome and timeline (查看异常信息)
// @Description Everything about one finding: what was found, by when to answer, the draft and its evidence, the outcome, and the timeline with its steps. `actions` says what is open to the caller, and why not.
// @Tags        appeals
// @Produce     json
// @Param       id            path   string true  "finding" format(uuid)
// @Param       If-None-Match header string false "version already held"
// @Success     200 {object} Appeal
// @Header      200 {string} ETag "the version"
// @Success     304 "not changed"
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Security    Session
// @Security    OAuth2[enterprise:appeals]
// @Router      /appeals/{id} [get]
func (a *API) getAppeal(c echo.Context) error {
	id, err := pathID(c, "id", appeal.ErrNotFound)
	if err != nil {
		return err
	}
	d, err := a.app.Appeals.Get(c.Request().Context(), actor(c), id)
	if err != nil {
		return err
	}
	out := a.appealFrom(d, language(c.Request()))
	out.Actions = forPeople(c, out.Actions)
	return sendVersioned(c, http.StatusOK, d.Version, out)
}

// putAppealDraft keeps a draft.
//
// @ID          putAppealDraft
// @Summary     Save the draft of a statement (保存申辩草稿)
// @Description Replaces reason, statement and evidence as a whole; a file that is no longer named is unbound. Nothing has to be complete. If-Match carries the version that was read; another clerk's draft in between gives 412 and changes nothing.
// @Tags        appeals
// @Accept      json
// @Produce     json
// @Param       id              path   string      true  "finding" format(uuid)
// @Param       If-Match        header string      true  "version that was read"
// @Param       Idempotency-Key header string      false "makes a repeated request act once"
// @Param       body            body   AppealDraft true  "draft"
// @Success     200 {object} Appeal
// @Header      200 {string} ETag "the new version"
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Failure     409 {object} Problem
// @Failure     412 {object} Problem
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Failure     428 {object} Problem
// @Security    Session
// @Router      /appeals/{id}/draft [put]
func (a *API) putAppealDraft(c echo.Context) error {
	id, err := pathID(c, "id", appeal.ErrNotFound)
	if err != nil {
		return err
	}
	seen, err := ifMatch(c)
	if err != nil {
		return err
	}
	var req AppealDraft
	if err := a.bind(c, &req); err != nil {
		return err
	}
	draft := appeal.Draft{Reason: appeal.Reason(req.Reason), Statement: req.Statement}
	for _, e := range req.Evidence {
		draft.Evidence = append(draft.Evidence, appeal.Piece{AttachmentID: uuid.MustParse(e.AttachmentID), Proof: appeal.Proof(e.Proof)})
	}
	d, err := a.app.Appeals.SaveDraft(c.Request().Context(), actor(c), id, seen, draft)
	if err != nil {
		return err
	}
	return sendVersioned(c, http.StatusOK, d.Version, a.appealFrom(d, language(c.Request())))
}

// submitAppeal hands the statement in.
//
// @ID          submitAppeal
// @Summary     Submit the statement (提交申辩)
// @Description Hands in the draft as it stood in the version of If-Match. Refused with a detail for each field while the reason, its proofs or 10 to 5,000 characters of statement are missing. After the last day it is taken until the authority has decided, marked as late.
// @Tags        appeals
// @Accept      json
// @Produce     json
// @Param       id              path   string           true  "finding" format(uuid)
// @Param       If-Match        header string           true  "version that was read"
// @Param       Idempotency-Key header string           false "makes a repeated request act once"
// @Param       body            body   AppealSubmission true  "confirmation"
// @Success     200 {object} AppealReceipt
// @Header      200 {string} ETag "the new version"
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     404 {object} Problem
// @Failure     409 {object} Problem
// @Failure     412 {object} Problem
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Failure     428 {object} Problem
// @Security    Session
// @Router      /appeals/{id}/submit [post]
func (a *API) submitAppeal(c echo.Context) error {
	id, err := pathID(c, "id", appeal.ErrNotFound)
	if err != nil {
		return err
	}
	seen, err := ifMatch(c)
	if err != nil {
		return err
	}
	var req AppealSubmission
	if err := a.bind(c, &req); err != nil {
		return err
	}
	r, err := a.app.Appeals.Submit(c.Request().Context(), actor(c), id, seen, req.Confirmed)
	if err != nil {
		return err
	}
	return sendVersioned(c, http.StatusOK, r.Version, AppealReceipt{r.ID.String(), r.Reference, string(r.State), r.Late, r.SubmittedAt.UTC(), r.SubmittedBy, r.Version})
}

func (a *API) appealFrom(d appeal.Detail, lang string) Appeal {
	out := Appeal{AppealRow: a.appealRow(d.Appeal, lang), Authority: string(d.Authority), Source: d.Source, Facts: d.Facts,
		Papers: appealFiles(d.Papers), LegalBasis: appeal.Basis.In(lang, nil), Choices: []AppealChoice{},
		Reason: orNull(string(d.Reason)), Statement: d.Statement, Evidence: appealFiles(d.Evidence), Missing: []AppealMissing{},
		DraftBy: d.DraftBy, DraftAt: utc(d.DraftAt), SubmittedBy: d.SubmittedBy, OverdueAt: utc(d.OverdueAt),
		Outcome: d.Outcome, Measure: orNull(string(d.Measure)), Timeline: appealTimeline(d.Timeline)}
	for _, choice := range d.Choices() {
		proofs := make([]string, len(choice.Proofs))
		for i, p := range choice.Proofs {
			proofs[i] = string(p)
		}
		out.Choices = append(out.Choices, AppealChoice{string(choice.Reason), proofs})
	}
	if d.State == appeal.AwaitingStatement || d.State == appeal.Overdue {
		out.Missing = appealMissing(d.Missing(), lang)
	}
	return out
}

func appealMissing(details []errs.Detail, lang string) []AppealMissing {
	out := make([]AppealMissing, len(details))
	for i, d := range details {
		out[i] = AppealMissing{d.Pointer, d.Code, d.Text.In(lang, d.Params)}
	}
	return out
}

func appealFiles(files []appeal.File) []AppealFile {
	out := make([]AppealFile, len(files))
	for i, f := range files {
		out[i] = AppealFile{f.AttachmentID.String(), orNull(string(f.Proof)), f.FileName, f.MediaType, f.Size, f.SHA256}
	}
	return out
}

func appealTimeline(entries []appeal.Entry) []AppealEntry {
	out := make([]AppealEntry, len(entries))
	for i, e := range entries {
		out[i] = AppealEntry{e.At.UTC(), string(e.Action), string(e.Party), e.ActorName, orNull(string(e.From)), string(e.To), e.Reason}
	}
	return out
}
