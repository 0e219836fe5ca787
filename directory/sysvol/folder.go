package sysvol

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"hygie/directory/reading"
)

// Folder is a tree on disk: a copy of SYSVOL, or a mount (MS-GPOD 2.1.3.2.1.2). Close it after use.
type Folder struct{ root *os.Root }

// OpenFolder opens a copy or a mount of SYSVOL (docs/formats/directory-inputs.md). Links are not followed out of it.
func OpenFolder(path string) (*Folder, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("open SYSVOL %s: %w", path, err)
	}
	return &Folder{root}, nil
}

// Close frees the folder.
func (f *Folder) Close() error { return f.root.Close() }

func local(path string) string {
	if path == "" {
		return "."
	}
	return filepath.FromSlash(path)
}

// List gives what a folder holds.
func (f *Folder) List(ctx context.Context, path string) ([]Entry, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	d, err := f.root.Open(local(path))
	if err != nil {
		return nil, err
	}
	defer func() { _ = d.Close() }()
	list, err := d.ReadDir(-1)
	if err != nil {
		return nil, err
	}
	var out []Entry
	for _, e := range list {
		entry := Entry{Name: e.Name(), Folder: e.IsDir(), Link: e.Type()&fs.ModeSymlink != 0}
		if !e.IsDir() && !e.Type().IsRegular() {
			entry.Link = true // a device, a pipe: reading it could wait for ever
		}
		if info, err := e.Info(); err == nil && e.Type().IsRegular() {
			entry.Size = info.Size()
		}
		out = append(out, entry)
	}
	return out, nil
}

// Read gives the content of a file.
func (f *Folder) Read(ctx context.Context, path string, limit int64) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	file, err := f.root.Open(local(path))
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	b, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, reading.Cause("bytes_many", "limit", limit)
	}
	return b, nil
}

// Descriptor gives ErrNoPermissions.
func (f *Folder) Descriptor(context.Context, string) ([]byte, error) { return nil, ErrNoPermissions }
