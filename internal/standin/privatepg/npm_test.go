package privatepg

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTarballThatIsNotThePinnedOne(t *testing.T) {
	t.Parallel()
	for platform, p := range npmPackages {
		if err := p.verify([]byte("something else")); err == nil || !strings.Contains(err.Error(), p.name) {
			t.Errorf("%s: %v", platform, err)
		}
	}
}

func TestUnpack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	err := unpack(tarball(t, map[string]string{
		"package/native/lib/libpq.so.5.18": "library",
		"package/native/pg-symlinks.json":  `[{"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so"}]`,
	}), dir)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "native", "lib", "libpq.so")); err != nil || string(b) != "library" {
		t.Errorf("through the link: %q %v", b, err)
	}
	for name, files := range map[string]map[string]string{
		"file":        {"package/../../outside": "x"},
		"link":        {"package/native/pg-symlinks.json": `[{"source":"native/a","target":"../../outside"}]`},
		"link source": {"package/native/pg-symlinks.json": `[{"source":"../../../etc","target":"native/etc"}]`},
	} {
		if err := unpack(tarball(t, files), filepath.Join(dir, name)); err == nil || !strings.Contains(err.Error(), "outside of the folder") {
			t.Errorf("%s outside of the folder: %v", name, err)
		}
	}
}

func tarball(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	gz := gzip.NewWriter(&b)
	w := tar.NewWriter(gz)
	for name, content := range files {
		if err := w.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o600, Size: int64(len(content))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := gz.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
