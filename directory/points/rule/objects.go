package rule

import (
	"cmp"
	"encoding/binary"
	"iter"
	"math"
	"slices"
	"strings"

	"hygie/directory/model"
	"hygie/directory/points/reasons"
	"hygie/directory/sid"
)

// Object is an object that breaks the rule of a point (docs/schema/directory-audit.schema.json, object). ID is model.None for an object that should
// exist and does not.
type Object struct {
	ID     model.ID
	DN     string
	SID    sid.SID
	GUID   string
	Reason reasons.Reason
	Levels []int // levels that this object fails; must not be changed
}

// Objects lists the objects of a verdict, sorted by object (docs/schema/directory-audit.schema.json, object). A large domain has hundreds of
// thousands of them: the list keeps a few bytes for each, and makes an [Object] when it is asked for. It refers to the directory. The zero value is
// empty.
type Objects struct {
	dir    *model.Directory
	rows   []objectRow
	names  []string // of the objects that are not in the directory
	words  []string // codes and names of parameters, each once
	text   []byte   // reasons, one after the other; see appendReason
	levels [][]int  // lists of levels, each once

	recent  map[string]uint32 // reasons written lately -> place in text; bounded
	scratch []byte
}

// objectRow is an object of the list: 12 bytes.
type objectRow struct {
	id     uint32 // of the object; above the IDs of the directory, absent + the place in names
	reason uint32 // place in text
	levels uint32 // place in levels
}

// absent is where the numbers of names begin, out of the way of the objects.
const absent = 1 << 31

// recentReasons bounds the memory spent on finding reasons that were written before: most objects of a point share theirs.
const recentReasons = 1 << 13

// maxReasonText bounds the reasons of a verdict, far above those of any real domain: a hostile one then has its objects told with the
// kind of their weakness alone, for which the last part of what 32 bits can number is kept.
const maxReasonText = math.MaxUint32 - 1<<28

// Len gives the number of objects.
func (o *Objects) Len() int { return len(o.rows) }

// At gives object i.
func (o *Objects) At(i int) Object {
	out := o.Named(i)
	out.Reason = o.reason(o.rows[i].reason)
	return out
}

// Named gives object i without its reason; see also [Objects.ReasonNumber].
func (o *Objects) Named(i int) Object {
	row := o.rows[i]
	out := Object{ID: model.None, Levels: o.levels[row.levels]}
	if row.id >= absent {
		out.DN = o.names[row.id-absent]
		if text, ok := strings.CutPrefix(out.DN, "<SID="); ok {
			out.SID, _ = sid.Parse(strings.TrimSuffix(text, ">"))
		}
		return out
	}
	out.ID = model.ID(row.id)
	out.DN, out.SID = o.dir.DN(out.ID), o.dir.SID(out.ID)
	if g := o.dir.GUID(out.ID); !g.IsZero() {
		out.GUID = g.String()
	}
	return out
}

// ID gives the number of object i, model.None for one that is not in the directory.
func (o *Objects) ID(i int) model.ID {
	if id := o.rows[i].id; id < absent {
		return model.ID(id)
	}
	return model.None
}

// Same tells whether i and j are two reasons of one object.
func (o *Objects) Same(i, j int) bool { return o.rows[i].id == o.rows[j].id }

// ReasonNumber numbers the reasons: those with one number are the same, so that a sentence need not be made again for each object.
func (o *Objects) ReasonNumber(i int) uint32 { return o.rows[i].reason }

// All gives every object.
func (o *Objects) All() iter.Seq[Object] {
	return func(yield func(Object) bool) {
		for i := range o.rows {
			if !yield(o.At(i)) {
				return
			}
		}
	}
}

// Has tells whether an object is in the list.
func (o *Objects) Has(id model.ID) bool {
	_, found := slices.BinarySearchFunc(o.rows, id, func(r objectRow, id model.ID) int { return cmp.Compare(r.id, uint32(id)) })
	return found
}

// add appends an object of the directory.
func (o *Objects) add(id model.ID, r reasons.Reason, levels []int) {
	o.rows = append(o.rows, objectRow{uint32(id), o.keep(r), o.levelsOf(levels)})
}

// addAbsent appends an object that is not in the directory, by its name.
func (o *Objects) addAbsent(name string, r reasons.Reason, levels []int) {
	at := slices.Index(o.names[max(0, len(o.names)-8):], name) // the same name for several reasons, one after the other
	if at >= 0 {
		at += max(0, len(o.names)-8)
	} else {
		at = len(o.names)
		o.names = append(o.names, name)
	}
	o.rows = append(o.rows, objectRow{absent + uint32(at), o.keep(r), o.levelsOf(levels)})
}

// levelsOf gives the place of a list of levels, sorted.
func (o *Objects) levelsOf(levels []int) uint32 {
	sorted := levels
	if !slices.IsSorted(sorted) {
		sorted = slices.Sorted(slices.Values(levels))
	}
	at := slices.IndexFunc(o.levels, func(known []int) bool { return slices.Equal(known, sorted) })
	if at < 0 {
		at = len(o.levels)
		o.levels = append(o.levels, slices.Clone(sorted))
	}
	return uint32(at)
}

// keep writes a reason, unless it was written lately, and gives its place.
func (o *Objects) keep(r reasons.Reason) uint32 {
	o.scratch = o.appendReason(o.scratch[:0], r)
	if len(o.text)+len(o.scratch) > maxReasonText {
		o.scratch = o.appendReason(o.scratch[:0], reasons.Reason{Code: r.Code})
	}
	if at, ok := o.recent[string(o.scratch)]; ok {
		return at
	}
	if o.recent == nil || len(o.recent) >= recentReasons {
		o.recent = make(map[string]uint32)
	}
	at := uint32(len(o.text))
	o.recent[string(o.scratch)] = at
	o.text = append(o.text, o.scratch...)
	return at
}

// appendReason writes the word of the code, the number of parameters, and for each the word of its name and its value after its
// length. Numbers are uvarints.
func (o *Objects) appendReason(dst []byte, r reasons.Reason) []byte {
	dst = binary.AppendUvarint(dst, o.word(r.Code))
	dst = binary.AppendUvarint(dst, uint64(len(r.Params)))
	for _, p := range r.Params {
		dst = binary.AppendUvarint(dst, o.word(p.Name))
		dst = binary.AppendUvarint(dst, uint64(len(p.Value)))
		dst = append(dst, p.Value...)
	}
	return dst
}

func (o *Objects) word(w string) uint64 {
	at := slices.Index(o.words, w)
	if at < 0 {
		at = len(o.words)
		o.words = append(o.words, w)
	}
	return uint64(at)
}

func (o *Objects) reason(place uint32) reasons.Reason {
	rest := o.text[place:]
	next := func() int {
		n, w := binary.Uvarint(rest)
		rest = rest[w:]
		return int(n)
	}
	r := reasons.Reason{Code: o.words[next()]}
	if n := next(); n > 0 {
		r.Params = make([]reasons.Param, n)
	}
	for i := range r.Params {
		r.Params[i].Name = o.words[next()]
		size := next()
		r.Params[i].Value = string(rest[:size])
		rest = rest[size:]
	}
	return r
}

// Fails tells whether an object of the list fails a level.
func (o *Objects) Fails(level int) bool {
	for at, levels := range o.levels {
		if slices.Contains(levels, level) && slices.ContainsFunc(o.rows, func(r objectRow) bool { return int(r.levels) == at }) {
			return true
		}
	}
	return false
}

// sort orders the list by object, then name, then levels, and drops what only adding needs.
func (o *Objects) sort() {
	name := func(r objectRow) string {
		if r.id < absent {
			return ""
		}
		return o.names[r.id-absent]
	}
	slices.SortStableFunc(o.rows, func(a, b objectRow) int {
		if a.id < absent || b.id < absent {
			if a.id != b.id {
				return cmp.Compare(a.id, b.id)
			}
		} else if order := strings.Compare(name(a), name(b)); order != 0 {
			return order
		}
		if a.levels == b.levels {
			return 0
		}
		return slices.Compare(o.levels[a.levels], o.levels[b.levels])
	})
	o.rows, o.text = slices.Clip(o.rows), slices.Clip(o.text)
	o.recent, o.scratch = nil, nil
}

// distinct drops what was reported twice for the same reason.
func (o *Objects) distinct() {
	said := func(r objectRow) string { return o.reason(r.reason).Text("en") }
	var out []objectRow
	for _, r := range o.rows {
		if !slices.ContainsFunc(out, func(x objectRow) bool { return x.id == r.id && (x.reason == r.reason || said(x) == said(r)) }) {
			out = append(out, r)
		}
	}
	o.rows = out
}
