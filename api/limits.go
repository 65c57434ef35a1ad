package api

import (
	"math"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"zhuce/internal/auth"
	"zhuce/internal/config"
)

const (
	// callersMax bounds the memory of one limiter (about 100 bytes a caller). Only
	// those whose quota is not whole again are remembered, so it is reached by more
	// than so many callers within moments; newcomers then share one quota.
	callersMax = 50_000
	// burstSeconds of a sustained rate may come at once.
	burstSeconds = 10
	// crowd is whose quota newcomers share when there is no room.
	crowd = "\x00"
)

// quotas are the limits by whom they hold for. They are this instance's alone.
type quotas struct {
	users, clients, enterprises, addresses *limits
	wrong                                  *limits // wrong credentials of one client from one address
}

func newQuotas(c config.Config, now func() time.Time) *quotas {
	return &quotas{users: newLimits(c.RequestsPerSecond, now), clients: newLimits(c.ClientRequestsPerSecond, now),
		enterprises: newLimits(c.EnterpriseRequestsPerSecond, now), addresses: newLimits(c.AddressRequestsPerSecond, now),
		wrong: newBucket(time.Minute/time.Duration(max(1, c.WrongCredentialsPerMinute)), max(1, c.WrongCredentialsPerMinute), now)}
}

// limits is a token bucket for each caller, kept as the one moment at which it is
// full again: whole numbers, so that Retry-After is true to the nanosecond, and a caller
// whose bucket is full need not be remembered.
type limits struct {
	mu    sync.Mutex
	every time.Duration // what one request costs
	burst int
	room  int
	now   func() time.Time
	full  map[string]time.Time
	swept time.Time
}

func newLimits(perSecond float64, now func() time.Time) *limits {
	if perSecond <= 0 { // settings are checked at start; this is a test that says nothing of it
		perSecond = 1e6
	}
	return newBucket(time.Duration(float64(time.Second)/perSecond), max(1, int(burstSeconds*perSecond)), now)
}

func newBucket(every time.Duration, burst int, now func() time.Time) *limits {
	return &limits{every: max(every, 1), burst: burst, room: callersMax, now: now, full: map[string]time.Time{}}
}

// quota is what a caller has left.
type quota struct {
	limit, remaining int
	reset            time.Duration // until all of the limit is there again
	wait             time.Duration // until the next request is let through; 0: it is now
}

// take spends one request of the caller, if it has one; key gives it back.
func (l *limits) take(caller string) (q quota, key string, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	key = l.place(caller, now)
	at := l.full[key]
	if at.Before(now) {
		at = now
	}
	whole := time.Duration(l.burst) * l.every
	if next := at.Add(l.every); next.Sub(now) <= whole {
		l.full[key] = next
		return quota{l.burst, int((whole - next.Sub(now)) / l.every), next.Sub(now), 0}, key, true
	}
	return quota{l.burst, 0, at.Sub(now), at.Add(l.every).Sub(now) - whole}, key, false
}

// over reports what the caller would be told without spending anything; ok while it has a request left.
func (l *limits) over(caller string) (q quota, ok bool) {
	q, key, ok := l.take(caller)
	if ok {
		l.back(key)
	}
	return q, ok
}

// back undoes a take.
func (l *limits) back(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at, there := l.full[key]; there {
		l.full[key] = at.Add(-l.every)
	}
}

// place is under whom the caller is remembered: itself, or the crowd when there is
// no room even without those who need not be remembered any more.
func (l *limits) place(caller string, now time.Time) string {
	if _, known := l.full[caller]; known || len(l.full) < l.room {
		return caller
	}
	if now.Sub(l.swept) >= time.Second || now.Before(l.swept) {
		l.swept = now
		for key, at := range l.full {
			if !at.After(now) {
				delete(l.full, key)
			}
		}
		if len(l.full) < l.room {
			return caller
		}
	}
	return crowd
}

// claim is one bucket that a request is taken from.
type claim struct {
	of     *limits
	caller string
}

// spend takes one request from every bucket, or from none, and says in the answer's
// headers what is left of the one that is nearest to its end.
func spend(c echo.Context, claims ...claim) error {
	var tightest quota
	taken := make([]string, 0, len(claims))
	for i, cl := range claims {
		q, key, ok := cl.of.take(cl.caller)
		if !ok {
			for j, key := range taken {
				claims[j].of.back(key)
			}
			showQuota(c.Response().Header(), q)
			return errRateLimited.New()
		}
		if taken = append(taken, key); i == 0 || q.remaining < tightest.remaining {
			tightest = q
		}
	}
	showQuota(c.Response().Header(), tightest)
	return nil
}

// showQuota sets the fields of draft-ietf-httpapi-ratelimit-headers-06: the last
// of its drafts that has three plain numbers. Seconds are rounded up, so that
// whoever waits for so long has not come too early.
func showQuota(h http.Header, q quota) {
	h.Set("RateLimit-Limit", strconv.Itoa(q.limit))
	h.Set("RateLimit-Remaining", strconv.Itoa(q.remaining))
	h.Set("RateLimit-Reset", seconds(q.reset))
	if q.wait > 0 {
		h.Set("Retry-After", seconds(q.wait))
	}
}

func seconds(d time.Duration) string { return strconv.Itoa(int(math.Ceil(d.Seconds()))) }

// claimsOf are the buckets of a caller whom we know: its own and, for whoever acts for
// an enterprise, that of all who do.
func (a *API) claimsOf(who auth.Actor, need access) []claim {
	if need.stream {
		return []claim{{a.streams.opened, who.Caller()}}
	}
	var own claim
	switch {
	case who.Delegated():
		own = claim{a.quotas.clients, who.ClientID.String()}
	case who.Party == auth.Enterprise:
		own = claim{a.quotas.users, who.Caller()}
	default:
		return []claim{{a.quotas.clients, who.ClientID.String()}}
	}
	return []claim{own, {a.quotas.enterprises, who.EnterpriseID.String()}}
}

// address is where a request comes from, for a limit: of IPv6 the network that one
// subscriber has as a whole.
func (a *API) address(c echo.Context) claim {
	ip := c.RealIP()
	if parsed, err := netip.ParseAddr(ip); err == nil && parsed.Unmap().Is6() {
		if prefix, err := parsed.WithZone("").Prefix(64); err == nil {
			ip = prefix.String()
		}
	}
	return claim{a.quotas.addresses, ip}
}

// clientAddress says whom to believe about a client's address: nobody but the
// proxies that the operator names.
func clientAddress(c config.Config) echo.IPExtractor {
	if len(c.TrustedProxies) == 0 {
		return echo.ExtractIPDirect()
	}
	trust := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, cidr := range c.TrustedProxies {
		if _, network, err := net.ParseCIDR(cidr); err == nil { // checked at start
			trust = append(trust, echo.TrustIPRange(network))
		}
	}
	return echo.ExtractIPFromXFFHeader(trust...)
}
