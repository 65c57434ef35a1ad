package contract

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// fact is what the Go type of a field says that Swagger 2.0 lost.
type fact struct {
	nullable bool   // a pointer that is sent as null
	goType   string // "time.Time", "string" …
	rules    []string
}

// has reports whether the field's validate tag holds the rule, with or without a parameter.
func (f fact) has(rule string) bool {
	return slices.ContainsFunc(f.rules, func(r string) bool { name, _, _ := strings.Cut(r, "="); return name == rule })
}

// facts are the fields by type and JSON name.
type facts map[string]map[string]fact

// readFacts reads the struct types of the package in dir, tests left out.
func readFacts(dir string) (facts, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, &fs.PathError{Op: "read", Path: dir, Err: fs.ErrNotExist}
	}
	structs := map[string]*ast.StructType{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if t, ok := n.(*ast.TypeSpec); ok {
				if s, ok := t.Type.(*ast.StructType); ok {
					structs[t.Name.Name] = s
				}
			}
			return true
		})
	}
	out := facts{}
	for name := range structs {
		out[name] = fieldsOf(name, structs)
	}
	return out, nil
}

// fieldsOf flattens embedded structs, as JSON does.
func fieldsOf(name string, structs map[string]*ast.StructType) map[string]fact {
	out := map[string]fact{}
	for _, field := range structs[name].Fields.List {
		if len(field.Names) == 0 {
			if embedded, ok := field.Type.(*ast.Ident); ok && structs[embedded.Name] != nil {
				for k, v := range fieldsOf(embedded.Name, structs) {
					out[k] = v
				}
			}
			continue
		}
		if field.Tag == nil {
			continue
		}
		text, err := strconv.Unquote(field.Tag.Value)
		if err != nil {
			continue
		}
		tag := reflect.StructTag(text)
		jsonName, options, _ := strings.Cut(tag.Get("json"), ",")
		if jsonName == "" || jsonName == "-" {
			continue
		}
		f := fact{goType: typeName(field.Type)}
		if rules := tag.Get("validate"); rules != "" {
			f.rules = strings.Split(rules, ",")
		}
		if _, pointer := field.Type.(*ast.StarExpr); pointer && !strings.Contains(options, "omitempty") {
			f.nullable = true
		}
		out[jsonName] = f
	}
	return out
}

func typeName(e ast.Expr) string {
	switch t := e.(type) {
	case *ast.StarExpr:
		return typeName(t.X)
	case *ast.ArrayType:
		return "[]" + typeName(t.Elt)
	case *ast.SelectorExpr:
		return typeName(t.X) + "." + t.Sel.Name
	case *ast.Ident:
		return t.Name
	default:
		return ""
	}
}
