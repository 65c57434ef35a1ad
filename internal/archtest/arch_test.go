package archtest

import (
	"flag"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the list in docs/architecture.md anew from the sources; read the diff")

const (
	root  = "../.."
	page  = root + "/docs/architecture.md"
	begin = "<!-- arrows:begin -->"
	end   = "<!-- arrows:end -->"
)

// groups, low to high. A package imports only what stands above it in the list,
// so there is no cycle. "test" stands beside them: only tests import it.
var groups = []string{"kit", "domains", "product", "stand-ins", "commands", "test"}

// Everything the rules say of packages outside of this module.
var banned = []struct {
	who    func(pkg, group string) bool
	what   string // a path, or a prefix that ends in a slash
	reason string
}{
	{func(pkg, _ string) bool { return pkg != "api" && !strings.HasPrefix(pkg, "api/") }, "github.com/labstack/echo", "only api speaks Echo, so that leaving it is one package's work"},
	{func(pkg, _ string) bool { return pkg == "api" }, "gorm.io/", "api goes through the domains"},
	{func(pkg, _ string) bool { return pkg == "api" }, "github.com/jackc/", "api goes through the domains"},
	{func(pkg, _ string) bool { return pkg == "api" }, "zhuce/internal/pg/", "api goes through the domains"},
	{func(_, group string) bool { return group == "domains" }, "net/http", "a domain knows nothing of HTTP"},
	{func(_, group string) bool { return group != "stand-ins" && group != "test" }, "github.com/zitadel/", "only the stand-in for the national login is a provider"},
	{func(pkg, _ string) bool { return pkg == "standin/console" }, "zhuce/", "the sandbox knows the product by its document alone"},
	{func(pkg, _ string) bool { return pkg != "jobs" }, "github.com/riverqueue/", "only jobs knows river"},
	{func(pkg, _ string) bool { return pkg != "xlsx" }, "github.com/xuri/", "only xlsx writes workbooks"},
	{func(_, group string) bool { return group != "test" }, "testing", "test support is imported by tests alone"},
}

func TestArrows(t *testing.T) {
	have := read(t)
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, found := strings.Cut(string(text), begin)
	block, tail, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has no %s … %s", page, begin, end)
	}
	listed, order, group := parse(t, block)

	for pkg, imports := range have {
		if _, ok := listed[pkg]; !ok {
			t.Errorf("%s is not listed in docs/architecture.md: put it into a group", pkg)
			continue
		}
		for _, used := range imports {
			if inside, ok := strings.CutPrefix(used, "zhuce/"); ok {
				checkArrow(t, pkg, short(inside), order, group)
			}
			for _, b := range banned {
				if b.who(pkg, group[pkg]) && (used == b.what || strings.HasPrefix(used, b.what) && (strings.HasSuffix(b.what, "/") || strings.HasPrefix(used, b.what+"/"))) {
					t.Errorf("%s imports %s: %s", pkg, used, b.reason)
				}
			}
		}
	}
	for pkg := range listed {
		if _, ok := have[pkg]; !ok && !*update {
			t.Errorf("docs/architecture.md lists %s, which is not there", pkg)
		}
	}

	want := "\n```text\n" + render(have, order, group) + "```\n"
	if *update {
		if err := os.WriteFile(page, []byte(head+begin+want+end+tail), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if !t.Failed() && block != want {
		t.Errorf("the list in docs/architecture.md is not what the sources say; run go test ./internal/archtest -update and read the diff\n%s", want)
	}
}

func checkArrow(t *testing.T, pkg, used string, order map[string]int, group map[string]string) {
	t.Helper()
	switch {
	case order[used] > order[pkg] && group[pkg] != "test":
		t.Errorf("%s imports %s, which stands below it in docs/architecture.md", pkg, used)
	case group[used] == "test" && group[pkg] != "test":
		t.Errorf("%s imports %s, which is for tests alone", pkg, used)
	case group[used] == "stand-ins" && group[pkg] != "stand-ins" && group[pkg] != "test" && pkg != "cmd/devstack":
		t.Errorf("%s imports %s: stand-ins are for cmd/devstack and tests", pkg, used)
	}
}

// The product's binary must not be able to reach a stand-in, or test support.
func TestTheProductHasNoStandIn(t *testing.T) {
	have := read(t)
	seen := map[string]bool{}
	var walk func(pkg string, way []string)
	walk = func(pkg string, way []string) {
		if seen[pkg] {
			return
		}
		seen[pkg] = true
		way = append(slices.Clone(way), pkg)
		if strings.HasPrefix(pkg, "standin/") || strings.HasSuffix(pkg, "test") {
			t.Errorf("cmd/zhuce reaches %s", strings.Join(way, " → "))
		}
		for _, used := range have[pkg] {
			if inside, ok := strings.CutPrefix(used, "zhuce/"); ok {
				walk(short(inside), way)
			}
		}
	}
	if len(have["cmd/zhuce"]) == 0 {
		t.Fatal("cmd/zhuce imports nothing: is it still where the product is?")
	}
	walk("cmd/zhuce", nil)
	if !seen["api"] || !seen["filing"] {
		t.Errorf("cmd/zhuce does not reach the product, so this test proves nothing: %v", slices.Sorted(maps.Keys(seen)))
	}
}

// parse reads the block: "[group]" lines, and "package → imports" lines.
func parse(t *testing.T, block string) (listed map[string][]string, order map[string]int, group map[string]string) {
	t.Helper()
	listed, order, group = map[string][]string{}, map[string]int{}, map[string]string{}
	now := ""
	for line := range strings.Lines(block) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || strings.HasPrefix(line, "```"):
		case strings.HasPrefix(line, "["):
			next := strings.Trim(line, "[]")
			if slices.Index(groups, next) <= slices.Index(groups, now) {
				t.Fatalf("group %q is unknown or out of order", next)
			}
			now = next
		default:
			pkg, imports, arrow := strings.Cut(line, "→")
			pkg = strings.TrimSpace(pkg)
			if !arrow || now == "" || group[pkg] != "" {
				t.Fatalf("cannot read the line %q", line)
			}
			listed[pkg], order[pkg], group[pkg] = strings.Fields(imports), len(order)+1, now
		}
	}
	return listed, order, group
}

// render writes the block from the sources, in the order and groups of the page.
func render(have map[string][]string, order map[string]int, group map[string]string) string {
	var b strings.Builder
	for _, g := range groups {
		b.WriteString("[" + g + "]\n")
		pkgs := slices.Collect(maps.Keys(have))
		pkgs = slices.DeleteFunc(pkgs, func(p string) bool { return group[p] != g })
		slices.SortFunc(pkgs, func(x, y string) int { return order[x] - order[y] })
		for _, p := range pkgs {
			b.WriteString(p + strings.Repeat(" ", max(0, 22-len(p))) + " →")
			var inside []string
			for _, used := range have[p] {
				if i, ok := strings.CutPrefix(used, "zhuce/"); ok {
					inside = append(inside, short(i))
				}
			}
			slices.SortFunc(inside, func(x, y string) int { return order[x] - order[y] })
			for _, i := range inside {
				b.WriteString(" " + i)
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

// short is a package's name in the list: without "internal/".
func short(pkg string) string { return strings.TrimPrefix(pkg, "internal/") }

// read parses the imports of every package, tests left out. It opens the files itself rather than
// asking the go command, so that a cached result is never a stale one.
func read(t *testing.T) map[string][]string {
	t.Helper()
	have := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if path != root && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "testdata") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		dir, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		pkg := short(filepath.ToSlash(dir))
		for _, i := range file.Imports {
			used, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			if !slices.Contains(have[pkg], used) {
				have[pkg] = append(have[pkg], used)
			}
		}
		if have[pkg] == nil {
			have[pkg] = []string{}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return have
}
