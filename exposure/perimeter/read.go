package perimeter

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Bounds of a file.
const (
	maxBytes = 1 << 20
	maxDepth = 16
)

// file is the YAML form of a perimeter, where it differs from the value.
type file struct {
	Perimeter `yaml:",inline"`
	Ranges    []string  `yaml:"ranges"`
	Ports     portsForm `yaml:"ports"`
}

type portsForm struct {
	Scan any   `yaml:"scan"` // curated, all, or a list of 443 and 8000-8100
	UDP  *bool `yaml:"udp"`
}

// Read reads and checks a perimeter file. Unknown keys are refused: a misspelt exclusion must not become an intrusion. An error is
// [Problems], with lines, unless the file could not be read at all.
func Read(name string, in io.Reader) (*Perimeter, error) {
	data, err := io.ReadAll(io.LimitReader(in, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read perimeter %s: %w", name, err)
	}
	p, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("read perimeter %s: %w", name, err)
	}
	return p, nil
}

func parse(data []byte) (_ *Perimeter, err error) {
	if len(data) > maxBytes {
		return nil, Problems{{Path: "file", Err: wrong("plus long que %d octets", "longer than %d bytes", maxBytes)}}
	}
	// The YAML library reads what other people wrote; should it fail in a way it does not announce, the file is refused, not the program.
	defer func() {
		if fault := recover(); fault != nil {
			err = Problems{{Path: "file", Err: unreadable(fmt.Errorf("%v", fault))}}
		}
	}()
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // which some editors write
	if !utf8.Valid(data) {
		return nil, Problems{{Path: "file", Err: wrong("n’est pas écrit en UTF-8 : enregistrez-le en UTF-8", "is not written in UTF-8: save it as UTF-8")}}
	}
	tokens := lexer.Tokenize(string(data))
	if problem, bad := unbounded(tokens); bad {
		return nil, Problems{problem}
	}
	tree, err := parser.Parse(tokens, 0)
	if err != nil {
		return nil, Problems{fault(err)}
	}
	if len(tree.Docs) > 1 {
		return nil, Problems{{Path: "file", Err: wrong("contient plusieurs documents ; un périmètre est un seul", "holds several documents; a perimeter is one")}}
	}
	var f file
	if len(tree.Docs) == 1 && tree.Docs[0].Body != nil {
		if err := yaml.NodeToValue(tree.Docs[0].Body, &f, yaml.Strict()); err != nil {
			return nil, Problems{fault(err)}
		}
	}
	return f.build(tree)
}

// build makes the value and gives the problems their lines.
func (f *file) build(tree *ast.File) (*Perimeter, error) {
	p := &f.Perimeter
	c := &checker{}
	for i, text := range f.Ranges {
		r, err := parsePrefix(text)
		if err != nil {
			c.add(fmt.Sprintf("ranges[%d]", i), err)
		}
		p.Ranges = append(p.Ranges, r)
	}
	c.scan(&p.Ports, f.Ports.Scan)
	p.Ports.NoUDP = f.Ports.UDP != nil && !*f.Ports.UDP
	var found Problems
	if err := p.Check(); err != nil && !errors.As(err, &found) {
		return nil, err
	}
	for _, each := range found {
		if !slices.ContainsFunc(c.problems, func(p Problem) bool { return p.Path == each.Path }) {
			c.problems = append(c.problems, each)
		}
	}
	if len(c.problems) == 0 {
		return p, nil
	}
	for i := range c.problems {
		c.problems[i].Line = line(tree, c.problems[i].Path)
	}
	slices.SortStableFunc(c.problems, func(a, b Problem) int { return a.Line - b.Line })
	return nil, c.problems
}

// scan reads the ports to try.
func (c *checker) scan(p *Ports, scan any) {
	var list []any
	switch v := scan.(type) {
	case nil:
		return
	case []any:
		list = v
	default:
		switch text := fmt.Sprint(v); text {
		case "curated":
			return
		case "all":
			p.All = true
			return
		default:
			list = []any{v}
		}
	}
	if len(list) > 1000 {
		c.add("ports.scan", wrong("plus de 1000 ports et plages", "more than 1000 ports and ranges"))
		return
	}
	for i, v := range list {
		from, to, ranged := strings.Cut(fmt.Sprint(v), "-")
		if !ranged {
			to = from
		}
		a, err1 := strconv.ParseUint(strings.TrimSpace(from), 10, 16)
		b, err2 := strconv.ParseUint(strings.TrimSpace(to), 10, 16)
		if err1 != nil || err2 != nil {
			c.add(fmt.Sprintf("ports.scan[%d]", i), wrong("« %v » : écrivez curated, all, ou une liste de ports et de plages comme 443 et 8000-8100", "%q: write curated, all, or a list of ports and ranges such as 443 and 8000-8100", v))
			continue
		}
		p.List = append(p.List, PortRange{uint16(a), uint16(b)})
	}
}

// line finds the line of a path, or of the nearest thing around it that the file has.
func line(tree *ast.File, path string) int {
	for path != "" {
		if p, err := yaml.PathString("$." + path); err == nil {
			if n, err := p.FilterFile(tree); err == nil && n != nil && n.GetToken() != nil {
				return n.GetToken().Position.Line
			}
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return 0
}

// unbounded refuses, before anything recursive runs, what nests too deep and what is not used here.
func unbounded(tokens token.Tokens) (Problem, bool) {
	flow, line, marks := 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			line, marks = t.Position.Line, 0
		}
		switch t.Type {
		case token.AnchorType, token.AliasType, token.TagType, token.MergeKeyType, token.DirectiveType:
			return Problem{line, "file", wrong("ancres, alias, étiquettes, clés de fusion et directives ne servent pas ici : « %s »", "anchors, aliases, tags, merge keys and directives are not used here: %q", strings.TrimSpace(t.Origin))}, true
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		case token.SequenceEntryType, token.MappingKeyType, token.MappingValueType:
			if flow == 0 {
				marks++
			}
		}
		if flow > maxDepth || marks > maxDepth || t.Position.IndentNum > 8*maxDepth {
			return Problem{line, "file", wrong("s’emboîte sur plus de %d niveaux", "nests more than %d levels", maxDepth)}, true
		}
	}
	return Problem{}, false
}
