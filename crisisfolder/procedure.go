package crisisfolder

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"

	"hygie/document"
)

// MaxProcedure is the longest procedure, in characters.
const MaxProcedure = 12_000

// Blocks reads a procedure as people type it: a line that begins with # is a heading, one that begins with - is a box to tick, other lines are text, and
// an empty line ends a paragraph. Nothing else has a meaning, so nothing is refused.
func Blocks(text string) []document.Block {
	var blocks []document.Block
	var boxes, running []string
	flush := func() {
		if len(boxes) > 0 {
			blocks = append(blocks, document.List{Style: document.Boxes, Items: document.Items(boxes...)})
		}
		if len(running) > 0 {
			blocks = append(blocks, document.P(strings.Join(running, "\n")))
		}
		boxes, running = nil, nil
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		heading, isHeading := strings.CutPrefix(line, "#")
		box, isBox := strings.CutPrefix(line, "-")
		switch {
		case line == "":
			flush()
		case isHeading:
			flush()
			if heading = strings.TrimSpace(strings.TrimLeft(heading, "#")); heading != "" {
				blocks = append(blocks, document.Heading{Level: 4, Text: heading})
			}
		case isBox:
			if len(running) > 0 {
				flush()
			}
			if box = strings.TrimSpace(box); box != "" {
				boxes = append(boxes, box)
			}
		default:
			if len(boxes) > 0 {
				flush()
			}
			running = append(running, line)
		}
	}
	flush()
	return blocks
}

// A Model is a degraded procedure to begin with.
type Model struct {
	ID    string `toml:"id"`
	Title string `toml:"title"`
	Hours int    `toml:"hours"` // tolerance proposed; to be judged by the service itself
	Text  string `toml:"text"`
}

//go:embed procedures_fr.toml
var modelsFrench string

//go:embed procedures_en.toml
var modelsEnglish string

// Models gives the procedures that come with the program, in a language. An error is for a file of the program that cannot be read.
func Models(lang string) ([]Model, error) {
	text := modelsFrench
	if lang == "en" {
		text = modelsEnglish
	}
	var file struct{ Procedure []Model }
	meta, err := toml.Decode(text, &file)
	if err == nil && len(meta.Undecoded()) > 0 {
		err = fmt.Errorf("unknown %s", meta.Undecoded()[0])
	}
	if err != nil {
		return nil, fmt.Errorf("read the procedures in %s: %w", lang, err)
	}
	return file.Procedure, nil
}
