package referential

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// oscalSchema is the published schema of OSCAL (draft 7 of JSON Schema), as far as catalogs and assessment results need it.
type oscalSchema struct {
	definitions map[string]any
	patterns    map[string]*regexp.Regexp
}

func readOSCALSchema(t *testing.T) (*oscalSchema, any) {
	t.Helper()
	raw, err := os.ReadFile("testdata/oscal-1.1.3.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var root map[string]any
	if err := json.Unmarshal(raw, &root); err != nil {
		t.Fatal(err)
	}
	definitions, _ := root["definitions"].(map[string]any)
	return &oscalSchema{definitions: definitions, patterns: map[string]*regexp.Regexp{}}, root
}

// faultsOf lists where a file leaves the schema.
func (s *oscalSchema) faultsOf(t *testing.T, root any, data []byte) []string {
	t.Helper()
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return s.check(root, v, "")
}

// check follows the keywords of draft 7; one that it does not know is a fault, so that none is thought to be checked.
func (s *oscalSchema) check(schema, v any, at string) (faults []string) {
	m, ok := schema.(map[string]any)
	if !ok {
		return nil
	}
	add := func(format string, args ...any) { faults = append(faults, at+": "+fmt.Sprintf(format, args...)) }
	if ref, ok := m["$ref"].(string); ok { // what stands beside it does not count
		definition := s.definitions[strings.TrimPrefix(ref, "#/definitions/")]
		if definition == nil {
			add("the schema has no %s", ref)
		}
		return s.check(definition, v, at)
	}
	object, _ := v.(map[string]any)
	items, _ := v.([]any)
	word, isText := v.(string)
	properties, _ := m["properties"].(map[string]any)
	for _, key := range slices.Sorted(maps.Keys(m)) {
		switch value := m[key]; key {
		case "$schema", "$id", "$comment", "definitions", "contentEncoding":
		case "type":
			if !hasType(value, v) {
				add("%v is no %v", v, value)
			}
		case "properties":
			for _, name := range slices.Sorted(maps.Keys(properties)) {
				if one, ok := object[name]; ok {
					faults = append(faults, s.check(properties[name], one, at+"/"+name)...)
				}
			}
		case "additionalProperties":
			for _, name := range slices.Sorted(maps.Keys(object)) {
				if properties[name] == nil && value == false {
					add("%s has no place here", name)
				}
			}
		case "required":
			for _, name := range value.([]any) {
				if _, ok := object[name.(string)]; !ok && object != nil {
					add("%s is missing", name)
				}
			}
		case "items":
			for i, one := range items {
				faults = append(faults, s.check(value, one, fmt.Sprintf("%s/%d", at, i))...)
			}
		case "minItems":
			if items != nil && float64(len(items)) < value.(float64) {
				add("%d items", len(items))
			}
		case "minimum":
			if n, ok := v.(float64); ok && n < value.(float64) {
				add("%v is less than %v", n, value)
			}
		case "enum":
			if !slices.ContainsFunc(value.([]any), func(one any) bool { return reflect.DeepEqual(one, v) }) {
				add("%v is none of %v", v, value)
			}
		case "pattern":
			if s.patterns[value.(string)] == nil {
				s.patterns[value.(string)] = regexp.MustCompile(value.(string))
			}
			if isText && !s.patterns[value.(string)].MatchString(word) {
				add("%q is not written as it must", word)
			}
		case "format":
			if isText && !hasFormat(value.(string), word) {
				add("%q is no %s", word, value)
			}
		case "allOf":
			for _, one := range value.([]any) {
				faults = append(faults, s.check(one, v, at)...)
			}
		case "anyOf", "oneOf":
			fits, best := 0, []string(nil)
			for _, one := range value.([]any) {
				wrong := s.check(one, v, at)
				if len(wrong) == 0 {
					fits++
				} else if best == nil || len(at+wrong[0]) > len(at+best[0]) {
					best = wrong
				}
			}
			if fits == 0 {
				faults = append(faults, best...)
			} else if key == "oneOf" && fits > 1 {
				add("%d forms fit", fits)
			}
		default:
			add("the keyword %s is not checked", key)
		}
	}
	return faults
}

func hasType(kind, v any) bool {
	switch v := v.(type) {
	case map[string]any:
		return kind == "object"
	case []any:
		return kind == "array"
	case string:
		return kind == "string" && utf8.ValidString(v)
	case bool:
		return kind == "boolean"
	case float64:
		return kind == "number" || kind == "integer" && v == math.Trunc(v)
	}
	return false
}

func hasFormat(format, s string) bool {
	switch format {
	case "date-time":
		_, err := time.Parse(time.RFC3339, s)
		return err == nil
	case "uri", "uri-reference":
		u, err := url.Parse(s)
		return err == nil && (format != "uri" || u.IsAbs())
	case "email":
		return strings.Count(s, "@") == 1
	}
	return false
}

// shipped reads the packages that come with the program.
func shipped(t *testing.T) []*Package {
	t.Helper()
	entries, err := os.ReadDir("packages")
	if err != nil {
		t.Fatal(err)
	}
	var all []*Package
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".yaml") {
			continue
		}
		data, err := os.ReadFile("packages/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		p, err := Read(e.Name(), data)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) == 0 {
		t.Fatal("no package was read")
	}
	return all
}

// Everything that is written follows the schema that NIST publishes: the catalog of each package, and the results of a structure of which
// nothing is known and of one that answered.
func TestOSCALFollowsItsSchema(t *testing.T) {
	s, root := readOSCALSchema(t)
	at := date("2026-03-31")
	for _, p := range append(shipped(t), asking(t)) {
		var answers []Fact
		for _, q := range p.Questions() {
			answers = append(answers, Fact{Structure: "h1", Key: AnswerKey(p.ID, q.Code), Value: Words(q.Choices[len(answers)%len(q.Choices)].Code), ObservedAt: at, Source: "a"})
		}
		for _, lang := range []Lang{French, English} {
			catalog, err := WriteCatalog(p, lang, at)
			if err != nil {
				t.Fatal(err)
			}
			for _, fault := range s.faultsOf(t, root, catalog) {
				t.Errorf("%s, catalog in %s: %s", p.ID, lang, fault)
			}
			for _, facts := range [][]Fact{nil, answers} {
				results, err := WriteResults(p, p.Evaluate(World{Subject: Subject{Structure: "h1"}, Facts: facts}, at), lang, nil)
				if err != nil {
					t.Fatal(err)
				}
				for _, fault := range s.faultsOf(t, root, results) {
					t.Errorf("%s, results in %s: %s", p.ID, lang, fault)
				}
			}
		}
	}
}

// The checker itself refuses what the schema refuses.
func TestOSCALSchemaRefuses(t *testing.T) {
	s, root := readOSCALSchema(t)
	sound, err := WriteCatalog(asking(t), French, date("2026-03-31"))
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{{`"version": `, `"number": `}, {`"id": "r_`, `"id": "1_`}, {`"uuid": "`, `"uuid": "x`}, {`"last-modified": "2026-03-31`, `"last-modified": "2026-02-30`},
		{`"name": "label"`, `"name": "two words"`}, {`"value": "`, `"value": " `}, {`"title": "`, `"title": 3, "more": "`}, {`"catalog": {`, `"profile": {`}} {
		broken := strings.Replace(string(sound), change[0], change[1], 1)
		if broken == string(sound) {
			t.Errorf("%s is not in a catalog", change[0])
		} else if len(s.faultsOf(t, root, []byte(broken))) == 0 {
			t.Errorf("accepts %s", change[1])
		}
	}
}
