package referential

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// schema is the part of JSON Schema that referential.schema.json uses; other keywords are refused, so that none is thought to be checked.
type schema struct {
	Dialect     string             `json:"$schema"`
	ID          string             `json:"$id"`
	Title       string             `json:"title"`
	Description string             `json:"description"`
	Defs        map[string]*schema `json:"$defs"`
	Ref         string             `json:"$ref"`
	Type        string             `json:"type"`
	Const       *float64           `json:"const"`
	Enum        []string           `json:"enum"`
	Pattern     string             `json:"pattern"`
	MinLength   int                `json:"minLength"`
	MaxLength   int                `json:"maxLength"`
	Minimum     *float64           `json:"minimum"`
	Maximum     *float64           `json:"maximum"`
	Items       *schema            `json:"items"`
	MinItems    int                `json:"minItems"`
	Properties  map[string]*schema `json:"properties"`
	Required    []string           `json:"required"`
	Additional  *bool              `json:"additionalProperties"`
	MinProps    int                `json:"minProperties"`
	MaxProps    int                `json:"maxProperties"`
	AnyOf       []*schema          `json:"anyOf"`
}

func readSchema(t *testing.T) *schema { return schemaOf(t, "referential") }

func schemaOf(t *testing.T, name string) *schema {
	t.Helper()
	raw, err := os.ReadFile("../docs/schema/" + name + ".schema.json")
	if err != nil {
		t.Fatal(err)
	}
	s := &schema{}
	decoder := json.NewDecoder(strings.NewReader(string(raw)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(s); err != nil {
		t.Fatal(err)
	}
	return s
}

// The keys that the reader knows are the keys of the schema, object by object.
func TestSchemaHasTheKeysOfTheReader(t *testing.T) {
	root := readSchema(t)
	known := map[string]map[string]bool{}
	watch := func(name, key string) {
		name = strings.ReplaceAll(name, " ", "-")
		if known[name] == nil {
			known[name] = map[string]bool{}
		}
		known[name][key] = true
	}
	every := vocabulary(t) + "                rule: " + strings.ReplaceAll(everyRule, "\n", "") + "\n"
	every = strings.Replace(every, `version: "1"`, "version: \"1\"\nvalid: {from: 2026-01-01}\nmilestones: [{code: end, title: {fr: fin, en: end}, date: 2026-12-31, source: {mark: own, text: {fr: a, en: a}}}]", 1)
	every = strings.Replace(every, "at_least: 2, ceiling_if", "at_least: {parameter: level}, ceiling_if", 1)
	every = strings.Replace(every, `version: "1"`, "version: \"1\"\nkind: guide\nscale: {max: 3, levels: [{score: 0, title: {fr: a, en: a}, help: {fr: a, en: a}}]}\n"+
		"groups: [{code: small, title: {fr: a, en: a}, help: {fr: a, en: a}, selected: true}]\nurn: 'urn:invented:risk:framework:test'\n"+
		"references: [{code: lamp, kind: control, title: {fr: a, en: a}, help: {fr: a, en: a}, category: process, function: protect, urn: 'urn:invented:lamp', elsewhere: true}]\nrespondents: [{code: it, title: {fr: a, en: a}}]\n"+
		"answers: [{code: three, choices: [{code: full, score: 3, outcome: met, text: {fr: oui, en: 'yes'}}, {code: none, score: 0, outcome: not_met, text: {fr: non, en: 'no'}}]}]", 1)
	every = strings.Replace(every, "            criteria:", "            questions: [{code: q, text: {fr: a, en: a}, help: {fr: a, en: a}, example: {fr: a, en: a}, weight: 2, who: [it], choices: three, "+
		"propose: [{choice: full, rule: {fresh: {fact: run, max_age: 3 months}}}], improve: {text: {fr: a, en: a}}}]\n            criteria:", 1)
	every = strings.Replace(every, "{choose: ", "{answer: {question: q, max_age: 2 years}}, {choose: ", 1)
	if _, err := read("test.yaml", []byte(every), watch); err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{"package": slices.Sorted(maps.Keys(root.Properties))}
	for name, def := range root.Defs {
		want[name] = slices.Sorted(maps.Keys(def.Properties))
	}
	for name, keys := range want {
		if got := slices.Sorted(maps.Keys(known[name])); !slices.Equal(got, keys) {
			t.Errorf("%s: the reader knows %v, the schema %v", name, got, keys)
		}
	}
	for name := range known {
		if want[name] == nil {
			t.Errorf("%s: not in the schema", name)
		}
	}
}

func TestMapSchemaHasTheKeysOfTheReader(t *testing.T) {
	root := schemaOf(t, "referential-map")
	known := map[string]map[string]bool{}
	if _, err := readMap("map.yaml", []byte(mapText), func(name, key string) {
		if known[name] == nil {
			known[name] = map[string]bool{}
		}
		known[name][key] = true
	}); err != nil {
		t.Fatal(err)
	}
	want := map[string]*schema{"map": root}
	maps.Copy(want, root.Defs)
	for name, def := range want {
		if got, keys := slices.Sorted(maps.Keys(known[name])), slices.Sorted(maps.Keys(def.Properties)); !slices.Equal(got, keys) {
			t.Errorf("%s: the reader knows %v, the schema %v", name, got, keys)
		}
	}
}

func TestShippedPackagesFollowTheSchema(t *testing.T) {
	root := readSchema(t)
	entries, err := os.ReadDir("packages")
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".yaml") {
			continue
		}
		data, err := os.ReadFile("packages/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		faults := &problems{file: e.Name()}
		n := parse(faults, data)
		if err := faults.err(); err != nil {
			t.Fatal(err)
		}
		if err := root.check(root, n, "package"); err != nil {
			t.Errorf("%s: %v", e.Name(), err)
		}
		checked++
	}
	if checked == 0 {
		t.Error("no package was checked")
	}
}

// The schema refuses what the reader refuses, where a schema can.
func TestSchemaRefuses(t *testing.T) {
	root := readSchema(t)
	for _, rule := range []string{"{guess: {}}", "{not: {document: {kind: plan}}, all: []}", "{document: {kind: plan, cover: 2026-01-01}}",
		"{document: {}}", "{fresh: {fact: run, max_age: 12}}", "{all: []}", "{count: {fact: run, at_least: 0}}", "{coverage: {members: some, rule: {all: []}}}"} {
		faults := &problems{}
		n := parse(faults, []byte(vocabulary(t)+"                rule: "+rule+"\n"))
		if err := faults.err(); err != nil {
			t.Fatal(err)
		}
		if err := root.check(root, n, "package"); err == nil {
			t.Errorf("accepts %s", rule)
		}
	}
}

// check validates a node.
func (s *schema) check(root *schema, n *node, at string) error {
	if s.Ref != "" {
		def := root.Defs[strings.TrimPrefix(s.Ref, "#/$defs/")]
		if def == nil {
			return fmt.Errorf("%s: the schema has no %s", at, s.Ref)
		}
		return def.check(root, n, at)
	}
	if len(s.AnyOf) > 0 && !slices.ContainsFunc(s.AnyOf, func(one *schema) bool { return one.check(root, n, at) == nil }) {
		return fmt.Errorf("%s: none of the forms fits", at)
	}
	want := map[string]form{"object": mapping, "array": list, "string": text, "number": numeric, "boolean": boolean}[s.Type]
	if s.Type != "" && n.form != want {
		return fmt.Errorf("%s: %s, want %s", at, n.form, s.Type)
	}
	switch {
	case n.form == mapping && s.Type == "object":
		return s.checkMapping(root, n, at)
	case n.form == list && s.Items != nil:
		if len(n.items) < s.MinItems {
			return fmt.Errorf("%s: %d items", at, len(n.items))
		}
		for i, item := range n.items {
			if err := s.Items.check(root, item, fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
	case n.form == numeric:
		if s.Const != nil && n.number != *s.Const || s.Minimum != nil && n.number < *s.Minimum || s.Maximum != nil && n.number > *s.Maximum {
			return fmt.Errorf("%s: %v out of bounds", at, n.number)
		}
	case n.form == text:
		long := s.MaxLength > 0 && len(n.text) > s.MaxLength
		if long || len(n.text) < s.MinLength || s.Enum != nil && !slices.Contains(s.Enum, n.text) || !regexp.MustCompile(s.Pattern).MatchString(n.text) {
			return fmt.Errorf("%s: %q", at, n.text)
		}
	}
	return nil
}

func (s *schema) checkMapping(root *schema, n *node, at string) error {
	if len(n.pairs) < s.MinProps || s.MaxProps > 0 && len(n.pairs) > s.MaxProps {
		return fmt.Errorf("%s: %d keys", at, len(n.pairs))
	}
	have := map[string]bool{}
	for _, e := range n.pairs {
		have[e.key.text] = true
		property := s.Properties[e.key.text]
		if property == nil {
			return fmt.Errorf("%s: no key %s", at, e.key.text)
		}
		if err := property.check(root, e.value, at+"."+e.key.text); err != nil {
			return err
		}
	}
	for _, key := range s.Required {
		if !have[key] {
			return fmt.Errorf("%s: no %s", at, key)
		}
	}
	return nil
}
