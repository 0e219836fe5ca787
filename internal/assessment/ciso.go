package assessment

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"hygie/internal/bring"
	"hygie/referential"
	"hygie/sheet"
)

// An audit that CISO Assistant exports says, for each line of its framework, the URN and the reference of the line, a result (not_assessed,
// non_compliant, partially_compliant, compliant, not_applicable), a score, and observations. Its tables have these as columns: urn, assessable, ref_id, name,
// description, compliance_result, requirement_progress, score, observations (documentation of the project, "Data import wizard", section Audits:
// sourced). Its JSON has objects with "result", "observation" and "requirement", the latter an object or an URN (derived from its interface).

// cisoURN cuts the URN of a line, such as urn:intuitem:risk:req_node:anssi-guide-hygiene:2.r, into its framework and what tells the line.
func cisoURN(urn string) (framework, line string) {
	parts := strings.Split(strings.ToLower(strings.TrimSpace(urn)), ":")
	if len(parts) < 6 || parts[0] != "urn" || parts[3] != "req_node" {
		return "", ""
	}
	return parts[4], strings.Join(parts[5:], ":")
}

// resembles tells whether a framework of another tool is the same text as a package: they share most words of the shorter name.
func resembles(framework, pkg string) bool {
	words := func(name string) []string {
		all := strings.Fields(sheet.Fold(name))
		slices.Sort(all)
		return slices.Compact(all)
	}
	a, b := words(framework), words(pkg)
	common := 0
	for _, w := range a {
		if _, ok := slices.BinarySearch(b, w); ok && strings.ContainsFunc(w, unicode.IsLetter) {
			common++
		}
	}
	return common > 0 && 2*common > min(len(a), len(b))
}

// number is a code without its leading letters, accents and signs: "2r" for M2R and for 2.R.
func number(code string) string {
	plain := strings.ReplaceAll(sheet.Fold(code), " ", "")
	return strings.TrimLeftFunc(plain, unicode.IsLetter)
}

// sameNumber finds the question whose requirement has the number of a line, when the framework is the same text and only one requirement has it.
func (v view) sameNumber(urn string, all []asked, alone map[string]int) (asked, bool) {
	framework, line := cisoURN(urn)
	if line == "" || number(line) == "" || !resembles(framework, v.Pkg.ID) {
		return asked{}, false
	}
	same := func(q asked) bool {
		return alone[q.Requirement.Code] == 1 && number(q.Requirement.Code) == number(line)
	}
	i := slices.IndexFunc(all, same)
	if i < 0 || slices.ContainsFunc(all[i+1:], same) {
		return asked{}, false
	}
	return all[i], true
}

// complianceOf finds the choice that a result of CISO Assistant speaks for: the one with its score when there is one, else the least of that outcome: what is
// taken over claims no more than what was said.
func complianceOf(q referential.Question, result, score string) (string, bool) {
	outcome, ok := map[string]referential.Outcome{
		"compliant": referential.OutcomeMet, "conforme": referential.OutcomeMet,
		"partially compliant": referential.OutcomePartial, "partiellement conforme": referential.OutcomePartial,
		"non compliant": referential.OutcomeNotMet, "non conforme": referential.OutcomeNotMet,
		"not applicable": referential.OutcomeNotApplicable, "non applicable": referential.OutcomeNotApplicable, "sans objet": referential.OutcomeNotApplicable,
	}[sheet.Fold(result)]
	if !ok {
		return "", false
	}
	if code, ok := scored(q, score, outcome); ok && score != "" {
		return code, true
	}
	var least referential.Choice
	for _, choice := range q.Choices {
		if choice.Outcome == outcome && (least.Code == "" || choice.Score < least.Score) {
			least = choice
		}
	}
	return least.Code, least.Code != ""
}

// isJSON tells whether a file begins as JSON does.
func isJSON(start []byte) bool {
	start = bytes.TrimLeft(bytes.TrimPrefix(start, []byte("\xef\xbb\xbf")), " \t\r\n")
	return len(start) > 0 && (start[0] == '{' || start[0] == '[')
}

// Bounds of what is read of a JSON file.
const (
	deepestJSON = 32
	mostLines   = 20_000
)

// readCISO reads the lines of an audit from JSON, wherever they stand in it, as a table.
func readCISO(file []byte) (sheet.Book, error) {
	var root any
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(file, []byte("\xef\xbb\xbf"))))
	d.UseNumber()
	if err := d.Decode(&root); err != nil {
		return sheet.Book{}, fmt.Errorf("%w: byte %d: %w", sheet.ErrNotTable, d.InputOffset(), err)
	}
	var rows [][]string
	if err := cisoLines(root, 0, &rows); err != nil {
		return sheet.Book{}, err
	}
	return bring.Tabled("JSON", []string{"urn", "ref_id", "name", "compliance_result", "score", "observations"}, rows), nil
}

// cisoLines collects every object that gives the result of a line.
func cisoLines(value any, depth int, rows *[][]string) error {
	if depth > deepestJSON {
		return fmt.Errorf("%w: nested deeper than %d", sheet.ErrNotTable, deepestJSON)
	}
	switch v := value.(type) {
	case []any:
		for _, one := range v {
			if err := cisoLines(one, depth+1, rows); err != nil {
				return err
			}
		}
	case map[string]any:
		if row, ok := cisoLine(v); ok {
			if *rows = append(*rows, row); len(*rows) > mostLines {
				return fmt.Errorf("more than %d lines: %w", mostLines, sheet.ErrTooLarge)
			}
			return nil
		}
		for _, key := range sortedKeys(v) {
			if err := cisoLines(v[key], depth+1, rows); err != nil {
				return err
			}
		}
	}
	return nil
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// cisoLine reads one object; it tells false when it is not about a line.
func cisoLine(o map[string]any) ([]string, bool) {
	text := func(from map[string]any, keys ...string) string {
		for _, key := range keys {
			switch v := from[key].(type) {
			case string:
				return v
			case json.Number:
				return v.String()
			}
		}
		return ""
	}
	about := o
	urn := text(o, "urn", "requirement_urn", "requirement")
	if inner, ok := o["requirement"].(map[string]any); ok {
		about, urn = inner, text(inner, "urn")
	}
	result := text(o, "compliance_result", "result")
	ref := text(about, "ref_id", "reference")
	if result == "" || urn == "" && ref == "" {
		return nil, false
	}
	return []string{urn, ref, text(about, "name", "title"), result, text(o, "score"), text(o, "observations", "observation")}, true
}
