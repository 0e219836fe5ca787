package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"hygie/directory/generate"
)

// DirectoryGenerate invents the directory of a hospital.
type DirectoryGenerate struct {
	Objects int    `default:"1000" placeholder:"N" help:"People, computers and groups, about."`
	Seed    uint64 `default:"1" placeholder:"S" help:"Seed: the same one gives the same bytes."`
	Out     string `required:"" short:"o" placeholder:"DIR" help:"Folder to write; it is made when it is missing."`
	AsOf    string `default:"2026-01-15" placeholder:"DATE" help:"Day of the invented collection, such as 2026-03-10."`
	Healthy bool   `help:"Without any weakness."`
	Child   bool   `help:"With a child domain in the same forest, a tenth of the size."`

	Only []string `placeholder:"FORM" help:"Only these forms: domain.dump, domain.ldif, sharphound.zip, oradad."`
}

// Help shows examples.
func (*DirectoryGenerate) Help() string {
	return "hygie directory generate --objects 10000 --seed 7 --out ./domaine\nhygie directory audit ./domaine/domain.dump"
}

// Run writes the folder and says what is in it.
func (c *DirectoryGenerate) Run(s *Streams) error {
	say := sayer(Language(s.Env))
	asOf, err := parseDate(c.AsOf)
	if err != nil {
		return UsageError(say("--as-of %s : la date s’écrit 2026-03-10", "--as-of %s: a date is written 2026-03-10"), c.AsOf)
	}
	o := generate.Options{Objects: c.Objects, Seed: c.Seed, AsOf: asOf, Weaknesses: generate.Demo, Child: c.Child}
	if c.Healthy {
		o.Weaknesses = generate.Healthy
	}
	if err := o.Check(); err != nil {
		return UsageError("%w", err)
	}
	for _, form := range c.Only {
		if !slices.Contains(generate.Forms(), form) {
			return UsageError(say("--only %s : les formes sont %s", "--only %s: the forms are %s"), form, strings.Join(generate.Forms(), ", "))
		}
	}
	started := s.Now()
	truth, err := generate.Folder(o, c.Out, c.Only...)
	if err != nil {
		return Exit{Failed, err}
	}
	weak, ways := len(truth.Weaknesses), len(truth.Paths)
	if truth.Child != nil {
		weak, ways = weak+len(truth.Child.Weaknesses), ways+len(truth.Child.Paths)
	}
	fmt.Fprintf(s.Err, say("%d objets, %d points en échec et %d chemins écrits dans %s en %s\n", "%d objects, %d failing points and %d paths written to %s in %s\n"),
		truth.Objects, weak, ways, c.Out, s.Now().Sub(started).Round(100*time.Millisecond))
	return nil
}
