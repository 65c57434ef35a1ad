package api_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/jpeg"
	imagepng "image/png"
	"mime/multipart"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"zhuce/api"
	"zhuce/api/apitest"
	"zhuce/internal/auth"
)

func pngImage(w, h int) []byte {
	var b bytes.Buffer
	_ = imagepng.Encode(&b, image.NewGray(image.Rect(0, 0, w, h)))
	return b.Bytes()
}

func jpegImage() []byte {
	var b bytes.Buffer
	_ = jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8)), nil)
	return b.Bytes()
}

// pdfPage is the smallest sound PDF; padding is a comment of that many bytes.
func pdfPage(padding int) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	if padding > 0 {
		b.WriteString("%" + strings.Repeat("x", padding-2) + "\n")
	}
	var at []int
	for i, o := range []string{"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"} {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj %s endobj\n", i+1, o)
	}
	table := b.Len()
	b.WriteString("xref\n0 4\n0000000000 65535 f \n")
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", table)
	return b.Bytes()
}

// pdfOf is a sound PDF of exactly so many bytes.
func pdfOf(size int) []byte {
	padding := size - len(pdfPage(0))
	for len(pdfPage(padding)) > size {
		padding--
	}
	return pdfPage(padding)
}

func TestUploadAndView(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	for _, c := range []struct {
		name, kept, mediaType string
		content               []byte
	}{
		{"劳动合同.pdf", "劳动合同.pdf", "application/pdf", pdfPage(0)},
		{"C:\\扫描\\id.JPEG", "id.JPEG", "image/jpeg", jpegImage()},
		{"../../etc/passwd", "passwd.png", "image/png", pngImage(4, 4)},
		{"virus.exe", "virus.exe.pdf", "application/pdf", pdfPage(0)},
		{"ab\u202egnp.exe", "abgnp.exe.png", "image/png", pngImage(4, 4)},
		{"", "attachment.png", "image/png", pngImage(4, 4)},
		{strings.Repeat("很", 300) + ".pdf", strings.Repeat("很", 196) + ".pdf", "application/pdf", pdfPage(0)},
	} {
		a := firm.Post(t, "/attachments", apitest.File{Name: c.name, Content: c.content}).Want(t, 201)
		if a.Text("file_name") != c.kept || a.Text("media_type") != c.mediaType || a.Text("size") != fmt.Sprint(len(c.content)) {
			t.Errorf("%q is kept as %s", c.name, a.Body)
		}
		got := firm.Get(t, "/attachments/"+a.Text("id")+"/content").Want(t, 200)
		if !bytes.Equal(got.Body, c.content) {
			t.Errorf("%q: %d bytes came back of %d", c.name, len(got.Body), len(c.content))
		}
		for name, want := range map[string]string{"Content-Type": c.mediaType, "X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"} {
			if got.Header.Get(name) != want {
				t.Errorf("%q: %s is %q, wanted %q", c.name, name, got.Header.Get(name), want)
			}
		}
		if csp := got.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "sandbox") {
			t.Errorf("policy is %q", csp)
		}
		if d := got.Header.Get("Content-Disposition"); !strings.HasPrefix(d, "inline;") || strings.ContainsFunc(d, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("disposition is %q", d)
		}
	}
}

func TestAttachmentRange(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	content := pdfPage(5000)
	id := firm.Post(t, "/attachments", apitest.File{Name: "x.pdf", Content: content}).Want(t, 201).Text("id")
	part := firm.Get(t, "/attachments/"+id+"/content", "Range", "bytes=100-199").Want(t, 206)
	if !bytes.Equal(part.Body, content[100:200]) || part.Header.Get("Content-Range") != fmt.Sprintf("bytes 100-199/%d", len(content)) {
		t.Errorf("%d bytes, %q", len(part.Body), part.Header.Get("Content-Range"))
	}
	whole := firm.Get(t, "/attachments/"+id+"/content")
	firm.Get(t, "/attachments/"+id+"/content", "If-None-Match", whole.Header.Get("ETag")).Want(t, 304)
}

// Uploads that are refused, each with a problem document and nothing kept.
func TestUploadRefusals(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, person := env.Enterprise(t), env.Machine(t, auth.Person)
	const max = 10 << 20
	bomb := pngImage(1, 1)
	copy(bomb[16:24], []byte{0, 0, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF}) // 65,535 × 65,535
	binary.BigEndian.PutUint32(bomb[29:], crc32.ChecksumIEEE(bomb[12:29]))
	if _, err := imagepng.DecodeConfig(bytes.NewReader(bomb)); err != nil {
		t.Fatalf("the bomb is a dud: %v", err)
	}
	form := func(fields ...string) (string, string) {
		var b strings.Builder
		w := multipart.NewWriter(&b)
		for _, f := range fields {
			p, _ := w.CreateFormFile(f, "x.png")
			_, _ = p.Write(pngImage(4, 4))
		}
		_ = w.Close()
		return b.String(), w.FormDataContentType()
	}
	none, noneType := form()
	other, otherType := form("document")
	two, twoType := form("file", "file")
	good, goodType := form("file")
	cases := []struct {
		name    string
		body    any
		headers []string
		status  int
		code    string
	}{
		{"30 MB", apitest.File{Name: "big.pdf", Content: pdfOf(30 << 20)}, nil, 413, "attachment.too_large"},
		{"a byte over", apitest.File{Name: "big.pdf", Content: pdfOf(max + 1)}, nil, 413, "attachment.too_large"},
		{"empty", apitest.File{Name: "x.pdf"}, nil, 422, "attachment.empty"},
		{"a PDF that is none", apitest.File{Name: "x.pdf", Content: []byte("this is not a PDF")}, nil, 415, "attachment.unsupported_type"},
		{"a PDF in its first line alone", apitest.File{Name: "x.pdf", Content: []byte("%PDF-1.7\n<script>alert(1)</script>")}, nil, 415, "attachment.unsupported_type"},
		{"a PDF without its table", apitest.File{Name: "x.pdf", Content: []byte("%PDF-1.7\nstartxref\n9\n%%EOF\n")}, nil, 415, "attachment.unsupported_type"},
		{"a PDF cut short", apitest.File{Name: "x.pdf", Content: pdfPage(0)[:150]}, nil, 415, "attachment.unsupported_type"},
		{"a web page", apitest.File{Name: "x.png", Content: []byte("<html><script>alert(1)</script>")}, nil, 415, "attachment.unsupported_type"},
		{"a PNG in its first bytes alone", apitest.File{Name: "x.png", Content: pngImage(4, 4)[:12]}, nil, 415, "attachment.unsupported_type"},
		{"an image of four thousand million pixels", apitest.File{Name: "x.png", Content: bomb}, nil, 415, "attachment.unsupported_type"},
		{"a GIF", apitest.File{Name: "x.gif", Content: []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;")}, nil, 415, "attachment.unsupported_type"},
		{"a NUL byte in the name", apitest.File{Name: "a\x00.png", Content: pngImage(4, 4)}, nil, 400, "request.broken_multipart"},
		{"no file", none, []string{"Content-Type", noneType}, 422, "request.invalid"},
		{"another field", other, []string{"Content-Type", otherType}, 400, "request.unknown_part"},
		{"two files", two, []string{"Content-Type", twoType}, 400, "request.unknown_part"},
		{"broken off", good[:len(good)-30], []string{"Content-Type", goodType}, 400, "request.broken_multipart"},
		{"no form at all", "hello", []string{"Content-Type", goodType}, 400, "request.broken_multipart"},
		{"no boundary", good, []string{"Content-Type", "multipart/form-data"}, 415, "request.unsupported_media_type"},
		{"JSON", map[string]any{"file": "x"}, nil, 415, "request.unsupported_media_type"},
		{"no body", nil, nil, 415, "request.unsupported_media_type"},
		{"a key with a blank", apitest.File{Name: "x.png", Content: pngImage(4, 4)}, []string{"Idempotency-Key", "a b"}, 422, "request.invalid"},
	}
	for _, route := range []struct {
		path string
		by   *apitest.Caller
	}{{"/attachments", firm}, {"/exchange/attachments", person}} {
		for _, c := range cases {
			t.Run(route.path+"/"+c.name, func(t *testing.T) {
				route.by.Post(t, route.path, c.body, c.headers...).Want(t, c.status, c.code)
			})
		}
	}
	if n := rows(t, env, `SELECT count(*) FROM attachments`); n != 0 {
		t.Errorf("%d attachments were kept", n)
	}
	missing := firm.Post(t, "/attachments", none, "Content-Type", noneType)
	if !slices.Equal(missing.Refused(), []string{"/file request.required"}) {
		t.Errorf("the missing field is named %v", missing.Refused())
	}
	if a := firm.Post(t, "/attachments", apitest.File{Name: "max.pdf", Content: pdfOf(max)}); a.Status != 201 {
		t.Errorf("exactly the limit: %d %s", a.Status, a.Code())
	}
}

// TestTooLargeIsAnswered: who sends everything before reading gets the refusal
// too, and not a broken connection.
func TestTooLargeIsAnswered(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	for path, head := range map[string]string{
		"/attachments":    "Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.pdf\"\r\n\r\n",
		"/filings/search": "Content-Type: application/json\r\n\r\n{\"name\": \"",
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(env.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		_ = conn.SetDeadline(time.Now().Add(time.Minute))
		_, body, _ := strings.Cut(head, "\r\n\r\n")
		const size = 30 << 20
		_, _ = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n%s",
			api.Base+path, firm.Token, len(body)+size, head)
		if _, err := conn.Write(bytes.Repeat([]byte("x"), size)); err != nil {
			t.Errorf("%s: the connection broke: %v", path, err)
			continue
		}
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Errorf("%s: no answer: %v", path, err)
			continue
		}
		_ = answer.Body.Close()
		if answer.StatusCode != 413 || !strings.HasPrefix(answer.Header.Get("Content-Type"), "application/problem+json") {
			t.Errorf("%s: %v", path, answer)
		}
	}
}

func TestAnothersAttachmentDoesNotExist(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	mine, other, person := env.Enterprise(t), env.Enterprise(t), env.Person(t)
	id := mine.Post(t, "/attachments", apitest.File{Name: "x.png", Content: pngImage(4, 4)}).Want(t, 201).Text("id")
	other.Get(t, "/attachments/"+id+"/content").Want(t, 404, "attachment.not_found")
	unbound := person.Post(t, "/exchange/attachments", apitest.File{Name: "x.png", Content: pngImage(4, 4)}).Want(t, 201).Text("id")
	mine.Get(t, "/attachments/"+unbound+"/content").Want(t, 404, "attachment.not_found")
	// Another client's upload cannot be delivered, and neither can an enterprise's.
	rival := env.Machine(t, auth.Person)
	for _, foreign := range []string{unbound, id} {
		d := env.Delivery(mine, func(d *api.DeliveryRequest) {
			d.Attachments[0] = api.DeliveryPaper{Kind: "application_form", AttachmentID: &foreign}
		})
		a := rival.Post(t, "/exchange/filings", d).Want(t, 422, "filing.form_invalid")
		if !slices.Equal(a.Refused(), []string{"/attachments/0/attachment_id filing.attachment_unknown"}) {
			t.Errorf("refused %v", a.Refused())
		}
	}
}

func TestUploadTwiceUnderOneKey(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	file := apitest.File{Name: "x.png", Content: pngImage(4, 4)}
	first := firm.Post(t, "/attachments", file, "Idempotency-Key", "k1").Want(t, 201)
	again := firm.Post(t, "/attachments", file, "Idempotency-Key", "k1").Want(t, 201)
	if first.Text("id") != again.Text("id") || rows(t, env, `SELECT count(*) FROM attachments`) != 1 {
		t.Error("the second sending made another attachment")
	}
	file.Content = pngImage(5, 5)
	firm.Post(t, "/attachments", file, "Idempotency-Key", "k1").Want(t, 422, "request.idempotency_key_reused")
	id := env.Deliver(t, firm)
	firm.Post(t, "/filings/return", map[string]any{"filing_ids": []string{id}, "reason": "缺页"}, "Idempotency-Key", "k1").
		Want(t, 422, "request.idempotency_key_reused")
}

func rows(t *testing.T, env *apitest.Env, sql string, args ...any) (n int) {
	t.Helper()
	if err := env.App.DB.Read(t.Context()).Raw(sql, args...).Scan(&n).Error; err != nil {
		t.Fatal(err)
	}
	return n
}
