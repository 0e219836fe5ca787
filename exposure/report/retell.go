package report

import (
	"fmt"
	"slices"

	"hygie/exposure/check"
)

// In gives the report in another language: the same facts and verdicts, other sentences. The receiver is not changed.
func (r *Report) In(language string) (*Report, error) {
	if r.Language == language {
		return r, nil
	}
	texts, err := check.LoadTexts(language)
	if err != nil {
		return nil, fmt.Errorf("retell report: %w", err)
	}
	out := *r
	out.Language = language
	t := words(language)
	out.Findings = slices.Clone(r.Findings)
	for i := range out.Findings {
		f := &out.Findings[i]
		text := texts.For(f.Check, check.Found{Asset: f.Asset, Endpoint: f.Endpoint, Key: f.Key, Names: f.Names, Variant: f.Variant, Params: f.Params})
		if text.Title == "" {
			continue // a check of a newer or older program: its sentences stay as they were kept
		}
		f.Title, f.Found, f.Risk, f.WhySeverity = text.Title, text.Found, text.Risk, text.WhySeverity
		f.Remediation = Remediation{Remedies: notNil(text.Remedies), Rollback: text.Rollback, Verify: text.Verify, VerifyCommand: text.VerifyCommand}
	}
	if out.Plan, err = plan(out.Findings, texts, language); err != nil {
		return nil, fmt.Errorf("retell report: %w", err)
	}
	out.Checks = slices.Clone(r.Checks)
	for i := range out.Checks {
		if text, ok := texts.Text(out.Checks[i].ID); ok {
			out.Checks[i].Title = text.Title
		}
	}
	out.NotChecked = slices.Clone(r.NotChecked)
	for i := range out.NotChecked {
		out.NotChecked[i].Text = t.why(out.NotChecked[i].Why)
	}
	if r.Comparison != nil {
		c := *r.Comparison
		c.Gone = slices.Clone(c.Gone)
		for i := range c.Gone {
			if text, ok := texts.Text(c.Gone[i].Check); ok {
				c.Gone[i].Title = text.Title
			}
		}
		out.Comparison = &c
	}
	return &out, nil
}
