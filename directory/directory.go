// Package directory audits an Active Directory from files: a dump of the collector or an LDIF export. It needs no network, no
// database and no administrator.
//
//	d, err := directory.Open(ctx, []directory.Source{{Path: "hopital.hygie"}}, directory.Limits{})
//	r, err := directory.Audit(d, directory.Options{AsOf: asOf, Language: "fr"})
//	err = report.WriteHTML(file, r)
//
// The work is done below: dump and ldif read, model holds, points decides, report says. The same input and the same AsOf
// give the same bytes.
package directory

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"hygie/directory/dump"
	"hygie/directory/ldif"
	"hygie/directory/model"
	"hygie/directory/points"
	"hygie/directory/report"
)

// Source is a file to read. Either Path or Reader is set; Name is what messages call it, the base name of Path by default.
type Source struct {
	Name   string
	Path   string
	Reader io.Reader
}

// Limits bound what a file may make the reader take. Zero fields take the default of the readers.
type Limits struct {
	Objects int   // entries of one source
	Bytes   int64 // of one source, uncompressed
}

// ErrFormat says that a file is neither a dump nor an LDIF export.
var ErrFormat = errors.New("neither a dump of the collector nor an LDIF export")

// sniff is how much of a file is looked at to know its format: an export may begin with a long comment.
const sniff = 64 << 10

// Open reads the sources, in order, into one directory. The content of a file decides its format, not its name. A file cut
// short or damaged is kept as far as it goes: [model.Directory.Warnings] and Sources say so, and no point passes on it.
func Open(ctx context.Context, sources []Source, l Limits) (*model.Directory, error) {
	if len(sources) == 0 {
		return nil, errors.New("open directory: no source")
	}
	b := model.NewBuilder()
	for _, s := range sources {
		if err := load(ctx, b, s, l); err != nil {
			return nil, err
		}
	}
	d, err := b.Freeze()
	if err != nil {
		return nil, fmt.Errorf("open directory: %w", err)
	}
	if len(d.Domains()) == 0 {
		return nil, fmt.Errorf("open directory: no domain among the %d objects read", d.Count())
	}
	return d, nil
}

func load(ctx context.Context, b *model.Builder, s Source, l Limits) error {
	r := s.Reader
	if s.Name == "" {
		s.Name = filepath.Base(s.Path)
	}
	if r == nil {
		f, err := os.Open(s.Path)
		if err != nil {
			return fmt.Errorf("open directory: %w", err)
		}
		defer f.Close()
		r = f
	}
	in := bufio.NewReaderSize(cancelled{ctx, r}, sniff)
	start, err := in.Peek(sniff)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("open directory: read %s: %w", s.Name, err)
	}
	switch {
	case dump.Is(start):
		_, err = dump.Read(in, b, dump.Options{Name: s.Name, Objects: l.Objects, Bytes: l.Bytes})
	case ldif.Is(start):
		_, err = ldif.Read(in, b, ldif.Options{Name: s.Name, Objects: l.Objects, Bytes: l.Bytes})
	default:
		return fmt.Errorf("open directory: %s: %w", s.Name, ErrFormat)
	}
	// A reader keeps what it has when its input fails; an audit that was called off is no result at all.
	if stopped := ctx.Err(); stopped != nil {
		return fmt.Errorf("open directory: read %s: %w", s.Name, stopped)
	}
	if err != nil {
		return fmt.Errorf("open directory: %w", err)
	}
	return nil
}

// cancelled is a reader that fails once its context is done.
type cancelled struct {
	ctx context.Context
	r   io.Reader
}

func (c cancelled) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// Options of an audit.
type Options struct {
	AsOf     time.Time        // the instant at which ages are measured; zero: the latest collection date of the sources
	Baseline *report.Report   // an earlier report to compare with; nil: no comparison
	History  []*report.Report // reports before Baseline: a finding that they hold and Baseline does not is back
	Language string           // "fr", the default, or "en"
	Version  string           // of the program, for the report
}

// ErrDate says that neither the caller nor the sources give a date.
var ErrDate = errors.New("no date: the sources do not say when they were collected, give one")

// Audit decides every control point on every domain.
func Audit(d *model.Directory, o Options) (*report.Report, error) {
	asOf := o.AsOf
	if asOf.IsZero() {
		for _, s := range d.Sources() {
			if s.Collected.After(asOf) {
				asOf = s.Collected
			}
		}
	}
	if asOf.IsZero() {
		return nil, fmt.Errorf("audit directory: %w", ErrDate)
	}
	asOf = asOf.UTC().Truncate(time.Second)
	r, err := report.New(d, points.Evaluate(d, points.Options{AsOf: asOf}), report.Options{
		AsOf: asOf, Language: o.Language, Version: o.Version,
	})
	if err != nil {
		return nil, fmt.Errorf("audit directory: %w", err)
	}
	if o.Baseline != nil {
		r.Compare(o.Baseline, o.History...)
	}
	return r, nil
}
