package administration

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"hygie/internal/locale"
	"hygie/internal/right"
	"hygie/journal"
	"hygie/referential"
)

// unshown are details of a line that mean nothing to a reader: identifiers and digests. The journal has them.
var unshown = map[string]bool{"grant": true, "sha256": true, "report_sha256": true, "facts_sha256": true, "perimeter": true, "hash": true, "rules": true, "supersedes": true}

// longestDetail is how much of one detail a list shows, in characters.
const longestDetail = 120

// details writes what a line says beside who, what and where: "rôle : direction · jusqu’au : …".
func (m *Module) details(p *locale.Printer, line journal.Line) string {
	var parts []string
	var data map[string]any
	if json.Unmarshal(line.Data, &data) == nil {
		for _, name := range slices.Sorted(maps.Keys(data)) {
			value := m.detailValue(p, name, data[name])
			if unshown[name] || value == "" {
				continue
			}
			parts = append(parts, p.T("administration.detail_line", "name", detailName(p, name), "value", shorten(value)))
		}
	}
	if line.Text != "" {
		parts = append(parts, p.T("administration.quoted", "text", shorten(strings.Join(strings.Fields(line.Text), " "))))
	}
	return strings.Join(parts, " · ")
}

func detailName(p *locale.Printer, name string) string {
	if key := "administration.data." + name; p.Has(key) {
		return p.T(key)
	}
	return name
}

// detailValue writes one value in the reader's way; what is not so, or not said, is nothing.
func (m *Module) detailValue(p *locale.Printer, name string, value any) string {
	switch v := value.(type) {
	case bool:
		if v {
			return p.T("web.yes")
		}
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case string:
		return m.detailText(p, name, v)
	case []any:
		return fmt.Sprint(v...)
	}
	return ""
}

// detailText writes a text: codes by their name, days as days.
func (m *Module) detailText(p *locale.Printer, name, text string) string {
	if day, err := time.ParseInLocation(time.DateOnly, text, p.Zone()); err == nil {
		return p.ShortDate(day)
	}
	if role := right.Role(text); name == "role" && role.Valid() {
		return p.T(role.MessageKey())
	}
	keys := []string{"administration.value_" + name + "_" + text}
	if name == "kind" {
		for _, pkg := range m.Shelf.Seen().Packages {
			for _, d := range pkg.Documents {
				if d.Code == text {
					return d.Label.In(referential.Lang(p.Lang()))
				}
			}
		}
		keys = append(keys, kindKey(text), "evidence.kind_"+strings.ReplaceAll(text, "-", "_"), "administration.job_"+strings.ReplaceAll(text, ".", "_"))
	}
	for _, key := range keys {
		if p.Has(key) {
			return p.T(key)
		}
	}
	return text
}

func shorten(text string) string {
	if runes := []rune(text); len(runes) > longestDetail {
		return string(runes[:longestDetail-1]) + "…"
	}
	return text
}

// plain is a number as an address wants it.
func plain(n int64) string { return strconv.FormatInt(n, 10) }
