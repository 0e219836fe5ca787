package report_test

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/exposure/perimeter"
	"hygie/exposure/report"
	"hygie/exposure/schematest"
)

func TestReportFollowsItsSchema(t *testing.T) {
	p := schematest.Load(t, "exposure-audit")
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
		return p.Faults("report", v)
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
	for _, fault := range schematest.Load(t, "exposure-check-list").Faults("checks", v) {
		t.Error(fault)
	}
}

// Each field of the report is described, and nothing else is.
func TestSchemaIsWhole(t *testing.T) {
	var walk func(p *schematest.Schema, typ reflect.Type, at string)
	walk = func(p *schematest.Schema, typ reflect.Type, at string) {
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
			walk(p.MapValues(), typ.Elem(), at+"{}")
		case typ.Kind() == reflect.Struct && typ != reflect.TypeFor[time.Time]() && typ != reflect.TypeFor[netip.Addr]() && typ != reflect.TypeFor[perimeter.Day]():
			var known []string
			for i := range typ.NumField() {
				if !typ.Field(i).IsExported() {
					continue
				}
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
	walk(schematest.Load(t, "exposure-audit"), reflect.TypeFor[report.Report](), "report")
	walk(schematest.Load(t, "exposure-check-list"), reflect.TypeFor[[]report.CheckText](), "checks")
}
