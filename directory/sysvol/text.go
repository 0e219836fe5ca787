package sysvol

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"hygie/directory/reading"
)

// faultAt is an error at a place of the file being read.
func faultAt(offset int, cause string, pairs ...any) error {
	return reading.At(reading.Cause(cause, pairs...), "byte", offset)
}

// decodeText gives the text of a settings file as UTF-8, from UTF-16 in either order with its mark, from UTF-8, or else from
// Windows-1252, whose bytes are taken as Latin-1: names of sections and keys are ASCII.
func decodeText(b []byte) (string, error) {
	switch {
	case len(b) >= 2 && b[0] == 0xff && b[1] == 0xfe:
		return decodeUTF16(b, 2, binary.LittleEndian)
	case len(b) >= 2 && b[0] == 0xfe && b[1] == 0xff:
		return decodeUTF16(b, 2, binary.BigEndian)
	case len(b) >= 4 && b[0] != 0 && b[1] == 0 && b[2] != 0 && b[3] == 0: // no mark, but nothing else looks so
		return decodeUTF16(b, 0, binary.LittleEndian)
	}
	b = []byte(strings.TrimPrefix(string(b), "\ufeff"))
	if utf8.Valid(b) {
		return string(b), nil
	}
	out := make([]rune, len(b))
	for i, c := range b {
		out[i] = rune(c)
	}
	return string(out), nil
}

func decodeUTF16(b []byte, from int, order binary.ByteOrder) (string, error) {
	if (len(b)-from)%2 != 0 {
		return "", faultAt(len(b)-1, "text_half")
	}
	units := make([]uint16, 0, (len(b)-from)/2)
	for i := from; i < len(b); i += 2 {
		units = append(units, order.Uint16(b[i:]))
	}
	return string(utf16.Decode(units)), nil
}

// section is a part of a settings file.
type section struct {
	name  string
	pairs []pair
}

type pair struct{ key, value string }

// maxPairs bounds the lines that are kept of one settings file.
const maxPairs = 100_000

// parseINI reads sections, keys and values. Lines before the first section, comments and lines without "=" are left out.
func parseINI(b []byte) ([]section, error) {
	text, err := decodeText(b)
	if err != nil {
		return nil, err
	}
	var out []section
	count := 0
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(strings.TrimRight(line, "\r\n\x00"))
		if name, ok := strings.CutPrefix(line, "["); ok {
			if name, ok = strings.CutSuffix(name, "]"); ok {
				out = append(out, section{name: strings.TrimSpace(name)})
			}
			count++
		} else if key, value, ok := strings.Cut(line, "="); ok && len(out) > 0 && line[0] != ';' {
			last := &out[len(out)-1]
			last.pairs = append(last.pairs, pair{strings.TrimSpace(key), strings.TrimSpace(value)})
			count++
		}
		if count > maxPairs {
			return out, faultAt(len(b), "settings_many", "limit", maxPairs)
		}
	}
	return out, nil
}
