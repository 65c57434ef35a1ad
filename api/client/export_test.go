package client

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// Patiently sends one request to the handler as the client does.
func Patiently(t *testing.T, h http.Handler, p Patience) (int, error) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Client{Transport: &patient{next: http.DefaultTransport, Patience: p}}).Do(req)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}
