// Package backup writes the whole platform into one file and makes a platform from such a file again.
//
// The file is a tar archive, encrypted with a passphrase by age when one is given. It holds manifest.json, one
// tables/NAME.jsonl per table (a line of columns, then a line per row), the evidence store and the keys as they lie in
// the data folder, and, last, end.json with the SHA-256 of every member, so that a cut file is never taken for a whole one.
// The rows are those of one moment; the platform keeps running meanwhile. Because rows are written in a neutral form, a
// backup of SQLite restores into PostgreSQL and back. docs/formats/backup.md specifies the format.
package backup

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"filippo.io/age"

	"hygie/internal/store"
)

const (
	format        = "hygie-backup"
	formatVersion = 1
)

// folders of the data folder that a backup holds.
var folders = []string{"blobs", "keys"}

// Manifest is the first member of a backup.
type Manifest struct {
	Format  string    `json:"format"`
	Version int       `json:"version"`
	Made    time.Time `json:"made"`
	Tool    string    `json:"tool"`
	Schema  int64     `json:"schema"` // number of the last migration of the database
	Engine  string    `json:"engine"`
}

// end is the last member: what came before, so that truncation and damage show.
type end struct {
	Members map[string]string `json:"members"` // name to SHA-256, hexadecimal
	Rows    map[string]int    `json:"rows"`
	Files   int               `json:"files"`
}

// Summary tells what a backup holds.
type Summary struct {
	Manifest Manifest
	Tables   int
	Rows     int
	Files    int
}

// Options says what to back up.
type Options struct {
	Data       string // the data folder
	Passphrase string // encrypts the backup; empty leaves it readable by whoever has the file
	Tool       string // version of the program
	Now        time.Time
	Progress   func(member string) // called before each member; may be nil
}

// Write backs the platform up to w.
func Write(ctx context.Context, w io.Writer, db *store.DB, o Options) (Summary, error) {
	if o.Passphrase != "" {
		recipient, err := age.NewScryptRecipient(o.Passphrase)
		if err != nil {
			return Summary{}, fmt.Errorf("use the passphrase: %w", err)
		}
		sealed, err := age.Encrypt(w, recipient)
		if err != nil {
			return Summary{}, fmt.Errorf("begin encryption: %w", err)
		}
		summary, err := write(ctx, sealed, db, o)
		return summary, errors.Join(err, sealed.Close())
	}
	return write(ctx, w, db, o)
}

func write(ctx context.Context, w io.Writer, db *store.DB, o Options) (Summary, error) {
	schema, _, err := db.Version(ctx)
	if err != nil {
		return Summary{}, err
	}
	archive := &writer{tar: tar.NewWriter(w), now: o.Now, end: end{Members: map[string]string{}, Rows: map[string]int{}}, progress: o.Progress}
	summary := Summary{Manifest: Manifest{Format: format, Version: formatVersion, Made: o.Now.UTC(), Tool: o.Tool, Schema: schema, Engine: string(db.Engine())}}
	if err := archive.json("manifest.json", summary.Manifest); err != nil {
		return summary, err
	}
	tables, err := store.Tables()
	if err != nil {
		return summary, err
	}
	// One transaction for all tables: the rows are those of one moment. Evidence is written after: bytes are stored before
	// the row that names them and never change, so every row finds its bytes.
	err = db.View(ctx, func(tx *store.Tx) error {
		for _, table := range tables {
			n, err := archive.table(ctx, tx, table, o.Data)
			if err != nil {
				return fmt.Errorf("back up table %s: %w", table, err)
			}
			summary.Tables++
			summary.Rows += n
		}
		return nil
	})
	if err != nil {
		return summary, err
	}
	for _, folder := range folders {
		if err := archive.folder(ctx, o.Data, folder); err != nil {
			return summary, fmt.Errorf("back up %s: %w", folder, err)
		}
	}
	summary.Files = archive.end.Files
	if err := archive.json("end.json", archive.end); err != nil {
		return summary, err
	}
	return summary, archive.tar.Close()
}

// writer adds members to the archive and remembers their digests.
type writer struct {
	tar      *tar.Writer
	now      time.Time
	end      end
	progress func(string)
}

func (w *writer) add(name string, size int64, content io.Reader) error {
	if w.progress != nil {
		w.progress(name)
	}
	if err := w.tar.WriteHeader(&tar.Header{Name: name, Size: size, Mode: 0o600, ModTime: w.now, Format: tar.FormatPAX}); err != nil {
		return err
	}
	digest := sha256.New()
	if _, err := io.Copy(io.MultiWriter(w.tar, digest), content); err != nil {
		return err
	}
	w.end.Members[name] = hex.EncodeToString(digest.Sum(nil))
	return nil
}

func (w *writer) json(name string, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	return w.add(name, int64(len(text)), strings.NewReader(string(text)))
}

// table spools the rows to a temporary file first, because an archive member begins with its size.
func (w *writer) table(ctx context.Context, tx *store.Tx, table, folder string) (int, error) {
	spool, err := os.CreateTemp(folder, "backup-*.tmp")
	if err != nil {
		return 0, err
	}
	defer os.Remove(spool.Name())
	defer spool.Close()
	n, err := writeRows(ctx, tx, table, spool)
	if err != nil {
		return 0, err
	}
	size, err := spool.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0, err
	}
	if _, err := spool.Seek(0, io.SeekStart); err != nil {
		return 0, err
	}
	w.end.Rows[table] = n
	return n, w.add("tables/"+table+".jsonl", size, spool)
}

func (w *writer) folder(ctx context.Context, data, folder string) error {
	var names []string
	err := filepath.WalkDir(filepath.Join(data, folder), func(name string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && name == filepath.Join(data, folder) {
			return fs.SkipDir
		}
		if err != nil {
			return err
		}
		if entry.IsDir() && entry.Name() == incoming {
			return fs.SkipDir
		}
		if entry.Type().IsRegular() && !temporary(entry.Name()) {
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.Sort(names)
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := w.file(data, name); err != nil {
			return err
		}
	}
	return nil
}

// incoming is the folder in which the evidence store writes what is being deposited. It is not backed up: no row names what is in it, and a
// file that grows does not fit in an archive, whose members begin with their size.
const incoming = "incoming"

// temporary tells a half-written file from a whole one by its name.
func temporary(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".tmp")
}

func (w *writer) file(data, name string) error {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // deleted since it was listed: no row of our moment needs it
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	relative, err := filepath.Rel(data, name)
	if err != nil {
		return err
	}
	w.end.Files++
	return w.add(path.Clean(filepath.ToSlash(relative)), info.Size(), f)
}
