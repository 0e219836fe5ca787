// Package crisisfolder makes the folder that an establishment keeps on a shelf and on a USB key for the day when no screen works: whom to call, reflex
// cards, how each care service goes on without computers, and blank sheets to write on.
//
// A [Folder] is plain data; [Folder.Document] makes one document of it, which the writers of package document turn into a tagged PDF and into one HTML page that
// needs no script. The same data give the same bytes. When it was made stands on each page, with the day from which it is to be replaced.
//
// Degraded procedures are texts of the establishment; [Models] are those that it may begin with. Their form is that of [Blocks].
//
// No patient data has a place here: the sheets ask for none, and say so.
package crisisfolder

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"hygie/document"
)

// A Folder is what one establishment keeps.
type Folder struct {
	Establishment string
	Language      string // fr or en
	Number        int64  // of this making, from 1
	Made          time.Time
	Zone          *time.Location
	Calls         []Contact // outside help, in the order to call
	Contacts      []Contact // the establishment's own list
	Services      []Service
	Cards         []Card
	Sheets        int // blank sheets of the main courante; 0: none
}

// A Contact is somebody to call.
type Contact struct {
	Name   string
	Role   string // what for
	Phones []string
	Mail   string
	Hours  string // when they answer
	Note   string
	Source string // where a number was read, with its date; empty for the establishment's own
	Unsure bool   // the number was not checked
}

// A Service is a care service, or another that others depend on.
type Service struct {
	Name      string
	Tolerance int    // hours that it goes on without computers before care is in danger; 0: nobody said
	Manager   string // who decides there
	Phone     string
	Box       string // where its paper, labels and stamps are
	Procedure string // see [Blocks]
}

// A Card is a reflex card as it holds for the establishment.
type Card struct {
	Title  string
	Own    bool // adapted by the establishment
	Blocks []document.Block
}

// Fresh is how long a folder is to be trusted, in months, when nothing changed.
const Fresh = 6

// sheetLines is how many lines a blank sheet has.
const sheetLines = 12

// Document is the folder, part by part, each on pages of its own.
func (f Folder) Document() document.Document {
	w := wordsOf(f.Language)
	made := f.moment(f.Made)
	d := document.Document{Title: w.title, Subtitle: f.Establishment, Language: f.Language, Author: f.Establishment, Date: f.Made,
		Header: f.Establishment, Footer: fmt.Sprintf(w.footer, f.Number, made, f.day(f.Made.AddDate(0, Fresh, 0)))}
	d.Blocks = append(d.Blocks, document.Note{Label: w.ageLabel, Spans: []document.Span{{Text: fmt.Sprintf(w.age, f.Number, made, f.day(f.Made.AddDate(0, Fresh, 0))), Bold: true}}},
		document.P(w.lead), document.Heading{Level: 2, Text: w.contents}, document.List{Style: document.Numbers, Items: document.Items(f.parts(w)...)})
	d.Blocks = append(d.Blocks, f.calls(w)...)
	d.Blocks = append(d.Blocks, f.cards(w)...)
	d.Blocks = append(d.Blocks, f.services(w)...)
	d.Blocks = append(d.Blocks, f.sheets(w)...)
	return d
}

// parts are the titles of what follows.
func (f Folder) parts(w words) []string {
	parts := []string{w.calls, fmt.Sprintf("%s (%d)", w.cards, len(f.Cards)), fmt.Sprintf("%s (%d)", w.services, len(f.Services))}
	if f.Sheets > 0 {
		parts = append(parts, w.sheets)
	}
	return parts
}

func (f Folder) zone() *time.Location {
	if f.Zone == nil {
		return time.UTC
	}
	return f.Zone
}

func (f Folder) moment(t time.Time) string {
	if f.Language == "en" {
		return t.In(f.zone()).Format("2 January 2006, 15:04")
	}
	return t.In(f.zone()).Format("02/01/2006 à 15:04")
}

func (f Folder) day(t time.Time) string {
	if f.Language == "en" {
		return t.In(f.zone()).Format("2 January 2006")
	}
	return t.In(f.zone()).Format("02/01/2006")
}

func (f Folder) calls(w words) []document.Block {
	blocks := []document.Block{document.PageBreak{}, document.Heading{Level: 2, Text: w.calls}, document.P(w.callsLead)}
	blocks = append(blocks, document.Heading{Level: 3, Text: w.outside}, contactTable(w, f.Calls))
	blocks = append(blocks, document.Heading{Level: 3, Text: w.own})
	if len(f.Contacts) == 0 {
		return append(blocks, document.P(w.ownNone), document.Form{Label: w.own, Lines: 12})
	}
	return append(blocks, contactTable(w, f.Contacts))
}

func contactTable(w words, all []Contact) document.Table {
	t := document.Table{Columns: []document.Column{{Name: w.who, Header: true}, {Name: w.reach}, {Name: w.when}, {Name: w.note}}}
	for _, c := range all {
		note := lines(c.Note, c.Source)
		if c.Unsure {
			note = lines(w.unsure, note)
		}
		t.Rows = append(t.Rows, []string{lines(c.Name, c.Role), lines(strings.Join(c.Phones, "\n"), c.Mail), c.Hours, note})
	}
	return t
}

// lines puts texts one below the other, without those that are empty.
func lines(texts ...string) string {
	var said []string
	for _, t := range texts {
		if t != "" {
			said = append(said, t)
		}
	}
	return strings.Join(said, "\n")
}

func (f Folder) cards(w words) []document.Block {
	var blocks []document.Block
	for n, c := range f.Cards {
		blocks = append(blocks, document.PageBreak{})
		if n == 0 {
			blocks = append(blocks, document.Heading{Level: 2, Text: w.cards})
		}
		blocks = append(blocks, document.Heading{Level: 3, Text: c.Title})
		if c.Own {
			blocks = append(blocks, document.P(w.ownCard))
		}
		blocks = append(blocks, lower(c.Blocks)...)
	}
	return blocks
}

// lower puts the headings of blocks below the title of a card.
func lower(blocks []document.Block) []document.Block {
	all := make([]document.Block, len(blocks))
	for n, b := range blocks {
		if h, ok := b.(document.Heading); ok {
			h.Level = 4
			b = h
		}
		all[n] = b
	}
	return all
}

func (f Folder) services(w words) []document.Block {
	blocks := []document.Block{document.PageBreak{}, document.Heading{Level: 2, Text: w.services}}
	if len(f.Services) == 0 {
		return append(blocks, document.P(w.noService))
	}
	order := document.Table{Caption: w.order, Columns: []document.Column{{Name: w.service, Header: true}, {Name: w.tolerance, Right: true}, {Name: w.manager}, {Name: w.phone}, {Name: w.box}}}
	for _, s := range f.Services {
		order.Rows = append(order.Rows, []string{s.Name, s.hours(w), s.Manager, s.Phone, s.Box})
	}
	blocks = append(blocks, document.P(w.orderLead), order)
	for _, s := range f.Services {
		blocks = append(blocks, document.PageBreak{}, document.Heading{Level: 3, Text: s.Name})
		if said := s.pairs(w); len(said.Rows) > 0 {
			blocks = append(blocks, said)
		}
		if strings.TrimSpace(s.Procedure) == "" {
			blocks = append(blocks, document.P(w.noProcedure), document.Form{Label: w.procedure, Lines: 20})
			continue
		}
		blocks = append(blocks, Blocks(s.Procedure)...)
	}
	return blocks
}

func (s Service) hours(w words) string {
	if s.Tolerance <= 0 {
		return "?"
	}
	return strconv.Itoa(s.Tolerance) + " " + w.hour
}

func (s Service) pairs(w words) (p document.Pairs) {
	for _, row := range [][2]string{{w.manager, s.Manager}, {w.phone, s.Phone}, {w.box, s.Box}} {
		if row[1] != "" {
			p.Rows = append(p.Rows, document.Pair{Name: row[0], Value: row[1]})
		}
	}
	if s.Tolerance > 0 {
		p.Rows = append(p.Rows, document.Pair{Name: w.tolerance, Value: s.hours(w)})
	}
	return p
}

// blank makes a column as wide as so many letters.
func blank(letters int) string { return strings.Repeat("\u00a0", letters) }

// sheets are what a cell writes on: the main courante, and the boards that it keeps before its eyes.
func (f Folder) sheets(w words) []document.Block {
	if f.Sheets == 0 {
		return nil
	}
	empty := func(title, lead string, rows int, columns ...string) []document.Block {
		t := document.Table{Columns: make([]document.Column, len(columns))}
		for i, c := range columns {
			t.Columns[i] = document.Column{Name: c, Header: i == 0}
		}
		for range rows {
			t.Rows = append(t.Rows, append([]string{"\u00a0\n\n"}, make([]string, len(columns)-1)...))
		}
		return []document.Block{document.PageBreak{}, document.Heading{Level: 3, Text: title}, document.P(lead + " " + w.noPatient), t}
	}
	blocks := []document.Block{document.PageBreak{}, document.Heading{Level: 2, Text: w.sheets}, document.P(w.sheetsLead)}
	for n := range f.Sheets {
		sheet := empty(fmt.Sprintf(w.sheet, n+1, f.Sheets), w.sheetLead, sheetLines, w.line, w.hour2, w.whoWrites, w.kind, w.what)
		t := sheet[len(sheet)-1].(document.Table)
		for l := range t.Rows {
			t.Rows[l][0] = fmt.Sprintf("%d.%d\n\n", n+1, l+1)
			t.Rows[l][1], t.Rows[l][2], t.Rows[l][4] = blank(10), blank(16), blank(50) // as wide as a hand needs
		}
		blocks = append(blocks, sheet...)
	}
	board := empty(w.board, w.boardLead, 0, w.service, w.runs, w.degraded, w.stopped, w.since)
	t := board[len(board)-1].(document.Table)
	for _, s := range f.Services {
		t.Rows = append(t.Rows, []string{s.Name, "☐", "☐", "☐", blank(30)})
	}
	for range 4 {
		t.Rows = append(t.Rows, []string{"\u00a0", "☐", "☐", "☐", blank(30)})
	}
	board[len(board)-1] = t
	blocks = append(blocks, board...)
	blocks = append(blocks, empty(w.presence, w.presenceLead, 16, w.who, w.post, w.reach, w.arrived, w.left)...)
	blocks = append(blocks, empty(w.callLog, w.callLead, 14, w.hour2, w.from, w.to, w.what)...)
	return append(blocks, empty(w.decisions, w.decisionLead, 12, w.hour2, w.toDecide, w.decided, w.byWhom)...)
}
