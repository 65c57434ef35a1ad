package attachment

import (
	"bytes"
	"image"
	_ "image/jpeg" // so that image.DecodeConfig knows it
	_ "image/png"
	"io"
	"path"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxPixels = 100_000_000 // an A3 page at 600 dpi has 70 million; above is a decompression bomb
	maxName   = 200         // runes
	pdfTail   = 2048        // bytes at the end in which a PDF tells where its table is
)

// sniff tells the media type by the contents: the mark at the beginning, and
// that what follows reads as such a file.
func sniff(f io.ReaderAt, size int64) (string, bool) {
	head := make([]byte, min(size, 16))
	if _, err := f.ReadAt(head, 0); err != nil && err != io.EOF {
		return "", false
	}
	switch {
	case bytes.HasPrefix(head, []byte("%PDF-")):
		return "application/pdf", soundPDF(f, size)
	case bytes.HasPrefix(head, []byte{0xFF, 0xD8, 0xFF}):
		return "image/jpeg", soundImage(f, size, "jpeg")
	case bytes.HasPrefix(head, []byte("\x89PNG\r\n\x1a\n")):
		return "image/png", soundImage(f, size, "png")
	}
	return "", false
}

func soundImage(f io.ReaderAt, size int64, want string) bool {
	c, format, err := image.DecodeConfig(io.NewSectionReader(f, 0, size))
	return err == nil && format == want && c.Width > 0 && c.Height > 0 &&
		int64(c.Width)*int64(c.Height) <= maxPixels
}

var (
	pdfHeader  = regexp.MustCompile(`^%PDF-[12]\.[0-9]`)
	pdfTrailer = regexp.MustCompile(`startxref\s+([0-9]{1,10})\s+%%EOF`)
	pdfTable   = regexp.MustCompile(`^\s*(xref\s|[0-9]+\s+[0-9]+\s+obj)`)
)

// soundPDF checks the version at the beginning, and at the end the place of the
// cross-reference table, and that the table (or the object that holds it) is there.
func soundPDF(f io.ReaderAt, size int64) bool {
	head := make([]byte, min(size, 8))
	if _, err := f.ReadAt(head, 0); err != nil && err != io.EOF || !pdfHeader.Match(head) {
		return false
	}
	tail := make([]byte, min(size, pdfTail))
	if _, err := f.ReadAt(tail, size-int64(len(tail))); err != nil && err != io.EOF {
		return false
	}
	all := pdfTrailer.FindAllSubmatch(tail, -1)
	if len(all) == 0 {
		return false
	}
	at, err := strconv.ParseInt(string(all[len(all)-1][1]), 10, 64)
	if err != nil || at <= 0 || at >= size {
		return false
	}
	table := make([]byte, min(size-at, 64))
	if _, err := f.ReadAt(table, at); err != nil && err != io.EOF {
		return false
	}
	return pdfTable.Match(table)
}

// endings are the file name endings that fit a media type; the first is added
// where none of them stands, so that a saved file opens as what it is.
var endings = map[string][]string{
	"application/pdf": {".pdf"}, "image/jpeg": {".jpg", ".jpeg"}, "image/png": {".png"},
}

// cleanName makes a name for display of what the sender says: the last part of a
// path, without control and direction characters, at most 200 runes, with the
// ending of the media type.
func cleanName(name, mediaType string) string {
	name = strings.ToValidUTF8(name, "")
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(`/"<>|:*?`, r) {
			return -1
		}
		return r
	}, name)
	name = strings.Trim(name, " .")
	if name == "" {
		name = "attachment"
	}
	lower, ending := strings.ToLower(name), ""
	for _, e := range endings[mediaType] {
		if strings.HasSuffix(lower, e) && len(name) > len(e) {
			ending = name[len(name)-len(e):]
			name = name[:len(name)-len(e)]
			break
		}
	}
	if ending == "" {
		ending = endings[mediaType][0]
	}
	if room := maxName - len(ending); utf8.RuneCountInString(name) > room {
		name = string([]rune(name)[:room])
	}
	return name + ending
}
