package pdf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// A face is one style of the typeface: which glyph shows a character, how wide it is, and which glyphs a document used.
type face struct {
	name   string // of the resource: F1
	family string // PostScript name
	data   []byte // the whole TrueType file
	font   *sfnt.Font
	units  float64 // units of the em
	known  map[rune]glyph
	used   map[sfnt.GlyphIndex]rune
	buffer sfnt.Buffer
}

type glyph struct {
	index sfnt.GlyphIndex
	width float64 // in parts of the em
}

func newFace(name string, data []byte) (*face, error) {
	f, err := sfnt.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("read the typeface: %w", err)
	}
	out := &face{name: name, data: data, font: f, units: float64(f.UnitsPerEm()), known: map[rune]glyph{}, used: map[sfnt.GlyphIndex]rune{}}
	out.family, err = f.Name(&out.buffer, sfnt.NameIDPostScript)
	return out, err
}

// substitutes stand for characters that the typeface lacks and that look the same on paper.
var substitutes = map[rune]rune{
	'\u202f': '\u00a0', '\u2009': ' ', '\u2007': '\u00a0', '\u2011': '-', '\u2010': '-', '\u2212': '-', '\u2043': '-', '\u2192': '>', '\u2190': '<',
	'\u2713': 'x', '\u2714': 'x', '\u2610': '\u25a1', '\u02bc': '\u2019', '\u2265': '>', '\u2264': '<', '\u00ad': '\u200b',
}

// glyph returns what shows r. What the typeface cannot show at all becomes a question mark: something is seen to be missing.
func (f *face) glyph(r rune) glyph {
	if g, ok := f.known[r]; ok {
		return g
	}
	index, err := f.font.GlyphIndex(&f.buffer, r)
	if err != nil || index == 0 {
		other, ok := substitutes[r]
		if !ok {
			other = '?'
		}
		if index, err = f.font.GlyphIndex(&f.buffer, other); err != nil || index == 0 {
			index, _ = f.font.GlyphIndex(&f.buffer, '?')
		}
	}
	advance, err := f.font.GlyphAdvance(&f.buffer, index, fixed.I(int(f.units)), font.HintingNone)
	if err != nil {
		advance = 0
	}
	g := glyph{index: index, width: float64(advance) / 64 / f.units}
	f.known[r] = g
	return g
}

// use notes that the document shows r, for the copied glyphs and for the text that readers copy out again.
func (f *face) use(r rune) glyph {
	g := f.glyph(r)
	if known, ok := f.used[g.index]; !ok || r < known {
		f.used[g.index] = r
	}
	return g
}

// indices returns the glyphs used, in order.
func (f *face) indices() []sfnt.GlyphIndex {
	list := make([]sfnt.GlyphIndex, 0, len(f.used))
	for i := range f.used {
		list = append(list, i)
	}
	slices.Sort(list)
	return list
}

// subset returns a TrueType file that holds only the glyphs used, under their old numbers (OpenType specification, chapters "glyf", "loca").
func (f *face) subset() ([]byte, error) {
	tables, err := tablesOf(f.data)
	if err != nil {
		return nil, err
	}
	head, maxp := tables["head"], tables["maxp"]
	if len(head) < 54 || len(maxp) < 6 {
		return nil, errors.New("the typeface lacks a table")
	}
	count := int(binary.BigEndian.Uint16(maxp[4:]))
	outlines, err := outlinesOf(tables["glyf"], tables["loca"], binary.BigEndian.Uint16(head[50:]) == 1, count)
	if err != nil {
		return nil, err
	}
	keep := make([]bool, count)
	var wanted func(index int)
	wanted = func(index int) {
		if index >= count || keep[index] {
			return
		}
		keep[index] = true
		for _, part := range components(outlines[index]) {
			wanted(part)
		}
	}
	wanted(0)
	for index := range f.used {
		wanted(int(index))
	}
	var glyf []byte
	loca := make([]byte, 0, 4*(count+1))
	for i, outline := range outlines {
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		if keep[i] {
			glyf = append(glyf, outline...)
			for len(glyf)%4 != 0 {
				glyf = append(glyf, 0)
			}
		}
	}
	loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
	head = slices.Clone(head)
	binary.BigEndian.PutUint16(head[50:], 1)
	out := map[string][]byte{"glyf": glyf, "loca": loca, "head": head}
	for _, tag := range []string{"hhea", "hmtx", "maxp", "cvt ", "fpgm", "prep"} {
		if table, ok := tables[tag]; ok {
			out[tag] = table
		}
	}
	return assemble(out), nil
}

// tablesOf splits a TrueType file.
func tablesOf(data []byte) (map[string][]byte, error) {
	if len(data) < 12 {
		return nil, errors.New("the typeface is cut short")
	}
	tables := map[string][]byte{}
	for i := range int(binary.BigEndian.Uint16(data[4:])) {
		at := 12 + 16*i
		if at+16 > len(data) {
			return nil, errors.New("the typeface is cut short")
		}
		start, size := binary.BigEndian.Uint32(data[at+8:]), binary.BigEndian.Uint32(data[at+12:])
		if uint64(start)+uint64(size) > uint64(len(data)) {
			return nil, errors.New("the typeface is cut short")
		}
		tables[string(data[at:at+4])] = data[start : start+size]
	}
	return tables, nil
}

// outlinesOf splits the table of outlines.
func outlinesOf(glyf, loca []byte, long bool, count int) ([][]byte, error) {
	offset := func(i int) int { return 2 * int(binary.BigEndian.Uint16(loca[2*i:])) }
	size := 2
	if long {
		offset = func(i int) int { return int(binary.BigEndian.Uint32(loca[4*i:])) }
		size = 4
	}
	if len(loca) < size*(count+1) {
		return nil, errors.New("the typeface is cut short")
	}
	outlines := make([][]byte, count)
	for i := range outlines {
		from, to := offset(i), offset(i+1)
		if from > to || to > len(glyf) {
			return nil, errors.New("the typeface has an outline outside of its table")
		}
		outlines[i] = glyf[from:to]
	}
	return outlines, nil
}

// components returns the glyphs that a composite outline is made of.
func components(outline []byte) []int {
	if len(outline) < 10 || int16(binary.BigEndian.Uint16(outline)) >= 0 {
		return nil
	}
	const words, scale, more, scaleXY, twoByTwo = 1, 8, 32, 64, 128
	var parts []int
	for at := 10; at+4 <= len(outline); {
		flags := binary.BigEndian.Uint16(outline[at:])
		parts = append(parts, int(binary.BigEndian.Uint16(outline[at+2:])))
		at += 6
		if flags&words != 0 {
			at += 2
		}
		switch {
		case flags&scale != 0:
			at += 2
		case flags&scaleXY != 0:
			at += 4
		case flags&twoByTwo != 0:
			at += 8
		}
		if flags&more == 0 {
			break
		}
	}
	return parts
}

// assemble writes a TrueType file.
func assemble(tables map[string][]byte) []byte {
	tags := make([]string, 0, len(tables))
	for tag := range tables {
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	power, log := 1, 0
	for power*2 <= len(tags) {
		power, log = power*2, log+1
	}
	out := binary.BigEndian.AppendUint32(nil, 0x00010000)
	for _, v := range []int{len(tags), power * 16, log, (len(tags) - power) * 16} {
		out = binary.BigEndian.AppendUint16(out, uint16(v))
	}
	at := len(out) + 16*len(tags)
	var body []byte
	for _, tag := range tags {
		table := tables[tag]
		out = append(out, tag...)
		out = binary.BigEndian.AppendUint32(out, checksum(table))
		out = binary.BigEndian.AppendUint32(out, uint32(at+len(body)))
		out = binary.BigEndian.AppendUint32(out, uint32(len(table)))
		body = append(body, table...)
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
	}
	return append(out, body...)
}

func checksum(table []byte) uint32 {
	var sum uint32
	for len(table) >= 4 {
		sum += binary.BigEndian.Uint32(table)
		table = table[4:]
	}
	var last [4]byte
	copy(last[:], table)
	return sum + binary.BigEndian.Uint32(last[:])
}
