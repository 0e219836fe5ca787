package ldif

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"hygie/directory/reading"
)

// ranges follows the attributes that a server gave in pieces (MS-ADTS 3.1.1.3.1.3.3): "member;range=0-1499" is followed by
// "member;range=1500-*" only when whoever made the export asked for the rest. What was never asked for is missing without a
// word, and a group that looks complete is the worst thing to audit.
type ranges struct{ open map[string]gap }

// gap is the end of what is known of an attribute.
type gap struct {
	dn, attribute string
	next          int // first value not seen, -1 when the beginning is missing
	line          int
}

// note takes an attribute of an entry. Pieces come in order.
func (r *ranges) note(dn, name string, line int) {
	attribute, first, last, ok := cutRange(name)
	if !ok {
		return
	}
	key := strings.ToLower(dn + "\x00" + attribute)
	known, begun := r.open[key]
	switch {
	case first > 0 && (!begun || known.next != first):
		known = gap{dn, attribute, -1, line}
	case last < 0:
		delete(r.open, key)
		return
	default:
		known = gap{dn, attribute, last + 1, line}
	}
	if r.open == nil {
		r.open = make(map[string]gap)
	}
	r.open[key] = known
}

// gaps lists what is missing, in the order of the file.
func (r *ranges) gaps() []error {
	var list []gap
	for _, g := range r.open {
		list = append(list, g)
	}
	slices.SortFunc(list, func(a, b gap) int {
		return cmp.Or(cmp.Compare(a.line, b.line), strings.Compare(a.attribute, b.attribute), strings.Compare(a.dn, b.dn))
	})
	var out []error
	for _, g := range list {
		if g.next < 0 {
			out = append(out, reading.Cause("ldif_range_middle", "line", g.line, "attribute", clip(g.attribute), "of", clip(g.dn)))
			continue
		}
		out = append(out, reading.Cause("ldif_range_end", "line", g.line, "attribute", clip(g.attribute), "of", clip(g.dn), "count", g.next))
	}
	return out
}

// cutRange splits "member;range=0-1499"; last is -1 for "*". False for an attribute without a range.
func cutRange(name string) (attribute string, first, last int, ok bool) {
	for option := range strings.SplitSeq(name, ";") {
		bounds, found := strings.CutPrefix(strings.ToLower(option), "range=")
		if !found {
			continue
		}
		from, to, _ := strings.Cut(bounds, "-")
		first, err := strconv.Atoi(from)
		if err != nil || first < 0 {
			return "", 0, 0, false
		}
		last := -1
		if to != "*" {
			if last, err = strconv.Atoi(to); err != nil || last < first {
				return "", 0, 0, false
			}
		}
		attribute, _, _ = strings.Cut(name, ";")
		return attribute, first, last, true
	}
	return "", 0, 0, false
}

// plainName drops what the extended form puts before a name: "<GUID=…>;<SID=…>;CN=a" (MS-ADTS 3.1.1.3.4.1.5).
func plainName(dn string) string {
	for strings.HasPrefix(dn, "<") {
		_, rest, found := strings.Cut(dn, ">;")
		if !found {
			return dn
		}
		dn = rest
	}
	return dn
}
