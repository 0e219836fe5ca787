package cli

import (
	"embed"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
	"github.com/alecthomas/kong"
)

//go:embed help_fr.toml
var helpFiles embed.FS

// Language is the language of help and messages: "fr" or "en". HYGIE_LANG decides, then the locale of the machine; French
// unless one of them says English.
func Language(env func(string) string) string {
	for _, name := range []string{"HYGIE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		switch value := strings.ToLower(env(name)); {
		case strings.HasPrefix(value, "fr"):
			return "fr"
		case strings.HasPrefix(value, "en"):
			return "en"
		}
	}
	return "fr"
}

// helpText is the French help of one command; English stands in the command's own tags.
type helpText struct {
	Help    string            `toml:"help"`
	Detail  string            `toml:"detail"`
	Options map[string]string `toml:"options"` // flags and arguments, by name
}

// words of the help page itself.
type words struct{ usage, commands, arguments, options, example, more, option string }

var helpWords = map[string]words{
	"fr": {"Usage", "Commandes", "Arguments", "Options", "Exemples", "« %s COMMANDE --help » détaille une commande.", "options"},
	"en": {"Usage", "Commands", "Arguments", "Options", "Examples", `"%s COMMAND --help" tells more of one command.`, "options"},
}

// Help prints help pages in one language.
type Help struct {
	lang  string
	texts map[string]helpText
}

// NewHelp reads the help texts of a language.
func NewHelp(lang string) (*Help, error) {
	h := &Help{lang: lang, texts: map[string]helpText{}}
	if lang == "en" {
		return h, nil
	}
	text, err := helpFiles.ReadFile("help_fr.toml")
	if err != nil {
		return nil, err
	}
	meta, err := toml.Decode(string(text), &h.texts)
	if err != nil {
		return nil, fmt.Errorf("read the French help: %w", err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("read the French help: unknown key %s", unknown[0])
	}
	return h, nil
}

// key is how a command is named in the help file: its words joined by a dash, "hygie" for the root.
func key(node *kong.Node) string {
	if node.Parent == nil {
		return "hygie"
	}
	if node.Parent.Parent == nil {
		return node.Name
	}
	return key(node.Parent) + "-" + node.Name
}

func (h *Help) about(node *kong.Node) string {
	if t := h.texts[key(node)].Help; t != "" {
		return t
	}
	return node.Help
}

func (h *Help) detail(node *kong.Node) string {
	if t := h.texts[key(node)].Detail; t != "" {
		return t
	}
	return node.Detail
}

func (h *Help) option(node *kong.Node, value *kong.Value) string {
	for n := node; n != nil; n = n.Parent {
		if t := h.texts[key(n)].Options[value.Name]; t != "" {
			return t
		}
	}
	return value.Help
}

// width of a help page, in characters.
const width = 100

// Print is a kong help printer: usage, what the command does, its parts, then examples.
func (h *Help) Print(_ kong.HelpOptions, ctx *kong.Context) error {
	node := ctx.Selected()
	if node == nil {
		node = ctx.Model.Node
	}
	w := helpWords[h.lang]
	out := &page{w: ctx.Stdout}
	colon := " :"
	if h.lang == "en" {
		colon = ":"
	}
	out.line("%s%s %s", w.usage, colon, h.usage(node))
	out.line("")
	out.wrap("", h.about(node))
	if visible := children(node); len(visible) > 0 {
		out.section(w.commands + colon)
		var rows [][2]string
		for _, child := range visible {
			rows = append(rows, [2]string{strings.TrimPrefix(child.FullPath(), ctx.Model.Name+" "), h.about(child)})
		}
		out.table(rows)
	}
	if len(node.Positional) > 0 {
		out.section(w.arguments + colon)
		var rows [][2]string
		for _, argument := range node.Positional {
			rows = append(rows, [2]string{strings.ToUpper(argument.Name), h.option(node, argument)})
		}
		out.table(rows)
	}
	out.section(w.options + colon)
	out.table(h.flags(node))
	if detail := h.detail(node); detail != "" {
		out.section(w.example + colon)
		for line := range strings.SplitSeq(strings.TrimSpace(detail), "\n") {
			out.line("  %s", strings.TrimSpace(line))
		}
	}
	if len(node.Children) > 0 {
		out.line("\n"+w.more, node.FullPath())
	}
	return out.err
}

// children are the leaves below a node, each with its own line.
func children(node *kong.Node) []*kong.Node {
	var all []*kong.Node
	for _, child := range node.Children {
		if child.Hidden {
			continue
		}
		if len(child.Children) > 0 {
			all = append(all, children(child)...)
			continue
		}
		all = append(all, child)
	}
	return all
}

func (h *Help) usage(node *kong.Node) string {
	parts := []string{node.FullPath()}
	if len(node.Children) > 0 {
		parts = append(parts, strings.ToUpper(strings.TrimSuffix(helpWords[h.lang].commands, "s")))
	}
	for _, argument := range node.Positional {
		name := strings.ToUpper(argument.Name)
		if argument.IsCumulative() {
			name += "…"
		}
		if !argument.Required {
			name = "[" + name + "]"
		}
		parts = append(parts, name)
	}
	return strings.Join(append(parts, "["+helpWords[h.lang].option+"]"), " ")
}

func (h *Help) flags(node *kong.Node) [][2]string {
	var rows [][2]string
	for _, group := range node.AllFlags(true) {
		for _, flag := range group {
			name := "--" + flag.Name
			if flag.Negated {
				name = "--[no-]" + flag.Name
			}
			if flag.Short != 0 {
				name = "-" + string(flag.Short) + ", " + name
			}
			if !flag.IsBool() && !flag.IsCounter() {
				name += "=" + flag.FormatPlaceHolder()
			}
			text := h.option(node, flag.Value)
			if flag.Name == "help" && h.lang == "fr" {
				text = "Affiche cette aide."
			}
			if len(flag.Envs) > 0 {
				text += " (" + strings.Join(flag.Envs, ", ") + ")"
			}
			rows = append(rows, [2]string{name, text})
		}
	}
	return rows
}

// page prints lines and keeps the first error.
type page struct {
	w   io.Writer
	err error
}

func (p *page) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

func (p *page) section(title string) { p.line("\n%s", title) }

// table prints names in a column and texts beside them.
func (p *page) table(rows [][2]string) {
	column := 0
	for _, row := range rows {
		column = max(column, utf8.RuneCountInString(row[0]))
	}
	column = min(column, 34)
	for _, row := range rows {
		gap := column - utf8.RuneCountInString(row[0])
		if gap < 0 {
			p.line("  %s", row[0])
			p.wrap(strings.Repeat(" ", column+4), row[1])
			continue
		}
		p.hang("  "+row[0]+strings.Repeat(" ", gap+2), strings.Repeat(" ", column+4), row[1])
	}
}

func (p *page) wrap(indent, text string) { p.hang(indent, indent, text) }

// hang wraps text at the page's width; the first line begins with first, the others with rest.
func (p *page) hang(first, rest, text string) {
	line := first
	empty := true
	for _, word := range strings.Fields(text) {
		if !empty && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			p.line("%s", line)
			line, empty = rest, true
		}
		if !empty {
			line += " "
		}
		line += word
		empty = false
	}
	p.line("%s", strings.TrimRight(line, " "))
}

// Untranslated lists the commands, options and arguments that have no help text in the language of h beside the English of
// the code; a test keeps it empty.
func (h *Help) Untranslated(app *kong.Application) []string {
	var missing []string
	var walk func(node *kong.Node)
	walk = func(node *kong.Node) {
		if h.texts[key(node)].Help == "" {
			missing = append(missing, key(node))
		}
		var values []*kong.Value
		values = append(values, node.Positional...)
		for _, flag := range node.Flags {
			if flag.Name != "help" {
				values = append(values, flag.Value)
			}
		}
		for _, value := range values {
			if h.option(node, value) == value.Help {
				missing = append(missing, key(node)+" "+value.Name)
			}
		}
		for _, child := range node.Children {
			walk(child)
		}
	}
	walk(app.Node)
	return missing
}
