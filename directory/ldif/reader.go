package ldif

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"hygie/directory/model"
	"hygie/directory/points/reasons"
	"hygie/directory/reading"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

// Options bound what a reader takes (docs/formats/directory-inputs.md, Bounds). Zero fields take the default.
type Options struct {
	Name    string // of the file, for messages
	Objects int    // entries; 10 million by default
	Bytes   int64  // of the file; 64 GiB by default
	Record  int    // bytes of one record; 128 MiB by default
}

const (
	defaultObjects = 10_000_000
	defaultBytes   = 64 << 30
	defaultRecord  = 128 << 20
	maxBadRecords  = 1000
	maxWarnings    = 50
	maxLines       = 4 << 20 // attribute lines of one record
)

// Summary tells what was read (RFC 2849).
type Summary struct {
	Entries int
	Bad     int // records left out because they could not be read
	Lines   int
	Bytes   int64
	Partial bool // something is missing; the source's warnings say what
}

// Is tells whether the first bytes of a file look like LDIF: after an optional byte order mark, comments and blank lines,
// a version or a distinguished name (RFC 2849).
func Is(start []byte) bool {
	l, err := newLines(bytes.NewReader(start), len(start)+1)
	if err != nil {
		return false
	}
	var line []byte
	for {
		if line, err = l.next(line[:0]); err != nil {
			return false
		}
		if len(line) > 0 {
			name, _, ok := bytes.Cut(line, []byte{':'})
			return ok && (bytes.EqualFold(name, []byte("dn")) || bytes.EqualFold(name, []byte("version")))
		}
	}
}

// Read adds the entries of an export to b, with a source that carries the warnings (RFC 2849).
func Read(r io.Reader, b *model.Builder, o Options) (Summary, error) {
	if o.Objects <= 0 {
		o.Objects = defaultObjects
	}
	if o.Bytes <= 0 {
		o.Bytes = defaultBytes
	}
	if o.Record <= 0 {
		o.Record = defaultRecord
	}
	l, err := newLines(r, o.Record)
	if err != nil {
		return Summary{}, fmt.Errorf("read LDIF %s: %w", o.Name, err)
	}
	d := &reader{b: b, o: o, lines: l, source: model.Source{Tool: "ldif", Name: o.Name}}
	b.Source(d.source)
	err = d.run()
	d.summary.Lines, d.summary.Bytes = l.number, l.bytes
	if err != nil {
		d.fault(err)
	}
	for _, gap := range d.ranges.gaps() {
		d.fault(gap)
	}
	if l.odd() {
		d.fault(reading.Cause("utf16_half"))
	}
	if l.cut { // each line ends with a separator (RFC 2849)
		d.fault(reading.Cause("ldif_cut", "line", l.number))
	}
	d.summary.Partial = d.source.Partial
	b.Source(d.source)
	if d.summary.Entries == 0 {
		if d.first != nil {
			return d.summary, fmt.Errorf("read LDIF %s: %w", o.Name, d.first)
		}
		return d.summary, fmt.Errorf("read LDIF %s: no entry in it", o.Name)
	}
	return d.summary, nil
}

type reader struct {
	b       *model.Builder
	o       Options
	lines   *lines
	source  model.Source
	summary Summary
	first   error   // first fault
	domain  sid.SID // last domain seen, for SDDL aliases

	text   []byte // the record's lines, one after the other
	spans  []span
	binary []byte // decoded base64 values
	entry  model.Entry
	values [][]byte
	names  map[string]string // spelling of attribute names, to allocate each once
	ranges ranges
}

// span is one logical line in reader.text.
type span struct {
	start, end int
	line       int
}

func (d *reader) fault(err error) {
	if d.first == nil {
		d.first = err
	}
	d.source.Partial = true
	d.warn(reading.Warning("source_fault", err))
}

func (d *reader) warn(said reasons.Reason) {
	if len(d.source.Warnings) < maxWarnings {
		d.source.Warnings = append(d.source.Warnings, said)
	}
}

// run reads records to the end. The error is for what ends the reading early.
func (d *reader) run() error {
	d.names = make(map[string]string)
	for {
		end, err := d.record()
		if err != nil {
			return err
		}
		if len(d.spans) > 0 {
			if d.summary.Entries >= d.o.Objects {
				return reading.Cause("entries_many", "line", d.spans[0].line, "limit", d.o.Objects)
			}
			if err := d.take(); err != nil {
				d.summary.Bad++
				d.fault(err)
				if d.summary.Bad >= maxBadRecords {
					return reading.Cause("ldif_records_bad", "line", d.spans[0].line, "limit", maxBadRecords)
				}
			}
		}
		if end {
			return nil
		}
	}
}

// record reads lines up to a blank one or the end of the file.
func (d *reader) record() (end bool, err error) {
	d.text, d.spans = d.text[:0], d.spans[:0]
	for {
		from := len(d.text)
		d.text, err = d.lines.next(d.text)
		if errors.Is(err, io.EOF) {
			return true, nil
		}
		if err != nil {
			return true, err
		}
		if d.lines.bytes > d.o.Bytes {
			return true, reading.Cause("bytes_many", "line", d.lines.start, "limit", d.o.Bytes)
		}
		if len(d.text) == from {
			return false, nil
		}
		if len(d.text) > d.o.Record || len(d.spans) >= maxLines {
			return true, reading.At(errLong, "line", d.lines.start)
		}
		d.spans = append(d.spans, span{from, len(d.text), d.lines.start})
	}
}

var (
	errColon  = reading.Cause("ldif_colon")
	errURL    = reading.Cause("ldif_url")
	errNoDN   = reading.Cause("ldif_no_dn")
	errChange = reading.Cause("ldif_change")
)

// take turns the record into an entry, or skips it when it is not one.
func (d *reader) take() error {
	d.binary = d.binary[:0]
	spans := d.spans
	name, value, err := d.split(spans[0])
	if err != nil {
		return err
	}
	if strings.EqualFold(name, "version") {
		if spans = spans[1:]; len(spans) == 0 {
			return nil
		}
		if name, value, err = d.split(spans[0]); err != nil {
			return err
		}
	}
	switch strings.ToLower(name) {
	case "dn":
	case "search", "result", "ref", "control", "pagedresults":
		return d.epilogue(spans)
	default:
		return reading.At(errNoDN, "line", spans[0].line)
	}
	if err := d.collect(string(value), spans[1:]); err != nil {
		return err
	}
	if d.entry.DN == "" {
		d.rootDSE()
		return nil
	}
	if err := d.b.Add(d.entry); err != nil {
		return reading.At(err, "line", spans[0].line)
	}
	d.summary.Entries++
	for _, a := range d.entry.Attributes {
		d.ranges.note(d.entry.DN, a.Name, spans[0].line)
	}
	return nil
}

// collect fills d.entry; values refer to d.text and d.binary.
func (d *reader) collect(dn string, spans []span) error {
	d.entry.DN = plainName(dn)
	d.entry.Attributes = d.entry.Attributes[:0]
	d.values = d.values[:0]
	needed := 0
	for _, s := range spans {
		needed += s.end - s.start
	}
	if cap(d.binary) < needed { // values must not move while others are decoded
		d.binary = make([]byte, 0, needed+needed/2)
	}
	if cap(d.values) < len(spans) {
		d.values = make([][]byte, 0, 2*len(spans))
	}
	for _, s := range spans {
		name, value, err := d.split(s)
		if err != nil {
			return err
		}
		switch {
		case strings.EqualFold(name, "changetype"):
			if !bytes.EqualFold(value, []byte("add")) {
				return reading.At(errChange, "line", s.line)
			}
			continue
		case strings.EqualFold(name, "control") && len(d.entry.Attributes) == 0:
			continue
		}
		n := len(d.entry.Attributes)
		d.values = append(d.values, value)
		at := len(d.values)
		if n > 0 && d.entry.Attributes[n-1].Name == name {
			last := &d.entry.Attributes[n-1]
			from := at - 1 - len(last.Values)
			last.Values = d.values[from:at:at]
			continue
		}
		d.entry.Attributes = append(d.entry.Attributes, model.Attribute{Name: name, Values: d.values[at-1 : at : at]})
	}
	return d.convert(spans)
}

// split reads one line: "name: text", "name:: base64" or "name:< url".
func (d *reader) split(s span) (string, []byte, error) {
	line := d.text[s.start:s.end]
	at := bytes.IndexByte(line, ':')
	if at <= 0 {
		return "", nil, reading.At(errColon, "line", s.line)
	}
	name := d.name(bytes.TrimRight(line[:at], " "))
	value := line[at+1:]
	if len(value) == 0 {
		return name, value, nil
	}
	switch value[0] {
	case '<':
		return "", nil, reading.At(errURL, "line", s.line)
	case ':':
		encoded := bytes.Trim(value[1:], " ")
		from := len(d.binary)
		var err error
		if d.binary, err = base64.StdEncoding.AppendDecode(d.binary, encoded); err != nil {
			return "", nil, reading.At(err, "line", s.line, "attribute", clip(name))
		}
		return name, d.binary[from:len(d.binary):len(d.binary)], nil
	}
	return name, bytes.TrimLeft(value, " "), nil
}

func (d *reader) name(b []byte) string {
	if name, ok := d.names[string(b)]; ok {
		return name
	}
	name := string(b)
	if len(d.names) < 1<<16 {
		d.names[name] = name
	}
	return name
}

// convert turns descriptors written as SDDL into their binary form.
func (d *reader) convert(spans []span) error {
	var own sid.SID
	domainRoot := false
	for _, a := range d.entry.Attributes {
		switch {
		case strings.EqualFold(a.Name, "objectSid"):
			own = readSID(a.Values[0])
		case strings.EqualFold(a.Name, "objectClass"):
			for _, v := range a.Values {
				domainRoot = domainRoot || bytes.EqualFold(v, []byte("domainDNS"))
			}
		}
	}
	switch {
	case domainRoot && own.Len() == 4:
		d.domain = own
	case d.domain.IsZero() && own.IsAccount():
		d.domain = own.Domain()
	}
	for i, a := range d.entry.Attributes {
		if !strings.EqualFold(a.Name, "nTSecurityDescriptor") || !isSDDL(a.Values[0]) {
			continue
		}
		sd, err := secdesc.ParseSDDL(string(a.Values[0]), d.domain)
		if err != nil {
			return reading.At(err, "line", d.lineOf(a.Name, spans))
		}
		d.entry.Attributes[i].Values = [][]byte{sd}
	}
	return nil
}

// lineOf gives the line of the first value of an attribute.
func (d *reader) lineOf(name string, spans []span) int {
	for _, s := range spans {
		if bytes.HasPrefix(d.text[s.start:s.end], []byte(name)) {
			return s.line
		}
	}
	return 0
}

func readSID(v []byte) sid.SID {
	if s, err := sid.FromBytes(v); err == nil {
		return s
	}
	s, _ := sid.Parse(string(v)) // the zero SID when it is neither
	return s
}

func isSDDL(v []byte) bool {
	return len(v) >= 2 && v[1] == ':' && strings.IndexByte("OGDS", v[0]) >= 0
}

// epilogue reads what ldapsearch prints after the entries. A result other than success means that entries are missing.
func (d *reader) epilogue(spans []span) error {
	for _, s := range spans {
		name, value, err := d.split(s)
		if err != nil {
			return err
		}
		if strings.EqualFold(name, "result") && !bytes.HasPrefix(value, []byte("0")) {
			d.source.Partial = true
			d.warn(reading.Warning("source_export_ended", nil, "line", s.line, "result", clip(string(value))))
		}
	}
	return nil
}

// rootDSE takes the server's name from the entry without a name (RFC 4512 5.1).
func (d *reader) rootDSE() {
	for _, a := range d.entry.Attributes {
		if strings.EqualFold(a.Name, "dnsHostName") {
			d.source.Server = string(a.Values[0])
		}
	}
}

func clip(s string) string {
	if len(s) > 100 {
		return s[:100] + "…"
	}
	return s
}
