package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// Folder keeps each object in a file: NAME in the subfolder of its first two
// digits. Several processes may share one.
type Folder struct {
	path string

	// writer stands between the copy and the file; tests make it fail.
	writer func(io.Writer) io.Writer
}

var _ Backend = (*Folder)(nil)

// tempFolder holds the files being written.
const tempFolder = "incoming"

// OpenFolder opens a folder of objects, makes it when it is not there, and
// removes what a process that died was writing.
func OpenFolder(path string) (*Folder, error) {
	if err := os.MkdirAll(filepath.Join(path, tempFolder), 0o700); err != nil {
		return nil, fmt.Errorf("open evidence folder: %w", err)
	}
	f := &Folder{path: path, writer: func(w io.Writer) io.Writer { return w }}
	if err := f.sweep(); err != nil {
		return nil, fmt.Errorf("open evidence folder: %w", err)
	}
	return f, nil
}

// sweep removes temporary files that no living process holds.
func (f *Folder) sweep() error {
	entries, err := os.ReadDir(filepath.Join(f.path, tempFolder))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := removeOrphan(filepath.Join(f.path, tempFolder, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

func (f *Folder) file(name string) (string, error) {
	if !validName(name) {
		return "", fmt.Errorf("%q is not the name of an object", name)
	}
	return filepath.Join(f.path, name[:2], name), nil
}

// folderPending is a temporary file. It stays locked while its process lives.
type folderPending struct {
	folder *Folder
	file   *os.File
	to     io.Writer
	done   bool
}

// Create implements [Backend].
func (f *Folder) Create(ctx context.Context) (Pending, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for {
		file, err := os.CreateTemp(filepath.Join(f.path, tempFolder), "put-*") // mode 0600
		if err != nil {
			return nil, fmt.Errorf("write evidence: %w", full(err))
		}
		err = hold(file)
		if err == nil {
			_, err = os.Lstat(file.Name())
		}
		if err == nil {
			return &folderPending{folder: f, file: file, to: f.writer(file)}, nil
		}
		err = errors.Join(err, file.Close())
		os.Remove(file.Name())
		// Another process that opened the folder between the two calls took the
		// file for an orphan: make another.
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("write evidence: %w", err)
		}
	}
}

func (p *folderPending) Write(b []byte) (int, error) {
	n, err := p.to.Write(b)
	return n, full(err)
}

func (p *folderPending) Commit(ctx context.Context, name string) error {
	if p.done {
		return errors.New("write evidence: already ended")
	}
	defer p.Abort()
	path, err := p.folder.file(name)
	if err != nil {
		return fmt.Errorf("write evidence: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("write evidence: %w", err)
	}
	if err := p.file.Sync(); err != nil {
		return fmt.Errorf("write evidence: %w", full(err))
	}
	sub := filepath.Dir(path)
	switch err := os.Mkdir(sub, 0o700); {
	case errors.Is(err, fs.ErrExist):
	case err != nil:
		return fmt.Errorf("write evidence: %w", full(err))
	default:
		if err := syncFolder(p.folder.path); err != nil {
			return fmt.Errorf("write evidence: %w", err)
		}
	}
	if runtime.GOOS == "windows" {
		p.file.Close() // an open file cannot be renamed there
	}
	if err := os.Rename(p.file.Name(), path); err != nil {
		return fmt.Errorf("write evidence: %w", full(err))
	}
	p.done = true
	p.file.Close() // synced above: nothing can fail that matters
	if err := syncFolder(sub); err != nil {
		return fmt.Errorf("write evidence: %w", err)
	}
	return nil
}

func (p *folderPending) Abort() {
	if p.done {
		return
	}
	p.done = true
	os.Remove(p.file.Name())
	p.file.Close()
	os.Remove(p.file.Name()) // where an open file cannot be removed
}

// Open implements [Backend].
func (f *Folder) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	path, err := f.file(name)
	if err != nil {
		return nil, fmt.Errorf("read evidence: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read evidence: %w", absent(err))
	}
	return file, nil
}

// Stat implements [Backend].
func (f *Folder) Stat(ctx context.Context, name string) (Object, error) {
	path, err := f.file(name)
	if err != nil {
		return Object{}, fmt.Errorf("look up evidence: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return Object{}, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return Object{}, fmt.Errorf("look up evidence: %w", absent(err))
	}
	return Object{Name: name, Size: info.Size(), Modified: info.ModTime().UTC()}, nil
}

// Delete implements [Backend].
func (f *Folder) Delete(ctx context.Context, name string) error {
	path, err := f.file(name)
	if err != nil {
		return fmt.Errorf("delete evidence: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("delete evidence: %w", err)
	}
	if err := syncFolder(filepath.Dir(path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("delete evidence: %w", err)
	}
	return nil
}

// Walk implements [Backend].
func (f *Folder) Walk(ctx context.Context, fn func(Object) error) error {
	subs, err := os.ReadDir(f.path) // sorted by name
	if err != nil {
		return fmt.Errorf("list evidence: %w", err)
	}
	for _, sub := range subs {
		if !sub.IsDir() || len(sub.Name()) != 2 {
			continue
		}
		entries, err := os.ReadDir(filepath.Join(f.path, sub.Name()))
		if err != nil {
			return fmt.Errorf("list evidence: %w", err)
		}
		for _, e := range entries {
			if err := ctx.Err(); err != nil {
				return err
			}
			if !validName(e.Name()) || !strings.HasPrefix(e.Name(), sub.Name()) {
				continue // somebody else's file
			}
			info, err := e.Info()
			if errors.Is(err, fs.ErrNotExist) {
				continue // deleted meanwhile
			}
			if err != nil {
				return fmt.Errorf("list evidence: %w", err)
			}
			if err := fn(Object{Name: e.Name(), Size: info.Size(), Modified: info.ModTime().UTC()}); err != nil {
				return err
			}
		}
	}
	return nil
}

func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil // a folder cannot be flushed there
	}
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func absent(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNotFound
	}
	return err
}

// full recognises a disk or a quota without room.
func full(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, errQuota) {
		return fmt.Errorf("%w (%w)", ErrFull, err)
	}
	return err
}
