package knowledge

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var cvePattern = regexp.MustCompile(`^CVE-\d{4}-\d{4,19}$`)

// epss reads the scores: a comment line with their day, a header, then cve,epss,percentile.
func (d *distiller) epss(text *bufio.Reader, s *Source) error {
	s.Kind = EPSS
	line := 0
	if head, _ := text.Peek(1); len(head) == 1 && head[0] == '#' {
		comment, err := text.ReadString('\n')
		if err != nil {
			return fmt.Errorf("line 1: %w", err)
		}
		line++
		if _, after, ok := strings.Cut(comment, "score_date:"); ok && len(after) >= 10 {
			s.Date, _ = time.Parse(time.DateOnly, after[:10]) // a day we cannot read is no day
		}
	}
	r := csv.NewReader(text)
	r.ReuseRecord = true
	r.FieldsPerRecord = -1
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("after line %d: %w", line, err)
		}
		line++
		if len(row) < 2 || !cvePattern.MatchString(row[0]) {
			continue
		}
		score, err := strconv.ParseFloat(row[1], 64)
		if err != nil || score < 0 || score > 1 {
			return fmt.Errorf("line %d: score %q is not between 0 and 1", line, row[1])
		}
		d.scores[strings.Clone(row[0])] = score
		s.Entries++
	}
}

// support reads our own table of ends of support: product,cycle,end,source; the product by its identifier or its CPE name.
func (d *distiller) support(text *bufio.Reader, s *Source) error {
	s.Kind = Support
	r := csv.NewReader(text)
	r.Comment = '#'
	for first := true; ; first = false {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err // holds the line
		}
		if first {
			continue
		}
		line, _ := r.FieldPos(0)
		if len(row) != 4 {
			return fmt.Errorf("line %d: %d columns, want product,cycle,end,source", line, len(row))
		}
		end, err := time.Parse(time.DateOnly, row[2])
		if err != nil {
			return fmt.Errorf("line %d: end %q is not a day like 2026-11-30", line, row[2])
		}
		if row[3] == "" {
			return fmt.Errorf("line %d: no source", line)
		}
		product := row[0]
		if p, ok := Lookup(product); ok {
			product = p.CPE
		}
		if row[1] == "" || !d.recognised[product] {
			return fmt.Errorf("line %d: product %q is not one that an audit recognises", line, row[0])
		}
		d.cycles = append(d.cycles, Cycle{product, row[1], end, row[3]})
		s.Entries++
	}
}
