package cli

import (
	"context"
	"fmt"

	"hygie/custody"
)

// CustodyCorrect adds a line that says what an earlier one should have said.
type CustodyCorrect struct {
	Register string `arg:"" help:"File of the register." type:"existingfile"`
	Line     int64  `arg:"" help:"Number of the line to correct: the one before the first dash of its mark."`
	By       string `help:"Who corrects." required:"" placeholder:"NAME"`
	Why      string `help:"Why." required:""`
	Void     bool   `help:"The piece was entered by mistake, or the hand-over never took place."`
	Name     string `help:"What the piece is called."`
	Place    string `help:"Where it was found, or is kept."`
	Holder   string `help:"Who kept the piece first." placeholder:"NAME"`
	To       string `help:"Who received it, at its last hand-over." placeholder:"NAME"`
	Seal     string `help:"Number of its seal." placeholder:"NUMBER"`
}

// Help shows an example.
func (CustodyCorrect) Help() string {
	return "hygie custody correct attaque.registre 4 --by 'A. Martin' --why 'faute de frappe' --to 'Capitaine B.'"
}

// Run adds the correction; the line that is corrected stays.
func (c CustodyCorrect) Run(ctx context.Context, s *Streams) error {
	var item custody.Item
	r, err := changeRegister(ctx, c.Register, nil, func(r *custody.Register) (err error) {
		a := custody.Amendment{Void: c.Void, Name: c.Name, Place: c.Place, Holder: c.Holder, To: c.To, Seal: c.Seal}
		item, err = r.Correct(c.Line, a, c.By, c.Why, s.Now())
		return err
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Out, sayer(Language(s.Env))("Pièce %d : la ligne %d est corrigée\n", "Piece %d: line %d is corrected\n"), item.Number, c.Line)
	sayMark(s, r)
	return nil
}
