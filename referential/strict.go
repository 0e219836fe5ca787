package referential

import (
	"fmt"
	"regexp"
	"slices"
)

// Decode reads a YAML file of another sort, such as a funding call, with the care of a package: the same limits, no unknown key, each fault with
// its place ([Problems]). The outermost mapping is called name in messages. Watch, which may be nil, is told of each key that is asked for.
func Decode(file string, data []byte, name string, watch func(name, key string), read func(*Object)) error {
	faults := &problems{file: file}
	r := &reader{problems: faults, watch: watch}
	if root := parse(faults, data); root != nil {
		r.open(name, root, read)
	}
	return faults.err()
}

// open reads one mapping and reports the keys that nobody asked for.
func (r *reader) open(name string, n *node, read func(*Object)) {
	if in := r.object(name, n); in != nil {
		read(&Object{in: in, r: r})
		in.done()
	}
}

// Object is a mapping that is being read with [Decode]. Each method reads one key, reports what is wrong with it, and then gives the zero value.
type Object struct {
	in *object
	r  *reader
}

// Place is where something stands in a file; lines and columns count from 1.
type Place struct{ Line, Column int }

// Place tells where the mapping begins.
func (o *Object) Place() Place { return Place{o.in.node.line, o.in.node.column} }

// Fault reports something wrong with a key, or with the whole mapping when there is no such key.
func (o *Object) Fault(key, format string, args ...any) {
	n := o.in.node
	if i := slices.IndexFunc(n.pairs, func(e entry) bool { return e.key.text == key }); i >= 0 {
		n = n.pairs[i].value
	}
	o.r.add(n, "%s: %s", o.in.name, fmt.Sprintf(format, args...))
}

// FaultAt reports something wrong at a place that was read before.
func (o *Object) FaultAt(at Place, format string, args ...any) {
	o.r.add(&node{line: at.Line, column: at.Column}, format, args...)
}

// Has tells whether a key is there.
func (o *Object) Has(key string) bool { return o.in.get(key) != nil }

// Words reads a text.
func (o *Object) Words(key string, required bool) string { return o.in.words(key, required) }

// Text reads a text in both languages.
func (o *Object) Text(key string, required bool) Text { return o.in.bilingual(o.r, key, required) }

// ID reads the name of a file, small letters, digits and hyphens.
func (o *Object) ID(key string) string { return o.r.code(o.in, key, idForm) }

// Version reads a version such as "1.2".
func (o *Object) Version(key string) string { return o.r.code(o.in, key, versionForm) }

// Code reads a code of letters, digits, points, hyphens and underscores; empty when there is none and none is required.
func (o *Object) Code(key string, required bool) string {
	if !required && !o.Has(key) {
		return ""
	}
	return o.r.code(o.in, key, codeForm)
}

// Codes reads a list of texts, each once.
func (o *Object) Codes(key string, required bool) []string { return o.in.codes(key, required) }

// Yes reads a yes or no, no when there is none.
func (o *Object) Yes(key string) bool { return o.in.yes(key) }

// Whole reads a whole number between bounds; ok is false when there is none.
func (o *Object) Whole(key string, low, high int) (n int, ok bool) {
	number, ok := o.in.number(key, float64(low), float64(high))
	if ok && number != float64(int(number)) {
		o.Fault(key, "%s must be a whole number", key)
		return 0, false
	}
	return int(number), ok
}

// Source reads where a line comes from, which every line must say.
func (o *Object) Source() Source { return o.r.source(o.in) }

// URL reads an address that begins with https://.
func (o *Object) URL(key string) string {
	s := o.Words(key, false)
	if s != "" && !secure.MatchString(s) {
		o.Fault(key, "%s must begin with https://", key)
	}
	return s
}

var secure = regexp.MustCompile(`^https://[^\s]+$`)

// Choose reads one of some words.
func Choose[T ~string](o *Object, key string, required bool, among ...T) T {
	return choice(o.in, key, required, among...)
}

// Scalar gives a number, a text or a day as it is written; ok is false when the key is absent or holds something else, which is not reported.
func (o *Object) Scalar(key string) (written string, ok bool) {
	n := o.in.get(key)
	if n == nil || n.form != text && n.form != numeric {
		return "", false
	}
	return n.text, true
}

// Mapping tells whether a key holds a mapping.
func (o *Object) Mapping(key string) bool {
	n := o.in.get(key)
	return n != nil && n.form == mapping
}

// With reads the mapping under a key, when it is there.
func (o *Object) With(key, name string, required bool, read func(*Object)) {
	n := o.in.get(key)
	if n == nil {
		if required {
			o.in.need(key)
		}
		return
	}
	o.r.open(name, n, read)
}

// mostItems is how many mappings a list may have, so that looking at each beside each other one stays quick.
const mostItems = 1000

// Each reads the mappings of a list.
func (o *Object) Each(key, name string, required bool, read func(*Object)) {
	items := o.in.items(key, required)
	if len(items) > mostItems {
		o.Fault(key, "%s has %d entries, more than %d", key, len(items), mostItems)
		return
	}
	for _, n := range items {
		o.r.open(name, n, read)
	}
}
