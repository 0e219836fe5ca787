// Package locale turns message keys, dates, numbers and durations into French and English sentences.
//
// Messages are TOML files, one per module and language: messages/fr/NAME.toml and messages/en/NAME.toml. The file's name is
// the first part of each key, so rows in fr/table.toml is the key "table.rows". A message may hold {placeholders}, and may
// have plural forms, chosen by the placeholder {count}:
//
//	empty = "Rien à montrer"
//	rows  = { one = "{count} ligne", other = "{count} lignes" }
//
// Both languages must have the same keys, placeholders and plural forms; Load refuses a catalogue that has not, and says
// which file, so a missing translation is found when the program is built and not by a reader.
//
// A Printer is one language and one time zone:
//
//	p.T("table.rows", "count", 3)   // 3 lignes
//
// Arguments are written the reader's way: whole numbers with their thousands apart, a time.Time as a day, the rest as it is.
// Pages carry their printer in the context (With, From), which is what templates use: T(ctx, "table.rows", "count", n).
//
// French is the language of origin and the fallback. In French, a narrow no-break space comes before ; ! ? and a no-break
// space before the colon and inside « »; message files write these spaces as they are.
package locale

import (
	"context"
	"time"
)

// Lang is a language of the product.
type Lang string

// The languages of the product.
const (
	French  Lang = "fr"
	English Lang = "en"
)

// Langs returns the languages of the product, the language of origin first.
func Langs() []Lang { return []Lang{French, English} }

// Valid reports whether l is a language of the product.
func (l Lang) Valid() bool { return l == French || l == English }

// Printer writes for a reader: one language, one time zone. It does not change after it is made and may be shared.
type Printer struct {
	catalogue *Catalogue
	lang      Lang
	zone      *time.Location
}

// Lang returns the printer's language.
func (p *Printer) Lang() Lang { return p.lang }

// Zone returns the time zone in which the printer shows dates and hours.
func (p *Printer) Zone() *time.Location { return p.zone }

// In returns the same printer for another time zone.
func (p *Printer) In(zone *time.Location) *Printer {
	return &Printer{catalogue: p.catalogue, lang: p.lang, zone: zone}
}

// For returns the same printer for another language; an unknown language gives French.
func (p *Printer) For(lang Lang) *Printer {
	if !lang.Valid() {
		lang = French
	}
	return &Printer{catalogue: p.catalogue, lang: lang, zone: p.zone}
}

// T returns the message of a key. args are the message's arguments, as name and value in turn. A key that is not in the
// catalogue comes back between brackets, so that it is seen, and so does a placeholder that got no value.
func (p *Printer) T(key string, args ...any) string {
	return p.catalogue.text(p, key, args)
}

// Has reports whether the catalogue knows a key. It is for keys built from data, such as a status read from a file.
func (p *Printer) Has(key string) bool {
	_, ok := p.catalogue.messages[p.lang][key]
	return ok
}

type contextKey struct{}

// With returns a context that carries the printer of the reader.
func With(ctx context.Context, p *Printer) context.Context {
	return context.WithValue(ctx, contextKey{}, p)
}

// From returns the printer of the reader. Without one it returns a printer that shows keys between brackets, never nil.
func From(ctx context.Context) *Printer {
	if p, ok := ctx.Value(contextKey{}).(*Printer); ok {
		return p
	}
	return &Printer{catalogue: &Catalogue{}, lang: French, zone: time.UTC}
}

// T returns the message of a key in the reader's language: From(ctx).T(key, args...). It reads well in templates.
func T(ctx context.Context, key string, args ...any) string {
	return From(ctx).T(key, args...)
}
