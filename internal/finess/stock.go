package finess

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"

	"hygie/internal/territory/official"
)

// The fields of the section structureet, from 0 (published description of etalab_cs1100502).
const (
	stockFields     = 32
	pointFields     = 6
	fieldFiness     = 1
	fieldEntity     = 2
	fieldName       = 3
	fieldLongName   = 4
	fieldDepartment = 13
	fieldRouting    = 15
	fieldCategory   = 18
	fieldLabel      = 19
	fieldSiret      = 22
)

// stockReader reads the stock form line by line.
type stockReader struct {
	file     *File
	limits   Limits
	line     int
	seen     map[string]int // FINESS number of an establishment → its line
	entities map[string]bool
	intern   map[string]string
}

func readStock(r *bufio.Reader, limits Limits) (*File, error) {
	s := &stockReader{
		file: &File{Form: Stock}, limits: limits,
		seen: make(map[string]int), entities: make(map[string]bool), intern: make(map[string]string),
	}
	for {
		line, err := readLine(r, limits.Line)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("line %d: %w", s.line+1, err)
		}
		s.line++
		if len(line) > 0 {
			if rowErr := s.row(line); rowErr != nil {
				return nil, fmt.Errorf("line %d: %w", s.line, rowErr)
			}
		}
		if err != nil {
			break
		}
	}
	if len(s.file.Establishments) == 0 && s.file.Errors == 0 {
		return nil, errors.New("the file holds no establishment")
	}
	return s.file, nil
}

var errLineTooLong = errors.New("the line is longer than what is accepted")

// readLine returns the next line without its end, and io.EOF with the last.
func readLine(r *bufio.Reader, limit int) ([]byte, error) {
	var long []byte
	for {
		part, err := r.ReadSlice('\n')
		if len(long)+len(part) > limit {
			return nil, errLineTooLong
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			long = append(long, part...)
			continue
		}
		if long != nil {
			part = append(long, part...)
		}
		for len(part) > 0 && (part[len(part)-1] == '\n' || part[len(part)-1] == '\r') {
			part = part[:len(part)-1]
		}
		return part, err
	}
}

func (s *stockReader) wrong(fatal bool, code Code, value, detail string) {
	s.file.report(s.limits.Problems, Problem{Row: s.line, Fatal: fatal, Code: code, Value: value, Detail: detail})
}

// row reads one line. Its error ends the reading.
func (s *stockReader) row(raw []byte) error {
	text, known := decode(raw)
	if strings.TrimSpace(text) == "" {
		return nil
	}
	fields, closed := split(text)
	if s.line == 1 {
		titles, err := s.header(fields)
		if err != nil || titles {
			return err
		}
	}
	if !known || damaged(text) {
		s.wrong(false, BadEncoding, text, "")
	}
	switch fields[0] {
	case "structureet":
		s.file.Rows++
		if s.file.Rows > s.limits.Rows {
			return fmt.Errorf("more than %d structures", s.limits.Rows)
		}
		switch {
		case !closed:
			s.wrong(true, BadQuotes, text, "")
		case len(fields) != stockFields:
			s.wrong(true, BadFields, text, fmt.Sprintf("%d/%d", len(fields), stockFields))
		default:
			s.establishment(fields)
		}
	case "geolocalisation":
		s.point(fields)
	case "structureej":
		return errors.New("this is the file of the legal entities: use the FINESS+ JSON, which has both, or the file of the establishments")
	default:
		s.wrong(true, BadSection, fields[0], "")
	}
	return nil
}

// header reads the line finess;etalab;NN;date and tells whether the first line holds no structure.
func (s *stockReader) header(fields []string) (titles bool, err error) {
	switch {
	case fields[0] == "structureet" || fields[0] == "structureej": // somebody cut the first line off
		s.wrong(false, NoHeader, fields[0], "")
		return false, nil
	case len(fields) >= 2 && fields[1] == "nofinesset": // somebody replaced it by titles
		s.wrong(false, NoHeader, fields[0]+";"+fields[1], "")
		return true, nil
	case len(fields) < 4 || fields[0] != "finess":
		return true, ErrUnknownForm
	}
	if s.file.Date = day(fields[3]); s.file.Date == "" {
		s.wrong(false, NoHeader, fields[3], "")
	}
	return true, nil
}

// establishment reads a row that has the right number of fields.
func (s *stockReader) establishment(fields []string) {
	e := Establishment{
		Finess: strings.Clone(official.CleanFiness(fields[fieldFiness])), Entity: s.same(official.CleanFiness(fields[fieldEntity])),
		Name:     cmp.Or(clean(fields[fieldLongName]), clean(fields[fieldName])),
		Category: strings.TrimSpace(fields[fieldCategory]), CategoryLabel: s.same(clean(fields[fieldLabel])),
		Siret: strings.Clone(strings.Join(strings.Fields(fields[fieldSiret]), "")), Active: true,
	}
	if !s.numbers(&e, fields) {
		return
	}
	if e.Name == "" {
		s.wrong(true, NoName, e.Finess, "")
		return
	}
	e.PostalCode, e.City = routing(fields[fieldRouting])
	e.PostalCode, e.City = s.same(e.PostalCode), s.same(e.City)
	if e.Department = official.DepartmentOf(fields[fieldDepartment]); e.Department == "" {
		e.Department = official.DepartmentOfFiness(e.Finess)
		s.wrong(e.Department == "", BadDepartment, fields[fieldDepartment], "")
		if e.Department == "" {
			return
		}
	}
	e.Department = s.same(e.Department)
	e.Category, e.CategoryLabel = s.category(e.Category, e.CategoryLabel)
	if e.Siret != "" && (len(e.Siret) != 14 || !onlyDigits(e.Siret)) {
		s.wrong(false, BadSiret, e.Siret, "")
		e.Siret = ""
	}
	s.seen[e.Finess] = s.line
	s.file.Establishments = append(s.file.Establishments, e)
	if !s.entities[e.Entity] {
		s.entities[e.Entity] = true
		s.file.Entities = append(s.file.Entities, Entity{Finess: e.Entity, Department: s.same(official.DepartmentOfFiness(e.Entity)), Active: true})
	}
}

// numbers checks both FINESS numbers of a row, and that the first is new.
func (s *stockReader) numbers(e *Establishment, fields []string) bool {
	if !official.ValidFiness(e.Finess) {
		s.wrong(true, BadFiness, fields[fieldFiness], "")
		return false
	}
	if !official.ValidFiness(e.Entity) {
		s.wrong(true, BadEntity, fields[fieldEntity], e.Finess)
		return false
	}
	if before, twice := s.seen[e.Finess]; twice {
		s.wrong(true, Duplicate, e.Finess, fmt.Sprint(before))
		return false
	}
	for _, number := range [...]string{e.Finess, e.Entity} {
		if !official.FinessKey(number) {
			s.wrong(false, BadKey, number, "")
		}
	}
	return true
}

// category checks a code against the nomenclature, whose label is preferred to that of the file: both forms then agree.
func (s *stockReader) category(code, label string) (string, string) {
	if known, ok := CategoryOf(code); ok {
		return known.Code, known.Label
	}
	s.wrong(false, BadCategory, code, label)
	if len(code) != 3 || !onlyDigits(code) {
		return "", label
	}
	return s.same(code), label
}

// point checks a row of the section geolocalisation, of which nothing is kept.
func (s *stockReader) point(fields []string) {
	if len(fields) != pointFields {
		s.wrong(true, BadFields, strings.Join(fields, ";"), fmt.Sprintf("%d/%d", len(fields), pointFields))
		return
	}
	if number := official.CleanFiness(fields[1]); s.seen[number] == 0 {
		s.wrong(false, UnknownPoint, fields[1], "")
	}
}

// same returns one copy of a text that comes often, so that 100,000 rows do not hold 100,000 times "Pharmacie d'officine".
func (s *stockReader) same(text string) string {
	if one, known := s.intern[text]; known {
		return one
	}
	text = strings.Clone(text) // not a piece of the whole line
	s.intern[text] = text
	return text
}

// split cuts a line at its semicolons. A field that begins with a quotation mark ends with the next single one, and "" inside
// is one mark; elsewhere a mark is a character like another. It reports false when a mark does not close.
func split(line string) (fields []string, closed bool) {
	fields = make([]string, 0, stockFields)
	for {
		if !strings.HasPrefix(line, `"`) {
			field, rest, more := strings.Cut(line, ";")
			fields = append(fields, field)
			if !more {
				return fields, true
			}
			line = rest
			continue
		}
		field, rest, ok := quoted(line[1:])
		if !ok {
			return append(fields, line), false
		}
		fields = append(fields, field)
		if rest == "" {
			return fields, true
		}
		line = rest[1:]
	}
}

// quoted reads a field after its opening mark, up to the closing one; rest is empty or begins with a semicolon.
func quoted(text string) (field, rest string, ok bool) {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, `"`)
		if !found {
			return "", "", false
		}
		b.WriteString(before)
		switch {
		case strings.HasPrefix(after, `"`):
			b.WriteByte('"')
			text = after[1:]
		case after == "" || after[0] == ';':
			return b.String(), after, true
		default: // a lone mark inside
			b.WriteByte('"')
			text = after
		}
	}
}
