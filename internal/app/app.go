// Package app puts the program together: the command line, and the platform made of store, services, modules, web and
// background work. cmd/hygie, the demonstration and the end-to-end tests all build the same thing here.
package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"hygie/internal/cli"
)

// Version is the version of the program; the build sets it.
var Version = "dev"

// commands is the whole command line.
type commands struct {
	Serve       Serve               `cmd:"" help:"Start the platform: web pages, API and background work."`
	Demo        Demo                `cmd:"" help:"Start the platform with an invented region, in a folder that is thrown away."`
	Backup      Backup              `cmd:"" help:"Write the whole platform into one file."`
	Restore     Restore             `cmd:"" help:"Make a platform from a backup, in an empty data folder and an empty database."`
	Directory   directoryCommands   `cmd:"" help:"Active Directory: collect it, audit it."`
	Exposure    exposureCommands    `cmd:"" help:"What the internet sees: audit it, prove what is yours."`
	Journal     journalCommands     `cmd:"" help:"Journals that prove they were not altered."`
	Custody     custodyCommands     `cmd:"" help:"What an attack left behind: who took it, who holds it, and that nothing changed."`
	Dossier     dossierCommands     `cmd:"" help:"Sealed packs that prove what was deposited."`
	Referential referentialCommands `cmd:"" help:"Referentials as files: check, convert, judge, compare."`
	Finess      FinessCommands      `cmd:"" help:"The national register of establishments (FINESS)."`
	Migrate     Migrate             `cmd:"" help:"Bring the database to this program's version."`
	Doctor      Doctor              `cmd:"" help:"Say in plain words what is wrong with an installation."`
	Version     VersionCommand      `cmd:"" help:"Print the version."`
	Completion  cli.Completion      `cmd:"" help:"Print a script that completes commands in a shell."`
}

// directoryCommands are the commands of the directory audit; they need no platform.
type directoryCommands struct {
	Collect cli.DirectoryCollect `cmd:"" help:"Read an Active Directory, changing nothing, into a file."`
	Audit   cli.DirectoryAudit   `cmd:"" help:"Decide the control points of an Active Directory from files."`

	Path     cli.DirectoryPath     `cmd:"" help:"Tell whether somebody can take an object over, and how."`
	Generate cli.DirectoryGenerate `cmd:"" help:"Invent the Active Directory of a hospital, with known weaknesses."`
}

// exposureCommands are the commands of the exposure audit; they need no platform.
type exposureCommands struct {
	Audit     cli.ExposureAudit     `cmd:"" help:"Audit what an establishment shows to the internet, within the perimeter that it proves."`
	Prove     cli.ExposureProve     `cmd:"" help:"Say what to publish to prove a perimeter, and check it."`
	Decide    cli.ExposureDecide    `cmd:"" help:"Decide again on the facts of an earlier audit, without any network."`
	Verify    cli.ExposureVerify    `cmd:"" help:"Check the signature of a report or of facts."`
	Knowledge cli.ExposureKnowledge `cmd:"" help:"Distil what is published of vulnerabilities and ends of support into one signed bundle, for machines without internet."`
	CheckList cli.ExposureChecks    `cmd:"" help:"List the checks, with the source of each severity."`
}

// journalCommands are the commands of journals.
type journalCommands struct {
	Verify cli.JournalVerify `cmd:"" help:"Check an exported journal without network or account."`
}

// custodyCommands are the commands of custody registers; they need no platform.
type custodyCommands struct {
	Add     cli.CustodyAdd     `cmd:"" help:"Enter files or things into a register, with their SHA-256."`
	Hand    cli.CustodyHand    `cmd:"" help:"Note that pieces change hands."`
	Correct cli.CustodyCorrect `cmd:"" help:"Say what an earlier line should have said."`
	Verify  cli.CustodyVerify  `cmd:"" help:"Check a register, and files against it, without network or account."`
	Labels  cli.CustodyLabels  `cmd:"" help:"Print a label for each piece, as PDF."`
}

// dossierCommands are the commands of sealed packs.
type dossierCommands struct {
	Verify cli.DossierVerify `cmd:"" help:"Check a sealed pack without network or account."`
}

// referentialCommands are the commands of referentials; they need no platform.
type referentialCommands struct {
	Check   cli.ReferentialCheck   `cmd:"" help:"Check packages, maps, calls and lists of reasons, and say all that is wrong with them."`
	Convert cli.ReferentialConvert `cmd:"" help:"Write a referential in another format."`
	Eval    cli.ReferentialEval    `cmd:"" help:"Judge a structure by a package, from a file of facts."`
	Diff    cli.ReferentialDiff    `cmd:"" help:"Say what differs between two versions of a package."`
}

// Machine is the real world: the process's own streams, environment and clock.
func Machine() *cli.Streams {
	return &cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Env: os.Getenv, Terminal: term.IsTerminal(int(os.Stderr.Fd())), Now: time.Now}
}

// Run runs one command line, without the program's name, and returns the code to end with: 0 done, 1 the run failed, 2 wrong usage, 3
// done but the findings reach the limit that was set.
func Run(ctx context.Context, args []string, s *cli.Streams) (code int) {
	lang := cli.Language(s.Env)
	help, err := cli.NewHelp(lang)
	if err != nil {
		fmt.Fprintln(s.Err, "hygie:", err)
		return cli.Failed
	}
	var root commands
	root.Directory.Collect.Tool, root.Directory.Audit.Version = "hygie "+Version, Version
	root.Exposure.Audit.Version, root.Exposure.Decide.Version = Version, Version
	exited := false
	parser, err := kong.New(&root,
		kong.Name("hygie"),
		kong.Description("Measure, mend, prove, fund and rehearse the cyber security of health establishments."),
		kong.Writers(s.Out, s.Err),
		kong.Exit(func(c int) { exited, code = true, c }),
		kong.Help(help.Print),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(s),
	)
	if err != nil {
		fmt.Fprintln(s.Err, "hygie:", err)
		return cli.Failed
	}
	command, err := parser.Parse(usual(args))
	if exited { // help was printed
		return code
	}
	if err != nil {
		fmt.Fprintln(s.Err, "hygie:", cli.UsageText(lang, err))
		var parse *kong.ParseError
		if errors.As(err, &parse) && parse.Context != nil {
			fmt.Fprintf(s.Err, "%s --help\n", path(parse.Context))
		}
		return cli.Usage
	}
	err = command.Run(parser)
	var exit cli.Exit
	switch {
	case errors.As(err, &exit):
		if text := cli.FailureText(lang, err); text != "" {
			fmt.Fprintln(s.Err, "hygie:", text)
		}
		return exit.Code
	case err != nil && ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintln(s.Err, "hygie:", map[bool]string{true: "interrompu", false: "interrupted"}[lang == "fr"])
		return cli.Failed
	case err != nil:
		fmt.Fprintln(s.Err, "hygie:", cli.FailureText(lang, err))
		return cli.Failed
	}
	return cli.Done
}

// usual understands what people try first: no argument, "help", "help COMMAND" and "--version".
func usual(args []string) []string {
	switch {
	case len(args) == 0:
		return []string{"--help"}
	case args[0] == "help":
		return append(slices.Clone(args[1:]), "--help")
	case args[0] == "--version":
		return append([]string{"version"}, args[1:]...)
	}
	return args
}

// path is the command of a failed parse, as far as it was understood.
func path(c *kong.Context) string {
	if node := c.Selected(); node != nil {
		return node.FullPath()
	}
	return c.Model.Name
}

// VersionCommand prints the version.
type VersionCommand struct{}

// Help shows an example.
func (VersionCommand) Help() string { return "hygie version" }

// Run prints the version of the program and of the Go it was built with.
func (VersionCommand) Run(s *cli.Streams) error {
	commit := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				commit = " " + setting.Value
			}
		}
	}
	_, err := fmt.Fprintf(s.Out, "hygie %s%s %s %s/%s\n", Version, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
