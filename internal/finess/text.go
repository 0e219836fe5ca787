package finess

import (
	"strings"
	"unicode/utf8"
)

// windows1252 are the characters that Windows puts at 0x80 … 0x9f, where Latin-1 has none in use; 0 where it has none either.
var windows1252 = [32]rune{
	'€', 0, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0, 'Ž', 0,
	0, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0, 'ž', 'Ÿ',
}

// decode turns the bytes of a line into text: UTF-8 when they are, else Windows-1252, which contains Latin-1. Accented Latin-1 is practically never valid UTF-8, so
// each line tells by itself. It reports false for bytes that neither knows.
func decode(line []byte) (string, bool) {
	if utf8.Valid(line) {
		return string(line), true
	}
	var b strings.Builder
	b.Grow(len(line) + 8)
	ok := true
	for _, c := range line {
		r := rune(c)
		if c >= 0x80 && c < 0xa0 {
			if r = windows1252[c-0x80]; r == 0 {
				r, ok = utf8.RuneError, false
			}
		}
		b.WriteRune(r)
	}
	return b.String(), ok
}

// damaged tells whether text was spoilt before it reached us: characters already lost, or UTF-8 that a tool took for Latin-1 ("Ã©" for "é").
func damaged(text string) bool {
	if strings.ContainsRune(text, utf8.RuneError) {
		return true
	}
	for rest := text; ; {
		at := strings.IndexRune(rest, 'Ã')
		if at < 0 {
			return false
		}
		rest = rest[at+len("Ã"):]
		if next, _ := utf8.DecodeRuneInString(rest); next >= 0x80 && next <= 0xbf || next == '‰' || next == 'Š' || next == '¨' {
			return true
		}
	}
}

// clean removes what does not show: spaces around, runs of spaces, control characters.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f || r == '\u00ad' || r == '\ufeff' {
			return ' '
		}
		return r
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

// routing splits the last line of an address, "97306 CAYENNE CEDEX 2", into the postal code and the city.
func routing(line string) (postalCode, city string) {
	line = clean(line)
	if code, rest, found := strings.Cut(line, " "); found && len(code) == 5 && onlyDigits(code) {
		postalCode, line = code, rest
	}
	words := strings.Fields(line)
	for i, word := range words {
		if i > 0 && strings.EqualFold(word, "cedex") {
			words = words[:i]
			break
		}
	}
	return postalCode, strings.Join(words, " ")
}

func onlyDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}

// day turns the dates of both forms (2020-02-04, 04/02/2020, 2020-02-04 00:00:00) into YYYY-MM-DD, or nothing.
func day(text string) string {
	text = strings.TrimSpace(text)
	if len(text) >= 10 && text[2] == '/' && text[5] == '/' {
		text = text[6:10] + "-" + text[3:5] + "-" + text[:2]
	}
	if len(text) < 10 || text[4] != '-' || text[7] != '-' || !onlyDigits(text[:4]+text[5:7]+text[8:10]) {
		return ""
	}
	month, dayOfMonth := text[5:7], text[8:10]
	if month < "01" || month > "12" || dayOfMonth < "01" || dayOfMonth > "31" {
		return ""
	}
	return text[:10]
}
