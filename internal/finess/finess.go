// Package finess reads FINESS, the national register of health and social establishments, in the two forms in which it is
// published as open data, and says what is wrong with a file row by row. It knows nothing of the database: package imports compares what
// was read with the territory.
//
// The stock form is the historical text file of the establishments (data.gouv.fr, "Extraction du fichier des établissements"): fields
// separated by semicolons, no header but a first line "finess;etalab;NN;date", one section of 32 fields "structureet", an
// optional section "geolocalisation". It is written in Latin-1 or in UTF-8 according to the year. It was last published in May 2026.
//
// The FINESS+ form is the JSON that replaces it (github.com/ansforge/finess, schema-structures-v1): legal persons "pmej" that hold their
// establishments "ege", groups with a legal person "gco", groups by agreement "gcc", among which the GHT with the role of each member. It is large (several
// hundred megabytes) and is read as it comes, one legal person at a time.
//
// Both may be compressed with gzip. Only what the territory needs is kept: no telephone, no mail address.
package finess

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
)

// Form is how a file is written.
type Form string

// The published forms.
const (
	Stock Form = "stock"   // the ";" file of the establishments
	Plus  Form = "finess+" // the JSON of the structures
)

// Limits bounds what a reader accepts; a zero field takes the default.
type Limits struct {
	Bytes    int64 // of the file once decompressed; 4 GiB
	Line     int   // bytes of a line of the stock form; 64 KiB
	Element  int64 // bytes of one legal person with its establishments; 64 MiB
	Rows     int   // structures; 2,000,000
	Problems int   // kept with their place; the others are only counted; 1,000
}

func (l Limits) withDefaults() Limits {
	set := func(field *int64, value int64) {
		if *field <= 0 {
			*field = value
		}
	}
	setInt := func(field *int, value int) {
		if *field <= 0 {
			*field = value
		}
	}
	set(&l.Bytes, 4<<30)
	set(&l.Element, 64<<20)
	setInt(&l.Line, 64<<10)
	setInt(&l.Rows, 2_000_000)
	setInt(&l.Problems, 1000)
	return l
}

// File is what a publication says, cleaned: trimmed, numbers in their form, departments as official codes. Rows with an error are not in
// it.
type File struct {
	Form           Form
	Date           string // day of the extraction, YYYY-MM-DD; empty when the file does not say
	Entities       []Entity
	Establishments []Establishment
	Groups         []Group // only in FINESS+
	Problems       []Problem
	Errors         int // problems that left a row out, those beyond the limit included
	Warnings       int // problems with a row that was kept, likewise
	Rows           int // structures met, wrong ones included
}

// Entity is a legal person (entité juridique, PMEJ).
type Entity struct {
	Finess     string
	Siren      string // may be empty
	Name       string // empty in the stock form, which does not know it
	City       string
	PostalCode string
	Department string // official code; empty when it could not be told
	Active     bool
	ClosedOn   string // YYYY-MM-DD, when closed and known
}

// Establishment is a site (établissement, entité géographique d'exercice).
type Establishment struct {
	Finess        string
	Entity        string // FINESS number of its legal person
	Siret         string // may be empty
	Name          string
	Category      string // three digits; may be empty
	CategoryLabel string
	City          string
	PostalCode    string
	Department    string
	Active        bool
	ClosedOn      string
}

// Group is a GHT.
type Group struct {
	Number  string // the number that FINESS gives it
	Name    string
	Kind    string // "001" general, "002" psychiatry (nomenclature TRE-R371)
	Active  bool
	Members []Member
}

// Member is a legal person in a group, or one of its establishments.
type Member struct {
	Finess        string
	Establishment bool // the number is that of an establishment
	Role          Role
}

// Role is what a member is in a GHT.
type Role string

// The roles. FINESS+ publishes S and M only (nomenclature TRE-R360); the two others exist in its model.
const (
	Support   Role = "support"
	Party     Role = "party"
	Associate Role = "associate"
	Partner   Role = "partner"
)

// ErrUnknownForm is returned when the file is neither form of FINESS.
var ErrUnknownForm = errors.New("neither the FINESS stock file (first line finess;etalab;…) nor the FINESS+ JSON of the structures")

// Read reads a publication of either form, which it recognises by its beginning. An error means that nothing can be relied on: unknown form,
// broken JSON, truncated file, limit passed; what is wrong with single rows is in File.Problems. Progress, if not nil, is told
// the bytes read so far from time to time.
func Read(ctx context.Context, r io.Reader, limits Limits, progress func(bytes int64)) (*File, error) {
	limits = limits.withDefaults()
	m := &meter{ctx: ctx, from: r, max: limits.Bytes, progress: progress}
	buffered := bufio.NewReaderSize(m, 256<<10)
	if magic, _ := buffered.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		unzipped, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, fmt.Errorf("read FINESS: decompress: %w", err)
		}
		m = &meter{ctx: ctx, from: unzipped, max: limits.Bytes} // progress stays with the bytes of the file
		buffered = bufio.NewReaderSize(m, 256<<10)
	}
	file, err := dispatch(buffered, m, limits)
	if err != nil {
		return nil, fmt.Errorf("read FINESS: %w", err)
	}
	return file, nil
}

func dispatch(r *bufio.Reader, m *meter, limits Limits) (*File, error) {
	head, err := r.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return nil, errors.New("this is a ZIP archive: extract the file that it holds first")
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}) || bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return nil, errors.New("this file is written in UTF-16: save it as UTF-8, or use the file as it was published")
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		if _, err := r.Discard(3); err != nil {
			return nil, err
		}
		head = head[3:]
	}
	start := bytes.TrimLeft(head, " \t\r\n")
	switch {
	case bytes.HasPrefix(start, []byte("{")):
		return readPlus(r, m, limits)
	case bytes.HasPrefix(start, []byte("finess;")) || bytes.HasPrefix(start, []byte(`"finess"`)) || bytes.HasPrefix(start, []byte("structure")):
		return readStock(r, limits)
	}
	return nil, ErrUnknownForm
}

// meter counts the bytes that pass, stops at the limits, and stops when the context ends.
type meter struct {
	ctx      context.Context
	from     io.Reader
	n        int64
	max      int64 // 0 for none
	element  int64 // do not read beyond this many bytes; 0 for no limit
	progress func(int64)
	told     int64
}

var (
	errTooLarge        = errors.New("the file is larger than what is accepted")
	errElementTooLarge = errors.New("one structure is larger than what is accepted")
)

func (m *meter) Read(p []byte) (int, error) {
	if err := m.ctx.Err(); err != nil {
		return 0, err
	}
	if m.max > 0 && m.n > m.max {
		return 0, fmt.Errorf("%w (%d bytes)", errTooLarge, m.max)
	}
	if m.element > 0 && m.n > m.element {
		return 0, errElementTooLarge
	}
	n, err := m.from.Read(p)
	m.n += int64(n)
	if m.progress != nil && (m.n-m.told >= 1<<20 || err != nil) {
		m.told = m.n
		m.progress(m.n)
	}
	return n, err
}
