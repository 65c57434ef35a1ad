package demo

import (
	"bytes"
	"context"
	"fmt"
	"hash/fnv"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"unicode/utf16"

	"github.com/google/uuid"

	"zhuce/internal/filing"
)

// endings are the file types of the papers: scans as PDF, photographs as images.
var endings = map[filing.PaperKind]string{filing.Identity: ".jpg", filing.SocialInsurance: ".png", filing.QualificationPaper: ".jpg"}

// upload brings one file a kind of paper to the product, for all the filings of a firm.
func (l *loader) upload(ctx context.Context, firm string) (map[filing.PaperKind]uuid.UUID, error) {
	out := map[filing.PaperKind]uuid.UUID{}
	for _, kind := range filing.PaperKinds {
		k := filing.PaperKind(kind.Value)
		ending := endings[k]
		if ending == "" {
			ending = ".pdf"
		}
		a, err := l.attachments.Upload(ctx, l.person, kind.ZH+ending, bytes.NewReader(paper(ending, kind.ZH, firm)))
		if err != nil {
			return nil, fmt.Errorf("upload %s: %w", kind.Value, err)
		}
		out[k] = a.ID
	}
	return out, nil
}

func paper(ending, title, firm string) []byte {
	switch ending {
	case ".jpg":
		return photograph(title, false)
	case ".png":
		return photograph(title, true)
	}
	return page(title, firm)
}

// page writes a PDF of one A4 page with a line in each language. The Chinese font
// is one of those that every reader has for the predefined character map.
func page(title, firm string) []byte {
	chinese := func(s string) string {
		var b bytes.Buffer
		for _, u := range utf16.Encode([]rune(s)) {
			fmt.Fprintf(&b, "%04X", u)
		}
		return "<" + b.String() + ">"
	}
	text := "BT /F2 24 Tf 72 740 Td " + chinese(title) + " Tj ET\n" +
		"BT /F2 14 Tf 72 700 Td " + chinese(firm) + " Tj ET\n" +
		"BT /F1 12 Tf 72 670 Td (Demonstration document. It certifies nothing.) Tj ET\n" +
		"BT /F2 12 Tf 72 650 Td " + chinese("演示材料，不具有任何证明效力。") + " Tj ET\n" +
		"60 60 475 720 re S\n"
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%sendstream", len(text), text),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
		"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [7 0 R] >>",
		"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /FontDescriptor 8 0 R >>",
		"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 4 /FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>",
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
	offsets := make([]int, len(objects))
	for i, o := range objects {
		offsets[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	table := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, at := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, table)
	return b.Bytes()
}

// photograph draws a card with a head and lines, in a colour of its title.
func photograph(title string, asPNG bool) []byte {
	h := fnv.New32a()
	_, _ = h.Write([]byte(title))
	n := h.Sum32()
	tint := color.RGBA{uint8(150 + n%90), uint8(150 + n>>8%90), uint8(160 + n>>16%90), 255}
	ink := color.RGBA{70, 80, 100, 255}
	img := image.NewRGBA(image.Rect(0, 0, 640, 400))
	fill := func(r image.Rectangle, c color.Color) {
		draw.Draw(img, r, image.NewUniform(c), image.Point{}, draw.Src)
	}
	fill(img.Bounds(), color.White)
	fill(image.Rect(20, 20, 620, 380), tint)
	fill(image.Rect(440, 70, 580, 250), color.White)
	for y := -50; y < 50; y++ {
		for x := -50; x < 50; x++ {
			if x*x+y*y < 45*45 {
				img.Set(510+x, 140+y, ink)
			}
		}
	}
	fill(image.Rect(460, 195, 560, 250), ink)
	for i := range 5 {
		fill(image.Rect(60, 90+i*45, 260+(i*67)%140, 104+i*45), ink)
	}
	var b bytes.Buffer
	if asPNG {
		_ = png.Encode(&b, img) // into memory: cannot fail
	} else {
		_ = jpeg.Encode(&b, img, &jpeg.Options{Quality: 80})
	}
	return b.Bytes()
}
