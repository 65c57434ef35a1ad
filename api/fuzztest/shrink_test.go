package fuzztest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// wrong reports an answer that is wrong, once a sort, with what reproduces it.
func (l *lane) wrong(i int, s *shot, a *answer, why string) {
	sort := s.op.OperationID + "|" + s.class + "|" + clip(why, 60)
	if l.wrongs[sort] {
		return
	}
	l.wrongs[sort] = true
	smaller := s
	said := ""
	if a != nil {
		said = clip(string(a.Body), 1500)
		smaller = l.shrink(s, why)
	}
	l.t.Errorf("%s\n  %s, %s as %s: %s\n  request %d of lane %d; again with -seed %d -lane %d -requests %d -lanes %d\n  %s\n  answer: %s",
		clip(why, 2000), s.op.OperationID, s.class, s.by.name, s.note, i, l.number, *seed, l.number, *requests, *lanes, smaller.curl(l.world.env.URL), said)
}

func clip(s string, n int) string {
	if len(s) > n {
		return s[:n] + "…"
	}
	return s
}

// shrink takes away what the fault does not need, as long as the answer stays wrong
// in the same way. A record that moved on makes it give up early, which harms nothing.
func (l *lane) shrink(s *shot, why string) *shot {
	if s.wire != nil {
		return s
	}
	budget := 40
	same := func(c *shot) bool {
		if budget--; budget < 0 {
			return false
		}
		req, a, err := l.world.send(c)
		return err == nil && clip(l.judge(c, req, a), 60) == clip(why, 60)
	}
	if !same(s) {
		return s
	}
	for _, name := range slices.Sorted(maps.Keys(s.header)) {
		c := s.copy()
		c.header.Del(name)
		if name != "Authorization" && same(c) {
			s = c
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.query)) {
		c := s.copy()
		c.query.Del(name)
		if same(c) {
			s = c
		}
	}
	doc, ok := s.doc.(map[string]any)
	if !ok {
		return s
	}
	for _, name := range slices.Sorted(maps.Keys(doc)) {
		c := s.copy()
		less := maps.Clone(doc)
		delete(less, name)
		c.doc = less
		c.encode()
		if same(c) {
			s, doc = c, less
		}
	}
	return s
}

func (s *shot) copy() *shot {
	c := *s
	c.header, c.query = maps.Clone(s.header), maps.Clone(s.query)
	return &c
}

// curl is a command that sends the request again. The token is the caller's: $TOKEN.
func (s *shot) curl(base string) string {
	if s.wire != nil {
		return fmt.Sprintf("printf %%b %s | nc 127.0.0.1 PORT", quoted(clip(string(s.wire), 3000)))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "curl -isS -X %s", s.method)
	for _, name := range slices.Sorted(maps.Keys(s.header)) {
		for _, v := range s.header[name] {
			if strings.HasPrefix(v, "Bearer ey") {
				v = "Bearer $TOKEN"
			}
			fmt.Fprintf(&b, " -H %s", quoted(name+": "+v))
		}
	}
	if s.body != nil {
		fmt.Fprintf(&b, " --data-binary %s", quoted(clip(string(s.body), 3000)))
	}
	address := base + s.path
	if len(s.query) > 0 {
		address += "?" + s.query.Encode()
	}
	return b.String() + " " + quoted(clip(address, 3000))
}

// quoted is the text for a shell, bytes that cannot be shown as escapes.
func quoted(s string) string {
	var b strings.Builder
	b.WriteString("$'")
	for _, c := range []byte(s) {
		switch {
		case c == '\'' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String() + "'"
}
