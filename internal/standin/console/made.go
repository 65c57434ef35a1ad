package console

import (
	"bytes"
	crand "crypto/rand"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math/rand/v2"
	"strings"
	"time"
	"unicode/utf16"
)

// What is made up here belongs to nobody: names from common characters, identity
// numbers with the right check character (GB 11643-1999), random certificate numbers.
const (
	surnames = "赵钱孙李周吴郑王冯陈蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜"
	givens   = "安邦诚达恩方广和嘉凯乐明宁培祺荣思涛维欣毅泽昭志静怡晴岚"
)

// newRef is a fresh id of a message, readable where it began.
func newRef(what string) string {
	return "sandbox-" + what + "-" + strings.ToLower(crand.Text()[:12])
}

func pick(from string) string {
	all := []rune(from)
	return string(all[rand.IntN(len(all))])
}

// newName is a name of two or three characters.
func newName() string {
	name := pick(surnames) + pick(givens)
	if rand.IntN(4) > 0 {
		name += pick(givens)
	}
	return name
}

// resident is a made-up holder of a resident identity card.
type resident struct{ Number, BirthDate, Gender string }

func newResident(region string) resident {
	if len(region) != 6 {
		region = "110101"
	}
	born := time.Date(1962, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rand.IntN(13_000))
	serial := rand.IntN(1000)
	return residentOf(region, born, serial)
}

func residentOf(region string, born time.Time, serial int) resident {
	body := fmt.Sprintf("%s%s%03d", region, born.Format("20060102"), serial)
	sum := 0
	for i, w := range [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(body[i]-'0') * w
	}
	gender := "female"
	if serial%2 == 1 {
		gender = "male"
	}
	return resident{body + string("10X98765432"[sum%11]), born.Format(time.DateOnly), gender}
}

// newMobile is a made-up number; nothing is ever sent to it.
func newMobile() string { return fmt.Sprintf("139%08d", rand.IntN(100_000_000)) }

const creditChars = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// newCreditCode is a made-up 统一社会信用代码 (GB 32100-2015) of an enterprise in a region.
func newCreditCode(region string) string {
	org := fmt.Sprintf("%08d", rand.IntN(100_000_000))
	sum := 0
	for i, w := range [8]int{3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(org[i]-'0') * w
	}
	body := "91" + region + org + string("0123456789X"[(11-sum%11)%11])
	total, weight := 0, 1
	for i := range len(body) {
		total += strings.IndexByte(creditChars, body[i]) * weight
		weight = weight * 3 % 31
	}
	return body + string(creditChars[(31-total%31)%31])
}

// newFirm is a firm that nobody knows yet, in Beijing, for scenarios that need one of their own.
func newFirm() firm {
	word := pick(givens) + pick(givens)
	return firm{User: "sandbox" + strings.ToLower(crand.Text()[:8]), Name: "北京" + word + pick(surnames) + "工程设计有限公司", Code: newCreditCode("110108")}
}

// newPaper makes a file that says what it is: a PDF, or a picture.
func newPaper(title, of string, asPNG bool) file {
	if asPNG {
		return file{title + ".png", "image/png", newPicture()}
	}
	return file{title + ".pdf", "application/pdf", newPDF(title, of)}
}

// newPDF is one A4 page. Every reader has the font for the predefined character map.
func newPDF(lines ...string) []byte {
	var text bytes.Buffer
	for i, line := range append(lines, "沙盒生成，不具有任何证明效力。") {
		fmt.Fprintf(&text, "BT /F1 %d Tf 72 %d Td <", 22-4*min(i, 2), 740-i*40)
		for _, u := range utf16.Encode([]rune(line)) {
			fmt.Fprintf(&text, "%04X", u)
		}
		text.WriteString("> Tj ET\n")
	}
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%sendstream", text.Len(), text.String()),
		"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [6 0 R] >>",
		"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /FontDescriptor 7 0 R >>",
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

// newPicture is a scan of nothing: lines on a card, no two alike.
func newPicture() []byte {
	img := image.NewRGBA(image.Rect(0, 0, 480, 300))
	fill := func(r image.Rectangle, c color.Color) {
		draw.Draw(img, r, image.NewUniform(c), image.Point{}, draw.Src)
	}
	fill(img.Bounds(), color.RGBA{uint8(200 + rand.IntN(50)), uint8(200 + rand.IntN(50)), uint8(200 + rand.IntN(50)), 255})
	for y := 40; y < 270; y += 30 {
		fill(image.Rect(40, y, 140+rand.IntN(280), y+10), color.RGBA{70, 80, 100, 255})
	}
	var b bytes.Buffer
	_ = png.Encode(&b, img) // into memory: cannot fail
	return b.Bytes()
}

// certificateOf is a registration certificate number of a profession's prefix: the
// year, the province and five digits beyond those of the demo data.
func certificateOf(prefix, province string, now time.Time) string {
	return fmt.Sprintf("%s%s%s%05d", prefix, now.Format("06"), province, 20_000+rand.IntN(80_000))
}

// sealOf is a seal number: the firm's own code, the prefix, a serial inside the firm.
func sealOf(own, prefix string) string {
	return fmt.Sprintf("%s-%s%03d", own, prefix, 600+rand.IntN(400))
}
