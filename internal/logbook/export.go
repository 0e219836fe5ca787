package logbook

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"hygie/document"
	"hygie/document/pdf"
	"hygie/internal/locale"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/journal"
	"hygie/seal"
	"hygie/seal/pdfsig"
)

// WriteJournal writes the sealed journal of a book in scope: what "hygie journal verify" checks without network.
func (b *Books) WriteJournal(ctx context.Context, scope territory.Scope, book string, w io.Writer) error {
	var t *trail.Trail
	err := b.o.DB.View(ctx, func(tx *store.Tx) (err error) {
		t, err = b.trail(ctx, tx, scope, book)
		return err
	})
	if err != nil {
		return err
	}
	return t.Export(ctx, w)
}

// columns of the tables, in the order of the form that crisis cells know.
func columns() []string {
	return []string{"numero", "survenu_a", "precision", "note_a", "recu_a", "auteur", "fonction", "cellule", "nature", "texte", "de", "vers", "canal", "pieces", "liens", "corrige", "source", "remarque", "empreinte"}
}

// cells of a line; times are ISO 8601 in the zone, with its offset, so that the night when clocks change has no hour twice.
func (l Line) cells(zone *time.Location) []string {
	stamp := func(t time.Time) string { return t.In(zone).Format(time.RFC3339) }
	var files, remarks []string
	for _, f := range l.Files {
		files = append(files, f.Name+" sha256:"+f.SHA256)
	}
	precision, corrects := "", ""
	if l.About {
		precision = "environ"
	}
	if l.Corrects > 0 {
		corrects = strconv.FormatInt(l.Corrects, 10)
	}
	if l.Late {
		remarks = append(remarks, "arrivée après des lignes écrites plus tard")
	}
	if l.ClockBack {
		remarks = append(remarks, "horloge de l’appareil reculée")
	}
	return []string{strconv.FormatInt(l.Number, 10), stamp(l.At), precision, stamp(l.Written), stamp(l.Received), l.Name, l.Role, l.Cell, string(l.Kind), l.Text, l.From, l.To, l.Channel,
		strings.Join(files, " "), strings.Join(l.Links, " "), corrects, l.Source, strings.Join(remarks, " ; "), fmt.Sprintf("%x", l.Hash[:])}
}

// WriteCSV writes lines as comma-separated values (RFC 4180, UTF-8, with a heading). Cells that a spreadsheet would run are made safe.
func WriteCSV(w io.Writer, lines []Line, zone *time.Location) error {
	out := csv.NewWriter(w)
	rows := [][]string{columns()}
	for _, l := range lines {
		cells := l.cells(zone)
		for i := range cells {
			cells[i] = web.SafeCell(cells[i])
		}
		rows = append(rows, cells)
	}
	return out.WriteAll(rows)
}

// WriteTimesketch writes lines as JSON, one a line, with the columns that Timesketch needs: message, datetime (ISO 8601, UTC) and timestamp_desc. A line whose
// fact and noting are more than a minute apart gives two events.
func WriteTimesketch(w io.Writer, lines []Line) error {
	type event struct {
		Message  string   `json:"message"`
		Datetime string   `json:"datetime"`
		Desc     string   `json:"timestamp_desc"`
		Number   int64    `json:"line"`
		Kind     Kind     `json:"kind"`
		Author   string   `json:"author"`
		Role     string   `json:"role,omitempty"`
		Cell     string   `json:"cell,omitempty"`
		Source   string   `json:"line_source,omitempty"`
		Corrects int64    `json:"corrects,omitempty"`
		Files    []string `json:"sha256,omitempty"`
		Hash     string   `json:"line_hash"`
	}
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for _, l := range lines {
		e := event{Message: l.Text, Datetime: l.At.UTC().Format(timeForm), Desc: "fact", Number: l.Number, Kind: l.Kind, Author: l.Name, Role: l.Role, Cell: l.Cell,
			Source: l.Source, Corrects: l.Corrects, Hash: fmt.Sprintf("%x", l.Hash[:])}
		for _, f := range l.Files {
			e.Files = append(e.Files, f.SHA256)
		}
		if err := out.Encode(e); err != nil {
			return fmt.Errorf("write line %d: %w", l.Number, err)
		}
		if d := l.Written.Sub(l.At); d > time.Minute || d < -time.Minute {
			e.Datetime, e.Desc = l.Written.UTC().Format(timeForm), "noted"
			if err := out.Encode(e); err != nil {
				return fmt.Errorf("write line %d: %w", l.Number, err)
			}
		}
	}
	return nil
}

// Register is a main courante as a printed document. The head, when given, says what the lines prove.
func Register(p *locale.Printer, title, owner, banner string, lines []Line, head *journal.SignedHead, now time.Time) document.Document {
	moment := func(t time.Time) string {
		return p.ShortDate(t) + " " + p.Clock(t) + " " + t.In(p.Zone()).Format("MST")
	}
	table := document.Table{Caption: p.T("logbook.register_caption"), Columns: []document.Column{
		{Name: p.T("logbook.number"), Right: true, Header: true}, {Name: p.T("logbook.at")}, {Name: p.T("logbook.written")}, {Name: p.T("logbook.who")}, {Name: p.T("logbook.kind_of")}, {Name: p.T("logbook.what")}}}
	corrected := Corrections(lines)
	for _, l := range lines {
		who := strings.Join(nonEmpty(l.Name, l.Role, l.Cell), ", ")
		text := l.Text
		if l.From != "" || l.To != "" {
			text = strings.TrimSpace(l.From+" → "+l.To) + "\n" + text
		}
		for _, f := range l.Files {
			text += "\n" + p.T("logbook.file_is", "name", f.Name, "hash", f.SHA256)
		}
		for _, remark := range l.remarks(p, corrected) {
			text += "\n[" + remark + "]"
		}
		at := moment(l.At)
		if l.About {
			at = p.T("logbook.about", "time", at)
		}
		table.Rows = append(table.Rows, []string{strconv.FormatInt(l.Number, 10), at, moment(l.Written), who, p.T(l.Kind.MessageKey()), text})
	}
	d := document.Document{Title: p.T("logbook.title"), Subtitle: title, Language: string(p.Lang()), Author: owner, Date: now, Header: owner, Footer: title, Banner: banner, Wide: true,
		Blocks: []document.Block{document.P(p.T("logbook.register_lead", "count", len(lines), "when", p.DateTime(now))), table}}
	if head != nil {
		root := fmt.Sprintf("%x", head.Root[:])
		d.Blocks = append(d.Blocks, document.Heading{Level: 2, Text: p.T("logbook.proof")}, document.P(p.T("logbook.proof_text")),
			document.Pairs{Rows: []document.Pair{{Name: p.T("logbook.lines"), Value: p.Int(head.Size)}, {Name: p.T("logbook.root"), Value: root}, {Name: p.T("logbook.key"), Value: journal.Fingerprint(head.Key)}}},
			document.Code{Text: fmt.Sprintf("hygie %d %s", head.Size, root), Caption: p.T("logbook.root_code")})
	}
	return d
}

// remarks say what a reader must know of a line beside its words.
func (l Line) remarks(p *locale.Printer, corrected map[int64]int64) (all []string) {
	if by := corrected[l.Number]; by > 0 {
		all = append(all, p.T("logbook.corrected_by", "number", by))
	}
	if l.Corrects > 0 {
		all = append(all, p.T("logbook.corrects", "number", l.Corrects))
	}
	if l.Late {
		all = append(all, p.T("logbook.late"))
	}
	if l.ClockBack {
		all = append(all, p.T("logbook.clock_back"))
	}
	if d := l.Offset.Abs(); d >= 5*time.Second {
		all = append(all, p.T("logbook.offset", "offset", p.Duration(d)))
	}
	if sheet, ok := strings.CutPrefix(l.Source, "paper "); ok {
		all = append(all, p.T("logbook.from_paper", "sheet", sheet))
	}
	if l.Source == "offline" {
		all = append(all, p.T("logbook.from_offline"))
	}
	return all
}

func nonEmpty(all ...string) (kept []string) {
	for _, s := range all {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return kept
}

// all reads every line with the head that covers exactly them.
func (b *Books) all(ctx context.Context, scope territory.Scope, book string) (lines []Line, head journal.SignedHead, err error) {
	err = b.o.DB.View(ctx, func(tx *store.Tx) error {
		if lines, err = b.Lines(ctx, tx, scope, book, Filter{Oldest: true}); err != nil {
			return err
		}
		t, err := b.trail(ctx, tx, scope, book)
		if err != nil {
			return err
		}
		head, err = t.Read(ctx, tx)
		return err
	})
	return lines, head, err
}

// WritePack writes a sealed pack with the journal, the printed register, the tables, and the heads that were stamped, for the authorities: a judge can check
// it without hygie.
func (b *Books) WritePack(ctx context.Context, scope territory.Scope, id string, p *locale.Printer, owner, banner string, w io.Writer) error {
	var sealed, register, table, events bytes.Buffer
	if err := b.WriteJournal(ctx, scope, id, &sealed); err != nil {
		return err
	}
	lines, head, err := b.all(ctx, scope, id)
	if err != nil {
		return err
	}
	var book Book
	var stamps []Stamp
	err = b.o.DB.View(ctx, func(tx *store.Tx) error {
		if book, err = ByID(ctx, tx, scope, id); err != nil {
			return err
		}
		stamps, err = b.Stamps(ctx, tx, scope, id)
		return err
	})
	if err != nil {
		return err
	}
	issuer, err := b.writeSigned(&register, Register(p, book.Title, owner, banner, lines, &head, b.o.Now()), owner)
	if err != nil {
		return fmt.Errorf("print the register of %s: %w", id, err)
	}
	if err := WriteCSV(&table, lines, p.Zone()); err != nil {
		return err
	}
	if err := WriteTimesketch(&events, lines); err != nil {
		return err
	}
	note, err := head.MarshalText()
	if err != nil {
		return err
	}
	pack := seal.NewWriter(w, b.o.Private, seal.Instructions)
	files := []struct {
		name    string
		content []byte
	}{{"main-courante.jsonl", sealed.Bytes()}, {"main-courante.pdf", register.Bytes()}, {"main-courante.csv", table.Bytes()}, {"timesketch.jsonl", events.Bytes()}, {seal.HeadName, note}, {"certificat-installation.pem", issuer}}
	for _, s := range stamps {
		files = append(files, struct {
			name    string
			content []byte
		}{fmt.Sprintf("horodatage/%06d.txt", s.Size), []byte(s.Head)}, struct {
			name    string
			content []byte
		}{fmt.Sprintf("horodatage/%06d.tsr", s.Size), s.Token})
	}
	for _, f := range files {
		if _, err := pack.Add(f.name, bytes.NewReader(f.content)); err != nil {
			return fmt.Errorf("seal %s: %w", f.name, err)
		}
	}
	if err := b.packFiles(ctx, pack, lines); err != nil {
		return err
	}
	return pack.Close()
}

// writeSigned writes a document as a PDF that the installation signs, and gives the certificate of who vouches for it.
func (b *Books) writeSigned(w io.Writer, d document.Document, owner string) (issuer []byte, err error) {
	var plain bytes.Buffer
	if err := pdf.Write(&plain, d); err != nil {
		return nil, err
	}
	signer, err := pdfsig.New(b.o.Private, owner)
	if err != nil {
		return nil, err
	}
	signed, err := signer.Sign(plain.Bytes(), b.o.Now())
	if err != nil {
		return nil, err
	}
	_, err = w.Write(signed)
	return signer.Issuer(), err
}

// packFiles adds the files behind lines, each once, under a name that begins with its digest: the register names it so.
func (b *Books) packFiles(ctx context.Context, pack *seal.Writer, lines []Line) error {
	added := map[string]bool{}
	for _, l := range lines {
		for _, f := range l.Files {
			if added[f.SHA256] {
				continue
			}
			added[f.SHA256] = true
			content, err := b.open(ctx, f)
			if err != nil {
				return err
			}
			_, err = pack.Add("pieces/"+f.SHA256[:16]+"-"+seal.SafeName(f.Name, 80), content)
			if err := errors.Join(err, content.Close()); err != nil {
				return fmt.Errorf("seal %s: %w", f.Name, err)
			}
		}
	}
	return nil
}
