package referential

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxLibrary is how many bytes a library of CISO Assistant may have; its largest have a third of it.
const maxLibrary = 8 << 20

// ReadCISO turns a framework library of CISO Assistant (YAML, https://github.com/intuitem/ciso-assistant-community) into a package of
// questions. What has no place in a package is told in notes, for a person to read; what makes the file unreadable is an error with its places.
//
// Nodes of the first depth become axes, of the second objectives, and every assessable node a requirement, wherever it stands. Its questions with
// one answer become questions; without any, compliance itself is asked, by the framework's scores when it has some. Texts in one language only
// stand for both. What [WriteCISO] wrote comes back with its version, its sources and their marks; of other libraries every line is [Derived].
func ReadCISO(file string, data []byte) (*Package, []string, error) {
	faults := &problems{file: file}
	root := parseUpTo(faults, data, maxLibrary)
	l := &library{reader: &reader{problems: faults, used: map[string]*node{}}, taken: map[string]bool{}, asks: map[string]bool{}}
	var p *Package
	if root != nil {
		root.withoutNothing()
		p = l.read(root)
	}
	if err := faults.err(); err != nil {
		return nil, nil, err
	}
	// What was made must be a package like any other.
	text, err := Write(p)
	if err != nil {
		return nil, nil, fmt.Errorf("convert %s: %w", file, err)
	}
	if p, err = Read(file, text); err != nil {
		return nil, nil, fmt.Errorf("convert %s: what it says makes no package: %w", file, err)
	}
	return p, l.notes(), nil
}

// IsCISO tells whether a file is a library of CISO Assistant, by its first keys.
func IsCISO(data []byte) bool {
	root := parseUpTo(&problems{}, data, maxLibrary)
	if root == nil || root.form != mapping {
		return false
	}
	has := func(key string) bool {
		return slices.ContainsFunc(root.pairs, func(e entry) bool { return e.key.text == key })
	}
	return has("urn") && has("objects")
}

// library is a framework library that is being read.
type library struct {
	*reader
	locale string
	name   string
	own    bool    // written by WriteCISO
	low    float64 // scores count from here
	high   float64
	scores []Choice // of the framework, when it has some
	taken  map[string]bool
	asks   map[string]bool

	groupCodes map[string]string // by reference
	refCodes   map[string]string // of measures and threats, by URN
	refTaken   map[string]bool

	remarks                 []*remark
	untranslated, shortened int
}

func (l *library) read(root *node) *Package {
	o := l.object("library", root)
	if o == nil {
		return nil
	}
	objects := l.object("objects", o.need("objects"))
	if objects == nil {
		return nil
	}
	framework := l.framework(objects)
	if framework == nil {
		return nil
	}
	for _, e := range objects.node.pairs {
		switch e.key.text {
		case "framework", "frameworks", "threats", "reference_controls":
		case "requirement_mapping_set", "requirement_mapping_sets":
			l.note(e.key, "%s: written apart, as links between packages", e.key.text)
		default:
			l.note(e.key, "%s: not carried over", cut(e.key.text, 64))
		}
	}
	l.head(o)
	p := &Package{Kind: Guide, Version: l.version(o)}
	p.Title = l.text(o, "name")
	if p.Title.IsZero() {
		l.add(o.node, "library: %q is missing", "name")
	}
	p.Aim = l.text(o, "description")
	p.ID = idOf(words(o.get("ref_id")), words(o.get("urn")))
	p.Source = l.sourceOf(o)
	p.URN = l.urnOf(framework.get("urn"))
	l.scale(p, framework)
	l.groups(p, framework)
	l.catalogue(p, objects)
	if n := framework.get("outcomes_definition"); n != nil {
		l.note(n, "outcomes_definition: not carried over")
	}
	l.tree(p, framework)
	if l.untranslated > 0 {
		l.note(nil, "%d texts are in one language only; the same words stand for both", l.untranslated)
	}
	if l.shortened > 0 {
		l.note(nil, "%d texts were longer than a package may have and are cut", l.shortened)
	}
	return p
}

// head reads in what language a library is, and whose.
func (l *library) head(o *object) {
	l.locale = words(o.get("locale"))
	l.own = words(o.get("packager")) == cisoPackager
	l.name = words(o.get("name"))
}

func (l *library) version(o *object) string {
	n := o.get("version")
	if l.own && n != nil && n.form == numeric {
		return versionOf(n.number)
	}
	return cleanVersion(words(n))
}

// sourceOf says where a library comes from.
func (l *library) sourceOf(o *object) Source {
	if source, ok := l.source(o); ok {
		return source
	}
	return Source{Mark: Derived, Text: l.origin(words(o.get("version")), words(o.get("provider")), words(o.get("copyright")))}
}

// framework finds the framework of a library: the only one, or the first of several.
func (l *library) framework(objects *object) *object {
	if objects.get("frameworks") == nil {
		return l.object("framework", objects.need("framework"))
	}
	all := objects.items("frameworks", true)
	if len(all) == 0 {
		return nil
	}
	for _, n := range all[1:] {
		l.note(n, "of several frameworks only the first is read")
	}
	return l.object("framework", all[0])
}

// origin says where the package comes from.
func (l *library) origin(version, provider, copyright string) Text {
	in := func(library, by, unchecked string) string {
		text := library + " (" + version + ")"
		if provider != "" {
			text += ", " + by + " " + provider
		}
		return cut(strings.TrimSpace(text+". "+unchecked+" "+copyright), longest)
	}
	return Text{FR: in("Bibliothèque CISO Assistant «\u00a0"+l.name+"\u00a0»", "fournie par", "Contenu importé, non relu à sa source."),
		EN: in("CISO Assistant library “"+l.name+"”", "provided by", "Imported, not checked against its source.")}
}

// source reads back what WriteCISO noted of a line: its mark between brackets, then the words of its source.
func (l *library) source(o *object) (Source, bool) {
	if !l.own {
		return Source{}, false
	}
	t := l.text(o, "annotation")
	for _, mark := range []Mark{Sourced, Derived, Unsure, Own} {
		fr, ok := strings.CutPrefix(t.FR, "["+string(mark)+"] ")
		if en, both := strings.CutPrefix(t.EN, "["+string(mark)+"] "); ok && both && fr != "" && en != "" {
			return Source{Mark: mark, Text: Text{FR: fr, EN: en}}, true
		}
	}
	return Source{}, false
}

// words gives a scalar as text, whatever YAML took it for.
func words(n *node) string {
	if n == nil || n.form != text && n.form != numeric && n.form != boolean {
		return ""
	}
	return strings.TrimSpace(n.text)
}

// text gives a text in both languages, from a key and its translations.
func (l *library) text(o *object, key string) Text {
	base := words(o.get(key))
	translated := func(lang string) string {
		all := o.get("translations")
		if all == nil || all.form != mapping {
			return ""
		}
		for _, e := range all.pairs {
			if e.key.text != lang || e.value.form != mapping {
				continue
			}
			for _, one := range e.value.pairs {
				if one.key.text == key {
					return words(one.value)
				}
			}
		}
		return ""
	}
	t := Text{FR: translated("fr"), EN: translated("en")}
	switch l.locale {
	case "fr":
		t.FR = firstOf(base, t.FR)
	case "en":
		t.EN = firstOf(base, t.EN)
	}
	if (t.FR == "" || t.EN == "") && t.FR+base+t.EN != "" {
		l.untranslated++
	}
	t.FR, t.EN = firstOf(t.FR, base, t.EN), firstOf(t.EN, base, t.FR)
	return Text{FR: l.fit(t.FR), EN: l.fit(t.EN)}
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// fit cuts a text to what a package may hold.
func (l *library) fit(s string) string {
	if len(s) > longest {
		l.shortened++
	}
	return cut(s, longest)
}

// cut shortens a text to some bytes, at a character, with an ellipsis.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	s = s[:most-len("…")]
	for s != "" && !utf8.ValidString(s[len(s)-min(len(s), utf8.UTFMax):]) {
		s = s[:len(s)-1]
	}
	return strings.TrimSpace(s) + "…"
}

var (
	notInCode = regexp.MustCompile(`[^A-Za-z0-9._-]+`)
	notInID   = regexp.MustCompile(`[^a-z0-9]+`)
	numbers   = regexp.MustCompile(`^[0-9]{1,9}(\.[0-9]{1,9}){0,2}$`)
)

func cleanVersion(s string) string {
	if numbers.MatchString(s) {
		return s
	}
	return "1"
}

// idOf makes the id of a package from a reference, else from the last part of an URN.
func idOf(ref, urn string) string {
	for _, s := range []string{ref, urn[strings.LastIndex(urn, ":")+1:]} {
		s = strings.Trim(notInID.ReplaceAllString(strings.ToLower(s), "-"), "-")
		if s != "" && s[0] >= '0' && s[0] <= '9' {
			s = "x-" + s
		}
		if s != "" {
			return strings.Trim(s[:min(len(s), 64)], "-")
		}
	}
	return "library"
}

// code makes a code that no other line has, from a reference, else from the last part of an URN.
func (l *library) code(ref, urn string) string {
	code := ""
	for _, s := range []string{ref, urn[strings.LastIndex(urn, ":")+1:], "line"} {
		if code = strings.Trim(notInCode.ReplaceAllString(s, "-"), "-._"); code != "" {
			break
		}
	}
	return free(l.taken, code[:min(len(code), 56)])
}

// question makes the code of a question, which may be a part of the key of a fact.
func (l *library) question(code string) string {
	s := strings.Trim(notInID.ReplaceAllString(strings.ToLower(code), "-"), "-")
	return free(l.asks, firstOf(s[:min(len(s), 56)], "q"))
}

// free gives a code that is not taken yet, with a number behind when need be, and takes it.
func free(taken map[string]bool, code string) string {
	one := code
	for n := 2; taken[one]; n++ {
		one = fmt.Sprintf("%s-%d", code, n)
	}
	taken[one] = true
	return one
}
