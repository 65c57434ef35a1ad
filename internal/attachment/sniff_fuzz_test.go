package attachment

import (
	"bytes"
	"slices"
	"testing"
)

// FuzzSniff: no contents make the judge panic or name a type that is not served.
func FuzzSniff(f *testing.F) {
	for _, seed := range []string{"", "%PDF-1.7\nstartxref\n0\n%%EOF", "\x89PNG\r\n\x1a\n", "\xff\xd8\xff\xe0", "GIF89a"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		media, ok := sniff(bytes.NewReader(b), int64(len(b)))
		if ok && !slices.Contains([]string{"application/pdf", "image/jpeg", "image/png"}, media) {
			t.Fatalf("took it for %q", media)
		}
	})
}
