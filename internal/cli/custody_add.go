package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"hygie/custody"
)

// CustodyAdd enters pieces into a register, which it opens when it is missing.
type CustodyAdd struct {
	Register string   `arg:"" help:"File of the register; it is made when it is missing."`
	Files    []string `arg:"" optional:"" help:"Files to enter: their SHA-256 is computed, nothing in them is changed or unpacked." type:"existingfile"`
	Object   []string `help:"A thing that is no file, such as a sealed machine; may be given several times." placeholder:"NAME"`
	By       string   `help:"Who took the pieces and enters them." required:"" placeholder:"NAME"`
	Holder   string   `help:"Who keeps them from now on, if somebody else." placeholder:"NAME"`
	Place    string   `help:"Where they were found."`
	Seal     string   `help:"Number of the seal they are under." placeholder:"NUMBER"`
	At       string   `help:"When they were taken, if earlier: 2026-03-10T03:14." placeholder:"MOMENT"`
	Note     string   `help:"What else is to be known: state, how the copy was made."`
	Title    string   `help:"What a new register is about."`
	Origin   string   `help:"Name of a new register, without space; otherwise that of its file."`
}

// Help shows examples.
func (CustodyAdd) Help() string {
	return "hygie custody add attaque.registre collecte.zip pare-feu.log --by 'A. Martin' --place 'salle serveurs'\n" +
		"hygie custody add attaque.registre --object 'Poste PC-12, allumé, isolé' --by 'A. Martin' --place 'accueil des urgences'"
}

// Run measures the files first, then enters all of them or none.
func (c CustodyAdd) Run(ctx context.Context, s *Streams) error {
	if len(c.Files)+len(c.Object) == 0 {
		return UsageError("there is nothing to enter: give a file, or --object")
	}
	at, err := happenedAt("--at", c.At, s.Now().Location())
	if err != nil {
		return err
	}
	var pieces []custody.Piece
	for _, path := range c.Files {
		m, source, err := measured(ctx, path)
		if err != nil {
			return err
		}
		pieces = append(pieces, custody.Piece{Name: filepath.Base(path), Measure: &m, Source: source})
	}
	slices.SortStableFunc(pieces, func(a, b custody.Piece) int { return outcomeFirst(a) - outcomeFirst(b) })
	for _, name := range c.Object {
		pieces = append(pieces, custody.Piece{Name: name})
	}
	var items []custody.Item
	create := func() (*custody.Register, error) {
		origin := c.Origin
		if origin == "" {
			origin = originOf(c.Register)
		}
		return custody.New(origin, c.Title, c.By, s.Now())
	}
	r, err := changeRegister(ctx, c.Register, create, func(r *custody.Register) error {
		for _, p := range pieces {
			p.By, p.Holder, p.Place, p.Seal, p.Note, p.Taken = c.By, c.Holder, c.Place, c.Seal, c.Note, at
			item, err := r.Add(p, s.Now())
			if err != nil {
				return err
			}
			items = append(items, item)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, i := range items {
		sayItem(s, i)
	}
	sayMark(s, r)
	return nil
}

// outcomeFirst puts the outcomes of DFIR-ORC before the archives that are compared with them.
func outcomeFirst(p custody.Piece) int {
	if p.Source != nil && p.Source.Tool == custody.ORCOutcome {
		return 0
	}
	return 1
}

func sayItem(s *Streams, i custody.Item) {
	say := sayer(Language(s.Env))
	fmt.Fprintf(s.Out, say("Pièce %d : %s\n", "Piece %d: %s\n"), i.Number, i.Name)
	if i.Measure != nil {
		fmt.Fprintf(s.Out, say("  SHA-256 %s, %d octets\n", "  SHA-256 %s, %d bytes\n"), i.Measure.SHA256, i.Measure.Size)
	}
	if i.Source == nil {
		return
	}
	fmt.Fprintf(s.Out, "  %s", i.Source.Tool)
	if i.Source.Listed > 0 {
		fmt.Fprintf(s.Out, say(" : %d fichiers listés, %d octets", ": %d files listed, %d bytes"), i.Source.Listed, i.Source.Bytes)
	}
	fmt.Fprintln(s.Out)
	for _, f := range i.Source.Facts {
		fmt.Fprintf(s.Out, "  %s: %s\n", f.Name, f.Value)
	}
	for _, d := range i.Source.Digests {
		fmt.Fprintf(s.Out, say("  déclaré : %s %s %s\n", "  stated: %s %s %s\n"), d.Algorithm, d.Value, d.Of)
	}
	for _, w := range i.Source.Warnings {
		fmt.Fprintf(s.Out, "  ! %s\n", warningText(say, w))
	}
	if i.Source.Fault != "" {
		fmt.Fprintf(s.Out, "    %s\n", i.Source.Fault)
	}
}

// warningText says what a warning of a source means.
func warningText(say func(fr, en string) string, word string) string {
	switch word {
	case custody.WarnContainer:
		return say("cette empreinte est celle du fichier ; celle du disque est dans le journal d’ewfacquire : inscrivez-le aussi", "this hash is the file's; the disk's is in the log of ewfacquire: enter it too")
	case custody.WarnMD5Only:
		return say("ewfinfo ne donne pas de SHA-256 ; il est dans le journal d’ewfacquire : inscrivez-le aussi", "ewfinfo gives no SHA-256; it is in the log of ewfacquire: enter it too")
	case custody.WarnNoSuccess:
		return say("ce journal ne dit pas que la copie a réussi", "this log does not say that the copy succeeded")
	case custody.WarnEncrypted:
		return say("chiffré : ce qu’il contient n’est pas listé", "encrypted: what it holds is not listed")
	case custody.WarnNotListed:
		return say("archive non dépliée : inscrivez aussi le fichier JSON de fin de DFIR-ORC, qui la liste", "archive not unpacked: enter the outcome JSON of DFIR-ORC too, which lists it")
	case custody.WarnShortened:
		return say("le registre garde le début de la liste, et l’empreinte de la liste entière", "the register keeps the beginning of the list, and the hash of the whole list")
	case custody.WarnUnreadable:
		return say("le fichier n’a pas pu être lu en entier comme le fait cet outil ; son empreinte reste juste", "the file could not be read whole as this tool's; its hash stays right")
	case custody.WarnDiffers:
		return say("ce n’est pas le fichier que DFIR-ORC a écrit : taille ou empreinte différente", "this is not the file that DFIR-ORC wrote: its size or its hash differs")
	case custody.WarnFailed:
		return say("une commande de la collecte a échoué", "a command of the collection failed")
	}
	return word
}
