package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/directory/report"
	"hygie/directory/report/objects"
	"hygie/directory/report/reporttest"
)

// schema is the part of JSON Schema that directory-audit.schema.json uses. Decoding refuses other keywords, so that the schema
// cannot say something that this test does not check.
type schema struct {
	Schema      string             `json:"$schema"`
	ID          string             `json:"$id"`
	Title       string             `json:"title"`
	Description string             `json:"description"`
	Type        string             `json:"type"`
	Properties  map[string]*schema `json:"properties"`
	Required    []string           `json:"required"`
	Additional  json.RawMessage    `json:"additionalProperties"`
	Items       *schema            `json:"items"`
	Enum        []string           `json:"enum"`
	Const       string             `json:"const"`
	Pattern     string             `json:"pattern"`
	Format      string             `json:"format"`
	Minimum     *float64           `json:"minimum"`
	Maximum     *float64           `json:"maximum"`
	Ref         string             `json:"$ref"`
	Defs        map[string]*schema `json:"$defs"`
}

func readSchema(t *testing.T) *schema {
	t.Helper()
	raw, err := os.ReadFile("../../docs/schema/directory-audit.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	var s schema
	if err := d.Decode(&s); err != nil {
		t.Fatal(err)
	}
	return &s
}

// check gives what is wrong with a value, each fault with its place.
func (s *schema) check(root *schema, at string, v any) []string {
	if s.Ref != "" {
		def, ok := root.Defs[strings.TrimPrefix(s.Ref, "#/$defs/")]
		if !ok {
			return []string{at + ": schema refers to nothing: " + s.Ref}
		}
		return def.check(root, at, v)
	}
	switch v := v.(type) {
	case map[string]any:
		if s.Type != "object" {
			return []string{at + ": an object"}
		}
		return s.checkObject(root, at, v)
	case []any:
		if s.Type != "array" {
			return []string{at + ": an array"}
		}
		var out []string
		for i, each := range v {
			out = append(out, s.Items.check(root, fmt.Sprintf("%s[%d]", at, i), each)...)
		}
		return out
	case string:
		return s.checkString(at, v)
	case float64:
		if s.Type != "integer" || v != float64(int64(v)) || s.Minimum != nil && v < *s.Minimum || s.Maximum != nil && v > *s.Maximum {
			return []string{fmt.Sprintf("%s: %v", at, v)}
		}
	case bool:
		if s.Type != "boolean" {
			return []string{at + ": a boolean"}
		}
	default:
		return []string{fmt.Sprintf("%s: %v", at, v)}
	}
	return nil
}

func (s *schema) checkObject(root *schema, at string, v map[string]any) []string {
	var out []string
	for _, name := range s.Required {
		if _, ok := v[name]; !ok {
			out = append(out, at+": lacks "+name)
		}
	}
	var open *schema
	if len(s.Additional) > 0 && string(s.Additional) != "false" {
		if err := json.Unmarshal(s.Additional, &open); err != nil {
			return []string{at + ": " + err.Error()}
		}
	}
	for name, value := range v {
		property := s.Properties[name]
		if property == nil {
			property = open
		}
		if property == nil {
			out = append(out, at+": has "+name)
			continue
		}
		out = append(out, property.check(root, at+"."+name, value)...)
	}
	return out
}

func (s *schema) checkString(at, v string) []string {
	_, timeErr := time.Parse(time.RFC3339, v)
	switch {
	case s.Type != "string",
		len(s.Enum) > 0 && !slices.Contains(s.Enum, v),
		s.Const != "" && v != s.Const,
		s.Pattern != "" && !regexp.MustCompile(s.Pattern).MatchString(v),
		s.Format == "date-time" && timeErr != nil,
		s.Format == "uri" && !strings.HasPrefix(v, "https://"):
		return []string{fmt.Sprintf("%s: %q", at, v)}
	}
	return nil
}

func TestJSONFollowsItsSchema(t *testing.T) {
	root := readSchema(t)
	var b bytes.Buffer
	if err := report.WriteJSON(&b, reporttest.Compared(t, "fr")); err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(b.Bytes(), &v); err != nil {
		t.Fatal(err)
	}
	for _, fault := range root.check(root, "report", v) {
		t.Error(fault)
	}
	broken := []struct{ name, old, new string }{
		{"level out of range", `"level": 1`, `"level": 9`},
		{"unknown status", `"status": "failed"`, `"status": "maybe"`},
		{"unknown field", `"as_of"`, `"as_off"`},
		{"null list", `"members": []`, `"members": null`},
	}
	for _, tt := range broken {
		text := strings.Replace(b.String(), tt.old, tt.new, 1)
		if err := json.Unmarshal([]byte(text), &v); err != nil || text == b.String() {
			t.Fatalf("%s: not a change to the report (%v)", tt.name, err)
		}
		if len(root.check(root, "report", v)) == 0 {
			t.Errorf("the schema accepts a report with: %s", tt.name)
		}
	}
}

// TestSchemaDescribesEveryField walks the Go types beside the schema: each field is described, and nothing else is.
func TestSchemaDescribesEveryField(t *testing.T) {
	root := readSchema(t)
	var walk func(s *schema, typ reflect.Type, at string)
	walk = func(s *schema, typ reflect.Type, at string) {
		if s.Ref != "" {
			s = root.Defs[strings.TrimPrefix(s.Ref, "#/$defs/")]
		}
		if s == nil {
			t.Errorf("%s: no schema", at)
			return
		}
		switch {
		case typ == reflect.TypeFor[objects.List]():
			walk(s.Items, reflect.TypeFor[objects.Object](), at+"[]")
		case typ.Kind() == reflect.Pointer:
			walk(s, typ.Elem(), at)
		case typ.Kind() == reflect.Slice:
			walk(s.Items, typ.Elem(), at+"[]")
		case typ.Kind() == reflect.Struct && typ != reflect.TypeFor[time.Time]():
			fields := make(map[string]bool)
			for i := range typ.NumField() {
				name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
				fields[name] = true
				if s.Properties[name] == nil {
					t.Errorf("%s.%s is not in the schema", at, name)
					continue
				}
				walk(s.Properties[name], typ.Field(i).Type, at+"."+name)
				optional := strings.Contains(typ.Field(i).Tag.Get("json"), "omitempty")
				if optional == slices.Contains(s.Required, name) {
					t.Errorf("%s.%s: optional in Go is %v, required in the schema is the same", at, name, optional)
				}
			}
			for name := range s.Properties {
				if !fields[name] {
					t.Errorf("%s.%s is in the schema and not in Go", at, name)
				}
			}
		}
	}
	walk(root, reflect.TypeFor[report.Report](), "report")
}
