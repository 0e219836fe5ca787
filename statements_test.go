package hygie_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	statement = regexp.MustCompile(`(?is)^\s*(select|insert into|update|delete from|with)\s`)
	parameter = regexp.MustCompile(`\$(\d+)`)
)

// A statement written in one piece names its parameters $1, $2 … so that each appears first after those before it, and leaves none out. SQLite numbers
// named parameters as they come, so another order would mean other values to a driver that counts.
func TestStatementsNumberTheirParametersInOrder(t *testing.T) {
	found := 0
	for _, file := range goFiles(t, "internal") {
		set := token.NewFileSet()
		tree, err := parser.ParseFile(set, file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || isFormat(call.Fun) {
				return true
			}
			for i, argument := range call.Args {
				text, whole := literal(argument)
				if !whole || !statement.MatchString(text) {
					continue
				}
				found++
				place := set.Position(argument.Pos())
				highest := 0
				for _, match := range parameter.FindAllStringSubmatch(text, -1) {
					number, err := strconv.Atoi(match[1])
					if err != nil || number > highest+1 {
						t.Errorf("%s: $%s comes after $%d", place, match[1], highest)
					}
					highest = max(highest, number)
				}
				if given := len(call.Args) - i - 1; highest != given && !call.Ellipsis.IsValid() {
					t.Errorf("%s: %d parameters in the statement, %d given", place, highest, given)
				}
			}
			return true
		})
	}
	if found < 40 {
		t.Errorf("only %d statements were found: does this test still look at the right thing?", found)
	}
}

// isFormat tells whether a function writes text by a pattern, whose arguments are no parameters.
func isFormat(function ast.Expr) bool {
	selected, ok := function.(*ast.SelectorExpr)
	return ok && strings.HasSuffix(selected.Sel.Name, "f")
}

// literal gives the text of an expression made of string literals alone.
func literal(e ast.Expr) (text string, whole bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil && e.Kind == token.STRING
	case *ast.BinaryExpr:
		left, one := literal(e.X)
		right, two := literal(e.Y)
		return left + right, one && two && e.Op == token.ADD
	}
	return "", false
}

// goFiles lists the Go files below a folder, without tests.
func goFiles(t *testing.T, folder string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
