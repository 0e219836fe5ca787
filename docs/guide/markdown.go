package guide

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// parse reads a page.
func parse(text string) (Page, error) {
	var page Page
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	title, ok := strings.CutPrefix(lines[0], "# ")
	if !ok {
		return page, errors.New("line 1: no heading of the first level")
	}
	page.Title = Text(spans(title))
	begin := 1
	var section *Section
	close := func(end int) error {
		blocks, err := parseBlocks(lines[begin:end], begin+1)
		if section == nil {
			page.Lead = blocks
			return err
		}
		section.Blocks = blocks
		page.Sections = append(page.Sections, *section)
		return err
	}
	fenced := false
	for i, line := range lines {
		fenced = fenced != strings.HasPrefix(line, fence)
		if title, ok := strings.CutPrefix(line, "## "); ok && !fenced {
			if err := close(i); err != nil {
				return page, err
			}
			title = Text(spans(title))
			section, begin = &Section{ID: identifier(title), Title: title}, i+1
		}
	}
	return page, close(len(lines))
}

const fence = "```"

var (
	numbered = regexp.MustCompile(`^\d{1,3}\. `)
	ruled    = regexp.MustCompile(`^\|[-: |]+\|$`)
)

// parseBlocks reads the blocks of some lines; first is the number of the first of them.
func parseBlocks(lines []string, first int) (blocks []Block, err error) {
	for i := 0; i < len(lines); {
		begin := i
		line := lines[i]
		var b Block
		switch {
		case strings.TrimSpace(line) == "":
			i++
			continue
		case strings.HasPrefix(line, fence):
			for i++; i < len(lines) && !strings.HasPrefix(lines[i], fence); i++ {
			}
			if i == len(lines) {
				return nil, fmt.Errorf("line %d: code that does not end", first+begin)
			}
			b = Block{Kind: Code, Text: strings.Join(lines[begin+1:i], "\n")}
			i++
		case strings.HasPrefix(line, "    "):
			for i < len(lines) && (strings.HasPrefix(lines[i], "    ") || strings.TrimSpace(lines[i]) == "") {
				i++
			}
			b = Block{Kind: Code, Text: strings.TrimSpace(dedent(lines[begin:i], 4))}
		case strings.HasPrefix(line, "|"):
			for i < len(lines) && strings.HasPrefix(lines[i], "|") {
				i++
			}
			b, err = parseTable(lines[begin:i], first+begin)
		case strings.HasPrefix(line, "### "):
			b = Block{Kind: Heading, Spans: spans(line[len("### "):])}
			i++
		case listOf(line) != "":
			b, i, err = parseList(lines, i, first)
		case strings.HasPrefix(line, "#"), strings.HasPrefix(line, " "), foreign(line):
			return nil, fmt.Errorf("line %d: %.20q is nothing that a page of the guide may hold", first+begin, line)
		default:
			for i < len(lines) && !starts(lines[i]) {
				i++
			}
			b = Block{Kind: Paragraph, Spans: spans(strings.Join(lines[begin:i], " "))}
		}
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, b)
	}
	return blocks, nil
}

// starts tells whether a line ends the paragraph before it.
func starts(line string) bool {
	return strings.TrimSpace(line) == "" || strings.HasPrefix(line, fence) || strings.HasPrefix(line, "|") || strings.HasPrefix(line, "#") || listOf(line) != "" || foreign(line)
}

// foreign tells whether a line begins with what Markdown has and the guide has not: quotations, images, tags.
func foreign(line string) bool {
	return strings.HasPrefix(line, ">") || strings.HasPrefix(line, "![") || strings.HasPrefix(line, "<")
}

// listOf is the kind of list of which a line begins an item.
func listOf(line string) Kind {
	switch {
	case strings.HasPrefix(line, "- "), strings.HasPrefix(line, "* "):
		return Bullets
	case numbered.MatchString(line):
		return Numbers
	}
	return ""
}

// parseList reads the list that begins at a line, and returns the line after it. What belongs to an item is indented as its text is.
func parseList(lines []string, i, first int) (Block, int, error) {
	b := Block{Kind: listOf(lines[i])}
	for i < len(lines) && listOf(lines[i]) == b.Kind {
		begin := i
		indent := strings.Index(lines[i], " ") + 1
		margin := strings.Repeat(" ", indent)
		for i++; i < len(lines) && (strings.HasPrefix(lines[i], margin) || strings.TrimSpace(lines[i]) == "" && i+1 < len(lines) && strings.HasPrefix(lines[i+1], margin)); i++ {
		}
		item := append([]string{lines[begin][indent:]}, strings.Split(dedent(lines[begin+1:i], indent), "\n")...)
		blocks, err := parseBlocks(item, first+begin)
		if err != nil {
			return b, i, err
		}
		b.Items = append(b.Items, blocks)
	}
	return b, i, nil
}

func dedent(lines []string, by int) string {
	var out []string
	for _, line := range lines {
		out = append(out, line[min(by, len(line)):])
	}
	return strings.Join(out, "\n")
}

func parseTable(lines []string, first int) (Block, error) {
	b := Block{Kind: Table}
	if len(lines) < 3 || !ruled.MatchString(lines[1]) {
		return b, fmt.Errorf("line %d: a table without heading or rows", first)
	}
	for i, line := range lines {
		if i == 1 {
			continue
		}
		var row [][]Span
		for cell := range strings.SplitSeq(strings.Trim(strings.TrimSpace(line), "|"), "|") {
			row = append(row, spans(strings.TrimSpace(cell)))
		}
		if len(b.Rows) > 0 && len(row) != len(b.Rows[0]) {
			return b, fmt.Errorf("line %d: %d cells, where the heading has %d", first+i, len(row), len(b.Rows[0]))
		}
		b.Rows = append(b.Rows, row)
	}
	return b, nil
}

var marked = regexp.MustCompile("\\*\\*([^*]+)\\*\\*|`([^`]+)`|\\[([^\\]]+)\\]\\(([^)]+)\\)|\\*([^*\\s][^*]*)\\*")

// french are the spaces that must not break, which the files leave to whoever shows them.
var french = strings.NewReplacer(" :", "\u00a0:", " ;", "\u202f;", " !", "\u202f!", " ?", "\u202f?", "« ", "«\u00a0", " »", "\u00a0»")

// spans reads the runs of a text. A link to what is no page of the guide keeps its words.
func spans(text string) []Span {
	var all []Span
	add := func(s Span) {
		if !s.Code {
			s.Text = french.Replace(s.Text)
		}
		if s.Text != "" {
			all = append(all, s)
		}
	}
	for {
		at := marked.FindStringSubmatchIndex(text)
		if at == nil {
			break
		}
		add(Span{Text: text[:at[0]]})
		switch {
		case at[2] >= 0:
			add(Span{Text: text[at[2]:at[3]], Bold: true})
		case at[4] >= 0:
			add(Span{Text: text[at[4]:at[5]], Code: true})
		case at[10] >= 0:
			add(Span{Text: text[at[10]:at[11]], Soft: true})
		default:
			target, isPage := strings.CutSuffix(text[at[8]:at[9]], ".md")
			s := Span{Text: text[at[6]:at[7]], Link: isPage && !strings.ContainsAny(target, "/:")}
			if s.Link {
				_, s.Page = place(target)
			}
			add(s)
		}
		text = text[at[1]:]
	}
	add(Span{Text: text})
	return all
}

// identifier names a section after its title: letters and digits without accents.
func identifier(title string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(title)) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.IsLetter(r), unicode.IsDigit(r):
			b.WriteRune(r)
		default:
			if !strings.HasSuffix(b.String(), "-") {
				b.WriteByte('-')
			}
		}
	}
	return strings.Trim(b.String(), "-")
}
