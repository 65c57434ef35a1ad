package api

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"
)

// mediaTypes that the standard library leaves to the machine it runs on.
var mediaTypes = map[string]string{
	".ico": "image/x-icon", ".js": "text/javascript; charset=utf-8", ".map": "application/json",
	".txt": "text/plain; charset=utf-8", ".webmanifest": "application/manifest+json", ".woff2": "font/woff2",
}

// asset is an embedded file on its way to a browser.
type asset struct {
	mediaType string
	etag      string // weak: one for the plain and the compressed form
	body      []byte
	gzipped   func() []byte // nil where compression gains nothing
}

func newAsset(name string, body []byte) *asset {
	ext := path.Ext(name)
	f := &asset{mediaType: mediaTypes[ext], body: body}
	if f.mediaType == "" {
		f.mediaType = mime.TypeByExtension(ext)
	}
	if f.mediaType == "" {
		f.mediaType = echo.MIMEOctetStream
	}
	sum := sha256.Sum256(body)
	f.etag = `W/"` + hex.EncodeToString(sum[:12]) + `"`
	if len(body) > 1024 && compressible(f.mediaType) {
		f.gzipped = sync.OnceValue(func() []byte { return compress(body) })
	}
	return f
}

// serve answers with the file, compressed when the browser takes that, or 304.
// Caching rules are the caller's.
func (f *asset) serve(c echo.Context) error {
	h := c.Response().Header()
	h.Set("ETag", f.etag)
	h.Add("Vary", "Accept-Encoding")
	if hasETag(c, f.etag) {
		return c.NoContent(http.StatusNotModified)
	}
	body := f.body
	if f.gzipped != nil && strings.Contains(c.Request().Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = f.gzipped()
	}
	return c.Blob(http.StatusOK, f.mediaType, body)
}

func compressible(mediaType string) bool {
	return strings.HasPrefix(mediaType, "text/") || strings.Contains(mediaType, "json") || strings.Contains(mediaType, "svg")
}

func compress(body []byte) []byte {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		panic(err) // the level is a constant
	}
	_, _ = z.Write(body) // a bytes.Buffer takes everything
	_ = z.Close()
	return b.Bytes()
}
