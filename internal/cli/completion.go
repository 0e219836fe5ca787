package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// Completion prints a script that completes hygie's commands and options in a shell.
type Completion struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"Shell to complete in: bash, zsh or fish."`
}

// Help shows how to install the script.
func (Completion) Help() string {
	return "hygie completion bash > /etc/bash_completion.d/hygie\nhygie completion zsh > /usr/local/share/zsh/site-functions/_hygie\nhygie completion fish > ~/.config/fish/completions/hygie.fish"
}

// Run prints the script of the shell.
func (c Completion) Run(_ context.Context, s *Streams, app *kong.Kong) error {
	lines := gather(app.Model.Node, "")
	var err error
	switch c.Shell {
	case "bash":
		_, err = fmt.Fprintf(s.Out, bashScript, caseLines(lines))
	case "zsh":
		_, err = fmt.Fprintf(s.Out, "#compdef hygie\nautoload -U +X bashcompinit && bashcompinit\n"+bashScript, caseLines(lines))
	case "fish":
		err = fishScript(s, lines)
	}
	return err
}

// completions is what may follow one command.
type completions struct {
	path  string // words after "hygie", joined by spaces
	words []string
}

func gather(node *kong.Node, path string) []completions {
	here := completions{path: path}
	var below []completions
	for _, child := range node.Children {
		if child.Hidden {
			continue
		}
		here.words = append(here.words, child.Name)
		below = append(below, gather(child, strings.TrimSpace(path+" "+child.Name))...)
	}
	for _, group := range node.AllFlags(true) {
		for _, flag := range group {
			here.words = append(here.words, "--"+flag.Name)
		}
	}
	for _, argument := range node.Positional {
		here.words = append(here.words, argument.EnumSlice()...)
	}
	return append([]completions{here}, below...)
}

func caseLines(all []completions) string {
	var b strings.Builder
	for _, c := range all {
		fmt.Fprintf(&b, "\t%q) words=%q ;;\n", c.path, strings.Join(c.words, " "))
	}
	return b.String()
}

const bashScript = `_hygie() {
	local path="" word words=""
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		[[ $word == -* ]] && break
		path="${path:+$path }$word"
	done
	case "$path" in
%s	esac
	COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _hygie hygie
`

func fishScript(s *Streams, all []completions) error {
	for _, c := range all {
		condition := "__fish_use_subcommand"
		if c.path != "" {
			condition = "string match -q -- 'hygie " + c.path + "*' (commandline -cp | string collect)"
		}
		for _, word := range c.words {
			form := "-a " + word
			if name, ok := strings.CutPrefix(word, "--"); ok {
				form = "-l " + name
			}
			if _, err := fmt.Fprintf(s.Out, "complete -c hygie -n %q %s\n", condition, form); err != nil {
				return err
			}
		}
	}
	return nil
}
