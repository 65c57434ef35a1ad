package api

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"zhuce/internal/attachment"
	"zhuce/internal/errs"
)

const (
	// multipartRoom is what a form may hold around the file: boundaries and headers.
	multipartRoom = 64 << 10
	// drainMax is how much of a body that is too large is read and thrown away, so
	// that the sender gets the refusal and not a broken connection.
	drainMax = 64 << 20
)

var (
	errMultipart = errs.Define(errs.Malformed, "request.broken_multipart", "上传的表单不完整", "The multipart form is broken or incomplete")
	errPart      = errs.Define(errs.Malformed, "request.unknown_part", "表单只应有一项，名为 file", "The form has one part alone, named file")
)

// Attachment is a file that was uploaded.
type Attachment struct {
	ID        string    `json:"id" format:"uuid" example:"019363d0-9a10-7e21-8c43-b1a2c3d4e5f6"`
	FileName  string    `json:"file_name" example:"劳动合同.pdf"`
	MediaType string    `json:"media_type" enums:"application/pdf,image/jpeg,image/png" example:"application/pdf"`
	Size      int64     `json:"size" example:"182044"`
	SHA256    string    `json:"sha256" example:"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"`
	CreatedAt time.Time `json:"created_at" example:"2026-11-23T02:00:00Z"`
}

// uploadAttachment takes a file of the enterprise.
//
// @ID          uploadAttachment
// @Summary     Upload a file (上传附件)
// @Description PDF, JPG or PNG, told by the contents and not by the name.
// @Tags        attachments
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
// @Security    Session
// @Router      /attachments [post]
func (a *API) uploadAttachment(c echo.Context) error { return a.upload(c) }

// deliverAttachment takes a file that a delivery will name.
//
// @ID          deliverAttachment
// @Summary     Upload a paper for a delivery (上传申报材料)
// @Description PDF, JPG or PNG, told by the contents. Name its id in POST /exchange/filings within seven days; after that it is deleted.
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
// @Security    OAuth2[filings:deliver]
// @Router      /exchange/attachments [post]
func (a *API) deliverAttachment(c echo.Context) error { return a.upload(c) }

func (a *API) upload(c echo.Context) error {
	r := c.Request()
	mt, params, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	if err != nil || mt != echo.MIMEMultipartForm || params["boundary"] == "" {
		return errMediaType.New("wanted", echo.MIMEMultipartForm)
	}
	// The digest of the file stands in for the body's: see attachment.Upload.
	if err := a.rememberKey(c, [32]byte{}); err != nil {
		return err
	}
	form := &onlyPart{a: a, form: multipart.NewReader(r.Body, params["boundary"])}
	if err := form.open(); err != nil {
		return err
	}
	up, err := a.app.Attachments.Upload(c.Request().Context(), actor(c), form.part.FileName(), form)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, Attachment{up.ID.String(), up.FileName, up.MediaType, up.Size, up.SHA256, up.CreatedAt.UTC()})
}

// onlyPart reads the one part that the form may have. Its end is reported only
// when the form ends there too, so nothing is stored of a form that is refused.
type onlyPart struct {
	a    *API
	form *multipart.Reader
	part *multipart.Part
}

func (o *onlyPart) open() error {
	part, err := o.form.NextPart()
	switch {
	case err == io.EOF: // itself: a form that breaks off wraps it
		return errInvalid.New().With(fieldRules["required"].At("/file"))
	case err != nil:
		return o.refusal(err)
	case part.FormName() != "file":
		return errPart.New().With(errPart.At("/" + escape(part.FormName())))
	}
	o.part = part
	return nil
}

func (o *onlyPart) Read(p []byte) (int, error) {
	n, err := o.part.Read(p)
	if err == nil {
		return n, nil
	}
	if err != io.EOF { //nolint:errorlint // likewise: io.EOF itself is the part's end, a wrapped one is not
		return n, o.refusal(err)
	}
	next, err := o.form.NextPart()
	switch {
	case err == io.EOF: //nolint:errorlint // likewise
		return n, io.EOF
	case err != nil:
		return n, o.refusal(err)
	}
	return n, errPart.New().With(errPart.At("/" + escape(next.FormName())))
}

func (o *onlyPart) refusal(err error) error {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return o.a.app.Attachments.TooLarge()
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return err
	}
	return errMultipart.Wrap(err)
}

// getAttachment sends a file's bytes.
//
// @ID          getAttachmentContent
// @Summary     The bytes of a file (查看附件)
// @Description Range requests are answered. Only files of the caller's own records; any other does not exist.
// @Tags        attachments
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
// @Security    Session
// @Router      /attachments/{id}/content [get]
func (a *API) getAttachment(c echo.Context) error {
	id, err := pathID(c, "id", attachment.ErrNotFound)
	if err != nil {
		return err
	}
	at, content, err := a.app.Attachments.Open(c.Request().Context(), actor(c), id)
	if err != nil {
		return err
	}
	return sendFile(c, at, content)
}

// sendFile answers with a file and closes it.
func sendFile(c echo.Context, at attachment.Attachment, content io.ReadSeekCloser) error {
	defer func() { _ = content.Close() }()
	sendAttachment(c, at, content)
	return nil
}

// sendAttachment sends the bytes, or the part that is asked for.
func sendAttachment(c echo.Context, at attachment.Attachment, content io.ReadSeeker) {
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, at.MediaType)
	h.Set("Content-Disposition", `inline; filename="attachment`+plainEnding[at.MediaType]+`"; filename*=UTF-8''`+strings.ReplaceAll(url.QueryEscape(at.FileName), "+", "%20"))
	// Whatever the file holds runs nothing and loads nothing, wherever it is opened.
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox")
	h.Set("Cache-Control", "private, no-store")
	h.Set("ETag", `"`+at.SHA256+`"`)
	if !satisfiable(c.Request().Header.Get("Range"), at.Size) {
		c.Request().Header.Del("Range") // the whole is a right answer to any Range (RFC 9110 §14.2)
	}
	unconditional(c.Request(), "If-Match", "If-Unmodified-Since", "If-Modified-Since", "If-Range")
	http.ServeContent(c.Response(), c.Request(), "", at.CreatedAt, content)
}

// unconditional takes away the conditions that the contract does not know: a server
// need not heed them, and net/http would answer them with a 412 without a word.
func unconditional(r *http.Request, headers ...string) {
	for _, h := range headers {
		r.Header.Del(h)
	}
}

// satisfiable reports whether a Range asks for one piece that the file has.
func satisfiable(header string, size int64) bool {
	first, last, ok := strings.Cut(strings.TrimPrefix(header, "bytes="), "-")
	from, fromErr := strconv.ParseInt(first, 10, 64)
	to, toErr := strconv.ParseInt(last, 10, 64)
	switch {
	case !ok || !strings.HasPrefix(header, "bytes="):
		return false
	case first == "":
		return toErr == nil && to > 0
	case last == "":
		return fromErr == nil && from >= 0 && from < size
	}
	return fromErr == nil && toErr == nil && from >= 0 && from < size && to >= from
}

// plainEnding is for readers that know only the plain file name (RFC 6266).
var plainEnding = map[string]string{"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}
