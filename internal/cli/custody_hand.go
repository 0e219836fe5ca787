package cli

import (
	"context"
	"fmt"

	"hygie/custody"
)

// CustodyHand notes that pieces change hands.
type CustodyHand struct {
	Register string `arg:"" help:"File of the register." type:"existingfile"`
	Pieces   []int  `arg:"" help:"Numbers of the pieces."`
	To       string `help:"Who receives them." required:"" placeholder:"NAME"`
	From     string `help:"Who gives them; otherwise who keeps each of them. The command refuses another name." placeholder:"NAME"`
	By       string `help:"Who writes it down, if not who gives." placeholder:"NAME"`
	Place    string `help:"Where they are kept from now on."`
	Seal     string `help:"Number of the seal they are under from now on." placeholder:"NUMBER"`
	At       string `help:"When, if earlier: 2026-03-10T03:14." placeholder:"MOMENT"`
	Note     string `help:"State of the pieces, reason."`
}

// Help shows an example.
func (CustodyHand) Help() string {
	return "hygie custody hand attaque.registre 1 2 --to 'Gendarmerie, capitaine B.' --seal 4417 --note intact"
}

// Run notes all of the hand-overs or none.
func (c CustodyHand) Run(ctx context.Context, s *Streams) error {
	at, err := happenedAt("--at", c.At, s.Now().Location())
	if err != nil {
		return err
	}
	var items []custody.Item
	r, err := changeRegister(ctx, c.Register, nil, func(r *custody.Register) error {
		for _, n := range c.Pieces {
			i, err := r.Hand(custody.HandOver{Item: n, From: c.From, To: c.To, By: c.By, Place: c.Place, Seal: c.Seal, At: at, Note: c.Note}, s.Now())
			if err != nil {
				return err
			}
			items = append(items, i)
		}
		return nil
	})
	if err != nil {
		return err
	}
	say := sayer(Language(s.Env))
	for _, i := range items {
		last := i.Moves[len(i.Moves)-1]
		fmt.Fprintf(s.Out, say("Pièce %d (%s) : de %s à %s\n", "Piece %d (%s): from %s to %s\n"), i.Number, i.Name, last.From, last.To)
	}
	sayMark(s, r)
	return nil
}
