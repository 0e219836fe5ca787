package evidence

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"hygie/internal/proof"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential"
)

// free are the kinds of document that no referential asks for and that people keep all the same. Their names are messages.
var free = [...]proof.Kind{"procedure", "minutes", "contract", "certificate", "other"}

// made are the kinds that the platform itself makes, for the filter of the list.
var made = [...]proof.Kind{proof.DirectoryDump, proof.DirectoryReport, proof.ExposureFacts, proof.ExposureReport, proof.ExposureForeign, proof.ExposureSource, proof.ExposureMandate}

// asked are the kinds of document that the packages ask for, each once, in their order.
func (m *Module) asked() []referential.DocumentKind {
	var kinds []referential.DocumentKind
	seen := map[string]bool{}
	for _, p := range m.packages.Seen().Packages {
		for _, d := range p.Documents {
			if !seen[d.Code] {
				seen[d.Code] = true
				kinds = append(kinds, d)
			}
		}
	}
	return kinds
}

// depositable tells whether a person may deposit such a document.
func (m *Module) depositable(k proof.Kind) bool {
	return slices.Contains(free[:], k) || slices.ContainsFunc(m.asked(), func(d referential.DocumentKind) bool { return proof.Kind(d.Code) == k })
}

// kindName is how the reader calls a kind of document.
func (m *Module) kindName(c *web.Context, k proof.Kind) string {
	for _, d := range m.asked() {
		if proof.Kind(d.Code) == k {
			return sentence(d.Label.In(referential.Lang(c.Printer.Lang())))
		}
	}
	if key := "evidence.kind_" + strings.ReplaceAll(string(k), "-", "_"); c.Printer.Has(key) {
		return c.T(key)
	}
	return string(k)
}

// kindOptions are the kinds to choose from, those that a referential asks for first, with what they are.
func (m *Module) kindOptions(c *web.Context, with ...proof.Kind) []ui.Option {
	lang := referential.Lang(c.Printer.Lang())
	var options []ui.Option
	for _, d := range m.asked() {
		options = append(options, ui.Option{Value: d.Code, Text: sentence(d.Label.In(lang)), Help: d.Help.In(lang)})
	}
	for _, k := range slices.Concat(free[:], with) {
		if slices.ContainsFunc(options, func(o ui.Option) bool { return o.Value == string(k) }) {
			continue
		}
		options = append(options, ui.Option{Value: string(k), Text: m.kindName(c, k)})
	}
	return options
}

// sentence begins a label, written to stand inside a sentence, with a capital.
func sentence(label string) string {
	first, size := utf8.DecodeRuneInString(label)
	if size == 0 {
		return label
	}
	return string(unicode.ToUpper(first)) + label[size:]
}

// role finds a role of somebody who signs, as a referential names it.
func (m *Module) role(code string) (referential.Role, bool) {
	for _, p := range m.packages.Seen().Packages {
		for _, r := range p.Roles {
			if r.Code == code {
				return r, true
			}
		}
	}
	return referential.Role{}, false
}

// signerOptions are the roles that referentials ask signatures of, each once; none when no referential asks for one.
func (m *Module) signerOptions(c *web.Context) (options []ui.Option) {
	for _, r := range m.packages.Seen().Signers() {
		options = append(options, ui.Option{Value: r.Code, Text: sentence(r.Title.In(referential.Lang(c.Printer.Lang())))})
	}
	return options
}
