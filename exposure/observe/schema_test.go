package observe_test

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/exposure/observe"
	"hygie/exposure/schematest"
)

// The description of the file of facts is made from the types that are written and from what their comments say, so that it is neither behind
// nor beside them. HYGIE_RECORD=1 writes it.
func TestFactsSchema(t *testing.T) {
	w := &writer{t: t, defs: map[string]*schematest.Schema{}, sources: map[string][]*ast.File{}}
	root := w.structure(reflect.TypeFor[observe.Run]())
	root.Draft, root.ID = "https://json-schema.org/draft/2020-12/schema", "https://hygie.example/schema/exposure-facts.schema.json"
	root.Title = "Facts of an exposure audit"
	root.Description = "What hygie exposure audit --facts writes: what was seen, without opinion. Stable within a major version: fields may be added, never removed or given another meaning."
	root.Properties["format"].Const = observe.Format
	root.Defs = w.defs
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(root); err != nil {
		t.Fatal(err)
	}
	file := "../../docs/schema/exposure-facts.schema.json"
	if os.Getenv("HYGIE_RECORD") != "" {
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(kept, b.Bytes()) {
		t.Errorf("%s is not what the types say: HYGIE_RECORD=1 go test -run FactsSchema ./exposure/observe writes it", file)
	}
}

// writer describes types.
type writer struct {
	t       *testing.T
	defs    map[string]*schematest.Schema
	sources map[string][]*ast.File
}

func (w *writer) of(typ reflect.Type, about string) *schematest.Schema {
	s := &schematest.Schema{Description: about}
	pointer := reflect.PointerTo(typ)
	switch {
	case typ == reflect.TypeFor[time.Time]():
		s.Type, s.Format = "string", "date-time"
	case pointer.Implements(reflect.TypeFor[encoding.TextMarshaler]()), pointer.Implements(reflect.TypeFor[json.Marshaler]()):
		s.Type = "string"
	default:
		w.kind(s, typ)
	}
	return s
}

func (w *writer) kind(s *schematest.Schema, typ reflect.Type) {
	switch typ.Kind() {
	case reflect.Pointer:
		about := s.Description
		*s = *w.of(typ.Elem(), about)
	case reflect.String:
		s.Type = "string"
	case reflect.Bool:
		s.Type = "boolean"
	case reflect.Int, reflect.Int64, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		s.Type = "integer"
	case reflect.Float64:
		s.Type = "number"
	case reflect.Slice:
		if typ.Elem().Kind() == reflect.Uint8 {
			s.Type = "string"
			return
		}
		s.Type, s.Items = "array", w.of(typ.Elem(), "")
	case reflect.Map:
		values, err := json.Marshal(w.of(typ.Elem(), ""))
		if err != nil {
			w.t.Fatal(err)
		}
		s.Type, s.Values = "object", values
	case reflect.Struct:
		name := filepath.Base(typ.PkgPath()) + "." + typ.Name()
		if w.defs[name] == nil {
			w.defs[name] = &schematest.Schema{} // a type may hold itself
			*w.defs[name] = *w.structure(typ)
		}
		s.Ref = "#/$defs/" + name
	default:
		w.t.Fatalf("%s is not described", typ)
	}
}

// structure describes the fields of a struct, those of what it embeds among them.
func (w *writer) structure(typ reflect.Type) *schematest.Schema {
	s := &schematest.Schema{Type: "object", Description: w.comment(typ, ""), Properties: map[string]*schematest.Schema{}, Values: json.RawMessage("false")}
	w.fields(s, typ)
	slices.Sort(s.Required)
	return s
}

func (w *writer) fields(s *schematest.Schema, typ reflect.Type) {
	for i := range typ.NumField() {
		f := typ.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			w.fields(s, f.Type)
		case name != "-" && f.IsExported():
			if name == "" {
				w.t.Errorf("%s.%s has no name in the file", typ, f.Name)
			}
			s.Properties[name] = w.of(f.Type, w.comment(typ, f.Name))
			if options == "" {
				s.Required = append(s.Required, name)
			}
		}
	}
}

// comment is what the source says of a type, or of one of its fields.
func (w *writer) comment(typ reflect.Type, field string) string {
	for _, file := range w.source(typ.PkgPath()) {
		for _, d := range file.Decls {
			group, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, each := range group.Specs {
				spec, ok := each.(*ast.TypeSpec)
				if !ok || spec.Name.Name != typ.Name() {
					continue
				}
				if field == "" {
					return words(group.Doc, spec.Doc)
				}
				if structure, ok := spec.Type.(*ast.StructType); ok {
					return ofField(structure, field)
				}
			}
		}
	}
	return ""
}

func ofField(structure *ast.StructType, field string) string {
	for _, f := range structure.Fields.List {
		if slices.ContainsFunc(f.Names, func(n *ast.Ident) bool { return n.Name == field }) {
			return words(f.Doc, f.Comment)
		}
	}
	return ""
}

func words(groups ...*ast.CommentGroup) string {
	for _, g := range groups {
		if text := strings.Join(strings.Fields(g.Text()), " "); text != "" {
			return text
		}
	}
	return ""
}

// source parses the files of a package of the audit.
func (w *writer) source(path string) []*ast.File {
	rest, ours := strings.CutPrefix(path, "hygie/exposure/")
	if !ours {
		return nil
	}
	if w.sources[path] == nil {
		names, err := filepath.Glob(filepath.Join("..", rest, "*.go"))
		if err != nil {
			w.t.Fatal(err)
		}
		for _, name := range names {
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
			if err != nil {
				w.t.Fatal(fmt.Errorf("read the comments of %s: %w", path, err))
			}
			w.sources[path] = append(w.sources[path], file)
		}
	}
	return w.sources[path]
}
