package wiretest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
)

// Constant is a string or a number that a package gives a name.
type Constant struct {
	Name, Type string // Type is "" where none is written
	Value      string
}

// Constants are those of the Go files in a folder, but for tests, whose values are written out. Errors: a file can't be read.
func Constants(dir string) ([]Constant, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	var all []Constant
	for _, name := range files {
		if test, _ := filepath.Match("*_test.go", filepath.Base(name)); test {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("constants: %w", err)
		}
		for _, decl := range file.Decls {
			if g, ok := decl.(*ast.GenDecl); ok && g.Tok == token.CONST {
				all = append(all, constants(g)...)
			}
		}
	}
	return all, nil
}

func constants(g *ast.GenDecl) []Constant {
	var found []Constant
	for _, s := range g.Specs {
		spec, ok := s.(*ast.ValueSpec)
		if !ok {
			continue
		}
		typ, _ := spec.Type.(*ast.Ident)
		for i, v := range spec.Values {
			lit, ok := v.(*ast.BasicLit)
			if !ok {
				continue
			}
			c := Constant{Name: spec.Names[i].Name, Value: lit.Value}
			if typ != nil {
				c.Type = typ.Name
			}
			if text, err := strconv.Unquote(lit.Value); err == nil {
				c.Value = text
			}
			found = append(found, c)
		}
	}
	return found
}
