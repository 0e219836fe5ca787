package pack

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"hygie/document"
	"hygie/internal/funding"
	"hygie/journal"
	"hygie/sheet"
)

// euros is an amount as a number of a spreadsheet; whole cents up to ninety thousand billion euros are exact.
func euros(c funding.Cents) float64 { return float64(c) / 100 }

// exact writes a moment with its seconds and zone.
func (s *Sealing) exact(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(s.packer.o.Funding.Zone()).Format("2006-01-02 15:04:05 MST")
}

// on gives a moment as a spreadsheet has it.
func (s *Sealing) on(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.In(s.packer.o.Funding.Zone())
}

// headed names columns by the keys of their messages.
func (s *Sealing) headed(keys ...string) []string {
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = s.t("column_" + key)
	}
	return names
}

func (s *Sealing) t(key string, args ...any) string { return s.reader.Printer.T("pack."+key, args...) }

// tables are the sheets of dossier.ods.
func (s *Sealing) tables() []sheet.Table {
	w, t := s.w, s.reader.Printer.T
	return []sheet.Table{
		{Name: s.t("sheet_events"), Header: s.headed("position", "at", "act", "state", "by", "on_behalf", "amount", "outcome", "reference", "note"),
			Rows: sheet.Slice(w.Events, func(e funding.Event) []any {
				amount := any(nil)
				if e.Amount != 0 {
					amount = euros(e.Amount)
				}
				return []any{e.Position, s.on(e.At), t(e.MessageKey()), t(e.To.MessageKey()), w.who(e.By), w.who(e.OnBehalf), amount, e.Outcome, e.Reference, e.Note}
			})},
		{Name: s.t("sheet_fields"), Header: s.headed("member", "field", "value", "at", "by"),
			Rows: sheet.Slice(w.Fields, func(f funding.Field) []any {
				return []any{w.who(f.Member), f.Name, f.Value, s.on(f.At), w.who(f.By)}
			})},
		{Name: s.t("sheet_expenses"), Header: s.headed("member", "kind", "label", "supplier", "amount", "day", "invoice"),
			Rows: sheet.Slice(w.Expenses, func(x funding.Expense) []any {
				return []any{w.who(x.Member), x.Kind, x.Label, x.Supplier, euros(x.Amount), x.On.Format(time.DateOnly), w.fileOf(x.Invoice)}
			})},
		{Name: s.t("sheet_evidence"), Header: s.headed("file", "name", "kind", "serves", "sha256", "size", "from", "until", "deposits", "missing"),
			Rows: sheet.Slice(w.Pieces, func(p *piece) []any {
				return []any{p.Path, p.Name, p.Kind, s.serves(p), p.SHA256, p.Size, p.From, p.Until, revisions(p.DepositedIn), s.missing(p)}
			})},
		{Name: s.t("sheet_corrections"), Header: s.headed("round", "target", "member", "note", "answer", "at", "by"),
			Rows: sheet.Slice(w.Corrections, func(c funding.Correction) []any {
				return []any{c.Round, c.Target, w.who(c.Member), c.Note, c.Answer, s.on(c.AnsweredAt), w.who(c.AnsweredBy)}
			})},
		{Name: s.t("sheet_messages"), Header: s.headed("position", "at", "by", "note"),
			Rows: sheet.Slice(w.Messages, func(m funding.Message) []any { return []any{m.Position, s.on(m.At), w.who(m.By), m.Note} })},
	}
}

// fileOf is where a piece of evidence is in the pack, by its id.
func (w whole) fileOf(evidence string) string {
	for _, p := range w.Pieces {
		if p.Evidence == evidence {
			return p.Path
		}
	}
	return ""
}

// serves says what a piece is there for.
func (s *Sealing) serves(p *piece) string {
	var all []string
	for _, u := range p.Uses {
		text := u.Requirement
		if u.Expense != "" {
			text = s.t("an_expense")
			for _, x := range s.w.Expenses {
				if x.ID == u.Expense {
					text = s.t("expense_named", "label", x.Label)
				}
			}
		}
		if u.Member != "" {
			text += " (" + s.w.who(u.Member) + ")"
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

// missing says why a piece is not in the pack, nothing when it is.
func (s *Sealing) missing(p *piece) string {
	if p.Why == "" {
		return ""
	}
	return s.t("missing_" + p.Why)
}

func revisions(list []int64) string {
	all := make([]string, len(list))
	for i, n := range list {
		all[i] = strconv.FormatInt(n, 10)
	}
	return strings.Join(all, ", ")
}

// document is dossier.pdf.
func (s *Sealing) document() document.Document {
	w, p := s.w, s.reader.Printer
	title := w.Dossier.Call
	if w.Call != nil {
		title = w.Call.Title.FR
		if p.Lang() == "en" {
			title = w.Call.Title.EN
		}
	}
	d := document.Document{Title: s.t("title", "number", w.Number), Subtitle: title, Language: string(p.Lang()), Author: w.Candidate.Name, Date: s.at, Header: w.Candidate.Name, Footer: w.Number}
	d.Blocks = append(d.Blocks, document.Pairs{Rows: s.glance()})
	heading := func(key string) { d.Blocks = append(d.Blocks, document.Heading{Level: 2, Text: s.t(key)}) }
	heading("sheet_fields")
	for _, f := range w.Fields {
		if f.Value == "" {
			continue
		}
		name := s.fieldName(f.Name)
		if f.Member != "" {
			name += " – " + w.who(f.Member)
		}
		d.Blocks = append(d.Blocks, document.Heading{Level: 3, Text: name}, document.P(f.Value))
	}
	if len(w.Expenses) > 0 {
		heading("sheet_expenses")
		table := document.Table{Caption: s.t("sheet_expenses"), Columns: []document.Column{{Name: s.t("column_label"), Header: true}, {Name: s.t("column_supplier")}, {Name: s.t("column_day")}, {Name: s.t("column_amount"), Right: true}}}
		sum := funding.Cents(0)
		for _, x := range w.Expenses {
			table.Rows = append(table.Rows, []string{x.Label, x.Supplier, p.ShortDate(x.On), p.Euros(int64(x.Amount))})
			sum += x.Amount
		}
		table.Rows = append(table.Rows, []string{s.t("sum"), "", "", p.Euros(int64(sum))})
		d.Blocks = append(d.Blocks, table)
	}
	heading("sheet_evidence")
	table := document.Table{Caption: s.t("sheet_evidence"), Columns: []document.Column{{Name: s.t("column_file"), Header: true}, {Name: s.t("column_serves")}, {Name: s.t("column_sha256")}}}
	for _, one := range w.Pieces {
		name := one.Path
		if name == "" {
			name = one.Name + " – " + s.missing(one)
		}
		table.Rows = append(table.Rows, []string{name, s.serves(one), one.SHA256})
	}
	d.Blocks = append(d.Blocks, table)
	heading("sheet_events")
	events := document.Table{Caption: s.t("sheet_events"), Columns: []document.Column{{Name: s.t("column_at"), Header: true}, {Name: s.t("column_act")}, {Name: s.t("column_by")}, {Name: s.t("column_amount"), Right: true}, {Name: s.t("column_note")}}}
	for _, e := range w.Events {
		amount := ""
		if e.Amount != 0 {
			amount = p.Euros(int64(e.Amount))
		}
		events.Rows = append(events.Rows, []string{s.exact(e.At), p.T(e.MessageKey()), w.who(e.By), amount, e.Note})
	}
	d.Blocks = append(d.Blocks, events)
	heading("sheet_messages")
	for _, m := range w.Messages {
		d.Blocks = append(d.Blocks, document.Note{Label: fmt.Sprintf("%s – %s", s.exact(m.At), w.who(m.By)), Spans: document.Text(m.Note)})
	}
	if len(w.Messages) == 0 {
		d.Blocks = append(d.Blocks, document.P(s.t("no_messages")))
	}
	heading("proof")
	d.Blocks = append(d.Blocks, document.P(s.t("proof_text")), document.Pairs{Rows: []document.Pair{{Name: s.t("key"), Value: journal.Fingerprint(s.packer.Public())}}})
	return d
}

// glance is what is known of a dossier at a glance.
func (s *Sealing) glance() (rows []document.Pair) {
	w, p := s.w, s.reader.Printer
	add := func(key, value string) {
		if value != "" {
			rows = append(rows, document.Pair{Name: s.t(key), Value: value})
		}
	}
	amount := func(key string, c funding.Cents) {
		if c != 0 {
			add(key, p.Euros(int64(c)))
		}
	}
	add("candidate", w.Candidate.Name)
	add("finess", w.Candidate.Finess)
	add("state", p.T(w.State.MessageKey()))
	amount("asked", w.Asked)
	amount("granted", w.Granted)
	amount("paid", w.Paid)
	amount("due_back", w.DueBack)
	amount("paid_back", w.PaidBack)
	for _, r := range w.Receipts {
		signer := w.who(r.By)
		if r.OnBehalf != "" {
			signer = s.t("on_behalf", "name", signer, "other", w.who(r.OnBehalf))
		}
		rows = append(rows, document.Pair{Name: s.t("deposit", "revision", r.Revision), Value: fmt.Sprintf("%s, %s\nSHA-256 %s", s.exact(r.At), signer, r.SHA256)})
	}
	add("sealed_at", s.exact(s.at))
	return rows
}

// fieldName is how readers call a field; what a call asks for beside has its title there.
func (s *Sealing) fieldName(name string) string {
	if key := "pack.field_" + name; s.reader.Printer.Has(key) {
		return s.reader.Printer.T(key)
	}
	if s.w.Call != nil {
		if code, ok := strings.CutPrefix(name, "answer/"); ok {
			if f, found := s.w.Call.Field(code); found {
				return f.Title.FR
			}
		}
	}
	return name
}
