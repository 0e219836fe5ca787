package card

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"

	"hygie/referential"
)

// Limits of a card: one that is longer is no reflex.
const (
	maxSteps    = 40
	maxMinutes  = 240
	maxFileSize = 256 << 10
)

// Read reads one card. The error is of type referential.Problems: each fault with its line.
func Read(file string, data []byte) (*Card, error) {
	if len(data) > maxFileSize {
		return nil, referential.Problems{{File: file, Message: fmt.Sprintf("a card has at most %d bytes", maxFileSize)}}
	}
	var c Card
	err := referential.Decode(file, data, "card", nil, func(o *referential.Object) { readCard(o, &c) })
	if err != nil {
		return nil, err
	}
	return &c, nil
}

func readCard(o *referential.Object, c *Card) {
	c.ID, c.Version = o.ID("id"), o.Version("version")
	c.Kind = referential.Choose(o, "kind", true, Qualify, Contain, Declare, Preserve, Care, Recover)
	c.Title, c.For, c.When, c.Purpose = o.Text("title", true), o.Text("for", true), o.Text("when", true), o.Text("purpose", true)
	c.Minutes, _ = o.Whole("minutes", 1, maxMinutes)
	if !o.Has("minutes") {
		o.Fault("", "minutes is missing: a reflex card has a limit")
	}
	o.Each("needs", "need", false, func(o *referential.Object) { c.Needs = append(c.Needs, o.Text("text", true)) })
	earlier := map[string]bool{}
	o.Each("steps", "step", true, func(o *referential.Object) {
		s := Step{ID: o.ID("id"), Act: o.Yes("act"), Text: o.Text("text", true), Why: o.Text("why", false), If: conditions(o, earlier)}
		if earlier[s.ID] {
			o.Fault("id", "there are two steps %q", s.ID)
		}
		earlier[s.ID] = true
		c.Steps = append(c.Steps, s)
	})
	if len(c.Steps) == 0 || len(c.Steps) > maxSteps {
		o.Fault("steps", "a card has 1 to %d steps", maxSteps)
	}
	always := false
	o.Each("outcomes", "outcome", true, func(o *referential.Object) {
		if always {
			o.Fault("", "an outcome after the one that always fits is never said")
		}
		out := Outcome{If: conditions(o, earlier), Say: o.Text("say", true), Next: o.Codes("next", false)}
		if slices.Contains(out.Next, c.ID) {
			o.Fault("next", "a card does not lead to itself")
		}
		always = len(out.If) == 0
		c.Outcomes = append(c.Outcomes, out)
	})
	if !always {
		o.Fault("outcomes", "the last outcome must fit whatever was answered: leave its if out")
	}
}

// conditions reads "if": a list of steps that came before, each with the answers that fit.
func conditions(o *referential.Object, earlier map[string]bool) []Condition {
	var out []Condition
	o.Each("if", "condition", false, func(o *referential.Object) {
		c := Condition{Step: o.ID("step")}
		if !earlier[c.Step] {
			o.Fault("step", "there is no step %q before this one", c.Step)
		}
		for _, word := range o.Codes("is", true) {
			a := Answer(word)
			if !a.Valid() {
				o.Fault("is", "%q is none of yes, no, unknown", word)
			}
			c.Answers = append(c.Answers, a)
		}
		out = append(out, c)
	})
	return out
}

// Load reads every card (*.yaml, *.yml) of a file tree in the order of their names, and checks that each next card is there. The error holds all
// faults of all files.
func Load(fsys fs.FS) ([]*Card, error) {
	var all []*Card
	var faults []error
	files := map[string]string{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ext := path.Ext(name); d.IsDir() || ext != ".yaml" && ext != ".yml" {
			return nil
		}
		data, err := readFile(fsys, name)
		if err != nil {
			return err
		}
		c, err := Read(name, data)
		if err != nil {
			faults = append(faults, err)
			return nil
		}
		if first, twice := files[c.ID]; twice {
			faults = append(faults, referential.Problems{{File: name, Message: fmt.Sprintf("the card %s is already given by %s", c.ID, first)}})
		}
		files[c.ID] = name
		all = append(all, c)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read cards: %w", err)
	}
	for _, c := range all {
		for _, o := range c.Outcomes {
			for _, next := range o.Next {
				if files[next] == "" {
					faults = append(faults, referential.Problems{{File: files[c.ID], Message: fmt.Sprintf("there is no card %q to take out next", next)}})
				}
			}
		}
	}
	return all, errors.Join(faults...)
}

func readFile(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	return data, errors.Join(err, f.Close())
}
