package cli

import (
	"fmt"
	"os"

	"hygie/referential"
)

// ReferentialConvert writes a referential in another format.
type ReferentialConvert struct {
	File  string   `arg:"" help:"File to convert, or the id of a package that comes with hygie (shipped: the links between them); - reads the standard input."`
	From  string   `enum:"auto,hygie,ciso" default:"auto" help:"Format of the file: hygie, or ciso (library of CISO Assistant); by default what its keys say."`
	To    string   `enum:"hygie,ciso,oscal" default:"hygie" help:"Format to write: hygie, ciso (library of CISO Assistant) or oscal (OSCAL catalog, JSON)."`
	Lang  string   `enum:"fr,en," default:"" placeholder:"fr|en" help:"Language of the catalog; by default that of the messages."`
	With  []string `sep:"none" placeholder:"FILE" help:"Of links between frameworks: a package or library in which their names are looked up, beside those that come with hygie; may be given several times."`
	Links bool     `help:"Of a library that holds a framework and links, write the links."`
	AsOf  string   `placeholder:"DATE" help:"Date of last change to write into the catalog (2026-03-10); by default the start of the package's validity, else today."`
	Out   string   `short:"o" placeholder:"FILE" help:"File to write; by default the standard output."`
}

// Help shows examples.
func (ReferentialConvert) Help() string {
	return "hygie referential convert bibliotheque.yaml --out mon-referentiel.yaml\n" +
		"hygie referential convert esms-13 --to ciso\nhygie referential convert liens.yaml --with norme.yaml --with guide.yaml\nhygie referential convert care-d1 --to oscal --lang en --as-of 2026-03-10"
}

// Run converts; what cannot be carried over is told on the error stream.
func (c ReferentialConvert) Run(s *Streams) error {
	if m, err := shippedLinks(c.File); m != nil || err != nil {
		if err != nil {
			return err
		}
		return c.writeLinks(s, m, nil)
	}
	if p, err := shipped(c.File); p != nil || err != nil {
		if err != nil {
			return err
		}
		return c.writePackage(s, p, nil)
	}
	data, err := readInput(s, c.File)
	if err != nil {
		return err
	}
	ciso := c.From == "ciso" || c.From == "auto" && referential.IsCISO(data)
	if c.Links || ciso && referential.IsCISOMap(data) || !ciso && referential.IsMap(data) {
		return c.readLinks(s, data, ciso)
	}
	var p *referential.Package
	var notes []string
	if ciso {
		p, notes, err = referential.ReadCISO(c.File, data)
	} else {
		p, err = referential.Read(c.File, data)
	}
	if err != nil {
		return Exit{Failed, err}
	}
	return c.writePackage(s, p, notes)
}

func (c ReferentialConvert) writePackage(s *Streams, p *referential.Package, notes []string) error {
	var data []byte
	var more []string
	var err error
	switch c.To {
	case "ciso":
		data, more, err = referential.WriteCISO(p)
	case "oscal":
		data, err = c.catalog(s, p)
	default:
		data, err = referential.Write(p)
	}
	if err != nil {
		return err
	}
	tell(s, append(notes, more...))
	return c.write(s, data)
}

// tell says what could not be carried over.
func tell(s *Streams, notes []string) {
	for _, note := range notes {
		fmt.Fprintf(s.Err, "hygie: %s\n", note) //nolint:errcheck // the file itself tells more
	}
}

func (c ReferentialConvert) catalog(s *Streams, p *referential.Package) ([]byte, error) {
	lang := c.Lang
	if lang == "" {
		lang = Language(s.Env)
	}
	modified := p.Validity.From
	if c.AsOf != "" {
		var err error
		if modified, err = parseDate(c.AsOf); err != nil {
			return nil, UsageError("--as-of %s: %w", c.AsOf, err)
		}
	}
	if modified.IsZero() {
		modified = s.Now()
	}
	return referential.WriteCatalog(p, referential.Lang(lang), modified)
}

func (c ReferentialConvert) write(s *Streams, data []byte) error {
	if c.Out == "" {
		_, err := s.Out.Write(data)
		return err
	}
	if err := os.WriteFile(c.Out, data, 0o644); err != nil { //nolint:gosec // a referential is public
		return Exit{Failed, fmt.Errorf("write %s: %w", c.Out, err)}
	}
	return nil
}
