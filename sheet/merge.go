package sheet

import (
	"strconv"
	"strings"
)

// Merge is a range of merged cells. A spreadsheet keeps its value in the first cell only.
type Merge struct {
	Row, Column   int // of the first cell: the row as the spreadsheet counts, the column from 0
	Rows, Columns int // how many it covers, at least 1
}

// mostMerges bounds how many merges of a sheet are kept, mostFilled how many of their rows are looked at: a table with more was drawn rather than
// filled in.
const (
	mostMerges = 10_000
	mostFilled = 1_000_000
)

// merge notes merged cells.
func (s *Sheet) merge(m Merge) {
	if len(s.Merges) < mostMerges {
		s.Merges = append(s.Merges, m)
	}
}

// mergeOf reads a range of Office Open XML, such as "B4:B9" (ISO/IEC 29500-1, 18.3.1.55).
func mergeOf(ref string) (Merge, bool) {
	from, to, ok := strings.Cut(ref, ":")
	if !ok {
		return Merge{}, false
	}
	c1, r1, ok1 := cellOf(from)
	c2, r2, ok2 := cellOf(to)
	if !ok1 || !ok2 || c2 < c1 || r2 < r1 {
		return Merge{}, false
	}
	return Merge{Row: r1, Column: c1 - 1, Rows: r2 - r1 + 1, Columns: c2 - c1 + 1}, true
}

// cellOf reads a reference to one cell: its column and its row, from 1.
func cellOf(ref string) (column, row int, ok bool) {
	ref = strings.ReplaceAll(ref, "$", "")
	column, ok = columnOf(ref)
	row, err := strconv.Atoi(strings.TrimLeft(ref, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"))
	return column, row, ok && err == nil && row > 0 && column > 0
}

// FillDown gives the rows below the first of a merge over several rows the value of its first cell, as people read such a table, and tells which
// rows of the sheet it changed, one remark for each merge. Rows that hold nothing else stay left out; merges that begin before a row, such as those of titles, are
// left alone, and so are cells that hold something.
func FillDown(s Sheet, from int) (Sheet, []Remark) {
	var remarks []Remark
	place := map[int]int{}
	copied, left := false, mostFilled
	for _, m := range s.Merges {
		if m.Rows < 2 || m.Row < from || left <= 0 {
			continue
		}
		if len(place) == 0 {
			for i, row := range s.Rows {
				place[row.Number] = i
			}
		}
		first, ok := place[m.Row]
		if !ok || s.Rows[first].Cell(m.Column) == "" {
			continue
		}
		if !copied {
			s.Rows, copied = append([]Row(nil), s.Rows...), true
		}
		value, filled := s.Rows[first].Cells[m.Column], 0
		for i := first + 1; i < len(s.Rows) && s.Rows[i].Number < m.Row+m.Rows; i++ {
			if left--; left < 0 {
				break
			}
			if s.Rows[i].Cell(m.Column) != "" {
				continue
			}
			cells := append([]string(nil), s.Rows[i].Cells...)
			for len(cells) <= m.Column {
				cells = append(cells, "")
			}
			cells[m.Column] = value
			s.Rows[i].Cells = cells
			filled++
		}
		if filled > 0 {
			remarks = append(remarks, Remark{Kind: Filled, Sheet: s.Name, Row: m.Row, Text: strconv.Itoa(m.Row + m.Rows - 1)})
		}
	}
	return s, remarks
}

// FindTwoRowHeader looks for two rows that name the columns together, such as "Support" above "End" and "Contract", and names
// all that is required. The name of a column is then both, and the header's row is the second.
func FindTwoRowHeader(s Sheet, fields []Field) (Header, bool) {
	best, found := Header{}, false
	for i := 1; i < min(len(s.Rows), headerRows); i++ {
		upper, lower := s.Rows[i-1], s.Rows[i]
		if lower.Number != upper.Number+1 {
			continue
		}
		joined := Row{Number: lower.Number}
		above := ""
		for c := range max(len(upper.Cells), len(lower.Cells)) {
			if text := upper.Cell(c); text != "" {
				above = text
			} else if !s.spans(upper.Number, c) {
				above = ""
			}
			joined.Cells = append(joined.Cells, strings.TrimSpace(above+" "+lower.Cell(c)))
		}
		h := Header{Row: i, Names: joined.Cells, Columns: match(joined, fields)}
		if len(h.Missing(fields)) == 0 && len(h.Columns) > len(best.Columns) {
			best, found = h, true
		}
	}
	return best, found
}

// MergedAcross tells whether a row, as the spreadsheet counts, has cells merged over several columns.
func (s Sheet) MergedAcross(row int) bool {
	for _, m := range s.Merges {
		if row >= m.Row && row < m.Row+m.Rows && m.Columns > 1 {
			return true
		}
	}
	return false
}

// spans tells whether a cell is covered by one merged from its left.
func (s Sheet) spans(row, column int) bool {
	for _, m := range s.Merges {
		if row >= m.Row && row < m.Row+m.Rows && column > m.Column && column < m.Column+m.Columns {
			return true
		}
	}
	return false
}
