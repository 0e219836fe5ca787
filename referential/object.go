package referential

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// object is a mapping that is being read. Each key that is asked for becomes a known key; done reports the others.
type object struct {
	*problems
	name  string // of the sort of object, as in the schema
	node  *node
	known []string
	watch func(name, key string) // for the test that compares with the schema; or nil
}

// object begins to read a mapping; nil when the node is something else, which is reported.
func (r *reader) object(name string, n *node) *object {
	o := &object{problems: r.problems, name: name, node: n, watch: r.watch}
	if n == nil || n.form == broken {
		return nil
	}
	if n.form != mapping {
		r.add(n, "%s must be a mapping, not %s", name, n.form)
		return nil
	}
	seen := make(map[string]bool, len(n.pairs))
	for _, e := range n.pairs {
		if seen[e.key.text] {
			r.add(e.key, "%s: key %q is written twice", name, e.key.text)
		}
		seen[e.key.text] = true
	}
	return o
}

// get gives the value of a key, or nil.
func (o *object) get(key string) *node {
	if !slices.Contains(o.known, key) {
		o.known = append(o.known, key)
	}
	if o.watch != nil {
		o.watch(o.name, key)
	}
	i := slices.IndexFunc(o.node.pairs, func(e entry) bool { return e.key.text == key })
	if i < 0 {
		return nil
	}
	return o.node.pairs[i].value
}

// need is get for a key that must be there.
func (o *object) need(key string) *node {
	n := o.get(key)
	if n == nil {
		o.add(o.node, "%s: %q is missing", o.name, key)
	}
	return n
}

// done reports the keys that nobody asked for.
func (o *object) done() {
	for _, e := range o.node.pairs {
		if !slices.Contains(o.known, e.key.text) {
			o.add(e.key, "%s: unknown key %q; the keys are %s", o.name, e.key.text, strings.Join(o.known, ", "))
		}
	}
}

// is reports a node that has another form than the one wanted.
func (o *object) is(n *node, key string, want form) bool {
	if n == nil || n.form == broken {
		return false
	}
	if n.form != want {
		hint := ""
		if want == text && (n.form == numeric || n.form == boolean) {
			hint = ": write it between quotes"
		}
		o.add(n, "%s: %s must be a %s, not %s%s", o.name, key, want, n.form, hint)
	}
	return n.form == want
}

// longest is how many bytes one text may have.
const longest = 4000

// words reads a text; the empty text when there is none.
func (o *object) words(key string, required bool) string {
	n := o.get(key)
	if n == nil && required {
		o.add(o.node, "%s: %q is missing", o.name, key)
	}
	if !o.is(n, key, text) {
		return ""
	}
	return o.checked(n, key)
}

func (o *object) checked(n *node, key string) string {
	switch {
	case strings.TrimSpace(n.text) == "":
		o.add(n, "%s: %s is empty", o.name, key)
	case len(n.text) > longest:
		o.add(n, "%s: %s has %d bytes, more than %d", o.name, key, len(n.text), longest)
	}
	return n.text
}

// bilingual reads a text in both languages.
func (o *object) bilingual(r *reader, key string, required bool) Text {
	n := o.get(key)
	if n == nil && required {
		o.add(o.node, "%s: %q is missing", o.name, key)
	}
	t := r.object("text", n)
	if t == nil {
		return Text{}
	}
	defer t.done()
	return Text{FR: t.words("fr", true), EN: t.words("en", true)}
}

// day reads a day, YYYY-MM-DD, as midnight UTC.
func (o *object) day(key string) time.Time {
	n := o.get(key)
	if !o.is(n, key, text) {
		return time.Time{}
	}
	return o.dayOf(n, key)
}

func (o *object) dayOf(n *node, key string) time.Time {
	d, err := time.Parse(time.DateOnly, n.text)
	if err != nil {
		o.add(n, "%s: %s must be a day such as 2026-03-31, not %q", o.name, key, n.text)
	}
	return d
}

// number reads a number between bounds; ok is false when there is none.
func (o *object) number(key string, low, high float64) (number float64, ok bool) {
	n := o.get(key)
	if !o.is(n, key, numeric) {
		return 0, false
	}
	if !(n.number >= low && n.number <= high) {
		o.add(n, "%s: %s must lie between %v and %v, not %s", o.name, key, low, high, n.text)
		return 0, false
	}
	return n.number, true
}

// yes reads a yes or no, no when there is none.
func (o *object) yes(key string) bool {
	n := o.get(key)
	return o.is(n, key, boolean) && n.text == "true"
}

// items gives the values of a list.
func (o *object) items(key string, required bool) []*node {
	n := o.get(key)
	if n == nil && required {
		o.add(o.node, "%s: %q is missing", o.name, key)
	}
	if !o.is(n, key, list) {
		return nil
	}
	if len(n.items) == 0 && required {
		o.add(n, "%s: %s is empty", o.name, key)
	}
	return n.items
}

// codes reads a list of texts, each once.
func (o *object) codes(key string, required bool) []string {
	var all []string
	seen := map[string]bool{}
	for _, n := range o.items(key, required) {
		if !o.is(n, key, text) {
			continue
		}
		if seen[n.text] {
			o.add(n, "%s: %s holds %q twice", o.name, key, n.text)
		}
		seen[n.text] = true
		all = append(all, o.checked(n, key))
	}
	return all
}

// choice reads one of some words.
func choice[T ~string](o *object, key string, required bool, among ...T) T {
	n := o.get(key)
	if n == nil && required {
		o.add(o.node, "%s: %q is missing", o.name, key)
	}
	if !o.is(n, key, text) {
		return ""
	}
	if !slices.Contains(among, T(n.text)) {
		o.add(n, "%s: %s must be one of %s, not %q", o.name, key, strings.Trim(fmt.Sprint(among), "[]"), n.text)
		return ""
	}
	return T(n.text)
}
