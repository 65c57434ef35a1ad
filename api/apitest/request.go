package apitest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"zhuce/api"
)

// File is a body with one file in a multipart form.
type File struct {
	Name    string
	Content []byte
}

// Do sends a request to a path below /api/v1 and holds the answer against the
// contract; one that the contract does not know fails the test. When the product
// takes the request, the contract must allow it too.
//
// The body may be nil, text or bytes (sent as JSON as they are), url.Values (a
// form), [File] (a multipart form), or anything else, which is encoded as JSON.
// Headers are name, value, name, value; "" takes a header away.
func (c *Caller) Do(t testing.TB, method, path string, body any, headers ...string) *Answer {
	t.Helper()
	answer, req, content := c.send(t, method, path, body, headers)
	conform(t, req, content, answer)
	if answer.Status < http.StatusMultipleChoices {
		allowed(t, req, content, answer)
	}
	return answer
}

// Try is Do for a request that is wrong on purpose: should the product take it all
// the same, the contract need not allow it. A fault (5xx) fails the test.
func (c *Caller) Try(t testing.TB, method, path string, body any, headers ...string) *Answer {
	t.Helper()
	answer, req, content := c.send(t, method, path, body, headers)
	conform(t, req, content, answer)
	if answer.Status >= http.StatusInternalServerError {
		t.Errorf("%s?%.200s %.200s: %d, %s", answer.asked, req.URL.RawQuery, content, answer.Status, c.Env.Log.cause(answer.Header.Get("X-Request-Id")))
	}
	return answer
}

func (c *Caller) send(t testing.TB, method, path string, body any, headers []string) (*Answer, *http.Request, []byte) {
	t.Helper()
	content, mediaType := encode(t, body)
	if mediaType != "" {
		headers = append([]string{"Content-Type", mediaType}, headers...)
	}
	if c.Token != "" {
		headers = append([]string{"Authorization", "Bearer " + c.Token}, headers...)
	}
	req := request(t, method, c.Env.URL+api.Base+path, content, headers)
	return send(t, c.Env.client(), req), req, content
}

// Get is Do without a body.
func (c *Caller) Get(t testing.TB, path string, headers ...string) *Answer {
	t.Helper()
	return c.Do(t, http.MethodGet, path, nil, headers...)
}

// Post is Do with a body.
func (c *Caller) Post(t testing.TB, path string, body any, headers ...string) *Answer {
	t.Helper()
	return c.Do(t, http.MethodPost, path, body, headers...)
}

func encode(t testing.TB, body any) (content []byte, mediaType string) {
	t.Helper()
	switch b := body.(type) {
	case nil:
		return nil, ""
	case []byte:
		return b, "application/json"
	case string:
		return []byte(b), "application/json"
	case url.Values:
		return []byte(b.Encode()), "application/x-www-form-urlencoded"
	case File:
		var form bytes.Buffer
		w := multipart.NewWriter(&form)
		part, err := w.CreateFormFile("file", b.Name)
		must(t, err)
		_, err = part.Write(b.Content)
		must(t, err)
		must(t, w.Close())
		return form.Bytes(), w.FormDataContentType()
	default:
		content, err := json.Marshal(body)
		must(t, err)
		return content, "application/json"
	}
}

func request(t testing.TB, method, address string, content []byte, headers []string) *http.Request {
	t.Helper()
	var body io.Reader
	if content != nil {
		body = bytes.NewReader(content)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, address, body)
	must(t, err)
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i+1] == "" {
			req.Header.Del(headers[i])
		} else {
			req.Header.Set(headers[i], headers[i+1])
		}
	}
	return req
}

func send(t testing.TB, client *http.Client, req *http.Request) *Answer {
	t.Helper()
	resp, err := client.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", req.Method, req.URL.Path, err)
	}
	defer func() { _ = resp.Body.Close() }()
	var body []byte
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		_, err = bufio.NewReader(resp.Body).ReadString('\n') // it has no end; see Stream
	} else {
		body, err = io.ReadAll(resp.Body)
	}
	must(t, err)
	return &Answer{Status: resp.StatusCode, Header: resp.Header, Body: body, asked: req.Method + " " + strings.TrimPrefix(req.URL.Path, api.Base)}
}
