package locale

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

//go:embed messages
var embedded embed.FS

// Catalogue holds every message in every language.
type Catalogue struct {
	messages map[Lang]map[string]message
}

// message is one text, or its plural forms.
type message struct {
	text   string
	plural map[string]string // by category: one, many, other; nil when the text has no plural
}

// forms returns the texts of m with their category, "" for a text without plural.
func (m message) forms() map[string]string {
	if m.plural != nil {
		return m.plural
	}
	return map[string]string{"": m.text}
}

// Default returns the product's own catalogue. An error means that a message file is wrong; the package's test says so first.
func Default() (*Catalogue, error) {
	sub, err := fs.Sub(embedded, "messages")
	if err != nil {
		return nil, fmt.Errorf("open messages: %w", err)
	}
	return Load(sub)
}

// Load reads fr/*.toml and en/*.toml from a folder and checks that both languages say the same things. The error lists every
// difference, not only the first.
func Load(folder fs.FS) (*Catalogue, error) {
	c := &Catalogue{messages: make(map[Lang]map[string]message)}
	var problems []error
	for _, lang := range Langs() {
		c.messages[lang] = make(map[string]message)
		files, err := fs.Glob(folder, string(lang)+"/*.toml")
		if err != nil {
			return nil, fmt.Errorf("list messages: %w", err)
		}
		for _, file := range files {
			if err := c.read(folder, lang, file); err != nil {
				problems = append(problems, err)
			}
		}
	}
	problems = append(problems, c.compare()...)
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return c, nil
}

// Printer returns a printer for a language and a time zone. An unknown language gives French, a nil zone UTC.
func (c *Catalogue) Printer(lang Lang, zone *time.Location) *Printer {
	if !lang.Valid() {
		lang = French
	}
	if zone == nil {
		zone = time.UTC
	}
	return &Printer{catalogue: c, lang: lang, zone: zone}
}

// Keys returns all keys, sorted.
func (c *Catalogue) Keys() []string {
	return slices.Sorted(maps.Keys(c.messages[French]))
}

// read adds the messages of one file, under the file's name.
func (c *Catalogue) read(folder fs.FS, lang Lang, file string) error {
	content, err := fs.ReadFile(folder, file)
	if err != nil {
		return fmt.Errorf("read messages %s: %w", file, err)
	}
	var tree map[string]any
	if _, err := toml.Decode(string(content), &tree); err != nil {
		return fmt.Errorf("read messages %s: %w", file, err)
	}
	prefix := strings.TrimSuffix(path.Base(file), ".toml")
	if err := flatten(c.messages[lang], prefix, tree); err != nil {
		return fmt.Errorf("read messages %s: %w", file, err)
	}
	return nil
}

// flatten stores the leaves of a TOML table under dotted keys.
func flatten(into map[string]message, prefix string, tree map[string]any) error {
	for name, value := range tree {
		key := prefix + "." + name
		switch v := value.(type) {
		case string:
			if v == "" {
				return fmt.Errorf("%s: the text is empty", key)
			}
			into[key] = message{text: v}
		case map[string]any:
			if !isPlural(v) {
				if err := flatten(into, key, v); err != nil {
					return err
				}
				continue
			}
			forms := make(map[string]string, len(v))
			for category, text := range v {
				forms[category] = text.(string)
			}
			into[key] = message{plural: forms}
		default:
			return fmt.Errorf("%s: a message is a text or a table of plural forms, not %T", key, value)
		}
	}
	return nil
}

// isPlural tells a table of plural forms from a group of messages: it has "other", and nothing but plural categories.
func isPlural(table map[string]any) bool {
	if _, ok := table["other"].(string); !ok {
		return false
	}
	for name, value := range table {
		if _, ok := value.(string); !ok || !slices.Contains([]string{"one", "many", "other"}, name) {
			return false
		}
	}
	return true
}

// compare reports keys, placeholders and plurals that differ between the languages.
func (c *Catalogue) compare() []error {
	var problems []error
	for _, lang := range Langs() {
		for _, key := range slices.Sorted(maps.Keys(c.messages[lang])) {
			for _, other := range Langs() {
				if _, ok := c.messages[other][key]; !ok {
					problems = append(problems, fmt.Errorf("message %s exists in %q and is missing in %q", key, lang, other))
				}
			}
		}
	}
	for _, key := range c.Keys() {
		french := c.messages[French][key]
		english, ok := c.messages[English][key]
		if !ok {
			continue // reported above
		}
		if (french.plural == nil) != (english.plural == nil) {
			problems = append(problems, fmt.Errorf("message %s has plural forms in one language only", key))
		}
		a, b := french.placeholders(), english.placeholders()
		if !slices.Equal(a, b) {
			problems = append(problems, fmt.Errorf("message %s has placeholders %v in French and %v in English", key, a, b))
		}
		if french.plural != nil && !slices.Contains(a, "count") {
			problems = append(problems, fmt.Errorf("message %s has plural forms but no {count}", key))
		}
	}
	return problems
}

var placeholder = regexp.MustCompile(`\{([a-z][a-z0-9_]*)\}`)

// placeholders returns the names between braces in any form of the message, sorted, each once.
func (m message) placeholders() []string {
	var names []string
	for _, text := range m.forms() {
		for _, found := range placeholder.FindAllStringSubmatch(text, -1) {
			names = append(names, found[1])
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// text returns the message of a key for a printer, with its placeholders filled.
func (c *Catalogue) text(p *Printer, key string, args []any) string {
	m, ok := c.messages[p.lang][key]
	if !ok {
		return "⟦" + key + "⟧"
	}
	text := m.text
	if m.plural != nil {
		text = m.form(p.lang, args)
	}
	if !strings.Contains(text, "{") {
		return text
	}
	return placeholder.ReplaceAllStringFunc(text, func(braced string) string {
		name := braced[1 : len(braced)-1]
		if value, ok := argument(args, name); ok {
			return p.value(value)
		}
		return "⟦" + name + "⟧"
	})
}

// form picks the plural form that the argument "count" asks for; without one, the general form.
func (m message) form(lang Lang, args []any) string {
	category := "other"
	if value, ok := argument(args, "count"); ok {
		category = plural(lang, value)
	}
	if text, ok := m.plural[category]; ok {
		return text
	}
	return m.plural["other"]
}

func argument(args []any, name string) (any, bool) {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == name {
			return args[i+1], true
		}
	}
	return nil, false
}
