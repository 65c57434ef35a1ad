package apitest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"zhuce/docs/openapi"
	"zhuce/internal/contract"
)

// strict is the published contract, read more narrowly than a client has to:
// nothing that is not written down may come out.
var strict = sync.OnceValues(func() (routers.Router, error) {
	for _, mediaType := range []string{"application/pdf", "image/jpeg", "image/png", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
		"text/calendar"} {
		openapi3filter.RegisterBodyDecoder(mediaType, openapi3filter.FileBodyDecoder)
	}
	doc, err := contract.Load(context.Background(), openapi.Document)
	if err != nil {
		return nil, err
	}
	for _, s := range doc.Components.Schemas {
		if s.Value.Type.Is("object") && s.Value.AdditionalProperties.Has == nil {
			s.Value.AdditionalProperties.Has = openapi3.Ptr(false)
		}
	}
	for _, h := range doc.Components.Headers {
		h.Value.Required = true
	}
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			op.Responses.Delete("default")
			op.Responses.Delete("4XX")
			op.Responses.Delete("5XX")
		}
	}
	return gorillamux.NewRouter(doc)
})

// conform fails the test when the contract does not know the answer.
func conform(t testing.TB, sent *http.Request, content []byte, a *Answer) {
	t.Helper()
	if err := Nonconformity(sent, content, a); err != nil {
		t.Errorf("%s: %v\n%s", a.asked, err, a.Body)
	}
}

// Nonconformity says what of an answer the contract does not know; nil when it
// knows all of it. The content is the body that was sent.
func Nonconformity(sent *http.Request, content []byte, a *Answer) error {
	in, err := find(sent, content)
	if err != nil {
		return err
	}
	if in == nil {
		return notProblem(sent, a) // the router's own 404 and 405
	}
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: a.Status, Header: a.Header, Options: in.Options}
	out.SetBodyBytes(a.Body)
	if err := openapi3filter.ValidateResponse(sent.Context(), out); err != nil {
		return fmt.Errorf("the answer %d is not what the contract says: %w", a.Status, err)
	}
	if a.Status >= http.StatusBadRequest {
		if err := notProblem(sent, a); err != nil {
			return err
		}
		return unlisted(in.Route.Operation, a)
	}
	return nil
}

// allowed fails the test when the contract does not allow a request that was taken.
func allowed(t testing.TB, sent *http.Request, content []byte, a *Answer) {
	t.Helper()
	in, err := find(sent, content)
	must(t, err)
	if in == nil {
		return
	}
	if err := openapi3filter.ValidateRequest(sent.Context(), in); err != nil {
		t.Errorf("%s was taken, but the contract does not allow it: %v", a.asked, err)
	}
}

// find gives the operation that a request is for; nil when there is none.
func find(sent *http.Request, content []byte) (*openapi3filter.RequestValidationInput, error) {
	router, err := strict()
	if err != nil {
		return nil, err
	}
	req := sent.Clone(context.WithoutCancel(sent.Context()))
	req.Body = io.NopCloser(bytes.NewReader(content))
	req.URL = &url.URL{Path: sent.URL.Path, RawPath: sent.URL.RawPath, RawQuery: sent.URL.RawQuery} // the contract's server is a path
	route, params, err := router.FindRoute(req)
	if err != nil {
		return nil, nil //nolint:nilerr // there is none
	}
	return &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: route, Options: &openapi3filter.Options{
		IncludeResponseStatus: true, MultiError: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}}, nil
}

// notProblem checks what every refusal has in common (RFC 9457).
func notProblem(sent *http.Request, a *Answer) error {
	mediaType, _, _ := strings.Cut(a.Header.Get("Content-Type"), ";")
	switch {
	case a.Status < http.StatusBadRequest:
		return fmt.Errorf("%d from an address that the contract does not know", a.Status)
	case mediaType == "application/problem+json" && sent.Method == http.MethodHead:
		return nil // a HEAD has no body
	case mediaType != "application/problem+json", a.Code() == "", a.Text("detail") == "", a.Text("status") != strconv.Itoa(a.Status),
		a.Text("request_id") != a.Header.Get("X-Request-Id"), a.Text("request_id") == "":
		return fmt.Errorf("not a problem document: %d %s", a.Status, mediaType)
	}
	return nil
}
