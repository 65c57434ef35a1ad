package apitest

import (
	"bytes"
	"strings"
	"sync"
)

// Log keeps what the product logged, one JSON object a line.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write adds a line.
func (l *Log) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

// String is everything logged so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Contains reports whether anything logged so far holds the text.
func (l *Log) Contains(text string) bool { return strings.Contains(l.String(), text) }

// cause is what was logged of a request that failed.
func (l *Log) cause(requestID string) string {
	for line := range strings.Lines(l.String()) {
		if strings.Contains(line, requestID) && strings.Contains(line, `"cause"`) {
			return line
		}
	}
	return "nothing logged"
}
