package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"hygie/exposure/check"
)

// CheckText is a check as people read it.
type CheckText struct {
	ID           string         `json:"id"`
	Family       string         `json:"family"`
	Title        string         `json:"title"`
	Severity     check.Severity `json:"severity"`
	SeverityText string         `json:"severity_text"`
	Source       Source         `json:"severity_source"`
	WhySeverity  string         `json:"why_severity"`
	Risk         string         `json:"risk"`
	Remedies     []check.Remedy `json:"remedies"`
	Verify       string         `json:"verify"`
	Rollback     string         `json:"rollback"`
	Effort       string         `json:"effort"`
	Owner        string         `json:"owner"`
	Intrusive    []string       `json:"intrusive"` // classes that the mandate must name
}

// Checks lists the checks of the catalogue with their texts.
func Checks(lang string) ([]CheckText, error) {
	texts, err := check.LoadTexts(lang)
	if err != nil {
		return nil, err
	}
	t := words(lang)
	var out []CheckText
	for _, r := range check.Catalogue() {
		text, _ := texts.Text(r.ID)
		out = append(out, CheckText{
			ID: r.ID, Family: r.Family, Title: text.Title, Severity: r.Severity, SeverityText: t.severity(r.Severity), Source: Source(r.Source),
			WhySeverity: text.WhySeverity, Risk: text.Risk, Remedies: notNil(text.Remedies), Verify: text.Verify, Rollback: text.Rollback,
			Effort: r.Effort, Owner: r.Owner, Intrusive: notNil(r.Class.Words()),
		})
	}
	return out, nil
}

// WriteCheck writes one check in full.
func WriteCheck(w io.Writer, c CheckText, lang string) error {
	t := &textWriter{Writer: bufio.NewWriter(w), words: words(lang)}
	t.line("%s  %s", c.ID, c.Title)
	t.line("%s (%s)", c.SeverityText, strings.TrimSpace(c.Source.Document+" "+c.Source.Rule))
	t.wrap("  ", c.WhySeverity)
	t.line("")
	t.wrap("", c.Risk)
	t.remedies(c.Remedies)
	t.labelled(t.s("Revenir en arrière", "Go back"), c.Rollback)
	t.labelled(t.s("Vérifier", "Check"), c.Verify)
	if err := t.Flush(); err != nil {
		return fmt.Errorf("write check: %w", err)
	}
	return nil
}
