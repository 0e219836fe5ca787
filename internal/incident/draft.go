package incident

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"hygie/document"
	"hygie/internal/locale"
	"hygie/internal/logbook"
	"hygie/internal/people"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// Field is one field of a declaration.
type Field struct {
	ID     string
	Value  string
	Said   bool   // by a person, for this question; else it follows from the incident
	Source string // where a value that follows comes from: key of a message
}

// Missing tells whether nothing is known.
func (f Field) Missing() bool { return f.Value == "" }

// Draft is a declaration as it stands.
type Draft struct {
	ID     string
	Fields []Field
	Letter bool // written to people, not to an authority
	Source string
	Mark   string
}

// Filled counts the fields that have a value.
func (d Draft) Filled() int {
	n := 0
	for _, f := range d.Fields {
		if !f.Missing() {
			n++
		}
	}
	return n
}

// Missing lists the fields to ask, in the order of the form.
func (d Draft) Missing() (all []Field) {
	for _, f := range d.Fields {
		if f.Missing() {
			all = append(all, f)
		}
	}
	return all
}

// derived are the fields that follow from the incident; the others are questions. An answer to a derived field takes its place.
func (d data) questions() (all []string) {
	for _, f := range d.Declarations {
		for _, field := range f.Fields {
			if !slices.Contains(all, field) {
				all = append(all, field)
			}
		}
	}
	return append(all, conditions()...)
}

// conditions are the questions that are on no form: their answers, yes or no, decide which clocks run.
func conditions() []string { return []string{"personal_data", "high_risk", "nis2"} }

// known is what drafts are filled from.
type known struct {
	record
	Structure territory.Structure
	Declarant string
	Reach     string
	Director  string         // who represents the structure
	Lines     []logbook.Line // oldest first
	Families  []Family       // of the structure
	Region    string         // its INSEE code
	Own       []Number       // that its region wrote
	Now       time.Time
}

// knownOf reads it.
func (m *Module) knownOf(ctx context.Context, tx *store.Tx, scope territory.Scope, i Incident) (k known, err error) {
	k.Now = m.o.Now()
	if k.record, err = read(ctx, tx, i); err != nil {
		return k, err
	}
	if k.Structure, err = territory.Get(ctx, tx, scope, territory.ID(i.Structure)); err != nil {
		return k, err
	}
	names, err := people.Names(ctx, tx, i.OpenedBy)
	if err != nil {
		return k, err
	}
	k.Declarant = names[i.OpenedBy]
	if k.Reach, err = store.One(ctx, tx, store.Column[string], `select coalesce(max(email), '') from person where id = $1`, i.OpenedBy); err != nil {
		return k, err
	}
	if k.Director, err = people.Nearest(ctx, tx, i.Structure, right.Director, k.Now); err != nil {
		return k, err
	}
	if k.Own, err = numbersAbove(ctx, tx, k.Structure); err != nil {
		return k, err
	}
	if k.Families, err = families(ctx, tx, scope, k.Structure); err != nil {
		return k, err
	}
	if k.Region, err = regionOf(ctx, tx, k.Structure); err != nil {
		return k, err
	}
	k.Lines, err = m.o.Books.Lines(ctx, tx, scope, i.Book, logbook.Filter{Oldest: true})
	return k, err
}

// conditions say which clocks run: yes, no, or empty while nobody has said.
func (r record) conditions() map[string]string {
	c := map[string]string{"malicious": r.Malicious, "personal_data": r.Answers["personal_data"], "high_risk": r.Answers["high_risk"], "nis2": r.Answers["nis2"]}
	if c["personal_data"] == "" && r.Answers["data_touched"] != "" && r.Answers["persons_count"] != "" {
		c["personal_data"] = "yes"
	}
	return c
}

// clocks of the incident at a moment.
func (m *Module) clocks(r record, now time.Time, zone *time.Location) []Clock {
	return Clocks(m.data.Clocks, r.Incident, r.conditions(), r.Done, now, zone)
}

// drafts fills every declaration.
func (m *Module) drafts(k known, p *locale.Printer) (all []Draft) {
	for _, f := range m.data.Declarations {
		all = append(all, k.fill(f, p))
	}
	return all
}

func (k known) fill(f form, p *locale.Printer) Draft {
	d := Draft{ID: f.ID, Letter: f.Letter, Source: f.Source, Mark: f.Mark}
	for _, id := range f.Fields {
		field := Field{ID: id}
		if said := k.Answers[id]; said != "" {
			field.Value, field.Said = said, true
		} else if value, source := k.follows(id, p); value != "" {
			field.Value, field.Source = value, source
		}
		d.Fields = append(d.Fields, field)
	}
	return d
}

// follows gives what the incident itself says of a field, and where from.
func (k known) follows(id string, p *locale.Printer) (value, source string) {
	moment := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return p.DateTime(t) + " (" + t.In(p.Zone()).Format("-07:00") + ")"
	}
	const record, registry, log, board = "incident.from_record", "incident.from_registry", "incident.from_log", "incident.from_services"
	switch id {
	case "structure":
		return k.Structure.Name, registry
	case "finess":
		return k.Structure.Finess, registry
	case "declarant":
		return k.Declarant, record
	case "declarant_reach":
		return k.Reach, record
	case "representative":
		return k.Director, registry
	case "notice_stage":
		if made, ok := k.Done["cnil"]; ok && !made.NotDue {
			return p.T("incident.notice_further", "when", p.DateTime(made.At), "reference", or(made.Reference, "—")), record
		}
		return p.T("incident.notice_first"), record
	case "noticed":
		return moment(k.Noticed), record
	case "occurred":
		return moment(k.Occurred), record
	case "kind":
		if k.Kind == "" {
			return "", ""
		}
		return p.T(k.Kind.MessageKey()), record
	case "breach_nature", "impact_data":
		return k.breach(p), record
	case "malicious":
		if k.Malicious == "" {
			return "", ""
		}
		return p.T("incident.malicious_" + k.Malicious), record
	case "care_state", "severity":
		if k.Care == "" {
			return "", ""
		}
		return strings.Join(nonEmpty(p.T(k.Care.MessageKey()), k.board(p)), "\n"), record
	case "perimeter", "impact_structure":
		return k.board(p), board
	case "description", "first_signs":
		return k.excerpt(p, 3, logbook.Fact), log
	case "timeline":
		return k.excerpt(p, 15), log
	case "measures":
		return k.excerpt(p, 10, logbook.Act, logbook.Instruction), log
	case "handling":
		return k.handling(p), log
	case "evidence":
		return k.files(), log
	case "late_reason":
		if end := k.Noticed.Add(72 * time.Hour); k.Done["cnil"].Clock == "" && !k.Now.After(end) || k.Done["cnil"].Clock != "" && !k.Done["cnil"].At.After(end) {
			return p.T("incident.in_time"), record
		}
	}
	return "", ""
}

// breach says what a kind of incident takes from data, in the three words of the regulation.
func (k known) breach(p *locale.Printer) string {
	switch k.Kind {
	case "ransomware", "malware":
		return p.T("incident.breach.both")
	case "intrusion", "account", "leak", "loss", "phishing":
		return p.T("incident.breach.confidentiality")
	case "denial", "failure", "provider":
		return p.T("incident.breach.availability")
	}
	return ""
}

// board says which care services do not run.
func (k known) board(p *locale.Printer) string {
	var all []string
	for _, s := range k.Services {
		if s.State != Running {
			all = append(all, p.T("incident.service_since", "name", s.Name, "state", p.T(s.State.MessageKey()), "since", p.DateTime(s.Since)))
		}
	}
	return strings.Join(all, "\n")
}

// standing are the lines that no other corrects, of some kinds or all that people wrote.
func (k known) standing(kinds ...logbook.Kind) (all []logbook.Line) {
	corrected := logbook.Corrections(k.Lines)
	for _, l := range k.Lines {
		if corrected[l.Number] == 0 && (len(kinds) == 0 && l.Kind != logbook.State || slices.Contains(kinds, l.Kind)) {
			all = append(all, l)
		}
	}
	slices.SortStableFunc(all, func(a, b logbook.Line) int { return a.At.Compare(b.At) })
	return all
}

// excerpt is the first lines of some kinds, in the order of the facts, with their hour and number.
func (k known) excerpt(p *locale.Printer, most int, kinds ...logbook.Kind) string {
	lines := k.standing(kinds...)
	var all []string
	for _, l := range lines[:min(len(lines), most)] {
		all = append(all, fmt.Sprintf("%s %s — %s", p.ShortDate(l.At), p.Clock(l.At), clip(l.Text, 400)))
	}
	if len(lines) > most {
		all = append(all, p.T("incident.more_lines", "count", len(lines)-most))
	}
	return strings.Join(all, "\n")
}

// handling says how far the work has come: the latest decision, and what is still open.
func (k known) handling(p *locale.Printer) string {
	decided := k.standing(logbook.Decision)
	if len(decided) == 0 {
		return ""
	}
	last := decided[len(decided)-1]
	open := 0
	for _, d := range k.Decisions {
		if d.Decided.IsZero() {
			open++
		}
	}
	return p.T("incident.handling_text", "when", p.DateTime(last.At), "text", clip(last.Text, 400), "count", open)
}

// files are what is kept of the attack: files behind lines, and what the register of exhibits noted.
func (k known) files() string {
	var all []string
	for _, l := range k.Lines {
		for _, f := range l.Files {
			all = append(all, f.Name+" (SHA-256 "+f.SHA256+")")
		}
		if slices.ContainsFunc(l.Links, func(link string) bool { return strings.Contains(link, "/exhibits/") }) {
			all = append(all, strings.ReplaceAll(l.Text, "\n", " — "))
		}
	}
	return strings.Join(all, "\n")
}

// Print is a declaration on paper: what is known, and lines to fill in with a pen for what is not.
func (d Draft) Print(p *locale.Printer, k known) document.Document {
	if d.Letter {
		return d.letter(p, k)
	}
	doc := document.Document{Title: p.T("incident.declaration." + d.ID), Subtitle: k.Title, Language: string(p.Lang()), Author: k.Structure.Name, Header: k.Structure.Name, Date: k.Now,
		Footer: p.T("incident.draft_footer", "when", p.DateTime(k.Now)), Blocks: []document.Block{
			document.P(p.T("incident.draft_lead", "filled", d.Filled(), "count", len(d.Fields))), document.Note{Label: p.T("incident.draft_label"), Spans: document.Text(p.T("incident.draft_text." + d.ID))}}}
	for _, f := range d.Fields {
		doc.Blocks = append(doc.Blocks, document.Heading{Level: 2, Text: p.T("incident.field." + f.ID)})
		if f.Missing() {
			doc.Blocks = append(doc.Blocks, document.Form{Label: p.T("incident.to_fill"), Lines: 3})
			continue
		}
		doc.Blocks = append(doc.Blocks, document.P(f.Value))
	}
	doc.Blocks = append(doc.Blocks, document.P(p.T("incident.source_is", "source", d.Source)))
	return doc
}

// letter is a declaration that people receive: what they must know, without the words of a form. What is not known yet is left to a pen.
func (d Draft) letter(p *locale.Printer, k known) document.Document {
	doc := document.Document{Title: p.T("incident.letter_title"), Language: string(p.Lang()), Author: k.Structure.Name, Header: k.Structure.Name, Date: k.Now, Footer: p.T("incident.draft_footer", "when", p.DateTime(k.Now)),
		Blocks: []document.Block{document.P(p.T("incident.letter_place", "when", p.Date(k.Now))), document.P(p.T("incident.letter_hello")), document.P(p.T("incident.letter_lead", "name", k.Structure.Name, "when", p.Date(k.Noticed)))}}
	for _, f := range d.Fields {
		if f.ID == "structure" {
			continue
		}
		doc.Blocks = append(doc.Blocks, document.Heading{Level: 2, Text: p.T("incident.letter." + f.ID)})
		if f.Missing() {
			doc.Blocks = append(doc.Blocks, document.Form{Label: p.T("incident.to_fill"), Lines: 3})
			continue
		}
		doc.Blocks = append(doc.Blocks, document.P(f.Value))
	}
	doc.Blocks = append(doc.Blocks, document.P(p.T("incident.letter_end")), document.Form{Label: or(k.Director, p.T("incident.field.representative")), Lines: 2})
	return doc
}
