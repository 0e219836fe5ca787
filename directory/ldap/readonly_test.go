package ldap

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// Read-only by construction, in four parts: what a caller can call, what can be encoded (TestOnlyReadingCanBeEncoded), which
// operation codes exist in the source, and which packages it is made of. The test server adds a fifth: it fails any test in
// which a writing operation arrives.

func TestClientOffersReadingOnly(t *testing.T) {
	var got []string
	kind := reflect.TypeFor[*Client]()
	for i := range kind.NumMethod() {
		got = append(got, kind.Method(i).Name)
	}
	want := []string{"Alive", "Attempts", "Close", "Method", "Root", "Search", "Security", "Skew", "Warnings"}
	if !slices.Equal(got, want) {
		t.Errorf("methods of Client:\n%v, want\n%v", got, want)
	}
	for i := range reflect.TypeFor[Client]().NumField() {
		if f := reflect.TypeFor[Client]().Field(i); f.IsExported() {
			t.Errorf("field %s of Client lets a caller reach the connection", f.Name)
		}
	}
}

func TestSourceHoldsReadingOnly(t *testing.T) {
	var names []string
	for _, pattern := range []string{"*.go", "message/*.go", "internal/kerberos/*.go"} {
		some, err := filepath.Glob(pattern)
		if err != nil || len(some) == 0 {
			t.Fatal(pattern, err)
		}
		names = append(names, some...)
	}
	operations := map[string]string{}
	functions := 0
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range file.Imports {
			if path := strings.Trim(i.Path.Value, `"`); strings.Contains(path, "ldap") && path != "hygie/directory/ldap/message" && path != "hygie/directory/ldap/internal/kerberos" {
				t.Errorf("%s imports %s, which may know how to write", name, path)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				if id, ok := n.Type.(*ast.Ident); ok && id.Name == "Operation" {
					operations[n.Names[0].Name] = n.Values[0].(*ast.BasicLit).Value
				}
			case *ast.FuncDecl:
				functions++
				for _, verb := range []string{"Add", "Modify", "Delete", "Del", "Rename", "Write", "Put", "Set", "Update", "Create"} {
					if n.Name.IsExported() && strings.HasPrefix(n.Name.Name, verb) && !(n.Name.Name == "Write" && n.Recv != nil) {
						t.Errorf("%s: exported function %s", name, n.Name.Name)
					}
				}
			}
			return true
		})
	}
	want := map[string]string{"OpBind": "0x60", "OpUnbind": "0x42", "OpSearch": "0x63", "OpExtended": "0x77"}
	if !reflect.DeepEqual(operations, want) || functions < 50 {
		t.Errorf("operations %v in %d functions, want %v", operations, functions, want)
	}
}
