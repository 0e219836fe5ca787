// Package pack walks over the files of a folder, of a zip archive or of a tar archive (gzip or not) in the same way, within
// bounds that no hostile archive passes.
package pack

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"hygie/directory/reading"
)

// File is a file of a pack (docs/formats/directory-inputs.md, Bounds). Read ends with it: a file is read while it is visited.
type File struct {
	Name string // with slashes, relative
	io.Reader
}

// Pack gives its files, in the same order each time (docs/formats/directory-inputs.md, Bounds).
type Pack interface {
	// Each visits the files. wanted tells by the name which are opened. An error of visit ends the walk.
	Each(wanted func(name string) bool, visit func(File) error) error
}

// Limits bound what is read of a pack (docs/formats/directory-inputs.md, Bounds). Zero fields take the default.
type Limits struct {
	Files int   // visited or not; 200,000 by default
	Bytes int64 // of one walk, uncompressed; 64 GiB by default
	Ratio int64 // uncompressed to compressed bytes, beyond the first 64 MiB of a file; 400 by default
}

const (
	defaultFiles = 200_000
	defaultBytes = 64 << 30
	defaultRatio = 400
	freeBytes    = 64 << 20
)

// Errors of a walk that passes a limit (docs/formats/directory-inputs.md, Bounds).
var (
	ErrFiles = reading.Cause("archive_files")
	ErrBytes = reading.Cause("archive_bytes")
	ErrRatio = reading.Cause("archive_ratio")
)

func (l Limits) normal() Limits {
	if l.Files <= 0 {
		l.Files = defaultFiles
	}
	if l.Bytes <= 0 {
		l.Bytes = defaultBytes
	}
	if l.Ratio <= 0 {
		l.Ratio = defaultRatio
	}
	return l
}

// meter counts what a walk reads.
type meter struct {
	left  int64
	ratio int64
}

// bounded reads a file under the limits of its walk.
type bounded struct {
	r      io.Reader
	m      *meter
	packed func() int64 // compressed bytes so far; nil when there is no compression
	read   int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	b.read += int64(n)
	if b.m.left -= int64(n); b.m.left < 0 {
		return 0, ErrBytes
	}
	if b.packed != nil && b.read > freeBytes && b.read/b.m.ratio > b.packed() {
		return 0, ErrRatio
	}
	return n, err
}

// Zip gives the files of a zip archive (PKWARE APPNOTE 6.3).
func Zip(r io.ReaderAt, size int64, l Limits) (Pack, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, err
	}
	return zipPack{z, l.normal()}, nil
}

type zipPack struct {
	z      *zip.Reader
	limits Limits
}

func (p zipPack) Each(wanted func(string) bool, visit func(File) error) error {
	m := &meter{left: p.limits.Bytes, ratio: p.limits.Ratio}
	if len(p.z.File) > p.limits.Files {
		return ErrFiles
	}
	for _, f := range p.z.File {
		name := clean(f.Name)
		if f.FileInfo().IsDir() || !wanted(name) {
			continue
		}
		if err := visitZip(f, name, m, visit); err != nil {
			return err
		}
	}
	return nil
}

func visitZip(f *zip.File, name string, m *meter, visit func(File) error) error {
	r, err := f.Open()
	if err != nil {
		return reading.At(err, "file", name)
	}
	defer func() { _ = r.Close() }()
	packed := int64(f.CompressedSize64)
	return visit(File{name, &bounded{r: r, m: m, packed: func() int64 { return packed }}})
}

// Tar gives the files of a tar archive, compressed with gzip or not (POSIX.1-2001, pax; RFC 1952). Each walk reads it from its beginning.
func Tar(r io.ReaderAt, size int64, l Limits) (Pack, error) {
	start := make([]byte, 2)
	if _, err := r.ReadAt(start, 0); err != nil {
		return nil, err
	}
	return tarPack{r, size, start[0] == 0x1f && start[1] == 0x8b, l.normal()}, nil
}

type tarPack struct {
	r      io.ReaderAt
	size   int64
	gzip   bool
	limits Limits
}

// counted counts the bytes taken from the compressed file.
type counted struct {
	r io.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

func (p tarPack) Each(wanted func(string) bool, visit func(File) error) error {
	raw := &counted{r: io.NewSectionReader(p.r, 0, p.size)}
	m := &meter{left: p.limits.Bytes, ratio: p.limits.Ratio}
	whole := &bounded{r: bufio.NewReader(raw), m: m}
	if p.gzip {
		z, err := gzip.NewReader(whole.r)
		if err != nil {
			return err
		}
		whole.r, whole.packed = z, func() int64 { return raw.n }
	}
	t := tar.NewReader(whole)
	for count := 0; ; count++ {
		h, err := t.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case count >= p.limits.Files:
			return ErrFiles
		}
		name := clean(h.Name)
		if h.Typeflag != tar.TypeReg || !wanted(name) {
			continue
		}
		if err := visit(File{name, t}); err != nil {
			return err
		}
	}
}

// Folder gives the files below a folder (docs/formats/directory-inputs.md). Links are not followed.
func Folder(dir string, l Limits) Pack { return folderPack{dir, l.normal()} }

type folderPack struct {
	dir    string
	limits Limits
}

func (p folderPack) Each(wanted func(string) bool, visit func(File) error) error {
	root, err := os.OpenRoot(p.dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	m := &meter{left: p.limits.Bytes, ratio: p.limits.Ratio}
	count := 0
	return fs.WalkDir(root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case count >= p.limits.Files:
			return ErrFiles
		}
		count++
		if !e.Type().IsRegular() || !wanted(name) {
			return nil
		}
		f, err := root.Open(filepath.FromSlash(name))
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		return visit(File{name, &bounded{r: f, m: m}})
	})
}

// clean gives a name with slashes and without dots; it is used as a name only, never as a path to write to.
func clean(name string) string {
	return strings.TrimPrefix(path.Clean("/"+strings.ReplaceAll(name, `\`, "/")), "/")
}

// Bounded reads a file that was compressed alone, of size bytes before, under the limits (docs/formats/directory-inputs.md, Bounds).
func Bounded(r io.Reader, size int64, l Limits) io.Reader {
	l = l.normal()
	return &bounded{r: r, m: &meter{left: l.Bytes, ratio: l.Ratio}, packed: func() int64 { return size }}
}
