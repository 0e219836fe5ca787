// Package schematest checks what is written against the descriptions in docs/schema; for tests only.
package schematest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Schema is the part of JSON Schema (draft 2020-12) that the descriptions of exposure audits use.
type Schema struct {
	Draft       string             `json:"$schema,omitempty"`
	ID          string             `json:"$id,omitempty"`
	Ref         string             `json:"$ref,omitempty"`
	Title       string             `json:"title,omitempty"`
	Description string             `json:"description,omitempty"`
	Type        string             `json:"type,omitempty"`
	Format      string             `json:"format,omitempty"`
	Const       string             `json:"const,omitempty"`
	Enum        []string           `json:"enum,omitempty"`
	Required    []string           `json:"required,omitempty"`
	Properties  map[string]*Schema `json:"properties,omitempty"`
	Items       *Schema            `json:"items,omitempty"`
	Defs        map[string]*Schema `json:"$defs,omitempty"`
	// Values is false where nothing else is allowed, or what the values of a map are.
	Values json.RawMessage `json:"additionalProperties,omitempty"`
}

// Load reads docs/schema/NAME.schema.json, wherever in the module the test stands.
func Load(t testing.TB, name string) *Schema {
	t.Helper()
	file := filepath.Join("docs", "schema", name+".schema.json")
	for range 4 {
		if _, err := os.Stat(file); err == nil {
			break
		}
		file = filepath.Join("..", file)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	var p Schema
	if err := d.Decode(&p); err != nil {
		t.Fatal(err)
	}
	return &p
}

// MapValues is the schema of a map's values, nil for a structure.
func (p *Schema) MapValues() *Schema {
	var v Schema
	if json.Unmarshal(p.Values, &v) != nil {
		return nil
	}
	return &v
}

// Faults lists where a value, as package json reads it, leaves the schema.
func (p *Schema) Faults(at string, value any) []string { return p.faults(p, at, value) }

// Check fails a test with every place where a text of JSON leaves the schema.
func (p *Schema) Check(t testing.TB, text []byte) {
	t.Helper()
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	for _, fault := range p.Faults("file", v) {
		t.Error(fault)
	}
}

// faults follows references to the definitions of root. A schema without a type takes anything.
func (p *Schema) faults(root *Schema, at string, value any) (out []string) {
	if name, isRef := strings.CutPrefix(p.Ref, "#/$defs/"); isRef {
		if root.Defs[name] == nil {
			return []string{at + ": no definition of " + name}
		}
		return root.Defs[name].faults(root, at, value)
	}
	if p.Type == "" {
		return nil
	}
	switch v := value.(type) {
	case []any:
		if p.Type != "array" {
			break
		}
		for i, each := range v {
			out = append(out, p.Items.faults(root, fmt.Sprintf("%s[%d]", at, i), each)...)
		}
		return out
	case map[string]any:
		if p.Type != "object" {
			break
		}
		return p.members(root, at, v)
	default:
		if p.takes(value) {
			return nil
		}
	}
	return []string{fmt.Sprintf("%s: %v", at, value)}
}

// takes tells whether a value that holds no others fits.
func (p *Schema) takes(value any) bool {
	switch v := value.(type) {
	case string:
		_, err := time.Parse(time.RFC3339, v)
		return p.Type == "string" && (p.Const == "" || v == p.Const) && (len(p.Enum) == 0 || slices.Contains(p.Enum, v)) && (p.Format != "date-time" || err == nil)
	case float64:
		return p.Type == "number" || p.Type == "integer" && v == float64(int64(v))
	case bool:
		return p.Type == "boolean"
	default:
		return false
	}
}

func (p *Schema) members(root *Schema, at string, v map[string]any) (out []string) {
	for _, name := range p.Required {
		if _, ok := v[name]; !ok {
			out = append(out, at+" lacks "+name)
		}
	}
	for name, each := range v {
		inner := p.Properties[name]
		if inner == nil {
			inner = p.MapValues()
		}
		if inner == nil {
			out = append(out, at+" has "+name)
			continue
		}
		out = append(out, inner.faults(root, at+"."+name, each)...)
	}
	slices.Sort(out)
	return out
}
