package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// maxText bounds a text table, which is held in memory to tell its encoding and separator.
const maxText = 64 << 20

// readCSV reads a text table. The encoding is UTF-8, UTF-16 with a mark, or else Windows-1252; the separator is the one that cuts the
// first lines into the same number of cells.
func readCSV(in io.Reader, limits Limits) (Book, error) {
	raw, err := io.ReadAll(io.LimitReader(in, maxText+1))
	if err != nil {
		return Book{}, err
	}
	if len(raw) > maxText {
		return Book{}, fmt.Errorf("text of more than %d bytes: %w", maxText, ErrTooLarge)
	}
	book := Book{Format: CSV}
	text, encoding, err := decodeText(raw)
	if err != nil {
		return Book{}, err
	}
	if encoding != "" {
		book.Remarks = append(book.Remarks, Remark{Kind: Recoded, Text: encoding})
	}
	if bytes.ContainsRune(text, 0) {
		return Book{}, ErrNotTable
	}
	left := limits.Rows
	t := gathering{limits: limits, left: &left}
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma = separator(text)
	r.FieldsPerRecord = -1
	r.LazyQuotes = true
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Book{}, fmt.Errorf("%w: %w", ErrNotTable, err) // holds the line
		}
		line, _ := r.FieldPos(0)
		if err := t.add(line, cells); err != nil {
			return Book{}, err
		}
	}
	book.Sheets = []Sheet{t.sheet}
	return book, nil
}

// decodeText returns the text as UTF-8, and the encoding it was in when that is another.
func decodeText(raw []byte) (text []byte, encoding string, err error) {
	switch {
	case bytes.HasPrefix(raw, []byte("\xef\xbb\xbf")):
		raw = raw[3:]
	case bytes.HasPrefix(raw, []byte("\xff\xfe")), bytes.HasPrefix(raw, []byte("\xfe\xff")):
		text, err = unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(raw)
		return text, "UTF-16", err
	}
	if utf8.Valid(raw) {
		return raw, "", nil
	}
	text, err = charmap.Windows1252.NewDecoder().Bytes(raw)
	return text, "Windows-1252", err
}

// separator chooses among the usual ones: the one that cuts most of the first lines into one same number of cells, more than one; of those that
// do alike, the one that makes the most cells. Titles above a table have no separator, and rows may lack their last cells.
func separator(text []byte) rune {
	head := text[:min(len(text), 64<<10)]
	best, bestScore := ',', 0
	for _, comma := range []rune{';', ',', '\t', '|'} {
		r := csv.NewReader(bytes.NewReader(head))
		r.Comma, r.FieldsPerRecord, r.LazyQuotes = comma, -1, true
		lines, cut := map[int]int{}, 0
		for range 20 {
			cells, err := r.Read()
			if err != nil {
				break
			}
			if len(cells) > 1 {
				lines[len(cells)]++
				cut++
			}
		}
		for cells, n := range lines {
			// Lines of the usual length first, then all that are cut, then cells.
			if score := (n*100+cut)*1000 + min(cells, 999); score > bestScore {
				best, bestScore = comma, score
			}
		}
	}
	return best
}
