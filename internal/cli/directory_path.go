package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"hygie/directory/paths"
	"hygie/directory/report"
	"hygie/directory/report/text"
)

// DirectoryPath tells whether one principal can take an object over, and how.
type DirectoryPath struct {
	Source []string `arg:"" placeholder:"FILE" help:"Dump of the collector or LDIF export; several for a forest; - reads the standard input."`
	From   string   `required:"" placeholder:"WHO" help:"Who begins: distinguished name, SID, account name or DOMAIN\\\\name."`
	To     string   `placeholder:"WHAT" help:"What is to be reached, written the same way; by default the most privileged objects."`
	Format string   `enum:"text,json" default:"text" help:"Output: text or json."`
}

// Help shows examples.
func (*DirectoryPath) Help() string {
	return "hygie directory path domaine.hygie --from support01\n" +
		`hygie directory path domaine.hygie --from 'HOPITAL\support01' --to 'CN=DC1,OU=Domain Controllers,DC=hopital,DC=test' --format json`
}

// pathFormat names the json form and its major version; docs/schema/directory-path.schema.json describes it.
const pathFormat = "hygie-directory-path/1"

// pathAnswer is the json form.
type pathAnswer struct {
	Format string             `json:"format"`
	From   []report.Principal `json:"from"`
	To     []report.Principal `json:"to"`
	Paths  []report.Path      `json:"paths"`
}

// Run answers. An answer that there is no way is an answer: the command ends well.
func (c *DirectoryPath) Run(ctx context.Context, s *Streams) error {
	lang := Language(s.Env)
	say := sayer(lang)
	d, err := openDirectory(ctx, s, say, c.Source)
	if err != nil {
		return err
	}
	n, err := paths.Build(d)
	if err != nil {
		return Exit{Failed, err}
	}
	from, to := n.Find(c.From), n.TierZero()
	ends := [][]paths.Node{to} // tier 0 is one end: the nearest of its objects is what matters
	if c.To != "" {
		to = n.Find(c.To)
		ends = slices.Collect(slices.Chunk(to, 1)) // a name that several objects bear is asked for each of them
	}
	for _, end := range []struct {
		name  string
		nodes []paths.Node
	}{{c.From, from}, {c.To, to}} {
		if len(end.nodes) == 0 {
			return Exit{Failed, fmt.Errorf(say("%s n’est pas dans l’annuaire", "%s is not in the directory"), end.name)}
		}
	}
	answer := pathAnswer{Format: pathFormat, From: principals(n, from, lang), To: principals(n, to, lang), Paths: []report.Path{}}
	for _, node := range from {
		for _, end := range ends {
			p, found := n.Path(node, end...)
			if !found {
				continue
			}
			written, err := report.NewPath(n, p, lang)
			if err != nil {
				return Exit{Failed, err}
			}
			answer.Paths = append(answer.Paths, written)
		}
	}
	if err := c.write(s, answer, lang); err != nil {
		return Exit{Failed, err}
	}
	return nil
}

func principals(n *paths.Network, nodes []paths.Node, lang string) []report.Principal {
	out := []report.Principal{}
	for _, node := range nodes {
		name, id := n.Name(node, lang)
		out = append(out, report.Principal{DN: name, SID: id.String()})
	}
	return out
}

func (c *DirectoryPath) write(s *Streams, answer pathAnswer, lang string) error {
	if c.Format == "json" {
		e := json.NewEncoder(s.Out)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(answer)
	}
	if len(answer.Paths) == 0 {
		_, err := fmt.Fprintln(s.Out, sayer(lang)("Aucun chemin par les droits de l’annuaire.", "No path by the rights of the directory."))
		return err
	}
	return text.WritePaths(s.Out, answer.Paths, lang, text.Options{Colour: s.Env("NO_COLOR") == "" && isTerminal(s.Out)})
}
