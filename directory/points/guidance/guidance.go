// Package guidance holds what an engineer needs to understand and mend each of
// the 76 Active Directory control points, in French and in English.
//
// A control point has one [Text]: a plain title, what the weakness is, what it
// could do to care in one sentence for a director, how it is abused, the steps
// in order, the exact commands, how to verify, how to go back, and how much
// work and risk it is. The warnings and informations, which never change the
// level of a directory, have the shorter [Note].
//
// The texts are data: one TOML file per family and language under fr/ and en/,
// compiled into the program. To correct a text, edit both files; the tests
// refuse a point that exists in one language only, an empty field, a key that
// is not known or a text left untranslated.
//
// Commands are written for Windows PowerShell with the RSAT tools and the
// ActiveDirectory module, line by line so that they can be pasted. The first
// line is always the comment [ReadMark]: what follows it changes nothing.
// What changes the directory stands after the comment [ChangeMark], never
// before. Words between < and > are to be replaced. Groups are addressed by
// their SID or RID because their names depend on the language of Windows.
package guidance

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

//go:embed fr/*.toml en/*.toml
var files embed.FS

// page is the official bilingual list of control points; the identifier of a
// point is its anchor there.
const page = "https://www.cert.ssi.gouv.fr/uploads/ad_checklist.html"

// Grade is a coarse amount, of work or of risk (docs/guide/2-lire-un-passage.md).
type Grade string

// The three grades (docs/guide/2-lire-un-passage.md). As an effort: hours, days, a project. As a risk: unlikely
// to break anything, may break something a test will show, needs a rehearsal.
const (
	Low    Grade = "low"
	Medium Grade = "medium"
	High   Grade = "high"
)

// valid tells whether g is one of the three grades.
func (g Grade) valid() bool { return g == Low || g == Medium || g == High }

// Text is the guidance about one control point, in one language (ANSSI, points de contrôle Active Directory).
type Text struct {
	// ID is the identifier of the point, such as vuln_krbtgt.
	ID string `toml:"-"`
	// Family is the name of the family of the point.
	Family string `toml:"-"`

	// Title says the weakness in at most 90 characters.
	Title string `toml:"title"`
	// Explain says what it means, for an engineer.
	Explain string `toml:"explain"`
	// Director says in one plain sentence what could happen to care.
	Director string `toml:"director"`
	// Why says how the weakness is abused.
	Why string `toml:"why"`
	// How lists the steps, in order.
	How []string `toml:"how"`
	// Commands lists the lines to type: those that read, then those that change.
	Commands []string `toml:"commands"`
	// Check lists the ways to verify the result.
	Check []string `toml:"check"`
	// Rollback lists the ways to go back.
	Rollback []string `toml:"rollback"`
	// Effort is the amount of work.
	Effort Grade `toml:"effort"`
	// Risk is the risk of breaking something.
	Risk Grade `toml:"risk"`
	// RiskNote says what may break and how to see it beforehand.
	RiskNote string `toml:"risk_note"`
}

// Note is the guidance about a warning or an information, in one language (ANSSI, points de contrôle Active Directory).
type Note struct {
	// ID is the identifier, such as warning_rid500 or info_laps.
	ID string `toml:"-"`
	// Title says the observation in at most 90 characters.
	Title string `toml:"title"`
	// Explain says what it means, for an engineer.
	Explain string `toml:"explain"`
	// How lists the steps, in order.
	How []string `toml:"how"`
}

// Catalog is every text in one language (ANSSI, points de contrôle Active Directory). The zero Catalog is empty. A Catalog
// is never changed after [Load] and may be shared.
type Catalog struct {
	lang     string
	families map[string]string
	points   map[string]Text
	notes    map[string]Note
}

// Languages returns the languages that [Load] accepts, the first being the
// default of the product (docs/guide/2-lire-un-passage.md).
func Languages() []string { return []string{"fr", "en"} }

// Load reads the compiled texts in the language ("fr" or "en") (docs/guide/2-lire-un-passage.md).
func Load(lang string) (Catalog, error) { return load(files, lang) }

// load is [Load] over any file tree, so that damaged ones can be tried.
func load(tree fs.FS, lang string) (Catalog, error) {
	if !slices.Contains(Languages(), lang) {
		return Catalog{}, fmt.Errorf("load guidance: no texts in language %q, only in %s", lang, strings.Join(Languages(), ", "))
	}
	c := Catalog{lang: lang, points: make(map[string]Text)}
	var faults []error
	for _, f := range Families() {
		faults = append(faults, c.addFamily(tree, f))
	}
	faults = append(faults, c.addNotes(tree), c.addTitles(tree))
	if err := errors.Join(faults...); err != nil {
		return Catalog{}, fmt.Errorf("load guidance: %w", err)
	}
	return c, nil
}

// addFamily reads the file of one family, which must hold its points and no other.
func (c *Catalog) addFamily(tree fs.FS, f Family) error {
	name := c.lang + "/" + f.Name + ".toml"
	texts, err := decode[Text](tree, name, f.Points)
	if err != nil {
		return err
	}
	for id, t := range texts {
		if !t.Effort.valid() || !t.Risk.valid() {
			return fmt.Errorf("read %s: %s: effort and risk must be low, medium or high, not %q and %q", name, id, t.Effort, t.Risk)
		}
		t.ID, t.Family = id, f.Name
		c.points[id] = t
	}
	return nil
}

// addNotes reads the file of the warnings and informations.
func (c *Catalog) addNotes(tree fs.FS) error {
	texts, err := decode[Note](tree, c.lang+"/warnings.toml", notes())
	if err != nil {
		return err
	}
	for id, n := range texts {
		n.ID = id
		texts[id] = n
	}
	c.notes = texts
	return nil
}

// addTitles reads the file of the titles of the families.
func (c *Catalog) addTitles(tree fs.FS) (err error) {
	var names []string
	for _, f := range Families() {
		names = append(names, f.Name)
	}
	c.families, err = decode[string](tree, c.lang+"/families.toml", names)
	return err
}

// decode reads a file whose top-level keys must be exactly the wanted ones, and
// refuses any key that T does not know.
func decode[T any](tree fs.FS, name string, want []string) (map[string]T, error) {
	var got map[string]T
	meta, err := toml.DecodeFS(tree, name, &got)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("read %s: unknown key %s", name, unknown[0])
	}
	for id := range got {
		if !slices.Contains(want, id) {
			return nil, fmt.Errorf("read %s: %s does not belong to this file", name, id)
		}
	}
	for _, id := range want {
		if _, ok := got[id]; !ok {
			return nil, fmt.Errorf("read %s: %s is missing", name, id)
		}
	}
	return got, nil
}

// Language returns the language of the texts, "fr" or "en".
func (c Catalog) Language() string { return c.lang }

// Point returns the text of a control point, and whether there is one.
func (c Catalog) Point(id string) (Text, bool) {
	t, ok := c.points[id]
	return t, ok
}

// Note returns the text of a warning or an information, and whether there is one.
func (c Catalog) Note(id string) (Note, bool) {
	n, ok := c.notes[id]
	return n, ok
}

// FamilyTitle returns the title of a family in the language of the catalog, or
// its name if it is not known.
func (c Catalog) FamilyTitle(name string) string {
	if title, ok := c.families[name]; ok {
		return title
	}
	return name
}

// Link returns the address of the item in the official list.
func (t Text) Link() string { return link(t.ID) }

// Link returns the address of the item in the official list.
func (n Note) Link() string { return link(n.ID) }

func link(id string) string { return page + "#" + id }
