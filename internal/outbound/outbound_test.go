package outbound

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

func TestPublic(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"8.8.8.8", "114.114.114.114", "100.63.255.255", "172.15.0.1", "172.32.0.1", "2400:3200::1", "::ffff:8.8.8.8"} {
		if !public(netip.MustParseAddr(address)) {
			t.Errorf("%s is on the public network", address)
		}
	}
	for _, address := range []string{
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255",
		"192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "100::1",
		"2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "2400:3200::1%1"} {
		if public(netip.MustParseAddr(address)) {
			t.Errorf("%s is not on the public network", address)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	dns := names(t, map[string][]string{"good.test.": {"8.8.8.8"}, "inside.test.": {"10.0.0.5"}, "both.test.": {"8.8.8.8", "127.0.0.1"}, "trusted.test.": {"10.0.0.5"}})
	g, err := New(Options{Allow: []string{"Trusted.test", "10.9.0.0/16"}, Resolver: dns})
	if err != nil {
		t.Fatal(err)
	}
	for address, why := range map[string]Why{
		"https://good.test/hook?a=b": "", "https://good.test:8443/": "", "https://8.8.8.8/": "", "https://trusted.test:9999/": "", "https://10.9.3.4:81/": "", "https://nowhere.test/": "",
		"http://good.test/": Scheme, "ftp://good.test/": Scheme, "file:///etc/passwd": Form, "good.test/hook": Form, "//good.test/": Scheme, "https:good.test": Form, "https://": Form, "https:///x": Form,
		"": Form, "https://user@good.test/": Form, "https://user:pass@good.test/": Form, "https://good.test/#x": Form, "https://good.test/#": Form, "https://good.test/a b": Form,
		"https://gööd.test/": Form, "https://good.test/\x00": Form, "https://good.test:22/": Port, "https://good.test:0/": Port, "https://good.test:99999/": Port, "https://good.test:/": Port,
		"https://127.0.0.1/": Address, "https://[::1]/": Address, "https://[::ffff:127.0.0.1]/": Address, "https://[64:ff9b::7f00:1]/": Address, "https://169.254.169.254/latest": Address, "https://0.0.0.0/": Address,
		"https://inside.test/": Address, "https://both.test/": Address, "https://[fe80::1%25eth0]/": Address, "https://" + strings.Repeat("a", 2000) + ".test/": Form,
	} {
		_, err := g.Check(t.Context(), address)
		var have Why
		if r := Refused(err); r != nil {
			have = r.Why
		}
		if have != why || (err == nil) != (why == "") {
			t.Errorf("%.60q: %v, wanted %q", address, err, why)
		}
	}
	for _, entry := range []string{"10.0.0.0/99", "a b", "", "https://x"} {
		if _, err := New(Options{Allow: []string{entry}}); err == nil {
			t.Errorf("%q may be allowed", entry)
		}
	}
}

// What a name leads to is judged when the connection is made.
func TestDial(t *testing.T) {
	t.Parallel()
	var came atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		came.Add(1)
		if r.URL.Path == "/redirect" {
			http.Redirect(w, r, "http://127.0.0.1/elsewhere", http.StatusFound)
		}
	}))
	t.Cleanup(server.Close)
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	dns := names(t, map[string][]string{"inside.test.": {"127.0.0.1"}, "rebinding.test.": {"8.8.8.8", "", "127.0.0.1"}})

	closed, err := New(Options{Plain: true, Resolver: dns})
	if err != nil {
		t.Fatal(err)
	}
	refused := func(address string) {
		t.Helper()
		_, err := get(t.Context(), closed, address)
		if r := Refused(err); r == nil || r.Why != Address {
			t.Errorf("%s: %v", address, err)
		}
	}
	refused("http://127.0.0.1:" + port)
	refused("http://inside.test:" + port)
	refused("http://[::ffff:127.0.0.1]:" + port)
	refused("http://localhost:" + port)
	refused("http://0.0.0.0:" + port)
	// It was public when it was looked at, and is not any more.
	if _, err := closed.Check(t.Context(), "http://rebinding.test:443/"); err != nil {
		t.Fatal(err)
	}
	refused("http://rebinding.test:443/")
	if came.Load() != 0 {
		t.Errorf("%d requests came through", came.Load())
	}

	open, err := New(Options{Plain: true, Resolver: dns, Allow: []string{"inside.test"}})
	if err != nil {
		t.Fatal(err)
	}
	if status, err := get(t.Context(), open, "http://inside.test:"+port+"/redirect"); err != nil || status != http.StatusFound {
		t.Errorf("%d, %v", status, err)
	}
	if came.Load() != 1 {
		t.Errorf("the redirect was followed")
	}
	if r := Refused(second(get(t.Context(), open, "http://127.0.0.1:"+port))); r == nil {
		t.Error("the name is allowed, its address is not")
	}
}

// A proxy of the environment would connect in our place and judge nothing.
func TestNoProxy(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	g, err := New(Options{Plain: true})
	if err != nil {
		t.Fatal(err)
	}
	if tr := g.Client().Transport.(*http.Transport); tr.Proxy != nil || tr.TLSClientConfig.InsecureSkipVerify {
		t.Error("a proxy is used, or certificates are not verified")
	}
}

func second[A, B any](_ A, b B) B { return b }

func get(ctx context.Context, g *Guard, address string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, err
	}
	resp, err := g.Client().Do(req)
	if err != nil {
		return 0, err
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, resp.Body.Close()
}

// names answers for a few names, on a port of its own. Where "" stands between
// addresses, those behind it are the answer from the second question on.
func names(t *testing.T, table map[string][]string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		asked := map[string]int{}
		for buf := make([]byte, 1500); ; {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			q := m.Questions[0]
			m.Response, m.Additionals = true, nil
			list, known := table[q.Name.String()]
			if !known {
				m.RCode = dnsmessage.RCodeNameError
			}
			turn := 0
			if q.Type == dnsmessage.TypeA {
				turn = asked[q.Name.String()]
				asked[q.Name.String()]++
				for _, address := range list {
					if address == "" {
						if turn > 0 {
							m.Answers = nil
							continue
						}
						break
					}
					m.Answers = append(m.Answers, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
						Body: &dnsmessage.AResource{A: netip.MustParseAddr(address).As4()}})
				}
			}
			if out, err := m.Pack(); err == nil {
				_, _ = conn.WriteTo(out, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}
