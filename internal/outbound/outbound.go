// Package outbound sends requests to addresses that somebody outside has chosen,
// without letting them choose one of ours (server-side request forgery): where a
// name leads is judged when the connection is made, by the very address that it is
// made to, so that a name which resolves otherwise a moment later gains nothing.
package outbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	connectTime = 5 * time.Second
	lookupTime  = 3 * time.Second
	maxURL      = 2000
)

// Options say what may be reached beside the public network.
type Options struct {
	// Allow are networks ("10.1.0.0/16"), addresses and names of hosts that may be
	// reached wherever they are, on any port.
	Allow []string
	// Ports are those of everybody else; none means 443 and 8443.
	Ports []int
	// Plain lets http:// through, for development.
	Plain bool
	// Resolver finds addresses; nil means the machine's own.
	Resolver *net.Resolver
	// RootCAs verify servers; nil means the machine's own.
	RootCAs *x509.CertPool
}

// Guard lets requests out.
type Guard struct {
	networks []netip.Prefix
	hosts    map[string]bool
	ports    []int
	plain    bool
	resolver *net.Resolver
	roots    *x509.CertPool
}

// Refusal says why an address may not be used.
type Refusal struct {
	Why  Why
	What string // the part that is wrong
}

// Why is a reason.
type Why string

// The reasons.
const (
	Form    Why = "form"    // no absolute address of a host, or with a user, a fragment, odd characters
	Scheme  Why = "scheme"  // not https
	Port    Why = "port"    // a port that is not open to everybody
	Address Why = "address" // leads into a network that is not public
)

func (r *Refusal) Error() string { return "outbound: " + string(r.Why) + " refused: " + r.What }

// New makes a guard. An entry of Allow that reads as neither is an error.
func New(o Options) (*Guard, error) {
	g := &Guard{hosts: map[string]bool{}, ports: o.Ports, plain: o.Plain, resolver: o.Resolver, roots: o.RootCAs}
	if len(g.ports) == 0 {
		g.ports = []int{443, 8443}
	}
	if g.resolver == nil {
		g.resolver = net.DefaultResolver
	}
	for _, entry := range o.Allow {
		if p, err := netip.ParsePrefix(entry); err == nil {
			g.networks = append(g.networks, p.Masked())
			continue
		}
		if a, err := netip.ParseAddr(entry); err == nil {
			g.networks = append(g.networks, netip.PrefixFrom(a, a.BitLen()))
			continue
		}
		if entry == "" || strings.ContainsAny(entry, "/:@ \t") {
			return nil, fmt.Errorf("outbound: %q is neither a network, nor an address, nor the name of a host", entry)
		}
		g.hosts[hostName(entry)] = true
	}
	return g, nil
}

// Check reads an address that somebody gave and looks where it leads now. A name
// that leads nowhere yet is let through: it is judged again when it is used.
// The error is a [*Refusal].
func (g *Guard) Check(ctx context.Context, address string) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil, len(address) > maxURL, u.Host == "", u.Hostname() == "", u.Opaque != "", u.User != nil, u.Fragment != "" || strings.HasSuffix(address, "#"),
		strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r > '~' }):
		return nil, &Refusal{Form, "url"}
	case u.Scheme != "https" && !(g.plain && u.Scheme == "http"):
		return nil, &Refusal{Scheme, u.Scheme}
	}
	host := u.Hostname()
	if g.hosts[hostName(host)] {
		return u, nil
	}
	port, err := portOf(u)
	if err != nil {
		return nil, &Refusal{Port, u.Port()}
	}
	if a, err := netip.ParseAddr(host); err == nil {
		return u, g.admit(a, port)
	}
	within, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	found, err := g.resolver.LookupNetIP(within, "ip", host)
	if err != nil {
		if !slices.Contains(g.ports, port) && len(g.networks) == 0 {
			return nil, &Refusal{Port, strconv.Itoa(port)}
		}
		return u, nil
	}
	for _, a := range found {
		if err := g.admit(a, port); err != nil {
			return nil, err
		}
	}
	return u, nil
}

// admit judges an address that a connection is about to be made to.
func (g *Guard) admit(a netip.Addr, port int) error {
	for _, n := range g.networks {
		if n.Contains(a.Unmap().WithZone("")) {
			return nil
		}
	}
	if !public(a) {
		return &Refusal{Address, a.String()}
	}
	if !slices.Contains(g.ports, port) {
		return &Refusal{Port, strconv.Itoa(port)}
	}
	return nil
}

// dial connects as long as the address that it comes to is admitted. Control is
// called for each, after the name was resolved and before anything is sent.
func (g *Guard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	d := net.Dialer{Timeout: connectTime, Resolver: g.resolver, ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
		if g.hosts[hostName(host)] {
			return nil
		}
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return &Refusal{Address, address}
		}
		return g.admit(to.Addr(), int(to.Port()))
	}}
	return d.DialContext(ctx, network, address)
}

// Client makes requests through the guard: no proxy, certificates verified, no
// redirect followed, nothing unpacked. The caller's context bounds each request.
func (g *Guard) Client() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy: nil, DialContext: g.dial, ForceAttemptHTTP2: true, DisableCompression: true,
			TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: g.roots},
			TLSHandshakeTimeout: connectTime, MaxResponseHeaderBytes: 16 << 10,
			MaxIdleConns: 100, MaxIdleConnsPerHost: 4, IdleConnTimeout: 30 * time.Second,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Refused gives the refusal behind an error of the client, nil for any other.
func Refused(err error) *Refusal {
	var r *Refusal
	if errors.As(err, &r) {
		return r
	}
	return nil
}

func portOf(u *url.URL) (int, error) {
	if u.Port() == "" {
		if strings.HasSuffix(u.Host, ":") {
			return 0, errors.New("outbound: a colon without a port")
		}
		return map[string]int{"http": 80, "https": 443}[u.Scheme], nil
	}
	n, err := strconv.ParseUint(u.Port(), 10, 16)
	return int(n), err
}

func hostName(s string) string { return strings.ToLower(strings.TrimSuffix(s, ".")) }
