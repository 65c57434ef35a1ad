package registers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/sony/gobreaker/v2"

	"zhuce/internal/errs"
)

// Limits of one question.
const (
	maxTries     = 3
	maxAnswer    = 1 << 20 // bytes
	tripAfter    = 5       // failures in a row after which a register is left alone
	firstPause   = 150 * time.Millisecond
	longestPause = time.Second
)

// caller asks one register. A try that fails in a way that may pass – no
// connection, no answer in time, 429, 5xx – is made again; garbage and refusals are
// not, since they would come again. Either counts against the register.
type caller struct {
	register string // its resource, and its name in the cache
	name     errs.Text
	base     string // "" for one that has no address
	token    string
	timeout  time.Duration
	http     *http.Client
	breaker  *gobreaker.CircuitBreaker[[]byte]
}

var errNoAddress = errors.New("no address is set for this register")

// errGone marks a failure whose cause is the caller's own end.
var errGone = errors.New("the caller is gone")

func newCaller(register string, name errs.Text, base, token string, o Options) *caller {
	return &caller{register: register, name: name, base: base, token: token, timeout: o.Timeout,
		http: &http.Client{Transport: o.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		breaker: gobreaker.NewCircuitBreaker[[]byte](gobreaker.Settings{
			Name: register, Timeout: o.CoolDown,
			ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= tripAfter },
			IsExcluded:  func(err error) bool { return errors.Is(err, errGone) },
		})}
}

// reading checks an answer and gives it as it is to be kept.
type reading func(status int, body []byte, creditCode string) ([]byte, error)

// ask gives the answer, checked and as it is to be kept.
func (c *caller) ask(ctx context.Context, creditCode string, read reading) ([]byte, error) {
	if c.base == "" {
		return nil, errNoAddress
	}
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.MaxInterval = firstPause, longestPause
	return backoff.Retry(ctx, func() ([]byte, error) {
		body, err := c.breaker.Execute(func() ([]byte, error) { return c.try(ctx, creditCode, read) })
		if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
			err = backoff.Permanent(err)
		}
		return body, err
	}, backoff.WithBackOff(pauses), backoff.WithMaxTries(maxTries))
}

// try is one request.
func (c *caller) try(ctx context.Context, creditCode string, read reading) ([]byte, error) {
	within, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(within, http.MethodGet, c.base+"/"+c.register+"/"+url.PathEscape(creditCode), nil)
	if err != nil {
		return nil, backoff.Permanent(err)
	}
	req.Header.Set("Accept", "application/json")
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, passing(ctx, err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, passing(ctx, err)
	}
	if len(body) > maxAnswer {
		return nil, backoff.Permanent(fmt.Errorf("the answer is larger than %d bytes", maxAnswer))
	}
	switch code := resp.StatusCode; {
	case code == http.StatusOK, code == http.StatusNotFound: // the answer itself says whether 404 is the register's word
	case code == http.StatusTooManyRequests, code >= http.StatusInternalServerError:
		return nil, fmt.Errorf("status %d", code)
	default:
		return nil, backoff.Permanent(fmt.Errorf("status %d", code))
	}
	if kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return nil, backoff.Permanent(fmt.Errorf("the answer is %q, not JSON", resp.Header.Get("Content-Type")))
	}
	kept, err := read(resp.StatusCode, body, creditCode)
	if err != nil {
		return nil, backoff.Permanent(err)
	}
	return kept, nil
}

// passing is a failure on the way, which may pass, unless it is our caller that went.
func passing(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return backoff.Permanent(fmt.Errorf("%w: %w", errGone, err))
	}
	return err
}
