package doctor

import (
	"encoding/json"
	"fmt"
	"io"

	"hygie/internal/locale"
)

// WriteText prints the findings for a person: a word and a mark for each, and what to do about those that need it.
func WriteText(w io.Writer, p *locale.Printer, findings []Finding) error {
	out := &printer{w: w}
	out.line("%s\n", p.T("doctor.title"))
	for _, f := range findings {
		mark := map[State]string{Fine: "✓", Warning: "!", Broken: "✗", Unknown: "?"}[f.State]
		out.line("  %s %-11s %s", mark, p.T("doctor."+string(f.State)), p.T("doctor."+f.Key, f.Args...))
		if f.Detail != "" {
			out.line("      %s", p.T("doctor.cause", "detail", f.Detail))
		}
		if f.State == Warning || f.State == Broken {
			out.line("      %s", p.T("doctor.to_do", "advice", p.T("doctor."+f.Key+"_mend")))
		}
	}
	verdict := Worst(findings)
	if verdict == Unknown {
		verdict = Warning
	}
	out.line("\n%s", p.T("doctor.verdict_"+string(verdict)))
	return out.err
}

// WriteJSON prints the findings for a program; docs/schema/doctor.schema.json describes them.
func WriteJSON(w io.Writer, p *locale.Printer, findings []Finding) error {
	type line struct {
		Finding
		Text   string `json:"text"`
		Advice string `json:"advice,omitempty"`
	}
	report := struct {
		State  State  `json:"state"`
		Checks []line `json:"checks"`
	}{State: Worst(findings)}
	for _, f := range findings {
		l := line{Finding: f, Text: p.T("doctor."+f.Key, f.Args...)}
		if f.State == Warning || f.State == Broken {
			l.Advice = p.T("doctor." + f.Key + "_mend")
		}
		report.Checks = append(report.Checks, l)
	}
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(report)
}

// printer keeps the first error, so that a page of lines needs one check.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}
