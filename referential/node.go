package referential

import (
	"errors"
	"fmt"
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

// MaxFile is how many bytes a package file may have: what the largest libraries of other programs become, with their words in two languages.
const MaxFile = 8 << 20

// The limits of a package file.
const (
	maxBytes = MaxFile
	maxDepth = 32
)

// form is what a node of the file is.
type form string

const (
	mapping form = "mapping"
	list    form = "list"
	text    form = "text"
	numeric form = "number"
	boolean form = "yes or no"
	empty   form = "nothing"
	broken  form = "unreadable" // reported already
)

// node is one value of the file and its place. It keeps the YAML library out of the rest of the package.
type node struct {
	line, column int
	form         form
	text         string // of scalars
	number       float64
	pairs        []entry // of a mapping, in the order of the file
	items        []*node // of a list
}

type entry struct {
	key   *node
	value *node
}

// withoutNothing takes out the keys of all mappings that have no value. Ours have none; files of other programs do.
func (n *node) withoutNothing() {
	n.pairs = slices.DeleteFunc(n.pairs, func(e entry) bool { return e.value == nil || e.value.form == empty })
	for _, e := range n.pairs {
		e.value.withoutNothing()
	}
	for _, item := range n.items {
		item.withoutNothing()
	}
}

// parse reads a file into nodes. YAML is read without anchors, aliases, tags and merge keys, so that a small file stays small in memory.
func parse(p *problems, data []byte) *node { return parseUpTo(p, data, maxBytes) }

// parseUpTo is parse for files of another kind, which may be longer.
func parseUpTo(p *problems, data []byte, most int) *node {
	if len(data) > most {
		p.add(nil, "the file is longer than the %d bytes that it may have", most)
		return nil
	}
	file := strings.TrimPrefix(string(data), "\ufeff") // as some editors begin a file
	if line, ok := notUTF8(file); ok {
		p.add(&node{line: line, column: 1}, "the file is not written in UTF-8: save it again in this encoding")
		return nil
	}
	if at := strings.IndexByte(file, 0); at >= 0 { // databases keep no such text
		p.add(&node{line: 1 + strings.Count(file[:at], "\n"), column: 1}, "the file holds a NUL character")
		return nil
	}
	body := document(p, file)
	if body == nil {
		return nil
	}
	c := converter{p}
	return c.node(body, 0)
}

// notUTF8 gives the first line that holds something else.
func notUTF8(file string) (line int, found bool) {
	if utf8.ValidString(file) {
		return 0, false
	}
	for text := range strings.Lines(file) {
		if line++; !utf8.ValidString(text) {
			break
		}
	}
	return line, true
}

// document gives the single document of a file.
func document(p *problems, data string) (body ast.Node) {
	// The YAML library reads what other people wrote; should it fail in a way it does not announce, the file is refused, not the program.
	defer func() {
		if fault := recover(); fault != nil {
			p.add(nil, "the file cannot be read as YAML: %v", fault)
			body = nil
		}
	}()
	tokens := lexer.Tokenize(data)
	if !bounded(p, tokens) {
		return nil
	}
	file, err := parser.Parse(tokens, 0)
	if err != nil {
		var fault yaml.Error
		if errors.As(err, &fault) && fault.GetToken() != nil {
			p.add(at(fault.GetToken()), "%s", fault.GetMessage())
		} else {
			p.add(nil, "the file cannot be read as YAML: %v", err)
		}
		return nil
	}
	var bodies []ast.Node
	for _, d := range file.Docs {
		if d.Body != nil && d.Body.Type() != ast.CommentType {
			bodies = append(bodies, d.Body)
		}
	}
	if len(bodies) != 1 {
		p.add(nil, "the file holds %d documents; a package is one", len(bodies))
		return nil
	}
	return bodies[0]
}

// bounded refuses, before anything recursive runs, what would nest too deep and what is not used here.
func bounded(p *problems, tokens token.Tokens) bool {
	flow, line, marks := 0, 0, 0
	var open keys
	for _, t := range tokens {
		if t.Position.Line != line {
			line, marks = t.Position.Line, 0
		}
		switch t.Type {
		case token.AnchorType, token.AliasType, token.TagType, token.MergeKeyType, token.DirectiveType:
			p.add(at(t), "anchors, aliases, tags, merge keys and directives are not used in a package: %q", strings.TrimSpace(t.Origin))
			return false
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		case token.SequenceEntryType, token.MappingKeyType, token.MappingValueType:
			if flow == 0 && !open.take(t) {
				p.add(at(t), "a mapping holds more than %d keys", mostKeys)
				return false
			}
			if flow == 0 { // inside brackets, a line may hold many keys at one level
				marks++
			}
		}
		if flow > maxDepth || marks > maxDepth || t.Position.IndentNum > 8*maxDepth {
			p.add(at(t), "the file nests more than %d levels", maxDepth)
			return false
		}
	}
	return true
}

// mostKeys is how many keys a mapping may have: the YAML library takes a time that grows with their square.
const mostKeys = 256

// keys counts those of the mappings that are open while a file is gone through.
type keys []struct{ column, count int }

// take counts the key before a colon, or closes what a new item of a list ends; false when there are too many.
func (k *keys) take(t *token.Token) bool {
	column, key := t.Position.Column, t.Type == token.MappingValueType && t.Prev != nil
	if key {
		column = t.Prev.Position.Column
	}
	for len(*k) > 0 && (*k)[len(*k)-1].column > column {
		*k = (*k)[:len(*k)-1]
	}
	if !key {
		return true
	}
	if len(*k) == 0 || (*k)[len(*k)-1].column < column {
		*k = append(*k, struct{ column, count int }{column, 0})
	}
	last := &(*k)[len(*k)-1]
	last.count++
	return last.count <= mostKeys
}

func at(t *token.Token) *node { return &node{line: t.Position.Line, column: t.Position.Column} }

type converter struct{ *problems }

// node converts one value; what cannot be converted is reported.
func (c converter) node(n ast.Node, depth int) *node {
	if n == nil || n.GetToken() == nil {
		return &node{form: empty}
	}
	out := at(n.GetToken())
	out.form = broken
	if depth > maxDepth {
		c.add(out, "the file nests more than %d levels", maxDepth)
		return out
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		c.mapping(out, n.Values, depth)
	case *ast.MappingValueNode:
		c.mapping(out, []*ast.MappingValueNode{n}, depth)
	case *ast.SequenceNode:
		out.form = list
		for _, v := range n.Values {
			out.items = append(out.items, c.node(v, depth+1))
		}
	case *ast.StringNode:
		out.form, out.text = text, n.Value
	case *ast.LiteralNode:
		out.form, out.text = text, strings.TrimSpace(n.Value.Value)
	case *ast.BoolNode:
		out.form, out.text = boolean, strconv.FormatBool(n.Value)
	case *ast.NullNode:
		out.form = empty
	case *ast.IntegerNode, *ast.FloatNode:
		number, err := strconv.ParseFloat(n.GetToken().Value, 64)
		if err != nil {
			c.add(out, "%q is not a number that can be used", n.GetToken().Value)
			return out
		}
		out.form, out.text, out.number = numeric, n.GetToken().Value, number
	default:
		c.add(out, "%s cannot be used in a package", strings.ToLower(fmt.Sprint(n.Type())))
	}
	return out
}

func (c converter) mapping(out *node, values []*ast.MappingValueNode, depth int) {
	out.form = mapping
	for i, v := range values {
		key := at(v.Key.GetToken())
		if i == 0 && out.line == v.Start.Position.Line && len(values) > 0 && !v.IsFlowStyle {
			out.line, out.column = key.line, key.column
		}
		s, ok := v.Key.(*ast.StringNode)
		if !ok {
			c.add(key, "a key must be a word")
			continue
		}
		key.form, key.text = text, s.Value
		value := c.node(v.Value, depth+1)
		if value.line == 0 {
			value.line, value.column = key.line, key.column
		}
		out.pairs = append(out.pairs, entry{key, value})
	}
}
