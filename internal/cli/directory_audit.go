package cli

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"time"

	"golang.org/x/term"

	"hygie/directory"
	"hygie/directory/model"
	"hygie/directory/paths"
	"hygie/directory/report"
	"hygie/directory/report/html"
	"hygie/directory/report/ods"
	"hygie/directory/report/opengraph"
	"hygie/directory/report/sarif"
	"hygie/directory/report/text"
)

// DirectoryAudit decides the control points of an Active Directory from files.
type DirectoryAudit struct {
	Source       []string `arg:"" placeholder:"FILE" help:"Dump of the collector, LDIF export, or what ORADAD (in clear), SharpHound, Adalanche or PingCastle write: file, archive or folder; several for a forest; - reads the standard input."`
	AsOf         string   `placeholder:"DATE" help:"Date at which ages are measured (2026-03-10, or with a time: 2026-03-10T08:00:00Z); by default that of the collection."`
	Baseline     string   `placeholder:"FILE" help:"Earlier audit (json) to compare with: level, points, other findings and paths that are new, back, fixed or closed."`
	History      []string `placeholder:"FILE" help:"Audits (json) older than the baseline: what they had and the baseline had not is back."`
	WhatIf       []string `placeholder:"CHANGE" help:"Try changes on a copy in memory and say the level, the points and the paths that would remain: numbers of the plan of fixes (1,3), plan for all of them, identifiers of points taken to be mended."`
	Format       string   `enum:"text,json,html,sarif,ods,opengraph" default:"text" help:"Output: text, json, html (one page that needs nothing else), sarif, ods (spreadsheet) or opengraph (control graph, for BloodHound)."`
	SysvolFolder []string `placeholder:"DIR" help:"Copy or mount of SYSVOL: files of group policies, passwords in them (never shown); several for several domains."`
	Out          string   `short:"o" placeholder:"FILE" help:"File to write, readable by you alone; by default the standard output."`
	Lang         string   `enum:"fr,en," default:"" placeholder:"fr|en" help:"Language of the report; by default that of the messages."`
	All          bool     `help:"In text, show every object of each point."`
	FailOn       int      `placeholder:"LEVEL" help:"End with code 3 when a point of this level or a lower one fails (1 to 4)."`

	Version string `kong:"-"` // of the program, for the report; set by whoever builds the command line

	dir *model.Directory // what was audited
}

// Help shows examples.
func (*DirectoryAudit) Help() string {
	return "hygie directory audit domaine.hygie\n" +
		"hygie directory audit domaine.hygie --format html --out audit.html\n" +
		"hygie directory audit domaine.hygie --what-if 1,2,vuln_krbtgt\n" +
		"hygie directory audit domaine.hygie --sysvol-folder /mnt/sysvol --format ods --out audit.ods\n" +
		"hygie directory audit racine.hygie enfant.ldif --as-of 2026-03-10 --baseline mars.json --format json --out avril.json --fail-on 1"
}

// Run audits.
func (c *DirectoryAudit) Run(ctx context.Context, s *Streams) error {
	say := sayer(Language(s.Env))
	if c.FailOn < 0 || c.FailOn > 4 {
		return UsageError("%s", say("--fail-on va de 1 à 4", "--fail-on goes from 1 to 4"))
	}
	options := directory.Options{Language: cmp.Or(c.Lang, Language(s.Env)), Version: c.Version}
	var err error
	if c.AsOf != "" {
		if options.AsOf, err = parseDate(c.AsOf); err != nil {
			return UsageError(say("--as-of %s : la date s’écrit 2026-03-10 ou 2026-03-10T08:00:00Z", "--as-of %s: a date is written 2026-03-10 or 2026-03-10T08:00:00Z"), c.AsOf)
		}
	}
	if len(c.History) > 0 && c.Baseline == "" {
		return UsageError("%s", say("--history n’a de sens qu’avec --baseline", "--history only makes sense with --baseline"))
	}
	options.Try = c.choice()
	if err := c.former(&options, s, say); err != nil {
		return err
	}
	r, err := c.audit(ctx, s, say, options)
	if err != nil {
		return err
	}
	for _, w := range r.Warnings {
		fmt.Fprintf(s.Err, say("avertissement (%s) : %s\n", "warning (%s): %s\n"), w.Source, w.Text)
	}
	if err := c.write(s, r); err != nil {
		return Exit{Failed, err}
	}
	if c.FailOn > 0 && r.Level <= c.FailOn {
		return Exit{Code: Findings}
	}
	return nil
}

// former reads the earlier reports.
func (c *DirectoryAudit) former(o *directory.Options, s *Streams, say func(fr, en string) string) error {
	read := func(path string) (*report.Report, error) {
		f, err := os.Open(path)
		if err != nil {
			return nil, Exit{Failed, err}
		}
		defer func() { _ = f.Close() }()
		r, err := report.Read(bufio.NewReader(f))
		if err != nil {
			return nil, Exit{Failed, fmt.Errorf(say("%s n’est pas un rapport d’audit (--format json) : %w", "%s is not the report of an audit (--format json): %w"), path, err)}
		}
		return r, nil
	}
	for _, path := range c.History {
		r, err := read(path)
		if err != nil {
			return err
		}
		o.History = append(o.History, r)
	}
	if c.Baseline == "" {
		return nil
	}
	var err error
	o.Baseline, err = read(c.Baseline)
	return err
}

// audit reads the sources and decides.
func (c *DirectoryAudit) audit(ctx context.Context, s *Streams, say func(fr, en string) string, o directory.Options) (*report.Report, error) {
	d, err := openDirectory(ctx, s, say, c.Source, c.SysvolFolder...)
	if err != nil {
		return nil, err
	}
	c.dir = d
	r, err := directory.Audit(d, o)
	if errors.Is(err, directory.ErrDate) {
		return nil, UsageError("%s", say("le fichier ne dit pas quand il a été fait : donnez la date avec --as-of", "the file does not say when it was made: give the date with --as-of"))
	}
	if unknown, ok := errors.AsType[*report.UnknownChange](err); ok {
		return nil, UsageError(say("--what-if %s : ni un numéro du plan (il compte %d corrections), ni plan, ni l’identifiant d’un point", "--what-if %s: neither a number of the plan (it has %d fixes), nor plan, nor the identifier of a point"), unknown.Name, unknown.Fixes)
	}
	if err != nil {
		return nil, Exit{Failed, err}
	}
	return r, nil
}

// choice reads what is to be tried.
func (c *DirectoryAudit) choice() report.Choice {
	var out report.Choice
	for _, text := range c.WhatIf {
		rank, err := strconv.Atoi(text)
		switch {
		case err == nil:
			out.Fixes = append(out.Fixes, rank)
		case text == "plan":
			out.Plan = true
		default:
			out.Points = append(out.Points, report.PointRef{Point: text})
		}
	}
	return out
}

// openDirectory reads the sources of a command line, "-" being the standard input, and the folders of SYSVOL that complete them.
func openDirectory(ctx context.Context, s *Streams, say func(fr, en string) string, paths []string, shares ...string) (*model.Directory, error) {
	var sources []directory.Source
	for _, path := range paths {
		if path == "-" {
			sources = append(sources, directory.Source{Name: "-", Reader: s.In})
			continue
		}
		sources = append(sources, directory.Source{Path: path})
	}
	for _, path := range shares {
		sources = append(sources, directory.Source{Name: path, Path: path, Sysvol: true})
	}
	if s.Env("GOGC") == "" {
		// A directory is one large value that stays: the usual margin of the collector would double it in memory.
		debug.SetGCPercent(50)
	}
	d, err := directory.Open(ctx, sources, directory.Limits{})
	if s.Env("GOGC") == "" {
		thrift()
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, Exit{Failed, errors.New(say("audit interrompu", "audit interrupted"))}
	case errors.Is(err, directory.ErrFormat):
		return nil, Exit{Failed, fmt.Errorf("%w\n  %s", err, say("Donnez un fichier écrit par « hygie directory collect », un export LDIF, ou un fichier, une archive ou un dossier d’ORADAD (en clair), de SharpHound, d’Adalanche ou de PingCastle.", `Give a file written by "hygie directory collect", an LDIF export, or a file, archive or folder of ORADAD (in clear), SharpHound, Adalanche or PingCastle.`))}
	case err != nil:
		return nil, Exit{Failed, err}
	}
	return d, nil
}

// thrift bounds what the collector leaves unused once the directory is read: to some 40 MiB, not a share of a directory that may be
// large. It has next to no pointers, so that to go through it more often costs little.
func thrift() {
	const spare = 40 << 20
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	debug.SetGCPercent(int(min(max(100*spare/max(m.HeapAlloc, 1), 10), 100)))
}

// write puts the report where it goes.
func (c *DirectoryAudit) write(s *Streams, r *report.Report) error {
	if c.Out == "" || c.Out == "-" {
		return c.render(s.Out, r, s.Env("NO_COLOR") == "" && isTerminal(s.Out))
	}
	return writePrivate(c.Out, func(w io.Writer) error { return c.render(w, r, false) })
}

func (c *DirectoryAudit) render(w io.Writer, r *report.Report, colour bool) error {
	switch c.Format {
	case "json":
		return report.WriteJSON(w, r)
	case "html":
		return html.Write(w, r)
	case "sarif":
		return sarif.Write(w, r)
	case "ods":
		return ods.Write(w, r)
	case "opengraph":
		n, err := paths.Build(c.dir)
		if err != nil {
			return err
		}
		return opengraph.Write(w, c.dir, n)
	}
	return text.Write(w, r, text.Options{Colour: colour, All: c.All})
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// parseDate reads a day, taken at midnight UTC, or an instant.
func parseDate(text string) (time.Time, error) {
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return t, nil
	}
	return time.Parse(time.RFC3339, text)
}
