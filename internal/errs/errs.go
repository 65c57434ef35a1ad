// Package errs is the one vocabulary of refusals: each has a Kind (what sort of
// refusal), a stable Code (what a program reads) and a text in Chinese and
// English (what a person reads).
//
// A refusal is defined once, beside the rule that raises it, with [Define].
// Only package api turns kinds into HTTP statuses. An error that is no *Error is
// a fault of ours: the caller gets a fixed text and the cause goes to the log.
package errs

import (
	"errors"
	"fmt"
	"sort"
	"strings"
	"sync"
)

// Kind sorts refusals by what the caller can do about them.
type Kind int

// The kinds. Package api maps each to one HTTP status.
const (
	Internal        Kind = iota // our fault: 500
	Malformed                   // cannot be read at all: 400
	Invalid                     // can be read, breaks a rule on its contents: 422
	Unauthenticated             // we do not know who asks: 401
	Forbidden                   // we know, and the answer is no: 403
	NotFound                    // does not exist for this caller: 404
	NotAllowed                  // the method does not exist on this resource: 405
	Conflict                    // the record's state is in the way: 409
	Stale                       // the record changed since the caller read it: 412
	Unconditional               // an edit without If-Match: 428
	TooLarge                    // 413
	Unsupported                 // media type: 415
	Busy                        // rate limit: 429
	Unavailable                 // a system behind us does not answer: 503
	Gone                        // was there, and is no longer kept: 410
)

// Text is one message in both languages. {name} stands for a parameter.
type Text struct{ ZH, EN string }

// In gives the text in the language ("en", anything else is Chinese) with the
// parameters filled in.
func (t Text) In(lang string, params map[string]any) string {
	s := t.ZH
	if lang == "en" {
		s = t.EN
	}
	for k, v := range params {
		if l, ok := v.(Text); ok {
			v = l.In(lang, nil)
		}
		s = strings.ReplaceAll(s, "{"+k+"}", fmt.Sprint(v))
	}
	return s
}

// Def is the definition of a refusal.
type Def struct {
	Kind Kind
	Code string // "domain.reason"
	Text Text
}

var (
	mu   sync.Mutex
	defs = map[string]*Def{}
)

// Define registers a refusal. It panics when the code is taken: a code means one
// thing.
func Define(kind Kind, code, zh, en string) *Def {
	mu.Lock()
	defer mu.Unlock()
	if _, taken := defs[code]; taken {
		panic("errs: code defined twice: " + code)
	}
	d := &Def{Kind: kind, Code: code, Text: Text{zh, en}}
	defs[code] = d
	return d
}

// All lists every definition by code, for the documents and their check.
func All() []*Def {
	mu.Lock()
	defer mu.Unlock()
	out := make([]*Def, 0, len(defs))
	for _, d := range defs {
		out = append(out, d)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Code < out[j].Code })
	return out
}

// Record names the record that a detail speaks of.
type Record struct {
	Type   string // "filing", "enterprise" …
	ID     string
	Label  string // what a person knows it by; never a personal number
	Status string // its present status, as the API spells it
}

// Detail is one of several reasons, each with its place.
type Detail struct {
	Pointer string // JSON pointer into the body ("/contact/mobile"), or "query:limit", "header:If-Match"
	Code    string
	Text    Text
	Params  map[string]any
	Record  *Record
}

// Error is a refusal on its way out.
type Error struct {
	Def     *Def
	Params  map[string]any
	Details []Detail
	Cause   error // logged, never sent
}

// Error is for the log; people read Def.Text.
func (e *Error) Error() string {
	if e.Cause != nil {
		return e.Def.Code + ": " + e.Cause.Error()
	}
	return e.Def.Code
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Is makes errors.Is(err, def.New()) and comparisons by code work.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Def == e.Def
}

// New makes a refusal of this definition; params are name, value, name, value …
func (d *Def) New(params ...any) *Error {
	return &Error{Def: d, Params: pairs(params)}
}

// Wrap makes a refusal that keeps the cause for the log.
func (d *Def) Wrap(cause error, params ...any) *Error {
	return &Error{Def: d, Params: pairs(params), Cause: cause}
}

// At makes a detail of this definition at a place.
func (d *Def) At(pointer string, params ...any) Detail {
	return Detail{Pointer: pointer, Code: d.Code, Text: d.Text, Params: pairs(params)}
}

// About makes a detail of this definition about a record.
func (d *Def) About(r Record, params ...any) Detail {
	return Detail{Code: d.Code, Text: d.Text, Params: pairs(params), Record: &r}
}

// With adds details.
func (e *Error) With(details ...Detail) *Error {
	e.Details = append(e.Details, details...)
	return e
}

// Is reports whether err is a refusal of this definition.
func (d *Def) Is(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Def == d
}

// Code gives the code of a refusal, or "" for any other error.
func Code(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Def.Code
	}
	return ""
}

func pairs(kv []any) map[string]any {
	if len(kv) == 0 {
		return nil
	}
	m := make(map[string]any, len(kv)/2)
	for i := 0; i+1 < len(kv); i += 2 {
		m[kv[i].(string)] = kv[i+1]
	}
	return m
}
