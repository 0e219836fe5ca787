package control

import (
	"embed"
	"encoding/csv"
	"fmt"
	"strings"
)

// Text is what people read about a kind of control (docs/schema/directory-audit.schema.json).
type Text struct {
	Means string // what whoever has it can do, a sentence without subject: "can set the password …"
	Cut   string // how to take it away
}

//go:embed words.csv
var wordsFile embed.FS

// Words gives what a kind means and how it is cut, in French ("fr") or English (docs/schema/directory-audit.schema.json).
func Words(k Kind, lang string) Text {
	t, err := readWords(lang)
	if err != nil {
		return Text{Means: k.String()} // the table is part of the program, and a test reads all of it
	}
	return t[k.String()]
}

// Catalog gives the texts of every kind, by name (docs/schema/directory-audit.schema.json).
func Catalog(lang string) (map[string]Text, error) { return readWords(lang) }

func readWords(lang string) (map[string]Text, error) {
	f, err := wordsFile.Open("words.csv")
	if err != nil {
		return nil, fmt.Errorf("read the words of control kinds: %w", err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma = '|'
	r.LazyQuotes = true // sentences hold quotation marks
	r.FieldsPerRecord = 5
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read the words of control kinds: %w", err)
	}
	out := make(map[string]Text, len(rows))
	for _, row := range rows[1:] {
		t := Text{Means: row[1], Cut: row[2]}
		if strings.HasPrefix(lang, "en") {
			t = Text{Means: row[3], Cut: row[4]}
		}
		out[row[0]] = t
	}
	return out, nil
}
