package backup

import (
	"archive/tar"
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"filippo.io/age"

	"hygie/internal/store"
)

// Errors a person can act on.
var (
	ErrPassphrase = errors.New("the backup is encrypted and the passphrase does not open it")
	ErrNotEmpty   = errors.New("the destination already holds data; restore into an empty data folder and an empty database")
	ErrDamaged    = errors.New("the backup is cut or damaged; nothing was restored")
	ErrNewer      = errors.New("the backup was made by a newer version of hygie; install that version, then restore")
)

const ageHeader = "age-encryption.org/"

// Restore makes a platform from the backup in r: evidence and keys into the data folder, rows into db. Both must be empty, and nothing remains
// of an attempt that fails. The database is brought to the present version when the backup is of an older one.
func Restore(ctx context.Context, r io.Reader, db *store.DB, o Options) (Summary, error) {
	if err := checkDestination(ctx, db, o.Data); err != nil {
		return Summary{}, err
	}
	content, err := opened(r, o.Passphrase)
	if err != nil {
		return Summary{}, err
	}
	staging, err := os.MkdirTemp(o.Data, "restore-*.tmp")
	if err != nil {
		return Summary{}, fmt.Errorf("prepare the data folder: %w", err)
	}
	defer os.RemoveAll(staging)
	in := &reader{tar: tar.NewReader(content), staging: staging, seen: end{Members: map[string]string{}, Rows: map[string]int{}}, progress: o.Progress}
	if err := in.manifest(); err != nil {
		return in.summary, err
	}
	_, known, err := db.Version(ctx)
	if err != nil {
		return in.summary, err
	}
	if in.summary.Manifest.Schema > known {
		return in.summary, ErrNewer
	}
	if err := db.MigrateTo(ctx, in.summary.Manifest.Schema); err != nil {
		return in.summary, err
	}
	err = db.UpdateOnce(ctx, func(tx *store.Tx) error {
		if err := in.members(ctx, tx); err != nil {
			return err
		}
		return in.install(o.Data)
	})
	if err != nil {
		for _, folder := range folders { // empty before, by checkDestination: what is there is ours
			os.RemoveAll(filepath.Join(o.Data, folder)) //nolint:errcheck // best effort after a failure
		}
		return in.summary, err
	}
	_, err = db.Migrate(ctx)
	return in.summary, err
}

func checkDestination(ctx context.Context, db *store.DB, data string) error {
	empty, err := db.Empty(ctx)
	if err != nil {
		return err
	}
	for _, folder := range folders {
		entries, err := os.ReadDir(filepath.Join(data, folder))
		if err != nil && !os.IsNotExist(err) {
			return err
		}
		empty = empty && len(entries) == 0
	}
	if !empty {
		return ErrNotEmpty
	}
	return nil
}

// opened decrypts r when it is encrypted.
func opened(r io.Reader, passphrase string) (io.Reader, error) {
	buffered := bufio.NewReader(r)
	start, _ := buffered.Peek(len(ageHeader))
	if string(start) != ageHeader {
		return buffered, nil
	}
	if passphrase == "" {
		return nil, ErrPassphrase
	}
	identity, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, fmt.Errorf("use the passphrase: %w", err)
	}
	plain, err := age.Decrypt(buffered, identity)
	if err != nil {
		return nil, fmt.Errorf("%w (%v)", ErrPassphrase, err)
	}
	return plain, nil
}

// reader takes a backup apart.
type reader struct {
	tar      *tar.Reader
	staging  string
	seen     end
	summary  Summary
	progress func(string)
}

func (r *reader) manifest() error {
	head, err := r.tar.Next()
	if err != nil || head.Name != "manifest.json" {
		return fmt.Errorf("%w (it does not begin like a backup of hygie)", ErrDamaged)
	}
	text, err := r.text(head, maxManifest)
	if err != nil {
		return err
	}
	m := &r.summary.Manifest
	if err := json.Unmarshal(text, m); err != nil || m.Format != format {
		return fmt.Errorf("%w (its manifest cannot be read)", ErrDamaged)
	}
	if m.Version > formatVersion {
		return ErrNewer
	}
	return nil
}

// members reads everything up to end.json and compares.
func (r *reader) members(ctx context.Context, tx *store.Tx) error {
	tables, err := store.Tables()
	if err != nil {
		return err
	}
	for {
		head, err := r.tar.Next()
		if err != nil {
			return fmt.Errorf("%w (%v after %d members)", ErrDamaged, err, len(r.seen.Members))
		}
		if r.progress != nil {
			r.progress(head.Name)
		}
		table, isTable := strings.CutPrefix(head.Name, "tables/")
		table = strings.TrimSuffix(table, ".jsonl")
		switch {
		case head.Name == "end.json":
			return r.compare(head)
		case isTable && slices.Contains(tables, table):
			digest := sha256.New()
			n, err := readRows(ctx, tx, table, io.TeeReader(r.tar, digest))
			if err != nil {
				return fmt.Errorf("%w (table %s: %v)", ErrDamaged, table, err)
			}
			r.seen.Members[head.Name] = hex.EncodeToString(digest.Sum(nil))
			r.seen.Rows[table] = n
			r.summary.Tables++
			r.summary.Rows += n
		case !isTable && filepath.IsLocal(head.Name) && inFolders(head.Name):
			if err := r.file(head); err != nil {
				return err
			}
		default:
			return fmt.Errorf("%w (unknown member %q)", ErrDamaged, head.Name)
		}
	}
}

func inFolders(name string) bool {
	return slices.ContainsFunc(folders, func(folder string) bool { return strings.HasPrefix(name, folder+"/") })
}

func (r *reader) file(head *tar.Header) error {
	target := filepath.Join(r.staging, filepath.FromSlash(head.Name))
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	digest := sha256.New()
	if _, err := io.Copy(io.MultiWriter(f, digest), r.tar); err != nil {
		return fmt.Errorf("%w (%s: %v)", ErrDamaged, head.Name, err)
	}
	r.seen.Members[head.Name] = hex.EncodeToString(digest.Sum(nil))
	r.seen.Files++
	r.summary.Files++
	return errors.Join(f.Sync(), f.Close())
}

func (r *reader) compare(head *tar.Header) error {
	text, err := r.text(head, maxEnd)
	if err != nil {
		return err
	}
	delete(r.seen.Members, "end.json")
	var told end
	if err := json.Unmarshal(text, &told); err != nil {
		return fmt.Errorf("%w (its end cannot be read)", ErrDamaged)
	}
	for name, digest := range told.Members {
		if r.seen.Members[name] != digest {
			return fmt.Errorf("%w (%s is missing or changed)", ErrDamaged, name)
		}
	}
	if len(told.Members) != len(r.seen.Members) {
		return fmt.Errorf("%w (it holds members that its end does not list)", ErrDamaged)
	}
	return nil
}

// Bounds of the members that are read whole, in bytes. The end has some 150 bytes for each file of evidence, so that a nation's archive of millions
// fits.
const (
	maxManifest = 1 << 20
	maxEnd      = 1 << 30
)

// text reads a member whole.
func (r *reader) text(head *tar.Header, limit int64) ([]byte, error) {
	if head.Size > limit {
		return nil, fmt.Errorf("%w (%s has %d bytes)", ErrDamaged, head.Name, head.Size)
	}
	text, err := io.ReadAll(r.tar)
	if err != nil {
		return nil, fmt.Errorf("%w (%s: %v)", ErrDamaged, head.Name, err)
	}
	digest := sha256.Sum256(text)
	r.seen.Members[head.Name] = hex.EncodeToString(digest[:])
	return text, nil
}

// install moves the staged folders into place.
func (r *reader) install(data string) error {
	for _, folder := range folders {
		from := filepath.Join(r.staging, folder)
		if _, err := os.Stat(from); os.IsNotExist(err) {
			continue
		}
		to := filepath.Join(data, folder)
		if err := os.Remove(to); err != nil && !os.IsNotExist(err) { // an empty folder
			return fmt.Errorf("make room for %s: %w", folder, err)
		}
		if err := os.Rename(from, to); err != nil {
			return fmt.Errorf("put %s in place: %w", folder, err)
		}
	}
	return nil
}
