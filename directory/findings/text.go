package findings

import (
	"embed"
	"fmt"
	"slices"

	"github.com/BurntSushi/toml"

	"hygie/directory/points/guidance"
)

//go:embed fr/beyond.toml en/beyond.toml
var files embed.FS

// Text is what a person needs to understand and mend a finding (docs/schema/directory-audit.schema.json, finding).
type Text struct {
	Title   string   `toml:"title"`   // the weakness, in at most 90 characters
	Explain string   `toml:"explain"` // what it means, for an engineer
	How     []string `toml:"how"`     // the steps, in order
	Link    string   `toml:"-"`       // page of the official list, "" for our own rules
}

// Texts is every text in one language (docs/schema/directory-audit.schema.json, finding).
type Texts map[string]Text

// LoadTexts reads the compiled texts in a language, "fr" or "en" (docs/schema/directory-audit.schema.json, finding).
func LoadTexts(lang string) (Texts, error) {
	catalog, err := guidance.Load(lang)
	if err != nil {
		return nil, fmt.Errorf("load findings: %w", err)
	}
	var own map[string]Text
	name := lang + "/beyond.toml"
	meta, err := toml.DecodeFS(files, name, &own)
	if err != nil {
		return nil, fmt.Errorf("load findings: read %s: %w", name, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("load findings: read %s: unknown key %s", name, unknown[0])
	}
	out := make(Texts)
	for _, r := range Rules() {
		if note, ok := catalog.Note(r.ID); ok {
			out[r.ID] = Text{note.Title, note.Explain, note.How, note.Link()}
			continue
		}
		t, ok := own[r.ID]
		if !ok {
			return nil, fmt.Errorf("load findings: %s has no text in %s", r.ID, name)
		}
		out[r.ID] = t
	}
	for id := range own {
		if !slices.ContainsFunc(Rules(), func(r Rule) bool { return r.ID == id }) {
			return nil, fmt.Errorf("load findings: %s: %s is no rule", name, id)
		}
	}
	return out, nil
}
