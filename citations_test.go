package hygie_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strings"
	"testing"
)

// citation is a document that defines something: a specification with its section, a control point, a standard, the article of an algorithm, or a page
// of ours. A number alone, or a year alone, is none.
var citation = regexp.MustCompile(`\bMS-[A-Z]+[0-9]?\b|\bRFC [0-9]{3,}|\bANSSI[, ]|\bSARIF 2|\bOpenDocument 1|\bOpenGraph\b|\bX\.[0-9]{3}\b|\bFIPS [0-9]|\bCVE-[0-9]|\bWCAG 2|\bW3C [A-Z]|` +
	`\bWHATWG\b|\bECMA-[0-9]|\bPKWARE APPNOTE\b|\bPOSIX\.1|\bLZ4 Frame Format\b|\bMessagePack specification\b|\bMIT Kerberos, |\bSpecterOps, |\bCertipy, |\bAkamai, |` +
	`\bMicrosoft, [A-Z]|\bProtocol Buffers\b|\b(Dinic|Tarjan|Moore|Peterson|Hanson|Sugiyama|Collet) (19|20)[0-9]{2}|docs/[a-z]+/[a-z0-9-]+\.`)

// page is a citation of a page of ours, perhaps with the beginning of a heading, or the name of a definition of a schema.
var page = regexp.MustCompile(`(docs/[a-z]+/[a-z0-9-]+\.(?:md|schema\.json))(?:, ([A-Za-z]+(?: [a-z]+)*))?`)

// Each exported name of the directory engine says which document defines it: in its own comment or in that of its group; a method may leave it to the
// comment of its type, which says what the methods are about.
func TestDirectoryNamesCiteTheirSource(t *testing.T) {
	checked := 0
	for _, file := range goFiles(t, "directory") {
		set := token.NewFileSet()
		tree, err := parser.ParseFile(set, file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, declared := range tree.Decls {
			for _, d := range exported(declared) {
				checked++
				place := set.Position(d.at)
				if !citation.MatchString(d.comment) {
					t.Errorf("%s: %s cites no document: a specification and its section, a control point, or a page below docs", place, d.name)
				}
				for _, cited := range page.FindAllStringSubmatch(d.comment, -1) {
					if missing := absent(cited[1], cited[2]); missing != "" {
						t.Errorf("%s: %s cites %s, which is not there", place, d.name, missing)
					}
				}
			}
		}
	}
	if checked < 900 {
		t.Errorf("only %d names were found: does this test still look at the right thing?", checked)
	}
}

// named is an exported declaration with what its comments say.
type named struct {
	name, comment string
	at            token.Pos
}

// exported gives the names of a declaration that other packages see, methods left out.
func exported(declared ast.Decl) (out []named) {
	add := func(name *ast.Ident, comments ...*ast.CommentGroup) {
		if !name.IsExported() {
			return
		}
		text := ""
		for _, c := range comments {
			text += " " + strings.Join(strings.Fields(c.Text()), " ")
		}
		out = append(out, named{name.Name, text, name.Pos()})
	}
	switch d := declared.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			add(d.Name, d.Doc)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				add(s.Name, d.Doc, s.Doc, s.Comment)
			case *ast.ValueSpec:
				for _, name := range s.Names {
					add(name, d.Doc, s.Doc, s.Comment)
				}
			}
		}
	}
	return out
}

// absent tells what is missing of a page and of a heading or a definition in it, "" when nothing is.
func absent(path, part string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return path
	}
	text := string(content)
	if part == "" || strings.Contains(text, "\n## "+part) || strings.Contains(text, "\n### "+part) || strings.Contains(text, `"`+part+`": {`) {
		return ""
	}
	return path + ", " + part
}
