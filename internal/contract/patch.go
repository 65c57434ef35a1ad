package contract

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"
)

// problemType is the media type of every refusal (RFC 9457).
const problemType = "application/problem+json"

// patch adds what Swagger 2.0 cannot say.
func patch(doc *openapi3.T, f facts, src Source) error {
	if doc.Components.Schemas["Problem"] == nil {
		return fmt.Errorf("no operation names Problem as its failure")
	}
	doc.Servers = openapi3.Servers{{URL: "/api/v1", Extensions: map[string]any{"x-internal": false},
		Description: "与本文档同一主机：生产、测试或开发环境 · The host that serves this document: production, test or development"}}
	schemes := doc.Components.SecuritySchemes
	if s := schemes["Session"]; s != nil {
		s.Value = openapi3.NewJWTSecurityScheme().WithDescription(s.Value.Description)
	}
	// The name prefix makes browsers refuse the cookie from any other host or path.
	schemes["RefreshCookie"] = &openapi3.SecuritySchemeRef{Value: openapi3.NewSecurityScheme().WithType("apiKey").WithIn("cookie").
		WithName("__Host-zhuce_refresh").WithDescription("登录后由浏览器自动携带 · Sent by the browser after sign-in; never readable by scripts")}
	schemes["ClientSecret"] = &openapi3.SecuritySchemeRef{Value: openapi3.NewSecurityScheme().WithType("http").WithScheme("basic").
		WithDescription("client_id 与 client_secret，仅用于取令牌 · client_id and client_secret, for the token endpoint alone (RFC 6749 §2.3.1)")}
	addComponents(doc.Components)
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			patchOperation(method, path, op, src.Enums)
			sayBodyBound(op, src.Bodies[method+" "+path])
		}
	}
	patchSchemas(doc, f, src.Enums)
	restrictTexts(doc)
	addExamples(doc)
	codes := newRefusals(doc, src)
	for _, path := range doc.Paths.InMatchingOrder() {
		for _, op := range sortedOperations(doc.Paths.Value(path)) {
			if err := codes.patch(op); err != nil {
				return err
			}
		}
	}
	addWebhooks(doc, src.Events)
	if err := checkTexts(doc); err != nil {
		return err
	}
	return prune(doc)
}

// failure is an answer that refuses, and what it means on every route.
type failure struct {
	name, description string
	headers           []string
}

var failures = map[int]failure{
	http.StatusBadRequest:            {"BadRequest", "请求内容无法读取 · The request cannot be read", nil},
	http.StatusUnauthorized:          {"Unauthorized", "未登录，或令牌已失效 · Not signed in, or the token is no longer good", []string{"WWW-Authenticate"}},
	http.StatusForbidden:             {"Forbidden", "当前身份不能使用 · This caller may not use it", nil},
	http.StatusNotFound:              {"NotFound", "不存在，或不属于调用方 · Does not exist for this caller", nil},
	http.StatusConflict:              {"Conflict", "记录当前状态不允许；errors 指明是哪一条 · A record's state is in the way; errors names it", nil},
	http.StatusGone:                  {"Gone", "已不再保存 · No longer kept", nil},
	http.StatusPreconditionFailed:    {"Stale", "读取之后记录已被更改 · The record changed after it was read", nil},
	http.StatusRequestEntityTooLarge: {"TooLarge", "请求内容过大 · The request is too large", nil},
	http.StatusUnsupportedMediaType:  {"UnsupportedMediaType", "请求内容类型不支持 · The content type is not supported", nil},
	http.StatusUnprocessableEntity:   {"Invalid", "内容不符合要求；errors 逐项说明 · The contents break a rule; errors says which", nil},
	http.StatusPreconditionRequired:  {"IfMatchRequired", "修改须带 If-Match · An edit needs If-Match", nil},
	http.StatusTooManyRequests:       {"TooManyRequests", "请求过于频繁 · Too many requests", []string{"Retry-After"}},
	http.StatusInternalServerError:   {"InternalError", "系统故障，操作未完成 · A fault on our side; nothing was changed", nil},
	http.StatusServiceUnavailable:    {"Unavailable", "暂时不可用 · Not available just now", []string{"Retry-After"}},
}

var (
	otherRefusal = failure{"Refusal", "其他错误 · Any other refusal", nil}
	otherFault   = failure{"Fault", "其他故障 · Any other fault", nil}
)

func addComponents(c *openapi3.Components) {
	c.Headers = openapi3.Headers{
		"X-Request-Id":        header("请求编号，报障时请提供 · Quote it when you ask for support", text(64, "019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11")),
		"ETag":                header("记录的版本，修改时放入 If-Match · The record's version; send it back in If-Match", text(100, `"3"`)),
		"RateLimit-Limit":     header("可连续使用的请求数（draft-ietf-httpapi-ratelimit-headers-06）· Requests that may come at once: the size of the bucket that is nearest to its end", whole(1, maxSafe, 500)),
		"RateLimit-Remaining": header("剩余请求数 · Requests left in it now", whole(0, maxSafe, 499)),
		"RateLimit-Reset":     header("多少秒后恢复全部 · Seconds until all of them are there again", whole(0, 86400, 1)),
		"Retry-After":         header("多少秒后可重试 · Seconds to wait", whole(0, 86400, 1)),
		"Content-Language":    header("文字所用语言 · The language of the texts", choice("zh-CN", "en")),
		"WWW-Authenticate":    header("RFC 6750", text(200, `Bearer realm="zhuce", error="auth.token_missing"`)),
		"Location":            header("转到的地址 · Where to go", text(4000, "/signed-in")),
	}
	c.Parameters = openapi3.ParametersMap{
		"AcceptLanguage": parameter("Accept-Language", "文字所用语言，默认中文 · The language of texts, Chinese by default", false, text(200, "zh-CN")),
		"IdempotencyKey": parameter("Idempotency-Key", "同一操作重发时用同一个值，只办理一次 · One value per intent: sent twice, it acts once",
			false, unsaid(255)),
		"IfMatch":     parameter("If-Match", "读取时的 ETag · The ETag that was read", true, unsaid(100)),
		"IfNoneMatch": parameter("If-None-Match", "已有的版本，未变则答 304 · The version already held; 304 when it is still current", false, unsaid(200)),
	}
	key := c.Parameters["IdempotencyKey"].Value.Schema.Value
	key.MinLength, key.Pattern = 1, `^[!-~]+$`
	c.Responses = openapi3.ResponseBodies{"Refusal": {Value: problem(otherRefusal, "")}, "Fault": {Value: problem(otherFault, "")}}
	for _, f := range failures {
		c.Responses[f.name] = &openapi3.ResponseRef{Value: problem(f, "")}
	}
}

// problem is a failure's answer; a description of the route's own wins.
func problem(f failure, description string) *openapi3.Response {
	if description == "" {
		description = f.description
	}
	r := openapi3.NewResponse().WithDescription(description).WithContent(openapi3.Content{
		problemType: openapi3.NewMediaType().WithSchemaRef(openapi3.NewSchemaRef("#/components/schemas/Problem", nil))})
	addHeaders(r, append([]string{"X-Request-Id", "Content-Language"}, f.headers...)...)
	if f.name != "InternalError" && f.name != "Unavailable" && f.name != otherFault.name {
		addHeaders(r, rateHeaders...) // a fault may come before anything was counted
	}
	return r
}

func addHeaders(r *openapi3.Response, names ...string) {
	if r.Headers == nil {
		r.Headers = openapi3.Headers{}
	}
	for _, name := range names {
		r.Headers[name] = &openapi3.HeaderRef{Ref: "#/components/headers/" + name}
	}
}

func header(description string, s *openapi3.Schema) *openapi3.HeaderRef {
	return &openapi3.HeaderRef{Value: &openapi3.Header{Parameter: openapi3.Parameter{Description: description, Schema: s.NewRef()}}}
}

func parameter(name, description string, required bool, s *openapi3.Schema) *openapi3.ParameterRef {
	return &openapi3.ParameterRef{Value: openapi3.NewHeaderParameter(name).WithDescription(description).WithRequired(required).WithSchema(s)}
}

func text(max int64, example string) *openapi3.Schema {
	s := openapi3.NewStringSchema().WithMaxLength(max)
	s.Example = example
	return s
}

// unsaid has no example: Swagger UI would send it with every request.
func unsaid(max int64) *openapi3.Schema { return openapi3.NewStringSchema().WithMaxLength(max) }

func choice(values ...any) *openapi3.Schema { return openapi3.NewStringSchema().WithEnum(values...) }

func whole(low, high float64, example int) *openapi3.Schema {
	s := openapi3.NewInt32Schema().WithMin(low).WithMax(high)
	s.Example = example
	return s
}

func codeOf(status string) int {
	n, err := strconv.Atoi(status)
	if err != nil {
		return 0 // "default"
	}
	return n
}
