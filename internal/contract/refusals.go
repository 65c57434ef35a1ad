package contract

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Refusal is one code of the API.
type Refusal struct {
	Code   string
	Status int
	ZH, EN string // texts, filled in
}

// codesKey and detailsKey are where an operation lists its codes: those of the
// problem by status, and those that stand in its errors[].
const (
	codesKey   = "x-error-codes"
	detailsKey = "x-detail-codes"
)

// refusals gives operations their codes.
type refusals struct {
	doc    *openapi3.T
	byCode map[string]Refusal
	src    Source
	shared map[string]string // name of a shared response → its codes
}

func newRefusals(doc *openapi3.T, src Source) *refusals {
	r := &refusals{doc: doc, src: src, byCode: map[string]Refusal{}, shared: map[string]string{}}
	if doc.Components.Examples == nil {
		doc.Components.Examples = openapi3.Examples{}
	}
	for _, one := range src.Refusals {
		r.byCode[one.Code] = one
	}
	return r
}

// shapesOf names what an operation has that makes it refuse, as [Source].Shared knows it.
func shapesOf(op *openapi3.Operation) []string {
	shapes := []string{"any"}
	for _, requirement := range *op.Security {
		for scheme := range requirement {
			shapes = append(shapes, scheme)
		}
	}
	if op.RequestBody != nil && op.RequestBody.Value != nil {
		for mediaType := range op.RequestBody.Value.Content {
			shapes = append(shapes, mediaType)
		}
	}
	for _, p := range op.Parameters {
		switch {
		case strings.HasSuffix(p.Ref, "/IfMatch"):
			shapes = append(shapes, "If-Match")
		case strings.HasSuffix(p.Ref, "/IdempotencyKey"):
			shapes = append(shapes, "Idempotency-Key")
		case p.Ref == "" && p.Value.In == openapi3.ParameterInQuery:
			shapes = append(shapes, "query")
		}
	}
	slices.Sort(shapes)
	return slices.Compact(shapes)
}

// patch lists the codes of an operation, and shows each as an example of its response.
func (r *refusals) patch(op *openapi3.Operation) error {
	byStatus, details := map[int][]string{}, []string{}
	add := func(code string) error {
		one, known := r.byCode[code]
		if !known {
			return fmt.Errorf("%s answers %s, which is not defined", op.OperationID, code)
		}
		byStatus[one.Status] = append(byStatus[one.Status], code)
		return nil
	}
	shapes := shapesOf(op)
	for _, shape := range shapes {
		for _, code := range r.src.Shared[shape] {
			if err := add(code); err != nil {
				return err
			}
		}
	}
	for code, inside := range r.src.Answered[op.OperationID] {
		if err := add(code); err != nil {
			return err
		}
		details = append(details, inside...)
	}
	listed := map[string]any{}
	for _, status := range slices.Sorted(maps.Keys(byStatus)) {
		slices.Sort(byStatus[status])
		codes := slices.Compact(byStatus[status])
		listed[strconv.Itoa(status)] = codes
		r.respond(op, shapes, status, codes)
	}
	if op.Extensions == nil {
		op.Extensions = map[string]any{}
	}
	op.Extensions[codesKey] = listed
	if slices.Sort(details); len(details) > 0 {
		op.Extensions[detailsKey] = slices.Compact(details)
	}
	return nil
}

// respond puts the codes into the response of the status: a shared one where the
// operation says nothing of its own.
func (r *refusals) respond(op *openapi3.Operation, shapes []string, status int, codes []string) {
	name, f := strconv.Itoa(status), failures[status]
	response := op.Responses.Value(name)
	description := ""
	if response != nil && response.Ref == "" && response.Value.Description != nil {
		description = *response.Value.Description
	}
	own := slices.ContainsFunc(codes, func(code string) bool {
		_, mine := r.src.Answered[op.OperationID][code]
		return mine
	})
	if description == "" && !own && f.name != "" {
		component, list := f.name+r.suffix(shapes, status), strings.Join(codes, " ")
		if _, made := r.shared[component]; !made {
			r.shared[component] = list
			r.doc.Components.Responses[component] = &openapi3.ResponseRef{Value: r.problem(f, "", codes)}
		}
		if r.shared[component] == list {
			op.Responses.Set(name, &openapi3.ResponseRef{Ref: "#/components/responses/" + component})
			return
		}
	}
	if f.name == "" {
		f = otherRefusal
	}
	op.Responses.Set(name, &openapi3.ResponseRef{Value: r.problem(f, description, codes)})
}

// suffix tells shared responses of one status apart by the shapes that their codes come from.
func (r *refusals) suffix(shapes []string, status int) string {
	out := ""
	for _, shape := range shapes {
		if shape == "any" || !slices.ContainsFunc(r.src.Shared[shape], func(code string) bool { return r.byCode[code].Status == status }) {
			continue
		}
		out += suffixes[shape]
	}
	return out
}

var suffixes = map[string]string{"OAuth2": "Client", "RefreshCookie": "Cookie", "multipart/form-data": "Upload",
	"application/x-www-form-urlencoded": "Form", "query": "Query", "Idempotency-Key": "Key"}

// problem is a failure with an example for each of its codes.
func (r *refusals) problem(f failure, description string, codes []string) *openapi3.Response {
	response := problem(f, description)
	examples := openapi3.Examples{}
	for _, code := range codes {
		r.example(code)
		examples[code] = &openapi3.ExampleRef{Ref: "#/components/examples/" + code}
	}
	response.Content[problemType].Examples = examples
	return response
}

// example makes the example of a code, once for all responses.
func (r *refusals) example(code string) {
	if r.doc.Components.Examples[code] != nil {
		return
	}
	one := r.byCode[code]
	value := map[string]any{"type": "https://zhuce.example/problems/" + code, "title": titles(one.Status), "status": one.Status,
		"detail": one.ZH, "instance": "/api/v1/…", "code": code, "request_id": "019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"}
	if extra := r.src.ProblemMembers[code]; extra != nil {
		maps.Copy(value, extra)
	}
	r.doc.Components.Examples[code] = &openapi3.ExampleRef{Value: &openapi3.Example{Summary: one.EN, Value: value}}
}
