package docstest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// source is what the code declares, read from its text.
type source struct {
	names     map[string]bool     // "filing.Status", "filing.Service.Submit", "filing.Filing.Version"
	constants map[string][]string // "filing.Status" and "filing" → names by value: "filing.Status=returned" → ["filing.Returned"]
	fields    map[string]bool     // JSON names of package api
}

func readSource(t *testing.T) source {
	t.Helper()
	s := source{names: map[string]bool{}, constants: map[string][]string{}, fields: map[string]bool{}}
	for _, top := range []string{"internal", "api", "cmd"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			s.add(file)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s source) add(file *ast.File) {
	pkg := file.Name.Name
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			name := d.Name.Name
			if d.Recv != nil {
				name = receiver(d.Recv.List[0].Type) + "." + name
			}
			s.names[pkg+"."+name] = true
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch sp := spec.(type) {
				case *ast.TypeSpec:
					s.addType(pkg, sp)
				case *ast.ValueSpec:
					s.addValues(pkg, sp)
				}
			}
		}
	}
}

func (s source) addType(pkg string, sp *ast.TypeSpec) {
	s.names[pkg+"."+sp.Name.Name] = true
	st, ok := sp.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, f := range st.Fields.List {
		for _, n := range f.Names {
			s.names[pkg+"."+sp.Name.Name+"."+n.Name] = true
		}
		if f.Tag == nil || pkg != "api" {
			continue
		}
		if text, err := strconv.Unquote(f.Tag.Value); err == nil {
			name, _, _ := strings.Cut(reflect.StructTag(text).Get("json"), ",")
			s.fields[name] = true
		}
	}
}

func (s source) addValues(pkg string, sp *ast.ValueSpec) {
	typ, _ := sp.Type.(*ast.Ident)
	for i, n := range sp.Names {
		s.names[pkg+"."+n.Name] = true
		if typ == nil || i >= len(sp.Values) {
			continue
		}
		if lit, ok := sp.Values[i].(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if value, err := strconv.Unquote(lit.Value); err == nil {
				key := pkg + "." + typ.Name + "=" + value
				s.constants[key] = append(s.constants[key], pkg+"."+n.Name)
			}
		}
	}
}

func receiver(e ast.Expr) string {
	switch t := e.(type) {
	case *ast.StarExpr:
		return receiver(t.X)
	case *ast.IndexExpr:
		return receiver(t.X)
	case *ast.Ident:
		return t.Name
	default:
		return ""
	}
}

var (
	createTable = regexp.MustCompile(`(?s)CREATE TABLE (\w+) \((.*?)\n\);`)
	columnLine  = regexp.MustCompile(`(?m)^    ([a-z_0-9]+) +[a-z]`)
)

var (
	alterTable = regexp.MustCompile(`(?s)ALTER TABLE (\w+)(.*?);\n`)
	addColumn  = regexp.MustCompile(`ADD COLUMN (\w+)`)
)

// columns are the "table" and "table.column" of the migrations.
func columns(t *testing.T) map[string]bool {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(root, "migrations", "*.sql"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no migrations: %v", err)
	}
	out := map[string]bool{}
	for _, name := range names {
		rel, _ := filepath.Rel(root, name)
		for _, m := range createTable.FindAllStringSubmatch(page(t, rel), -1) {
			out[m[1]] = true
			for _, c := range columnLine.FindAllStringSubmatch(m[2], -1) {
				out[m[1]+"."+c[1]] = true
			}
		}
		for _, m := range alterTable.FindAllStringSubmatch(page(t, rel), -1) {
			for _, c := range addColumn.FindAllStringSubmatch(m[2], -1) {
				out[m[1]+"."+c[1]] = true
			}
		}
	}
	return out
}

var routeRow = regexp.MustCompile(`\{(get|post|put|del), "([^"]+)",`)

// routes are "METHOD /path/{id}" of the route table.
func routes(t *testing.T) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	methods := map[string]string{"get": "GET", "post": "POST", "put": "PUT", "del": "DELETE"}
	for _, m := range routeRow.FindAllStringSubmatch(page(t, "api/router.go"), -1) {
		path := regexp.MustCompile(`:(\w+)`).ReplaceAllString(m[2], "{$1}")
		out[methods[m[1]]+" "+path] = true
	}
	if len(out) < 10 {
		t.Fatal("the route table of api/router.go cannot be read")
	}
	return out
}
