package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"hygie/internal/backup"
	"hygie/internal/cli"
	"hygie/internal/store"
)

// Backup writes the whole platform into one file.
type Backup struct {
	Settings
	Out            string `help:"File to write." type:"path" placeholder:"FILE" required:""`
	PassphraseFile string `help:"File whose first line is the passphrase that encrypts the backup; - reads it from standard input." placeholder:"FILE" env:"HYGIE_PASSPHRASE_FILE"`
	Plain          bool   `help:"Write the backup unencrypted: whoever has the file then has every key and every finding."`
}

// Help shows examples.
func (Backup) Help() string {
	return "hygie backup --data /var/lib/hygie --out /mnt/usb/hygie.backup --passphrase-file /root/passphrase\nhygie backup --config /etc/hygie.toml --out hygie.tar --plain"
}

// Run writes the backup beside its final name and renames it, so that a file of that name is always whole.
func (b Backup) Run(ctx context.Context, s *cli.Streams) error {
	passphrase, err := b.passphrase(s)
	if err != nil {
		return err
	}
	c, err := b.load(s)
	if err != nil {
		return err
	}
	if _, err := os.Stat(c.Storage.Data); err != nil {
		return fmt.Errorf("the data folder: %w", err)
	}
	db, err := b.open(ctx, c)
	if err != nil {
		return err
	}
	defer db.Close()
	part, err := os.CreateTemp(filepath.Dir(b.Out), ".hygie-backup-*")
	if err != nil {
		return fmt.Errorf("write the backup: %w", err)
	}
	defer os.Remove(part.Name()) // gone after the rename
	defer part.Close()
	summary, err := backup.Write(ctx, part, db, backup.Options{Data: c.Storage.Data, Passphrase: passphrase, Tool: Version, Now: s.Now(), Progress: progress(s)})
	if err = errors.Join(err, part.Sync(), part.Close()); err != nil {
		return fmt.Errorf("write the backup: %w", err)
	}
	if err := os.Rename(part.Name(), b.Out); err != nil {
		return fmt.Errorf("write the backup: %w", err)
	}
	_, err = fmt.Fprintf(s.Out, "%s: %d rows, %d files\n", b.Out, summary.Rows, summary.Files)
	return err
}

func (b Backup) passphrase(s *cli.Streams) (string, error) {
	switch {
	case b.Plain && b.PassphraseFile != "":
		return "", cli.UsageError("--plain and --passphrase-file exclude each other")
	case b.Plain:
		return "", nil
	case b.PassphraseFile == "":
		return "", cli.UsageError("a backup holds every key and every finding: give --passphrase-file, or say --plain")
	}
	return readPassphrase(b.PassphraseFile, s.In)
}

// shortest passphrase accepted, in characters.
const shortestPassphrase = 12

func readPassphrase(name string, in io.Reader) (string, error) {
	r := in
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return "", fmt.Errorf("read the passphrase: %w", err)
		}
		defer f.Close()
		r = f
	}
	text, err := io.ReadAll(io.LimitReader(r, 4096))
	if err != nil {
		return "", fmt.Errorf("read the passphrase: %w", err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	line = strings.TrimRight(line, "\r")
	if len([]rune(line)) < shortestPassphrase {
		return "", cli.UsageError("the passphrase is too short: at least %d characters", shortestPassphrase)
	}
	return line, nil
}

// progress shows what is being read or written, on a terminal only.
func progress(s *cli.Streams) func(string) {
	if !s.Terminal {
		return nil
	}
	return func(member string) { fmt.Fprintf(s.Err, "\r\033[K%s", member) }
}

// Restore makes a platform from a backup.
type Restore struct {
	Settings
	File           string `arg:"" type:"existingfile" help:"Backup to restore."`
	PassphraseFile string `help:"File whose first line is the passphrase of the backup; - reads it from standard input." placeholder:"FILE" env:"HYGIE_PASSPHRASE_FILE"`
}

// Help shows examples.
func (Restore) Help() string {
	return "hygie restore hygie.backup --data /var/lib/hygie --passphrase-file /root/passphrase\nhygie restore hygie.backup --data /var/lib/hygie --database postgres://hygie@/hygie"
}

// Run restores into an empty data folder and an empty database; what fails leaves nothing behind.
func (r Restore) Run(ctx context.Context, s *cli.Streams) error {
	passphrase := ""
	if r.PassphraseFile != "" {
		var err error
		if passphrase, err = readPassphrase(r.PassphraseFile, s.In); err != nil {
			return err
		}
	}
	c, err := r.load(s)
	if err != nil {
		return err
	}
	if err := makeDataFolder(c.Storage.Data); err != nil {
		return err
	}
	f, err := os.Open(r.File)
	if err != nil {
		return fmt.Errorf("read the backup: %w", err)
	}
	defer f.Close()
	made := newDatabaseFile(c.DatabaseURL())
	db, err := store.Open(ctx, c.DatabaseURL())
	if err != nil {
		return err
	}
	summary, err := backup.Restore(ctx, f, db, backup.Options{Data: c.Storage.Data, Passphrase: passphrase, Progress: progress(s)})
	err = errors.Join(err, db.Close())
	if err != nil {
		for _, file := range made {
			os.Remove(file) //nolint:errcheck // nothing of a failed attempt should remain; what cannot be removed is empty
		}
		return err
	}
	_, err = fmt.Fprintf(s.Out, "%s (%s): %d rows, %d files\n", r.File, summary.Manifest.Made.Format("2006-01-02 15:04 MST"), summary.Rows, summary.Files)
	return err
}

// newDatabaseFile lists the files that opening a SQLite database makes, when there is none yet.
func newDatabaseFile(url string) []string {
	path, ok := strings.CutPrefix(url, "sqlite:")
	if !ok {
		return nil
	}
	path, _, _ = strings.Cut(path, "?")
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return []string{path, path + "-wal", path + "-shm"}
}

// Migrate brings the database to this program's version.
type Migrate struct{ Settings }

// Help shows an example.
func (Migrate) Help() string { return "hygie migrate --data /var/lib/hygie" }

// Run applies the migrations that are missing.
func (m Migrate) Run(ctx context.Context, s *cli.Streams) error {
	c, err := m.load(s)
	if err != nil {
		return err
	}
	if err := makeDataFolder(c.Storage.Data); err != nil {
		return err
	}
	db, err := m.open(ctx, c)
	if err != nil {
		return err
	}
	defer db.Close()
	applied, err := db.Migrate(ctx)
	if err != nil {
		return err
	}
	version, _, err := db.Version(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.Out, "%s: %d, version %d\n", db.Engine(), applied, version)
	return err
}
