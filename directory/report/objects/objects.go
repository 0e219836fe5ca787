// Package objects holds the objects that a control point found, each with its reasons. A [List] is either that of an audit made here, whose
// entries are put in words when they are asked for, or one that was read back.
package objects

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"

	"hygie/directory/points/reasons"
	"hygie/directory/points/rule"
)

// Object is an object that breaks the rule of a point, and why (docs/schema/directory-audit.schema.json, object). The same object may appear for
// several reasons.
type Object struct {
	DN     string            `json:"dn"`
	SID    string            `json:"sid,omitempty"`
	GUID   string            `json:"guid,omitempty"`
	Reason string            `json:"reason"`
	Code   string            `json:"reason_code"`
	Params map[string]string `json:"reason_params"` // must not be changed: objects share it
	Levels []int             `json:"levels"`
	Status string            `json:"status,omitempty"` // with a comparison: new, persisting, back
}

// List lists the objects of a point, sorted by object (docs/schema/directory-audit.schema.json, object). Those of an audit made here are written down
// one by one when they are asked for: a large domain has hundreds of thousands of them.
type List struct {
	found  *rule.Objects // of an audit made here
	lang   string        // of the sentences of found
	read   []Object      // of a report read back; found is nil
	status []string      // of each object, after a comparison; nil before
}

// FoundBy gives the objects that a point found, with their sentences in a language, "fr" or "en" (docs/schema/directory-audit.schema.json, object).
func FoundBy(found *rule.Objects, lang string) List { return List{found: found, lang: lang} }

// Of gives a list of objects written down already (docs/schema/directory-audit.schema.json, object).
func Of(list ...Object) List { return List{read: list} }

// Len gives the number of objects, one that breaks the rule for two reasons counting twice.
func (o *List) Len() int {
	if o.found != nil {
		return o.found.Len()
	}
	return len(o.read)
}

// All gives every object.
func (o *List) All() iter.Seq[Object] {
	return func(yield func(Object) bool) {
		for _, object := range o.Numbered() {
			if !yield(object) {
				return
			}
		}
	}
}

// sentences bounds the reasons kept in words while a list is gone through: most objects of a point share theirs.
const sentences = 1 << 12

// said is a reason in words.
type said struct {
	text   string
	code   string
	params map[string]string
}

// Numbered gives every object with its place.
func (o *List) Numbered() iter.Seq2[int, Object] {
	return func(yield func(int, Object) bool) {
		known := make(map[uint32]said)
		for i := range o.Len() {
			var out Object
			if o.found == nil {
				out = o.read[i]
			} else {
				out = o.write(i, known)
			}
			out.Status = o.statusOf(i)
			if !yield(i, out) {
				return
			}
		}
	}
}

// write writes down an object of an audit.
func (o *List) write(i int, known map[uint32]said) Object {
	from := o.found.Named(i)
	number := o.found.ReasonNumber(i)
	words, ok := known[number]
	if !ok {
		reason := o.found.At(i).Reason
		words = said{reason.Text(o.lang), reason.Code, make(map[string]string, len(reason.Params))}
		for _, p := range reason.Params {
			words.params[p.Name] = p.Value
		}
		if len(known) >= sentences {
			clear(known)
		}
		known[number] = words
	}
	return Object{
		DN: from.DN, SID: from.SID.String(), GUID: from.GUID, Reason: words.text, Code: words.code, Params: words.params, Levels: from.Levels,
	}
}

// Grouped gives every object once, with all its reasons: the elements of a list are the same object. The list is good until the
// next one.
func (o *List) Grouped() iter.Seq[[]Object] {
	return func(yield func([]Object) bool) {
		var group []Object
		for object := range o.All() {
			if len(group) > 0 && !sameObject(group[0], object) {
				if !yield(group) {
					return
				}
				group = group[:0]
			}
			group = append(group, object)
		}
		if len(group) > 0 {
			yield(group)
		}
	}
}

// Distinct counts the objects, each once.
func (o *List) Distinct() int {
	n := 0
	if o.found == nil {
		for i := range o.read {
			if i == 0 || !sameObject(o.read[i-1], o.read[i]) {
				n++
			}
		}
		return n
	}
	for i := range o.found.Len() {
		if i == 0 || !o.found.Same(i-1, i) {
			n++
		}
	}
	return n
}

// statusOf says what became of object i since an earlier report, "" without a comparison.
func (o *List) statusOf(i int) string {
	switch {
	case o.status != nil:
		return o.status[i]
	case o.found == nil:
		return o.read[i].Status
	}
	return ""
}

// SetStatus says what became of object i since an earlier report.
func (o *List) SetStatus(i int, status string) {
	if o.status == nil {
		o.status = make([]string, o.Len())
		for k := range o.read {
			o.status[k] = o.read[k].Status
		}
	}
	o.status[i] = status
}

// In gives the list with its sentences in a language.
func (o *List) In(lang string) List {
	out := *o
	out.lang = lang
	if o.found == nil {
		out.read = make([]Object, len(o.read))
		for i, object := range o.read {
			object.Reason = sentence(object, lang)
			out.read[i] = object
		}
	}
	return out
}

func sameObject(a, b Object) bool { return a.DN == b.DN && a.SID == b.SID && a.GUID == b.GUID }

// Equal tells whether two lists say the same, wherever they come from.
func (o List) Equal(other List) bool {
	return o.Len() == other.Len() && slices.EqualFunc(slices.Collect(o.All()), slices.Collect(other.All()), func(a, b Object) bool {
		return sameObject(a, b) && a.Reason == b.Reason && a.Code == b.Code && maps.Equal(a.Params, b.Params) && slices.Equal(a.Levels, b.Levels) && a.Status == b.Status
	})
}

// MarshalJSON writes the list as the whole report is written, without the indent.
func (o List) MarshalJSON() ([]byte, error) {
	out := []byte{'['}
	for i, object := range o.Numbered() {
		if i > 0 {
			out = append(out, ',')
		}
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(object); err != nil {
			return nil, fmt.Errorf("write object %d: %w", i, err)
		}
		out = append(out, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
	}
	return append(out, ']'), nil
}

// UnmarshalJSON reads a list.
func (o *List) UnmarshalJSON(text []byte) error {
	*o = List{}
	return json.Unmarshal(text, &o.read)
}

// Group is an object with every reason for which it breaks a rule (docs/schema/directory-audit.schema.json, object).
type Group struct {
	DN, SID, Status string
	Reasons         []string
}

// Gather gathers the reasons of each object, of the first limit ones (docs/schema/directory-audit.schema.json, object).
func Gather(list List, limit int) []Group {
	var out []Group
	for reasons := range list.Grouped() {
		if len(out) == limit {
			break
		}
		g := Group{DN: reasons[0].DN, SID: reasons[0].SID, Status: reasons[0].Status}
		for _, o := range reasons {
			if !slices.Contains(g.Reasons, o.Reason) {
				g.Reasons = append(g.Reasons, o.Reason)
			}
		}
		out = append(out, g)
	}
	return out
}

// sentence gives the reason of an object in a language.
func sentence(o Object, lang string) string { return ReasonText(o.Code, o.Params, o.Reason, lang) }

// ReasonText says a reason in a language from its code and parameters; fallback stands for a reason that has no code
// (docs/schema/directory-audit.schema.json, object).
func ReasonText(code string, params map[string]string, fallback, lang string) string {
	if code == "" {
		return fallback
	}
	return reasons.Of(code, params).Text(lang)
}
