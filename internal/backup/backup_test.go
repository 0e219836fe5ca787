package backup_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hygie/internal/backup"
	"hygie/internal/blob"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
)

var now = time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)

const passphrase = "une phrase de passe assez longue"

// platform fills a database and a data folder with a little of every form of value.
func platform(t *testing.T, db *store.DB) (data string) {
	t.Helper()
	data = t.TempDir()
	for name, text := range map[string]string{"blobs/ab/abcd": "sealed evidence \x00\xff", "keys/installation": "secret", "blobs/.upload-1": "half"} {
		path := filepath.Join(data, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		// The child stands before its parent, so that the deferred reference is put to use.
		if _, err := tx.Exec(t.Context(), `insert into structure (id, parent_id, kind, name, name_key, lft, rgt, depth, created_at, updated_at) values
			('h1', 'fr', 'entity', 'Hôpital <d’essai> "1"', 'HOPITAL', 2, 3, 1, 1767225600000, 0), ('fr', null, 'nation', 'France', 'FRANCE', 1, 4, 0, 0, 0)`); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `insert into fact (id, structure_id, key, kind, number, text, observed_at, source, evidence_id, recorded_at, recorded_by)
			values ('f1', 'h1', 'k', 'number', 2.5, $1, 9007199254740993, 's', null, 1, 'p')`, "two\nlines\t“é”")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

type factRow struct {
	Number   float64
	Text     string
	Observed int64
	Evidence bool
	Name     string
}

func facts(t *testing.T, db *store.DB) (rows []factRow) {
	t.Helper()
	err := db.View(t.Context(), func(tx *store.Tx) (err error) {
		rows, err = store.All(t.Context(), tx, func(row store.Row) (f factRow, err error) {
			err = row.Scan(&f.Number, &f.Text, &f.Observed, &f.Evidence, &f.Name)
			return f, err
		}, `select f.number, f.text, f.observed_at, f.evidence_id is not null, s.name from fact f join structure s on s.id = f.structure_id`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func save(t *testing.T, db *store.DB, data, passphrase string) []byte {
	t.Helper()
	var file bytes.Buffer
	summary, err := backup.Write(t.Context(), &file, db, backup.Options{Data: data, Passphrase: passphrase, Tool: "test", Now: now})
	if err != nil {
		t.Fatal(err)
	}
	if summary.Files != 2 || summary.Rows < 3 {
		t.Errorf("summary %+v, want 2 files and at least 3 rows", summary)
	}
	if left, _ := filepath.Glob(filepath.Join(data, "*.tmp")); len(left) > 0 {
		t.Errorf("left behind %v", left)
	}
	return file.Bytes()
}

// Every pair of engines: a backup of one restores into the other.
func TestRestoreGivesTheSamePlatform(t *testing.T) {
	storetest.Each(t, func(t *testing.T, from *store.DB) {
		data := platform(t, from)
		file := save(t, from, data, passphrase)
		if bytes.Contains(file, []byte("secret")) {
			t.Error("the encrypted backup shows a key")
		}
		storetest.Each(t, func(t *testing.T, to *store.DB) {
			fresh := t.TempDir()
			if _, err := backup.Restore(t.Context(), bytes.NewReader(file), to, backup.Options{Data: fresh, Passphrase: passphrase}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(facts(t, from), facts(t, to)); diff != "" || len(facts(t, to)) != 1 {
				t.Errorf("rows differ (-was +is):\n%s", diff)
			}
			for name, want := range map[string]string{"blobs/ab/abcd": "sealed evidence \x00\xff", "keys/installation": "secret"} {
				got, err := os.ReadFile(filepath.Join(fresh, name))
				if err != nil || string(got) != want {
					t.Errorf("%s: %q, %v", name, got, err)
				}
			}
			if entries, _ := os.ReadDir(fresh); len(entries) != 2 {
				t.Errorf("the data folder holds %v", entries)
			}
			// Again, over the restored platform: refused, and nothing touched.
			if _, err := backup.Restore(t.Context(), bytes.NewReader(file), to, backup.Options{Data: fresh, Passphrase: passphrase}); !errors.Is(err, backup.ErrNotEmpty) {
				t.Errorf("restored over data: %v", err)
			}
			if _, err := os.Stat(filepath.Join(fresh, "keys/installation")); err != nil {
				t.Errorf("the refused restore harmed the platform: %v", err)
			}
		})
	})
}

func TestRestoreRefusesWhatItCannotTrust(t *testing.T) {
	from := storetest.SQLite(t)
	file := save(t, from, platform(t, from), "")
	sealed := save(t, from, platformFolderOnly(t), passphrase)
	altered := bytes.Replace(file, []byte("secret"), []byte("sEcret"), 1)
	foreign := archive(t, "hello.txt", "hello")
	escaping := append(firstMember(t, file), archive(t, "blobs/../../escape", "x")...)
	newer := archive(t, "manifest.json", `{"format":"hygie-backup","version":1,"schema":999999}`)
	for name, row := range map[string]struct {
		file       []byte
		passphrase string
		want       error
	}{
		"empty":              {nil, "", backup.ErrDamaged},
		"another file":       {[]byte("PK\x03\x04 not a backup"), "", backup.ErrDamaged},
		"another archive":    {foreign, "", backup.ErrDamaged},
		"cut in the middle":  {file[:len(file)/2], "", backup.ErrDamaged},
		"cut before the end": {file[:len(file)-2048], "", backup.ErrDamaged},
		"altered key":        {altered, "", backup.ErrDamaged},
		"escaping name":      {escaping, "", backup.ErrDamaged},
		"newer":              {newer, "", backup.ErrNewer},
		"wrong passphrase":   {sealed, "autre", backup.ErrPassphrase},
		"no passphrase":      {sealed, "", backup.ErrPassphrase},
		"sealed and cut":     {sealed[:len(sealed)-100], passphrase, backup.ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			to, data := storetest.SQLite(t), t.TempDir()
			_, err := backup.Restore(t.Context(), bytes.NewReader(row.file), to, backup.Options{Data: data, Passphrase: row.passphrase})
			if !errors.Is(err, row.want) {
				t.Fatalf("error %v, want %v", err, row.want)
			}
			if entries, _ := os.ReadDir(data); len(entries) != 0 {
				t.Errorf("half of a backup was left: %v", entries)
			}
			if empty, err := to.Empty(t.Context()); err != nil || !empty {
				t.Errorf("rows were left: empty %v, %v", empty, err)
			}
		})
	}
}

// A disk that fills while the backup is written: the error is told.
func TestWriteTellsWhenTheDiskIsFull(t *testing.T) {
	db := storetest.SQLite(t)
	data := platform(t, db)
	full := errors.New("no space left on device")
	_, err := backup.Write(context.Background(), &limited{left: 600, full: full}, db, backup.Options{Data: data, Now: now})
	if !errors.Is(err, full) {
		t.Errorf("error %v, want the full disk", err)
	}
}

type limited struct {
	left int
	full error
}

func (l *limited) Write(p []byte) (int, error) {
	if len(p) > l.left {
		return 0, l.full
	}
	l.left -= len(p)
	return len(p), nil
}

func platformFolderOnly(t *testing.T) string {
	t.Helper()
	db := storetest.SQLite(t)
	return platform(t, db)
}

func archive(t *testing.T, name, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Name: name, Size: int64(len(text)), Mode: 0o600}); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// firstMember is the manifest of a backup, without the archive's end.
func firstMember(t *testing.T, file []byte) []byte {
	t.Helper()
	r := tar.NewReader(bytes.NewReader(file))
	head, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	whole := archive(t, head.Name, string(text))
	return whole[:len(whole)-1024]
}

// What is being deposited while the backup runs is neither in it nor in its way: the file grows between the moment it is listed and the
// moment it is read, and a member of an archive begins with its size.
func TestBackupWhileEvidenceArrives(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		data := platform(t, db)
		folder, err := blob.OpenFolder(filepath.Join(data, "blobs"))
		if err != nil {
			t.Fatal(err)
		}
		upload, err := folder.Create(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer upload.Abort()
		if _, err := upload.Write([]byte("half of it")); err != nil {
			t.Fatal(err)
		}
		save(t, db, data, "") // counts the files
	})
}

// The end of a backup lists every file of evidence, so it is long where there is much: here it is made long with space.
func TestRestoreOfABackupWithALongEnd(t *testing.T) {
	db := storetest.SQLite(t)
	in := tar.NewReader(bytes.NewReader(save(t, db, platform(t, db), "")))
	var file bytes.Buffer
	out := tar.NewWriter(&file)
	for {
		head, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		if head.Name == "end.json" {
			text = append(bytes.Repeat([]byte(" "), 65<<20), text...)
		}
		head.Size = int64(len(text))
		if err := out.WriteHeader(head); err != nil {
			t.Fatal(err)
		}
		if _, err := out.Write(text); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Restore(t.Context(), &file, storetest.SQLite(t), backup.Options{Data: t.TempDir()}); err != nil {
		t.Error(err)
	}
}
