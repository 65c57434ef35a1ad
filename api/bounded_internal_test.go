package api

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
)

// Every request's work has an end, but that of the routes that stream.
func TestBounded(t *testing.T) {
	t.Parallel()
	a := &API{streams: newStreams(time.Now)}
	streaming := map[string]bool{}
	for _, r := range a.routes() {
		a.streams.paths[Base+r.path] = r.who.stream
		streaming[r.path] = r.who.stream
	}
	if !streaming["/messages/stream"] {
		t.Error("the stream of messages is not marked as one")
	}
	for path, endless := range streaming {
		c := echo.New().NewContext(httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder())
		c.SetPath(Base + path)
		bounded := false
		_ = a.bounded(func(c echo.Context) error {
			_, bounded = c.Request().Context().Deadline()
			return nil
		})(c)
		if bounded == endless {
			t.Errorf("%s: bounded %v", path, bounded)
		}
	}
}
