package administration

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"hygie/internal/locale"
	"hygie/internal/right"
	"hygie/journal"
)

// unshown are details of a line that mean nothing to a reader: identifiers and digests. The journal has them.
var unshown = map[string]bool{"grant": true, "sha256": true, "report_sha256": true, "supersedes": true}

// longestDetail is how much of one detail a list shows, in characters.
const longestDetail = 120

// details writes what a line says beside who, what and where: "rôle : direction · jusqu’au : …".
func details(p *locale.Printer, line journal.Line) string {
	var parts []string
	var data map[string]any
	if json.Unmarshal(line.Data, &data) == nil {
		for _, name := range slices.Sorted(maps.Keys(data)) {
			value := detailValue(p, name, data[name])
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

// detailValue writes one value in the reader's way.
func detailValue(p *locale.Printer, name string, value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case bool:
		if v {
			return p.T("web.yes")
		}
		return p.T("web.no")
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case string:
		if role := right.Role(v); name == "role" && role.Valid() {
			return p.T(role.MessageKey())
		}
		if key := "administration.value_" + name + "_" + v; p.Has(key) {
			return p.T(key)
		}
		return v
	}
	return fmt.Sprint(value)
}

func shorten(text string) string {
	if runes := []rune(text); len(runes) > longestDetail {
		return string(runes[:longestDetail-1]) + "…"
	}
	return text
}

// plain is a number as an address wants it.
func plain(n int64) string { return strconv.FormatInt(n, 10) }
