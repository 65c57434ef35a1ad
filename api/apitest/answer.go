package apitest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
)

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte

	asked string
}

// Want fails the test unless the answer has the status and, for a refusal, the code.
func (a *Answer) Want(t testing.TB, status int, code ...string) *Answer {
	t.Helper()
	if a.Status != status || len(code) > 0 && a.Code() != code[0] {
		t.Fatalf("%s: %d %s, wanted %d %v\n%s", a.asked, a.Status, a.Code(), status, code, a.Body)
	}
	return a
}

// Code is the code of a refusal, "" for any other answer.
func (a *Answer) Code() string {
	if a.Status < http.StatusBadRequest {
		return ""
	}
	code, _ := a.JSON("code").(string)
	return code
}

// JSON is the value at a path of names and indexes; nil where there is none.
func (a *Answer) JSON(path ...any) any {
	var v any
	if json.Unmarshal(a.Body, &v) != nil {
		return nil
	}
	for _, step := range path {
		switch s := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[s]
		case int:
			list, _ := v.([]any)
			if s < 0 || s >= len(list) {
				return nil
			}
			v = list[s]
		}
	}
	return v
}

// Text is the value at a path as text: 3 for a number, "" for none.
func (a *Answer) Text(path ...any) string {
	switch v := a.JSON(path...).(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		return fmt.Sprint(v)
	}
}

// Len is the length of the list at a path.
func (a *Answer) Len(path ...any) int {
	list, _ := a.JSON(path...).([]any)
	return len(list)
}

// Into decodes the body.
func (a *Answer) Into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(a.Body, v); err != nil {
		t.Fatalf("%s: %v\n%s", a.asked, err, a.Body)
	}
}

// Refused are the details of a refusal as "pointer code", or "record id code".
func (a *Answer) Refused() []string {
	list, _ := a.JSON("errors").([]any)
	out := make([]string, len(list))
	for i := range list {
		if id := a.Text("errors", i, "record", "id"); id != "" {
			out[i] = id + " " + a.Text("errors", i, "code")
		} else {
			out[i] = a.Text("errors", i, "pointer") + " " + a.Text("errors", i, "code")
		}
	}
	return out
}
