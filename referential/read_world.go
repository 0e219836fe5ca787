package referential

import (
	"slices"
	"time"
)

// maxFacts is how many bytes a file of facts may have.
const maxFacts = 32 << 20

// ReadWorld reads what is known of a structure, to judge it by a package: JSON, or YAML without anchors. The forms of values are those that the
// package declares. Days without an hour begin in the zone; nil is UTC. The error holds all faults with their places ([Problems]).
//
//	{"subject": {"structure": "h1", "category": "private"},
//	 "facts": [{"key": "directory.level", "value": 2, "observed_at": "2026-03-03"}],
//	 "documents": [{"kind": "convergence-plan", "from": "2026-01-01", "deposited_at": "2026-01-05"}],
//	 "parameters": {"directory-level": 2}}
func ReadWorld(file string, data []byte, p *Package, zone *time.Location) (World, error) {
	if zone == nil {
		zone = time.UTC
	}
	faults := &problems{file: file}
	r := &worldReader{reader: &reader{problems: faults, pkg: p}, zone: zone}
	w := World{Zone: zone}
	if root := parseUpTo(faults, untabbed(data), maxFacts); root != nil {
		r.world(&w, root)
	}
	return w, faults.err()
}

// untabbed puts spaces for the tabs at the beginning of lines, which JSON allows and YAML does not. A text of JSON cannot hold a line end, so
// none is changed.
func untabbed(data []byte) []byte {
	out := slices.Clone(data)
	beginning := true
	for i, b := range out {
		switch {
		case beginning && b == '\t':
			out[i] = ' '
		case b == '\n' || b == '\r':
			beginning = true
		case b != ' ':
			beginning = false
		}
	}
	return out
}

type worldReader struct {
	*reader
	zone *time.Location
}

func (r *worldReader) world(w *World, n *node) {
	o := r.object("facts file", n)
	if o == nil {
		return
	}
	defer o.done()
	if s := r.object("subject", o.need("subject")); s != nil {
		w.Subject = r.subject(s)
	}
	for _, n := range o.items("facts", false) {
		if f := r.object("fact", n); f != nil {
			w.Facts = append(w.Facts, r.fact(f, w.Subject.Structure))
			f.done()
		}
	}
	for _, n := range o.items("documents", false) {
		if d := r.object("document", n); d != nil {
			w.Documents = append(w.Documents, r.document(d, w.Subject.Structure))
			d.done()
		}
	}
	n = o.get("parameters")
	if n == nil || !o.is(n, "parameters", mapping) {
		return
	}
	w.Parameters = map[string]Value{}
	for _, e := range n.pairs {
		i := slices.IndexFunc(r.pkg.Parameters, func(p Parameter) bool { return p.Code == e.key.text })
		if i < 0 {
			r.add(e.key, "package %s has no parameter %q", r.pkg.ID, e.key.text)
			continue
		}
		w.Parameters[e.key.text] = r.literal(o, e.value, e.key.text, r.pkg.Parameters[i].Kind)
	}
}

func (r *worldReader) subject(o *object) Subject {
	defer o.done()
	s := Subject{Structure: o.words("structure", true), Category: o.words("category", false), Kind: o.words("kind", false), IsGroup: o.yes("is_group"), Group: o.words("group", false)}
	for _, n := range o.items("members", false) {
		m := r.object("member", n)
		if m == nil {
			continue
		}
		weight, _ := m.number("weight", 0, 1e12)
		s.Members = append(s.Members, Member{Structure: m.words("structure", true), Name: m.words("name", false), Category: m.words("category", false), Weight: weight})
		m.done()
	}
	return s
}

// moment reads a day or a moment.
func (r *worldReader) moment(o *object, key string, required bool) time.Time {
	s := o.words(key, required)
	if s == "" {
		return time.Time{}
	}
	if day, err := time.ParseInLocation(time.DateOnly, s, r.zone); err == nil {
		return day
	}
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		r.add(o.get(key), "%s: %s must be a day such as 2026-03-31 or a moment such as 2026-03-31T08:00:00Z, not %q", o.name, key, s)
	}
	return at
}

func (r *worldReader) fact(o *object, subject string) Fact {
	f := Fact{Structure: firstOf(o.words("structure", false), subject), Key: o.words("key", true), ObservedAt: r.moment(o, "observed_at", true),
		Source: firstOf(o.words("source", false), "file"), Evidence: o.words("evidence", false)}
	n := o.need("value")
	if n == nil || n.form == broken {
		return f
	}
	kind := map[form]ValueKind{numeric: NumberKind, boolean: BoolKind, text: TextKind}[n.form]
	if i := slices.IndexFunc(r.pkg.Facts, func(k FactKind) bool { return Matches(k.Key, f.Key) }); i >= 0 {
		kind = r.pkg.Facts[i].Kind
	}
	if kind == DateKind {
		f.Value = Date(r.moment(o, "value", true))
		return f
	}
	if kind == "" {
		r.add(n, "fact: value must be a text, a number or a yes or no, not %s", n.form)
		return f
	}
	f.Value = r.literal(o, n, "value", kind)
	return f
}

func (r *worldReader) document(o *object, subject string) Document {
	return Document{Structure: firstOf(o.words("structure", false), subject), ID: firstOf(o.words("id", false), o.words("kind", true)), Kind: o.words("kind", true),
		From: r.moment(o, "from", false), Until: r.moment(o, "until", false), DepositedAt: r.moment(o, "deposited_at", true), SignerRole: o.words("signer_role", false)}
}
