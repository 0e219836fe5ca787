package oradad

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"hygie/directory/internal/pack"
	"hygie/directory/model"
	"hygie/directory/points/reasons"
	"hygie/directory/reading"
	"hygie/directory/sid"
	"hygie/directory/sysvol"
)

// Options bound what a reader takes (docs/formats/directory-inputs.md, Bounds). Zero fields take the default.
type Options struct {
	Name    string // of the source, for messages
	Objects int    // rows of all tables; 40 million by default
	Row     int    // bytes of one row; 128 MiB by default
}

const (
	defaultObjects = 40_000_000
	defaultRow     = 128 << 20
	maxWarnings    = 50
	maxBadRows     = 1000
	maxTables      = 100_000
	maxColumns     = 2000
	maxDescription = 64 << 20 // bytes of tables.tsv and metadata.tsv
	maxShareFiles  = 1_000_000
)

// Summary tells what was read (docs/formats/directory-inputs.md).
type Summary struct {
	Tables  int
	Rows    int
	Bad     int // rows left out
	Partial bool
}

// Is tells whether the names of the files of a pack are those of ORADAD (docs/formats/directory-inputs.md).
func Is(p pack.Pack) bool {
	found := false
	_ = p.Each(func(name string) bool {
		found = found || path.Base(name) == "tables.tsv" || strings.HasSuffix(name, "/top.tsv")
		return false
	}, nil)
	return found
}

// table is the description of a table.
type table struct {
	columns, types []string
}

type reader struct {
	b       *model.Builder
	o       Options
	source  model.Source
	summary Summary
	tables  map[string]table // by path below the folder of tables.tsv, with slashes
	root    string           // folder of tables.tsv
	asked   map[string]map[string][]string
	kinds   map[string]model.Kind
	domain  sid.SID
	forest  string
	tops    map[string]bool // folders of partitions whose table "top" is there
	shares  map[string]*sysvol.Share
	secrets []string

	entry  model.Entry
	values [][]byte
}

// Read adds the objects of a collection to b, with its source and partitions (docs/formats/directory-inputs.md).
func Read(p pack.Pack, b *model.Builder, o Options) (Summary, error) {
	o.Objects, o.Row = cmp.Or(o.Objects, defaultObjects), cmp.Or(o.Row, defaultRow)
	r := &reader{
		b: b, o: o, tables: make(map[string]table), asked: make(map[string]map[string][]string),
		kinds: make(map[string]model.Kind), tops: make(map[string]bool), shares: make(map[string]*sysvol.Share),
		source: model.Source{Tool: "oradad", Name: o.Name},
	}
	if err := p.Each(func(name string) bool {
		if path.Base(name) == "top.tsv" {
			r.tops[path.Dir(name)] = true
		}
		return isDescription(name)
	}, r.description); err != nil {
		r.fault(err)
	}
	b.Source(r.source)
	err := p.Each(r.isTable, r.table)
	if err != nil {
		r.fault(err)
	}
	r.finish()
	b.Source(r.source)
	r.summary.Partial = r.source.Partial
	if r.summary.Rows == 0 {
		return r.summary, fmt.Errorf("read ORADAD collection %s: %w", o.Name, cmp.Or(err, errors.New("no table with objects in it")))
	}
	return r.summary, nil
}

func (r *reader) warn(said reasons.Reason) {
	if len(r.source.Warnings) < maxWarnings {
		r.source.Warnings = append(r.source.Warnings, said)
	}
}

func (r *reader) fault(err error) {
	r.source.Partial = true
	r.warn(reading.Warning("source_fault", err))
}

func isDescription(name string) bool {
	base := path.Base(name)
	return base == "tables.tsv" || base == "metadata.tsv"
}

// description reads tables.tsv and metadata.tsv.
func (r *reader) description(f pack.File) error {
	text, err := io.ReadAll(io.LimitReader(decode(f), maxDescription))
	if err != nil {
		r.fault(reading.At(err, "file", f.Name))
		return nil
	}
	if path.Base(f.Name) == "metadata.tsv" {
		r.metadata(string(text))
		return nil
	}
	r.root = strings.TrimSuffix(f.Name, "tables.tsv")
	for i, line := range strings.Split(string(text), "\n") {
		fields := strings.Split(strings.TrimSuffix(line, "\r"), "\t")
		if len(fields) < 4 {
			if i == 0 {
				r.heading(fields[0])
			}
			continue
		}
		count, err := strconv.Atoi(fields[3])
		if err != nil || count < 1 || count > maxColumns || len(fields) < 4+2*count || len(r.tables) >= maxTables {
			r.fault(reading.At(reading.Cause("table_description"), "file", f.Name, "line", i+1))
			continue
		}
		t := table{}
		for k := range count {
			t.columns = append(t.columns, fields[4+2*k])
			t.types = append(t.types, fields[5+2*k])
		}
		r.tables[strings.ToLower(strings.ReplaceAll(fields[0], `\`, "/"))] = t
	}
	return nil
}

// heading reads the first line of tables.tsv: forest and date.
func (r *reader) heading(line string) {
	if i := strings.LastIndexByte(line, '_'); i > 0 {
		r.forest = line[:i]
		r.date(line[i+1:])
	}
}

// date tries the forms in which the day of a collection may be written.
func (r *reader) date(text string) {
	for _, layout := range []string{
		"20060102-150405", "20060102150405", "2006-01-02-15-04-05", "2006-01-02T15-04-05", "20060102-1504", "2006-01-02 15:04:05",
		"20060102T150405", "2006/01/02 15:04:05", "20060102", "2006-01-02",
	} {
		if t, err := time.Parse(layout, strings.TrimSuffix(text, "Z")); err == nil && r.source.Collected.IsZero() {
			r.source.Collected = t
		}
	}
}

func (r *reader) metadata(text string) {
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), "\t")
		switch key {
		case "oradad_version":
			r.source.Tool = "oradad " + value
		case "oradad_level":
			r.source.Level = value
		case "forest|systemtime", "systemtime":
			r.date(value)
		case "forest|rootdns", "rootdns":
			r.forest = value
		case "computer_name", "oradad|computer_name":
			r.source.Server = value
		}
	}
}

// decode gives a table as UTF-8, whatever mark it begins with.
func decode(in io.Reader) io.Reader {
	b := bufio.NewReaderSize(in, 1<<20)
	mark, _ := b.Peek(3)
	switch {
	case bytes.HasPrefix(mark, []byte{0xFF, 0xFE}), bytes.HasPrefix(mark, []byte{0xFE, 0xFF}):
		return transform.NewReader(b, unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder())
	case bytes.HasPrefix(mark, []byte{0xEF, 0xBB, 0xBF}):
		_, _ = b.Discard(3)
	}
	return b
}

// place says what a table is about.
type place struct {
	kind    model.Kind
	dns     string // of the domain
	folder  string
	request string
}

// placeOf finds what a table is about by its path: <partition>/<dns>/<request>.tsv.
func (r *reader) placeOf(name string) (place, bool) {
	rest, ok := strings.CutSuffix(strings.TrimPrefix(name, r.root), ".tsv")
	if !ok {
		return place{}, false
	}
	parts := strings.Split(rest, "/")
	for len(parts) > 3 { // without tables.tsv, the folders of forest and date come first
		parts = parts[1:]
	}
	p := place{request: parts[len(parts)-1]}
	for i, part := range parts[:len(parts)-1] {
		if i+2 < len(parts) {
			p.dns = parts[i+1]
		}
		switch strings.ToLower(part) {
		case "domain":
			p.kind = model.Domain
		case "configuration":
			p.kind = model.Configuration
		case "schema":
			p.kind = model.Schema
		case "domaindns", "forestdns":
			p.kind = model.DNSZones
		case "application":
			p.kind = model.Application
		default:
			continue
		}
		return p, true
	}
	return place{}, false
}

func (r *reader) isTable(name string) bool {
	_, ok := r.placeOf(name)
	return ok && !isDescription(name)
}

// className gives the class of the objects of a table.
func className(request string) string {
	switch strings.ToLower(request) {
	case "smsa":
		return "msDS-ManagedServiceAccount"
	case "gmsa":
		return "msDS-GroupManagedServiceAccount"
	case "dmsa":
		return "msDS-DelegatedManagedServiceAccount"
	case "ou":
		return "organizationalUnit"
	case "gpo":
		return "groupPolicyContainer"
	case "passwordsettings":
		return "msDS-PasswordSettings"
	case "root":
		return "domainDNS"
	case "attribute":
		return "attributeSchema"
	case "class":
		return "classSchema"
	case "authnpolicy":
		return "msDS-AuthNPolicy"
	case "authnpolicysilo":
		return "msDS-AuthNPolicySilo"
	}
	return request
}

func isAccount(request string) bool {
	switch strings.ToLower(request) {
	case "user", "computer", "smsa", "gmsa", "dmsa", "userproxy":
		return true
	}
	return false
}

// secretNames tells of columns that were passed over.
func (r *reader) secretColumns(name string) {
	if len(r.secrets) < 10 {
		r.secrets = append(r.secrets, name)
	}
}

// finish says what was covered, and hands over what was read of SYSVOL.
func (r *reader) finish() {
	if len(r.secrets) > 0 {
		slices.Sort(r.secrets)
		r.warn(reading.Warning("source_secrets_skipped", nil, "files", slices.Compact(r.secrets)))
	}
	dns := make([]string, 0, len(r.asked))
	for dn := range r.asked {
		dns = append(dns, dn)
	}
	slices.Sort(dns)
	for _, dn := range dns {
		r.b.Partition(model.Partition{DN: dn, Kind: r.kinds[dn], Classes: r.asked[dn]})
	}
	domains := make([]string, 0, len(r.shares))
	for domain := range r.shares {
		domains = append(domains, domain)
	}
	slices.Sort(domains)
	for _, domain := range domains {
		r.b.Sysvol(r.shares[domain])
	}
}
