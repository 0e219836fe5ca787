package cli

import (
	"fmt"
	"io"
	"time"

	"hygie/referential"
)

// ReferentialEval judges a structure by a package, from a file of facts.
type ReferentialEval struct {
	Package string `arg:"" help:"Package (YAML), or the id of one that comes with hygie."`
	Facts   string `required:"" placeholder:"FILE" help:"What is known of the structure (JSON); - reads the standard input."`
	AsOf    string `placeholder:"DATE" help:"Moment of the judgement (2026-03-31: the end of that day); by default now."`
	Zone    string `default:"Europe/Paris" placeholder:"ZONE" help:"Where days begin and end."`
	Format  string `enum:"text,json,oscal" default:"text" help:"Output: text, json, or oscal (OSCAL assessment results, JSON)."`
	Lang    string `enum:"fr,en," default:"" placeholder:"fr|en" help:"Language of the reasons; by default that of the messages."`
	FailOn  string `enum:"not_met,unknown," default:"" placeholder:"not_met|unknown" help:"End with code 3 when a requirement is not met; with unknown, also when one cannot be judged."`
}

// Help shows examples.
func (ReferentialEval) Help() string {
	return "hygie referential eval care-d1 --facts faits.json\nhygie referential eval care-d1 --facts faits.json --as-of 2026-03-31 --format json --fail-on not_met"
}

// Run judges.
func (c ReferentialEval) Run(s *Streams) error {
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return UsageError("--zone %s: %w", c.Zone, err)
	}
	at := s.Now()
	if c.AsOf != "" {
		if at, err = momentOf(c.AsOf, zone); err != nil {
			return UsageError("--as-of %s: %w", c.AsOf, err)
		}
	}
	p, err := openPackage(s, c.Package)
	if err != nil {
		return err
	}
	data, err := readInput(s, c.Facts)
	if err != nil {
		return err
	}
	w, err := referential.ReadWorld(c.Facts, data, p, zone)
	if err != nil {
		return Exit{Failed, err}
	}
	a := p.Evaluate(w, at)
	lang := referential.Lang(c.Lang)
	if lang == "" {
		lang = referential.Lang(Language(s.Env))
	}
	switch c.Format {
	case "json":
		err = writeJSON(s.Out, a)
	case "oscal":
		if data, err = referential.WriteResults(p, a, lang, zone); err == nil {
			_, err = s.Out.Write(data)
		}
	default:
		err = writeVerdicts(s.Out, p, a, lang, zone)
	}
	if err != nil {
		return fmt.Errorf("print the verdicts: %w", err)
	}
	if c.FailOn != "" && a.Count(referential.NotMet) > 0 || c.FailOn == "unknown" && a.Count(referential.Unknown) > 0 {
		return Exit{Code: Findings}
	}
	return nil
}

// momentOf reads a moment, or a day for the end of it.
func momentOf(text string, zone *time.Location) (time.Time, error) {
	if day, err := time.ParseInLocation(time.DateOnly, text, zone); err == nil {
		return day.AddDate(0, 0, 1).Add(-time.Millisecond), nil
	}
	return parseDate(text)
}

func writeVerdicts(w io.Writer, p *referential.Package, a referential.Assessment, lang referential.Lang, zone *time.Location) error {
	say := sayer(string(lang))
	words := map[referential.Status]string{referential.Met: say("satisfait", "met"), referential.NotMet: say("non satisfait", "not met"),
		referential.Unknown: say("inconnu", "unknown"), referential.NotApplicable: say("sans objet", "does not apply")}
	out := &page{w: w}
	out.line("%s (%s %s), %s", p.Title.In(lang), p.ID, p.Version, a.At.In(zone).Format("2006-01-02 15:04 MST"))
	out.line(say("satisfaites : %d, non satisfaites : %d, inconnues : %d, sans objet : %d", "met: %d, not met: %d, unknown: %d, do not apply: %d"),
		a.Count(referential.Met), a.Count(referential.NotMet), a.Count(referential.Unknown), a.Count(referential.NotApplicable))
	if a.NextAction != nil {
		out.line("\n→ %s", a.NextAction.Text(lang, zone))
	}
	for _, r := range p.Requirements() {
		v, ok := a.Verdict(r.Code)
		if !ok {
			continue
		}
		out.line(say("\n%s  %s : %s", "\n%s  %s: %s"), r.Code, r.Title.In(lang), words[v.Status])
		for _, c := range v.Criteria {
			mark := ""
			if c.Advice {
				mark = say(" (conseil)", " (advice)")
			}
			out.line("  [%s]%s %s", words[c.Reasons.Status], mark, c.Reasons.Text(lang, zone))
		}
		if v.NextAction != nil {
			out.line("  → %s", v.NextAction.Text(lang, zone))
		}
	}
	return out.err
}
