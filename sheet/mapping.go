package sheet

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Field is something a reader of tables looks for, with the names that columns give it.
type Field struct {
	Key      string
	Names    []string // in any language; case, accents and punctuation do not matter
	Required bool
}

// Header is the row that names the columns, and what its columns are for.
type Header struct {
	Row     int            // its place in Sheet.Rows
	Names   []string       // as written
	Columns map[string]int // column of each recognised field, by its key
}

// Missing lists the required fields that no column gives, in the order of fields.
func (h Header) Missing(fields []Field) (keys []string) {
	for _, f := range fields {
		if _, ok := h.Columns[f.Key]; f.Required && !ok {
			keys = append(keys, f.Key)
		}
	}
	return keys
}

// headerRows is how many rows may stand above the header: titles, dates, logos.
const headerRows = 30

// FindHeader looks for the row that names the most fields among the first rows of a sheet. Without any it takes the first row of
// at least two texts, so that a person can say what its columns are.
func FindHeader(s Sheet, fields []Field) (Header, bool) {
	best, found := Header{}, false
	for i, row := range s.Rows[:min(len(s.Rows), headerRows)] {
		columns := match(row, fields)
		if len(columns) > len(best.Columns) {
			best, found = Header{Row: i, Names: row.Cells, Columns: columns}, true
		}
	}
	if found {
		return best, true
	}
	for i, row := range s.Rows[:min(len(s.Rows), headerRows)] {
		if texts(row) >= 2 {
			return Header{Row: i, Names: row.Cells, Columns: map[string]int{}}, true
		}
	}
	return Header{}, false
}

// match gives each field the column that names it best: the whole name before a part of it, the first column before others. A column
// serves one field.
func match(row Row, fields []Field) map[string]int {
	type fit struct{ field, column, score int }
	var fits []fit
	for f, field := range fields {
		for c := range row.Cells {
			if score := similarity(row.Cell(c), append([]string{field.Key}, field.Names...)); score > 0 {
				fits = append(fits, fit{f, c, score})
			}
		}
	}
	slices.SortStableFunc(fits, func(a, b fit) int {
		return cmp.Or(b.score-a.score, a.field-b.field, a.column-b.column)
	})
	columns := map[string]int{}
	taken := map[int]bool{}
	for _, f := range fits {
		key := fields[f.field].Key
		if _, done := columns[key]; !done && !taken[f.column] {
			columns[key], taken[f.column] = f.column, true
		}
	}
	return columns
}

// similarity of a column's title to a field's names: 3 the same, 2 begins with it, 1 holds it as whole words, 0 none.
func similarity(title string, names []string) (best int) {
	title = Fold(title)
	if title == "" {
		return 0
	}
	for _, n := range names {
		n = Fold(n)
		switch {
		case n == "":
		case title == n:
			return 3
		case strings.HasPrefix(title, n+" "):
			best = max(best, 2)
		case strings.Contains(" "+title+" ", " "+n+" "):
			best = max(best, 1)
		}
	}
	return best
}

// Fold writes a text without case, accents and punctuation, with single spaces, for comparison.
func Fold(s string) string {
	var b strings.Builder
	space := false
	for _, r := range norm.NFKD.String(s) {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if space && b.Len() > 0 {
				b.WriteByte(' ')
			}
			space = false
			b.WriteRune(unicode.ToLower(r))
		case unicode.Is(unicode.Mn, r):
		default:
			space = true
		}
	}
	return b.String()
}

func texts(row Row) (n int) {
	for c := range row.Cells {
		if strings.ContainsFunc(row.Cell(c), unicode.IsLetter) {
			n++
		}
	}
	return n
}

// Record is a row read through a header.
type Record struct {
	Row    int // as the spreadsheet counts
	values map[string]string
}

// Get is the trimmed text of a field, empty when its column is missing.
func (r Record) Get(key string) string { return r.values[key] }

// Records reads the rows below a header.
func Records(s Sheet, h Header) []Record {
	var list []Record
	for _, row := range s.Rows[min(h.Row+1, len(s.Rows)):] {
		r := Record{Row: row.Number, values: make(map[string]string, len(h.Columns))}
		empty := true
		for key, column := range h.Columns {
			r.values[key] = row.Cell(column)
			empty = empty && r.values[key] == ""
		}
		if !empty {
			list = append(list, r)
		}
	}
	return list
}
