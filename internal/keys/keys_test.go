package keys

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

func open(t *testing.T) Folder {
	t.Helper()
	f, err := Open(filepath.Join(t.TempDir(), "keys"))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestSecretsAreMadeOnce(t *testing.T) {
	f := open(t)
	var wg sync.WaitGroup
	got := make([][]byte, 16)
	for i := range got {
		wg.Go(func() {
			var err error
			if got[i], err = f.Secret("names.key"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, g := range got {
		if len(g) != 32 || !bytes.Equal(g, got[0]) {
			t.Fatal("two processes at once made two secrets")
		}
	}
	one, err := f.Ed25519("journal.pem")
	if err != nil {
		t.Fatal(err)
	}
	two, err := f.Ed25519("journal.pem")
	if err != nil || !one.Equal(two) {
		t.Errorf("the signing key changed: %v", err)
	}
	if !ed25519.Verify(one.Public().(ed25519.PublicKey), []byte("x"), ed25519.Sign(two, []byte("x"))) {
		t.Error("the key does not sign")
	}
	entries, _ := os.ReadDir(f.path)
	if len(entries) != 2 {
		t.Errorf("files left behind: %v", entries)
	}
	for _, e := range entries {
		if info, _ := e.Info(); info.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
			t.Errorf("%s has mode %v", e.Name(), info.Mode())
		}
	}
}

func TestBadKeyFilesAreRefused(t *testing.T) {
	for _, c := range []struct {
		name, content string
		mode          os.FileMode
		want          string
	}{
		{"readable by others", strings.Repeat("00", 32), 0o640, "chmod 600"},
		{"empty", "", 0o600, "backup"},
		{"not hexadecimal", "hello", 0o600, "hexadecimal"},
		{"too short", "0011", 0o600, "hexadecimal"},
		{"huge", strings.Repeat("0", maxFile+1), 0o600, "larger"},
	} {
		f := open(t)
		if err := os.WriteFile(f.Path("s"), []byte(c.content), c.mode); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Secret("s"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
		if again, _ := os.ReadFile(f.Path("s")); string(again) != c.content {
			t.Errorf("%s: the file was changed", c.name)
		}
	}
	f := open(t)
	if err := os.WriteFile(f.Path("k"), []byte("-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Ed25519("k"); err == nil {
		t.Error("a broken signing key was accepted")
	}
	if _, err := f.File("new", func() ([]byte, error) { return nil, errors.New("no luck") }); err == nil {
		t.Error("a key that could not be made was kept")
	}
}

func TestReplace(t *testing.T) {
	f := open(t)
	if _, err := f.Secret("s"); err != nil {
		t.Fatal(err)
	}
	if err := f.Replace("s", []byte("other")); err != nil {
		t.Fatal(err)
	}
	if b, err := f.File("s", nil); err != nil || string(b) != "other" {
		t.Errorf("%q, %v", b, err)
	}
}
