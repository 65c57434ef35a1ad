package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"zhuce/internal/errs"
)

// Problem is the body of every 4xx and 5xx answer (RFC 9457).
type Problem struct {
	Type      string         `json:"type" example:"https://zhuce.example/problems/filing.batch_refused"`
	Title     string         `json:"title" example:"Conflict"`
	Status    int            `json:"status" example:"409"`
	Detail    string         `json:"detail" example:"有申报不能上报，整批未上报"`
	Instance  string         `json:"instance" example:"/api/v1/filings/submit"`
	Code      string         `json:"code" example:"filing.batch_refused"`
	RequestID string         `json:"request_id" example:"01hzy3v7k9"`
	Errors    []ProblemError `json:"errors,omitempty" validate:"optional"`
	// Error and ErrorDescription are set by the token endpoint alone (RFC 6749 §5.2).
	Error            string `json:"error,omitempty" validate:"optional"`
	ErrorDescription string `json:"error_description,omitempty" validate:"optional"`
}

// ProblemError is one of several reasons, with its place.
type ProblemError struct {
	Pointer string         `json:"pointer" example:"/contact/mobile"`
	Code    string         `json:"code" example:"request.mobile"`
	Message string         `json:"message" example:"手机号应为 11 位"`
	Record  *ProblemRecord `json:"record,omitempty" validate:"optional"`
}

// ProblemRecord names the record in the way.
type ProblemRecord struct {
	Type   string `json:"type" example:"filing"`
	ID     string `json:"id" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	Label  string `json:"label" example:"李明"`
	Status string `json:"status" example:"province_pending"`
}

// Refusals of the HTTP layer itself.
var (
	errInternal     = errs.Define(errs.Internal, "internal", "系统出现故障，操作未完成，请稍后重试；如仍失败请把请求编号告知客服", "Something went wrong on our side and nothing was changed. Try again later; if it persists, tell support the request id")
	errRoute        = errs.Define(errs.NotFound, "route.not_found", "没有这个地址", "There is nothing at this address")
	errMethod       = errs.Define(errs.NotAllowed, "route.method_not_allowed", "该地址不支持此方法", "This address does not support the method")
	errTooLarge     = errs.Define(errs.TooLarge, "request.too_large", "请求内容超过 {limit} 字节", "The request is larger than {limit} bytes")
	errMediaType    = errs.Define(errs.Unsupported, "request.unsupported_media_type", "请求内容类型应为 {wanted}", "The content type must be {wanted}")
	errBroken       = errs.Define(errs.Malformed, "request.broken_json", "请求内容不是完整的 JSON", "The body is not valid JSON")
	errUnknownField = errs.Define(errs.Malformed, "request.unknown_field", "请求中有不认识的字段 {field}", "The request has an unknown field {field}")
	errWrongType    = errs.Define(errs.Malformed, "request.wrong_type", "字段类型不对，应为 {wanted}", "Wrong type; {wanted} is expected")
	errInvalid      = errs.Define(errs.Invalid, "request.invalid", "请求内容有误，请按提示修改", "The request is invalid; see errors")
	errRateLimited  = errs.Define(errs.Busy, "request.rate_limited", "请求过于频繁，请稍后再试", "Too many requests; try again later")
	errUnavailable  = errs.Define(errs.Unavailable, "service.unavailable", "服务暂时不可用，请稍后再试", "The service is unavailable; try again later")
	errTimeout      = errs.Define(errs.Unavailable, "service.timeout", "处理超时，请稍后再试", "The request took too long; try again later")
)

// status is the one map from kinds to HTTP.
var status = map[errs.Kind]int{
	errs.Internal: http.StatusInternalServerError, errs.Malformed: http.StatusBadRequest,
	errs.Invalid: http.StatusUnprocessableEntity, errs.Unauthenticated: http.StatusUnauthorized,
	errs.Forbidden: http.StatusForbidden, errs.NotFound: http.StatusNotFound,
	errs.NotAllowed: http.StatusMethodNotAllowed, errs.Conflict: http.StatusConflict,
	errs.Stale: http.StatusPreconditionFailed, errs.Unconditional: http.StatusPreconditionRequired,
	errs.TooLarge: http.StatusRequestEntityTooLarge, errs.Unsupported: http.StatusUnsupportedMediaType,
	errs.Gone: http.StatusGone, errs.Busy: http.StatusTooManyRequests, errs.Unavailable: http.StatusServiceUnavailable,
}

// handleError is Echo's error handler: it turns every error into a problem document.
func (a *API) handleError(err error, c echo.Context) {
	e := asRefusal(err, c)
	code := status[e.Def.Kind]
	if code >= http.StatusInternalServerError {
		level := slog.LevelError
		if errors.Is(err, context.Canceled) {
			level = slog.LevelInfo // whoever asked has left
		}
		a.log.LogAttrs(c.Request().Context(), level, "request failed",
			slog.String("request_id", requestID(c)), slog.String("route", c.Path()),
			slog.String("method", c.Request().Method), slog.Any("cause", err))
	}
	if c.Response().Committed {
		return
	}
	lang := language(c.Request())
	p := Problem{
		Type:   "https://zhuce.example/problems/" + e.Def.Code,
		Title:  http.StatusText(code),
		Status: code, Code: e.Def.Code, RequestID: requestID(c),
		Detail:   e.Def.Text.In(lang, e.Params),
		Instance: clip(c.Request().URL.Path, 300), // without the query: it may hold what was searched for
	}
	for _, d := range e.Details {
		pe := ProblemError{Pointer: d.Pointer, Code: d.Code, Message: d.Text.In(lang, d.Params)}
		if d.Record != nil {
			pe.Record = &ProblemRecord{Type: d.Record.Type, ID: d.Record.ID, Label: d.Record.Label, Status: d.Record.Status}
		}
		p.Errors = append(p.Errors, pe)
	}
	if oauth, ok := c.Get(oauthErrorKey).(string); ok {
		p.Error, p.ErrorDescription = oauth, e.Def.Text.In("en", e.Params) // RFC 6749 allows ASCII alone
	}
	h := c.Response().Header()
	h.Set("Content-Language", lang)
	h.Set(echo.HeaderContentType, "application/problem+json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	switch e.Def.Kind {
	case errs.Unauthenticated:
		if h.Get("WWW-Authenticate") == "" {
			h.Set("WWW-Authenticate", `Bearer realm="zhuce", error="`+e.Def.Code+`"`)
		}
	case errs.TooLarge:
		drain(c)
	case errs.Busy, errs.Unavailable:
		if h.Get("Retry-After") == "" {
			h.Set("Retry-After", "1")
		}
	}
	body, _ := json.Marshal(p) // strings and numbers alone: cannot fail
	c.Response().WriteHeader(code)
	if c.Request().Method != http.MethodHead {
		_, _ = c.Response().Write(body)
	}
}

// asRefusal finds the refusal in err, or makes the fitting one for Echo's and
// the standard library's errors; all else is [errInternal].
func asRefusal(err error, c echo.Context) *errs.Error {
	var refusal *errs.Error
	if errors.As(err, &refusal) {
		return refusal
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return errTooLarge.New("limit", tooLarge.Limit)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return errTimeout.Wrap(err)
	}
	var he *echo.HTTPError
	if errors.As(err, &he) {
		switch he.Code {
		case http.StatusNotFound:
			return errRoute.New()
		case http.StatusMethodNotAllowed:
			return errMethod.New()
		case http.StatusRequestEntityTooLarge:
			return errTooLarge.New("limit", c.Request().ContentLength)
		case http.StatusUnsupportedMediaType:
			return errMediaType.New("wanted", "application/json")
		case http.StatusTooManyRequests:
			return errRateLimited.New()
		case http.StatusServiceUnavailable:
			return errUnavailable.Wrap(err)
		}
		if he.Code < http.StatusInternalServerError {
			return errInvalid.Wrap(err)
		}
	}
	return errInternal.Wrap(fmt.Errorf("%w", err))
}

// language picks "en" or "zh-CN" by Accept-Language; Chinese unless English is preferred.
func language(r *http.Request) string {
	best, lang := -1.0, "zh-CN"
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		q := 1.0
		if v, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			parsed, err := strconv.ParseFloat(v, 64)
			if err != nil {
				continue
			}
			q = parsed
		}
		base, _, _ := strings.Cut(strings.ToLower(tag), "-")
		if q > best && (base == "zh" || base == "en") {
			best = q
			lang = map[string]string{"zh": "zh-CN", "en": "en"}[base]
		}
	}
	return lang
}
