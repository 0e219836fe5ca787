package collect

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"hygie/directory/dump"
	"hygie/directory/model"
	"hygie/directory/points/reasons"
	"hygie/directory/reading"
	"hygie/directory/sysvol"
)

// A FileOptions says where a collection goes (docs/decisions/003-durable-by-default.md).
type FileOptions struct {
	Path      string
	Overwrite bool // replace a file that exists
}

// File collects into a dump file, readable by its owner only (docs/decisions/003-durable-by-default.md). The file appears under its name when the
// collection is over, whole or partial; until then, and when the collection fails or is stopped, nothing is there but what was before.
func File(ctx context.Context, o Options, f FileOptions) (s Summary, err error) {
	if _, err := os.Lstat(f.Path); err == nil && !f.Overwrite {
		return s, fmt.Errorf("write %s: %w", f.Path, fs.ErrExist)
	}
	// os.CreateTemp makes the file with mode 0600, in the folder where it will stay so that the rename is atomic.
	temp, err := os.CreateTemp(filepath.Dir(f.Path), "."+filepath.Base(f.Path)+".*")
	if err != nil {
		return s, fmt.Errorf("prepare %s: %w", f.Path, err)
	}
	defer func() {
		if err != nil {
			_ = temp.Close()
			_ = os.Remove(temp.Name())
		}
	}()
	if s, err = Write(ctx, o, temp); err != nil {
		return s, err
	}
	if err := temp.Sync(); err != nil {
		return s, &WriteError{err}
	}
	if err := temp.Close(); err != nil {
		return s, &WriteError{err}
	}
	if err := os.Rename(temp.Name(), f.Path); err != nil {
		return s, &WriteError{err}
	}
	return s, syncFolder(filepath.Dir(f.Path))
}

// syncFolder makes the new name last through a power cut. Some systems cannot sync a folder; that is no failure.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return nil
	}
	_ = d.Sync()
	return d.Close()
}

// Write collects into w, in the format of package dump (docs/formats/directory-dump.md).
func Write(ctx context.Context, o Options, w io.Writer) (Summary, error) {
	sink := &dumpSink{guard: guard{w: w}, lang: o.Language, sysvol: o.Sysvol != nil}
	sink.buffer = bufio.NewWriterSize(&sink.guard, 256<<10)
	s, err := Collect(ctx, o, sink)
	if err != nil {
		return s, err
	}
	s.Source.Warnings = append(s.Source.Warnings, sink.refused...)
	if err := errors.Join(sink.dump.Close(), sink.buffer.Flush()); err != nil {
		return s, &WriteError{err}
	}
	return s, nil
}

// A dumpSink writes a dump.
type dumpSink struct {
	guard   guard
	buffer  *bufio.Writer
	dump    *dump.Writer
	refused []reasons.Reason
	lang    string
	sysvol  bool // SYSVOL may follow
}

// A guard remembers whether the destination failed.
type guard struct {
	w   io.Writer
	err error
}

func (g *guard) Write(p []byte) (int, error) {
	n, err := g.w.Write(p)
	if err != nil {
		g.err = err
	}
	return n, err
}

func (d *dumpSink) Begin(s model.Source, parts []model.Partition) error {
	h := dump.Header{Tool: s.Tool, Collected: s.Collected, Server: s.Server, Account: s.Account, Level: s.Level, Sysvol: d.sysvol}
	for _, p := range parts {
		h.Partitions = append(h.Partitions, dump.Partition{DN: p.DN, Kind: p.Kind, DNSName: p.DNSName, Attributes: p.Attributes})
	}
	var err error
	d.dump, err = dump.NewWriter(d.buffer, h)
	return err
}

// WriteEntry writes one object. One that the format refuses (too large, say) is left out with a warning: losing it is bad,
// losing the rest with it would be worse.
func (d *dumpSink) WriteEntry(e model.Entry) error {
	err := d.dump.WriteEntry(e)
	if err == nil || d.guard.err != nil {
		return err
	}
	told := reading.Warning("source_left_out", err)
	if len(d.refused) < 100 {
		d.refused = append(d.refused, told)
	}
	return d.dump.Notice(dump.Notice{Partial: true, Text: told.Text(d.lang), Said: &told})
}

func (d *dumpSink) Warn(partition string, said reasons.Reason) error {
	return d.dump.Notice(dump.Notice{Partition: partition, Partial: partition != "", Text: said.Text(d.lang), Said: &said})
}

// WriteSysvol writes what was read of SYSVOL.
func (d *dumpSink) WriteSysvol(s *sysvol.Share) error { return d.dump.WriteSysvol(s) }
