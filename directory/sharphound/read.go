package sharphound

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"hygie/directory/internal/jsonscan"
	"hygie/directory/internal/pack"
	"hygie/directory/model"
	"hygie/directory/points/reasons"
	"hygie/directory/reading"
	"hygie/directory/sharphound/ahead"
	"hygie/directory/sharphound/identifiers"
	"hygie/directory/sharphound/rights"
	"hygie/directory/sharphound/wire"
)

// Options bound what a reader takes (docs/formats/directory-inputs.md, Bounds). Zero fields take the default.
type Options struct {
	Objects int   // of all files; 10 million by default
	Bytes   int64 // of all files, uncompressed; 64 GiB by default
	Element int   // bytes of one object of a file; 256 MiB by default
}

const (
	defaultObjects = 10_000_000
	defaultBytes   = 64 << 30
	defaultElement = 256 << 20 // bytes of one object of a file
	maxWarnings    = 50
)

// tool is the name of the source.
const tool = "sharphound"

// Reader reads the files of one collection into a builder (docs/formats/directory-inputs.md, SharpHound).
type Reader struct {
	b        *model.Builder
	o        Options
	rights   rights.Cache
	ids      *identifiers.Table
	contexts map[string]*context
	last     *context
	waiting  []waiting
	objects  int
	bytes    int64
	entry    entry
	spare    ahead.Spare
	classes  [wire.OtherClass + 1]model.Attribute // objectClass
	whole    [wire.OtherClass + 1]bool            // classes of which a file was read to its end
	bits     []struct {
		prop wire.Prop
		bit  int64
	}
}

// waiting is an entry that refers to identifiers of other files.
type waiting struct {
	dn         string
	context    *context
	attributes []model.Attribute
	id         identifiers.Ref
	hasID      bool
	members    []identifiers.Ref
	links      []policyLink
	templates  []identifiers.Ref
}

type policyLink struct {
	policy   identifiers.Ref
	enforced bool
}

// NewReader makes a reader that adds to b (docs/formats/directory-inputs.md, SharpHound).
func NewReader(b *model.Builder, o Options) *Reader {
	o.Objects = cmp.Or(o.Objects, defaultObjects)
	o.Bytes = cmp.Or(o.Bytes, int64(defaultBytes))
	o.Element = cmp.Or(o.Element, defaultElement)
	r := &Reader{b: b, o: o, ids: identifiers.New(), contexts: make(map[string]*context), bits: accountBits()}
	for c := wire.Users; c < wire.OtherClass; c++ {
		a := model.Attribute{Name: "objectClass"}
		for _, name := range c.LDAPClasses() {
			a.Values = append(a.Values, []byte(name))
		}
		r.classes[c] = a
	}
	return r
}

// Is tells whether a file that begins like this may be one of SharpHound: a JSON object whose first member is "data" or "meta"
// (docs/formats/directory-inputs.md, SharpHound).
func Is(start []byte) bool {
	s := jsonscan.New(bytes.TrimPrefix(start, []byte{0xEF, 0xBB, 0xBF}))
	if !s.Take('{') {
		return false
	}
	switch string(s.Key()) {
	case "data":
		return s.Take('[')
	case "meta":
		return s.Take('{')
	}
	return false
}

// JSON reads one file. It fails when nothing of the file can be used; see the package comment for the rest.
func (r *Reader) JSON(name string, in io.Reader) error {
	source := model.Source{Tool: tool, Name: name, Collected: dateOf(name)}
	r.b.Source(source)
	f := &fileReader{Reader: r, name: name, source: &source}
	err := f.read(in)
	r.b.Source(source)
	if err != nil {
		return fmt.Errorf("read SharpHound file %s: %w", name, err)
	}
	return nil
}

// Zip reads an archive of files. Other files in it are ignored.
func (r *Reader) Zip(name string, in io.ReaderAt, size int64) error {
	p, err := pack.Zip(in, size, pack.Limits{Bytes: r.o.Bytes})
	if err != nil {
		return fmt.Errorf("read SharpHound archive %s: %w", name, err)
	}
	return r.Pack(name, p, func(file string) bool { return strings.HasSuffix(strings.ToLower(file), ".json") })
}

// Pack reads the files of a folder or an archive that wanted names.
func (r *Reader) Pack(name string, p pack.Pack, wanted func(string) bool) error {
	source := model.Source{Tool: tool, Name: name, Collected: dateOf(name)}
	r.b.Source(source)
	used := 0
	var faults []error
	err := p.Each(wanted, func(file pack.File) error {
		if source.Collected.IsZero() {
			source.Collected = dateOf(file.Name)
		}
		f := &fileReader{Reader: r, name: file.Name, source: &source, inside: true}
		if err := f.read(file); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", file.Name, err))
			source.Partial = true
			warn(&source, reading.Warning("source_left_out", err, "file", file.Name))
			return nil
		}
		used++
		return nil
	})
	if err != nil {
		faults = append(faults, err)
		source.Partial = true
		warn(&source, reading.Warning("source_rest_of_archive_missing", err))
	}
	r.b.Source(source)
	if used == 0 {
		if len(faults) == 0 {
			faults = append(faults, errors.New("no file of SharpHound in it"))
		}
		return fmt.Errorf("read SharpHound archive %s: %w", name, errors.Join(faults...))
	}
	return nil
}

// dateOf reads the date at the start of the name that the collector gives a file: 20260301080000_users.json.
func dateOf(name string) time.Time {
	base := path.Base(strings.ReplaceAll(name, `\`, "/"))
	if len(base) > 14 && (base[14] == '_' || base[14] == '-') {
		if t, err := time.Parse("20060102150405", base[:14]); err == nil {
			return t
		}
	}
	return time.Time{}
}

func warn(s *model.Source, said reasons.Reason) {
	if len(s.Warnings) < maxWarnings {
		s.Warnings = append(s.Warnings, said)
	}
}

// fileReader reads one file.
type fileReader struct {
	*Reader
	name     string
	source   *model.Source
	inside   bool // in an archive: warnings name the file
	class    wire.Class
	cover    *coverage
	unknown  int // elements of no class known
	nameless int
	strange  int // rights without a usable identifier
	news     []string
	refused  int
	domains  []*context // of the domain objects of the file
}

func (f *fileReader) warn(said reasons.Reason) {
	if f.inside {
		said.Params = append(said.Params, reasons.Param{Name: "file", Value: f.name})
	}
	warn(f.source, said)
}

func (f *fileReader) badValue(o *wire.Object, p wire.Prop, want string) {
	f.source.Partial = true
	f.warn(reading.Warning("source_property", nil, "byte", o.At, "property", wire.NameOf(p), "want", want))
}

var errObjects = reading.Cause("objects_many")

func (f *fileReader) read(in io.Reader) error {
	in, stop := pack.Ahead(in)
	defer stop()
	f.class = wire.ClassOfName(f.name)
	if !f.spare.Ready() { // not before there is something to read
		f.spare = ahead.NewSpare()
	}
	elements := ahead.Read(jsonscan.NewStream(in, f.o.Bytes-f.bytes, f.o.Element), &f.spare, &f.rights)
	defer elements.Stop()
	refusal := elements.Each(f.take)
	whole, size, err := elements.End()
	err = cmp.Or(refusal, err)
	f.bytes += size
	if err != nil && whole.Count == 0 && !(whole.HasData && whole.HasMeta) {
		return err
	}
	f.conclude(whole, err)
	return nil
}

// conclude says what the file said of itself and what was left out.
func (f *fileReader) conclude(whole *wire.File, err error) {
	say := func(key string, pairs ...any) { f.warn(reading.Warning(key, nil, pairs...)) }
	lack := func(key string, pairs ...any) {
		f.source.Partial = true
		say(key, pairs...)
	}
	if err != nil {
		f.source.Partial = true
		f.warn(reading.Warning("source_rest_missing", err))
	}
	m := whole.Meta
	if whole.HasMeta && err == nil {
		f.Reader.whole[wire.ClassOf(m.Kind)] = true
	}
	if whole.HasMeta {
		if m.Version != 5 && m.Version != 6 {
			lack("source_version_unknown", "version", m.Version)
		}
		if m.HasCount && m.Count != whole.Count && err == nil {
			lack("source_count_differs", "count", whole.Count, "announced", m.Count)
		}
		if c := wire.ClassOf(m.Kind); f.class != c && c != wire.OtherClass && f.class != wire.UnknownClass {
			lack("source_kind_differs", "kind", m.Kind)
		}
	}
	switch {
	case f.unknown > 0 && wire.ClassOf(m.Kind) != wire.OtherClass:
		lack("source_kind_unknown", "count", f.unknown)
	case f.unknown > 0:
		say("source_kind_aside", "kind", m.Kind)
	}
	if f.nameless > 0 {
		lack("source_nameless", "count", f.nameless)
	}
	if f.strange > 0 {
		say("source_holder_strange", "count", f.strange)
	}
	if f.refused > 0 {
		lack("source_names_refused", "count", f.refused)
	}
	slices.Sort(f.news)
	for _, name := range slices.Compact(f.news) {
		say("source_right_unknown", "right", name)
	}
	if m.Methods&methodTrusts != 0 { // an empty list of trusts is then an answer
		for _, c := range f.domains {
			c.trustsRead = true
		}
	}
}

// methodTrusts is the bit of the collection method for trusts in "methods".
const methodTrusts = 32
