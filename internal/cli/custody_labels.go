package cli

import (
	"context"
	"fmt"
	"io"

	"hygie/custody"
	"hygie/document/pdf"
)

// CustodyLabels prints labels for pieces.
type CustodyLabels struct {
	Register string `arg:"" help:"File of the register." type:"existingfile"`
	Pieces   []int  `arg:"" optional:"" help:"Numbers of the pieces; otherwise all."`
	Out      string `help:"PDF file to write." required:"" placeholder:"FILE"`
	Lang     string `help:"Language of the labels: fr or en; otherwise that of messages." enum:"fr,en," default:""`
}

// Help shows an example.
func (CustodyLabels) Help() string {
	return "hygie custody labels attaque.registre 1 2 --out etiquettes.pdf"
}

// Run writes one page for each piece.
func (c CustodyLabels) Run(_ context.Context, s *Streams) error {
	r, err := readRegister(c.Register)
	if err != nil {
		return err
	}
	items := r.Items
	if len(c.Pieces) > 0 {
		items = nil
	}
	for _, n := range c.Pieces {
		if n < 1 || n > len(r.Items) {
			return UsageError("there is no piece %d: the register has pieces 1 to %d", n, len(r.Items))
		}
		items = append(items, r.Items[n-1])
	}
	lang := c.Lang
	if lang == "" {
		lang = Language(s.Env)
	}
	d := custody.Labels(r, items, lang, s.Now().Location())
	if err := writePrivate(c.Out, func(w io.Writer) error { return pdf.Write(w, d) }); err != nil {
		return err
	}
	fmt.Fprintf(s.Out, sayer(Language(s.Env))("%d étiquette(s) dans %s\n", "%d label(s) in %s\n"), len(items), c.Out)
	return nil
}
