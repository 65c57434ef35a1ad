package fuzztest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"zhuce/api/apitest"
	"zhuce/internal/errs"
)

// bound is how long an answer may take, patience how long it is waited for. Nothing
// takes a second on an idle machine; this also stands when every core is busy.
const (
	bound    = 10 * time.Second
	patience = 25 * time.Second
)

// answer is what came back.
type answer struct {
	apitest.Answer
	took time.Duration
}

// send sends a request as it is.
func (w *world) send(s *shot) (*http.Request, *answer, error) {
	began := time.Now()
	if s.wire != nil {
		a, err := w.wire(s)
		if err != nil {
			return nil, nil, err
		}
		a.took = time.Since(began)
		req, content := s.parsed()
		s.body = content
		return req, a, nil
	}
	address, err := url.Parse(w.env.URL)
	if err != nil {
		return nil, nil, err
	}
	if address.Path, err = url.PathUnescape(s.path); err != nil {
		return nil, nil, err
	}
	address.RawPath, address.RawQuery = s.path, s.query.Encode()
	var body io.Reader
	if s.body != nil {
		body = bytes.NewReader(s.body)
	}
	req, err := http.NewRequestWithContext(context.Background(), s.method, w.env.URL, body)
	if err != nil {
		return nil, nil, err
	}
	req.URL, req.Header = address, s.header
	resp, err := w.client.Do(req)
	if err != nil {
		return req, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	a, err := read(resp)
	if err == nil {
		a.took = time.Since(began)
	}
	return req, a, err
}

func read(resp *http.Response) (*answer, error) {
	var body []byte
	var err error
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		body, err = bufio.NewReader(resp.Body).ReadBytes('\n') // it has no end
	} else {
		body, err = io.ReadAll(resp.Body)
	}
	return &answer{Answer: apitest.Answer{Status: resp.StatusCode, Header: resp.Header, Body: body}}, err
}

// known are the codes of all refusals.
var known = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for _, d := range errs.All() {
		out[d.Code] = true
	}
	return out
})

var (
	driver    = regexp.MustCompile(`SQLSTATE|pgx|gorm|pgconn|dial tcp|goroutine |runtime error|\.go:\d|sql: |ERROR: `)
	personal  = regexp.MustCompile(`\d{17}[\dX]|1\d{10}`)
	provinces = regexp.MustCompile(`"province":"(\d\d)"`)
	clientID  = regexp.MustCompile(`"client_id":"[^"]*"`)
	ownID     = regexp.MustCompile(`"id":"[^"]*"`)
	uuids     = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)
)

// judge says what is wrong with an answer; "" when nothing is.
func (l *lane) judge(s *shot, req *http.Request, a *answer) string {
	code := a.Code()
	switch {
	case a.Status >= 500 && !l.caused(a):
		return fmt.Sprintf("a fault: %d %s", a.Status, code)
	case a.took > bound:
		return fmt.Sprintf("an answer after %s", a.took.Round(time.Second))
	case s.method == http.MethodOptions && a.Status == http.StatusNoContent && a.Header.Get("Allow") != "":
		return "" // which methods there are: HTTP's own, and no secret
	case a.Status == http.StatusTooManyRequests && s.op.OperationID != "streamMessages" && !strings.Contains(s.path, "/stream"):
		return "429, though no limit is near"
	case s.wire != nil && a.Header.Get("X-Request-Id") == "":
		return notHTTP(a)
	}
	if req != nil {
		err := apitest.Nonconformity(req, s.body, &a.Answer)
		if errors.Is(err, apitest.ErrUnlisted) && !*strict {
			l.report.gap(fmt.Sprintf("%s %s unlisted", s.op.OperationID, code))
		} else if err != nil {
			return err.Error()
		}
	}
	if why := badProblem(s, a); why != "" {
		return why
	}
	if a.Status < 300 && s.wire == nil && s.method == s.op.method && s.op.guarded() && !s.op.lets(s.by) {
		return fmt.Sprintf("%d for a caller whom the contract does not let in", a.Status)
	}
	if s.class == sound && s.op.lets(s.by) && (a.Status == 400 && s.op.path != "/exchange/token" || a.Status == 405 || a.Status == 415) {
		return fmt.Sprintf("%d %s, though the request is as the contract says", a.Status, code)
	}
	return l.told(s, a)
}

// caused reports whether a 503 is of our making: the registers were told to be silent.
func (l *lane) caused(a *answer) bool {
	return a.Status == http.StatusServiceUnavailable && l.world.down && a.Code() == "registers.unavailable"
}

// notHTTP judges what net/http itself answers to what is no request.
func notHTTP(a *answer) string {
	switch a.Status {
	case http.StatusBadRequest, http.StatusRequestHeaderFieldsTooLarge, http.StatusNotImplemented, http.StatusRequestURITooLong:
		return ""
	}
	return fmt.Sprintf("%d without a request id", a.Status)
}

func badProblem(s *shot, a *answer) string {
	if a.Status < 400 || s.method == http.MethodHead {
		return ""
	}
	if code := a.Code(); !known()[code] {
		return fmt.Sprintf("%d with the code %q, which is none of ours", a.Status, code)
	}
	for i := range a.Len("errors") {
		if code := a.Text("errors", i, "code"); !known()[code] {
			return fmt.Sprintf("errors[%d] has the code %q, which is none of ours", i, code)
		}
	}
	if found := driver.Find(a.Body); found != nil {
		return fmt.Sprintf("text of a driver: %s", found)
	}
	return ""
}

// told says what an answer tells a caller that is not theirs to know.
func (l *lane) told(s *shot, a *answer) string {
	if s.op.OperationID != "revealFiling" && s.op.OperationID != "revealRegistrant" {
		for _, number := range personal.FindAll(a.Body, -1) {
			if l.world.secret[string(number)] {
				return "a personal number is told"
			}
		}
	}
	if a.Status >= 300 || !strings.HasPrefix(a.Header.Get("Content-Type"), "application/json") {
		return ""
	}
	if s.by.province != "" && strings.Contains(s.op.path, "/exchange/filings") {
		for _, p := range provinces.FindAllSubmatch(a.Body, -1) {
			if string(p[1]) != s.by.province {
				return fmt.Sprintf("a filing of the province %s", p[1])
			}
		}
	}
	if s.by.tenant == "" || !s.op.guarded() || strings.HasPrefix(s.op.path, "/grants") /* they tell what an integrator asked for, also in vain */ {
		return ""
	}
	body := clientID.ReplaceAll(a.Body, nil) // integrators are there for every enterprise to choose
	if strings.HasPrefix(s.op.path, "/messages") {
		body = ownID.ReplaceAll(body, nil) // a notice to all is one message
	}
	for _, id := range uuids.FindAllString(string(body), -1) {
		switch owner := l.owner[id]; {
		case bytes.Contains(s.body, []byte(id)), strings.Contains(s.path, id), strings.Contains(s.query.Encode(), id):
		case owner == "":
			l.owner[id] = s.by.tenant
		case owner != s.by.tenant:
			return fmt.Sprintf("the record %s, which %s saw first", id, owner)
		}
	}
	return ""
}
