package contract

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// patchOperation gives an operation what its shape implies: the failures that
// the middleware and the body reader can answer with, the headers, and the
// parameters that stand on many routes.
func patchOperation(method, path string, op *openapi3.Operation, enums map[string][]string) {
	switch path { // neither is a bearer token, which is all that Swagger 2.0 can say beside an API key
	case "/session/refresh":
		op.Security = openapi3.NewSecurityRequirements().With(openapi3.NewSecurityRequirement().Authenticate("RefreshCookie"))
	case "/exchange/token": // or the same two values in the form
		op.Security = openapi3.NewSecurityRequirements().With(openapi3.NewSecurityRequirement().Authenticate("ClientSecret")).
			With(openapi3.NewSecurityRequirement())
	}
	if op.Security == nil {
		op.Security = openapi3.NewSecurityRequirements() // public, said outright
	}
	var params openapi3.Parameters
	for _, p := range op.Parameters {
		if p.Value.In != openapi3.ParameterInHeader || !slices.Contains(sharedHeaders, p.Value.Name) {
			values, own := enums[op.OperationID+"."+p.Value.Name]
			if !own {
				values = enums[p.Value.Name]
			}
			patchParameter(p.Value, values)
			params = append(params, p)
		}
	}
	op.Parameters = params
	for _, name := range sharedParameters(method, path, op) {
		op.Parameters = append(op.Parameters, &openapi3.ParameterRef{Ref: "#/components/parameters/" + name})
	}
	if op.RequestBody != nil && op.RequestBody.Value != nil {
		op.RequestBody.Value.Required = true
	}
	patchResponses(method, op)
}

// rateHeaders say on every answer what the caller has left.
var rateHeaders = []string{"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"}

// bodyKey is where an operation says how large its body may be, in bytes.
const bodyKey = "x-max-body-bytes"

// sayBodyBound says how large a body may be: for programs and, beside it, for people.
func sayBodyBound(op *openapi3.Operation, bytes int64) {
	if op.RequestBody == nil || op.RequestBody.Value == nil || bytes == 0 {
		return
	}
	body := op.RequestBody.Value
	if body.Extensions == nil {
		body.Extensions = map[string]any{}
	}
	body.Extensions[bodyKey] = bytes
	said := fmt.Sprintf("最大 %d 字节（默认设置）· At most %d bytes, as the settings come", bytes, bytes)
	if body.Description != "" {
		said = body.Description + "; " + said
	}
	body.Description = said
}

// sharedHeaders are said once for all routes, whether an annotation names them or not.
var sharedHeaders = []string{"Accept-Language", "Idempotency-Key", "If-Match", "If-None-Match"}

func sharedParameters(method, path string, op *openapi3.Operation) []string {
	names := []string{"AcceptLanguage"}
	query := strings.HasSuffix(path, "/search") || strings.HasSuffix(path, "/check")
	if method != http.MethodGet && len(*op.Security) > 0 && !query && path != "/session/refresh" && path != "/exchange/token" {
		names = append(names, "IdempotencyKey")
	}
	if method != http.MethodGet && op.Responses.Value("412") != nil {
		names = append(names, "IfMatch")
	}
	if method == http.MethodGet && op.Responses.Value("304") != nil {
		names = append(names, "IfNoneMatch")
	}
	return names
}

// failuresOf lists the failures that the shape of a route implies.
func failuresOf(method string, op *openapi3.Operation) []int {
	codes := []int{http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable}
	form := op.RequestBody != nil && op.RequestBody.Value != nil && op.RequestBody.Value.Content["application/x-www-form-urlencoded"] != nil
	switch {
	case form: // the token endpoint, where RFC 6749 §5.2 says what is answered
		codes = append(codes, http.StatusUnauthorized, http.StatusBadRequest, http.StatusRequestEntityTooLarge)
	case len(*op.Security) > 0:
		codes = append(codes, http.StatusUnauthorized, http.StatusForbidden)
	}
	if op.RequestBody != nil && !form {
		codes = append(codes, http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity)
	}
	for _, p := range op.Parameters {
		switch {
		case strings.HasSuffix(p.Ref, "/IfMatch"):
			codes = append(codes, http.StatusPreconditionFailed, http.StatusPreconditionRequired)
		case strings.HasSuffix(p.Ref, "/IdempotencyKey"):
			codes = append(codes, http.StatusUnprocessableEntity)
		case p.Ref == "" && p.Value.In == openapi3.ParameterInPath:
			codes = append(codes, http.StatusNotFound)
		case p.Ref == "" && p.Value.In == openapi3.ParameterInQuery:
			codes = append(codes, http.StatusUnprocessableEntity)
		}
	}
	return codes
}

func patchResponses(method string, op *openapi3.Operation) {
	versioned := op.Responses.Value("304") != nil || op.Responses.Value("412") != nil
	for status, r := range op.Responses.Map() {
		code := codeOf(status)
		if code < http.StatusBadRequest {
			patchSuccess(code, r.Value, versioned)
			continue
		}
		description := ""
		if d := r.Value.Description; d != nil && *d != http.StatusText(code) {
			description = *d
		}
		op.Responses.Set(status, failureRef(code, description))
	}
	for _, code := range failuresOf(method, op) {
		if op.Responses.Value(strconv.Itoa(code)) == nil {
			op.Responses.Set(strconv.Itoa(code), failureRef(code, ""))
		}
	}
	op.Responses.Delete("default")
	if op.Responses.Value("302") != nil { // never 2xx, which Redocly wants to see
		op.Responses.Set("default", &openapi3.ResponseRef{Ref: "#/components/responses/Refusal"})
		return
	}
	op.Responses.Set("4XX", &openapi3.ResponseRef{Ref: "#/components/responses/Refusal"})
	op.Responses.Set("5XX", &openapi3.ResponseRef{Ref: "#/components/responses/Fault"})
}

func failureRef(code int, description string) *openapi3.ResponseRef {
	f, known := failures[code]
	if !known {
		f = otherRefusal
	}
	if description == "" {
		return &openapi3.ResponseRef{Ref: "#/components/responses/" + f.name}
	}
	return &openapi3.ResponseRef{Value: problem(f, description)}
}

var successes = map[int]string{
	http.StatusOK: "成功 · Done", http.StatusCreated: "已建立 · Created", http.StatusNoContent: "成功，无内容 · Done, nothing to say",
	http.StatusFound: "转到另一地址 · Go there", http.StatusNotModified: "未变 · Not changed",
}

func patchSuccess(code int, r *openapi3.Response, versioned bool) {
	if own := r.Description; own == nil || *own == "" || *own == http.StatusText(code) {
		if said, ok := successes[code]; ok {
			r.Description = &said
		}
	}
	for _, m := range r.Content {
		if m.Schema != nil && m.Schema.Ref == "" {
			bound(m.Schema.Value, maxFile) // a text that is the whole answer: a calendar, a stream
		}
	}
	for _, h := range r.Headers {
		if h.Value != nil && h.Value.Schema != nil {
			bound(h.Value.Schema.Value, maxText)
		}
	}
	addHeaders(r, append([]string{"X-Request-Id"}, rateHeaders...)...)
	switch {
	case code == http.StatusFound:
		addHeaders(r, "Location")
		r.Content = nil
	case code == http.StatusNotModified:
		addHeaders(r, "ETag")
		r.Content = nil
	case versioned:
		addHeaders(r, "ETag")
	}
}

func patchParameter(p *openapi3.Parameter, values []string) {
	s := p.Schema.Value
	if p.In == openapi3.ParameterInPath && p.Name == "id" {
		s.Format = "uuid"
	}
	if slices.Contains(values, "") {
		values = nil // a list of a field that may be left empty; a parameter of the same name is another thing
	}
	target := s
	if s.Type.Is("array") {
		target = s.Items.Value
		s.MaxItems = openapi3.Ptr(uint64(max(len(values), len(target.Enum), 1)))
		p.Style, p.Explode = "form", openapi3.Ptr(true)
	}
	if len(target.Enum) == 0 && len(values) > 0 {
		target.Enum = toAny(values)
	}
	bound(s, 200)
}

// sortedOperations are the operations of a path, in one order every time.
func sortedOperations(item *openapi3.PathItem) []*openapi3.Operation {
	operations := item.Operations()
	out := make([]*openapi3.Operation, 0, len(operations))
	for _, method := range slices.Sorted(maps.Keys(operations)) {
		out = append(out, operations[method])
	}
	return out
}
