package referential

import (
	"slices"
	"strings"
)

// ownURN begins the names that hygie gives to what has none; they are made again when it is written.
const ownURN = "urn:hygie:risk:"

// urnOf is the name of a line of a library, unless it is one that hygie gave. CISO Assistant compares names in small letters.
func (l *library) urnOf(n *node) string {
	urn := strings.ToLower(words(n))
	if urn == "" || strings.HasPrefix(urn, ownURN) {
		return ""
	}
	if !urnForm.MatchString(urn) {
		l.note(n, "what is no URN is left out")
		return ""
	}
	return urn
}

// groups reads the implementation groups of a framework.
func (l *library) groups(p *Package, framework *object) {
	l.groupCodes = map[string]string{}
	taken := map[string]bool{}
	for _, n := range framework.items("implementation_groups_definition", false) {
		o := l.object("implementation group", n)
		if o == nil {
			continue
		}
		ref := words(o.get("ref_id"))
		if ref == "" || l.groupCodes[ref] != "" {
			l.note(n, "an implementation group without a reference of its own is left out")
			continue
		}
		selected := o.get("default_selected")
		g := Group{Code: free(taken, codeOfRef(ref, "group")), Title: l.text(o, "name"), Help: l.text(o, "description"), Selected: selected != nil && selected.form == boolean && selected.text == "true"}
		if g.Title.IsZero() {
			g.Title = Text{FR: ref, EN: ref}
		}
		l.groupCodes[ref] = g.Code
		p.Groups = append(p.Groups, g)
	}
}

// codeOfRef makes a code from a reference that people wrote.
func codeOfRef(ref, fallback string) string {
	code := strings.Trim(notInCode.ReplaceAllString(ref, "-"), "-._")
	return firstOf(code[:min(len(code), 56)], fallback)
}

// catalogue reads the measures and threats that the library describes.
func (l *library) catalogue(p *Package, objects *object) {
	l.refCodes, l.refTaken = map[string]string{}, map[string]bool{}
	for _, one := range []struct {
		key  string
		kind ReferenceKind
	}{{"reference_controls", ReferenceControl}, {"threats", ReferenceThreat}} {
		for _, n := range objects.items(one.key, false) {
			o := l.object(string(one.kind), n)
			if o == nil {
				continue
			}
			urn := strings.ToLower(words(o.get("urn")))
			if urn == "" || l.refCodes[urn] != "" {
				l.note(n, "%s: what has no URN of its own is left out", one.key)
				continue
			}
			ref := Reference{Code: free(l.refTaken, codeOfRef(firstOf(words(o.get("ref_id")), lastPart(urn)), string(one.kind))), Kind: one.kind, Title: l.text(o, "name"),
				Help: l.both(l.text(o, "description"), l.text(o, "annotation")), URN: l.urnOf(o.get("urn"))}
			if one.kind == ReferenceControl {
				ref.Category, ref.Function = cut(words(o.get("category")), 64), cut(words(o.get("csf_function")), 64)
			}
			if ref.Title.IsZero() {
				ref.Title = Text{FR: ref.Code, EN: ref.Code}
			}
			l.refCodes[urn] = ref.Code
			p.References = append(p.References, ref)
		}
	}
}

func lastPart(urn string) string { return urn[strings.LastIndex(urn, ":")+1:] }

// both joins two texts as paragraphs.
func (l *library) both(a, b Text) Text {
	return Text{FR: l.fit(paragraphs(a.FR, b.FR)), EN: l.fit(paragraphs(a.EN, b.EN))}
}

// belonging reads the groups of a requirement, and the measures and threats that it names. What another library describes is only named.
func (l *library) belonging(p *Package, r *Requirement, o *object) {
	for _, n := range o.items("implementation_groups", false) {
		code := l.groupCodes[words(n)]
		if code == "" {
			l.note(n, "an implementation group that the framework does not define is left out")
		} else if !slices.Contains(r.Groups, code) {
			r.Groups = append(r.Groups, code)
		}
	}
	for _, one := range []struct {
		key  string
		kind ReferenceKind
	}{{"reference_controls", ReferenceControl}, {"threats", ReferenceThreat}} {
		for _, n := range o.items(one.key, false) {
			urn := strings.ToLower(words(n))
			code := l.refCodes[urn]
			if code == "" {
				if !urnForm.MatchString(urn) {
					l.note(n, "what is no URN is left out")
					continue
				}
				name := cut(lastPart(urn), 200)
				code = free(l.refTaken, codeOfRef(name, string(one.kind)))
				l.refCodes[urn] = code
				p.References = append(p.References, Reference{Code: code, Kind: one.kind, Title: Text{FR: name, EN: name}, URN: urn, Elsewhere: true})
				l.note(n, "%s that another library describes are only named", one.key)
			}
			if !slices.Contains(r.References, code) {
				r.References = append(r.References, code)
			}
		}
	}
}
