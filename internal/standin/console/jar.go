package console

import (
	"net/http"
	"sync"
)

// jar keeps cookies by origin. The standard one sends no Secure cookie to
// http://localhost, which every browser takes for safe.
type jar struct {
	mu      sync.Mutex
	cookies map[string]map[string]string // by host and port, by name
}

func newJar() *jar { return &jar{cookies: map[string]map[string]string{}} }

func (j *jar) into(r *http.Request) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for name, value := range j.cookies[r.URL.Host] {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
}

func (j *jar) from(r *http.Request, resp *http.Response) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, k := range resp.Cookies() {
		if j.cookies[r.URL.Host] == nil {
			j.cookies[r.URL.Host] = map[string]string{}
		}
		if k.MaxAge < 0 || k.Value == "" {
			delete(j.cookies[r.URL.Host], k.Name)
			continue
		}
		j.cookies[r.URL.Host][k.Name] = k.Value
	}
}
