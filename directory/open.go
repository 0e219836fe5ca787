package directory

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hygie/directory/adalanche"
	"hygie/directory/dump"
	"hygie/directory/internal/pack"
	"hygie/directory/ldif"
	"hygie/directory/model"
	"hygie/directory/oradad"
	"hygie/directory/pingcastle"
	"hygie/directory/sharphound"
)

// format is a format of files.
type format uint8

const (
	unknownFormat format = iota
	dumpFormat
	ldifFormat
	adalancheFormat
	sharpHoundFormat
	pingCastleFormat
	zipFormat
	gzipFormat
	tarFormat
)

// rank orders sources by what they hold: those that hold the directory as it is, those that hold a selection of it, those that
// hold conclusions. What a later one says of a known object only completes it.
type rank uint8

const (
	wholeRank rank = iota
	selectionRank
	conclusionRank
	ranks
)

func (f format) rank() rank {
	switch f {
	case sharpHoundFormat:
		return selectionRank
	case pingCastleFormat:
		return conclusionRank
	}
	return wholeRank
}

// sniff is how much of a file is looked at to know its format: an export may begin with a long comment.
const sniff = 64 << 10

// formatOf tells the format of a file by its beginning.
func formatOf(start []byte) format {
	switch {
	case dump.Is(start):
		return dumpFormat
	case bytes.HasPrefix(start, []byte("PK\x03\x04")), bytes.HasPrefix(start, []byte("PK\x05\x06")):
		return zipFormat
	case bytes.HasPrefix(start, []byte{0x1f, 0x8b}):
		return gzipFormat
	case len(start) > 262 && string(start[257:262]) == "ustar":
		return tarFormat
	case adalanche.Is(start):
		return adalancheFormat
	case sharphound.Is(start):
		return sharpHoundFormat
	case pingcastle.Is(start):
		return pingCastleFormat
	case ldif.Is(start):
		return ldifFormat
	}
	return unknownFormat
}

// Open reads the sources into one directory: files, archives (zip, tar, gzip) and folders (docs/formats/directory-inputs.md). The content of a file
// decides its format, not its name. Sources that hold the directory as it is come first, then those that hold a part of it (SharpHound), then those
// that hold conclusions (PingCastle); within that, their order counts. A file cut short or damaged is kept as far as it goes:
// [model.Directory.Warnings] and Sources say so, and no point passes on it.
func Open(ctx context.Context, sources []Source, l Limits) (*model.Directory, error) {
	if len(sources) == 0 {
		return nil, errors.New("open directory: no source")
	}
	b := model.NewBuilder()
	o := &opener{ctx: ctx, b: b, limits: l, notes: sharphound.NewReader(b, sharphound.Options{Objects: l.Objects, Bytes: l.Bytes})}
	defer o.close()
	files, shares := splitSysvol(sources)
	err := o.read(files)
	for _, s := range shares {
		if err == nil {
			err = loadSysvol(ctx, b, s, l)
		}
	}
	// A reader keeps what it has when its input fails; an audit that was called off is no result at all.
	if stopped := ctx.Err(); stopped != nil {
		err = stopped
	}
	if err != nil {
		return nil, fmt.Errorf("open directory: %w", err)
	}
	d, err := b.Freeze()
	if err != nil {
		return nil, fmt.Errorf("open directory: %w", err)
	}
	if len(d.Domains()) == 0 {
		return nil, fmt.Errorf("open directory: no domain among the %d objects read%s", d.Count(), said(d.Sources()))
	}
	return d, nil
}

// said gives the first warning of each source, for the message of a fault that they may explain.
func said(sources []model.Source) string {
	text := ""
	for _, s := range sources {
		if len(s.Warnings) > 0 && len(text) < 1000 {
			text += "; " + s.Name + ": " + s.Warnings[0].Text("en")
		}
	}
	return text
}

// opener reads sources.
type opener struct {
	ctx     context.Context
	b       *model.Builder
	limits  Limits
	notes   *sharphound.Reader
	noted   bool // notes has read something
	tasks   []task
	closers []func()
	file    *os.File // of the source being planned, when it has a path
}

// task is a source, or what a source holds of one rank.
type task struct {
	rank rank
	run  func() error
}

func (o *opener) close() {
	for _, c := range slices.Backward(o.closers) {
		c()
	}
}

// read finds the formats of the sources, then reads them rank by rank.
func (o *opener) read(sources []Source) error {
	for _, s := range sources {
		if s.Name == "" {
			s.Name = filepath.Base(s.Path)
		}
		if err := o.plan(s); err != nil {
			return err
		}
	}
	slices.SortStableFunc(o.tasks, func(a, b task) int { return cmp.Compare(a.rank, b.rank) })
	for i, t := range o.tasks {
		if err := t.run(); err != nil {
			return err
		}
		last := i+1 == len(o.tasks) || o.tasks[i+1].rank > selectionRank
		if t.rank == selectionRank && last && o.noted {
			if err := o.notes.Close(); err != nil {
				return err
			}
		}
		if err := o.ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

func (o *opener) add(r rank, run func() error) { o.tasks = append(o.tasks, task{r, run}) }

// plan finds what a source is.
func (o *opener) plan(s Source) error {
	r := s.Reader
	if r == nil {
		info, err := os.Stat(s.Path)
		if err != nil {
			return err
		}
		if info.IsDir() {
			return o.planPack(s.Name, pack.Folder(s.Path, o.packLimits()))
		}
		f, err := os.Open(s.Path)
		if err != nil {
			return err
		}
		o.closers = append(o.closers, func() { _ = f.Close() })
		o.file, r = f, f
	}
	err := o.planStream(s.Name, r, false)
	o.file = nil
	return err
}

// planStream finds what a file is. opened says that it was decompressed already, which happens once.
func (o *opener) planStream(name string, r io.Reader, opened bool) error {
	in := bufio.NewReaderSize(cancelled{o.ctx, r}, sniff)
	start, err := in.Peek(sniff)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read %s: %w", name, err)
	}
	switch f := formatOf(start); {
	case f == unknownFormat, opened && (f == zipFormat || f == gzipFormat):
		return fmt.Errorf("%s: %w", name, ErrFormat)
	case f == zipFormat, f == tarFormat:
		return o.planArchive(name, f, in)
	case f == gzipFormat:
		return o.planGzip(name, in)
	default:
		o.add(f.rank(), func() error { return o.load(f, name, in) })
	}
	return nil
}

// load reads a file of a known format.
func (o *opener) load(f format, name string, in io.Reader) error {
	l := o.limits
	switch f {
	case dumpFormat:
		_, err := dump.Read(in, o.b, dump.Options{Name: name, Objects: l.Objects, Bytes: l.Bytes})
		return err
	case ldifFormat:
		_, err := ldif.Read(in, o.b, ldif.Options{Name: name, Objects: l.Objects, Bytes: l.Bytes})
		return err
	case adalancheFormat:
		return adalanche.Read(in, o.b, adalanche.Options{Name: name, Objects: l.Objects, Bytes: l.Bytes})
	case sharpHoundFormat:
		o.noted = true
		return o.notes.JSON(name, in)
	case pingCastleFormat:
		return pingcastle.Read(in, o.b, pingcastle.Options{Name: name, Bytes: l.Bytes})
	}
	return fmt.Errorf("%s: %w", name, ErrFormat)
}

func (o *opener) packLimits() pack.Limits { return pack.Limits{Bytes: o.limits.Bytes} }

// maxSpool bounds the copy of an archive that comes as a stream: the end of a zip archive has to be read first.
const maxSpool = 16 << 30

// spool gives the file of a source, or copies a stream into one that goes with the opener.
func (o *opener) spool(name string, in io.Reader) (*os.File, int64, error) {
	if o.file != nil {
		info, err := o.file.Stat()
		if err == nil && info.Mode().IsRegular() {
			return o.file, info.Size(), nil
		}
	}
	f, err := os.CreateTemp("", "hygie-*")
	if err != nil {
		return nil, 0, err
	}
	// An archive is a map of weaknesses like what is in it: where the system allows it the copy has no name, so that nothing stays of it when the program
	// is killed.
	_ = os.Remove(f.Name())
	o.closers = append(o.closers, func() { _, _ = f.Close(), os.Remove(f.Name()) })
	n, err := io.Copy(f, io.LimitReader(in, maxSpool+1))
	if err != nil {
		return nil, 0, fmt.Errorf("read %s: %w", name, err)
	}
	if n > maxSpool {
		return nil, 0, fmt.Errorf("read %s: more than %d bytes", name, int64(maxSpool))
	}
	return f, n, nil
}

func (o *opener) planArchive(name string, f format, in io.Reader) error {
	file, size, err := o.spool(name, in)
	if err != nil {
		return err
	}
	open := pack.Zip
	if f == tarFormat {
		open = pack.Tar
	}
	p, err := open(file, size, o.packLimits())
	if err != nil {
		return fmt.Errorf("read archive %s: %w", name, err)
	}
	return o.planPack(name, p)
}

// planGzip finds what a compressed file is: a tar archive, or a file of one of the formats.
func (o *opener) planGzip(name string, in io.Reader) error {
	file, size, err := o.spool(name, in)
	if err != nil {
		return err
	}
	whole := func() (*bufio.Reader, error) {
		z, err := gzip.NewReader(io.NewSectionReader(file, 0, size))
		if err != nil {
			return nil, fmt.Errorf("read archive %s: %w", name, err)
		}
		return bufio.NewReaderSize(pack.Bounded(z, size, o.packLimits()), sniff), nil
	}
	z, err := whole()
	if err != nil {
		return err
	}
	start, err := z.Peek(sniff)
	if err != nil && len(start) == 0 {
		return fmt.Errorf("read archive %s: %w", name, err)
	}
	if formatOf(start) == tarFormat {
		p, err := pack.Tar(file, size, o.packLimits())
		if err != nil {
			return fmt.Errorf("read archive %s: %w", name, err)
		}
		return o.planPack(name, p)
	}
	return o.planStream(strings.TrimSuffix(name, ".gz"), z, true)
}

// planPack finds what a folder or an archive holds.
func (o *opener) planPack(name string, p pack.Pack) error {
	p = watched{p, o.ctx}
	if oradad.Is(p) {
		o.add(wholeRank, func() error {
			_, err := oradad.Read(p, o.b, oradad.Options{Name: name, Objects: o.limits.Objects})
			return err
		})
		return nil
	}
	found := make(map[string]format)
	var counts [ranks]int
	var first error
	err := p.Each(worthOpening, func(f pack.File) error {
		in := bufio.NewReaderSize(f, sniff)
		start, err := in.Peek(sniff)
		if err != nil && !errors.Is(err, io.EOF) {
			first = cmp.Or(first, fmt.Errorf("%s: %w", f.Name, err))
		}
		if kind := formatOf(start); kind != unknownFormat && kind != zipFormat && kind != gzipFormat && kind != tarFormat {
			found[f.Name] = kind
			counts[kind.rank()]++
		}
		return nil
	})
	switch {
	case err != nil:
		return fmt.Errorf("read archive %s: %w", name, err)
	case len(found) == 0 && first != nil:
		return fmt.Errorf("read archive %s: %w", name, first)
	case len(found) == 0:
		return fmt.Errorf("%s: %w", name, ErrFormat)
	}
	for r := range ranks {
		if counts[r] > 0 {
			o.add(r, func() error { return o.loadPack(name, p, found, r) })
		}
	}
	return nil
}

// worthOpening leaves out, by their names, the files of an archive that are in none of the formats.
func worthOpening(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".exe", ".dll", ".pdf", ".html", ".htm", ".png", ".jpg", ".csv", ".log", ".md", ".pol", ".inf", ".ini", ".zip", ".gz", ".7z":
		return false
	}
	return true
}

// loadPack reads the files of an archive that are of one rank.
func (o *opener) loadPack(name string, p pack.Pack, found map[string]format, r rank) error {
	wanted := func(file string) bool {
		f, ok := found[file]
		return ok && f.rank() == r
	}
	if r == selectionRank {
		o.noted = true
		return o.notes.Pack(name, p, wanted)
	}
	return p.Each(wanted, func(f pack.File) error { return o.load(found[f.Name], name+"/"+f.Name, f) })
}

// watched is a pack whose walks end when a context is done.
type watched struct {
	pack.Pack
	ctx context.Context
}

func (w watched) Each(wanted func(string) bool, visit func(pack.File) error) error {
	return w.Pack.Each(wanted, func(f pack.File) error {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		f.Reader = cancelled{w.ctx, f.Reader}
		return visit(f)
	})
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
