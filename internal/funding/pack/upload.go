package pack

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"hygie/internal/funding"
	"hygie/referential/call"
	"hygie/seal"
)

// Uploading is a dossier that is ready to be written for a platform that people fill by hand.
type Uploading struct {
	packer *Packer
	s      *Sealing // for its words
	slots  []slot
}

// slot is a document that the call lists, with the pieces that fill it; the last one holds what the list does not name.
type slot struct {
	Number int
	Title  string
	Files  []slotFile
	Free   bool // the call asks for it without demanding it, or does not list it
}

type slotFile struct {
	Path string // in the pack
	*piece
}

// Upload reads a dossier in the reader's scope, drafts included: what is missing is best known before.
func (p *Packer) Upload(ctx context.Context, r Reader, id string) (*Uploading, error) {
	w, err := p.gather(ctx, r, id)
	if err != nil {
		return nil, err
	}
	w.Pieces = slices.DeleteFunc(w.Pieces, func(one *piece) bool { return !one.StillInPlace })
	u := &Uploading{packer: p, s: &Sealing{packer: p, w: w, reader: r, at: p.o.Now()}}
	u.slots = u.fill()
	return u, nil
}

// Name is what the file is called.
func (u *Uploading) Name() string { return Name(u.s.w.Dossier, "depot-externe") }

// fill gives each document of the call its pieces, in the order of the call.
func (u *Uploading) fill() (slots []slot) {
	w := u.s.w
	used := map[*piece]bool{}
	if w.Call != nil {
		for _, asked := range w.Call.Evidence {
			one := slot{Number: len(slots) + 1, Title: u.title(asked.Title), Free: asked.Optional}
			for _, p := range w.Pieces {
				if serves(p, asked) {
					used[p] = true
					one.add(p)
				}
			}
			slots = append(slots, one)
		}
	}
	rest := slot{Number: len(slots) + 1, Title: u.s.t("other_pieces"), Free: true}
	for _, p := range w.Pieces {
		if !used[p] {
			rest.add(p)
		}
	}
	if len(rest.Files) > 0 {
		slots = append(slots, rest)
	}
	return slots
}

func (u *Uploading) title(t call.Text) string {
	if u.s.reader.Printer.Lang() == "en" {
		return t.EN
	}
	return t.FR
}

// serves tells whether a piece is what the call asks for: a document of that kind, picked for one of its requirements when it names some. A document of no kind
// is the invoices of the expenses.
func serves(p *piece, asked call.Evidence) bool {
	if asked.Document == "" {
		return slices.ContainsFunc(p.Uses, func(u use) bool { return u.Expense != "" })
	}
	if p.Kind != asked.Document {
		return false
	}
	return len(asked.Requirement) == 0 || slices.ContainsFunc(p.Uses, func(u use) bool { return slices.Contains(asked.Requirement, u.Requirement) })
}

// add names a piece after its place in the list: platforms sort by name.
func (s *slot) add(p *piece) {
	path := ""
	if p.Path != "" {
		stem := seal.SafeName(s.Title, 60)
		path = fmt.Sprintf("%02d-%s-%02d%s", s.Number, strings.Trim(stem, "."), len(s.Files)+1, seal.SafeName("x"+ending(p.Name), 12)[1:])
	}
	s.Files = append(s.Files, slotFile{path, p})
}

// Write writes the pack: the list and the texts to copy first, then the documents as they are.
func (u *Uploading) Write(ctx context.Context, out io.Writer) error {
	z := zip.NewWriter(out)
	add := func(name string, content io.Reader) error {
		f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err == nil {
			_, err = io.Copy(f, content)
		}
		if err != nil {
			return fmt.Errorf("put %s in the pack of dossier %s: %w", name, u.s.w.Number, err)
		}
		return nil
	}
	if err := add("00-"+seal.SafeName(u.s.t("list_name"), 60)+".txt", strings.NewReader(u.list())); err != nil {
		return err
	}
	if err := add("00-"+seal.SafeName(u.s.t("texts_name"), 60)+".txt", strings.NewReader(u.texts())); err != nil {
		return err
	}
	for _, s := range u.slots {
		for _, f := range s.Files {
			if f.Path == "" {
				continue
			}
			named := *f.piece
			named.Path = f.Path
			if err := u.packer.put(ctx, &named, add); err != nil {
				return err
			}
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("write the pack of dossier %s: %w", u.s.w.Number, err)
	}
	return nil
}

// list says what is there, under which name, and what is missing.
func (u *Uploading) list() string {
	var b strings.Builder
	w := u.s.w
	fmt.Fprintf(&b, "%s\r\n%s\r\n\r\n", u.s.t("list_title", "number", w.Number), w.Candidate.Name)
	if w.Call != nil {
		if platform := u.title(w.Call.Platform); platform != "" {
			fmt.Fprintf(&b, "%s\r\n\r\n", u.s.t("list_platform", "platform", platform))
		}
	}
	for _, s := range u.slots {
		fmt.Fprintf(&b, "%02d. %s\r\n", s.Number, s.Title)
		for _, f := range s.Files {
			name := f.Path
			if name == "" {
				name = f.Name + " – " + u.s.missing(f.piece)
			}
			fmt.Fprintf(&b, "    %s\r\n        %s\r\n        SHA-256 %s\r\n", name, oneLine(u.s.serves(f.piece)), f.SHA256)
		}
		switch {
		case len(s.Files) == 0 && s.Free:
			fmt.Fprintf(&b, "    %s\r\n", u.s.t("not_needed"))
		case len(s.Files) == 0:
			fmt.Fprintf(&b, "    %s\r\n", u.s.t("not_there"))
		}
	}
	return b.String()
}

// texts are the answers to copy into the forms of another platform.
func (u *Uploading) texts() string {
	var b strings.Builder
	w := u.s.w
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "## %s\r\n%s\r\n\r\n", name, strings.ReplaceAll(strings.ReplaceAll(value, "\r\n", "\n"), "\n", "\r\n"))
		}
	}
	line(u.s.t("candidate"), w.Candidate.Name)
	line(u.s.t("finess"), w.Candidate.Finess)
	line("SIREN", w.Candidate.Siren)
	for _, f := range w.Fields {
		name := u.s.fieldName(f.Name)
		if f.Member != "" {
			name += " – " + w.who(f.Member)
		}
		line(name, f.Value)
	}
	sum := funding.Cents(0)
	for _, x := range w.Expenses {
		sum += x.Amount
		line(u.s.t("expense_named", "label", x.Label), fmt.Sprintf("%s\n%s\n%s", x.Supplier, x.On.Format("02/01/2006"), x.Amount.String()))
	}
	if sum > 0 {
		line(u.s.t("sum"), sum.String())
	}
	return b.String()
}

// oneLine keeps what people typed on one line.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
