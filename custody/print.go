package custody

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"hygie/document"
)

// Printed gives the register on paper: each piece with its hash, each hand-over and each correction with its line, and the mark of the last line as
// letters and as a code. Times are those of zone. The paper proves what it shows as long as the file it was printed from is kept too.
func Printed(r *Register, lang string, zone *time.Location) document.Document {
	w := wordsOf(lang)
	d := document.Document{Title: w.whole, Subtitle: r.Title, Language: lang, Author: "hygie", Date: r.last.Noted, Header: r.Origin, Footer: r.Origin + " " + r.Mark().String(), Wide: true,
		Blocks: []document.Block{document.P(w.lead)}}
	pieces := document.Table{Caption: w.label, Columns: []document.Column{{Name: w.number, Header: true, Right: true}, {Name: w.name}, {Name: w.hash}, {Name: w.by}, {Name: w.holder}, {Name: w.seal}}}
	history := document.Table{Caption: w.history, Columns: []document.Column{{Name: w.line, Header: true, Right: true}, {Name: w.when}, {Name: w.name}, {Name: w.what}}}
	for _, i := range r.Items {
		hash := spacedHash(i)
		if hash == "" {
			hash = w.none
		} else {
			hash += "\n" + strconv.FormatInt(i.Measure.Size, 10) + " " + w.bytes
		}
		keeper := i.Keeper()
		if i.Void {
			keeper = w.void
		}
		pieces.Rows = append(pieces.Rows, []string{strconv.Itoa(i.Number), i.Name, hash, i.By + "\n" + moment(i.Taken, zone) + "\n" + i.Place, strings.TrimSpace(keeper + "\n" + i.Where()), i.SealNow()})
		add := func(line int64, at time.Time, texts ...string) {
			history.Rows = append(history.Rows, []string{strconv.FormatInt(line, 10), moment(at, zone), strconv.Itoa(i.Number) + ". " + i.Name, joined(texts...)})
		}
		for _, m := range i.Moves {
			void := ""
			if m.Void {
				void = w.void
			}
			add(m.Line, m.At, m.From+" → "+m.To, m.Place, m.Seal, m.Note, void)
		}
		for _, c := range i.Corrections {
			add(c.Line, c.Noted, fmt.Sprintf(w.corrects, c.Of), c.By, c.said(w), c.Note)
		}
	}
	d.Blocks = append(d.Blocks, pieces)
	if len(history.Rows) > 0 {
		d.Blocks = append(d.Blocks, history)
	}
	mark := r.Mark().String()
	d.Blocks = append(d.Blocks, document.P(w.keep), document.Code{Text: "HYGIE:REGISTRE:" + r.Origin + ":" + mark, Caption: w.last + " " + mark})
	return d
}

// said is what a correction changes.
func (c Correction) said(w words) string {
	if c.Void {
		return w.void
	}
	return joined(c.Name, c.Place, c.Holder, c.To, c.Seal)
}

// joined puts texts one below the other, without those that are empty.
func joined(texts ...string) string {
	var b strings.Builder
	for _, t := range texts {
		if t == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(t)
	}
	return b.String()
}
