package check

import (
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"net/netip"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/BurntSushi/toml"
)

//go:embed fr/*.toml en/*.toml
var textFiles embed.FS

// Text is what a check says to people, in one language. Sentences may hold {{name}}, replaced by the values of a finding.
type Text struct {
	Title         string             `toml:"title"`
	Found         string             `toml:"found"`          // what was seen, in one sentence
	Risk          string             `toml:"risk"`           // why it matters, for a director
	WhySeverity   string             `toml:"why_severity"`   // where the severity comes from
	Rollback      string             `toml:"rollback"`       // how to go back
	Verify        string             `toml:"verify"`         // how to see by oneself that it is mended
	VerifyCommand string             `toml:"verify_command"` // the command that shows it
	Remedies      []Remedy           `toml:"remedy"`
	Variants      map[string]Variant `toml:"variant"`
}

// Remedy is how to mend on one product.
type Remedy struct {
	Product  string   `toml:"product" json:"product"`
	Steps    []string `toml:"steps" json:"steps,omitempty"`
	Commands []string `toml:"commands" json:"commands,omitempty"`
}

// Variant replaces sentences of a text; what is empty stays as the text has it.
type Variant struct {
	Title         string `toml:"title"`
	Found         string `toml:"found"`
	Risk          string `toml:"risk"`
	WhySeverity   string `toml:"why_severity"`
	Rollback      string `toml:"rollback"`
	Verify        string `toml:"verify"`
	VerifyCommand string `toml:"verify_command"`
}

// Texts are the texts of all checks in one language.
type Texts struct {
	lang string
	byID map[string]Text
}

// Text gives the text of a check as it is written, and whether there is one.
func (t Texts) Text(id string) (Text, bool) {
	text, ok := t.byID[id]
	return text, ok
}

// IDs lists the checks that have a text, sorted.
func (t Texts) IDs() []string { return slices.Sorted(maps.Keys(t.byID)) }

var frenchTexts, englishTexts = sync.OnceValues(func() (Texts, error) { return readTexts("fr") }), sync.OnceValues(func() (Texts, error) { return readTexts("en") })

// LoadTexts gives the texts of a language, "fr" or "en".
func LoadTexts(lang string) (Texts, error) {
	switch lang {
	case "fr":
		return frenchTexts()
	case "en":
		return englishTexts()
	}
	return Texts{}, fmt.Errorf("read the texts of checks: no language %q", lang)
}

func readTexts(lang string) (Texts, error) {
	files, err := fs.Glob(textFiles, lang+"/*.toml")
	if err != nil {
		return Texts{}, fmt.Errorf("read the texts of checks: %w", err)
	}
	out := Texts{lang: lang, byID: map[string]Text{}}
	for _, name := range files {
		data, err := textFiles.ReadFile(name)
		if err == nil {
			err = out.read(name, data)
		}
		if err != nil {
			return Texts{}, fmt.Errorf("read the texts of checks: %w", err)
		}
	}
	return out, nil
}

func (t Texts) read(name string, data []byte) error {
	var file map[string]Text
	meta, err := toml.Decode(string(data), &file)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return fmt.Errorf("%s: unknown key %s", name, unknown[0])
	}
	for id, text := range file {
		if _, twice := t.byID[id]; twice {
			return fmt.Errorf("%s: %s has texts in another file", path.Base(name), id)
		}
		t.byID[id] = text
	}
	return nil
}

// For gives the text of a finding: that of its variant, with its values in place.
func (t Texts) For(id string, f Found) Text {
	text := t.byID[id]
	v := text.Variants[f.Variant]
	values := f.values()
	for name, value := range values {
		if day, err := time.Parse(time.DateOnly, value); err == nil && t.lang == "fr" {
			values[name] = day.Format("02/01/2006")
		}
	}
	fill := func(own, variant string) string {
		if variant != "" {
			own = variant
		}
		if t.lang == "fr" {
			own = French(own)
		}
		return Fill(own, values)
	}
	var remedies []Remedy
	for _, r := range text.Remedies {
		filled := Remedy{Product: r.Product}
		for _, step := range r.Steps {
			if t.lang == "fr" {
				step = French(step)
			}
			filled.Steps = append(filled.Steps, Fill(step, values))
		}
		for _, command := range r.Commands {
			filled.Commands = append(filled.Commands, Command(command, values))
		}
		remedies = append(remedies, filled)
	}
	return Text{
		Title: fill(text.Title, v.Title), Found: fill(text.Found, v.Found) + t.others(f), Risk: fill(text.Risk, v.Risk), WhySeverity: fill(text.WhySeverity, v.WhySeverity),
		Rollback: fill(text.Rollback, v.Rollback), Verify: fill(text.Verify, v.Verify), VerifyCommand: Command(cmp.Or(v.VerifyCommand, text.VerifyCommand), values),
		Remedies: remedies,
	}
}

// shownNames is how many names a sentence lists.
const shownNames = 8

// others says under which other names an endpoint shows the same.
func (t Texts) others(f Found) string {
	if len(f.Names) < 2 {
		return ""
	}
	rest := f.Names[1:]
	list := strings.Join(first(rest, shownNames), ", ")
	switch {
	case t.lang != "fr" && len(rest) == 1:
		return " The same under another name: " + list + "."
	case t.lang != "fr":
		return fmt.Sprintf(" The same under %d other names: %s.", len(rest), list)
	case len(rest) == 1:
		return French(" Même constat sous un autre nom : " + list + ".")
	}
	return French(fmt.Sprintf(" Même constat sous %d autres noms : %s.", len(rest), list))
}

// values are the finding's own, and those that every finding has: asset, endpoint (192.0.2.1:443), address, port, host and hostport, which prefer
// the name.
func (f Found) values() map[string]string {
	out := map[string]string{"asset": f.Asset, "endpoint": f.Asset, "host": f.Asset, "hostport": f.Asset}
	at, _, _ := strings.Cut(f.Endpoint, "/")
	if ap, err := netip.ParseAddrPort(at); err == nil {
		out["endpoint"], out["address"], out["port"] = at, ap.Addr().String(), fmt.Sprint(ap.Port())
		out["hostport"] = at
		if _, err := netip.ParseAddr(f.Asset); err != nil && f.Asset != "" {
			out["hostport"] = f.Asset + ":" + fmt.Sprint(ap.Port())
		}
	}
	maps.Copy(out, f.Params)
	return out
}

// French puts the unbreakable spaces of French typography where they belong: before high punctuation and inside quotation marks.
func French(text string) string { return frenchSpaces.Replace(text) }

var frenchSpaces = strings.NewReplacer(" :", "\u00a0:", " ;", "\u00a0;", " !", "\u00a0!", " ?", "\u00a0?", "« ", "«\u00a0", " »", "\u00a0»")

// Fill replaces each {{name}} by its value; what has no value disappears.
func Fill(text string, values map[string]string) string {
	return fill(text, func(name string) string { return values[name] })
}

// Command is Fill for a line that someone pastes into a shell: a value that is not made of harmless characters is quoted, since a
// hostile server may have chosen it.
func Command(text string, values map[string]string) string {
	return fill(text, func(name string) string {
		v := values[name]
		if strings.IndexFunc(v, func(r rune) bool {
			return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(".:-_/[]@%+=,", r))
		}) < 0 {
			return v
		}
		return "'" + strings.ReplaceAll(v, "'", `'\''`) + "'"
	})
}

func fill(text string, value func(string) string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, closed := strings.Cut(rest, "}}")
		if !closed {
			return b.String() + "{{" + rest
		}
		b.WriteString(value(strings.TrimSpace(name)))
		text = after
	}
}

// Placeholders lists the names between braces in all sentences of a text, sorted.
func (t Text) Placeholders() []string {
	var out []string
	add := func(list ...string) {
		for _, text := range list {
			fill(text, func(name string) string {
				out = append(out, name)
				return ""
			})
		}
	}
	add(t.Title, t.Found, t.Risk, t.WhySeverity, t.Rollback, t.Verify, t.VerifyCommand)
	for _, r := range t.Remedies {
		add(r.Steps...)
		add(r.Commands...)
	}
	for _, v := range t.Variants {
		add(v.Title, v.Found, v.Risk, v.WhySeverity, v.Rollback, v.Verify, v.VerifyCommand)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
