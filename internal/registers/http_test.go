package registers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sony/gobreaker/v2"
)

const firmCode = "91110108MA01ABCD1X"

const goodBody = `{"unified_social_credit_code":"` + firmCode + `","certificates":[{"number":"A132000058","title":"建筑行业（建筑工程）",
	"category":"design_industry","grade":"a","issuing_authority":"住房和城乡建设部","issued_on":"2024-01-02","valid_until":"2029-01-02",
	"holder":"测试设计公司","what_we_do_not_know":{"x":1}}],"page":1}`

// wire is a register without a socket, so that time in a bubble can pass.
type wire func(try int, r *http.Request) (status int, kind, body string)

// hang is a status that never comes.
const hang = -1

type transport struct {
	wire  wire
	tries int
}

func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	t.tries++
	status, kind, body := t.wire(t.tries, r)
	switch status {
	case hang:
		<-r.Context().Done()
		return nil, r.Context().Err()
	case 0:
		return nil, errors.New("connection refused")
	}
	rec := httptest.NewRecorder()
	rec.Header().Set("Content-Type", kind)
	rec.WriteHeader(status)
	_, _ = io.WriteString(rec, body)
	return rec.Result(), nil
}

func asker(w wire) (*caller, *transport) {
	t := &transport{wire: w}
	return newCaller("qualifications", QualificationRegister, "http://register.test", "s3cret",
		Options{Transport: t, Timeout: 3 * time.Second, CoolDown: 15 * time.Second}), t
}

func ask(t *testing.T, c *caller) error {
	t.Helper()
	_, err := c.ask(t.Context(), firmCode, read[qualificationsAnswer])
	return err
}

func TestWhatIsAskedAgain(t *testing.T) {
	for _, tc := range []struct {
		name  string
		wire  wire
		tries int
		ok    bool
	}{
		{"a good answer", func(int, *http.Request) (int, string, string) { return 200, "application/json", goodBody }, 1, true},
		{"500, then good", func(try int, _ *http.Request) (int, string, string) {
			if try == 1 {
				return 500, "text/plain", "oops"
			}
			return 200, "application/json; charset=utf-8", goodBody
		}, 2, true},
		{"no connection twice, then good", func(try int, _ *http.Request) (int, string, string) {
			if try < 3 {
				return 0, "", ""
			}
			return 200, "application/json", goodBody
		}, 3, true},
		{"down", func(int, *http.Request) (int, string, string) { return 503, "application/json", `{}` }, 3, false},
		{"too many requests", func(int, *http.Request) (int, string, string) { return 429, "application/json", `{}` }, 3, false},
		{"slow", func(int, *http.Request) (int, string, string) { return hang, "", "" }, 3, false},
		{"our token is refused", func(int, *http.Request) (int, string, string) { return 401, "application/json", `{}` }, 1, false},
		{"moved elsewhere", func(int, *http.Request) (int, string, string) { return 302, "application/json", goodBody }, 1, false},
		{"a page of HTML", func(int, *http.Request) (int, string, string) { return 200, "text/html", "<html>" }, 1, false},
		{"half an answer", func(int, *http.Request) (int, string, string) { return 200, "application/json", goodBody[:90] }, 1, false},
		{"more after the answer", func(int, *http.Request) (int, string, string) { return 200, "application/json", goodBody + goodBody }, 1, false},
		{"about another enterprise", func(int, *http.Request) (int, string, string) {
			return 200, "application/json", strings.Replace(goodBody, firmCode, "91110108MA01ABCD2X", 1)
		}, 1, false},
		{"no list", func(int, *http.Request) (int, string, string) {
			return 200, "application/json", `{"unified_social_credit_code":"` + firmCode + `"}`
		}, 1, false},
		{"a number that is none", func(int, *http.Request) (int, string, string) {
			return 200, "application/json", strings.Replace(goodBody, "A132000058", "A13200005", 1)
		}, 1, false},
		{"a date that is none", func(int, *http.Request) (int, string, string) {
			return 200, "application/json", strings.Replace(goodBody, "2029-01-02", "2029-13-02", 1)
		}, 1, false},
		{"a NUL", func(int, *http.Request) (int, string, string) {
			return 200, "application/json", strings.Replace(goodBody, "测试", `\u0000`, 1)
		}, 1, false},
		{"404 of somebody on the way", func(int, *http.Request) (int, string, string) {
			return 404, "application/json", `{"message":"no route"}`
		}, 1, false},
		{"404 of the register", func(int, *http.Request) (int, string, string) {
			return 404, "application/json", `{"error":"unknown_enterprise"}`
		}, 1, true},
		{"more than anybody wants to read", func(int, *http.Request) (int, string, string) {
			return 200, "application/json", strings.Repeat(" ", maxAnswer) + goodBody
		}, 1, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, wire := asker(tc.wire)
				began := time.Now()
				err := ask(t, c)
				if (err == nil) != tc.ok {
					t.Errorf("error %v, want ok %v", err, tc.ok)
				}
				if wire.tries != tc.tries {
					t.Errorf("%d tries, want %d", wire.tries, tc.tries)
				}
				if took := time.Since(began); took > 12*time.Second {
					t.Errorf("it took %s: one question is bounded", took)
				}
			})
		})
	}
}

func TestTheTokenIsSentAndTheCodeEscaped(t *testing.T) {
	c, _ := asker(func(_ int, r *http.Request) (int, string, string) {
		if r.Header.Get("Authorization") != "Bearer s3cret" || r.URL.String() != "http://register.test/qualifications/"+firmCode {
			t.Errorf("asked %s with %q", r.URL, r.Header.Get("Authorization"))
		}
		return 200, "application/json", goodBody
	})
	if err := ask(t, c); err != nil {
		t.Fatal(err)
	}
}

// TestBreaker: after five failures in a row nothing is sent; after the cool-down one
// question is, and its answer decides. Time is the bubble's.
func TestBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := true
		c, wire := asker(func(int, *http.Request) (int, string, string) {
			if down {
				return 503, "application/json", `{}`
			}
			return 200, "application/json", goodBody
		})
		expect := func(when string, tries int, good bool) {
			t.Helper()
			before := wire.tries
			err := ask(t, c)
			if (err == nil) != good || wire.tries-before != tries {
				t.Fatalf("%s: %d tries and error %v, want %d and good %v", when, wire.tries-before, err, tries, good)
			}
		}
		expect("first", 3, false)
		expect("second: open in the middle of it", 2, false)
		expect("open", 0, false)
		if err := ask(t, c); !errors.Is(err, gobreaker.ErrOpenState) {
			t.Fatalf("open: %v", err)
		}
		time.Sleep(16 * time.Second)
		expect("half open, still down", 1, false)
		expect("open again", 0, false)
		down = false
		expect("open, though it is well", 0, false)
		time.Sleep(16 * time.Second)
		expect("half open, well", 1, true)
		expect("closed", 1, true)
	})
}

// TestOurCallerLeavingDoesNotCount: people who close the page must not shut the register off.
func TestOurCallerLeavingDoesNotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := true
		c, wire := asker(func(int, *http.Request) (int, string, string) {
			if slow {
				return hang, "", ""
			}
			return 200, "application/json", goodBody
		})
		for range 2 * tripAfter {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			if _, err := c.ask(ctx, firmCode, read[qualificationsAnswer]); err == nil {
				t.Fatal("answered")
			}
			cancel()
		}
		slow = false
		before := wire.tries
		if err := ask(t, c); err != nil || wire.tries != before+1 {
			t.Fatalf("after callers left: %v, %d tries", err, wire.tries-before)
		}
	})
}

func TestNames(t *testing.T) {
	for body, ok := range map[string]bool{
		`{"unified_social_credit_code":"%s","name":"新名称"}`:                                               true,
		`{"unified_social_credit_code":"%s","name":"新名称","former_name":"旧名称","changed_on":"2026-10-01"}`: true,
		`{"unified_social_credit_code":"%s","name":""}`:                                                  false,
		`{"unified_social_credit_code":"%s","name":"新名称","former_name":"旧名称"}`:                           false,
		`{"unified_social_credit_code":"%s","name":"新名称","former_name":"旧名称","changed_on":"1 Oct"}`:      false,
		`{"unified_social_credit_code":"%s","name":"` + strings.Repeat("长", maxText+1) + `"}`:            false,
	} {
		if _, err := read[nameAnswer](200, fmt.Appendf(nil, body, firmCode), firmCode); (err == nil) != ok {
			t.Errorf("%s: %v", body, err)
		}
	}
}
