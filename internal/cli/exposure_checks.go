package cli

import (
	"encoding/json"
	"fmt"

	"hygie/exposure/check"
	"hygie/exposure/report"
)

// ExposureChecks lists the checks of the exposure audit.
type ExposureChecks struct {
	Check  string `arg:"" optional:"" placeholder:"CHECK" help:"One check, to be told in full (TLS-05)."`
	Format string `enum:"text,json" default:"text" help:"Output: text or json."`
	Lang   string `enum:"fr,en," default:"" placeholder:"fr|en" help:"Language; by default that of the messages."`
}

// Help shows examples.
func (*ExposureChecks) Help() string {
	return "hygie exposure check-list\nhygie exposure check-list TLS-05\nhygie exposure check-list --format json"
}

// Run lists.
func (c *ExposureChecks) Run(s *Streams) error {
	lang := c.Lang
	if lang == "" {
		lang = Language(s.Env)
	}
	list, err := report.Checks(lang)
	if err != nil {
		return Exit{Failed, err}
	}
	if c.Check != "" {
		record, ok := check.Find(c.Check)
		if !ok {
			return UsageError(sayer(lang)("%s n’est pas un contrôle : « hygie exposure check-list » les donne tous", `%s is no check: "hygie exposure check-list" lists them all`), c.Check)
		}
		for _, each := range list {
			if each.ID == record.ID {
				list = []report.CheckText{each}
				break
			}
		}
	}
	if c.Format == "json" {
		e := json.NewEncoder(s.Out)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(list)
	}
	for _, each := range list {
		if c.Check == "" {
			fmt.Fprintf(s.Out, "%-7s %-12s %s\n", each.ID, each.SeverityText, each.Title)
			continue
		}
		if err := report.WriteCheck(s.Out, each, lang); err != nil {
			return Exit{Failed, err}
		}
	}
	return nil
}
