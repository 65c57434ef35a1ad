package fuzztest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// raw is a request that no HTTP client sends: its bytes are written by hand.
func (m *maker) raw(op operation, by *caller) *shot {
	s := m.sound(op, by)
	s.class = raw
	target, host := s.path, strings.TrimPrefix(m.world.env.URL, "http://")
	if len(s.query) > 0 {
		target += "?" + s.query.Encode()
	}
	head := func(target string, extra ...string) string {
		var b strings.Builder
		fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n", s.method, target, host)
		for _, name := range slices.Sorted(maps.Keys(s.header)) {
			fmt.Fprintf(&b, "%s: %s\r\n", name, s.header[name][0])
		}
		for _, e := range extra {
			b.WriteString(e + "\r\n")
		}
		return b.String()
	}
	length := fmt.Sprintf("Content-Length: %d", len(s.body))
	whole := "\r\n" + string(s.body)
	switch m.r.IntN(14) {
	case 0:
		s.note, s.wire = "truncated body", []byte(head(target, fmt.Sprintf("Content-Length: %d", len(s.body)+100))+whole)
	case 1:
		s.note, s.wire = "broken chunks", []byte(head(target, "Transfer-Encoding: chunked")+"\r\nzz\r\n"+string(s.body)+"\r\n0\r\n\r\n")
	case 2:
		s.note, s.wire = "chunks", []byte(head(target, "Transfer-Encoding: chunked")+fmt.Sprintf("\r\n%x\r\n%s\r\n0\r\n\r\n", max(1, len(s.body)), pad(s.body)))
	case 3:
		s.note, s.wire = "two lengths", []byte(head(target, length, "Content-Length: 3")+whole)
	case 4:
		s.note, s.wire = "length and chunks", []byte(head(target, length, "Transfer-Encoding: chunked")+"\r\n0\r\n\r\n")
	case 5:
		s.note, s.wire = "a header after a bare line feed", []byte(head(target, length, "X-A: b\nX-Injected: c")+whole)
	case 6:
		s.note, s.wire = "NUL in a header", []byte(head(target, length, "Accept-Language: a\x00b")+whole)
	case 7:
		s.note, s.wire = "two tokens", []byte(head(target, length, "Authorization: Bearer second")+whole)
	case 8:
		s.note, s.wire = "another host", []byte(strings.Replace(head(target, length), "Host: "+host, "Host: evil.example\r\nX-Forwarded-Host: evil.example", 1)+whole)
	case 9:
		s.note, s.wire = "absolute address", []byte(head("http://evil.example"+target, length)+whole)
	case 10:
		s.note, s.wire = "escapes that are none", []byte(head(target+"%zz%", length)+whole)
	case 11:
		s.note, s.wire = "spaces in the address", []byte(head(strings.ReplaceAll(target, "v1/", "v1/ "), length)+whole)
	case 12:
		s.note, s.wire = "an address without end", []byte(head(target+"?a="+strings.Repeat("x", 200_000), length)+whole)
	default:
		s.note, s.wire = "slow body", []byte(head(target, length)+whole)
		s.slow = true
	}
	return s
}

// pad makes a chunk of at least one byte: one without is the end.
func pad(body []byte) string {
	if len(body) == 0 {
		return " "
	}
	return string(body)
}

// wire sends bytes and reads one answer. A truncated request is followed by the end
// of what the sender says, so that the server need not wait for more.
func (w *world) wire(s *shot) (*answer, error) {
	conn, err := net.DialTimeout("tcp", strings.TrimPrefix(w.env.URL, "http://"), patience)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	parts := [][]byte{s.wire}
	if s.slow {
		third := len(s.wire) / 3
		parts = [][]byte{s.wire[:third], s.wire[third : 2*third], s.wire[2*third:]}
	}
	for i, p := range parts {
		if i > 0 {
			<-time.After(3 * time.Millisecond) // the wire's pace, not the product's clock
		}
		if _, err := conn.Write(p); err != nil {
			break // refused before the end: the answer says why
		}
	}
	if tcp, ok := conn.(*net.TCPConn); ok && s.note == "truncated body" {
		_ = tcp.CloseWrite()
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: s.method}) //nolint:bodyclose // the connection is
	if err != nil {
		return nil, err
	}
	return read(resp) // the body is not closed: that would wait for the end of a stream
}

// parsed is the request as the server reads it; nil when it is none.
func (s *shot) parsed() (*http.Request, []byte) {
	req, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(s.wire)))
	if err != nil {
		return nil, nil
	}
	body, _ := io.ReadAll(req.Body)
	return req, body
}
