package privatepg

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// oldest is the lowest major version that the product supports.
const oldest = 15

// binaries is a folder with postgres and initdb in it.
type binaries struct {
	dir     string
	version string // "18.4"
	major   int
}

// findBinaries chooses the server programs. A cluster that exists already
// (major > 0) can only be opened by its own major version.
func findBinaries(ctx context.Context, source string, a account, major int, log *slog.Logger) (binaries, error) {
	var found []binaries
	var tried []string
	fits := func(b binaries) bool { return major == 0 || b.major == major }
	if source != NPM {
		for _, dir := range systemFolders(ctx) {
			b, err := inspect(ctx, a, dir)
			if err != nil {
				tried = append(tried, err.Error())
				continue
			}
			if fits(b) && b.major >= oldest {
				return b, nil
			}
			found = append(found, b)
		}
	}
	if source != System && (major == 0 || major == npmMajor) {
		dir, err := fetchNPM(ctx, a, log)
		if err == nil {
			return inspect(ctx, a, dir)
		}
		tried = append(tried, err.Error())
	}
	var have []string
	for _, b := range found {
		have = append(have, b.version+" ("+b.dir+")")
	}
	if source == NPM && major != 0 && major != npmMajor {
		have = append(have, npmVersion+" (npm)")
	}
	switch {
	case major != 0:
		return binaries{}, fmt.Errorf("privatepg: the data folder was made by PostgreSQL %d and cannot be opened by another major version; found: %s. Install PostgreSQL %d, or remove the folder to start anew%s",
			major, orNone(have), major, details(tried))
	default:
		return binaries{}, fmt.Errorf("privatepg: no PostgreSQL server %d or newer: install one (Debian: apt-get install postgresql; macOS: brew install postgresql@18), or npm; found: %s%s",
			oldest, orNone(have), details(tried))
	}
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}

func details(tried []string) string {
	if len(tried) == 0 {
		return ""
	}
	return "\n  " + strings.Join(tried, "\n  ")
}

// systemFolders lists where the machine's own servers may be, best first.
func systemFolders(ctx context.Context) []string {
	var dirs []string
	add := func(dir string) {
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			dir = real
		}
		if _, err := os.Stat(filepath.Join(dir, "postgres")); err == nil && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	if out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output(); err == nil {
		add(strings.TrimSpace(string(out)))
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			add(filepath.Dir(real))
		}
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin",
		"/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin", "/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
		"/Applications/Postgres.app/Contents/Versions/*/bin",
	} {
		matches, _ := filepath.Glob(pattern)
		slices.SortFunc(matches, func(a, b string) int { return number(b) - number(a) }) // newest first
		for _, dir := range matches {
			add(dir)
		}
	}
	return dirs
}

var digits = regexp.MustCompile(`\d+`)

func number(s string) int {
	n, _ := strconv.Atoi(digits.FindString(s))
	return n
}

var versionLine = regexp.MustCompile(`\(PostgreSQL\) ((\d+)[^ \n]*)`)

// inspect runs the programs as the account that will use them: unreadable
// files, missing libraries and a foreign C library all show here.
func inspect(ctx context.Context, a account, dir string) (binaries, error) {
	b := binaries{dir: dir}
	for _, program := range []string{"initdb", "postgres"} {
		out, err := a.command(ctx, "/", filepath.Join(dir, program), "--version").CombinedOutput()
		if err != nil {
			return b, fmt.Errorf("%s in %s cannot be run: %w %s", program, dir, err, strings.TrimSpace(string(out)))
		}
		m := versionLine.FindStringSubmatch(string(out))
		if m == nil {
			return b, errors.New(program + " in " + dir + " does not tell its version")
		}
		b.version = m[1]
		b.major, _ = strconv.Atoi(m[2])
	}
	return b, nil
}

// clusterMajor reads which major version made a data folder; 0 means that there is none.
func clusterMajor(data string) int {
	b, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if err != nil {
		return 0
	}
	return number(string(b))
}
