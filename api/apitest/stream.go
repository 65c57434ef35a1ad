package apitest

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3filter"

	"zhuce/api"
)

func init() { openapi3filter.RegisterBodyDecoder("text/event-stream", openapi3filter.FileBodyDecoder) }

// patience bounds how long an event may take; one that comes is not waited for.
const patience = 15 * time.Second

// Event is one of a stream. A comment has the name ":".
type Event struct {
	ID, Name string
	Data     []byte
}

// Text is a member of the data as text.
func (e Event) Text(path ...any) string { return (&Answer{Body: e.Data}).Text(path...) }

// Stream is an open page.
type Stream struct {
	events chan Event
	cut    context.CancelFunc
	seen   Event // the last one with an id
}

// Stream opens the stream of messages at an instance; it ends with the test.
func (c *Caller) Stream(t testing.TB, at *Env, headers ...string) *Stream {
	t.Helper()
	ctx, cut := context.WithCancel(context.WithoutCancel(t.Context()))
	headers = append([]string{"Authorization", "Bearer " + c.Token}, headers...)
	req := request(t, http.MethodGet, at.URL+api.Base+"/messages/stream", nil, headers).WithContext(ctx)
	resp, err := (&http.Client{Transport: at.server.Client().Transport}).Do(req) //nolint:bodyclose // closed where it is read to its end, below
	must(t, err)
	mediaType, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	if resp.StatusCode != http.StatusOK || mediaType != "text/event-stream" {
		t.Fatalf("the stream answers %s, %s", resp.Status, mediaType)
	}
	s := &Stream{events: make(chan Event, 256), cut: cut}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(s.events)
		defer func() { _ = resp.Body.Close() }()
		s.read(bufio.NewReader(resp.Body))
	}()
	t.Cleanup(func() { cut(); <-done })
	return s
}

func (s *Stream) read(r *bufio.Reader) {
	var e Event
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\n")
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case line == "":
			if e.Name != "" {
				s.events <- e
			}
			e = Event{}
		case name == "":
			e.Name = ":"
		case name == "id":
			e.ID = value
		case name == "event":
			e.Name = value
		case name == "data":
			e.Data = []byte(value)
		}
	}
}

// Want gives the next event with the name, and fails the test when none comes. What
// comes before it is passed over, but for messages: those fail the test too.
func (s *Stream) Want(t testing.TB, name string) Event {
	t.Helper()
	late := time.After(patience)
	for {
		select {
		case e, open := <-s.events:
			switch {
			case !open:
				t.Fatalf("the stream ended; a %q was wanted", name)
			case e.Name == "message" && name != "message":
				t.Fatalf("an unexpected message came: %s", e.Data)
			}
			if e.ID != "" {
				s.seen = e
			}
			if e.Name == name {
				if name != ":" && !json.Valid(e.Data) {
					t.Fatalf("the data is no JSON: %s", e.Data)
				}
				return e
			}
		case <-late:
			t.Fatalf("no %q came", name)
		}
	}
}

// Cut breaks the connection and gives the id to go on from.
func (s *Stream) Cut() (lastEventID string) {
	s.cut()
	return s.seen.ID
}

// WantEnd fails the test unless the stream ends; messages on the way fail it too.
func (s *Stream) WantEnd(t testing.TB) {
	t.Helper()
	late := time.After(patience)
	for {
		select {
		case e, open := <-s.events:
			switch {
			case !open:
				return
			case e.Name == "message":
				t.Fatalf("a message came: %s", e.Data)
			}
		case <-late:
			t.Fatal("the stream goes on")
		}
	}
}
