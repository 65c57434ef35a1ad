package demo

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"testing"

	"zhuce/internal/filing"
)

// TestPapers: images decode whole, and every object of the PDF is where its table says.
func TestPapers(t *testing.T) {
	t.Parallel()
	for _, kind := range filing.PaperKinds {
		for _, ending := range []string{".jpg", ".png"} {
			if _, _, err := image.Decode(bytes.NewReader(paper(ending, kind.ZH, "企业"))); err != nil {
				t.Errorf("%s%s: %v", kind.Value, ending, err)
			}
		}
	}
	pdf := page("劳动合同", "北京华宇建筑设计有限公司")
	table := bytes.LastIndex(pdf, []byte("xref\n0 "))
	lines := bytes.Split(pdf[table:], []byte("\n"))
	for n := 1; n <= 8; n++ {
		var at int
		if _, err := fmt.Sscanf(string(lines[2+n]), "%010d 00000 n", &at); err != nil {
			t.Fatalf("line %d of the table: %q", n, lines[2+n])
		}
		if want := fmt.Sprintf("%d 0 obj\n", n); !bytes.HasPrefix(pdf[at:], []byte(want)) {
			t.Errorf("object %d is not at %d", n, at)
		}
	}
}
