package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/exposure/report"
)

// property is the part of JSON Schema that exposure-audit.schema.json uses.
type property struct {
	Schema      string               `json:"$schema"`
	ID          string               `json:"$id"`
	Title       string               `json:"title"`
	Description string               `json:"description"`
	Type        string               `json:"type"`
	Format      string               `json:"format"`
	Const       string               `json:"const"`
	Enum        []string             `json:"enum"`
	Required    []string             `json:"required"`
	Properties  map[string]*property `json:"properties"`
	Items       *property            `json:"items"`
	// Values is false where nothing else is allowed, or what the values of a map are.
	Values json.RawMessage `json:"additionalProperties"`
}

func schema(t *testing.T, name string) *property {
	t.Helper()
	raw, err := os.ReadFile("../../docs/schema/" + name + ".schema.json")
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	var p property
	if err := d.Decode(&p); err != nil {
		t.Fatal(err)
	}
	return &p
}

// values is the schema of a map's values, nil for a structure.
func (p *property) values() *property {
	var v property
	if json.Unmarshal(p.Values, &v) != nil {
		return nil
	}
	return &v
}

// faults lists where a value leaves the schema.
func (p *property) faults(at string, value any) (out []string) {
	bad := func() []string { return append(out, fmt.Sprintf("%s: %v", at, value)) }
	switch v := value.(type) {
	case string:
		_, err := time.Parse(time.RFC3339, v)
		if p.Type != "string" || p.Const != "" && v != p.Const || len(p.Enum) > 0 && !slices.Contains(p.Enum, v) || p.Format == "date-time" && err != nil {
			return bad()
		}
	case float64:
		if p.Type != "integer" || v != float64(int64(v)) {
			return bad()
		}
	case bool:
		if p.Type != "boolean" {
			return bad()
		}
	case []any:
		if p.Type != "array" {
			return bad()
		}
		for i, each := range v {
			out = append(out, p.Items.faults(fmt.Sprintf("%s[%d]", at, i), each)...)
		}
	case map[string]any:
		for _, name := range p.Required {
			if _, ok := v[name]; !ok {
				out = append(out, at+" lacks "+name)
			}
		}
		for name, each := range v {
			inner := p.Properties[name]
			if inner == nil {
				inner = p.values()
			}
			if inner == nil {
				out = append(out, at+" has "+name)
				continue
			}
			out = append(out, inner.faults(at+"."+name, each)...)
		}
	default:
		return bad()
	}
	return out
}

func TestReportFollowsItsSchema(t *testing.T) {
	p := schema(t, "exposure-audit")
	r := full(t, "fr")
	r.Findings[0].Accepted = &report.Acceptance{Finding: r.Findings[0].ID, Author: "a", Reason: "b", Until: day}
	var b bytes.Buffer
	if err := report.WriteJSON(&b, r); err != nil {
		t.Fatal(err)
	}
	check := func(text string) []string {
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		return p.faults("report", v)
	}
	for _, fault := range check(b.String()) {
		t.Error(fault)
	}
	for old, changed := range map[string]string{`"severity": "major"`: `"severity": "grave"`, `"days": 50`: `"days": "50"`, `"as_of"`: `"as_off"`, `"partial": false`: `"partial": null`, `"hygie-exposure-audit/1"`: `"x"`} {
		text := strings.Replace(b.String(), old, changed, 1)
		if text == b.String() {
			t.Errorf("the report has no %s", old)
		}
		if len(check(text)) == 0 {
			t.Errorf("the schema accepts %s", changed)
		}
	}
}

func TestChecksFollowTheirSchema(t *testing.T) {
	list, err := report.Checks("fr")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	for _, fault := range schema(t, "exposure-check-list").faults("checks", v) {
		t.Error(fault)
	}
}

// Each field of the report is described, and nothing else is.
func TestSchemaIsWhole(t *testing.T) {
	var walk func(p *property, typ reflect.Type, at string)
	walk = func(p *property, typ reflect.Type, at string) {
		if p == nil || p.Description == "" {
			t.Errorf("%s is not described", at)
			return
		}
		switch {
		case typ.Kind() == reflect.Pointer:
			walk(p, typ.Elem(), at)
		case typ.Kind() == reflect.Slice:
			walk(p.Items, typ.Elem(), at+"[]")
		case typ.Kind() == reflect.Map:
			walk(p.values(), typ.Elem(), at+"{}")
		case typ.Kind() == reflect.Struct && typ != reflect.TypeFor[time.Time]() && typ != reflect.TypeFor[netip.Addr]():
			var known []string
			for i := range typ.NumField() {
				name, option, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
				known = append(known, name)
				walk(p.Properties[name], typ.Field(i).Type, at+"."+name)
				if slices.Contains(p.Required, name) != (option == "") {
					t.Errorf("%s.%s: required in the schema is %v", at, name, option != "")
				}
			}
			for name := range p.Properties {
				if !slices.Contains(known, name) {
					t.Errorf("%s.%s is in the schema and not in the report", at, name)
				}
			}
		}
	}
	walk(schema(t, "exposure-audit"), reflect.TypeFor[report.Report](), "report")
	walk(schema(t, "exposure-check-list"), reflect.TypeFor[[]report.CheckText](), "checks")
}
