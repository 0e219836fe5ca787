package reflex

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"hygie/card"
	"hygie/document"
	"hygie/document/pdf"
	"hygie/internal/locale"
	"hygie/internal/place"
	"hygie/internal/store"
	"hygie/internal/web"
)

// booklet is every card on paper: what is on a shelf when no screen works.
func (m *Module) booklet(c *web.Context) error { return m.print(c, "") }

// sheet is one card on paper.
func (m *Module) sheet(c *web.Context) error { return m.print(c, c.Path("card")) }

func (m *Module) print(c *web.Context, id string) error {
	at, s, err := place.Of(c, m.DB)
	if err != nil {
		return err
	}
	var shelf []Held
	err = m.DB.View(c.Ctx, func(tx *store.Tx) (err error) {
		shelf, err = m.shelf(c.Ctx, tx, c.Scope, string(s.ID))
		return err
	})
	if err != nil {
		return err
	}
	all := titles(c.Ctx, shelf)
	d := document.Document{Title: c.T("reflex.title"), Subtitle: at.Name, Language: string(c.Printer.Lang()), Author: at.Name, Date: m.Now(), Header: at.Name, Footer: c.T("reflex.printed", "day", c.Printer.Date(m.Now()))}
	name := c.T("reflex.file")
	if id != "" {
		one, err := find(shelf, id)
		if err != nil {
			return err
		}
		shelf, name = []Held{one}, name+"-"+id
		d.Title = words(c.Ctx, one.Title)
	}
	for i, h := range shelf {
		if id == "" {
			if i > 0 {
				d.Blocks = append(d.Blocks, document.PageBreak{})
			}
			d.Blocks = append(d.Blocks, document.Heading{Level: 2, Text: words(c.Ctx, h.Title)})
		}
		d.Blocks = append(d.Blocks, Paper(c.Ctx, h.Card, all)...)
	}
	var b bytes.Buffer
	if err := pdf.Write(&b, d); err != nil {
		return fmt.Errorf("print the cards of %s: %w", at.ID, err)
	}
	c.Download(name+".pdf", "application/pdf")
	_, err = c.W.Write(b.Bytes())
	return err
}

// Paper is a card as it is run with a pen, in the language of the reader; titles are those of the cards it may lead to, by id.
func Paper(ctx context.Context, k *card.Card, titles map[string]string) []document.Block {
	p := locale.From(ctx)
	blocks := []document.Block{
		document.Pairs{Rows: []document.Pair{
			{Name: p.T("reflex.for"), Value: words(ctx, k.For)}, {Name: p.T("reflex.when"), Value: words(ctx, k.When)},
			{Name: p.T("reflex.purpose"), Value: words(ctx, k.Purpose)}, {Name: p.T("reflex.limit"), Value: p.T("reflex.minutes", "count", k.Minutes)},
			{Name: p.T("reflex.version"), Value: k.Version}, {Name: p.T("reflex.began"), Value: "____ : ____"},
		}},
	}
	if len(k.Needs) > 0 {
		items := make([]string, len(k.Needs))
		for i, n := range k.Needs {
			items[i] = words(ctx, n)
		}
		blocks = append(blocks, document.Heading{Level: 3, Text: p.T("reflex.needs")}, document.List{Style: document.Boxes, Items: document.Items(items...)})
	}
	t := document.Table{Caption: p.T("reflex.steps"), Columns: []document.Column{{Name: p.T("reflex.number"), Header: true}, {Name: p.T("reflex.step")}, {Name: p.T("reflex.tick")}}}
	numbers := map[string]int{}
	for i := range k.Steps {
		s := &k.Steps[i]
		numbers[s.ID] = i + 1
		var ticks []string
		for _, a := range offered(s) {
			ticks = append(ticks, "☐ "+answerWord(ctx, s, a))
		}
		t.Rows = append(t.Rows, []string{fmt.Sprint(i + 1), stepText(ctx, s, numbers), strings.Join(ticks, "\n")})
	}
	blocks = append(blocks, document.Heading{Level: 3, Text: p.T("reflex.steps")}, t, document.Heading{Level: 3, Text: p.T("reflex.outcomes")})
	for _, o := range k.Outcomes {
		label := p.T("reflex.else")
		if len(o.If) > 0 {
			label = conditions(ctx, o.If, numbers)
		}
		say := words(ctx, o.Say)
		for _, next := range o.Next {
			say += "\n→ " + titles[next]
		}
		blocks = append(blocks, document.Note{Label: label, Spans: document.Text(say)})
	}
	return append(blocks, document.Form{Label: p.T("reflex.decided"), Lines: 2})
}

func stepText(ctx context.Context, s *card.Step, numbers map[string]int) string {
	text := words(ctx, s.Text)
	if len(s.If) > 0 {
		text = conditions(ctx, s.If, numbers) + "\n" + text
	}
	if why := words(ctx, s.Why); why != "" {
		text += "\n" + why
	}
	return text
}

// conditions says in words when something holds: "Si 1 : oui ; 3 : non ou je ne sais pas".
func conditions(ctx context.Context, all []card.Condition, numbers map[string]int) string {
	p := locale.From(ctx)
	var parts []string
	for _, c := range all {
		var names []string
		for _, a := range c.Answers {
			names = append(names, p.T("reflex.answer_"+string(a)))
		}
		parts = append(parts, p.T("reflex.condition", "number", numbers[c.Step], "answers", strings.Join(names, p.T("reflex.or"))))
	}
	return p.T("reflex.if", "conditions", strings.Join(parts, " ; "))
}
