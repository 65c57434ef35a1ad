package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-playground/validator/v10"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"zhuce/internal/appeal"
	"zhuce/internal/auth"
	"zhuce/internal/errs"
	"zhuce/internal/filing"
	"zhuce/internal/idempotency"
	"zhuce/internal/idno"
	"zhuce/internal/label"
	"zhuce/internal/outbox"
	"zhuce/internal/registrant"
	"zhuce/internal/webhook"
)

// Refusals of single fields. The code of a field is the rule that it broke.
var (
	fieldRules = map[string]*errs.Def{
		"required":   errs.Define(errs.Invalid, "request.required", "必填", "Required"),
		"max":        errs.Define(errs.Invalid, "request.too_long", "最多 {limit}", "At most {limit}"),
		"min":        errs.Define(errs.Invalid, "request.too_short", "最少 {limit}", "At least {limit}"),
		"lte":        errs.Define(errs.Invalid, "request.too_big", "不能大于 {limit}", "At most {limit}"),
		"gte":        errs.Define(errs.Invalid, "request.too_small", "不能小于 {limit}", "At least {limit}"),
		"oneof":      errs.Define(errs.Invalid, "request.not_an_option", "应为以下之一：{limit}", "Must be one of: {limit}"),
		"date":       errs.Define(errs.Invalid, "request.date", "日期应写作 2026-01-31", "A date is written 2026-01-31"),
		"mobile":     errs.Define(errs.Invalid, "request.mobile", "手机号应为 11 位，以 1 开头", "A mobile number has 11 digits and begins with 1"),
		"email":      errs.Define(errs.Invalid, "request.email", "邮箱格式不对", "Not an e-mail address"),
		"postcode":   errs.Define(errs.Invalid, "request.postcode", "邮政编码应为 6 位数字", "A postcode has 6 digits"),
		"uuid":       errs.Define(errs.Invalid, "request.id", "编号格式不对", "Not an id"),
		"number":     errNumber,
		"moment":     errs.Define(errs.Invalid, "request.moment", "时间应写作 2026-01-31T08:00:00+08:00", "A moment is written 2026-01-31T08:00:00+08:00"),
		"unique":     errs.Define(errs.Invalid, "request.repeated", "有重复项", "Values are repeated"),
		"httpslink":  errs.Define(errs.Invalid, "request.https_link", "应为 https:// 开头的网址", "Must be an address that begins with https://"),
		"creditcode": errs.Define(errs.Invalid, "request.credit_code", "统一社会信用代码不正确（18 位，校验码不符）", "Not a valid unified social credit code (18 characters, check character)"),
	}
	errUnknownValue = errs.Define(errs.Invalid, "request.unknown_value", "没有这个选项", "There is no such value")
	errField        = errs.Define(errs.Invalid, "request.field", "不符合要求", "Does not meet the rule")
	errNUL          = errs.Define(errs.Invalid, "request.nul_byte", "文字中含有不允许的控制字符", "The text has a control character that is not allowed")
	errEncoding     = errs.Define(errs.Malformed, "request.not_utf8", "请求内容应为 UTF-8 编码", "The body must be UTF-8")
	errNumber       = errs.Define(errs.Invalid, "request.not_a_number", "应为整数", "Must be a whole number")
	errKeyForm      = errs.Define(errs.Invalid, "request.idempotency_key", "Idempotency-Key 应为 1 至 255 个可见 ASCII 字符", "Idempotency-Key must be 1 to 255 visible ASCII characters")
	errIfMatch      = errs.Define(errs.Unconditional, "request.if_match_required", "请在 If-Match 中给出读取时的版本", "Send the version you read in If-Match")
	errNoBody       = errs.Define(errs.Malformed, "request.body_missing", "缺少请求内容", "The body is missing")
)

var validate = newValidator()

func newValidator() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(f reflect.StructField) string {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		return name
	})
	must := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	must(v.RegisterValidation("date", func(fl validator.FieldLevel) bool {
		_, err := time.Parse(time.DateOnly, fl.Field().String())
		return err == nil
	}))
	must(v.RegisterValidation("mobile", func(fl validator.FieldLevel) bool { return idno.ValidMobile(fl.Field().String()) }))
	must(v.RegisterValidation("creditcode", func(fl validator.FieldLevel) bool { return idno.ValidCreditCode(fl.Field().String()) }))
	known := func(tag string, is func(string) bool) {
		fieldRules[tag] = errUnknownValue
		must(v.RegisterValidation(tag, func(fl validator.FieldLevel) bool { return is(fl.Field().String()) }))
	}
	known("filingstatus", knownStatus)
	known("registrationtype", knownRegistrationType)
	known("profession", func(s string) bool { _, ok := filing.Profession(s).Info(); return ok })
	known("legalbasis", func(s string) bool { return label.Known(filing.GroundLabels(), s) })
	known("decisionpaper", func(s string) bool { return label.Known(filing.DecisionPaperKinds(), s) })
	known("revocationbasis", func(s string) bool { return label.Known(registrant.RevocationLabels(), s) })
	known("decision", func(s string) bool { return slices.Contains(filing.Decisions, filing.Action(s)) })
	known("warninglevel", knownWarningLevel)
	known("warningsituation", knownWarningSituation)
	known("warningsort", knownWarningSort)
	known("messagekind", knownMessageKind)
	known("eventkind", outbox.KnownKind)
	known("deliverystate", func(s string) bool { return label.Known(webhook.States, s) })
	must(v.RegisterValidation("moment", func(fl validator.FieldLevel) bool {
		t, err := time.Parse(time.RFC3339, fl.Field().String())
		return err == nil && t.Year() >= 2000 && t.Year() <= 9999
	}))
	known("provincecode", func(s string) bool { _, ok := idno.Provinces[s]; return ok })
	must(v.RegisterValidation("httpslink", func(fl validator.FieldLevel) bool {
		u, err := url.Parse(fl.Field().String())
		return err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil
	}))
	known("filingsort", func(s string) bool { return slices.Contains(filing.Sorts(), s) })
	for tag, table := range map[string][]label.Label{"appealstate": appeal.States, "appealkind": appeal.Kinds,
		"appealreason": appeal.Reasons, "appealproof": appeal.Proofs, "appealmeasure": appeal.Measures} {
		known(tag, func(s string) bool { return label.Known(table, s) })
	}
	known("appealsort", func(s string) bool { return slices.Contains(appeal.Sorts(), s) })
	known("desksort", func(s string) bool { return slices.Contains(filing.DeskSorts(), s) })
	known("registrantstatus", func(s string) bool { return label.Known(registrant.Statuses, s) })
	known("registrantsort", func(s string) bool { return slices.Contains(registrant.Sorts(), s) })
	must(v.RegisterValidation("postcode", func(fl validator.FieldLevel) bool {
		s := fl.Field().String()
		return len(s) == 6 && strings.Trim(s, "0123456789") == ""
	}))
	return v
}

// bind reads a JSON body into dst strictly (unknown fields, wrong types, NUL
// bytes and broken encoding are refused, each with its place), checks its
// validate tags, and puts the idempotency key into the request's context.
func (a *API) bind(c echo.Context, dst any) error {
	r := c.Request()
	if mt, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType)); err != nil || mt != echo.MIMEApplicationJSON {
		return errMediaType.New("wanted", echo.MIMEApplicationJSON)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return err
		}
		return errBroken.Wrap(err)
	}
	if !utf8.Valid(body) {
		return errEncoding.New()
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return errNoBody.New()
	}
	if err := decode(body, dst); err != nil {
		return err
	}
	if details := controlCharacters(reflect.ValueOf(dst), ""); len(details) > 0 {
		return errInvalid.New().With(details...)
	}
	if err := a.check(dst); err != nil {
		return err
	}
	return a.rememberKey(c, sha256.Sum256(body))
}

// rememberKey puts the Idempotency-Key, if there is one, into the context.
func (a *API) rememberKey(c echo.Context, body [32]byte) error {
	r := c.Request()
	values := r.Header.Values("Idempotency-Key")
	if len(values) == 0 {
		return nil
	}
	key := values[0]
	if len(values) > 1 || len(key) < 1 || len(key) > 255 || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return errInvalid.New().With(errKeyForm.At("header:Idempotency-Key"))
	}
	ctx := idempotency.With(r.Context(), idempotency.Request{
		Caller: actor(c).Caller(), Key: key, Route: r.Method + " " + r.URL.Path, BodySHA256: body})
	c.SetRequest(r.WithContext(ctx))
	return nil
}

func decode(body []byte, dst any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	err := d.Decode(dst)
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			return errBroken.New()
		}
		return nil
	}
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		return errWrongType.New("wanted", jsonType(wrongType.Type)).
			With(errWrongType.At(pointer(wrongType.Field), "wanted", jsonType(wrongType.Type)))
	}
	// encoding/json has no type for this error, only this text.
	if field, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		name, _ := strconv.Unquote(field)
		name = clip(name, 100)
		return errUnknownField.New("field", name).With(errUnknownField.At("/"+escape(name), "field", name))
	}
	return errBroken.Wrap(err)
}

// check runs the validate tags and gathers every broken field.
func (a *API) check(v any) error {
	err := validate.Struct(v)
	if err == nil {
		return nil
	}
	var fields validator.ValidationErrors
	if !errors.As(err, &fields) {
		return err
	}
	e := errInvalid.New()
	for _, f := range fields {
		_, path, _ := strings.Cut(f.Namespace(), ".")
		tag := f.Tag()
		if strings.HasPrefix(tag, "required") || tag == "notblank" {
			tag = "required"
		}
		def := fieldRules[tag]
		if def == nil {
			def = errField
		}
		e = e.With(def.At(pointer(path), "limit", f.Param()))
	}
	return e
}

// checkQuery is [API.check] for values from the query: places are "query:name".
func (a *API) checkQuery(v any) error {
	details := controlCharacters(reflect.ValueOf(v), "")
	err := a.check(v)
	var e *errs.Error
	if errors.As(err, &e) {
		details = append(details, e.Details...)
	} else if err != nil {
		return err
	}
	if len(details) == 0 {
		return nil
	}
	for i := range details {
		name, _, _ := strings.Cut(strings.TrimPrefix(details[i].Pointer, "/"), "/")
		details[i].Pointer = "query:" + name
	}
	return errInvalid.New().With(details...)
}

// controlCharacters finds strings with a NUL byte or broken UTF-8: PostgreSQL can hold neither.
func controlCharacters(v reflect.Value, at string) []errs.Detail {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			return controlCharacters(v.Elem(), at)
		}
	case reflect.String:
		if strings.ContainsRune(v.String(), 0) {
			return []errs.Detail{errNUL.At(at)}
		}
		if !utf8.ValidString(v.String()) { // out of a query; a body was checked as a whole
			return []errs.Detail{errEncoding.At(at)}
		}
	case reflect.Slice:
		var out []errs.Detail
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return nil
		}
		for i := range v.Len() {
			out = append(out, controlCharacters(v.Index(i), at+"/"+strconv.Itoa(i))...)
		}
		return out
	case reflect.Struct:
		var out []errs.Detail
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() {
				continue
			}
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			here := at
			if !f.Anonymous {
				here += "/" + name
			}
			out = append(out, controlCharacters(v.Field(i), here)...)
		}
		return out
	}
	return nil
}

// pointer turns "contacts[2].mobile" into "/contacts/2/mobile". Names of embedded
// types, which JSON does not know, are left out: they alone begin with a capital.
func pointer(path string) string {
	out := ""
	for name := range strings.SplitSeq(strings.NewReplacer("[", ".", "]", "").Replace(path), ".") {
		if name != "" && !unicode.IsUpper(rune(name[0])) {
			out += "/" + name
		}
	}
	return out
}

// clip keeps what comes back to the sender, or goes into a log, to a sane length in
// characters, and free of NUL bytes, which no text of ours has.
func clip(s string, length int) string {
	s = strings.ReplaceAll(s, "\x00", "\uFFFD")
	if r := []rune(s); len(r) > length {
		return string(r[:length]) + "…"
	}
	return s
}

func escape(name string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(name) }

func jsonType(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Slice, reflect.Array:
		return "array"
	case reflect.Struct, reflect.Map:
		if t == reflect.TypeFor[uuid.UUID]() {
			return "string"
		}
		return "object"
	default:
		return "number"
	}
}

// pathID reads an id from the path. What is no id names nothing: 404.
func pathID(c echo.Context, name string, notFound *errs.Def) (uuid.UUID, error) {
	id, err := uuid.Parse(c.Param(name))
	if err != nil || len(c.Param(name)) != 36 {
		return uuid.Nil, notFound.New()
	}
	return id, nil
}

// queryInt reads a whole number between low and high, or the default where there is none.
func queryInt(c echo.Context, name string, def, low, high int) (int, error) {
	s := c.QueryParam(name)
	if s == "" {
		return def, nil
	}
	n, err := strconv.Atoi(s)
	switch {
	case err != nil && !errors.Is(err, strconv.ErrRange):
		return 0, errInvalid.New().With(errNumber.At("query:" + name))
	case err != nil || n > high:
		return 0, errInvalid.New().With(fieldRules["lte"].At("query:"+name, "limit", high))
	case n < low:
		return 0, errInvalid.New().With(fieldRules["gte"].At("query:"+name, "limit", low))
	}
	return n, nil
}

// queryBool reads true or false, false where there is none.
func queryBool(c echo.Context, name string) (bool, error) {
	switch c.QueryParam(name) {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	default:
		return false, errInvalid.New().With(errWrongType.At("query:"+name, "wanted", "boolean"))
	}
}

// ifMatch reads the version that the caller saw. [errIfMatch] without the header;
// a version that cannot be ours reads as -1, which no record has.
func ifMatch(c echo.Context) (int, error) {
	h := strings.TrimSpace(c.Request().Header.Get("If-Match"))
	if h == "" {
		return 0, errIfMatch.New()
	}
	n, err := strconv.Atoi(strings.Trim(strings.TrimPrefix(h, "W/"), `"`))
	if err != nil {
		return -1, nil
	}
	return n, nil
}

// sendVersioned answers with an ETag of the version, or 304 when the caller has it.
func sendVersioned(c echo.Context, code, version int, body any) error {
	etag := `"` + strconv.Itoa(version) + `"`
	c.Response().Header().Set("ETag", etag)
	if code == http.StatusOK && c.Request().Method == http.MethodGet && hasETag(c, etag) {
		return c.NoContent(http.StatusNotModified)
	}
	return c.JSON(code, body)
}

// hasETag reports whether the caller already has this version. Weak and strong
// tags compare alike, as If-None-Match asks (RFC 9110 §13.1.2).
func hasETag(c echo.Context, etag string) bool {
	for tag := range strings.SplitSeq(c.Request().Header.Get("If-None-Match"), ",") {
		if tag = strings.TrimSpace(tag); strings.TrimPrefix(tag, "W/") == strings.TrimPrefix(etag, "W/") {
			return true
		}
	}
	return false
}

const (
	actorKey      = "actor"
	requestIDKey  = "request_id"
	waitedKey     = "waited" // how long a request stood still on purpose
	oauthErrorKey = "oauth_error"
)

func actor(c echo.Context) auth.Actor {
	who, _ := c.Get(actorKey).(auth.Actor)
	return who
}

func requestID(c echo.Context) string {
	id, _ := c.Get(requestIDKey).(string)
	return id
}
