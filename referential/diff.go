package referential

import (
	"encoding/json"
	"slices"

	"github.com/goccy/go-yaml"
)

// ChangeKind says what happened to a line between two versions of a package.
type ChangeKind string

// The kinds of change.
const (
	LineAdded   ChangeKind = "added"
	LineRemoved ChangeKind = "removed"
	LineChanged ChangeKind = "changed"
)

// Change is one line of a package that is not the same in two versions.
type Change struct {
	Kind   ChangeKind    `json:"kind"`
	What   string        `json:"what"` // package, axis, objective, requirement, criterion, question, parameter, fact, document, milestone, category, role, answer set, respondent, group, reference
	Code   string        `json:"code"`
	Title  Text          `json:"title,omitzero"` // in the newer version, when it is there
	Fields []FieldChange `json:"fields,omitempty"`
	Review bool          `json:"review"` // what was answered or shown for this line may not hold any more
}

// FieldChange is one key of a line with both values as JSON; empty when the line had no such key. "under" is the line that holds it.
type FieldChange struct {
	Name string `json:"name"`
	Old  string `json:"old,omitempty"`
	New  string `json:"new,omitempty"`
}

// flatLine is one line of a package without those inside it.
type flatLine struct {
	what, code string
	title      Text
	fields     []FieldChange // New holds the value
}

// inside are the keys under which a line holds others, with what these are.
func inside() map[string]string {
	return map[string]string{"axes": "axis", "objectives": "objective", "requirements": "requirement", "criteria": "criterion", "questions": "question",
		"parameters": "parameter", "facts": "fact", "documents": "document", "milestones": "milestone", "categories": "category", "roles": "role",
		"answers": "answer set", "respondents": "respondent", "groups": "group", "references": "reference"}
}

// reviewed are the keys whose change may make an earlier answer or proof wrong; words of help do not.
func reviewed() []string {
	return []string{"title", "text", "choices", "criteria", "rule", "advice", "evidence", "value", "covers", "kind", "scale", "min", "max", "one_of", "date", "valid", "ineligible"}
}

// Diff lists what differs between two versions of a package, in the order of the newer one, then what it has no more. Lines are known by what
// they are and their code: a line with another code is another line.
func Diff(older, newer *Package) []Change {
	before, after := flatten(older), flatten(newer)
	was, is := firstOfEach(before), firstOfEach(after)
	var changes []Change
	for _, line := range after {
		i, old := was[line.key()]
		if !old {
			changes = append(changes, Change{Kind: LineAdded, What: line.what, Code: line.code, Title: line.title, Review: line.what == "requirement" || line.what == "question"})
			continue
		}
		if fields := differing(before[i].fields, line.fields); len(fields) > 0 {
			review := slices.ContainsFunc(fields, func(f FieldChange) bool { return slices.Contains(reviewed(), f.Name) })
			changes = append(changes, Change{Kind: LineChanged, What: line.what, Code: line.code, Title: line.title, Fields: fields, Review: review && line.what != "package"})
		}
	}
	for _, line := range before {
		if _, still := is[line.key()]; !still {
			changes = append(changes, Change{Kind: LineRemoved, What: line.what, Code: line.code, Title: line.title})
		}
	}
	return changes
}

func (l flatLine) key() [2]string { return [2]string{l.what, l.code} }

// firstOfEach tells where each line first stands.
func firstOfEach(lines []flatLine) map[[2]string]int {
	at := make(map[[2]string]int, len(lines))
	for i, l := range lines {
		if _, twice := at[l.key()]; !twice {
			at[l.key()] = i
		}
	}
	return at
}

func differing(before, after []FieldChange) []FieldChange {
	var all []FieldChange
	for _, f := range after {
		old := ""
		if i := slices.IndexFunc(before, func(b FieldChange) bool { return b.Name == f.Name }); i >= 0 {
			old = before[i].New
		}
		if old != f.New {
			all = append(all, FieldChange{Name: f.Name, Old: old, New: f.New})
		}
	}
	for _, b := range before {
		if !slices.ContainsFunc(after, func(f FieldChange) bool { return f.Name == b.Name }) {
			all = append(all, FieldChange{Name: b.Name, Old: b.New})
		}
	}
	return all
}

// flatten lists the lines of a package with their own keys.
func flatten(p *Package) []flatLine {
	p = withChoices(p)
	return flattenLine(nil, yaml.MapSlice(fileOf(p)), "package", p.ID, "")
}

// withChoices writes the choices into each question, so that a change of a shared set shows where it matters.
func withChoices(p *Package) *Package {
	whole := *p
	whole.Axes = slices.Clone(p.Axes)
	for i := range whole.Axes {
		whole.Axes[i].Objectives = slices.Clone(whole.Axes[i].Objectives)
		for j := range whole.Axes[i].Objectives {
			o := &whole.Axes[i].Objectives[j]
			o.Requirements = slices.Clone(o.Requirements)
			for k := range o.Requirements {
				o.Requirements[k].Questions = slices.Clone(o.Requirements[k].Questions)
				for l := range o.Requirements[k].Questions {
					o.Requirements[k].Questions[l].set = ""
				}
			}
		}
	}
	return &whole
}

func flattenLine(all []flatLine, d yaml.MapSlice, what, code, under string) []flatLine {
	at := len(all)
	all = append(all, flatLine{what: what, code: code})
	if under != "" {
		all[at].fields = append(all[at].fields, FieldChange{Name: "under", New: under})
	}
	for _, item := range d {
		key, _ := item.Key.(string)
		list, nested := item.Value.([]yaml.MapSlice)
		child := inside()[key]
		if nested && child != "" {
			for _, one := range list {
				all = flattenLine(all, one, child, codeOf(one), code)
			}
			continue
		}
		if key == "code" || key == "key" || key == "id" {
			continue
		}
		if key == "title" || key == "text" || key == "label" {
			all[at].title = textOf(item.Value)
		}
		all[at].fields = append(all[at].fields, FieldChange{Name: key, New: compact(item.Value)})
	}
	return all
}

func codeOf(d yaml.MapSlice) string {
	for _, item := range d {
		if item.Key == "code" || item.Key == "key" {
			code, _ := item.Value.(string)
			return code
		}
	}
	return ""
}

func textOf(v any) (t Text) {
	d, _ := v.(yaml.MapSlice)
	for _, item := range d {
		words, _ := item.Value.(string)
		if item.Key == "fr" {
			t.FR = words
		} else {
			t.EN = words
		}
	}
	return t
}

// compact writes a value on one line.
func compact(v any) string {
	data, err := json.Marshal(plain(v))
	if err != nil {
		return "" // texts, numbers, lists and mappings always have a JSON form
	}
	return string(data)
}

// plain makes mappings that JSON knows; it sorts their keys.
func plain(v any) any {
	switch v := v.(type) {
	case yaml.MapSlice:
		m := make(map[string]any, len(v))
		for _, item := range v {
			key, _ := item.Key.(string)
			m[key] = plain(item.Value)
		}
		return m
	case []yaml.MapSlice:
		list := make([]any, len(v))
		for i, one := range v {
			list[i] = plain(one)
		}
		return list
	}
	return v
}
