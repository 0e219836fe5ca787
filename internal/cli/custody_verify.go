package cli

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"hygie/custody"
	"hygie/journal"
)

// CustodyVerify checks a register without network or account, and files against it.
type CustodyVerify struct {
	Register string   `arg:"" help:"File of the register; - reads it from standard input."`
	Files    []string `arg:"" optional:"" help:"Files to find again among the pieces, by their SHA-256." type:"existingfile"`
	Key      []string `help:"Public key you trust (PEM file), received by another way than the register, which must be signed by it; may be given several times." type:"existingfile" placeholder:"FILE"`
	Mark     []string `help:"Mark kept elsewhere, on paper or on a label: proves the register up to it; may be given several times." placeholder:"MARK"`
	Format   string   `help:"Output: text or json." enum:"text,json" default:"text"`
}

// Help shows examples.
func (CustodyVerify) Help() string {
	return "hygie custody verify attaque.registre --mark 3-9f86-d081-884c-7d65-9a2f-eaa0-c55a-d015\n" +
		"hygie custody verify attaque.registre collecte.zip pare-feu.log --format json"
}

// found is a file that was looked for among the pieces.
type found struct {
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
	Piece  int    `json:"piece,omitempty"` // 0: no piece has these bytes
}

// Run prints what is proven; it ends with 1 when something is wrong with the register or a file is none of its pieces.
func (c CustodyVerify) Run(ctx context.Context, s *Streams) error {
	var marks []custody.Mark
	for _, text := range c.Mark {
		m, err := custody.ParseMark(text)
		if err != nil {
			return UsageError("%w", err)
		}
		marks = append(marks, m)
	}
	keys, err := publicKeys(c.Key)
	if err != nil {
		return err
	}
	in := s.In
	if c.Register != "-" {
		f, err := os.Open(c.Register)
		if err != nil {
			return fmt.Errorf("read the register: %w", err)
		}
		defer f.Close()
		in = f
	}
	res, err := custody.Verify(in, marks...)
	if err != nil {
		return fmt.Errorf("verify %s: %w", c.Register, err)
	}
	files, lost, err := c.find(ctx, res)
	if err != nil {
		return err
	}
	trusted := slices.ContainsFunc(keys, func(k ed25519.PublicKey) bool { return k.Equal(res.Key) })
	if c.Format == "json" {
		err = writeCustody(s.Out, res, trusted, files)
	} else {
		c.write(s, res, trusted, files)
	}
	if err != nil {
		return fmt.Errorf("print the result: %w", err)
	}
	if !res.Intact() || lost || len(keys) > 0 && !trusted {
		return Exit{Code: Failed}
	}
	return nil
}

// find looks for files among the pieces of a register that is intact.
func (c CustodyVerify) find(ctx context.Context, res custody.Result) (all []found, lost bool, err error) {
	pieces := map[string]int{}
	for _, i := range res.Register.Items {
		if i.Measure != nil && pieces[i.Measure.SHA256] == 0 && res.Intact() {
			pieces[i.Measure.SHA256] = i.Number
		}
	}
	for _, path := range c.Files {
		m, _, err := measured(ctx, path)
		if err != nil {
			return nil, false, err
		}
		f := found{filepath.Base(path), m.SHA256, pieces[m.SHA256]}
		lost = lost || f.Piece == 0
		all = append(all, f)
	}
	return all, lost, nil
}

func (c CustodyVerify) write(s *Streams, res custody.Result, trusted bool, files []found) {
	say := sayer(Language(s.Env))
	if !res.Intact() {
		fmt.Fprintln(s.Out, say("NON PROUVÉ : ce registre n’est pas tel qu’il a été écrit.", "NOT PROVEN: this register is not as it was written."))
		for _, p := range res.Problems {
			fmt.Fprintf(s.Out, "- %s\n", problemText(say, p))
		}
	} else {
		fmt.Fprintf(s.Out, say("INTACT : les %d lignes se tiennent.\n", "INTACT: the %d lines hold together.\n"), res.Lines)
		r := res.Register
		fmt.Fprintf(s.Out, say("Registre %s %s\nDernier repère : %s\n", "Register %s %s\nLast mark: %s\n"), r.Origin, r.Title, r.Mark())
		sayKey(s, res, trusted, len(c.Key) > 0)
		if len(c.Mark) == 0 && res.Key == nil {
			fmt.Fprintln(s.Out, say("Sans repère gardé ailleurs (--mark), rien ne prouve que le registre n’a pas été refait en entier.",
				"Without a mark kept elsewhere (--mark), nothing proves that the register was not written anew as a whole."))
		}
		for _, i := range r.Items {
			if i.Void {
				fmt.Fprintf(s.Out, say("Pièce %d : %s, annulée\n", "Piece %d: %s, voided\n"), i.Number, i.Name)
				continue
			}
			fmt.Fprintf(s.Out, say("Pièce %d : %s, gardée par %s, %d remise(s)\n", "Piece %d: %s, kept by %s, %d hand-over(s)\n"), i.Number, i.Name, i.Keeper(), len(i.Moves))
		}
	}
	for _, p := range res.Notices {
		fmt.Fprintf(s.Out, say("À savoir : la ligne %d a été notée avant celle qui la précède (%s) : une horloge a été reculée.\n",
			"Note: line %d was noted before the one it follows (%s): a clock was set back.\n"), p.Line, p.Cause)
	}
	for _, f := range files {
		if f.Piece > 0 {
			fmt.Fprintf(s.Out, say("%s : pièce %d, inchangée\n", "%s: piece %d, unchanged\n"), f.File, f.Piece)
		} else {
			fmt.Fprintf(s.Out, say("%s : aucune pièce prouvée n’a ces octets (SHA-256 %s)\n", "%s: no proven piece has these bytes (SHA-256 %s)\n"), f.File, f.SHA256)
		}
	}
}

// sayKey says who signed a register.
func sayKey(s *Streams, res custody.Result, trusted, asked bool) {
	say := sayer(Language(s.Env))
	switch {
	case res.Key == nil && asked:
		fmt.Fprintln(s.Out, say("NON SIGNÉ : la clé donnée (--key) ne prouve rien de ce fichier.", "NOT SIGNED: the key given (--key) proves nothing of this file."))
	case res.Key == nil:
	case trusted:
		fmt.Fprintf(s.Out, say("Signé par une clé en laquelle vous avez confiance : %s\n", "Signed by a key that you trust: %s\n"), journal.Fingerprint(res.Key))
	case asked:
		fmt.Fprintf(s.Out, say("AUTRE CLÉ : signé par %s, qui n’est aucune des clés données.\n", "OTHER KEY: signed by %s, which is none of the keys given.\n"), journal.Fingerprint(res.Key))
	default:
		fmt.Fprintf(s.Out, say("Signé par la clé %s : comparez cette empreinte à celle que vous a donnée l’établissement, ou donnez sa clé (--key).\n",
			"Signed by the key %s: compare this fingerprint with the one that the establishment gave you, or give its key (--key).\n"), journal.Fingerprint(res.Key))
	}
}

// problemText says what is wrong with a register. The engine tells its cause in English, which follows the English sentence alone; the JSON has it always.
func problemText(say func(fr, en string) string, p custody.Problem) string {
	cause := say("", " ("+p.Cause+")")
	switch p.Kind {
	case custody.Altered:
		return fmt.Sprintf(say("la ligne %d a été modifiée", "line %d was altered"), p.Line) + cause
	case custody.Head:
		return say("l’en-tête ne dit pas ce que sont les lignes : des lignes manquent, ou il a été modifié", "the head does not state what the lines are: lines are missing, or it was altered") + cause
	case custody.Meaning:
		return fmt.Sprintf(say("la ligne %d ne peut pas suivre celles qui la précèdent", "line %d cannot follow those before it"), p.Line) + cause
	case custody.BadMark:
		return fmt.Sprintf(say("la ligne %d n’est pas celle dont le repère a été gardé", "line %d is not the one whose mark was kept"), p.Line)
	case custody.NoMark:
		return fmt.Sprintf(say("des lignes manquent à la fin : un repère est celui de la ligne %d", "lines are missing at the end: a mark is that of line %d"), p.Line)
	}
	return say("la fin du fichier n’est pas celle d’un registre", "the end of the file is not that of a register") + cause
}

// writeCustody prints the result as docs/schema/custody-verify.schema.json describes.
func writeCustody(w io.Writer, res custody.Result, trusted bool, files []found) error {
	type problem struct {
		Kind  string `json:"kind"`
		Line  int64  `json:"line,omitempty"`
		Cause string `json:"cause,omitempty"`
	}
	type piece struct {
		Number int    `json:"number"`
		Name   string `json:"name"`
		SHA256 string `json:"sha256,omitempty"`
		Keeper string `json:"keeper"`
		Moves  int    `json:"hand_overs"`
		Seal   string `json:"seal,omitempty"`
		Void   bool   `json:"void,omitempty"`
		Mark   string `json:"mark"`
	}
	report := struct {
		Intact   bool      `json:"intact"`
		Key      string    `json:"key_fingerprint,omitempty"`
		Trusted  bool      `json:"trusted"`
		Origin   string    `json:"origin,omitempty"`
		Lines    int64     `json:"lines"`
		Marks    int       `json:"marks"`
		Last     string    `json:"last_mark,omitempty"`
		Pieces   []piece   `json:"pieces"`
		Problems []problem `json:"problems"`
		Notices  []problem `json:"notices"`
		Files    []found   `json:"files"`
	}{Intact: res.Intact(), Trusted: trusted, Lines: res.Lines, Marks: res.Marks, Pieces: []piece{}, Problems: []problem{}, Notices: []problem{}, Files: append([]found{}, files...)}
	if res.Key != nil {
		report.Key = journal.Fingerprint(res.Key)
	}
	for _, p := range res.Problems {
		report.Problems = append(report.Problems, problem{string(p.Kind), p.Line, p.Cause})
	}
	for _, p := range res.Notices {
		report.Notices = append(report.Notices, problem{string(p.Kind), p.Line, p.Cause})
	}
	if res.Intact() {
		report.Origin, report.Last = res.Register.Origin, res.Register.Mark().String()
		for _, i := range res.Register.Items {
			p := piece{Number: i.Number, Name: i.Name, Keeper: i.Keeper(), Moves: len(i.Moves), Seal: i.SealNow(), Void: i.Void, Mark: i.Mark.String()}
			if i.Measure != nil {
				p.SHA256 = i.Measure.SHA256
			}
			report.Pieces = append(report.Pieces, p)
		}
	}
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	return out.Encode(report)
}
